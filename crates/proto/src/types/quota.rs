use std::fmt;

use super::Atom;

/// What a quota limits (RFC 9208 section 5). Names are compared without regard to case.
#[derive(Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum QuotaResource {
    /// `STORAGE`: room on the disk, in units of 1024 octets.
    Storage,
    /// `MESSAGE`: number of messages.
    Message,
    /// `MAILBOX`: number of mailboxes.
    Mailbox,
    /// `ANNOTATION-STORAGE`: room for the annotations of messages, in units of 1024 octets.
    AnnotationStorage,
    /// Any other, as it came.
    Other(Atom),
}

impl QuotaResource {
    /// The resource with this name.
    pub fn new(name: Atom) -> Self {
        match KNOWN.iter().find(|(known, _)| name.eq_ignore_case(known.as_bytes())) {
            Some((_, resource)) => resource.clone(),
            None => Self::Other(name),
        }
    }

    /// The name, as it is sent.
    pub fn name(&self) -> &[u8] {
        match self {
            Self::Other(name) => name.as_bytes(),
            known => {
                let name = KNOWN.iter().find(|(_, resource)| resource == known);
                name.map_or(&[], |(name, _)| name.as_bytes())
            }
        }
    }
}

const KNOWN: [(&str, QuotaResource); 4] = [
    ("STORAGE", QuotaResource::Storage),
    ("MESSAGE", QuotaResource::Message),
    ("MAILBOX", QuotaResource::Mailbox),
    ("ANNOTATION-STORAGE", QuotaResource::AnnotationStorage),
];

impl fmt::Debug for QuotaResource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.name().escape_ascii())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_is_known_by_its_name_in_any_case() {
        for (name, resource) in KNOWN {
            for spelling in [name.to_owned(), name.to_ascii_lowercase()] {
                assert_eq!(QuotaResource::new(Atom::new(spelling).unwrap()), resource);
            }
            assert_eq!(resource.name(), name.as_bytes());
        }
        let other = QuotaResource::new(Atom::try_from("x-Colour").unwrap());
        assert_eq!((other.name(), format!("{other:?}")), (&b"x-Colour"[..], "x-Colour".to_owned()));
    }
}
