//! The options of `tayori thread`.

use clap::Args;

use super::access::{self, Access};
use super::form::{self, Form};
use super::messages::Selection;
use super::sought;
use super::typed::PlaceParser;
use crate::place::Place;

/// `tayori thread`: the messages of a mailbox that match, as conversations.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Thread {
    pub(crate) access: Access,
    pub(crate) selection: Selection,
    pub(crate) form: Form,
}

#[derive(Args)]
pub(super) struct Arguments {
    /// The mailbox: ACCOUNT:mailbox or imaps://user@host/mailbox; INBOX if none is named
    #[arg(value_parser = PlaceParser)]
    place: Place,

    #[command(flatten)]
    sought: sought::Arguments,

    #[command(flatten)]
    access: access::Arguments,

    #[command(flatten)]
    form: form::Arguments,
}

pub(super) const EXAMPLES: &str = "\
The words are those of tayori search, whose help lists them. Each line is that
of tayori search, with replies indented below what they answer. The server makes
the threads (THREAD=REFERENCES) where it can; else they are made here, with the
same rules.

Examples:
  tayori thread imaps://ann@mail.example.org/ since:30d
  tayori thread imaps://ann@mail.example.org/Lists/rust subject:async
";

impl Arguments {
    pub(super) fn check(self) -> Result<Thread, clap::Error> {
        let selection = self.sought.check(&self.place);
        Ok(Thread { access: self.access.check("thread", self.place)?, selection, form: self.form.into() })
    }
}
