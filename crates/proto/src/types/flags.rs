use std::fmt;

use bytes::Bytes;

use super::{Flag, flag::system_flag};

/// The flags of a message, in the order in which a server lists them.
///
/// Flags that were read share the buffer of the response they came from, and have no allocation of their own; that
/// buffer is kept alive. [`Flags::detached`] makes a copy that does not.
#[derive(Clone, Default)]
pub struct Flags {
    /// A bit for each system flag among them.
    system: u8,
    /// Their names as they stand on the wire, with blanks between them.
    names: Bytes,
}

impl Flags {
    /// No flags.
    pub const fn new() -> Self {
        Self { system: 0, names: Bytes::new() }
    }

    /// Whether the flag is among them. Takes constant time for a system flag.
    pub fn contains(&self, flag: &Flag) -> bool {
        match bit(flag) {
            Some(bit) => self.system & bit != 0,
            None => {
                let name = flag.to_bytes();
                self.names().any(|other| other == name)
            }
        }
    }

    /// The flags one by one.
    pub fn iter(&self) -> impl Iterator<Item = Flag> + '_ {
        self.names().filter_map(|name| Flag::new(self.names.slice_ref(name)).ok())
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.names().count()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.names().next().is_none()
    }

    /// A copy that does not keep the buffer of the response alive.
    #[must_use]
    pub fn detached(&self) -> Self {
        Self { system: self.system, names: Bytes::copy_from_slice(&self.names) }
    }

    /// Flags read from a response: `names` holds names of flags, with blanks between them.
    pub(crate) fn from_wire(names: Bytes) -> Self {
        let mut system = SystemFlags::default();
        let flags = Self { system: 0, names };
        flags.names().for_each(|name| system.add(name));
        Self { system: system.0, ..flags }
    }

    /// The same, where the system flags among them are known.
    pub(crate) fn with_system(system: SystemFlags, names: Bytes) -> Self {
        Self { system: system.0, names }
    }

    fn names(&self) -> impl Iterator<Item = &[u8]> {
        self.names.split(|&octet| octet == b' ').filter(|name| !name.is_empty())
    }
}

/// The system flags among names.
#[derive(Clone, Copy, Default)]
pub(crate) struct SystemFlags(u8);

impl SystemFlags {
    /// Adds the flag of this name, with its backslash and in any case, if it is one of the system.
    #[inline]
    pub(crate) fn add(&mut self, name: &[u8]) {
        if let [b'\\', name @ ..] = name {
            // Most messages have this one alone.
            self.0 |= if name == b"Seen" { SEEN } else { system_bit(name).unwrap_or(0) };
        }
    }
}

const SEEN: u8 = 8;

/// The bit of a system flag by its name, without the backslash; any case.
fn system_bit(name: &[u8]) -> Option<u8> {
    bit(&system_flag(name)?)
}

fn bit(flag: &Flag) -> Option<u8> {
    Some(match flag {
        Flag::Answered => 1,
        Flag::Flagged => 2,
        Flag::Deleted => 4,
        Flag::Seen => SEEN,
        Flag::Draft => 16,
        Flag::Recent => 32,
        Flag::Extension(_) | Flag::Keyword(_) => return None,
    })
}

impl FromIterator<Flag> for Flags {
    fn from_iter<I: IntoIterator<Item = Flag>>(flags: I) -> Self {
        let names: Vec<Vec<u8>> = flags.into_iter().map(|flag| flag.to_bytes()).collect();
        Self::from_wire(names.join(&b' ').into())
    }
}

impl From<Vec<Flag>> for Flags {
    fn from(flags: Vec<Flag>) -> Self {
        flags.into_iter().collect()
    }
}

impl<const N: usize> From<[Flag; N]> for Flags {
    fn from(flags: [Flag; N]) -> Self {
        flags.into_iter().collect()
    }
}

impl PartialEq for Flags {
    fn eq(&self, other: &Self) -> bool {
        self.system == other.system && self.iter().eq(other.iter())
    }
}

impl Eq for Flags {}

impl fmt::Debug for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// So that `unwrap_or_default` gives no flags where a row has none.
impl Default for &Flags {
    fn default() -> Self {
        static NONE: Flags = Flags::new();
        &NONE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flag(name: &str) -> Flag {
        Flag::new(name.to_owned()).unwrap()
    }

    #[test]
    fn flags_are_told_by_their_names() {
        let flags = Flags::from([flag("b"), Flag::Seen, flag("\\X"), Flag::Answered, flag("A")]);
        assert_eq!(format!("{flags:?}"), r"[b, \\Seen, \\X, \\Answered, A]");
        assert_eq!(flags.len(), 5);
        for name in ["\\Seen", "\\answered", "b", "\\X", "A"] {
            assert!(flags.contains(&flag(name)), "{name}");
        }
        for name in ["\\Deleted", "X", "a", "\\b", "Seen"] {
            assert!(!flags.contains(&flag(name)), "{name}");
        }
        assert_eq!(flags.iter().collect::<Flags>(), flags);
        assert_eq!(flags.detached(), flags);
        assert!(!flags.is_empty());
    }

    #[test]
    fn how_the_names_are_written_makes_no_difference() {
        let read = Flags::from_wire(Bytes::from_static(b"b  \\SEEN A"));
        assert_eq!(read, Flags::from([flag("b"), Flag::Seen, flag("A")]));
        assert_ne!(read, Flags::from([flag("A"), Flag::Seen, flag("b")]));
        assert_ne!(read, Flags::from([flag("b"), flag("A")]));
        assert_eq!(read.len(), 3);
        let none = Flags::from_wire(Bytes::from_static(b" "));
        assert!(none.is_empty());
        assert_eq!(none, Flags::new());
        assert_eq!(<&Flags>::default(), &none);
    }
}
