//! What a response says, in a form that every parser's types can be put into.

/// One line for each thing said, such as `uid 7`. Names without regard to case are in lower case.
///
/// A parser that does not tell something has no line for it, so that the lines of one can be looked for in those of
/// another, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Facts(pub(crate) Vec<String>);

impl Facts {
    pub(crate) fn add(&mut self, name: &str, value: impl std::fmt::Display) {
        self.0.push(format!("{name} {value}"));
    }

    /// Octets, or none.
    pub(crate) fn octets(&mut self, name: &str, value: Option<&[u8]>) {
        match value {
            None => self.add(name, "NIL"),
            Some(octets) => self.add(name, format_args!("\"{}\"", octets.escape_ascii())),
        }
    }

    /// A list of names whose case says nothing.
    pub(crate) fn words(&mut self, name: &str, words: impl IntoIterator<Item = impl AsRef<[u8]>>) {
        let words: Vec<_> = words
            .into_iter()
            .map(|word| word.as_ref().to_ascii_lowercase().escape_ascii().to_string())
            .collect();
        self.add(name, words.join(" "));
    }

    /// The name of a mailbox as it stands on the wire.
    pub(crate) fn mailbox(&mut self, name: &[u8]) {
        let name = if name.eq_ignore_ascii_case(b"INBOX") { b"INBOX" } else { name };
        self.octets("mailbox", Some(name));
    }

    /// The first line that the other does not have, in the order of these.
    pub(crate) fn missing_in(&self, other: &Self) -> Option<&str> {
        let mut rest = other.0.iter();
        self.0.iter().find(|fact| !rest.any(|other| other == *fact)).map(String::as_str)
    }
}
