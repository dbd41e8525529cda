mod ranges;

use std::fmt;
use std::hash::Hash;
use std::marker::PhantomData;
use std::ops::RangeInclusive;
use std::str::FromStr;

use super::{SeqNum, Uid};

use ranges::Ranges;

/// What a set can be made of: [`Uid`] or [`SeqNum`]. Closed, so that the two are never mixed.
pub trait Id: Copy + Ord + Hash + fmt::Debug + fmt::Display + private::Sealed {
    /// The identifier with this number; 0 is none.
    fn from_number(number: u32) -> Option<Self>;
    /// The plain number.
    fn number(self) -> u32;
}

mod private {
    pub trait Sealed {}
}

macro_rules! id {
    ($name:ident) => {
        impl private::Sealed for $name {}
        impl Id for $name {
            fn from_number(number: u32) -> Option<Self> {
                Self::new(number)
            }
            fn number(self) -> u32 {
                self.value()
            }
        }
    };
}
id!(Uid);
id!(SeqNum);

/// A set of UIDs.
pub type UidSet = IdSet<Uid>;
/// A set of message sequence numbers.
pub type SeqSet = IdSet<SeqNum>;

/// Messages named by numbers of which only the command tells whether they are sequence numbers or UIDs: what a server
/// answers to a search, or in `MODIFIED`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct NumberSet(SeqSet);

impl NumberSet {
    /// The messages, where the command was by UID.
    pub fn uids(&self) -> UidSet {
        self.0.cast()
    }

    /// The messages, where the command was by sequence number.
    pub fn seq_nums(&self) -> SeqSet {
        self.0.clone()
    }

    /// Whether no message is in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T: Id> From<&IdSet<T>> for NumberSet {
    fn from(set: &IdSet<T>) -> Self {
        Self(set.cast())
    }
}

impl fmt::Display for NumberSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A set of identifiers, kept as sorted ranges that neither overlap nor touch; it may be empty.
///
/// `1:4294967295` is one range. Nothing here walks the members unless [`IdSet::iter`] is asked to.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct IdSet<T> {
    ranges: Ranges,
    kind: PhantomData<T>,
}

impl<T: Id> IdSet<T> {
    /// The empty set.
    pub const fn new() -> Self {
        Self { ranges: Ranges::new(), kind: PhantomData }
    }

    /// The set of one range; the ends may stand in either order.
    pub fn from_range(range: RangeInclusive<T>) -> Self {
        let mut set = Self::new();
        set.insert_range(range);
        set
    }

    /// The set of these ranges, in any order, each from a number that is not 0 to one that is not smaller.
    ///
    /// Linear for ascending ranges, else as fast as sorting.
    pub(crate) fn from_number_ranges(mut ranges: Vec<(u32, u32)>) -> Self {
        debug_assert!(ranges.iter().all(|&(start, end)| 0 < start && start <= end));
        // What servers find is mostly told in order, and each number once.
        if are_apart(&ranges) {
            return Self::from_sorted(ranges);
        }
        if !ranges.is_sorted() {
            ranges.sort_unstable();
        }
        ranges.dedup_by(|next, last| {
            let joins = next.0 <= last.1.saturating_add(1);
            if joins {
                last.1 = last.1.max(next.1);
            }
            joins
        });
        Self::from_sorted(ranges)
    }

    fn from_sorted(ranges: Vec<(u32, u32)>) -> Self {
        Self { ranges: Ranges::from_sorted(ranges), kind: PhantomData }
    }

    /// The same numbers as identifiers of the other kind, for whoever knows that a peer meant those.
    pub(crate) fn cast<U: Id>(&self) -> IdSet<U> {
        IdSet { ranges: self.ranges.clone(), kind: PhantomData }
    }

    /// Adds one identifier, in any order: at the end of the set in constant time, elsewhere in about that of a search,
    /// whatever its size. [`FromIterator`] and [`Extend`] are faster for many.
    pub fn insert(&mut self, id: T) {
        self.ranges.insert(id.number(), id.number());
    }

