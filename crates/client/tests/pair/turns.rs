//! More messages than the server takes in one command (RFC 9738): everything is done, in turns, and nothing is lost.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use tayori_client::{
    Connector, Error, FetchAttribute, Find, LoginPolicy, Relocated, SearchKey, Selected, Session, Upload,
};
use tayori_proto::command::{SortCriterion, SortKey, SortOrder, StoreChange};
use tayori_proto::response::ResponseCode;
use tayori_proto::types::{Capability, Flag, MailboxName, NonEmpty, SequenceSet, Uid};
use tayori_server::Options;
use tayori_testkit::pair::{Host, credentials, memory_store};
use tayori_testkit::persona::lacking;

use crate::harness::{Bodies, connect, everything, inbox, log_in, mailbox, numbers, uids, within};

const MESSAGES: u32 = 10;
const NOTHING: &[Capability] = &[];
const NO_MOVE: &[Capability] = &[Capability::Move, Capability::Imap4Rev2];
/// IMAP4rev2 holds UIDPLUS, too.
const NEITHER: &[Capability] = &[Capability::Move, Capability::UidPlus, Capability::Imap4Rev2];
/// The limit is in force, and not listed.
const UNTOLD: &[Capability] =
    &[Capability::Move, Capability::Imap4Rev2, Capability::MultiAppend, Capability::MessageLimit(3)];

/// Three messages at a time, ten in INBOX, none in `a` and `b`.
async fn host(missing: &'static [Capability]) -> Host {
    let mut options = Options::default();
    options.limits.command_messages = NonZeroU32::new(3);
    options.conducts = Some(lacking::conducts(missing));
    let host = Host::with(memory_store(), options);
    let mut session = log_in(&host).await;
    session.create(&mailbox("a")).await.unwrap();
    session.create(&mailbox("b")).await.unwrap();
    let messages: Vec<Vec<u8>> = (1..=MESSAGES).map(|number| message(number).into_bytes()).collect();
    let uploads: Vec<Upload<&[u8]>> = messages.iter().map(|octets| Upload::of(&octets[..])).collect();
    // So many in one command are refused, so they go one by one.
    let stored = session.append_messages(&inbox(), NonEmpty::try_from(uploads).unwrap()).await.unwrap();
    assert_eq!(stored.len(), messages.len());
    host
}

fn message(number: u32) -> String {
    format!("Subject: number {number}\r\n\r\n{}\r\n", "x".repeat(number as usize))
}

fn all() -> SequenceSet<Uid> {
    "1:*".parse().unwrap()
}

/// How often each message is in each of the mailboxes, and the flags it has there.
async fn look(host: &Host) -> BTreeMap<(String, u32), Vec<Vec<Flag>>> {
    let mut session = log_in(host).await;
    let mut found: BTreeMap<(String, u32), Vec<Vec<Flag>>> = BTreeMap::new();
    for name in [inbox(), mailbox("a"), mailbox("b")] {
        let mut selected = session.examine(&name).await.unwrap();
        for (number, flags) in rows(&mut selected).await {
            found.entry((name.as_str().to_owned(), number)).or_default().push(flags);
        }
    }
    found
}

/// The numbers of the messages of a mailbox, with their flags.
async fn rows(selected: &mut Selected<'_>) -> Vec<(u32, Vec<Flag>)> {
    let mut bodies = Bodies::default();
    let mut rows = selected.fetch(uids("1:*"), everything()).await.unwrap();
    let mut found = Vec::new();
    while let Some(row) = rows.next(&mut bodies).await.unwrap() {
        let body = String::from_utf8(bodies.whole.pop().unwrap()).unwrap();
        let number: u32 = body["Subject: number ".len()..].lines().next().unwrap().parse().unwrap();
        assert_eq!(body, message(number), "the octets of a message are its own");
        let flags = row.flags().unwrap().iter().filter(|flag| *flag != Flag::Recent).collect();
        found.push((number, flags));
    }
    found
}

/// In which mailboxes each message is.
async fn places(host: &Host) -> Vec<String> {
    let found = look(host).await;
    let place = |number| {
        let here = found.iter().filter(|((_, there), _)| *there == number);
        let names = here.flat_map(|((name, _), copies)| copies.iter().map(|_| name.as_str()));
        names.collect::<Vec<_>>().join(" ")
    };
    (1..=MESSAGES).map(place).collect()
}

