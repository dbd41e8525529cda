use std::hash::{Hash, Hasher};
use std::iter::FusedIterator;
use std::slice;

/// From one number to another that is not smaller.
pub(super) type Range = (u32, u32);

/// Ascending ranges of numbers that neither overlap nor touch: `ranges[i].1 + 1 < ranges[i + 1].0`.
///
/// They lie in blocks, so that a range can be put in front of a million others without moving them. What is made from
/// sorted ranges, or grows at its end, is a single block of any length; one that grows elsewhere is cut up.
#[derive(Clone, Default)]
pub(super) struct Ranges {
    /// None is empty. The ranges of each are in front of those of the next.
    blocks: Vec<Vec<Range>>,
}

/// Above this a block is cut up when something is put into it that does not go to the very end: so many ranges are
/// moved at most. A new block has at least half of it, so there are few to move when one is added or falls away.
const BLOCK: usize = 512;

impl Ranges {
    pub(super) const fn new() -> Self {
        Self { blocks: Vec::new() }
    }

    /// Of ranges that are already as they have to be.
    pub(super) fn from_sorted(ranges: Vec<Range>) -> Self {
        debug_assert!(ranges.windows(2).all(|pair| pair[0].1 < u32::MAX && pair[0].1 + 1 < pair[1].0));
        if ranges.is_empty() { Self::new() } else { Self { blocks: vec![ranges] } }
    }

    /// Adds a range, which takes in all that it overlaps or touches.
    pub(super) fn insert(&mut self, start: u32, end: u32) {
        let Some(tail) = self.blocks.last_mut() else {
            self.blocks.push(vec![(start, end)]);
            return;
        };
        match tail.last_mut() {
            Some(last) if last.0 <= start && !is_before(last, start) => {
                last.1 = last.1.max(end);
                return;
            }
            Some(last) if !is_before(last, start) => {}
            _ => {
                tail.push((start, end));
                return;
            }
        }
        // The first range that is not wholly in front of the new one is in this block.
        let block =
            self.blocks.partition_point(|block| block.last().is_none_or(|last| is_before(last, start)));
        let index = self.blocks[block].partition_point(|range| is_before(range, start));
        let range = self.take_touched(block, index, (start, end));
        self.blocks[block].insert(index, range);
        let is_last = block + 1 == self.blocks.len() && index + 1 == self.blocks[block].len();
        if self.blocks[block].len() > BLOCK && !is_last {
            let ranges = std::mem::take(&mut self.blocks[block]);
            let pieces = ranges.len() / (BLOCK / 2);
            self.blocks
                .splice(block..=block, ranges.chunks(ranges.len().div_ceil(pieces)).map(<[_]>::to_vec));
        }
    }

    /// Takes out the ranges from this one on that overlap or touch the new one, and gives the one that all of them make
    /// together. The block stays, be it empty.
    fn take_touched(&mut self, block: usize, index: usize, (start, end): Range) -> Range {
        let mut whole = (start, end);
        let touches = |range: &Range| range.0 <= end.saturating_add(1);
        let mut from = index;
        let mut behind = block;
        while let Some(ranges) = self.blocks.get_mut(behind) {
            let to = from + ranges[from..].partition_point(touches);
            if let [first, .., last] | [first @ last] = &ranges[from..to] {
                whole = (whole.0.min(first.0), whole.1.max(last.1));
            }
            let goes_on = to == ranges.len();
            if behind == block || !goes_on {
                ranges.drain(from..to);
            }
            if !goes_on {
                break;
            }
            behind += 1;
            from = 0;
        }
        if behind > block + 1 {
            // Nothing is left of those between.
            self.blocks.drain(block + 1..behind);
        }
        whole
    }

    /// Whether one of them holds the number.
    pub(super) fn contains(&self, number: u32) -> bool {
        let is_below = |range: &Range| range.1 < number;
        let block = self.blocks.partition_point(|block| block.last().is_none_or(is_below));
        let Some(ranges) = self.blocks.get(block) else { return false };
        ranges.get(ranges.partition_point(is_below)).is_some_and(|&(start, _)| start <= number)
    }

    pub(super) fn iter(&self) -> Iter<'_> {
        Iter { left: self.len(), block: [].iter(), blocks: self.blocks.iter() }
    }

    pub(super) fn len(&self) -> usize {
        self.blocks.iter().map(Vec::len).sum()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// Whether there are more than so many, found out in no more time than these would take to count.
    pub(super) fn has_more_than(&self, count: usize) -> bool {
        let mut left = Some(count);
        self.blocks.iter().any(|block| {
            left = left.and_then(|left| left.checked_sub(block.len()));
            left.is_none()
        })
    }

    /// Whether ranges were put in elsewhere than at the end since all were copied.
    #[cfg(test)]
    pub(super) fn is_cut_up(&self) -> bool {
        self.blocks.len() > 1
    }

    pub(super) fn first(&self) -> Option<Range> {
        self.blocks.first()?.first().copied()
    }

    pub(super) fn last(&self) -> Option<Range> {
        self.blocks.last()?.last().copied()
    }
}

/// Whether the range ends so far in front of the number that they do not even touch.
fn is_before(range: &Range, number: u32) -> bool {
    range.1.saturating_add(1) < number
}

impl PartialEq for Ranges {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Ranges {}

impl Hash for Ranges {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.len().hash(state);
        self.iter().for_each(|range| range.hash(state));
    }
}

