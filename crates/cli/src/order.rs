//! Messages in an order and in threads: the server's where it makes them, else made here with the same rules (RFC
//! 5256).

use std::collections::HashMap;

use tayori_client::{Error, SearchKey, Selected};
use tayori_mime::order::{MessageIds, SortBasis, Sorter, ThreadBasis, thread_by_references};
use tayori_proto::command::{SortCriterion, ThreadAlgorithm};
use tayori_proto::response::ThreadMember;
use tayori_proto::types::{InternalDate, NonEmpty, Uid, UidSet};

use crate::download::in_commands;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::overview::{self, References};

/// These messages, in the order of the criteria. None is lost: what the server leaves out stands at the end.
///
/// Made here, it costs an envelope of each message, and memory for what is compared of it.
pub(crate) async fn sorted(
    selected: &mut Selected<'_>,
    criteria: &NonEmpty<SortCriterion>,
    uids: &UidSet,
) -> Result<Vec<Uid>, Failure> {
    if let Some(key) = in_one_command(uids) {
        match selected.uid_sort(criteria.clone(), key).await {
            Ok(order) => return Ok(complete(order, uids)),
            Err(Error::NotOffered { .. } | Error::Refused { .. }) => {}
            Err(error) => return Err(Failure::from(error).while_doing("cannot sort")),
        }
    }
    let Some(sorter) = Sorter::new(criteria) else {
        return Err(Failure::new(Exit::Failed, "cannot sort by that"));
    };
    let mut values = Vec::new();
    let all: Vec<Uid> = uids.iter().collect();
    overview::each(selected, &all, |message| {
        let arrived = message.date.unwrap_or(InternalDate::from_unix_seconds(0));
        let basis = SortBasis { envelope: &message.envelope, arrived, size: message.size.unwrap_or(0) };
        values.push((sorter.values(&basis), message.uid));
        Ok(())
    })
    .await?;
    sorter.sort(&mut values);
    Ok(complete(values.into_iter().map(|(_, uid)| uid).collect(), uids))
}

/// These messages in threads, a message in front of the replies to it. None is lost.
pub(crate) async fn threaded(
    selected: &mut Selected<'_>,
    uids: &UidSet,
) -> Result<Vec<ThreadMember<Uid>>, Failure> {
    if let Some(key) = in_one_command(uids) {
        match selected.uid_thread(ThreadAlgorithm::References, key).await {
            // A thread that cannot be read would be missing.
            Ok(row) if row.unread().is_empty() => return Ok(with_all(row.uids().collect(), uids)),
            Ok(_) | Err(Error::NotOffered { .. } | Error::Refused { .. }) => {}
            Err(error) => return Err(Failure::from(error).while_doing("cannot put messages into threads")),
        }
    }
    let (mut known, mut bases) = (Vec::new(), Vec::new());
    let all: Vec<Uid> = uids.iter().collect();
    overview::each_with(selected, &all, References::Wanted, |message| {
        let arrived = message.date.unwrap_or(InternalDate::from_unix_seconds(0));
        let ids = MessageIds::of_envelope(&message.envelope, &message.references);
        known.push(message.uid);
        bases.push(ThreadBasis::new(&message.envelope, arrived, ids));
        Ok(())
    })
    .await?;
    let member = |member: ThreadMember<usize>| ThreadMember {
        depth: member.depth,
        message: member.message.and_then(|index| known.get(index).copied()),
    };
    Ok(with_all(thread_by_references(&bases).into_iter().map(member).collect(), uids))
}

/// The search for just these, where one command has room for them.
fn in_one_command(uids: &UidSet) -> Option<SearchKey> {
    let mut pieces = in_commands(uids);
    let first = pieces.next()?;
    pieces.next().is_none().then_some(SearchKey::Uid(first))
}

/// Those of the order that are meant, each once, and behind them those that it does not have.
fn complete(order: Vec<Uid>, uids: &UidSet) -> Vec<Uid> {
    let mut seen = UidSet::new();
    let mut all: Vec<Uid> = order;
    all.retain(|uid| {
        let is_new = uids.contains(*uid) && !seen.contains(*uid);
        if is_new {
            seen.insert(*uid);
        }
        is_new
    });
    all.extend(uids.difference(&seen).iter());
    all
}

