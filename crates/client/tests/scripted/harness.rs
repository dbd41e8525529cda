//! What the tests beside this file share.

use std::future::Future;
use std::time::Duration;

use tayori_client::{
    Connection, Connector, Credentials, Error, FetchAttribute, FetchItems, Identity, Limits, Lost, Selected,
    Session, Transport,
};
use tayori_proto::types::{ImapString, MailboxName, Messages, NonEmpty, Secret, Section};
use tayori_testkit::peer::Peer;

pub(crate) use crate::common::Bodies;

/// A server that tells nothing of itself.
pub(crate) const GREETING: &str = "* OK ready\r\n";

/// Room in a pair in which nothing has to wait.
pub(crate) const ROOMY: usize = 1 << 20;

/// Longer than anything here may take on the test's clock, which runs only while nobody has anything to do: whatever
/// hangs is found at once.
const TOO_LONG: Duration = Duration::from_secs(24 * 3600);

/// Plays both sides. The server's side may end first; what it gives is dropped with it, its connection last.
pub(crate) async fn play<C, S>(client: impl Future<Output = C>, server: impl Future<Output = S>) -> (C, S) {
    within(async { tokio::join!(client, server) }).await
}

/// Fails if this does not end by itself.
pub(crate) async fn within<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(TOO_LONG, work).await.expect("something waits for ever")
}

pub(crate) fn limits() -> Limits {
    Limits::default()
}

/// Connects over a pair to a peer that greets like this.
pub(crate) async fn greeted(connector: Connector, greeting: &str) -> (Connection, Peer) {
    greeted_in_pieces(connector, greeting, ROOMY).await
}

/// The same, with at most `piece` octets a read or write.
pub(crate) async fn greeted_in_pieces(
    connector: Connector,
    greeting: &str,
    piece: usize,
) -> (Connection, Peer) {
    let (ours, mut peer) = Peer::pair(piece);
    let connect = connector.connect_over(ours, Transport::Trusted);
    let (connection, ()) = tokio::join!(connect, peer.say(greeting));
    (connection.expect("the greeting is an ordinary one"), peer)
}

/// A session that is logged in from the start, on a server with these capabilities.
pub(crate) async fn session_with(connector: Connector, capabilities: &str) -> (Session, Peer) {
    session_in_pieces(connector, capabilities, ROOMY).await
}

pub(crate) async fn session_in_pieces(
    connector: Connector,
    capabilities: &str,
    piece: usize,
) -> (Session, Peer) {
    let greeting = format!("* PREAUTH [CAPABILITY IMAP4rev1 {capabilities}] welcome\r\n");
    let (connection, peer) = greeted_in_pieces(connector, &greeting, piece).await;
    (connection.into_preauthenticated().expect("the greeting says so"), peer)
}

pub(crate) async fn session() -> (Session, Peer) {
    session_with(Connector::new(), "LITERAL+ UIDPLUS UNSELECT IDLE MOVE ID ENABLE NAMESPACE").await
}

/// What a server says when INBOX with three messages is opened, before the tagged line.
pub(crate) const INBOX: &str = "* FLAGS (\\Seen \\Deleted)\r\n* 3 EXISTS\r\n* 0 RECENT\r\n\
                                * OK [UIDVALIDITY 59] UIDs valid\r\n* OK [UIDNEXT 44] next\r\n";

pub(crate) async fn answer_select(peer: &mut Peer) {
    peer.exchange("SELECT INBOX", &format!("{INBOX}$ OK [READ-WRITE] opened\r\n")).await;
}

/// Opens INBOX on a server with these capabilities and plays both sides. A NOOP is the next thing that the server hears
/// then, if it is still there: whatever else the client says, before it or in place of it, fails the test.
pub(crate) async fn in_inbox<T>(
    connector: Connector,
    capabilities: &str,
    client: impl AsyncFnOnce(&mut Selected<'_>) -> T,
    server: impl AsyncFnOnce(&mut Peer),
) -> T {
    let (mut session, mut peer) = session_with(connector, capabilities).await;
    let client = async {
        let mut selected = session.select(&inbox()).await.unwrap();
        let outcome = client(&mut selected).await;
        (outcome, selected.noop().await)
    };
    let server = async {
        answer_select(&mut peer).await;
        server(&mut peer).await;
        let is_gone = peer.is_over();
        if !is_gone {
            peer.exchange("NOOP", "$ OK done\r\n").await;
        }
        is_gone
    };
    let ((outcome, usable), is_gone) = play(client, server).await;
    assert_eq!(usable.is_err(), is_gone, "{usable:?}");
    outcome
}

pub(crate) fn inbox() -> MailboxName {
    MailboxName::inbox()
}

pub(crate) fn mailbox(name: &str) -> MailboxName {
    MailboxName::new(name).unwrap()
}

pub(crate) fn user() -> ImapString {
    ImapString::new("user").unwrap()
}

pub(crate) fn password() -> Secret {
    Secret::new("pass").unwrap()
}

pub(crate) fn credentials() -> Credentials {
    Credentials::password(Identity::new("user").unwrap(), password())
}

pub(crate) fn numbers(set: &str) -> Messages {
    Messages::Numbers(set.parse().unwrap())
}

pub(crate) fn uids(set: &str) -> Messages {
    Messages::Uids(set.parse().unwrap())
}

pub(crate) fn whole_message() -> FetchItems {
    FetchAttribute::peek(Section::full()).into()
}

pub(crate) fn uid_and_message() -> FetchItems {
    NonEmpty::one(FetchAttribute::Uid).and(FetchAttribute::peek(Section::full())).into()
}

/// The reason for which the connection was lost.
#[track_caller]
pub(crate) fn lost<T: std::fmt::Debug>(outcome: Result<T, Error>) -> Lost {
    match outcome {
        Err(Error::Lost(lost)) => lost,
        other => panic!("the connection should be lost: {other:?}"),
    }
}

/// The status and the words of the server's refusal.
#[track_caller]
pub(crate) fn refused<T: std::fmt::Debug>(outcome: Result<T, Error>) -> (String, String) {
    match outcome {
        Err(Error::Refused { command, text, .. }) => (command, text.to_string_lossy().into_owned()),
        other => panic!("the server should have refused: {other:?}"),
    }
}
