use bytes::Bytes;

use super::append::Streaming;
use super::{
    Command, SearchBy, acl, append, authenticate, compress, copy, create, delete, enable, expunge, fetch, id,
    list, list_extended, login, metadata, notify, quota, read, rename, replace, search, select, simple, sort,
    status, store, subscribe, thread, unknown,
};
use crate::limits::Limits;
use crate::types::{NameEncoding, Tag};
use crate::wire::{Cursor, Syntax};

/// What a server has negotiated that changes how commands are read.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ParseOptions {
    /// How mailbox names travel.
    pub names: NameEncoding,
    /// Depth of search keys; the default is that of [`Limits`].
    pub nesting: usize,
}

impl Default for ParseOptions {
    fn default() -> Self {
        Self { names: NameEncoding::default(), nesting: Limits::default().nesting }
    }
}

/// A command and the tag it came with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaggedCommand {
    /// What the client calls it.
    pub tag: Tag,
    /// What it wants.
    pub command: Command,
}

/// Why octets are not a command: the client is to be answered with `BAD` (RFC 9051 section 7.1.3).
///
/// It holds nothing of what the client sent but the tag, since that may be a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected} at octet {offset}")]
pub struct CommandError {
    /// The tag to answer with; without one, the answer is untagged.
    pub tag: Option<Tag>,
    /// Where, in octets from the start of the command.
    pub offset: usize,
    /// What should stand there.
    pub expected: &'static str,
}

impl CommandError {
    pub(super) fn new(tag: Option<Tag>, syntax: &Syntax) -> Self {
        Self { tag, offset: syntax.offset, expected: syntax.expected }
    }
}

impl Command {
    /// Reads one whole command: a line with its CRLF, literals inside.
    ///
    /// Names are taken in any case, and blanks too many are passed over. A name that is not known gives
    /// [`Command::Unknown`].
    pub fn parse(bytes: &Bytes, options: &ParseOptions) -> Result<TaggedCommand, CommandError> {
        read_tagged(bytes, options, |cursor| {
            let command = parse_command(cursor, options.names)?;
            cursor.skip_stray_blanks();
            if !cursor.at_line_end() {
                return Err(cursor.expected("the end of the command"));
            }
            Ok(command)
        })
    }

    /// Reads what comes in front of a literal that is too large to be kept: a line up to the CRLF of its announcement.
    ///
    /// A message of an `APPEND` or a `REPLACE` is the only such literal; it gives [`super::AppendMessage::Streamed`],
    /// as the last message. What follows its octets is read by [`super::NewMessage::parse_behind`]; mostly that is a
    /// CRLF.
    pub fn parse_head(bytes: &Bytes, options: &ParseOptions) -> Result<TaggedCommand, CommandError> {
        read_tagged(bytes, options, |cursor| {
            let start = cursor.pos();
            let command = if cursor.try_word("APPEND") {
                append::parse_head(cursor, options.names)?
            } else if cursor.try_word("REPLACE") {
                replace::parse(cursor, options.names, Streaming::Allowed)?
            } else if cursor.try_word("UID") && cursor.skip_blanks() > 0 && cursor.try_word("REPLACE") {
                replace::parse_uid(cursor, options.names, Streaming::Allowed)?
            } else {
                return Err(Syntax { offset: start, expected: "a smaller literal" });
            };
            if !cursor.rest().is_empty() {
                return Err(cursor.expected("the end of what came before the message"));
            }
            Ok(command)
        })
    }
}

