//! Mailboxes and their names.

use tayori_client::{Error, Session, StatusAttribute};
use tayori_proto::response::{ListAttribute, ResponseCode, StatusItem};
use tayori_proto::types::{ListPattern, ListReference, MailboxName, Uid};

use crate::server::{Kind, append, names, peer, skip};

#[tokio::test]
async fn odd_mailbox_names_are_the_same_on_both_sides() {
    let Some(peer) = peer() else { return };
    let mut session = peer.session().await;
    let odd: Vec<String> = ODD_NAMES.iter().map(|name| peer.path(&format!("names/{name}"))).collect();
    for name in odd.iter().rev() {
        let _ = session.delete(&MailboxName::new(name.clone()).unwrap()).await;
    }
    let mut refused = Vec::new();
    for (name, odd_name) in odd.iter().zip(ODD_NAMES) {
        let mailbox = MailboxName::new(name.clone()).unwrap();
        match session.create(&mailbox).await {
            Ok(()) => {}
            Err(Error::Refused { .. }) => {
                refused.push(odd_name);
                continue;
            }
            Err(error) => panic!("{name}: {error:?}"),
        }
        let uid = append(&mut session, &mailbox, b"Subject: x\r\n\r\n").await;
        session.subscribe(&mailbox).await.unwrap();
        let status = session.status(&mailbox, StatusAttribute::UidNext.into()).await.unwrap();
        assert_eq!(status.name, mailbox);
        assert_eq!(status.items, [StatusItem::UidNext(Uid::new(uid.value() + 1))], "{name}");
        let selected = session.select(&mailbox).await.unwrap();
        assert_eq!(selected.mailbox().exists(), 1);
        selected.close().await.unwrap();
    }
    assert_eq!(refused, refused_names(peer.kind));
    let all = ListPattern::new(peer.path("names/*")).unwrap();
    let listed = session.list(&ListReference::none(), &all).await.unwrap();
    let subscribed = session.lsub(&ListReference::none(), &all).await.unwrap();
    let mut expected: Vec<&str> = odd.iter().map(String::as_str).collect();
    expected.sort_unstable();
    expected.retain(|name| !refused.iter().any(|odd_name| *name == peer.path(&format!("names/{odd_name}"))));
    assert_eq!(names(&listed), expected);
    assert_eq!(names(&subscribed), expected);
}

#[tokio::test]
async fn mailboxes_are_made_renamed_and_deleted() {
    let Some(peer) = peer() else { return };
    if peer.kind == Kind::Mailutils {
        return skip("a mailbox there has no children");
    }
    let (mut session, parent) = peer.with_mailbox("family").await;
    let name = |text: &str| peer.mailbox(text);
    let listed = async |session: &mut Session, pattern: &str| {
        let rows = session
            .list(&ListReference::none(), &ListPattern::new(peer.path(pattern)).unwrap())
            .await
            .unwrap();
        let mut names: Vec<String> = rows.iter().map(|row| peer.name(&row.name)).collect();
        names.sort_unstable();
        names
    };
    // From a run before that did not come to its end.
    for child in listed(&mut session, "family/*").await.iter().rev() {
        session.delete(&name(child)).await.unwrap();
    }
    for child in ["family/one", "family/one/deep", "family/two"] {
        session.create(&name(child)).await.unwrap();
    }
    assert_eq!(listed(&mut session, "family/%").await, ["family/one", "family/two"]);
    assert_eq!(listed(&mut session, "family/*").await, ["family/one", "family/one/deep", "family/two"]);
    assert_eq!(listed(&mut session, "no such *").await, [""; 0]);

    append(&mut session, &name("family/one"), b"Subject: x\r\n\r\n").await;
    session.rename(&name("family/one"), &name("family/three")).await.unwrap();
    assert_eq!(listed(&mut session, "family/*").await, ["family/three", "family/three/deep", "family/two"]);
    let status = session.status(&name("family/three"), StatusAttribute::Messages.into()).await.unwrap();
    assert_eq!(status.items, [StatusItem::Messages(1)]);

    let renamed = session.rename(&name("family/none"), &name("family/four")).await;
    if peer.kind == Kind::Courier {
        // It says that it has renamed what is not there.
        renamed.unwrap();
    } else {
        expect_refused(renamed, ResponseCode::NonExistent);
    }
    expect_refused(session.create(&parent).await, ResponseCode::AlreadyExists);
    expect_refused(session.delete(&name("family/none")).await, ResponseCode::NonExistent);
    expect_refused(session.select(&name("family/none")).await.map(drop), ResponseCode::NonExistent);

    session.subscribe(&parent).await.unwrap();
    let family = ListPattern::new(peer.path("family")).unwrap();
    assert_eq!(session.lsub(&ListReference::none(), &family).await.unwrap().len(), 1);
    session.unsubscribe(&parent).await.unwrap();
    assert_eq!(session.lsub(&ListReference::none(), &family).await.unwrap(), []);
    for child in ["family/three/deep", "family/three", "family/two"] {
        session.delete(&name(child)).await.unwrap();
    }
    assert_eq!(listed(&mut session, "family*").await, ["family"]);
}

/// Names that have to be encoded, quoted or escaped on their way, as tests of their own below `names`.
const ODD_NAMES: [&str; 9] = [
    "\u{4fbf}\u{308a}",
    "\u{4fbf}\u{308a}/\u{9001}\u{4fe1}\u{6e08}\u{307f} 2024",
    "with blank",
    "say \"hello\"",
    "back\\slash",
    "R&D",
    "&AGE-",
    "per%cent star*",
    "{5} (brackets) [x]",
];

/// Not every refusal has a code, but none has a wrong one.
#[track_caller]
fn expect_refused(outcome: Result<(), Error>, expected: ResponseCode) {
    let Err(Error::Refused { code, .. }) = outcome else { panic!("{outcome:?}") };
    assert!(code.as_ref().is_none_or(|code| **code == expected), "{code:?}, not {expected:?}");
}

/// Those that a server does not want to have.
fn refused_names(kind: Kind) -> Vec<&'static str> {
    let refused = |name: &&str| match kind {
        Kind::Cyrus => name.contains(['"', '\\', '%', '{']),
        // No mailbox has children there.
        Kind::Mailutils => name.contains('/'),
        Kind::Dovecot | Kind::Courier | Kind::Other => false,
    };
    ODD_NAMES.into_iter().filter(refused).collect()
}

#[tokio::test]
async fn a_mailbox_without_children_says_so() {
    let Some(peer) = peer() else { return };
    if peer.kind != Kind::Mailutils {
        return skip("every mailbox may have children there");
    }
    let (mut session, alone) = peer.with_mailbox("alone").await;
    let rows = session.list(&ListReference::none(), &ListPattern::new("alone").unwrap()).await.unwrap();
    assert_eq!(names(&rows), ["alone"]);
    assert!(rows[0].attributes.contains(&ListAttribute::NoInferiors), "{rows:?}");
    let outcome = session.create(&peer.mailbox("alone/child")).await;
    assert!(matches!(outcome, Err(Error::Refused { .. })), "{outcome:?}");
    session.delete(&alone).await.unwrap();
}
