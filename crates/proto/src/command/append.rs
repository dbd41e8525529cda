use std::fmt;

use bytes::Bytes;

use super::{Command, CommandError, read};
use crate::types::{Flag, InternalDate, MailboxName, NameEncoding, NonEmpty};
use crate::wire::{Cursor, Encoder, Syntax};

/// A message that is to be kept in a mailbox, and what is kept with it (RFC 3502 section 5, `append-message`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMessage {
    /// The flags it gets.
    pub flags: Vec<Flag>,
    /// The internal date it gets; now if missing.
    pub date: Option<InternalDate>,
    /// How it is sent. Nothing is guessed from the octets, which are often not known yet.
    pub form: MessageForm,
    /// Its octets.
    pub message: AppendMessage,
}

impl NewMessage {
    /// A message without flags and date, sent as a plain literal.
    pub const fn new(message: AppendMessage) -> Self {
        Self { flags: Vec::new(), date: None, form: MessageForm::Literal, message }
    }

    /// Reads what follows a streamed message of this form in an `APPEND` or a `REPLACE`, up to the CRLF of the next
    /// announcement that is streamed, or to the end of the command: the further messages (RFC 3502), which may be none.
    ///
    /// Only the last can be [`AppendMessage::Streamed`]; then more is to follow. The error has no tag and counts from
    /// the end of the streamed message. A `REPLACE` has one message alone: the caller refuses more.
    pub fn parse_behind(bytes: &Bytes, form: MessageForm) -> Result<Vec<Self>, CommandError> {
        let mut cursor = Cursor::new(bytes, 0);
        let read = |cursor: &mut Cursor<'_>| {
            expect_close(cursor, form)?;
            let mut messages = Vec::new();
            parse_more(cursor, Streaming::Allowed, &mut messages)?;
            read::refuse_repairs(cursor)?;
            Ok(messages)
        };
        read(&mut cursor).map_err(|syntax| CommandError::new(None, &syntax))
    }
}

/// How the octets of a message are sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum MessageForm {
    /// `{n}`: a literal (RFC 9051 section 4.3), which must not hold NUL.
    #[default]
    Literal,
    /// `~{n}`: a literal8, which may hold any octets; with `BINARY` only (RFC 3516 section 4.4).
    Literal8,
    /// `UTF8 (~{n} ...)`: a literal8 whose header fields are in UTF-8; with `UTF8=ACCEPT` enabled only (RFC 6855
    /// section 4).
    Utf8,
}

/// The octets of a message.
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

/// ```text
/// append         = "APPEND" SP mailbox 1*append-message
/// append-message = [SP flag-list] [SP date-time] SP append-data
/// append-data    = literal / literal8 / "UTF8" SP "(" literal8 ")"
/// ```
///
/// (RFC 3502 section 5, RFC 4466 section 2.5, RFC 6855 section 4; in RFC 9051 section 9 with one message).
pub(super) fn encode(
    encoder: &mut Encoder,
    names: NameEncoding,
    mailbox: &MailboxName,
    messages: &[NewMessage],
) {
    encoder.sp().astring(&mailbox.to_wire(names));
    for NewMessage { flags, date, form, message } in messages {
        encoder.sp();
        // Courier 5.0 knows `UTF8` only behind a list of flags, which may be empty.
        if !flags.is_empty() || *form == MessageForm::Utf8 {
            encoder.list(flags, |encoder, flag| {
                encoder.raw(flag.to_bytes());
            });
            encoder.sp();
        }
        if let Some(date) = date {
            encoder.raw(b"\"").show(date).raw(b"\" ");
        }
        encoder.raw(match form {
            MessageForm::Literal => "",
            MessageForm::Literal8 => "~",
            MessageForm::Utf8 => "UTF8 (~",
        });
        match message {
            AppendMessage::Streamed { size } => encoder.streamed_literal(*size),
            AppendMessage::Inline(octets) => encoder.literal(octets),
        };
        encoder.raw(close(*form));
    }
}

/// What stands behind the octets of a message.
const fn close(form: MessageForm) -> &'static str {
    match form {
        MessageForm::Literal | MessageForm::Literal8 => "",
        MessageForm::Utf8 => ")",
    }
}