fn read_tagged(
    bytes: &Bytes,
    options: &ParseOptions,
    command: impl FnOnce(&mut Cursor<'_>) -> Result<Command, Syntax>,
) -> Result<TaggedCommand, CommandError> {
    let mut cursor = Cursor::new(bytes, options.nesting);
    let tag = Tag::new(cursor.take_while(Tag::may_hold)).map_err(|_| CommandError {
        tag: None,
        offset: 0,
        expected: "a tag",
    })?;
    let result = cursor.expect_sp().and_then(|()| command(&mut cursor)).and_then(|command| {
        read::refuse_repairs(&mut cursor)?;
        Ok(command)
    });
    match result {
        Ok(command) => Ok(TaggedCommand { tag, command }),
        Err(syntax) => Err(CommandError::new(Some(tag), &syntax)),
    }
}

/// `command = tag SP (command-any / command-auth / command-nonauth / command-select) CRLF` (RFC 9051 section 9), behind
/// the tag.
fn parse_command(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<Command, Syntax> {
    let name = read::atom(cursor, "a command")?;
    if let Some(command) = simple::by_name(name.as_bytes()) {
        return Ok(command);
    }
    match name.as_bytes().to_ascii_uppercase().as_slice() {
        b"ID" => id::parse(cursor),
        b"AUTHENTICATE" => authenticate::parse(cursor),
        b"LOGIN" => login::parse(cursor),
        b"ENABLE" => enable::parse(cursor),
        b"SELECT" => select::parse_select(cursor, names),
        b"EXAMINE" => select::parse_examine(cursor, names),
        b"CREATE" => create::parse(cursor, names),
        b"DELETE" => delete::parse(cursor, names),
        b"RENAME" => rename::parse(cursor, names),
        b"SUBSCRIBE" => subscribe::parse_subscribe(cursor, names),
        b"UNSUBSCRIBE" => subscribe::parse_unsubscribe(cursor, names),
        b"LIST" => list_extended::parse(cursor, names),
        b"XLIST" => list::parse_xlist(cursor, names),
        b"LSUB" => list::parse_lsub(cursor, names),
        b"STATUS" => status::parse(cursor, names),
        b"APPEND" => append::parse(cursor, names),
        b"NOTIFY" => notify::parse(cursor, names),
        b"COMPRESS" => compress::parse(cursor),
        b"REPLACE" => replace::parse(cursor, names, Streaming::Refused),
        b"SEARCH" => search::parse(cursor, SearchBy::Numbers),
        b"FETCH" => read::numbers(cursor).and_then(|messages| fetch::parse(cursor, messages)),
        b"STORE" => read::numbers(cursor).and_then(|messages| store::parse(cursor, names, messages)),
        b"COPY" => read::numbers(cursor).and_then(|messages| copy::parse_copy(cursor, names, messages)),
        b"MOVE" => read::numbers(cursor).and_then(|messages| copy::parse_move(cursor, names, messages)),
        b"SORT" => sort::parse(cursor, SearchBy::Numbers),
        b"THREAD" => thread::parse(cursor, SearchBy::Numbers),
        b"GETQUOTA" => quota::parse_get(cursor),
        b"GETQUOTAROOT" => quota::parse_get_root(cursor, names),
        b"SETQUOTA" => quota::parse_set(cursor),
        b"GETACL" => acl::parse_get(cursor, names),
        b"SETACL" => acl::parse_set(cursor, names),
        b"DELETEACL" => acl::parse_delete(cursor, names),
        b"LISTRIGHTS" => acl::parse_list_rights(cursor, names),
        b"MYRIGHTS" => acl::parse_my_rights(cursor, names),
        b"GETMETADATA" => metadata::parse_get(cursor, names),
        b"SETMETADATA" => metadata::parse_set(cursor, names),
        b"UID" => {
            let start = cursor.pos();
            match parse_uid(cursor, names)? {
                Some(command) => Ok(command),
                None => {
                    cursor.seek(start);
                    unknown::parse(cursor, name)
                }
            }
        }
        _ => unknown::parse(cursor, name),
    }
}

/// `uid = "UID" SP (copy / move / fetch / search / store / uid-expunge)` (RFC 9051 section 9), and `SORT` and `THREAD`
/// (RFC 5256 section 5), behind `UID`; `None` where the
/// name that follows is not known.
fn parse_uid(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<Option<Command>, Syntax> {
    cursor.expect_sp()?;
    let name = read::atom(cursor, "a command")?;
    let command = match name.as_bytes().to_ascii_uppercase().as_slice() {
        b"EXPUNGE" => expunge::parse(cursor)?,
        b"SEARCH" => search::parse(cursor, SearchBy::Uids)?,
        b"FETCH" => read::uids(cursor).and_then(|messages| fetch::parse(cursor, messages))?,
        b"STORE" => read::uids(cursor).and_then(|messages| store::parse(cursor, names, messages))?,
        b"COPY" => read::uids(cursor).and_then(|messages| copy::parse_copy(cursor, names, messages))?,
        b"MOVE" => read::uids(cursor).and_then(|messages| copy::parse_move(cursor, names, messages))?,
        b"SORT" => sort::parse(cursor, SearchBy::Uids)?,
        b"THREAD" => thread::parse(cursor, SearchBy::Uids)?,
        b"REPLACE" => replace::parse_uid(cursor, names, Streaming::Refused)?,
        _ => return Ok(None),
    };
    Ok(Some(command))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check_wrong, parse};
    use super::*;

    #[test]
    fn without_a_tag_there_is_none_to_answer_with() {
        for line in ["", " NOOP", "* NOOP", "+ NOOP", "\"a\" NOOP", "{3}\r\nabc", "\u{fc} NOOP"] {
            assert_eq!(parse(line), Err(CommandError { tag: None, offset: 0, expected: "a tag" }), "{line}");
        }
        let long = format!("{} NOOP", "a".repeat(65));
        assert_eq!(parse(&long).unwrap_err().tag, None);
        check_wrong("a\tNOOP", 1, "a blank");
    }

    #[test]
    fn a_line_end_may_be_bare_or_missing() {
        for line in ["a NOOP", "a NOOP\n", "a NOOP\r\n"] {
            let parsed = Command::parse(&Bytes::from(line), &ParseOptions::default());
            assert_eq!(parsed.unwrap().command, Command::Noop);
        }
        for line in ["a NOOP\r\n\r\n", "a NOOP\r", "a NOOP\r\nb NOOP\r\n"] {
            let parsed = Command::parse(&Bytes::from(line), &ParseOptions::default());
            assert_eq!(parsed.unwrap_err().offset, 6, "{line:?}");
        }
    }

    #[test]
    fn an_error_says_where_and_what() {
        let error = parse("a SELECT").unwrap_err();
        assert_eq!(error.to_string(), "expected a blank at octet 8");
    }
}
