//! Metadata between both sides (RFC 5464).

use bytes::Bytes;
use tayori_client::{Error, Session};
use tayori_proto::command::{MetadataDepth, MetadataOptions, NewMetadata};
use tayori_proto::response::{MetadataCode, ResponseCode};
use tayori_proto::types::{Capability, MetadataEntry, MetadataOwner, NonEmpty};
use tayori_testkit::pair::Host;
use tayori_testkit::persona::gmail;

use crate::harness::{inbox, log_in, mailbox, within};

fn entry(name: &str) -> MetadataEntry {
    MetadataEntry::new(name).unwrap()
}

async fn set(session: &mut Session, owner: &MetadataOwner, name: &str, value: &[u8]) -> Result<(), Error> {
    let new = NewMetadata { entry: entry(name), value: Some(Bytes::copy_from_slice(value)) };
    session.set_metadata(owner, new.into()).await
}

#[tokio::test(start_paused = true)]
async fn any_value_comes_back_as_it_was_set() {
    within(async {
        let mut session = log_in(&Host::new()).await;
        let odd = mailbox("b\u{fc}ro \"x\"");
        session.create(&odd).await.unwrap();
        let every_octet: Vec<u8> = (0..=255).collect();
        let mut large = every_octet.repeat(32);
        for owner in [MetadataOwner::Server, inbox().into(), odd.into()] {
            for value in [&b""[..], b"NIL", b"a\r\nb", b"\"\\ {5}", &every_octet, &large] {
                set(&mut session, &owner, "/private/vendor/x y/(z)", value).await.unwrap();
                let options = MetadataOptions { depth: MetadataDepth::All, ..MetadataOptions::default() };
                let found = session.metadata(&owner, entry("/private").into(), options).await.unwrap();
                let [told] = &found.values[..] else { panic!("{found:?}") };
                assert_eq!(told.value.as_ref().unwrap().as_bytes(), value);
                let options = MetadataOptions { max_size: Some(5), ..options };
                let found = session.metadata(&owner, entry("/private").into(), options).await.unwrap();
                let size = u32::try_from(value.len()).unwrap();
                assert_eq!(found.left_out, (size > 5).then_some(size));
            }
        }
        large.push(0);
        let refused = set(&mut session, &inbox().into(), "/shared/comment", &large).await;
        let Err(Error::Refused { code: Some(code), .. }) = refused else { panic!("{refused:?}") };
        assert_eq!(*code, ResponseCode::Metadata(MetadataCode::MaxSize(8192)));
        // What was removed is not there, and neither is what never was.
        let gone = NewMetadata { entry: entry("/private/vendor/x y/(z)"), value: None };
        let entries = NonEmpty::one(gone.entry.clone()).and(entry("/shared/comment"));
        session.set_metadata(&MetadataOwner::Server, gone.into()).await.unwrap();
        let options = MetadataOptions::default();
        let found = session.metadata(&MetadataOwner::Server, entries, options).await.unwrap();
        assert!(found.values.iter().all(|told| told.value.is_none()), "{found:?}");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_server_without_metadata_is_not_asked() {
    within(async {
        let mut session = log_in(&gmail::host()).await;
        assert!(!session.capabilities().await.unwrap().has(&Capability::try_from("METADATA").unwrap()));
        let outcome = set(&mut session, &inbox().into(), "/shared/comment", b"x").await;
        assert!(matches!(outcome, Err(Error::NotOffered { capability: "METADATA" })), "{outcome:?}");
        session.noop().await.unwrap();
    })
    .await;
}
