//! Which mailboxes a command is about: the options of the commands that go through several.

use clap::Args;
use clap::error::ErrorKind;

use crate::cli;
use crate::place::Place;

/// Which mailboxes are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mailboxes {
    /// That of the place.
    OfThePlace,
    /// `--mailbox`, each a name or a pattern of LIST.
    Named(Vec<String>),
    /// `--all-mailboxes`
    All,
}

impl Mailboxes {
    /// Whether one mailbox is meant, whatever the account holds.
    pub(crate) fn is_one(&self) -> bool {
        match self {
            Self::OfThePlace => true,
            Self::Named(names) => matches!(&names[..], [name] if !is_pattern(name)),
            Self::All => false,
        }
    }
}

/// Whether what was typed as a mailbox is a pattern of LIST (RFC 9051 section 6.3.9) rather than a name.
pub(crate) fn is_pattern(typed: &str) -> bool {
    typed.contains(['*', '%'])
}

const MAILBOXES: &str = "Which mailboxes";

#[derive(Args)]
#[group(skip)]
pub(super) struct Arguments {
    /// A mailbox; * in it stands for anything, % for anything within one level. May be repeated
    #[arg(long, value_name = "NAME", help_heading = MAILBOXES)]
    mailbox: Vec<String>,

    /// Every mailbox of the account
    #[arg(long, conflicts_with = "mailbox", help_heading = MAILBOXES)]
    all_mailboxes: bool,
}

impl Arguments {
    /// What they mean at this place, for the command of this name.
    pub(super) fn check(self, command: &str, place: &Place) -> Result<Mailboxes, clap::Error> {
        let named = match (self.all_mailboxes, self.mailbox.is_empty()) {
            (false, true) => return Ok(Mailboxes::OfThePlace),
            (true, _) => Mailboxes::All,
            (false, false) => Mailboxes::Named(self.mailbox),
        };
        if place.named_mailbox().is_some() || place.uid().is_some() {
            return Err(cli::refuse(
                command,
                ErrorKind::ArgumentConflict,
                "the place names a mailbox, so --mailbox and --all-mailboxes cannot",
                "end the place behind the host: imaps://user@host/",
            ));
        }
        Ok(named)
    }
}
