use std::collections::BTreeMap;

use bytes::Bytes;
use tayori_proto::command::NewMetadata;
use tayori_proto::types::MetadataEntry;

use super::limits::MemoryLimits;
use crate::store::{MetadataItem, StoreError};

/// The metadata of one mailbox, or of the server.
#[derive(Clone, Default)]
pub(super) struct Notes {
    /// By the name in lower case, since names differ by more than that.
    entries: BTreeMap<String, (MetadataEntry, Bytes)>,
    /// What they weigh together.
    octets: u64,
}

impl Notes {
    pub(super) fn items(&self) -> Vec<MetadataItem> {
        let item = |(entry, value): &(MetadataEntry, Bytes)| MetadataItem {
            entry: entry.clone(),
            value: value.clone(),
        };
        self.entries.values().map(item).collect()
    }

    pub(super) fn octets(&self) -> u64 {
        self.octets
    }

    /// With all these changes, or not at all.
    pub(super) fn changed(
        &self,
        changes: Vec<NewMetadata>,
        limits: &MemoryLimits,
    ) -> Result<Self, StoreError> {
        let mut changed = self.clone();
        for NewMetadata { entry, value } in changes {
            if value.as_ref().is_some_and(|value| value.len() > limits.metadata_octets) {
                return Err(StoreError::MetadataTooLarge { limit: limits.metadata_octets });
            }
            let key = entry.as_str().to_ascii_lowercase();
            if let Some((known, value)) = changed.entries.remove(&key) {
                changed.octets -= weight(&known, &value);
            }
            if let Some(value) = value {
                if entry.as_str().len() > limits.name_octets {
                    return Err(StoreError::Limit("the name of the entry is too long"));
                }
                changed.octets += weight(&entry, &value);
                // What comes from a socket shares a read buffer, so it is copied to keep just what it weighs.
                changed.entries.insert(key, (entry, Bytes::copy_from_slice(&value)));
            }
        }
        if changed.entries.len() > limits.metadata_entries {
            return Err(StoreError::MetadataTooMany);
        }
        Ok(changed)
    }
}

/// The name is kept twice.
fn weight(entry: &MetadataEntry, value: &Bytes) -> u64 {
    const OVERHEAD: usize = 128;
    (2 * entry.as_str().len() + value.len() + OVERHEAD) as u64
}
