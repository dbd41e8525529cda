//! `ACL`, `LISTRIGHTS` and `MYRIGHTS`.

use super::*;
use crate::types::{MailboxName, Rights};

fn rights(rights: &str) -> Rights {
    Rights::new(rights).unwrap()
}

fn mailbox(name: &str) -> MailboxName {
    MailboxName::new(name).unwrap()
}

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

#[test]
fn examples_of_the_rfc() {
    let acl = |name: &str, entries: &[(&str, &str)]| {
        let entry = |&(identifier, letters): &(&str, &str)| AclEntry {
            identifier: identifier.into(),
            rights: rights(letters),
        };
        Response::Acl(Acl { mailbox: mailbox(name), entries: entries.iter().map(entry).collect() })
    };
    check(
        "* ACL INBOX/Drafts Fred rwipslxetad Chris lrswicdakxet",
        &acl("INBOX/Drafts", &[("Fred", "rwipslxetad"), ("Chris", "lrswicdakxet")]),
        &[],
        "* ACL INBOX/Drafts Fred lrswipxtead Chris lrswikxteacd",
    );
    check(
        "* ACL INBOX Fred rwipslxetad -Fred wetd $team w",
        &acl("INBOX", &[("Fred", "rwipslxetad"), ("-Fred", "wetd"), ("$team", "w")]),
        &[],
        "* ACL INBOX Fred lrswipxtead -Fred wted $team w",
    );
    check(
        "* acl inbox  \"a b\" \"\" ",
        &acl("INBOX", &[("a b", "")]),
        &[Quirk::ExtraBlanks; 2],
        "* ACL INBOX \"a b\" \"\"",
    );
    check("* ACL a", &acl("a", &[]), &[], "* ACL a");
    let list = |name: &str, identifier: &str, required: &str, optional: &[&str]| {
        Response::ListRights(ListRights {
            mailbox: mailbox(name),
            identifier: identifier.into(),
            required: rights(required),
            optional: optional.iter().map(|letters| rights(letters)).collect(),
        })
    };
    check(
        "* LISTRIGHTS ~/Mail/saved smith la r swicdkxte",
        &list("~/Mail/saved", "smith", "la", &["r", "swicdkxte"]),
        &[],
        "* LISTRIGHTS ~/Mail/saved smith la r swikxtecd",
    );
    let text = "* LISTRIGHTS archive.imap anyone \"\" l r s w i p k x t e c d a 0 1";
    let optional = ["l", "r", "s", "w", "i", "p", "k", "x", "t", "e", "c", "d", "a", "0", "1"];
    check(text, &list("archive.imap", "anyone", "", &optional), &[], text);
    let mine = |letters| Response::MyRights(MyRights { mailbox: mailbox("INBOX"), rights: rights(letters) });
    check("* MYRIGHTS INBOX rwiptsldaex", &mine("rwiptsldaex"), &[], "* MYRIGHTS INBOX lrswipxtead");
    check("* MYRIGHTS \"INBOX\" \"lrQ9\"", &mine("lrQ9"), &[], "* MYRIGHTS INBOX lr9Q");
}

#[test]
fn what_says_nothing_of_rights() {
    for (text, offset) in [
        ("* ACL", 5),
        ("* ACL INBOX Fred", 16),
        ("* ACL INBOX Fred l Chris", 24),
        ("* ACL INBOX Fred +l", 17),
        ("* ACL INBOX Fred \"l r\"", 17),
        ("* ACL INBOX (Fred l)", 12),
        ("* LISTRIGHTS INBOX", 18),
        ("* LISTRIGHTS INBOX Fred", 23),
        ("* LISTRIGHTS INBOX Fred l (r)", 26),
        ("* MYRIGHTS INBOX", 16),
        ("* MYRIGHTS INBOX l r", 19),
        ("* MYRIGHTS INBOX {3}\r\nl\0r", 17),
    ] {
        assert!(
            matches!(line(text).response, Response::Invalid(ref found) if found.offset == offset),
            "{text}: {:?}",
            line(text)
        );
    }
    let Response::Invalid(found) = line(format!("* ACL a{}", " a l".repeat((1 << 18) + 1))).response else {
        panic!()
    };
    assert_eq!(found.expected, "fewer entries in one response");
}
