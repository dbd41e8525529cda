//! Proxies: where they are, who we are there, and what they say.

use std::fmt;
use std::io;
use std::str::FromStr;
use std::sync::Arc;

use percent_encoding::percent_decode_str;
use tayori_proto::types::Text;
use tokio::net::TcpStream;
use zeroize::Zeroizing;

use super::straight;
use crate::arrival::Arrival;

/// The longest name that SOCKS5 can carry (RFC 1928 section 5), and longer than any name of the DNS.
const TARGET_OCTETS: usize = 255;
/// The longest user name and password that SOCKS5 can carry (RFC 1929 section 2).
const CREDENTIAL_OCTETS: usize = 255;

/// A proxy that connects to servers for us. The name of the server is sent as it is, so that the proxy looks it up
/// (what curl calls `socks5h`), and nothing here asks the DNS for it.
///
/// Read from an address: `socks5://host`, `socks5://user:password@host:1080`, `http://host:3128`. What stands in
/// front of the `@` is percent-decoded. `socks5h` means the same as `socks5`. Neither `Debug` nor `Display` nor an
/// error shows the password.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy(Arc<Address>);

#[derive(PartialEq, Eq)]
struct Address {
    kind: ProxyKind,
    host: String,
    port: u16,
    login: Option<(String, Zeroizing<String>)>,
}

/// How a proxy is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProxyKind {
    /// SOCKS version 5 (RFC 1928), with or without user and password (RFC 1929).
    Socks5,
    /// The method CONNECT of HTTP (RFC 9110 section 9.3.6), with or without Basic (RFC 7617).
    Http,
}

impl fmt::Display for ProxyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Socks5 => "SOCKS5",
            Self::Http => "HTTP",
        })
    }
}

impl Proxy {
    /// How it is spoken to.
    pub fn kind(&self) -> ProxyKind {
        self.0.kind
    }

    /// Whether it has a password.
    pub fn has_password(&self) -> bool {
        self.0.login.as_ref().is_some_and(|(_, password)| !password.is_empty())
    }

    /// Whether it has a user, with or without a password.
    pub fn has_login(&self) -> bool {
        self.0.login.is_some()
    }

    /// Its address as it is read, without user and password: `socks5://host:1080`.
    pub fn url(&self) -> String {
        let scheme = match self.0.kind {
            ProxyKind::Socks5 => "socks5",
            ProxyKind::Http => "http",
        };
        match self.0.host.contains(':') {
            true => format!("{scheme}://[{}]:{}", self.0.host, self.0.port),
            false => format!("{scheme}://{}:{}", self.0.host, self.0.port),
        }
    }

    pub(super) fn login(&self) -> Option<(&str, &str)> {
        self.0.login.as_ref().map(|(user, password)| (&**user, &***password))
    }

    /// A connection with the proxy itself.
    pub(super) async fn connect(&self, arrival: &mut Arrival) -> Result<TcpStream, ProxyError> {
        let connected = straight(&self.0.host, self.0.port, arrival).await;
        connected.map_err(|source| ProxyError::Unreachable { proxy: self.clone(), source: Arc::new(source) })
    }

    pub(super) fn broken(&self, source: io::Error) -> ProxyError {
        ProxyError::Broken { proxy: self.clone(), source: Arc::new(source) }
    }

    pub(super) fn not_spoken(&self, detail: &'static str) -> ProxyError {
        ProxyError::Protocol { proxy: self.clone(), detail }
    }

    pub(super) fn refused(&self, refusal: ProxyRefusal) -> ProxyError {
        ProxyError::Refused { proxy: self.clone(), refusal }
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bracketed = self.0.host.contains(':');
        match bracketed {
            true => write!(f, "{} proxy [{}]:{}", self.0.kind, self.0.host, self.0.port),
            false => write!(f, "{} proxy {}:{}", self.0.kind, self.0.host, self.0.port),
        }
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let login = self.0.login.as_ref().map(|(user, _)| (user, "***"));
        f.debug_struct("Proxy")
            .field("kind", &self.0.kind)
            .field("host", &self.0.host)
            .field("port", &self.0.port)
            .field("login", &login)
            .finish()
    }
}

impl FromStr for Proxy {
    type Err = ProxyUrlError;

