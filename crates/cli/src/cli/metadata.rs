//! The options of `tayori metadata`.

use bytes::Bytes;
use clap::Args;
use clap::error::ErrorKind;
use tayori_proto::command::NewMetadata;
use tayori_proto::types::{MetadataEntry, NonEmpty};

use super::access::{self, Access};
use super::change::Rehearsal;
use super::form::{self, Form};
use super::typed::PlaceParser;
use crate::cli;
use crate::escape::escape_str;
use crate::place::Place;

/// `tayori metadata`: what is noted of a mailbox or of the server.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Metadata {
    pub(crate) access: Access,
    pub(crate) about: About,
    pub(crate) task: MetadataTask,
    pub(crate) rehearsal: Rehearsal,
    pub(crate) form: Form,
}

/// What the notes are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum About {
    Mailbox,
    /// `--server`
    Server,
}

/// What is wanted of them.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum MetadataTask {
    /// These entries and what is below them; everything if none is named.
    Show(Option<NonEmpty<MetadataEntry>>),
    /// These get other values, or go.
    Change(NonEmpty<NewMetadata>),
}

const CHANGES: &str = "What is changed";

#[derive(Args)]
pub(super) struct Arguments {
    /// The mailbox: ACCOUNT:mailbox or imaps://user@host/mailbox; INBOX if none is named
    #[arg(value_parser = PlaceParser)]
    place: Place,

    /// Which entries, with those below them, such as /private/comment; all if none is named
    #[arg(value_name = "ENTRY")]
    entries: Vec<String>,

    /// Those of the server, not of a mailbox
    #[arg(long)]
    server: bool,

    /// Write down a value. May be repeated
    #[arg(long, value_name = "ENTRY=VALUE", conflicts_with = "entries", help_heading = CHANGES)]
    set: Vec<String>,

    /// Remove an entry. May be repeated
    #[arg(long, value_name = "ENTRY", conflicts_with = "entries", help_heading = CHANGES)]
    unset: Vec<String>,

    /// Say what would be done, and change nothing
    #[arg(long, conflicts_with = "entries")]
    dry_run: bool,

    #[command(flatten)]
    access: access::Arguments,

    #[command(flatten)]
    form: form::Arguments,
}

pub(super) const EXAMPLES: &str = "\
What begins with /private is seen by this user alone, what begins with /shared
by all who may see the mailbox (RFC 5464). All changes are made, or none.

Examples:
  tayori metadata imaps://ann@mail.example.org/
  tayori metadata imaps://ann@mail.example.org/ --server /shared/admin
  tayori metadata imaps://ann@mail.example.org/Team --set '/private/comment=old'
";

impl Arguments {
    pub(super) fn check(self) -> Result<Metadata, clap::Error> {
        let set = self.set.iter().map(|typed| match typed.split_once('=') {
            Some((name, value)) => {
                let value = Some(Bytes::copy_from_slice(value.as_bytes()));
                Ok(NewMetadata { entry: entry(name)?, value })
            }
            None => Err(refuse(format!("--set {}: it has no value", escape_str(typed)))),
        });
        let unset = self.unset.iter().map(|name| Ok(NewMetadata { entry: entry(name)?, value: None }));
        let changes = set.chain(unset).collect::<Result<Vec<_>, clap::Error>>()?;
        let entries = self.entries.iter().map(|name| entry(name)).collect::<Result<Vec<_>, _>>()?;
        let task = match NonEmpty::try_from(changes) {
            Ok(changes) => MetadataTask::Change(changes),
            Err(_) if self.dry_run => {
                return Err(refuse("--dry-run is about changes, and there is none".to_owned()));
            }
            Err(_) => MetadataTask::Show(NonEmpty::try_from(entries).ok()),
        };
        Ok(Metadata {
            access: self.access.check("metadata", self.place)?,
            about: if self.server { About::Server } else { About::Mailbox },
            task,
            rehearsal: Rehearsal::asked(self.dry_run),
            form: self.form.into(),
        })
    }
}

fn entry(name: &str) -> Result<MetadataEntry, clap::Error> {
    MetadataEntry::new(name).map_err(|error| refuse(format!("{}: {error}", escape_str(name))))
}

fn refuse(message: String) -> clap::Error {
    let hint = "an entry is such as /private/comment; with a value /private/comment=old";
    cli::refuse("metadata", ErrorKind::ValueValidation, message, hint)
}
