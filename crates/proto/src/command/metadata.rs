use bytes::Bytes;

use super::{Command, read};
use crate::types::{MetadataEntry, MetadataOwner, NameEncoding, NonEmpty};
use crate::wire::{Cursor, Encoder, Syntax};

/// What is told of the entries that are asked for (RFC 5464 section 4.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct MetadataOptions {
    /// `MAXSIZE`: no values with more octets than this; a code in the answer tells that some were left out.
    pub max_size: Option<u32>,
    /// `DEPTH`
    pub depth: MetadataDepth,
}

/// Which entries below those that are named are told, too (RFC 5464 section 4.2.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum MetadataDepth {
    /// `0`: none.
    #[default]
    Named,
    /// `1`: those directly below.
    Children,
    /// `infinity`: all of them.
    All,
}

/// What becomes of one entry (RFC 5464 section 4.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMetadata {
    /// The entry.
    pub entry: MetadataEntry,
    /// Its value from now on, any octets; `None` removes the entry.
    pub value: Option<Bytes>,
}

const DEPTHS: [(&str, MetadataDepth); 3] =
    [("0", MetadataDepth::Named), ("1", MetadataDepth::Children), ("infinity", MetadataDepth::All)];

/// ```text
/// getmetadata         = "GETMETADATA" [SP getmetadata-options] SP mailbox SP entries
/// getmetadata-options = "(" getmetadata-option *(SP getmetadata-option) ")"
/// maxsize-opt         = "MAXSIZE" SP number
/// scope-opt           = "DEPTH" SP ("0" / "1" / "infinity")
/// entries             = entry / "(" entry *(SP entry) ")"
/// ```
///
/// (RFC 5464 section 5). The examples of section 4.2 have the options behind the mailbox; both are read, the form of
/// the grammar is written.
pub(super) fn encode_get(
    encoder: &mut Encoder,
    names: NameEncoding,
    owner: &MetadataOwner,
    options: MetadataOptions,
    entries: &NonEmpty<MetadataEntry>,
) {
    let MetadataOptions { max_size, depth } = options;
    let max_size = max_size.map(|octets| format!("MAXSIZE {octets}"));
    let depth = DEPTHS.iter().find(|(_, known)| *known == depth && depth != MetadataDepth::default());
    let options: Vec<String> =
        max_size.into_iter().chain(depth.map(|(word, _)| format!("DEPTH {word}"))).collect();
    if !options.is_empty() {
        encoder.sp().list(options, |encoder, option| {
            encoder.raw(option);
        });
    }
    encoder.sp().astring(&owner.to_wire(names)).sp();
    match &entries[..] {
        [entry] => {
            encoder.astring(entry.as_str().as_bytes());
        }
        several => {
            encoder.list(several, |encoder, entry| {
                encoder.astring(entry.as_str().as_bytes());
            });
        }
    }
}

/// ```text
/// setmetadata  = "SETMETADATA" SP mailbox SP entry-values
/// entry-values = "(" entry-value *(SP entry-value) ")"
/// entry-value  = entry SP value
/// value        = nstring / literal8
/// ```
///
/// (RFC 5464 section 5).
pub(super) fn encode_set(
    encoder: &mut Encoder,
    names: NameEncoding,
    owner: &MetadataOwner,
    entries: &NonEmpty<NewMetadata>,
) {
    encoder.sp().astring(&owner.to_wire(names)).sp().list(
        entries,
        |encoder, NewMetadata { entry, value }| {
            encoder.astring(entry.as_str().as_bytes()).sp();
            encoder.nstring8(value.as_deref());
        },
    );
}

