use std::fmt;

/// A day, as `SEARCH` writes it: `1-Feb-2026` (RFC 9051 section 9, `date`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// A day of the Gregorian calendar, from year 1 to 9999.
    pub fn new(year: u16, month: u8, day: u8) -> Result<Self, DateError> {
        if !(1..=9999).contains(&year)
            || !(1..=12).contains(&month)
            || !(1..=days_in(year, month)).contains(&day)
        {
            return Err(DateError);
        }
        Ok(Self { year, month, day })
    }

    /// The year.
    pub fn year(self) -> u16 {
        self.year
    }

    /// The month, 1 to 12.
    pub fn month(self) -> u8 {
        self.month
    }

    /// The day of the month, from 1.
    pub fn day(self) -> u8 {
        self.day
    }

    /// Reads `1-Feb-2026` or `01-Feb-2026`, the month in any case.
    pub fn parse(text: &[u8]) -> Result<Self, DateError> {
        let (day, month, year) = match text {
            [day @ .., b'-', m1, m2, m3, b'-', y1, y2, y3, y4] => {
                (day, [*m1, *m2, *m3], [*y1, *y2, *y3, *y4])
            }
            _ => return Err(DateError),
        };
        if day.len() > 2 {
            return Err(DateError);
        }
        Self::new(digits(&year)?, month_of(month)?, u8::try_from(digits(day)?).map_err(|_| DateError)?)
    }
}

/// As in a command: `1-Feb-2026`.
impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{:04}", self.day, MONTHS[usize::from(self.month) - 1], self.year)
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Date({self})")
    }
}

/// When a message arrived, as its server says: `17-Jul-1996 02:44:25 -0700` (RFC 9051 section 9, `date-time`).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct InternalDate {
    date: Date,
    hour: u8,
    minute: u8,
    /// Up to 60, for a leap second.
    second: u8,
    /// East of Greenwich, below a day.
    zone_minutes: i16,
}

impl InternalDate {
    /// A moment from its parts: `zone_minutes` east of Greenwich, less than a day either way; `second` up to 60.
    pub fn new(date: Date, hour: u8, minute: u8, second: u8, zone_minutes: i16) -> Result<Self, DateError> {
        if hour > 23 || minute > 59 || second > 60 || zone_minutes.abs() >= 24 * 60 {
            return Err(DateError);
        }
        Ok(Self { date, hour, minute, second, zone_minutes })
    }

    /// The moment so many seconds after 1970-01-01 00:00:00 UTC, in UTC; the nearest one there is, outside of the
    /// years from 1 to 9999.
    pub fn from_unix_seconds(seconds: i64) -> Self {
        let (first, last) = (Date { year: 1, month: 1, day: 1 }, Date { year: 9999, month: 12, day: 31 });
        let range = days_from_epoch(first) * 86_400..=days_from_epoch(last) * 86_400 + 86_399;
        let seconds = seconds.clamp(*range.start(), *range.end());
        let of_day = seconds.rem_euclid(86_400);
        let part = |unit: i64, count: i64| u8::try_from(of_day / unit % count).unwrap_or(0);
        Self {
            date: date_at(seconds.div_euclid(86_400)),
            hour: part(3600, 24),
            minute: part(60, 60),
            second: part(1, 60),
            zone_minutes: 0,
        }
    }

    /// Seconds since 1970-01-01 00:00:00 UTC; a leap second counts as the one after it.
    pub fn unix_seconds(self) -> i64 {
        let days = days_from_epoch(self.date);
        let seconds = (i64::from(self.hour) * 60 + i64::from(self.minute)) * 60 + i64::from(self.second);
        days * 86_400 + seconds - i64::from(self.zone_minutes) * 60
    }

    /// The day in the zone of the date itself.
    pub fn date(self) -> Date {
        self.date
    }

