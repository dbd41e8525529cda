//! Messages to another mailbox: an original goes only when its copy is known to exist. Each proof of that is broken
//! here.

use tayori_client::{Connector, Error, RelocateError, RelocateStage, Relocated, Relocation, Selected};
use tayori_proto::types::{SequenceSet, Uid};
use tayori_testkit::peer::Peer;

use crate::harness::{INBOX, in_inbox, inbox, mailbox, play, session_with};

fn set(uids: &str) -> SequenceSet<Uid> {
    uids.parse().unwrap()
}

/// Relocates UIDs 3 to 5 on a server with these capabilities, which without MOVE is first asked which messages there
/// are.
async fn relocate(
    capabilities: &str,
    server: impl AsyncFnOnce(&mut Peer),
) -> Result<Relocation, RelocateError> {
    relocate_set("3:5", capabilities, async |peer| {
        if !capabilities.contains("MOVE") {
            peer.exchange("UID SEARCH UID 3:5", "* SEARCH 3 4 5\r\n$ OK done\r\n").await;
        }
        server(peer).await;
    })
    .await
}

async fn relocate_set(
    uids: &str,
    capabilities: &str,
    server: impl AsyncFnOnce(&mut Peer),
) -> Result<Relocation, RelocateError> {
    let client = async |selected: &mut Selected<'_>| selected.relocate(&set(uids), &mailbox("other")).await;
    in_inbox(Connector::new(), capabilities, client, server).await
}

#[tokio::test(start_paused = true)]
async fn with_move_nothing_else_is_sent() {
    let outcome = relocate("MOVE UIDPLUS", async |peer| {
        peer.exchange("UID MOVE 3:5 other", "* OK [COPYUID 9 3:5 1:3] moved\r\n* 1 EXPUNGE\r\n$ OK done\r\n")
            .await;
    });
    let relocation = outcome.await.unwrap();
    assert_eq!(relocation.how, Relocated::Moved);
    assert_eq!(relocation.uids.unwrap().to.to_string(), "1:3");
}

/// What has moved before a MOVE failed is told; nothing is tried in its place.
#[tokio::test(start_paused = true)]
async fn a_move_that_fails_in_the_middle_says_what_has_moved() {
    let outcome = relocate("MOVE UIDPLUS", async |peer| {
        let answer =
            "* OK [COPYUID 9 3:4 1:2] moved\r\n* 1 EXPUNGE\r\n* 1 EXPUNGE\r\n$ NO [OVERQUOTA] full\r\n";
        peer.exchange("UID MOVE 3:5 other", answer).await;
    });
    let error = outcome.await.unwrap_err();
    assert_eq!(error.stage, RelocateStage::Moving);
    assert_eq!(error.copied.unwrap().from.to_string(), "3:4");
    assert_eq!(error.error.data().len(), 3);
}

/// Also where the server says nothing more.
#[tokio::test(start_paused = true)]
async fn a_move_that_the_connection_does_not_outlive_says_what_has_moved() {
    let code = "* OK [COPYUID 9 3:4 1:2] moved\r\n";
    let answer = format!("{code}* 1 EXPUNGE\r\n* 1 EXPUNGE\r\n");
    for cut in 0..=answer.len() {
        let outcome = relocate("MOVE UIDPLUS", async |peer| {
            peer.expect("UID MOVE 3:5 other").await;
            peer.say(&answer[..cut]).await;
            peer.end().await;
        });
        let error = outcome.await.unwrap_err();
        assert_eq!(error.stage, RelocateStage::Moving, "{cut}");
        assert!(matches!(error.error, Error::Lost(_)), "{error:?}");
        let copied = error.copied.map(|uids| uids.from.to_string());
        assert_eq!(copied, (cut >= code.len()).then(|| "3:4".to_owned()), "{cut}");
    }
}

#[tokio::test(start_paused = true)]
async fn without_move_the_originals_go_after_the_copy() {
    let outcome = relocate("UIDPLUS", async |peer| {
        peer.exchange("UID COPY 3:5 other", "$ OK [COPYUID 9 3:5 1:3] copied\r\n").await;
        peer.exchange("UID STORE 3:5 +FLAGS.SILENT (\\Deleted)", "$ OK done\r\n").await;
        peer.exchange("UID EXPUNGE 3:5", "* 1 EXPUNGE\r\n* 1 EXPUNGE\r\n* 1 EXPUNGE\r\n$ OK done\r\n").await;
    });
    assert_eq!(outcome.await.unwrap().how, Relocated::CopiedAndExpunged);
}

