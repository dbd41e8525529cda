//! The options of `tayori demo`.

use std::num::NonZeroU16;
use std::path::PathBuf;

use clap::builder::TypedValueParser as _;
use clap::{Args, value_parser};

/// `tayori demo`: sample mails from a server in this process to the disk, and a comparison.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Demo {
    /// The folder that is filled.
    pub(crate) output: PathBuf,
    /// Where the server listens; `None` for any port that is free.
    pub(crate) port: Option<NonZeroU16>,
    pub(crate) encryption: Encryption,
    pub(crate) afterwards: Afterwards,
}

/// Whether a server of ours speaks TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encryption {
    /// From the first octet.
    Tls,
    /// When a client asks for it.
    StartTls,
    /// `--no-tls`
    None,
}

/// What happens when the demonstration is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Afterwards {
    End,
    /// `--keep-serving`: the server stays until Ctrl-C.
    KeepServing,
}

#[derive(Args)]
pub(super) struct Arguments {
    /// The folder to fill: a new one, an empty one, or one of an earlier demonstration
    #[arg(short, long, value_name = "DIR", default_value = "tayori-demo")]
    output: PathBuf,

    /// When all is done, go on serving the sample mails until Ctrl-C (exit code 0), and say how to log in
    #[arg(long, help_heading = "Server")]
    keep_serving: bool,

    /// Listen on this port of 127.0.0.1; without it, on any that is free
    #[arg(long, value_name = "PORT", help_heading = "Server",
        value_parser = value_parser!(u16).range(1..).try_map(NonZeroU16::try_from))]
    port: Option<NonZeroU16>,

    /// Speak without TLS, for a look with telnet; nothing leaves this machine
    #[arg(long, help_heading = "Server")]
    no_tls: bool,
}

impl From<Arguments> for Demo {
    fn from(arguments: Arguments) -> Self {
        Self {
            output: arguments.output,
            port: arguments.port,
            encryption: match arguments.no_tls {
                true => Encryption::None,
                false => Encryption::Tls,
            },
            afterwards: match arguments.keep_serving {
                true => Afterwards::KeepServing,
                false => Afterwards::End,
            },
        }
    }
}

pub(super) const EXAMPLES: &str = "\
The server runs in this process, on loopback, with a certificate and a password
made for this run. The mails become DIR/<mailbox>/<uid>.eml. Files that a
demonstration has put there are replaced, no others: DIR/.tayori-demo lists them
with their SHA-256.

Examples:
  tayori demo
  tayori demo --keep-serving --port 10993
";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Invocation;
    use crate::cli::tests::invocation;

    #[test]
    fn a_demonstration_needs_no_options() {
        let check = |line: &str, expected: Demo| match invocation(line) {
            Invocation::Demo(demo) => assert_eq!(demo, expected, "{line}"),
            other => panic!("{line}: {other:?}"),
        };
        check(
            "tayori demo",
            Demo {
                output: "tayori-demo".into(),
                port: None,
                encryption: Encryption::Tls,
                afterwards: Afterwards::End,
            },
        );
        check(
            "tayori demo --output x --port 10993 --no-tls --keep-serving",
            Demo {
                output: "x".into(),
                port: NonZeroU16::new(10_993),
                encryption: Encryption::None,
                afterwards: Afterwards::KeepServing,
            },
        );
    }
}
