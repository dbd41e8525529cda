//! METADATA (RFC 5464).

use tayori_server::memory::MemoryLimits;
use tayori_server::{Options, Privacy};

use crate::common::{Client, LOGGED_IN, Scene, server_with};

#[tokio::test(start_paused = true)]
async fn entries_are_set_told_and_removed() {
    let mut scene = Scene::logged_in().await;
    assert!(LOGGED_IN.contains(" METADATA "));
    scene
        .play(
            "C: a GETMETADATA INBOX /private/comment
             S: * METADATA INBOX (/private/comment NIL)
             S: a OK that is all
             C: b SETMETADATA INBOX (/private/comment {5+}
             C: a
             C: bc /Shared/comment \"\")
             S: b OK noted
             C: c GETMETADATA inbox (/PRIVATE/comment /shared/comment /shared/other)
             S: * METADATA INBOX (/private/comment {5}
             S: a
             S: bc /Shared/comment \"\" /shared/other NIL)
             S: c OK that is all
             C: d GETMETADATA \"\" /shared/comment
             S: * METADATA \"\" (/shared/comment NIL)
             S: d OK that is all
             C: e SETMETADATA \"\" (/shared/comment \"of all\")
             S: e OK noted
             C: f GETMETADATA \"\" /shared/comment
             S: * METADATA \"\" (/shared/comment \"of all\")
             S: f OK that is all
             C: g SETMETADATA INBOX (/PRIVATE/COMMENT NIL /shared/comment \"new\" /private/x NIL)
             S: g OK noted
             C: h GETMETADATA (DEPTH infinity) INBOX (/private /shared)
             S: * METADATA INBOX (/shared/comment \"new\" /private NIL)
             S: h OK that is all
             C: i GETMETADATA nowhere /shared/comment
             S: i NO [NONEXISTENT] there is no such mailbox
             C: j SETMETADATA nowhere (/shared/comment \"x\")
             S: j NO [NONEXISTENT] there is no such mailbox",
        )
        .await;
}

#[tokio::test(start_paused = true)]
async fn depth_and_size_bound_what_is_told() {
    let mut scene = Scene::logged_in().await;
    scene
        .play(
            "C: a SETMETADATA INBOX (/private/f \"1\" /private/f/a \"22\" /private/f/a/b \"333\" /private/ff \"4\")
             S: a OK noted
             C: b GETMETADATA INBOX (DEPTH 1) (/private/f)
             S: * METADATA INBOX (/private/f \"1\" /private/f/a \"22\")
             S: b OK that is all
             C: c GETMETADATA (DEPTH infinity MAXSIZE 1) INBOX (/private/f /private/f/a)
             S: * METADATA INBOX (/private/f \"1\")
             S: c OK [METADATA LONGENTRIES 3] that is all
             C: d GETMETADATA (MAXSIZE 0) INBOX /private/f/a/b
             S: d OK [METADATA LONGENTRIES 3] that is all",
        )
        .await;
}

/// RFC 5464 section 4.1: they go where the mailbox goes, and with it.
#[tokio::test(start_paused = true)]
async fn entries_follow_their_mailbox() {
    let mut scene = Scene::logged_in().await;
    let (get, nothing) = ("/shared/comment", "/shared/comment NIL");
    for (line, answer) in [
        ("CREATE a/b", None),
        ("SETMETADATA a/b (/shared/comment \"b\")", None),
        ("SETMETADATA a (/shared/comment \"a\")", None),
        ("RENAME a/b c", None),
        ("CREATE a/b", None),
        ("GETMETADATA c /shared/comment", Some("c (/shared/comment \"b\")")),
        ("GETMETADATA a /shared/comment", Some("a (/shared/comment \"a\")")),
        ("GETMETADATA a/b /shared/comment", Some(&*format!("a/b ({nothing})"))),
        ("DELETE c", None),
        ("CREATE c", None),
        ("GETMETADATA c /shared/comment", Some(&*format!("c ({nothing})"))),
        ("SETMETADATA INBOX (/shared/comment \"in\")", None),
        ("RENAME INBOX old", None),
        (&*format!("GETMETADATA old {get}"), Some("old (/shared/comment \"in\")")),
        (&*format!("GETMETADATA INBOX {get}"), Some("INBOX (/shared/comment \"in\")")),
    ] {
        let heard = scene.clients[0].ask(&format!("x {line}")).await;
        assert!(heard.contains("x OK "), "{line}: {heard}");
        if let Some(answer) = answer {
            assert!(heard.starts_with(&format!("* METADATA {answer}\r\n")), "{line}: {heard}");
        }
    }
}

/// RFC 5464 section 3.3.
#[tokio::test(start_paused = true)]
async fn who_may_not_use_a_mailbox_may_not_note_anything_of_it() {
    let mut scene = Scene::logged_in().await;
    let client = &mut scene.clients[0];
    client.ask("a CREATE work").await;
    for (rights, answer) in
        [("-rswi", "OK "), ("-p", "NO [NOPERM] "), ("+s", "OK "), ("-l", "NO [NONEXISTENT] ")]
    {
        let heard = client.ask(&format!("b SETACL work ann {rights}")).await;
        assert!(heard.starts_with("b OK "), "{heard}");
        let told = client.ask("c GETMETADATA work /shared/comment").await;
        assert!(told.contains(&format!("c {answer}")), "{rights}: {told}");
        assert_eq!(told.contains("* METADATA"), answer == "OK ", "{rights}: {told}");
        let heard = client.ask("d SETMETADATA work (/shared/comment \"x\")").await;
        assert!(heard.starts_with(&format!("d {answer}")), "{rights}: {heard}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_changes_nothing() {
    let mut limits = MemoryLimits::default();
    (limits.metadata_entries, limits.metadata_octets, limits.octets) = (10, 1024, 20_000);
    let (server, _) = server_with(Options::default(), limits);
    let mut client = Client::of(&server, Privacy::Private).await;
    client.ask("a LOGIN ann secret").await;
    for (entries, answer) in [
        ("/comment \"x\"", "BAD entries have names below /private and /shared"),
        ("/shared \"x\"", "BAD entries have names below /private and /shared"),
        ("/shared/* \"x\"", "BAD "),
        (
            &*format!("/shared/a \"1\" /shared/b {{1025+}}\r\n{}", "x".repeat(1025)),
            "NO [METADATA MAXSIZE 1024] ",
        ),
        (
            &*(0..11).map(|index| format!("/shared/{index} \"x\"")).collect::<Vec<_>>().join(" "),
            "NO [METADATA TOOMANY] ",
        ),
        (&*format!("/shared/a \"1\" /shared/{} \"x\"", "x".repeat(1000)), "NO [LIMIT] "),
        (&*"/shared/a NIL ".repeat(101), "NO [LIMIT] "),
    ] {
        let heard = client.ask(&format!("b SETMETADATA INBOX ({})", entries.trim_end())).await;
        assert!(heard.starts_with(&format!("b {answer}")), "{entries}: {heard}");
        let told = "* METADATA INBOX (/shared/a NIL)\r\nc OK that is all\r\n";
        client.check("c GETMETADATA INBOX /shared/a", told).await;
    }
    let heard = client.ask("d SETMETADATA \"\" (/shared/admin \"mailto:me\")").await;
    assert!(heard.starts_with("d NO [CANNOT] "), "{heard}");
    // They are kept in memory as messages are, and count as such.
    for (owner, answer) in [("INBOX", "e OK "), ("\"\"", "e NO [OVERQUOTA] ")] {
        let value = "x".repeat(1024);
        let entries: Vec<_> = (0..10).map(|index| format!("/shared/{index} {{1024+}}\r\n{value}")).collect();
        let heard = client.ask(&format!("e SETMETADATA {owner} ({})", entries.join(" "))).await;
        assert!(heard.starts_with(answer), "{heard}");
    }
    let heard = client.ask("f GETQUOTA \"\"").await;
    assert!(heard.starts_with("* QUOTA \"\" (STORAGE 12 19)\r\n"), "{heard}");
}
