//! LOGOUT that is sent, and whose answer nobody waits for.

use std::pin::pin;
use std::time::Duration;

use tayori_client::{Connector, FetchAttribute, Lost};
use tokio::time::{Instant, sleep, timeout};

use crate::harness::{
    answer_select, inbox, lost, mailbox, play, session, session_in_pieces, uids, whole_message, within,
};

/// A way that is long enough to tell waiting from not waiting.
const FAR: Duration = Duration::from_secs(1);
/// The test's clock stands still but for the waiting, up to its resolution.
const RESOLUTION: Duration = Duration::from_millis(10);
/// What LOGOUT may cost.
const SOON: std::ops::Range<Duration> = Duration::from_secs(2)..Duration::from_millis(2010);

#[tokio::test(start_paused = true)]
async fn leaving_waits_for_no_answer_and_reads_it_all_the_same() {
    let all_answers = [
        ("* BYE until soon\r\n$ OK done\r\n", FAR..FAR + RESOLUTION),
        ("$ BYE\r\n", FAR..FAR + RESOLUTION),
        ("$ BAD what\r\n", FAR..FAR + RESOLUTION),
        // Half an answer: the server would close now, if it were a good one.
        ("* BYE until soon\r\n", SOON),
    ];
    for (answer, end) in all_answers {
        let (session, mut peer) = session().await;
        let since = Instant::now();
        let client = async {
            session.leave().await.unwrap();
            assert_eq!(since.elapsed(), Duration::ZERO, "LOGOUT is in the socket");
        };
        let server = async {
            let tag = peer.expect("LOGOUT").await;
            assert!(timeout(FAR, peer.rest()).await.is_err(), "the answer is read before the end");
            peer.answer(&tag, answer).await;
            assert_eq!(peer.rest().await, "");
            assert!(end.contains(&since.elapsed()), "{answer:?}: {:?}", since.elapsed());
        };
        play(client, server).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_never_answers_is_left_in_time() {
    let (session, mut peer) = session().await;
    let since = Instant::now();
    let client = async {
        session.leave().await.unwrap();
        assert_eq!(since.elapsed(), Duration::ZERO);
    };
    let server = async {
        peer.expect("LOGOUT").await;
        assert_eq!(peer.rest().await, "");
        assert!(SOON.contains(&since.elapsed()), "{:?}", since.elapsed());
    };
    play(client, server).await;
}

/// No handle is left when the task has not even seen the request: LOGOUT is sent all the same.
#[tokio::test(start_paused = true)]
async fn leaving_that_is_given_up_at_once_is_not_taken_back() {
    // The order in which the task looks at its wake-ups is random, so one try proves little.
    for _ in 0..50 {
        for piece in [1, 1 << 20] {
            let (session, mut peer) = session_in_pieces(Connector::new(), "", piece).await;
            {
                let mut leave = pin!(session.leave());
                tokio::select! {
                    biased;
                    _ = &mut leave => panic!("the task had no turn yet"),
                    () = std::future::ready(()) => {}
                }
            }
            within(peer.exchange("LOGOUT", "* BYE until soon\r\n$ OK done\r\n")).await;
            assert_eq!(within(peer.rest()).await, "");
        }
    }
}

/// What nobody waits for any more is done all the same, so the line is not closed in its face.
#[tokio::test(start_paused = true)]
async fn commands_in_front_are_answered_first() {
    let (mut session, mut peer) = session().await;
    let since = Instant::now();
    let client = async {
        {
            let name = mailbox("a");
            let create = session.create(&name);
            assert!(timeout(Duration::ZERO, create).await.is_err(), "it is not answered yet");
        }
        session.leave().await.unwrap();
        assert!((FAR..FAR + RESOLUTION).contains(&since.elapsed()), "{:?}", since.elapsed());
    };
    let server = async {
        let create = peer.expect("CREATE a").await;
        let logout = peer.expect("LOGOUT").await;
        sleep(FAR).await;
        peer.answer(&create, "$ OK done\r\n").await;
        peer.answer(&logout, "* BYE until soon\r\n$ OK done\r\n").await;
        assert_eq!(peer.rest().await, "");
    };
    play(client, server).await;
}

#[tokio::test(start_paused = true)]
async fn rows_and_idling_that_were_dropped_are_ended_first() {
    let (mut session, mut peer) = session().await;
    let client = async {
        let mut selected = session.select(&inbox()).await.unwrap();
        drop(selected.fetch_in_pieces(vec![uids("1"); 9], whole_message()).await.unwrap());
        drop(selected.idle().await.unwrap());
        session.leave().await.unwrap();
    };
    let server = async {
        answer_select(&mut peer).await;
        for _ in 0..2 {
            let row = "* 1 FETCH (BODY[] {4}\r\nmail)\r\n$ OK done\r\n";
            peer.exchange("UID FETCH 1 BODY.PEEK[]", row).await;
        }
        let idle = peer.expect("IDLE").await;
        peer.say("+ idling\r\n").await;
        assert_eq!(peer.line().await, "DONE");
        peer.answer(&idle, "$ OK done\r\n").await;
        peer.exchange("LOGOUT", "* BYE until soon\r\n$ OK done\r\n").await;
        assert_eq!(peer.rest().await, "");
    };
    play(client, server).await;
}

/// What is in the way costs no more than the limit.
#[tokio::test(start_paused = true)]
async fn leaving_is_over_in_time_with_a_command_in_front_that_is_never_answered() {
    let (mut session, mut peer) = session().await;
    {
        let name = mailbox("a");
        assert!(timeout(Duration::ZERO, session.create(&name)).await.is_err());
    }
    let since = Instant::now();
    let heard = play(async { session.leave().await.unwrap() }, peer.rest()).await.1;
    assert!(heard.ends_with(b" LOGOUT\r\n"), "{heard:?}");
    assert!(SOON.contains(&since.elapsed()), "{:?}", since.elapsed());
}

#[tokio::test(start_paused = true)]
async fn leaving_is_over_in_time_where_the_server_takes_nothing() {
    let (mut session, peer) = session_in_pieces(Connector::new(), "LITERAL+", 100).await;
    {
        let (to, message) = (mailbox("to"), vec![b'x'; 1 << 20]);
        let append = session.append(&to, &[], None, 1 << 20, &message[..]);
        assert!(timeout(FAR, append).await.is_err(), "the peer reads nothing");
    }
    let since = Instant::now();
    let _ = session.leave().await;
    assert!(since.elapsed() < SOON.end, "{:?}", since.elapsed());
    drop(peer);
}

#[tokio::test(start_paused = true)]
async fn leaving_is_over_in_time_with_rows_in_front_that_nobody_takes() {
    let (session, mut peer) = session().await;
    let client = async {
        let mut flight = session.flight().examine(&inbox());
        let mut rows = flight.fetch(uids("1:*"), FetchAttribute::Flags.into());
        let (session, _) = flight.launch().await.unwrap().land().await.unwrap();
        let since = Instant::now();
        session.leave().await.unwrap();
        assert!(SOON.contains(&since.elapsed()), "{:?}", since.elapsed());
        loop {
            match rows.next_event().await {
                Ok(Some(_)) => {}
                other => {
                    assert!(matches!(lost(other), Lost::LoggedOut));
                    break;
                }
            }
        }
    };
    let server = async {
        peer.exchange("EXAMINE INBOX", "* 3 EXISTS\r\n$ OK [READ-ONLY] opened\r\n").await;
        let row = "* 1 FETCH (FLAGS ())\r\n".repeat(100);
        peer.exchange("UID FETCH 1:* FLAGS", &format!("{row}$ OK done\r\n")).await;
        peer.rest().await;
    };
    play(client, server).await;
}

#[tokio::test(start_paused = true)]
async fn who_has_lost_the_connection_cannot_leave_it() {
    let (mut session, mut peer) = session().await;
    let client = async {
        lost(session.noop().await);
        // The task may still be closing; there is nothing to leave either way.
        sleep(FAR).await;
        lost(session.leave().await);
    };
    let server = async {
        peer.exchange("NOOP", "* BYE going down\r\n").await;
        peer.rest().await;
    };
    play(client, server).await;
}
