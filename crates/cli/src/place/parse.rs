//! Reading a place: the grammar of RFC 5092 section 11, as wide as [`place`](super) says.

use std::net::Ipv6Addr;
use std::num::{NonZeroU16, NonZeroU32};
use std::str::FromStr;

use tayori_account::config::AccountName;

use super::error::{Parameter, PlaceError, Unsupported};
use super::{Auth, Place, Scheme, Server, Url};

impl FromStr for Place {
    type Err = PlaceError;

    fn from_str(typed: &str) -> Result<Place, PlaceError> {
        Place::parse(typed, User::Required)
    }
}

/// Whether a URL has to say who logs in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum User {
    Required,
    Optional,
}

impl Place {
    /// A place for somebody who only wants to get to the server: `imaps://host/` will do.
    pub(crate) fn of_server(typed: &str) -> Result<Place, PlaceError> {
        Place::parse(typed, User::Optional)
    }

    fn parse(typed: &str, wanted: User) -> Result<Place, PlaceError> {
        if let Some((offset, _)) = typed.char_indices().find(|(_, c)| c.is_control()) {
            return Err(PlaceError::ControlCharacter { offset });
        }
        let typed = Span::whole(typed);
        let (server, path) = match typed.split_once("://") {
            None => parse_account(typed)?,
            Some((scheme, rest)) => {
                let (url, path) = parse_url(scheme, rest, wanted)?;
                (Server::Url(url), path)
            }
        };
        let message = parse_path(path)?;
        Ok(Place { server, mailbox: message.mailbox, uid_validity: message.uid_validity, uid: message.uid })
    }
}

/// The name of an account, which is a word, or its mail address, and what stands behind its colon.
fn parse_account(typed: Span<'_>) -> Result<(Server, Span<'_>), PlaceError> {
    let (name, path) = typed.split_once(":").unwrap_or((typed, typed.from(typed.text.len())));
    let is_address = name.text.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && check_host(Span::whole(domain)).is_ok() && !local.contains(['/', ' ', ';'])
    });
    match is_address || AccountName::new(name.text).is_ok() {
        true => Ok((Server::Account(name.text.to_owned()), path)),
        false => Err(PlaceError::Unknown),
    }
}

/// What stands in front of the path, and the path.
fn parse_url<'a>(scheme: Span<'a>, rest: Span<'a>, wanted: User) -> Result<(Url, Span<'a>), PlaceError> {
    let scheme = parse_scheme(scheme.text)?;
    let (authority, path) = rest.split_once("/").unwrap_or((rest, rest.from(rest.text.len())));
    let ((user, auth), server) = match authority.rsplit_once("@") {
        Some((userinfo, server)) => {
            let (user, auth) = parse_userinfo(userinfo)?;
            ((Some(user), auth), server)
        }
        None => match missing_user(authority, path) {
            PlaceError::MissingUser if wanted == User::Optional => ((None, None), authority),
            error => return Err(error),
        },
    };
    let (host, port) = parse_server(server)?;
    Ok((Url { scheme, user, auth, host, port }, path))
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

/// scheme = ALPHA \*( ALPHA / DIGIT / "+" / "-" / "." ) (RFC 3986 section 3.1)
fn parse_scheme(text: &str) -> Result<Scheme, PlaceError> {
    if text.eq_ignore_ascii_case("imaps") {
        Ok(Scheme::Imaps)
    } else if text.eq_ignore_ascii_case("imap") {
        Ok(Scheme::Imap)
    } else if text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
    {
        Err(PlaceError::UnknownScheme { scheme: text.to_owned() })
    } else {
        Err(PlaceError::Unknown)
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
        let bad = || PlaceError::BadAddress { offset: server.offset };
        let (address, rest) = server.from(1).split_once("]").ok_or_else(bad)?;
        // Written back in the one canonical form (RFC 5952).
        let host = address.text.parse::<Ipv6Addr>().map_err(|_| bad())?.to_string();
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

/// What stands behind the first slash of a URL, or the colon of an account.
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
