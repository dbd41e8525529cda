use tayori_proto::types::{Envelope, InternalDate};

use crate::parse_date;

/// When a message was sent: as its `Date` says, or else when it arrived (RFC 5256 section 2.2).
///
/// A date whose time cannot be read is the beginning of that day, and a zone that cannot be read is UTC.
pub fn sent(envelope: &Envelope, arrived: InternalDate) -> InternalDate {
    envelope.date().and_then(parse).unwrap_or(arrived)
}

fn parse(value: &[u8]) -> Option<InternalDate> {
    let day = parse_date(value)?;
    let mut words = value.split(|octet| octet.is_ascii_whitespace() || matches!(octet, b',' | b'('));
    let time = words.find(|word| word.contains(&b':')).and_then(time);
    // A zone means nothing without a time, and a zone that cannot be read is UTC.
    let zone = words.find(|word| !word.is_empty()).and_then(zone).unwrap_or(0);
    let moment = match time {
        Some((hour, minute, second)) => InternalDate::new(day, hour, minute, second, zone),
        None => InternalDate::new(day, 0, 0, 0, 0),
    };
    moment.or_else(|_| InternalDate::new(day, 0, 0, 0, 0)).ok()
}

/// `hh:mm` or `hh:mm:ss`
fn time(word: &[u8]) -> Option<(u8, u8, u8)> {
    let mut parts = word.split(|octet| *octet == b':').map(number);
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = parts.next().unwrap_or(Some(0))?;
    // A leap second is the last one of its minute.
    let second = if second == 60 { 59 } else { second };
    (hour < 24 && minute < 60 && second < 60).then_some((hour, minute, second))
}

/// In minutes east of UTC (RFC 5322 section 4.3).
fn zone(word: &[u8]) -> Option<i16> {
    let hours = match word.to_ascii_uppercase().as_slice() {
        [sign @ (b'+' | b'-'), digits @ ..] if digits.len() == 4 => {
            let (hours, minutes) = (number(&digits[..2])?, number(&digits[2..])?);
            let minutes = i16::from(hours) * 60 + i16::from(minutes);
            return Some(if *sign == b'-' { -minutes } else { minutes });
        }
        b"EDT" => -4,
        b"EST" | b"CDT" => -5,
        b"CST" | b"MDT" => -6,
        b"MST" | b"PDT" => -7,
        b"PST" => -8,
        _ => return None,
    };
    Some(hours * 60)
}

fn number(digits: &[u8]) -> Option<u8> {
    let all_digits = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(digits).ok().filter(|_| all_digits)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: &str, expected: Option<&str>) {
        let expected = expected.map(|date| InternalDate::parse(date.as_bytes()).unwrap().unix_seconds());
        assert_eq!(parse(value.as_bytes()).map(InternalDate::unix_seconds), expected, "{value}");
    }

    #[test]
    fn moments() {
        check("31 Dec 2000 16:01:33 -0800", Some(" 1-Jan-2001 00:01:33 +0000"));
        check("Sun, 31 Dec 2000 16:01 +0130 (zone)", Some("31-Dec-2000 14:31:00 +0000"));
        check("Sun, 31 Dec 2000 16:01:33 EST", Some("31-Dec-2000 21:01:33 +0000"));
        check("Sun, 31 Dec 2000 16:01:33 GMT", Some("31-Dec-2000 16:01:33 +0000"));
        check("Sun, 31 Dec 2000 16:01:60 Q", Some("31-Dec-2000 16:01:59 +0000"));
        check("Sun, 31 Dec 2000 16:01:33", Some("31-Dec-2000 16:01:33 +0000"));
        check("Sun, 31 Dec 2000 16:01:33 +9999", Some("31-Dec-2000 00:00:00 +0000"));
        check("Sun, 31 Dec 2000 26:01:33 -0800", Some("31-Dec-2000 00:00:00 +0000"));
        check("Sun, 31 Dec 2000", Some("31-Dec-2000 00:00:00 +0000"));
        check("yesterday", None);
        check("", None);
    }
}
