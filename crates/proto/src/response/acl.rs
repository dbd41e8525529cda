//! `ACL`, `LISTRIGHTS` and `MYRIGHTS` (RFC 4314 section 3.6 to 3.8).
//!
//! ```text
//! acl-data        = "ACL" SP mailbox *(SP identifier SP rights)
//! listrights-data = "LISTRIGHTS" SP mailbox SP identifier SP rights *(SP rights)
//! myrights-data   = "MYRIGHTS" SP mailbox SP rights
//! ```
//!
//! Wider: blanks as they come, and any ASCII letter or digit as a right.

use crate::types::{MailboxName, NameEncoding, Rights, Text};
use crate::wire::{Cursor, Encoder, Syntax};

/// Who may do what with a mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acl {
    /// The mailbox.
    pub mailbox: MailboxName,
    /// In the server's order.
    pub entries: Vec<AclEntry>,
}

/// What one may do, or a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AclEntry {
    /// Who; with `-` in front, the rights are taken away.
    pub identifier: Text,
    /// What.
    pub rights: Rights,
}

/// Which rights can be given to somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListRights {
    /// The mailbox.
    pub mailbox: MailboxName,
    /// To whom.
    pub identifier: Text,
    /// What is always given.
    pub required: Rights,
    /// What can be given: of each set, all or none.
    pub optional: Vec<Rights>,
}

/// What the user may do with a mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MyRights {
    /// The mailbox.
    pub mailbox: MailboxName,
    /// What.
    pub rights: Rights,
}

impl Acl {
    /// What stands behind `ACL`, up to the end of the line.
    pub(super) fn parse(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<Self, Syntax> {
        let mailbox = parse_mailbox(cursor, names)?;
        let mut entries = Vec::new();
        while try_sp(cursor)? {
            let identifier = parse_identifier(cursor)?;
            cursor.expect_sp()?;
            entries.push(AclEntry { identifier, rights: parse_rights(cursor)? });
        }
        Ok(Self { mailbox, entries })
    }

    pub(super) fn encode(&self, encoder: &mut Encoder, names: NameEncoding) {
        encoder.raw("* ACL ").astring(&self.mailbox.to_wire(names));
        for AclEntry { identifier, rights } in &self.entries {
            encoder.sp().astring(identifier.as_bytes()).sp();
            encode_rights(encoder, *rights);
        }
    }
}

impl ListRights {
    /// What stands behind `LISTRIGHTS`, up to the end of the line.
    pub(super) fn parse(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<Self, Syntax> {
        let mailbox = parse_mailbox(cursor, names)?;
        cursor.expect_sp()?;
        let identifier = parse_identifier(cursor)?;
        cursor.expect_sp()?;
        let required = parse_rights(cursor)?;
        let mut optional = Vec::new();
        while try_sp(cursor)? {
            optional.push(parse_rights(cursor)?);
        }
        Ok(Self { mailbox, identifier, required, optional })
    }

    pub(super) fn encode(&self, encoder: &mut Encoder, names: NameEncoding) {
        encoder.raw("* LISTRIGHTS ").astring(&self.mailbox.to_wire(names));
        encoder.sp().astring(self.identifier.as_bytes());
        for rights in std::iter::once(&self.required).chain(&self.optional) {
            encoder.sp();
            encode_rights(encoder, *rights);
        }
    }
}

impl MyRights {
    /// What stands behind `MYRIGHTS`, up to the end of the line.
    pub(super) fn parse(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<Self, Syntax> {
        let mailbox = parse_mailbox(cursor, names)?;
        cursor.expect_sp()?;
        Ok(Self { mailbox, rights: parse_rights(cursor)? })
    }

    pub(super) fn encode(&self, encoder: &mut Encoder, names: NameEncoding) {
        encoder.raw("* MYRIGHTS ").astring(&self.mailbox.to_wire(names)).sp();
        encode_rights(encoder, self.rights);
    }
}

fn parse_mailbox(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<MailboxName, Syntax> {
    cursor.expect_sp()?;
    let name = cursor.expect_astring("a mailbox name")?.into_bytes();
    Ok(MailboxName::from_wire(name, names))
}

fn parse_identifier(cursor: &mut Cursor<'_>) -> Result<Text, Syntax> {
    cursor.expect_astring("an identifier")
}

fn parse_rights(cursor: &mut Cursor<'_>) -> Result<Rights, Syntax> {
    let offset = cursor.pos();
    let rights = cursor.expect_astring("rights")?;
    Rights::new(rights.as_bytes()).map_err(|_| Syntax { offset, expected: "rights" })
}

fn encode_rights(encoder: &mut Encoder, rights: Rights) {
    encoder.astring(rights.to_string().as_bytes());
}

/// Whether another entry follows; the blank in front of it is consumed, blanks at the end of the line are not.
fn try_sp(cursor: &mut Cursor<'_>) -> Result<bool, Syntax> {
    let behind = cursor.pos();
    cursor.skip_blanks();
    let ends = cursor.at_line_end();
    cursor.seek(behind);
    if !ends {
        cursor.expect_sp()?;
        cursor.entry()?;
    }
    Ok(!ends)
}
