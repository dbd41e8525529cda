//! The options of `tayori quota`.

use clap::Args;

use super::access::{self, Access};
use super::form::{self, Form};
use super::typed::PlaceParser;
use crate::place::Place;

/// `tayori quota`: how much may be stored, and how much is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Quota {
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
Example:
  tayori quota imaps://ann@mail.example.org/
";

impl Arguments {
    pub(super) fn check(self) -> Result<Quota, clap::Error> {
        Ok(Quota { access: self.access.check("quota", self.place)?, form: self.form.into() })
    }
}