/// The ranges, ascending.
#[derive(Clone)]
pub(super) struct Iter<'a> {
    left: usize,
    block: slice::Iter<'a, Range>,
    blocks: slice::Iter<'a, Vec<Range>>,
}

impl Iterator for Iter<'_> {
    type Item = Range;

    #[inline]
    fn next(&mut self) -> Option<Range> {
        loop {
            if let Some(&range) = self.block.next() {
                self.left -= 1;
                return Some(range);
            }
            self.block = self.blocks.next()?.iter();
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Iter<'_> {}

impl FusedIterator for Iter<'_> {}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    /// Counts what inserting can cost at most: what is behind in a block, and the blocks.
    fn check_steps(ranges: &Ranges, inserted: usize) {
        let (_, others) = ranges.blocks.split_last().unwrap();
        let longest = others.iter().map(Vec::len).max().unwrap_or(0);
        assert!(longest <= BLOCK, "{longest} ranges in a block");
        assert!(ranges.blocks.len() <= 1 + inserted / (BLOCK / 2), "{} blocks", ranges.blocks.len());
    }

    #[test]
    fn in_no_order_do_insertions_move_more_than_a_block() {
        const COUNT: u32 = 100_000;
        // An odd factor makes a permutation of the numbers below a power of two.
        let mixed = |number: u32| 1 + (number.wrapping_mul(0x9e37_79b1) & 0x3fff_ffff) * 2;
        let at_both_ends = |number: u32| {
            if number.is_multiple_of(2) { 4 * COUNT + 2 * number } else { 4 * COUNT - 2 * number }
        };
        let check = |name: &str, nth: &dyn Fn(u32) -> u32| {
            let mut ranges = Ranges::new();
            for (inserted, number) in (1..=COUNT).map(nth).enumerate() {
                ranges.insert(number, number);
                if inserted % 1000 == 999 {
                    check_steps(&ranges, inserted);
                }
            }
            assert_eq!(ranges.len(), COUNT as usize, "{name}");
        };
        check("descending", &|number| 2 * (COUNT + 1 - number));
        check("mixed", &mixed);
        check("at both ends in turn", &at_both_ends);
        let mut ascending = Ranges::new();
        (1..=COUNT).for_each(|number| ascending.insert(2 * number, 2 * number));
        assert_eq!(ascending.blocks.len(), 1);
        // The long block is cut up by the first that goes in front of its end.
        ascending.insert(1_000_000 + 7, 1_000_000 + 9);
        ascending.insert(1, 1);
        ascending.insert(7, 7);
        check_steps(&ascending, COUNT as usize);
    }

    #[test]
    fn a_range_over_many_blocks_takes_them_in() {
        let scattered = || {
            let mut ranges = Ranges::new();
            (1..=10 * BLOCK as u32).rev().for_each(|number| ranges.insert(10 * number, 10 * number + 1));
            ranges
        };
        let count = scattered().len();
        let check = |(start, end), left: usize, whole| {
            let mut ranges = scattered();
            ranges.insert(start, end);
            assert_eq!(ranges.len(), left, "{start}:{end}");
            assert!(ranges.iter().any(|range| range == whole), "{start}:{end}");
            assert!(ranges.blocks.iter().all(|block| !block.is_empty()));
            assert!(ranges.contains(start) && ranges.contains(end));
        };
        let end = 10 * count as u32 + 1;
        check((1, u32::MAX), 1, (1, u32::MAX));
        check((11, end), 1, (10, end));
        check((12, end - 2), 1, (10, end));
        check((12, end - 3), 2, (10, end - 3));
        check((25, 25), count + 1, (25, 25));
        check((22, 29), count - 1, (20, 31));
        check((end + 1, end + 1), count, (end - 1, end + 1));
        check((9, 9), count, (9, 11));
        let ranges = scattered();
        assert!(ranges.has_more_than(0) && ranges.has_more_than(count - 1) && !ranges.has_more_than(count));
        assert!(!Ranges::new().has_more_than(0));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(50))]

        /// Whatever the blocks are, the set is that of the numbers.
        #[test]
        fn it_is_the_set_of_its_numbers(
            sorted in proptest::collection::btree_set(1_u32..9000, 0..3000),
            inserted in proptest::collection::vec((1_u32..9000, prop_oneof![9 => 0_u32..3, 1 => 0_u32..3000]), 0..200),
        ) {
            let mut model = BTreeSet::new();
            let mut ranges = Ranges::new();
            sorted.iter().for_each(|&number| ranges.insert(number, number));
            model.extend(sorted);
            for (start, more) in inserted {
                ranges.insert(start, start + more);
                model.extend(start..=start + more);
            }
            let numbers: Vec<u32> = ranges.iter().flat_map(|(start, end)| start..=end).collect();
            prop_assert!(ranges.iter().zip(ranges.iter().skip(1)).all(|(a, b)| a.1 + 1 < b.0));
            prop_assert_eq!(numbers, model.iter().copied().collect::<Vec<u32>>());
            prop_assert!((0..12_100).all(|number| ranges.contains(number) == model.contains(&number)));
            prop_assert_eq!(ranges.iter().len(), ranges.len());
            prop_assert!(Ranges::from_sorted(ranges.iter().collect()) == ranges);
        }
    }
}
