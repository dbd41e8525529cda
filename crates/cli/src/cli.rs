//! What can be typed: the commands and their options.
//!
//! [`parse`] gives back values that are checked as far as that is possible without looking outside: what contradicts
//! itself never leaves this module. No error of it repeats a password, also not one that was typed where none belongs.

#![allow(
    rustdoc::invalid_html_tags,
    reason = "the comments on arguments are the help text, shown as it stands"
)]

use std::borrow::Cow;
use std::convert::Infallible;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::num::{NonZeroU16, NonZeroU32};
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::TypedValueParser;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ArgAction, ArgGroup, Args, CommandFactory, Parser, Subcommand, value_parser};

use crate::escape::escape_str;
use crate::exit;
use crate::output::Overwrite;
use crate::password::PasswordOptions;
use crate::place::{self, Place};
use crate::tls_mode::{self, Endpoint, TlsMode};

/// What is to be done.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Invocation {
    Demo(Demo),
    Fetch(Box<Fetch>),
}

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

/// `tayori fetch`: messages of one mailbox, as they are, to a file, a folder or stdout.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fetch {
    pub(crate) place: Place,
    pub(crate) endpoint: Endpoint,
    pub(crate) selection: Selection,
    /// The argument of `-o`; what it means depends on what is on the disk (see `output::Target`).
    pub(crate) output: OsString,
    pub(crate) overwrite: Overwrite,
    pub(crate) marking: Marking,
    pub(crate) trust: Trust,
    pub(crate) password: PasswordOptions,
    pub(crate) trace: TraceOptions,
    pub(crate) verbosity: Verbosity,
    /// How long the server may say nothing.
    pub(crate) timeout: Duration,
}

/// Which messages are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Selection {
    /// `--number SET`: by position in the mailbox.
    Numbers(String),
    /// `--uid SET`
    Uids(String),
    /// The UID in the place.
    Uid(NonZeroU32),
    /// `--all`
    All,
    /// `--last N`: the N messages that came last.
    Last(NonZeroU32),
}

/// What fetching does to the message on the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Marking {
    /// Nothing: the mailbox is opened read-only.
    Leave,
    /// `--seen`
    Seen,
}

/// Which certificates are believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trust {
    /// Those that this system believes.
    System,
    /// `--ca-file FILE`
    CaFile(PathBuf),
    /// `--fingerprint SHA256:...`, as typed.
    Fingerprint(String),
}

/// Where the dialogue is shown; both may be asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TraceOptions {
    /// `--trace`
    pub(crate) stderr: bool,
    /// `--trace-file FILE`
    pub(crate) file: Option<PathBuf>,
}

/// How much is said on stderr.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verbosity {
    Normal,
    /// `--quiet`: errors only.
    Quiet,
}

/// Reads the command line, the name of the program first.
///
/// An error is also what `--help` and `--version` lead to; it knows where it is printed and with which exit code,
/// which for mistakes is that of `Exit::Usage`.
pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Invocation, clap::Error> {
    let cli = Cli::try_parse_from(arguments).map_err(without_secrets)?;
    match cli.command {
        Command::Demo(arguments) => Ok(Invocation::Demo(arguments.into())),
        Command::Fetch(arguments) => Ok(Invocation::Fetch(Box::new(arguments.check()?))),
    }
}

#[derive(Parser)]
#[command(name = "tayori", version, about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Get messages, byte for byte, into a file, a folder or stdout
    #[command(after_help = fetch_after_help())]
    Fetch(Box<FetchArguments>),

    /// See it work: sample mails from a server of its own, fetched, compared byte by byte
    #[command(after_help = demo_after_help())]
    Demo(DemoArguments),
}

#[derive(Args)]
#[command(group = ArgGroup::new("messages").args(["number", "uid", "all", "last"]))]
struct FetchArguments {
    /// Where the mail is: imaps://user@host/mailbox; INBOX if no mailbox is named
    #[arg(value_parser = PlaceParser)]
    place: Place,

    /// Messages by position in the mailbox, such as 1 or 5:7,9 or 10:*
    #[arg(long, value_name = "SET", help_heading = "Which messages")]
    number: Option<String>,

    /// Messages by UID, in the same form
    #[arg(long, value_name = "SET", help_heading = "Which messages")]
    uid: Option<String>,

    /// Every message of the mailbox
    #[arg(long, help_heading = "Which messages")]
    all: bool,

