use tayori_proto::types::{Capabilities, NameEncoding};

use super::*;

mod fixtures;

fn standing(stage: Stage, listed: &str) -> Standing {
    let capabilities: Capabilities =
        listed.split_whitespace().filter_map(|name| Capability::try_from(name).ok()).collect();
    let capabilities = Some(capabilities).filter(|listed| !listed.is_empty());
    Standing { stage, capabilities, ..Standing::default() }
}

fn open(messages: u32, access: Access) -> Stage {
    Stage::Selected(Open { messages: Some(messages), access })
}

fn advice(typed: &str, standing: &Standing) -> Option<Advice> {
    let upper = typed.to_ascii_uppercase();
    let mut words = upper.split_whitespace();
    let name = match (words.next().unwrap_or_default(), words.next()) {
        ("UID", Some(second)) => format!("UID {second}"),
        (first, _) => first.to_owned(),
    };
    let octets = format!("a1 {typed}\r\n");
    advise(Asked { name: &name, tag: 2, octets: Some(octets.as_bytes()) }, standing)
}

#[track_caller]
fn check(standing: &Standing, typed: &str, expected: &str) {
    let text = advice(typed, standing).map_or(String::new(), |advice| advice.text(Some(typed)));
    assert_eq!(text, expected, "{typed}");
}

#[test]
fn names_that_nobody_knows() {
    let standing = standing(Stage::Authenticated, "");
    check(&standing, "SELCT INBOX", "warning: no command is called SELCT\nhint: did you mean SELECT?");
    check(&standing, "Quit", "warning: no command is called QUIT\nhint: .help lists all");
    check(&standing, "UID FECTH 1", "warning: no command is called UID FECTH\nhint: did you mean UID FETCH?");
    check(
        &standing,
        "UID",
        "warning: a command belongs behind UID\nhint: UID FETCH, UID SEARCH, UID STORE, UID COPY",
    );
    check(&standing, "DONE", "warning: DONE ends IDLE, and nothing is idle");
    check(&standing, "XAPPLEPUSHSERVICE x y", "");
    check(&standing, "", "");
    check(&standing, "\u{1b}[2J", "warning: no command is called \\x1b[2J\nhint: .help lists all");
}

#[test]
fn states() {
    let nobody = standing(Stage::NotAuthenticated, "");
    let ann = standing(Stage::Authenticated, "");
    let inbox = standing(open(3, Access::ReadWrite), "");
    check(&nobody, "SELECT INBOX", "warning: SELECT is allowed after logging in only\nhint: LOGIN first");
    check(&nobody, "NOOP", "");
    check(
        &ann,
        "FETCH 1 FLAGS",
        "warning: FETCH is allowed with a mailbox open only\nhint: SELECT a mailbox first",
    );
    check(&ann, "LOGIN a b", "warning: LOGIN is allowed before logging in only\nhint: you are logged in");
    check(
        &inbox,
        "STARTTLS",
        "warning: STARTTLS is allowed before logging in only\nhint: you are logged in, and a mailbox is open",
    );
    check(&inbox, "SELECT Drafts", "");
    check(&inbox, "ENABLE CONDSTORE", "");
    // Nothing is known before the greeting.
    check(&Standing::default(), "FETCH 1 FLAGS", "");
}

#[test]
fn grammar_has_a_place() {
    let inbox = standing(open(30, Access::ReadWrite), "");
    check(
        &inbox,
        "FETCH 1:22 (FLAGS",
        "warning: FETCH is not written like this: expected a blank\n  FETCH 1:22 (FLAGS\n                   ^\n\
         hint: FETCH set item; .help FETCH tells more",
    );
    check(
        &inbox,
        "STORE 1 FLAG (\\Seen)",
        "warning: STORE is not written like this: expected FLAGS or FLAGS.SILENT\n  STORE 1 FLAG (\\Seen)\n          ^\n\
         hint: STORE set item (flag ...); .help STORE tells more",
    );
    check(
        &inbox,
        "SELECT",
        "warning: SELECT is not written like this: expected a blank\n  SELECT\n        ^\n\
         hint: SELECT mailbox; .help SELECT tells more",
    );
    check(
        &inbox,
        "SEARCH SINCE 30-Feb-2026",
        "warning: SEARCH is not written like this: expected a day that the month has\n  \
         SEARCH SINCE 30-Feb-2026\n               ^\nhint: SEARCH key ...; .help SEARCH tells more",
    );
    // Nothing that was typed is shown where a secret is in it.
    let nobody = standing(Stage::NotAuthenticated, "");
    let advice = advice("LOGIN ann \"sec\"ret\"", &nobody).unwrap();
    assert!(!format!("{advice:?} {}", advice.text(None)).contains("sec"));
}

