//! Which messages are fetched, in terms of the open mailbox.

use tayori_client::{Discard, Error, FetchAttribute, FetchItems, Mailbox, SearchKey, Selected, cut_set};
use tayori_proto::types::{Bound, Id, Messages, NonEmpty, SeqNum, SeqSet, SequenceSet, Uid, UidSet};

use super::limits::{MOST_SET_OCTETS, in_commands};

/// Messages of the open mailbox.
#[derive(Clone, Debug)]
pub(crate) enum Chosen {
    /// All of these exist.
    Numbers(SeqSet),
    /// Some of these may not exist.
    Uids(SequenceSet<Uid>),
    /// All of these existed when the server was asked.
    Found(UidSet),
}

impl Chosen {
    /// Every message of the mailbox; `None` if it is empty.
    pub(crate) fn all(mailbox: &Mailbox) -> Option<Self> {
        Self::numbers(SeqSet::from_range(SeqNum::MIN..=SeqNum::new(mailbox.exists())?))
    }

    /// Whether it is every message of the mailbox.
    pub(super) fn is_all(&self, mailbox: &Mailbox) -> bool {
        match self {
            Self::Numbers(numbers) => numbers.count() == u64::from(mailbox.exists()),
            Self::Uids(_) | Self::Found(_) => false,
        }
    }

    /// `None` if there are none.
    pub(crate) fn numbers(set: SeqSet) -> Option<Self> {
        (!set.is_empty()).then_some(Self::Numbers(set))
    }

    /// `None` if there are none.
    pub(crate) fn found(set: UidSet) -> Option<Self> {
        (!set.is_empty()).then_some(Self::Found(set))
    }

    /// How many messages will come, where that is known.
    pub(crate) fn count(&self) -> Option<u64> {
        match self {
            Self::Numbers(numbers) => Some(numbers.count()),
            Self::Uids(uids) => is_single(uids).then_some(1),
            Self::Found(uids) => Some(uids.count()),
        }
    }

    /// Whether a message of which so much is known can be one of these. What is not known speaks for it.
    pub(crate) fn may_be(&self, number: Option<SeqNum>, uid: Option<Uid>) -> bool {
        match self {
            Self::Numbers(numbers) => number.is_none_or(|number| numbers.contains(number)),
            Self::Found(uids) => uid.is_none_or(|uid| uids.contains(uid)),
            Self::Uids(uids) => uid.is_none_or(|uid| {
                uids.ranges().iter().any(|&range| match range {
                    (Bound::Id(start), Bound::Id(end)) => (start.min(end)..=start.max(end)).contains(&uid),
                    // Only the server knows which message is the last.
                    (Bound::Last, _) | (_, Bound::Last) => true,
                })
            }),
        }
    }

    /// Of the positions that were asked for, those that are not among these.
    pub(crate) fn without(&self, seen: &SeqSet) -> SeqSet {
        match self {
            Self::Numbers(numbers) => numbers.difference(seen),
            Self::Uids(_) | Self::Found(_) => SeqSet::new(),
        }
    }

    /// Finds out which of them are there. The server is asked, unless it has said so already.
    pub(crate) async fn find(&self, selected: &mut Selected<'_>) -> Result<There, Error> {
        let mut there = There::default();
        match self {
            Self::Numbers(numbers) => there.list(selected, self.requests(), numbers).await?,
            Self::Uids(set) => {
                for piece in cut_set(set, MOST_SET_OCTETS) {
                    there.uids = there.uids.union(&selected.uid_search(SearchKey::Uid(piece)).await?);
                }
                // A server that answers more than was asked must not have that changed, or removed.
                there.uids = there.uids.intersection(&set.resolve(there.uids.last()));
            }
            Self::Found(uids) => there.uids = uids.clone(),
        }
        Ok(there)
    }

    /// What is asked of the server, in as many commands as it takes to keep each short.
    ///
    /// Positions are asked for in one command, however long: behind its end the server may renumber.
    pub(crate) fn requests(&self) -> Vec<Messages> {
        match self {
            Self::Numbers(set) => {
                SequenceSet::try_from(set.clone()).ok().map(Messages::Numbers).into_iter().collect()
            }
            Self::Uids(set) => cut_set(set, MOST_SET_OCTETS).into_iter().map(Messages::Uids).collect(),
            Self::Found(set) => in_commands(set).map(Messages::Uids).collect(),
        }
    }
}

/// What there is of messages that were chosen.
#[derive(Debug, Default)]
pub(crate) struct There {
    pub(crate) uids: UidSet,
    /// The positions of these, where they were chosen by position.
    pub(crate) numbers: SeqSet,
}

impl There {
    /// A FETCH by number pairs each position with its UID, for while it runs no message may go (RFC 9051 section
    /// 7.5.1). A UID SEARCH would not say which position it has passed over.
    async fn list(
        &mut self,
        selected: &mut Selected<'_>,
        requests: Vec<Messages>,
        numbers: &SeqSet,
    ) -> Result<(), Error> {
        let items = FetchItems::Attributes(NonEmpty::one(FetchAttribute::Uid));
        let mut rows = selected.fetch_in_pieces(requests, items).await?;
        while let Some(row) = rows.next(&mut Discard).await? {
            if let (Some(number), Some(uid)) = (row.number(), row.uid())
                && numbers.contains(number)
            {
                self.numbers.insert(number);
                self.uids.insert(uid);
            }
        }
        Ok(())
    }
}

/// Whether at most one message can be meant.
pub(crate) fn is_single<T: Id>(set: &SequenceSet<T>) -> bool {
    matches!(set.ranges(), [(start, end)] if start == end)
}
