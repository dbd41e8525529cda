//! What was typed: a word of the shell, or a command with places for literals.
//!
//! ```text
//! .help FETCH                                  a word of the shell
//! SELECT INBOX                                 a command; the shell gives it a tag
//! a7 SELECT INBOX                              a command with a tag of its own
//! APPEND INBOX {< mail.eml}                    the file goes out as a literal
//! LOGIN ann {?}                                the password is asked for, and goes out as a string
//! LOGIN {3}                                    a literal of 3 octets follows, from the next line on
//! # words                                      nothing
//! ```
//!
//! A first word is a tag when it is no command's name, could be a tag, and something follows it that is a command's
//! name; or, since no command has a digit in its name, when it has a digit in it and anything follows. So `Quit` is a
//! command that no server knows, and `a7 Quit` is the same with a tag.
//!
//! A place counts only outside of quotes. Behind a line that ends in `{n}` or `{n+}` the next lines are octets of the
//! literal, each with CRLF, and what is left of the line with the last of them goes on with the command, as it would be
//! on the wire.

mod names;
mod places;
mod secrets;

use std::borrow::Cow;
use std::ops::Range;
use std::path::PathBuf;

use base64::Engine as _;
use bytes::Bytes;
use tayori_proto::command::{Command, ParseOptions};
use tayori_proto::types::Tag;
use zeroize::Zeroizing;

use super::words::{Word, WordError};
use crate::escape::{escape_str, needs_escape};

pub(crate) use names::is_command;
pub(crate) use places::PlaceError;

/// One thing that was typed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// An empty line, or a comment.
    Nothing,
    /// A word of the shell.
    Word(Word),
    /// A command for the server.
    Command(TypedCommand),
}

/// A command as it was typed, right or wrong.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TypedCommand {
    /// If one was typed.
    pub(crate) tag: Option<Tag>,
    /// The first word behind the tag, in capitals; with the second one, if the first is `UID`.
    pub(crate) name: String,
    /// All behind the tag and one blank.
    pub(crate) parts: Vec<Part>,
}

/// A part of a command.
#[derive(PartialEq, Eq)]
pub(crate) enum Part {
    /// Octets of a line, without its end.
    Text(Vec<u8>),
    /// The same, not to be shown or kept.
    Secret(Zeroizing<Vec<u8>>),
    /// A password that is asked for: `{?}`
    Asked,
    /// Octets of any kind; the line ends in front of them.
    Literal(Literal),
}

/// A literal as it was typed.
#[derive(PartialEq, Eq)]
pub(crate) struct Literal {
    pub(crate) content: Content,
    /// Not to be shown or kept.
    pub(crate) secret: bool,
}

/// What a literal holds.
#[derive(PartialEq, Eq)]
pub(crate) enum Content {
    /// These octets, announced in the line in front of them.
    Typed { octets: Zeroizing<Vec<u8>>, waits: bool },
    /// Those of a file, which is announced when it is opened.
    File(PathBuf),
}

/// Why something cannot be taken as it was typed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum EntryError {
    #[error(transparent)]
    Word(#[from] WordError),
    #[error(transparent)]
    Place(#[from] PlaceError),
}

impl EntryError {
    /// What the person can do about it.
    pub(crate) fn hint(&self) -> String {
        match self {
            Self::Word(error) => error.hint(),
            Self::Place(error) => error.hint().to_owned(),
        }
    }
}

/// Puts an entry together, line by line.
#[derive(Default)]
pub(crate) struct Typing {
    parts: Vec<Part>,
    /// Of the literal that is being typed: how many octets are missing, and whether the server is waited for in front.
    literal: Option<(u64, bool)>,
    octets: Zeroizing<Vec<u8>>,
}

/// What a line did to the entry.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Typed {
    /// The entry is complete.
    Entry(Entry),
    /// So many octets of a literal are missing, and the rest of the command behind them.
    Missing(u64),
}

impl Typing {
    /// Takes a line, without its end.
    pub(crate) fn line(&mut self, line: &[u8]) -> Result<Typed, EntryError> {
        let Some((missing, waits)) = self.literal else {
            let line = line.trim_ascii();
            if line.is_empty() || line.starts_with(b"#") {
                return Ok(Typed::Entry(Entry::Nothing));
            }
            if let Some(word) = line.strip_prefix(b".") {
                return Ok(Typed::Entry(Entry::Word(Word::read(&String::from_utf8_lossy(word))?)));
            }
            return self.command_line(line);
        };
        let whole = Zeroizing::new([line, b"\r\n"].concat());
        let taken = usize::try_from(missing).unwrap_or(usize::MAX).min(whole.len());
        self.octets.extend_from_slice(&whole[..taken]);
        let missing = missing - taken as u64;
        if missing > 0 || taken == whole.len() {
            self.literal = Some((missing, waits));
            return Ok(Typed::Missing(missing));
        }
        self.literal = None;
        let content = Content::Typed { octets: std::mem::take(&mut self.octets), waits };
        self.parts.push(Part::Literal(Literal { content, secret: false }));
        // A line end that was cut in two by the end of the literal.
        let rest = whole[taken..].strip_suffix(b"\n").unwrap_or_default();
        self.command_line(rest.strip_suffix(b"\r").unwrap_or(rest))
    }

