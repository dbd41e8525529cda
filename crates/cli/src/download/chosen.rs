use tayori_client::Mailbox;
use tayori_proto::types::{Bound, Id, Messages, SeqNum, SeqSet, SequenceSet, Uid, UidSet};

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

    pub(crate) fn messages(&self) -> Option<Messages> {
        match self {
            Self::Numbers(set) => SequenceSet::try_from(set.clone()).ok().map(Messages::Numbers),
            Self::Uids(set) => Some(Messages::Uids(set.clone())),
            Self::Found(set) => SequenceSet::try_from(set.clone()).ok().map(Messages::Uids),
        }
    }
}

/// Whether at most one message can be meant.
pub(crate) fn is_single<T: Id>(set: &SequenceSet<T>) -> bool {
    matches!(set.ranges(), [(start, end)] if start == end)
}
