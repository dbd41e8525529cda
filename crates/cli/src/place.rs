//! Where mail is: a place, written as an IMAP URL (RFC 5092).
//!
//! Accepted are the server, mailbox and message forms:
//!
//! ```text
//! imaps://user@host:port/mailbox;UIDVALIDITY=n/;UID=n
//! ```
//!
//! Beyond the grammar of RFC 5092 section 11, because people type it: a user name with a bare `@` (the last `@`
//! before the first `/` ends it), blanks, `#` and UTF-8 as they are, and `;UID=` without the slash before it.
//!
//! No error repeats any part of the input behind the scheme: a place that cannot be read may hold a password at a
//! spot where nobody looks for one.

use std::borrow::Cow;
use std::fmt;
use std::net::Ipv6Addr;
use std::num::{NonZeroU16, NonZeroU32};
use std::str::FromStr;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// The mailbox that is meant when a place names none; RFC 9051 section 5.1 gives every user one.
const DEFAULT_MAILBOX: &str = "INBOX";

/// A mailbox on a server as some user sees it, perhaps one message in it.
///
/// Holds no password. Names are decoded and free of control characters; a mailbox name is never a path, whatever
/// slashes and dots it has. `Display` writes the canonical URL, which parses to an equal place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    scheme: Scheme,
    user: String,
    auth: Option<Auth>,
    host: String,
    port: Option<NonZeroU16>,
    mailbox: Option<String>,
    uid_validity: Option<NonZeroU32>,
    uid: Option<NonZeroU32>,
}

impl Place {
    /// Says what protection was promised.
    pub(crate) fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The user name, decoded.
    pub(crate) fn user(&self) -> &str {
        &self.user
    }

    /// Which mechanism the place asks for, if it does.
    pub(crate) fn auth(&self) -> Option<&Auth> {
        self.auth.as_ref()
    }

    /// A host name or an address; an IPv6 address stands here without its brackets.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// The port, where one is written.
    pub(crate) fn port(&self) -> Option<NonZeroU16> {
        self.port
    }

    /// The mailbox name, decoded; INBOX when none is written.
    pub(crate) fn mailbox(&self) -> &str {
        self.mailbox.as_deref().unwrap_or(DEFAULT_MAILBOX)
    }

    /// The same, where one is written.
    pub(crate) fn named_mailbox(&self) -> Option<&str> {
        self.mailbox.as_deref()
    }

    /// The UIDVALIDITY that the UID was written down under (RFC 9051 section 2.3.1.1).
    pub(crate) fn uid_validity(&self) -> Option<NonZeroU32> {
        self.uid_validity
    }

    /// The UID of the one message that is meant.
    pub(crate) fn uid(&self) -> Option<NonZeroU32> {
        self.uid
    }
}

impl FromStr for Place {
    type Err = PlaceError;

    fn from_str(url: &str) -> Result<Place, PlaceError> {
        if let Some((offset, _)) = url.char_indices().find(|(_, c)| c.is_control()) {
            return Err(PlaceError::ControlCharacter { offset });
        }
        let (scheme, rest) = Span::whole(url).split_once("://").ok_or(PlaceError::NotUrl)?;
        let scheme = Scheme::parse(scheme.text)?;
        let (authority, path) = match rest.split_once("/") {
            Some((authority, path)) => (authority, path),
            None => (rest, rest.from(rest.text.len())),
        };
        let Some((userinfo, server)) = authority.rsplit_once("@") else {
            return Err(missing_user(authority, path));
        };
        let (user, auth) = parse_userinfo(userinfo)?;
        let (host, port) = parse_server(server)?;
        let message = parse_path(path)?;
        Ok(Place {
            scheme,
            user,
            auth,
            host,
            port,
            mailbox: message.mailbox,
            uid_validity: message.uid_validity,
            uid: message.uid,
        })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
        const IN_PATH: &AsciiSet = &UNRESERVED.remove(b'/');

        write!(f, "{}://{}", self.scheme, utf8_percent_encode(&self.user, UNRESERVED))?;
        match &self.auth {
            None => {}
            Some(Auth::Any) => f.write_str(";AUTH=*")?,
            Some(Auth::Mechanism(name)) => write!(f, ";AUTH={name}")?,
        }
        if self.host.contains(':') {
            write!(f, "@[{}]", self.host)?;
        } else {
            write!(f, "@{}", self.host)?;
        }
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        write!(f, "/{}", utf8_percent_encode(self.mailbox.as_deref().unwrap_or_default(), IN_PATH))?;
        if let Some(uid_validity) = self.uid_validity {
            write!(f, ";UIDVALIDITY={uid_validity}")?;
        }
        if let Some(uid) = self.uid {
            write!(f, "/;UID={uid}")?;
        }
        Ok(())
    }
}

/// The scheme of a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// TLS from the first octet.
    Imaps,
    /// STARTTLS, unless `--tls` says otherwise.
    Imap,
}

