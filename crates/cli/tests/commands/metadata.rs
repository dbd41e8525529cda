//! `tayori metadata`.

use crate::common::server::Server;
use crate::store::Host;

#[test]
fn notes_are_written_and_removed() {
    let host = Host::start();
    let metadata = |words: &str| host.run("metadata", "").args(words).run();
    metadata("").check(0, "nothing is noted of INBOX\n", "");
    metadata("--set /private/comment=old=new --set /shared/comment=x").check(
        0,
        "",
        "note: /private/comment is written down for INBOX\nnote: /shared/comment is written down for INBOX\n",
    );
    let expected = "entry             value\n/private/comment  old=new\n/shared/comment   x\n";
    metadata("").check(0, expected, "");
    metadata("/shared --json").check(
        0,
        "{\"mailbox\":\"INBOX\",\"entry\":\"/shared/comment\",\"value\":\"x\"}\n",
        "",
    );
    metadata("--unset /private/comment --set /shared/comment=y --json").check(
        0,
        "{\"event\":\"done\",\"action\":\"set\",\"mailbox\":\"INBOX\",\"entry\":\"/shared/comment\"}\n\
         {\"event\":\"done\",\"action\":\"unset\",\"mailbox\":\"INBOX\",\"entry\":\"/private/comment\"}\n",
        "",
    );
    metadata("").check(0, "entry            value\n/shared/comment  y\n", "");
}

#[test]
fn notes_of_the_server() {
    let host = Host::start();
    let metadata = |words: &str| host.run("metadata", "").args("--server").args(words).run();
    metadata("--set /shared/comment=of-all").check(
        0,
        "",
        "note: /shared/comment is written down for the server\n",
    );
    metadata("--json").check(
        0,
        "{\"mailbox\":null,\"entry\":\"/shared/comment\",\"value\":\"of-all\"}\n",
        "",
    );
    host.run("metadata", "").run().check(0, "nothing is noted of INBOX\n", "");
    metadata("--set /shared/admin=x").check(
        8,
        "",
        "error: nothing was changed of what is noted of the server: the server refused SETMETADATA\n\
         the server said: \"that entry cannot be changed\"\n",
    );
}

#[test]
fn what_would_be_written() {
    let host = Host::start();
    host.run("metadata", "").args("--set /private/comment=x --dry-run").run().check(
        0,
        "",
        "note: nothing is changed; without --dry-run: /private/comment is written down for INBOX\n",
    );
    host.run("metadata", "").run().check(0, "nothing is noted of INBOX\n", "");
    host.run("metadata", "Nowhere").args("--set /private/comment=x --dry-run").run().check(
        6,
        "",
        "error: cannot ask what is noted of Nowhere: the server refused GETMETADATA\n\
         the server said: \"there is no such mailbox\"\nhint: tayori list shows the mailboxes\n",
    );
}

/// What a server without private entries refuses does not hide the shared ones, and what is written down cannot drive a
/// terminal.
#[test]
fn what_a_server_keeps_is_told() {
    let server = Server::play(|talk| {
        talk.log_in_with("METADATA");
        talk.expect("GETMETADATA (MAXSIZE 16384 DEPTH infinity) INBOX /private");
        talk.tagged("NO [METADATA NOPRIVATE] none here");
        talk.expect("GETMETADATA (MAXSIZE 16384 DEPTH infinity) INBOX /shared");
        talk.send("* METADATA INBOX (/shared/comment {5}\r\n\x1b[2Jx /shared/none NIL)\r\n");
        talk.tagged("OK [METADATA LONGENTRIES 20000] done");
        talk.log_out();
    });
    let outcome = server.run("metadata", "").run();
    server.finish();
    outcome.check(
        0,
        "entry            value\n/shared/comment  \\x1b[2Jx\n",
        "note: a value of 20000 octets is left out\n",
    );
}

#[test]
fn what_is_refused() {
    let refused = |code: &'static str, hint: &str| {
        let server = Server::play(move |talk| {
            talk.log_in_with("METADATA");
            talk.expect("SETMETADATA INBOX (/private/comment \"x\")");
            talk.tagged(&format!("NO [{code}] no"));
            talk.log_out();
        });
        let outcome = server.run("metadata", "").args("--set /private/comment=x").run();
        server.finish();
        let stderr = format!(
            "error: nothing was changed of what is noted of INBOX: the server refused SETMETADATA\n\
             the server said: \"no\"\nhint: {hint}\n"
        );
        outcome.check(8, "", &stderr);
    };
    refused("METADATA MAXSIZE 1024", "a value may have 1024 octets");
    refused("METADATA TOOMANY", "remove another entry first: --unset");
    refused("METADATA NOPRIVATE", "the server keeps no /private entries; /shared ones are seen by others");
    refused("NOPERM", "you may not write that; ask whoever owns it");
}

#[test]
fn what_cannot_be_meant() {
    let refused = |words: &str, what: &str| {
        let outcome = Host::start().run("metadata", "").args(words).run();
        assert!(outcome.stderr.starts_with(&format!("error: {what}\nhint: ")), "{}", outcome.stderr);
        assert_eq!(outcome.code, 2);
    };
    refused("private/comment", "private/comment: the name of an entry begins with `/`");
    refused("--set /private/comment", "--set /private/comment: it has no value");
    refused("--dry-run", "--dry-run is about changes, and there is none");
}