    /// Adds a range; the ends may stand in either order (RFC 9051 section 9, `seq-range`).
    pub fn insert_range(&mut self, range: RangeInclusive<T>) {
        let (start, end) = (range.start().number(), range.end().number());
        self.ranges.insert(start.min(end), start.max(end));
    }

    /// Adds the members of another set. For many that are added one after the other the time is about that of their
    /// ranges, where a [`IdSet::union`] of each would copy the set each time.
    pub fn insert_all(&mut self, more: &Self) {
        if self.ranges.has_more_than(more.ranges.len().saturating_mul(16)) {
            // A few are put in faster than all are copied.
            for (start, end) in more.ranges.iter() {
                self.ranges.insert(start, end);
            }
        } else {
            *self = self.union(more);
        }
    }

    /// The members of both.
    pub fn union(&self, other: &Self) -> Self {
        let mut ranges = Vec::with_capacity(self.ranges.len() + other.ranges.len());
        let (mut left, mut right) = (self.ranges.iter().peekable(), other.ranges.iter().peekable());
        loop {
            let next = match (left.peek(), right.peek()) {
                (Some(a), Some(b)) if a.0 <= b.0 => left.next(),
                (Some(_), None) => left.next(),
                (_, Some(_)) => right.next(),
                (None, None) => break,
            };
            let Some((start, end)) = next else { break };
            match ranges.last_mut() {
                Some((_, last_end)) if start <= u32::saturating_add(*last_end, 1) => {
                    *last_end = end.max(*last_end)
                }
                _ => ranges.push((start, end)),
            }
        }
        Self::from_sorted(ranges)
    }

    /// The members of this set that the other does not have.
    pub fn difference(&self, other: &Self) -> Self {
        let mut ranges = Vec::new();
        let mut cuts = other.ranges.iter().peekable();
        for (start, end) in self.ranges.iter() {
            let mut start = start;
            let mut whole = true;
            while let Some(&(cut_start, cut_end)) = cuts.peek() {
                if cut_end < start {
                    cuts.next();
                    continue;
                }
                if cut_start > end {
                    break;
                }
                if cut_start > start {
                    ranges.push((start, cut_start - 1));
                }
                if cut_end >= end {
                    whole = false;
                    break;
                }
                start = cut_end + 1;
                cuts.next();
            }
            if whole {
                ranges.push((start, end));
            }
        }
        Self::from_sorted(ranges)
    }

    /// The members that both sets have.
    pub fn intersection(&self, other: &Self) -> Self {
        let mut ranges = Vec::new();
        let (mut left, mut right) = (self.ranges.iter().peekable(), other.ranges.iter().peekable());
        while let (Some(&(a_start, a_end)), Some(&(b_start, b_end))) = (left.peek(), right.peek()) {
            let (start, end) = (a_start.max(b_start), a_end.min(b_end));
            if start <= end {
                ranges.push((start, end));
            }
            if a_end < b_end {
                left.next();
            } else {
                right.next();
            }
        }
        Self::from_sorted(ranges)
    }

    /// Whether the identifier is a member.
    pub fn contains(&self, id: T) -> bool {
        self.ranges.contains(id.number())
    }

    /// Number of members, up to 2^32 - 1.
    pub fn count(&self) -> u64 {
        self.ranges.iter().map(|(start, end)| u64::from(end - start) + 1).sum()
    }

    /// Whether there is no member.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// The ranges, ascending.
    pub fn ranges(&self) -> impl ExactSizeIterator<Item = RangeInclusive<T>> + '_ {
        self.ranges.iter().map(|(start, end)| id_of(start)..=id_of(end))
    }

    /// The members, ascending. A set of a few octets can have four thousand million.
    pub fn iter(&self) -> impl Iterator<Item = T> + '_ {
        self.ranges.iter().flat_map(|(start, end)| (start..=end).map(id_of))
    }

    /// The smallest member.
    pub fn first(&self) -> Option<T> {
        self.ranges.first().map(|(start, _)| id_of(start))
    }

    /// The largest member.
    pub fn last(&self) -> Option<T> {
        self.ranges.last().map(|(_, end)| id_of(end))
    }
}

