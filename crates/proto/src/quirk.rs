//! Where servers break the grammar and are understood all the same.
//!
//! Each widening has an entry here: who sends it, what it looks like, which rule it breaks. A value that was read
//! with its help carries a [`Repair`].

/// A known widening of the grammar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Quirk {
    /// Blanks where the grammar has none, or several where it has one.
    ExtraBlanks,
    /// A quote inside a quoted string without a backslash in front.
    UnescapedQuote,
}

/// A widening that was needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Repair {
    /// Which.
    pub quirk: Quirk,
    /// Where, in octets from the start of the response.
    pub offset: usize,
}

/// What is known about a quirk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// Who does it.
    pub servers: &'static str,
    /// What it looks like.
    pub sample: &'static str,
    /// The rule it breaks.
    pub breaks: &'static str,
}

impl Quirk {
    /// Every quirk.
    pub const ALL: &[Self] = &[Self::ExtraBlanks, Self::UnescapedQuote];

    /// Who does it, what it looks like, what it breaks.
    pub const fn evidence(self) -> Evidence {
        match self {
            Self::ExtraBlanks => Evidence {
                servers: "DavMail, QQ, Exchange, Yahoo",
                sample: "*  22279 EXISTS",
                breaks: "RFC 9051 section 9: SP is one blank",
            },
            Self::UnescapedQuote => Evidence {
                servers: "Domino, Coremail, iCloud",
                sample: "(\"charset\" \"3D\"Windows-1252\"\")",
                breaks: "RFC 9051 section 9, QUOTED-CHAR: a quote is written with a backslash in front",
            },
        }
    }
}
