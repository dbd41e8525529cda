//! How a connection is protected, and which port follows from that.

use std::fmt;
use std::num::NonZeroU16;

use clap::ValueEnum;
use tayori_client::tls::TlsVersion;

use crate::place::Scheme;

/// How a connection is protected. There is no opportunistic mode: what is asked for holds or the connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TlsMode {
    /// TLS from the first octet
    Implicit,
    /// STARTTLS before anything else, required
    #[value(name = "starttls")]
    StartTls,
    /// no protection at all: everybody on the way reads mail and password
    None,
}

impl TlsMode {
    /// The port where servers expect this mode (RFC 8314 section 3.2, RFC 9051 section 2.1).
    fn default_port(self) -> NonZeroU16 {
        const IMAPS: NonZeroU16 = NonZeroU16::new(993).expect("993 is not zero");
        const IMAP: NonZeroU16 = NonZeroU16::new(143).expect("143 is not zero");
        match self {
            TlsMode::Implicit => IMAPS,
            TlsMode::StartTls | TlsMode::None => IMAP,
        }
    }
}

impl fmt::Display for TlsMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TlsMode::Implicit => "implicit",
            TlsMode::StartTls => "starttls",
            TlsMode::None => "none",
        })
    }
}

/// The oldest version of TLS that is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum TlsMinimum {
    /// TLS 1.2
    #[default]
    #[value(name = "1.2")]
    Tls12,
    /// TLS 1.3
    #[value(name = "1.3")]
    Tls13,
}

impl From<TlsMinimum> for TlsVersion {
    fn from(minimum: TlsMinimum) -> Self {
        match minimum {
            TlsMinimum::Tls12 => TlsVersion::Tls12,
            TlsMinimum::Tls13 => TlsVersion::Tls13,
        }
    }
}

/// Where on a host to connect, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    pub(crate) tls: TlsMode,
    pub(crate) port: NonZeroU16,
}

/// `--tls` asks for something else than the scheme of the place promises.
///
/// `imaps` is a promise made by whoever wrote the place down; an option that breaks it is refused rather than
/// obeyed, since a silent downgrade is what the scheme is there to prevent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("imaps means TLS from the first octet, --tls {0} contradicts it")]
pub(crate) struct Contradiction(TlsMode);

impl Contradiction {
    /// What the person can do about it.
    pub(crate) fn hint(self) -> String {
        format!("leave out --tls, or write imap:// with --tls {}", self.0)
    }
}

/// Decides protection and port from the scheme of a place, `--tls` and the port written in the place.
///
/// An explicit port never changes the protection: `imap://host:993` still means STARTTLS unless `--tls` says
/// otherwise.
pub(crate) fn resolve(
    scheme: Scheme,
    option: Option<TlsMode>,
    port: Option<NonZeroU16>,
) -> Result<Endpoint, Contradiction> {
    let tls = match (scheme, option) {
        (Scheme::Imaps, None | Some(TlsMode::Implicit)) => TlsMode::Implicit,
        (Scheme::Imaps, Some(other)) => return Err(Contradiction(other)),
        (Scheme::Imap, None) => TlsMode::StartTls,
        (Scheme::Imap, Some(mode)) => mode,
    };
    Ok(Endpoint { tls, port: port.unwrap_or(tls.default_port()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(scheme: Scheme, option: &str, port: u16, expected: &str) {
        let option = (!option.is_empty()).then(|| TlsMode::from_str(option, false).unwrap());
        let actual = match resolve(scheme, option, NonZeroU16::new(port)) {
            Ok(endpoint) => format!("{} {}", endpoint.tls, endpoint.port),
            Err(err) => format!("{err}; {}", err.hint()),
        };
        assert_eq!(actual, expected);
    }

    #[test]
    fn scheme_option_and_port_decide_together() {
        check(Scheme::Imaps, "", 0, "implicit 993");
        check(Scheme::Imaps, "", 143, "implicit 143");
        check(Scheme::Imaps, "implicit", 0, "implicit 993");
        check(Scheme::Imap, "", 0, "starttls 143");
        check(Scheme::Imap, "", 993, "starttls 993");
        check(Scheme::Imap, "starttls", 0, "starttls 143");
        check(Scheme::Imap, "implicit", 0, "implicit 993");
        check(Scheme::Imap, "implicit", 1993, "implicit 1993");
        check(Scheme::Imap, "none", 0, "none 143");
        check(Scheme::Imap, "none", 10143, "none 10143");
    }

    #[test]
    fn imaps_is_never_downgraded() {
        check(
            Scheme::Imaps,
            "none",
            0,
            "imaps means TLS from the first octet, --tls none contradicts it; \
             leave out --tls, or write imap:// with --tls none",
        );
        check(
            Scheme::Imaps,
            "starttls",
            143,
            "imaps means TLS from the first octet, --tls starttls contradicts it; \
             leave out --tls, or write imap:// with --tls starttls",
        );
    }

    #[test]
    fn the_option_is_spelt_as_it_is_printed() {
        for mode in TlsMode::value_variants() {
            assert_eq!(TlsMode::from_str(&mode.to_string(), false), Ok(*mode));
        }
        assert!(TlsMode::from_str("opportunistic", false).is_err());
    }
}
