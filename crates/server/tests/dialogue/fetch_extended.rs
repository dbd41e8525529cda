//! What extensions add to FETCH: BINARY (RFC 3516), PARTIAL (RFC 9394), SAVEDATE (RFC 8514), PREVIEW (RFC 8970).

use tayori_proto::types::Flag;

use crate::common::{Scene, insert};

/// Parts in each transfer encoding.
const MAIL: &str = "Subject: Parts\r
MIME-Version: 1.0\r
Content-Type: multipart/mixed; boundary=\"b\"\r
\r
--b\r
Content-Type: text/plain; charset=utf-8\r
Content-Transfer-Encoding: quoted-printable\r
\r
Gr=C3=BC=C3=9Fe =\r
aus Wien\r
--b\r
Content-Type: application/octet-stream\r
Content-Transfer-Encoding: base64\r
\r
YWIA\r
Y2Q=\r
--b\r
Content-Type: application/octet-stream\r
Content-Transfer-Encoding: x-unknown\r
\r
?\r
--b\r
Content-Type: text/plain\r
\r
plain\r
--b\r
Content-Type: message/rfc822\r
\r
Subject: inner\r
Content-Transfer-Encoding: base64\r
\r
aGk=\r
--b--\r
";

async fn scene(mails: &[&str]) -> Scene {
    let mut scene = Scene::new();
    for mail in mails {
        insert(&scene.store, "INBOX", &[], mail);
    }
    scene.log_in().await;
    scene.select(1, "INBOX").await;
    scene
}

#[tokio::test(start_paused = true)]
async fn parts_without_their_encoding() {
    let mut scene = scene(&[MAIL]).await;
    for (item, expected) in [
        ("BINARY.PEEK[1]", "BINARY[1] {16}\r\nGrüße aus Wien"),
        ("BINARY.SIZE[1]", "BINARY.SIZE[1] 16"),
        ("BINARY.PEEK[1]<2.4>", "BINARY[1]<2> {4}\r\nüß"),
        ("BINARY.PEEK[1]<7.100>", "BINARY[1]<7> {9}\r\n aus Wien"),
        ("BINARY.PEEK[1]<16.1>", "BINARY[1]<16> \"\""),
        // With NUL, it is no string any more.
        ("BINARY.PEEK[2]", "BINARY[2] ~{5}\r\nab\0cd"),
        ("BINARY.PEEK[2]<1.2>", "BINARY[2]<1> ~{2}\r\nb\0"),
        ("BINARY.SIZE[2]", "BINARY.SIZE[2] 5"),
        ("(BINARY.SIZE[4] BINARY.PEEK[4])", "BINARY.SIZE[4] 5 BINARY[4] {5}\r\nplain"),
        ("BINARY.PEEK[5.1]", "BINARY[5.1] {2}\r\nhi"),
        ("(BINARY.PEEK[2] BODY.PEEK[2])", "BINARY[2] ~{5}\r\nab\0cd BODY[2] {10}\r\nYWIA\r\nY2Q="),
        ("BINARY.PEEK[7]", "BINARY[7] NIL"),
        ("BINARY.SIZE[7]", "BINARY.SIZE[7] 0"),
        ("BINARY[4]<0.1>", "BINARY[4]<0> {1}\r\np FLAGS (\\Seen \\Recent)"),
    ] {
        let heard = scene.clients[0].ask(&format!("a FETCH 1 {item}")).await;
        assert_eq!(heard, format!("* 1 FETCH ({expected})\r\na OK fetched\r\n"), "{item}");
    }
}

/// RFC 3516 section 4.3, RFC 9051 section 6.4.5.1
#[tokio::test(start_paused = true)]
async fn what_cannot_be_decoded_is_refused() {
    let mut scene = scene(&[MAIL, "Subject: other\r\n\r\nhi\r\n"]).await;
    for item in ["BINARY[3]", "BINARY.PEEK[3]<0.1>", "BINARY.SIZE[3]"] {
        let heard = scene.clients[0].ask(&format!("a FETCH 1 {item}")).await;
        let refusal = "a NO [UNKNOWN-CTE] the part has an encoding that is not known\r\n";
        assert_eq!(heard, refusal, "{item}");
    }
    for item in ["BINARY[]", "BINARY[5]", "BINARY.SIZE[]"] {
        let heard = scene.clients[0].ask(&format!("a FETCH 1 {item}")).await;
        let refusal = "a NO [CANNOT] only parts that hold no other parts can be decoded\r\n";
        assert_eq!(heard, refusal, "{item}");
    }
    let heard = scene.clients[0].ask("a FETCH 2 BINARY.PEEK[]").await;
    assert_eq!(heard, "a NO [CANNOT] only parts that hold no other parts can be decoded\r\n");
    // The other messages are told, and nothing is marked that was not read.
    scene
        .play(
            "C: a UID FETCH 1:2 (FLAGS BINARY[1] BINARY.SIZE[3])
             S: * 2 FETCH (UID 2 FLAGS (\\Seen \\Recent) BINARY[1] {4}
             S: hi
             S:  BINARY.SIZE[3] 0)
             S: a NO [UNKNOWN-CTE] the part has an encoding that is not known
             C: b FETCH 1 FLAGS
             S: * 1 FETCH (FLAGS (\\Recent))
             S: b OK fetched",
        )
        .await;
}