    /// Whether a literal is being typed.
    pub(crate) fn is_open(&self) -> bool {
        self.literal.is_some()
    }

    /// Whether the next line may hold a secret, whatever is in it.
    pub(crate) fn is_secret(&self) -> bool {
        self.is_open() && secrets::may_go_on(&self.parts)
    }

    fn command_line(&mut self, line: &[u8]) -> Result<Typed, EntryError> {
        let announced = places::read(line, &mut self.parts)?;
        if let Some((size, waits)) = announced {
            self.literal = Some((size, waits));
            return Ok(Typed::Missing(size));
        }
        let parts = std::mem::take(&mut self.parts);
        Ok(Typed::Entry(Entry::Command(TypedCommand::new(parts))))
    }
}

impl TypedCommand {
    fn new(mut parts: Vec<Part>) -> Self {
        let tag = match parts.first_mut() {
            Some(Part::Text(text)) => take_tag(text),
            _ => None,
        };
        let parts = secrets::hide(parts);
        Self { tag, name: names::name_of(&parts), parts }
    }

    /// One that the shell itself has typed.
    pub(crate) fn of(text: &str) -> Self {
        Self::new(vec![Part::Text(text.as_bytes().to_vec())])
    }

    /// `LOGIN` as this user, with a password that is asked for.
    pub(crate) fn login(user: &str) -> Self {
        let plain = user.bytes().all(|octet| (b' '..=b'~').contains(&octet));
        let text = |text: String| Part::Text(text.into_bytes());
        let octets = || Zeroizing::new(user.as_bytes().to_vec());
        let mut parts = match plain {
            true => {
                let escaped = user.replace('\\', "\\\\").replace('"', "\\\"");
                vec![text(format!("LOGIN \"{escaped}\" "))]
            }
            false => vec![
                text(format!("LOGIN {{{}}}", user.len())),
                Part::Literal(Literal {
                    content: Content::Typed { octets: octets(), waits: true },
                    secret: false,
                }),
                text(" ".to_owned()),
            ],
        };
        parts.push(Part::Asked);
        Self { tag: None, name: "LOGIN".to_owned(), parts }
    }

    /// Whether a password has to be asked for.
    pub(crate) fn asks(&self) -> bool {
        self.parts.contains(&Part::Asked)
    }

    /// The first argument in capitals, where it is typed in the first line: the mechanism of AUTHENTICATE.
    pub(crate) fn second_word(&self) -> String {
        let Some(Part::Text(text)) = self.parts.first() else { return String::new() };
        let word = text.split(|&octet| octet == b' ').filter(|word| !word.is_empty()).nth(1);
        String::from_utf8_lossy(word.unwrap_or_default()).to_ascii_uppercase()
    }

