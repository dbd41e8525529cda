use std::fmt;
use std::num::NonZeroU32;
use std::ops::{Range, RangeInclusive};
use std::str::FromStr;

/// Which of many results are wanted, by their place among them (RFC 9394 section 3.1, `partial-range`).
///
/// Results stand in the order of the mailbox, by UID. The ends of a range may be given in either order, which means the
/// same (RFC 9394 section 4); it is written from the end of the results at which it counts.
///
/// ```
/// use tayori_proto::types::PartialRange;
///
/// let newest: PartialRange = "-100:-1".parse()?;
/// assert_eq!(newest.to_string(), "-1:-100");
/// assert_eq!(newest.indices(23764), 23664..23764);
/// # Ok::<(), tayori_proto::types::PartialRangeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PartialRange {
    end: ResultsEnd,
    /// Not larger than `far`.
    near: NonZeroU32,
    far: NonZeroU32,
}

/// The end of the results at which a [`PartialRange`] counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ResultsEnd {
    /// 1 is the result with the lowest UID.
    Oldest,
    /// 1, written `-1`, is the result with the highest UID.
    Newest,
}

impl PartialRange {
    /// From the oldest results: `1:500` is the first five hundred.
    pub fn oldest(places: RangeInclusive<NonZeroU32>) -> Self {
        Self::new(ResultsEnd::Oldest, *places.start(), *places.end())
    }

    /// From the newest results: `-1:-500` is the last five hundred.
    pub fn newest(places: RangeInclusive<NonZeroU32>) -> Self {
        Self::new(ResultsEnd::Newest, *places.start(), *places.end())
    }

    fn new(end: ResultsEnd, one: NonZeroU32, other: NonZeroU32) -> Self {
        Self { end, near: one.min(other), far: one.max(other) }
    }

    /// The end at which it counts.
    pub const fn end(self) -> ResultsEnd {
        self.end
    }

    /// The places, counted from 1 at [`PartialRange::end`], the smaller one first.
    pub const fn places(self) -> RangeInclusive<NonZeroU32> {
        self.near..=self.far
    }

    /// Where the wanted ones stand among so many results in the order of the mailbox, from 0; empty if there are none.
    pub fn indices(self, results: usize) -> Range<usize> {
        let place = |number: NonZeroU32| usize::try_from(number.get()).unwrap_or(usize::MAX);
        let (before, behind) = ((place(self.near) - 1).min(results), place(self.far).min(results));
        match self.end {
            ResultsEnd::Oldest => before..behind,
            ResultsEnd::Newest => results - behind..results - before,
        }
    }
}

/// As on the wire: `1:500`, `-1:-100`.
impl fmt::Display for PartialRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let minus = match self.end {
            ResultsEnd::Oldest => "",
            ResultsEnd::Newest => "-",
        };
        write!(f, "{minus}{}:{minus}{}", self.near, self.far)
    }
}

/// Reads `1:500`, `500:1`, `-1:-100`. Both places need the same sign.
impl FromStr for PartialRange {
    type Err = PartialRangeError;

    fn from_str(text: &str) -> Result<Self, PartialRangeError> {
        let (first, second) = text
            .split_once(':')
            .ok_or(PartialRangeError { index: text.len(), expected: "`:` and a second place" })?;
        let (end, near) = parse_place(first, 0)?;
        let index = first.len() + 1;
        let (other_end, far) = parse_place(second, index)?;
        if end != other_end {
            return Err(PartialRangeError { index, expected: "a second place with the sign of the first" });
        }
        Ok(Self::new(end, near, far))
    }
}

fn parse_place(text: &str, index: usize) -> Result<(ResultsEnd, NonZeroU32), PartialRangeError> {
    let (end, digits) = match text.strip_prefix('-') {
        Some(digits) => (ResultsEnd::Newest, digits),
        None => (ResultsEnd::Oldest, text),
    };
    // `u32::from_str` would take a sign.
    let number = if digits.starts_with('+') { None } else { digits.parse().ok() };
    let place = number.ok_or(PartialRangeError { index, expected: "a place from 1 to 4294967295" })?;
    Ok((end, place))
}

/// Why a text is not a range of results.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected} at index {index}")]
pub struct PartialRangeError {
    /// Where, in octets.
    pub index: usize,
    /// What should stand there.
    pub expected: &'static str,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, sent: &str, results: usize, indices: Range<usize>) {
        let range: PartialRange = text.parse().unwrap();
        assert_eq!(range.to_string(), sent);
        assert_eq!(sent.parse(), Ok(range));
        assert_eq!(range.indices(results), indices, "{text} of {results}");
    }

    #[test]
    fn ranges_of_the_rfc() {
        check("1:500", "1:500", 23764, 0..500);
        check("501:1000", "501:1000", 23764, 500..1000);
        check("500:400", "400:500", 23764, 399..500);
        check("23500:24000", "23500:24000", 23764, 23499..23764);
        check("24000:24500", "24000:24500", 23764, 23764..23764);
        check("-1:-100", "-1:-100", 23764, 23664..23764);
        check("-500:-400", "-400:-500", 23764, 23264..23365);
        check("-2:-4", "-2:-4", 3, 0..2);
        check("-5:-6", "-5:-6", 3, 0..0);
        check("1:4294967295", "1:4294967295", 0, 0..0);
        check("-4294967295:-1", "-1:-4294967295", 2, 0..2);
    }

    #[test]
    fn what_is_no_range() {
        for (text, index) in [
            ("", 0),
            ("1", 1),
            ("-1", 2),
            (":", 0),
            ("0:1", 0),
            ("1:0", 2),
            ("-0:-1", 0),
            ("+1:2", 0),
            ("-+1:-2", 0),
            ("--1:-2", 0),
            ("1:*", 2),
            ("1:-2", 2),
            ("-1:2", 3),
            ("1:2:3", 2),
            ("1:2,3", 2),
            ("1: 2", 2),
            ("4294967296:1", 0),
        ] {
            assert_eq!(text.parse::<PartialRange>().map_err(|error| error.index), Err(index), "{text}");
        }
    }

    proptest! {
        /// The wanted ones are those whose place, counted one by one, lies in the range.
        #[test]
        fn places_are_counted_from_their_end(
            newest in any::<bool>(), one in 1_u32..12, other in 1_u32..12, results in 0_usize..10,
        ) {
            let ends = NonZeroU32::new(one).unwrap()..=NonZeroU32::new(other).unwrap();
            let range = if newest { PartialRange::newest(ends) } else { PartialRange::oldest(ends) };
            prop_assert_eq!(range.to_string().parse(), Ok(range));
            let wanted = |index: &usize| {
                let place = if newest { results - index } else { index + 1 };
                (one.min(other) as usize..=one.max(other) as usize).contains(&place)
            };
            let counted: Vec<usize> = (0..results).filter(wanted).collect();
            prop_assert_eq!(range.indices(results).collect::<Vec<_>>(), counted);
        }
    }
}