async fn check_places(host: &Host, expected: &str) {
    assert_eq!(places(host).await, vec![expected; MESSAGES as usize]);
}

#[tokio::test(start_paused = true)]
async fn rows_and_searches_are_whole() {
    within(async {
        let host = host(NOTHING).await;
        let mut session = log_in(&host).await;
        let mut selected = session.select(&inbox()).await.unwrap();
        assert_eq!(selected.message_limit().await.unwrap(), Some(3));
        let mut seen: Vec<u32> = rows(&mut selected).await.into_iter().map(|(number, _)| number).collect();
        seen.sort_unstable();
        assert_eq!(seen, (1..=MESSAGES).collect::<Vec<_>>());
        let pieces = ["1:4", "5,7,9", "6,8,10"].map(uids);
        let mut rows = selected.fetch_in_pieces(pieces, FetchAttribute::Uid.into()).await.unwrap();
        let mut seen = Vec::new();
        while let Some(row) = rows.next(&mut Bodies::default()).await.unwrap() {
            seen.push(row.uid().unwrap().value());
        }
        assert!(rows.refused_pieces().is_empty());
        drop(rows);
        seen.sort_unstable();
        assert_eq!(seen, (1..=MESSAGES).collect::<Vec<_>>());
        assert_eq!(selected.uid_search(SearchKey::All).await.unwrap().to_string(), "1:10");
        assert_eq!(selected.search(SearchKey::All).await.unwrap().to_string(), "1:10");
        let small = || SearchKey::Smaller(message(6).len() as u64);
        assert_eq!(selected.uid_search(small()).await.unwrap().to_string(), "1:5");
        assert_eq!(selected.find(small(), Find::Count).await.unwrap().count, Some(5));
        assert_eq!(selected.find(small(), Find::Bounds).await.unwrap().uids.to_string(), "1,5");
        assert_eq!(selected.find(small(), Find::All).await.unwrap().uids.to_string(), "1:5");
        // What cannot be put together from parts is not taken for the whole.
        let is_short = |error: &Error| matches!(error, Error::CutShort { limit: Some(3), .. });
        let saved = selected.search_and_save(SearchKey::All).await.unwrap_err();
        assert!(is_short(&saved), "{saved:?}");
        let range = "1:3".parse().unwrap();
        let places = selected.find(SearchKey::All, Find::Partial(range)).await;
        assert!(places.as_ref().is_err_and(is_short), "{places:?}");
        let by_subject = NonEmpty::one(SortCriterion { key: SortKey::Subject, order: SortOrder::Ascending });
        let sorted = selected.uid_sort(by_subject, SearchKey::All).await.unwrap_err();
        assert!(matches!(sorted, Error::Refused { .. }), "{sorted:?}");
        let mut rows = selected.fetch(numbers("1:10"), FetchAttribute::Uid.into()).await.unwrap();
        let end = loop {
            match rows.next(&mut Bodies::default()).await {
                Ok(Some(_)) => {}
                end => break end,
            }
        };
        assert!(end.as_ref().is_err_and(is_short), "{end:?}");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn flags_are_stored_in_all_and_what_has_them_goes() {
    within(async {
        let host = host(NOTHING).await;
        let mut session = log_in(&host).await;
        let mut selected = session.select(&inbox()).await.unwrap();
        let told = selected.store(all(), StoreChange::Add, &[Flag::Flagged]).await.unwrap();
        assert_eq!(told.len(), 10);
        selected.store_silent(all(), StoreChange::Add, &[Flag::Deleted]).await.unwrap();
        let flags = look(&host).await.into_values().flatten().collect::<Vec<_>>();
        assert_eq!(flags, vec![vec![Flag::Flagged, Flag::Deleted]; 10]);
        let gone = selected.uid_expunge("2:8".parse().unwrap()).await.unwrap();
        assert_eq!((gone.count(), selected.mailbox().exists()), (7, 3));
        let gone = selected.expunge().await.unwrap();
        assert_eq!((gone.count(), selected.mailbox().exists()), (3, 0));
    })
    .await;
}

/// A copy is of all or of none (RFC 9738 section 3).
#[tokio::test(start_paused = true)]
async fn a_copy_of_too_many_is_refused_and_makes_none() {
    within(async {
        let host = host(NOTHING).await;
        let mut session = log_in(&host).await;
        let mut selected = session.select(&inbox()).await.unwrap();
        let refused = selected.copy(all(), &mailbox("a")).await.unwrap_err();
        let Error::Refused { code: Some(code), .. } = &refused else { panic!("{refused:?}") };
        assert!(matches!(**code, ResponseCode::MessageLimit { limit: 3, .. }), "{refused:?}");
        check_places(&host, "INBOX").await;
        for part in ["1:3", "4:6", "7:9", "10"] {
            selected.copy(uids(part), &mailbox("a")).await.unwrap();
        }
        check_places(&host, "INBOX a").await;
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_is_moved_is_in_one_mailbox_alone() {
    for (missing, how) in [
        (NOTHING, Relocated::Moved),
        (NO_MOVE, Relocated::CopiedAndExpunged),
        (UNTOLD, Relocated::CopiedAndExpunged),
        (NEITHER, Relocated::CopiedAndMarked),
    ] {
        for qresync in [false, true] {
            within(async {
                let host = host(missing).await;
                let mut session = log_in(&host).await;
                if qresync {
                    session.enable(Capability::QResync.into()).await.unwrap();
                }
                let mut selected = session.select(&inbox()).await.unwrap();
                let relocation = selected.relocate(&all(), &mailbox("a")).await.unwrap();
                assert_eq!(relocation.how, how);
                // Without UIDPLUS nobody is asked to say UIDs, and this server says them.
                let copied = relocation.uids.unwrap();
                assert_eq!(copied.from.resolve(None).to_string(), "1:10");
                assert_eq!(copied.to.resolve(None).to_string(), "1:10");
                if how == Relocated::CopiedAndMarked {
                    check_places(&host, "INBOX a").await;
                    let found = look(&host).await;
                    let marked = found.iter().filter(|((name, _), _)| name == "INBOX");
                    assert!(marked.into_iter().all(|(_, flags)| *flags == [[Flag::Deleted]]), "{found:?}");
                    assert_eq!(selected.mailbox().exists(), 10);
                } else {
                    check_places(&host, "a").await;
                    assert_eq!(selected.mailbox().exists(), 0);
                }
            })
            .await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_move_goes_on_until_all_have_moved() {
    within(async {
        let host = host(NOTHING).await;
        let mut session = log_in(&host).await;
        let mut selected = session.select(&inbox()).await.unwrap();
        let moved = selected.move_messages(all(), &mailbox("a")).await.unwrap();
        assert_eq!(moved.expunged.len(), 10);
        assert_eq!(moved.uids.unwrap().from.resolve(None).to_string(), "1:10");
        assert_eq!(selected.mailbox().exists(), 0);
        check_places(&host, "a").await;
    })
    .await;
}

/// Two sessions want the same messages, at once: with MOVE each message is in one mailbox in the end, and without it in
/// one at least.
#[tokio::test(start_paused = true)]
async fn two_who_move_the_same_messages_lose_none() {
    for missing in [NOTHING, NO_MOVE] {
        for piece in [1, 7, 40, 100, 1 << 20] {
            within(async {
                let host = host(missing).await;
                let work = async |piece: usize, to: MailboxName| {
                    let connection = connect(&host, Connector::new(), piece).await;
                    let mut session: Session =
                        connection.log_in(&credentials(), &LoginPolicy::new()).await.unwrap().session;
                    let mut selected = session.select(&inbox()).await.unwrap();
                    // That the other has taken messages away may be an error, and is none of the connection.
                    if let Err(error) = selected.relocate(&all(), &to).await {
                        assert!(!matches!(error.error, Error::Lost(_)), "{error:?}");
                    }
                    selected.noop().await.unwrap();
                };
                tokio::join!(work(piece, mailbox("a")), work(50, mailbox("b")));
                for place in places(&host).await {
                    match missing.is_empty() {
                        true => assert!(["INBOX", "a", "b"].contains(&place.as_str()), "{place:?}"),
                        false => assert!(!place.is_empty()),
                    }
                }
            })
            .await;
        }
    }
}

/// Together they would be refused.
#[tokio::test(start_paused = true)]
async fn more_messages_than_are_taken_are_appended_one_by_one() {
    within(async { check_places(&host(NOTHING).await, "INBOX").await }).await;
}
