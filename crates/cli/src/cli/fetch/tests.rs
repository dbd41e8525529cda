//! What lines mean, and how those that contradict themselves are refused.

use std::time::Duration;

use std::num::NonZeroU32;

use tayori_account::config::{
    ClientIdentity, CommandLine, Layer, Origin, SecretSource, Setting, TlsMode, Trust,
};
use tayori_client::tls::{Alpn, TlsVersion};

use super::*;
use crate::cli::Words;
use crate::cli::tests::{PLACE, check_refused, invocation};
use crate::cli::{Certificates, Invocation, TraceOptions, Verbosity, WeakerAuth};
use crate::place::Place;

fn fetch(line: &str) -> Fetch {
    match invocation(line) {
        Invocation::Fetch(fetch) => *fetch,
        other => panic!("{line}: {other:?}"),
    }
}

fn keep() -> Keep {
    Keep {
        format: Format::Eml,
        name: None,
        overwrite: Overwrite::Refuse,
        durability: Durability::Synced,
        recheck: Recheck::Size,
        removal: Removal::Leave,
    }
}

#[test]
fn what_is_left_out_has_safe_defaults() {
    assert_eq!(
        fetch("tayori fetch PLACE --all -o out/"),
        Fetch {
            access: Access {
                place: PLACE.parse().unwrap(),
                flags: Layer::default(),
                certificates: Certificates::OfTheStart,
                weaker_auth: WeakerAuth::Refused,
                trace: TraceOptions::default(),
                verbosity: Verbosity::Normal,
            },
            mailboxes: Mailboxes::OfThePlace,
            selection: Selection::default(),
            task: Task::Keep(keep()),
            output: "out/".into(),
            marking: Marking::Leave,
            form: Form::Text,
        }
    );
}

fn flag<T>(name: &'static str, value: T) -> Option<Setting<T>> {
    Some(Setting::new(value, Origin::Flag(name)))
}

#[test]
fn every_option_arrives() {
    let fetch = fetch(
        "tayori fetch imap://ann@localhost:10143/ --mailbox x --mailbox A/* --uid 5:7,9 --number 1 --last 2 \
         --search UNSEEN -o d/ --format maildir --force --verify --seen --delete --expunge-mailbox --json \
         --tls implicit --allow-weaker-auth --ca-file ca.pem --client-cert me.pem --client-key me.key --tls-min 1.3 --alpn imap --proxy socks5://proxy --timeout 5 --password-command pass --trace --trace-file t --quiet",
    );
    let mut flags = Layer::default();
    flags.tls = flag("--tls", TlsMode::Implicit);
    flags.trust = flag("--ca-file", Trust::CaFile("ca.pem".into()));
    let identity = ClientIdentity { certificate: "me.pem".into(), key: "me.key".into() };
    flags.client_identity = flag("--client-cert", identity);
    flags.tls_minimum = flag("--tls-min", TlsVersion::Tls13);
    flags.alpn = flag("--alpn", Alpn::Imap);
    flags.proxy = flag("--proxy", "socks5://proxy".parse().unwrap());
    flags.timeout = flag("--timeout", Duration::from_secs(5));
    let command = CommandLine::Shell("pass".to_owned());
    flags.secret = flag("--password-command", SecretSource::Command(command));
    assert_eq!(
        fetch,
        Fetch {
            access: Access {
                place: "imap://ann@localhost:10143/".parse().unwrap(),
                flags,
                certificates: Certificates::OfTheStart,
                weaker_auth: WeakerAuth::Allowed,
                trace: TraceOptions { stderr: true, file: Some("t".into()), ..TraceOptions::default() },
                verbosity: Verbosity::Quiet,
            },
            mailboxes: Mailboxes::Named(vec!["x".to_owned(), "A/*".to_owned()]),
            selection: Selection {
                numbers: Some("1".to_owned()),
                uids: Some("5:7,9".to_owned()),
                uid: None,
                search: Some(Words::Keys("UNSEEN".to_owned())),
                last: NonZeroU32::new(2),
                ..Selection::default()
            },
            task: Task::Keep(Keep {
                format: Format::Maildir,
                overwrite: Overwrite::Replace,
                recheck: Recheck::Content,
                removal: Removal::DeleteAndExpungeMailbox,
                ..keep()
            }),
            output: "d/".into(),
            marking: Marking::Seen,
            form: Form::Json,
        }
    );
}

