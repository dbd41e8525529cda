//! Limits on time: how long the server may be silent, and what does not count.

use std::time::Duration;

use tayori_client::{Connector, Error, Fault, Lost, RowEvent, Timeouts, Transport};
use tayori_testkit::peer::Peer;
use tokio::io::AsyncRead;
use tokio::time::{Instant, sleep};

use crate::harness::{
    ROOMY, answer_select, inbox, limits, lost, mailbox, numbers, play, session_in_pieces, session_with,
    whole_message,
};

const SILENCE: Duration = Duration::from_secs(20);

fn connector() -> Connector {
    let mut timeouts = Timeouts::default();
    timeouts.silence = SILENCE;
    Connector::new().timeouts(timeouts)
}

/// That the connection was lost to silence after the limit, with what was had of a literal.
#[track_caller]
fn check_silent<T: std::fmt::Debug>(outcome: Result<T, Error>, since: Instant, literal: Option<(u64, u64)>) {
    let elapsed = since.elapsed();
    let Lost::Silent { after, literal: had } = lost(outcome) else { panic!("another reason") };
    assert_eq!((after, had), (SILENCE, literal));
    // The test's clock stands still but for the waiting, up to its resolution.
    assert!(elapsed >= SILENCE && elapsed < SILENCE + Duration::from_millis(10), "{elapsed:?}");
}

