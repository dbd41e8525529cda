//! The options of `tayori append`.

use std::ffi::OsString;

use clap::Args;
use clap::error::ErrorKind;
use tayori_proto::types::{Flag, InternalDate};

use super::access::{self, Access};
use super::change::Rehearsal;
use super::form::{self, Form};
use super::typed::{PlaceParser, flag};
use crate::cli;
use crate::escape::escape_str;
use crate::place::Place;

const COMMAND: &str = "append";

/// `tayori append`: files become messages of a mailbox.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Append {
    pub(crate) access: Access,
    /// In the order in which they are stored; `-` is stdin.
    pub(crate) files: Vec<OsString>,
    pub(crate) flags: Vec<Flag>,
    pub(crate) arrived: Arrived,
    pub(crate) octets: Octets,
    pub(crate) rehearsal: Rehearsal,
    pub(crate) form: Form,
}

/// When the messages have arrived, for the server (INTERNALDATE).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrived {
    /// When they are stored.
    Now,
    /// `--sent-date`: when each says that it was sent.
    WhenSent,
    /// `--date DATE`
    At(InternalDate),
}

/// Which octets of the files are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Octets {
    /// Those of a message as it travels, all of them; a file that is none is refused.
    Mail,
    /// `--crlf`: the same, with CRLF where a line ends in LF alone.
    Crlf,
    /// `--as-is`: all of them, whatever they are.
    AsTheyAre,
}

#[derive(Args)]
pub(super) struct Arguments {
    /// The mailbox: ACCOUNT:mailbox or imaps://user@host/mailbox; INBOX if none is named
    #[arg(value_parser = PlaceParser)]
    place: Place,

    /// Messages, one in each file; - for one on stdin
    #[arg(value_name = "FILE", required = true)]
    files: Vec<OsString>,

    /// A flag that they get, such as seen or $Work. May be repeated
    #[arg(long, value_name = "FLAG")]
    flag: Vec<String>,

    /// When they have arrived, such as '01-Feb-2026 09:30:00 +0100'; unless said, now
    #[arg(long, value_name = "DATE")]
    date: Option<String>,

    /// They have arrived when their headers say that they were sent
    #[arg(long, conflicts_with = "date")]
    sent_date: bool,

    /// Make CRLF of the end of lines that end in LF alone, as in text files on Unix
    #[arg(long)]
    crlf: bool,

    /// Send the octets of each file as they stand, also lines that end in LF alone, or an mbox
    #[arg(long, conflicts_with = "crlf")]
    as_is: bool,

    /// Say what would be done, and change nothing
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    access: access::Arguments,

    #[command(flatten)]
    form: form::Arguments,
}

pub(super) const EXAMPLES: &str = "\
The octets of each file are stored as they are; a file whose lines end in LF
alone is refused, unless --crlf or --as-is says what to do with it. If something
keeps it from being finished, it is said which files are left.

Examples:
  tayori append imaps://ann@mail.example.org/Drafts letter.eml --flag draft
  tayori append imaps://ann@mail.example.org/Old mail/*.eml --sent-date
";

impl Arguments {
    pub(super) fn check(self) -> Result<Append, clap::Error> {
        let refuse = |kind, message: String, hint: &str| Err(cli::refuse(COMMAND, kind, message, hint));
        if self.files.iter().filter(|file| *file == "-").count() > 1 {
            return refuse(
                ErrorKind::ArgumentConflict,
                "stdin holds one message, and - is there twice".to_owned(),
                "leave out one of the two",
            );
        }
        if self.place.uid().is_some() {
            return refuse(
                ErrorKind::ArgumentConflict,
                "the place names a message, and files go to a mailbox".to_owned(),
                "leave out ;UID=",
            );
        }
        cli::refuse_validity(COMMAND, &self.place)?;
        let arrived = match (self.date, self.sent_date) {
            (_, true) => Arrived::WhenSent,
            (None, false) => Arrived::Now,
            (Some(text), false) => match InternalDate::parse(text.as_bytes()) {
                Ok(date) => Arrived::At(date),
                Err(_) => {
                    let message = format!("--date {}: that is no moment", escape_str(&text));
                    return refuse(
                        ErrorKind::ValueValidation,
                        message,
                        "write it such as '01-Feb-2026 09:30:00 +0100'",
                    );
                }
            },
        };
        Ok(Append {
            flags: self.flag.iter().map(|name| flag(COMMAND, name)).collect::<Result<_, _>>()?,
            access: self.access.check(COMMAND, self.place)?,
            files: self.files,
            arrived,
            octets: match (self.crlf, self.as_is) {
                (true, _) => Octets::Crlf,
                (false, true) => Octets::AsTheyAre,
                (false, false) => Octets::Mail,
            },
            rehearsal: Rehearsal::asked(self.dry_run),
            form: self.form.into(),
        })
    }
}
