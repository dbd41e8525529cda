//! The mail address, and names of hosts.

use std::fmt;
use std::net::IpAddr;

use url::Host;

/// Octets of an address; RFC 5321 section 4.5.3.1 allows 64 in front of the `@` and 255 behind it.
const ADDRESS: usize = 320;

/// Octets of the name of a host, without a dot at its end (RFC 1035 section 2.3.4, less the octets of the wire).
const NAME: usize = 253;

/// Octets of one label of it.
const LABEL: usize = 63;

/// The mail address of a user: what stands in front of the last `@`, and a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailAddress {
    text: String,
    at: usize,
    domain: String,
}

impl MailAddress {
    /// Reads an address as somebody types it; blanks around it do not matter. There is no name beside it, no brackets
    /// and no comment.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        // The dot that ends an absolute name belongs to DNS, and not to the user name that comes of the address.
        let text = text.strip_suffix('.').unwrap_or(text);
        if text.is_empty() {
            return Err(AddressError::Empty);
        }
        if text.len() > ADDRESS {
            return Err(AddressError::TooLong { octets: text.len() });
        }
        if let Some((offset, character)) = text.char_indices().find(|(_, character)| character.is_control()) {
            return Err(AddressError::Control { character, offset });
        }
        let (local, domain) = text.rsplit_once('@').ok_or(AddressError::NoAt)?;
        if local.is_empty() {
            return Err(AddressError::NoLocalPart);
        }
        let is_quoted = local.len() > 2 && local.starts_with('"') && local.ends_with('"');
        let is_misplaced =
            |character: char| character.is_whitespace() || "<>()[],;:\\\"@".contains(character);
        if let Some(character) = local.chars().find(|character| !is_quoted && is_misplaced(*character)) {
            return Err(AddressError::Character { character });
        }
        if domain.is_empty() {
            return Err(AddressError::NoDomain);
        }
        if domain.starts_with('[') {
            return Err(AddressError::Literal);
        }
        let domain = host_name(domain).map_err(AddressError::Domain)?;
        Ok(Self { text: text.to_owned(), at: local.len(), domain })
    }

    /// The whole address, as it was typed.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What stands in front of the `@`, as it was typed.
    pub fn local_part(&self) -> &str {
        &self.text[..self.at]
    }

    /// What stands behind the `@`, as it was typed.
    pub fn typed_domain(&self) -> &str {
        &self.text[self.at + 1..]
    }

    /// The domain as DNS has it: A-labels in lower case, without a dot at the end.
    pub fn domain(&self) -> &str {
        &self.domain
    }
}

impl fmt::Display for MailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Why this is not the address of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// There is nothing.
    #[error("there is no address")]
    Empty,
    /// It is longer than an address can be.
    #[error("the address has {octets} octets, and an address has {ADDRESS} at most")]
    TooLong {
        /// How long it is.
        octets: usize,
    },
    /// It has a control character.
    #[error("the address has the control character {character:?} at octet {offset}")]
    Control {
        /// The character.
        character: char,
        /// Where it is.
        offset: usize,
    },
    /// There is no `@`.
    #[error("the address has no `@`")]
    NoAt,
    /// Nothing is in front of the `@`.
    #[error("nothing stands in front of the `@`")]
    NoLocalPart,
    /// Something stands in front of the `@` that can be there within quotation marks only.
    #[error("{character:?} cannot stand in front of the `@`")]
    Character {
        /// The first one.
        character: char,
    },
    /// Nothing is behind the `@`.
    #[error("nothing stands behind the `@`")]
    NoDomain,
    /// What is behind the `@` is an address of the network (RFC 5321 section 4.1.3), by which no server can be found.
    #[error("behind the `@` stands an address of the network, and servers are found by names")]
    Literal,
    /// What is behind the `@` is not the name of a domain.
    #[error("what stands behind the `@` is not the name of a domain: {0}")]
    Domain(HostNameError),
}

