//! Bounds against a peer that is broken or hostile, each with its reason.

/// What one connection may cost, whatever its peer sends.
///
/// Nothing is reserved by these numbers; they only say when to stop.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// Octets of one response (or command), all of it but its streamed literals.
    ///
    /// A `SEARCH` answer of two million UIDs, the longest honest line known, has 16 MiB.
    pub response_octets: usize,
    /// A literal up to this size is kept in the response, a larger one is streamed or skipped.
    ///
    /// 64 KiB holds every envelope and almost every header, and costs less than a page of text to move.
    pub inline_literal_octets: usize,
    /// The sum of the literals kept in one response, so that many small ones do not add up to a large one.
    pub inline_sum_octets: usize,
    /// Literals streamed out of one response. Nobody asks for a thousand parts of one message in one go.
    pub streamed_literals: usize,
    /// Depth of parentheses. Real forwarded chains reach 15; a thread of 4 MiB stack survives 100 with ease.
    pub nesting: usize,
    /// Tagged lines with a tag that was never issued, before the connection counts as broken.
    pub foreign_tags: usize,
    /// Commands sent and not yet answered. Exchange misbehaves above 25, Dovecot takes hundreds.
    pub commands_in_flight: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            response_octets: 16 << 20,
            inline_literal_octets: 64 << 10,
            inline_sum_octets: 1 << 20,
            streamed_literals: 1000,
            nesting: 100,
            foreign_tags: 8,
            commands_in_flight: 20,
        }
    }
}

/// Entries of lists in one response: flags, addresses, parts, parameters, items. Announcements to a large company have
/// some ten thousand addresses; at 150 octets an entry, this many cost 40 MB.
pub(crate) const ENTRIES: usize = 1 << 18;

/// Repairs noted in one response. The first few tell what a server does; the rest would tell the same.
pub(crate) const REPAIRS: usize = 64;

/// Octets of one challenge of a SASL mechanism. The longest honest one is the JSON of a server that refuses a token,
/// with links in it: some hundred octets.
pub(crate) const SASL_CHALLENGE_OCTETS: usize = 8 << 10;

/// Octets of a challenge of DIGEST-MD5: it must have fewer (RFC 2831 section 2.1.1).
pub(crate) const DIGEST_MD5_CHALLENGE_OCTETS: usize = 2048;

/// The least iterations of PBKDF2 in SCRAM (RFC 5802 section 5.1, RFC 7677 section 4): with fewer, who sees the answer
/// tries passwords too fast. An impostor would ask for one.
pub(crate) const SCRAM_ITERATIONS_LEAST: u32 = 4096;

/// The most iterations of PBKDF2 in SCRAM: about a second of one core. Servers have from 4096 to some hundred thousand.
pub(crate) const SCRAM_ITERATIONS_MOST: u32 = 1_000_000;

/// Octets of a salt of SCRAM. Servers take 12 to 32, and a hash's own block of 128 is the largest that makes sense.
pub(crate) const SCRAM_SALT_OCTETS: usize = 1024;
