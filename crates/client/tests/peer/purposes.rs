//! What mailboxes are for, how full they are, and who may do what with them.

use tayori_client::{Error, ListQuery, StatusAttribute};
use tayori_proto::command::RightsChange;
use tayori_proto::response::StatusItem;
use tayori_proto::types::{Capability, ImapString, ListPattern, MailboxName, NonEmpty, Rights, SpecialUse};

use crate::server::{Kind, append, peer, skip};

#[tokio::test]
async fn a_mailbox_is_made_for_a_purpose() {
    let Some(peer) = peer() else { return };
    let mut session = peer.session().await;
    let mailbox = peer.mailbox("purpose");
    match session.create_with_use(&mailbox, SpecialUse::Archive.into()).await {
        Ok(_) => {}
        // From a run before on the same server: a mailbox with a purpose is not deleted there.
        Err(Error::Refused { .. }) => {}
        Err(Error::NotOffered { capability }) => {
            assert!(!session.capabilities().await.unwrap().has(&Capability::CreateSpecialUse));
            return skip(&format!("the server has no {capability}"));
        }
        Err(error) => panic!("{error:?}"),
    }
    let found = session.special_mailboxes().await.unwrap();
    let archive = found.iter().find(|found| found.row.name == mailbox).unwrap();
    assert_eq!(archive.uses, [SpecialUse::Archive]);
}

#[tokio::test]
async fn mailboxes_are_listed_with_what_is_in_them() {
    let Some(peer) = peer() else { return };
    let (mut session, mailbox) = peer.with_mailbox("counted").await;
    append(&mut session, &mailbox, b"Subject: x\r\n\r\nx\r\n").await;
    let pattern = ListPattern::new(peer.path("counted")).unwrap();
    let listed = session.list_with_status(&pattern, StatusAttribute::Messages.into()).await.unwrap();
    let [one] = &listed[..] else { panic!("{listed:?}") };
    assert_eq!(one.row.name, mailbox);
    assert_eq!(one.status.as_ref().unwrap().items, [StatusItem::Messages(1)]);
}

#[tokio::test]
async fn mailboxes_are_listed_with_what_is_known_of_them() {
    let Some(peer) = peer() else { return };
    let (mut session, above) = peer.with_mailbox("listed").await;
    let below = peer.mailbox("listed/below");
    let has_levels = peer.kind != Kind::Mailutils;
    if has_levels {
        // From a run before on the same server it may be there.
        let _ = session.create(&below).await;
        session.subscribe(&below).await.unwrap();
    }
    session.unsubscribe(&above).await.unwrap();
    let patterns = ["listed", "listed/*"].map(|name| ListPattern::new(peer.path(name)).unwrap());
    let query = ListQuery::new(NonEmpty::try_from(patterns.to_vec()).unwrap())
        .with_subscribed()
        .with_children()
        .with_status(StatusAttribute::Messages.into());
    let listed = session.list_mailboxes(&query).await.unwrap();
    let find = |name: &MailboxName| listed.iter().find(|one| one.row.name == *name).unwrap();
    assert_eq!(find(&above).status.as_ref().unwrap().items, [StatusItem::Messages(0)]);
    assert_eq!(find(&above).subscribed, Some(false), "{listed:?}");
    if has_levels {
        assert_eq!(listed.len(), 2, "{listed:?}");
        assert_eq!(find(&above).has_children(), Some(true), "{listed:?}");
        assert_eq!(find(&below).subscribed, Some(true), "{listed:?}");
        let listed = session.list_mailboxes(&query.only_subscribed()).await.unwrap();
        let [one] = &listed[..] else { panic!("{listed:?}") };
        assert_eq!((&one.row.name, one.is_selectable()), (&below, true));
    }
}

#[tokio::test]
async fn the_quotas_of_a_mailbox_are_told() {
    let Some(peer) = peer() else { return };
    let (mut session, mailbox) = peer.with_mailbox("quota").await;
    match session.mailbox_quota(&mailbox).await {
        // None of these servers is set up with a limit.
        Ok(found) => assert!(found.quotas.iter().all(|quota| quota.resources.is_empty()), "{found:?}"),
        Err(Error::NotOffered { capability }) => return skip(&format!("the server has no {capability}")),
        Err(error) => panic!("{error:?}"),
    }
    let nobody = ImapString::new("no such root").unwrap();
    let outcome = session.quota(&nobody).await;
    match outcome {
        // Courier has a quota without limits of any name.
        Ok(quota) => assert!(peer.kind == Kind::Courier && quota.resources.is_empty(), "{quota:?}"),
        Err(error) => assert!(matches!(error, Error::Refused { .. }), "{error:?}"),
    }
    session.noop().await.unwrap();
}

#[tokio::test]
async fn rights_are_given_and_taken_away() {
    let Some(peer) = peer() else { return };
    let (mut session, mailbox) = peer.with_mailbox("rights").await;
    let mine = match session.my_rights(&mailbox).await {
        Ok(mine) => mine,
        Err(Error::NotOffered { capability }) => return skip(&format!("the server has no {capability}")),
        Err(error) => panic!("{error:?}"),
    };
    let rights = |letters: &str| Rights::new(letters).unwrap();
    assert!(mine.has(rights("lrswi")), "{mine:?}");
    let anyone = ImapString::new("anyone").unwrap();
    session.set_acl(&mailbox, &anyone, RightsChange::Replace(rights("lr"))).await.unwrap();
    let acl = session.acl(&mailbox).await.unwrap();
    let entry = acl.iter().find(|entry| entry.identifier.as_bytes() == b"anyone").unwrap();
    assert_eq!(entry.rights, rights("lr"));
    session.list_rights(&mailbox, &anyone).await.unwrap();
    session.delete_acl(&mailbox, &anyone).await.unwrap();
    let acl = session.acl(&mailbox).await.unwrap();
    assert!(!acl.iter().any(|entry| entry.identifier.as_bytes() == b"anyone"), "{acl:?}");
}
