use std::fmt;
use std::ops::Range;

use zeroize::Zeroizing;

use crate::types::{Atom, Secret, Tag};

/// How the peer takes literals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LiteralMode {
    /// A client waits for `+` before each literal (RFC 9051 section 4.3).
    #[default]
    Synchronizing,
    /// `LITERAL-`: literals of up to 4096 octets need no wait (RFC 7888 section 5).
    Minus,
    /// `LITERAL+`: no literal needs a wait (RFC 7888 section 4).
    Plus,
    /// Literals of a server: there is nothing to wait for.
    Server,
}

/// Writes the tokens of one command or response.
///
/// Strings are written as atom, quoted string or literal by their content, so that no value can end the line.
/// The encoder marks where a client has to wait, where the octets of a streamed literal belong, and what is secret.
pub struct Encoder {
    bytes: Zeroizing<Vec<u8>>,
    marks: Vec<Mark>,
    secrets: Vec<Range<usize>>,
    literals: Vec<Range<usize>>,
    mode: LiteralMode,
    quoting: Quoting,
}

/// What may stand in a quoted string.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Quoting {
    /// ASCII alone (RFC 3501 section 4.3).
    #[default]
    Ascii,
    /// UTF-8, where that is enabled (RFC 9755 section 3, RFC 9051 section 4.3).
    Utf8,
}

/// One command or response, ready to be sent in steps.
///
/// Its memory is overwritten when it is dropped, since it may hold a password.
#[derive(Clone)]
pub struct Encoded {
    /// All octets but those of streamed literals.
    pub bytes: Zeroizing<Vec<u8>>,
    /// Where to pause, ascending.
    pub marks: Vec<Mark>,
    /// What must not be shown, ascending.
    pub secrets: Vec<Range<usize>>,
    /// Where the octets of literals are, ascending; streamed ones are not among them.
    pub literals: Vec<Range<usize>>,
}

/// A pause while sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// In front of this octet of [`Encoded::bytes`].
    pub offset: usize,
    /// Why.
    pub kind: MarkKind,
}

/// Why sending pauses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkKind {
    /// Until a continuation request has come.
    Continuation,
    /// Until the caller has brought this many octets of a streamed literal.
    Streamed(u64),
}

impl Encoder {
    /// An empty command or response.
    pub fn new(mode: LiteralMode) -> Self {
        Self {
            bytes: Zeroizing::new(Vec::new()),
            marks: Vec::new(),
            secrets: Vec::new(),
            literals: Vec::new(),
            mode,
            quoting: Quoting::Ascii,
        }
    }

    /// The same with this in quoted strings.
    #[must_use]
    pub fn quoting(self, quoting: Quoting) -> Self {
        Self { quoting, ..self }
    }

    /// Octets as they are. The caller answers for it that they cannot end the line; use it for constants and for
    /// values whose type excludes that.
    pub fn raw(&mut self, octets: impl AsRef<[u8]>) -> &mut Self {
        let octets = octets.as_ref();
        debug_assert!(!octets.contains(&b'\n'), "a line end outside a literal ends the command");
        self.bytes.extend_from_slice(octets);
        self
    }

    /// Octets as they are, line ends in literals included.
    pub(crate) fn verbatim(&mut self, octets: &[u8]) -> &mut Self {
        self.bytes.extend_from_slice(octets);
        self
    }

    /// Text for people up to the end of the line. CR and LF, which would end it, become blanks.
    pub(crate) fn line_text(&mut self, text: &[u8]) -> &mut Self {
        let octets = text.iter().map(|&octet| if matches!(octet, b'\r' | b'\n') { b' ' } else { octet });
        self.bytes.extend(octets);
        self
    }

    /// A word that came from a peer, as it came. What would end it there or here becomes `?`.
    pub(crate) fn token(&mut self, word: &[u8]) -> &mut Self {
        let octets = word.iter().map(|&octet| match octet {
            0..=b' ' | b'(' | b')' | b'"' | 0x7f => b'?',
            _ => octet,
        });
        self.bytes.extend(octets);
        self
    }

    /// A value whose `Display` form is its protocol form, such as a number, a set or a date.
    pub fn show(&mut self, value: impl fmt::Display) -> &mut Self {
        self.raw(value.to_string())
    }

    /// One blank.
    pub fn sp(&mut self) -> &mut Self {
        self.raw(b" ")
    }

    /// A tag.
    pub fn tag(&mut self, tag: &Tag) -> &mut Self {
        self.raw(tag.as_bytes())
    }

    /// An atom.
    pub fn atom(&mut self, atom: &Atom) -> &mut Self {
        self.raw(atom.as_bytes())
    }

