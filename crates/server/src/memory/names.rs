//! Which names there can be.

use tayori_proto::types::MailboxName;

use crate::hierarchy;
use crate::store::StoreError;

/// What stands between the levels of a name.
pub(super) const DELIMITER: char = '/';

/// See [`hierarchy::without_trailing_delimiter`].
pub(super) fn without_trailing_delimiter(name: &MailboxName) -> Result<MailboxName, StoreError> {
    let stem = hierarchy::without_trailing_delimiter(name, DELIMITER);
    stem.ok_or(StoreError::Cannot("a name needs a character"))
}

/// Fails for what cannot be the name of a new mailbox.
pub(super) fn check(name: &MailboxName, octets: usize) -> Result<(), StoreError> {
    let text = name.as_str();
    if text.len() > octets {
        return Err(StoreError::Limit("the name is too long"));
    }
    if text.split(DELIMITER).any(str::is_empty) {
        return Err(StoreError::Cannot("a level of the name is empty"));
    }
    let top = text.split(DELIMITER).next().unwrap_or_default();
    if top.eq_ignore_ascii_case("INBOX") && top != "INBOX" {
        // INBOX is one name in any case (RFC 9051 section 5.1), so `inbox/a` would lie below it and could not be found.
        return Err(StoreError::Cannot("INBOX is written in capitals when it stands above others"));
    }
    if text.contains(['*', '%']) {
        return Err(StoreError::Cannot("a name cannot hold * or %, which stand for others in LIST"));
    }
    if MailboxName::new(text).as_ref() != Ok(name) {
        // It would have to be kept as it came, and listed so.
        return Err(StoreError::Cannot("the name is not in modified UTF-7"));
    }
    // The last two end lines and paragraphs (RFC 6855 section 3).
    if text.chars().any(char::is_control) || text.contains(['\u{fffd}', '\u{2028}', '\u{2029}']) {
        return Err(StoreError::Cannot("the name holds what cannot be shown"));
    }
    Ok(())
}
