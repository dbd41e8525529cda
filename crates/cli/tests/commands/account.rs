//! What an account holds: `status`, `namespace`, `quota`.

use tayori_proto::types::Flag;

use crate::common::server::Server;
use crate::store::{ARRIVED, Host};

fn three_mails() -> Host {
    let host = Host::start();
    host.put("INBOX", "Subject: one\r\n\r\nFirst.\r\n");
    host.put_with("INBOX", "Subject: two\r\n\r\nSecond.\r\n", &[Flag::Seen], ARRIVED);
    host.put_with("INBOX", "Subject: three\r\n\r\nThird.\r\n", &[Flag::Seen, Flag::Deleted], ARRIVED);
    host
}

#[test]
fn a_mailbox_is_counted_without_being_opened() {
    let host = three_mails();
    let expected = "\
INBOX
messages                3
unread                  1
marked as deleted       1
size                    75 B
size of what is marked  26 B
next UID                4
UIDVALIDITY             7
HIGHESTMODSEQ           4
MAILBOXID               F1
largest message         256.00 MiB  (268,435,456 bytes)
";
    host.run("status", "INBOX").run().check(0, expected, "");
}

#[test]
fn counts_for_programs() {
    let host = three_mails();
    let expected = "{\"mailbox\":\"INBOX\",\"messages\":3,\"unseen\":1,\"deleted\":1,\"size\":75,\"deleted_size\":26,\
                    \"uidnext\":4,\"uidvalidity\":7,\"highestmodseq\":4,\"mailboxid\":\"F1\",\"appendlimit\":268435456}\n";
    host.run("status", "").args("--json").run().check(0, expected, "");
}

#[test]
fn a_server_that_knows_little_is_asked_for_little() {
    let server = Server::play(|talk| {
        talk.log_in();
        talk.expect("STATUS Caf&AOk- (MESSAGES UNSEEN UIDNEXT UIDVALIDITY)");
        talk.send("* STATUS Caf&AOk- (UNSEEN 0 MESSAGES 12)\r\n");
        talk.tagged("OK done");
        talk.log_out();
    });
    let outcome = server.run("status", "Caf%C3%A9").run();
    server.finish();
    outcome.check(0, "Caf\u{e9}\nmessages  12\nunread    0\n", "");
}

/// Cyrus refuses to tell it with the counts.
#[test]
fn a_limit_of_all_mailboxes_is_not_asked_for_again() {
    let server = Server::play(|talk| {
        talk.log_in_with("APPENDLIMIT=2097152");
        talk.expect("STATUS INBOX (MESSAGES UNSEEN UIDNEXT UIDVALIDITY)");
        talk.send("* STATUS INBOX (MESSAGES 0 UNSEEN 0 UIDNEXT 1 UIDVALIDITY 7)\r\n");
        talk.tagged("OK done");
        talk.log_out();
    });
    let outcome = server.run("status", "").run();
    server.finish();
    outcome.check(
        0,
        "INBOX\nmessages         0\nunread           0\nnext UID         1\nUIDVALIDITY      7\n\
         largest message  2.00 MiB  (2,097,152 bytes)\n",
        "",
    );
}

#[test]
fn a_mailbox_that_is_not_there() {
    Host::start().run("status", "Nowhere").run().check(
        6,
        "",
        "error: cannot look at the mailbox Nowhere: the server refused STATUS\n\
         the server said: \"there is no such mailbox\"\nhint: tayori list shows the mailboxes\n",
    );
}

#[test]
fn namespaces() {
    let host = Host::start();
    host.run("namespace", "").run().check(0, "whose     prefix  delimiter\npersonal  \"\"      /\n", "");
    let expected = "{\"class\":\"personal\",\"prefix\":\"\",\"delimiter\":\"/\"}\n";
    host.run("namespace", "").args("--json").run().check(0, expected, "");
}

#[test]
fn namespaces_that_cannot_be_told() {
    let server = Server::play(|talk| {
        talk.log_in();
        talk.log_out();
    });
    let outcome = server.run("namespace", "").run();
    server.finish();
    outcome.check(8, "", "error: cannot ask for the namespaces: the server does not offer NAMESPACE\n");
}

#[test]
fn quotas() {
    let host = three_mails();
    let expected = "resource      used     limit\nSTORAGE   2.00 KiB  1.00 GiB  0 %\n";
    host.run("quota", "").run().check(0, expected, "");
    let expected =
        "{\"mailbox\":\"INBOX\",\"root\":\"\",\"resource\":\"STORAGE\",\"used\":2048,\"limit\":1073741824}\n";
    host.run("quota", "").args("--json").run().check(0, expected, "");
}

#[test]
fn quotas_of_every_kind() {
    let script = |server: &str| {
        let data = server.to_owned();
        Server::play(move |talk| {
            talk.log_in_with("QUOTA");
            talk.expect("GETQUOTAROOT INBOX");
            talk.send(&data);
            talk.tagged("OK done");
            talk.log_out();
        })
    };
    let server = script(
        "* QUOTAROOT INBOX \"\" \"#user/ann\"\r\n* QUOTA \"\" (STORAGE 921600 1048576)\r\n\
         * QUOTA \"#user/ann\" (MESSAGE 5 0 X-ODD 7 10)\r\n",
    );
    let outcome = server.run("quota", "").run();
    server.finish();
    outcome.check(
        0,
        "quota root  resource        used     limit\n\
         \x20           STORAGE   900.00 MiB  1.00 GiB  87 %\n\
         #user/ann   MESSAGE            5         0\n\
         #user/ann   X-ODD              7        10  70 %\n",
        "",
    );
    let server = script("* QUOTAROOT INBOX\r\n");
    let outcome = server.run("quota", "").run();
    server.finish();
    outcome.check(0, "nothing limits INBOX\n", "");
}
