//! How what is shown looks: for people, escaped, and as JSON.
//!
//! As JSON each message is one line, an object with `mailbox` (a string), `uidvalidity` (a number, or null where the
//! server has none), `uid` (a number), and what the view adds. Fields are only ever added. Encoded words are decoded;
//! octets that are no text in any charset become U+FFFD. What is missing is null.

pub(super) mod envelope;
pub(super) mod headers;
pub(super) mod size;
pub(super) mod structure;
pub(super) mod text;

use std::borrow::Cow;

use serde::Serialize;
use tayori_proto::types::{BodyStructure, Uid};

use super::look::Saved;
use super::{AskedFor, Audience, Work};
use crate::escape::{escape_str, needs_escape};
use crate::output::file::Stored;

/// A line of JSON.
#[derive(Serialize)]
struct Line<'a, T> {
    mailbox: &'a str,
    uidvalidity: Option<u32>,
    uid: u32,
    #[serde(flatten)]
    more: T,
}

fn line(work: &Work<'_>, uid: Uid, more: impl Serialize) -> String {
    let mailbox = work.request.mailbox.as_str();
    let line = Line { mailbox, uidvalidity: work.uid_validity, uid: uid.value(), more };
    // Strings, numbers and lists of them, with names as keys, can always be written.
    let mut line = serde_json::to_string(&line).expect("values of ours are JSON");
    line.push('\n');
    line
}

/// What `--attachments --json` tells of each file: `part` (its number), `file` (where it is), `file_name` (what its
/// sender called it), `media_type`, `octets` (its size).
#[derive(Serialize)]
struct SavedJson<'a> {
    part: &'a str,
    file: Cow<'a, str>,
    file_name: Option<&'a str>,
    media_type: &'a str,
    octets: u64,
}

pub(super) fn saved_line(work: &Work<'_>, uid: Uid, part: &Saved, stored: &Stored) -> String {
    let saved = SavedJson {
        part: &part.number,
        file: stored.path.to_string_lossy(),
        file_name: part.file_name.as_deref(),
        media_type: &part.media_type,
        octets: stored.octets,
    };
    line(work, uid, saved)
}

/// The type of a part in lower case: `text/plain`.
pub(super) fn media_type(body: &BodyStructure) -> String {
    let shown = match body {
        BodyStructure::Part(part) => {
            format!("{}/{}", part.media_type.to_string_lossy(), part.media_subtype.to_string_lossy())
        }
        BodyStructure::Multipart(multipart) => {
            format!("multipart/{}", multipart.media_subtype.to_string_lossy())
        }
    };
    shown.to_lowercase()
}

impl Work<'_> {
    /// Text in one line for people.
    fn one_line(&self, text: &str) -> String {
        let mut shown = String::with_capacity(text.len());
        push_safe(&mut shown, text, self.request.audience, |_| false);
        shown
    }

    /// Lines of text for people: line ends and tabs stay.
    fn lines(&self, text: &str) -> String {
        let mut shown = String::with_capacity(text.len());
        let text = if text.contains('\r') {
            text.replace("\r\n", "\n").replace('\r', "\n")
        } else {
            text.to_owned()
        };
        push_safe(&mut shown, &text, self.request.audience, |c| matches!(c, '\n' | '\t'));
        shown
    }

    /// What stands above a message where there may be several.
    fn heading(&self, uid: Uid) -> String {
        match (self.request.mailboxes, self.request.asked_for) {
            (AskedFor::One, AskedFor::One) => String::new(),
            (AskedFor::One, AskedFor::Several) => format!("UID {uid}\n"),
            (AskedFor::Several, _) => format!("{}, UID {uid}\n", self.mailbox()),
        }
    }

    /// The mailbox, for people.
    fn mailbox(&self) -> String {
        self.one_line(self.request.mailbox.as_str())
    }
}

/// Appends text with its control characters escaped, but for those that stay. For a terminal also what else could
/// change what is seen; a program gets that as it is.
fn push_safe(shown: &mut String, text: &str, audience: Audience, stays: impl Fn(char) -> bool) {
    let mut octets = [0; 4];
    for c in text.chars() {
        if !stays(c) && (c.is_control() || (audience == Audience::Terminal && needs_escape(c))) {
            shown.push_str(&escape_str(c.encode_utf8(&mut octets)));
        } else {
            shown.push(c);
        }
    }
}
