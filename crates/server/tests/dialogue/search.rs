//! Every search key, asked of a mailbox that is written down here whole.

use bytes::Bytes;
use tayori_proto::types::{Flag, InternalDate, MailboxName};
use tayori_server::{Options, Privacy};

use crate::common::{Client, server};

const MESSAGES: [(&str, &str, &str); 7] = [
    (
        "\\Seen \\Answered",
        "01-Feb-2026 23:59:59 +0900",
        "From: Ann <ann@example.org>\r\nTo: bob@example.org\r\nSubject: Hello\r\nDate: Sun, 1 Feb 2026 10:00:00 +0900\r\n\r\nGood morning, Bob.\r\n",
    ),
    (
        "\\Flagged $Work",
        "02-Feb-2026 00:00:00 +0900",
        "From: =?ISO-2022-JP?B?GyRCOzNFRBsoQg==?= <yamada@example.jp>\r\nCc: ann@example.org\r\nSubject: =?UTF-8?B?44GK55+l44KJ44Gb?=\r\nDate: 31 Jan 2026 23:00:00 -0800\r\nContent-Type: text/plain; charset=ISO-2022-JP\r\n\r\n\x1b$B$*CN$i$;\x1b(B\r\n",
    ),
    (
        "\\Deleted",
        "03-Feb-2026 12:00:00 +0000",
        "From: Carl\r\nBcc: secret@example.org\r\nSubject: report\r\n =?UTF-8?Q?of_Stra=C3=9Fe?=\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\npreamble\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\ncGxlYXNlIGZpbmQgYXR0YWNoZWQ=\r\n--b\r\nContent-Type: application/octet-stream\r\n\r\nneedle in an attachment\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: forwarded\r\n\r\ninner words\r\n--b--\r\n",
    ),
    ("\\Draft", "04-Feb-2026 12:00:00 +0000", "Subject: \r\nX-Empty:\r\n\r\nan=\r\n=C3=A9\r\n"),
    (
        "",
        "05-Feb-2026 12:00:00 +0000",
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nbroken ne=\r\nedle and caf=C3=A9\r\n",
    ),
    ("\\Seen", "06-Feb-2026 12:00:00 +0000", "\r\nno header at all\r\n"),
    ("\\Seen", "07-Feb-2026 12:00:00 +0000", "Subject: the last\r\n\r\n"),
];

async fn client() -> Client {
    let (server, store) = server(Options::default());
    for (flags, date, octets) in MESSAGES {
        let flags = flags.split_whitespace().map(|flag| Flag::new(flag.to_owned()).unwrap()).collect();
        let date = InternalDate::parse(date.as_bytes()).unwrap();
        store.insert(&MailboxName::inbox(), flags, date, vec![Bytes::from(octets)]).unwrap();
    }
    let mut client = Client::of(&server, Privacy::Private).await;
    client.say("a LOGIN ann secret\r\nb SELECT INBOX\r\n").await;
    client.hear().await;
    client
}

#[tokio::test(start_paused = true)]
async fn every_key() {
    let mut client = client().await;
    for (key, expected) in [
        ("ALL", "1 2 3 4 5 6 7"),
        ("ANSWERED", "1"),
        ("UNANSWERED", "2 3 4 5 6 7"),
        ("DELETED", "3"),
        ("UNDELETED", "1 2 4 5 6 7"),
        ("DRAFT", "4"),
        ("UNDRAFT", "1 2 3 5 6 7"),
        ("FLAGGED", "2"),
        ("UNFLAGGED", "1 3 4 5 6 7"),
        ("SEEN", "1 6 7"),
        ("UNSEEN", "2 3 4 5"),
        ("KEYWORD $Work", "2"),
        ("KEYWORD $work", "2"),
        ("UNKEYWORD $Work", "1 3 4 5 6 7"),
        ("KEYWORD other", ""),
        ("RECENT", "1 2 3 4 5 6 7"),
        ("NEW", "2 3 4 5"),
        ("OLD", ""),
        ("BEFORE 2-Feb-2026", "1"),
        ("ON 2-Feb-2026", "2"),
        ("SINCE 6-Feb-2026", "6 7"),
        ("SENTBEFORE 1-Feb-2026", "2"),
        ("SENTON 1-Feb-2026", "1"),
        ("SENTSINCE 31-Jan-2026", "1 2"),
        ("LARGER 400", "3"),
        ("SMALLER 30", "6 7"),
        ("FROM ann", "1"),
        ("FROM \"ANN <ann@\"", "1"),
        ("TO bob", "1"),
        ("CC example.org", "2"),
        ("BCC secret", "3"),
        ("SUBJECT hello", "1"),
        ("SUBJECT \"report of strasse\"", "3"),
        ("HEADER X-Empty \"\"", "4"),
        ("HEADER Subject \"\"", "1 2 3 4 7"),
        ("HEADER message-id x", ""),
        ("BODY morning", "1"),
        ("BODY hello", ""),
        ("BODY \"find attached\"", "3"),
        ("BODY forwarded", "3"),
        ("BODY \"inner words\"", "3"),
        ("BODY needle", "5"),
        ("TEXT needle", "5"),
        ("TEXT hello", "1"),
        ("TEXT \"subject: hello\"", "1"),
        ("BODY \"\"", "1 2 3 4 5 6 7"),
        ("UID 2,5:9", "2 5 6 7"),
        ("UID 99:*", "7"),
        ("2:4", "2 3 4"),
        ("*", "7"),
        ("NOT SEEN", "2 3 4 5"),
        ("NOT BODY needle", "1 2 3 4 6 7"),
        ("OR SEEN BODY needle", "1 5 6 7"),
        ("OR FROM ann CC ann", "1 2"),
        ("SEEN NOT 6", "1 7"),
        ("(SEEN (NOT 6)) 1:6", "1"),
        ("UNSEEN SINCE 1-Feb-2026 NOT FROM Smith", "2 3 4 5"),
    ] {
        let expected = if expected.is_empty() { String::new() } else { format!(" {expected}") };
        let row = format!("* SEARCH{expected}\r\nc OK searched\r\n");
        client.check(&format!("c SEARCH {key}"), &row).await;
    }
}

#[tokio::test(start_paused = true)]
async fn words_of_any_charset() {
    let mut client = client().await;
    for (key, expected) in [
        ("SUBJECT お知らせ", "2"),
        ("FROM 山田", "2"),
        ("BODY お知らせ", "2"),
        ("TEXT 知ら", "2"),
        ("BODY CAFÉ", "5"),
        ("SUBJECT STRASSE", "3"),
    ] {
        let (key, word) = key.split_once(' ').unwrap();
        let line = format!("c UID SEARCH CHARSET UTF-8 {key} {{{}+}}\r\n{word}", word.len());
        client.check(&line, &format!("* SEARCH {expected}\r\nc OK searched\r\n")).await;
    }
    client
        .check(
            "d SEARCH CHARSET KOI8-R TEXT x",
            "d NO [BADCHARSET (US-ASCII UTF-8)] the charset is not known\r\n",
        )
        .await;
    client.say(b"e SEARCH CHARSET UTF-8 TEXT {2+}\r\n\xff\xfe\r\n").await;
    assert_eq!(client.hear().await, "e BAD a string is not in the charset of the search\r\n");
    client.check("f SEARCH 8", "f BAD there are not so many messages\r\n").await;
}
