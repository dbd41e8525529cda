//! Sets that are too long for one command, and servers that take few commands at a time.

use std::num::NonZeroUsize;
use std::time::Duration;

use tayori_client::{
    Behaviour, Connector, Discard, Error, FetchAttribute, RelocateStage, Relocated, Selected, Setting,
};
use tayori_proto::command::StoreChange;
use tayori_proto::types::{Flag, Messages, SequenceSet, Uid, UidSet};
use tayori_testkit::peer::{HeardTag, Peer};
use tokio::time::timeout;

use crate::harness::{answer_select, in_inbox, inbox, limits, mailbox, play, session_with, uids};

/// Octets of a line that such a server takes.
const SHORT: usize = 1000;

/// None touches another, so that each is written with its eight octets: three commands in all.
fn many() -> UidSet {
    (0..300).map(|at| Uid::new(1_000_001 + 2 * at).unwrap()).collect()
}

fn set(uids: &UidSet) -> SequenceSet<Uid> {
    uids.clone().try_into().unwrap()
}

async fn short<T>(
    capabilities: &str,
    client: impl AsyncFnOnce(&mut Selected<'_>) -> T,
    server: impl AsyncFnOnce(&mut Peer),
) -> T {
    let connector = Connector::new().behaviour(Behaviour::ShortCommands, Setting::On);
    in_inbox(connector, capabilities, client, server).await
}

/// The set in the next command, which is not too long and has this in front of it and that behind it.
async fn part(peer: &mut Peer, before: &str, behind: &str) -> (HeardTag, UidSet) {
    let (tag, line) = peer.command().await;
    // The tag and the end of the line are not in it.
    assert!(line.len() + 20 <= SHORT, "{} octets", line.len());
    let between = line.strip_prefix(before).and_then(|rest| rest.strip_suffix(behind));
    let between = between.unwrap_or_else(|| panic!("{line}"));
    (tag, between.parse::<SequenceSet<Uid>>().unwrap().resolve(None))
}

/// Answers the parts, and gives what was in them: together it has to be everything, each message once.
async fn parts(
    peer: &mut Peer,
    before: &str,
    behind: &str,
    mut answer: impl FnMut(usize, &UidSet) -> String,
) -> Vec<UidSet> {
    let (mut all, mut each) = (UidSet::new(), Vec::new());
    while all.count() < many().count() {
        let (tag, part) = part(peer, before, behind).await;
        assert!(all.intersection(&part).is_empty());
        all = all.union(&part);
        peer.answer(&tag, &answer(each.len(), &part)).await;
        each.push(part);
    }
    assert_eq!(all, many());
    assert_eq!(each.len(), 3);
    each
}

#[tokio::test(start_paused = true)]
async fn rows_come_from_as_many_commands_as_it_takes() {
    let seen: UidSet = short(
        "",
        async |selected| {
            let messages = Messages::Uids(set(&many()));
            let mut rows = selected.fetch(messages, FetchAttribute::Uid.into()).await.unwrap();
            let mut seen = Vec::new();
            while let Some(row) = rows.next(&mut Discard).await.unwrap() {
                seen.push(row.uid().unwrap());
            }
            assert!(rows.refused_pieces().is_empty());
            seen.into_iter().collect()
        },
        async |peer| {
            parts(peer, "UID FETCH ", " (UID)", |_, part| {
                let rows = part.iter().map(|uid| format!("* 1 FETCH (UID {})\r\n", uid.value()));
                rows.collect::<String>() + "$ OK done\r\n"
            })
            .await;
        },
    )
    .await;
    assert_eq!(seen, many());
}

/// A piece is refused once, however many of its parts are.
#[tokio::test(start_paused = true)]
async fn a_piece_that_is_refused_in_parts_counts_once() {
    short(
        "",
        async |selected| {
            let pieces = [uids("1"), Messages::Uids(set(&many())), uids("2")];
            let mut rows = selected.fetch_in_pieces(pieces, FetchAttribute::Uid.into()).await.unwrap();
            let outcome = rows.next(&mut Discard).await;
            assert!(matches!(outcome, Err(Error::Refused { .. })), "{outcome:?}");
            assert_eq!(rows.refused_pieces(), [1]);
        },
        async |peer| {
            peer.exchange("UID FETCH 1 UID", "$ OK done\r\n").await;
            parts(peer, "UID FETCH ", " (UID)", |_, _| "$ NO not now\r\n".to_owned()).await;
            peer.exchange("UID FETCH 2 UID", "$ OK done\r\n").await;
        },
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn flags_are_changed_with_as_many_commands_as_it_takes() {
    let rows = short(
        "UIDPLUS",
        async |selected| {
            let messages = Messages::Uids(set(&many()));
            let rows = selected.store(messages, StoreChange::Add, &[Flag::Deleted]).await.unwrap();
            let gone = selected.uid_expunge(set(&many())).await.unwrap();
            (rows.len(), gone.numbers.len())
        },
        async |peer| {
            parts(peer, "UID STORE ", " +FLAGS (\\Deleted)", |_, part| {
                let uid = part.first().unwrap().value();
                format!("* 1 FETCH (UID {uid} FLAGS (\\Deleted))\r\n$ OK done\r\n")
            })
            .await;
            parts(peer, "UID EXPUNGE ", "", |_, _| "* 1 EXPUNGE\r\n$ OK done\r\n".to_owned()).await;
        },
    );
    assert_eq!(rows.await, (3, 3));
}

/// Some servers tell where messages went in front of the OK, some with it.
#[tokio::test(start_paused = true)]
async fn where_messages_went_is_put_together() {
    let outcome = short(
        "MOVE",
        async |selected| {
            let messages = Messages::Uids(set(&many()));
            selected.move_messages(messages, &mailbox("other")).await.unwrap()
        },
        async |peer| {
            parts(peer, "UID MOVE ", " other", |index, part| {
                let code = format!("[COPYUID 5 {part} {part}]");
                match index {
                    0 => format!("* OK {code} x\r\n* 1 EXPUNGE\r\n$ OK done\r\n"),
                    _ => format!("* 1 EXPUNGE\r\n$ OK {code} done\r\n"),
                }
            })
            .await;
        },
    )
    .await;
    assert_eq!(outcome.uids.unwrap().from.resolve(None), many());
    assert_eq!(outcome.expunged.len(), 3);
}

/// Each part is copied before any of it is removed. Where the copy of one fails, that part and those behind it stay
/// untouched.
#[tokio::test(start_paused = true)]
async fn without_move_each_part_goes_all_the_way() {
    for fails in [false, true] {
        let outcome = short(
            "UIDPLUS",
            async |selected| selected.relocate(&set(&many()), &mailbox("other")).await,
            async |peer| {
                let mut all = UidSet::new();
                while all.count() < many().count() {
                    let (tag, copied) = part(peer, "UID COPY ", " other").await;
                    if fails && !all.is_empty() {
                        peer.answer(&tag, "$ NO [OVERQUOTA] full\r\n").await;
                        return;
                    }
                    peer.answer(&tag, "$ OK done\r\n").await;
                    // These may be cut once more.
                    let mut marked = UidSet::new();
                    while marked != copied {
                        let (tag, some) = part(peer, "UID STORE ", " +FLAGS.SILENT (\\Deleted)").await;
                        marked = marked.union(&some);
                        assert!(marked.difference(&copied).is_empty());
                        peer.answer(&tag, "$ OK done\r\n").await;
                    }
                    let mut gone = UidSet::new();
                    while gone != copied {
                        let (tag, some) = part(peer, "UID EXPUNGE ", "").await;
                        gone = gone.union(&some);
                        assert!(gone.difference(&copied).is_empty());
                        peer.answer(&tag, "$ OK done\r\n").await;
                    }
                    all = all.union(&copied);
                }
            },
        )
        .await;
        match outcome {
            Ok(done) => assert!(!fails && done.how == Relocated::CopiedAndExpunged),
            Err(error) => {
                assert!(fails);
                assert_eq!(error.stage, RelocateStage::Copying);
                assert!((1..300).contains(&error.relocated.count()));
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn no_more_commands_are_on_their_way_than_the_server_takes() {
    for (setting, expected) in [(Setting::On, 20), (Setting::Off, 30)] {
        let mut limits = limits();
        limits.protocol.commands_in_flight = 100;
        let connector = Connector::new().limits(limits).behaviour(Behaviour::FewInFlight, setting);
        let (mut session, mut peer) = session_with(connector, "").await;
        let client = async {
            let mut selected = session.select(&inbox()).await.unwrap();
            let pieces = (1..=30).map(|uid: u32| uids(&uid.to_string()));
            let ahead = NonZeroUsize::new(30).unwrap();
            let items = FetchAttribute::Uid.into();
            let mut rows = selected.fetch_in_pieces_ahead(pieces, ahead, items).await.unwrap();
            assert!(rows.next(&mut Discard).await.unwrap().is_none());
        };
        let server = async {
            answer_select(&mut peer).await;
            let mut tags = Vec::new();
            while let Ok((tag, _)) = timeout(Duration::from_secs(1), peer.command()).await {
                tags.push(tag);
            }
            assert_eq!(tags.len(), expected);
            for _ in expected..30 {
                peer.answer(&tags.remove(0), "$ OK done\r\n").await;
                tags.push(peer.command().await.0);
            }
            for tag in tags {
                peer.answer(&tag, "$ OK done\r\n").await;
            }
        };
        play(client, server).await;
    }
}
