//! Which mailboxes come of what was asked for, on servers that follow a script and on that of this project.

use tayori_client::{Connector, LoginPolicy, Transport};
use tayori_server::store::Store as _;
use tayori_testkit::pair::{Host, ROOMY, credentials};
use tayori_testkit::peer::Peer;
use tokio::io::DuplexStream;

use super::*;

fn sought(place: &str, mailboxes: &Mailboxes) -> Result<Sought, Failure> {
    Sought::parse(&format!("imaps://ann@example.org/{place}").parse().unwrap(), mailboxes)
}

fn named(names: &[&str]) -> Sought {
    sought("", &Mailboxes::Named(names.iter().map(|&name| name.to_owned()).collect())).unwrap()
}

fn all() -> Sought {
    sought("", &Mailboxes::All).unwrap()
}

async fn session(stream: DuplexStream) -> Session {
    let connection = Connector::new().connect_over(stream, Transport::Trusted).await.unwrap();
    connection.log_in(&credentials(), &LoginPolicy::new()).await.unwrap().session
}

/// `NAME separator`, one behind the other, then what is left out.
fn shown(outcome: Result<Discovery, Failure>) -> String {
    match outcome {
        Ok(Discovery { found, left_out }) => {
            let found = found.iter().map(|found| match found.separator {
                Some(separator) => format!("{} {separator}", found.name.as_str()),
                None => found.name.as_str().to_owned(),
            });
            let left_out = left_out.iter().map(|left_out| {
                let failure = left_out.to_failure();
                assert_eq!(failure.exit, Exit::PartlyDone);
                failure.to_text().trim_end().to_owned()
            });
            found.chain(left_out).collect::<Vec<_>>().join("\n")
        }
        Err(failure) => format!("{:?} {}", failure.exit, failure.to_text().trim_end()),
    }
}

/// Finds them on a server that says this to each command that it expects.
#[track_caller]
fn check(sought: &Sought, dialogue: &[(&str, &str)], expected: &str) {
    let (stream, mut peer) = Peer::pair(1 << 16);
    let server = async {
        peer.say("* OK [CAPABILITY IMAP4rev1] hello\r\n").await;
        peer.exchange("LOGIN ann secret", "$ OK [CAPABILITY IMAP4rev1] in\r\n").await;
        for (command, answer) in dialogue {
            peer.exchange(command, answer).await;
        }
        assert_eq!(*peer.rest().await, b""[..]);
    };
    let client = async { sought.find(&mut session(stream).await).await };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (outcome, ()) = runtime.block_on(async { tokio::join!(client, server) });
    assert_eq!(shown(outcome), expected);
}

#[test]
fn the_mailbox_of_the_place_is_not_asked_for() {
    check(&sought("a%2Ab", &Mailboxes::OfThePlace).unwrap(), &[], "a*b");
    check(&sought("", &Mailboxes::OfThePlace).unwrap(), &[], "INBOX");
}

/// A mailbox that the server lists in a way that nobody can read is not missing in silence.
#[test]
fn a_line_that_cannot_be_read_is_told() {
    let list = "* LIST () \"/\" a\r\n* LIST (\"/\" b\r\n* LIST () \"/\" c\r\n$ OK done\r\n";
    let expected = "a /\nc /\nerror: one line of the server's list of mailboxes cannot be read: * LIST (\"/\" b\n\
                    hint: name the mailbox with --mailbox, and show the line to whoever runs the server";
    check(&all(), &[("LIST \"\" *", list)], expected);
}

#[test]
fn names_get_the_separator_of_the_root() {
    let root = ("LIST \"\" \"\"", "* LIST (\\Noselect) \".\" \"\"\r\n$ OK done\r\n");
    check(&named(&["Sent.2026"]), &[root], "Sent.2026 .");
    check(&named(&["b.c", "inbox", "a", "INBOX"]), &[root], "b.c .\nINBOX .\na .");
    let flat = ("LIST \"\" \"\"", "$ OK done\r\n");
    check(&named(&["b", "a"]), &[flat], "b\na");
}

#[test]
fn what_cannot_be_opened_is_not_listed_and_nothing_twice() {
    let rows = "* LIST (\\HasNoChildren) \"/\" Sent\r\n\
                * LIST (\\NoSelect) \"/\" Lists\r\n\
                * LIST () \"/\" inbox\r\n\
                * LIST (\\NonExistent) \"/\" Gone\r\n\
                * LIST () NIL INBOX\r\n\
                * LIST () \"/\" \"Lists/&ZeVnLIqe-\"\r\n\
                * LIST () \"/\" Sent\r\n$ OK done\r\n";
    check(&all(), &[("LIST \"\" *", rows)], "Sent /\nINBOX /\nLists/\u{65e5}\u{672c}\u{8a9e} /");
}

#[test]
fn several_patterns_and_names() {
    check(
        &named(&["Lists/%", "Drafts", "*e*"]),
        &[
            ("LIST \"\" \"\"", "* LIST (\\Noselect) \"/\" \"\"\r\n$ OK done\r\n"),
            ("LIST \"\" Lists/%", "* LIST () \"/\" Lists/b\r\n* LIST () \"/\" Lists/e\r\n$ OK done\r\n"),
            ("LIST \"\" *e*", "* LIST () \"/\" Lists/e\r\n* LIST () \"/\" Sent\r\n$ OK done\r\n"),
        ],
        "Lists/b /\nLists/e /\nDrafts /\nSent /",
    );
}

