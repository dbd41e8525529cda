//! Watching a mailbox: what is told, how it ends, what giving it up does, and the time it may take.

use std::time::Duration;

use tayori_client::{Connector, Error, Lost, MailboxEvent, Selected, Session, Timeouts};
use tayori_proto::types::{SeqNum, Uid};
use tayori_testkit::peer::{HeardTag, Peer};
use tokio::time::{Instant, sleep};

use crate::harness::{answer_select, inbox, lost, play, refused, session, session_in_pieces, session_with};

const MINUTE: Duration = Duration::from_secs(60);

/// Hears IDLE and takes it up.
async fn take_up(peer: &mut Peer) -> HeardTag {
    let tag = peer.expect("IDLE").await;
    peer.say("+ idling\r\n").await;
    tag
}

/// Hears DONE and ends this IDLE.
async fn end(peer: &mut Peer, tag: &HeardTag) {
    assert_eq!(peer.line().await, "DONE");
    peer.answer(tag, "$ OK done\r\n").await;
}

async fn noop(peer: &mut Peer) {
    peer.exchange("NOOP", "$ OK done\r\n").await;
}

fn expunged(number: u32) -> MailboxEvent {
    MailboxEvent::Expunge(SeqNum::new(number).unwrap())
}

async fn select(session: &mut Session) -> Selected<'_> {
    session.select(&inbox()).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn what_happens_is_told_in_its_order() {
    let (mut session, mut peer) = session().await;
    let client = async {
        let mut selected = select(&mut session).await;
        let mut idle = selected.idle().await.unwrap();
        // News in front of the continuation request are news all the same (RFC 2177 section 3).
        assert_eq!(idle.next().await.unwrap(), Some(expunged(2)));
        assert_eq!(idle.next().await.unwrap(), Some(MailboxEvent::Exists(4)));
        assert_eq!(idle.next().await.unwrap(), Some(MailboxEvent::Recent(2)));
        let Some(MailboxEvent::Fetch(row)) = idle.next().await.unwrap() else { panic!("not a row") };
        assert_eq!((row.number(), row.uid()), (SeqNum::new(1), Uid::new(40)));
        idle.stop();
        assert_eq!(idle.next().await.unwrap(), Some(MailboxEvent::Exists(5)), "told while it ends");
        assert_eq!(idle.next().await.unwrap(), None);
        assert_eq!(idle.next().await.unwrap(), None);
        drop(idle);
        assert_eq!((selected.mailbox().exists(), selected.mailbox().recent()), (5, 2));
        let idle = selected.idle().await.unwrap();
        idle.done().await.unwrap();
        assert_eq!(selected.mailbox().exists(), 6, "what comes while it ends is applied");
        selected.noop().await.unwrap();
    };
    let server = async {
        answer_select(&mut peer).await;
        let tag = peer.expect("IDLE").await;
        peer.say("* 2 EXPUNGE\r\n+ idling\r\n* 4 EXISTS\r\n* OK Still here\r\n* 2 RECENT\r\n").await;
        sleep(10 * MINUTE).await;
        peer.say("* FLAGS (\\Seen)\r\n* 1 FETCH (FLAGS (\\Seen) UID 40)\r\n").await;
        assert_eq!(peer.line().await, "DONE");
        peer.answer(&tag, "* 5 EXISTS\r\n$ OK done\r\n").await;
        let tag = take_up(&mut peer).await;
        assert_eq!(peer.line().await, "DONE");
        peer.answer(&tag, "* 6 EXISTS\r\n$ OK done\r\n").await;
        noop(&mut peer).await;
    };
    play(client, server).await;
}

#[tokio::test(start_paused = true)]
async fn a_server_may_refuse_to_idle() {
    for (answer, words) in [("$ NO not now\r\n", "not now"), ("* 4 EXISTS\r\n$ BAD what\r\n", "what")] {
        let (mut session, mut peer) = session().await;
        let client = async {
            let mut selected = select(&mut session).await;
            let outcome = selected.idle().await.map(drop);
            assert_eq!(refused(outcome), ("IDLE".to_owned(), words.to_owned()));
            selected.noop().await.unwrap();
        };
        let server = async {
            answer_select(&mut peer).await;
            peer.exchange("IDLE", answer).await;
            noop(&mut peer).await;
        };
        play(client, server).await;
    }
}

