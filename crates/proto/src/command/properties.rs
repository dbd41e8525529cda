//! What holds for every command.

use bytes::Bytes;
use proptest::prelude::*;

use super::arbitrary::{append, command, secret, sent, tag};
use super::{
    AppendMessage, Charset, Command, EncodeOptions, MessageForm, NewMessage, ParseOptions, TaggedCommand,
    parse_idle_done, parse_sasl_reply,
};
use crate::types::{ImapString, NameEncoding, SaslMessage, Tag};
use crate::wire::{Encoded, LiteralMode, Mark, MarkKind};

proptest! {
    #[test]
    fn what_is_sent_is_read_back((options, command) in sent(), tag in tag()) {
        let encoded = command.encode(&tag, &options);
        let parsed = read(&encoded.bytes, options.names);
        prop_assert_eq!(parsed, Ok(TaggedCommand { tag, command: with_needed_charset(command, options.names) }));
    }

    #[test]
    fn no_value_breaks_out_of_its_command((options, command) in sent(), tag in tag()) {
        let encoded = command.encode(&tag, &options);
        let waits = waits_of(&encoded);
        let marked: Vec<_> = encoded.marks.iter().map(|mark| (mark.offset, mark.kind)).collect();
        let expected: Vec<_> = waits
            .into_iter()
            .filter(|_| options.literals != LiteralMode::Server)
            .map(|offset| (offset, MarkKind::Continuation))
            .collect();
        prop_assert_eq!(marked, expected);
    }

    #[test]
    fn a_large_message_is_read_from_what_comes_before_it(
        command in append(NameEncoding::ModifiedUtf7),
        literals in proptest::sample::select(vec![LiteralMode::Synchronizing, LiteralMode::Plus]),
        size in any::<u64>(),
    ) {
        let Command::Append { mailbox, messages } = command else { unreachable!() };
        let mut messages = messages.into_vec();
        if let Some(last) = messages.last_mut() {
            last.message = AppendMessage::Streamed { size };
        }
        let last_form = messages.last().map(|last| last.form);
        let command = Command::Append { mailbox, messages: messages.try_into().unwrap() };
        let tag = Tag::new("a1").unwrap();
        let encoded = command.encode(&tag, &EncodeOptions { literals, ..EncodeOptions::default() });
        waits_of(&encoded);
        let streamed = encoded.marks.last().copied().unwrap();
        prop_assert_eq!(streamed.kind, MarkKind::Streamed(size));
        let (head, rest) = encoded.bytes.split_at(streamed.offset);
        let close: &[u8] = if last_form == Some(MessageForm::Utf8) { b")" } else { b"" };
        prop_assert_eq!(rest, [close, b"\r\n"].concat());
        let behind = NewMessage::parse_behind(&Bytes::copy_from_slice(rest), last_form.unwrap());
        prop_assert_eq!(behind, Ok(vec![]));
        let parsed = Command::parse_head(&Bytes::copy_from_slice(head), &ParseOptions::default());
        prop_assert_eq!(parsed, Ok(TaggedCommand { tag, command }));
    }

    #[test]
    fn a_password_leaves_no_trace_in_what_is_shown(one in secret(), other in secret()) {
        let login = |password| Command::Login { user: ImapString::new("user").unwrap(), password };
        let (one, other) = (login(one), login(other));
        prop_assert_eq!(format!("{:?}", one), format!("{:?}", other));
        let shown = |command: &Command| format!("{:?}", encode(command));
        prop_assert_eq!(shown(&one), shown(&other));
    }

    #[test]
    fn a_sasl_message_leaves_no_trace_in_what_is_shown(
        one in proptest::collection::vec(any::<u8>(), 0..40),
        other in proptest::collection::vec(any::<u8>(), 0..40),
    ) {
        let authenticate = |octets: Vec<u8>| Command::Authenticate {
            mechanism: "PLAIN".try_into().unwrap(),
            initial: Some(SaslMessage::new(octets)),
        };
        let (one, other) = (authenticate(one), authenticate(other));
        prop_assert_eq!(format!("{:?}", one), format!("{:?}", other));
        prop_assert_eq!(format!("{:?}", encode(&one)), format!("{:?}", encode(&other)));
    }

    #[test]
    fn any_octets_are_read_or_refused(octets in proptest::collection::vec(any::<u8>(), 0..60)) {
        read_in_every_way(&octets);
    }

    #[test]
    fn damaged_commands_are_read_or_refused(
        command in command(NameEncoding::ModifiedUtf7),
        damage in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>(), 0_u8..4), 1..6),
    ) {
        let mut octets = encode(&command).bytes.to_vec();
        for (index, octet, kind) in damage {
            let at = index.index(octets.len() + 1);
            match kind {
                0 => octets.truncate(at),
                1 => octets.insert(at, octet),
                2 if at < octets.len() => octets[at] = octet,
                _ if at < octets.len() => {
                    octets.remove(at);
                }
                _ => {}
            }
        }
        read_in_every_way(&octets);
    }
}

