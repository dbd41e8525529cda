//! A server that takes so many messages at a time and no more (RFC 9738): what it leaves over is asked for again or
//! told, and never taken for done.

use tayori_client::{Connector, Discard, Error, FetchAttribute, Find, Found, SearchKey, Selected};
use tayori_proto::command::{ChangedSince, FetchMessages, StoreChange, UnchangedSince};
use tayori_proto::types::{Flag, Messages, ModSeq, SequenceSet, Uid};
use tayori_testkit::peer::Peer;

use crate::harness::{in_inbox, inbox, mailbox, numbers, play, session_with, uids};

const OFFER: &str = "MESSAGELIMIT=2 MOVE UIDPLUS ESEARCH CONDSTORE";

/// Opens INBOX on a server with a limit.
async fn limited<T>(
    client: impl AsyncFnOnce(&mut Selected<'_>) -> T,
    server: impl AsyncFnOnce(&mut Peer),
) -> T {
    let client = async |selected: &mut Selected<'_>| {
        assert_eq!(selected.message_limit().await.unwrap(), Some(2));
        client(selected).await
    };
    in_inbox(Connector::new(), OFFER, client, server).await
}

/// The UIDs of the rows, and how they ended.
async fn fetch(
    selected: &mut Selected<'_>,
    messages: impl Into<FetchMessages>,
) -> (Vec<u32>, Result<(), Error>) {
    let mut rows = selected.fetch(messages, FetchAttribute::Flags.into()).await.unwrap();
    let mut seen = Vec::new();
    loop {
        match rows.next(&mut Discard).await {
            Ok(Some(row)) => seen.push(row.uid().map_or(0, Uid::value)),
            Ok(None) => return (seen, Ok(())),
            Err(error) => return (seen, Err(error)),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_fetch_goes_on_below() {
    for limit in [
        "$ OK [MESSAGELIMIT 2 7] more\r\n",
        // In front, where the OK has something else to say.
        "* NO [MESSAGELIMIT 2 7] more\r\n$ OK [EXPUNGEISSUED] some are gone\r\n",
    ] {
        let (seen, end) = limited(
            async |selected| fetch(selected, uids("3:9")).await,
            async |peer| {
                let rows = "* 3 FETCH (UID 9 FLAGS ())\r\n* 2 FETCH (UID 7 FLAGS ())\r\n";
                peer.exchange("UID FETCH 3:9 FLAGS", &format!("{rows}{limit}")).await;
                let answer = "* 1 FETCH (UID 3 FLAGS ())\r\n$ OK done\r\n";
                peer.exchange("UID FETCH 3:6 FLAGS", answer).await;
            },
        )
        .await;
        end.unwrap();
        assert_eq!(seen, [9, 7, 3]);
    }
}

/// Other pieces are on their way meanwhile; what is left of one comes behind them.
#[tokio::test(start_paused = true)]
async fn each_piece_goes_on_below() {
    let outcome = limited(
        async |selected| {
            let pieces = [uids("1:4"), uids("5:8")];
            let mut rows = selected.fetch_in_pieces(pieces, FetchAttribute::Uid.into()).await.unwrap();
            let mut seen = Vec::new();
            while let Some(row) = rows.next(&mut Discard).await.unwrap() {
                seen.push(row.uid().unwrap().value());
            }
            seen
        },
        async |peer| {
            let (one, other) =
                (peer.expect("UID FETCH 1:4 UID").await, peer.expect("UID FETCH 5:8 UID").await);
            peer.answer(&one, "* 4 FETCH (UID 4)\r\n* 3 FETCH (UID 3)\r\n$ OK [MESSAGELIMIT 2 3] x\r\n")
                .await;
            let again = peer.expect("UID FETCH 1:2 UID").await;
            peer.answer(&other, "* 6 FETCH (UID 8)\r\n* 5 FETCH (UID 7)\r\n$ OK [MESSAGELIMIT 2 7] x\r\n")
                .await;
            let more = peer.expect("UID FETCH 5:6 UID").await;
            peer.answer(&again, "* 1 FETCH (UID 1)\r\n$ OK x\r\n").await;
            peer.answer(&more, "$ OK x\r\n").await;
        },
    );
    assert_eq!(outcome.await, [4, 3, 8, 7, 1]);
}

/// Where it is not known what is left, rows come first, and then that there should be more.
#[tokio::test(start_paused = true)]
async fn a_fetch_that_cannot_go_on_says_that_messages_are_missing() {
    let since = ChangedSince::Changed(ModSeq::new(5).unwrap());
    let partial = FetchMessages::Uids {
        set: "1:9".parse().unwrap(),
        changed_since: Some(since),
        partial: "1:9".parse().ok(),
    };
    for (messages, command, code) in [
        (numbers("1:3").into(), "FETCH 1:3 FLAGS", "MESSAGELIMIT 2 5"),
        (uids("3:9").into(), "UID FETCH 3:9 FLAGS", "MESSAGELIMIT 2"),
        (uids("3:9").into(), "UID FETCH 3:9 FLAGS", "MESSAGELIMIT 2 10"),
        (partial, "UID FETCH 1:9 FLAGS (CHANGEDSINCE 5 PARTIAL 1:9)", "MESSAGELIMIT 2 5"),
        (uids("3:9").into(), "UID FETCH 3:9 FLAGS", "MESSAGELIMIT 2 0"),
        (uids("3:9").into(), "UID FETCH 3:9 FLAGS", "MESSAGELIMIT 2 4294967296"),
        (uids("3:9").into(), "UID FETCH 3:9 FLAGS", "messagelimit 2 7 more"),
    ] {
        let (seen, end) = limited(
            async |selected| fetch(selected, messages).await,
            async |peer| {
                let answer = format!("* 3 FETCH (UID 9 FLAGS ())\r\n$ OK [{code}] not all\r\n");
                peer.exchange(command, &answer).await;
            },
        )
        .await;
        assert_eq!(seen, [9]);
        assert!(matches!(end, Err(Error::CutShort { limit: Some(2), .. })), "{command}: {end:?}");
    }
}

/// That there is more must not be lost with how much: neither where the code cannot be read nor where the end of the
/// command cannot.
#[tokio::test(start_paused = true)]
async fn a_limit_that_cannot_be_read_is_one() {
    for end in [
        "$ OK [MESSAGELIMIT] not all\r\n",
        "$ OK [MessageLimit x 7] not all\r\n",
        "$ OK [MESSAGELIMIT 4294967296 7] not all\r\n",
        "* NO [MESSAGELIMIT ?] not all\r\n$ OK [EXPUNGEISSUED] some are gone\r\n",
        "* NO [MESSAGELIMIT 2 0] not all\r\n$ done\r\n",
    ] {
        let (seen, outcome) = limited(
            async |selected| fetch(selected, uids("3:9")).await,
            async |peer| {
                let answer = format!("* 3 FETCH (UID 9 FLAGS ())\r\n{end}");
                peer.exchange("UID FETCH 3:9 FLAGS", &answer).await;
            },
        )
        .await;
        assert_eq!(seen, [9]);
        assert!(matches!(outcome, Err(Error::CutShort { lowest: None, .. })), "{end}: {outcome:?}");
        let outcome = limited(
            async |selected| selected.uid_search(SearchKey::All).await,
            async |peer| peer.exchange("UID SEARCH ALL", &format!("* SEARCH 9\r\n{end}")).await,
        );
        let outcome = outcome.await;
        assert!(matches!(outcome, Err(Error::CutShort { lowest: None, .. })), "{end}: {outcome:?}");
    }
}

/// A STORE has left some alone, and to say that there were none would hide it.
#[tokio::test(start_paused = true)]
async fn messages_that_were_left_alone_are_not_taken_for_none() {
    for code in ["MODIFIED", "modified 7:?", "MODIFIED (7)", "MODIFIED 0"] {
        for status in ["OK", "NO"] {
            let outcome = limited(
                async |selected| {
                    let since = UnchangedSince::ModSeq(ModSeq::new(9).unwrap());
                    let set = "1:9".parse().unwrap();
                    selected.store_unless_changed(set, since, StoreChange::Add, &[Flag::Seen]).await
                },
                async |peer| {
                    let command = "UID STORE 1:9 (UNCHANGEDSINCE 9) +FLAGS (\\Seen)";
                    peer.exchange(command, &format!("$ {status} [{code}] some\r\n")).await;
                },
            );
            match (status, outcome.await) {
                ("OK", Err(Error::Incomplete { .. })) | ("NO", Err(Error::Refused { .. })) => {}
                (_, other) => panic!("{status} [{code}]: {other:?}"),
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_fetch_in_one_flight_with_the_login_says_that_messages_are_missing() {
    let (session, mut peer) = session_with(Connector::new(), OFFER).await;
    let client = async {
        let mut flight = session.flight().select(&inbox());
        let mut rows = flight.fetch(uids("1:9"), FetchAttribute::Flags.into());
        let found = flight.uid_search(SearchKey::All);
        let landed = flight.launch().await.unwrap().land().await.unwrap();
        assert!(rows.next(&mut Discard).await.unwrap().is_some());
        let end = rows.next(&mut Discard).await;
        assert!(matches!(end, Err(Error::CutShort { .. })), "{end:?}");
        let found = found.wait().await;
        assert!(matches!(found, Err(Error::CutShort { .. })), "{found:?}");
        landed
    };
    let server = async {
        let select = peer.expect("SELECT INBOX").await;
        peer.answer(&select, "* 3 EXISTS\r\n$ OK [READ-WRITE] opened\r\n").await;
        let fetch = peer.expect("UID FETCH 1:9 FLAGS").await;
        peer.answer(&fetch, "* 3 FETCH (UID 9 FLAGS ())\r\n$ OK [MESSAGELIMIT 2 7] not all\r\n").await;
        let search = peer.expect("UID SEARCH ALL").await;
        peer.answer(&search, "* SEARCH 9\r\n$ OK [MESSAGELIMIT 2 7] not all\r\n").await;
    };
    play(client, server).await;
}

#[tokio::test(start_paused = true)]
async fn a_search_goes_on_below() {
    let found = limited(
        async |selected| selected.uid_search(SearchKey::Unseen).await.unwrap(),
        async |peer| {
            peer.exchange("UID SEARCH UNSEEN", "* SEARCH 9\r\n$ OK [MESSAGELIMIT 2 7] more\r\n").await;
            peer.exchange("UID SEARCH UNSEEN UID 1:6", "* SEARCH 5\r\n$ OK [MESSAGELIMIT 2 4] more\r\n")
                .await;
            peer.exchange("UID SEARCH UNSEEN UID 1:3", "$ OK done\r\n").await;
        },
    );
    assert_eq!(found.await.to_string(), "5,9");
    let found = limited(
        async |selected| selected.search(SearchKey::Unseen).await.unwrap(),
        async |peer| {
            peer.exchange("SEARCH UNSEEN", "* SEARCH 3\r\n$ OK [MESSAGELIMIT 2 7] more\r\n").await;
            peer.exchange("SEARCH UNSEEN UID 1:6", "* SEARCH 1\r\n$ OK done\r\n").await;
        },
    );
    assert_eq!(found.await.to_string(), "1,3");
}

#[tokio::test(start_paused = true)]
async fn what_is_wanted_of_a_search_is_put_together() {
    let esearch = "* ESEARCH (TAG \"$\") UID";
    for (find, option, first, second, expected) in [
        (Find::All, "ALL", "ALL 7:9", "ALL 2", ("2,7:9", Some(4))),
        (Find::Count, "COUNT", "COUNT 3", "COUNT 1", ("", Some(4))),
        (Find::Bounds, "MIN MAX", "MIN 7 MAX 9", "MIN 2 MAX 4", ("2,9", None)),
    ] {
        let found: Found = limited(
            async |selected| selected.find(SearchKey::Unseen, find).await.unwrap(),
            async |peer| {
                let command = format!("UID SEARCH RETURN ({option}) UNSEEN");
                let answer = format!("{esearch} {first}\r\n$ OK [MESSAGELIMIT 2 7] more\r\n");
                peer.exchange(&command, &answer).await;
                let answer = format!("{esearch} {second}\r\n$ OK done\r\n");
                peer.exchange(&format!("{command} UID 1:6"), &answer).await;
            },
        )
        .await;
        assert_eq!((found.uids.to_string().as_str(), found.count), expected, "{find:?}");
    }
    let partial = Find::Partial("1:5".parse().unwrap());
    let outcome = limited(
        async |selected| selected.find(SearchKey::Unseen, partial).await,
        async |peer| {
            peer.exchange("UID SEARCH UNSEEN", "* SEARCH 9\r\n$ OK [MESSAGELIMIT 2 7] more\r\n").await;
        },
    );
    assert!(matches!(outcome.await, Err(Error::CutShort { .. })));
}

/// A server that gets nowhere is not asked for ever.
#[tokio::test(start_paused = true)]
async fn a_search_that_does_not_come_down_ends() {
    let outcome = limited(
        async |selected| selected.uid_search(SearchKey::Unseen).await,
        async |peer| {
            peer.exchange("UID SEARCH UNSEEN", "* SEARCH 9\r\n$ OK [MESSAGELIMIT 2 7] more\r\n").await;
            let answer = "* SEARCH 6\r\n$ OK [MESSAGELIMIT 2 7] more\r\n";
            peer.exchange("UID SEARCH UNSEEN UID 1:6", answer).await;
        },
    );
    let error = outcome.await.unwrap_err();
    assert!(matches!(error, Error::CutShort { .. }), "{error:?}");
    assert_eq!(error.data().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn flags_are_changed_below_too() {
    let rows = limited(
        async |selected| {
            selected.store_silent(uids("1:9"), StoreChange::Add, &[Flag::Seen]).await.unwrap();
            selected.store(uids("1:9"), StoreChange::Add, &[Flag::Seen]).await.unwrap()
        },
        async |peer| {
            let silent = "UID STORE 1:9 +FLAGS.SILENT (\\Seen)";
            // Also where a silent command has the limit in front of its end.
            peer.exchange(silent, "* NO [MESSAGELIMIT 2 4] more\r\n$ OK [EXPUNGEISSUED] x\r\n").await;
            peer.exchange("UID STORE 1:3 +FLAGS.SILENT (\\Seen)", "$ OK done\r\n").await;
            let answer = "* 3 FETCH (UID 9 FLAGS (\\Seen))\r\n$ OK [MESSAGELIMIT 2 4] more\r\n";
            peer.exchange("UID STORE 1:9 +FLAGS (\\Seen)", answer).await;
            let answer = "* 1 FETCH (UID 3 FLAGS (\\Seen))\r\n$ OK done\r\n";
            peer.exchange("UID STORE 1:3 +FLAGS (\\Seen)", answer).await;
        },
    );
    let rows: Vec<_> = rows.await.iter().map(|row| row.uid().unwrap().value()).collect();
    assert_eq!(rows, [9, 3]);
}

/// By number, by what was saved, or on condition: how far it came is told, and nothing is done again.
#[tokio::test(start_paused = true)]
async fn what_cannot_go_on_is_an_error() {
    let set: SequenceSet<Uid> = "1:9".parse().unwrap();
    let error = limited(
        async |selected| selected.store(numbers("1:3"), StoreChange::Add, &[Flag::Seen]).await.unwrap_err(),
        async |peer| {
            let answer = "* 3 FETCH (FLAGS (\\Seen))\r\n$ OK [MESSAGELIMIT 2 4] more\r\n";
            peer.exchange("STORE 1:3 +FLAGS (\\Seen)", answer).await;
        },
    );
    let error = error.await;
    assert!(
        matches!(&error, Error::CutShort { command, lowest, .. } if command == "STORE" && *lowest == Uid::new(4))
    );
    assert_eq!(
        error.to_string(),
        "the server stopped STORE at its limit of 2 messages, before it was done: UID 4 is the lowest it came to"
    );
    assert_eq!(error.data().len(), 1);
    let outcome = limited(
        async |selected| {
            let since = UnchangedSince::ModSeq(ModSeq::new(9).unwrap());
            selected.store_unless_changed(set, since, StoreChange::Add, &[Flag::Seen]).await
        },
        async |peer| {
            let command = "UID STORE 1:9 (UNCHANGEDSINCE 9) +FLAGS (\\Seen)";
            peer.exchange(command, "$ OK [MESSAGELIMIT 2 4] more\r\n").await;
        },
    );
    assert!(matches!(outcome.await, Err(Error::CutShort { .. })));
    let outcome = limited(
        async |selected| selected.move_messages(numbers("1:3"), &mailbox("x")).await,
        async |peer| {
            peer.exchange("MOVE 1:3 x", "* 3 EXPUNGE\r\n$ OK [MESSAGELIMIT 2 4] more\r\n").await;
        },
    );
    assert!(matches!(outcome.await, Err(Error::CutShort { .. })));
    // COPY copies all or nothing, and says NO (RFC 9738); an OK is no proof of anything.
    for answer in
        ["$ OK [MESSAGELIMIT 2 4] more\r\n", "* NO [MESSAGELIMIT 2 4] more\r\n$ OK [EXPUNGEISSUED] x\r\n"]
    {
        let outcome = limited(
            async |selected| selected.copy(Messages::Uids("1:9".parse().unwrap()), &mailbox("x")).await,
            async |peer| peer.exchange("UID COPY 1:9 x", answer).await,
        );
        assert!(matches!(outcome.await, Err(Error::CutShort { .. })), "{answer}");
    }
}

#[tokio::test(start_paused = true)]
async fn messages_are_moved_and_removed_below_too() {
    let moved = limited(
        async |selected| selected.move_messages(uids("1:9"), &mailbox("x")).await.unwrap(),
        async |peer| {
            let answer = "* OK [COPYUID 5 4,9 1:2] x\r\n* 3 EXPUNGE\r\n* 2 EXPUNGE\r\n$ OK [MESSAGELIMIT 2 4] more\r\n";
            peer.exchange("UID MOVE 1:9 x", answer).await;
            let answer = "* OK [COPYUID 5 3 3] x\r\n* 1 EXPUNGE\r\n$ OK done\r\n";
            peer.exchange("UID MOVE 1:3 x", answer).await;
        },
    );
    let moved = moved.await;
    let copied = moved.uids.unwrap();
    assert_eq!((copied.from.to_string(), copied.to.to_string()), ("4,9,3".to_owned(), "1:2,3".to_owned()));
    assert_eq!(moved.expunged.len(), 3);
    let gone = limited(
        async |selected| selected.uid_expunge("1:9".parse().unwrap()).await.unwrap(),
        async |peer| {
            peer.exchange("UID EXPUNGE 1:9", "* 3 EXPUNGE\r\n$ OK [MESSAGELIMIT 2 4] more\r\n").await;
            peer.exchange("UID EXPUNGE 1:3", "* 1 EXPUNGE\r\n$ OK done\r\n").await;
        },
    );
    assert_eq!(gone.await.count(), 2);
}

/// What had moved before a later part was refused is told with the refusal.
#[tokio::test(start_paused = true)]
async fn a_later_part_that_is_refused_takes_nothing_from_what_is_known() {
    let outcome = limited(
        async |selected| selected.move_messages(uids("1:9"), &mailbox("x")).await,
        async |peer| {
            let answer = "* OK [COPYUID 5 4,9 1:2] x\r\n* 3 EXPUNGE\r\n* 2 EXPUNGE\r\n$ OK [MESSAGELIMIT 2 4] more\r\n";
            peer.exchange("UID MOVE 1:9 x", answer).await;
            peer.exchange("UID MOVE 1:3 x", "$ NO [OVERQUOTA] full\r\n").await;
        },
    );
    let error = outcome.await.unwrap_err();
    assert!(matches!(error, Error::Refused { .. }), "{error:?}");
    assert_eq!(tayori_client::MoveOutcome::before(&error).uids.unwrap().from.to_string(), "4,9");
}
