//! The names of messages on the disk.

use std::path::PathBuf;

use tayori_client::{FetchAttribute, Row};
use tayori_proto::response::FetchItem;
use tayori_proto::types::{InternalDate, Uid};

use crate::output::writers::{Dated, Label};

/// Gives names to messages.
pub(crate) trait Naming {
    /// What is asked for beside the UID, the size and the text.
    fn needs(&self) -> Vec<FetchAttribute>;

    /// The name of a message and what else is known of it.
    fn label(&self, uid: Uid, row: &Row) -> Label;
}

/// The name of one message, or of the file that has them all.
pub(crate) enum OneName {
    Message(PathBuf),
    /// In front of each message stands when it arrived.
    Mbox(PathBuf),
}

impl Naming for OneName {
    fn needs(&self) -> Vec<FetchAttribute> {
        match self {
            Self::Message(_) => Vec::new(),
            Self::Mbox(_) => vec![FetchAttribute::InternalDate],
        }
    }

    fn label(&self, uid: Uid, row: &Row) -> Label {
        let (Self::Message(path) | Self::Mbox(path)) = self;
        label(uid, row, path.clone())
    }
}

/// `<uid>.eml`
pub(crate) struct UidNames {
    /// The folder of the mailbox, seen from that of all output.
    pub(crate) folder: PathBuf,
}

impl Naming for UidNames {
    fn needs(&self) -> Vec<FetchAttribute> {
        Vec::new()
    }

    fn label(&self, uid: Uid, row: &Row) -> Label {
        label(uid, row, self.folder.join(format!("{uid}.eml")))
    }
}

fn label(uid: Uid, row: &Row, path: PathBuf) -> Label {
    Label { uid, path, fallback: None, adopt: None, arrived: arrived(row), dated: Dated::Now }
}

fn arrived(row: &Row) -> Option<InternalDate> {
    row.items.iter().find_map(|item| match item {
        FetchItem::InternalDate(date) => *date,
        _ => None,
    })
}
