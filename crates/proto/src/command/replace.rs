use super::{Command, NewMessage, append, read};
use crate::types::{Bound, Id, MailboxName, NameEncoding, SeqNum, Uid};
use crate::wire::{Cursor, Encoder, Syntax};

use super::append::Streaming;

/// The message that a `REPLACE` takes away (RFC 8508 section 3.4).
///
/// `*` is whichever is the last one when the server reads the command, which need not be the one that the client knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Replaced {
    /// By message sequence number.
    Number(Bound<SeqNum>),
    /// By unique identifier: the command is sent with `UID` in front.
    Uid(Bound<Uid>),
}

impl From<Uid> for Replaced {
    fn from(uid: Uid) -> Self {
        Self::Uid(Bound::Id(uid))
    }
}

/// `replace = "REPLACE" SP seq-number SP mailbox append-message` (RFC 8508 section 5)
pub(super) fn encode(
    encoder: &mut Encoder,
    names: NameEncoding,
    replaced: Replaced,
    mailbox: &MailboxName,
    message: &NewMessage,
) {
    match replaced {
        Replaced::Number(Bound::Id(number)) => encoder.sp().show(number),
        Replaced::Uid(Bound::Id(uid)) => encoder.sp().show(uid),
        Replaced::Number(Bound::Last) | Replaced::Uid(Bound::Last) => encoder.raw(" *"),
    };
    append::encode(encoder, names, mailbox, std::slice::from_ref(message));
}

/// As [`encode`], behind `REPLACE`.
pub(super) fn parse(
    cursor: &mut Cursor<'_>,
    names: NameEncoding,
    streaming: Streaming,
) -> Result<Command, Syntax> {
    let number = bound(cursor).map(Replaced::Number)?;
    parse_message(cursor, names, streaming, number)
}

/// As [`encode`], behind `UID REPLACE`.
pub(super) fn parse_uid(
    cursor: &mut Cursor<'_>,
    names: NameEncoding,
    streaming: Streaming,
) -> Result<Command, Syntax> {
    let uid = bound(cursor).map(Replaced::Uid)?;
    parse_message(cursor, names, streaming, uid)
}

fn parse_message(
    cursor: &mut Cursor<'_>,
    names: NameEncoding,
    streaming: Streaming,
    replaced: Replaced,
) -> Result<Command, Syntax> {
    cursor.expect_sp()?;
    let mailbox = read::mailbox(cursor, names)?;
    let message = Box::new(append::parse_message(cursor, streaming)?);
    Ok(Command::Replace { replaced, mailbox, message })
}

/// `SP seq-number`
fn bound<T: Id>(cursor: &mut Cursor<'_>) -> Result<Bound<T>, Syntax> {
    const EXPECTED: &str = "one message";
    cursor.expect_sp()?;
    let start = cursor.pos();
    if cursor.try_byte(b'*') {
        return Ok(Bound::Last);
    }
    let number = T::from_number(cursor.expect_number(EXPECTED)?);
    number.map(Bound::Id).ok_or(Syntax { offset: start, expected: EXPECTED })
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::super::testing::{check, check_wrong, encode as encode_line, name};
    use super::super::{AppendMessage, MessageForm, ParseOptions};
    use super::*;
    use crate::types::Flag;
    use crate::wire::{LiteralMode, Mark, MarkKind};

    fn replace(replaced: Replaced, message: AppendMessage) -> Command {
        let flags = vec![Flag::Seen, Flag::Draft];
        let message = Box::new(NewMessage { flags, ..NewMessage::new(message) });
        Command::Replace { replaced, mailbox: name("Drafts"), message }
    }

    /// RFC 8508 sections 3.2 and 3.3.
    #[test]
    fn examples_of_the_rfc() {
        let message = "Subject: happy new year !!\r\n\r\nWish you were here.\r\n";
        let inline = || AppendMessage::Inline(Bytes::from_static(message.as_bytes()));
        let literal = format!("Drafts (\\Seen \\Draft) {{{}}}\r\n{message}", message.len());
        let number = Replaced::Number(Bound::Id(SeqNum::new(4).unwrap()));
        let line = format!("A003 REPLACE 4 {literal}");
        check(&line, &replace(number, inline()), &line);
        let line = format!("A004 UID REPLACE 2000 {literal}");
        check(&line, &replace(Uid::new(2000).unwrap().into(), inline()), &line);
        let line = format!("a uid replace * {literal}");
        check(
            &line,
            &replace(Replaced::Uid(Bound::Last), inline()),
            &line.replace("uid replace", "UID REPLACE"),
        );
    }

    #[test]
    fn a_message_may_be_streamed() {
        let command = replace(Uid::MIN.into(), AppendMessage::Streamed { size: 1 << 33 });
        let encoded = encode_line(&command, LiteralMode::Plus);
        let offset = encoded.bytes.len() - 2;
        assert_eq!(encoded.marks, [Mark { offset, kind: MarkKind::Streamed(1 << 33) }]);
        let head = Bytes::copy_from_slice(&encoded.bytes[..offset]);
        assert_eq!(Command::parse_head(&head, &ParseOptions::default()).unwrap().command, command);
        let line = "a REPLACE 1 Drafts ~{2}\r\n\0b";
        let octets = AppendMessage::Inline(Bytes::from_static(b"\0b"));
        let message = Box::new(NewMessage { form: MessageForm::Literal8, ..NewMessage::new(octets) });
        let replaced = Replaced::Number(Bound::Id(SeqNum::MIN));
        check(line, &Command::Replace { replaced, mailbox: name("Drafts"), message }, line);
    }

    #[test]
    fn what_is_no_replace() {
        check_wrong("a REPLACE", 9, "a blank");
        check_wrong("a REPLACE 0 x {1}\r\na", 10, "one message");
        check_wrong("a REPLACE 1:2 x {1}\r\na", 11, "a blank");
        check_wrong("a UID REPLACE $ x {1}\r\na", 14, "one message");
        check_wrong("a REPLACE 1 x", 13, "a blank");
        check_wrong("a REPLACE 1 x {1}\r\na {1}\r\nb", 21, "the end of the command");
    }
}