    /// Reads `17-Jul-1996 02:44:25 -0700`; the day may have one digit, with or without a blank in front.
    pub fn parse(text: &[u8]) -> Result<Self, DateError> {
        let Some((date, time)) = text.split_last_chunk::<15>() else { return Err(DateError) };
        let &[b' ', h1, h2, b':', m1, m2, b':', s1, s2, b' ', sign @ (b'+' | b'-'), z1, z2, z3, z4] = time
        else {
            return Err(DateError);
        };
        let (zone_hours, zone_minutes) = (two(z1, z2)?, two(z3, z4)?);
        if zone_minutes > 59 {
            return Err(DateError);
        }
        let minutes = i16::from(zone_hours) * 60 + i16::from(zone_minutes);
        let zone = if sign == b'-' { -minutes } else { minutes };
        // Almost all servers write two digits.
        let date = match date {
            &[d1 @ b'0'..=b'9', d2, b'-', m1, m2, m3, b'-', y1, y2, y3, y4] => {
                let year = u16::from(two(y1, y2)?) * 100 + u16::from(two(y3, y4)?);
                Date::new(year, month_of([m1, m2, m3])?, two(d1, d2)?)?
            }
            _ => Date::parse(date.strip_prefix(b" ").unwrap_or(date))?,
        };
        Self::new(date, two(h1, h2)?, two(m1, m2)?, two(s1, s2)?, zone)
    }
}

/// As on the wire, without quotes: `17-Jul-1996 02:44:25 -0700`; a one-digit day has a blank in front.
impl fmt::Display for InternalDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { date, hour, minute, second, zone_minutes } = self;
        let sign = if *zone_minutes < 0 { '-' } else { '+' };
        let (zone_hour, zone_minute) = (zone_minutes.abs() / 60, zone_minutes.abs() % 60);
        let month = MONTHS[usize::from(date.month) - 1];
        write!(
            f,
            "{:2}-{month}-{:04} {hour:02}:{minute:02}:{second:02} {sign}{zone_hour:02}{zone_minute:02}",
            date.day, date.year
        )
    }
}

impl fmt::Debug for InternalDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InternalDate({self})")
    }
}

/// The text or the numbers are no date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a date")]
pub struct DateError;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The month of this name, in any case, from 1.
fn month_of(name: [u8; 3]) -> Result<u8, DateError> {
    Ok(match name.map(|octet| octet.to_ascii_lowercase()) {
        [b'j', b'a', b'n'] => 1,
        [b'f', b'e', b'b'] => 2,
        [b'm', b'a', b'r'] => 3,
        [b'a', b'p', b'r'] => 4,
        [b'm', b'a', b'y'] => 5,
        [b'j', b'u', b'n'] => 6,
        [b'j', b'u', b'l'] => 7,
        [b'a', b'u', b'g'] => 8,
        [b's', b'e', b'p'] => 9,
        [b'o', b'c', b't'] => 10,
        [b'n', b'o', b'v'] => 11,
        [b'd', b'e', b'c'] => 12,
        _ => return Err(DateError),
    })
}

/// The number of two digits.
#[inline]
fn two(tens: u8, ones: u8) -> Result<u8, DateError> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    if tens < 10 && ones < 10 { Ok(tens * 10 + ones) } else { Err(DateError) }
}

fn digits(text: &[u8]) -> Result<u16, DateError> {
    if text.is_empty() || text.len() > 4 {
        return Err(DateError);
    }
    text.iter().try_fold(0, |sum, octet| {
        if octet.is_ascii_digit() { Ok(sum * 10 + u16::from(octet - b'0')) } else { Err(DateError) }
    })
}

fn is_leap(year: u16) -> bool {
    (year.is_multiple_of(4) && !year.is_multiple_of(100)) || year.is_multiple_of(400)
}

fn days_in(year: u16, month: u8) -> u8 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn days_from_epoch(date: Date) -> i64 {
    let before = i64::from(date.year) - 1;
    let leap_days = |years: i64| years / 4 - years / 100 + years / 400;
    let year_days = (before - 1969) * 365 + leap_days(before) - leap_days(1969);
    let month_days: i64 = (1..date.month).map(|month| i64::from(days_in(date.year, month))).sum();
    year_days + month_days + i64::from(date.day) - 1
}