impl Scheme {
    fn parse(text: &str) -> Result<Scheme, PlaceError> {
        if text.eq_ignore_ascii_case("imaps") {
            Ok(Scheme::Imaps)
        } else if text.eq_ignore_ascii_case("imap") {
            Ok(Scheme::Imap)
        } else if text.starts_with(|c: char| c.is_ascii_alphabetic())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
        {
            // scheme = ALPHA *( ALPHA / DIGIT / "+" / "-" / "." ) (RFC 3986 section 3.1)
            Err(PlaceError::UnknownScheme { scheme: text.to_owned() })
        } else {
            Err(PlaceError::NotUrl)
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Scheme::Imaps => "imaps",
            Scheme::Imap => "imap",
        })
    }
}

/// How a place wants the login to be done (RFC 5092 section 3.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Auth {
    /// `;AUTH=*`: whatever suits both sides.
    Any,
    /// `;AUTH=PLAIN`: this SASL mechanism, in capitals.
    Mechanism(String),
}

/// Why a place cannot be used. Offsets count octets from the start of what was typed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PlaceError {
    #[error("a place is written as a URL, and this is none")]
    NotUrl,
    #[error("a place begins with imaps:// or imap://, not with {scheme}://")]
    UnknownScheme { scheme: String },
    #[error(
        "a password in a place is refused: it would stay in the shell's history and in the list of processes"
    )]
    Password,
    #[error("the place names no user")]
    MissingUser,
    #[error("the place names no host")]
    MissingHost,
    #[error("after the user name only ;AUTH= may follow (octet {offset})")]
    UserParameter { offset: usize },
    #[error("that is no name of a login mechanism (octet {offset})")]
    BadMechanism { offset: usize },
    #[error("that is no host name (octet {offset})")]
    BadHost { offset: usize },
    #[error("that is no host name: it is not plain ASCII (octet {offset})")]
    HostNotAscii { offset: usize },
    #[error("that is no IPv6 address in brackets (octet {offset})")]
    BadAddress { offset: usize },
    #[error("a port is a number from 1 to 65535 (octet {offset})")]
    BadPort { offset: usize },
    #[error("a % is followed by two hexadecimal digits (octet {offset})")]
    BadPercent { offset: usize },
    #[error("the decoded name is not UTF-8 (octet {offset})")]
    NotUtf8 { offset: usize },
    #[error("a control character has no business in a place (octet {offset})")]
    ControlCharacter { offset: usize },
    #[error("{what} in a place is not supported yet (octet {offset})")]
    NotSupported { what: Unsupported, offset: usize },
    #[error("that is no parameter of a place (octet {offset})")]
    UnknownParameter { offset: usize },
    #[error("{parameter} stands twice in the place (octet {offset})")]
    Repeated { parameter: Parameter, offset: usize },
    #[error("{parameter} is a number from 1 to 4294967295 (octet {offset})")]
    BadNumber { parameter: Parameter, offset: usize },
}

impl PlaceError {
    /// What the person can do about it.
    pub(crate) fn hint(&self) -> &'static str {
        match self {
            PlaceError::NotUrl | PlaceError::UnknownScheme { .. } => "write imaps://user@host/mailbox",
            PlaceError::Password => {
                "leave the password out and give it with --password-command, --password-file, \
                 the environment variable TAYORI_PASSWORD, or when asked for; a : in a user name is written %3A"
            }
            PlaceError::MissingUser => {
                "write imaps://user@host/mailbox; a / in a user name is written %2F, a @ may stay"
            }
            PlaceError::MissingHost => "write imaps://user@host/mailbox",
            PlaceError::UserParameter { .. } => "a ; in a user name is written %3B",
            PlaceError::BadMechanism { .. } => "write ;AUTH=PLAIN, or ;AUTH=* for any",
            PlaceError::BadHost { .. } => "an IPv6 address stands in brackets: [::1]",
            PlaceError::HostNotAscii { .. } => "write the name in its xn-- form",
            PlaceError::BadAddress { .. } => "write [::1] or [2001:db8::1], without a zone",
            PlaceError::BadPort { .. } => "leave it out for the usual port: 993 for imaps, 143 for imap",
            PlaceError::BadPercent { .. } => "a % that stands for itself is written %25",
            PlaceError::NotUtf8 { .. } | PlaceError::ControlCharacter { .. } => {
                "names are written as they are, or percent-encoded from UTF-8"
            }
            PlaceError::NotSupported { what: Unsupported::Search, .. } => {
                "name messages with --number, --uid, --last or --all; a ? in a mailbox name is written %3F"
            }
            PlaceError::NotSupported { .. } => "leave it out: the whole message is fetched",
            PlaceError::UnknownParameter { .. } => {
                "known are ;UIDVALIDITY= and ;UID=; a ; in a mailbox name is written %3B"
            }
            PlaceError::Repeated { .. } => "write it once",
            PlaceError::BadNumber { .. } => "a ; in a mailbox name is written %3B",
        }
    }
}

