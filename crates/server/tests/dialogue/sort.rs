//! SORT (RFC 5256, RFC 5957).

use bytes::Bytes;
use tayori_proto::types::{InternalDate, MailboxName};

use crate::common::Scene;

/// Internal date, and message.
const MAILS: [(&str, &str); 5] = [
    (
        "05-Feb-2026 12:00:00 +0000",
        "Date: Mon, 2 Feb 2026 12:00:00 +0900\r\nFrom: Zoe <zoe@b>\r\nTo: x@y\r\nSubject: Re: apple\r\n\r\n12345",
    ),
    (
        "04-Feb-2026 12:00:00 +0000",
        "Date: Mon, 2 Feb 2026 04:00:00 +0000\r\nFrom: Zoe <ann@z>\r\nCc: k@y\r\nSubject: Banana\r\n\r\n",
    ),
    ("03-Feb-2026 12:00:00 +0000", "From: Bob@a\r\nTo: A@y\r\nCc: J@y\r\nSubject: [list] Apple\r\n\r\n1"),
    ("02-Feb-2026 12:00:00 +0000", "Date: nonsense\r\nSubject: \r\n\r\n"),
    (
        "01-Feb-2026 12:00:00 +0000",
        "Date: Mon, 2 Feb 2026 03:00:00 +0000\r\nFrom: bob@c\r\nSubject: =?UTF-8?Q?=C3=84pfel?=\r\n\r\n123456789",
    ),
];

async fn scene() -> Scene {
    let mut scene = Scene::new();
    for (date, mail) in MAILS {
        let date = InternalDate::parse(date.as_bytes()).unwrap();
        scene.store.insert(&MailboxName::inbox(), Vec::new(), date, vec![Bytes::from(mail)]).unwrap();
    }
    scene.log_in().await;
    scene.select(1, "INBOX").await;
    scene
}

#[tokio::test(start_paused = true)]
async fn every_key() {
    let mut scene = scene().await;
    for (criteria, expected) in [
        ("ARRIVAL", "5 4 3 2 1"),
        ("REVERSE ARRIVAL", "1 2 3 4 5"),
        // Two were sent at the same moment; two arrived without saying when they were sent.
        ("DATE", "1 5 2 4 3"),
        ("REVERSE DATE", "3 4 2 1 5"),
        ("SIZE", "4 3 2 1 5"),
        ("SUBJECT", "4 1 3 5 2"),
        ("REVERSE SUBJECT", "2 5 1 3 4"),
        ("SUBJECT DATE", "4 1 3 5 2"),
        ("SUBJECT REVERSE DATE", "4 3 1 5 2"),
        ("SUBJECT REVERSE DATE SUBJECT", "4 3 1 5 2"),
        ("FROM", "4 2 3 5 1"),
        ("FROM REVERSE SIZE", "4 2 5 3 1"),
        ("TO", "2 4 5 3 1"),
        ("CC", "1 4 5 3 2"),
        ("DISPLAYFROM", "4 3 5 1 2"),
        ("REVERSE DISPLAYFROM", "1 2 5 3 4"),
        ("DISPLAYTO", "2 4 5 3 1"),
    ] {
        let answer = format!("* SORT {expected}\r\na OK sorted\r\n");
        scene.clients[0].check(&format!("a SORT ({criteria}) US-ASCII ALL"), &answer).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_sorted() {
    let mut scene = scene().await;
    scene
        .play(
            "C: a STORE 2 +FLAGS.SILENT (\\Deleted)
             S: a OK stored
             C: b EXPUNGE
             S: * 2 EXPUNGE
             S: * 4 RECENT
             S: b OK expunged
             C: c UID SORT (REVERSE ARRIVAL) UTF-8 SUBJECT \"APPLE\"
             S: * SORT 1 3
             S: c OK sorted
             C: d SORT (ARRIVAL) UTF-8 UID 4:*
             S: * SORT 4 3
             S: d OK sorted
             C: e SORT (ARRIVAL) UTF-8 DRAFT
             S: * SORT
             S: e OK sorted
             C: f SEARCH RETURN (SAVE) LARGER 50
             S: f OK searched
             C: g SORT (ARRIVAL) US-ASCII $
             S: * SORT 4 2 1
             S: g OK sorted
             C: h SORT (ARRIVAL) KOI8-R ALL
             S: h NO [BADCHARSET (US-ASCII UTF-8)] the charset is not known
             C: i UID SORT (DISPLAYFROM) UTF-8 ALL
             S: * SORT 4 3 5 1
             S: i OK sorted",
        )
        .await;
}