#[test]
fn messages_are_chosen_by_all_that_is_said() {
    let check = |line: &str, expected| assert_eq!(fetch(line).selection, expected, "{line}");
    let none = Selection::default;
    let text = |text: &str| Some(text.to_owned());
    check("tayori fetch PLACE -o x --number 1", Selection { numbers: text("1"), ..none() });
    check("tayori fetch PLACE -o x --number=10:*", Selection { numbers: text("10:*"), ..none() });
    check("tayori fetch PLACE -o x --uid 7", Selection { uids: text("7"), ..none() });
    check("tayori fetch PLACE -o x --all", none());
    check("tayori fetch PLACE -o x --last 3", Selection { last: NonZeroU32::new(3), ..none() });
    check("tayori fetch PLACE;UID=20 -o x", Selection { uid: NonZeroU32::new(20), ..none() });
    check(
        "tayori fetch PLACE -o x --search SEEN --last 3",
        Selection { search: Some(Words::Keys("SEEN".to_owned())), last: NonZeroU32::new(3), ..none() },
    );
    check(
        "tayori fetch PLACE -o x --query unread",
        Selection { search: Some(Words::Query("unread".to_owned())), ..none() },
    );
}

#[test]
fn what_is_wanted_of_a_message() {
    let check = |options: &str, expected: View| {
        let fetch = fetch(&format!("tayori fetch PLACE --all {options}"));
        assert_eq!(fetch.task, Task::View(expected), "{options}");
        assert_eq!(fetch.output, if options.contains("-o") { "d/" } else { "-" }, "{options}");
    };
    let path = |levels: &[u32]| PartPath(levels.iter().map(|&n| n.try_into().unwrap()).collect());
    check("--size", View::Size);
    check("--envelope", View::Envelope);
    check("--structure", View::Structure);
    check("--headers", View::Headers);
    check("--text", View::Text);
    check("--attachments -o d/", View::Attachments);
    check("--part 1.2 -o d/", View::Part { path: path(&[1, 2]), decode: Decode::AsItIs });
    check("--part 1 --decode", View::Part { path: path(&[1]), decode: Decode::Undone });
}

#[test]
fn mailboxes_are_named_in_one_way() {
    let check = |options: &str, expected, is_one| {
        let line = format!("tayori fetch imaps://ann@h/ --all -o d/ {options}");
        let mailboxes = fetch(&line).mailboxes;
        assert_eq!((mailboxes.is_one(), mailboxes), (is_one, expected), "{options}");
    };
    let named = |names: &[&str]| Mailboxes::Named(names.iter().map(|&name| name.to_owned()).collect());
    check("", Mailboxes::OfThePlace, true);
    check("--mailbox Archive", named(&["Archive"]), true);
    check("--mailbox Archive/%", named(&["Archive/%"]), false);
    check("--mailbox *", named(&["*"]), false);
    check("--mailbox a --mailbox b", named(&["a", "b"]), false);
    check("--all-mailboxes", Mailboxes::All, false);
}

#[test]
fn trust_in_a_fingerprint() {
    let text = format!("SHA256:{}", "ab".repeat(32));
    let flags = fetch(&format!("tayori fetch PLACE --all -o x --fingerprint {text}")).access.flags;
    assert_eq!(flags.trust, flag("--fingerprint", Trust::Fingerprint(text.parse().unwrap())));
    check_refused(
        "tayori fetch PLACE --all -o x --fingerprint SHA256:ab",
        "error: --fingerprint cannot be read: a fingerprint has 64 hexadecimal digits behind `SHA256:`\n\
         hint: openssl x509 -noout -fingerprint -sha256 -in cert.pem shows it",
    );
}

#[test]
fn where_nothing_says_which_account_it_is_the_usual_one() {
    assert_eq!(fetch("tayori fetch --all -o x").access.place, Place::usual());
}

