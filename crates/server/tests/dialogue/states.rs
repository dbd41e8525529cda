//! Which command is allowed in which state (RFC 9051 section 3).

use tayori_server::Privacy;

use crate::common::Scene;

/// Each command, and how it ends before login, after login, and with a mailbox selected.
const COMMANDS: &[(&str, [&str; 3])] = &[
    ("CAPABILITY", ["OK", "OK", "OK"]),
    ("NOOP", ["OK", "OK", "OK"]),
    ("ID NIL", ["OK", "OK", "OK"]),
    ("LOGIN ann secret", ["OK", "BAD", "BAD"]),
    ("AUTHENTICATE PLAIN AGFubgBzZWNyZXQ=", ["OK", "BAD", "BAD"]),
    // There is no TLS here.
    ("STARTTLS", ["BAD", "BAD", "BAD"]),
    ("ENABLE X-NONE", ["BAD", "OK", "OK"]),
    ("SELECT INBOX", ["BAD", "OK", "OK"]),
    ("EXAMINE INBOX", ["BAD", "OK", "OK"]),
    ("CREATE new", ["BAD", "OK", "OK"]),
    ("DELETE old", ["BAD", "OK", "OK"]),
    ("RENAME old new", ["BAD", "OK", "OK"]),
    ("SUBSCRIBE old", ["BAD", "OK", "OK"]),
    ("UNSUBSCRIBE old", ["BAD", "OK", "OK"]),
    ("LIST \"\" *", ["BAD", "OK", "OK"]),
    ("LSUB \"\" *", ["BAD", "OK", "OK"]),
    ("NAMESPACE", ["BAD", "OK", "OK"]),
    ("STATUS INBOX (MESSAGES)", ["BAD", "OK", "OK"]),
    ("APPEND INBOX {2+}\r\nhi", ["BAD", "OK", "OK"]),
    ("NOTIFY NONE", ["BAD", "OK", "OK"]),
    ("NOTIFY SET (SELECTED (MessageNew MessageExpunge))", ["BAD", "OK", "OK"]),
    ("GETQUOTA \"\"", ["BAD", "OK", "OK"]),
    ("GETQUOTAROOT INBOX", ["BAD", "OK", "OK"]),
    ("GETACL INBOX", ["BAD", "OK", "OK"]),
    ("SETACL INBOX bob l", ["BAD", "OK", "OK"]),
    ("DELETEACL INBOX bob", ["BAD", "OK", "OK"]),
    ("LISTRIGHTS INBOX bob", ["BAD", "OK", "OK"]),
    ("MYRIGHTS INBOX", ["BAD", "OK", "OK"]),
    ("CHECK", ["BAD", "BAD", "OK"]),
    ("CLOSE", ["BAD", "BAD", "OK"]),
    ("UNSELECT", ["BAD", "BAD", "OK"]),
    ("EXPUNGE", ["BAD", "BAD", "OK"]),
    ("UID EXPUNGE 1", ["BAD", "BAD", "OK"]),
    ("FETCH 1 FLAGS", ["BAD", "BAD", "OK"]),
    ("UID FETCH 1 FLAGS", ["BAD", "BAD", "OK"]),
    ("STORE 1 FLAGS ()", ["BAD", "BAD", "OK"]),
    ("UID STORE 1 FLAGS ()", ["BAD", "BAD", "OK"]),
    ("SEARCH ALL", ["BAD", "BAD", "OK"]),
    ("UID SEARCH ALL", ["BAD", "BAD", "OK"]),
    ("COPY 1 old", ["BAD", "BAD", "OK"]),
    ("UID COPY 1 old", ["BAD", "BAD", "OK"]),
    ("MOVE 1 old", ["BAD", "BAD", "OK"]),
    ("UID MOVE 1 old", ["BAD", "BAD", "OK"]),
    ("NONSENSE", ["BAD", "BAD", "BAD"]),
    ("UID NONSENSE 1", ["BAD", "BAD", "BAD"]),
    ("LOGOUT", ["OK", "OK", "OK"]),
];

#[tokio::test(start_paused = true)]
async fn each_command_ends_as_its_state_says() {
    for (command, ends) in COMMANDS {
        for (state, end) in ends.iter().enumerate() {
            let mut scene = Scene::new();
            scene.mails(&[&[]]);
            match state {
                0 => scene.connect(Privacy::Private).await,
                _ => scene.log_in().await,
            }
            if state > 0 {
                scene.clients[0].ask("x CREATE old").await;
            }
            if state == 2 {
                scene.select(1, "INBOX").await;
            }
            let heard = scene.clients[0].ask(&format!("tag {command}")).await;
            let tagged: Vec<&str> = heard.lines().filter(|line| line.starts_with("tag ")).collect();
            assert_eq!(tagged.len(), 1, "{command} in state {state}: {heard}");
            assert!(tagged[0].starts_with(&format!("tag {end} ")), "{command} in state {state}: {heard}");
            // Whatever it was, the connection is in step, or over after LOGOUT.
            let expected = if *command == "LOGOUT" { "" } else { "next OK nothing done\r\n" };
            assert_eq!(scene.clients[0].ask("next NOOP").await, expected, "after {command} in state {state}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn idle_ends_with_done_after_login_and_does_not_begin_before() {
    let mut scene = Scene::new();
    scene.connect(Privacy::Private).await;
    scene
        .play(
            "C: a IDLE
             S: a BAD please log in first
             C: b LOGIN ann secret
             S: b OK LOGGED-IN
             C: c IDLE
             S: + idling
             C: DONE
             S: c OK no longer idling
             C: d LOGOUT
             S: * BYE see you
             S: d OK logged out
             S: (closed)
             C: e NOOP",
        )
        .await;
}

#[tokio::test(start_paused = true)]
async fn commands_that_come_together_are_answered_in_order() {
    let mut scene = Scene::logged_in().await;
    scene
        .play(
            "C: a NOOP
             C: b CREATE x
             C: c STATUS x (MESSAGES)
             C: d NONSENSE
             C: e NOOP
             S: a OK nothing done
             S: b OK [MAILBOXID (F2)] created
             S: * STATUS x (MESSAGES 0)
             S: c OK that is how it is
             S: d BAD there is no such command
             S: e OK nothing done",
        )
        .await;
}

#[tokio::test(start_paused = true)]
async fn what_is_no_command_is_answered_with_its_tag_if_it_has_one() {
    let mut scene = Scene::logged_in().await;
    for (line, start) in [
        ("", ""),
        ("a", "a BAD "),
        ("a ", "a BAD "),
        (" a NOOP", "* BAD "),
        ("+ NOOP", "* BAD "),
        ("a NOOP ", "a OK "),
        ("a  NOOP", "a OK "),
        ("a NOOP now", "a BAD "),
        ("a SELECT", "a BAD "),
        ("a SELECT \"x", "a BAD "),
        ("a LIST \"\"", "a BAD "),
        ("a STATUS INBOX ()", "a BAD "),
        ("a STATUS INBOX (COLOUR)", "a BAD "),
        ("a noop", "a OK "),
    ] {
        let heard = scene.clients[0].ask(line).await;
        assert!(heard.starts_with(start) && heard.is_empty() == start.is_empty(), "{line:?}: {heard}");
        assert!(heard.lines().count() <= 1, "{line:?}: {heard}");
    }
}
