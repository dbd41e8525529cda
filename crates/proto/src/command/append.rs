use std::fmt;

use bytes::Bytes;

use super::{Command, read};
use crate::types::{Flag, InternalDate, MailboxName, NameEncoding};
use crate::wire::{Cursor, Encoder, Syntax};

/// The message of an `APPEND`.
#[derive(Clone, PartialEq, Eq)]
pub enum AppendMessage {
    /// Octets that are brought while the command is sent or received; only their number is known beforehand.
    Streamed {
        /// In octets.
        size: u64,
    },
    /// Octets in memory.
    Inline(Bytes),
}

/// Shows the size; what people write to each other has no place in a log.
impl fmt::Debug for AppendMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Streamed { size } => write!(f, "Streamed({size} octets)"),
            Self::Inline(octets) => write!(f, "Inline({} octets)", octets.len()),
        }
    }
}

/// `append = "APPEND" SP mailbox [SP flag-list] [SP date-time] SP literal` (RFC 3501 section 9; in RFC 9051 section 9
/// with room for extensions)
pub(super) fn encode(
    encoder: &mut Encoder,
    names: NameEncoding,
    mailbox: &MailboxName,
    flags: &[Flag],
    date: Option<InternalDate>,
    message: &AppendMessage,
) {
    encoder.sp().astring(&mailbox.to_wire(names)).sp();
    if !flags.is_empty() {
        encoder.list(flags, |encoder, flag| {
            encoder.raw(flag.to_bytes());
        });
        encoder.sp();
    }
    if let Some(date) = date {
        encoder.raw(b"\"").show(date).raw(b"\" ");
    }
    match message {
        AppendMessage::Streamed { size } => encoder.streamed_literal(*size),
        AppendMessage::Inline(octets) => encoder.literal(octets),
    };
}

