//! Several commands in one write.

use std::time::Duration;

use tayori_client::{Behaviour, Error, Lost, SearchKey, Setting, StatusAttribute, Timeouts};
use tayori_proto::response::{ResponseCode, StatusItem};
use tayori_proto::types::{ListPattern, ListReference, MailboxName, Secret};

use crate::server::{Account, Kind, all_uids, append, connector, names, peer, skip, take, uid_and_message};

/// Courier reads no further than LOGIN, and the rest of the write is lost. That is known of it; where the client is
/// told otherwise, the flight ends with an error when nothing has been heard for as long as a caller wants to wait, and
/// not before that.
#[tokio::test]
async fn a_flight_that_is_lost_behind_the_login_ends() {
    let Some(peer) = peer() else { return };
    if peer.kind != Kind::Courier {
        return skip("the server keeps what follows a login");
    }
    let Account { user, password, .. } = &peer.user;
    let patience = Duration::from_secs(3);
    let mut timeouts = Timeouts::default();
    timeouts.silence = patience;
    let connector = connector().timeouts(timeouts).behaviour(Behaviour::NoFlightBehindLogin, Setting::Off);
    let mut flight = peer.connect_by(connector).await.flight().login(user, password);
    let list = flight.list(&ListReference::none(), &ListPattern::all());
    let mut flight = flight.examine(&MailboxName::inbox());
    let found = flight.uid_search(SearchKey::All);
    let lost = |error: Error| matches!(error, Error::Lost(Lost::Silent { after, .. }) if after == patience);
    let ending = async {
        let in_flight = flight.launch().await.unwrap();
        assert!(lost(list.wait().await.unwrap_err()));
        assert!(lost(found.wait().await.unwrap_err()));
        in_flight.land().await.map(drop).unwrap_err();
    };
    tokio::time::timeout(patience * 10, ending).await.expect("it does not end");
    // What is asked for after the login was answered is heard.
    peer.session().await.noop().await.unwrap();
}

#[tokio::test]
async fn a_flight_logs_in_lists_opens_and_fetches() {
    let Some(peer) = peer() else { return };
    let (mut session, mailbox) = peer.with_mailbox("flight").await;
    let uid = append(&mut session, &mailbox, b"Subject: flown\r\n\r\n").await;
    session.logout().await.unwrap();

    let Account { user, password, .. } = &peer.user;
    let mut flight = peer.connect().await.flight().login(user, password);
    let list = flight.list(&ListReference::none(), &ListPattern::new(peer.path("flight")).unwrap());
    let status = flight.status(&mailbox, StatusAttribute::Messages.into());
    let mut flight = flight.examine(&mailbox);
    let rows = flight.fetch(all_uids(), uid_and_message());
    let found = flight.uid_search(SearchKey::All);
    let in_flight = flight.launch().await.unwrap();
    assert_eq!(names(&list.wait().await.unwrap()), [mailbox.as_str()]);
    assert_eq!(status.wait().await.unwrap().items, [StatusItem::Messages(1)]);
    let (mut session, description) = in_flight.land().await.unwrap();
    assert_eq!(description.exists(), 1);
    let (rows, bodies) = take(rows).await;
    assert_eq!((rows.len(), rows[0].uid()), (1, Some(uid)));
    let stored = peer.kind.stored(b"Subject: flown\r\n\r\n");
    assert_eq!(peer.kind.own_lines_removed(&bodies[0]), stored);
    assert_eq!(found.wait().await.unwrap().count(), 1);
    let mut selected = session.resume(description);
    selected.noop().await.unwrap();
    selected.close().await.unwrap();
    session.logout().await.unwrap();
}

#[tokio::test]
async fn a_flight_that_cannot_log_in_fails_as_a_whole() {
    let Some(peer) = peer() else { return };
    let wrong = Secret::new("not the password").unwrap();
    let mut flight = peer.connect().await.flight().login(&peer.user.user, &wrong);
    let list = flight.list(&ListReference::none(), &ListPattern::all());
    let in_flight = flight.launch().await.unwrap();
    let error = in_flight.land().await.map(drop).unwrap_err();
    let Error::Refused { command, code, .. } = error else { panic!("{error:?}") };
    let explained = peer.kind.explains_refusals().then_some(&ResponseCode::AuthenticationFailed);
    assert_eq!((&*command, code.as_deref()), ("LOGIN", explained));
    list.wait().await.unwrap_err();
}