/// As [`encode_get`].
pub(super) fn parse_get(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<Command, Syntax> {
    cursor.expect_sp()?;
    let mut options = MetadataOptions::default();
    if cursor.peek() == Some(b'(') {
        options = parse_options(cursor)?;
        cursor.expect_sp()?;
    }
    let owner = parse_owner(cursor, names)?;
    cursor.expect_sp()?;
    if matches!(cursor.rest(), [b'(', b'M' | b'm' | b'D' | b'd', ..]) {
        options = parse_options(cursor)?;
        cursor.expect_sp()?;
    }
    let start = cursor.pos();
    let entries = if cursor.peek() == Some(b'(') {
        let entries = read::list(cursor, "a list of entries", parse_entry)?;
        NonEmpty::try_from(entries).map_err(|_| Syntax { offset: start, expected: "at least one entry" })?
    } else {
        NonEmpty::one(parse_entry(cursor)?)
    };
    Ok(Command::GetMetadata { owner, options, entries })
}

/// As [`encode_set`].
pub(super) fn parse_set(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<Command, Syntax> {
    cursor.expect_sp()?;
    let owner = parse_owner(cursor, names)?;
    cursor.expect_sp()?;
    let start = cursor.pos();
    let entries = read::list(cursor, "a list of entries and their values", |cursor| {
        let entry = parse_entry(cursor)?;
        cursor.expect_sp()?;
        Ok(NewMetadata { entry, value: parse_value(cursor)? })
    })?;
    let entries =
        NonEmpty::try_from(entries).map_err(|_| Syntax { offset: start, expected: "at least one entry" })?;
    Ok(Command::SetMetadata { owner, entries })
}

fn parse_options(cursor: &mut Cursor<'_>) -> Result<MetadataOptions, Syntax> {
    let mut options = MetadataOptions::default();
    read::list(cursor, "a list of options", |cursor| {
        if cursor.try_word("MAXSIZE") {
            cursor.expect_sp()?;
            options.max_size = Some(cursor.expect_number("a number of octets")?);
        } else if cursor.try_word("DEPTH") {
            cursor.expect_sp()?;
            let known = DEPTHS.iter().find(|(word, _)| cursor.try_word(word));
            options.depth =
                known.map(|(_, depth)| *depth).ok_or_else(|| cursor.expected("0, 1 or infinity"))?;
        } else {
            return Err(cursor.expected("MAXSIZE or DEPTH"));
        }
        Ok(())
    })?;
    Ok(options)
}

fn parse_owner(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<MetadataOwner, Syntax> {
    let name = read::astring(cursor, "a mailbox name, or an empty string")?;
    Ok(MetadataOwner::from_wire(name.into_bytes(), names))
}

fn parse_entry(cursor: &mut Cursor<'_>) -> Result<MetadataEntry, Syntax> {
    let offset = cursor.pos();
    let name = read::astring(cursor, "the name of an entry")?;
    let name = name.as_str().and_then(|name| MetadataEntry::new(name).ok());
    name.ok_or(Syntax { offset, expected: "the name of an entry, such as /private/comment" })
}

/// NUL stands in a literal8 only.
fn parse_value(cursor: &mut Cursor<'_>) -> Result<Option<Bytes>, Syntax> {
    const EXPECTED: &str = "a value, or NIL";
    if cursor.try_word("NIL") {
        return Ok(None);
    }
    let offset = cursor.pos();
    let is_literal8 = cursor.peek() == Some(b'~');
    let value = cursor.try_string()?.map(|text| text.into_bytes());
    let value = value.filter(|value| is_literal8 || !value.contains(&0));
    value.map(Some).ok_or(Syntax { offset, expected: EXPECTED })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, check_wrong, name};
    use super::*;

    fn entry(name: &str) -> MetadataEntry {
        MetadataEntry::new(name).unwrap()
    }

    fn get(owner: MetadataOwner, max_size: Option<u32>, depth: MetadataDepth, names: &[&str]) -> Command {
        let entries: Vec<_> = names.iter().map(|name| entry(name)).collect();
        let options = MetadataOptions { max_size, depth };
        Command::GetMetadata { owner, options, entries: NonEmpty::try_from(entries).unwrap() }
    }

    fn set(owner: MetadataOwner, entries: &[(&str, Option<&'static [u8]>)]) -> Command {
        let entries: Vec<_> = entries
            .iter()
            .map(|(name, value)| NewMetadata { entry: entry(name), value: value.map(Bytes::from_static) })
            .collect();
        Command::SetMetadata { owner, entries: NonEmpty::try_from(entries).unwrap() }
    }

    /// Where the RFC has the options behind the mailbox, they are written in front of it, as its grammar has them.
    #[test]
    fn examples_of_the_rfc() {
        use MetadataDepth::{All, Children, Named};
        let inbox = || MetadataOwner::from(name("INBOX"));
        let line = "a GETMETADATA \"\" /shared/comment";
        check(line, &get(MetadataOwner::Server, None, Named, &["/shared/comment"]), line);
        check(
            "a GETMETADATA \"INBOX\" (/shared/comment /private/comment)",
            &get(inbox(), None, Named, &["/shared/comment", "/private/comment"]),
            "a GETMETADATA INBOX (/shared/comment /private/comment)",
        );
        check(
            "a GETMETADATA \"INBOX\" (MAXSIZE 1024) (/shared/comment /private/comment)",
            &get(inbox(), Some(1024), Named, &["/shared/comment", "/private/comment"]),
            "a GETMETADATA (MAXSIZE 1024) INBOX (/shared/comment /private/comment)",
        );
        check(
            "a GETMETADATA \"INBOX\" (DEPTH 1) (/private/filters/values)",
            &get(inbox(), None, Children, &["/private/filters/values"]),
            "a GETMETADATA (DEPTH 1) INBOX /private/filters/values",
        );
        check(
            "a getmetadata (maxsize 0 depth INFINITY) a /x",
            &get(name("a").into(), Some(0), All, &["/x"]),
            "a GETMETADATA (MAXSIZE 0 DEPTH infinity) a /x",
        );
        check(
            "a GETMETADATA (DEPTH 0) a /x",
            &get(name("a").into(), None, Named, &["/x"]),
            "a GETMETADATA a /x",
        );
        check(
            "a SETMETADATA INBOX (/private/comment {33}\r\nMy new comment across\r\ntwo lines.)",
            &set(inbox(), &[("/private/comment", Some(b"My new comment across\r\ntwo lines."))]),
            "a SETMETADATA INBOX (/private/comment {33}\r\nMy new comment across\r\ntwo lines.)",
        );
        let line = "a SETMETADATA INBOX (/private/comment NIL)";
        check(line, &set(inbox(), &[("/private/comment", None)]), line);
        let line = "a SETMETADATA INBOX (/private/comment \"My new comment\" /shared/comment \"This one is for you!\")";
        let values: [(&str, Option<&[u8]>); 2] = [
            ("/private/comment", Some(b"My new comment")),
            ("/shared/comment", Some(b"This one is for you!")),
        ];
        check(line, &set(inbox(), &values), line);
    }

    #[test]
    fn values_of_any_octets() {
        let line = "a SETMETADATA \"\" (/a ~{3}\r\n\0\r\n /b \"\" /c \"NIL\")";
        let values: [(&str, Option<&[u8]>); 3] =
            [("/a", Some(b"\0\r\n")), ("/b", Some(b"")), ("/c", Some(b"NIL"))];
        check(line, &set(MetadataOwner::Server, &values), line);
        check(
            "a SETMETADATA \"\" (\"/a b\" ~{1}\r\nx)",
            &set(MetadataOwner::Server, &[("/a b", Some(b"x"))]),
            "a SETMETADATA \"\" (\"/a b\" \"x\")",
        );
    }

    #[test]
    fn what_is_no_metadata() {
        check_wrong("a GETMETADATA", 13, "a blank");
        check_wrong("a GETMETADATA a", 15, "a blank");
        check_wrong("a GETMETADATA a comment", 16, "the name of an entry, such as /private/comment");
        check_wrong("a GETMETADATA a /shared/*", 16, "the name of an entry, such as /private/comment");
        check_wrong("a GETMETADATA a ()", 16, "at least one entry");
        check_wrong("a GETMETADATA a (/b /b/)", 20, "the name of an entry, such as /private/comment");
        check_wrong("a GETMETADATA (DEPTH 2) a /b", 21, "0, 1 or infinity");
        check_wrong("a GETMETADATA (SIZE 2) a /b", 15, "MAXSIZE or DEPTH");
        check_wrong("a GETMETADATA a (MAXSIZE -1) /b", 25, "a number of octets");
        check_wrong("a SETMETADATA a /b NIL", 16, "a list of entries and their values");
        check_wrong("a SETMETADATA a ()", 16, "at least one entry");
        check_wrong("a SETMETADATA a (/b)", 19, "a blank");
        check_wrong("a SETMETADATA a (/b c)", 20, "a value, or NIL");
        check_wrong("a SETMETADATA a (/b {1}\r\n\0)", 20, "a value, or NIL");
    }
}
