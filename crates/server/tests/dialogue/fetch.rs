//! FETCH (RFC 9051 section 6.4.5).

use tayori_proto::types::Flag;

use crate::common::{Scene, insert};

/// A text, and a message within the message.
const MAIL: &str = "From: Ann <ann@example.com>\r
To: bob@example.com, Carl <carl@example.org>\r
Subject: Parts\r
Date: Wed, 17 Jul 1996 02:23:25 -0700\r
Message-ID: <1@example.com>\r
MIME-Version: 1.0\r
Content-Type: multipart/mixed; boundary=\"b\"\r
\r
Preamble\r
--b\r
Content-Type: text/plain; charset=us-ascii\r
\r
Hello\r
you\r
--b\r
Content-Type: message/rfc822\r
Content-Description: inner\r
\r
From: Dan <dan@example.com>\r
Subject: Inside\r
\r
Deep\r
--b--\r
Epilogue\r
";

/// A server whose `INBOX` has that mail alone, unseen.
async fn scene() -> Scene {
    let mut scene = Scene::new();
    insert(&scene.store, "INBOX", &[], MAIL);
    scene.log_in().await;
    scene.select(1, "INBOX").await;
    scene
}

const ENVELOPE: &str = r#"ENVELOPE ("Wed, 17 Jul 1996 02:23:25 -0700" "Parts" (("Ann" NIL "ann" "example.com")) (("Ann" NIL "ann" "example.com")) (("Ann" NIL "ann" "example.com")) ((NIL NIL "bob" "example.com")("Carl" NIL "carl" "example.org")) NIL NIL NIL "<1@example.com>")"#;

const BODY: &str = r#"BODY (("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 10 1)("message" "rfc822" NIL NIL "inner" "7bit" 52 (NIL "Inside" (("Dan" NIL "dan" "example.com")) (("Dan" NIL "dan" "example.com")) (("Dan" NIL "dan" "example.com")) NIL NIL NIL NIL NIL) ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 4 0) 3) "mixed")"#;

const BODY_STRUCTURE: &str = r#"BODYSTRUCTURE (("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 10 1 NIL NIL NIL NIL)("message" "rfc822" NIL NIL "inner" "7bit" 52 (NIL "Inside" (("Dan" NIL "dan" "example.com")) (("Dan" NIL "dan" "example.com")) (("Dan" NIL "dan" "example.com")) NIL NIL NIL NIL NIL) ("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 4 0 NIL NIL NIL NIL) 3 NIL NIL NIL NIL) "mixed" ("boundary" "b") NIL NIL NIL)"#;

/// What one item of the mail is, without a flag being changed.
async fn check(scene: &mut Scene, item: &str, expected: &str) {
    let heard = scene.clients[0].ask(&format!("a FETCH 1 {item}")).await;
    let expected = format!("* 1 FETCH ({expected})\r\na OK fetched\r\n");
    assert_eq!(heard, expected, "{item}: {}", heard.escape_debug());
}

#[tokio::test(start_paused = true)]
async fn items_and_macros() {
    let mut scene = scene().await;
    let size = MAIL.len();
    let date = "INTERNALDATE \"17-Jul-1996 09:44:25 +0000\"";
    for (item, expected) in [
        ("UID", "UID 1".to_owned()),
        ("flags", "FLAGS (\\Recent)".to_owned()),
        ("INTERNALDATE", date.to_owned()),
        ("RFC822.SIZE", format!("RFC822.SIZE {size}")),
        ("(UID FLAGS)", "UID 1 FLAGS (\\Recent)".to_owned()),
        ("FAST", format!("FLAGS (\\Recent) {date} RFC822.SIZE {size}")),
        ("ALL", format!("FLAGS (\\Recent) {date} RFC822.SIZE {size} {ENVELOPE}")),
        ("FULL", format!("FLAGS (\\Recent) {date} RFC822.SIZE {size} {ENVELOPE} {BODY}")),
        ("ENVELOPE", ENVELOPE.to_owned()),
        ("BODY", BODY.to_owned()),
        ("BODYSTRUCTURE", BODY_STRUCTURE.to_owned()),
    ] {
        check(&mut scene, item, &expected).await;
    }
}

