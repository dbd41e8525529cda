//! A fetch in pieces: what is on the line when, and what becomes of the rest when something goes wrong.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use tayori_client::{Connector, Discard, Error, FetchAttribute, Lost, RowEvent, Rows, Transport};
use tayori_proto::types::Messages;
use tayori_testkit::peer::{HeardTag, Peer};
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};
use tokio::time::{sleep, timeout};

use crate::harness::{
    ROOMY, answer_select, inbox, limits, lost, play, refused, session, session_in_pieces, uids, whole_message,
};

/// So long that whoever has something to say has said it.
const QUIET: Duration = Duration::from_secs(1);

/// The messages 1, 2, 3 and so on for ever, one in each piece, and how many of them were taken.
fn endless(taken: &AtomicU32) -> impl Iterator<Item = Messages> + Send {
    (1..).inspect(|_| _ = taken.fetch_add(1, Ordering::Relaxed)).map(|uid: u32| uids(&uid.to_string()))
}

/// The first of them.
fn pieces(count: u32) -> impl Iterator<Item = Messages> + Send {
    (1..=count).map(|uid| uids(&uid.to_string()))
}

async fn hear(peer: &mut Peer, uid: u32) -> HeardTag {
    peer.expect(&format!("UID FETCH {uid} FLAGS")).await
}

/// Says the row that was asked for, and that it was all.
async fn serve(peer: &mut Peer, tag: &HeardTag, uid: u32) {
    peer.answer(tag, &format!("* {uid} FETCH (UID {uid} FLAGS ())\r\n$ OK done\r\n")).await;
}

/// That the client says nothing unless something happens.
async fn hear_nothing(peer: &mut Peer) {
    let heard = timeout(QUIET, peer.command()).await;
    assert!(heard.is_err(), "{heard:?} was sent too early");
}

/// The UIDs of the rows up to the end, and the end.
async fn drain(rows: &mut Rows<'_>) -> (Vec<u32>, Result<(), Error>) {
    let mut seen = Vec::new();
    loop {
        match rows.next(&mut Discard).await {
            Ok(Some(row)) => seen.push(row.uid().unwrap().value()),
            Ok(None) => return (seen, Ok(())),
            Err(error) => return (seen, Err(error)),
        }
    }
}

/// What the server does when it has answered the fetch.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Afterwards {
    /// It stays, and answers a NOOP.
    Stays,
    /// It has said BYE.
    Goes,
}

/// Plays a fetch of these pieces with `server`, which comes in behind the SELECT: the UIDs of the rows, the end, and
/// the pieces that were refused.
async fn fetch(
    pieces: impl Iterator<Item = Messages> + Send,
    server: impl AsyncFnOnce(&mut Peer),
    afterwards: Afterwards,
) -> (Vec<u32>, Result<(), Error>, Vec<usize>) {
    let (mut session, mut peer) = session().await;
    let client = async {
        let mut selected = session.select(&inbox()).await.unwrap();
        let mut rows = selected.fetch_in_pieces(pieces, FetchAttribute::Flags.into()).await.unwrap();
        let (seen, end) = drain(&mut rows).await;
        let again = rows.next(&mut Discard).await;
        let refused = rows.refused_pieces().to_vec();
        drop(rows);
        match afterwards {
            Afterwards::Stays => {
                assert_eq!(again.unwrap(), None, "a refusal is told once");
                selected.noop().await.unwrap();
            }
            Afterwards::Goes => {
                lost(again);
                lost(selected.noop().await);
            }
        }
        (seen, end, refused)
    };
    let server = async {
        answer_select(&mut peer).await;
        server(&mut peer).await;
        if afterwards == Afterwards::Stays {
            peer.exchange("NOOP", "$ OK done\r\n").await;
        }
    };
    play(client, server).await.0
}

#[tokio::test(start_paused = true)]
async fn two_are_on_their_way_and_the_next_leaves_when_one_has_ended() {
    let (seen, end, refused) = fetch(
        pieces(4),
        async |peer| {
            let first = hear(peer, 1).await;
            let second = hear(peer, 2).await;
            hear_nothing(peer).await;
            serve(peer, &first, 1).await;
            let third = hear(peer, 3).await;
            hear_nothing(peer).await;
            // Two that end in one go make room for two.
            peer.answer(&second, "* 2 FETCH (UID 2 FLAGS ())\r\n$ OK done\r\n").await;
            serve(peer, &third, 3).await;
            let fourth = hear(peer, 4).await;
            serve(peer, &fourth, 4).await;
        },
        Afterwards::Stays,
    )
    .await;
    end.unwrap();
    assert_eq!((seen, refused), (vec![1, 2, 3, 4], vec![]));
}

