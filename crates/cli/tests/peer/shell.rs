//! `tayori shell` against a real server: the dialogues that everybody tries first, and every command of RFC 3501 in
//! each state. Where a server answers in its own way, that is said, with why it is let pass.

use super::Peer;
use super::dialogues::{
    BAD, MULTIPART, NO, NONE_THERE, OK, REFUSED, Step, TABLE_MAILBOXES, check_steps, check_table, mails,
    nothing, parts, reading, shell, step,
};
use super::program::{Folder, Run};

impl Peer {
    fn login(&self) -> String {
        format!("LOGIN {} {{?}}", self.user)
    }

    /// The place and the right authority, for a run of the shell.
    fn at(&self, run: Run) -> Run {
        let place = format!("imaps://{}@{}:{}/", self.user.replace(' ', "%20"), self.host, self.imaps);
        self.logging_in(run.arg(place).arg("--ca-file").arg(&self.ca_file))
    }

    fn play(&self, steps: &[Step]) {
        let folder = Folder::new();
        let entries: Vec<&str> = steps.iter().map(|step| &step.typed[..]).collect();
        check_steps(&self.at(shell(&folder, &entries)).run(), steps);
    }
}

#[test]
fn by_hand_a_mailbox_is_read_from_login_to_logout() {
    let Some(peer) = Peer::find() else { return };
    let messages: Vec<Vec<u8>> = mails().into_iter().map(String::into_bytes).collect();
    // The inbox belongs to all tests.
    peer.fill("shell-inbox", &messages);
    peer.fill("shell-test", &[b"Subject: there before\r\n\r\nx\r\n".to_vec()]);
    let steps = reading(&peer.login(), &peer.path("shell-inbox"), &peer.path("shell-test"));
    peer.play(&steps);
}

#[test]
fn by_hand_a_wrong_password_and_then_a_message_in_its_parts() {
    let Some(peer) = Peer::find() else { return };
    peer.fill("shell-parts", &[MULTIPART.as_bytes().to_vec()]);
    let wrong = format!("LOGIN {} wrong", peer.user);
    peer.play(&parts(&wrong, &peer.login(), &peer.path("shell-parts")));
}

#[test]
fn by_hand_an_empty_mailbox_and_what_is_no_command() {
    let Some(peer) = Peer::find() else { return };
    let mailbox = peer.path("shell-mailbox1");
    peer.work(async |mut session| {
        // Of an earlier run by hand.
        let _ = session.delete(&tayori_proto::types::MailboxName::new(mailbox.as_str()).unwrap()).await;
        session
    });
    let (none_there, no_command) = match &peer.kind[..] {
        // RFC 3501 section 6.4.8 lets UIDs be passed over that are not there; these two do so with numbers. One says
        // it.
        "courier" => (step(NONE_THERE, OK, &["* NO Invalid message sequence number: 1"]), NO),
        "mailutils" => (step(NONE_THERE, OK, &[]), BAD),
        _ => (step(NONE_THERE, REFUSED, &[]), BAD),
    };
    peer.play(&nothing(&peer.login(), &mailbox, none_there, no_command));
}

#[test]
fn by_hand_every_command_of_rfc_3501_in_each_state() {
    let Some(peer) = Peer::find() else { return };
    peer.fill("shell-there", &[b"Subject: x\r\n\r\nx\r\n".to_vec()]);
    for mailbox in ["old"].iter().chain(&TABLE_MAILBOXES) {
        peer.fill(&format!("shell-{mailbox}"), &[]);
    }
    let folder = Folder::new();
    check_table(&folder, &peer.path("shell-"), &peer.login(), |run| peer.at(run), REFUSED);
}
