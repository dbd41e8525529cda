//! The options of `tayori fetch` as they are typed, and what they mean together.

use std::ffi::OsString;
use std::fmt;
use std::num::NonZeroU32;

use clap::builder::TypedValueParser as _;
use clap::error::ErrorKind;
use clap::{ArgGroup, Args, value_parser};
use tayori_proto::types::PartPath;

use super::{Decode, Durability, Fetch, Format, Keep, Marking, Recheck, Removal, Task, View};
use crate::cli::messages::MESSAGES;
use crate::cli::typed::{PartParser, PlaceParser};
use crate::cli::{self, Selection, access, form, mailboxes, messages};
use crate::output::Overwrite;
use crate::place::Place;

const COMMAND: &str = "fetch";

const WHAT: &str = "What of them";
const KEEPING: &str = "How they are kept";
const SERVER: &str = "On the server";

#[derive(Args)]
#[command(group = ArgGroup::new("view").args(["size", "envelope", "structure", "headers", "text", "part", "attachments"]))]
pub(in crate::cli) struct Arguments {
    /// Where the mail is: ACCOUNT:mailbox or imaps://user@host/mailbox; INBOX if no mailbox is named
    #[arg(value_parser = PlaceParser)]
    place: Option<Place>,

    #[command(flatten)]
    mailboxes: mailboxes::Arguments,

    /// Messages by position in the mailbox, such as 1 or 5:7,9 or 10:*
    #[arg(long, value_name = "SET", help_heading = MESSAGES)]
    number: Option<String>,

    /// Messages by UID, in the same form
    #[arg(long, value_name = "SET", help_heading = MESSAGES)]
    uid: Option<String>,

    #[command(flatten)]
    matching: messages::Matching,

    /// Of all these, the N messages that came last
    #[arg(long, value_name = "N", help_heading = MESSAGES,
        value_parser = value_parser!(u32).range(1..).try_map(NonZeroU32::try_from))]
    last: Option<NonZeroU32>,

    /// Every message of the mailbox
    #[arg(long, conflicts_with_all = ["number", "uid", "query", "search", "last"], help_heading = MESSAGES)]
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
    #[arg(long, help_heading = WHAT)]
    decode: bool,

    /// Their attachments, into a folder; those of several messages into one for each
    #[arg(long, requires = "output", help_heading = WHAT)]
    attachments: bool,

    /// A file, a folder, or - for stdout
    #[arg(short, long, value_name = "OUT", required_unless_present_any = ["view", "decode"], help_heading = KEEPING)]
    output: Option<OsString>,

    /// eml (unless said otherwise), mbox (mboxrd) or maildir
    #[arg(long, value_enum, value_name = "FORMAT", hide_possible_values = true,
        help_heading = KEEPING)]
    format: Option<Format>,

    /// The name of each file in a folder, such as {year}/{date}-{from}-{subject}; {uid} if not given
    #[arg(long, value_name = "TEMPLATE", help_heading = KEEPING)]
    name: Option<String>,

    /// Fetch everything again and replace files in the way; what was fetched before and differs is set aside
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

    #[command(flatten)]
    access: access::Arguments,

    #[command(flatten)]
    form: form::Arguments,
}

pub(in crate::cli) const EXAMPLES: &str = "\
Examples:
  tayori fetch imaps://ann@mail.example.org/INBOX --number 1 -o mail.eml
  tayori fetch imaps://ann@mail.example.org/ --all-mailboxes --all -o mail/
  tayori fetch imaps://ann@mail.example.org/ --query 'from:bob unread' --text
  tayori fetch 'imaps://ann@mail.example.org/INBOX;UID=20' -o - | less

A folder has a list of what was fetched into it, so that the same command again
fetches only what is missing. The password is asked for, unless
--password-command, --password-file or the environment variable TAYORI_PASSWORD
gives it.
";

impl Arguments {
    pub(in crate::cli) fn check(self) -> Result<Fetch, clap::Error> {
        let place = self.place.clone().unwrap_or_else(Place::usual);
        let selection = self.selection(&place)?;
        let output = self.output();
        let task = self.task(&output)?;
        Ok(Fetch {
            mailboxes: self.mailboxes.check(COMMAND, &place)?,
            selection,
            task,
            output,
            access: self.access.check(COMMAND, place)?,
            marking: if self.seen { Marking::Seen } else { Marking::Leave },
            form: self.form.into(),
        })
    }

    fn selection(&self, place: &Place) -> Result<Selection, clap::Error> {
        let selection = Selection {
            numbers: self.number.clone(),
            uids: self.uid.clone(),
            uid: place.uid(),
            validity: place.uid_validity(),
            search: self.matching.words(),
            last: self.last,
            ..Selection::default()
        };
        let chosen = self.all
            || selection
                != Selection { uid: selection.uid, validity: selection.validity, ..Selection::default() };
        match (chosen, selection.uid) {
            (true, None) | (false, Some(_)) => Ok(selection),
            (true, Some(_)) => Err(refuse(
                ErrorKind::ArgumentConflict,
                "the place names a message, so --number, --uid, --query, --search, --all and --last cannot",
                "leave out one of the two",
            )),
            (false, None) => Err(refuse(
                ErrorKind::MissingRequiredArgument,
                "nothing says which messages are meant",
                "use --number, --uid, --query, --search, --last or --all, or put ;UID=20 at the end of the place",
            )),
        }
    }

    /// What is only looked at goes to stdout unless something else is said.
    fn output(&self) -> OsString {
        self.output.clone().unwrap_or_else(|| "-".into())
    }

    fn task(&self, output: &OsString) -> Result<Task, clap::Error> {
        if self.decode && self.part.is_none() {
            return Err(refuse(
                ErrorKind::ArgumentConflict,
                "--decode is about a part, and no --part is given",
                "write --part 1.2 --decode, or leave it out",
            ));
        }
        if output.is_empty() {
            return Err(refuse(
                ErrorKind::ValueValidation,
                "-o is empty",
                "give a file, a folder with / at its end, or - for stdout",
            ));
        }
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
        if on_stdout && self.form.is_json() {
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

    /// What is not the whole message has no form to choose, never replaces a file, and proves nothing that a removal
    /// could rest on.
    fn check_view(&self, view: View) -> Result<View, clap::Error> {
        let asked = [
            (self.delete, "--delete"),
            (self.format.is_some(), "--format"),
            (self.name.is_some(), "--name"),
            (self.force, "--force"),
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

fn refuse(kind: ErrorKind, message: impl fmt::Display, hint: &str) -> clap::Error {
    cli::refuse(COMMAND, kind, message, hint)
}