    /// An `astring`: atom where possible, else quoted string or literal.
    pub fn astring(&mut self, octets: &[u8]) -> &mut Self {
        let atom = !octets.is_empty()
            && octets.iter().all(|&octet| octet < 0x80 && Atom::may_hold(octet))
            && !octets.eq_ignore_ascii_case(b"NIL");
        if atom { self.raw(octets) } else { self.string(octets) }
    }

    /// A `string`: quoted where possible, else a literal.
    pub fn string(&mut self, octets: &[u8]) -> &mut Self {
        // A quoted string holds 7-bit text without line ends; 8-bit text needs a literal unless UTF-8 was enabled
        // (RFC 9051 section 4.3). 512 keeps lines short.
        let is_text = match self.quoting {
            Quoting::Ascii => octets.is_ascii(),
            Quoting::Utf8 => std::str::from_utf8(octets).is_ok(),
        };
        let has_line_end = octets.iter().any(|octet| matches!(octet, 0 | b'\r' | b'\n'));
        if octets.len() > 512 || !is_text || has_line_end {
            return self.literal(octets);
        }
        self.bytes.push(b'"');
        for &octet in octets {
            if matches!(octet, b'"' | b'\\') {
                self.bytes.push(b'\\');
            }
            self.bytes.push(octet);
        }
        self.bytes.push(b'"');
        self
    }

    /// A `nstring`: `NIL` or a string.
    pub fn nstring(&mut self, octets: Option<&[u8]>) -> &mut Self {
        match octets {
            None => self.raw(b"NIL"),
            Some(octets) => self.string(octets),
        }
    }

    /// A `nstring`, or a `literal8` for what holds NUL (RFC 3516 section 4.4, RFC 5464 section 5).
    pub fn nstring8(&mut self, octets: Option<&[u8]>) -> &mut Self {
        match octets {
            Some(octets) if octets.contains(&0) => self.raw(b"~").literal(octets),
            octets => self.nstring(octets),
        }
    }

    /// A string that is shown as `***` in every transcript, its quotes or literal size included.
    pub fn secret(&mut self, secret: &Secret) -> &mut Self {
        let start = self.bytes.len();
        self.string(secret.expose());
        self.secrets.push(start..self.bytes.len());
        self
    }

    /// Octets as they are, shown as `***` in every transcript.
    pub fn raw_secret(&mut self, octets: &[u8]) -> &mut Self {
        let start = self.bytes.len();
        self.raw(octets);
        self.secrets.push(start..self.bytes.len());
        self
    }

    /// A literal with its octets.
    pub fn literal(&mut self, octets: &[u8]) -> &mut Self {
        self.announce(octets.len() as u64);
        let start = self.bytes.len();
        self.bytes.extend_from_slice(octets);
        self.literals.push(start..self.bytes.len());
        self
    }

    /// A literal whose octets the caller brings while it is sent.
    pub fn streamed_literal(&mut self, size: u64) -> &mut Self {
        self.announce(size);
        self.marks.push(Mark { offset: self.bytes.len(), kind: MarkKind::Streamed(size) });
        self
    }

    fn announce(&mut self, size: u64) {
        let waits = match self.mode {
            LiteralMode::Synchronizing => true,
            LiteralMode::Minus => size > 4096,
            LiteralMode::Plus | LiteralMode::Server => false,
        };
        let plus = if waits || self.mode == LiteralMode::Server { "" } else { "+" };
        self.bytes.extend_from_slice(format!("{{{size}{plus}}}\r\n").as_bytes());
        if waits {
            self.marks.push(Mark { offset: self.bytes.len(), kind: MarkKind::Continuation });
        }
    }

    /// A list in parentheses, its items separated by blanks.
    pub fn list<T>(
        &mut self,
        items: impl IntoIterator<Item = T>,
        mut item: impl FnMut(&mut Self, T),
    ) -> &mut Self {
        self.raw(b"(");
        for (index, value) in items.into_iter().enumerate() {
            if index > 0 {
                self.sp();
            }
            item(self, value);
        }
        self.raw(b")")
    }

    /// Ends the line and gives what was written.
    pub fn finish(mut self) -> Encoded {
        self.bytes.extend_from_slice(b"\r\n");
        Encoded { bytes: self.bytes, marks: self.marks, secrets: self.secrets, literals: self.literals }
    }
}

/// Shows what is not secret.
impl fmt::Debug for Encoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = 0;
        f.write_str("Encoded(")?;
        for secret in &self.secrets {
            write!(f, "{}***", self.bytes[shown..secret.start].escape_ascii())?;
            shown = secret.end;
        }
        write!(f, "{})", self.bytes[shown..].escape_ascii())
    }
}

impl fmt::Debug for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Encoder({} octets)", self.bytes.len())
    }
}