#[test]
fn a_pattern_without_a_mailbox_is_told() {
    let none = "$ OK done\r\n";
    check(
        &named(&["x*", "Sent*"]),
        &[("LIST \"\" x*", none), ("LIST \"\" Sent*", "* LIST () \"/\" Sent\r\n$ OK done\r\n")],
        "Sent /\nerror: no mailbox that can be opened matches x*\n\
         hint: a mailbox with that very name is reached by the place: imaps://user@host/x%2A",
    );
    check(
        &named(&["x*", "50%", "x*"]),
        &[
            ("LIST \"\" x*", none),
            ("LIST \"\" 50%", "* LIST (\\Noselect) \"/\" 501\r\n$ OK done\r\n"),
            ("LIST \"\" x*", none),
        ],
        "NotFound error: no mailbox that can be opened matches x*; no mailbox that can be opened matches 50%\n\
         hint: a mailbox with that very name is reached by the place: imaps://user@host/x%2A",
    );
    check(
        &all(),
        &[("LIST \"\" *", none)],
        "NotFound error: the server lists no mailbox that can be opened\n\
         hint: name a mailbox in the place, or with --mailbox",
    );
}

#[test]
fn a_name_that_is_no_text_is_told_and_left_out() {
    // Octets above ASCII are no modified UTF-7; as UTF-8 they read well, in Latin-1 they do not.
    let (stream, mut peer) = Peer::pair(1 << 16);
    let server = async {
        peer.say("* OK [CAPABILITY IMAP4rev1] hello\r\n").await;
        peer.exchange("LOGIN ann secret", "$ OK [CAPABILITY IMAP4rev1] in\r\n").await;
        let tag = peer.expect("LIST \"\" *").await;
        peer.say(b"* LIST () \"/\" \"caf\xe9\x1b\"\r\n* LIST () \"/\" \"caf\xc3\xa9\"\r\n").await;
        // The same as text, and another mailbox.
        peer.say(b"* LIST () \"/\" \"caf&AOk-\"\r\n* LIST () \"/\" \"\"\r\n").await;
        peer.answer(&tag, "$ OK done\r\n").await;
    };
    let client = async { all().find(&mut session(stream).await).await };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (outcome, ()) = runtime.block_on(async { tokio::join!(client, server) });
    let left_out = |name: &str| {
        format!(
            "error: the mailbox {name} is left out, since its name is not valid or cannot be told from another\n\
             hint: rename it with another mail program"
        )
    };
    let expected =
        ["caf\u{e9} /".to_owned(), left_out("caf\u{fffd}\\x1b"), left_out("caf\u{e9}"), left_out("")]
            .join("\n");
    assert_eq!(shown(outcome), expected);
}

#[test]
fn much_that_is_left_out_is_told_in_short() {
    let mut finding = Finding::default();
    for n in 0..9 {
        finding.leave_out(LeftOut::NoMatch(ListPattern::new(format!("{n}*")).unwrap()));
    }
    let shown = shown(finding.discovery.or_failure());
    assert!(shown.contains("matches 4*; and 4 more\nhint: "), "{shown}");
}

#[test]
fn what_is_no_name_is_refused_before_anything_is_sent() {
    for (name, expected) in [
        (
            "",
            "error: --mailbox is empty\n\
             hint: give a name, or a pattern such as 'Archive/*'; leave it out for INBOX\n",
        ),
        ("a\nb", "error: --mailbox a\\x0ab: a mailbox name cannot hold CR, LF or NUL (index 1)\n"),
        ("*\0", "error: --mailbox *\\x00: a mailbox name cannot hold CR, LF or NUL (index 1)\n"),
    ] {
        let failure = sought("", &Mailboxes::Named(vec!["a".to_owned(), name.to_owned()])).unwrap_err();
        assert_eq!((failure.exit, failure.to_text().as_str()), (Exit::Usage, expected));
    }
}

#[test]
fn a_refusal_is_passed_on() {
    check(
        &all(),
        &[("LIST \"\" *", "$ NO not now\r\n")],
        "Protocol error: cannot list the mailboxes: the server refused LIST\nthe server said: \"not now\"",
    );
}

#[tokio::test]
async fn the_server_of_this_project_lists_what_is_meant() {
    let host = Host::new();
    for name in ["Sent", "Lists/rust", "Lists/imap/old", "\u{65e5}\u{672c}\u{8a9e}"] {
        host.store().create(&MailboxName::new(name).unwrap()).await.unwrap();
    }
    let mut session = session(host.connect(ROOMY)).await;
    for (names, expected) in [
        (&["Lists/%", "sent"][..], "Lists/rust /\nsent /"),
        (&["Lists/*"], "Lists/imap/old /\nLists/rust /"),
        // Named alone it lies where it would among others.
        (&["Lists/rust"], "Lists/rust /"),
        (&["\u{65e5}*", "in%"], "\u{65e5}\u{672c}\u{8a9e} /\nINBOX /"),
    ] {
        assert_eq!(shown(named(names).find(&mut session).await), expected, "{names:?}");
    }
    let found = all().find(&mut session).await.unwrap();
    assert_eq!(found.left_out, []);
    assert_eq!(found.found.len(), 5);
    assert_eq!(found.found.iter().filter(|found| found.name.is_inbox()).count(), 1);
    let place = sought("", &Mailboxes::OfThePlace).unwrap();
    assert_eq!(shown(place.find(&mut session).await), "INBOX");
}