/// A message that was gone before it could be copied is not removed under the UID of another.
#[tokio::test(start_paused = true)]
async fn only_what_was_copied_goes() {
    let outcome = relocate("UIDPLUS", async |peer| {
        peer.exchange("UID COPY 3:5 other", "$ OK [COPYUID 9 3,5 1:2] copied\r\n").await;
        peer.exchange("UID STORE 3,5 +FLAGS.SILENT (\\Deleted)", "$ OK done\r\n").await;
        peer.exchange("UID EXPUNGE 3,5", "* 1 EXPUNGE\r\n$ OK done\r\n").await;
    });
    assert_eq!(outcome.await.unwrap().how, Relocated::CopiedAndExpunged);
}

/// What comes behind the COPY falls into the range that was asked for, and has no copy.
#[tokio::test(start_paused = true)]
async fn a_message_that_comes_in_between_is_not_removed() {
    for (asked, there, named) in [
        ("1:*", "3 4 5", "3:5"),
        ("1:4294967295", "3 5", "3,5"),
        ("4:*", "4 5", "4:5"),
        // `*` is the last message, whatever stands beside it.
        ("9:*", "5", "5"),
        ("*", "5", "5"),
        // Nobody has asked for 6.
        ("3:5", "3 4 6", "3:4"),
    ] {
        let outcome = relocate_set(asked, "UIDPLUS", async |peer| {
            let there = format!("* SEARCH {there}\r\n$ OK done\r\n");
            peer.exchange(&format!("UID SEARCH UID {asked}"), &there).await;
            peer.exchange(&format!("UID COPY {named} other"), "* 6 EXISTS\r\n$ OK copied\r\n").await;
            peer.exchange(&format!("UID STORE {named} +FLAGS.SILENT (\\Deleted)"), "$ OK done\r\n").await;
            peer.exchange(&format!("UID EXPUNGE {named}"), "* 1 EXPUNGE\r\n$ OK done\r\n").await;
        });
        assert_eq!(outcome.await.unwrap().how, Relocated::CopiedAndExpunged, "{asked}");
    }
    // A set of UIDs names what it names, and where nothing is there, nothing is done.
    let outcome = relocate_set("3,5", "", async |peer| {
        peer.exchange("UID COPY 3,5 other", "$ OK copied\r\n").await;
        peer.exchange("UID STORE 3,5 +FLAGS.SILENT (\\Deleted)", "$ OK done\r\n").await;
    });
    assert_eq!(outcome.await.unwrap().how, Relocated::CopiedAndMarked);
    let outcome = relocate_set("7:*", "UIDPLUS", async |peer| {
        peer.exchange("UID SEARCH UID 7:*", "* SEARCH\r\n$ OK done\r\n").await;
    });
    assert_eq!(outcome.await.unwrap().uids, None);
}

/// A plain EXPUNGE would remove what others have marked.
#[tokio::test(start_paused = true)]
async fn without_uidplus_the_flag_stays() {
    let outcome = relocate("", async |peer| {
        peer.exchange("UID COPY 3:5 other", "$ OK copied\r\n").await;
        peer.exchange("UID STORE 3:5 +FLAGS.SILENT (\\Deleted)", "$ OK done\r\n").await;
    });
    let relocation = outcome.await.unwrap();
    assert_eq!((relocation.how, relocation.uids), (Relocated::CopiedAndMarked, None));
    // Proton Bridge offers it, and refuses.
    let outcome = relocate("UIDPLUS", async |peer| {
        peer.exchange("UID COPY 3:5 other", "$ OK copied\r\n").await;
        peer.exchange("UID STORE 3:5 +FLAGS.SILENT (\\Deleted)", "$ OK done\r\n").await;
        peer.exchange("UID EXPUNGE 3:5", "$ NO UID EXPUNGE not supported\r\n").await;
    });
    assert_eq!(outcome.await.unwrap().how, Relocated::CopiedAndMarked);
}

/// Only those that had a copy are told to have gone, in whatever part they were.
#[tokio::test(start_paused = true)]
async fn what_had_no_copy_is_not_told_to_have_gone() {
    let outcome = relocate("UIDPLUS SAVELIMIT=2", async |peer| {
        peer.exchange("UID COPY 3:4 other", "$ OK [COPYUID 9 3 1] copied\r\n").await;
        peer.exchange("UID STORE 3 +FLAGS.SILENT (\\Deleted)", "$ OK done\r\n").await;
        peer.exchange("UID EXPUNGE 3", "* 1 EXPUNGE\r\n$ OK done\r\n").await;
        peer.exchange("UID COPY 5 other", "$ NO full\r\n").await;
    });
    assert_eq!(outcome.await.unwrap_err().relocated.to_string(), "3");
}

