//! Bounds against a message that is broken or hostile, each with its reason.

/// What reading the structure of one message may cost, whatever the message holds.
///
/// Nothing is reserved by these numbers; they only say when to stop. A message beyond them is still read to its end,
/// and every octet of it stays reachable; only its structure becomes coarser.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// Entities inside each other, the message itself included: multiparts, messages inside messages, and what they
    /// hold. What would nest deeper is shown as one opaque part.
    ///
    /// Real forwarded chains reach 15. Each level is one parenthesis in a BODYSTRUCTURE, and clients count those: ours
    /// stops at 100.
    pub depth: usize,
    /// Parts of one message, messages inside it included. All that follows belongs to the last of them. The preamble
    /// that stands in for a part where a multipart has none may come on top.
    ///
    /// A digest of a busy list has some hundred; other servers stop at 10 000 too. A part costs some 600 octets.
    pub parts: usize,
    /// Octets of one header field that are kept for the envelope and the structure, after unfolding. A longer field is
    /// cut behind the last line that fits, which in a list of recipients is a place between two of them.
    ///
    /// Announcements to a large company name some ten thousand recipients, 400 KB.
    pub field_octets: usize,
    /// Memory for what is kept of all headers of the message: values and their bookkeeping, in octets. When it is used
    /// up, lists are cut short and no further parts are told apart.
    ///
    /// Ten thousand recipients cost 2 MB, ten thousand ordinary parts about 4 MB.
    pub kept_octets: usize,
    /// Octets of a boundary. A multipart with a longer one is shown as text.
    ///
    /// A boundary stands on one line between four hyphens, RFC 5322 section 2.1.1 ends lines at 998 octets, and
    /// RFC 2046 section 5.1.1 allows 70.
    pub boundary_octets: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 64, parts: 10_000, field_octets: 512 << 10, kept_octets: 8 << 20, boundary_octets: 994 }
    }
}

/// Message ids that one message refers to, of which the latest count when threads are made. Threads of people stay far
/// below.
pub(crate) const REFERENCES: usize = 1000;

/// What is left of [`Limits::kept_octets`].
#[derive(Debug)]
pub(crate) struct Budget(usize);

impl Budget {
    pub(crate) fn new(octets: usize) -> Self {
        Self(octets)
    }

    /// Takes the cost of a value of this many octets; false, and nothing may be kept, when the budget was used up
    /// before.
    pub(crate) fn charge(&mut self, octets: usize) -> bool {
        /// A value with its length, its allocation and its place in a list.
        const BOOKKEEPING: usize = 128;
        let was_left = self.is_left();
        self.0 = self.0.saturating_sub(octets.saturating_add(BOOKKEEPING));
        was_left
    }

    pub(crate) fn is_left(&self) -> bool {
        self.0 > 0
    }
}
