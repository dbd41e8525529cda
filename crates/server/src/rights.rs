//! Which right stands for what (RFC 4314 sections 2.1 and 4).

use tayori_proto::types::{Flag, Rights};

/// Every right there is here.
pub(crate) const ALL: Rights = Rights::LOOKUP
    .union(Rights::READ)
    .union(CHANGE_FLAGS)
    .union(Rights::INSERT)
    .union(Rights::POST)
    .union(CREATE_OF_OLD)
    .union(Rights::EXPUNGE)
    .union(Rights::ADMINISTER);

/// What changes flags, each some of them.
pub(crate) const CHANGE_FLAGS: Rights = Rights::SEEN.union(Rights::WRITE).union(Rights::DELETE_MESSAGES);

/// Any of these makes a mailbox more than one to look at (RFC 4314 section 5.2): flags are the same for all who see it.
pub(crate) const WRITING: Rights = CHANGE_FLAGS.union(Rights::INSERT).union(Rights::EXPUNGE);

/// Any of these shows that there is such a mailbox (RFC 4314 section 4, MYRIGHTS).
pub(crate) const KNOWING: Rights =
    Rights::LOOKUP.union(Rights::READ).union(Rights::INSERT).union(CREATE_OF_OLD).union(Rights::ADMINISTER);

/// One of these has to be there, beside `l`, to see or to change metadata (RFC 5464 section 3.3).
pub(crate) const NOTING: Rights =
    Rights::READ.union(Rights::SEEN).union(Rights::WRITE).union(Rights::INSERT).union(Rights::POST);

/// What `c` of RFC 2086 has become (RFC 4314 section 2.1.1).
pub(crate) const CREATE_OF_OLD: Rights = Rights::CREATE.union(Rights::DELETE_MAILBOX);

/// What `d` of RFC 2086 has become.
pub(crate) const DELETE_OF_OLD: Rights = Rights::DELETE_MESSAGES.union(Rights::EXPUNGE);

/// The right that changes a flag (RFC 4314 section 4, STORE).
pub(crate) fn for_flag(flag: &Flag) -> Rights {
    match flag {
        Flag::Seen => Rights::SEEN,
        Flag::Deleted => Rights::DELETE_MESSAGES,
        _ => Rights::WRITE,
    }
}

/// Whether some of these are among the others.
pub(crate) fn any(rights: Rights, of: Rights) -> bool {
    rights.difference(of) != rights
}
