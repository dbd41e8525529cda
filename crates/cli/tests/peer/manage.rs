//! Mailboxes and their names, against a real server.

use tayori_proto::types::Capability;

use super::Peer;
use super::program::{Folder, Outcome};

/// What a refusal begins and ends with; what the server says of it stands between.
#[track_caller]
fn check_refused(outcome: &Outcome, code: i32, error: &str, hint: &str) {
    assert_eq!((outcome.code, outcome.stdout.as_slice()), (code, b"".as_slice()), "{outcome:?}");
    let lines: Vec<&str> = outcome.stderr.lines().collect();
    assert_eq!(lines.first(), Some(&error));
    assert!(lines[1].starts_with("the server said: \""), "{lines:?}");
    assert_eq!(lines[2..].join("\n"), hint);
}

/// Whether a server has such a name.
fn takes(kind: &str, name: &str) -> bool {
    match kind {
        "cyrus" => !name.contains(['"', '%', '\\', ';', '`']),
        // Courier 5.0 takes no character that is two in UTF-16, as modified UTF-7 has it (RFC 3501 section 5.1.3).
        "courier" => !name.chars().any(|c| c.len_utf16() > 1),
        _ => true,
    }
}

#[test]
fn names_of_every_kind() {
    let Some(peer) = Peer::find() else { return };
    let folder = Folder::new();
    folder.write("a.eml", "Subject: a\r\n\r\nx\r\n");
    peer.fill("names-to", &[]);
    for name in [
        "names with blank",
        "names \"Tom\" & 'Jerry'",
        "names &AGE-",
        "names 100%",
        "names *",
        "names back\\slash",
        "names 便り",
        "names \u{1f600}",
        "names $HOME `id`; x",
    ] {
        if peer.kind == "mailutils" && name.contains('$') {
            // It puts the value of the variable there, as a shell would, and says nothing of it.
            continue;
        }
        peer.remove(name);
        let run = |command: &str, words: &str| peer.run(command, name).args(words).folder(&folder).run();
        let path = peer.path(name);
        if !takes(&peer.kind, name) {
            check_refused(
                &run("mailbox create", ""),
                8,
                &format!("error: cannot create {path}: the server refused CREATE"),
                "",
            );
            continue;
        }
        run("mailbox create", "").check(0, "", &format!("note: made {path}\n"));
        run("append", "a.eml").check(0, "", &format!("note: stored 1 message in {path}\n"));
        let listed = run("list", "--flat --status");
        let text = String::from_utf8(listed.stdout).unwrap();
        let line = text.lines().nth(1).unwrap();
        assert!(line.starts_with(&format!("{path} ")), "{text}");
        assert_eq!((text.lines().count(), listed.stderr.as_str()), (2, ""), "{text}");
        let told = run("status", "");
        assert!(told.stdout.starts_with(format!("{path}\nmessages  ").as_bytes()), "{told:?}");
        let to = peer.path("names-to");
        let copied = format!("note: copied 1 message to {to}\n");
        peer.run("copy", name).args("1 --to").arg(&to).run().check(0, "", &copied);
        let copied = format!("note: copied 1 message to {path}\n");
        peer.run("copy", name).args("1 --to").arg(&path).run().check(0, "", &copied);
        peer.check(name, &["1 a", "2 a"]);
        run("mailbox delete", "").check(
            2,
            "",
            &format!(
                "error: there is mail in {path}: 2 messages; it was not removed\n\
                 hint: --with-mail removes it with all that is in it, for ever\n"
            ),
        );
        peer.check(name, &["1 a", "2 a"]);
        let removed = format!("note: removed {path} with 2 messages\n");
        run("mailbox delete", "--with-mail").check(0, "", &removed);
        run("list", "").check(6, "", &not_listed(&path));
    }
}

fn not_listed(path: &str) -> String {
    format!("error: there is no mailbox {path}\nhint: tayori list with the server alone lists all of them\n")
}

#[test]
fn mailboxes_are_shown_as_a_tree() {
    let Some(peer) = Peer::find() else { return };
    // No mailbox of Mailutils has children.
    let names: &[&str] = match &peer.kind[..] {
        "mailutils" => &["tree"],
        _ => &["tree", "tree/a", "tree/a/日本"],
    };
    for name in names.iter().rev() {
        peer.remove(name);
    }
    for name in names {
        peer.fill(name, &[]);
    }
    let outcome = peer.run("list", "tree").run();
    let expected = match &peer.kind[..] {
        "mailutils" => "mailbox\ntree\n",
        "courier" => "mailbox\nINBOX\n  tree\n    a\n      日本\n",
        _ => "mailbox\ntree\n  a\n    日本\n",
    };
    outcome.check(0, expected, "");
}

