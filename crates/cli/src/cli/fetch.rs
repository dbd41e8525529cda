//! The options of `tayori fetch`.

use std::convert::Infallible;
use std::ffi::OsString;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::TypedValueParser as _;
use clap::error::ErrorKind;
use clap::{ArgAction, ArgGroup, Args, ValueEnum, value_parser};
use tayori_proto::types::PartPath;

use super::typed::{NoPasswordHere, PartParser, PlaceParser};
use super::{TraceOptions, Trust, Verbosity};
use crate::exit;
use crate::output::Overwrite;
use crate::password::PasswordOptions;
use crate::place::Place;
use crate::tls_mode::{self, Endpoint, TlsMode};

/// `tayori fetch`: messages, or something of them, to a file, a folder or stdout.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fetch {
    pub(crate) place: Place,
    pub(crate) endpoint: Endpoint,
    pub(crate) mailboxes: Mailboxes,
    pub(crate) selection: Selection,
    pub(crate) task: Task,
    /// The argument of `-o`; what it means depends on what is on the disk (see `output::Target`).
    pub(crate) output: OsString,
    pub(crate) marking: Marking,
    pub(crate) form: Form,
    pub(crate) trust: Trust,
    pub(crate) password: PasswordOptions,
    pub(crate) trace: TraceOptions,
    pub(crate) verbosity: Verbosity,
    /// How long the server may say nothing.
    pub(crate) timeout: Duration,
}

/// Which mailboxes are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mailboxes {
    /// That of the place.
    OfThePlace,
    /// `--mailbox`, each a name or a pattern of LIST.
    Named(Vec<String>),
    /// `--all-mailboxes`
    All,
}

/// Which messages are meant: those that all of this says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Selection {
    /// `--number SET`: by position in the mailbox.
    pub(crate) numbers: Option<String>,
    /// `--uid SET`
    pub(crate) uids: Option<String>,
    /// The UID in the place.
    pub(crate) uid: Option<NonZeroU32>,
    /// `--search KEYS`
    pub(crate) search: Option<String>,
    /// `--last N`: of those, the N messages that came last.
    pub(crate) last: Option<NonZeroU32>,
}

/// What is wanted of the messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Task {
    /// The messages themselves.
    Keep(Keep),
    /// Something of them.
    View(View),
}

/// How messages are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Keep {
    pub(crate) format: Format,
    /// `--name`, as typed.
    pub(crate) name: Option<String>,
    pub(crate) overwrite: Overwrite,
    pub(crate) durability: Durability,
    pub(crate) recheck: Recheck,
    pub(crate) removal: Removal,
}

/// The form of messages on the disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// One file a message, its octets and nothing else.
    #[default]
    Eml,
    /// All messages of a mailbox in one file, in the form called mboxrd.
    Mbox,
    /// A Maildir for each mailbox: flags in the names, INTERNALDATE as the time of the file.
    Maildir,
}

/// Whether a message counts as kept only when a power failure could not take it away any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Durability {
    Synced,
    /// `--no-sync`
    Unsynced,
}

/// What is looked at of files that are there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Recheck {
    Size,
    /// `--verify`: every octet.
    Content,
}

/// What happens on the server to messages that are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Removal {
    Leave,
    /// `--delete`: flagged, and expunged where exactly they can be.
    Delete,
    /// `--delete --expunge-mailbox`: where they cannot, everything that is flagged goes.
    DeleteAndExpungeMailbox,
}

/// What is shown or saved of each message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum View {
    /// `--size`: its octets, as the server counts them.
    Size,
    /// `--envelope`: the fields of its header that a server reads (RFC 9051 section 7.5.2, ENVELOPE).
    Envelope,
    /// `--structure`: its parts, with the numbers that `--part` takes.
    Structure,
    /// `--headers`: its header as it is; for a person at a terminal escaped.
    Headers,
    /// `--text`: what a person reads in it.
    Text,
    /// `--part 1.2`: the content of one part. In a folder the file is `<uid>.<part>.part`; decoded, its ending is that
    /// of its type.
    Part { path: PartPath, decode: Decode },
    /// `--attachments`: all of them, decoded, under the names their sender gave them, into a folder; into `<uid>/` in
    /// it where more than one message was asked for, whether or not there are more.
    ///
    /// A name that is taken is left alone: the next attachment is `name (2).ext`.
    Attachments,
}

