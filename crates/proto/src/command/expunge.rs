use super::{Command, read};
use crate::types::{SequenceSet, Uid};
use crate::wire::{Cursor, Encoder, Syntax};

/// `uid-expunge = "EXPUNGE" SP sequence-set` behind `UID` (RFC 9051 section 9, RFC 4315 section 4)
pub(super) fn encode(encoder: &mut Encoder, uids: &SequenceSet<Uid>) {
    encoder.sp().show(uids);
}

/// As [`encode`].
pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<Command, Syntax> {
    cursor.expect_sp()?;
    read::set(cursor).map(Command::UidExpunge)
}
