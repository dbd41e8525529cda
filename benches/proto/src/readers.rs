//! Who reads.

mod imap_codec;
mod imap_proto;
mod io_imap;
mod plain_copy;
mod tayori;

use crate::sets::{Found, Kind, Set};

/// A way of reading a set.
pub struct Reader {
    /// What the figures call it.
    pub name: &'static str,
    /// What stands behind it, with its version.
    pub what: &'static str,
    /// The sets it takes.
    pub takes: fn(&Set) -> bool,
    /// Reads all of a set and drops what it found.
    pub read: fn(&Set),
    /// Does the same and tells what it found; `None` for a reader that does not look.
    pub tell: Option<fn(&Set) -> Vec<Found>>,
}

/// All of them.
///
/// `parsed` readers get each response whole, and what they give may point into it; `owned` ones give what can be kept;
/// `session` ones get a stream in pieces of [`READ_OCTETS`] and give what a client hands to its caller.
pub const READERS: [Reader; 8] = [
    plain_copy::READER,
    tayori::PARSED,
    tayori::SESSION,
    imap_proto::PARSED,
    imap_proto::OWNED,
    imap_codec::PARSED,
    imap_codec::OWNED,
    io_imap::SESSION,
];

/// One read from a socket.
pub const READ_OCTETS: usize = 64 << 10;

/// Sees that each reader finds what is in a set.
///
/// # Errors
///
/// Names who does not, and the first response that it reads otherwise.
pub fn check(set: &Set) -> Result<(), String> {
    for reader in READERS.iter().filter(|reader| (reader.takes)(set)) {
        let Some(tell) = reader.tell else { continue };
        let told = tell(set);
        if told.len() != set.expected.len() {
            return Err(format!(
                "{}: {} of {} replies of {}",
                reader.name,
                told.len(),
                set.expected.len(),
                set.name
            ));
        }
        if let Some((told, expected)) =
            told.iter().zip(&set.expected).find(|(told, expected)| told != expected)
        {
            return Err(format!("{}, {}:\n  there: {expected:?}\n  found: {told:?}", reader.name, set.name));
        }
    }
    Ok(())
}

fn fetched(set: &Set) -> bool {
    set.kind == Kind::Fetch
}

fn any(_: &Set) -> bool {
    true
}

/// Our session, with reads of this size.
pub fn in_reads(set: &Set, octets: usize) {
    tayori::session(set, octets, |response| drop(std::hint::black_box(response)));
}
