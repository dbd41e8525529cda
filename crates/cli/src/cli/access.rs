//! How to get to a server: the options of every command that needs one.

use std::convert::Infallible;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{ArgAction, Args};
use tayori_client::way::{Proxy, ProxyUrlError};

use super::typed::NoPasswordHere;
use super::{IdentityFiles, TlsOptions, TraceOptions, Trust, Verbosity, WayOption};
use crate::password::PasswordOptions;
use crate::place::{Place, Scheme};
use crate::tls_mode::{self, Endpoint, TlsMinimum, TlsMode};

const CONNECTION: &str = "Connection";
const PASSWORD: &str = "Password";
pub(super) const SHOWN: &str = "What is shown";

/// A server, who logs in there, and what is believed and shown of it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Access {
    pub(crate) place: Place,
    pub(crate) endpoint: Endpoint,
    pub(crate) trust: Trust,
    pub(crate) tls: TlsOptions,
    pub(crate) way: WayOption,
    pub(crate) password: PasswordOptions,
    pub(crate) trace: TraceOptions,
    pub(crate) verbosity: Verbosity,
    /// How long the server may say nothing.
    pub(crate) timeout: Duration,
}

// Each command has a group of its own under this name.
#[derive(Args)]
#[group(skip)]
pub(super) struct Arguments {
    /// How an imap:// connection is protected: starttls (unless said otherwise), implicit or none
    #[arg(long, value_name = "MODE", value_enum, hide_possible_values = true, help_heading = CONNECTION)]
    tls: Option<TlsMode>,

    /// Believe the certificates in this PEM file
    #[arg(long, value_name = "FILE", help_heading = CONNECTION)]
    ca_file: Option<PathBuf>,

    /// Believe exactly the certificate with this fingerprint: SHA256:...
    #[arg(long, value_name = "FINGERPRINT", conflicts_with = "ca_file", help_heading = CONNECTION)]
    fingerprint: Option<String>,

    /// Show the certificate in this PEM file to a server that asks for one
    #[arg(long, value_name = "FILE", help_heading = CONNECTION)]
    client_cert: Option<PathBuf>,

    /// The key of that certificate, if it is not in the same file; only you can read it
    #[arg(long, value_name = "FILE", requires = "client_cert", help_heading = CONNECTION)]
    client_key: Option<PathBuf>,

    /// Take no older version of TLS: 1.2 (unless said otherwise) or 1.3
    #[arg(long, value_name = "VERSION", value_enum, hide_possible_values = true, help_heading = CONNECTION)]
    tls_min: Option<TlsMinimum>,

    /// Connect by this proxy, which looks up the server's name: socks5://HOST or http://HOST:PORT
    #[arg(long, value_name = "URL", help_heading = CONNECTION)]
    proxy: Option<String>,

    /// Talk to what this shell command leads to: its input and output speak IMAP
    #[arg(long, value_name = "COMMAND", conflicts_with = "proxy", help_heading = CONNECTION)]
    tunnel: Option<OsString>,

    /// Give up when the server says nothing for so long
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 60,
        value_parser = clap::value_parser!(u32).range(1..=86_400),
        help_heading = CONNECTION
    )]
    timeout: u32,

    /// The password is the first line that this shell command prints
    #[arg(long, value_name = "COMMAND", conflicts_with = "password_file", help_heading = PASSWORD)]
    password_command: Option<OsString>,

    /// The password is the first line of this file, which only you can read
    #[arg(long, value_name = "FILE", help_heading = PASSWORD)]
    password_file: Option<PathBuf>,

    /// There is no such option. It is known so that whoever types it is told why, and so that what follows it is
    /// not shown as something unexpected.
    #[arg(
        long,
        hide = true,
        num_args = 0..=1,
        default_missing_value = "",
        action = ArgAction::Append,
        value_parser = NoPasswordHere
    )]
    password: Vec<Infallible>,

    /// Show the dialogue with the server on stderr, without the password
    #[arg(long, help_heading = SHOWN)]
    trace: bool,

    /// Write the dialogue to a new file
    #[arg(long, value_name = "FILE", help_heading = SHOWN)]
    trace_file: Option<PathBuf>,

    /// Show errors only
    #[arg(short, long, help_heading = SHOWN)]
    quiet: bool,
}

