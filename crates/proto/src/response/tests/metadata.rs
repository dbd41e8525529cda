//! `METADATA`, and what codes say of it.

use super::*;
use crate::types::{MailboxName, MetadataOwner, NonEmpty, Text};

/// `text` is this response, read with these repairs, and sent as `sent`.
#[track_caller]
fn check(text: &str, response: &Response, repairs: &[Quirk], sent: &str) {
    let parsed = line(text);
    assert_eq!(&parsed.response, response, "{text}");
    assert_eq!(parsed.repairs.iter().map(|repair| repair.quirk).collect::<Vec<_>>(), repairs, "{text}");
    let encoded = response.encode(NameEncoding::default());
    assert_eq!(String::from_utf8_lossy(&encoded.bytes), format!("{sent}\r\n"));
    assert_eq!(&line(sent).response, response, "{sent}");
}

fn inbox() -> MetadataOwner {
    MailboxName::inbox().into()
}

fn values(owner: MetadataOwner, values: &[(&str, Option<&str>)]) -> Response {
    let value = |(entry, value): &(&str, Option<&str>)| MetadataValue {
        entry: Text::from(*entry),
        value: value.map(Text::from),
    };
    Response::Metadata(Metadata { owner, told: MetadataTold::Values(values.iter().map(value).collect()) })
}

fn changed(owner: MetadataOwner, entries: &[&str]) -> Response {
    let entries: Vec<Text> = entries.iter().map(|entry| Text::from(*entry)).collect();
    let told = MetadataTold::Changed(NonEmpty::try_from(entries).unwrap());
    Response::Metadata(Metadata { owner, told })
}

#[test]
fn examples_of_the_rfc() {
    let text = "* METADATA \"\" (/shared/comment \"Shared comment\")";
    check(text, &values(MetadataOwner::Server, &[("/shared/comment", Some("Shared comment"))]), &[], text);
    check(
        "* METADATA \"INBOX\" (/private/filters/values/small \"SMALLER 5000\" /private/filters/values/boss \"FROM \\\"boss@example.com\\\"\")",
        &values(
            inbox(),
            &[
                ("/private/filters/values/small", Some("SMALLER 5000")),
                ("/private/filters/values/boss", Some("FROM \"boss@example.com\"")),
            ],
        ),
        &[],
        "* METADATA INBOX (/private/filters/values/small \"SMALLER 5000\" /private/filters/values/boss \"FROM \\\"boss@example.com\\\"\")",
    );
    let text = "* METADATA \"\" /shared/comment";
    check(text, &changed(MetadataOwner::Server, &["/shared/comment"]), &[], text);
    check(
        "* METADATA \"INBOX\" /shared/comment /private/comment",
        &changed(inbox(), &["/shared/comment", "/private/comment"]),
        &[],
        "* METADATA INBOX /shared/comment /private/comment",
    );
}

#[test]
fn what_servers_send() {
    // Cyrus quotes names, and has NIL for what is not there.
    check(
        "* METADATA \"a b\" (\"/private/comment\" NIL)",
        &values(MailboxName::new("a b").unwrap().into(), &[("/private/comment", None)]),
        &[],
        "* METADATA \"a b\" (/private/comment NIL)",
    );
    check(
        "* METADATA inbox (/a ~{3}\r\n\0\r\n /b \"\")",
        &values(inbox(), &[("/a", Some("\0\r\n")), ("/b", Some(""))]),
        &[],
        "* METADATA INBOX (/a ~{3}\r\n\0\r\n /b \"\")",
    );
    check("* METADATA INBOX ()", &values(inbox(), &[]), &[], "* METADATA INBOX ()");
    check(
        "* METADATA INBOX ( /a b  /c NIL )",
        &values(inbox(), &[("/a", Some("b")), ("/c", None)]),
        &[Quirk::ExtraBlanks, Quirk::AtomForString, Quirk::ExtraBlanks, Quirk::ExtraBlanks],
        "* METADATA INBOX (/a \"b\" /c NIL)",
    );
}

#[test]
fn codes() {
    for (text, code) in [
        ("METADATA LONGENTRIES 2199", MetadataCode::LongEntries(2199)),
        ("METADATA MAXSIZE 1024", MetadataCode::MaxSize(1024)),
        ("METADATA TOOMANY", MetadataCode::TooMany),
        ("METADATA NOPRIVATE", MetadataCode::NoPrivate),
    ] {
        let Response::Tagged(tagged) = line(format!("a NO [{text}] no")).response else { panic!("{text}") };
        assert_eq!(tagged.code, Some(ResponseCode::Metadata(code)));
        let sent = Response::Tagged(tagged).encode(NameEncoding::default());
        assert_eq!(String::from_utf8_lossy(&sent.bytes), format!("a NO [{text}] no\r\n"));
    }
    for text in ["METADATA", "METADATA MANY", "METADATA MAXSIZE", "METADATA MAXSIZE -1", "METADATA TOOMANY 5"]
    {
        let Response::Tagged(tagged) = line(format!("a NO [{text}] no")).response else { panic!("{text}") };
        assert!(tagged.code.is_some_and(|code| code.is_unreadable("METADATA")), "{text}");
    }
}

#[test]
fn what_says_nothing_of_metadata() {
    for (text, offset) in [
        ("* METADATA", 10),
        ("* METADATA INBOX", 16),
        ("* METADATA INBOX (/a)", 20),
        ("* METADATA INBOX (/a (b))", 21),
        ("* METADATA INBOX (/a b", 22),
        ("* METADATA INBOX /a (b)", 20),
    ] {
        assert!(
            matches!(line(text).response, Response::Invalid(ref found) if found.offset == offset),
            "{text}: {:?}",
            line(text)
        );
    }
}