/// Whether they ascend and neither overlap nor touch.
fn are_apart(ranges: &[(u32, u32)]) -> bool {
    ranges.windows(2).all(|pair| pair[0].1.saturating_add(1) < pair[1].0)
}

fn id_of<T: Id>(number: u32) -> T {
    T::from_number(number).expect("sets are made of identifiers, and those are never 0")
}

impl<T: Id> Default for IdSet<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Id> From<T> for IdSet<T> {
    fn from(id: T) -> Self {
        Self::from_range(id..=id)
    }
}

impl<T: Id> Extend<T> for IdSet<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, ids: I) {
        self.insert_all(&ids.into_iter().collect());
    }
}

impl<T: Id> FromIterator<T> for IdSet<T> {
    fn from_iter<I: IntoIterator<Item = T>>(ids: I) -> Self {
        let mut ranges: Vec<(u32, u32)> = Vec::new();
        for number in ids.into_iter().map(Id::number) {
            match ranges.last_mut() {
                Some((_, end)) if end.checked_add(1) == Some(number) => *end = number,
                _ => ranges.push((number, number)),
            }
        }
        Self::from_number_ranges(ranges)
    }
}

/// As in a command: `1:5,7`. The empty set is shown as nothing.
impl<T: Id> fmt::Display for IdSet<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (start, end)) in self.ranges.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            if start == end {
                write!(f, "{comma}{start}")?;
            } else {
                write!(f, "{comma}{start}:{end}")?;
            }
        }
        Ok(())
    }
}

impl<T: Id> fmt::Debug for IdSet<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{self}}}")
    }
}

/// One end of a range in a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bound<T> {
    /// This identifier.
    Id(T),
    /// `*`: the last message of the mailbox, whichever that is when the server reads the command.
    Last,
}

/// A set as it stands in a command (RFC 9051 section 9, `sequence-set`): never empty, may hold `*`.
///
/// The order is kept as written: some servers answer in that order, others refuse descending sets.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SequenceSet<T> {
    /// Never empty.
    ranges: Vec<(Bound<T>, Bound<T>)>,
}

impl<T: Id> SequenceSet<T> {
    /// One message.
    pub fn one(id: T) -> Self {
        Self::range(Bound::Id(id), Bound::Id(id))
    }

    /// One range; the ends may stand in either order.
    pub fn range(start: Bound<T>, end: Bound<T>) -> Self {
        Self { ranges: vec![(start, end)] }
    }

    /// All messages: `1:*`.
    pub fn all() -> Self {
        Self::range(Bound::Id(id_of(1)), Bound::Last)
    }

    /// The same with a further range at the end.
    #[must_use]
    pub fn and(mut self, start: Bound<T>, end: Bound<T>) -> Self {
        self.ranges.push((start, end));
        self
    }

    /// The ranges as written.
    pub fn ranges(&self) -> &[(Bound<T>, Bound<T>)] {
        &self.ranges
    }

    /// The members in a mailbox whose last message is `last`.
    ///
    /// With an empty mailbox (`None`), `*` stands for nothing.
    pub fn resolve(&self, last: Option<T>) -> IdSet<T> {
        let number = |bound: Bound<T>| match bound {
            Bound::Id(id) => Some(id.number()),
            Bound::Last => last.map(Id::number),
        };
        let resolved = self.ranges.iter().filter_map(|&(start, end)| {
            let (start, end) = (number(start)?, number(end)?);
            Some((start.min(end), start.max(end)))
        });
        // Put in one by one, those of a peer could each go in front of all the others.
        IdSet::from_number_ranges(resolved.collect())
    }
}

impl<T: Id> TryFrom<IdSet<T>> for SequenceSet<T> {
    type Error = SetError;

    /// Fails when the set is empty.
    fn try_from(set: IdSet<T>) -> Result<Self, SetError> {
        if set.is_empty() {
            return Err(SetError { index: 0, expected: "at least one message" });
        }
        Ok(Self {
            ranges: set.ranges().map(|range| (Bound::Id(*range.start()), Bound::Id(*range.end()))).collect(),
        })
    }
}