/// The octets of `text` as the data of a section.
fn literal(section: &str, text: &str) -> String {
    match text.len() {
        0 => format!("{section} \"\""),
        size => format!("{section} {{{size}}}\r\n{text}"),
    }
}

#[tokio::test(start_paused = true)]
async fn sections() {
    let mut scene = scene().await;
    let (header, text) = MAIL.split_once("\r\n\r\n").unwrap();
    let header = format!("{header}\r\n\r\n");
    for (section, expected) in [
        ("", MAIL),
        ("HEADER", &header),
        ("TEXT", text),
        ("1", "Hello\r\nyou"),
        ("1.MIME", "Content-Type: text/plain; charset=us-ascii\r\n\r\n"),
        ("2", "From: Dan <dan@example.com>\r\nSubject: Inside\r\n\r\nDeep"),
        ("2.MIME", "Content-Type: message/rfc822\r\nContent-Description: inner\r\n\r\n"),
        ("2.HEADER", "From: Dan <dan@example.com>\r\nSubject: Inside\r\n\r\n"),
        ("2.TEXT", "Deep"),
        ("2.1", "Deep"),
        ("2.HEADER.FIELDS (SUBJECT)", "Subject: Inside\r\n\r\n"),
        ("HEADER.FIELDS (SUBJECT DATE)", "Subject: Parts\r\nDate: Wed, 17 Jul 1996 02:23:25 -0700\r\n\r\n"),
        ("HEADER.FIELDS (X-NONE)", "\r\n"),
        (
            "HEADER.FIELDS.NOT (TO SUBJECT DATE MESSAGE-ID CONTENT-TYPE)",
            "From: Ann <ann@example.com>\r\nMIME-Version: 1.0\r\n\r\n",
        ),
    ] {
        let expected = literal(&format!("BODY[{section}]"), expected);
        check(&mut scene, &format!("BODY.PEEK[{section}]"), &expected).await;
    }
    for section in ["3", "1.1", "1.HEADER", "1.TEXT", "2.2", "2.1.1", "7.MIME"] {
        check(&mut scene, &format!("BODY.PEEK[{section}]"), &format!("BODY[{section}] NIL")).await;
    }
    check(&mut scene, "RFC822.HEADER", &literal("RFC822.HEADER", &header)).await;
    check(&mut scene, "FLAGS", "FLAGS (\\Recent)").await;
}

#[tokio::test(start_paused = true)]
async fn parts_of_sections() {
    let mut scene = scene().await;
    for (item, expected) in [
        ("BODY.PEEK[]<0.5>", literal("BODY[]<0>", "From:")),
        ("BODY.PEEK[]<6.3>", literal("BODY[]<6>", "Ann")),
        ("BODY.PEEK[1]<7.100>", literal("BODY[1]<7>", "you")),
        ("BODY.PEEK[1]<10.1>", literal("BODY[1]<10>", "")),
        ("BODY.PEEK[1]<4000000000.4000000000>", literal("BODY[1]<4000000000>", "")),
        (
            "BODY.PEEK[HEADER.FIELDS (FROM SUBJECT)]<0.4>",
            literal("BODY[HEADER.FIELDS (FROM SUBJECT)]<0>", "From"),
        ),
        (
            "BODY.PEEK[HEADER.FIELDS (FROM SUBJECT)]<29.8>",
            literal("BODY[HEADER.FIELDS (FROM SUBJECT)]<29>", "Subject:"),
        ),
        ("BODY.PEEK[9]<0.5>", "BODY[9]<0> NIL".to_owned()),
    ] {
        check(&mut scene, item, &expected).await;
    }
}

