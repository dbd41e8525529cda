//! What extensions bring, and what is done without them.

use tayori_client::{
    Access, Change, Connector, Error, FetchAttribute, Find, Found, RowEvent, SearchKey, StatusAttribute,
};
use tayori_proto::command::{ChangedSince, FetchMessages, QResync, StoreChange, UnchangedSince};
use tayori_proto::response::StatusItem;
use tayori_proto::types::{
    Flag, ListPattern, ModSeq, NonEmpty, PartialRange, SequenceSet, Uid, UidSet, UidValidity,
};
use tayori_testkit::peer::Peer;

use crate::harness::{INBOX, answer_select, inbox, play, session_with};

fn set(uids: &str) -> SequenceSet<Uid> {
    uids.parse().unwrap()
}

fn uids(uids: &str) -> UidSet {
    set(uids).resolve(None)
}

fn modseq(number: u64) -> ModSeq {
    ModSeq::new(number).unwrap()
}

/// Looks for unseen mail on a server with these capabilities, which hears this and answers that.
async fn find(capabilities: &str, find: Find, command: &str, answer: &str) -> Found {
    let (mut session, mut peer) = session_with(Connector::new(), capabilities).await;
    let client = async {
        let mut selected = session.select(&inbox()).await.unwrap();
        let found = selected.find(SearchKey::Unseen, find).await.unwrap();
        selected.noop().await.unwrap();
        found
    };
    let server = async {
        answer_select(&mut peer).await;
        peer.exchange(command, answer).await;
        peer.exchange("NOOP", "$ OK done\r\n").await;
    };
    play(client, server).await.0
}

#[tokio::test(start_paused = true)]
async fn a_search_asks_for_no_more_than_is_wanted() {
    let esearch = "* ESEARCH (TAG \"$\") UID";
    let first = Find::Partial(PartialRange::newest(nz(1)..=nz(2)));
    for (wanted, command, told, expected, count) in [
        (Find::All, "UID SEARCH RETURN (ALL) UNSEEN", "ALL 2,7:9", "2,7:9", Some(4)),
        (Find::Count, "UID SEARCH RETURN (COUNT) UNSEEN", "COUNT 4", "", Some(4)),
        (Find::Bounds, "UID SEARCH RETURN (MIN MAX) UNSEEN", "MIN 2 MAX 9", "2,9", None),
        (first, "UID SEARCH RETURN (PARTIAL -1:-2) UNSEEN", "PARTIAL (-1:-2 8:9)", "8:9", None),
    ] {
        let answer = format!("{esearch} {told}\r\n$ OK done\r\n");
        let found = find("ESEARCH PARTIAL", wanted, command, &answer).await;
        assert_eq!(found.uids.to_string(), expected, "{wanted:?}");
        assert_eq!(found.count, count, "{wanted:?}");
        // The same is found out by ourselves where the server cannot tell.
        let plain = "* SEARCH 2 7 8 9\r\n$ OK done\r\n";
        let found = find("", wanted, "UID SEARCH UNSEEN", plain).await;
        assert_eq!((found.uids.to_string(), found.count), (expected.to_owned(), Some(4)), "{wanted:?}");
        // Cyrus 2.4.16 answers so to both.
        let found = find("ESEARCH PARTIAL", wanted, command, plain).await;
        assert_eq!(found.uids.to_string(), expected, "{wanted:?}");
        // iCloud says nothing where nothing was found.
        assert!(find("", wanted, "UID SEARCH UNSEEN", "$ OK done\r\n").await.uids.is_empty());
    }
}

fn nz(number: u32) -> std::num::NonZeroU32 {
    std::num::NonZeroU32::new(number).unwrap()
}

/// IMAP4rev2 answers a plain search in the new form, with all that it has found (RFC 9051 section 6.4.4).
#[tokio::test(start_paused = true)]
async fn places_are_counted_in_all_that_rev2_has_found() {
    let newest = Find::Partial(PartialRange::newest(nz(1)..=nz(10)));
    for told in ["ALL 1:100", "ALL 51:100 ALL 1:50"] {
        let answer = format!("* ESEARCH (TAG \"$\") UID {told}\r\n$ OK done\r\n");
        let found = find("IMAP4rev2", newest, "UID SEARCH UNSEEN", &answer).await;
        assert_eq!((found.uids.to_string(), found.count), ("91:100".to_owned(), Some(100)));
    }
}