/// Parts of RFC 5092 that are recognised and refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unsupported {
    /// `/;SECTION=`: a part of a message.
    Section,
    /// `/;PARTIAL=`: a range of octets.
    Partial,
    /// `?`: a search program.
    Search,
    /// `;EXPIRE=` and `;URLAUTH=`: RFC 4467 URLs.
    UrlAuth,
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unsupported::Section => ";SECTION=",
            Unsupported::Partial => ";PARTIAL=",
            Unsupported::Search => "a search (?)",
            Unsupported::UrlAuth => ";URLAUTH=",
        })
    }
}

/// Parameters that are understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parameter {
    /// `;UIDVALIDITY=`
    UidValidity,
    /// `;UID=`
    Uid,
}

impl fmt::Display for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Parameter::UidValidity => ";UIDVALIDITY=",
            Parameter::Uid => ";UID=",
        })
    }
}

/// Replaces what could be a password in something that was typed and is about to be shown in an error that this
/// module did not make.
///
/// Cuts more than needed: everything from the scheme to the last `@`, as soon as a `:` stands there.
pub(crate) fn mask_password(typed: &str) -> Cow<'_, str> {
    let masked = typed.split_once("://").and_then(|(scheme, rest)| {
        let (userinfo, server) = rest.rsplit_once('@')?;
        userinfo.contains(':').then(|| format!("{scheme}://***@{server}"))
    });
    masked.map_or(Cow::Borrowed(typed), Cow::Owned)
}

/// A piece of the URL and where it starts.
#[derive(Clone, Copy)]
struct Span<'a> {
    text: &'a str,
    offset: usize,
}

impl<'a> Span<'a> {
    fn whole(text: &'a str) -> Span<'a> {
        Span { text, offset: 0 }
    }

    fn from(self, start: usize) -> Span<'a> {
        Span { text: &self.text[start..], offset: self.offset + start }
    }

    fn to(self, end: usize) -> Span<'a> {
        Span { text: &self.text[..end], ..self }
    }

    fn split_once(self, separator: &str) -> Option<(Span<'a>, Span<'a>)> {
        let at = self.text.find(separator)?;
        Some((self.to(at), self.from(at + separator.len())))
    }

    fn rsplit_once(self, separator: &str) -> Option<(Span<'a>, Span<'a>)> {
        let at = self.text.rfind(separator)?;
        Some((self.to(at), self.from(at + separator.len())))
    }

    fn strip_prefix_ignoring_case(self, prefix: &str) -> Option<Span<'a>> {
        let head = self.text.get(..prefix.len())?;
        head.eq_ignore_ascii_case(prefix).then(|| self.from(prefix.len()))
    }
}

/// There is no `@` before the first slash. With one behind it and a colon before, a password with a slash in it
/// is likelier than a forgotten user.
fn missing_user(authority: Span<'_>, path: Span<'_>) -> PlaceError {
    let port = authority.text.rsplit_once(':').map(|(_, port)| port);
    match port {
        Some(port) if path.text.contains('@') && parse_port(port).is_none() => PlaceError::Password,
        _ if authority.text.is_empty() => PlaceError::MissingHost,
        _ => PlaceError::MissingUser,
    }
}

/// iuserinfo = enc-user \[iauth\] / \[enc-user\] iauth
///
/// The user is required here: anonymous access has no mailbox of its own to fetch from.
fn parse_userinfo(userinfo: Span<'_>) -> Result<(String, Option<Auth>), PlaceError> {
    // Before anything else, so that no other error is found in, and points at, a password.
    if userinfo.text.contains(':') {
        return Err(PlaceError::Password);
    }
    let (user, auth) = match userinfo.split_once(";") {
        None => (userinfo, None),
        Some((user, parameter)) => {
            let mechanism = parameter
                .strip_prefix_ignoring_case("AUTH=")
                .ok_or(PlaceError::UserParameter { offset: parameter.offset })?;
            (user, Some(parse_auth(mechanism)?))
        }
    };
    if user.text.is_empty() {
        return Err(PlaceError::MissingUser);
    }
    Ok((decode(user)?, auth))
}

/// iauth = ";AUTH=" ( "*" / enc-auth-type )
///
/// sasl-mech = 1*20mech-char; mech-char = UPPER-ALPHA / DIGIT / HYPHEN / UNDERSCORE (RFC 4422 section 3.1);
/// small letters are accepted and turned into capitals.
fn parse_auth(mechanism: Span<'_>) -> Result<Auth, PlaceError> {
    if mechanism.text == "*" {
        return Ok(Auth::Any);
    }
    let name = decode(mechanism)?;
    let valid = (1..=20).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if !valid {
        return Err(PlaceError::BadMechanism { offset: mechanism.offset });
    }
    Ok(Auth::Mechanism(name.to_ascii_uppercase()))
}

