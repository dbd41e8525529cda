//! `QUOTA` and `QUOTAROOT` (RFC 9208 section 4.2, RFC 2087 section 5).
//!
//! ```text
//! quota-response     = "QUOTA" SP quota-root-name SP "(" [quota-resource *(SP quota-resource)] ")"
//! quota-resource     = resource-name SP number64 SP number64
//! quotaroot-response = "QUOTAROOT" SP mailbox *(SP quota-root-name)
//! ```
//!
//! Wider: blanks as they come, no list at all, numbers that are none. A resource with such a number is left out, as one
//! without a limit is (RFC 9208 section 4.2.1).

use crate::quirk::Quirk;
use crate::types::{Atom, MailboxName, NameEncoding, QuotaResource, Text};
use crate::wire::{Cursor, Encoder, Syntax};

use super::number::expect_number;
use super::string::{Blanks, more_entries};

/// What a quota root limits, and how much of it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quota {
    /// The name of the root; it need not be that of a mailbox, and is often empty.
    pub root: Text,
    /// What is limited, in the server's order. What is not listed is not limited.
    pub resources: Vec<QuotaUsage>,
}

/// The use of one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuotaUsage {
    /// Which; it also tells the unit.
    pub resource: QuotaResource,
    /// How much is used; it may be more than the limit.
    pub usage: u64,
    /// How much may be used.
    pub limit: u64,
}

/// The quota roots to which a mailbox belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuotaRoots {
    /// The mailbox.
    pub mailbox: MailboxName,
    /// The names of its roots; none where nothing is limited.
    pub roots: Vec<Text>,
}

impl Quota {
    /// What stands behind `QUOTA`, up to the end of the line.
    pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<Self, Syntax> {
        cursor.expect_sp()?;
        let root = cursor.expect_astring("the name of a quota root")?;
        let mut resources = Vec::new();
        let behind = cursor.pos();
        cursor.skip_blanks();
        if cursor.at_line_end() {
            cursor.seek(behind);
            cursor.repaired(Quirk::MissingQuotaList);
            return Ok(Self { root, resources });
        }
        cursor.seek(behind);
        cursor.expect_sp()?;
        cursor.expect_byte(b'(', "a list of resources")?;
        while more_entries(cursor, Blanks::One)? {
            resources.extend(QuotaUsage::parse(cursor)?);
        }
        Ok(Self { root, resources })
    }

    pub(super) fn encode(&self, encoder: &mut Encoder) {
        encoder.raw("* QUOTA ").astring(self.root.as_bytes()).sp();
        encoder.list(&self.resources, |encoder, QuotaUsage { resource, usage, limit }| {
            encoder.raw(resource.name()).sp().show(usage).sp().show(limit);
        });
    }
}

impl QuotaUsage {
    /// `None` where one of the numbers is not known: a limit of -1 is none.
    fn parse(cursor: &mut Cursor<'_>) -> Result<Option<Self>, Syntax> {
        let start = cursor.pos();
        let name = Atom::new(cursor.expect_atom("the name of a resource")?)
            .map_err(|_| Syntax { offset: start, expected: "the name of a resource" })?;
        cursor.expect_sp()?;
        let usage = expect_number(cursor)?;
        cursor.expect_sp()?;
        let limit = expect_number(cursor)?;
        let resource = QuotaResource::new(name);
        Ok(usage.zip(limit).map(|(usage, limit)| Self { resource, usage, limit }))
    }
}

impl QuotaRoots {
    /// What stands behind `QUOTAROOT`, up to the end of the line.
    pub(super) fn parse(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<Self, Syntax> {
        cursor.expect_sp()?;
        let mailbox = cursor.expect_astring("a mailbox name")?.into_bytes();
        let mut roots = Vec::new();
        loop {
            let behind = cursor.pos();
            cursor.skip_blanks();
            if cursor.at_line_end() {
                cursor.seek(behind);
                return Ok(Self { mailbox: MailboxName::from_wire(mailbox, names), roots });
            }
            cursor.seek(behind);
            cursor.expect_sp()?;
            cursor.entry()?;
            roots.push(cursor.expect_astring("the name of a quota root")?);
        }
    }

    pub(super) fn encode(&self, encoder: &mut Encoder, names: NameEncoding) {
        encoder.raw("* QUOTAROOT ").astring(&self.mailbox.to_wire(names));
        for root in &self.roots {
            encoder.sp().astring(root.as_bytes());
        }
    }
}
