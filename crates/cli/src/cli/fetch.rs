//! What `tayori fetch` is asked to do.
//!
//! - this file: what is meant, in values that do not contradict each other
//! - [`arguments`]: what is typed, and how it becomes that

mod arguments;
#[cfg(test)]
mod tests;

use std::ffi::OsString;

use clap::ValueEnum;
use tayori_proto::types::PartPath;

use super::{Access, Form, Mailboxes, Selection};
use crate::output::Overwrite;

pub(super) use arguments::{Arguments, EXAMPLES};

/// `tayori fetch`: messages, or something of them, to a file, a folder or stdout.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fetch {
    pub(crate) access: Access,
    pub(crate) mailboxes: Mailboxes,
    pub(crate) selection: Selection,
    pub(crate) task: Task,
    /// The argument of `-o`; what it means depends on what is on the disk (see `output::Target`).
    pub(crate) output: OsString,
    pub(crate) marking: Marking,
    pub(crate) form: Form,
}

/// What is wanted of the messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Task {
    /// The messages themselves.
    Keep(Keep),
    /// Something of them.
    View(View),
}

/// How messages are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Keep {
    pub(crate) format: Format,
    /// `--name`, as typed.
    pub(crate) name: Option<String>,
    pub(crate) overwrite: Overwrite,
    pub(crate) durability: Durability,
    pub(crate) recheck: Recheck,
    pub(crate) removal: Removal,
}

/// The form of messages on the disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// One file a message, its octets and nothing else.
    #[default]
    Eml,
    /// All messages of a mailbox in one file, in the form called mboxrd.
    Mbox,
    /// A Maildir for each mailbox: flags in the names, INTERNALDATE as the time of the file.
    Maildir,
}

/// Whether a message counts as kept only when a power failure could not take it away any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Durability {
    Synced,
    /// `--no-sync`
    Unsynced,
}

/// What is looked at of files that are there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Recheck {
    Size,
    /// `--verify`: every octet.
    Content,
}

/// What happens on the server to messages that are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Removal {
    Leave,
    /// `--delete`: flagged, and expunged where exactly they can be.
    Delete,
    /// `--delete --expunge-mailbox`: where they cannot, everything that is flagged goes.
    DeleteAndExpungeMailbox,
}

/// What is shown or saved of each message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum View {
    /// `--size`: its octets, as the server counts them.
    Size,
    /// `--envelope`: the fields of its header that a server reads (RFC 9051 section 7.5.2, ENVELOPE).
    Envelope,
    /// `--structure`: its parts, with the numbers that `--part` takes.
    Structure,
    /// `--headers`: its header as it is; for a person at a terminal escaped.
    Headers,
    /// `--text`: what a person reads in it.
    Text,
    /// `tayori show --raw`: its octets, as the server has them.
    Whole,
    /// `--part 1.2`: the content of one part. In a folder the file is `<uid>.<part>.part`; decoded, its ending is that
    /// of its type.
    Part { path: PartPath, decode: Decode },
    /// `--attachments`: all of them, decoded, under the names their sender gave them, into a folder; into `<uid>/` in
    /// it where more than one message was asked for, whether or not there are more.
    ///
    /// A name that is taken is left alone: the next attachment is `name (2).ext`.
    Attachments,
}

impl View {
    /// How it is asked for.
    fn option(&self) -> &'static str {
        match self {
            Self::Size => "--size",
            Self::Envelope => "--envelope",
            Self::Structure => "--structure",
            Self::Headers => "--headers",
            Self::Text => "--text",
            Self::Whole => "--raw",
            Self::Part { .. } => "--part",
            Self::Attachments => "--attachments",
        }
    }
}

/// Whether the transfer encoding of a part is undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decode {
    /// The octets as they were sent.
    AsItIs,
    /// `--decode`: base64 and quoted-printable are undone; an encoding that nobody knows is left as it is.
    Undone,
}

/// What fetching does to the flags of the message on the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Marking {
    /// Nothing.
    Leave,
    /// `--seen`
    Seen,
}
