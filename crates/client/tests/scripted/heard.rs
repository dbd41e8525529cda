//! What the server says by itself and a person has to see.

use tayori_client::{Connector, LoginPolicy};
use tayori_proto::profile::Vendor;

use crate::harness::{credentials, greeted, play};

#[tokio::test(start_paused = true)]
async fn a_greeting_is_kept_and_told() {
    let greeting = "* OK [CAPABILITY IMAP4rev1] Dovecot \u{1b}[2Jready.\r\n";
    let (connection, _peer) = greeted(Connector::new(), greeting).await;
    assert_eq!(connection.greeting().as_bytes(), b"Dovecot \x1b[2Jready.");
    assert_eq!(connection.profile().vendor(), Some(Vendor::Dovecot));
    assert!(connection.alerts().is_empty());
}

/// In the greeting, between commands, in their answers; the words of a refusal are those of its error.
#[tokio::test(start_paused = true)]
async fn alerts_are_kept_once_and_with_a_bound() {
    let (mut connection, mut peer) = greeted(Connector::new(), "* OK [ALERT] down at night\r\n").await;
    let client = async {
        connection.noop().await.unwrap_err();
        connection.noop().await.unwrap();
        assert_eq!(connection.alerts().len(), 3);
        let mut session = connection.log_in(&credentials(), &LoginPolicy::new()).await.unwrap().session;
        session.noop().await.unwrap();
        (session.alerts(), session.greeting())
    };
    let server = async {
        peer.exchange("NOOP", "$ NO [ALERT] refused\r\n").await;
        peer.exchange("NOOP", "* NO [ALERT] \x1b[2Jfull\r\n* BAD [ALERT] odd\r\n$ OK done\r\n").await;
        peer.exchange("CAPABILITY", "* CAPABILITY IMAP4rev1\r\n$ OK done\r\n").await;
        peer.exchange("LOGIN user pass", "$ OK [ALERT] down at night\r\n").await;
        let many: String = (0..40).map(|number| format!("* OK [ALERT] {number}\r\n")).collect();
        peer.exchange("NOOP", &format!("{many}$ OK [ALERT] last\r\n")).await;
    };
    let ((alerts, greeting), ()) = play(client, server).await;
    let alerts: Vec<_> = alerts.iter().map(|text| text.to_string_lossy().into_owned()).collect();
    assert_eq!(alerts[..5], ["down at night", "\u{1b}[2Jfull", "odd", "0", "1"]);
    assert_eq!(alerts.len(), 16);
    assert_eq!(greeting.as_bytes(), b"down at night");
}
