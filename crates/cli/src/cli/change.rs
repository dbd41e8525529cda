//! What the commands that change messages are asked to do.
//!
//! - this file: what they have in common
//! - [`store`]: flags; also `read`, `unread`, `star` and `unstar`
//! - [`transfer`]: `copy` and `move`
//! - [`delete`]: to the Trash, or for ever

pub(super) mod delete;
pub(super) mod store;
pub(super) mod transfer;

use std::num::NonZeroU64;

use clap::Args;
use tayori_proto::command::StoreChange;
use tayori_proto::types::Flag;

use super::typed::PlaceParser;
use super::{Access, Form, Selection, access, form, messages};
use crate::place::Place;

/// A change to messages of one mailbox.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) access: Access,
    pub(crate) selection: Selection,
    pub(crate) deed: Deed,
    pub(crate) rehearsal: Rehearsal,
    pub(crate) form: Form,
}

/// What is done with each message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    /// Its flags are changed, unless somebody else has changed them since.
    Store { change: StoreChange, flags: Vec<Flag>, unless_changed_since: Since },
    /// A copy is made in this mailbox.
    Copy { to: String },
    /// It goes to this mailbox.
    Move { to: String },
    /// It goes to the Trash: to the mailbox of this name, or to the one that the server says is for that.
    Trash { to: Option<String> },
    /// `--expunge`: it goes for ever.
    Expunge,
}

/// Who has changed a message since then keeps the last word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Since {
    /// The mailbox was opened.
    Opened,
    /// `--unchanged-since MODSEQ`
    ModSeq(NonZeroU64),
}

/// Whether it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rehearsal {
    No,
    /// `--dry-run`: what would be done is said.
    Yes,
}

impl Rehearsal {
    /// Whether `--dry-run` is there.
    pub(super) fn asked(dry_run: bool) -> Self {
        if dry_run { Self::Yes } else { Self::No }
    }
}

#[derive(Args)]
#[group(skip)]
pub(super) struct Arguments {
    /// The mailbox: ACCOUNT:mailbox or imaps://user@host/mailbox; with ;UID=20 behind it one message
    #[arg(value_parser = PlaceParser)]
    place: Place,

    #[command(flatten)]
    messages: messages::Arguments,

    /// Say what would be done, and change nothing
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    access: access::Arguments,

    #[command(flatten)]
    form: form::Arguments,
}

impl Arguments {
    /// The change that does this, for the command of this name.
    fn check(self, command: &str, deed: Deed) -> Result<Change, clap::Error> {
        let selection = self.messages.check(command, &self.place)?;
        Ok(Change {
            selection,
            deed,
            access: self.access.check(command, self.place)?,
            rehearsal: Rehearsal::asked(self.dry_run),
            form: self.form.into(),
        })
    }
}