/// As [`encode`], with the messages.
pub(super) fn parse(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<Command, Syntax> {
    parse_append(cursor, names, Streaming::Refused)
}

/// As [`encode`], up to the announcement of the message that is streamed and no further.
pub(super) fn parse_head(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<Command, Syntax> {
    parse_append(cursor, names, Streaming::Allowed)
}

fn parse_append(
    cursor: &mut Cursor<'_>,
    names: NameEncoding,
    streaming: Streaming,
) -> Result<Command, Syntax> {
    cursor.expect_sp()?;
    let mailbox = read::mailbox(cursor, names)?;
    let first = parse_message(cursor, streaming)?;
    let mut messages = vec![first];
    parse_more(cursor, streaming, &mut messages)?;
    let messages = NonEmpty::try_from(messages).map_err(|_| cursor.expected("a message"))?;
    Ok(Command::Append { mailbox, messages })
}

/// Whether the octets may end behind the announcement of a literal.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Streaming {
    /// They may, and must: the command is cut there.
    Allowed,
    /// The command is whole.
    Refused,
}

/// `*append-message`, up to the end.
fn parse_more(
    cursor: &mut Cursor<'_>,
    streaming: Streaming,
    messages: &mut Vec<NewMessage>,
) -> Result<(), Syntax> {
    loop {
        let streamed =
            messages.last().is_some_and(|message| matches!(message.message, AppendMessage::Streamed { .. }));
        let behind = cursor.pos();
        if streamed || cursor.skip_blanks() == 0 || !begins_message(cursor.rest()) {
            cursor.seek(behind);
            break;
        }
        cursor.seek(behind);
        cursor.entry()?;
        messages.push(parse_message(cursor, streaming)?);
    }
    let cut =
        messages.last().is_some_and(|message| matches!(message.message, AppendMessage::Streamed { .. }));
    if streaming == Streaming::Allowed && !cut {
        let behind = cursor.pos();
        cursor.skip_blanks();
        if !cursor.at_line_end() {
            return Err(cursor.expected("the end of the command"));
        }
        cursor.seek(behind);
    }
    Ok(())
}

/// Whether this is meant as a further message, and not as something that is one too many.
fn begins_message(text: &[u8]) -> bool {
    let has_form = text.get(..4).is_some_and(|word| word.eq_ignore_ascii_case(b"UTF8"));
    has_form || matches!(text.first(), Some(b'(' | b'"' | b'{' | b'~'))
}

/// `append-message`
pub(super) fn parse_message(cursor: &mut Cursor<'_>, streaming: Streaming) -> Result<NewMessage, Syntax> {
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
    let form = parse_form(cursor)?;
    let message = parse_octets(cursor, streaming)?;
    if matches!(message, AppendMessage::Inline(_)) {
        expect_close(cursor, form)?;
    }
    Ok(NewMessage { flags, date, form, message })
}

/// Up to the brace.
fn parse_form(cursor: &mut Cursor<'_>) -> Result<MessageForm, Syntax> {
    let mut form = MessageForm::Literal;
    if cursor.try_word("UTF8") {
        cursor.expect_sp()?;
        cursor.expect_byte(b'(', "a literal8 in parentheses")?;
        cursor.skip_stray_blanks();
        cursor.expect_byte(b'~', "the message as a literal8")?;
        form = MessageForm::Utf8;
    } else if cursor.try_byte(b'~') {
        form = MessageForm::Literal8;
    }
    if cursor.peek() != Some(b'{') {
        return Err(cursor.expected("the message as a literal"));
    }
    Ok(form)
}

fn parse_octets(cursor: &mut Cursor<'_>, streaming: Streaming) -> Result<AppendMessage, Syntax> {
    let start = cursor.pos();
    if streaming == Streaming::Allowed {
        cursor.expect_byte(b'{', "the message as a literal")?;
        let size = cursor.expect_number64("the size of a literal")?;
        cursor.try_byte(b'+');
        cursor.expect_byte(b'}', "`}`")?;
        cursor.expect_line_end()?;
        if cursor.rest().is_empty() {
            return Ok(AppendMessage::Streamed { size });
        }
        if size > cursor.rest().len() as u64 {
            return Err(cursor.expected("the end of what came before the message"));
        }
        cursor.seek(start);
    }
    let octets = cursor.expect_string("the message as a literal")?;
    Ok(AppendMessage::Inline(octets.into_bytes()))
}

fn expect_close(cursor: &mut Cursor<'_>, form: MessageForm) -> Result<(), Syntax> {
    if form == MessageForm::Utf8 {
        cursor.skip_stray_blanks();
        cursor.expect_byte(b')', "`)`")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::ParseOptions;
    use super::super::testing::{check, check_wrong, encode, flag, name};
    use super::*;
    use crate::types::Tag;
    use crate::wire::{LiteralMode, Mark, MarkKind};

    fn append(flags: &[Flag], date: Option<&str>, message: AppendMessage) -> Command {
        let date = date.map(|date| InternalDate::parse(date.as_bytes()).unwrap());
        let messages = NonEmpty::one(NewMessage { flags: flags.to_vec(), date, ..NewMessage::new(message) });
        Command::Append { mailbox: name("saved-messages"), messages }
    }

    fn several(messages: &[NewMessage]) -> Command {
        Command::Append { mailbox: name("x"), messages: messages.to_vec().try_into().unwrap() }
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

    /// RFC 3502 section 6.3.11.
    #[test]
    fn several_messages() {
        let date = InternalDate::parse(b" 7-Feb-1994 22:43:04 -0800").ok();
        let plain = |message| NewMessage::new(inline(message));
        let seen = |message| NewMessage { flags: vec![Flag::Seen], ..plain(message) };
        let line =
            "A003 APPEND x (\\Seen) {5}\r\na\r\n b (\\Seen) \" 7-Feb-1994 22:43:04 -0800\" {0}\r\n {1}\r\n ";
        let command = several(&[seen("a\r\n b"), NewMessage { date, ..seen("") }, plain(" ")]);
        check(line, &command, line);
        let sent = "a APPEND x {1}\r\na {1}\r\nb";
        check("a append x {1}\r\na  () {1+}\r\nb ", &several(&[plain("a"), plain("b")]), sent);
        check_wrong("a APPEND x {1}\r\na{1}\r\nb", 17, "the end of the command");
        check_wrong("a APPEND x {1}\r\na x", 18, "the end of the command");
        check_wrong("a APPEND x {1}\r\na (\\Seen)", 25, "a blank");
    }

    #[test]
    fn what_form_a_message_has_is_said_and_not_guessed() {
        let of = |form, octets: &'static [u8]| {
            let message = AppendMessage::Inline(Bytes::from_static(octets));
            NewMessage { form, ..NewMessage::new(message) }
        };
        let line = "a APPEND x ~{3}\r\na\0b";
        check(line, &several(&[of(MessageForm::Literal8, b"a\0b")]), line);
        // RFC 6855 section 4.
        let line = "a APPEND x () UTF8 (~{4}\r\n\u{e9}))) ~{0}\r\n";
        let utf8 = of(MessageForm::Utf8, "\u{e9}))".as_bytes());
        check(line, &several(&[utf8.clone(), of(MessageForm::Literal8, b"")]), line);
        check(
            "a append x utf8 ( ~{4+}\r\n\u{e9})) ) ~{0}\r\n ",
            &several(&[utf8, of(MessageForm::Literal8, b"")]),
            line,
        );
        check_wrong("a APPEND x UTF8 ({1}\r\na)", 17, "the message as a literal8");
        check_wrong("a APPEND x UTF8 ~{1}\r\na", 16, "a literal8 in parentheses");
        check_wrong("a APPEND x UTF8 (~{1}\r\na", 24, "`)`");
        check_wrong("a APPEND x ~\"a\"", 12, "the message as a literal");
    }

    #[test]
    fn every_message_may_be_streamed() {
        let streamed = |form, size| NewMessage { form, ..NewMessage::new(AppendMessage::Streamed { size }) };
        let messages = [
            streamed(MessageForm::Literal, 7),
            streamed(MessageForm::Utf8, 8),
            streamed(MessageForm::Literal8, 9),
        ];
        let encoded = encode(&several(&messages), LiteralMode::Plus);
        assert_eq!(&**encoded.bytes, b"a APPEND x {7+}\r\n () UTF8 (~{8+}\r\n) ~{9+}\r\n\r\n");
        let marks = [(17, 7), (34, 8), (43, 9)];
        assert_eq!(
            encoded.marks,
            marks.map(|(offset, size)| Mark { offset, kind: MarkKind::Streamed(size) })
        );

        // As a server reads it, piece by piece.
        let piece = |start, end| Bytes::copy_from_slice(&encoded.bytes[start..end]);
        let head = Command::parse_head(&piece(0, 17), &ParseOptions::default()).unwrap();
        assert_eq!(head.command, several(&messages[..1]));
        assert_eq!(
            NewMessage::parse_behind(&piece(17, 34), MessageForm::Literal),
            Ok(vec![messages[1].clone()])
        );
        assert_eq!(
            NewMessage::parse_behind(&piece(34, 43), MessageForm::Utf8),
            Ok(vec![messages[2].clone()])
        );
        assert_eq!(NewMessage::parse_behind(&piece(43, 45), MessageForm::Literal8), Ok(vec![]));
    }

    #[test]
    fn what_follows_a_streamed_message() {
        let behind = |text: &str, form| NewMessage::parse_behind(&Bytes::from(text.to_owned()), form);
        let small = NewMessage { flags: vec![Flag::Seen], ..NewMessage::new(inline("ab")) };
        let large = NewMessage::new(AppendMessage::Streamed { size: 1 << 33 });
        let both = " (\\Seen) {2}\r\nab {8589934592}\r\n";
        assert_eq!(behind(both, MessageForm::Literal), Ok(vec![small.clone(), large.clone()]));
        assert_eq!(behind(") (\\Seen) {2}\r\nab\r\n", MessageForm::Utf8), Ok(vec![small.clone()]));
        assert_eq!(behind(" \r\n", MessageForm::Literal), Ok(vec![]));
        for (text, form, offset, expected) in [
            ("\r\n", MessageForm::Utf8, 0, "`)`"),
            ("x\r\n", MessageForm::Literal, 0, "the end of the command"),
            (" x\r\n", MessageForm::Literal, 1, "the end of the command"),
            (" {9}\r\nab\r\n", MessageForm::Literal, 6, "the end of what came before the message"),
        ] {
            assert_eq!(behind(text, form), Err(CommandError { tag: None, offset, expected }), "{text}");
        }
        let head = "a APPEND x (\\Seen) {2}\r\nab {8589934592}\r\n";
        let head = Command::parse_head(&Bytes::from(head), &ParseOptions::default()).unwrap();
        assert_eq!(head.command, several(&[small, large]));
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
        assert!(shown.contains("message: Inline(8 octets) }"), "{shown}");
    }
}
