//! A message in place of another: the old one goes only when the new one is known to exist. Each proof of that is
//! broken here.

use tayori_client::{
    AppendError, Connector, Error, ReplaceError, ReplaceStage, ReplacedBy, Replacement, Selected, Session,
    Upload,
};
use tayori_proto::types::{Flag, Uid};
use tayori_testkit::peer::{HeardTag, Peer};

use crate::harness::{INBOX, answer_select, in_inbox, inbox, mailbox, play, session_with};

const NEW: &[u8] = b"Subject: next draft\r\n\r\nwell\r\n";

fn upload() -> Upload<&'static [u8]> {
    Upload::of(NEW).flags([Flag::Draft])
}

fn uid() -> Uid {
    Uid::new(7).unwrap()
}

/// Replaces UID 7 in the INBOX on a server with these capabilities.
async fn replace(
    capabilities: &str,
    server: impl AsyncFnOnce(&mut Peer),
) -> Result<Replacement, ReplaceError> {
    let client = async |selected: &mut Selected<'_>| selected.replace(uid(), upload()).await;
    in_inbox(Connector::new(), capabilities, client, server).await
}

/// Hears the new message in a command that begins like this.
async fn hear(peer: &mut Peer, command: &str) -> HeardTag {
    let (tag, line) = peer.command().await;
    assert_eq!(line, format!("{command} (\\Draft) {{{}+}}", NEW.len()));
    assert!(peer.octets(NEW.len()).await == NEW);
    assert_eq!(peer.line().await, "");
    tag
}

async fn hear_append(peer: &mut Peer, answer: &str) {
    let tag = hear(peer, "APPEND INBOX").await;
    peer.answer(&tag, answer).await;
}

#[tokio::test(start_paused = true)]
async fn with_replace_nothing_else_is_sent() {
    for (answer, expected) in [
        ("* OK [APPENDUID 59 44] stored\r\n* 3 EXPUNGE\r\n* 3 EXISTS\r\n$ OK done\r\n", Some(44)),
        ("* 3 EXPUNGE\r\n$ OK [APPENDUID 59 44] done\r\n", Some(44)),
        ("$ OK done\r\n", None),
    ] {
        let outcome = replace("LITERAL+ REPLACE UIDPLUS", async |peer| {
            let tag = hear(peer, "UID REPLACE 7 INBOX").await;
            peer.answer(&tag, answer).await;
        });
        let replacement = outcome.await.unwrap();
        assert_eq!(replacement.how, ReplacedBy::Replacing);
        assert_eq!(replacement.stored.uid.map(|(_, uid)| uid.value()), expected, "{answer}");
    }
}

/// What the server has refused is not tried in another way.
#[tokio::test(start_paused = true)]
async fn a_refused_replace_is_the_end_of_it() {
    for answer in [
        "$ NO [OVERQUOTA] full\r\n",
        "$ NO [TRYCREATE] no\r\n",
        "$ BAD what\r\n",
        "$ replaced\r\n",
        "* 1 FETCH (UID 1 BODY[] {5}\r\nhello world)\r\n$ OK done\r\n",
    ] {
        let outcome = replace("LITERAL+ REPLACE UIDPLUS", async |peer| {
            let tag = hear(peer, "UID REPLACE 7 INBOX").await;
            peer.answer(&tag, answer).await;
        });
        let error = outcome.await.expect_err(answer);
        assert_eq!(error.stage, ReplaceStage::Replacing, "{answer}");
        assert_eq!(error.stored.uid, None, "{answer}");
    }
    let outcome = replace("LITERAL+ REPLACE UIDPLUS", async |peer| {
        let tag = hear(peer, "UID REPLACE 7 INBOX").await;
        peer.answer(&tag, "* OK [APPENDUID 59 44] stored\r\n$ NO in the end\r\n").await;
    });
    let error = outcome.await.unwrap_err();
    assert!(error.stored.uid.is_some(), "what the server has said is told");
}

#[tokio::test(start_paused = true)]
async fn without_replace_the_old_message_goes_after_the_new_one_is_there() {
    let outcome = replace("LITERAL+ UIDPLUS", async |peer| {
        hear_append(peer, "* 4 EXISTS\r\n$ OK [APPENDUID 59 44] done\r\n").await;
        peer.exchange("UID STORE 7 +FLAGS.SILENT (\\Deleted)", "$ OK done\r\n").await;
        peer.exchange("UID EXPUNGE 7", "* 3 EXPUNGE\r\n$ OK done\r\n").await;
    });
    let replacement = outcome.await.unwrap();
    assert_eq!(replacement.how, ReplacedBy::AppendingAndExpunging);
    assert_eq!(replacement.stored.uid.map(|(_, uid)| uid.value()), Some(44));
    // A plain EXPUNGE would remove what others have marked.
    let outcome = replace("LITERAL+", async |peer| {
        hear_append(peer, "$ OK done\r\n").await;
        peer.exchange("UID STORE 7 +FLAGS.SILENT (\\Deleted)", "$ OK done\r\n").await;
    });
    assert_eq!(outcome.await.unwrap().how, ReplacedBy::AppendingAndMarking);
    // It is offered, and refused (Proton Bridge).
    let outcome = replace("LITERAL+ UIDPLUS", async |peer| {
        hear_append(peer, "$ OK done\r\n").await;
        peer.exchange("UID STORE 7 +FLAGS.SILENT (\\Deleted)", "$ OK done\r\n").await;
        peer.exchange("UID EXPUNGE 7", "$ NO not supported\r\n").await;
    });
    assert_eq!(outcome.await.unwrap().how, ReplacedBy::AppendingAndMarking);
}

