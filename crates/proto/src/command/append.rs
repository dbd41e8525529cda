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
