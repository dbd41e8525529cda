//! Where another parser is meant to understand something else, and why.

use super::facts::Facts;

/// A difference that is meant.
pub(crate) struct Known {
    /// Why we differ.
    pub(crate) reason: &'static str,
    /// Whether a line shows it.
    pub(crate) applies: fn(line: &[u8], theirs: &Facts) -> bool,
}

const BOTH: [Known; 8] = [
    Known {
        reason: "a backslash alone is no flag (RFC 9051 section 9, flag-extension)",
        applies: |line, _| has(line, "FLAGS") && (has(line, "\\ ") || has(line, "\\)")),
    },
    Known {
        reason: "a mod-sequence has 63 bits (RFC 7162 section 7); a larger one is not known",
        applies: |_, theirs| {
            let modseqs =
                theirs.0.iter().filter_map(|fact| fact.trim_start_matches("highest").strip_prefix("modseq "));
            modseqs.filter_map(|number| number.parse::<u64>().ok()).any(|number| number >> 63 == 1)
        },
    },
    Known {
        reason: "NIL in a list of flags is no flag (Quirk::NilFlag)",
        applies: |line, _| has(line, "FLAGS (") && has(line, "NIL"),
    },
    Known {
        reason: "two UIDs, or one body twice, are two rows that ran into one: no body of it may be called complete",
        applies: |_, theirs| {
            let starts = ["uid ", "rfc822 ", "rfc822.header ", "rfc822.text ", "section "];
            let count = |start: &str| theirs.0.iter().filter(|fact| fact.starts_with(start)).count();
            starts.iter().any(|start| count(start) > 1)
        },
    },
    Known {
        reason: "LITERAL + is one capability, written with a blank",
        applies: |line, _| has(line, "LITERAL +"),
    },
    Known {
        reason: "a capability or a flag with a backslash inside is no atom (RFC 9051 section 9), and is left out",
        applies: |line, _| {
            let inside = |pair: &[u8]| !matches!(pair[0], b' ' | b'(') && pair[1] == b'\\';
            (has(line, "CAPABILITY") || has(line, "FLAGS")) && line.windows(2).any(inside)
        },
    },
    Known {
        reason: "BADCHARSET without its parentheses is read as one with them",
        applies: |line, _| has(line, "[BADCHARSET "),
    },
    Known {
        reason: "blanks around a transfer encoding are not part of it",
        applies: |_, theirs| theirs.0.iter().any(|fact| fact.starts_with("encoding ") && fact.ends_with(' ')),
    },
];

const CODEC: [Known; 2] = [
    Known {
        reason: "a bracket inside the list of PERMANENTFLAGS does not end the code: Gmail has such keywords",
        applies: |line, _| {
            has(line, "[PERMANENTFLAGS (") && line.iter().filter(|octet| **octet == b']').count() > 1
        },
    },
    Known {
        reason: "ID has at most 30 fields (RFC 2971 section 3.3)",
        applies: |_, theirs| theirs.0.iter().filter(|fact| fact.starts_with("name ")).count() > 30,
    },
];

const PROTO: [Known; 7] = [
    Known {
        reason: "imap-proto drops the octet behind a code, blank or not",
        applies: |line, theirs| {
            let glued = |pair: &[u8]| pair[0] == b']' && pair[1] != b' ';
            theirs.0.iter().any(|fact| fact.starts_with("status ")) && line.windows(2).any(glued)
        },
    },
    Known {
        reason: "an empty delimiter is none, and a longer one than a character (RFC 9051 section 9) is an error",
        applies: |_, theirs| {
            let delimiter = theirs.0.iter().find_map(|fact| fact.strip_prefix("delimiter "));
            delimiter.is_some_and(|delimiter| delimiter != "NIL" && delimiter.chars().count() != 1)
        },
    },
    Known {
        reason: "imap-proto takes DEL and 8-bit octets into words, where RFC 9051 section 9, ATOM-CHAR, has none, and puts \
                 U+FFFD for what is no UTF-8",
        applies: |line, _| line.iter().any(|octet| *octet >= 0x7f),
    },
    Known {
        reason: "a tagged PREAUTH is none (RFC 9051 section 7.1.4): it is a completion without a status",
        applies: |line, theirs| !line.starts_with(b"*") && theirs.0.contains(&"status preauth".to_owned()),
    },
    Known {
        reason: "`\\*` is no flag but in PERMANENTFLAGS (RFC 9051 section 7.1)",
        applies: |line, _| has(line, "FLAGS") && has(line, "\\*"),
    },
    Known {
        reason: "imap-proto leaves the backslashes of quoted strings where they are; RFC 9051 section 9, QUOTED-CHAR, \
                 means the octet behind one",
        applies: |line, _| has(line, "\\\"") || has(line, "\\\\"),
    },
    Known {
        reason: "0 is no message number and no UID (RFC 9051 section 9, nz-number)",
        applies: |line, _| {
            line.split(|octet| !octet.is_ascii_digit())
                .any(|word| !word.is_empty() && word.iter().all(|digit| *digit == b'0'))
        },
    },
];

/// The differences from imap-codec.
pub(crate) fn codec(line: &[u8], theirs: &Facts) -> Option<&'static str> {
    of(BOTH.iter().chain(&CODEC), line, theirs)
}

/// The differences from imap-proto.
pub(crate) fn proto(line: &[u8], theirs: &Facts) -> Option<&'static str> {
    of(BOTH.iter().chain(&PROTO), line, theirs)
}

fn of<'a>(known: impl IntoIterator<Item = &'a Known>, line: &[u8], theirs: &Facts) -> Option<&'static str> {
    known.into_iter().find(|known| (known.applies)(line, theirs)).map(|known| known.reason)
}

fn has(line: &[u8], word: &str) -> bool {
    line.windows(word.len()).any(|window| window.eq_ignore_ascii_case(word.as_bytes()))
}