/// Without a continuation request nothing was watched, whatever the tagged line says.
#[tokio::test(start_paused = true)]
async fn an_idle_that_ends_before_it_begins_is_none() {
    let (mut session, mut peer) = session().await;
    let client = async {
        let mut selected = select(&mut session).await;
        let error = selected.idle().await.map(drop).unwrap_err();
        assert!(matches!(error, Error::Incomplete { .. }), "{error:?}");
        selected.noop().await.unwrap();
    };
    let server = async {
        answer_select(&mut peer).await;
        peer.exchange("IDLE", "$ OK done\r\n").await;
        noop(&mut peer).await;
    };
    play(client, server).await;
}

/// Much news in front of a refusal cannot all be kept: it is told, and then the refusal.
#[tokio::test(start_paused = true)]
async fn a_refusal_behind_much_news_comes_after_them() {
    let (mut session, mut peer) = session().await;
    let client = async {
        let mut selected = select(&mut session).await;
        let mut idle = selected.idle().await.unwrap();
        for count in 4..1000 {
            assert_eq!(idle.next().await.unwrap(), Some(MailboxEvent::Exists(count)));
        }
        assert_eq!(refused(idle.next().await).1, "not now");
        assert_eq!(idle.next().await.unwrap(), None);
        drop(idle);
        selected.noop().await.unwrap();
        assert_eq!(selected.mailbox().exists(), 999);
    };
    let server = async {
        answer_select(&mut peer).await;
        let news: String = (4..1000).map(|count| format!("* {count} EXISTS\r\n")).collect();
        peer.exchange("IDLE", &format!("{news}$ NO not now\r\n")).await;
        noop(&mut peer).await;
    };
    play(client, server).await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_stops_by_itself_ends_the_watching() {
    let (mut session, mut peer) = session().await;
    let client = async {
        let mut selected = select(&mut session).await;
        let mut idle = selected.idle().await.unwrap();
        assert_eq!(idle.next().await.unwrap(), Some(MailboxEvent::Exists(4)));
        assert_eq!(idle.next().await.unwrap(), None);
        idle.done().await.unwrap();
        selected.noop().await.unwrap();
    };
    let server = async {
        answer_select(&mut peer).await;
        let tag = take_up(&mut peer).await;
        peer.answer(&tag, "* 4 EXISTS\r\n$ OK enough\r\n").await;
        noop(&mut peer).await;
    };
    play(client, server).await;
}

/// How far a watch goes before it is dropped.
#[derive(Clone, Copy, Debug)]
enum Until {
    Asked,
    Begun,
    Waiting,
    Unread,
}

/// The server is told DONE, once it idles and not before, and the next command comes behind that.
#[tokio::test(start_paused = true)]
async fn a_watch_that_is_dropped_leaves_the_connection_usable() {
    // The order in which the task looks at its wake-ups is random, so one try proves little.
    let all = [Until::Asked, Until::Begun, Until::Waiting, Until::Unread];
    for until in all.into_iter().cycle().take(40) {
        let (mut session, mut peer) = session().await;
        let client = async {
            let mut selected = select(&mut session).await;
            // Twice, so that an IDLE that was given up meets the next one.
            for _ in 0..2 {
                match until {
                    Until::Asked => {
                        let given_up = tokio::time::timeout(Duration::from_secs(1), selected.idle()).await;
                        assert!(given_up.is_err(), "the server has not answered yet");
                    }
                    Until::Begun => drop(selected.idle().await.unwrap()),
                    Until::Waiting => {
                        let mut idle = selected.idle().await.unwrap();
                        // Longer than a server may be silent that owes an answer.
                        assert!(tokio::time::timeout(10 * MINUTE, idle.next()).await.is_err());
                    }
                    Until::Unread => {
                        let idle = selected.idle().await.unwrap();
                        sleep(MINUTE).await;
                        drop(idle);
                    }
                }
            }
            selected.noop().await.unwrap();
            assert_eq!(selected.mailbox().exists(), if matches!(until, Until::Unread) { 503 } else { 3 });
        };
        let server = async {
            answer_select(&mut peer).await;
            for _ in 0..2 {
                let tag = peer.expect("IDLE").await;
                if matches!(until, Until::Asked) {
                    sleep(Duration::from_secs(5)).await;
                }
                peer.say("+ idling\r\n").await;
                if matches!(until, Until::Unread) {
                    let news: String = (4..=503).map(|count| format!("* {count} EXISTS\r\n")).collect();
                    peer.say(news).await;
                }
                end(&mut peer, &tag).await;
            }
            noop(&mut peer).await;
        };
        play(client, server).await;
    }
}

/// Waiting for news can be given up at any moment; nothing is lost and nothing is said twice.
#[tokio::test(start_paused = true)]
async fn waiting_can_be_given_up_and_taken_up_again() {
    let (mut session, mut peer) = session_in_pieces(Connector::new(), "IDLE", 1).await;
    let client = async move {
        let mut selected = select(&mut session).await;
        let mut idle = selected.idle().await.unwrap();
        let mut told = Vec::new();
        let mut given_up = 0;
        loop {
            tokio::select! {
                biased;
                event = idle.next() => match event.unwrap() {
                    Some(MailboxEvent::Exists(5)) => {
                        told.push(5);
                        idle.stop();
                    }
                    Some(MailboxEvent::Exists(count)) => told.push(count),
                    Some(other) => panic!("{other:?}"),
                    None => break,
                },
                () = sleep(Duration::from_secs(7)) => given_up += 1,
            }
        }
        assert_eq!(told, [4, 5, 6]);
        assert!(given_up > 200, "{given_up}");
    };
    let server = async {
        answer_select(&mut peer).await;
        let tag = take_up(&mut peer).await;
        peer.say("* 4 EXISTS\r\n").await;
        end(&mut peer, &tag).await;
        let tag = take_up(&mut peer).await;
        sleep(MINUTE).await;
        peer.say("* 5 EXISTS\r\n").await;
        assert_eq!(peer.line().await, "DONE");
        sleep(MINUTE).await;
        peer.answer(&tag, "* 6 EXISTS\r\n$ OK done\r\n").await;
        peer.rest().await
    };
    let (_, rest) = play(client, server).await;
    assert_eq!(rest, "");
}

/// A silence that is none: the server idles. It is asked again before the 29 minutes of RFC 2177 section 3 have passed.
#[tokio::test(start_paused = true)]
async fn a_watch_is_renewed_before_the_server_loses_patience() {
    let mut timeouts = Timeouts::default();
    timeouts.silence = Duration::from_secs(20);
    let (mut session, mut peer) = session_with(Connector::new().timeouts(timeouts), "IDLE").await;
    let client = async {
        let mut selected = select(&mut session).await;
        let mut idle = selected.idle().await.unwrap();
        assert_eq!(idle.next().await.unwrap(), Some(MailboxEvent::Exists(4)), "told between two IDLEs");
        assert_eq!(idle.next().await.unwrap(), Some(MailboxEvent::Exists(5)));
        idle.done().await.unwrap();
        selected.noop().await.unwrap();
    };
    let server = async {
        answer_select(&mut peer).await;
        for round in 0..5 {
            let tag = take_up(&mut peer).await;
            let since = Instant::now();
            assert_eq!(peer.line().await, "DONE");
            assert!(since.elapsed() > 20 * MINUTE && since.elapsed() < 29 * MINUTE, "{:?}", since.elapsed());
            if round == 4 {
                peer.say("* 4 EXISTS\r\n").await;
            }
            peer.answer(&tag, "$ OK done\r\n").await;
        }
        let tag = take_up(&mut peer).await;
        sleep(27 * MINUTE).await;
        peer.say("* 5 EXISTS\r\n").await;
        end(&mut peer, &tag).await;
        noop(&mut peer).await;
    };
    play(client, server).await;
}

/// Whoever is slow to take the news has always some waiting; the server must hear of the client all the same.
#[tokio::test(start_paused = true)]
async fn a_watch_is_renewed_while_news_wait() {
    let (mut session, mut peer) = session().await;
    let client = async {
        let mut selected = select(&mut session).await;
        let mut idle = selected.idle().await.unwrap();
        for count in 4..64 {
            sleep(MINUTE).await;
            assert_eq!(idle.next().await.unwrap(), Some(MailboxEvent::Exists(count)));
        }
        assert_eq!(idle.next().await.unwrap(), None);
    };
    let server = async {
        answer_select(&mut peer).await;
        let tag = take_up(&mut peer).await;
        let since = Instant::now();
        peer.say((4..64).map(|count| format!("* {count} EXISTS\r\n")).collect::<String>()).await;
        end(&mut peer, &tag).await;
        assert!(since.elapsed() < 30 * MINUTE, "{:?}", since.elapsed());
        let tag = take_up(&mut peer).await;
        peer.answer(&tag, "$ OK enough\r\n").await;
    };
    play(client, server).await;
}

/// A network that forgets quiet connections sooner than the server does.
#[tokio::test(start_paused = true)]
async fn a_watch_lasts_as_long_as_the_caller_says_and_never_longer_than_the_rfc() {
    for (idle, range) in [(5 * MINUTE, 5 * MINUTE..6 * MINUTE), (Duration::MAX, 28 * MINUTE..30 * MINUTE)] {
        let mut timeouts = Timeouts::default();
        timeouts.idle = idle;
        let (mut session, mut peer) = session_with(Connector::new().timeouts(timeouts), "IDLE").await;
        let client = async {
            let mut selected = select(&mut session).await;
            let mut idle = selected.idle().await.unwrap();
            assert_eq!(idle.next().await.unwrap(), None);
        };
        let server = async {
            answer_select(&mut peer).await;
            let tag = take_up(&mut peer).await;
            let since = Instant::now();
            end(&mut peer, &tag).await;
            assert!(range.contains(&since.elapsed()), "{:?}", since.elapsed());
            let tag = take_up(&mut peer).await;
            peer.answer(&tag, "$ OK enough\r\n").await;
        };
        play(client, server).await;
    }
}

/// A server that is dead is found out when the watch is renewed, and a refusal then is told.
#[tokio::test(start_paused = true)]
async fn renewing_finds_out_what_has_become_of_the_server() {
    let (mut session, mut peer) = session().await;
    let client = async {
        let mut selected = select(&mut session).await;
        let mut idle = selected.idle().await.unwrap();
        let since = Instant::now();
        assert!(matches!(lost(idle.next().await), Lost::Silent { .. }));
        assert!(since.elapsed() < 32 * MINUTE, "{:?}", since.elapsed());
        drop(idle);
        assert!(matches!(lost(selected.noop().await), Lost::Silent { .. }));
    };
    let server = async {
        answer_select(&mut peer).await;
        take_up(&mut peer).await;
        assert_eq!(peer.line().await, "DONE");
        peer.rest().await
    };
    play(client, server).await;

    let (mut session, mut peer) = crate::harness::session().await;
    let client = async {
        let mut selected = select(&mut session).await;
        let mut idle = selected.idle().await.unwrap();
        assert_eq!(refused(idle.next().await).1, "not again");
        drop(idle);
        selected.noop().await.unwrap();
    };
    let server = async {
        answer_select(&mut peer).await;
        let tag = take_up(&mut peer).await;
        end(&mut peer, &tag).await;
        peer.exchange("IDLE", "$ NO not again\r\n").await;
        noop(&mut peer).await;
    };
    play(client, server).await;
}