/// An answer about another mailbox is no answer about this one.
#[tokio::test(start_paused = true)]
async fn what_was_found_elsewhere_does_not_count() {
    let answer = "* ESEARCH (TAG \"$\" MAILBOX other UIDVALIDITY 3) UID ALL 1:99\r\n\
                  * ESEARCH (TAG \"$\") UID ALL 5\r\n$ OK done\r\n";
    let found = find("ESEARCH", Find::All, "UID SEARCH RETURN (ALL) UNSEEN", answer).await;
    assert_eq!(found.uids.to_string(), "5");
}

#[tokio::test(start_paused = true)]
async fn a_mailbox_is_opened_with_what_has_changed_in_it() {
    let (mut session, mut peer) = session_with(Connector::new(), "QRESYNC CONDSTORE ENABLE").await;
    let since = QResync::new(UidValidity::new(59).unwrap(), modseq(90));
    let client = async {
        let mut changes = Vec::new();
        let opened = session.resync(&inbox(), Access::ReadWrite, since, |change| changes.push(change)).await;
        let mailbox = opened.unwrap().mailbox().clone();
        (mailbox, changes)
    };
    let server = async {
        let answer = format!(
            "{INBOX}* OK [HIGHESTMODSEQ 95] x\r\n* VANISHED (EARLIER) 3:4,9\r\n\
             * 2 FETCH (UID 7 FLAGS (\\Seen) MODSEQ (93))\r\n$ OK [READ-WRITE] opened\r\n"
        );
        peer.exchange("SELECT INBOX (QRESYNC (59 90))", &answer).await;
    };
    let ((mailbox, changes), ()) = play(client, server).await;
    assert_eq!((mailbox.exists(), mailbox.highest_modseq()), (3, Some(modseq(95))));
    assert_eq!(changes[0], Change::Vanished(uids("3:4,9")));
    assert!(matches!(&changes[1], Change::Row(row) if row.uid() == Uid::new(7)), "{changes:?}");
    assert_eq!(changes.len(), 2);
}

/// While another mailbox is open, rows in front of CLOSED are about that one: a change must not be taken into the wrong
/// mailbox.
#[tokio::test(start_paused = true)]
async fn news_of_the_mailbox_before_are_not_taken_for_the_next_one() {
    let (mut session, mut peer) = session_with(Connector::new(), "QRESYNC CONDSTORE ENABLE").await;
    let since = QResync::new(UidValidity::new(59).unwrap(), modseq(90));
    let client = async {
        session.select(&inbox()).await.unwrap();
        let mut changes = Vec::new();
        session.resync(&inbox(), Access::ReadOnly, since, |change| changes.push(change)).await.unwrap();
        changes
    };
    let server = async {
        answer_select(&mut peer).await;
        let answer = format!(
            "* 1 FETCH (UID 1 FLAGS (\\Deleted))\r\n* VANISHED 44\r\n* OK [CLOSED] x\r\n{INBOX}\
             * VANISHED (EARLIER) 3\r\n$ OK [READ-ONLY] opened\r\n"
        );
        peer.exchange("EXAMINE INBOX (QRESYNC (59 90))", &answer).await;
    };
    let (changes, ()) = play(client, server).await;
    assert_eq!(changes, [Change::Vanished(uids("3"))]);
}

/// A server that never says CLOSED leaves it open whose the changes are: that they are nobody's must not pass for none.
#[tokio::test(start_paused = true)]
async fn changes_that_may_be_of_another_mailbox_are_missed_and_that_is_said() {
    for access in [Access::ReadWrite, Access::ReadOnly] {
        let (mut session, mut peer) =
            session_with(Connector::new(), "QRESYNC CONDSTORE ENABLE UNSELECT").await;
        let since = || QResync::new(UidValidity::new(59).unwrap(), modseq(90));
        let client = async {
            session.select(&inbox()).await.unwrap();
            let mut changes = Vec::new();
            let outcome = session.resync(&inbox(), access, since(), |change| changes.push(change)).await;
            let error = outcome.unwrap_err();
            assert!(matches!(error, Error::Incomplete { .. }), "{error:?}");
            assert_eq!(changes, []);
            // With nothing open, there is nothing to take it for.
            session.select(&inbox()).await.unwrap().unselect().await.unwrap();
            session.resync(&inbox(), access, since(), |change| changes.push(change)).await.unwrap();
            assert_eq!(changes.len(), 2);
        };
        let server = async {
            answer_select(&mut peer).await;
            let told = "* VANISHED (EARLIER) 3\r\n* 1 FETCH (UID 7 FLAGS (\\Seen) MODSEQ (93))\r\n";
            let answer = format!("{INBOX}{told}$ OK [READ-WRITE] opened\r\n");
            let word = if access == Access::ReadWrite { "SELECT" } else { "EXAMINE" };
            let command = format!("{word} INBOX (QRESYNC (59 90))");
            peer.exchange(&command, &answer).await;
            answer_select(&mut peer).await;
            peer.exchange("UNSELECT", "$ OK done\r\n").await;
            peer.exchange(&command, &answer).await;
        };
        play(client, server).await;
    }
}

