//! The options of `tayori list`.

use clap::Args;
use clap::error::ErrorKind;

use super::access::{self, Access, Accounts};
use super::form::{self, Form};
use super::typed::PlaceParser;
use crate::cli;
use crate::place::Place;

const COMMAND: &str = "list";

/// `tayori list`: the mailboxes of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct List {
    pub(crate) access: Access,
    pub(crate) accounts: Accounts,
    pub(crate) mailboxes: Listing,
    pub(crate) subscribed: Subscribed,
    pub(crate) counts: Counts,
    pub(crate) shape: Shape,
    pub(crate) form: Form,
}

/// Which mailboxes are listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Listing {
    All,
    /// The one in the place, and those below it.
    Below(String),
    /// Those that match, in the words of LIST (RFC 9051 section 6.3.9).
    Matching {
        reference: String,
        pattern: String,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subscribed {
    AllTheSame,
    /// `--subscribed`: no others.
    Only,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counts {
    None,
    /// `--status`
    Told,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Tree,
    /// `--flat`: each by its whole name.
    Flat,
}

#[derive(Args)]
pub(super) struct Arguments {
    /// The server: ACCOUNT or imaps://user@host/; with a mailbox behind it only that and what is below it
    #[arg(value_parser = PlaceParser)]
    place: Option<Place>,

    /// Only mailboxes that match, such as 'Archive/*'; in front of it what it begins with, as LIST takes it
    #[arg(value_name = "[REFERENCE] PATTERN", num_args = 0..=2)]
    words: Vec<String>,

    /// Only those that are subscribed
    #[arg(long)]
    subscribed: bool,

    /// Also how many messages each has, in the same round trip where the server can
    #[arg(long)]
    status: bool,

    /// Whole names instead of a tree
    #[arg(long, conflicts_with = "json")]
    flat: bool,

    #[command(flatten)]
    accounts: access::AllAccounts,

    #[command(flatten)]
    access: access::Arguments,

    #[command(flatten)]
    form: form::Arguments,
}

pub(super) const EXAMPLES: &str = "\
In a pattern * stands for anything, % for anything within one level.

Examples:
  tayori list imaps://ann@mail.example.org/
  tayori list imaps://ann@mail.example.org/Archive --status
  tayori list imaps://ann@mail.example.org/ '*/2024' --flat
";

impl Arguments {
    pub(super) fn check(self) -> Result<List, clap::Error> {
        let place = self.place.unwrap_or_else(Place::usual);
        let named = place.named_mailbox().map(str::to_owned);
        let mailboxes = match (&self.words[..], named) {
            ([], None) => Listing::All,
            ([], Some(mailbox)) => Listing::Below(mailbox),
            (_, Some(_)) => {
                return Err(cli::refuse(
                    COMMAND,
                    ErrorKind::ArgumentConflict,
                    "the place names a mailbox, so no pattern can",
                    "end the place behind the host: imaps://user@host/",
                ));
            }
            ([pattern], None) => Listing::Matching { reference: String::new(), pattern: pattern.clone() },
            ([reference, pattern, ..], None) => {
                Listing::Matching { reference: reference.clone(), pattern: pattern.clone() }
            }
        };
        Ok(List {
            access: self.access.check(COMMAND, place)?,
            accounts: self.accounts.into(),
            mailboxes,
            subscribed: if self.subscribed { Subscribed::Only } else { Subscribed::AllTheSame },
            counts: if self.status { Counts::Told } else { Counts::None },
            shape: if self.flat { Shape::Flat } else { Shape::Tree },
            form: self.form.into(),
        })
    }
}
