use super::{Command, SearchKey, read, search_key};
use crate::types::{Atom, NonEmpty};
use crate::wire::{Cursor, Encoder, Syntax};

/// What a `SEARCH` answers with (RFC 9051 section 6.4.4 and 6.4.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SearchBy {
    /// Message sequence numbers.
    Numbers,
    /// UIDs: the command is sent with `UID` in front.
    Uids,
}

/// The charset of the strings in a `SEARCH` (RFC 9051 section 6.4.4, RFC 3501 section 6.4.4).
///
/// Only what is needed is sent: Outlook and Yahoo refuse a search that names a charset, and some servers do not know
/// `US-ASCII`, which is what a search without a charset means.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Charset {
    /// None is named: the strings are ASCII, or UTF-8 is enabled on the connection (RFC 9755 section 3).
    #[default]
    Default,
    /// The strings are UTF-8. `CHARSET UTF-8` is sent when one of them is not ASCII.
    Utf8,
    /// The strings are in this charset, which is always named.
    Other(Atom),
}

/// `search = "SEARCH" [SP "CHARSET" SP astring] 1*(SP search-key)` (RFC 3501 section 9; RFC 9051 section 9 without
/// its options)
pub(super) fn encode(encoder: &mut Encoder, key: &SearchKey, charset: &Charset) {
    match charset {
        Charset::Utf8 if !key.is_ascii() => {
            encoder.raw(" CHARSET UTF-8");
        }
        Charset::Default | Charset::Utf8 => {}
        Charset::Other(charset) => {
            encoder.raw(" CHARSET ").atom(charset);
        }
    }
    encoder.sp();
    match key {
        // The keys of a search are joined by "and"; a lone one is kept in parentheses, so that it reads back the same.
        SearchKey::And(keys) if keys.len() > 1 => {
            for (index, key) in keys.iter().enumerate() {
                encoder.raw(if index == 0 { "" } else { " " });
                search_key::encode(encoder, key);
            }
        }
        key => search_key::encode(encoder, key),
    }
}

/// As [`encode`].
pub(super) fn parse(cursor: &mut Cursor<'_>, by: SearchBy) -> Result<Command, Syntax> {
    cursor.expect_sp()?;
    let charset = if cursor.try_word("CHARSET") { parse_charset(cursor)? } else { Charset::Default };
    let first = search_key::parse(cursor)?;
    let mut keys = NonEmpty::one(first);
    while !cursor.at_line_end() {
        cursor.expect_sp()?;
        if cursor.at_line_end() {
            break;
        }
        keys = keys.and(search_key::parse(cursor)?);
    }
    let mut keys = keys.into_vec();
    let key = match (keys.pop(), NonEmpty::try_from(keys)) {
        (Some(last), Ok(others)) => SearchKey::And(others.and(last)),
        (Some(only), Err(_)) => only,
        (None, _) => return Err(cursor.expected("a search key")),
    };
    Ok(Command::Search { key, charset, by })
}

fn parse_charset(cursor: &mut Cursor<'_>) -> Result<Charset, Syntax> {
    cursor.expect_sp()?;
    let start = cursor.pos();
    let name = read::astring(cursor, "a charset")?.into_bytes();
    let charset = Atom::new(name).map_err(|_| Syntax { offset: start, expected: "a charset" })?;
    cursor.expect_sp()?;
    Ok(if charset.eq_ignore_case(b"UTF-8") {
        Charset::Utf8
    } else if charset.eq_ignore_case(b"US-ASCII") {
        Charset::Default
    } else {
        Charset::Other(charset)
    })
}
