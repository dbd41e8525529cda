//! The options of `tayori thread`.

use std::num::NonZeroU32;

use clap::builder::TypedValueParser as _;
use clap::{Args, value_parser};

use super::access::{self, Access};
use super::form::{self, Form};
use super::messages::{Selection, Words};
use super::typed::PlaceParser;
use crate::place::Place;
use crate::query;

/// `tayori thread`: the messages of a mailbox that match, as conversations.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Thread {
    pub(crate) access: Access,
    pub(crate) selection: Selection,
    pub(crate) form: Form,
}

#[derive(Args)]
pub(super) struct Arguments {
    /// The mailbox: imaps://user@host/mailbox; INBOX if none is named
    #[arg(value_parser = PlaceParser)]
    place: Place,

    /// What to look for, as tayori search takes it; everything if nothing is said
    #[arg(value_name = "WORDS")]
    words: Vec<String>,

    /// The same in the words of IMAP, such as 'UNSEEN FROM ann'
    #[arg(long, value_name = "KEYS", conflicts_with = "words")]
    raw: Option<String>,

    /// Of what matches, the N messages that came last
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..).try_map(NonZeroU32::try_from))]
    last: Option<NonZeroU32>,

    #[command(flatten)]
    access: access::Arguments,

    #[command(flatten)]
    form: form::Arguments,
}

pub(super) const EXAMPLES: &str = "\
Each line is that of tayori search, with replies indented below what they answer.
The server makes the threads (THREAD=REFERENCES) where it can; else they are made
here, with the same rules.

Examples:
  tayori thread imaps://ann@mail.example.org/ since:30d
  tayori thread imaps://ann@mail.example.org/Lists/rust subject:async
";

impl Arguments {
    pub(super) fn check(self) -> Result<Thread, clap::Error> {
        let words = (!self.words.is_empty()).then(|| Words::Query(query::joined(&self.words)));
        let selection = Selection {
            uid: self.place.uid(),
            validity: self.place.uid_validity(),
            search: words.or(self.raw.map(Words::Keys)),
            last: self.last,
            ..Selection::default()
        };
        Ok(Thread { access: self.access.check("thread", self.place)?, selection, form: self.form.into() })
    }
}
