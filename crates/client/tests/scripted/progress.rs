//! A server that says how far it is (RFC 9585).

use std::time::Duration;

use tayori_client::{Connector, Lost, Progress, ProgressWatch, Timeouts};
use tokio::time::sleep;

use crate::harness::{answer_select, inbox, lost, mailbox, play, session_with, uids};

const SILENCE: Duration = Duration::from_secs(20);

fn connector() -> Connector {
    let mut timeouts = Timeouts::default();
    timeouts.silence = SILENCE;
    Connector::new().timeouts(timeouts)
}

/// All that is told until the connection ends.
async fn all(mut watch: ProgressWatch) -> Vec<(Option<String>, Option<u32>, Option<u32>)> {
    let mut told = Vec::new();
    while let Some(Progress { command, done, goal, .. }) = watch.next().await {
        told.push((command, done, goal));
    }
    told
}

#[tokio::test(start_paused = true)]
async fn a_long_command_says_how_far_it_is_and_is_waited_for() {
    let (mut session, mut peer) = session_with(connector(), "INPROGRESS").await;
    let watch = session.progress();
    assert_eq!(watch.latest(), None);
    let client = async {
        let mut selected = session.select(&inbox()).await.unwrap();
        selected.copy(uids("1:9"), &mailbox("other")).await.unwrap();
        // What has ended is not on its way any more.
        assert_eq!(watch.latest(), None);
        session.logout().await.unwrap();
    };
    let server = async {
        answer_select(&mut peer).await;
        let tag = peer.expect("UID COPY 1:9 other").await;
        for code in
            ["(\"$\" 1 4)", "(\"$\" 2 4)", "(NIL 3 4)", "(\"$\" 5 4)", "(\"$\" 7 NIL)", "", "(\"x\" 1 2)"]
        {
            sleep(SILENCE - Duration::from_secs(1)).await;
            peer.answer(&tag, &format!("* OK [INPROGRESS {code}] wait\r\n").replace("S ]", "S]")).await;
        }
        sleep(Duration::from_secs(1)).await;
        peer.answer(&tag, "$ OK done\r\n").await;
        peer.exchange("LOGOUT", "* BYE\r\n$ OK\r\n").await;
    };
    let (told, _) = play(all(watch.clone()), async { tokio::join!(client, server) }).await;
    let copy = || Some("UID COPY".to_owned());
    let expected = [
        (copy(), Some(1), Some(4)),
        (copy(), Some(2), Some(4)),
        (copy(), Some(3), Some(4)),
        // More than there is to do cannot be, so that word is passed over.
        (copy(), Some(7), None),
        (copy(), None, None),
        (None, Some(1), Some(2)),
    ];
    assert_eq!(told, expected);
}

/// The word of one command is not that of another, and one that has stopped telling is given up as ever.
#[tokio::test(start_paused = true)]
async fn progress_ends_with_its_command_and_a_silent_server_is_not_waited_for() {
    let (mut session, mut peer) = session_with(connector(), "INPROGRESS").await;
    let watch = session.progress();
    let client = async {
        let outcome = session.noop().await;
        assert!(matches!(lost(outcome), Lost::Silent { .. }));
        assert_eq!(watch.latest(), None);
    };
    let server = async {
        let tag = peer.expect("NOOP").await;
        peer.answer(&tag, "* OK [INPROGRESS (\"$\" 1 4)] wait\r\n").await;
        peer.rest().await
    };
    let (told, _) = play(all(watch.clone()), async { tokio::join!(client, server) }).await;
    assert_eq!(told, [(Some("NOOP".to_owned()), Some(1), Some(4))]);
}
