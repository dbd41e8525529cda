//! The options of `tayori namespace`.

use clap::Args;

use super::access::{self, Access};
use super::form::{self, Form};
use super::typed::PlaceParser;
use crate::place::Place;

/// `tayori namespace`: where mailboxes are found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Namespace {
    pub(crate) access: Access,
    pub(crate) form: Form,
}

#[derive(Args)]
pub(super) struct Arguments {
    /// The server: imaps://user@host/
    #[arg(value_parser = PlaceParser)]
    place: Place,

    #[command(flatten)]
    access: access::Arguments,

    #[command(flatten)]
    form: form::Arguments,
}

pub(super) const EXAMPLES: &str = "\
Example:
  tayori namespace imaps://ann@mail.example.org/
";

impl Arguments {
    pub(super) fn check(self) -> Result<Namespace, clap::Error> {
        Ok(Namespace { access: self.access.check("namespace", self.place)?, form: self.form.into() })
    }
}
