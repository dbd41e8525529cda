//! What a server does not offer is not asked for: BAD to one item would cost all that was asked for beside it.

use std::num::NonZeroU32;

use tayori_client::{
    Behaviour, Connector, Discard, Error, FetchAttribute, Find, SearchKey, Setting, StatusAttribute,
};
use tayori_proto::command::{Peek, PreviewMode};
use tayori_proto::response::StatusItem;
use tayori_proto::types::{Date, ImapString, ListPattern, NonEmpty, PartPath};

use crate::harness::{answer_select, inbox, mailbox, play, session_with, uids};

#[track_caller]
fn not_offered<T: std::fmt::Debug>(outcome: Result<T, Error>) -> &'static str {
    match outcome {
        Err(Error::NotOffered { capability }) => capability,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn an_item_of_a_fetch_that_is_not_offered_is_not_asked_for() {
    let part: PartPath = "1".parse().unwrap();
    let binary = FetchAttribute::Binary { path: part.clone(), partial: None, peek: Peek::Peek };
    for (attribute, capability, sent) in [
        (FetchAttribute::ModSeq, "CONDSTORE", "MODSEQ"),
        (FetchAttribute::EmailId, "OBJECTID", "EMAILID"),
        (FetchAttribute::ThreadId, "OBJECTID", "THREADID"),
        (FetchAttribute::SaveDate, "SAVEDATE", "SAVEDATE"),
        (FetchAttribute::Preview(PreviewMode::Lazy), "PREVIEW", "PREVIEW (LAZY)"),
        (FetchAttribute::GmMessageId, "X-GM-EXT-1", "X-GM-MSGID"),
        (FetchAttribute::GmThreadId, "X-GM-EXT-1", "X-GM-THRID"),
        (FetchAttribute::GmLabels, "X-GM-EXT-1", "X-GM-LABELS"),
        (FetchAttribute::BinarySize(part), "BINARY", "BINARY.SIZE[1]"),
        (binary, "BINARY", "BINARY.PEEK[1]"),
    ] {
        for offered in [false, true] {
            let capabilities = if offered { capability } else { "ESEARCH" };
            let (mut session, mut peer) = session_with(Connector::new(), capabilities).await;
            let client = async {
                let mut selected = session.select(&inbox()).await.unwrap();
                let items = NonEmpty::one(FetchAttribute::Flags).and(attribute.clone());
                let rows = selected.fetch(uids("1:*"), items.into()).await;
                if offered {
                    assert_eq!(rows.unwrap().next(&mut Discard).await.unwrap(), None);
                } else {
                    assert_eq!(not_offered(rows), capability);
                }
                selected.noop().await.unwrap();
            };
            let server = async {
                answer_select(&mut peer).await;
                if offered {
                    peer.exchange(&format!("UID FETCH 1:* (FLAGS {sent})"), "$ OK done\r\n").await;
                }
                peer.exchange("NOOP", "$ OK done\r\n").await;
            };
            play(client, server).await;
        }
    }
}

/// What is told of a message by an item of an extension is found in its row.
#[tokio::test(start_paused = true)]
async fn rows_tell_what_extensions_know() {
    let (mut session, mut peer) =
        session_with(Connector::new(), "OBJECTID SAVEDATE PREVIEW X-GM-EXT-1").await;
    let client = async {
        let mut selected = session.select(&inbox()).await.unwrap();
        let items = NonEmpty::one(FetchAttribute::EmailId)
            .and(FetchAttribute::ThreadId)
            .and(FetchAttribute::SaveDate)
            .and(FetchAttribute::Preview(PreviewMode::Lazy))
            .and(FetchAttribute::GmMessageId)
            .and(FetchAttribute::GmLabels);
        let mut rows = selected.fetch(uids("7"), items.into()).await.unwrap();
        let row = rows.next(&mut Discard).await.unwrap().unwrap();
        assert_eq!(row.email_id().unwrap().as_bytes(), b"M7");
        assert_eq!((row.thread_id(), row.preview()), (None, None));
        assert_eq!(row.save_date().unwrap().unix_seconds(), 1_704_067_200);
        assert_eq!(row.gm_message_id().unwrap().0, 5);
        assert_eq!(row.gm_labels().unwrap()[0].as_str(), "\\Important");
    };
    let server = async {
        answer_select(&mut peer).await;
        let command = "UID FETCH 7 (EMAILID THREADID SAVEDATE PREVIEW (LAZY) X-GM-MSGID X-GM-LABELS)";
        let row = "* 1 FETCH (UID 7 EMAILID (M7) THREADID NIL SAVEDATE \"01-Jan-2024 00:00:00 +0000\" \
                   PREVIEW NIL X-GM-MSGID 5 X-GM-LABELS (\"\\\\Important\"))\r\n$ OK done\r\n";
        peer.exchange(command, row).await;
    };
    play(client, server).await;
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_not_offered_is_not_searched_for() {
    let day = Date::new(2024, 1, 1).unwrap();
    let second = NonZeroU32::MIN;
    let raw = ImapString::new("has:attachment").unwrap();
    for (key, capability, sent) in [
        (SearchKey::Younger(second), "WITHIN", "YOUNGER 1"),
        (SearchKey::Older(second), "WITHIN", "OLDER 1"),
        (SearchKey::ModSeq { entry: None, since: None }, "CONDSTORE", "MODSEQ 0"),
        (SearchKey::EmailId("M1".try_into().unwrap()), "OBJECTID", "EMAILID M1"),
        (SearchKey::ThreadId("T1".try_into().unwrap()), "OBJECTID", "THREADID T1"),
        (SearchKey::SavedBefore(day), "SAVEDATE", "SAVEDBEFORE 1-Jan-2024"),
        (SearchKey::SaveDateSupported, "SAVEDATE", "SAVEDATESUPPORTED"),
        (SearchKey::GmailRaw(raw.clone()), "X-GM-EXT-1", "X-GM-RAW has:attachment"),
        (SearchKey::GmailLabel(raw.clone()), "X-GM-EXT-1", "X-GM-LABELS has:attachment"),
        (!SearchKey::Seen.or(SearchKey::SavedOn(day)), "SAVEDATE", "NOT OR SEEN SAVEDON 1-Jan-2024"),
    ] {
        let (mut session, mut peer) = session_with(Connector::new(), "ESEARCH").await;
        let client = async {
            let mut selected = session.select(&inbox()).await.unwrap();
            assert_eq!(not_offered(selected.uid_search(key.clone()).await), capability);
            assert_eq!(not_offered(selected.search(key.clone()).await), capability);
            assert_eq!(not_offered(selected.find(key.clone(), Find::Count).await), capability);
            selected.noop().await.unwrap();
        };
        let server = async {
            answer_select(&mut peer).await;
            peer.exchange("NOOP", "$ OK done\r\n").await;
        };
        play(client, server).await;
        let (mut session, mut peer) = session_with(Connector::new(), capability).await;
        let client = async {
            let mut selected = session.select(&inbox()).await.unwrap();
            assert!(selected.uid_search(key.clone()).await.unwrap().is_empty());
        };
        let server = async {
            answer_select(&mut peer).await;
            peer.exchange(&format!("UID SEARCH {sent}"), "* SEARCH\r\n$ OK done\r\n").await;
        };
        play(client, server).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_item_of_a_status_that_is_not_offered_is_not_asked_for() {
    let deleted = "IMAP4rev2 or QUOTA=RES-MESSAGE";
    for (item, capability, name, sent) in [
        (StatusAttribute::Size, "STATUS=SIZE", "STATUS=SIZE", "SIZE"),
        (StatusAttribute::HighestModSeq, "CONDSTORE", "CONDSTORE", "HIGHESTMODSEQ"),
        (StatusAttribute::MailboxId, "OBJECTID", "OBJECTID", "MAILBOXID"),
        (StatusAttribute::Deleted, "IMAP4rev2", deleted, "DELETED"),
        (StatusAttribute::Deleted, "QUOTA=RES-MESSAGE", deleted, "DELETED"),
        (StatusAttribute::DeletedStorage, "QUOTA=RES-STORAGE", "QUOTA=RES-STORAGE", "DELETED-STORAGE"),
        (StatusAttribute::AppendLimit, "APPENDLIMIT", "APPENDLIMIT", "APPENDLIMIT"),
    ] {
        for offered in [false, true] {
            let capabilities = if offered { capability } else { "LIST-STATUS" };
            let (mut session, mut peer) = session_with(Connector::new(), capabilities).await;
            let items = || NonEmpty::one(StatusAttribute::Messages).and(item.clone());
            let client = async {
                let outcome = session.status(&mailbox("a"), items()).await;
                if offered {
                    assert_eq!(outcome.unwrap().items, [StatusItem::Messages(3)]);
                    return;
                }
                assert_eq!(not_offered(outcome), name);
                let outcome = session.list_with_status(&ListPattern::all(), items()).await;
                assert_eq!(not_offered(outcome), name);
                session.noop().await.unwrap();
            };
            let server = async {
                if offered {
                    let asked = format!("STATUS a (MESSAGES {sent})");
                    peer.exchange(&asked, "* STATUS a (MESSAGES 3)\r\n$ OK done\r\n").await;
                } else {
                    peer.exchange("NOOP", "$ OK done\r\n").await;
                }
            };
            play(client, server).await;
        }
    }
}

/// Cyrus tells octets of freed memory for a MAILBOXID beside counters.
#[tokio::test(start_paused = true)]
async fn an_id_is_asked_for_alone_where_it_has_to_be() {
    let items = || NonEmpty::one(StatusAttribute::MailboxId).and(StatusAttribute::Messages);
    for setting in [Setting::On, Setting::Off] {
        for listing in ["", "LIST-STATUS"] {
            let connector = Connector::new().behaviour(Behaviour::MailboxIdAlone, setting);
            let (mut session, mut peer) = session_with(connector, &format!("OBJECTID {listing}")).await;
            let client = async {
                let status = session.status(&mailbox("a"), items()).await.unwrap();
                assert_eq!(status.items.len(), 2, "{status:?}");
                let listed = session.list_with_status(&ListPattern::all(), items()).await.unwrap();
                assert_eq!(listed.len(), 1);
                assert_eq!(listed[0].status.as_ref().map(|status| status.items.len()), Some(2), "{listed:?}");
            };
            let server = async {
                let told: &[(&str, &str)] = match setting {
                    Setting::On => &[("MESSAGES", "MESSAGES 3"), ("MAILBOXID", "MAILBOXID (F1)")],
                    Setting::Off => &[("MAILBOXID MESSAGES", "MAILBOXID (F1) MESSAGES 3")],
                };
                for (asked, answered) in told {
                    let answer = format!("* STATUS a ({answered})\r\n$ OK done\r\n");
                    peer.exchange(&format!("STATUS a ({asked})"), &answer).await;
                }
                if listing.is_empty() {
                    peer.exchange("LIST \"\" *", "* LIST () NIL a\r\n$ OK done\r\n").await;
                }
                for (asked, answered) in told {
                    let status = format!("* STATUS a ({answered})\r\n$ OK done\r\n");
                    if listing.is_empty() {
                        peer.exchange(&format!("STATUS a ({asked})"), &status).await;
                    } else {
                        let command = format!("LIST \"\" * RETURN (CHILDREN STATUS ({asked}))");
                        peer.exchange(&command, &format!("* LIST () NIL a\r\n{status}")).await;
                    }
                }
            };
            play(client, server).await;
        }
    }
}
