//! What SORT and THREAD compare messages by, and the orders that come of it (RFC 5256, RFC 5957).
//!
//! Over what a server and a client have alike: an envelope, when the message arrived, its size, and header fields. So
//! a client that talks to a server without SORT or THREAD gets the order that a server with them would have told.
//!
//! ```text
//! Sorter::new(criteria) --> values(SortBasis) of each message --> sort
//! ThreadBasis::new(envelope, ...) of each message ------------> thread_by_references, thread_by_subject
//! ```
//!
//! What is given is octets from outside: nothing here fails, panics or recurses, however deep a thread is or a subject
//! nests. To sort or thread `n` messages takes `O(n log n)` comparisons, and time linear in the octets of their header
//! fields; memory is that of the compared values: of a message at most its subject, addresses as one word, its own id
//! and 1000 ids that it refers to.

mod sent;
mod sort;
mod subject;
mod thread;

pub use sent::sent;
pub use sort::{SortBasis, SortValues, Sorter};
pub use subject::{BaseSubject, SubjectKind};
pub use thread::{MessageIds, ThreadBasis, thread_by_references, thread_by_subject};

use tayori_proto::types::Addresses;
use unicode_normalization::UnicodeNormalization;

use crate::decode_header;

/// A text in the form in which texts are compared: much as `i;unicode-casemap` has it (RFC 5051 section 2).
///
/// ```
/// assert_eq!(tayori_mime::order::folded("Grüße"), tayori_mime::order::folded("GRU\u{308}SSE"));
/// ```
pub fn folded(text: &str) -> String {
    text.chars().flat_map(char::to_uppercase).nfkd().collect()
}

/// What stands in front of `@` in the first address, folded; nothing if there is none (RFC 5256 section 3, CC, FROM and
/// TO).
pub fn first_mailbox(mut addresses: Addresses<'_>) -> String {
    let mailbox = addresses.next().and_then(|address| address.mailbox);
    folded(&String::from_utf8_lossy(mailbox.unwrap_or_default()))
}

/// What people see of the first address, folded: its name, else the address, else what there is of it; nothing if there
/// is none (RFC 5957 section 3).
pub fn first_shown(mut addresses: Addresses<'_>) -> String {
    let Some(address) = addresses.next() else { return String::new() };
    let name = address.name.map(decode_header).unwrap_or_default();
    if !name.is_empty() {
        return folded(&name);
    }
    let text = |part: &[u8]| String::from_utf8_lossy(part).into_owned();
    match (address.mailbox, address.host) {
        (Some(mailbox), Some(host)) => folded(&format!("{}@{}", text(mailbox), text(host))),
        (Some(mailbox), None) => folded(&text(mailbox)),
        (None, _) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use tayori_proto::types::{Address, Envelope, EnvelopeFields, Text};

    use super::*;

    #[track_caller]
    fn check(parts: Option<[Option<&'static str>; 3]>, mailbox: &str, shown: &str) {
        let address = |[name, mailbox, host]: [Option<&'static str>; 3]| {
            let text = |part: Option<&'static str>| part.map(Text::from_static);
            Address { name: text(name), route: None, mailbox: text(mailbox), host: text(host) }
        };
        let from: Vec<Address> = parts.map(address).into_iter().collect();
        let envelope = Envelope::new(EnvelopeFields { from: from.into(), ..EnvelopeFields::default() });
        assert_eq!(first_mailbox(envelope.from()), folded(mailbox), "{parts:?}");
        assert_eq!(first_shown(envelope.from()), folded(shown), "{parts:?}");
    }

    #[test]
    fn addresses_are_compared_by_what_there_is_of_them() {
        check(None, "", "");
        check(Some([Some("Ann"), Some("zoe"), Some("example.com")]), "zoe", "Ann");
        check(Some([Some("=?UTF-8?Q?=C3=84nn?="), Some("zoe"), Some("example.com")]), "zoe", "Änn");
        check(Some([Some(" "), Some("zoe"), Some("example.com")]), "zoe", "zoe@example.com");
        check(Some([Some("=?UTF-8?Q??="), Some("zoe"), Some("example.com")]), "zoe", "zoe@example.com");
        check(Some([None, Some("Zoe"), Some("Example.COM")]), "zoe", "zoe@example.com");
        // The beginning of a group.
        check(Some([None, Some("friends"), None]), "friends", "friends");
        check(Some([None, None, Some("example.com")]), "", "");
    }
}
