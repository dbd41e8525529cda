//! `CAPABILITY` (RFC 9051 section 7.2.2), as a response and as a response code, and `ENABLED` (RFC 9051 section 7.2.1),
//! which lists in the same way.
//!
//! ```text
//! capability-data = "CAPABILITY" *(SP capability) SP "IMAP4rev2" *(SP capability)
//! enable-data     = "ENABLED" *(SP capability)
//! ```
//!
//! Wider: no name is required, blanks are taken as they come, a name in quotes is left out.

use crate::quirk::Quirk;
use crate::types::{Atom, Capabilities, Capability};
use crate::wire::{Cursor, Encoder};

/// The names up to the end of the line (or code).
pub(super) fn parse_capabilities(cursor: &mut Cursor<'_>) -> Capabilities {
    let mut capabilities: Vec<Capability> = Vec::new();
    loop {
        let blanks = cursor.skip_blanks();
        if blanks > 1 || (blanks > 0 && cursor.at_line_end()) {
            cursor.repaired(Quirk::ExtraBlanks);
        }
        if cursor.at_line_end() {
            break;
        }
        if cursor.entry().is_err() {
            cursor.rest_of_line();
            break;
        }
        let start = cursor.pos();
        let word = cursor.take_while(|octet| !matches!(octet, b' ' | b'\r' | b'\n'));
        if word.is_empty() {
            // A carriage return inside the line.
            cursor.take(1);
        }
        if &*word == b"+" && is_literal(capabilities.last()) {
            cursor.repaired_at(Quirk::SplitLiteralPlus, start);
            capabilities.pop();
            capabilities.push(Capability::LiteralPlus);
            continue;
        }
        match Atom::new(word) {
            Ok(name) => capabilities.push(Capability::new(name)),
            Err(_) => cursor.repaired_at(Quirk::OddCapability, start),
        }
    }
    capabilities.into_iter().collect()
}

fn is_literal(capability: Option<&Capability>) -> bool {
    matches!(capability, Some(Capability::Other(name)) if name.eq_ignore_case(b"LITERAL"))
}

/// The names, each with a blank in front.
pub(super) fn encode_capabilities(encoder: &mut Encoder, capabilities: &Capabilities) {
    for capability in capabilities.iter() {
        encoder.sp().raw(capability.to_bytes());
    }
}