/// iserver = host \[ ":" port \]
fn parse_server(server: Span<'_>) -> Result<(String, Option<NonZeroU16>), PlaceError> {
    if server.text.starts_with('[') {
        let bad = PlaceError::BadAddress { offset: server.offset };
        let (address, rest) = server.from(1).split_once("]").ok_or(bad.clone())?;
        // Written back in the one canonical form (RFC 5952).
        let host = address.text.parse::<Ipv6Addr>().map_err(|_| bad)?.to_string();
        return match rest.text.strip_prefix(':') {
            None if rest.text.is_empty() => Ok((host, None)),
            None => Err(PlaceError::BadPort { offset: rest.offset }),
            Some(_) => Ok((host, Some(expect_port(rest.from(1))?))),
        };
    }
    let (host, port) = match server.split_once(":") {
        None => (server, None),
        Some((host, port)) => (host, Some(port)),
    };
    if host.text.is_empty() && port.is_none_or(|port| !port.text.contains(':')) {
        return Err(PlaceError::MissingHost);
    }
    // More than one colon: an IPv6 address without brackets.
    if port.is_some_and(|port| port.text.contains(':')) {
        return Err(PlaceError::BadHost { offset: server.offset });
    }
    check_host(host)?;
    Ok((host.text.to_owned(), port.map(expect_port).transpose()?))
}

/// Letters, digits, hyphens and underscores in labels of 1 to 63, 253 in all (RFC 1035 section 2.3.4); one final
/// dot is allowed. Anything percent-encoded is refused: no server has such a name.
fn check_host(host: Span<'_>) -> Result<(), PlaceError> {
    let name = host.text.strip_suffix('.').unwrap_or(host.text);
    if let Some(at) = name.find(|c: char| !c.is_ascii()) {
        return Err(PlaceError::HostNotAscii { offset: host.offset + at });
    }
    let bad_at = |at| PlaceError::BadHost { offset: host.offset + at };
    if let Some(at) = name.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))) {
        return Err(bad_at(at));
    }
    let labels_fit = name.split('.').all(|label| (1..=63).contains(&label.len()));
    if name.len() > 253 || !labels_fit {
        return Err(bad_at(0));
    }
    Ok(())
}

fn expect_port(port: Span<'_>) -> Result<NonZeroU16, PlaceError> {
    parse_port(port.text).ok_or(PlaceError::BadPort { offset: port.offset })
}

