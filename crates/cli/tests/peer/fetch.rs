//! `tayori fetch` against a real server.

use std::process::Stdio;

use super::Peer;
use super::program::{Folder, Run, skip};

/// Small mails of all lengths, one with octets that no charset allows.
fn mails(count: usize) -> Vec<Vec<u8>> {
    (1..=count)
        .map(|number| {
            let mut mail = format!("Subject: mail {number}\r\nX-Fill: {}\r\n\r\n", "x".repeat(number));
            mail += &"8-bit: 便り\r\n".repeat(number % 7);
            let mut mail = mail.into_bytes();
            if number % 5 == 0 {
                mail.extend_from_slice(b"odd \xe9\xff\x80 \x1b[31m octets\r\n");
            }
            mail
        })
        .collect()
}

fn names(mails: &[Vec<u8>]) -> Vec<(String, &[u8])> {
    let mut names: Vec<_> = mails
        .iter()
        .enumerate()
        .map(|(index, mail)| (format!("{}.eml", index + 1), mail.as_slice()))
        .collect();
    names.sort();
    names
}

#[track_caller]
fn check_mails(folder: &Folder, expected: &[(String, &[u8])]) {
    let expected: Vec<(&str, &[u8])> = expected.iter().map(|(name, mail)| (name.as_str(), *mail)).collect();
    folder.check_files("", &expected);
}

#[test]
fn one_mail_with_tls_from_the_first_octet() {
    let Some(peer) = Peer::find() else { return };
    let mails = mails(1);
    let mails = peer.fill("cli-implicit", &mails);
    let folder = Folder::new();
    peer.trusted("cli-implicit").args("--number 1 -o mail.eml").folder(&folder).run().check(0, "", "");
    folder.check_files("", &[("mail.eml", &mails[0])]);
}

#[test]
fn one_mail_with_starttls() {
    let Some(peer) = Peer::find() else { return };
    let mails = mails(1);
    let mails = peer.fill("cli-starttls", &mails);
    let run = peer.fetch_by("imap", peer.imap, "cli-starttls").arg("--ca-file").arg(&peer.ca_file);
    run.args("--number 1 -o -").run().check(0, &mails[0], "");
}

#[test]
fn one_mail_by_fingerprint() {
    let Some(peer) = Peer::find() else { return };
    let mails = mails(1);
    let mails = peer.fill("cli-fingerprint", &mails);
    for (scheme, port) in [("imaps", peer.imaps), ("imap", peer.imap)] {
        let run = peer.fetch_by(scheme, port, "cli-fingerprint").arg("--fingerprint").arg(&peer.fingerprint);
        run.args("--uid 1 -o -").run().check(0, &mails[0], "");
    }
}

/// Without an option, the authorities of the system decide; here the environment names them.
#[test]
fn one_mail_by_the_authorities_of_the_system() {
    let Some(peer) = Peer::find() else { return };
    let mails = mails(1);
    let mails = peer.fill("cli-system", &mails);
    let run = peer.fetch("cli-system").env("SSL_CERT_FILE", &peer.ca_file);
    run.args("--number 1 -o -").run().check(0, &mails[0], "");
}

/// The words name the failed check and what to do; no password was sent.
#[test]
fn servers_that_are_not_believed() {
    let Some(peer) = Peer::find() else { return };
    let real = peer.fingerprint.as_str();
    for (scheme, port) in [("imaps", peer.imaps), ("imap", peer.imap)] {
        let fetch =
            || peer.fetch_by(scheme, port, "INBOX").args("--all -o - --trace").hide(real, "SHA256:REAL");
        let check = |run: Run, end: &str| {
            let outcome = run.run();
            assert_eq!((outcome.code, outcome.stdout.as_slice()), (7, b"".as_slice()));
            assert!(outcome.stderr.ends_with(end), "{}", outcome.stderr);
            // A server may name both words in its greeting.
            let ours = outcome.stderr.lines().filter(|line| line.starts_with("C: "));
            for line in ours {
                assert!(!line.contains("LOGIN") && !line.contains("AUTHENTICATE"), "{line}");
            }
        };
        check(
            fetch(),
            "error: the certificate of localhost is not accepted: it was not signed by an authority that is known \
             here\n\
             hint: if the server has its own authority, give its certificate with --ca-file; if somebody you trust \
             tells you the same fingerprint, use --fingerprint SHA256:REAL\n",
        );
        let wrong = format!("SHA256:{}", "ab".repeat(32));
        check(
            fetch().arg("--fingerprint").arg(wrong),
            "error: the certificate of localhost is not accepted: it does not have the fingerprint that was given\n\
             hint: the server shows SHA256:REAL; ask whoever runs it whether the certificate was renewed, since this \
             is what an attack looks like too\n",
        );
    }
}

/// The certificate is for `localhost` and 127.0.0.1; some other name that leads to the same place is not good enough.
#[test]
fn a_certificate_for_other_names() {
    let Some(peer) = Peer::find() else { return };
    // For the system's look-up an old way to write 127.0.0.1, for a certificate a name.
    let other = Peer { host: "0x7f000001".to_owned(), ..peer };
    let outcome = other.trusted("INBOX").args("--all -o -").run();
    if outcome.stderr.starts_with("error: cannot reach") {
        skip("this machine does not look up such a name");
        return;
    }
    outcome.check(
        7,
        "",
        "error: the certificate of 0x7f000001 is not accepted: it is for localhost, 127.0.0.1, not for the name that \
         was asked for\n\
         hint: if that is the server you mean, write one of these names in the place\n",
    );
}

