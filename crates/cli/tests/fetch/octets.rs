//! Messages that programs are known to alter: here every octet has to arrive, in each format, and has to be had back.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;

use serde_json::Value;
use tayori_proto::types::{Atom, Flag};

use crate::common::program::Folder;
use crate::common::server::Server;
use crate::kept::{manifest, read_back};
use crate::store::{ARRIVED, Host};

/// Name and octets.
fn messages() -> Vec<(&'static str, Vec<u8>)> {
    let nested = |levels: usize| {
        let mut text = String::from("Subject: nested\r\n");
        for level in 0..levels {
            text += &format!("Content-Type: multipart/mixed; boundary=b{level}\r\n\r\n--b{level}\r\n");
        }
        text += "Content-Type: text/plain\r\n\r\nin the middle\r\n";
        for level in (0..levels).rev() {
            text += &format!("--b{level}--\r\n");
        }
        text.into_bytes()
    };
    let of = |length: usize| {
        let mut octets = b"Subject: size\r\n\r\n".to_vec();
        octets.extend((octets.len()..length).map(|index| b"0123456789\r\nFrom >\n"[index % 19]));
        octets
    };
    let fields = (0..3_000).map(|n| format!("X-Field-{n}: {n}\r\n")).collect::<String>() + "\r\nbody\r\n";
    let long = |octet: u8| [b"Subject: long\r\n\r\n", &vec![octet; 100 << 10][..], b"\r\nend\r\n"].concat();
    vec![
        ("no header", b"\r\nbody\r\n".to_vec()),
        ("header only", b"Subject: x\r\n\r\n".to_vec()),
        ("no blank line", b"Subject: x\r\nFrom: y@example.org\r\n".to_vec()),
        ("no line end", b"Subject: x\r\n\r\nbody".to_vec()),
        ("ends in CR", b"Subject: x\r\n\r\nbody\r".to_vec()),
        ("ends in LF", b"Subject: x\r\n\r\nbody\n".to_vec()),
        ("ends in many", b"Subject: x\r\n\r\nbody\n\n\r\n\r\n\n".to_vec()),
        ("bare CR", b"Subject: x\r\n\r\none\rtwo\r\rthree\r\n".to_vec()),
        ("bare LF", b"Subject: x\n\none\ntwo\n\nthree\r\n".to_vec()),
        ("only LF", b"\n".to_vec()),
        ("only CR", b"\r".to_vec()),
        ("one octet", b"x".to_vec()),
        ("no octet", Vec::new()),
        ("long line", long(b'x')),
        ("long line of 8 bits", long(b'\xe9')),
        ("long header", [b"Subject: ", &vec![b'x'; 100 << 10][..], b"\r\n\r\nbody\r\n"].concat()),
        ("3,000 fields", fields.into_bytes()),
        ("120 levels", nested(120)),
        (
            "boundary that never ends",
            b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx".to_vec(),
        ),
        (
            "boundary that is none",
            b"Content-Type: multipart/mixed; boundary=\r\n\r\n--\r\n\r\nx\r\n----\r\n".to_vec(),
        ),
        ("8 bits in the header", b"Subject: \xe9\xff\xc3\r\nX-\xe4: y\r\n\r\n\x80\r\n".to_vec()),
        ("every octet but NUL", (1..=255).collect()),
        ("From", b"From me\r\n>From you\r\n>>From them\nFrom\r\n>>>From \rFrom x\r\nFrom ".to_vec()),
        ("From at the begin", b"From bob Sun Feb  1 09:30:00 2026\nSubject: x\n\nbody\n".to_vec()),
        ("only From", b"From ".to_vec()),
        ("half a From", b"x\nFro".to_vec()),
        ("quotes only", b">\n>>\n>>>From".to_vec()),
        ("64 KiB less one", of((64 << 10) - 1)),
        ("64 KiB", of(64 << 10)),
        ("64 KiB and one", of((64 << 10) + 1)),
        ("1 MiB less one", of((1 << 20) - 1)),
        ("1 MiB and one", of((1 << 20) + 1)),
        ("dots", b"Subject: x\r\n\r\n.\r\n..\r\n.x\r\n".to_vec()),
        ("spaces at the end", b"Subject: x \t\r\n \r\n\r\nbody  \r\n\t\r\n".to_vec()),
        ("like a response", b"a1 OK done\r\n)\r\n* BYE\r\n{5}\r\n".to_vec()),
        ("byte order mark", b"\xef\xbb\xbfSubject: x\r\n\r\n\xff\xfe\r\n".to_vec()),
        ("end of a DOS file", b"Subject: x\r\n\r\nbefore\x1aafter\x04\r\n".to_vec()),
    ]
}