    fn from_str(text: &str) -> Result<Self, ProxyUrlError> {
        let (scheme, rest) = text.split_once("://").ok_or(ProxyUrlError::Scheme)?;
        let (kind, default) = match &*scheme.to_ascii_lowercase() {
            // The port of RFC 1928; for HTTP there is no usual one.
            "socks5" | "socks5h" => (ProxyKind::Socks5, Some(1080)),
            "http" => (ProxyKind::Http, None),
            _ => return Err(ProxyUrlError::Scheme),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (login, place) = match rest.rsplit_once('@') {
            Some((login, place)) => (Some(self::login(login)?), place),
            None => (None, rest),
        };
        let (host, port) = match place.strip_prefix('[') {
            Some(rest) => rest.split_once(']').ok_or(ProxyUrlError::Host)?,
            None => place.split_at(place.find(':').unwrap_or(place.len())),
        };
        if check_target(host).is_err() {
            return Err(ProxyUrlError::Host);
        }
        let port = match port.strip_prefix(':') {
            Some(port) => port.parse().ok().filter(|port| *port != 0).ok_or(ProxyUrlError::Port)?,
            None if port.is_empty() => default.ok_or(ProxyUrlError::Port)?,
            None => return Err(ProxyUrlError::Host),
        };
        Ok(Self(Arc::new(Address { kind, host: host.to_owned(), port, login })))
    }
}

fn login(text: &str) -> Result<(String, Zeroizing<String>), ProxyUrlError> {
    let (user, password) = text.split_once(':').unwrap_or((text, ""));
    let decode = |text| {
        let decoded = percent_decode_str(text).decode_utf8().map_err(|_| ProxyUrlError::Login)?;
        let fits = decoded.len() <= CREDENTIAL_OCTETS && !decoded.contains(char::is_control);
        fits.then(|| decoded.into_owned()).ok_or(ProxyUrlError::Login)
    };
    let user = decode(user)?;
    // HTTP has no way to say it (RFC 7617 section 2).
    if user.is_empty() || user.contains(':') {
        return Err(ProxyUrlError::Login);
    }
    Ok((user, Zeroizing::new(decode(password)?)))
}

/// Why a text is no address of a proxy. The text is not repeated: it may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProxyUrlError {
    /// Another scheme, or none. Proxies that are spoken to with TLS (`https://`) are not known here.
    #[error("the address of a proxy begins with socks5:// or http://")]
    Scheme,
    /// No name or address of a host.
    #[error("the address of the proxy names no host")]
    Host,
    /// No port.
    #[error("the address of the proxy has no port, such as http://host:3128")]
    Port,
    /// No user name, or one or a password that cannot be sent.
    #[error("user and password of the proxy cannot be sent")]
    Login,
}

/// What is sent to a proxy as the name of a server: nothing that could be more than a name.
pub(super) fn check_target(host: &str) -> Result<(), ProxyError> {
    let plain =
        |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'.' | b'-' | b'_' | b':' | b'%');
    let is_name = !host.is_empty() && host.len() <= TARGET_OCTETS && host.bytes().all(plain);
    if is_name { Ok(()) } else { Err(ProxyError::Target { host: host.to_owned() }) }
}

/// Why a proxy has not connected to the server. Nothing was sent to the server.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProxyError {
    /// The name of the server cannot be sent to a proxy.
    #[error("{host:?} is not a host name or an address")]
    Target {
        /// As given.
        host: String,
    },
    /// The proxy itself could not be reached.
    #[error("cannot reach the {proxy}: {source}")]
    Unreachable {
        /// The proxy.
        proxy: Proxy,
        /// What the system says.
        source: Arc<io::Error>,
    },
    /// The connection with it broke before it had answered.
    #[error("the connection with the {proxy} broke before it had answered: {source}")]
    Broken {
        /// The proxy.
        proxy: Proxy,
        /// What the system says.
        source: Arc<io::Error>,
    },
    /// What answered is no proxy of this kind.
    #[error("what answers as {proxy} is none: {detail}")]
    Protocol {
        /// The proxy.
        proxy: Proxy,
        /// What was wrong with the answer.
        detail: &'static str,
    },
    /// It wants a user and a password, and there are none.
    #[error("the {proxy} wants a user and a password")]
    WantsLogin {
        /// The proxy.
        proxy: Proxy,
    },
    /// It does not take the user and the password.
    #[error("the {proxy} refuses the user or the password")]
    LoginRefused {
        /// The proxy.
        proxy: Proxy,
    },
    /// It did not connect to the server.
    #[error("the {proxy} has not connected to the server: {refusal}")]
    Refused {
        /// The proxy.
        proxy: Proxy,
        /// What it says.
        refusal: ProxyRefusal,
    },
}

