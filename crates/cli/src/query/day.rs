//! Days as people write them.

use std::time::{SystemTime, UNIX_EPOCH};

use tayori_proto::types::{Date, InternalDate};

const SECONDS_OF_DAY: i64 = 86_400;

/// Longer ago than any mail.
const MOST_DAYS: i64 = 200 * 366;

/// Today in UTC: a server compares days without regard to zones (RFC 9051 section 6.4.4).
pub(super) fn today() -> Date {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    InternalDate::from_unix_seconds(i64::try_from(now).unwrap_or(i64::MAX)).date()
}

/// `2025-01-31`, `2025-01` and `2025` for the first day in them, `31-Jan-2025`, `today`, `yesterday`, or `7d`, `2w`,
/// `6m`, `1y` for so long ago.
pub(super) fn parse(text: &str, today: Date) -> Option<Date> {
    match text.to_ascii_lowercase().as_str() {
        "today" => return Some(today),
        "yesterday" => return days_before(today, 1),
        _ => {}
    }
    if let Some(date) = ago(text, today) {
        return Some(date);
    }
    if let Ok(date) = Date::parse(text.as_bytes()) {
        return Some(date);
    }
    let mut numbers = text.split('-');
    let year = number(numbers.next()?, 4)?;
    let month = numbers.next().map_or(Some(1), |month| number(month, 2))?;
    let day = numbers.next().map_or(Some(1), |day| number(day, 2))?;
    if numbers.next().is_some() {
        return None;
    }
    Date::new(year, u8::try_from(month).ok()?, u8::try_from(day).ok()?).ok()
}

fn number(text: &str, digits: usize) -> Option<u16> {
    let all_digits = text.len() == digits && text.bytes().all(|octet| octet.is_ascii_digit());
    all_digits.then(|| text.parse().ok()).flatten()
}

fn ago(text: &str, today: Date) -> Option<Date> {
    let unit = text.chars().next_back()?;
    let count = text.strip_suffix(unit)?;
    if count.is_empty() || !count.bytes().all(|octet| octet.is_ascii_digit()) {
        return None;
    }
    let count: u16 = count.parse().ok()?;
    match unit.to_ascii_lowercase() {
        'd' => days_before(today, count.into()),
        'w' => days_before(today, i64::from(count) * 7),
        'm' => months_before(today, count),
        'y' => months_before(today, count.checked_mul(12)?),
        _ => None,
    }
}

fn days_before(today: Date, days: i64) -> Option<Date> {
    if days > MOST_DAYS {
        return None;
    }
    let midnight = InternalDate::new(today, 0, 0, 0, 0).ok()?.unix_seconds();
    Some(InternalDate::from_unix_seconds(midnight - days * SECONDS_OF_DAY).date())
}

/// The same day of that month, or its last one.
fn months_before(today: Date, months: u16) -> Option<Date> {
    let all = (i32::from(today.year()) * 12 + i32::from(today.month()) - 1) - i32::from(months);
    let (year, month) = (u16::try_from(all.div_euclid(12)).ok()?, u8::try_from(all.rem_euclid(12) + 1).ok()?);
    (1..=today.day()).rev().find_map(|day| Date::new(year, month, day).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let today = Date::new(2026, 3, 31).unwrap();
        let shown = parse(text, today).map_or("none".to_owned(), |date| date.to_string());
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn days_are_read_as_people_write_them() {
        for (text, expected) in [
            ("2025-01-31", "31-Jan-2025"),
            ("2025-01", "1-Jan-2025"),
            ("2025", "1-Jan-2025"),
            ("31-Jan-2025", "31-Jan-2025"),
            ("1-jan-2025", "1-Jan-2025"),
            ("2024-02-29", "29-Feb-2024"),
            ("today", "31-Mar-2026"),
            ("Yesterday", "30-Mar-2026"),
            ("0d", "31-Mar-2026"),
            ("31d", "28-Feb-2026"),
            ("2w", "17-Mar-2026"),
            ("1m", "28-Feb-2026"),
            ("25M", "29-Feb-2024"),
            ("1y", "31-Mar-2025"),
        ] {
            check(text, expected);
        }
    }

    #[test]
    fn what_is_no_day() {
        for text in [
            "",
            "2025-02-29",
            "2025-13",
            "2025-1-1",
            "25",
            "20250131",
            "2025-01-01-01",
            "2025-01-",
            "-",
            "d",
            "1x",
            "7 d",
            "+7d",
            "99999d",
            "65535w",
            "65535y",
            "9999y",
            "tomorrow",
            "é",
            "1é",
            "٣d",
        ] {
            check(text, "none");
        }
    }

    #[test]
    fn today_is_a_day() {
        assert!(today() > Date::new(2025, 1, 1).unwrap());
    }
}