    /// Who is logged in by it, where it says so by itself: LOGIN, or AUTHENTICATE PLAIN with its answer.
    pub(crate) fn user(&self) -> Option<String> {
        match (&self.name[..], &self.parts[..]) {
            ("AUTHENTICATE", [Part::Text(_), Part::Secret(answer)]) if self.second_word() == "PLAIN" => {
                user_of_plain(answer)
            }
            ("LOGIN", _) => {
                // Whatever the password is, it says nothing of the user.
                let octets = self.octets_with(&Tag::new("a").ok()?, Some(b"x"))?;
                let read = Command::parse(&Bytes::copy_from_slice(&octets), &ParseOptions::default());
                match read.ok()?.command {
                    Command::Login { user, .. } => String::from_utf8(user.as_bytes().to_vec()).ok(),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// Its name, safe for a terminal; a secret that stands in its place is none.
    pub(crate) fn name_shown(&self) -> Cow<'_, str> {
        escape_str(&self.name)
    }

    /// What was typed behind the tag, where all of it is one line that may be shown.
    pub(crate) fn shown(&self) -> Option<String> {
        match &self.parts[..] {
            [Part::Text(text)] => {
                String::from_utf8(text.clone()).ok().filter(|text| !text.contains(needs_escape))
            }
            _ => None,
        }
    }

    /// Whether there is something in it that must not be kept.
    pub(crate) fn has_secret(&self) -> bool {
        self.parts.iter().any(|part| match part {
            Part::Text(_) | Part::Asked => false,
            Part::Secret(_) => true,
            Part::Literal(literal) => literal.secret,
        })
    }

    /// The command in one piece, as [`tayori_proto::command::Command::parse`] reads it, where it holds no file and
    /// nothing that is asked for.
    pub(crate) fn octets(&self, tag: &Tag) -> Option<Zeroizing<Vec<u8>>> {
        self.octets_with(tag, None)
    }

    /// The same with something in the place of what is asked for.
    fn octets_with(&self, tag: &Tag, asked: Option<&[u8]>) -> Option<Zeroizing<Vec<u8>>> {
        let mut octets = Zeroizing::new([tag.as_bytes(), b" "].concat());
        for part in &self.parts {
            match part {
                Part::Text(text) => octets.extend_from_slice(text),
                Part::Secret(text) => octets.extend_from_slice(text),
                Part::Literal(Literal { content: Content::Typed { octets: typed, .. }, .. }) => {
                    octets.extend_from_slice(b"\r\n");
                    octets.extend_from_slice(typed);
                }
                Part::Asked => octets.extend_from_slice(asked?),
                Part::Literal(_) => return None,
            }
        }
        octets.extend_from_slice(b"\r\n");
        Some(octets)
    }
}

/// Where in a line that is being typed something must not be shown or kept.
pub(crate) fn secret_part(line: &str) -> Option<Range<usize>> {
    let mut parts = Vec::new();
    let offset = line.len() - line.trim_start().len();
    if line[offset..].starts_with('.') {
        return secrets::in_place(line).map(|start| start..line.len());
    }
    places::read(&line.as_bytes()[offset..], &mut parts).ok()?;
    let Some(Part::Text(text)) = parts.first_mut() else { return None };
    let whole = text.len();
    take_tag(text);
    let offset = offset + whole - text.len();
    let shown: usize = secrets::hide(parts)
        .iter()
        .map_while(|part| match part {
            Part::Text(text) => Some(text.len()),
            _ => None,
        })
        .sum();
    // Places are shorter or longer where they are typed; what is behind the first is hidden with it. A password that is
    // asked for is not in the line.
    let is_secret = !matches!(line[offset + shown..].trim(), "" | "{?}");
    is_secret.then(|| offset + shown..line.len())
}

/// The user in an answer of PLAIN (RFC 4616): whom to act for, or else who logs in.
pub(crate) fn user_of_plain(answer: &[u8]) -> Option<String> {
    let message = Zeroizing::new(base64::engine::general_purpose::STANDARD.decode(answer.trim_ascii()).ok()?);
    let mut fields = message.split(|&octet| octet == 0);
    let (acts_for, user) = (fields.next()?, fields.next()?);
    let user = if acts_for.is_empty() { user } else { acts_for };
    String::from_utf8(user.to_vec()).ok()
}

/// Whether lines behind this one may hold a secret, whatever is in them: those of its literals, and answers to
/// challenges.
pub(crate) fn is_secret_behind(line: &str) -> bool {
    secrets::may_go_on(&[Part::Text(line.as_bytes().to_vec())])
}

/// The tag in front of a command, which is taken away with the blank behind it.
fn take_tag(text: &mut Vec<u8>) -> Option<Tag> {
    let end = text.iter().position(|&octet| octet == b' ')?;
    let (first, rest) = text.split_at(end);
    let rest = rest.trim_ascii_start();
    let second = &rest[..rest.iter().position(|&octet| octet == b' ').unwrap_or(rest.len())];
    let has_digit = first.iter().any(u8::is_ascii_digit);
    // `logon id secret` is a mistyped LOGIN of a user with the name of a command, and no ID with a tag.
    if is_command(first)
        || secrets::looks_like_login(first)
        || second.is_empty()
        || !(is_command(second) || has_digit)
    {
        return None;
    }
    let tag = Tag::new(first.to_vec()).ok()?;
    text.drain(..=end);
    Some(tag)
}

/// Nothing of a secret.
impl std::fmt::Debug for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{:?}", String::from_utf8_lossy(text)),
            Self::Secret(_) => f.write_str("***"),
            Self::Asked => f.write_str("{?}"),
            Self::Literal(Literal { secret: true, .. }) => f.write_str("literal ***"),
            Self::Literal(Literal { content: Content::File(path), .. }) => write!(f, "literal of {path:?}"),
            Self::Literal(Literal { content: Content::Typed { octets, waits }, .. }) => {
                write!(f, "literal {:?}{}", String::from_utf8_lossy(octets), if *waits { "" } else { "+" })
            }
        }
    }
}

#[cfg(test)]
mod tests;
