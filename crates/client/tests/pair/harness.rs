//! What the tests beside this file share.

use std::future::Future;
use std::time::Duration;

use tayori_client::{Connection, Connector, FetchAttribute, FetchItems, LoginPolicy, Session, Transport};
use tayori_proto::types::{Flag, MailboxName, Messages, NonEmpty, Section};
use tayori_server::store::Store;
use tayori_testkit::pair::{Host, ROOMY, credentials};

pub(crate) use crate::common::Bodies;

/// Fails if this does not end by itself. The time is that of the test's clock, so it costs none.
pub(crate) async fn within<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(24 * 3600), work).await.expect("something waits for ever")
}

pub(crate) async fn connect<S: Store>(host: &Host<S>, connector: Connector, piece: usize) -> Connection {
    connector.connect_over(host.connect(piece), Transport::Trusted).await.unwrap()
}

/// A session of the host's user.
pub(crate) async fn log_in<S: Store>(host: &Host<S>) -> Session {
    log_in_with(host, Connector::new()).await
}

pub(crate) async fn log_in_with<S: Store>(host: &Host<S>, connector: Connector) -> Session {
    connect(host, connector, ROOMY).await.log_in(&credentials(), &LoginPolicy::new()).await.unwrap().session
}

pub(crate) fn inbox() -> MailboxName {
    MailboxName::inbox()
}

pub(crate) fn mailbox(name: &str) -> MailboxName {
    MailboxName::new(name).unwrap()
}

pub(crate) fn numbers(set: &str) -> Messages {
    Messages::Numbers(set.parse().unwrap())
}

pub(crate) fn uids(set: &str) -> Messages {
    Messages::Uids(set.parse().unwrap())
}

/// UID, flags and the whole message, which stays unseen.
pub(crate) fn everything() -> FetchItems {
    let attributes = NonEmpty::one(FetchAttribute::Uid).and(FetchAttribute::Flags);
    attributes.and(FetchAttribute::peek(Section::full())).into()
}

/// All messages of a mailbox that is opened to look at: UID, flags, octets.
pub(crate) async fn look(session: &mut Session, name: &MailboxName) -> Vec<(u32, Vec<Flag>, Vec<u8>)> {
    let mut selected = session.examine(name).await.unwrap();
    let mut bodies = Bodies::default();
    let mut found = Vec::new();
    let mut rows = selected.fetch(uids("1:*"), everything()).await.unwrap();
    while let Some(row) = rows.next(&mut bodies).await.unwrap() {
        let flags = row.flags().unwrap().iter().filter(|flag| *flag != Flag::Recent).collect();
        found.push((row.uid().unwrap().value(), flags, bodies.whole.pop().unwrap()));
    }
    found
}