    /// The N messages that came last
    #[arg(long, value_name = "N", help_heading = "Which messages",
        value_parser = value_parser!(u32).range(1..).try_map(NonZeroU32::try_from))]
    last: Option<NonZeroU32>,

    /// A file, a folder (for <uid>.eml in it), or - for stdout
    #[arg(short, long, value_name = "OUT", help_heading = "What to do with them")]
    output: OsString,

    /// Replace files that are there already
    #[arg(long, help_heading = "What to do with them")]
    force: bool,

    /// Mark the messages as read; without it, nothing changes on the server
    #[arg(long, help_heading = "What to do with them")]
    seen: bool,

    /// How an imap:// connection is protected: starttls (unless said otherwise), implicit or none
    #[arg(long, value_name = "MODE", value_enum, hide_possible_values = true, help_heading = "Connection")]
    tls: Option<TlsMode>,

    /// Believe the certificates in this PEM file
    #[arg(long, value_name = "FILE", help_heading = "Connection")]
    ca_file: Option<PathBuf>,

    /// Believe exactly the certificate with this fingerprint: SHA256:...
    #[arg(long, value_name = "FINGERPRINT", conflicts_with = "ca_file", help_heading = "Connection")]
    fingerprint: Option<String>,

    /// Give up when the server says nothing for so long
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 60,
        value_parser = clap::value_parser!(u32).range(1..=86_400),
        help_heading = "Connection"
    )]
    timeout: u32,

    /// The password is the first line that this shell command prints
    #[arg(long, value_name = "COMMAND", conflicts_with = "password_file", help_heading = "Password")]
    password_command: Option<OsString>,

    /// The password is the first line of this file, which only you can read
    #[arg(long, value_name = "FILE", help_heading = "Password")]
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
    #[arg(long, help_heading = "What is shown")]
    trace: bool,

    /// Write the dialogue to a new file
    #[arg(long, value_name = "FILE", help_heading = "What is shown")]
    trace_file: Option<PathBuf>,

    /// Show errors only
    #[arg(short, long, help_heading = "What is shown")]
    quiet: bool,
}

