//! How a mail is put together: by the builder, or from a text written by hand.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mail_builder::MessageBuilder;
use mail_builder::headers::address::Address;
use mail_builder::headers::content_type::ContentType;
use mail_builder::headers::raw::Raw;
use mail_builder::mime::{BodyPart, MimePart};
use tayori_proto::types::{Date, InternalDate};

use super::SampleMail;
use super::people::Person;

/// The moment that a table of samples gives, in the form of IMAP: `7-Mar-2024 08:15:00 +0100`.
pub(super) fn moment(text: &str) -> InternalDate {
    InternalDate::parse(text.as_bytes()).expect("the tables hold dates that exist")
}

/// Morning or evening of a day in a series; `day` up to 28, so that every month has it.
pub(super) fn moment_in_series(year: u16, month: u8, day: u8, hour: u8, minute: u8) -> InternalDate {
    Date::new(year, month, day)
        .and_then(|date| InternalDate::new(date, hour, minute, 0, 60))
        .expect("a series stays within the months, the days and the hours that there are")
}

/// The value of a Date field (RFC 5322 section 3.3).
pub(super) fn date_header(date: InternalDate) -> String {
    const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    let midnight = InternalDate::new(date.date(), 0, 0, 0, 0).expect("every day has a midnight");
    // The first of January 1970, day 0, was a Thursday.
    let weekday = (midnight.unix_seconds() / 86_400).rem_euclid(7);
    let weekday = usize::try_from(weekday).map_or("", |index| WEEKDAYS[index]);
    let shown = date.to_string();
    // The zone has a hyphen of its own, behind the eleven octets of the day.
    let (day, time) = shown.split_at(11);
    format!("{weekday}, {}{time}", day.trim_start().replace('-', " "))
}

/// The name of the mail that `from` wrote at `date`, without angle brackets.
pub(super) fn message_id(from: &Person, date: InternalDate) -> String {
    format!("{}.{}", date.unix_seconds(), from.address)
}

/// A builder with the fields that every mail has. What the builder would take from the clock is already set.
pub(super) fn begin<'a>(
    from: &Person,
    to: &[&Person],
    subject: &'a str,
    date: InternalDate,
) -> MessageBuilder<'a> {
    let mut builder = MessageBuilder::new().from(address(from));
    if !to.is_empty() {
        builder = builder.to(Address::new_list(to.iter().map(|person| address(person)).collect()));
    }
    builder.subject(subject).header("Date", Raw::new(date_header(date))).message_id(message_id(from, date))
}

fn address<'a>(person: &Person) -> Address<'a> {
    Address::new_address(Some(person.name), person.address)
}

/// The mail with this body.
pub(super) fn finish(date: InternalDate, builder: MessageBuilder<'_>, body: MimePart<'_>) -> SampleMail {
    SampleMail::new(date, written(builder, body))
}

/// The octets of a mail with this body.
pub(super) fn written(builder: MessageBuilder<'_>, body: MimePart<'_>) -> Vec<u8> {
    builder.body(body).write_to_vec().expect("a vector takes whatever is written")
}

/// Text of a mail; its lines may end in LF here.
pub(super) fn text<'a>(body: &str) -> MimePart<'a> {
    MimePart::new("text/plain", crlf(body))
}

/// HTML of a mail; its lines may end in LF here.
pub(super) fn html<'a>(body: &str) -> MimePart<'a> {
    MimePart::new("text/html", crlf(body))
}

/// A multipart with a boundary of its own, since the builder would make one from the clock. Multiparts inside each
/// other need different boundaries.
pub(super) fn multipart<'a>(kind: &'a str, boundary: &'a str, parts: Vec<MimePart<'a>>) -> MimePart<'a> {
    MimePart::new(ContentType::new(kind).attribute("boundary", boundary), parts)
}

/// A mail inside a mail (RFC 2046 section 5.2.1), which no transfer encoding may change.
pub(super) fn forwarded<'a>(mail: Vec<u8>) -> MimePart<'a> {
    MimePart::new("message/rfc822", BodyPart::Binary(mail.into())).inline().transfer_encoding("8bit")
}

/// A mail written out by hand. Its lines may end in LF here; `{date}` stands for the value of the Date field.
pub(super) fn by_hand(date: &str, template: &str) -> SampleMail {
    let date = moment(date);
    SampleMail::new(date, crlf(&template.replace("{date}", &date_header(date))).into_bytes())
}

/// The text with CRLF where it had LF.
pub(super) fn crlf(text: &str) -> String {
    text.replace('\n', "\r\n")
}

/// Base64 in lines of 76 (RFC 2045 section 6.8), each with its CRLF.
pub(super) fn base64_lines(octets: &[u8]) -> String {
    let mut lines = String::with_capacity(octets.len() / 57 * 78 + 80);
    for line in octets.chunks(57) {
        STANDARD.encode_string(line, &mut lines);
        lines.push_str("\r\n");
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_field_has_its_weekday_and_no_leading_blank() {
        for (date, shown) in [
            (" 1-Jan-1970 00:00:00 +0000", "Thu, 1 Jan 1970 00:00:00 +0000"),
            ("29-Feb-2024 23:59:59 -0330", "Thu, 29 Feb 2024 23:59:59 -0330"),
            ("7-Jun-2026 00:10:00 +0900", "Sun, 7 Jun 2026 00:10:00 +0900"),
        ] {
            assert_eq!(date_header(moment(date)), shown);
        }
    }

    #[test]
    fn lines_of_base64_have_76_characters_at_most() {
        assert_eq!(base64_lines(b""), "");
        assert_eq!(base64_lines(b"tayori"), "dGF5b3Jp\r\n");
        let lines = base64_lines(&[b'a'; 58]);
        assert_eq!(lines.split("\r\n").map(str::len).collect::<Vec<_>>(), [76, 4, 0]);
    }
}
