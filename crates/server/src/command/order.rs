//! What `SORT` and `THREAD` compare messages by.

mod sent;
mod subject;

pub(super) use sent::sent_at;
pub(super) use subject::{BaseSubject, Kind};

use tayori_proto::types::Addresses;
use unicode_normalization::UnicodeNormalization;

/// A text in the form in which texts are compared: much as `i;unicode-casemap` has it (RFC 5051 section 2).
pub(super) fn folded(text: &str) -> String {
    text.chars().flat_map(char::to_uppercase).nfkd().collect()
}

/// What stands in front of `@` in the first address; nothing if there is none (RFC 5256 section 3, CC, FROM and TO).
pub(super) fn first_mailbox(mut addresses: Addresses<'_>) -> String {
    let mailbox = addresses.next().and_then(|address| address.mailbox);
    folded(&String::from_utf8_lossy(mailbox.unwrap_or_default()))
}