/// The same of threads; what is missing in them is a thread by itself.
fn with_all(members: Vec<ThreadMember<Uid>>, uids: &UidSet) -> Vec<ThreadMember<Uid>> {
    let seen: UidSet = members.iter().filter_map(|member| member.message).collect();
    let alone = |uid| ThreadMember { depth: 0, message: Some(uid) };
    members.into_iter().chain(uids.difference(&seen).iter().map(alone)).collect()
}

/// Where a message stands among the threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Which thread, counted from 1.
    pub(crate) thread: usize,
    /// How many of its ancestors are shown above it.
    pub(crate) depth: usize,
    /// The message that it answers, where that is here.
    pub(crate) parent: Option<Uid>,
}

/// The messages in the order of their threads, with the place of each. A message that is not there takes no line: the
/// replies to it stand where it would.
pub(crate) fn places(members: &[ThreadMember<Uid>]) -> (Vec<Uid>, HashMap<Uid, Place>) {
    let (mut order, mut places) = (Vec::new(), HashMap::new());
    // The messages above, with the depths at which they stand in the thread.
    let mut above: Vec<(u32, Uid)> = Vec::new();
    let mut thread = 0;
    for member in members {
        if member.depth == 0 {
            thread += 1;
        }
        while above.last().is_some_and(|(depth, _)| *depth >= member.depth) {
            above.pop();
        }
        let Some(uid) = member.message else { continue };
        if places.contains_key(&uid) {
            continue;
        }
        let place = Place { thread, depth: above.len(), parent: above.last().map(|(_, uid)| *uid) };
        order.push(uid);
        places.insert(uid, place);
        above.push((member.depth, uid));
    }
    (order, places)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uid(number: u32) -> Uid {
        Uid::new(number).unwrap()
    }

    fn set(numbers: &[u32]) -> UidSet {
        numbers.iter().map(|&number| uid(number)).collect()
    }

    #[test]
    fn no_message_is_lost_or_told_twice() {
        let order = |numbers: &[u32], uids: &[u32]| -> Vec<u32> {
            let order = numbers.iter().map(|&number| uid(number)).collect();
            complete(order, &set(uids)).into_iter().map(|uid| uid.value()).collect()
        };
        assert_eq!(order(&[3, 1, 2], &[1, 2, 3]), [3, 1, 2]);
        assert_eq!(order(&[3, 3, 9, 1], &[1, 2, 3, 4]), [3, 1, 2, 4]);
        assert_eq!(order(&[], &[1, 2]), [1, 2]);
    }

    /// `depth:UID`, or `depth:-` for one that is not there.
    fn shown(members: &str) -> String {
        let member = |text: &str| {
            let (depth, message) = text.split_once(':').unwrap();
            ThreadMember { depth: depth.parse().unwrap(), message: message.parse().ok().and_then(Uid::new) }
        };
        let members: Vec<_> = members.split_whitespace().map(member).collect();
        let (order, places) = places(&members);
        let place = |uid: &Uid| {
            let Place { thread, depth, parent } = places[uid];
            let parent = parent.map_or("-".to_owned(), |uid| uid.to_string());
            format!("{uid}={thread}/{depth}/{parent}")
        };
        order.iter().map(place).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn places_in_threads() {
        assert_eq!(shown("0:1 1:2 2:3 1:4 0:5"), "1=1/0/- 2=1/1/1 3=1/2/2 4=1/1/1 5=2/0/-");
        // The first of the thread is not there: both replies stand where it would.
        assert_eq!(shown("0:- 1:2 2:3 1:4"), "2=1/0/- 3=1/1/2 4=1/0/-");
        assert_eq!(shown("0:1 1:- 2:3"), "1=1/0/- 3=1/1/1");
        assert_eq!(shown(""), "");
        assert_eq!(shown("0:1 0:1"), "1=1/0/-");
    }
}