/// Reads `1:5,7,10:*`.
impl<T: Id> FromStr for SequenceSet<T> {
    type Err = SetError;

    fn from_str(text: &str) -> Result<Self, SetError> {
        let mut ranges = Vec::new();
        let mut index = 0;
        for part in text.split(',') {
            let (start, end) = match part.split_once(':') {
                None => {
                    let bound = parse_bound(part, index)?;
                    (bound, bound)
                }
                Some((start, end)) => {
                    (parse_bound(start, index)?, parse_bound(end, index + start.len() + 1)?)
                }
            };
            ranges.push((start, end));
            index += part.len() + 1;
        }
        Ok(Self { ranges })
    }
}

fn parse_bound<T: Id>(text: &str, index: usize) -> Result<Bound<T>, SetError> {
    if text == "*" {
        return Ok(Bound::Last);
    }
    // `u32::from_str` would take a sign.
    if let Some(other) = text.bytes().position(|octet| !octet.is_ascii_digit()) {
        return Err(SetError { index: index + other, expected: "a digit, `:`, `,` or `*`" });
    }
    let number = text.parse().ok().and_then(T::from_number);
    number.map(Bound::Id).ok_or(SetError { index, expected: "a number from 1 to 4294967295" })
}

impl<T: Id> fmt::Display for SequenceSet<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, &(start, end)) in self.ranges.iter().enumerate() {
            if index > 0 {
                f.write_str(",")?;
            }
            show_bound(start, f)?;
            if start != end {
                f.write_str(":")?;
                show_bound(end, f)?;
            }
        }
        Ok(())
    }
}

fn show_bound<T: Id>(bound: Bound<T>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match bound {
        Bound::Id(id) => write!(f, "{id}"),
        Bound::Last => f.write_str("*"),
    }
}

impl<T: Id> fmt::Debug for SequenceSet<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{self}}}")
    }
}

/// Why a text is not a set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected} at index {index}")]
pub struct SetError {
    /// Where, in octets.
    pub index: usize,
    /// What should stand there.
    pub expected: &'static str,
}

/// Messages named by sequence numbers, or by UIDs: the plain and the `UID` form of a command
/// (RFC 9051 section 6.4.9).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Messages {
    /// By message sequence number.
    Numbers(SequenceSet<SeqNum>),
    /// By unique identifier: the command is sent with `UID` in front.
    Uids(SequenceSet<Uid>),
    /// `$`: the messages that a search has saved, maybe none (RFC 5182 section 2.1).
    Saved,
    /// The same, with `UID` in front of the command.
    SavedByUid,
}

impl Messages {
    /// What the command names them by.
    pub const fn by(&self) -> SearchBy {
        match self {
            Self::Numbers(_) | Self::Saved => SearchBy::Numbers,
            Self::Uids(_) | Self::SavedByUid => SearchBy::Uids,
        }
    }

    /// Whether they are what a search has saved.
    pub const fn are_saved(&self) -> bool {
        matches!(self, Self::Saved | Self::SavedByUid)
    }
}

/// What a search answers with, and what a command names messages by (RFC 9051 section 6.4.4 and 6.4.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SearchBy {
    /// Message sequence numbers.
    Numbers,
    /// UIDs: the command is sent with `UID` in front.
    Uids,
}

/// Messages of a command that knows UIDs alone.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Uids {
    /// These.
    Set(SequenceSet<Uid>),
    /// `$`: what a search has saved, maybe nothing (RFC 5182 section 2.1).
    Saved,
}

impl From<SequenceSet<Uid>> for Uids {
    fn from(set: SequenceSet<Uid>) -> Self {
        Self::Set(set)
    }
}

impl From<Uid> for Messages {
    fn from(uid: Uid) -> Self {
        Self::Uids(SequenceSet::one(uid))
    }
}

impl From<SequenceSet<Uid>> for Messages {
    fn from(set: SequenceSet<Uid>) -> Self {
        Self::Uids(set)
    }
}

impl From<SeqNum> for Messages {
    fn from(number: SeqNum) -> Self {
        Self::Numbers(SequenceSet::one(number))
    }
}

