//! UTF8=ACCEPT (RFC 6855, RFC 9755).

use crate::common::Scene;

#[tokio::test(start_paused = true)]
async fn names_and_strings() {
    let mut scene = Scene::logged_in().await;
    scene
        .play(
            "C: a CREATE &ZeVnLA-
             S: a OK [MAILBOXID (F2)] created
             C: b LIST \"\" *
             S: * LIST (\\HasNoChildren) \"/\" INBOX
             S: * LIST (\\HasNoChildren) \"/\" &ZeVnLA-
             S: b OK that is all
             C: c ENABLE UTF8=ACCEPT X-NEWS
             S: * ENABLED UTF8=ACCEPT
             S: c OK enabled what there is
             C: d LIST \"\" \"日%\"
             S: * LIST (\\HasNoChildren) \"/\" {6}
             S: 日本
             S: d OK that is all
             C: e CREATE \"日本/旅&行\"
             S: e OK [MAILBOXID (F3)] created
             C: f STATUS \"日本/旅&行\" (MESSAGES)
             S: * STATUS {14}
             S: 日本/旅&行 (MESSAGES 0)
             S: f OK that is how it is
             C: g CREATE \"a\u{2028}b\"
             S: g NO [CANNOT] the name holds what cannot be shown
             C: h SELECT &ZeVnLA-
             S: h NO [NONEXISTENT] there is no such mailbox",
        )
        .await;
    scene.clients[0].say(b"i CREATE \"\xe9\"\r\n").await;
    scene
        .play(
            "C: j NOOP
             S: i BAD strings are in UTF-8 here
             S: j OK nothing done",
        )
        .await;
}

#[tokio::test(start_paused = true)]
async fn messages() {
    let mut scene = Scene::logged_in().await;
    let mail = "Subject: 旅行\r\n\r\n";
    let large = format!("{mail}{}", "é".repeat(15_000));
    let size = mail.len();
    scene
        .play(&format!(
            "C: a APPEND INBOX UTF8 (~{{{size}+}}
             C: Subject: 旅行
             C:
             C: )
             S: a BAD UTF8=ACCEPT is not enabled
             C: b APPEND INBOX {{{size}+}}
             C: Subject: 旅行
             C:
             C:
             S: b OK [APPENDUID 7 1] appended
             C: c ENABLE utf8=accept
             S: * ENABLED UTF8=ACCEPT
             S: c OK enabled what there is
             C: d APPEND INBOX (\\Seen) UTF8 (~{{{size}+}}
             C: Subject: 旅行
             C:
             C: )
             S: d OK [APPENDUID 7 2] appended
             C: e APPEND INBOX UTF8 (~{{{}}}
             S: + send the message",
            large.len()
        ))
        .await;
    scene.clients[0].say(&large).await;
    scene.play("C: )\nS: e OK [APPENDUID 7 3] appended").await;
    scene.select(1, "INBOX").await;
    scene
        .play(&format!(
            "C: f SEARCH SUBJECT \"旅行\"
             S: * SEARCH 1 2 3
             S: f OK searched
             C: g SEARCH CHARSET UTF-8 SUBJECT \"旅行\"
             S: g BAD strings are in UTF-8 here, no charset is to be named
             C: h FETCH 3 RFC822.SIZE
             S: * 3 FETCH (RFC822.SIZE {})
             S: h OK fetched",
            large.len()
        ))
        .await;
}
