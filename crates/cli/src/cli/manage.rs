//! The options of `tayori mailbox`.

use clap::{Args, Subcommand};
use tayori_proto::types::SpecialUse;

use super::access::{self, Access};
use super::change::{Change, Deed, Rehearsal};
use super::form::{self, Form};
use super::messages::Selection;
use super::typed::PlaceParser;
use crate::cli;
use crate::escape::escape_str;
use crate::place::Place;
use clap::error::ErrorKind;

/// A change to a mailbox.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Manage {
    pub(crate) access: Access,
    pub(crate) work: Work,
    pub(crate) rehearsal: Rehearsal,
    pub(crate) form: Form,
}

/// What is done with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    Create { special_use: Option<SpecialUse> },
    Delete(WithMail),
    Rename { to: String },
    Subscribe,
    Unsubscribe,
}

/// Whether a mailbox may go with mail in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WithMail {
    Refused,
    /// `--with-mail`
    Wanted,
}

/// What `tayori mailbox` was asked for.
pub(super) enum Asked {
    Manage(Manage),
    /// Its mail is removed, the mailbox stays.
    Empty(Change),
}

#[derive(Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make a mailbox
    #[command(after_help = CREATE)]
    Create(CreateArguments),

    /// Remove a mailbox
    #[command(after_help = DELETE)]
    Delete(DeleteArguments),

    /// Give a mailbox another name
    #[command(after_help = RENAME)]
    Rename(RenameArguments),

    /// Put a mailbox on the list of those that mail programs show
    #[command(after_help = SUBSCRIBE)]
    Subscribe(Common),

    /// Take a mailbox from that list
    #[command(after_help = UNSUBSCRIBE)]
    Unsubscribe(Common),

    /// Remove all mail from a mailbox
    #[command(after_help = EMPTY)]
    Empty(EmptyArguments),
}

#[derive(Args)]
#[group(skip)]
struct Common {
    /// The mailbox: ACCOUNT:mailbox or imaps://user@host/mailbox
    #[arg(value_parser = PlaceParser)]
    place: Place,

    /// Say what would be done, and change nothing
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    access: access::Arguments,

    #[command(flatten)]
    form: form::Arguments,
}

#[derive(Args)]
struct CreateArguments {
    #[command(flatten)]
    common: Common,

    /// What it is for: archive, drafts, flagged, junk, sent or trash
    #[arg(long = "use", value_name = "USE")]
    special_use: Option<String>,
}

#[derive(Args)]
struct DeleteArguments {
    #[command(flatten)]
    common: Common,

    /// Also when there is mail in it, which goes for ever, or a mailbox below it
    #[arg(long)]
    with_mail: bool,
}

#[derive(Args)]
struct RenameArguments {
    #[command(flatten)]
    common: Common,

    /// The name that it gets
    #[arg(long, value_name = "MAILBOX")]
    to: String,
}

#[derive(Args)]
struct EmptyArguments {
    #[command(flatten)]
    common: Common,

    /// The mailbox that is the Trash, where the server does not say which
    #[arg(long, value_name = "MAILBOX")]
    trash: Option<String>,

    /// Remove the mail for ever, instead of putting it into the Trash
    #[arg(long, conflicts_with = "trash")]
    expunge: bool,
}

pub(super) const EXAMPLES: &str = "\
Examples:
  tayori mailbox create imaps://ann@mail.example.org/Archive/2026
  tayori mailbox empty imaps://ann@mail.example.org/Trash --expunge --dry-run
";

const CREATE: &str = "\
Examples:
  tayori mailbox create imaps://ann@mail.example.org/Archive/2026
  tayori mailbox create imaps://ann@mail.example.org/Sent --use sent
";

const DELETE: &str = "\
Example:
  tayori mailbox delete imaps://ann@mail.example.org/Archive/2019
";

const RENAME: &str = "\
Renaming INBOX moves its mail to the new mailbox, and leaves it empty.

Example:
  tayori mailbox rename imaps://ann@mail.example.org/Old --to Archive/Old
";

const SUBSCRIBE: &str = "\
Example:
  tayori mailbox subscribe imaps://ann@mail.example.org/Lists/rust
";

const UNSUBSCRIBE: &str = "\
Example:
  tayori mailbox unsubscribe imaps://ann@mail.example.org/Lists/rust
";

const EMPTY: &str = "\
It goes to the Trash; with --expunge for ever, which is the only way for the
Trash itself.

Example:
  tayori mailbox empty imaps://ann@mail.example.org/Trash --expunge --dry-run
";

impl Arguments {
    pub(super) fn check(self) -> Result<Asked, clap::Error> {
        match self.command {
            Command::Create(arguments) => {
                let special_use = arguments.special_use.as_deref().map(special_use).transpose()?;
                arguments.common.manage("create", Work::Create { special_use })
            }
            Command::Delete(arguments) => {
                let with_mail = if arguments.with_mail { WithMail::Wanted } else { WithMail::Refused };
                arguments.common.manage("delete", Work::Delete(with_mail))
            }
            Command::Rename(arguments) => {
                let to = arguments.to;
                arguments.common.manage("rename", Work::Rename { to })
            }
            Command::Subscribe(common) => common.manage("subscribe", Work::Subscribe),
            Command::Unsubscribe(common) => common.manage("unsubscribe", Work::Unsubscribe),
            Command::Empty(arguments) => {
                let to = arguments.trash;
                let deed = if arguments.expunge { Deed::Expunge } else { Deed::Trash { to } };
                arguments.common.check_place("empty")?;
                let Common { place, dry_run, access, form } = arguments.common;
                Ok(Asked::Empty(Change {
                    selection: Selection { validity: place.uid_validity(), ..Selection::default() },
                    access: access.check("mailbox", place)?,
                    deed,
                    rehearsal: Rehearsal::asked(dry_run),
                    form: form.into(),
                }))
            }
        }
    }
}

impl Common {
    /// A mailbox that is changed has to be named: nobody means INBOX who forgets it.
    fn check_place(&self, verb: &str) -> Result<(), clap::Error> {
        if self.place.named_mailbox().is_some() && self.place.uid().is_none() {
            return Ok(());
        }
        Err(cli::refuse(
            "mailbox",
            ErrorKind::ValueValidation,
            format!("nothing says which mailbox to {verb}"),
            "write it behind the host: imaps://user@host/mailbox",
        ))
    }

    fn manage(self, verb: &str, work: Work) -> Result<Asked, clap::Error> {
        self.check_place(verb)?;
        cli::refuse_validity("mailbox", &self.place)?;
        Ok(Asked::Manage(Manage {
            access: self.access.check("mailbox", self.place)?,
            work,
            rehearsal: Rehearsal::asked(self.dry_run),
            form: self.form.into(),
        }))
    }
}

fn special_use(name: &str) -> Result<SpecialUse, clap::Error> {
    SpecialUse::new(name.trim_start_matches('\\').to_owned()).map_err(|_| {
        let message = format!("{} is nothing that a mailbox is for", escape_str(name));
        let hint = "write archive, drafts, flagged, junk, sent or trash";
        cli::refuse("mailbox", ErrorKind::ValueValidation, message, hint)
    })
}