/// The name of a host as DNS has it: A-labels in lower case, without a dot at its end.
pub(super) fn host_name(text: &str) -> Result<String, HostNameError> {
    let text = text.strip_suffix('.').unwrap_or(text);
    if text.is_empty() {
        return Err(HostNameError::Empty);
    }
    // As U-labels it can have four octets a character; this bounds the work.
    if text.len() > 4 * NAME {
        return Err(HostNameError::TooLong { octets: text.len() });
    }
    // What reads hosts of URLs would undo a percent-encoding, and take more for an address than stands here.
    let is_usual = |character: char| match character.is_ascii() {
        true => character.is_ascii_alphanumeric() || matches!(character, '.' | '-'),
        false => !character.is_control() && !character.is_whitespace(),
    };
    if let Some(character) = text.chars().find(|character| !is_usual(*character)) {
        return Err(HostNameError::Character { character });
    }
    let name = match Host::parse(text) {
        Ok(Host::Domain(name)) => name,
        // `1.2` among them.
        Ok(Host::Ipv4(_) | Host::Ipv6(_)) => return Err(HostNameError::Number),
        Err(_)
            if text.rsplit('.').next().is_some_and(|last| last.starts_with(|c: char| c.is_ascii_digit())) =>
        {
            return Err(HostNameError::Number);
        }
        Err(_) => return Err(HostNameError::International),
    };
    if name.len() > NAME {
        return Err(HostNameError::TooLong { octets: name.len() });
    }
    let is_label = |label: &str| {
        let is_ldh = |octet: u8| octet.is_ascii_alphanumeric() || octet == b'-';
        (1..=LABEL).contains(&label.len())
            && label.bytes().all(is_ldh)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    match name.split('.').all(is_label) {
        true => Ok(name),
        false => Err(HostNameError::Label),
    }
}

/// The same, or an address of the network, as far as it is written in the one usual way.
pub(super) fn host(text: &str) -> Result<String, HostNameError> {
    match text.parse::<IpAddr>() {
        Ok(address) => Ok(address.to_string()),
        Err(_) => host_name(text),
    }
}

/// Why this is not the name of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HostNameError {
    /// There is nothing.
    #[error("it is empty")]
    Empty,
    /// It is too long.
    #[error("it has {octets} octets, and a name has {NAME} at most")]
    TooLong {
        /// How long it is, as far as this is known.
        octets: usize,
    },
    /// A character that no name has.
    #[error("it has the character {character:?}")]
    Character {
        /// The first one.
        character: char,
    },
    /// A label is empty, longer than 63 octets, or has a hyphen at an end.
    #[error("something between its dots is empty, too long, or begins or ends with a hyphen")]
    Label,
    /// It ends with a number, so that it would be taken for an address of the network.
    #[error("it ends with a number")]
    Number,
    /// It has letters that no name can have (RFC 5890).
    #[error("it has letters that no name can have")]
    International,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_two_parts() {
        for (text, local, typed, domain) in [
            ("a@example.org", "a", "example.org", "example.org"),
            (" First.Last+tag@Example.ORG. ", "First.Last+tag", "Example.ORG", "example.org"),
            ("jörg@München.example", "jörg", "München.example", "xn--mnchen-3ya.example"),
            ("a@XN--MNCHEN-3YA.example", "a", "XN--MNCHEN-3YA.example", "xn--mnchen-3ya.example"),
            ("a@例え。テスト", "a", "例え。テスト", "xn--r8jz45g.xn--zckzah"),
            ("root@localhost", "root", "localhost", "localhost"),
            ("\"a@b c\"@example.org", "\"a@b c\"", "example.org", "example.org"),
        ] {
            let address = MailAddress::parse(text).unwrap();
            let parts = (address.local_part(), address.typed_domain(), address.domain());
            assert_eq!(parts, (local, typed, domain), "{text}");
            assert_eq!(address.as_str(), format!("{local}@{typed}"));
        }
    }

    #[test]
    fn what_is_no_address_says_why() {
        use AddressError::*;

        let domain = |error| Domain(error);
        for (text, expected) in [
            ("", Empty),
            (" \t", Empty),
            ("example.org", NoAt),
            ("@example.org", NoLocalPart),
            ("a@", NoDomain),
            ("a@.", NoDomain),
            ("a\0@example.org", Control { character: '\0', offset: 1 }),
            ("a@exam\u{1b}ple.org", Control { character: '\u{1b}', offset: 6 }),
            ("a\r\nb@example.org", Control { character: '\r', offset: 1 }),
            ("a@b@example.org", Character { character: '@' }),
            ("a b@example.org", Character { character: ' ' }),
            ("<a@example.org>", Character { character: '<' }),
            ("A <a@example.org>", Character { character: ' ' }),
            ("\"@example.org", Character { character: '"' }),
            ("a@[192.0.2.1]", Literal),
            ("a@192.0.2.1", domain(HostNameError::Number)),
            ("a@example.0x7f", domain(HostNameError::Number)),
            ("a@example.org/x", domain(HostNameError::Character { character: '/' })),
            ("a@example.org:993", domain(HostNameError::Character { character: ':' })),
            ("a@exa mple.org", domain(HostNameError::Character { character: ' ' })),
            ("a@%65xample.org", domain(HostNameError::Character { character: '%' })),
            ("a@exam\u{2003}ple.org", domain(HostNameError::Character { character: '\u{2003}' })),
            ("a@example..org", domain(HostNameError::Label)),
            ("a@-example.org", domain(HostNameError::Label)),
            ("a@xn--a.example", domain(HostNameError::International)),
        ] {
            assert_eq!(MailAddress::parse(text), Err(expected), "{text:?}");
        }
        let long = format!("a@{}.org", "x".repeat(64));
        assert_eq!(MailAddress::parse(&long), Err(Domain(HostNameError::Label)));
        let long = format!("a@{}org", "x.".repeat(126));
        assert_eq!(MailAddress::parse(&long), Err(Domain(HostNameError::TooLong { octets: 255 })));
        let long = format!("{}@example.org", "x".repeat(400));
        assert_eq!(MailAddress::parse(&long), Err(TooLong { octets: 412 }));
    }
}