#[derive(Args)]
struct DemoArguments {
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

impl From<DemoArguments> for Demo {
    fn from(arguments: DemoArguments) -> Self {
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

fn demo_after_help() -> String {
    format!(
        "\
The server runs in this process, on loopback, with a certificate and a password made
for this run. The mails become DIR/<mailbox>/<uid>.eml. Files that a demonstration has
put there are replaced, no others: DIR/.tayori-demo lists them with their SHA-256.

Examples:
  tayori demo
  tayori demo --keep-serving --port 10993

{}",
        exit::help_table()
    )
}

fn fetch_after_help() -> String {
    format!(
        "\
Examples:
  tayori fetch imaps://ann@mail.example.org/INBOX --number 1 -o mail.eml
  tayori fetch imaps://ann@mail.example.org/Archive/2024 --all -o archive/
  tayori fetch 'imaps://ann@mail.example.org/INBOX;UID=20' -o - | less

The password is asked for, unless --password-command, --password-file or the
environment variable TAYORI_PASSWORD gives it.

{}",
        exit::help_table()
    )
}

impl FetchArguments {
    fn check(self) -> Result<Fetch, clap::Error> {
        let endpoint = tls_mode::resolve(self.place.scheme(), self.tls, self.place.port())
            .map_err(|err| refuse(ErrorKind::ArgumentConflict, err, &err.hint()))?;
        let selection = self.selection()?;
        let trust = match (self.ca_file, self.fingerprint) {
            // clap lets only one of the two through.
            (Some(file), _) => Trust::CaFile(file),
            (None, Some(fingerprint)) => Trust::Fingerprint(fingerprint),
            (None, None) => Trust::System,
        };
        if endpoint.tls == TlsMode::None && trust != Trust::System {
            return Err(refuse(
                ErrorKind::ArgumentConflict,
                "with --tls none there is no certificate that --ca-file or --fingerprint could be about",
                "leave out --tls none, or the other",
            ));
        }
        Ok(Fetch {
            endpoint,
            selection,
            trust,
            place: self.place,
            output: self.output,
            overwrite: match self.force {
                true => Overwrite::Replace,
                false => Overwrite::Refuse,
            },
            marking: match self.seen {
                true => Marking::Seen,
                false => Marking::Leave,
            },
            password: PasswordOptions { command: self.password_command, file: self.password_file },
            trace: TraceOptions { stderr: self.trace, file: self.trace_file },
            verbosity: match self.quiet {
                true => Verbosity::Quiet,
                false => Verbosity::Normal,
            },
            timeout: Duration::from_secs(self.timeout.into()),
        })
    }

    fn selection(&self) -> Result<Selection, clap::Error> {
        let option = match (&self.number, &self.uid, self.all, self.last) {
            // clap lets only one of the four through.
            (Some(set), _, _, _) => Some(Selection::Numbers(set.clone())),
            (_, Some(set), _, _) => Some(Selection::Uids(set.clone())),
            (_, _, true, _) => Some(Selection::All),
            (_, _, _, Some(count)) => Some(Selection::Last(count)),
            (None, None, false, None) => None,
        };
        match (option, self.place.uid()) {
            (Some(selection), None) => Ok(selection),
            (None, Some(uid)) => Ok(Selection::Uid(uid)),
            (Some(_), Some(_)) => Err(refuse(
                ErrorKind::ArgumentConflict,
                "the place names a message, so --number, --uid, --all and --last cannot",
                "leave out one of the two",
            )),
            (None, None) => Err(refuse(
                ErrorKind::MissingRequiredArgument,
                "nothing says which messages are meant",
                "use one of --number, --uid, --all, --last, or put ;UID=20 at the end of the place",
            )),
        }
    }
}

/// An error of `tayori fetch` in the form that clap's own errors have.
fn refuse(kind: ErrorKind, message: impl fmt::Display, hint: &str) -> clap::Error {
    let mut command = Cli::command();
    command.build();
    let fetch =
        command.find_subcommand_mut("fetch").expect("the commands are defined above, fetch among them");
    fetch.error(kind, error_text(message, hint))
}

fn error_text(message: impl fmt::Display, hint: &str) -> String {
    format!("{message}\nhint: {hint}")
}

/// Reads a place. clap's own way would show what was typed, and a password with it.
#[derive(Clone)]
struct PlaceParser;

impl TypedValueParser for PlaceParser {
    type Value = Place;

    fn parse_ref(
        &self,
        command: &clap::Command,
        _argument: Option<&clap::Arg>,
        typed: &OsStr,
    ) -> Result<Place, clap::Error> {
        let text = match typed.to_str() {
            Some(text) => text.parse::<Place>().map_err(|err| error_text(&err, err.hint())),
            None => Err(error_text("the place is not UTF-8", "percent-encode it from UTF-8")),
        };
        text.map_err(|text| command.clone().error(ErrorKind::ValueValidation, text))
    }
}

/// Refuses `--password` without showing what came with it.
#[derive(Clone)]
struct NoPasswordHere;

impl TypedValueParser for NoPasswordHere {
    type Value = Infallible;

    fn parse_ref(
        &self,
        command: &clap::Command,
        _argument: Option<&clap::Arg>,
        _typed: &OsStr,
    ) -> Result<Infallible, clap::Error> {
        let text = error_text(
            "there is no --password: it would stay in the shell's history and in the list of processes",
            "use --password-command, --password-file, the environment variable TAYORI_PASSWORD, or wait to be asked",
        );
        Err(command.clone().error(ErrorKind::UnknownArgument, text))
    }
}

/// Takes passwords and control characters out of what clap is going to repeat of the command line.
fn without_secrets(mut err: clap::Error) -> clap::Error {
    let clean = |text: &String| {
        let cleaned = place::mask_password(&escape_str(text)).into_owned();
        (cleaned != *text).then_some(cleaned)
    };
    let changed: Vec<(ContextKind, ContextValue)> = err
        .context()
        .filter_map(|(kind, value)| match value {
            ContextValue::String(text) => Some((kind, ContextValue::String(clean(text)?))),
            ContextValue::Strings(texts) => {
                let cleaned = texts.iter().map(|text| clean(text).unwrap_or_else(|| text.clone()));
                Some((kind, ContextValue::Strings(cleaned.collect())))
            }
            // A tip may quote what was typed, and cannot be taken apart.
            ContextValue::StyledStr(tip) => {
                let tip = tip.to_string();
                matches!(place::mask_password(&tip), Cow::Owned(_)).then_some((kind, ContextValue::None))
            }
            ContextValue::StyledStrs(tips) => {
                let quotes = |tip: String| matches!(place::mask_password(&tip), Cow::Owned(_));
                tips.iter().any(|tip| quotes(tip.to_string())).then_some((kind, ContextValue::None))
            }
            _ => None,
        })
        .collect();
    for (kind, value) in changed {
        err.insert(kind, value);
    }
    err
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Exit;

    const PLACE: &str = "imaps://ann@mail.example.org/INBOX";

    fn words(line: &str) -> Vec<OsString> {
        line.replace("PLACE", PLACE).split_whitespace().map(OsString::from).collect()
    }

    fn fetch(line: &str) -> Fetch {
        match parse(words(line)) {
            Ok(Invocation::Fetch(fetch)) => *fetch,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn the_definitions_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn what_is_left_out_has_safe_defaults() {
        assert_eq!(
            fetch("tayori fetch PLACE --all -o out/"),
            Fetch {
                place: PLACE.parse().unwrap(),
                endpoint: Endpoint { tls: TlsMode::Implicit, port: 993.try_into().unwrap() },
                selection: Selection::All,
                output: "out/".into(),
                overwrite: Overwrite::Refuse,
                marking: Marking::Leave,
                trust: Trust::System,
                password: PasswordOptions::default(),
                trace: TraceOptions::default(),
                verbosity: Verbosity::Normal,
                timeout: Duration::from_secs(60),
            }
        );
    }

    #[test]
    fn every_option_arrives() {
        let fetch = fetch(
            "tayori fetch imap://ann@localhost:10143/x --uid 5:7,9 -o - --force --seen --tls implicit \
             --ca-file ca.pem --timeout 5 --password-command pass --trace --trace-file t --quiet",
        );
        assert_eq!(
            fetch,
            Fetch {
                place: "imap://ann@localhost:10143/x".parse().unwrap(),
                endpoint: Endpoint { tls: TlsMode::Implicit, port: 10143.try_into().unwrap() },
                selection: Selection::Uids("5:7,9".to_owned()),
                output: "-".into(),
                overwrite: Overwrite::Replace,
                marking: Marking::Seen,
                trust: Trust::CaFile("ca.pem".into()),
                password: PasswordOptions { command: Some("pass".into()), file: None },
                trace: TraceOptions { stderr: true, file: Some("t".into()) },
                verbosity: Verbosity::Quiet,
                timeout: Duration::from_secs(5),
            }
        );
    }

    #[test]
    fn a_demonstration_needs_no_options() {
        let check = |line: &str, expected: Demo| match parse(words(line)) {
            Ok(Invocation::Demo(demo)) => assert_eq!(demo, expected, "{line}"),
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

    #[test]
    fn messages_are_chosen_in_one_way() {
        let check = |line: &str, expected| assert_eq!(fetch(line).selection, expected);
        let number = |n| NonZeroU32::new(n).unwrap();
        check("tayori fetch PLACE -o x --number 1", Selection::Numbers("1".to_owned()));
        check("tayori fetch PLACE -o x --number=10:*", Selection::Numbers("10:*".to_owned()));
        check("tayori fetch PLACE -o x --uid 7", Selection::Uids("7".to_owned()));
        check("tayori fetch PLACE -o x --all", Selection::All);
        check("tayori fetch PLACE -o x --last 3", Selection::Last(number(3)));
        check("tayori fetch PLACE;UID=20 -o x", Selection::Uid(number(20)));
    }

    #[test]
    fn trust_in_a_fingerprint() {
        let trust = fetch("tayori fetch PLACE --all -o x --fingerprint SHA256:ab").trust;
        assert_eq!(trust, Trust::Fingerprint("SHA256:ab".to_owned()));
    }

    /// The whole of what is printed, but for the lines about usage that follow every error of clap's.
    fn refused(line: &str) -> String {
        let err = parse(words(line)).expect_err(line);
        assert_eq!(err.exit_code(), i32::from(Exit::Usage.code()), "{line}");
        assert!(err.use_stderr());
        let text = err.to_string();
        let end = text.find("\n\nUsage:").or_else(|| text.find("\n\nFor more information"));
        text[..end.unwrap_or(text.len())].trim_end().to_owned()
    }

    fn check_refused(line: &str, expected: &str) {
        assert_eq!(refused(line), expected, "{line}");
    }

    #[test]
    fn contradictions_and_omissions_are_explained() {
        check_refused(
            "tayori fetch PLACE -o x",
            "error: nothing says which messages are meant\n\
             hint: use one of --number, --uid, --all, --last, or put ;UID=20 at the end of the place",
        );
        check_refused(
            "tayori fetch PLACE;UID=20 --all -o x",
            "error: the place names a message, so --number, --uid, --all and --last cannot\n\
             hint: leave out one of the two",
        );
        check_refused(
            "tayori fetch PLACE --all --last 3 -o x",
            "error: the argument '--all' cannot be used with '--last <N>'",
        );
        check_refused(
            "tayori fetch PLACE --all",
            "error: the following required arguments were not provided:\n  --output <OUT>",
        );
        check_refused(
            "tayori fetch PLACE --all -o x --tls none",
            "error: imaps means TLS from the first octet, --tls none contradicts it\n\
             hint: leave out --tls, or write imap:// with --tls none",
        );
        check_refused(
            "tayori fetch imap://a@h/ --all -o x --tls none --ca-file f",
            "error: with --tls none there is no certificate that --ca-file or --fingerprint could be about\n\
             hint: leave out --tls none, or the other",
        );
        check_refused(
            "tayori fetch PLACE --all -o x --fingerprint SHA256:ab --ca-file f",
            "error: the argument '--fingerprint <FINGERPRINT>' cannot be used with '--ca-file <FILE>'",
        );
        check_refused(
            "tayori fetch PLACE --all -o x --password-command c --password-file f",
            "error: the argument '--password-command <COMMAND>' cannot be used with '--password-file <FILE>'",
        );
        check_refused(
            "tayori fetch PLACE --all -o x --timeout 0",
            "error: invalid value '0' for '--timeout <SECONDS>': 0 is not in 1..=86400",
        );
        check_refused(
            "tayori fetch PLACE -o x --last 0",
            "error: invalid value '0' for '--last <N>': 0 is not in 1..=4294967295",
        );
    }

    #[test]
    fn a_bad_place_is_explained() {
        check_refused(
            "tayori fetch imaps://host/ --all -o x",
            "error: the place names no user\n\
             hint: write imaps://user@host/mailbox; a / in a user name is written %2F, a @ may stay",
        );
        check_refused(
            "tayori fetch http://a@h/ --all -o x",
            "error: a place begins with imaps:// or imap://, not with http://\n\
             hint: write imaps://user@host/mailbox",
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_place_that_is_not_text_is_refused() {
        use std::os::unix::ffi::OsStringExt;

        let mut line = words("tayori fetch --all -o x");
        line.push(OsString::from_vec(b"imaps://caf\xe9@h/".to_vec()));
        let text = parse(line).unwrap_err().to_string();
        assert!(
            text.starts_with("error: the place is not UTF-8\nhint: percent-encode it from UTF-8\n"),
            "{text}"
        );
    }

    #[test]
    fn there_is_no_password_option() {
        let why = "error: there is no --password: it would stay in the shell's history and in the list of processes\n\
                   hint: use --password-command, --password-file, the environment variable TAYORI_PASSWORD, or wait \
                   to be asked";
        for line in [
            "tayori fetch PLACE --all -o x --password=hunter2",
            "tayori fetch PLACE --all -o x --password hunter2",
            "tayori fetch --password hunter2 PLACE",
            "tayori fetch PLACE --all -o x --password",
            "tayori fetch PLACE --password=hunter2 --password=hunter2",
        ] {
            check_refused(line, why);
        }
    }

    #[test]
    fn no_error_repeats_a_password() {
        for line in [
            "tayori imaps://ann:hunter2@h/",
            "tayori fetch imaps://ann:hunter2@h/ --all -o x",
            "tayori fetch PLACE imaps://ann:hunter2@h/ --all -o x",
            "tayori fetch --all imaps://ann:hun/hunter2@h/ -o x --what",
            "tayori fetch PLACE --all -o x --tls imaps://ann:hunter2@h/",
            "tayori fetch PLACE --all -o x --last imaps://ann:hunter2@h/",
            "tayori fetch PLACE --all -o x --passwd=hunter2",
            "tayori fetch PLACE --all -o x --pasword=hunter2",
            "tayori fetch PLACE --all -o x --imaps://ann:hunter2@h/",
            "tayori --password=hunter2 fetch PLACE",
            "tayori fetch PLACE --all=imaps://ann:hunter2@h/ -o x",
        ] {
            let err = parse(words(line)).expect_err(line);
            assert!(!format!("{err}").contains("hunter2"), "{line}: {err}");
        }
    }

    #[test]
    fn what_is_repeated_cannot_drive_a_terminal() {
        check_refused(
            "tayori fetch PLACE --all -o x extra\u{1b}]0;x",
            "error: unexpected argument 'extra\\x1b]0;x' found",
        );
    }

    #[test]
    fn the_help_is_short_and_ends_with_the_exit_codes() {
        for command in ["fetch", "demo"] {
            let err = parse(words(&format!("tayori {command} --help"))).unwrap_err();
            assert_eq!(err.exit_code(), 0);
            assert!(!err.use_stderr());
            let help = err.to_string();
            assert!(help.trim_end().ends_with(exit::help_table().trim_end()), "{help}");
            assert!(help.lines().count() <= 60, "{help}");
            assert!(!help.contains("--password "), "{help}");
            assert!(!help.contains("--password\n"), "{help}");
        }
    }
}
