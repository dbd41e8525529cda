//! What can be typed: the commands and their options.
//!
//! [`parse`] gives back values that are checked as far as that is possible without looking outside: what contradicts
//! itself never leaves this module. No error of it repeats a password, also not one that was typed where none belongs.
//!
//! - [`demo`], [`fetch`]: the options of each command
//! - [`access`]: those of every command that needs a server
//! - [`typed`]: values in the form in which they are typed
//! - [`secrets`]: what errors do not repeat

#![allow(
    rustdoc::invalid_html_tags,
    reason = "the comments on arguments are the help text, shown as it stands"
)]

mod access;
mod demo;
mod fetch;
mod secrets;
mod typed;

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};

pub(crate) use access::Access;
pub(crate) use demo::{Afterwards, Demo, Encryption};
pub(crate) use fetch::{
    Decode, Durability, Fetch, Form, Format, Keep, Mailboxes, Marking, Recheck, Removal, Selection, Task,
    View, is_pattern,
};

/// What is to be done.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Invocation {
    Demo(Demo),
    Fetch(Box<Fetch>),
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
    let cli = Cli::try_parse_from(arguments).map_err(secrets::without_secrets)?;
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
    /// Get messages, byte for byte, into files, a folder or stdout; or look at parts of them
    #[command(after_help = fetch::after_help())]
    Fetch(Box<fetch::Arguments>),

    /// See it work: sample mails from a server of its own, fetched, compared byte by byte
    #[command(after_help = demo::after_help())]
    Demo(demo::Arguments),
}

/// An error of a command in the form that clap's own errors have.
fn refuse(command: &str, kind: ErrorKind, message: impl fmt::Display, hint: &str) -> clap::Error {
    let mut all = Cli::command();
    all.build();
    let text = error_text(message, hint);
    match all.find_subcommand_mut(command) {
        Some(command) => command.error(kind, text),
        None => all.error(kind, text),
    }
}

fn error_text(message: impl fmt::Display, hint: &str) -> String {
    format!("{message}\nhint: {hint}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::{self, Exit};

    pub(super) const PLACE: &str = "imaps://ann@mail.example.org/INBOX";

    fn words(line: &str) -> Vec<OsString> {
        line.replace("PLACE", PLACE).split_whitespace().map(OsString::from).collect()
    }

    /// What a line means; `PLACE` in it stands for one.
    pub(super) fn invocation(line: &str) -> Invocation {
        parse(words(line)).unwrap_or_else(|error| panic!("{line}: {error}"))
    }

    #[test]
    fn the_definitions_are_consistent() {
        Cli::command().debug_assert();
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

    pub(super) fn check_refused(line: &str, expected: &str) {
        assert_eq!(refused(line), expected, "{line}");
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
            assert!(help.lines().count() <= 110, "{help}");
            assert!(!help.contains("--password "), "{help}");
            assert!(!help.contains("--password\n"), "{help}");
        }
    }
}
