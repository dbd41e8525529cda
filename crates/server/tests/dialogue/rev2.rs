//! What a client hears differently that has enabled IMAP4rev2 (RFC 9051).

use tayori_proto::types::{Capabilities, Capability, Flag};
use tayori_server::{Conduct, Conducts, Options};

use crate::common::Scene;

async fn scene(mails: &[&[Flag]]) -> Scene {
    let mut scene = Scene::new();
    scene.mails(mails);
    scene.log_in().await;
    scene.play("C: a ENABLE IMAP4rev2\nS: * ENABLED IMAP4rev2\nS: a OK enabled what there is").await;
    scene
}

/// RFC 9051 section 6.3.2
#[tokio::test(start_paused = true)]
async fn a_mailbox_is_listed_and_has_nothing_recent() {
    let mut scene = scene(&[&[Flag::Seen], &[Flag::Deleted]]).await;
    scene
        .play(
            "C: a SELECT inbox
             S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
             S: * 2 EXISTS
             S: * OK [UIDVALIDITY 7] UIDs are valid
             S: * OK [UIDNEXT 3] the next UID
             S: * OK [HIGHESTMODSEQ 3] the highest mod-sequence
             S: * OK [MAILBOXID (F1)] what identifies the mailbox
             S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)] flags that are kept
             S: * LIST () \"/\" INBOX
             S: a OK [READ-WRITE] opened
             C: b FETCH 1:2 FLAGS
             S: * 1 FETCH (FLAGS (\\Seen))
             S: * 2 FETCH (FLAGS (\\Deleted))
             S: b OK fetched
             C: c SEARCH SEEN
             S: * ESEARCH (TAG \"c\") ALL 1
             S: c OK searched
             C: d APPEND INBOX {2+}
             C: hi
             S: * 3 EXISTS
             S: d OK [APPENDUID 7 3] appended
             C: e EXPUNGE
             S: * 2 EXPUNGE
             S: e OK expunged
             C: f STORE 1 +FLAGS (\\Flagged)
             S: * 1 FETCH (FLAGS (\\Flagged \\Seen))
             S: f OK stored
             C: g EXAMINE none
             S: * OK [CLOSED] the mailbox before is closed
             S: g NO [NONEXISTENT] there is no such mailbox",
        )
        .await;
}

/// A server that does not list it does not enable it.
#[tokio::test(start_paused = true)]
async fn what_is_not_listed_is_not_enabled() {
    let mut options = Options::default();
    options.conducts = Some(Conducts::new(|| WithoutRev2));
    let mut scene = Scene::with(options);
    scene.log_in().await;
    scene.play("C: a ENABLE IMAP4rev2\nS: * ENABLED\nS: a OK enabled what there is").await;
}

struct WithoutRev2;

impl Conduct for WithoutRev2 {
    fn capabilities(&mut self, own: Capabilities) -> Capabilities {
        own.iter().filter(|listed| **listed != Capability::Imap4Rev2).cloned().collect()
    }
}