#[tokio::test(start_paused = true)]
async fn reading_a_text_marks_it_as_seen_and_tells_so() {
    for (item, expected) in [
        ("BODY[1]", literal("BODY[1]", "Hello\r\nyou")),
        ("BODY[9]", "BODY[9] NIL".to_owned()),
        ("RFC822", literal("RFC822", MAIL)),
        ("RFC822.TEXT", literal("RFC822.TEXT", MAIL.split_once("\r\n\r\n").unwrap().1)),
    ] {
        let mut scene = scene().await;
        check(&mut scene, item, &format!("{expected} FLAGS (\\Seen \\Recent)")).await;
        check(&mut scene, item, &expected).await;
        check(&mut scene, "FLAGS", "FLAGS (\\Seen \\Recent)").await;
    }
    let mut scene = scene().await;
    check(&mut scene, "(FLAGS BODY[1])", "FLAGS (\\Seen \\Recent) BODY[1] {10}\r\nHello\r\nyou").await;
}

#[tokio::test(start_paused = true)]
async fn sets_of_messages() {
    let mut scene = Scene::selected(&[&[], &[Flag::Seen], &[]]).await;
    scene
        .play(
            "C: a FETCH 3,1:2,2 UID
             S: * 1 FETCH (UID 1)
             S: * 2 FETCH (UID 2)
             S: * 3 FETCH (UID 3)
             S: a OK fetched
             C: b FETCH *:2 UID
             S: * 2 FETCH (UID 2)
             S: * 3 FETCH (UID 3)
             S: b OK fetched
             C: c UID FETCH 2 FLAGS
             S: * 2 FETCH (UID 2 FLAGS (\\Seen \\Recent))
             S: c OK fetched
             C: d UID FETCH 2 (FLAGS UID)
             S: * 2 FETCH (FLAGS (\\Seen \\Recent) UID 2)
             S: d OK fetched
             C: e UID FETCH 4294967295 FLAGS
             S: e OK fetched
             C: f UID FETCH 100:* UID
             S: * 3 FETCH (UID 3)
             S: f OK fetched
             C: g FETCH 4 UID
             S: g BAD there are not so many messages
             C: h FETCH 1:4294967295 UID
             S: h BAD there are not so many messages
             C: i FETCH 1 COLOUR
             S: i BAD there is no such item",
        )
        .await;
}

/// What the server does not have it refuses, and changes nothing.
#[tokio::test(start_paused = true)]
async fn extensions_that_are_not_there() {
    let mut scene = Scene::selected(&[&[]]).await;
    scene
        .play(
            "C: d FETCH 1 (X-GM-MSGID X-GM-THRID X-GM-LABELS)
             S: d BAD there is no such item
             C: e UID FETCH 1:* UID (CHANGEDSINCE 1 VANISHED)
             S: e BAD QRESYNC is not enabled
             C: h STORE 1 +X-GM-LABELS (x)
             S: h BAD that is not supported
             C: j EXAMINE INBOX (QRESYNC (1 2 1:5))
             S: j BAD QRESYNC is not enabled
             C: k FETCH 1 UID
             S: * 1 FETCH (UID 1)
             S: k OK fetched",
        )
        .await;
}

/// A message that is empty, one without a header, one of the header alone.
#[tokio::test(start_paused = true)]
async fn messages_that_are_hardly_any() {
    let mut scene = Scene::new();
    for mail in ["", "\r\nonly text", "Subject: x\r\n"] {
        insert(&scene.store, "INBOX", &[Flag::Seen], mail);
    }
    scene.log_in().await;
    scene.select(1, "INBOX").await;
    scene
        .play(
            "C: a FETCH 1:3 (RFC822.SIZE BODY[] BODY[HEADER] BODY[TEXT] BODY[1])
             S: * 1 FETCH (RFC822.SIZE 0 BODY[] \"\" BODY[HEADER] \"\" BODY[TEXT] \"\" BODY[1] \"\")
             S: * 2 FETCH (RFC822.SIZE 11 BODY[] {11}
             S:\u{20}
             S: only text BODY[HEADER] {2}
             S:\u{20}
             S:  BODY[TEXT] {9}
             S: only text BODY[1] {9}
             S: only text)
             S: * 3 FETCH (RFC822.SIZE 12 BODY[] {12}
             S: Subject: x
             S:  BODY[HEADER] {12}
             S: Subject: x
             S:  BODY[TEXT] \"\" BODY[1] \"\")
             S: a OK fetched",
        )
        .await;
}
