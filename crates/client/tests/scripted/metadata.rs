//! Metadata of mailboxes and of the server (RFC 5464).

use bytes::Bytes;
use tayori_client::{Connector, Error};
use tayori_proto::command::{MetadataDepth, MetadataOptions, NewMetadata};
use tayori_proto::response::{MetadataCode, ResponseCode};
use tayori_proto::types::{MailboxName, MetadataEntry, MetadataOwner, NonEmpty};

use crate::harness::{play, session_with};

fn entry(name: &str) -> MetadataEntry {
    MetadataEntry::new(name).unwrap()
}

fn inbox() -> MetadataOwner {
    MailboxName::inbox().into()
}

/// Entries and values, and how large what was left out is.
type Told = (Vec<(String, Option<String>)>, Option<u32>);

async fn get(
    capabilities: &str,
    owner: MetadataOwner,
    options: MetadataOptions,
    exchange: Option<(&str, &str)>,
) -> Result<Told, Error> {
    let (mut session, mut peer) = session_with(Connector::new(), capabilities).await;
    let client = async {
        let entries = NonEmpty::one(entry("/shared/comment")).and(entry("/private/comment"));
        let found = session.metadata(&owner, entries, options).await;
        session.noop().await.unwrap();
        found
    };
    let server = async {
        if let Some((command, answer)) = exchange {
            peer.exchange(command, answer).await;
        }
        peer.exchange("NOOP", "$ OK done\r\n").await;
    };
    let found = play(client, server).await.0?;
    let text = |text: &tayori_proto::types::Text| text.to_string_lossy().into_owned();
    let values = found.values.iter().map(|it| (text(&it.entry), it.value.as_ref().map(text)));
    Ok((values.collect(), found.left_out))
}

#[tokio::test(start_paused = true)]
async fn values_are_told_in_one_answer_or_in_several() {
    let expected = || {
        let values = [("/shared/comment", None), ("/private/comment", Some("a\r\nb"))];
        values.map(|(entry, value)| (entry.to_owned(), value.map(str::to_owned))).to_vec()
    };
    let command = "GETMETADATA INBOX (/shared/comment /private/comment)";
    for answer in [
        "* METADATA INBOX (/shared/comment NIL /private/comment {4}\r\na\r\nb)\r\n$ OK done\r\n",
        // In between somebody changes another entry, which is no answer.
        "* METADATA INBOX (/shared/comment NIL)\r\n* METADATA INBOX /shared/other\r\n\
         * METADATA \"INBOX\" (\"/private/comment\" {4}\r\na\r\nb)\r\n$ OK done\r\n",
    ] {
        let told = get("METADATA", inbox(), MetadataOptions::default(), Some((command, answer))).await;
        assert_eq!(told.unwrap(), (expected(), None));
    }
    let options = MetadataOptions { max_size: Some(3), depth: MetadataDepth::All };
    let command = "GETMETADATA (MAXSIZE 3 DEPTH infinity) \"\" (/shared/comment /private/comment)";
    let answer = "* METADATA \"\" ()\r\n$ OK [METADATA LONGENTRIES 4] done\r\n";
    for capability in ["METADATA", "METADATA-SERVER"] {
        let told = get(capability, MetadataOwner::Server, options, Some((command, answer))).await;
        assert_eq!(told.unwrap(), (vec![], Some(4)));
    }
    // Nothing is told of what is not there.
    let told = get("METADATA", MetadataOwner::Server, options, Some((command, "$ OK done\r\n"))).await;
    assert_eq!(told.unwrap(), (vec![], None));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_told_is_no_answer() {
    for (capabilities, owner, capability) in [
        ("", inbox(), "METADATA"),
        ("METADATA-SERVER", inbox(), "METADATA"),
        ("", MetadataOwner::Server, "METADATA-SERVER"),
    ] {
        let told = get(capabilities, owner, MetadataOptions::default(), None).await;
        assert!(
            matches!(told, Err(Error::NotOffered { capability: name }) if name == capability),
            "{told:?}"
        );
    }
    let command = "GETMETADATA INBOX (/shared/comment /private/comment)";
    let large =
        format!("* METADATA INBOX (/shared/comment {{100000}}\r\n{})\r\n$ OK done\r\n", "x".repeat(100_000));
    for answer in ["* METADATA INBOX (/shared/comment\r\n$ OK done\r\n", &*large] {
        let told = get("METADATA", inbox(), MetadataOptions::default(), Some((command, answer))).await;
        assert!(matches!(told, Err(Error::Unreadable { .. })), "{told:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn values_are_set_and_removed() {
    let set = async |answer: &str| {
        let (mut session, mut peer) = session_with(Connector::new(), "METADATA LITERAL+").await;
        let new = |name: &str, value: Option<&'static [u8]>| NewMetadata {
            entry: entry(name),
            value: value.map(Bytes::from_static),
        };
        let entries = NonEmpty::one(new("/private/comment", Some(b"\0"))).and(new("/shared/comment", None));
        let client = session.set_metadata(&MetadataOwner::Server, entries);
        let server = async {
            let (tag, line) = peer.command().await;
            assert_eq!(line, "SETMETADATA \"\" (/private/comment ~{1+}");
            assert_eq!(&*peer.octets(1).await, b"\0");
            assert_eq!(peer.line().await, " /shared/comment NIL)");
            peer.answer(&tag, answer).await;
        };
        play(client, server).await.0
    };
    set("$ OK done\r\n").await.unwrap();
    let refused = set("$ NO [METADATA TOOMANY] no\r\n").await;
    let Err(Error::Refused { code: Some(code), .. }) = refused else { panic!("{refused:?}") };
    assert_eq!(*code, ResponseCode::Metadata(MetadataCode::TooMany));
}