/// RFC 8970 section 3
#[tokio::test(start_paused = true)]
async fn previews() {
    let html = "Content-Type: text/html\r\n\r\n<style>a {}</style><p>Dear&nbsp;<b>Bob</b>,</p><p>hi</p>\r\n";
    let image = "Content-Type: image/png\r\n\r\nxyz\r\n";
    let long = format!("Subject: x\r\n\r\n{}\r\n", "word \r\n".repeat(5000));
    let mut scene = scene(&[MAIL, html, image, &long]).await;
    for (number, expected) in [
        (1, "{16}\r\nGrüße aus Wien".to_owned()),
        (2, "\"Dear Bob, hi\"".to_owned()),
        (3, "\"\"".to_owned()),
        (4, format!("\"{}\"", "word ".repeat(40).trim_end())),
    ] {
        for item in ["PREVIEW", "PREVIEW (LAZY)"] {
            let heard = scene.clients[0].ask(&format!("a FETCH {number} ({item})")).await;
            assert_eq!(heard, format!("* {number} FETCH (PREVIEW {expected})\r\na OK fetched\r\n"));
        }
    }
}

/// RFC 8514: the date is that of now, also where the internal date is given, and copies have their own.
#[tokio::test(start_paused = true)]
async fn save_dates() {
    let mut scene = scene(&["x"]).await;
    let heard = scene.clients[0].ask("a FETCH 1 (INTERNALDATE SAVEDATE)").await;
    let (old, saved) = heard.split_once(" SAVEDATE ").unwrap();
    assert_eq!(old, "* 1 FETCH (INTERNALDATE \"17-Jul-1996 09:44:25 +0000\"");
    let year: u32 = saved[8..12].parse().unwrap();
    assert!(year > 2020, "{saved}");
    scene
        .play(
            "C: a SEARCH SAVEDSINCE 1-Jan-2020
             S: * SEARCH 1
             S: a OK searched
             C: b SEARCH OR SAVEDBEFORE 1-Jan-2020 SAVEDON 17-Jul-1996
             S: * SEARCH
             S: b OK searched
             C: c SEARCH SAVEDATESUPPORTED BEFORE 1-Jan-2020
             S: * SEARCH 1
             S: c OK searched",
        )
        .await;
}

/// RFC 9394 sections 3.3 and 3.4
#[tokio::test(start_paused = true)]
async fn some_of_many_rows() {
    let mails: [&[Flag]; 6] = [&[]; 6];
    let mut scene = Scene::selected(&mails).await;
    for (command, uids) in [
        ("1:* UID (PARTIAL -1:-3)", &[4, 5, 6][..]),
        ("1:* UID (PARTIAL 3:1)", &[1, 2, 3]),
        ("2,4,6 UID (PARTIAL 2:9)", &[4, 6]),
        ("1:* UID (PARTIAL 7:9)", &[]),
        ("1:5 UID (PARTIAL -1:-1)", &[5]),
    ] {
        let heard = scene.clients[0].ask(&format!("a UID FETCH {command}")).await;
        let rows: String = uids.iter().map(|uid| format!("* {uid} FETCH (UID {uid})\r\n")).collect();
        assert_eq!(heard, format!("{rows}a OK fetched\r\n"), "{command}");
    }
    scene
        .play(
            "C: a STORE 2,5 +FLAGS.SILENT (\\Seen)
             S: a OK stored
             C: b UID FETCH 1:* FLAGS (PARTIAL -1:-3 CHANGEDSINCE 7)
             S: * OK [HIGHESTMODSEQ 9] the highest mod-sequence
             S: * 5 FETCH (UID 5 FLAGS (\\Seen \\Recent) MODSEQ (9))
             S: b OK fetched",
        )
        .await;
}