#[test]
fn mailboxes_are_renamed_and_subscribed_to() {
    let Some(peer) = Peer::find() else { return };
    peer.remove("manage-new");
    peer.fill("manage-old", &[b"Subject: a\r\n\r\nx\r\n".to_vec()]);
    let (old, new) = (peer.path("manage-old"), peer.path("manage-new"));
    let run = |command: &str, mailbox: &str| peer.run(&format!("mailbox {command}"), mailbox).run();
    let subscribed = |mailbox: &str| {
        let outcome = peer.run("list", mailbox).args("--json").run();
        let line: serde_json::Value = serde_json::from_slice(&outcome.stdout).unwrap();
        line["subscribed"].clone()
    };
    run("subscribe", "manage-old").check(0, "", &format!("note: subscribed to {old}\n"));
    assert_eq!(subscribed("manage-old"), true);
    run("unsubscribe", "manage-old").check(0, "", &format!("note: {old} is not subscribed any more\n"));
    assert_eq!(subscribed("manage-old"), false);
    let rename =
        |words: &str| peer.run("mailbox rename", "manage-old").arg("--to").arg(&new).args(words).run();
    let would = format!("note: nothing is changed; without --dry-run: {old} is {new} now\n");
    rename("--dry-run").check(0, "", &would);
    rename("").check(0, "", &format!("note: {old} is {new} now\n"));
    peer.check("manage-new", &["1 a"]);
    peer.run("list", "manage-old").run().check(6, "", &not_listed(&old));
}

#[test]
fn what_a_server_refuses() {
    let Some(peer) = Peer::find() else { return };
    peer.fill("manage-there", &[]);
    peer.remove("manage-gone");
    let (there, gone) = (peer.path("manage-there"), peer.path("manage-gone"));
    // A response code (RFC 5530 section 3) says more than that it was refused; only Dovecot has them here.
    let has_codes = peer.kind == "dovecot";
    let missing = if has_codes {
        "hint: the mailbox is not there, or not any more; tayori list shows them"
    } else {
        ""
    };
    check_refused(
        &peer.run("mailbox create", "manage-there").run(),
        8,
        &format!("error: cannot create {there}: the server refused CREATE"),
        if has_codes { "hint: there is a mailbox of that name already; tayori list shows them" } else { "" },
    );
    check_refused(
        &peer.run("mailbox delete", "manage-gone").run(),
        6,
        &format!("error: cannot look what is in {gone}; it was not removed: the server refused STATUS"),
        // Dovecot has the code here since 2.4.
        match peer.is_dovecot_2_4 {
            true => "hint: tayori list shows the mailboxes",
            false => "hint: --with-mail removes it, whatever is in it",
        },
    );
    check_refused(
        &peer.run("mailbox delete", "manage-gone").args("--with-mail").run(),
        if has_codes { 6 } else { 8 },
        &format!("error: cannot delete {gone}: the server refused DELETE"),
        missing,
    );
    let renamed = peer.run("mailbox rename", "manage-gone").arg("--to").arg(peer.path("manage-x")).run();
    if peer.kind == "courier" {
        // It answers OK, though there is nothing to rename (RFC 3501 section 6.3.5).
        renamed.check(0, "", &format!("note: {gone} is {} now\n", peer.path("manage-x")));
    } else {
        check_refused(
            &renamed,
            if has_codes { 6 } else { 8 },
            &format!("error: cannot rename {gone}: the server refused RENAME"),
            missing,
        );
    }
}

#[test]
fn a_mailbox_is_made_for_a_purpose() {
    let Some(peer) = Peer::find() else { return };
    let create = || peer.run("mailbox create", "manage-drafts").args("--use drafts").run();
    if !peer.offers(&Capability::CreateSpecialUse) {
        create().check(
            8,
            "",
            &format!(
                "error: cannot create {}: the server does not offer CREATE-SPECIAL-USE\n",
                peer.path("manage-drafts")
            ),
        );
        peer.run("list", "manage-drafts").run().check(6, "", &not_listed(&peer.path("manage-drafts")));
        return;
    }
    // From a run before by hand it may be there: Cyrus deletes no mailbox that has a purpose.
    let _ = create();
    let page = "mailbox        use\nmanage-drafts  \\Drafts\n";
    peer.run("list", "manage-drafts").run().check(0, page, "");
}

#[test]
fn a_mailbox_is_emptied() {
    let Some(peer) = Peer::find() else { return };
    peer.fill("manage-full", &[b"Subject: a\r\n\r\nx\r\n".to_vec(), b"Subject: b\r\n\r\nx\r\n".to_vec()]);
    let empty = || peer.run("mailbox empty", "manage-full").args("--expunge").run();
    if !peer.offers(&Capability::UidPlus) {
        empty().check(
            8,
            "",
            "error: the server cannot remove single messages (no UIDPLUS); nothing was changed\n\
             hint: mark them with tayori store --add deleted, and empty the mailbox with another program\n",
        );
        return peer.check("manage-full", &["1 a", "2 b"]);
    }
    empty().check(0, "", "note: removed 2 messages for ever\n");
    peer.check("manage-full", &[]);
    let path = peer.path("manage-full");
    empty().check(0, "", &format!("note: {path} is empty: nothing to do\n"));
}
