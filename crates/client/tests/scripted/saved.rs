//! Searches whose result the server keeps (RFC 5182): `$` is used only where it is known what it stands for.

use tayori_client::{Connector, Discard, Error, FetchAttribute, SearchKey, Selected};
use tayori_proto::command::StoreChange;
use tayori_proto::types::{Flag, Messages};

use crate::harness::{answer_select, inbox, mailbox, play, refused, session_with};

const OFFER: &str = "SEARCHRES ESEARCH MOVE UIDPLUS";

/// All that is about what a search has saved, each refused before it is sent.
async fn nothing_is_sent(selected: &mut Selected<'_>) {
    let saved = || Messages::SavedByUid;
    let is_refused = |error: Option<Error>| matches!(error, Some(Error::NothingSaved { .. }));
    assert!(is_refused(selected.copy(saved(), &mailbox("x")).await.err()));
    assert!(is_refused(selected.move_messages(saved(), &mailbox("x")).await.err()));
    assert!(is_refused(selected.store_silent(saved(), StoreChange::Add, &[Flag::Deleted]).await.err()));
    assert!(is_refused(selected.uid_search(SearchKey::Saved.and(SearchKey::Seen)).await.err()));
    assert!(is_refused(selected.search_and_save(SearchKey::Saved).await.err()));
    let mut rows = selected.fetch(Messages::Saved, FetchAttribute::Flags.into()).await.unwrap();
    assert!(is_refused(rows.next(&mut Discard).await.err()));
    assert_eq!(rows.refused_pieces(), [0]);
}

#[tokio::test(start_paused = true)]
async fn what_was_saved_is_fetched_changed_and_copied() {
    let (mut session, mut peer) = session_with(Connector::new(), OFFER).await;
    let client = async {
        let mut selected = session.select(&inbox()).await.unwrap();
        nothing_is_sent(&mut selected).await;
        selected.search_and_save(SearchKey::Unseen).await.unwrap();
        let mut rows = selected.fetch(Messages::SavedByUid, FetchAttribute::Flags.into()).await.unwrap();
        assert!(rows.next(&mut Discard).await.unwrap().is_some());
        assert!(rows.next(&mut Discard).await.unwrap().is_none());
        drop(rows);
        selected.store_silent(Messages::SavedByUid, StoreChange::Add, &[Flag::Seen]).await.unwrap();
        selected.copy(Messages::SavedByUid, &mailbox("x")).await.unwrap();
        selected.move_messages(Messages::SavedByUid, &mailbox("y")).await.unwrap();
        let found = selected.uid_search(SearchKey::Saved.and(SearchKey::Seen)).await.unwrap();
        assert_eq!(found.to_string(), "4");
        // Within what was saved, and in its place.
        selected.search_and_save(SearchKey::Saved.and(SearchKey::Seen)).await.unwrap();
        selected.reopen().await.unwrap();
        nothing_is_sent(&mut selected).await;
    };
    let server = async {
        answer_select(&mut peer).await;
        peer.exchange("UID SEARCH RETURN (SAVE) UNSEEN", "$ OK done\r\n").await;
        peer.exchange("UID FETCH $ FLAGS", "* 1 FETCH (UID 4 FLAGS ())\r\n$ OK done\r\n").await;
        for command in ["UID STORE $ +FLAGS.SILENT (\\Seen)", "UID COPY $ x", "UID MOVE $ y"] {
            peer.exchange(command, "$ OK done\r\n").await;
        }
        peer.exchange("UID SEARCH $ SEEN", "* SEARCH 4\r\n$ OK done\r\n").await;
        peer.exchange("UID SEARCH RETURN (SAVE) $ SEEN", "$ OK done\r\n").await;
        answer_select(&mut peer).await;
    };
    play(client, server).await;
}

/// What an earlier search has left must not be taken for the result of one that failed: with STORE that would change
/// other mail.
#[tokio::test(start_paused = true)]
async fn a_search_that_saves_nothing_leaves_nothing_to_use() {
    for answer in ["$ NO [NOTSAVED] too many\r\n", "$ BAD what\r\n", "$ OK [MESSAGELIMIT 2 5] not all\r\n"] {
        let (mut session, mut peer) = session_with(Connector::new(), OFFER).await;
        let client = async {
            let mut selected = session.select(&inbox()).await.unwrap();
            selected.search_and_save(SearchKey::Unseen).await.unwrap();
            let outcome = selected.search_and_save(SearchKey::Seen).await;
            match outcome {
                Err(Error::CutShort { .. }) => assert!(answer.contains("MESSAGELIMIT")),
                other => assert_eq!(refused(other).0, "UID SEARCH"),
            }
            nothing_is_sent(&mut selected).await;
            selected.noop().await.unwrap();
        };
        let server = async {
            answer_select(&mut peer).await;
            peer.exchange("UID SEARCH RETURN (SAVE) UNSEEN", "$ OK done\r\n").await;
            peer.exchange("UID SEARCH RETURN (SAVE) SEEN", answer).await;
            peer.exchange("NOOP", "$ OK done\r\n").await;
        };
        play(client, server).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_search_that_was_given_up_leaves_nothing_to_use() {
    let (mut session, mut peer) = session_with(Connector::new(), OFFER).await;
    let client = async {
        let mut selected = session.select(&inbox()).await.unwrap();
        selected.search_and_save(SearchKey::Unseen).await.unwrap();
        tokio::select! {
            biased;
            outcome = selected.search_and_save(SearchKey::Seen) => panic!("{outcome:?}"),
            () = tokio::task::yield_now() => {}
        }
        nothing_is_sent(&mut selected).await;
    };
    let server = async {
        answer_select(&mut peer).await;
        peer.exchange("UID SEARCH RETURN (SAVE) UNSEEN", "$ OK done\r\n").await;
    };
    play(client, server).await;
}

#[tokio::test(start_paused = true)]
async fn without_the_capability_nothing_is_saved() {
    let (mut session, mut peer) = session_with(Connector::new(), "ESEARCH MOVE UIDPLUS").await;
    let client = async {
        let mut selected = session.select(&inbox()).await.unwrap();
        let outcome = selected.search_and_save(SearchKey::Seen).await;
        assert!(matches!(outcome, Err(Error::NotOffered { capability: "SEARCHRES" })), "{outcome:?}");
        selected.noop().await.unwrap();
    };
    let server = async {
        answer_select(&mut peer).await;
        peer.exchange("NOOP", "$ OK done\r\n").await;
    };
    play(client, server).await;
}
