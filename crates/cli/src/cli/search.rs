//! The options of `tayori search`.

use clap::Args;

use super::access::{self, Access};
use super::form::{self, Form};
use super::mailboxes::{self, Mailboxes};
use super::messages::Selection;
use super::sought;
use super::typed::{PlaceParser, SortParser};
use tayori_proto::command::SortCriterion;
use tayori_proto::types::NonEmpty;

use crate::overview::MARKS;
use crate::place::Place;
use crate::query;

/// `tayori search`: the messages that match, of one mailbox or of several.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Search {
    pub(crate) access: Access,
    pub(crate) mailboxes: Mailboxes,
    pub(crate) selection: Selection,
    /// In which order; by UID if nothing is said.
    pub(crate) sorting: Option<Sorting>,
    pub(crate) wanted: Wanted,
    pub(crate) form: Form,
}

/// `--sort`, the first before the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sorting(pub(crate) NonEmpty<SortCriterion>);

/// What is wanted of the search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// The messages, a line each.
    Messages,
    /// `--count`: how many they are.
    Count,
    /// `--explain`: how it would be found out. Nothing is sent.
    Explanation,
}

#[derive(Args)]
pub(super) struct Arguments {
    /// The mailbox: ACCOUNT:mailbox or imaps://user@host/mailbox; INBOX if none is named
    #[arg(value_parser = PlaceParser)]
    place: Place,

    #[command(flatten)]
    sought: sought::Arguments,

    #[command(flatten)]
    mailboxes: mailboxes::Arguments,

    /// In this order: date, arrival, from, to, cc, subject or size, several with commas; - in front for the reverse
    #[arg(long, value_name = "KEYS", value_parser = SortParser, allow_hyphen_values = true)]
    sort: Option<Sorting>,

    /// Say only how many match
    #[arg(long, conflicts_with = "sort")]
    count: bool,

    /// Say what the server would be asked, and what would be done here; nothing is sent
    #[arg(long, conflicts_with = "count")]
    explain: bool,

    #[command(flatten)]
    access: access::Arguments,

    #[command(flatten)]
    form: form::Arguments,
}

pub(super) fn examples() -> String {
    format!(
        "\
{}
{MARKS}
Examples:
  tayori search imaps://ann@mail.example.org/ from:bob unread
  tayori search imaps://ann@mail.example.org/ 'subject:\"tax 2025\" or larger:5M'
  tayori search imaps://ann@mail.example.org/ larger:5M --sort -size
  tayori search imaps://ann@mail.example.org/ --all-mailboxes from:bob
  tayori search imaps://ann@mail.example.org/ older:1y --json | jq .subject
",
        query::help()
    )
}

impl Arguments {
    pub(super) fn check(self) -> Result<Search, clap::Error> {
        let selection = self.sought.check(&self.place);
        let wanted = match (self.count, self.explain) {
            (false, false) => Wanted::Messages,
            (true, _) => Wanted::Count,
            (false, true) => Wanted::Explanation,
        };
        let mailboxes = self.mailboxes.check("search", &self.place)?;
        let access = self.access.check("search", self.place)?;
        Ok(Search { access, mailboxes, selection, sorting: self.sort, wanted, form: self.form.into() })
    }
}
