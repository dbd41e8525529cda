//! Which message has a file: a file that has one is no other's, whatever octets are in it.

use std::collections::HashMap;
use std::path::Path;

use tayori_proto::types::Uid;

use super::Manifest;
use super::error::ManifestError;
use super::line::Source;
use crate::output::alike;
use crate::output::storage::Storage;

/// The files of all messages by the last line of each, as digests of their names, for one mailbox.
#[derive(Debug)]
pub(crate) struct Holders(HashMap<u64, Holder>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holder {
    /// The only one, of the mailbox.
    Uid(Uid),
    /// A message of another mailbox, or more than one.
    Other,
}

impl Holders {
    /// Whether a file of this name, or of one that is alike, is that of a message other than this one of the mailbox.
    pub(crate) fn is_of_another(&self, file: &Path, uid: Uid) -> bool {
        self.0.get(&alike::digest(file)).is_some_and(|holder| *holder != Holder::Uid(uid))
    }
}

impl<S: Storage> Manifest<S> {
    /// Which messages have files, as seen from a mailbox; without one, all are of others.
    ///
    /// A UID of the mailbox under an earlier UIDVALIDITY counts as the same UID: the server has no such message any
    /// more, so that one file never stands for two messages there.
    ///
    /// Memory is some 16 octets a message, and twice as much more until this returns.
    pub(crate) fn holders(&self, source: Option<&Source>) -> Result<Holders, ManifestError> {
        let mut last: HashMap<u64, (u64, Holder)> = HashMap::new();
        self.for_each(|_, record| {
            let holder = match source {
                Some(source) if record.is_of_mailbox(source) => Holder::Uid(record.uid),
                _ => Holder::Other,
            };
            last.insert(record.message(), (alike::digest(Path::new(&*record.file)), holder));
        })?;
        let mut holders = HashMap::new();
        for (name, holder) in last.into_values() {
            let known = holders.entry(name).or_insert(holder);
            if *known != holder {
                *known = Holder::Other;
            }
        }
        Ok(Holders(holders))
    }
}
