//! Metadata, which Dovecot and Cyrus have (RFC 5464).

use bytes::Bytes;
use tayori_client::{Error, Session};
use tayori_proto::command::{MetadataDepth, MetadataOptions, NewMetadata};
use tayori_proto::types::{MetadataEntry, MetadataOwner, NonEmpty};

use crate::server::{Kind, peer, skip};

fn entry(name: &str) -> MetadataEntry {
    MetadataEntry::new(name).unwrap()
}

fn new(name: &str, value: Option<&[u8]>) -> NewMetadata {
    NewMetadata { entry: entry(name), value: value.map(Bytes::copy_from_slice) }
}

/// The values of both comments, and how large what was left out is.
async fn comments(
    session: &mut Session,
    owner: &MetadataOwner,
    options: MetadataOptions,
) -> (Vec<(String, Option<Vec<u8>>)>, Option<u32>) {
    let entries = NonEmpty::one(entry("/private/comment")).and(entry("/shared/comment"));
    let found = session.metadata(owner, entries, options).await.unwrap();
    let value = |value: &tayori_proto::types::Text| value.as_bytes().to_vec();
    let mut values: Vec<_> = found
        .values
        .iter()
        .map(|told| (told.entry.to_string_lossy().to_lowercase(), told.value.as_ref().map(value)))
        .filter(|(_, value)| value.is_some())
        .collect();
    values.sort();
    (values, found.left_out)
}

#[tokio::test]
async fn what_is_noted_of_a_mailbox_is_told_again() {
    let Some(peer) = peer() else { return };
    let (mut session, mailbox) = peer.with_mailbox("noted").await;
    let owner = MetadataOwner::from(mailbox.clone());
    let text = "gr\u{fc}n \"x\"\r\n\\ {3}".as_bytes();
    let entries =
        NonEmpty::one(new("/private/comment", Some(b"mine"))).and(new("/shared/comment", Some(text)));
    match session.set_metadata(&owner, entries).await {
        Ok(()) => {}
        Err(Error::NotOffered { capability }) => {
            assert!(!matches!(peer.kind, Kind::Dovecot | Kind::Cyrus), "it is set up to have {capability}");
            return skip(&format!("the server has no {capability}"));
        }
        Err(error) => panic!("{error:?}"),
    }
    let mine = ("/private/comment".to_owned(), Some(b"mine".to_vec()));
    let shared = ("/shared/comment".to_owned(), Some(text.to_vec()));
    let told = comments(&mut session, &owner, MetadataOptions::default()).await;
    assert_eq!(told, (vec![mine.clone(), shared], None));
    let small = MetadataOptions { max_size: Some(4), ..MetadataOptions::default() };
    let told = comments(&mut session, &owner, small).await;
    assert_eq!(told, (vec![mine.clone()], Some(u32::try_from(text.len()).unwrap())));
    let everything = MetadataOptions { depth: MetadataDepth::All, ..MetadataOptions::default() };
    let found = session.metadata(&owner, entry("/private").into(), everything).await.unwrap();
    assert!(found.values.iter().any(|told| told.entry.eq_ignore_case(b"/private/comment")), "{found:?}");
    session.set_metadata(&owner, new("/shared/comment", None).into()).await.unwrap();
    let told = comments(&mut session, &owner, MetadataOptions::default()).await;
    assert_eq!(told, (vec![mine.clone()], None));
    // They follow the mailbox.
    let other = peer.mailbox("noted elsewhere");
    let _ = session.delete(&other).await;
    session.rename(&mailbox, &other).await.unwrap();
    let told = comments(&mut session, &other.into(), MetadataOptions::default()).await;
    assert_eq!(told, (vec![mine], None));
    let told = session.metadata(&owner, entry("/private/comment").into(), MetadataOptions::default()).await;
    assert!(matches!(told, Err(Error::Refused { .. })), "{told:?}");
}

#[tokio::test]
async fn what_is_noted_of_the_server_is_told() {
    let Some(peer) = peer() else { return };
    let mut session = peer.session().await;
    let entries = NonEmpty::one(entry("/shared/comment")).and(entry("/shared/admin"));
    match session.metadata(&MetadataOwner::Server, entries, MetadataOptions::default()).await {
        // Nothing has been noted.
        Ok(found) => assert!(found.values.iter().all(|told| told.value.is_none()), "{found:?}"),
        Err(Error::NotOffered { capability }) => skip(&format!("the server has no {capability}")),
        Err(error) => panic!("{error:?}"),
    }
}
