//! How to get to a server: the options of every command that needs one.

use std::convert::Infallible;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{ArgAction, Args};

use super::typed::NoPasswordHere;
use super::{TraceOptions, Trust, Verbosity};
use crate::password::PasswordOptions;
use crate::place::Place;
use crate::tls_mode::{self, Endpoint, TlsMode};

const CONNECTION: &str = "Connection";
const PASSWORD: &str = "Password";
pub(super) const SHOWN: &str = "What is shown";

/// A server, who logs in there, and what is believed and shown of it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Access {
    pub(crate) place: Place,
    pub(crate) endpoint: Endpoint,
    pub(crate) trust: Trust,
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
        let endpoint = tls_mode::resolve(place.scheme(), self.tls, place.port())
            .map_err(|err| conflict(&err, &err.hint()))?;
        let trust = match (self.ca_file, self.fingerprint) {
            // clap lets only one of the two through.
            (Some(file), _) => Trust::CaFile(file),
            (None, Some(fingerprint)) => Trust::Fingerprint(fingerprint),
            (None, None) => Trust::System,
        };
        let never = endpoint.tls == TlsMode::None && certificates == Certificates::OfTheStart;
        if never && trust != Trust::System {
            return Err(conflict(
                &"with --tls none there is no certificate that --ca-file or --fingerprint could be about",
                "leave out --tls none, or the other",
            ));
        }
        Ok(Access {
            place,
            endpoint,
            trust,
            password: PasswordOptions { command: self.password_command, file: self.password_file },
            trace: TraceOptions { stderr: self.trace, file: self.trace_file },
            verbosity: if self.quiet { Verbosity::Quiet } else { Verbosity::Normal },
            timeout: Duration::from_secs(self.timeout.into()),
        })
    }
}
