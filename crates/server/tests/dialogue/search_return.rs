//! What a search returns and keeps (RFC 4731, RFC 5182, RFC 9394), and searches by age (RFC 5032).

use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use tayori_proto::types::{Flag, InternalDate, MailboxName};

use crate::common::Scene;

const NONE: &[Flag] = &[];
const FLAGGED: &[Flag] = &[Flag::Flagged];

/// Ten messages, of which the third is gone: numbers and UIDs differ. The 2nd, 4th, 5th, and 9th are flagged.
async fn scene() -> Scene {
    let mut scene =
        Scene::selected(&[NONE, FLAGGED, NONE, NONE, FLAGGED, FLAGGED, NONE, NONE, NONE, FLAGGED]).await;
    scene
        .play(
            "C: x STORE 3 +FLAGS.SILENT (\\Deleted)
             S: x OK stored
             C: x EXPUNGE
             S: * 3 EXPUNGE
             S: * 9 RECENT
             S: x OK expunged",
        )
        .await;
    scene
}

#[tokio::test(start_paused = true)]
async fn what_is_returned() {
    let mut scene = scene().await;
    for (command, expected) in [
        ("SEARCH RETURN () FLAGGED", "ALL 2,4:5,9"),
        ("SEARCH RETURN (ALL) FLAGGED", "ALL 2,4:5,9"),
        ("UID SEARCH RETURN (ALL) FLAGGED", "UID ALL 2,5:6,10"),
        ("SEARCH RETURN (MIN) FLAGGED", "MIN 2"),
        ("SEARCH RETURN (MAX) FLAGGED", "MAX 9"),
        ("UID SEARCH RETURN (MAX) FLAGGED", "UID MAX 10"),
        ("SEARCH RETURN (COUNT) FLAGGED", "COUNT 4"),
        ("SEARCH RETURN (MIN MAX ALL COUNT) FLAGGED", "MIN 2 MAX 9 ALL 2,4:5,9 COUNT 4"),
        ("UID SEARCH RETURN (COUNT PARTIAL 1:2) FLAGGED", "UID COUNT 4 PARTIAL (1:2 2,5)"),
        ("UID SEARCH RETURN (PARTIAL 2:1) FLAGGED", "UID PARTIAL (1:2 2,5)"),
        ("UID SEARCH RETURN (PARTIAL -1:-3) FLAGGED", "UID PARTIAL (-1:-3 5:6,10)"),
        ("SEARCH RETURN (PARTIAL 4:9) FLAGGED", "PARTIAL (4:9 9)"),
        ("SEARCH RETURN (PARTIAL 5:9) FLAGGED", "PARTIAL (5:9 NIL)"),
        // Of nothing found, only how much that is.
        ("SEARCH RETURN (ALL) DRAFT", ""),
        ("UID SEARCH RETURN (MIN MAX COUNT) DRAFT", "UID COUNT 0"),
        ("SEARCH RETURN (PARTIAL 1:2) DRAFT", "PARTIAL (1:2 NIL)"),
        ("SEARCH RETURN (ALL SAVE) FLAGGED", "ALL 2,4:5,9"),
    ] {
        let blank = if expected.is_empty() { "" } else { " " };
        let answer = format!("* ESEARCH (TAG \"a\"){blank}{expected}\r\na OK searched\r\n");
        scene.clients[0].check(&format!("a {command}"), &answer).await;
    }
    scene
        .play(
            "C: a SEARCH RETURN (SAVE) FLAGGED
             S: a OK searched
             C: b SEARCH RETURN (NEWS) FLAGGED
             S: b BAD there is no such thing to return",
        )
        .await;
}

/// Which messages `$` means after each search (RFC 5182 section 2.2, RFC 9394 section 3.2).
#[tokio::test(start_paused = true)]
async fn what_is_saved() {
    let mut scene = scene().await;
    for (options, expected) in [
        ("SAVE", "2,5:6,10"),
        ("SAVE MIN", "2"),
        ("SAVE MAX", "10"),
        ("SAVE MIN MAX", "2,10"),
        ("SAVE ALL MIN", "2,5:6,10"),
        ("SAVE COUNT MIN", "2,5:6,10"),
        ("SAVE PARTIAL 2:3", "5:6"),
        ("SAVE MAX PARTIAL 2:3 MIN", "2,5:6,10"),
        ("SAVE MAX PARTIAL 1:2", "2,5,10"),
        ("SAVE PARTIAL 1:2 COUNT", "2,5:6,10"),
    ] {
        scene.clients[0].ask(&format!("a SEARCH RETURN ({options}) FLAGGED")).await;
        let answer = format!("* ESEARCH (TAG \"b\") UID ALL {expected}\r\nb OK searched\r\n");
        scene.clients[0].check("b UID SEARCH RETURN (ALL) $", &answer).await;
    }
}