impl ProxyError {
    /// Whether another address of the proxy, or another login, is what helps.
    pub(crate) fn is_of_caller(&self) -> bool {
        matches!(self, Self::Target { .. } | Self::WantsLogin { .. } | Self::LoginRefused { .. })
    }
}

/// What a proxy says when it does not connect.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProxyRefusal {
    /// SOCKS5 reply 1.
    #[error("it failed in a way that it does not explain")]
    General,
    /// SOCKS5 reply 2.
    #[error("its rules do not allow it")]
    NotAllowed,
    /// SOCKS5 reply 3.
    #[error("the network cannot be reached from there")]
    NetworkUnreachable,
    /// SOCKS5 reply 4; also a name that it does not know.
    #[error("the host cannot be reached from there, or its name is not known there")]
    HostUnreachable,
    /// SOCKS5 reply 5.
    #[error("the server refuses the connection")]
    ConnectionRefused,
    /// SOCKS5 reply 6.
    #[error("the way to the host is too long, or took too long")]
    TtlExpired,
    /// SOCKS5 replies 7 and 8.
    #[error("it cannot do that")]
    Unsupported,
    /// A status of HTTP that is not 2xx.
    #[error("status {status}{}", in_brackets(reason))]
    Status {
        /// The number.
        status: u16,
        /// Its words, to be shown escaped and as a quotation.
        reason: Text,
    },
}

fn in_brackets(reason: &Text) -> String {
    match reason.is_empty() {
        true => String::new(),
        false => format!(" ({})", String::from_utf8_lossy(reason.as_bytes())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_kind_host_port_and_login() {
        for (text, shown, login) in [
            ("socks5://proxy.example", "SOCKS5 proxy proxy.example:1080", None),
            ("socks5h://10.0.0.1:9050/", "SOCKS5 proxy 10.0.0.1:9050", None),
            ("SOCKS5://[::1]:9", "SOCKS5 proxy [::1]:9", None),
            ("http://joe:p%40ss%3A%2F@proxy:3128", "HTTP proxy proxy:3128", Some(("joe", "p@ss:/"))),
            ("http://joe@proxy:3128", "HTTP proxy proxy:3128", Some(("joe", ""))),
            ("socks5://a@b:c@proxy", "SOCKS5 proxy proxy:1080", Some(("a@b", "c"))),
        ] {
            let proxy: Proxy = text.parse().unwrap();
            assert_eq!((proxy.to_string().as_str(), proxy.login()), (shown, login), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_not_repeated() {
        for (text, error) in [
            ("", ProxyUrlError::Scheme),
            ("proxy:1080", ProxyUrlError::Scheme),
            ("https://proxy:3128", ProxyUrlError::Scheme),
            ("socks4://proxy", ProxyUrlError::Scheme),
            ("http://proxy", ProxyUrlError::Port),
            ("http://proxy:0", ProxyUrlError::Port),
            ("http://proxy:65536", ProxyUrlError::Port),
            ("socks5://", ProxyUrlError::Host),
            ("socks5://[::1", ProxyUrlError::Host),
            ("socks5://[::1]x", ProxyUrlError::Host),
            ("socks5://a b", ProxyUrlError::Host),
            ("socks5://proxy/path", ProxyUrlError::Host),
            ("socks5://:secret@proxy", ProxyUrlError::Login),
            ("socks5://joe:%00@proxy", ProxyUrlError::Login),
            ("socks5://joe:%ff@proxy", ProxyUrlError::Login),
        ] {
            assert_eq!(text.parse::<Proxy>(), Err(error), "{text}");
        }
        let long = format!("socks5://joe:{}@proxy", "x".repeat(256));
        assert_eq!(long.parse::<Proxy>(), Err(ProxyUrlError::Login));
    }

    #[test]
    fn the_password_of_a_proxy_is_not_shown() {
        let proxy: Proxy = "http://joe:hunter2@proxy:3128".parse().unwrap();
        let error = proxy.not_spoken("x");
        for shown in [format!("{proxy:?}"), proxy.to_string(), format!("{error:?}"), error.to_string()] {
            assert!(!shown.contains("hunter2"), "{shown}");
        }
    }
}
