//! The day a message says it was sent on.

use tayori_proto::types::Date;

/// Reads the day from the value of a `Date` field as its sender wrote it, disregarding time and zone: what
/// `SENTBEFORE`, `SENTON` and `SENTSINCE` compare (RFC 9051 section 6.4.4).
///
/// Understands RFC 5322 section 3.3 and the obsolete years of section 4.3, folded or not, and what else is met in mail:
/// `Mon Feb  1 12:00:00 1994`, `1-Feb-94`, `February 1, 1994`, `1994-02-01`. `None` for what names no day of the
/// calendar.
///
/// ```
/// let day = tayori_mime::parse_date(b" Fri, 21 Nov 97 23:59:00 -0600 (later in Greenwich)").unwrap();
/// assert_eq!(day.to_string(), "21-Nov-1997");
/// ```
pub fn parse_date(value: &[u8]) -> Option<Date> {
    let mut words: Vec<Word<'_>> = Vec::new();
    words.extend(Words { rest: value }.take(WORDS));
    let month = words.iter().enumerate().find_map(|(index, word)| Some((index, word.month()?)));
    let Some((index, month)) = month else {
        let mut numbers = words.iter().filter_map(|word| word.number());
        let (year, month, day) = (numbers.next()?, numbers.next()?, numbers.next()?);
        return if year.digits == 4 { date(year, u8::try_from(month.value).ok()?, day) } else { None };
    };
    let mut behind = words[index + 1..].iter().filter_map(|word| word.number());
    let in_front = index.checked_sub(1).and_then(|index| words[index].number());
    let day = match in_front {
        Some(day) => day,
        None => behind.next()?,
    };
    date(behind.next()?, month, day)
}

/// Enough for a weekday, a day and a year around a time in any form; a value has no more to say.
const WORDS: usize = 16;

fn date(year: Number, month: u8, day: Number) -> Option<Date> {
    if day.digits > 2 {
        return None;
    }
    // RFC 5322 section 4.3.
    let century = match (year.digits, year.value) {
        (2, 0..=49) => 2000,
        (2 | 3, _) => 1900,
        (4, _) => 0,
        _ => return None,
    };
    Date::new(century + year.value, month, u8::try_from(day.value).ok()?).ok()
}

#[derive(Clone, Copy, Debug)]
struct Number {
    digits: usize,
    value: u16,
}

/// A run of letters or of digits that is no part of a time.
#[derive(Clone, Copy, Debug)]
struct Word<'a>(&'a [u8]);

impl Word<'_> {
    fn number(self) -> Option<Number> {
        let digits = self.0.len();
        if digits > 4 {
            return None;
        }
        let value = std::str::from_utf8(self.0).ok()?.parse().ok()?;
        Some(Number { digits, value })
    }

    /// The month whose English name this is, whole or cut behind three letters or more.
    fn month(self) -> Option<u8> {
        const MONTHS: [&str; 12] = [
            "january",
            "february",
            "march",
            "april",
            "may",
            "june",
            "july",
            "august",
            "september",
            "october",
            "november",
            "december",
        ];
        let is_start = |name: &str| {
            self.0.len() >= 3
                && name.as_bytes().get(..self.0.len()).is_some_and(|start| start.eq_ignore_ascii_case(self.0))
        };
        let month = MONTHS.into_iter().position(is_start)?;
        u8::try_from(month + 1).ok()
    }
}

/// The words of a date, without comments and times.
struct Words<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Words<'a> {
    type Item = Word<'a>;

    fn next(&mut self) -> Option<Word<'a>> {
        let mut depth = 0_usize;
        loop {
            let (&first, rest) = self.rest.split_first()?;
            match first {
                b'(' => depth += 1,
                b')' => depth = depth.saturating_sub(1),
                b'0'..=b'9' if depth == 0 => {
                    let number = self.run(u8::is_ascii_digit);
                    if self.rest.first() != Some(&b':') {
                        return Some(Word(number));
                    }
                    let _time = self.run(|octet| octet.is_ascii_digit() || matches!(octet, b':' | b'.'));
                    continue;
                }
                b'a'..=b'z' | b'A'..=b'Z' if depth == 0 => {
                    return Some(Word(self.run(u8::is_ascii_alphabetic)));
                }
                _ => {}
            }
            self.rest = rest;
        }
    }
}