impl View {
    /// How it is asked for.
    fn option(&self) -> &'static str {
        match self {
            Self::Size => "--size",
            Self::Envelope => "--envelope",
            Self::Structure => "--structure",
            Self::Headers => "--headers",
            Self::Text => "--text",
            Self::Part { .. } => "--part",
            Self::Attachments => "--attachments",
        }
    }
}

/// Whether the transfer encoding of a part is undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decode {
    /// The octets as they were sent.
    AsItIs,
    /// `--decode`: base64 and quoted-printable are undone; an encoding that nobody knows is left as it is.
    Undone,
}

/// How it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// For people.
    Text,
    /// `--json`: one value a line, for programs. Of attachments, a line for each file that was written.
    Json,
}

/// What fetching does to the flags of the message on the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Marking {
    /// Nothing.
    Leave,
    /// `--seen`
    Seen,
}

const MAILBOXES: &str = "Which mailboxes";
const MESSAGES: &str = "Which messages";
const WHAT: &str = "What of them";
const KEEPING: &str = "How they are kept";
const SERVER: &str = "On the server";
const CONNECTION: &str = "Connection";
const PASSWORD: &str = "Password";
const SHOWN: &str = "What is shown";

#[derive(Args)]
#[command(group = ArgGroup::new("view").args(["size", "envelope", "structure", "headers", "text", "part", "attachments"]))]
pub(super) struct Arguments {
    /// Where the mail is: imaps://user@host/mailbox; INBOX if no mailbox is named
    #[arg(value_parser = PlaceParser)]
    place: Place,

    /// A mailbox; * in it stands for anything, % for anything within one level. May be repeated
    #[arg(long, value_name = "NAME", help_heading = MAILBOXES)]
    mailbox: Vec<String>,

    /// Every mailbox of the account
    #[arg(long, conflicts_with = "mailbox", help_heading = MAILBOXES)]
    all_mailboxes: bool,

    /// Messages by position in the mailbox, such as 1 or 5:7,9 or 10:*
    #[arg(long, value_name = "SET", help_heading = MESSAGES)]
    number: Option<String>,

    /// Messages by UID, in the same form
    #[arg(long, value_name = "SET", help_heading = MESSAGES)]
    uid: Option<String>,

    /// Messages that match, such as 'UNSEEN SINCE 1-Feb-2026' (RFC 9051 section 6.4.4)
    #[arg(long, value_name = "KEYS", help_heading = MESSAGES)]
    search: Option<String>,