/// The day so many days after 1970-01-01, which lies within the years from 1 to 9999.
fn date_at(days: i64) -> Date {
    let mut date = Date { year: 1, month: 1, day: 1 };
    // The last year, and in it the last month, that begins no later; each step halves what is not known of it.
    let mut step = 1 << 13;
    while step > 0 {
        let later = Date { year: date.year + step, ..date };
        if later.year <= 9999 && days_from_epoch(later) <= days {
            date = later;
        }
        step /= 2;
    }
    while date.month < 12 && days_from_epoch(Date { month: date.month + 1, ..date }) <= days {
        date.month += 1;
    }
    date.day += u8::try_from(days - days_from_epoch(date)).unwrap_or(0);
    date
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day() -> impl Strategy<Value = Date> {
        (1_u16..=9999, 1_u8..=12, 1_u8..=31)
            .prop_filter_map("a day that the month has not", |(year, month, day)| {
                Date::new(year, month, day).ok()
            })
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(
            date in day(),
            (hour, minute, second) in (0_u8..24, 0_u8..60, 0_u8..=60),
            zone in -1439_i16..1440,
        ) {
            prop_assert_eq!(Date::parse(date.to_string().as_bytes()), Ok(date));
            let moment = InternalDate::new(date, hour, minute, second, zone).unwrap();
            let shown = moment.to_string();
            prop_assert_eq!(shown.len(), "17-Jul-1996 02:44:25 -0700".len());
            prop_assert_eq!(InternalDate::parse(shown.as_bytes()), Ok(moment));
        }

        #[test]
        fn days_are_counted_in_their_order(one in day(), other in day()) {
            let noon = |date| InternalDate::new(date, 12, 0, 0, 0).unwrap().unix_seconds();
            prop_assert_eq!(one.cmp(&other), noon(one).cmp(&noon(other)));
        }

        #[test]
        fn any_octets_are_a_date_or_refused(octets in "[0-9JanFeb: +-]{0,27}") {
            let _ = (Date::parse(octets.as_bytes()), InternalDate::parse(octets.as_bytes()));
        }
    }

    #[test]
    fn days_of_a_search() {
        for (text, shown) in [
            ("1-Feb-1994", "1-Feb-1994"),
            ("01-feb-1994", "1-Feb-1994"),
            ("29-FEB-2000", "29-Feb-2000"),
            ("31-Dec-9999", "31-Dec-9999"),
            ("1-Jan-0001", "1-Jan-0001"),
        ] {
            assert_eq!(Date::parse(text.as_bytes()).unwrap().to_string(), shown);
        }
        for text in [
            "",
            "-",
            "1-Feb",
            "1-Feb-94",
            "1-Feb-01994",
            "001-Feb-1994",
            "0-Feb-1994",
            "30-Feb-1994",
            "29-Feb-1900",
            "31-Apr-2026",
            "1-2-1994",
            "1-February-1994",
            "1-Feb-1994-",
            "+1-Feb-1994",
            " 1-Feb-1994",
            "1-Feb-0000",
        ] {
            assert_eq!(Date::parse(text.as_bytes()), Err(DateError), "{text}");
        }
    }

    #[track_caller]
    fn check(text: &str, seconds: i64) {
        let date = InternalDate::parse(text.as_bytes()).unwrap();
        assert_eq!(date.unix_seconds(), seconds, "{date:?}");
        assert_eq!(InternalDate::parse(date.to_string().as_bytes()), Ok(date));
    }

    #[test]
    fn moments_are_counted_in_utc() {
        check("01-Jan-1970 00:00:00 +0000", 0);
        check("17-Jul-1996 02:44:25 -0700", 837_596_665);
        check(" 1-Feb-2026 12:00:00 +0900", 1_769_914_800);
        check("1-feb-2026 03:00:00 +0000", 1_769_914_800);
        check("29-Feb-2000 23:59:59 +0000", 951_868_799);
        check("31-Dec-1969 23:59:59 +0000", -1);
    }

    proptest! {
        #[test]
        fn seconds_are_counted_both_ways(date in day(), second in 0_i64..86_400) {
            let seconds = days_from_epoch(date) * 86_400 + second;
            let moment = InternalDate::from_unix_seconds(seconds);
            prop_assert_eq!(moment.date(), date);
            prop_assert_eq!(moment.unix_seconds(), seconds);
        }
    }

    #[test]
    fn a_moment_outside_of_all_years_is_the_nearest() {
        for (seconds, shown) in
            [(i64::MIN, " 1-Jan-0001 00:00:00 +0000"), (i64::MAX, "31-Dec-9999 23:59:59 +0000")]
        {
            assert_eq!(InternalDate::from_unix_seconds(seconds).to_string(), shown);
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "00-Jan-0000 00:00:00 +0000",
            "27-JAG-2018 13:41:57 -0400",
            "27-OCT-2018 33:41:57 -0400",
            "27-OCT-2018 13:41:577 -98765432100",
            "27-OCT-2018 13:41:57 -0400 XYZ",
            "98765432100-OCT-2018 13:41:57 -0400",
            "29-Feb-2023 00:00:00 +0000",
            "",
        ] {
            assert_eq!(InternalDate::parse(text.as_bytes()), Err(DateError), "{text}");
        }
    }
}
