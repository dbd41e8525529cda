//! The commands that look, against a real server. Where servers differ in what they can do, the page that each makes of
//! it stands here.

use tayori_proto::types::Flag;

use super::Peer;

const LUNCH: &str = "From: Bob <bob@example.org>\r\nTo: Ann <ann@example.org>\r\nSubject: Lunch\r\n\
    Date: Sun, 1 Feb 2026 09:00:00 +0000\r\nMessage-ID: <lunch@example.org>\r\n\r\nAt noon?\r\n";

const JOURNEY: &str = "From: =?utf-8?B?5bGx55Sw?= <yamada@example.jp>\r\nSubject: =?utf-8?B?5peF6KGM?=\r\n\
    Date: Mon, 2 Feb 2026 18:30:00 +0900\r\nMessage-ID: <journey@example.jp>\r\nMIME-Version: 1.0\r\n\
    Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nお元気ですか。\r\n";

const WITH_FILE: &str = "From: Carl <carl@example.com>\r\nSubject: tax 2025\r\n\
    Date: Tue, 3 Feb 2026 10:00:00 -0500\r\nMessage-ID: <tax@example.com>\r\nMIME-Version: 1.0\r\n\
    Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSee the file.\r\n\
    --b\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=data.bin\r\n\
    Content-Transfer-Encoding: base64\r\n\r\nAAECAwQF\r\n--b--\r\n";

const LINES: [&str; 3] = [
    "1  N     2026-02-01  Bob                   Lunch\n",
    "2   *    2026-02-02  山田                  旅行\n",
    "3    r   2026-02-03  Carl                  tax 2025\n",
];

fn keep(peer: &Peer, mailbox: &str) {
    peer.keep(
        mailbox,
        &[(LUNCH, &[]), (JOURNEY, &[Flag::Seen, Flag::Flagged]), (WITH_FILE, &[Flag::Seen, Flag::Answered])],
    );
}

#[test]
fn messages_are_found() {
    let Some(peer) = Peer::find() else { return };
    keep(&peer, "look-search");
    for (words, uids) in [
        ("all", &[1, 2, 3][..]),
        ("unread", &[1]),
        ("from:bob", &[1]),
        ("subject:\"tax 2025\"", &[3]),
        ("from:bob or starred", &[1, 2]),
        ("since:2026-02-02 before:2026-02-03", &[2]),
        ("sent-since:2026-02-02 not answered", &[2]),
        ("has:attachment", &[3]),
        ("larger:360", &[3]),
        ("id:<lunch@example.org>", &[1]),
        ("body:noon", &[1]),
        ("uid:2:3 seen", &[2, 3]),
    ] {
        let expected: String = uids.iter().map(|uid: &usize| LINES[uid - 1]).collect();
        let outcome = peer.run("search", "look-search").arg(words).run();
        assert_eq!(
            (outcome.code, String::from_utf8(outcome.stdout).unwrap(), outcome.stderr),
            (0, expected, String::new()),
            "{words}"
        );
    }
    let run = |words: &str| peer.run("search", "look-search").args(words).run();
    run("seen --last 1").check(0, LINES[2], "");
    run("seen --count").check(0, "2\n", "");
    let outcome = peer.run("search", "look-search").arg("--raw").arg("OR FROM bob FLAGGED").run();
    outcome.check(0, LINES[..2].concat(), "");
    run("from:dora").check(3, "", "error: no such message: the search found nothing\n");
}

/// The text of another script is found where the server looks into encoded words.
#[test]
fn text_in_utf_8_is_found() {
    let Some(peer) = Peer::find() else { return };
    keep(&peer, "look-utf8");
    let outcome = peer.run("search", "look-utf8").arg("subject:旅行").run();
    outcome.check(0, LINES[1], "");
}