/// Reads the address of a proxy, which has no password: that would stand in the list of processes.
fn proxy(address: &str) -> Result<Proxy, (String, &'static str)> {
    let proxy: Proxy = address.parse().map_err(|err: ProxyUrlError| {
        (
            format!("--proxy cannot be read: {err}"),
            "such as socks5://127.0.0.1:9050 or http://proxy.example:3128",
        )
    })?;
    match proxy.has_password() {
        true => Err((
            "the password of a proxy does not belong on the command line".to_owned(),
            "set the environment variable TAYORI_PROXY to the whole address",
        )),
        false => Ok(proxy),
    }
}

/// When a server may show a certificate.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Certificates {
    /// Before anything else, if it ever does.
    OfTheStart,
    /// Also when somebody types STARTTLS.
    OfAnyTime,
}

impl Arguments {
    /// What they mean at this place, for the command of this name.
    pub(super) fn check(self, command: &str, place: Place) -> Result<Access, clap::Error> {
        self.check_with(command, place, Certificates::OfTheStart)
    }

    /// The same for a command that may or may not come to TLS later on.
    pub(super) fn check_with(
        self,
        command: &str,
        place: Place,
        certificates: Certificates,
    ) -> Result<Access, clap::Error> {
        let conflict = |message: &dyn std::fmt::Display, hint: &str| {
            super::refuse(command, ErrorKind::ArgumentConflict, message, hint)
        };
        // What a program brings is taken as it is, unless somebody asks for TLS in it.
        let bare = self.tunnel.is_some() && self.tls.is_none() && place.scheme() == Scheme::Imap;
        let asked = if bare { Some(TlsMode::None) } else { self.tls };
        let endpoint = tls_mode::resolve(place.scheme(), asked, place.port())
            .map_err(|err| conflict(&err, &err.hint()))?;
        let way = match (self.proxy, self.tunnel) {
            (Some(address), _) => WayOption::Proxy(proxy(&address).map_err(|(message, hint)| {
                super::refuse(command, ErrorKind::ValueValidation, &message, hint)
            })?),
            (None, Some(tunnel)) => WayOption::Tunnel(tunnel),
            (None, None) => WayOption::Usual,
        };
        let trust = match (self.ca_file, self.fingerprint) {
            // clap lets only one of the two through.
            (Some(file), _) => Trust::CaFile(file),
            (None, Some(fingerprint)) => Trust::Fingerprint(fingerprint),
            (None, None) => Trust::System,
        };
        let never = endpoint.tls == TlsMode::None && certificates == Certificates::OfTheStart;
        let about_tls = trust != Trust::System || self.client_cert.is_some() || self.tls_min.is_some();
        if never && bare && about_tls {
            return Err(conflict(
                &"through a tunnel, imap:// has no TLS that the other options could be about",
                "write imaps:// or --tls starttls for TLS within the tunnel, or leave out the others",
            ));
        }
        if never && trust != Trust::System {
            return Err(conflict(
                &"with --tls none there is no certificate that --ca-file or --fingerprint could be about",
                "leave out --tls none, or the other",
            ));
        }
        if never && (self.client_cert.is_some() || self.tls_min.is_some()) {
            return Err(conflict(
                &"with --tls none there is no TLS that --client-cert or --tls-min could be about",
                "leave out --tls none, or the other",
            ));
        }
        let identity = self.client_cert.map(|certificate| {
            let key = self.client_key.unwrap_or_else(|| certificate.clone());
            IdentityFiles { certificate, key }
        });
        Ok(Access {
            place,
            endpoint,
            trust,
            way,
            tls: TlsOptions { identity, minimum: self.tls_min.unwrap_or_default() },
            password: PasswordOptions { command: self.password_command, file: self.password_file },
            trace: TraceOptions { stderr: self.trace, file: self.trace_file },
            verbosity: if self.quiet { Verbosity::Quiet } else { Verbosity::Normal },
            timeout: Duration::from_secs(self.timeout.into()),
        })
    }
}
