//! THREAD (RFC 5256).

use std::time::{Duration, Instant};

use bytes::Bytes;
use tayori_proto::types::{InternalDate, MailboxName};

use crate::common::Scene;

/// Messages that arrived an hour after each other, and the threads they make.
async fn check(algorithm: &str, headers: &[&str], expected: &str) {
    let mut scene = Scene::new();
    for (hour, header) in headers.iter().enumerate() {
        let date = InternalDate::from_unix_seconds(1_000_000_000 + 3600 * i64::try_from(hour).unwrap());
        let mail = format!("{}\r\n\r\n", header.replace(" | ", "\r\n"));
        scene.store.insert(&MailboxName::inbox(), Vec::new(), date, vec![Bytes::from(mail)]).unwrap();
    }
    scene.log_in().await;
    scene.select(1, "INBOX").await;
    let blank = if expected.is_empty() { "" } else { " " };
    let answer = format!("* THREAD{blank}{expected}\r\na OK threaded\r\n");
    scene.clients[0].check(&format!("a THREAD {algorithm} UTF-8 NOT DELETED"), &answer).await;
    scene.clients[0].check(&format!("a UID THREAD {algorithm} UTF-8 ALL"), &answer).await;
}

#[tokio::test(start_paused = true)]
async fn by_subject() {
    check("ORDEREDSUBJECT", &[], "").await;
    check(
        "ORDEREDSUBJECT",
        &["Subject: b", "Subject: a", "Subject: Re: b", "Subject: Re: a", "Subject: c", "Subject: [fwd: A]"],
        "(1 3)(2 (4)(6))(5)",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn by_references() {
    check("REFERENCES", &[], "").await;
    // A chain, with one branch.
    check(
        "REFERENCES",
        &[
            "Message-ID: <1@a> | Subject: x",
            "Message-ID: <2@a> | In-Reply-To: <1@a> | Subject: y",
            "Message-ID: <3@a> | References: <1@a> <2@a> | Subject: z",
            "Message-ID: <4@a> | References: <1@a> <2@a> | Subject: v",
            "Message-ID: <5@a> | References: <1@a> <2@a> <3@a> | Subject: w",
        ],
        "(1 2 (3 5)(4))",
    )
    .await;
    // Replies that are there before what they reply to, and what is missing between two.
    check(
        "REFERENCES",
        &[
            "Message-ID: <3@a> | References: <1@a> <2@a> | Subject: x",
            "Message-ID: <1@a> | Subject: y",
            "Message-ID: <5@a> | References: <gone@a> | Subject: z",
            "Message-ID: <6@a> | References: <gone@a> | Subject: v",
            "Message-ID: <7@a> | References: <alone@a> | Subject: w",
        ],
        "(2 1)((3)(4))(5)",
    )
    .await;
    // Loops, a message that refers to itself, and two with one id.
    check(
        "REFERENCES",
        &[
            "Message-ID: <1@a> | References: <2@a> | Subject: x",
            "Message-ID: <2@a> | References: <1@a> | Subject: y",
            "Message-ID: <3@a> | References: <3@a> | Subject: z",
            "Message-ID: <4@a> | Subject: u",
            "Message-ID: <4@a> | Subject: v",
            "Message-ID: <5@a> | References: <4@a> | Subject: w",
        ],
        "(2 1)(3)(4 6)(5)",
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn by_references_and_subject() {
    check(
        "REFERENCES",
        &[
            "Subject: Re: a",
            "Subject: a",
            "Subject: Re: a",
            "Subject: b",
            "Subject: b",
            "Subject: ",
            "Subject: ",
        ],
        "(2 (1)(3))((4)(5))(6)(7)",
    )
    .await;
    // A thread whose first message is missing takes those that have its subject.
    check(
        "REFERENCES",
        &[
            "References: <gone@a> | Subject: Re: a",
            "References: <gone@a> | Subject: Re: a",
            "Subject: a",
            "References: <other@a> | Subject: Re: a",
            "References: <other@a> | Subject: Re: a",
        ],
        "((1)(2)(3)(4)(5))",
    )
    .await;
    check("REFERENCES", &["Subject: Re: a", "Subject: Re: a", "Subject: Re: a"], "((1)(2)(3))").await;
}

#[tokio::test(start_paused = true)]
async fn what_is_not_known() {
    let mut scene = Scene::selected(&[&[]]).await;
    scene.clients[0].check("a THREAD REFS UTF-8 ALL", "a BAD there is no such algorithm\r\n").await;
}

/// Long chains, and references made up to be slow, take a moment.
#[tokio::test(start_paused = true)]
async fn time_is_not_that_of_a_square() {
    let start = Instant::now();
    for shape in 0..3 {
        let mut scene = Scene::new();
        for number in 0..3000 {
            let references = match shape {
                0 => format!("<{}@a>", number - 1),
                1 => (0..20).map(|back| format!("<{}@a>", number - 20 + back)).collect(),
                _ => format!("<{}@a>", number + 1),
            };
            let mail =
                format!("Message-ID: <{number}@a>\r\nReferences: {references}\r\nSubject: {number}\r\n\r\n");
            let date = InternalDate::from_unix_seconds(number);
            scene.store.insert(&MailboxName::inbox(), Vec::new(), date, vec![Bytes::from(mail)]).unwrap();
        }
        scene.log_in().await;
        scene.select(1, "INBOX").await;
        let heard = scene.clients[0].ask("a THREAD REFERENCES UTF-8 ALL").await;
        assert!(heard.ends_with("a OK threaded\r\n") && !heard.contains(")("), "{heard}");
    }
    assert!(start.elapsed() < Duration::from_secs(60));
}
