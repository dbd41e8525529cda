//! `NAMESPACE` (RFC 9051 section 7.3.6, RFC 2342 section 5).
//!
//! ```text
//! namespace-response = "NAMESPACE" SP namespace SP namespace SP namespace
//! namespace          = nil / "(" 1*namespace-descr ")"
//! namespace-descr    = "(" string SP (DQUOTE QUOTED-CHAR DQUOTE / nil) [namespace-response-extensions] ")"
//! ```
//!
//! Wider: an empty list for `NIL`, blanks as they come, atoms for strings, an empty delimiter.

use crate::quirk::Quirk;
use crate::types::{ListReference, NameEncoding};
use crate::wire::{Cursor, Encoder, Syntax};

use super::list::{ExtendedItem, encode_delimiter, parse_delimiter};
use super::string::{Blanks, expect_nstring, more_entries, try_empty_list};

/// Where on a server mailboxes are found, in three classes. A class that the server does not have is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Namespaces {
    /// Those of the user.
    pub personal: Vec<Namespace>,
    /// Those of other users, to which the user may have been let in.
    pub other_users: Vec<Namespace>,
    /// Those that belong to nobody and are open to many.
    pub shared: Vec<Namespace>,
}

/// One namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Namespace {
    /// What the names of its mailboxes begin with, often with the delimiter at its end; may be empty.
    pub prefix: ListReference,
    /// What stands between the levels of its names; `None` for names without levels.
    pub delimiter: Option<char>,
    /// Extensions (RFC 9051 section 9, `namespace-response-extension`), with their values as they came.
    pub extensions: Vec<ExtendedItem>,
}

impl Namespaces {
    /// What stands behind `NAMESPACE`, up to the end of the line.
    pub(super) fn parse(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<Self, Syntax> {
        let mut first = true;
        let mut class = || {
            let behind = cursor.pos();
            cursor.skip_blanks();
            if !std::mem::take(&mut first) && cursor.at_line_end() {
                cursor.repaired(Quirk::MissingNamespaces);
                return Ok(Vec::new());
            }
            cursor.seek(behind);
            cursor.expect_sp()?;
            parse_class(cursor, names)
        };
        Ok(Self { personal: class()?, other_users: class()?, shared: class()? })
    }

    pub(super) fn encode(&self, encoder: &mut Encoder, names: NameEncoding) {
        encoder.raw("* NAMESPACE");
        for class in [&self.personal, &self.other_users, &self.shared] {
            encoder.sp();
            encode_class(encoder, names, class);
        }
    }
}

fn parse_class(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<Vec<Namespace>, Syntax> {
    let mut class = Vec::new();
    if cursor.try_word("NIL") || try_empty_list(cursor) {
        return Ok(class);
    }
    if !matches!(cursor.peek(), Some(b'(' | b')')) {
        let start = cursor.pos();
        cursor.skip_value()?;
        cursor.repaired_at(Quirk::OddNamespaces, start);
        return Ok(class);
    }
    cursor.expect_byte(b'(', "a list of namespaces or NIL")?;
    while more_entries(cursor, Blanks::None)? {
        class.push(Namespace::parse(cursor, names)?);
    }
    Ok(class)
}

fn encode_class(encoder: &mut Encoder, names: NameEncoding, class: &[Namespace]) {
    if class.is_empty() {
        encoder.raw("NIL");
        return;
    }
    encoder.raw("(");
    for namespace in class {
        namespace.encode(encoder, names);
    }
    encoder.raw(")");
}

impl Namespace {
    fn parse(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<Self, Syntax> {
        cursor.expect_byte(b'(', "a namespace")?;
        cursor.skip_stray_blanks();
        // `NIL` is no prefix, as the empty one.
        let prefix = expect_nstring(cursor)?.unwrap_or_default();
        let prefix = ListReference::from_wire(prefix.into_bytes(), names);
        cursor.expect_sp()?;
        let delimiter = parse_delimiter(cursor)?;
        let mut extensions = Vec::new();
        while more_entries(cursor, Blanks::One)? {
            extensions.push(ExtendedItem::parse(cursor)?);
        }
        Ok(Self { prefix, delimiter, extensions })
    }

    fn encode(&self, encoder: &mut Encoder, names: NameEncoding) {
        encoder.raw("(").string(&self.prefix.to_wire(names)).sp();
        encode_delimiter(encoder, self.delimiter);
        for ExtendedItem { name, value } in &self.extensions {
            encoder.sp().string(name.as_bytes()).sp().verbatim(value);
        }
        encoder.raw(")");
    }
}