/// The same order whoever makes it: Dovecot, Cyrus and Courier do, for Mailutils it is made here.
#[test]
fn messages_are_sorted() {
    let Some(peer) = Peer::find() else { return };
    keep_conversations(&peer, "look-sort");
    for (keys, expected) in [
        ("date", "3 2 1 4 6 5"),
        ("-date", "5 6 4 1 2 3"),
        ("subject,date", "6 3 5 2 1 4"),
        ("from,-arrival", "4 2 6 5 3 1"),
        ("-size", "1 2 3 4 5 6"),
        ("-arrival", "6 5 4 3 2 1"),
    ] {
        let outcome = peer.run("search", "look-sort").arg("--sort").arg(keys).run();
        let text = String::from_utf8(outcome.stdout).unwrap();
        let uids: Vec<&str> = text.lines().filter_map(|line| line.split(' ').next()).collect();
        assert_eq!((uids.join(" ").as_str(), outcome.stderr.as_str()), (expected, ""), "{keys}");
    }
}

/// The same threads whoever makes them.
#[test]
fn messages_are_put_into_threads() {
    let Some(peer) = Peer::find() else { return };
    keep_conversations(&peer, "look-thread");
    let expected = "\
3  N     2026-02-03  Bob                   a
5  N     2026-02-05  Bob                     Re: a
1  N     2026-02-01  Carl                  b
2  N     2026-02-02  ann                     Re: B
4  N     2026-02-04  Ann                       [x] b (fwd)
6  N     2026-02-06  Bob                   (no subject)
";
    peer.run("thread", "look-thread").run().check(0, expected, "");
}

/// Dates in other zones, subjects that say the same in other words, replies by each of the fields that can say so, and
/// one that only its subject makes a reply. The first is the largest.
fn keep_conversations(peer: &Peer, mailbox: &str) {
    let mail = |number: usize, from: &str, subject: &str, date: &str, reply: &str| {
        let filled = "x".repeat(500 * (7 - number));
        format!(
            "From: {from}\r\n{subject}Date: {date}\r\nMessage-ID: <{number}@example.org>\r\n{reply}\r\n{filled}\r\n"
        )
    };
    let mails = [
        mail(1, "Carl <carl@x.org>", "Subject: b\r\n", "Mon, 2 Feb 2026 09:00:00 +0000", ""),
        mail(
            2,
            "ann <ann@x.org>",
            "Subject: Re: B\r\n",
            "Sun, 1 Feb 2026 20:00:00 +0000",
            "References: <1@example.org>\r\n",
        ),
        mail(3, "Bob <bob@x.org>", "Subject: a\r\n", "Mon, 2 Feb 2026 01:00:00 +0900", ""),
        mail(
            4,
            "Ann <ann@x.org>",
            "Subject: [x] b (fwd)\r\n",
            "Tue, 3 Feb 2026 09:00:00 +0000",
            "In-Reply-To: <2@example.org>\r\n",
        ),
        mail(5, "Bob <bob@x.org>", "Subject: Re: a\r\n", "Sat, 7 Feb 2026 23:30:00 -1200", ""),
        mail(6, "Bob <bob@x.org>", "", "Sun, 8 Feb 2026 11:00:00 +0000", ""),
    ];
    let messages: Vec<(&str, &[Flag])> = mails.iter().map(|mail| (mail.as_str(), &[][..])).collect();
    peer.keep(mailbox, &messages);
}

#[test]
fn a_message_is_shown() {
    let Some(peer) = Peer::find() else { return };
    keep(&peer, "look-show");
    let expected = "From: 山田 <yamada@example.jp>\nDate: Mon, 2 Feb 2026 18:30:00 +0900\nSubject: 旅行\n\n\
                    お元気ですか。\n\n";
    peer.run("show", "look-show").arg("2").run().check(0, expected, "");
    peer.run("show", "look-show").args("3 --part 2").run().check(0, [0, 1, 2, 3, 4, 5], "");
    peer.run("show", "look-show").args("9").run().check(3, "", "error: no such message: UID 9\n");
    // Nobody has read it.
    assert_eq!(peer.messages("look-show")[0], "1 Lunch");
}

