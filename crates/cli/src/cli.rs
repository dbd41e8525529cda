//! What can be typed: the commands and their options.
//!
//! [`parse`] gives back values that are checked as far as that is possible without looking outside: what contradicts
//! itself never leaves this module. No error of it repeats a password, also not one that was typed where none belongs.
//!
//! - a file for the options of each command; [`look`] has those of three that are alike
//! - [`access`], [`form`]: those of every command that needs a server, or tells something
//! - [`mailboxes`], [`messages`], [`sought`]: which mailboxes and which messages a command is about
//! - [`groups`]: the commands as the help lists them
//! - [`typed`]: values in the form in which they are typed
//! - [`secrets`]: what errors do not repeat

#![allow(
    rustdoc::invalid_html_tags,
    reason = "the comments on arguments are the help text, shown as it stands"
)]

mod access;
mod account;
mod acl;
mod append;
mod change;
mod check;
mod completions;
mod config;
mod demo;
mod fetch;
mod form;
mod groups;
mod list;
mod look;
mod mailboxes;
mod man;
mod manage;
mod messages;
mod metadata;
mod search;
mod secrets;
mod shell;
mod show;
mod sought;
mod thread;
mod typed;

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use tayori_proto::command::StoreChange;
use tayori_proto::types::Flag;

use crate::exit;
use crate::place::Place;
use crate::transcript::Begun;

pub(crate) use access::{Access, Accounts, Certificates, WeakerAuth};
pub(crate) use account::{Account, AccountEdit, Add, AsDefault, Consent, LoginFirst};
pub(crate) use acl::{Acl, AclTask, OwnAdministration};
pub(crate) use append::{Append, Arrived, Octets};
pub(crate) use change::{Change, Deed, Rehearsal, Since};
pub(crate) use check::{Check, Depth};
pub(crate) use completions::Completions;
pub(crate) use config::{Config, ConfigTask, Origins};
pub(crate) use demo::{Afterwards, Demo, Encryption};
pub(crate) use fetch::{Decode, Durability, Fetch, Format, Keep, Marking, Recheck, Removal, Task, View};
pub(crate) use form::Form;
pub(crate) use list::{Counts, List, Listing, Shape, Subscribed};
pub(crate) use look::Look;
pub(crate) use mailboxes::{Mailboxes, is_pattern};
pub(crate) use man::Man;
pub(crate) use manage::{Manage, WithMail, Work};
pub(crate) use messages::{Selection, Words};
pub(crate) use metadata::{About, Metadata, MetadataTask};
pub(crate) use search::{Search, Sorting, Wanted as SearchFor};
pub(crate) use shell::{AtStart, Shell, ShellServer};
pub(crate) use thread::Thread;

/// What is to be done.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Invocation {
    Account(Box<Account>),
    Acl(Box<Acl>),
    Append(Box<Append>),
    Change(Box<Change>),
    Check(Box<Check>),
    Completions(Completions),
    Config(Config),
    Demo(Demo),
    Fetch(Box<Fetch>),
    List(Box<List>),
    Man(Man),
    Manage(Box<Manage>),
    Metadata(Box<Metadata>),
    Namespace(Look),
    Quota(Look),
    Search(Box<Search>),
    Shell(Box<Shell>),
    Show(Box<Fetch>),
    Status(Look),
    Thread(Box<Thread>),
}

