//! `QUOTA` and `QUOTAROOT`.

use super::*;
use crate::types::{Atom, MailboxName, QuotaResource, Text};

fn usage(resource: QuotaResource, usage: u64, limit: u64) -> QuotaUsage {
    QuotaUsage { resource, usage, limit }
}

fn quota(root: &str, resources: Vec<QuotaUsage>) -> Response {
    Response::Quota(Quota { root: root.into(), resources })
}

fn roots(mailbox: &str, roots: &[&str]) -> Response {
    let mailbox = MailboxName::new(mailbox).unwrap();
    Response::QuotaRoots(QuotaRoots { mailbox, roots: roots.iter().copied().map(Text::from).collect() })
}

/// `text` is this response, read with these repairs, and sent as `sent`.
#[track_caller]
fn check(text: &str, response: &Response, repairs: &[Quirk], sent: &str) {
    let parsed = line(text);
    assert_eq!(&parsed.response, response, "{text}");
    assert_eq!(parsed.repairs.iter().map(|repair| repair.quirk).collect::<Vec<_>>(), repairs, "{text}");
    let encoded = response.encode(NameEncoding::default());
    assert_eq!(String::from_utf8_lossy(&encoded.bytes), format!("{sent}\r\n"));
    let again = line(sent);
    assert_eq!((&again.response, &*again.repairs), (response, &[][..]), "{sent}");
}

#[test]
fn examples_of_the_rfcs() {
    use QuotaResource::{AnnotationStorage, Mailbox, Message, Storage};
    let exact = |text, response| check(text, &response, &[], text);
    exact("* QUOTA \"\" (STORAGE 10 512)", quota("", vec![usage(Storage, 10, 512)]));
    let resources = vec![usage(Storage, 54, 111), usage(Message, 42, 1000)];
    let sent = "* QUOTA #user/alice (STORAGE 54 111 MESSAGE 42 1000)";
    check(
        "* QUOTA \"#user/alice\" (STORAGE 54 111 MESSAGE 42 1000)",
        &quota("#user/alice", resources.clone()),
        &[],
        sent,
    );
    exact(
        "* QUOTA !partition/sda4 (STORAGE 104 10923847)",
        quota("!partition/sda4", vec![usage(Storage, 104, 10_923_847)]),
    );
    exact("* QUOTAROOT INBOX \"\"", roots("INBOX", &[""]));
    exact("* QUOTAROOT comp.mail.mime", roots("comp.mail.mime", &[]));
    check(
        "* QUOTAROOT INBOX \"#user/alice\" \"!partition/sda4\"",
        &roots("INBOX", &["#user/alice", "!partition/sda4"]),
        &[],
        "* QUOTAROOT INBOX #user/alice !partition/sda4",
    );
    let other = QuotaResource::Other(Atom::try_from("X-NUM-FOLDERS").unwrap());
    exact(
        "* QUOTA a (MAILBOX 1 2 ANNOTATION-STORAGE 3 4 X-NUM-FOLDERS 12 200)",
        quota("a", vec![usage(Mailbox, 1, 2), usage(AnnotationStorage, 3, 4), usage(other, 12, 200)]),
    );
    exact("* QUOTA \"a b\" ()", quota("a b", vec![]));
}

#[test]
fn quotas_of_real_servers() {
    use QuotaResource::{Message, Storage};
    let full = vec![usage(Storage, 54, 111), usage(Message, 42, 1000)];
    check(
        "* QUOTA \"#user/alice\" (STORAGE 54 111 MESSAGE 42  1000)",
        &quota("#user/alice", full),
        &[Quirk::ExtraBlanks],
        "* QUOTA #user/alice (STORAGE 54 111 MESSAGE 42 1000)",
    );
    let large = quota("", vec![usage(Storage, 5_294_967_296, 15_728_640_000)]);
    let text = "* QUOTA \"\" (STORAGE 5294967296 15728640000)";
    check(text, &large, &[], text);
    check("* QUOTA \"ROOT\"", &quota("ROOT", vec![]), &[Quirk::MissingQuotaList], "* QUOTA ROOT ()");
    check(
        "* QUOTA \"ROOT\" ",
        &quota("ROOT", vec![]),
        &[Quirk::MissingQuotaList, Quirk::ExtraBlanks],
        "* QUOTA ROOT ()",
    );
    check("* quotaroot inbox storage=0", &roots("INBOX", &["storage=0"]), &[], "* QUOTAROOT INBOX storage=0");
    check(
        "* QUOTAROOT  Entw&APw-rfe {3}\r\na\"b ",
        &roots("Entw\u{fc}rfe", &["a\"b"]),
        &[Quirk::ExtraBlanks; 2],
        "* QUOTAROOT Entw&APw-rfe \"a\\\"b\"",
    );
}

/// A limit of -1 is none, and what is not limited is not listed. The resources beside it are.
#[test]
fn a_resource_without_a_number_is_left_out() {
    for (odd, quirk) in [
        ("STORAGE 10 -1", Quirk::NegativeNumber),
        ("STORAGE NIL 10", Quirk::NilNumber),
        ("STORAGE 1 99999999999999999999", Quirk::HugeNumber),
    ] {
        let left = quota("", vec![usage(QuotaResource::Message, 1, 2)]);
        check(&format!("* QUOTA \"\" ({odd} MESSAGE 1 2)"), &left, &[quirk], "* QUOTA \"\" (MESSAGE 1 2)");
    }
}

#[test]
fn what_is_no_quota() {
    for (text, offset) in [
        ("* QUOTA", 7),
        ("* QUOTA ", 8),
        ("* QUOTA (STORAGE 1 2)", 8),
        ("* QUOTA \"\" STORAGE 1 2", 11),
        ("* QUOTA \"\" (STORAGE)", 19),
        ("* QUOTA \"\" (STORAGE 1)", 21),
        ("* QUOTA \"\" (STORAGE 1 x)", 22),
        ("* QUOTA \"\" (STORAGE 1 2 3)", 25),
        ("* QUOTA \"\" (\"STORAGE\" 1 2)", 12),
        ("* QUOTA \"\" (STORAGE% 1 2)", 12),
        ("* QUOTA \"\" (STORAGE 1 2", 23),
        ("* QUOTA \"\" (STORAGE 1 2) x", 25),
        ("* QUOTAROOT", 11),
        ("* QUOTAROOT INBOX ()", 18),
    ] {
        assert!(
            matches!(line(text).response, Response::Invalid(ref found) if found.offset == offset),
            "{text}: {:?}",
            line(text)
        );
    }
}

#[test]
fn lists_are_bounded() {
    for text in [
        format!("* QUOTA a ({})", "X 1 2 ".repeat((1 << 18) + 1)),
        format!("* QUOTA a ({})", "X 1 -2 ".repeat((1 << 18) + 1)),
        format!("* QUOTAROOT a{}", " a".repeat((1 << 18) + 1)),
    ] {
        let Response::Invalid(found) = line(&text).response else { panic!() };
        assert_eq!(found.expected, "fewer entries in one response");
    }
}
