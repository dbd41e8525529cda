//! The dialogues that everybody tries first, and every command of RFC 3501 in each state.

use crate::at;
use crate::common::program::Folder;
use crate::dialogues::{
    BAD, MULTIPART, NONE_THERE, Step, TABLE_MAILBOXES, check_steps, check_table, mails, nothing, parts,
    reading, shell, step,
};
use crate::store::Host;

const LOGIN: &str = "LOGIN ann {?}";

fn play(host: &Host, steps: &[Step], code: i32) {
    let folder = Folder::new();
    let entries: Vec<&str> = steps.iter().map(|step| &step.typed[..]).collect();
    let outcome = at(shell(&folder, &entries), &host.place("")).run();
    check_steps(&outcome, steps);
    assert_eq!(outcome.code, code, "{}", outcome.stderr);
}

#[test]
fn a_mailbox_is_read_from_login_to_logout() {
    let host = Host::start();
    for mail in mails() {
        host.put("INBOX", mail);
    }
    host.create("test");
    host.put("test", "Subject: there before\r\n\r\nx\r\n");
    play(&host, &reading(LOGIN, "inbox", "test"), 0);
    host.check_uids("INBOX", &(1..=20).collect::<Vec<u32>>());
}

#[test]
fn a_wrong_password_and_then_a_message_in_its_parts() {
    let host = Host::start();
    host.create("parts");
    host.put("parts", MULTIPART);
    // The worst answer is the NO to the wrong password.
    play(&host, &parts("LOGIN ann wrong", LOGIN, "parts"), 11);
    host.check_uids("parts", &[]);
}

#[test]
fn an_empty_mailbox_and_what_is_no_command() {
    let host = Host::start();
    play(&host, &nothing(LOGIN, "mailbox1", step(NONE_THERE, BAD, &[]), BAD), 12);
}

#[test]
fn every_command_of_rfc_3501_in_each_state() {
    let host = Host::start();
    for mailbox in ["old", "there"].iter().chain(&TABLE_MAILBOXES) {
        host.create(mailbox);
    }
    host.put("there", "Subject: x\r\n\r\nx\r\n");
    let folder = Folder::new();
    check_table(&folder, "", LOGIN, |run| run.arg(host.place("")).args("--tls none"), BAD);
}
