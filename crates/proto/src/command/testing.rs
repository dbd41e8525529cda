//! What the tests of the commands share.

use bytes::Bytes;

use super::{Command, CommandError, EncodeOptions, ParseOptions, TaggedCommand};
use crate::types::{Flag, ImapString, MailboxName, Messages, SequenceSet, Tag};
use crate::wire::{Encoded, LiteralMode};

/// `line`, without its CRLF, is this command, and it is sent as `sent`.
#[track_caller]
pub(super) fn check(line: &str, command: &Command, sent: &str) {
    let tagged = parse(line).unwrap_or_else(|error| panic!("{line}: {error}"));
    assert_eq!(&tagged.command, command, "{line}");
    let encoded = tagged.command.encode(&tagged.tag, &EncodeOptions::default());
    assert_eq!(String::from_utf8_lossy(&encoded.bytes), format!("{sent}\r\n"));
    assert_eq!(parse(sent), Ok(tagged), "{sent}");
}

/// `line`, without its CRLF, is not a command: at `offset`, `expected` is missing.
#[track_caller]
pub(super) fn check_wrong(line: &str, offset: usize, expected: &'static str) {
    let error = CommandError { tag: Tag::new("a").ok(), offset, expected };
    assert_eq!(parse(line), Err(error), "{line}");
}

pub(super) fn parse(line: &str) -> Result<TaggedCommand, CommandError> {
    Command::parse(&Bytes::from(format!("{line}\r\n")), &ParseOptions::default())
}

/// The command under the tag `a`.
pub(super) fn encode(command: &Command, literals: LiteralMode) -> Encoded {
    let options = EncodeOptions { literals, ..EncodeOptions::default() };
    command.encode(&Tag::new("a").unwrap(), &options)
}

pub(super) fn name(name: &str) -> MailboxName {
    MailboxName::new(name).unwrap()
}

pub(super) fn string(text: &str) -> ImapString {
    ImapString::new(text).unwrap()
}

pub(super) fn flag(name: &'static str) -> Flag {
    Flag::new(name).unwrap()
}

pub(super) fn numbers(set: &str) -> Messages {
    Messages::Numbers(set.parse().unwrap())
}

pub(super) fn uids(set: &str) -> Messages {
    Messages::Uids(set.parse::<SequenceSet<_>>().unwrap())
}
