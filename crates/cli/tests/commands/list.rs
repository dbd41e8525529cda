//! `tayori list`.

use tayori_proto::response::ListAttribute;

use crate::common::server::Server;
use crate::store::Host;

fn host() -> Host {
    let host = Host::start();
    for name in ["Archive/2024", "Archive/2025", "Lists/rust/users", "日本語", "Tom & \"Jerry\"", "\u{1f600}"]
    {
        host.create(name);
    }
    host.create_for("Sent", ListAttribute::Sent);
    host.put("INBOX", "Subject: one\r\n\r\n");
    host.put("Archive/2024", "Subject: two\r\n\r\n");
    host
}

#[test]
fn mailboxes_are_shown_as_a_tree() {
    let expected = "\
mailbox        use
INBOX
Archive               holds no mail
  2024
  2025
Lists                 holds no mail
  rust                holds no mail
    users
Sent           \\Sent
Tom & \"Jerry\"
日本語
\u{1f600}
";
    host().run("list", "").run().check(0, expected, "");
}

#[test]
fn counts_come_with_them() {
    let expected = "\
mailbox        use    messages  unread  size
INBOX                        1       1  16 B
Archive                                       holds no mail
  2024                       1       1  16 B
  2025                       0       0   0 B
Lists                                         holds no mail
  rust                                        holds no mail
    users                    0       0   0 B
Sent           \\Sent         0       0   0 B
Tom & \"Jerry\"                0       0   0 B
日本語                       0       0   0 B
\u{1f600}                           0       0   0 B
";
    host().run("list", "").args("--status").run().check(0, expected, "");
}

#[test]
fn a_part_of_them() {
    let host = host();
    host.run("list", "Archive").run().check(0, "mailbox\nArchive  holds no mail\n  2024\n  2025\n", "");
    host.run("list", "Archive").args("--flat").run().check(
        0,
        "mailbox\nArchive       holds no mail\nArchive/2024\nArchive/2025\n",
        "",
    );
    host.run("list", "").args("*/2024 --flat").run().check(0, "mailbox\nArchive/2024\n", "");
    host.run("list", "").args("Lists/ % --flat").run().check(0, "mailbox\nLists/rust  holds no mail\n", "");
}

#[test]
fn nothing_to_tell() {
    let hint = "hint: tayori list with the server alone lists all of them\n";
    let host = host();
    host.run("list", "Arch").run().check(6, "", &format!("error: there is no mailbox Arch\n{hint}"));
    host.run("list", "").args("x*").run().check(6, "", &format!("error: no mailbox matches x*\n{hint}"));
    host.run("list", "").args("Lists/ x%").run().check(
        6,
        "",
        &format!("error: no mailbox matches Lists/x%\n{hint}"),
    );
    let hint = "hint: without --subscribed all mailboxes are listed\n";
    host.run("list", "").args("--subscribed").run().check(
        6,
        "",
        &format!("error: there is no subscribed mailbox\n{hint}"),
    );
    host.run("mailbox subscribe", "Gone").run().check(0, "", "note: subscribed to Gone\n");
    host.run("list", "").args("--subscribed").run().check(0, "mailbox\nGone     does not exist\n", "");
}

#[test]
fn for_programs() {
    let expected = "{\"mailbox\":\"Archive\",\"delimiter\":\"/\",\"attributes\":[\"\\\\Noselect\",\"\\\\HasChildren\"],\
                    \"special_uses\":[],\"subscribed\":false,\"selectable\":false}\n\
                    {\"mailbox\":\"Archive/2024\",\"delimiter\":\"/\",\"attributes\":[\"\\\\HasNoChildren\"],\
                    \"special_uses\":[],\"subscribed\":false,\"selectable\":true}\n\
                    {\"mailbox\":\"Archive/2025\",\"delimiter\":\"/\",\"attributes\":[\"\\\\HasNoChildren\"],\
                    \"special_uses\":[],\"subscribed\":false,\"selectable\":true}\n";
    host().run("list", "Archive").args("--json").run().check(0, expected, "");
    let expected = "{\"mailbox\":\"INBOX\",\"delimiter\":\"/\",\"attributes\":[\"\\\\HasNoChildren\"],\"special_uses\":[],\
                    \"subscribed\":false,\"selectable\":true,\"messages\":1,\"unseen\":1,\"size\":16,\"uidnext\":2,\
                    \"uidvalidity\":7,\"highestmodseq\":2}\n";
    host().run("list", "INBOX").args("--json --status").run().check(0, expected, "");
}

/// In one round trip where the server can, in the old form where it cannot.
#[test]
fn an_old_server_is_asked_in_the_old_form() {
    let server = Server::play(|talk| {
        talk.log_in();
        talk.expect("LIST \"\" *");
        talk.send("* LIST (\\Noselect \\HasChildren) \".\" Gone\r\n* LIST () \".\" Gone.here\r\n* LIST () \".\" inbox\r\n");
        talk.tagged("OK done");
        talk.expect("LSUB \"\" *");
        talk.send("* LSUB () \".\" INBOX\r\n");
        talk.tagged("OK done");
        talk.log_out();
    });
    let outcome = server.run("list", "").run();
    server.finish();
    outcome.check(0, "mailbox\nINBOX\nGone     holds no mail\n  here   not subscribed\n", "");
}

#[test]
fn a_line_that_cannot_be_read_costs_no_other() {
    let server = Server::play(|talk| {
        talk.log_in_with("LIST-EXTENDED");
        talk.expect("LIST \"\" * RETURN (SUBSCRIBED CHILDREN)");
        talk.send("* LIST () \"/\" INBOX\r\n* LIST (( \"/\" \u{1b}[2J\r\n* LIST () \"/\" Sent\r\n");
        talk.tagged("OK done");
        talk.log_out();
    });
    let outcome = server.run("list", "").run();
    server.finish();
    outcome.check(
        4,
        "mailbox\nINBOX\nSent\n",
        "error: a part of the server's list cannot be read: * LIST (( \"/\" \\x1b[2J\n\
         hint: show it to whoever runs the server\n",
    );
}