/// What is read from odd octets reads the same when it is sent again.
fn read_in_every_way(octets: &[u8]) {
    let bytes = Bytes::copy_from_slice(octets);
    for names in [NameEncoding::ModifiedUtf7, NameEncoding::Utf8] {
        let options = EncodeOptions { names, ..EncodeOptions::default() };
        if let Ok(TaggedCommand { tag, command }) = read(&bytes, names) {
            let encoded = command.encode(&tag, &options);
            waits_of(&encoded);
            let again = TaggedCommand { tag, command: with_needed_charset(command, names) };
            assert_eq!(read(&encoded.bytes, names), Ok(again), "{}", octets.escape_ascii());
        }
        if let Ok(TaggedCommand { tag, command }) = Command::parse_head(&bytes, &parse_options(names)) {
            waits_of(&command.encode(&tag, &options));
        }
    }
    let _ = parse_sasl_reply(&bytes);
    let _ = parse_idle_done(&bytes);
}

fn encode(command: &Command) -> Encoded {
    command.encode(&Tag::new("a1").unwrap(), &EncodeOptions::default())
}

fn read(bytes: &[u8], names: NameEncoding) -> Result<TaggedCommand, super::CommandError> {
    Command::parse(&Bytes::copy_from_slice(bytes), &parse_options(names))
}

fn parse_options(names: NameEncoding) -> ParseOptions {
    ParseOptions { names, ..ParseOptions::default() }
}

/// The charset of a search is sent only where it is needed, and never where UTF-8 is enabled. That of a sort or a
/// thread is always sent.
fn with_needed_charset(mut command: Command, names: NameEncoding) -> Command {
    if let Command::Search { key, charset, .. } = &mut command
        && *charset == Charset::Utf8
        && (names == NameEncoding::Utf8 || key.is_ascii())
    {
        *charset = Charset::Default;
    }
    if let Command::Sort { key, charset, .. } | Command::Thread { key, charset, .. } = &mut command
        && *charset == Charset::Default
        && !key.is_ascii()
    {
        *charset = Charset::Utf8;
    }
    command
}

/// Walks over a command as a server does that knows lines and literals and nothing else: the only CRLF outside literals
/// is the last one and those of the announcements. Gives the places where a client has to wait.
#[track_caller]
fn waits_of(encoded: &Encoded) -> Vec<usize> {
    let bytes = &encoded.bytes[..];
    let mut waits = Vec::new();
    let mut start = 0;
    loop {
        let rest = &bytes[start..];
        let end = rest.iter().position(|octet| matches!(octet, b'\r' | b'\n')).expect("a line end");
        let line = &rest[..end];
        assert!(rest[end..].starts_with(b"\r\n"), "a bare CR or LF");
        let next = start + end + 2;
        let announced = line.strip_suffix(b"}").and_then(|line| {
            let size = line.rsplit(|&octet| octet == b'{').next()?;
            if size.len() == line.len() {
                return None;
            }
            let size = std::str::from_utf8(size).ok()?;
            let (size, waits) = size.strip_suffix('+').map_or((size, true), |size| (size, false));
            Some((size.parse::<u64>().ok()?, waits))
        });
        let Some((size, wait)) = announced else {
            assert_eq!(next, bytes.len(), "a line end inside the command");
            return waits;
        };
        if wait {
            waits.push(next);
        }
        let streamed = encoded.marks.contains(&Mark { offset: next, kind: MarkKind::Streamed(size) });
        start = if streamed { next } else { next + usize::try_from(size).unwrap() };
    }
}
