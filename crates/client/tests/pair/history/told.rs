//! What a session has been told of its mailbox, from the octets it received: the least that any client may believe.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use tayori_client::{Observer, Shown};
use tayori_proto::command::StoreChange;
use tayori_proto::response::{self, Response};
use tayori_proto::types::{Flag, Flags};

use super::model::changed;

/// The messages by number.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) rows: Vec<Row>,
}

/// A message, as far as the server has told.
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    pub(super) uid: Option<u32>,
    /// Without `\Recent`.
    pub(super) flags: Option<BTreeSet<Flag>>,
}

impl Told {
    /// Applies a response as RFC 9051 sections 7.4 and 7.5 say.
    pub(super) fn apply(&mut self, response: &Response) {
        match response {
            Response::Exists(count) => {
                let count = *count as usize;
                assert!(count >= self.rows.len(), "EXISTS takes messages away without EXPUNGE");
                self.rows.resize_with(count, Row::default);
            }
            Response::Expunge(number) => {
                self.rows.remove(number.value() as usize - 1);
            }
            Response::Fetch(fetch) => {
                let number = fetch.number().expect("the server knows its numbers").value() as usize;
                let row = &mut self.rows[number - 1];
                if let Some(uid) = fetch.uid() {
                    assert!(row.uid.is_none_or(|told| told == uid.value()), "a number has two UIDs");
                    row.uid = Some(uid.value());
                }
                if let Some(flags) = fetch.flags() {
                    row.flags = Some(without_recent(flags));
                }
            }
            Response::Invalid(_) | Response::Unknown(_) => panic!("the client cannot read {response:?}"),
            _ => {}
        }
    }

    /// A client that asked not to be told knows by itself what it has done.
    pub(super) fn store(&mut self, number: usize, change: StoreChange, flags: &BTreeSet<Flag>) {
        let row = &mut self.rows[number - 1];
        row.flags = match (&row.flags, change) {
            (_, StoreChange::Replace) => Some(flags.clone()),
            (Some(now), change) => Some(changed(now, change, flags)),
            (None, _) => None,
        };
    }

    /// Whether that was done nobody knows any more.
    pub(super) fn forget_flags(&mut self, number: usize) {
        self.rows[number - 1].flags = None;
    }
}

pub(super) fn without_recent(flags: &Flags) -> BTreeSet<Flag> {
    flags.iter().filter(|flag| *flag != Flag::Recent).collect()
}

/// Everything a connection receives. Clones are the same log.
#[derive(Clone, Default)]
pub(super) struct Log(Arc<Mutex<Vec<Response>>>);

impl Log {
    pub(super) fn take(&self) -> Vec<Response> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl Observer for Log {
    fn sent(&mut self, _: &[Shown<'_>]) {}

    fn received(&mut self, pieces: &[Shown<'_>]) {
        let octets = pieces.iter().flat_map(|piece| match piece {
            Shown::Text(octets) | Shown::Literal { octets, .. } => *octets,
            Shown::Secret => b"",
        });
        let octets: Bytes = octets.copied().collect();
        self.0.lock().unwrap().push(response::parse(&octets, &response::Context::default()).response);
    }
}
