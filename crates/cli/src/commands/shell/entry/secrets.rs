//! What of a command must not be shown or kept.
//!
//! Decided from what was typed, not from whether it can be read: behind LOGIN and AUTHENTICATE all is secret but the
//! word that follows, and that one only where it is a whole string. A first word that is no command's name and looks
//! like one of the two counts as that one, with all that follows it: who mistypes LOGIN has typed a password all the
//! same.

use zeroize::Zeroizing;

use super::names::is_command;
use super::{Literal, Part};

/// The same parts, with secrets marked.
pub(super) fn hide(parts: Vec<Part>) -> Vec<Part> {
    let words = words(&parts);
    let Some(from) = first_secret(&words) else { return parts };
    let mut hidden = Vec::with_capacity(parts.len() + 1);
    for (index, part) in parts.into_iter().enumerate() {
        let part = match part {
            part if index < from.part => part,
            Part::Text(mut text) if index == from.part => {
                let secret = Zeroizing::new(text.split_off(from.offset));
                if !text.is_empty() {
                    hidden.push(Part::Text(text));
                }
                Part::Secret(secret)
            }
            Part::Text(text) => Part::Secret(Zeroizing::new(text)),
            Part::Literal(literal) => Part::Literal(Literal { secret: true, ..literal }),
            part => part,
        };
        if !matches!(&part, Part::Secret(text) if text.is_empty()) {
            hidden.push(part);
        }
    }
    hidden
}

#[derive(Clone, Copy, Debug)]
struct At {
    part: usize,
    offset: usize,
}

/// What stands between two blanks.
struct Word {
    start: At,
    text: Vec<u8>,
    has_place: bool,
    /// It ends outside of quotes.
    closed: bool,
}

impl Word {
    /// Whether it is one whole string: an atom, a quoted string, or a literal.
    fn is_string(&self) -> bool {
        let quotes = self.text.iter().filter(|&&octet| octet == b'"').count();
        match (self.has_place, self.text.first()) {
            (true, None) => true,
            // A literal is announced in the text in front of it.
            (true, Some(b'{')) => self.text.ends_with(b"}"),
            (true, Some(_)) => false,
            (false, Some(b'"')) => {
                self.closed
                    && self.text.len() > 1
                    && self.text.ends_with(b"\"")
                    && !self.text.ends_with(b"\\\"\"")
                    || self.closed && self.text == b"\"\""
            }
            (false, _) => quotes == 0,
        }
    }
}

fn words(parts: &[Part]) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut inside = false;
    let mut open = false;
    for (part, content) in parts.iter().enumerate() {
        let begin =
            |offset| Word { start: At { part, offset }, text: Vec::new(), has_place: false, closed: true };
        let Part::Text(text) = content else {
            if !inside {
                words.push(begin(0));
            }
            if let Some(word) = words.last_mut() {
                word.has_place = true;
            }
            inside = true;
            continue;
        };
        let mut escaped = false;
        for (offset, &octet) in text.iter().enumerate() {
            if octet == b' ' && !open {
                inside = false;
                continue;
            }
            if !inside {
                words.push(begin(offset));
                inside = true;
            }
            if let Some(word) = words.last_mut() {
                match octet {
                    _ if escaped => escaped = false,
                    b'\\' if open => escaped = true,
                    b'"' => open = !open && word.text.is_empty(),
                    _ => {}
                }
                word.text.push(octet);
                word.closed = !open;
            }
        }
    }
    words
}

/// Where a password begins in a place, in which none belongs: `imap://user:password@host/`. What stands there before
/// the at sign is typed could be a port as well, if it is digits.
pub(super) fn in_place(line: &str) -> Option<usize> {
    let start = line.find("://")? + 3;
    let colon = start + line[start..].find(':')?;
    let behind = &line[colon + 1..];
    let port = behind.find('/').map_or(behind, |slash| &behind[..slash]);
    let is_port = !behind.contains('@') && port.trim_end().bytes().all(|octet| octet.is_ascii_digit());
    (!is_port).then_some(colon + 1)
}

/// Whether lines that go on with these parts may hold a secret. Where they do, all of each line counts as one: a user
/// name and a password may stand in the same.
pub(super) fn may_go_on(parts: &[Part]) -> bool {
    words(parts)
        .iter()
        .take(3)
        .map(|word| &word.text)
        .take_while(|word| looks_like_login(word) || !is_command(word))
        .any(|word| looks_like_login(word))
}

/// Where the first octet stands that is secret, if one is.
fn first_secret(words: &[Word]) -> Option<At> {
    // A command may follow what was meant as a tag.
    for (index, word) in words.iter().take(3).enumerate() {
        let named = |name: &str| word.text.eq_ignore_ascii_case(name.as_bytes());
        if named("LOGIN") || named("AUTHENTICATE") {
            let user = words.get(index + 1)?;
            let secret = if user.is_string() { words.get(index + 2)? } else { user };
            return Some(secret.start);
        }
        if is_command(&word.text) {
            return None;
        }
        if looks_like_login(&word.text) {
            return words.get(index + 1).map(|word| word.start);
        }
    }
    None
}

/// Whether a word that is no command's name is likely meant as LOGIN or AUTHENTICATE.
pub(super) fn looks_like_login(word: &[u8]) -> bool {
    let word = word.to_ascii_uppercase();
    word.starts_with(b"LOGIN")
        || word.starts_with(b"AUTH")
        || distance(&word, b"LOGIN") <= 2 && word.len() > 2
        || distance(&word, b"AUTHENTICATE") <= 3
}

/// How many letters have to be put in, taken out or changed to make one of the other. The first is cut at 20 letters.
fn distance(word: &[u8], name: &[u8]) -> usize {
    let word = &word[..word.len().min(20)];
    let mut row: Vec<usize> = (0..=name.len()).collect();
    for (index, letter) in word.iter().enumerate() {
        let mut diagonal = index;
        row[0] = index + 1;
        for (place, other) in name.iter().enumerate() {
            let changed = diagonal + usize::from(letter != other);
            diagonal = row[place + 1];
            row[place + 1] = changed.min(diagonal + 1).min(row[place] + 1);
        }
    }
    row[name.len()]
}