    /// Of all these, the N messages that came last
    #[arg(long, value_name = "N", help_heading = MESSAGES,
        value_parser = value_parser!(u32).range(1..).try_map(NonZeroU32::try_from))]
    last: Option<NonZeroU32>,

    /// Every message of the mailbox
    #[arg(long, conflicts_with_all = ["number", "uid", "search", "last"], help_heading = MESSAGES)]
    all: bool,

    /// Their sizes in octets
    #[arg(long, help_heading = WHAT)]
    size: bool,

    /// Date, sender, receivers, subject
    #[arg(long, help_heading = WHAT)]
    envelope: bool,

    /// Their parts, as a tree
    #[arg(long, help_heading = WHAT)]
    structure: bool,

    /// Their headers
    #[arg(long, help_heading = WHAT)]
    headers: bool,

    /// Their text, as a person reads it
    #[arg(long, help_heading = WHAT)]
    text: bool,

    /// One part, by its number in the structure, such as 1.2
    #[arg(long, value_name = "PART", value_parser = PartParser, help_heading = WHAT)]
    part: Option<PartPath>,

    /// Undo base64 and quoted-printable of the part
    #[arg(long, requires = "part", help_heading = WHAT)]
    decode: bool,

    /// Their attachments, into a folder
    #[arg(long, requires = "output", help_heading = WHAT)]
    attachments: bool,

    /// A file, a folder, or - for stdout
    #[arg(short, long, value_name = "OUT", required_unless_present = "view", help_heading = KEEPING)]
    output: Option<OsString>,

    /// eml (unless said otherwise), mbox (mboxrd) or maildir
    #[arg(long, value_enum, value_name = "FORMAT", hide_possible_values = true,
        help_heading = KEEPING)]
    format: Option<Format>,

    /// The name of each file in the folder, such as {year}/{uid}-{subject}; {uid} if not given
    #[arg(long, value_name = "TEMPLATE", help_heading = KEEPING)]
    name: Option<String>,

    /// Fetch everything again; files in the way are replaced, those fetched before are set aside
    #[arg(long, help_heading = KEEPING)]
    force: bool,

    /// Read again what is there from an earlier run, and fetch what is damaged
    #[arg(long, help_heading = KEEPING)]
    verify: bool,

    /// Do not wait until the disk has it: faster, but a power failure can take messages away
    #[arg(long, help_heading = KEEPING)]
    no_sync: bool,

    /// Mark the messages as read; without it and --delete, nothing changes on the server
    #[arg(long, help_heading = SERVER)]
    seen: bool,

    /// Remove from the server what is safe on the disk
    #[arg(long, conflicts_with = "no_sync", help_heading = SERVER)]
    delete: bool,

    /// Where the server cannot remove single messages, remove all that are marked as deleted
    #[arg(long, requires = "delete", help_heading = SERVER)]
    expunge_mailbox: bool,

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

    /// Say on stdout, as JSON lines, what is shown or what became of each message
    #[arg(long, help_heading = SHOWN)]
    json: bool,

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

pub(super) fn after_help() -> String {
    format!(
        "\
Examples:
  tayori fetch imaps://ann@mail.example.org/INBOX --number 1 -o mail.eml
  tayori fetch imaps://ann@mail.example.org/ --all-mailboxes --all -o mail/
  tayori fetch imaps://ann@mail.example.org/ --search 'UNSEEN FROM bob' --text
  tayori fetch 'imaps://ann@mail.example.org/INBOX;UID=20' -o - | less

A folder has a list of what was fetched into it, so that the same command again
fetches only what is missing. The password is asked for, unless --password-command,
--password-file or the environment variable TAYORI_PASSWORD gives it.

{}",
        exit::help_table()
    )
}