impl From<SequenceSet<SeqNum>> for Messages {
    fn from(set: SequenceSet<SeqNum>) -> Self {
        Self::Numbers(set)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::{Duration, Instant};

    use proptest::prelude::*;

    use super::*;

    fn uid(number: u32) -> Uid {
        Uid::new(number).unwrap()
    }

    /// A set of a few ranges within 40 numbers, at one end of all numbers or at the other, and its members one by one.
    fn set_and_model(base: u32) -> impl Strategy<Value = (UidSet, BTreeSet<u32>)> {
        proptest::collection::vec((0_u32..40, 0_u32..40), 0..12).prop_map(move |ranges| {
            let (mut set, mut model) = (UidSet::new(), BTreeSet::new());
            for (start, end) in ranges {
                let (start, end) = (base + start, base + end);
                if start.abs_diff(end) > 8 {
                    set.insert(uid(start));
                    model.insert(start);
                } else {
                    set.insert_range(uid(start)..=uid(end));
                    model.extend(start.min(end)..=start.max(end));
                }
            }
            (set, model)
        })
    }

    /// A copy of the whole for each would leave one block.
    #[test]
    fn few_that_are_added_to_many_copy_nothing() {
        let mut set: UidSet = (1..=10_000).map(|number| uid(4 * number)).collect();
        (1..=10_000_u32).rev().for_each(|number| set.insert_all(&UidSet::from(uid(4 * number + 2))));
        assert!(set.ranges.is_cut_up(), "{} ranges", set.ranges.len());
        assert_eq!((set.count(), set.ranges().len()), (20_000, 20_000));
        let mut few = UidSet::from(uid(1));
        few.insert_all(&set);
        set.insert(uid(1));
        assert_eq!(few, set);
    }

    fn bases() -> impl Strategy<Value = u32> {
        prop_oneof![Just(1), Just(u32::MAX - 39)]
    }

    #[track_caller]
    fn check_same(set: &UidSet, model: &BTreeSet<u32>) {
        assert_eq!(set.iter().map(Uid::value).collect::<Vec<_>>(), model.iter().copied().collect::<Vec<_>>());
        assert_eq!(set.count(), model.len() as u64);
        assert_eq!(set.is_empty(), model.is_empty());
        assert_eq!(set.first().map(Uid::value), model.first().copied());
        assert_eq!(set.last().map(Uid::value), model.last().copied());
        let ranges: Vec<_> = set.ranges().collect();
        assert!(ranges.iter().all(|range| range.start() <= range.end()), "{set}");
        assert!(
            ranges.windows(2).all(|pair| pair[0].end().value() + 1 < pair[1].start().value()),
            "{set} touches or overlaps itself"
        );
    }

    proptest! {
        #[test]
        fn sets_are_what_their_members_say(
            ((one, one_model), (other, other_model)) in
                bases().prop_flat_map(|base| (set_and_model(base), set_and_model(base))),
        ) {
            check_same(&one, &one_model);
            check_same(&one.union(&other), &(&one_model | &other_model));
            check_same(&one.difference(&other), &(&one_model - &other_model));
            check_same(&one.intersection(&other), &(&one_model & &other_model));
            for number in one_model.iter().chain(&other_model) {
                prop_assert_eq!(one.contains(uid(*number)), one_model.contains(number));
            }
        }

        #[test]
        fn the_order_of_insertion_does_not_matter(numbers in proptest::collection::vec(1_u32..60, 0..40)) {
            let set: UidSet = numbers.iter().map(|&number| uid(number)).collect();
            let mut sorted = numbers;
            sorted.sort_unstable();
            prop_assert_eq!(&set, &sorted.into_iter().map(uid).collect::<UidSet>());
        }

        #[test]
        fn what_is_shown_is_read_back((set, model) in bases().prop_flat_map(set_and_model)) {
            match SequenceSet::try_from(set.clone()) {
                Ok(sequence) => {
                    prop_assert_eq!(sequence.to_string(), set.to_string());
                    prop_assert_eq!(sequence.to_string().parse(), Ok(sequence.clone()));
                    prop_assert_eq!(sequence.resolve(None), set);
                }
                Err(_) => prop_assert!(model.is_empty()),
            }
        }

        #[test]
        fn sequence_sets_keep_their_order(
            numbers in proptest::collection::vec((proptest::option::of(1_u32..), proptest::option::of(1_u32..)), 1..6),
        ) {
            let bound = |number: Option<u32>| number.map_or(Bound::Last, |number| Bound::Id(uid(number)));
            let ranges: Vec<_> = numbers.into_iter().map(|(start, end)| (bound(start), bound(end))).collect();
            let (first, more) = ranges.split_first().unwrap();
            let set = more.iter().fold(SequenceSet::range(first.0, first.1), |set, &(start, end)| set.and(start, end));
            prop_assert_eq!(set.ranges(), &ranges[..]);
            prop_assert_eq!(set.to_string().parse(), Ok(set));
        }

        #[test]
        fn any_text_is_a_set_or_is_refused_inside_itself(text in "[0-9,:*+ a-]{0,12}") {
            if let Err(error) = text.parse::<SequenceSet<Uid>>() {
                prop_assert!(error.index <= text.len());
            }
        }
    }

    #[test]
    fn all_numbers_are_one_range() {
        let all = UidSet::from_range(Uid::MAX..=Uid::MIN);
        assert_eq!((all.to_string().as_str(), all.count()), ("1:4294967295", u64::from(u32::MAX)));
        assert_eq!(all.difference(&uid(7).into()).to_string(), "1:6,8:4294967295");
        assert_eq!(all.difference(&Uid::MIN.into()).to_string(), "2:4294967295");
        assert_eq!(all.difference(&Uid::MAX.into()).to_string(), "1:4294967294");
        assert!(all.difference(&all).is_empty());
        assert_eq!(all.union(&all), all);
        let mut grown = all.clone();
        grown.insert(Uid::MAX);
        assert_eq!(grown, all);
    }

    #[test]
    fn a_star_is_the_last_message_whichever_that_is() {
        let check = |set: &str, last: Option<u32>, expected: &str| {
            let set: SequenceSet<Uid> = set.parse().unwrap();
            assert_eq!(set.resolve(last.map(uid)).to_string(), expected, "{set} {last:?}");
        };
        check("2,4:7,9,12:*", Some(15), "2,4:7,9,12:15");
        check("*:4,5:7", Some(10), "4:10");
        check("4:2", Some(10), "2:4");
        check("*", Some(3), "3");
        check("*:*", Some(3), "3");
        // The last message is always a member, even below the start of the range.
        check("3291:*", Some(3000), "3000:3291");
        check("1:*", None, "");
        check("5,*", None, "5");
    }

    #[test]
    fn what_is_no_set_is_refused_where_it_is_wrong() {
        for (text, index) in [
            ("", 0),
            ("0", 0),
            ("1,", 2),
            (",1", 0),
            ("1:", 2),
            (":1", 0),
            ("1,0:2", 2),
            ("1:2:3", 3),
            ("+1", 0),
            ("1 ,2", 1),
            ("4294967296", 0),
            ("1,2:4294967296", 4),
            ("**", 0),
            ("1,\u{664}", 2),
        ] {
            assert_eq!(text.parse::<SequenceSet<Uid>>().map_err(|error| error.index), Err(index), "{text}");
        }
    }

    /// Backwards, each goes in front of all that are there.
    #[test]
    fn a_set_in_any_order_is_made_in_no_time() {
        let start = Instant::now();
        let text: Vec<String> = (1..400_000_u32).rev().map(|n| (2 * n).to_string()).collect();
        let set: SequenceSet<Uid> = text.join(",").parse().unwrap();
        assert_eq!(set.resolve(None).count(), 399_999);
        let collected: UidSet = (1..400_000_u32).rev().filter_map(|n| Uid::new(2 * n)).collect();
        assert_eq!(collected, set.resolve(None));
        assert!(start.elapsed() < Duration::from_secs(10), "a minute, if it is quadratic");
    }
}