/// As [`encode`], with the message.
pub(super) fn parse(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<Command, Syntax> {
    let Head { mailbox, flags, date } = parse_arguments(cursor, names)?;
    let message = cursor.expect_string("the message as a literal")?;
    Ok(Command::Append { mailbox, flags, date, message: AppendMessage::Inline(message.into_bytes()) })
}

/// As [`encode`], up to the announcement of the message and no further.
pub(super) fn parse_head(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<Command, Syntax> {
    let Head { mailbox, flags, date } = parse_arguments(cursor, names)?;
    cursor.expect_byte(b'{', "the message as a literal")?;
    let size = cursor.expect_number64("the size of a literal")?;
    cursor.try_byte(b'+');
    cursor.expect_byte(b'}', "`}`")?;
    cursor.expect_line_end()?;
    if !cursor.rest().is_empty() {
        return Err(cursor.expected("the end of what came before the message"));
    }
    Ok(Command::Append { mailbox, flags, date, message: AppendMessage::Streamed { size } })
}

/// What stands in front of the message.
struct Head {
    mailbox: MailboxName,
    flags: Vec<Flag>,
    date: Option<InternalDate>,
}

fn parse_arguments(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<Head, Syntax> {
    cursor.expect_sp()?;
    let mailbox = read::mailbox(cursor, names)?;
    cursor.expect_sp()?;
    let mut flags = Vec::new();
    if cursor.peek() == Some(b'(') {
        flags = read::flag_list(cursor)?;
        cursor.expect_sp()?;
    }
    let mut date = None;
    if cursor.peek() == Some(b'"') {
        let start = cursor.pos();
        let text = cursor.expect_string("a date")?;
        let parsed = InternalDate::parse(text.as_bytes());
        date = Some(parsed.map_err(|_| Syntax { offset: start, expected: "a date and time" })?);
        cursor.expect_sp()?;
    }
    if cursor.peek() != Some(b'{') {
        return Err(cursor.expected("the message as a literal"));
    }
    Ok(Head { mailbox, flags, date })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, check_wrong, encode, flag, name};
    use super::super::{CommandError, ParseOptions};
    use super::*;
    use crate::types::Tag;
    use crate::wire::{LiteralMode, Mark, MarkKind};

    fn append(flags: &[Flag], date: Option<&str>, message: AppendMessage) -> Command {
        let date = date.map(|date| InternalDate::parse(date.as_bytes()).unwrap());
        Command::Append { mailbox: name("saved-messages"), flags: flags.to_vec(), date, message }
    }

    fn inline(message: &'static str) -> AppendMessage {
        AppendMessage::Inline(Bytes::from_static(message.as_bytes()))
    }

    #[test]
    fn examples_of_the_rfcs() {
        let message = "Date: Mon, 7 Feb 1994 21:52:25 -0800 (PST)\r\n\
            From: Fred Foobar <foobar@Blurdybloop.COM>\r\n\
            Subject: afternoon meeting\r\n\
            To: mooch@owatagu.siam.edu\r\n\
            Message-Id: <B27397-0100000@Blurdybloop.COM>\r\n\
            MIME-Version: 1.0\r\n\
            Content-Type: TEXT/PLAIN; CHARSET=US-ASCII\r\n\
            \r\n\
            Hello Joe, do you think we can meet at 3:30 tomorrow?\r\n";
        assert_eq!(message.len(), 310);
        let line = format!("A003 APPEND saved-messages (\\Seen) {{310}}\r\n{message}");
        check(&line, &append(&[Flag::Seen], None, inline(message)), &line);
    }

    #[test]
    fn flags_and_date_may_be_missing() {
        let date = " 1-Feb-2026 12:00:00 +0900";
        check(
            "a APPEND saved-messages {1}\r\nx",
            &append(&[], None, inline("x")),
            "a APPEND saved-messages {1}\r\nx",
        );
        check(
            "a append saved-messages () {1+}\r\nx",
            &append(&[], None, inline("x")),
            "a APPEND saved-messages {1}\r\nx",
        );
        let line = "a APPEND saved-messages \" 1-Feb-2026 12:00:00 +0900\" {0}\r\n";
        check(line, &append(&[], Some(date), inline("")), line);
        let line = "a APPEND saved-messages ($MDNSent \\Answered) \" 1-Feb-2026 12:00:00 +0900\" {2}\r\n{}";
        check(line, &append(&[flag("$MDNSent"), Flag::Answered], Some(date), inline("{}")), line);
    }

    #[test]
    fn a_streamed_message_is_a_pause_in_the_line() {
        let command = append(&[], None, AppendMessage::Streamed { size: 1 << 33 });
        let encoded = encode(&command, LiteralMode::Minus);
        assert_eq!(&**encoded.bytes, b"a APPEND saved-messages {8589934592}\r\n\r\n");
        assert_eq!(
            encoded.marks,
            [
                Mark { offset: 38, kind: MarkKind::Continuation },
                Mark { offset: 38, kind: MarkKind::Streamed(1 << 33) }
            ]
        );
        let encoded = encode(&command, LiteralMode::Plus);
        assert_eq!(encoded.marks, [Mark { offset: 39, kind: MarkKind::Streamed(1 << 33) }]);
    }

    #[test]
    fn what_comes_before_a_large_message_is_read_alone() {
        let read = |line: &str| Command::parse_head(&Bytes::from(line.to_owned()), &ParseOptions::default());
        let large = AppendMessage::Streamed { size: 1 << 33 };
        for line in
            ["a APPEND saved-messages {8589934592}\r\n", "a append {14}\r\nsaved-messages {8589934592+}\r\n"]
        {
            assert_eq!(read(line).unwrap().command, append(&[], None, large.clone()));
        }
        let dated = "a APPEND saved-messages (\\Seen) \"01-Feb-2026 12:00:00 +0900\" {8589934592}\r\n";
        let date = Some(" 1-Feb-2026 12:00:00 +0900");
        assert_eq!(read(dated).unwrap().command, append(&[Flag::Seen], date, large));
        for (line, offset, expected) in [
            ("a LOGIN {8589934592}\r\n", 2, "a smaller literal"),
            ("a APPEND {8589934592}\r\n", 23, "the octets of a literal"),
            ("a APPEND INBOX {8589934592}\r\nx", 29, "the end of what came before the message"),
            ("a APPEND INBOX (\\Seen)\r\n", 22, "a blank"),
        ] {
            assert_eq!(read(line), Err(CommandError { tag: Tag::new("a").ok(), offset, expected }), "{line}");
        }
    }

    #[test]
    fn what_is_no_append() {
        check_wrong("a APPEND INBOX", 14, "a blank");
        check_wrong("a APPEND INBOX x", 15, "the message as a literal");
        check_wrong("a APPEND INBOX \"x\" {1}\r\nx", 15, "a date and time");
        check_wrong("a APPEND INBOX (\\Seen {1}\r\nx", 22, "a flag");
        check_wrong("a APPEND INBOX (\\*) {1}\r\nx", 16, "a flag");
        check_wrong("a APPEND INBOX {1}\r\nxy", 21, "the end of the command");
    }

    #[test]
    fn what_is_written_is_not_shown() {
        let shown = format!("{:?}", append(&[], None, inline("Dear Joe")));
        assert!(shown.ends_with("message: Inline(8 octets) }"), "{shown}");
    }
}