impl Arguments {
    pub(super) fn check(self) -> Result<Fetch, clap::Error> {
        let endpoint = tls_mode::resolve(self.place.scheme(), self.tls, self.place.port())
            .map_err(|err| refuse(ErrorKind::ArgumentConflict, err, &err.hint()))?;
        let mailboxes = self.mailboxes()?;
        let selection = self.selection()?;
        let output = self.output();
        let task = self.task(&output)?;
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
            mailboxes,
            selection,
            task,
            output,
            trust,
            place: self.place,
            marking: if self.seen { Marking::Seen } else { Marking::Leave },
            form: if self.json { Form::Json } else { Form::Text },
            password: PasswordOptions { command: self.password_command, file: self.password_file },
            trace: TraceOptions { stderr: self.trace, file: self.trace_file },
            verbosity: if self.quiet { Verbosity::Quiet } else { Verbosity::Normal },
            timeout: Duration::from_secs(self.timeout.into()),
        })
    }

    fn mailboxes(&self) -> Result<Mailboxes, clap::Error> {
        let named = match (self.all_mailboxes, self.mailbox.is_empty()) {
            (false, true) => return Ok(Mailboxes::OfThePlace),
            (true, _) => Mailboxes::All,
            (false, false) => Mailboxes::Named(self.mailbox.clone()),
        };
        if self.place.named_mailbox().is_some() || self.place.uid().is_some() {
            return Err(refuse(
                ErrorKind::ArgumentConflict,
                "the place names a mailbox, so --mailbox and --all-mailboxes cannot",
                "end the place behind the host: imaps://user@host/",
            ));
        }
        Ok(named)
    }

    fn selection(&self) -> Result<Selection, clap::Error> {
        let selection = Selection {
            numbers: self.number.clone(),
            uids: self.uid.clone(),
            uid: self.place.uid(),
            search: self.search.clone(),
            last: self.last,
        };
        let chosen = self.all || selection != Selection { uid: selection.uid, ..Selection::default() };
        match (chosen, selection.uid) {
            (true, None) | (false, Some(_)) => Ok(selection),
            (true, Some(_)) => Err(refuse(
                ErrorKind::ArgumentConflict,
                "the place names a message, so --number, --uid, --search, --all and --last cannot",
                "leave out one of the two",
            )),
            (false, None) => Err(refuse(
                ErrorKind::MissingRequiredArgument,
                "nothing says which messages are meant",
                "use --number, --uid, --search, --last or --all, or put ;UID=20 at the end of the place",
            )),
        }
    }

    /// What is only looked at goes to stdout unless something else is said.
    fn output(&self) -> OsString {
        self.output.clone().unwrap_or_else(|| "-".into())
    }

    fn task(&self, output: &OsString) -> Result<Task, clap::Error> {
        if let Some(view) = self.view() {
            return self.check_view(view).map(Task::View);
        }
        let format = self.format.unwrap_or_default();
        let on_stdout = output == "-";
        let conflict = |message: &str, hint: &str| Err(refuse(ErrorKind::ArgumentConflict, message, hint));
        if on_stdout && self.delete {
            return conflict(
                "what goes to stdout is not known to be safe anywhere, so --delete cannot follow it",
                "give a folder: -o DIR/",
            );
        }
        if on_stdout && self.json {
            return conflict("stdout cannot hold a message and JSON", "give a file or a folder with -o");
        }
        if on_stdout && format != Format::Eml {
            return conflict("this format needs a place on the disk", "give a folder: -o DIR/");
        }
        if self.name.is_some() && format != Format::Eml {
            return conflict(
                "--name is for --format eml: the other formats have names of their own",
                "leave it out",
            );
        }
        let removal = match (self.delete, self.expunge_mailbox) {
            (false, _) => Removal::Leave,
            (true, false) => Removal::Delete,
            (true, true) => Removal::DeleteAndExpungeMailbox,
        };
        Ok(Task::Keep(Keep {
            format,
            name: self.name.clone(),
            overwrite: if self.force { Overwrite::Replace } else { Overwrite::Refuse },
            durability: if self.no_sync { Durability::Unsynced } else { Durability::Synced },
            recheck: if self.verify { Recheck::Content } else { Recheck::Size },
            removal,
        }))
    }

    /// What is not the whole message has no form to choose, and proves nothing that a removal could rest on.
    fn check_view(&self, view: View) -> Result<View, clap::Error> {
        let asked = [
            (self.delete, "--delete"),
            (self.format.is_some(), "--format"),
            (self.name.is_some(), "--name"),
            (self.verify, "--verify"),
            (self.no_sync, "--no-sync"),
        ];
        match asked.into_iter().find_map(|(asked, option)| asked.then_some(option)) {
            None => Ok(view),
            Some(option) => Err(refuse(
                ErrorKind::ArgumentConflict,
                format_args!("{option} is about whole messages, and {} is something else", view.option()),
                "leave out one of the two",
            )),
        }
    }

    fn view(&self) -> Option<View> {
        let decode = if self.decode { Decode::Undone } else { Decode::AsItIs };
        // clap lets at most one of these through.
        let part = self.part.clone().map(|path| View::Part { path, decode });
        let asked = [
            (self.size, View::Size),
            (self.envelope, View::Envelope),
            (self.structure, View::Structure),
            (self.headers, View::Headers),
            (self.text, View::Text),
            (self.attachments, View::Attachments),
        ];
        part.or_else(|| asked.into_iter().find_map(|(asked, view)| asked.then_some(view)))
    }
}