#[tokio::test(start_paused = true)]
async fn a_greeting_that_never_comes() {
    let (ours, peer) = Peer::pair(ROOMY);
    let since = Instant::now();
    let outcome = connector().connect_over(ours, Transport::Trusted).await;
    check_silent(outcome, since, None);
    drop(peer);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_never_comes() {
    let (mut session, mut peer) = session_with(connector(), "").await;
    let client = async {
        let since = Instant::now();
        let outcome = session.noop().await;
        assert_eq!(outcome.as_ref().unwrap_err().fault(), Fault::Network);
        check_silent(outcome, since, None);
        // Later calls know it too, at once.
        assert!(matches!(lost(session.noop().await), Lost::Silent { .. }));
        assert!(since.elapsed() < SILENCE + Duration::from_millis(10));
    };
    let server = async {
        peer.expect("NOOP").await;
        peer.rest().await
    };
    play(client, server).await;
}

#[tokio::test(start_paused = true)]
async fn each_octet_starts_the_clock_again() {
    let (mut session, mut peer) = session_with(connector(), "").await;
    let client = async { session.noop().await };
    let server = async {
        let tag = peer.expect("NOOP").await;
        for _ in 0..100 {
            sleep(SILENCE - Duration::from_secs(1)).await;
            peer.say("* OK still here\r\n").await;
        }
        peer.answer(&tag, "$ OK done\r\n").await;
    };
    play(client, server).await.0.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_literal_that_breaks_off_says_how_far_it_came() {
    let mut limits = limits();
    limits.protocol.inline_literal_octets = 10;
    let (mut session, mut peer) = session_with(connector().limits(limits), "").await;
    let client = async {
        let mut selected = session.select(&inbox()).await.unwrap();
        let mut rows = selected.fetch(numbers("1"), whole_message()).await.unwrap();
        let since = Instant::now();
        assert!(matches!(rows.next_event().await.unwrap(), Some(RowEvent::BodyStart(_))));
        assert!(
            matches!(rows.next_event().await.unwrap(), Some(RowEvent::Chunk(octets)) if octets == "mail")
        );
        let outcome = rows.next_event().await;
        assert_eq!(
            outcome.as_ref().unwrap_err().to_string(),
            "the connection is lost: the server said nothing for 20 seconds, 4 of 1000 announced octets of a literal had \
             come"
        );
        check_silent(outcome, since, Some((4, 1000)));
    };
    let server = async {
        answer_select(&mut peer).await;
        peer.exchange("FETCH 1 BODY.PEEK[]", "* 1 FETCH (BODY[] {1000}\r\nmail").await;
        peer.rest().await
    };
    play(client, server).await;
}

/// An idle connection owes nothing. When it is used again, the time it has rested is not the server's.
#[tokio::test(start_paused = true)]
async fn a_rest_does_not_count_as_silence() {
    // The order in which the task looks at its wake-ups is random, so one try proves little.
    for _ in 0..20 {
        let (mut session, mut peer) = session_with(connector(), "LITERAL+").await;
        let client = async {
            sleep(10 * SILENCE).await;
            session.noop().await.unwrap();
            let mut selected = session.select(&inbox()).await.unwrap();
            sleep(10 * SILENCE).await;
            selected.noop().await.unwrap();
        };
        let server = async {
            peer.exchange("NOOP", "$ OK done\r\n").await;
            answer_select(&mut peer).await;
            let tag = peer.expect("NOOP").await;
            sleep(SILENCE - Duration::from_secs(1)).await;
            peer.answer(&tag, "$ OK done\r\n").await;
        };
        play(client, server).await;
    }
}

/// Whoever stores rows on a slow disk is not the server: the clock stands still while nothing is read.
#[tokio::test(start_paused = true)]
async fn a_slow_consumer_is_not_a_silent_server() {
    let mut limits = limits();
    limits.protocol.inline_literal_octets = 10;
    let (mut session, mut peer) = session_in_pieces(connector().limits(limits), "", 1000).await;
    let client = async {
        let mut selected = session.select(&inbox()).await.unwrap();
        let mut rows = selected.fetch(numbers("1"), whole_message()).await.unwrap();
        let mut had = 0;
        while let Some(event) = rows.next_event().await.unwrap() {
            if let RowEvent::Chunk(octets) = event {
                had += octets.len();
            }
            sleep(10 * SILENCE).await;
        }
        assert_eq!(had, 100_000);
    };
    let server = async {
        answer_select(&mut peer).await;
        let tag = peer.expect("FETCH 1 BODY.PEEK[]").await;
        peer.say("* 1 FETCH (BODY[] {100000}\r\n").await;
        peer.say(vec![b'x'; 100_000]).await;
        peer.answer(&tag, ")\r\n$ OK done\r\n").await;
    };
    play(client, server).await;
}

/// Gives one octet after a long time, again and again.
struct Slow {
    pause: std::pin::Pin<Box<tokio::time::Sleep>>,
}

impl AsyncRead for Slow {
    fn poll_read(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
        buffer: &mut tokio::io::ReadBuf<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        std::task::ready!(self.pause.as_mut().poll(context));
        self.pause.as_mut().reset(Instant::now() + 10 * SILENCE);
        buffer.put_slice(b"x");
        std::task::Poll::Ready(Ok(()))
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_source_of_a_message_is_not_a_silent_server() {
    for capabilities in ["", "LITERAL+"] {
        let (mut session, mut peer) = session_with(connector(), capabilities).await;
        let client = async {
            let source = Slow { pause: Box::pin(sleep(10 * SILENCE)) };
            session.append(&mailbox("to"), &[], None, 10, source).await.unwrap();
        };
        let server = async {
            let (tag, _) = peer.command().await;
            if capabilities.is_empty() {
                peer.say("+ go on\r\n").await;
            }
            assert_eq!(peer.line().await, "xxxxxxxxxx");
            peer.answer(&tag, "$ OK done\r\n").await;
        };
        play(client, server).await;
    }
}

/// A server that takes nothing is silent too, and costs no more memory than the bound says.
#[tokio::test(start_paused = true)]
async fn a_server_that_takes_nothing_is_given_up_and_fills_no_memory() {
    let (mut session, peer) = session_in_pieces(connector(), "LITERAL+", 1000).await;
    let mut taken = Counted { octets: 0 };
    let since = Instant::now();
    let outcome = session.append(&mailbox("to"), &[], None, 1 << 30, &mut taken).await;
    let tayori_client::AppendError::Server(error) = outcome.unwrap_err() else {
        panic!("the source is good")
    };
    check_silent::<()>(Err(error), since, None);
    assert!(taken.octets < 1 << 20, "{} octets were taken for nothing", taken.octets);
    drop(peer);
}

/// Gives octets without an end, and counts them.
struct Counted {
    octets: usize,
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
        buffer: &mut tokio::io::ReadBuf<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        self.octets += buffer.remaining();
        let octets = vec![b'x'; buffer.remaining()];
        buffer.put_slice(&octets);
        std::task::Poll::Ready(Ok(()))
    }
}

/// LOGOUT changes nothing, so it is worth two seconds, whatever is in its way.
#[tokio::test(start_paused = true)]
async fn logout_does_not_wait_for_a_dead_server() {
    let soon = Duration::from_secs(2)..Duration::from_millis(2010);

    let (session, mut peer) = session_with(connector(), "").await;
    let since = Instant::now();
    let heard = play(async { session.logout().await.unwrap() }, async { peer.rest().await }).await.1;
    assert!(heard.ends_with(b" LOGOUT\r\n"), "{heard:?}");
    assert!(soon.contains(&since.elapsed()), "{:?}", since.elapsed());

    // Nothing can be sent at all: a piece of an append fills the way.
    let (mut session, peer) = session_in_pieces(connector(), "LITERAL+", 100).await;
    let message = vec![b'x'; 1 << 20];
    {
        let to = mailbox("to");
        let append = session.append(&to, &[], None, message.len() as u64, &message[..]);
        let given_up = tokio::time::timeout(Duration::from_secs(1), append).await;
        assert!(given_up.is_err(), "the peer reads nothing");
    }
    let since = Instant::now();
    let _ = session.logout().await;
    assert!(since.elapsed() < soon.end, "{:?}", since.elapsed());
    drop(peer);
}

#[tokio::test(start_paused = true)]
async fn logout_is_over_when_the_server_has_answered_or_gone() {
    for answer in ["* BYE until soon\r\n$ OK done\r\n", "* BYE until soon\r\n", "$ BYE\r\n", ""] {
        let (session, mut peer) = session_with(connector(), "").await;
        let since = Instant::now();
        let client = async { session.logout().await.unwrap() };
        let server = async {
            peer.exchange("LOGOUT", answer).await;
            drop(peer);
        };
        play(client, server).await;
        assert_eq!(since.elapsed(), Duration::ZERO, "{answer:?}");
    }
}