/// Where the dialogue is shown; both may be asked for. A run that connects more than once has one transcript, which
/// clones share.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TraceOptions {
    /// `--trace`
    pub(crate) stderr: bool,
    /// `--trace-file FILE`
    pub(crate) file: Option<PathBuf>,
    pub(crate) begun: Begun,
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
    let arguments = sought::with_negations(arguments);
    let matches = definitions().try_get_matches_from(arguments).map_err(secrets::without_secrets)?;
    Ok(match Cli::from_arg_matches(&matches).map_err(secrets::without_secrets)?.command {
        Command::Account(arguments) => Invocation::Account(Box::new(arguments.check()?)),
        Command::Acl(arguments) => Invocation::Acl(Box::new(arguments.check()?)),
        Command::Append(arguments) => Invocation::Append(Box::new(arguments.check()?)),
        Command::Check(arguments) => Invocation::Check(Box::new(arguments.check()?)),
        Command::Completions(arguments) => Invocation::Completions(arguments.into()),
        Command::Config(arguments) => Invocation::Config(arguments.into()),
        Command::Copy(arguments) => Invocation::Change(Box::new(arguments.check_copy()?)),
        Command::Delete(arguments) => Invocation::Change(Box::new(arguments.check()?)),
        Command::Demo(arguments) => Invocation::Demo(arguments.into()),
        Command::Fetch(arguments) => Invocation::Fetch(Box::new(arguments.check()?)),
        Command::List(arguments) => Invocation::List(Box::new(arguments.check()?)),
        Command::Mailbox(arguments) => match arguments.check()? {
            manage::Asked::Manage(manage) => Invocation::Manage(Box::new(manage)),
            manage::Asked::Empty(change) => Invocation::Change(Box::new(change)),
        },
        Command::Man(arguments) => Invocation::Man(arguments.into()),
        Command::Metadata(arguments) => Invocation::Metadata(Box::new(arguments.check()?)),
        Command::Move(arguments) => Invocation::Change(Box::new(arguments.check_move()?)),
        Command::Namespace(arguments) => Invocation::Namespace(arguments.check("namespace")?),
        Command::Quota(arguments) => Invocation::Quota(arguments.check("quota")?),
        Command::Read(arguments) => mark(*arguments, "read", StoreChange::Add, Flag::Seen)?,
        Command::Search(arguments) => Invocation::Search(Box::new(arguments.check()?)),
        Command::Show(arguments) => Invocation::Show(Box::new(arguments.check()?)),
        Command::Shell(arguments) => Invocation::Shell(Box::new(arguments.check()?)),
        Command::Star(arguments) => mark(*arguments, "star", StoreChange::Add, Flag::Flagged)?,
        Command::Status(arguments) => Invocation::Status(arguments.check("status")?),
        Command::Store(arguments) => Invocation::Change(Box::new(arguments.check()?)),
        Command::Thread(arguments) => Invocation::Thread(Box::new(arguments.check()?)),
        Command::Unread(arguments) => mark(*arguments, "unread", StoreChange::Remove, Flag::Seen)?,
        Command::Unstar(arguments) => mark(*arguments, "unstar", StoreChange::Remove, Flag::Flagged)?,
    })
}

/// What a command does that changes one flag.
fn mark(
    arguments: change::store::MarkArguments,
    command: &str,
    change: StoreChange,
    flag: Flag,
) -> Result<Invocation, clap::Error> {
    Ok(Invocation::Change(Box::new(arguments.check(command, change, flag)?)))
}

/// All commands and options: what the command line is read by, and what help, manual and completions are made from.
pub(crate) fn definitions() -> clap::Command {
    let program = Cli::command();
    let groups = groups::help(&program);
    let template =
        format!("{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{groups}Options:\n{{options}}\n");
    let mut program = program.help_template(template).mut_subcommands(with_exit_codes);
    program.build();
    program
}

/// The command with the exit codes at the end of its help, and those below it.
fn with_exit_codes(command: clap::Command) -> clap::Command {
    let examples = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let help = format!("{examples}\n{}", exit::help_table());
    command.after_help(help).mut_subcommands(with_exit_codes)
}

/// With the version of what `--json` writes (docs/scripting.md).
const LONG_VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\nJSON 1");

