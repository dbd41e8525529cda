//! The options of `tayori status`.

use clap::Args;

use super::access::{self, Access};
use super::form::{self, Form};
use super::typed::PlaceParser;
use crate::place::Place;

/// `tayori status`: what is in a mailbox, without opening it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Status {
    pub(crate) access: Access,
    pub(crate) form: Form,
}

#[derive(Args)]
pub(super) struct Arguments {
    /// The mailbox: imaps://user@host/mailbox; INBOX if none is named
    #[arg(value_parser = PlaceParser)]
    place: Place,

    #[command(flatten)]
    access: access::Arguments,

    #[command(flatten)]
    form: form::Arguments,
}

pub(super) const EXAMPLES: &str = "\
Examples:
  tayori status imaps://ann@mail.example.org/
  tayori status imaps://ann@mail.example.org/Archive/2024 --json

For many mailboxes at once, use tayori list --status.
";

impl Arguments {
    pub(super) fn check(self) -> Result<Status, clap::Error> {
        Ok(Status { access: self.access.check("status", self.place)?, form: self.form.into() })
    }
}