/// Without a tagged OK to COPY, nothing that removes mail is sent.
#[tokio::test(start_paused = true)]
async fn a_refused_copy_is_never_followed_by_a_removal() {
    for capabilities in ["UIDPLUS", ""] {
        for answer in [
            "$ NO [OVERQUOTA] full\r\n",
            "$ NO [TRYCREATE] no such mailbox\r\n",
            "$ NO [COPYUID 9 3:5 1:3] no\r\n",
            "$ BAD what\r\n",
            "$ copied\r\n",
            "* OK [COPYUID 9 3:5 1:3] copied\r\n$ NO in the end\r\n",
            // UIDs that nobody asked for, and a different number of copies.
            "$ OK [COPYUID 9 3:6 1:4] copied\r\n",
            "$ OK [COPYUID 9 3:5 1:2] copied\r\n",
            // What cannot be read may have said that some were not copied; one copy is not one of three messages.
            "$ OK [COPYUID 9 3 1,] copied\r\n",
            "$ OK [copyuid] copied\r\n",
            "$ OK [COPYUID 9 3:5 1,1,1] copied\r\n",
            "$ OK [COPYUID 9 3,3,4 1:3] copied\r\n",
        ] {
            let outcome =
                relocate(capabilities, async |peer| peer.exchange("UID COPY 3:5 other", answer).await);
            let error = outcome.await.expect_err(answer);
            assert_eq!(error.stage, RelocateStage::Copying, "{answer}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_copy_that_the_connection_does_not_outlive_is_not_followed_by_a_removal() {
    for answer in
        ["* BYE overload\r\n", "", "* OK [COPYUID 9 3:5 1:3] copied\r\n", "* BYE\r\n$ OK copied\r\n"]
    {
        for cut in 0..=answer.len() {
            let outcome = relocate("UIDPLUS", async |peer| {
                let tag = peer.expect("UID COPY 3:5 other").await;
                let said = tag.fill_in(answer);
                peer.say(&said.as_bytes()[..cut.min(said.len())]).await;
                peer.end().await;
                let rest = peer.rest().await;
                assert!(rest.is_empty(), "{}", rest.escape_ascii());
            });
            let error = outcome.await.expect_err(answer);
            assert_eq!(error.stage, RelocateStage::Copying, "{answer}");
            assert!(matches!(error.error, Error::Lost(_)), "{error:?}");
        }
    }
}

/// What is left marked where marking fails is said, and nothing is expunged.
#[tokio::test(start_paused = true)]
async fn originals_that_could_not_be_marked_stay() {
    for answer in ["$ NO [NOPERM] not yours\r\n", "$ BAD what\r\n", "$ stored\r\n"] {
        let outcome = relocate("UIDPLUS", async |peer| {
            peer.exchange("UID COPY 3:5 other", "$ OK [COPYUID 9 3:5 1:3] copied\r\n").await;
            peer.exchange("UID STORE 3:5 +FLAGS.SILENT (\\Deleted)", answer).await;
        });
        let error = outcome.await.expect_err(answer);
        assert_eq!(error.stage, RelocateStage::Marking, "{answer}");
        assert_eq!(error.copied.unwrap().to.to_string(), "1:3");
        assert_eq!(error.still_here.to_string(), "3:5");
    }
    // Of several parts only the one that has its copies: those before are gone, those behind were not touched.
    let outcome = relocate("UIDPLUS SAVELIMIT=1", async |peer| {
        peer.exchange("UID COPY 3 other", "$ OK copied\r\n").await;
        peer.exchange("UID STORE 3 +FLAGS.SILENT (\\Deleted)", "$ OK done\r\n").await;
        peer.exchange("UID EXPUNGE 3", "* 1 EXPUNGE\r\n$ OK done\r\n").await;
        peer.exchange("UID COPY 4 other", "$ OK copied\r\n").await;
        peer.exchange("UID STORE 4 +FLAGS.SILENT (\\Deleted)", "$ NO [NOPERM] not yours\r\n").await;
    });
    let error = outcome.await.unwrap_err();
    assert_eq!((error.relocated.to_string(), error.still_here.to_string()), ("3".to_owned(), "4".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn in_a_mailbox_that_is_open_to_read_nothing_is_sent() {
    for opened in ["$ OK [READ-ONLY] opened\r\n", "$ OK opened\r\n"] {
        let (mut session, mut peer) = session_with(Connector::new(), "MOVE UIDPLUS").await;
        let client = async {
            let mut selected = session.examine(&inbox()).await.unwrap();
            let error = selected.relocate(&set("3"), &mailbox("other")).await.unwrap_err();
            assert_eq!(error.stage, RelocateStage::Asking);
            assert!(matches!(error.error, Error::ReadOnly { .. }), "{error:?}");
            selected.noop().await.unwrap();
        };
        let server = async {
            peer.exchange("EXAMINE INBOX", &format!("{INBOX}{opened}")).await;
            peer.exchange("NOOP", "$ OK done\r\n").await;
        };
        play(client, server).await;
    }
}

/// Where the server copies two messages at a time, each part is gone before the next is copied.
#[tokio::test(start_paused = true)]
async fn messages_that_are_too_many_go_in_parts() {
    let parts = async |peer: &mut Peer| {
        for (uids, copies) in [("3:4", "1:2"), ("5", "3")] {
            let answer = format!("$ OK [COPYUID 9 {uids} {copies}] copied\r\n");
            peer.exchange(&format!("UID COPY {uids} other"), &answer).await;
            peer.exchange(&format!("UID STORE {uids} +FLAGS.SILENT (\\Deleted)"), "$ OK done\r\n").await;
            peer.exchange(&format!("UID EXPUNGE {uids}"), "* 1 EXPUNGE\r\n$ OK done\r\n").await;
        }
    };
    // It is known beforehand, or from the refusal.
    let outcome = relocate("UIDPLUS SAVELIMIT=2", async |peer| parts(peer).await);
    let relocation = outcome.await.unwrap();
    assert_eq!(relocation.how, Relocated::CopiedAndExpunged);
    assert_eq!(relocation.uids.unwrap().to.to_string(), "1:2,3");
    let outcome = relocate("UIDPLUS", async |peer| {
        peer.exchange("UID COPY 3:5 other", "$ NO [MESSAGELIMIT 2] too many\r\n").await;
        parts(peer).await;
    });
    assert_eq!(outcome.await.unwrap().uids.unwrap().from.to_string(), "3:4,5");
}

/// Whatever is refused among several parts goes in smaller ones: its originals stay until the copy of their own part is
/// known, and when that fails, nothing more is removed.
#[tokio::test(start_paused = true)]
async fn a_part_that_is_refused_goes_in_smaller_ones() {
    let begin = async |peer: &mut Peer| {
        // A limit that is smaller than the one that was listed.
        peer.exchange("UID COPY 3:4 other", "$ NO [MESSAGELIMIT 1] too many\r\n").await;
        peer.exchange("UID COPY 3 other", "$ OK [COPYUID 9 3 1] copied\r\n").await;
        peer.exchange("UID STORE 3 +FLAGS.SILENT (\\Deleted)", "$ OK done\r\n").await;
        peer.exchange("UID EXPUNGE 3", "* 1 EXPUNGE\r\n$ OK done\r\n").await;
    };
    let outcome = relocate("UIDPLUS SAVELIMIT=2", async |peer| {
        begin(peer).await;
        for (uid, copy) in [(4, 2), (5, 3)] {
            let answer = format!("$ OK [COPYUID 9 {uid} {copy}] copied\r\n");
            peer.exchange(&format!("UID COPY {uid} other"), &answer).await;
            peer.exchange(&format!("UID STORE {uid} +FLAGS.SILENT (\\Deleted)"), "$ OK done\r\n").await;
            peer.exchange(&format!("UID EXPUNGE {uid}"), "* 1 EXPUNGE\r\n$ OK done\r\n").await;
        }
    });
    let relocation = outcome.await.unwrap();
    assert_eq!(relocation.how, Relocated::CopiedAndExpunged);
    assert_eq!(relocation.uids.unwrap().from.resolve(None).to_string(), "3:5");
    for answer in [
        "$ NO [OVERQUOTA] full\r\n",
        "$ NO [MESSAGELIMIT 1] too many\r\n",
        "$ NO [MESSAGELIMIT 0] too many\r\n",
        "$ OK [MESSAGELIMIT 1 5] some\r\n",
        "$ OK [COPYUID 9 5 2] copied\r\n",
        "$ BAD what\r\n",
    ] {
        let outcome = relocate("UIDPLUS SAVELIMIT=2", async |peer| {
            begin(peer).await;
            peer.exchange("UID COPY 4 other", answer).await;
        });
        let error = outcome.await.expect_err(answer);
        assert_eq!((error.stage, error.relocated.to_string()), (RelocateStage::Copying, "3".to_owned()));
    }
    // Which messages there are cannot be found out: nothing is done.
    let outcome = relocate_set("3:5", "UIDPLUS SAVELIMIT=2", async |peer| {
        peer.exchange("UID SEARCH UID 3:5", "$ NO not now\r\n").await;
    });
    assert_eq!(outcome.await.unwrap_err().stage, RelocateStage::Asking);
}

/// A COPY that was cut short proves nothing of the messages that it did not come to: none of the originals is removed.
#[tokio::test(start_paused = true)]
async fn a_copy_that_was_cut_short_is_never_followed_by_a_removal() {
    for answer in [
        "$ OK [MESSAGELIMIT 2 4] some\r\n",
        "$ OK [MESSAGELIMIT 2] some\r\n",
        "* NO [MESSAGELIMIT 2 4] some\r\n$ OK [COPYUID 9 3:5 1:3] copied\r\n",
        "* NO [MESSAGELIMIT 2 4] some\r\n$ OK copied\r\n",
        "* OK [COPYUID 9 4:5 1:2] some\r\n$ OK [MESSAGELIMIT 2 4] some\r\n",
    ] {
        let outcome = relocate("UIDPLUS", async |peer| peer.exchange("UID COPY 3:5 other", answer).await);
        let error = outcome.await.expect_err(answer);
        assert_eq!(error.stage, RelocateStage::Copying, "{answer}");
        assert!(matches!(error.error, Error::CutShort { .. }), "{error:?}");
    }
}

/// A later part that fails takes nothing from what is known of the earlier ones, and its originals stay.
#[tokio::test(start_paused = true)]
async fn a_part_that_cannot_be_copied_stays() {
    let outcome = relocate("UIDPLUS SAVELIMIT=2", async |peer| {
        peer.exchange("UID COPY 3:4 other", "$ OK [COPYUID 9 3:4 1:2] copied\r\n").await;
        peer.exchange("UID STORE 3:4 +FLAGS.SILENT (\\Deleted)", "$ OK done\r\n").await;
        peer.exchange("UID EXPUNGE 3:4", "* 1 EXPUNGE\r\n$ OK done\r\n").await;
        peer.exchange("UID COPY 5 other", "$ NO [MESSAGELIMIT 2] too many\r\n").await;
    });
    let error = outcome.await.unwrap_err();
    assert_eq!((error.stage, error.relocated.to_string()), (RelocateStage::Copying, "3:4".to_owned()));
    assert_eq!(error.copied.unwrap().from.to_string(), "3:4");
}

/// Marks and removals that the server cuts short go on below; a NO to a mark is no reason to copy once more.
#[tokio::test(start_paused = true)]
async fn marks_and_removals_go_on_below() {
    let outcome = relocate("UIDPLUS", async |peer| {
        peer.exchange("UID COPY 3:5 other", "$ OK [COPYUID 9 3:5 1:3] copied\r\n").await;
        peer.exchange("UID STORE 3:5 +FLAGS.SILENT (\\Deleted)", "$ OK [MESSAGELIMIT 2 4] more\r\n").await;
        peer.exchange("UID STORE 3 +FLAGS.SILENT (\\Deleted)", "$ OK done\r\n").await;
        peer.exchange("UID EXPUNGE 3:5", "* 3 EXPUNGE\r\n$ OK [MESSAGELIMIT 1 5] more\r\n").await;
        peer.exchange("UID EXPUNGE 3:4", "* 1 EXPUNGE\r\n* 1 EXPUNGE\r\n$ OK done\r\n").await;
    });
    assert_eq!(outcome.await.unwrap().how, Relocated::CopiedAndExpunged);
    let outcome = relocate("UIDPLUS", async |peer| {
        peer.exchange("UID COPY 3:5 other", "$ OK [COPYUID 9 3:5 1:3] copied\r\n").await;
        peer.exchange("UID STORE 3:5 +FLAGS.SILENT (\\Deleted)", "$ NO [MESSAGELIMIT 2] too many\r\n").await;
    });
    assert_eq!(outcome.await.unwrap_err().stage, RelocateStage::Marking);
}

#[tokio::test(start_paused = true)]
async fn a_move_that_is_cut_short_goes_on_below() {
    let outcome = relocate("MOVE UIDPLUS", async |peer| {
        let answer =
            "* OK [COPYUID 9 4:5 1:2] x\r\n* 3 EXPUNGE\r\n* 2 EXPUNGE\r\n$ OK [MESSAGELIMIT 2 4] more\r\n";
        peer.exchange("UID MOVE 3:5 other", answer).await;
        peer.exchange("UID MOVE 3 other", "* OK [COPYUID 9 3 3] x\r\n* 1 EXPUNGE\r\n$ OK done\r\n").await;
    });
    let relocation = outcome.await.unwrap();
    assert_eq!(
        (relocation.how, relocation.uids.unwrap().from.to_string()),
        (Relocated::Moved, "4:5,3".to_owned())
    );
}