/// Messages by mailbox and UID, each with what is odd about it.
type Odd = BTreeMap<(String, u64), (&'static str, Vec<u8>)>;

/// Two mailboxes with all of them; the second in the other order, so that each stands behind and before others.
fn host() -> (Host, Odd) {
    let host = Host::start();
    host.create("Lists/odd");
    let mut all = BTreeMap::new();
    for (mailbox, messages) in
        [("INBOX", messages()), ("Lists/odd", messages().into_iter().rev().collect::<Vec<_>>())]
    {
        for (name, octets) in messages {
            let uid = host.put(mailbox, &octets);
            all.insert((mailbox.to_owned(), u64::from(uid)), (name, octets));
        }
    }
    (host, all)
}

#[test]
fn every_octet_in_every_format() {
    let (host, expected) = host();
    for format in ["eml", "maildir", "mbox"] {
        let folder = Folder::new();
        let run = host.fetch("").args("--all-mailboxes --all -o out/ --format").arg(format);
        run.folder(&folder).run().check(0, "", "");
        let out = folder.at("out");
        let entries = manifest(&out);
        assert_eq!(entries.len(), expected.len(), "{format}");
        for entry in &entries {
            let key = (entry["mailbox"].as_str().unwrap().to_owned(), entry["uid"].as_u64().unwrap());
            let (name, octets) = &expected[&key];
            assert!(read_back(&out, entry) == *octets, "{format}: {name} of {}", key.0);
            assert_eq!(entry["size"], octets.len(), "{format}: {name}");
            assert_eq!(entry["blake3"], blake3::hash(octets).to_hex().as_str(), "{format}: {name}");
        }
        for options in ["", "--verify"] {
            let run = host.fetch("").args("--all-mailboxes --all -o out/ --json --format").arg(format);
            let outcome = run.args(options).folder(&folder).run();
            let text = String::from_utf8(outcome.stdout).unwrap();
            let summary: Value = serde_json::from_str(&text).unwrap();
            assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{format} {text}");
            assert_eq!(summary["fetched"], 0, "{format} {text}");
            assert_eq!(summary["already_there"], expected.len(), "{format} {text}");
        }
        assert_eq!(manifest(&out), entries, "{format}");
    }
}

/// Another program that knows mbox finds as many messages, and their octets but for the quoting.
#[test]
fn pythons_mailbox_counts_as_many() {
    let python = std::process::Command::new("python3").arg("--version").output();
    if !python.is_ok_and(|output| output.status.success()) {
        return crate::common::program::skip("no python3 here");
    }
    let (host, expected) = host();
    let folder = Folder::new();
    let run = host.fetch("").args("--all-mailboxes --all -o out/ --format mbox");
    run.folder(&folder).run().check(0, "", "");
    let script =
        "import mailbox, sys; print(sum(len(mailbox.mbox(name, create=False)) for name in sys.argv[1:]))";
    let counted = std::process::Command::new("python3")
        .args(["-c", script, "out/INBOX.mbox", "out/Lists/odd.mbox"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(counted.stdout).unwrap().trim(), expected.len().to_string());
}

/// NUL is not allowed in IMAP outside of binary literals (RFC 9051 section 9, CHAR8); servers send it all the same.
#[test]
fn nul_stays_nul() {
    const MESSAGE: &[u8] = b"Subject: \0\r\n\r\n\0\0From \0\r\n\nFrom \0\r\n\0";
    for format in ["eml", "maildir", "mbox"] {
        let server = Server::play(move |talk| {
            talk.log_in();
            talk.examine("INBOX", 1);
            let items = match format {
                "eml" => "",
                "maildir" => "FLAGS INTERNALDATE ",
                _ => "INTERNALDATE ",
            };
            talk.expect(&format!("FETCH 1 (UID RFC822.SIZE {items}BODY.PEEK[])"));
            let size = MESSAGE.len();
            talk.send(format!(
                "* 1 FETCH (UID 10 RFC822.SIZE {size} INTERNALDATE \" 1-Feb-2026 09:30:00 +0000\" BODY[] {{{size}}}\r\n"
            ));
            talk.send([MESSAGE, b")\r\n"].concat());
            talk.tagged("OK done");
            talk.log_out();
        });
        let folder = Folder::new();
        let run = server.fetch("INBOX").args("--all -o out/ --format").arg(format);
        run.folder(&folder).run().check(0, "", "");
        server.finish();
        let out = folder.at("out");
        let entries = manifest(&out);
        assert_eq!(entries.len(), 1);
        assert_eq!(
            read_back(&out, &entries[0]).escape_ascii().to_string(),
            MESSAGE.escape_ascii().to_string()
        );
    }
}

#[test]
fn a_maildir_has_flags_times_and_folders() {
    let host = Host::start();
    let keyword = Flag::Keyword(Atom::new("$Forwarded").unwrap());
    let all = [Flag::Seen, Flag::Answered, Flag::Flagged, Flag::Deleted, Flag::Draft, keyword];
    host.put("INBOX", "new");
    host.put_with("INBOX", "seen", &all[..1], ARRIVED + 1);
    host.put_with("INBOX", "all", &all, ARRIVED + 2);
    host.put_with("INBOX", "old", &[Flag::Flagged], -1);
    let folder = Folder::new();
    // Without a slash: a Maildir is a folder anyway.
    let run = host.fetch("INBOX").args("--all -o out --format maildir");
    run.folder(&folder).run().check(0, "", "");
    let mut found = Vec::new();
    for part in ["cur", "new", "tmp"] {
        for entry in fs::read_dir(folder.at("out").join(part)).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            // The tag in the middle has the port in it, which differs from run to run.
            let (before, rest) = name.split_once("V7.").unwrap();
            let (tag, after) = rest.split_once(',').unwrap();
            assert_eq!(tag.len(), 16, "{name}");
            let content = fs::read_to_string(entry.path()).unwrap();
            found.push(format!("{part}/{before} {after} {} {content}", entry.metadata().unwrap().mtime()));
        }
    }
    found.sort();
    let arrived = [ARRIVED, ARRIVED + 1, ARRIVED + 2];
    assert_eq!(
        found,
        [
            "cur/0.U4 S=3:2,F 0 old".to_owned(),
            format!("cur/{}.U2 S=4:2,S {} seen", arrived[1], arrived[1]),
            format!("cur/{}.U3 S=3:2,DFPRST {} all", arrived[2], arrived[2]),
            format!("new/{}.U1 S=3 {} new", arrived[0], arrived[0]),
        ]
    );
}

/// What another program does with a Maildir: it moves a message from new to cur, and changes its flags.
#[test]
fn a_message_that_a_mail_program_has_read_is_there_still() {
    let host = Host::start();
    host.put("INBOX", "new");
    let folder = Folder::new();
    let fetch = || host.fetch("INBOX").args("--all -o out --format maildir").folder(&folder).run();
    fetch().check(0, "", "");
    let name = fs::read_dir(folder.at("out/new")).unwrap().next().unwrap().unwrap().file_name();
    let name = name.into_string().unwrap();
    fs::rename(folder.at("out/new").join(&name), folder.at("out/cur").join(format!("{name}:2,S"))).unwrap();
    fetch().check(0, "", "");
    assert_eq!(fs::read_dir(folder.at("out/new")).unwrap().count(), 0);
    // Also where the list of what is here was lost.
    fs::remove_file(folder.at("out/tayori-manifest.jsonl")).unwrap();
    fetch().check(0, "", "");
    assert_eq!(fs::read_dir(folder.at("out/new")).unwrap().count(), 0);
    assert_eq!(fs::read_dir(folder.at("out/cur")).unwrap().count(), 1);
}