fn refuse(kind: ErrorKind, message: impl std::fmt::Display, hint: &str) -> clap::Error {
    super::refuse("fetch", kind, message, hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Invocation;
    use crate::cli::tests::{PLACE, check_refused, invocation};

    fn fetch(line: &str) -> Fetch {
        match invocation(line) {
            Invocation::Fetch(fetch) => *fetch,
            other => panic!("{line}: {other:?}"),
        }
    }

    fn keep() -> Keep {
        Keep {
            format: Format::Eml,
            name: None,
            overwrite: Overwrite::Refuse,
            durability: Durability::Synced,
            recheck: Recheck::Size,
            removal: Removal::Leave,
        }
    }

    #[test]
    fn what_is_left_out_has_safe_defaults() {
        assert_eq!(
            fetch("tayori fetch PLACE --all -o out/"),
            Fetch {
                place: PLACE.parse().unwrap(),
                endpoint: Endpoint { tls: TlsMode::Implicit, port: 993.try_into().unwrap() },
                mailboxes: Mailboxes::OfThePlace,
                selection: Selection::default(),
                task: Task::Keep(keep()),
                output: "out/".into(),
                marking: Marking::Leave,
                form: Form::Text,
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
            "tayori fetch imap://ann@localhost:10143/ --mailbox x --mailbox A/* --uid 5:7,9 --number 1 --last 2 \
             --search UNSEEN -o d/ --format maildir --force --verify --seen --delete --expunge-mailbox --json \
             --tls implicit --ca-file ca.pem --timeout 5 --password-command pass --trace --trace-file t --quiet",
        );
        assert_eq!(
            fetch,
            Fetch {
                place: "imap://ann@localhost:10143/".parse().unwrap(),
                endpoint: Endpoint { tls: TlsMode::Implicit, port: 10143.try_into().unwrap() },
                mailboxes: Mailboxes::Named(vec!["x".to_owned(), "A/*".to_owned()]),
                selection: Selection {
                    numbers: Some("1".to_owned()),
                    uids: Some("5:7,9".to_owned()),
                    uid: None,
                    search: Some("UNSEEN".to_owned()),
                    last: NonZeroU32::new(2),
                },
                task: Task::Keep(Keep {
                    format: Format::Maildir,
                    overwrite: Overwrite::Replace,
                    recheck: Recheck::Content,
                    removal: Removal::DeleteAndExpungeMailbox,
                    ..keep()
                }),
                output: "d/".into(),
                marking: Marking::Seen,
                form: Form::Json,
                trust: Trust::CaFile("ca.pem".into()),
                password: PasswordOptions { command: Some("pass".into()), file: None },
                trace: TraceOptions { stderr: true, file: Some("t".into()) },
                verbosity: Verbosity::Quiet,
                timeout: Duration::from_secs(5),
            }
        );
    }

    #[test]
    fn messages_are_chosen_by_all_that_is_said() {
        let check = |line: &str, expected| assert_eq!(fetch(line).selection, expected, "{line}");
        let none = Selection::default;
        let text = |text: &str| Some(text.to_owned());
        check("tayori fetch PLACE -o x --number 1", Selection { numbers: text("1"), ..none() });
        check("tayori fetch PLACE -o x --number=10:*", Selection { numbers: text("10:*"), ..none() });
        check("tayori fetch PLACE -o x --uid 7", Selection { uids: text("7"), ..none() });
        check("tayori fetch PLACE -o x --all", none());
        check("tayori fetch PLACE -o x --last 3", Selection { last: NonZeroU32::new(3), ..none() });
        check("tayori fetch PLACE;UID=20 -o x", Selection { uid: NonZeroU32::new(20), ..none() });
        check(
            "tayori fetch PLACE -o x --search SEEN --last 3",
            Selection { search: text("SEEN"), last: NonZeroU32::new(3), ..none() },
        );
    }

    #[test]
    fn what_is_wanted_of_a_message() {
        let check = |options: &str, expected: View| {
            let fetch = fetch(&format!("tayori fetch PLACE --all {options}"));
            assert_eq!(fetch.task, Task::View(expected), "{options}");
            assert_eq!(fetch.output, if options.contains("-o") { "d/" } else { "-" }, "{options}");
        };
        let path = |levels: &[u32]| PartPath(levels.iter().map(|&n| n.try_into().unwrap()).collect());
        check("--size", View::Size);
        check("--envelope", View::Envelope);
        check("--structure", View::Structure);
        check("--headers", View::Headers);
        check("--text", View::Text);
        check("--attachments -o d/", View::Attachments);
        check("--part 1.2 -o d/", View::Part { path: path(&[1, 2]), decode: Decode::AsItIs });
        check("--part 1 --decode", View::Part { path: path(&[1]), decode: Decode::Undone });
    }

    #[test]
    fn mailboxes_are_named_in_one_way() {
        let check = |options: &str, expected| {
            let line = format!("tayori fetch imaps://ann@h/ --all -o d/ {options}");
            assert_eq!(fetch(&line).mailboxes, expected, "{options}");
        };
        check("", Mailboxes::OfThePlace);
        check("--mailbox Archive/%", Mailboxes::Named(vec!["Archive/%".to_owned()]));
        check("--all-mailboxes", Mailboxes::All);
    }

    #[test]
    fn trust_in_a_fingerprint() {
        let trust = fetch("tayori fetch PLACE --all -o x --fingerprint SHA256:ab").trust;
        assert_eq!(trust, Trust::Fingerprint("SHA256:ab".to_owned()));
    }

    #[test]
    fn contradictions_and_omissions_are_explained() {
        check_refused(
            "tayori fetch PLACE -o x",
            "error: nothing says which messages are meant\n\
             hint: use --number, --uid, --search, --last or --all, or put ;UID=20 at the end of the place",
        );
        check_refused(
            "tayori fetch PLACE;UID=20 --all -o x",
            "error: the place names a message, so --number, --uid, --search, --all and --last cannot\n\
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
        let on_stdout = "error: what goes to stdout is not known to be safe anywhere, so --delete cannot follow it\n\
                         hint: give a folder: -o DIR/";
        check_refused("tayori fetch PLACE --all -o - --delete", on_stdout);
        for (view, shown) in [
            ("--part 1", "--part"),
            ("--headers", "--headers"),
            ("--text", "--text"),
            ("--attachments", "--attachments"),
        ] {
            for option in ["--delete", "--format mbox", "--name x", "--verify", "--no-sync"] {
                let (name, _) = option.split_once(' ').unwrap_or((option, ""));
                check_refused(
                    &format!("tayori fetch PLACE --all -o d/ {option} {view}"),
                    &format!(
                        "error: {name} is about whole messages, and {shown} is something else\n\
                         hint: leave out one of the two"
                    ),
                );
            }
        }
        check_refused(
            "tayori fetch PLACE --all -o d/ --delete --no-sync",
            "error: the argument '--delete' cannot be used with '--no-sync'",
        );
        check_refused(
            "tayori fetch PLACE --all -o d/ --expunge-mailbox",
            "error: the following required arguments were not provided:\n  --delete",
        );
        check_refused(
            "tayori fetch PLACE --all -o - --format mbox",
            "error: this format needs a place on the disk\nhint: give a folder: -o DIR/",
        );
        check_refused(
            "tayori fetch PLACE --all -o - --json",
            "error: stdout cannot hold a message and JSON\nhint: give a file or a folder with -o",
        );
        check_refused(
            "tayori fetch PLACE --all -o d/ --format mbox --name {uid}",
            "error: --name is for --format eml: the other formats have names of their own\nhint: leave it out",
        );
        check_refused(
            "tayori fetch PLACE --all -o d/ --all-mailboxes",
            "error: the place names a mailbox, so --mailbox and --all-mailboxes cannot\n\
             hint: end the place behind the host: imaps://user@host/",
        );
        for part in ["", "0", "1.", "1..2", "x", "-1", "+1", "1.0", "4294967296"] {
            check_refused(
                &format!("tayori fetch PLACE --all --part={part}"),
                "error: that is no number of a part\nhint: write it as --structure shows it, such as 1 or 1.2",
            );
        }
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
}
