//! The names of messages on the disk.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use tayori_client::{FetchAttribute, Row};
use tayori_mime::decode_header;
use tayori_proto::response::{BodyData, FetchItem};
use tayori_proto::types::{AddressRef, InternalDate, MailboxName, Section, Uid, UidSet, UidValidity};

use crate::output::maildir::{self, BaseName, Tag};
use crate::output::template::{Facts, Template};
use crate::output::writers::{Dated, Label};
use crate::output::{OutputError, Step};

/// Gives names to messages.
pub(crate) trait Naming: Send + Sync {
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

/// Names that the user has chosen.
pub(crate) struct TemplateNames {
    /// The folder of the mailbox, seen from that of all output.
    pub(crate) folder: PathBuf,
    pub(crate) template: Template,
    pub(crate) mailbox: String,
    pub(crate) uid_validity: Option<UidValidity>,
}

impl Naming for TemplateNames {
    fn needs(&self) -> Vec<FetchAttribute> {
        let needs = self.template.needs();
        let envelope = needs.envelope.then_some(FetchAttribute::Envelope);
        let date = needs.internal_date.then_some(FetchAttribute::InternalDate);
        envelope.into_iter().chain(date).collect()
    }

    fn label(&self, uid: Uid, row: &Row) -> Label {
        let envelope = row.items.iter().find_map(|item| match item {
            FetchItem::Envelope(envelope) => Some(envelope),
            _ => None,
        });
        let text = |text: Option<&[u8]>| text.map(decode_header);
        let subject = envelope.and_then(|envelope| text(envelope.subject()));
        let message_id = envelope.and_then(|envelope| text(envelope.message_id()));
        let from = envelope.and_then(|envelope| envelope.from().next());
        let from_name = from.and_then(|from| text(from.name));
        let from = from.and_then(address);
        let to = envelope.and_then(|envelope| envelope.to().next()).and_then(address);
        let facts = Facts {
            uid_validity: self.uid_validity,
            number: row.number().map(|number| u64::from(number.value())),
            mailbox: Some(&self.mailbox),
            internal_date: arrived(row),
            subject: subject.as_deref(),
            from: from.as_deref(),
            from_name: from_name.as_deref(),
            to: to.as_deref(),
            message_id: message_id.as_deref(),
            size: row.size(),
            ..Facts::new(uid)
        };
        let path = self.folder.join(self.template.render(&facts).path());
        let fallback = Some(self.folder.join(self.template.render_with_uid(&facts).path()));
        Label { fallback, ..label(uid, row, path) }
    }
}

fn address(address: AddressRef<'_>) -> Option<String> {
    let mailbox = String::from_utf8_lossy(address.mailbox?);
    let host = String::from_utf8_lossy(address.host?);
    Some(format!("{mailbox}@{host}"))
}

/// Names in a Maildir, with the flags in them.
pub(crate) struct MaildirNames {
    folder: PathBuf,
    path: PathBuf,
    tag: Tag,
    uid_validity: UidValidity,
    /// Files of this mailbox that are there without being known: of a run that ended before it could write down what it
    /// had.
    unknown: HashMap<Uid, PathBuf>,
}

impl MaildirNames {
    /// `folder` is the Maildir as seen from the folder of all output, `path` as seen from here.
    pub(crate) fn new(
        folder: PathBuf,
        path: &Path,
        account: &str,
        mailbox: &MailboxName,
        uid_validity: UidValidity,
    ) -> Self {
        let tag = Tag::new(account, mailbox);
        Self { folder, path: path.to_owned(), tag, uid_validity, unknown: HashMap::new() }
    }

    /// The same, and it knows which files are there of messages other than these.
    pub(crate) fn but_for(mut self, known: &UidSet) -> Result<Self, OutputError> {
        for part in ["new", "cur"] {
            let path = self.path.join(part);
            let look = |cause| Step::Look.failed(&path, cause);
            for entry in fs::read_dir(&path).map_err(look)? {
                let name = entry.map_err(look)?.file_name();
                let Some(base) = name.to_str().and_then(BaseName::parse) else { continue };
                if base.tag() == self.tag
                    && base.uid_validity() == self.uid_validity
                    && !known.contains(base.uid())
                {
                    self.unknown.insert(base.uid(), self.folder.join(part).join(name));
                }
            }
        }
        Ok(self)
    }
}

impl Naming for MaildirNames {
    fn needs(&self) -> Vec<FetchAttribute> {
        vec![FetchAttribute::Flags, FetchAttribute::InternalDate]
    }

    fn label(&self, uid: Uid, row: &Row) -> Label {
        let octets = match row.body(&Section::full()) {
            Some(BodyData::Inline(text)) => text.len() as u64,
            Some(BodyData::Streamed { size }) => *size,
            _ => 0,
        };
        let arrived = arrived(row).unwrap_or(InternalDate::from_unix_seconds(0));
        let base = BaseName::new(arrived, uid, self.uid_validity, self.tag, octets);
        let (part, name) = maildir::place(&base, row.flags().unwrap_or_default());
        let path = self.folder.join(part).join(name);
        let adopt = self.unknown.get(&uid).cloned();
        Label { adopt, dated: Dated::Arrival, ..label(uid, row, path) }
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