#[tokio::test(start_paused = true)]
async fn without_the_extension_nothing_is_sent() {
    let (mut session, mut peer) = session_with(Connector::new(), "").await;
    let client = async {
        let since = QResync::new(UidValidity::new(59).unwrap(), modseq(90));
        let outcome = session.resync(&inbox(), Access::ReadWrite, since, |_| {}).await;
        assert!(matches!(outcome, Err(Error::NotOffered { capability: "QRESYNC" })));
        let mut selected = session.select(&inbox()).await.unwrap();
        let since = UnchangedSince::ModSeq(modseq(5));
        let outcome = selected.store_unless_changed(set("1"), since, StoreChange::Add, &[Flag::Seen]).await;
        assert!(matches!(outcome, Err(Error::NotOffered { capability: "CONDSTORE" })));
    };
    play(client, answer_select(&mut peer)).await;
}

#[tokio::test(start_paused = true)]
async fn rows_and_what_has_vanished_come_in_their_order() {
    let (mut session, mut peer) = session_with(Connector::new(), "QRESYNC CONDSTORE").await;
    let client = async {
        let mut selected = session.select(&inbox()).await.unwrap();
        let messages = FetchMessages::Uids {
            set: set("1:9"),
            changed_since: Some(ChangedSince::ChangedOrVanished(modseq(12))),
            partial: None,
        };
        let mut rows = selected.fetch(messages, FetchAttribute::Flags.into()).await.unwrap();
        let mut events = Vec::new();
        while let Some(event) = rows.next_event().await.unwrap() {
            events.push(event);
        }
        events
    };
    let server = async {
        answer_select(&mut peer).await;
        let answer = "* VANISHED (EARLIER) 2,4\r\n* 1 FETCH (UID 1 FLAGS () MODSEQ (13))\r\n$ OK done\r\n";
        peer.exchange("UID FETCH 1:9 (FLAGS) (CHANGEDSINCE 12 VANISHED)", answer).await;
    };
    let (events, ()) = play(client, server).await;
    assert!(
        matches!(&events[..], [RowEvent::Vanished(gone), RowEvent::Row(_)] if *gone == uids("2,4")),
        "{events:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_change_made_elsewhere_is_not_undone() {
    for (answer, untold) in [
        ("* 1 FETCH (UID 3 MODSEQ (99) FLAGS (\\Seen))\r\n$ OK [MODIFIED 5] done\r\n", ""),
        // Of 7 nothing is said: with OK it has what it was to get, with NO it may be gone.
        ("* 1 FETCH (UID 3 MODSEQ (99) FLAGS (\\Seen))\r\n$ NO [MODIFIED 5] not all\r\n", "7"),
    ] {
        let (mut session, mut peer) = session_with(Connector::new(), "CONDSTORE").await;
        let client = async {
            let mut selected = session.select(&inbox()).await.unwrap();
            let since = UnchangedSince::ModSeq(modseq(90));
            selected.store_unless_changed(set("3,5,7"), since, StoreChange::Add, &[Flag::Seen]).await.unwrap()
        };
        let server = async {
            answer_select(&mut peer).await;
            peer.exchange("UID STORE 3,5,7 (UNCHANGEDSINCE 90) +FLAGS (\\Seen)", answer).await;
        };
        let (outcome, ()) = play(client, server).await;
        assert_eq!((outcome.rows.len(), outcome.modified.to_string()), (1, "5".to_owned()));
        assert_eq!(outcome.untold.to_string(), untold);
    }
}

/// Lists everything with counts; gives the names and how many messages they hold.
async fn list(capabilities: &str, server: impl AsyncFnOnce(&mut Peer)) -> Vec<(String, Option<u32>)> {
    let (mut session, mut peer) = session_with(Connector::new(), capabilities).await;
    let client = async {
        let items = NonEmpty::one(StatusAttribute::Messages);
        let listed = session.list_with_status(&ListPattern::all(), items).await.unwrap();
        session.noop().await.unwrap();
        listed
    };
    let server = async {
        server(&mut peer).await;
        peer.exchange("NOOP", "$ OK done\r\n").await;
    };
    let (listed, ()) = play(client, server).await;
    let shown = listed.into_iter().map(|listed| {
        let messages = listed.status.and_then(|status| match status.items[..] {
            [StatusItem::Messages(messages)] => Some(messages),
            _ => None,
        });
        (listed.row.name.as_str().to_owned(), messages)
    });
    shown.collect()
}

#[tokio::test(start_paused = true)]
async fn mailboxes_come_with_what_is_in_them() {
    let expected = [("INBOX".to_owned(), Some(3)), ("a".to_owned(), None), ("b".to_owned(), Some(9))];
    let extended = "LIST \"\" * RETURN (CHILDREN STATUS (MESSAGES))";
    let listed = list("LIST-EXTENDED LIST-STATUS", async |peer| {
        let answer = "* LIST () \"/\" INBOX\r\n* STATUS INBOX (MESSAGES 3)\r\n* LIST (\\NonExistent) \"/\" a\r\n\
                      * STATUS b (MESSAGES 9)\r\n* LIST () \"/\" b\r\n$ OK done\r\n";
        peer.exchange(extended, answer).await;
    });
    assert_eq!(listed.await, expected);
    let old = async |peer: &mut Peer| {
        let answer =
            "* LIST () \"/\" INBOX\r\n* LIST (\\NoSelect) \"/\" a\r\n* LIST () \"/\" b\r\n$ OK done\r\n";
        peer.exchange("LIST \"\" *", answer).await;
        let one = peer.expect("STATUS INBOX (MESSAGES)").await;
        let other = peer.expect("STATUS b (MESSAGES)").await;
        peer.answer(&one, "* STATUS INBOX (MESSAGES 3)\r\n$ OK done\r\n").await;
        peer.answer(&other, "* STATUS b (MESSAGES 9)\r\n$ OK done\r\n").await;
    };
    assert_eq!(list("", old).await, expected);
    // Strato says OK and lists nothing; Proton Bridge does not understand it.
    for refusal in ["$ OK LIST completed\r\n", "$ BAD expected mailbox\r\n"] {
        let listed = list("LIST-EXTENDED LIST-STATUS", async |peer: &mut Peer| {
            peer.exchange(extended, refusal).await;
            old(peer).await;
        });
        assert_eq!(listed.await, expected);
    }
}

/// News of a mailbox (RFC 5465) holds other items, and takes none from the answer, wherever it stands.
#[tokio::test(start_paused = true)]
async fn news_of_a_mailbox_takes_nothing_from_its_row() {
    for told in [
        "* STATUS a (MESSAGES 3)\r\n* STATUS a (UIDNEXT 9)\r\n",
        "* STATUS a (UIDNEXT 9)\r\n* STATUS a (MESSAGES 2)\r\n* STATUS a (MESSAGES 3)\r\n",
    ] {
        let (mut session, mut peer) = session_with(Connector::new(), "LIST-EXTENDED LIST-STATUS").await;
        let client = async {
            let items = NonEmpty::one(StatusAttribute::Messages);
            session.list_with_status(&ListPattern::all(), items).await.unwrap()
        };
        let answer = format!("* LIST () \"/\" a\r\n{told}$ OK done\r\n");
        let command = "LIST \"\" * RETURN (CHILDREN STATUS (MESSAGES))";
        let (listed, ()) = play(client, peer.exchange(command, &answer)).await;
        let items = &listed[0].status.as_ref().unwrap().items;
        assert!(items.contains(&StatusItem::Messages(3)), "{told} {items:?}");
        assert!(items.contains(&StatusItem::UidNext(Uid::new(9))), "{told} {items:?}");
        assert_eq!(items.len(), 2, "{told}");
    }
}

/// A mailbox that cannot be looked at costs no other.
#[tokio::test(start_paused = true)]
async fn a_mailbox_that_says_nothing_is_listed_all_the_same() {
    let listed = list("", async |peer| {
        peer.exchange("LIST \"\" *", "* LIST () \"/\" a\r\n* LIST () \"/\" b\r\n$ OK done\r\n").await;
        let one = peer.expect("STATUS a (MESSAGES)").await;
        let other = peer.expect("STATUS b (MESSAGES)").await;
        peer.answer(&one, "$ NO [NOPERM] not yours\r\n").await;
        peer.answer(&other, "* STATUS b (MESSAGES 9)\r\n$ OK done\r\n").await;
    });
    assert_eq!(listed.await, [("a".to_owned(), None), ("b".to_owned(), Some(9))]);
}