/// Without a tagged OK to APPEND that can be true, nothing that removes mail is sent.
#[tokio::test(start_paused = true)]
async fn a_refused_append_is_never_followed_by_a_removal() {
    for capabilities in ["LITERAL+ UIDPLUS", "LITERAL+"] {
        for answer in [
            "$ NO [OVERQUOTA] full\r\n",
            "$ NO [TRYCREATE] no such mailbox\r\n",
            "$ NO [APPENDUID 59 44] no\r\n",
            "* OK [APPENDUID 59 44] stored\r\n$ NO in the end\r\n",
            "$ BAD what\r\n",
            "$ stored\r\n",
            // Whether the OK is the server's cannot be told.
            "* 1 FETCH (UID 1 BODY[] {5}\r\nhello world)\r\n$ OK [APPENDUID 59 44] done\r\n",
            // The old UID would be that of the new message.
            "$ OK [APPENDUID 59 7] done\r\n",
            // The mailbox is another one by now, and so is whatever has UID 7.
            "$ OK [APPENDUID 60 44] done\r\n",
        ] {
            let outcome = replace(capabilities, async |peer| hear_append(peer, answer).await);
            let error = outcome.await.expect_err(answer);
            assert_eq!(error.stage, ReplaceStage::Appending, "{answer}");
        }
    }
    let outcome = replace("LITERAL+ UIDPLUS", async |peer| {
        let doubt = "* 1 FETCH (UID 1 BODY[] {5}\r\nhello world)\r\n$ OK done\r\n";
        hear_append(peer, doubt).await;
    });
    let error = outcome.await.unwrap_err();
    assert!(matches!(error.error, AppendError::Server(Error::InDoubt { .. })), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn a_refused_literal_is_not_followed_by_a_removal() {
    for capabilities in ["UIDPLUS", "UIDPLUS REPLACE"] {
        for answer in ["$ NO [OVERQUOTA] full\r\n", "$ BAD too large\r\n"] {
            let outcome = replace(capabilities, async |peer| {
                let (tag, line) = peer.command().await;
                assert!(line.ends_with(&format!("{{{}}}", NEW.len())), "{line}");
                peer.answer(&tag, answer).await;
            });
            let error = outcome.await.expect_err(answer);
            assert!(matches!(error.error, AppendError::Server(Error::Refused { .. })), "{error:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_that_the_connection_does_not_outlive_is_not_followed_by_a_removal() {
    for answer in ["* BYE overload\r\n", "", "* OK [APPENDUID 59 44] stored\r\n", "* BYE\r\n$ OK stored\r\n"]
    {
        for cut in 0..=answer.len() {
            for (capabilities, command, stage) in [
                ("LITERAL+ UIDPLUS", "APPEND INBOX", ReplaceStage::Appending),
                ("LITERAL+ REPLACE", "UID REPLACE 7 INBOX", ReplaceStage::Replacing),
            ] {
                let outcome = replace(capabilities, async |peer| {
                    let tag = hear(peer, command).await;
                    let said = tag.fill_in(answer);
                    peer.say(&said.as_bytes()[..cut.min(said.len())]).await;
                    peer.end().await;
                    let rest = peer.rest().await;
                    assert!(rest.is_empty(), "{}", rest.escape_ascii());
                });
                let error = outcome.await.expect_err(answer);
                assert_eq!(error.stage, stage, "{answer}");
                assert!(matches!(error.error, AppendError::Server(Error::Lost(_))), "{error:?}");
            }
        }
    }
}

/// A source that ends too early, or is given up, ends the connection before the server has all of the message.
#[tokio::test(start_paused = true)]
async fn half_a_message_replaces_nothing() {
    for capabilities in ["LITERAL+ UIDPLUS", "LITERAL+ REPLACE"] {
        let (mut session, mut peer) = session_with(Connector::new(), capabilities).await;
        let client = async {
            let mut selected = session.select(&inbox()).await.unwrap();
            let error = selected.replace(uid(), Upload::new(10, &b"half"[..])).await.unwrap_err();
            assert!(matches!(error.error, AppendError::Source(_)), "{error:?}");
        };
        let server = async {
            answer_select(&mut peer).await;
            let rest = peer.rest().await;
            let rest = String::from_utf8_lossy(&rest);
            let (_, octets) = rest.split_once("INBOX {10+}\r\n").unwrap();
            assert!("half".starts_with(octets), "{rest:?}");
        };
        play(client, server).await;
        let (mut session, mut peer) = session_with(Connector::new(), capabilities).await;
        let client = async {
            let mut selected = session.select(&inbox()).await.unwrap();
            let (never, _kept) = tokio::io::duplex(1);
            let replace = selected.replace(uid(), Upload::new(10, never));
            assert!(tokio::time::timeout(std::time::Duration::from_secs(5), replace).await.is_err());
        };
        let server = async {
            answer_select(&mut peer).await;
            let rest = peer.rest().await;
            assert!(rest.ends_with(b"INBOX {10+}\r\n"), "{}", rest.escape_ascii());
        };
        play(client, server).await;
    }
}

/// What could not be removed is said, and that the new message is there.
#[tokio::test(start_paused = true)]
async fn an_old_message_that_could_not_be_removed_is_told() {
    for answer in ["$ NO [NOPERM] not yours\r\n", "$ BAD what\r\n", "$ stored\r\n"] {
        let outcome = replace("LITERAL+ UIDPLUS", async |peer| {
            hear_append(peer, "$ OK [APPENDUID 59 44] done\r\n").await;
            peer.exchange("UID STORE 7 +FLAGS.SILENT (\\Deleted)", answer).await;
        });
        let error = outcome.await.expect_err(answer);
        assert_eq!(error.stage, ReplaceStage::Removing, "{answer}");
        assert!(error.stored.uid.is_some());
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_is_not_asked_for() {
    let ask = async |capabilities: &str, upload: Upload<&'static [u8]>, opens: &str| {
        let (mut session, mut peer) = session_with(Connector::new(), capabilities).await;
        let client = async {
            let open = async |session: &mut Session| -> Result<Replacement, ReplaceError> {
                if opens == "EXAMINE" {
                    session.examine(&inbox()).await.unwrap().replace(uid(), upload.clone()).await
                } else {
                    session.select(&inbox()).await.unwrap().replace(uid(), upload.clone()).await
                }
            };
            let error = open(&mut session).await.unwrap_err();
            assert_eq!(error.stage, ReplaceStage::Asking);
            session.noop().await.unwrap();
            error.error
        };
        let server = async {
            peer.exchange(&format!("{opens} INBOX"), &format!("{INBOX}$ OK opened\r\n")).await;
            peer.exchange("NOOP", "$ OK done\r\n").await;
        };
        play(client, server).await.0
    };
    for capabilities in ["REPLACE APPENDLIMIT=5", "UIDPLUS APPENDLIMIT=5"] {
        let error = ask(capabilities, upload(), "EXAMINE").await;
        assert!(matches!(error, AppendError::Server(Error::ReadOnly { .. })), "{error:?}");
        let error = ask(capabilities, upload(), "SELECT").await;
        assert!(matches!(error, AppendError::Server(Error::TooLarge { limit: 5, .. })), "{error:?}");
        let error = ask(capabilities, Upload::of(b"\0"), "SELECT").await;
        assert!(matches!(error, AppendError::Server(Error::NotOffered { .. })), "{error:?}");
    }
}

/// A draft that was sent: the new message goes elsewhere, where UIDs say nothing about those here.
#[tokio::test(start_paused = true)]
async fn the_new_message_may_be_in_another_mailbox() {
    for (capabilities, how) in
        [("LITERAL+ REPLACE", ReplacedBy::Replacing), ("LITERAL+ UIDPLUS", ReplacedBy::AppendingAndExpunging)]
    {
        let (mut session, mut peer) = session_with(Connector::new(), capabilities).await;
        let client = async {
            let mut selected = session.select(&inbox()).await.unwrap();
            selected.replace_in(uid(), &mailbox("Sent"), upload()).await.unwrap()
        };
        let server = async {
            answer_select(&mut peer).await;
            if how == ReplacedBy::Replacing {
                let tag = hear(&mut peer, "UID REPLACE 7 Sent").await;
                peer.answer(&tag, "* OK [APPENDUID 3 7] stored\r\n* 3 EXPUNGE\r\n$ OK done\r\n").await;
                return;
            }
            let tag = hear(&mut peer, "APPEND Sent").await;
            peer.answer(&tag, "$ OK [APPENDUID 3 7] done\r\n").await;
            peer.exchange("UID STORE 7 +FLAGS.SILENT (\\Deleted)", "$ OK done\r\n").await;
            peer.exchange("UID EXPUNGE 7", "* 3 EXPUNGE\r\n$ OK done\r\n").await;
        };
        let (replacement, ()) = play(client, server).await;
        assert_eq!((replacement.how, replacement.stored.uid.unwrap().1), (how, uid()));
    }
}