#[derive(Parser)]
#[command(name = "tayori", version, long_version = LONG_VERSION, about, max_term_width = 80, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Set up the accounts that mail is fetched from
    #[command(after_help = account::EXAMPLES)]
    Account(account::Arguments),

    /// Show or change who may do what with a mailbox
    #[command(after_help = acl::EXAMPLES)]
    Acl(Box<acl::Arguments>),

    /// Store files as messages of a mailbox
    #[command(after_help = append::EXAMPLES)]
    Append(Box<append::Arguments>),

    /// Say what there is to know of a server, and what to do about it
    #[command(after_help = check::EXAMPLES)]
    Check(Box<check::Arguments>),

    /// Print what a shell needs to complete commands and options
    #[command(after_help = completions::EXAMPLES)]
    Completions(completions::Arguments),

    /// Look at the configuration of accounts
    #[command(after_help = config::EXAMPLES)]
    Config(config::Arguments),

    /// Copy messages to another mailbox
    #[command(after_help = change::transfer::examples("copy"))]
    Copy(Box<change::transfer::Arguments>),

    /// Put messages into the Trash, or remove them for ever
    #[command(after_help = change::delete::EXAMPLES)]
    Delete(Box<change::delete::Arguments>),

    /// See it work with sample mails and a server of its own
    #[command(after_help = demo::EXAMPLES)]
    Demo(demo::Arguments),

    /// Get messages, byte for byte, into files, or something of them
    #[command(after_help = fetch::EXAMPLES)]
    Fetch(Box<fetch::Arguments>),

    /// List mailboxes
    #[command(after_help = list::EXAMPLES)]
    List(Box<list::Arguments>),

    /// Make, remove, rename, empty a mailbox
    #[command(after_help = manage::EXAMPLES)]
    Mailbox(Box<manage::Arguments>),

    /// Print or write the manual
    #[command(after_help = man::EXAMPLES)]
    Man(man::Arguments),

    /// Show or change what is noted of a mailbox
    #[command(after_help = metadata::EXAMPLES)]
    Metadata(Box<metadata::Arguments>),

    /// Move messages to another mailbox
    #[command(after_help = change::transfer::examples("move"))]
    Move(Box<change::transfer::Arguments>),

    /// Show where mailboxes are found
    #[command(after_help = look::NAMESPACE_EXAMPLES, mut_arg("place", |place| place.help(look::SERVER)))]
    Namespace(look::Arguments),

    /// Show how much may be stored, and how much is
    #[command(after_help = look::QUOTA_EXAMPLES)]
    Quota(look::Arguments),

    /// Mark messages as read
    #[command(after_help = change::store::mark_examples("read"))]
    Read(Box<change::store::MarkArguments>),

    /// Find messages
    #[command(after_help = search::examples())]
    Search(Box<search::Arguments>),

    /// Show messages as a person reads them
    #[command(after_help = show::EXAMPLES)]
    Show(Box<show::Arguments>),

    /// Speak IMAP by hand, and see all that the server says
    #[command(after_help = shell::EXAMPLES)]
    Shell(Box<shell::Arguments>),

    /// Flag messages
    #[command(after_help = change::store::mark_examples("star"))]
    Star(Box<change::store::MarkArguments>),

    /// Count what is in a mailbox
    #[command(after_help = look::STATUS_EXAMPLES)]
    Status(look::Arguments),

    /// Change the flags of messages
    // Three options that exclude each other do not fit a line.
    #[command(
        after_help = change::store::EXAMPLES,
        override_usage = "tayori store [OPTIONS] <PLACE> [MESSAGES]... --add FLAG"
    )]
    Store(Box<change::store::Arguments>),

    /// Show messages as conversations
    #[command(after_help = thread::EXAMPLES)]
    Thread(Box<thread::Arguments>),

    /// Mark messages as not read
    #[command(after_help = change::store::mark_examples("unread"))]
    Unread(Box<change::store::MarkArguments>),

    /// Take the flag from messages
    #[command(after_help = change::store::mark_examples("unstar"))]
    Unstar(Box<change::store::MarkArguments>),
}

/// An error of a command in the form that clap's own errors have.
fn refuse(command: &str, kind: ErrorKind, message: impl fmt::Display, hint: &str) -> clap::Error {
    let mut all = definitions();
    let text = error_text(message, hint);
    match all.find_subcommand_mut(command) {
        Some(command) => command.error(kind, text),
        None => all.error(kind, text),
    }
}

/// A UIDVALIDITY that nobody would look at must not pass for one that was compared.
fn refuse_validity(command: &str, place: &Place) -> Result<(), clap::Error> {
    if place.uid_validity().is_none() {
        return Ok(());
    }
    let message = "the place names a UIDVALIDITY, and no message is looked for there";
    Err(refuse(command, ErrorKind::ArgumentConflict, message, "leave out ;UIDVALIDITY="))
}

fn error_text(message: impl fmt::Display, hint: &str) -> String {
    format!("{message}\nhint: {hint}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Exit;

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

    /// All commands, also those below others, with the words that lead there.
    fn commands() -> Vec<(Vec<String>, clap::Command)> {
        let mut found = Vec::new();
        let mut left = vec![(Vec::new(), definitions())];
        while let Some((words, command)) = left.pop() {
            for below in command.get_subcommands() {
                let words = [&words[..], &[below.get_name().to_owned()]].concat();
                left.push((words, below.clone()));
            }
            found.push((words, command));
        }
        found
    }

    #[test]
    fn every_command_is_in_one_group() {
        let mut listed: Vec<_> = groups::GROUPS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        listed.sort_unstable();
        let program = definitions();
        let mut known: Vec<_> = program.get_subcommands().map(clap::Command::get_name).collect();
        known.sort_unstable();
        assert_eq!(listed, known);
    }

    #[test]
    fn every_help_fits_a_terminal_and_has_an_example() {
        for (words, _) in commands() {
            let line = format!("tayori {} --help", words.join(" "));
            let err = parse(line.split_whitespace().map(OsString::from)).unwrap_err();
            assert_eq!(err.exit_code(), 0, "{line}");
            assert!(!err.use_stderr());
            let help = err.to_string();
            let widest = help.lines().map(|line| line.chars().count()).max();
            assert!(widest <= Some(80), "{line}: {widest:?}\n{help}");
            assert!(help.lines().count() <= 135, "{line}: {}", help.lines().count());
            assert!(!help.contains("--password "), "{help}");
            assert!(!help.contains("--password\n"), "{help}");
            if !words.is_empty() {
                assert!(help.contains("\nExample"), "{help}");
                assert!(help.trim_end().ends_with(exit::help_table().trim_end()), "{help}");
            }
        }
    }
}