#[test]
fn contradictions_and_omissions_are_explained() {
    for (line, expected) in [
        (
            "PLACE -o x",
            "nothing says which messages are meant\n\
             hint: use --number, --uid, --query, --search, --last or --all, or put ;UID=20 at the end of the place",
        ),
        (
            "PLACE;UID=20 --all -o x",
            "the place names a message, so --number, --uid, --query, --search, --all and --last cannot\n\
             hint: leave out one of the two",
        ),
        ("PLACE --all --last 3 -o x", "the argument '--all' cannot be used with '--last <N>'"),
        ("PLACE --all", "the following required arguments were not provided:\n  --output <OUT>"),
        (
            "PLACE --all -o - --delete",
            "what goes to stdout is not known to be safe anywhere, so --delete cannot follow it\n\
             hint: give a folder: -o DIR/",
        ),
        ("PLACE --all -o d/ --delete --no-sync", "the argument '--delete' cannot be used with '--no-sync'"),
        (
            "PLACE --all -o d/ --expunge-mailbox",
            "the following required arguments were not provided:\n  --delete",
        ),
        (
            "PLACE --all -o - --format mbox",
            "this format needs a place on the disk\nhint: give a folder: -o DIR/",
        ),
        (
            "PLACE --all -o - --json",
            "stdout cannot hold a message and JSON\nhint: give a file or a folder with -o",
        ),
        (
            "PLACE --all -o d/ --format mbox --name {uid}",
            "--name is for --format eml: the other formats have names of their own\nhint: leave it out",
        ),
        (
            "PLACE --all -o d/ --all-mailboxes",
            "the place names a mailbox, so --mailbox and --all-mailboxes cannot\n\
             hint: end the place behind the host: imaps://user@host/",
        ),
        (
            "PLACE --all -o x --fingerprint SHA256:ab --ca-file f",
            "the argument '--fingerprint <FINGERPRINT>' cannot be used with '--ca-file <FILE>'",
        ),
        (
            "PLACE --all -o x --password-command c --password-file f",
            "the argument '--password-command <COMMAND>' cannot be used with '--password-file <FILE>'",
        ),
        (
            "PLACE --all -o x --timeout 0",
            "invalid value '0' for '--timeout <SECONDS>': 0 is not in 1..=86400",
        ),
        ("PLACE -o x --last 0", "invalid value '0' for '--last <N>': 0 is not in 1..=4294967295"),
    ] {
        check_refused(&format!("tayori fetch {line}"), &format!("error: {expected}"));
    }
}

#[test]
fn what_is_about_whole_messages_goes_with_no_view() {
    for view in ["--size", "--envelope", "--structure", "--headers", "--text", "--part 1", "--attachments"] {
        for option in ["--delete", "--format mbox", "--name x", "--force", "--verify", "--no-sync"] {
            let name = |typed: &str| typed.split(' ').next().unwrap().to_owned();
            check_refused(
                &format!("tayori fetch PLACE --all -o d/ {option} {view}"),
                &format!(
                    "error: {} is about whole messages, and {} is something else\n\
                     hint: leave out one of the two",
                    name(option),
                    name(view)
                ),
            );
        }
    }
}

#[test]
fn what_is_no_number_of_a_part_is_refused() {
    for part in ["", "0", "1.", "1..2", "x", "-1", "+1", "1.0", "4294967296"] {
        let what = match part {
            "" => "--part is empty".to_owned(),
            part => format!("--part {part}: that is no number of a part"),
        };
        check_refused(
            &format!("tayori fetch PLACE --all --part={part}"),
            &format!("error: {what}\nhint: write it as --structure shows it, such as 1 or 1.2"),
        );
    }
}

#[test]
fn decode_is_about_a_part_alone() {
    for options in ["--decode", "--decode --text", "--decode -o x.eml", "--decode --attachments -o x/"] {
        check_refused(
            &format!("tayori fetch PLACE --all {options}"),
            "error: --decode is about a part, and no --part is given\n\
             hint: write --part 1.2 --decode, or leave it out",
        );
    }
}

#[test]
fn no_output_is_none() {
    for options in ["", "--headers"] {
        check_refused(
            &format!("tayori fetch PLACE --all {options} --output="),
            "error: -o is empty\nhint: give a file, a folder with / at its end, or - for stdout",
        );
    }
}
