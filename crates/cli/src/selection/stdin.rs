//! UIDs on stdin: one at the beginning of each line, or in JSON lines as other commands write them.

use std::io::{self, BufRead, IsTerminal as _, Read as _};

use serde::Deserialize;
use tayori_proto::types::{Uid, UidSet};

use crate::escape::{escape_bounded, escape_str};
use crate::exit::Exit;
use crate::failure::Failure;

/// Octets of a line. One of JSON with a whole envelope is shorter, unless a thousand people get the mail.
const MOST_LINE: u64 = 1 << 20;

/// Characters of a line that are repeated.
const MOST_SHOWN: usize = 60;

/// What came, with what it says of where it belongs.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Listed {
    pub(super) uids: UidSet,
    /// The UIDVALIDITY that the lines name, if they do.
    pub(super) validity: Option<u32>,
}

/// A line of JSON, of which the rest does not matter here.
#[derive(Deserialize)]
struct Line {
    /// What the line tells of, where it tells of something that has happened.
    event: Option<String>,
    uid: Option<u32>,
    mailbox: Option<String>,
    uidvalidity: Option<u32>,
}

/// Reads to the end of stdin, for this mailbox.
pub(super) fn read(mailbox: &str) -> Result<Listed, Failure> {
    let stdin = io::stdin();
    if stdin.is_terminal() {
        return Err(Failure::new(Exit::Usage, "stdin is a terminal, and - reads UIDs from it")
            .hint("pipe them: tayori search ... | tayori show ... -"));
    }
    read_from(&mut stdin.lock(), mailbox)
}

/// Lines without a UID, as the summary of `fetch --json`, are passed over, and so are those of messages with which
/// something went wrong. Nothing is made of lines about another
/// mailbox, nor of UIDs of several lives of one: what they name here would be other messages.
fn read_from(input: &mut impl BufRead, mailbox: &str) -> Result<Listed, Failure> {
    let wrong =
        |number: u64, what: String| Failure::new(Exit::Usage, format!("line {number} of stdin {what}"));
    let mut listed = Listed::default();
    let mut line = Vec::new();
    for number in 1_u64.. {
        line.clear();
        let read = (&mut *input).take(MOST_LINE).read_until(b'\n', &mut line);
        let octets = read.map_err(|err| Failure::new(Exit::Failed, format!("cannot read stdin: {err}")))?;
        if octets == 0 {
            break;
        }
        if octets as u64 == MOST_LINE && !line.ends_with(b"\n") {
            return Err(wrong(number, "is too long".to_owned()));
        }
        let text = line.trim_ascii();
        if text.is_empty() {
            continue;
        }
        let Some(said) = understand(text) else {
            let shown = escape_bounded(text, MOST_SHOWN);
            let more = if shown.left > 0 { "..." } else { "" };
            return Err(wrong(number, format!("begins with no UID: {}{more}", shown.shown)).hint(
                "each line is a UID and what you like behind it, or JSON as tayori search --json writes it",
            ));
        };
        let Some(uid) = said.uid.filter(|_| said.event.as_deref().is_none_or(names_a_message)) else {
            continue;
        };
        let Some(uid) = Uid::new(uid) else { return Err(wrong(number, "has 0, which is no UID".to_owned())) };
        if let Some(other) = said.mailbox.filter(|other| !is_same(other, mailbox)) {
            let what =
                format!("is about {}, and the place names {}", escape_str(&other), escape_str(mailbox));
            return Err(wrong(number, what).hint("do it for each mailbox by itself"));
        }
        if said.uidvalidity.is_some() && listed.validity.is_some() && said.uidvalidity != listed.validity {
            return Err(wrong(number, "has another UIDVALIDITY than those above".to_owned()));
        }
        listed.validity = listed.validity.or(said.uidvalidity);
        listed.uids.insert(uid);
    }
    Ok(listed)
}

/// Whether a line about such an event names a message for the next command. What could not be fetched must not be
/// removed by a command that takes what was; and of events that are not known yet nobody can say which they are.
fn names_a_message(event: &str) -> bool {
    matches!(event, "fetched" | "would" | "appended")
}

/// `INBOX` is the same in any case (RFC 9051 section 5.1).
fn is_same(one: &str, other: &str) -> bool {
    one == other || (one.eq_ignore_ascii_case("INBOX") && other.eq_ignore_ascii_case("INBOX"))
}

fn understand(text: &[u8]) -> Option<Line> {
    if text.starts_with(b"{") {
        return serde_json::from_slice(text).ok();
    }
    let digits = text.iter().take_while(|octet| octet.is_ascii_digit()).count();
    let is_over = text.get(digits).is_none_or(u8::is_ascii_whitespace);
    let uid = std::str::from_utf8(&text[..digits]).ok()?.parse().ok()?;
    is_over.then_some(Line { event: None, uid: Some(uid), mailbox: None, uidvalidity: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(input: &str, uids: &str, validity: Option<u32>) {
        let listed =
            read_from(&mut input.as_bytes(), "INBOX").unwrap_or_else(|wrong| panic!("{}", wrong.to_text()));
        assert_eq!((listed.uids.to_string().as_str(), listed.validity), (uids, validity), "{input}");
    }

    #[track_caller]
    fn check_wrong(input: &str, expected: &str) {
        let failure = read_from(&mut input.as_bytes(), "Archive").unwrap_err();
        assert_eq!(failure.exit, Exit::Usage);
        assert_eq!(failure.message(), expected);
    }

    #[test]
    fn lines_of_other_commands_are_read() {
        check("", "", None);
        check("7\n5  2026-01-01 Ann  Lunch\n\n6\n", "5:7", None);
        check("  7\r\n8", "7:8", None);
        check(
            "{\"uid\":5}\n{\"mailbox\":\"inbox\",\"uidvalidity\":7,\"uid\":6,\"subject\":\"x\"}\n",
            "5:6",
            Some(7),
        );
        check("{\"event\":\"summary\",\"exit\":0}\n", "", None);
        // What could not be fetched is not given on: to remove it would lose it.
        check("{\"event\":\"fetched\",\"uid\":5}\n{\"event\":\"failed\",\"uid\":6}\n", "5", None);
        check("{\"event\":\"altered\",\"uid\":7}\n{\"event\":\"new\",\"uid\":8}\n", "", None);
        check("{\"event\":\"would\",\"uid\":5}\n{\"event\":\"appended\",\"uid\":6}\n", "5:6", None);
    }

    #[test]
    fn what_would_name_other_messages_is_refused() {
        check_wrong("5\nx 6\n", "line 2 of stdin begins with no UID: x 6");
        check_wrong("5:7\n", "line 1 of stdin begins with no UID: 5:7");
        check_wrong("4294967296\n", "line 1 of stdin begins with no UID: 4294967296");
        check_wrong("0\n", "line 1 of stdin has 0, which is no UID");
        check_wrong("{\"uid\":\"5\"}\n", "line 1 of stdin begins with no UID: {\"uid\":\"5\"}");
        check_wrong("\u{1b}[2J\n", "line 1 of stdin begins with no UID: \\x1b[2J");
        check_wrong(
            "{\"mailbox\":\"INBOX\",\"uid\":6}\n",
            "line 1 of stdin is about INBOX, and the place names Archive",
        );
        check_wrong(
            "{\"uidvalidity\":7,\"uid\":6}\n{\"uidvalidity\":8,\"uid\":6}\n",
            "line 2 of stdin has another UIDVALIDITY than those above",
        );
        check_wrong(&"5".repeat(2 << 20), "line 1 of stdin is too long");
    }
}
