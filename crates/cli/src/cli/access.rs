//! How to get to a server: the options of every command that needs one.

use std::convert::Infallible;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{ArgAction, Args};
use tayori_account::config::{
    ClientIdentity, CommandLine, Layer, Origin, SecretSource, Setting, TlsMode, Trust, ValueError, Word,
    proxy_without_login,
};
use tayori_client::tls::{Alpn, Fingerprint, FingerprintError, TlsVersion};

use super::typed::NoPasswordHere;
use super::{TraceOptions, Verbosity};
use crate::place::Place;
use crate::transcript::Begun;

const CONNECTION: &str = "Connection";
const PASSWORD: &str = "Password";
pub(super) const SHOWN: &str = "What is shown";

/// A server, who logs in there, and what is believed and shown of it, as far as the command line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Access {
    pub(crate) place: Place,
    /// What the options say. What holds is for [`crate::target::Target`] to find out.
    pub(crate) flags: Layer,
    pub(crate) certificates: Certificates,
    pub(crate) weaker_auth: WeakerAuth,
    pub(crate) trace: TraceOptions,
    pub(crate) verbosity: Verbosity,
}

/// Whose servers a command is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Accounts {
    /// That of the place.
    One,
    /// `--all-accounts`
    All,
}

/// The option of commands that can look at every account.
#[derive(Args)]
#[group(skip)]
pub(super) struct AllAccounts {
    /// In every account of the configuration, one after the other
    #[arg(long, conflicts_with = "place")]
    all_accounts: bool,
}

impl From<AllAccounts> for Accounts {
    fn from(arguments: AllAccounts) -> Self {
        if arguments.all_accounts { Self::All } else { Self::One }
    }
}

/// Whether a login may be made with less than an account has seen before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WeakerAuth {
    Refused,
    /// `--allow-weaker-auth`
    Allowed,
}

/// When a server may show a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Certificates {
    /// Before anything else, if it ever does.
    OfTheStart,
    /// Also when somebody types STARTTLS.
    OfAnyTime,
}

// Each command has a group of its own under this name.
#[derive(Args)]
#[group(skip)]
pub(super) struct Arguments {
    /// How an imap:// connection is protected: starttls (unless said otherwise), implicit or none
    #[arg(
        long,
        value_name = "MODE",
        value_parser = words::<TlsMode>(),
        hide_possible_values = true,
        help_heading = CONNECTION
    )]
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
    #[arg(
        long,
        value_name = "VERSION",
        value_parser = words::<TlsVersion>(),
        hide_possible_values = true,
        help_heading = CONNECTION
    )]
    tls_min: Option<TlsVersion>,

    /// Say in the TLS handshake that IMAP is spoken: imap or none (unless said otherwise)
    #[arg(
        long,
        value_name = "PROTOCOL",
        value_parser = words::<Alpn>(),
        hide_possible_values = true,
        help_heading = CONNECTION
    )]
    alpn: Option<Alpn>,

    /// Connect by this proxy, which looks up the server's name: socks5://HOST or http://HOST:PORT
    #[arg(long, value_name = "URL", help_heading = CONNECTION)]
    proxy: Option<String>,

    /// Talk to what this shell command leads to: its input and output speak IMAP
    #[arg(long, value_name = "COMMAND", conflicts_with = "proxy", help_heading = CONNECTION)]
    tunnel: Option<String>,

    /// Give up when the server says nothing for so long (60 unless said otherwise)
    #[arg(
        long,
        value_name = "SECONDS",
        value_parser = clap::value_parser!(u32).range(1..=86_400),
        help_heading = CONNECTION
    )]
    timeout: Option<u32>,

    /// For once, let an account log in with less than it has before
    #[arg(long, help_heading = CONNECTION)]
    allow_weaker_auth: bool,

    /// The password is the first line that this shell command prints
    #[arg(long, value_name = "COMMAND", conflicts_with = "password_file", help_heading = PASSWORD)]
    password_command: Option<String>,

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

/// Reads one of the words of such a setting.
pub(super) fn words<W: Word>() -> impl TypedValueParser<Value = W> {
    PossibleValuesParser::new(W::ALL.iter().map(|(word, _)| *word)).try_map(|text| {
        let found = W::ALL.iter().find(|(word, _)| *word == text);
        found.map(|(_, value)| *value).ok_or("there is no such word")
    })
}

fn flag<T>(name: &'static str, value: Option<T>) -> Option<Setting<T>> {
    value.map(|value| Setting::new(value, Origin::Flag(name)))
}

impl Arguments {
    /// What they mean at this place, for the command of this name.
    pub(super) fn check(self, command: &str, place: Place) -> Result<Access, clap::Error> {
        let wrong =
            |message: String, hint: &str| super::refuse(command, ErrorKind::ValueValidation, message, hint);
        let trust = match (self.ca_file, self.fingerprint) {
            // clap lets only one of the two through.
            (Some(file), _) => flag("--ca-file", Some(Trust::CaFile(file))),
            (None, Some(text)) => {
                let fingerprint: Fingerprint = text.parse().map_err(|error: FingerprintError| {
                    let hint = "openssl x509 -noout -fingerprint -sha256 -in cert.pem shows it";
                    wrong(format!("--fingerprint cannot be read: {error}"), hint)
                })?;
                flag("--fingerprint", Some(Trust::Fingerprint(fingerprint)))
            }
            (None, None) => None,
        };
        let proxy = self.proxy.map(|address| match proxy_without_login(&address) {
            Ok(proxy) => Ok(proxy),
            Err(ValueError::ProxyLogin) => Err(wrong(
                "the user and the password of a proxy do not belong on the command line".to_owned(),
                "set the environment variable TAYORI_PROXY to the whole address",
            )),
            Err(error) => Err(wrong(
                format!("--proxy cannot be read: {error}"),
                "such as socks5://127.0.0.1:9050 or http://proxy.example:3128",
            )),
        });
        let command_line = |text: Option<String>| text.map(CommandLine::Shell);
        let secret = match (command_line(self.password_command), self.password_file) {
            // As above.
            (Some(command), _) => flag("--password-command", Some(SecretSource::Command(command))),
            (None, file) => flag("--password-file", file.map(SecretSource::File)),
        };
        let identity = self.client_cert.map(|certificate| {
            let key = self.client_key.unwrap_or_else(|| certificate.clone());
            ClientIdentity { certificate, key }
        });
        let mut flags = Layer::default();
        flags.tls = flag("--tls", self.tls);
        flags.trust = trust;
        flags.client_identity = flag("--client-cert", identity);
        flags.tls_minimum = flag("--tls-min", self.tls_min);
        flags.alpn = flag("--alpn", self.alpn);
        flags.proxy = flag("--proxy", proxy.transpose()?);
        flags.tunnel = flag("--tunnel", command_line(self.tunnel));
        flags.timeout = flag("--timeout", self.timeout.map(|seconds| Duration::from_secs(seconds.into())));
        flags.secret = secret;
        Ok(Access {
            place,
            flags,
            certificates: Certificates::OfTheStart,
            weaker_auth: if self.allow_weaker_auth { WeakerAuth::Allowed } else { WeakerAuth::Refused },
            trace: TraceOptions { stderr: self.trace, file: self.trace_file, begun: Begun::default() },
            verbosity: if self.quiet { Verbosity::Quiet } else { Verbosity::Normal },
        })
    }
}
