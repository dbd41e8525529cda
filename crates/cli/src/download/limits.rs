//! How much goes into one command.

use tayori_client::cut_set;
use tayori_proto::types::{SequenceSet, Uid, UidSet};

/// Octets of a line that clients are to keep to (RFC 7162 section 4). Servers close the connection somewhere above.
pub(crate) const MOST_LINE_OCTETS: usize = 8192;

/// Octets of a UID and the comma behind it.
pub(crate) const OCTETS_OF_A_UID: usize = "4294967295,".len();

/// How many ranges of a set go into one command, beside what little else is in it.
pub(crate) const MOST_RANGES: usize = 350;

/// Octets of a set of UIDs that goes into one command, beside what little else is in it. A range is two UIDs.
pub(super) const MOST_SET_OCTETS: usize = MOST_RANGES * 2 * OCTETS_OF_A_UID;

// The rest of the line has the name of the command and what is asked for: with an ENVELOPE for the names of files some
// hundred octets.
const _: () = assert!(MOST_SET_OCTETS + 400 <= MOST_LINE_OCTETS);

/// A set in pieces of which each fits into a command.
pub(crate) fn in_commands(uids: &UidSet) -> impl Iterator<Item = SequenceSet<Uid>> {
    let set = SequenceSet::try_from(uids.clone()).into_iter();
    set.flat_map(|set| cut_set(&set, MOST_SET_OCTETS))
}