/// A stream that keeps what is written to it, write by write.
struct Writes {
    stream: DuplexStream,
    written: Arc<Mutex<Vec<String>>>,
}

impl AsyncRead for Writes {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Writes {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        let poll = Pin::new(&mut self.stream).poll_write(context, octets);
        if let Poll::Ready(Ok(count)) = &poll {
            self.written.lock().unwrap().push(String::from_utf8_lossy(&octets[..*count]).into_owned());
        }
        poll
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[tokio::test(start_paused = true)]
async fn the_first_two_leave_in_one_write() {
    let (stream, mut peer) = Peer::pair(ROOMY);
    let written = Arc::default();
    let writes = Writes { stream, written: Arc::clone(&written) };
    let client = async {
        let connection = Connector::new().connect_over(writes, Transport::Trusted).await.unwrap();
        let mut session = connection.into_preauthenticated().unwrap();
        let mut selected = session.select(&inbox()).await.unwrap();
        written.lock().unwrap().clear();
        let mut rows = selected.fetch_in_pieces(pieces(3), FetchAttribute::Flags.into()).await.unwrap();
        drain(&mut rows).await.1.unwrap();
    };
    let server = async {
        peer.say("* PREAUTH welcome\r\n").await;
        answer_select(&mut peer).await;
        for uid in 1..=3 {
            let tag = hear(&mut peer, uid).await;
            serve(&mut peer, &tag, uid).await;
        }
    };
    play(client, server).await;
    let lines: Vec<usize> = written.lock().unwrap().iter().map(|write| write.lines().count()).collect();
    assert_eq!(lines, [2, 1]);
}

#[tokio::test(start_paused = true)]
async fn few_pieces_are_a_fetch_too() {
    for count in 0..=3 {
        let (seen, end, refused) = fetch(
            pieces(count),
            async |peer| {
                for uid in 1..=count {
                    let tag = hear(peer, uid).await;
                    serve(peer, &tag, uid).await;
                }
            },
            Afterwards::Stays,
        )
        .await;
        end.unwrap();
        assert_eq!((seen, refused), ((1..=count).collect(), vec![]), "{count} pieces");
    }
}

/// Rows that came are worth having, and the caller knows for which messages to ask again.
#[tokio::test(start_paused = true)]
async fn a_piece_that_is_refused_keeps_no_other_from_being_fetched() {
    for (failing, answer, words) in [
        (vec![1], "$ NO broken\r\n", "broken"),
        (vec![2], "* 2 FETCH (UID 2 FLAGS ())\r\n$ BAD broken\r\n", "broken"),
        (vec![2, 3], "$ NO broken\r\n", "broken"),
        (vec![5], "$ NO broken\r\n", "broken"),
        (vec![1, 2, 3, 4, 5], "$ BAD broken\r\n", "broken"),
    ] {
        let (seen, end, refused_pieces) = fetch(
            pieces(5),
            async |peer| {
                for uid in 1..=5 {
                    let tag = hear(peer, uid).await;
                    if failing.contains(&uid) {
                        peer.answer(&tag, answer).await;
                    } else {
                        serve(peer, &tag, uid).await;
                    }
                }
            },
            Afterwards::Stays,
        )
        .await;
        assert_eq!(refused(end), ("UID FETCH".to_owned(), words.to_owned()), "{failing:?}");
        let expected: Vec<u32> =
            (1..=5).filter(|uid| !failing.contains(uid) || answer.starts_with('*')).collect();
        assert_eq!(seen, expected, "{failing:?}");
        let expected: Vec<usize> = failing.iter().map(|&uid| uid as usize - 1).collect();
        assert_eq!(refused_pieces, expected);
    }
}

/// The first refusal is the one that is told.
#[tokio::test(start_paused = true)]
async fn the_first_refusal_is_told() {
    let (_, end, refused_pieces) = fetch(
        pieces(3),
        async |peer| {
            for uid in 1..=3 {
                let tag = hear(peer, uid).await;
                peer.answer(&tag, &format!("$ NO number {uid}\r\n")).await;
            }
        },
        Afterwards::Stays,
    )
    .await;
    assert_eq!(refused(end).1, "number 1");
    assert_eq!(refused_pieces, [0, 1, 2]);
}

/// Whatever else went wrong, more is missing now.
#[tokio::test(start_paused = true)]
async fn a_lost_connection_outweighs_a_refusal_and_takes_no_more_pieces() {
    for answered in 0..4 {
        let taken = AtomicU32::new(0);
        let (seen, end, refused_pieces) = fetch(
            endless(&taken),
            async |peer| {
                for uid in 1..=answered {
                    let tag = hear(peer, uid).await;
                    match uid {
                        1 => peer.answer(&tag, "$ NO broken\r\n").await,
                        _ => serve(peer, &tag, uid).await,
                    }
                }
                hear(peer, answered + 1).await;
                hear(peer, answered + 2).await;
                peer.say("* BYE going down\r\n").await;
            },
            Afterwards::Goes,
        )
        .await;
        assert!(matches!(lost(end), Lost::Bye { .. }), "{answered} answered");
        assert_eq!(seen, (2..=answered).collect::<Vec<_>>());
        assert_eq!(refused_pieces, if answered == 0 { vec![] } else { vec![0] });
        assert_eq!(taken.into_inner(), answered + 2);
    }
}

/// A server that closes behind its last answer has answered everything; one piece more, and something is missing.
#[tokio::test(start_paused = true)]
async fn the_end_of_the_connection_behind_the_last_piece_is_no_failure_of_the_fetch() {
    for (count, complete) in [(1, true), (2, true), (3, false)] {
        let (mut session, mut peer) = session().await;
        let client = async {
            let mut selected = session.select(&inbox()).await.unwrap();
            let pieces = pieces(count);
            let mut rows = selected.fetch_in_pieces(pieces, FetchAttribute::Flags.into()).await.unwrap();
            // Nobody looks before everything has been said.
            sleep(QUIET).await;
            let (seen, end) = drain(&mut rows).await;
            assert_eq!(seen, (1..=count.min(2)).collect::<Vec<_>>());
            match complete {
                true => end.unwrap(),
                false => assert!(matches!(lost(end), Lost::Bye { .. })),
            }
        };
        let server = async {
            answer_select(&mut peer).await;
            for uid in 1..=count.min(2) {
                let tag = hear(&mut peer, uid).await;
                serve(&mut peer, &tag, uid).await;
            }
            peer.say("* BYE going down\r\n").await;
        };
        play(client, server).await;
    }
}

/// The futures are dropped at all moments, also in which a piece is sent, and none is sent twice or never.
#[tokio::test(start_paused = true)]
async fn waiting_can_be_given_up_between_pieces() {
    const COUNT: u32 = 50;
    let (mut session, mut peer) = session().await;
    let client = async {
        let mut selected = session.select(&inbox()).await.unwrap();
        let mut rows = selected.fetch_in_pieces(pieces(COUNT), FetchAttribute::Flags.into()).await.unwrap();
        let (mut seen, mut given_up) = (Vec::new(), 0);
        loop {
            // Polled once and dropped, again and again.
            let event = tokio::select! {
                biased;
                event = rows.next_event() => event.unwrap(),
                () = std::future::ready(()) => {
                    given_up += 1;
                    tokio::task::yield_now().await;
                    if given_up % 7 == 0 {
                        sleep(Duration::from_millis(1)).await;
                    }
                    continue;
                }
            };
            match event {
                Some(RowEvent::Row(row)) => seen.push(row.uid().unwrap().value()),
                Some(other) => panic!("{other:?}"),
                None => break,
            }
        }
        assert_eq!(seen, (1..=COUNT).collect::<Vec<_>>());
        assert!(given_up > COUNT, "{given_up}");
    };
    let server = async {
        answer_select(&mut peer).await;
        for uid in 1..=COUNT {
            let tag = hear(&mut peer, uid).await;
            if uid % 3 == 0 {
                sleep(Duration::from_millis(2)).await;
            }
            serve(&mut peer, &tag, uid).await;
        }
    };
    play(client, server).await;
}

#[tokio::test(start_paused = true)]
async fn rows_that_are_dropped_early_send_no_further_piece() {
    for wanted in [0, 1, 5] {
        let taken = AtomicU32::new(0);
        let (mut session, mut peer) = session().await;
        let client = async {
            let mut selected = session.select(&inbox()).await.unwrap();
            let pieces = endless(&taken);
            let mut rows = selected.fetch_in_pieces(pieces, FetchAttribute::Flags.into()).await.unwrap();
            for uid in 1..=wanted {
                let row = rows.next(&mut Discard).await.unwrap().unwrap();
                assert_eq!(row.uid().unwrap().value(), uid);
            }
            drop(rows);
            selected.noop().await.unwrap();
        };
        let server = async {
            answer_select(&mut peer).await;
            let mut uid = 0;
            loop {
                let (tag, heard) = peer.command().await;
                if heard == "NOOP" {
                    peer.answer(&tag, "$ OK done\r\n").await;
                    return uid;
                }
                uid += 1;
                assert_eq!(heard, format!("UID FETCH {uid} (FLAGS)"));
                serve(&mut peer, &tag, uid).await;
            }
        };
        let ((), sent) = play(client, server).await;
        assert!((2..=wanted + 2).contains(&sent), "{sent} sent for {wanted} rows");
        assert_eq!(taken.into_inner(), sent, "a piece is taken when it is sent");
    }
}

/// What was sent is read to its end, up to the bound.
#[tokio::test(start_paused = true)]
async fn pieces_that_are_dropped_are_read_to_their_end_up_to_the_bound() {
    const BODY: usize = 20_000;
    for (drain_octets, usable) in [(3 * BODY, true), (BODY / 2, false)] {
        let mut limits = limits();
        limits.drain_octets = drain_octets as u64;
        let (mut session, mut peer) = session_in_pieces(Connector::new().limits(limits), "", 1000).await;
        let client = async {
            let mut selected = session.select(&inbox()).await.unwrap();
            let taken = AtomicU32::new(0);
            drop(selected.fetch_in_pieces(endless(&taken), whole_message()).await.unwrap());
            match usable {
                true => selected.noop().await.unwrap(),
                false => assert!(matches!(lost(selected.noop().await), Lost::NotDrained)),
            }
        };
        let server = async {
            answer_select(&mut peer).await;
            let row = format!("* 1 FETCH (BODY[] {{{BODY}}}\r\n{})\r\n$ OK done\r\n", "x".repeat(BODY));
            peer.exchange("UID FETCH 1 BODY.PEEK[]", &row).await;
            peer.exchange("UID FETCH 2 BODY.PEEK[]", &row).await;
            match usable {
                true => peer.exchange("NOOP", "$ OK done\r\n").await,
                false => _ = peer.rest().await,
            }
        };
        play(client, server).await;
    }
}

/// Nothing is taken from an endless iterator for a consumer that has stopped, however long the server waits.
#[tokio::test(start_paused = true)]
async fn a_consumer_that_stops_stops_the_pieces() {
    let taken = AtomicU32::new(0);
    let (mut session, mut peer) = session().await;
    let client = async {
        let mut selected = session.select(&inbox()).await.unwrap();
        let mut rows = selected.fetch_in_pieces(endless(&taken), FetchAttribute::Flags.into()).await.unwrap();
        for uid in 1..=100 {
            let row = rows.next(&mut Discard).await.unwrap().unwrap();
            assert_eq!(row.uid().unwrap().value(), uid);
        }
        let before = taken.load(Ordering::Relaxed);
        assert!(before <= 102, "{before} pieces for 100 rows");
        sleep(1000 * QUIET).await;
        assert_eq!(taken.load(Ordering::Relaxed), before);
        let row = rows.next(&mut Discard).await.unwrap().unwrap();
        assert_eq!(row.uid().unwrap().value(), 101);
    };
    let server = async {
        answer_select(&mut peer).await;
        for uid in 1.. {
            let Ok((tag, _)) = timeout(2000 * QUIET, peer.command()).await else { break };
            serve(&mut peer, &tag, uid).await;
            if uid == 101 {
                break;
            }
        }
    };
    play(client, server).await;
}