impl<'a> Words<'a> {
    fn run(&mut self, belongs: impl Fn(&u8) -> bool) -> &'a [u8] {
        let octets = self.rest.iter().take_while(|octet| belongs(octet)).count();
        let (run, rest) = self.rest.split_at(octets);
        self.rest = rest;
        run
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(value: &str, expected: Option<&str>) {
        assert_eq!(
            parse_date(value.as_bytes()).map(|date| date.to_string()).as_deref(),
            expected,
            "{value:?}"
        );
    }

    #[test]
    fn dates_of_the_grammar() {
        check("Fri, 21 Nov 1997 09:55:06 -0600", Some("21-Nov-1997"));
        check("Tue, 1 Jul 2003 10:52:37 +0200", Some("1-Jul-2003"));
        check("21 Nov 1997 23:59 GMT", Some("21-Nov-1997"));
        check(
            "Thu,\r\n      13\r\n        Feb\r\n          1969\r\n      23:32\r\n  -0330 (Newfoundland Time)",
            Some("13-Feb-1969"),
        );
        check("(9 May 1999) Fri (x), 21 (y (z)) nov 97 09(c):55", Some("21-Nov-1997"));
        check("Mon, 01 Feb 00 00:00:00 Z", Some("1-Feb-2000"));
        check("1 Feb 49 0:0:0 Z", Some("1-Feb-2049"));
        check("1 Feb 50 0:0:0 Z", Some("1-Feb-1950"));
        check("1 Feb 103 0:0:0 Z", Some("1-Feb-2003"));
    }

    #[test]
    fn what_else_is_met() {
        check("Mon Feb  1 12:00:00 1994", Some("1-Feb-1994"));
        check("Mon Feb  1 12:00:00 PST 1994", Some("1-Feb-1994"));
        check("1-Feb-94 12:00", Some("1-Feb-1994"));
        check("February 1, 1994", Some("1-Feb-1994"));
        check("Mon, 1 September 2025", Some("1-Sep-2025"));
        check("1994-02-01T12:00:00Z", Some("1-Feb-1994"));
        check("1 Feb 1994 12:00:00.123", Some("1-Feb-1994"));
    }

    #[test]
    fn no_day_of_the_calendar() {
        for value in [
            "",
            "x",
            "30 Feb 1994",
            "0 Feb 1994",
            "1 Feb",
            "Feb 1994",
            "1 Foo 1994",
            "1/2/1994",
            "12345 Feb 1994",
            "1 Feb 19945",
        ] {
            check(value, None);
        }
    }

    proptest! {
        #[test]
        fn a_library_reads_the_same_day(year in 1900_u16..2100, month in 1_u8..=12, day in 1_u8..=28, hour in 0..24, zone in 0..1200) {
            let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
            let name = names[usize::from(month) - 1];
            let value = format!("Mon, {day} {name} {year} {hour:02}:10:20 -{zone:04}");
            let theirs = mail_parser::DateTime::parse_rfc822(&value).unwrap();
            let ours = parse_date(value.as_bytes()).unwrap();
            prop_assert_eq!((ours.year(), ours.month(), ours.day()), (theirs.year, theirs.month, theirs.day));
        }

        #[test]
        fn noise_is_a_date_or_none(value in "[0-9FebMay:, ()-]{0,30}", raw in prop::collection::vec(any::<u8>(), 0..30)) {
            let _ = (parse_date(value.as_bytes()), parse_date(&raw));
        }
    }
}
