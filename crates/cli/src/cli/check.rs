//! The options of `tayori check`.

use std::num::NonZeroU16;

use clap::Args;
use clap::error::ErrorKind;

use super::access::{self, Access};
use super::form::{self, Form};
use super::typed::ServerParser;
use crate::place::Place;
use crate::tls_mode::TlsMode;

/// `tayori check`: what there is to know of a server and of the way to it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Check {
    pub(crate) access: Access,
    pub(crate) depth: Depth,
    pub(crate) starttls: StartTlsPort,
    pub(crate) form: Form,
}

/// How far it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// What everybody can see.
    Outside,
    /// What needs a login as well.
    LoggedIn,
}

/// Where STARTTLS is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StartTlsPort {
    /// Where the place leads to.
    OfThePlace,
    /// On this port, which is another one.
    Other(NonZeroU16),
    /// Nobody knows where it would be.
    Unknown,
}

#[derive(Args)]
pub(super) struct Arguments {
    /// The server: imaps://user@host/, or imaps://host/ for what needs no login
    #[arg(value_parser = ServerParser)]
    place: Place,

    /// Leave out what needs a login
    #[arg(long)]
    no_login: bool,

    /// Where STARTTLS is looked for beside imaps://: 143, unless the place has a port
    #[arg(long, value_name = "PORT")]
    starttls_port: Option<NonZeroU16>,

    #[command(flatten)]
    access: access::Arguments,

    #[command(flatten)]
    form: form::Arguments,
}

pub(super) const EXAMPLES: &str = "\
Examples:
  tayori check imaps://ann@mail.example.org/
  tayori check imaps://mail.example.org/
  tayori check imaps://ann@mail.example.org/ --json | jq .findings

The report ends with what is wrong, what to watch, and what to do. Its exit
code is 0 with nothing but advice, 13 with warnings, and after an error that
which any other command would have.
";

/// Where STARTTLS is expected (RFC 9051 section 2.1).
const IMAP: NonZeroU16 = NonZeroU16::new(143).expect("143 is not zero");

impl Arguments {
    pub(super) fn check(self) -> Result<Check, clap::Error> {
        let access = self.access.check("check", self.place)?;
        let starttls = match (access.endpoint.tls, self.starttls_port) {
            (TlsMode::Implicit, Some(port)) => StartTlsPort::Other(port),
            // Behind a port of its own there may be anything beside it.
            (TlsMode::Implicit, None) if access.place.port().is_some() => StartTlsPort::Unknown,
            (TlsMode::Implicit, None) => StartTlsPort::Other(IMAP),
            (TlsMode::StartTls | TlsMode::None, None) => StartTlsPort::OfThePlace,
            (TlsMode::StartTls | TlsMode::None, Some(_)) => {
                let message = "the place says where STARTTLS is, so --starttls-port has nothing to say";
                return Err(super::refuse("check", ErrorKind::ArgumentConflict, message, "leave it out"));
            }
        };
        let outside = self.no_login || access.place.user().is_empty();
        let depth = if outside { Depth::Outside } else { Depth::LoggedIn };
        Ok(Check { access, depth, starttls, form: self.form.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{check_refused, invocation};
    use super::super::{Invocation, Trust};
    use super::*;

    #[track_caller]
    fn check(line: &str, depth: Depth, starttls: StartTlsPort) {
        let Invocation::Check(check) = invocation(line) else { panic!("{line}") };
        assert_eq!((check.depth, check.starttls), (depth, starttls), "{line}");
        assert_eq!(check.access.trust, Trust::System);
    }

    #[test]
    fn starttls_is_looked_for_where_it_is_expected() {
        let port = |port| StartTlsPort::Other(NonZeroU16::new(port).unwrap());
        check("tayori check imaps://ann@host/", Depth::LoggedIn, port(143));
        check("tayori check imaps://host", Depth::Outside, port(143));
        check("tayori check imaps://ann@host/ --no-login", Depth::Outside, port(143));
        check("tayori check imaps://ann@host:1993/", Depth::LoggedIn, StartTlsPort::Unknown);
        check("tayori check imaps://ann@host:1993/ --starttls-port 1143", Depth::LoggedIn, port(1143));
        check("tayori check imap://ann@host/", Depth::LoggedIn, StartTlsPort::OfThePlace);
        check("tayori check imap://ann@host/ --tls none", Depth::LoggedIn, StartTlsPort::OfThePlace);
        check("tayori check imap://ann@host/ --tls implicit", Depth::LoggedIn, port(143));
        check_refused(
            "tayori check imap://ann@host/ --starttls-port 143",
            "error: the place says where STARTTLS is, so --starttls-port has nothing to say\nhint: leave it out",
        );
    }
}
