use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use tayori_proto::types::{Flag, InternalDate, MailboxName};

use super::MemoryStore;
use super::account::New;
use super::body::Body;
use crate::store::{Append, Appended, StoreError};

/// Pieces this small are joined, so that a message that comes octet by octet costs what it weighs.
const PIECE_OCTETS: usize = 32 << 10;

/// A message on its way into a [`MemoryStore`].
pub struct MemoryAppend {
    room: Room,
    mailbox: MailboxName,
    flags: Vec<Flag>,
    date: Option<InternalDate>,
    pieces: Vec<Bytes>,
    last: Vec<u8>,
}

impl MemoryAppend {
    pub(super) fn new(
        room: Room,
        mailbox: MailboxName,
        flags: Vec<Flag>,
        date: Option<InternalDate>,
    ) -> Self {
        Self { room, mailbox, flags, date, pieces: Vec::new(), last: Vec::new() }
    }
}

impl Append for MemoryAppend {
    async fn write(&mut self, octets: Bytes) -> Result<(), StoreError> {
        // What comes from a socket shares a read buffer, so it is copied to keep just what it weighs.
        self.last.extend_from_slice(&octets);
        if self.last.len() >= PIECE_OCTETS {
            self.pieces.push(std::mem::take(&mut self.last).into());
        }
        Ok(())
    }

    async fn finish(self) -> Result<Appended, StoreError> {
        let (store, new) = self.into_new();
        let mut account = store.account();
        account.append(new, &store.limits)
    }

    async fn finish_all(messages: Vec<Self>) -> Result<Vec<Appended>, StoreError> {
        let (mut store, mut all) = (None, Vec::with_capacity(messages.len()));
        for message in messages {
            let (begun_in, new) = message.into_new();
            store = Some(begun_in);
            all.push(new);
        }
        let Some(store) = store else { return Ok(Vec::new()) };
        let mut account = store.account();
        account.append_all(all, &store.limits)
    }
}

impl MemoryAppend {
    /// What has come, and where it is to be kept. The room for it is free again until it is.
    pub(super) fn into_new(mut self) -> (MemoryStore, New) {
        self.pieces.push(self.last.into());
        let date = self.date.unwrap_or_else(now);
        let store = self.room.give_back();
        (store, New { mailbox: self.mailbox, flags: self.flags, date, body: Body::new(self.pieces) })
    }
}

/// Room in a store for a message that is coming. It is given back when this is dropped, so that messages that never
/// come whole take none.
pub(super) struct Room {
    store: MemoryStore,
    size: u64,
}

impl Room {
    pub(super) fn reserve(
        store: &MemoryStore,
        mailbox: &MailboxName,
        flags: &[Flag],
        size: u64,
    ) -> Result<Self, StoreError> {
        store.account().reserve(mailbox, flags, size, &store.limits)?;
        Ok(Self { store: store.clone(), size })
    }

    fn give_back(self) -> MemoryStore {
        self.store.clone()
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.store.account().release(self.size);
    }
}

/// The internal date of what comes without one (RFC 9051 section 6.3.12).
pub(super) fn now() -> InternalDate {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    InternalDate::from_unix_seconds(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}
