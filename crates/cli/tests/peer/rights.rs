//! Rights that are missing (RFC 4314), with a real server that lets the owner of a mailbox give them away. It is said
//! what was refused, and no message is lost.

use tayori_client::Error;
use tayori_proto::command::RightsChange;
use tayori_proto::types::{Flag, ImapString, Rights};

use super::Peer;
use super::program::Folder;

const ONE: &str = "Subject: one\r\n\r\n1\r\n";
const TWO: &str = "Subject: two\r\n\r\n2\r\n";

/// Leaves the user of the tests nothing but these rights, and those that the owner always has. `None` if the server
/// has no rights, or does not hold the owner to them.
fn leave(peer: &Peer, mailbox: &str, letters: &str) -> Option<()> {
    let mut left = None;
    peer.work(async |mut session| {
        let name = peer.name(mailbox);
        let rights = Rights::new(letters).unwrap();
        let user = ImapString::new(peer.user.as_str()).unwrap();
        match session.set_acl(&name, &user, RightsChange::Replace(rights)).await {
            Ok(()) => {
                let mine = session.my_rights(&name).await.unwrap();
                left = (!mine.has(Rights::new("i").unwrap())).then_some(());
            }
            Err(Error::NotOffered { .. }) => {}
            Err(error) => panic!("{error:?}"),
        }
        session
    });
    left
}

#[test]
fn what_may_not_be_changed_stays() {
    let Some(peer) = Peer::find() else { return };
    peer.keep("rights-from", &[(ONE, &[]), (TWO, &[Flag::Seen])]);
    peer.keep("rights-to", &[(ONE, &[])]);
    let folder = Folder::new();
    folder.write("1.eml", ONE);
    if leave(&peer, "rights-from", "lra").is_none() || leave(&peer, "rights-to", "lra").is_none() {
        // Dovecot is set up without ACL and Mailutils has none; for Courier the owner is one by another name, too, and
        // keeps all rights.
        assert_ne!(peer.kind, "cyrus");
        return;
    }
    let to = peer.path("rights-to");
    let run = |command: &str, words: &str| {
        let mut run = peer.run(command, "rights-from").args(words);
        if words.ends_with("--to") {
            run = run.arg(&to);
        }
        run.folder(&folder).run()
    };
    // Cyrus has no response code for it (NOPERM, RFC 5530 section 3), so that only its words say why.
    let said = "the server said: \"Permission denied\"\n";
    let flag =
        "error: the server does not let this mailbox keep the flag \\Seen\nhint: nothing was changed\n";
    run("read", "1").check(8, "", flag);
    let flag =
        "error: the server does not let this mailbox keep the flag \\Deleted\nhint: nothing was changed\n";
    run("delete", "1 --expunge").check(8, "", flag);
    for (command, words, error) in [
        ("copy", "all --to", format!("cannot copy messages to {to}: the server refused UID COPY")),
        (
            "move",
            "all --to",
            format!(
                "cannot move messages to {to}: the server refused UID MOVE; some of the messages may not have been \
                 moved"
            ),
        ),
        (
            "delete",
            "1 --trash INBOX",
            "cannot move messages to INBOX: the server refused UID MOVE; some of the messages may not have been moved"
                .to_owned(),
        ),
        ("unread", "2", "cannot change the flags: the server refused UID STORE".to_owned()),
        ("append", "1.eml", "cannot store 1.eml in rights-from: the server refused APPEND".to_owned()),
    ] {
        run(command, words).check(8, "", &format!("error: {error}\n{said}"));
    }
    peer.check("rights-from", &["1 one", "2 two \\Seen"]);
    peer.check("rights-to", &["1 one"]);
}