/// `$` stands wherever messages do, and for the same messages whatever is renumbered.
#[tokio::test(start_paused = true)]
async fn the_saved_result_is_used() {
    let mut scene = scene().await;
    scene
        .play(
            "C: a SEARCH $
             S: * SEARCH
             S: a OK searched
             C: b FETCH $ FLAGS
             S: b OK fetched
             C: c COPY $ none
             S: c NO [TRYCREATE] there is no such mailbox
             C: d UID EXPUNGE $
             S: d OK expunged
             C: e SEARCH RETURN (SAVE) FLAGGED
             S: e OK searched
             C: f FETCH $ UID
             S: * 2 FETCH (UID 2)
             S: * 4 FETCH (UID 5)
             S: * 5 FETCH (UID 6)
             S: * 9 FETCH (UID 10)
             S: f OK fetched
             C: g UID FETCH $ FLAGS
             S: * 2 FETCH (UID 2 FLAGS (\\Flagged \\Recent))
             S: * 4 FETCH (UID 5 FLAGS (\\Flagged \\Recent))
             S: * 5 FETCH (UID 6 FLAGS (\\Flagged \\Recent))
             S: * 9 FETCH (UID 10 FLAGS (\\Flagged \\Recent))
             S: g OK fetched
             C: h STORE 1,4 +FLAGS.SILENT (\\Deleted)
             S: h OK stored
             C: i UID EXPUNGE $
             S: * 4 EXPUNGE
             S: * 8 RECENT
             S: i OK expunged
             C: j STORE $ FLAGS (\\Seen)
             S: * 2 FETCH (FLAGS (\\Seen \\Recent))
             S: * 4 FETCH (FLAGS (\\Seen \\Recent))
             S: * 8 FETCH (FLAGS (\\Seen \\Recent))
             S: j OK stored
             C: k SEARCH OR $ 1
             S: * SEARCH 1 2 4 8
             S: k OK searched
             C: l SEARCH RETURN (SAVE) NOT $
             S: l OK searched
             C: m SEARCH UID $
             S: * SEARCH 1 3 5 6 7
             S: m OK searched
             C: n CREATE there
             S: n OK [MAILBOXID (F2)] created
             C: o MOVE $ there
             S: * OK [COPYUID 8 1,4,7:9 1:5] moved
             S: * 1 EXPUNGE
             S: * 2 EXPUNGE
             S: * 3 EXPUNGE
             S: * 3 EXPUNGE
             S: * 3 EXPUNGE
             S: * 3 RECENT
             S: o OK moved
             C: p FETCH $ UID
             S: p OK fetched
             C: q SEARCH RETURN (COUNT) $
             S: * ESEARCH (TAG \"q\") COUNT 0
             S: q OK searched",
        )
        .await;
}

/// What another session removes goes from `$` without a word (RFC 5182 section 2.1).
#[tokio::test(start_paused = true)]
async fn what_is_gone_is_not_in_the_result() {
    let mut scene = scene().await;
    scene.log_in().await;
    scene.select(2, "INBOX").await;
    scene
        .play(
            "C1: a SEARCH RETURN (SAVE) FLAGGED
             S1: a OK searched
             C2: b STORE 2 +FLAGS.SILENT (\\Deleted)
             S2: b OK stored
             C2: c EXPUNGE
             S2: * 2 EXPUNGE
             S2: c OK expunged
             C1: d FETCH $ UID
             S1: * 4 FETCH (UID 5)
             S1: * 5 FETCH (UID 6)
             S1: * 9 FETCH (UID 10)
             S1: d OK fetched
             C1: e COPY $ INBOX
             S1: * 2 EXPUNGE
             S1: * 11 EXISTS
             S1: * 11 RECENT
             S1: e OK [COPYUID 7 5:6,10 11:13] copied",
        )
        .await;
}

/// A search that fails empties `$`, one that is wrong does not, and neither outlives the mailbox
/// (RFC 5182 section 2.1).
#[tokio::test(start_paused = true)]
async fn when_the_result_is_lost() {
    let mut scene = scene().await;
    scene
        .play(
            "C: a SEARCH RETURN (SAVE) FLAGGED
             S: a OK searched
             C: b SEARCH RETURN (SAVE) 99
             S: b BAD there are not so many messages
             C: c SEARCH CHARSET KOI8-R SUBJECT x
             S: c NO [BADCHARSET (US-ASCII UTF-8)] the charset is not known
             C: d SEARCH $
             S: * SEARCH 2 4 5 9
             S: d OK searched
             C: e SEARCH RETURN (SAVE) CHARSET KOI8-R SUBJECT x
             S: e NO [BADCHARSET (US-ASCII UTF-8)] the charset is not known
             C: f SEARCH $
             S: * SEARCH
             S: f OK searched
             C: g SEARCH RETURN (SAVE) FLAGGED
             S: g OK searched",
        )
        .await;
    scene.select(1, "INBOX").await;
    scene.play("C: h SEARCH $\nS: * SEARCH\nS: h OK searched").await;
}

#[tokio::test(start_paused = true)]
async fn by_age() {
    let mut scene = Scene::new();
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap();
    // Far enough from what is asked for that the time this test takes does not matter.
    for age in [1_000_000, 100_000, 1000] {
        let date = InternalDate::from_unix_seconds(now - age);
        scene.store.insert(&MailboxName::inbox(), Vec::new(), date, vec![Bytes::from("\r\n")]).unwrap();
    }
    scene.log_in().await;
    scene.select(1, "INBOX").await;
    scene
        .play(
            "C: a SEARCH YOUNGER 50000
             S: * SEARCH 3
             S: a OK searched
             C: b SEARCH OLDER 50000
             S: * SEARCH 1 2
             S: b OK searched
             C: c SEARCH OLDER 50000 YOUNGER 500000
             S: * SEARCH 2
             S: c OK searched
             C: d SEARCH YOUNGER 4294967295
             S: * SEARCH 1 2 3
             S: d OK searched
             C: e SEARCH NOT OLDER 1
             S: * SEARCH
             S: e OK searched",
        )
        .await;
    let heard = scene.clients[0].ask("f SEARCH YOUNGER 0").await;
    assert!(heard.starts_with("f BAD "), "{heard}");
}