fn parse_port(text: &str) -> Option<NonZeroU16> {
    // Looked at first, since the standard library's parser also accepts a plus sign.
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// What stands behind the first slash.
struct Message {
    mailbox: Option<String>,
    uid_validity: Option<NonZeroU32>,
    uid: Option<NonZeroU32>,
}

/// enc-mailbox \[uidvalidity\] \[iuid\], where
/// uidvalidity = ";UIDVALIDITY=" nz-number and iuid = "/" ";UID=" nz-number
///
/// Accepted beside it: `;UID=` without its slash, and the two in either order.
fn parse_path(path: Span<'_>) -> Result<Message, PlaceError> {
    if let Some(at) = path.text.find('?') {
        return Err(PlaceError::NotSupported { what: Unsupported::Search, offset: path.offset + at });
    }
    let (mailbox, mut rest) = match path.split_once(";") {
        None => (path, None),
        Some((mailbox, rest)) => (mailbox, Some(rest)),
    };
    let mut uid_validity = None;
    let mut uid = None;
    // The slash before ";UID=" belongs to the parameter, not to the mailbox name before it.
    let mut mailbox_end = mailbox.text.len();
    if rest.is_some_and(|rest| rest.strip_prefix_ignoring_case("UID=").is_some()) {
        mailbox_end = mailbox.text.strip_suffix('/').unwrap_or(mailbox.text).len();
    }
    while let Some(parameters) = rest {
        let (this, next) = match parameters.split_once(";") {
            None => (parameters, None),
            Some((this, next)) => {
                (this.to(this.text.strip_suffix('/').unwrap_or(this.text).len()), Some(next))
            }
        };
        let (parameter, number) = expect_parameter(this)?;
        let slot = match parameter {
            Parameter::UidValidity => &mut uid_validity,
            Parameter::Uid => &mut uid,
        };
        if slot.is_some() {
            return Err(PlaceError::Repeated { parameter, offset: this.offset });
        }
        *slot = Some(
            parse_nz_number(number.text).ok_or(PlaceError::BadNumber { parameter, offset: number.offset })?,
        );
        rest = next;
    }
    let mailbox = match mailbox.to(mailbox_end) {
        Span { text: "", .. } => None,
        name => Some(decode(name)?),
    };
    Ok(Message { mailbox, uid_validity, uid })
}

fn expect_parameter(parameter: Span<'_>) -> Result<(Parameter, Span<'_>), PlaceError> {
    const UNSUPPORTED: &[(&str, Unsupported)] = &[
        ("SECTION=", Unsupported::Section),
        ("PARTIAL=", Unsupported::Partial),
        ("EXPIRE=", Unsupported::UrlAuth),
        ("URLAUTH=", Unsupported::UrlAuth),
    ];
    if let Some(number) = parameter.strip_prefix_ignoring_case("UIDVALIDITY=") {
        return Ok((Parameter::UidValidity, number));
    }
    if let Some(number) = parameter.strip_prefix_ignoring_case("UID=") {
        return Ok((Parameter::Uid, number));
    }
    let offset = parameter.offset;
    for (name, what) in UNSUPPORTED {
        if parameter.strip_prefix_ignoring_case(name).is_some() {
            return Err(PlaceError::NotSupported { what: *what, offset });
        }
    }
    Err(PlaceError::UnknownParameter { offset })
}

/// nz-number = digit-nz *DIGIT, below 4,294,967,296 (RFC 9051 section 9)
fn parse_nz_number(text: &str) -> Option<NonZeroU32> {
    let well_formed = text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
    well_formed.then(|| text.parse().ok()).flatten()
}

/// Undoes percent-encoding; what was not encoded stays.
fn decode(span: Span<'_>) -> Result<String, PlaceError> {
    let raw = span.text.as_bytes();
    let mut octets = Vec::with_capacity(raw.len());
    // Where in the URL each decoded octet came from, for the offset in an error.
    let mut origins = Vec::with_capacity(raw.len());
    let mut at = 0;
    while let Some(&octet) = raw.get(at) {
        origins.push(span.offset + at);
        if octet == b'%' {
            let digits = raw.get(at + 1..at + 3).and_then(parse_hex_pair);
            octets.push(digits.ok_or(PlaceError::BadPercent { offset: span.offset + at })?);
            at += 3;
        } else {
            octets.push(octet);
            at += 1;
        }
    }
    let text = String::from_utf8(octets)
        .map_err(|err| PlaceError::NotUtf8 { offset: origins[err.utf8_error().valid_up_to()] })?;
    match text.char_indices().find(|(_, c)| c.is_control()) {
        Some((at, _)) => Err(PlaceError::ControlCharacter { offset: origins[at] }),
        None => Ok(text),
    }
}

fn parse_hex_pair(pair: &[u8]) -> Option<u8> {
    let [high, low] = pair else { return None };
    let digit = |octet: u8| char::from(octet).to_digit(16);
    u8::try_from(digit(*high)? * 16 + digit(*low)?).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Every place that parses is written back canonically, and that parses to the same.
    fn check(url: &str, canonical: &str) -> Place {
        let place: Place = url.parse().unwrap_or_else(|err| panic!("{url}: {err}"));
        assert_eq!(place.to_string(), canonical);
        assert_eq!(canonical.parse(), Ok(place.clone()));
        place
    }

    fn check_refused(url: &str, expected: PlaceError) {
        assert_eq!(url.parse::<Place>(), Err(expected), "{url}");
    }

    #[test]
    fn the_parts_of_a_place() {
        let place = check(
            "imaps://ann@mail.example.org:1993/Archive/2024;UIDVALIDITY=385759045/;UID=20",
            "imaps://ann@mail.example.org:1993/Archive/2024;UIDVALIDITY=385759045/;UID=20",
        );
        assert_eq!(place.scheme(), Scheme::Imaps);
        assert_eq!(place.user(), "ann");
        assert_eq!(place.auth(), None);
        assert_eq!(place.host(), "mail.example.org");
        assert_eq!(place.port(), NonZeroU16::new(1993));
        assert_eq!(place.mailbox(), "Archive/2024");
        assert_eq!(place.uid_validity(), NonZeroU32::new(385_759_045));
        assert_eq!(place.uid(), NonZeroU32::new(20));
    }

    #[test]
    fn the_mailbox_may_be_left_out() {
        for (url, canonical) in [
            ("imap://ann@host", "imap://ann@host/"),
            ("imap://ann@host/", "imap://ann@host/"),
            ("IMAPS://ann@host:993", "imaps://ann@host:993/"),
            ("imap://ann@host/;UID=7", "imap://ann@host//;UID=7"),
            ("imap://ann@host//;UID=7", "imap://ann@host//;UID=7"),
        ] {
            let place = check(url, canonical);
            assert_eq!(place.mailbox(), "INBOX");
            assert_eq!(place.named_mailbox(), None);
        }
        assert_eq!(check("imap://ann@host/INBOX", "imap://ann@host/INBOX").named_mailbox(), Some("INBOX"));
    }

    #[test]
    fn users_as_people_type_them() {
        let ann = "imaps://ann%40example.org@mail.example.org/INBOX";
        check(ann, ann);
        let lenient = check("imaps://ann@example.org@mail.example.org/INBOX", ann);
        assert_eq!(lenient.user(), "ann@example.org");
        assert_eq!(check("imaps://a%3Ab@host", "imaps://a%3Ab@host/").user(), "a:b");
        assert_eq!(
            check("imaps://EXAMPLE%5cann%2F1@host", "imaps://EXAMPLE%5Cann%2F1@host/").user(),
            "EXAMPLE\\ann/1"
        );
        assert_eq!(check("imaps://便り@host", "imaps://%E4%BE%BF%E3%82%8A@host/").user(), "便り");
        assert_eq!(check("imaps://a \"b\"@host", "imaps://a%20%22b%22@host/").user(), "a \"b\"");
    }

    #[test]
    fn the_login_mechanism_is_kept() {
        let place = check("imap://ann;AUTH=PLAIN@host/INBOX", "imap://ann;AUTH=PLAIN@host/INBOX");
        assert_eq!(place.auth(), Some(&Auth::Mechanism("PLAIN".to_owned())));
        let place = check("imap://ann;auth=*@host", "imap://ann;AUTH=*@host/");
        assert_eq!(place.auth(), Some(&Auth::Any));
        check("imap://ann@x.org;AUTH=scram%2Dsha-256@host", "imap://ann%40x.org;AUTH=SCRAM-SHA-256@host/");
    }

    #[test]
    fn hosts() {
        assert_eq!(check("imaps://a@[::1]", "imaps://a@[::1]/").host(), "::1");
        check("imaps://a@[2001:DB8:0:0::1]:1993/x", "imaps://a@[2001:db8::1]:1993/x");
        check("imaps://a@127.0.0.1:10993/x", "imaps://a@127.0.0.1:10993/x");
        check("imaps://a@mail.example.org./x", "imaps://a@mail.example.org./x");
        check("imaps://a@my_host-1/x", "imaps://a@my_host-1/x");
    }

    #[test]
    fn a_mailbox_name_is_only_a_name() {
        let name = |url, canonical| check(url, canonical).mailbox().to_owned();
        assert_eq!(name("imaps://a@h/../../etc/passwd", "imaps://a@h/../../etc/passwd"), "../../etc/passwd");
        assert_eq!(name("imaps://a@h/a%2Fb", "imaps://a@h/a/b"), "a/b");
        assert_eq!(name("imaps://a@h//a//", "imaps://a@h//a//"), "/a//");
        assert_eq!(name("imaps://a@h/Sent Items", "imaps://a@h/Sent%20Items"), "Sent Items");
        assert_eq!(name("imaps://a@h/#news.comp", "imaps://a@h/%23news.comp"), "#news.comp");
        assert_eq!(name("imaps://a@h/100%25", "imaps://a@h/100%25"), "100%");
        assert_eq!(name("imaps://a@h/why%3f%3b", "imaps://a@h/why%3F%3B"), "why?;");
        assert_eq!(name("imaps://a@h/a@b:c", "imaps://a@h/a%40b%3Ac"), "a@b:c");
        assert_eq!(name("imaps://a@h/Entw&APw-rfe", "imaps://a@h/Entw%26APw-rfe"), "Entw&APw-rfe");
        assert_eq!(name("imaps://a@h/便り/%E4%BE%BF", "imaps://a@h/%E4%BE%BF%E3%82%8A/%E4%BE%BF"), "便り/便");
    }

    #[test]
    fn parameters_in_the_forms_people_write() {
        for url in [
            "imaps://a@h/x;UIDVALIDITY=3;UID=20",
            "imaps://a@h/x;uidvalidity=3/;uid=20",
            "imaps://a@h/x/;UID=20;UIDVALIDITY=3",
        ] {
            check(url, "imaps://a@h/x;UIDVALIDITY=3/;UID=20");
        }
        // The slash before UIDVALIDITY belongs to the name, the one before UID does not.
        check("imaps://a@h/x/;UIDVALIDITY=3", "imaps://a@h/x/;UIDVALIDITY=3");
        check("imaps://a@h/x//;UID=4294967295", "imaps://a@h/x//;UID=4294967295");
    }

    #[test]
    fn a_password_is_refused_and_never_repeated() {
        for url in [
            "imaps://ann:hunter2@host/INBOX",
            "imaps://ann:@host/INBOX",
            "imaps://:hunter2@host/INBOX",
            "imaps://ann:hunter2%zz@host:0/INBOX",
            "imaps://ann:hun@ter2@host/INBOX",
            "imaps://ann@example.org:hunter2@host/INBOX",
            "imaps://ann;AUTH=PLAIN:hunter2@host/INBOX",
            "imaps://ann:hunter2;AUTH=PLAIN@host/INBOX",
            "imaps://ann:hunt/er2@host/INBOX",
        ] {
            check_refused(url, PlaceError::Password);
        }
        let shown = format!("{0} {0:?} {1}", PlaceError::Password, PlaceError::Password.hint());
        assert!(!shown.contains("hunter2"));
    }

    #[test]
    fn what_is_missing_is_named() {
        check_refused("imaps://host/INBOX", PlaceError::MissingUser);
        check_refused("imaps://host:993/INBOX/a@b", PlaceError::MissingUser);
        check_refused("imaps://@host/INBOX", PlaceError::MissingUser);
        check_refused("imaps://;AUTH=*@host/INBOX", PlaceError::MissingUser);
        check_refused("imaps://ann@/INBOX", PlaceError::MissingHost);
        check_refused("imaps://ann@:993/INBOX", PlaceError::MissingHost);
        check_refused("imaps://", PlaceError::MissingHost);
        check_refused("imaps:///INBOX", PlaceError::MissingHost);
    }

    #[test]
    fn other_schemes_and_no_urls() {
        for scheme in ["http", "pop3s", "imap+ssl", "IMAPX"] {
            check_refused(
                &format!("{scheme}://ann@host/"),
                PlaceError::UnknownScheme { scheme: scheme.to_owned() },
            );
        }
        for url in ["", "ann@host", "host", "imaps:ann@host", "ann:hunter2@host", "://ann@host", "a b://c@d"]
        {
            check_refused(url, PlaceError::NotUrl);
        }
        assert_eq!(
            "pop3://ann@host/".parse::<Place>().unwrap_err().to_string(),
            "a place begins with imaps:// or imap://, not with pop3://"
        );
    }

    #[test]
    fn bad_hosts_and_ports_are_pointed_at() {
        check_refused("imaps://a@h:0/", PlaceError::BadPort { offset: 12 });
        check_refused("imaps://a@h:/", PlaceError::BadPort { offset: 12 });
        check_refused("imaps://a@h:65536/", PlaceError::BadPort { offset: 12 });
        check_refused("imaps://a@h:+1/", PlaceError::BadPort { offset: 12 });
        check_refused("imaps://a@[::1]:x/", PlaceError::BadPort { offset: 16 });
        check_refused("imaps://a@[::1]993/", PlaceError::BadPort { offset: 15 });
        check_refused("imaps://a@::1/", PlaceError::BadHost { offset: 10 });
        check_refused("imaps://a@2001:db8::1/", PlaceError::BadHost { offset: 10 });
        check_refused("imaps://a@[::1/", PlaceError::BadAddress { offset: 10 });
        check_refused("imaps://a@[1.2.3.4]/", PlaceError::BadAddress { offset: 10 });
        check_refused("imaps://a@[fe80::1%25eth0]/", PlaceError::BadAddress { offset: 10 });
        check_refused("imaps://a@h st/", PlaceError::BadHost { offset: 11 });
        check_refused("imaps://a@h;UID=1", PlaceError::BadHost { offset: 11 });
        check_refused("imaps://a@h%41/", PlaceError::BadHost { offset: 11 });
        check_refused("imaps://a@a..b/", PlaceError::BadHost { offset: 10 });
        check_refused(&format!("imaps://a@{}/", "x".repeat(64)), PlaceError::BadHost { offset: 10 });
        check_refused(&format!("imaps://a@{}/", "x.".repeat(130)), PlaceError::BadHost { offset: 10 });
        check_refused("imaps://a@bücher.example/", PlaceError::HostNotAscii { offset: 11 });
    }

    #[test]
    fn bad_encodings_are_pointed_at() {
        check_refused("imaps://a%4@h/", PlaceError::BadPercent { offset: 9 });
        check_refused("imaps://a@h/100%", PlaceError::BadPercent { offset: 15 });
        check_refused("imaps://a@h/%+1", PlaceError::BadPercent { offset: 12 });
        check_refused("imaps://a@h/%e4%be", PlaceError::NotUtf8 { offset: 12 });
        check_refused("imaps://a@h/ok%C3%A4%FF", PlaceError::NotUtf8 { offset: 20 });
        check_refused("imaps://%ff@h/", PlaceError::NotUtf8 { offset: 8 });
    }

    #[test]
    fn control_characters_are_refused_raw_and_encoded() {
        check_refused("imaps://a%00@h/", PlaceError::ControlCharacter { offset: 9 });
        check_refused("imaps://a@h/x%0D%0Ay", PlaceError::ControlCharacter { offset: 13 });
        check_refused("imaps://a@h/x%C2%85", PlaceError::ControlCharacter { offset: 13 });
        check_refused("imaps://a@h/x%7f", PlaceError::ControlCharacter { offset: 13 });
        check_refused("imaps://a;AUTH=%00@h/", PlaceError::ControlCharacter { offset: 15 });
        check_refused("imaps://a@h/x\ny", PlaceError::ControlCharacter { offset: 13 });
        check_refused("imaps://a@h\x1b/", PlaceError::ControlCharacter { offset: 11 });
    }

    #[test]
    fn what_is_not_supported_yet_is_named() {
        let refused = |what, offset| PlaceError::NotSupported { what, offset };
        check_refused("imaps://a@h/x/;UID=2/;SECTION=1.2", refused(Unsupported::Section, 22));
        check_refused("imaps://a@h/x/;uid=2/;partial=0.99", refused(Unsupported::Partial, 22));
        check_refused("imaps://a@h/x?SUBJECT%20a", refused(Unsupported::Search, 13));
        check_refused("imaps://a@h/x;UID=1;URLAUTH=anonymous:INTERNAL:1", refused(Unsupported::UrlAuth, 20));
        assert_eq!(
            refused(Unsupported::Section, 22).to_string(),
            ";SECTION= in a place is not supported yet (octet 22)"
        );
    }

    #[test]
    fn parameters_that_cannot_be_read() {
        let bad = |parameter, offset| PlaceError::BadNumber { parameter, offset };
        check_refused("imaps://a@h/x;UID=", bad(Parameter::Uid, 18));
        check_refused("imaps://a@h/x;UID=0", bad(Parameter::Uid, 18));
        check_refused("imaps://a@h/x;UID=4294967296", bad(Parameter::Uid, 18));
        check_refused("imaps://a@h/x;UID=1:5", bad(Parameter::Uid, 18));
        check_refused("imaps://a@h/x;UID=+5", bad(Parameter::Uid, 18));
        check_refused("imaps://a@h/x;UID=20/", bad(Parameter::Uid, 18));
        check_refused("imaps://a@h/x;UIDVALIDITY=-1;UID=1", bad(Parameter::UidValidity, 26));
        check_refused("imaps://a@h/x;", PlaceError::UnknownParameter { offset: 14 });
        check_refused("imaps://a@h/x;TYPE=LIST", PlaceError::UnknownParameter { offset: 14 });
        check_refused(
            "imaps://a@h/x;UID=1;UID=1",
            PlaceError::Repeated { parameter: Parameter::Uid, offset: 20 },
        );
        check_refused("imaps://a;b@h/", PlaceError::UserParameter { offset: 10 });
        check_refused("imaps://a;AUTH=@h/", PlaceError::BadMechanism { offset: 15 });
        check_refused("imaps://a;AUTH=A*@h/", PlaceError::BadMechanism { offset: 15 });
    }

    #[test]
    fn masking_cuts_rather_too_much() {
        for (typed, shown) in [
            ("imaps://ann:hunter2@host/x", "imaps://***@host/x"),
            ("imaps://ann:hun/ter@2@host/x", "imaps://***@host/x"),
            ("imaps://ann@host:993/x", "imaps://ann@host:993/x"),
            ("imaps://ann@host/x", "imaps://ann@host/x"),
            ("--tls=none", "--tls=none"),
        ] {
            assert_eq!(mask_password(typed), shown);
        }
    }

    fn name() -> impl Strategy<Value = String> {
        any::<String>()
            .prop_map(|text| text.replace(char::is_control, ""))
            .prop_filter("not empty", |text| !text.is_empty())
    }

    prop_compose! {
        fn place()(
            scheme in prop_oneof![Just(Scheme::Imap), Just(Scheme::Imaps)],
            user in name(),
            auth in proptest::option::of(prop_oneof![
                Just(Auth::Any),
                "[A-Z0-9_-]{1,20}".prop_map(Auth::Mechanism),
            ]),
            host in prop_oneof![
                "[a-zA-Z0-9_-]{1,20}(\\.[a-z0-9-]{1,10}){0,3}",
                any::<Ipv6Addr>().prop_map(|address| address.to_string()),
            ],
            port in any::<Option<NonZeroU16>>(),
            mailbox in proptest::option::of(name()),
            uid_validity in any::<Option<NonZeroU32>>(),
            uid in any::<Option<NonZeroU32>>(),
        ) -> Place {
            Place { scheme, user, auth, host, port, mailbox, uid_validity, uid }
        }
    }

    proptest! {
        #[test]
        fn a_place_written_is_the_place_read(place in place()) {
            prop_assert_eq!(place.to_string().parse(), Ok(place));
        }

        #[test]
        fn nothing_typed_panics_and_no_control_character_gets_in(tail in any::<String>()) {
            for url in [tail.clone(), format!("imaps://{tail}"), format!("imap://a@h/{tail}")] {
                if let Ok(place) = url.parse::<Place>() {
                    prop_assert!(!place.user().contains(char::is_control));
                    prop_assert!(!place.mailbox().contains(char::is_control));
                    prop_assert_eq!(place.to_string().parse(), Ok(place));
                }
            }
        }

        #[test]
        fn no_error_repeats_what_stands_behind_the_scheme(secret in "[a-z]{12}", tail in "[:/@;?%\\[\\]A-Z0-9]{0,6}") {
            for url in [
                format!("imaps://ann:{secret}{tail}@host/"),
                format!("imaps://ann{tail}{secret}@host/"),
                format!("imaps://ann{tail}{secret}"),
            ] {
                if let Err(err) = url.parse::<Place>() {
                    let shown = format!("{err} {err:?} {}", err.hint());
                    prop_assert!(!shown.contains(&secret));
                }
            }
        }
    }
}