#[test]
fn what_the_grammar_does_not_know_is_left_to_the_server() {
    let dovecot = standing(open(3, Access::ReadWrite), "IMAP4rev1 SEARCH=FUZZY ESORT SORT ESEARCH");
    check(&dovecot, "SEARCH FUZZY BODY x", "");
    check(&dovecot, "SORT RETURN (COUNT) (DATE) UTF-8 ALL", "");
    let other = standing(open(3, Access::ReadWrite), "IMAP4rev1");
    assert!(advice("SEARCH FUZZY BODY x", &other).is_some());
    check(&standing(open(3, Access::ReadWrite), ""), "SEARCH FUZZY BODY x", "");
}

#[test]
fn what_is_not_offered() {
    let old = standing(open(3, Access::ReadWrite), "IMAP4rev1 IDLE");
    let offers = "hint: .caps shows what it offers";
    check(&old, "MOVE 1 x", &format!("warning: the server does not offer MOVE\n{offers}"));
    check(
        &old,
        "UID EXPUNGE 1",
        &format!("warning: the server does not offer UID EXPUNGE (capability UIDPLUS)\n{offers}"),
    );
    check(&old, "THREAD REFS UTF-8 ALL", &format!("warning: the server does not offer THREAD\n{offers}"));
    check(
        &old,
        "SEARCH RETURN (COUNT) ALL",
        &format!("warning: the server does not offer ESEARCH\n{offers}"),
    );
    check(&old, "IDLE", "");
    let new = standing(open(3, Access::ReadWrite), "IMAP4rev2");
    for typed in ["MOVE 1 x", "UID EXPUNGE 1", "IDLE", "UNSELECT", "SEARCH RETURN (COUNT) ALL"] {
        check(&new, typed, "");
    }
    let nobody = standing(Stage::NotAuthenticated, "IMAP4rev1 AUTH=PLAIN");
    check(&nobody, "AUTHENTICATE plain", "");
    check(
        &nobody,
        "AUTHENTICATE cram-md5",
        &format!("warning: the server does not offer AUTH=CRAM-MD5\n{offers}"),
    );
}

#[test]
fn what_the_mailbox_does_not_allow() {
    let three = standing(open(3, Access::ReadWrite), "");
    let read_only = standing(open(3, Access::ReadOnly), "");
    let only = |name: &str| {
        format!(
            "warning: {name} changes the mailbox, and it is open to be read only\n\
             hint: SELECT opens it to be changed, where that is allowed"
        )
    };
    check(&read_only, "EXPUNGE", &only("EXPUNGE"));
    check(&read_only, "UID STORE 1 +FLAGS (\\Seen)", &only("UID STORE"));
    check(&read_only, "COPY 1 x", "");
    check(&read_only, "CLOSE", "");
    check(&three, "EXPUNGE", "");
    let beyond = |number: u32, there_are: &str| {
        format!(
            "warning: there is no message {number}: the mailbox has {there_are}\n\
             hint: NOOP asks for news; with UID in front, numbers are UIDs"
        )
    };
    check(&three, "FETCH 2:4 FLAGS", &beyond(4, "3 messages"));
    check(&three, "COPY 1,9:7,2 x", &beyond(9, "3 messages"));
    check(&standing(open(0, Access::ReadWrite), ""), "STORE 1 FLAGS ()", &beyond(1, "no message"));
    check(&three, "FETCH 1:* FLAGS", "");
    check(&three, "UID FETCH 1:99 FLAGS", "");
    let unsure = Stage::Selected(Open { messages: None, access: Access::ReadWrite });
    check(&standing(unsure, ""), "FETCH 99 FLAGS", "");
}

#[test]
fn passwords_in_the_clear() {
    let clear = |listed| Standing { line: Line::Clear, ..standing(Stage::NotAuthenticated, listed) };
    let said = "warning: the password would travel in the clear\nhint: ";
    let tls = format!("{said}STARTTLS first, or connect with imaps://");
    check(&clear("IMAP4rev1 STARTTLS"), "LOGIN ann secret", &tls);
    check(&clear("IMAP4rev1 AUTH=PLAIN STARTTLS"), "AUTHENTICATE PLAIN", &tls);
    check(&clear("IMAP4rev1 AUTH=CRAM-MD5"), "AUTHENTICATE CRAM-MD5", "");
    check(
        &clear("IMAP4rev1"),
        "LOGIN ann secret",
        &format!("{said}connect with imaps://, where the server has it"),
    );
    check(
        &clear("IMAP4rev1 STARTTLS LOGINDISABLED"),
        "LOGIN ann secret",
        "warning: the server has ruled out LOGIN (LOGINDISABLED)\n\
         hint: STARTTLS first; the password would travel in the clear for nothing",
    );
    check(&standing(Stage::NotAuthenticated, "IMAP4rev1"), "LOGIN ann secret", "");
    let file = Asked { name: "LOGIN", tag: 2, octets: None };
    assert!(advise(file, &clear("IMAP4rev1")).is_some());
}

#[test]
fn names_travel_as_the_connection_says() {
    let mut utf8 = standing(Stage::Authenticated, "");
    utf8.names = NameEncoding::Utf8;
    check(&utf8, "SELECT \"Entw\u{fc}rfe\"", "");
}
