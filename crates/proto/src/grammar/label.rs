//! Labels of Gmail, which stand in the rows of a `FETCH` and in a `STORE` alike.

use crate::types::{Atom, GmLabel, NameEncoding};
use crate::wire::Encoder;

/// Labels in parentheses: each `"\" atom` or an `astring`.
///
/// A label of the system is sent without quotes, as the documentation of Gmail shows it.
pub(crate) fn encode_list(encoder: &mut Encoder, labels: &[GmLabel], names: NameEncoding) {
    encoder.list(labels, |encoder, label| {
        let octets = label.to_wire(names);
        match octets.strip_prefix(b"\\") {
            Some(name)
                if !name.is_empty() && name.iter().all(|&octet| octet < 0x80 && Atom::may_hold(octet)) =>
            {
                encoder.raw(&octets);
            }
            _ => {
                encoder.astring(&octets);
            }
        }
    });
}