#[test]
fn tls_where_there_is_none() {
    let Some(peer) = Peer::find() else { return };
    let run = peer.fetch_by("imaps", peer.imap, "INBOX").arg("--ca-file").arg(&peer.ca_file);
    run.args("--all -o -").run().check(
        7,
        "",
        "error: localhost does not answer with TLS on this port\n\
         hint: check the port: for STARTTLS, usually on port 143, write imap:// instead of imaps://\n",
    );
}

#[test]
fn a_wrong_password() {
    let Some(peer) = Peer::find() else { return };
    let outcome = peer.trusted("INBOX").args("--all -o -").env("TAYORI_PASSWORD", "wrong").run();
    assert_eq!((outcome.code, outcome.stdout.as_slice()), (5, b"".as_slice()));
    let lines: Vec<&str> = outcome.stderr.lines().collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert!(
        lines[0].starts_with(&format!("error: cannot log in as {} at localhost: ", peer.user)),
        "{lines:?}"
    );
    assert!(lines[1].starts_with("the server said: \""), "{lines:?}");
    assert!(lines[2].starts_with("hint: check user and password"), "{lines:?}");
}

#[test]
fn a_user_and_a_password_with_odd_characters() {
    let Some(peer) = Peer::odd() else { return };
    let mails = mails(1);
    let mails = peer.fill("cli-odd", &mails);
    peer.trusted("cli-odd").args("--all -o -").run().check(0, &mails[0], "");
    let clear = peer.fetch_by("imap", peer.imap, "cli-odd").args("--tls none --all -o -");
    clear.run().check(0, &mails[0], "");
}

#[test]
fn fifty_mails_into_a_folder() {
    let Some(peer) = Peer::find() else { return };
    let mails = mails(50);
    let mails = peer.fill("cli-fifty", &mails);
    let folder = Folder::new();
    peer.trusted("cli-fifty").args("--all -o .").folder(&folder).run().check(0, "", "");
    check_mails(&folder, &names(&mails));
    assert_eq!(peer.seen("cli-fifty"), [0_u32; 0]);

    let folder = Folder::new();
    peer.trusted("cli-fifty").args("--last 3 -o .").folder(&folder).run().check(0, "", "");
    let last =
        names(&mails).into_iter().filter(|(name, _)| ["48.eml", "49.eml", "50.eml"].contains(&&**name));
    check_mails(&folder, &last.collect::<Vec<_>>());
}

#[test]
fn seen_marks_what_was_fetched_and_nothing_else() {
    let Some(peer) = Peer::find() else { return };
    let mails = mails(4);
    peer.fill("cli-seen", &mails);
    let folder = Folder::new();
    peer.trusted("cli-seen").args("--number 2,4 -o . --seen").folder(&folder).run().check(0, "", "");
    assert_eq!(peer.seen("cli-seen"), [2, 4]);
}

#[test]
fn uids_and_what_is_missing() {
    let Some(peer) = Peer::find() else { return };
    let mails = mails(3);
    let mails = peer.fill("cli-uids", &mails);
    let folder = Folder::new();
    let run = peer.trusted("cli-uids").args("--uid 2,9 -o .").folder(&folder);
    run.run().check(4, "", "error: no such message: UID 9\n");
    folder.check_files("", &[("2.eml", &mails[1])]);
    peer.trusted("cli-uids/;UID=3").args("-o -").run().check(0, &mails[2], "");
    let run = peer.trusted("cli-uids").args("--uid 4:* -o .").folder(&folder);
    run.run().check(3, "", "error: no such message\n");
    let run = peer.trusted("cli-uids;UIDVALIDITY=1/;UID=3").args("-o -");
    assert_eq!(run.run().code, 3);
}

#[test]
fn mailbox_names() {
    let Some(peer) = Peer::find() else { return };
    let mails = mails(1);
    for (name, in_place) in [
        ("cli-便り", "cli-便り"),
        ("cli-名前/子", "cli-%e5%90%8d%e5%89%8d/子"),
        ("cli-a/b/c", "cli-a/b/c"),
        ("cli-\"quoted\\ & {5}", "cli-%22quoted%5c & %7b5%7d"),
        ("cli-50%", "cli-50%25"),
    ] {
        if peer.kind == "cyrus" && name.contains(['"', '%']) {
            // It allows neither in a name.
            continue;
        }
        let mails = peer.fill(name, &mails);
        peer.trusted(in_place).args("--all -o -").run().check(0, &mails[0], "");
    }
    for name in ["cli-missing", "../cli-a", "cli-a/../b", "/etc/passwd"] {
        let outcome = peer.trusted(name).args("--all -o -").run();
        assert_eq!(outcome.code, 6, "{name} {outcome:?}");
        let first = outcome.stderr.lines().next().unwrap();
        let name = peer.path(name);
        assert!(first.starts_with(&format!("error: cannot open the mailbox {name}: ")), "{first}");
    }
}

#[test]
fn a_large_mail() {
    let Some(peer) = Peer::find() else { return };
    let mut mail = b"Subject: large\r\n\r\n".to_vec();
    for number in 0u32..310_000 {
        mail.extend_from_slice(
            format!("{number:08} {:>54}\r\n", number.wrapping_mul(2_654_435_761)).as_bytes(),
        );
    }
    assert!(mail.len() > 20_000_000 - 200_000, "{}", mail.len());
    let mail = peer.fill("cli-large", std::slice::from_ref(&mail)).remove(0);
    let folder = Folder::new();
    peer.trusted("cli-large").args("--all -o mail.eml").folder(&folder).run().check(0, "", "");
    // Not through the comparison that shows both sides.
    assert!(std::fs::read(folder.at("mail.eml")).unwrap() == mail);
    let outcome = peer.trusted("cli-large").args("--all -o -").stdout(Stdio::piped()).run();
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    assert!(outcome.stdout == mail);
}