#[test]
fn a_mailbox_is_counted() {
    let Some(peer) = Peer::find() else { return };
    keep(&peer, "look-status");
    let outcome = peer.run("status", "look-status").run();
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    let text = String::from_utf8(outcome.stdout).unwrap();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some(peer.path("look-status").as_str()));
    // What is behind these is another one in each run.
    let changing = ["UIDVALIDITY", "HIGHESTMODSEQ", "MAILBOXID"];
    let lines = lines.map(|line| match changing.iter().find(|name| line.starts_with(**name)) {
        Some(name) => (*name).to_owned(),
        None => line.to_owned(),
    });
    let expected: &[&str] = match &peer.kind[..] {
        "dovecot" => &[
            "messages       3",
            "unread         1",
            "size           806 B",
            "next UID       4",
            "UIDVALIDITY",
            "HIGHESTMODSEQ",
        ],
        "cyrus" => &[
            "messages                3",
            "unread                  1",
            "marked as deleted       0",
            "size                    806 B",
            "size of what is marked  0 B",
            "next UID                4",
            "UIDVALIDITY",
            "HIGHESTMODSEQ",
            "MAILBOXID",
            "largest message         2.00 GiB                  (2,147,483,647 bytes)",
        ],
        // Without STATUS=SIZE, CONDSTORE and OBJECTID.
        _ => &["messages     3", "unread       1", "next UID     4", "UIDVALIDITY"],
    };
    assert_eq!(lines.collect::<Vec<_>>(), expected);
}

#[test]
fn namespaces_are_told() {
    let Some(peer) = Peer::find() else { return };
    let expected = match &peer.kind[..] {
        "cyrus" => {
            "whose         prefix             delimiter\n\
             personal      \"\"                 /\n\
             other users'  \"Other Users/\"     /\n\
             shared        \"Shared Folders/\"  /\n"
        }
        "courier" => {
            "whose     prefix      delimiter\n\
             personal  \"INBOX.\"    .\n\
             shared    \"#shared.\"  .\n\
             shared    \"shared.\"   .\n"
        }
        _ => "whose     prefix  delimiter\npersonal  \"\"      /\n",
    };
    peer.run("namespace", "").run().check(0, expected, "");
}

/// None of these servers is set up with a limit.
#[test]
fn quotas_are_told_where_there_are_some() {
    let Some(peer) = Peer::find() else { return };
    let outcome = peer.run("quota", "INBOX").run();
    match &peer.kind[..] {
        "cyrus" | "courier" => outcome.check(0, "nothing limits INBOX\n", ""),
        _ => outcome.check(
            8,
            "",
            "error: cannot ask for the quota of INBOX: the server does not offer QUOTA\n",
        ),
    }
}

#[test]
fn a_mailbox_that_has_vanished() {
    let Some(peer) = Peer::find() else { return };
    keep(&peer, "look-vanished");
    peer.remove("look-vanished");
    for (command, words, doing, refused) in [
        ("search", "", "open", "EXAMINE"),
        ("thread", "", "open", "EXAMINE"),
        ("show", "1", "open", "EXAMINE"),
        ("status", "", "look at", "STATUS"),
        ("read", "1", "open", "SELECT"),
        ("delete", "1 --trash INBOX", "open", "SELECT"),
    ] {
        let outcome = peer.run(command, "look-vanished").args(words).run();
        assert_eq!((outcome.code, outcome.stdout.as_slice()), (6, b"".as_slice()), "{command} {outcome:?}");
        let path = peer.path("look-vanished");
        let expected = format!("error: cannot {doing} the mailbox {path}: the server refused {refused}\n");
        let (first, rest) = outcome.stderr.split_at(outcome.stderr.find('\n').unwrap() + 1);
        assert_eq!(first, expected);
        assert!(rest.starts_with("the server said: \""), "{rest}");
    }
}
