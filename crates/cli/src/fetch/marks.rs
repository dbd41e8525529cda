//! Flags that are set on messages of the open mailbox.

use tayori_client::{Error, Mailbox, Selected};
use tayori_proto::command::StoreChange;
use tayori_proto::types::{Flag, PermanentFlag, UidSet};

use crate::download::in_commands;
use crate::exit::Exit;
use crate::failure::Failure;

/// Whether the server lets the mailbox keep this flag. Where it says nothing it does (RFC 9051 section 6.3.2).
pub(super) fn can_be_kept(mailbox: &Mailbox, flag: Flag) -> bool {
    mailbox.permanent_flags().is_none_or(|flags| flags.contains(&PermanentFlag::Flag(flag)))
}

/// Sets a flag on these messages, and on nothing else. When this fails, some of them may have it.
pub(super) async fn set(selected: &mut Selected<'_>, uids: &UidSet, flag: Flag) -> Result<(), Error> {
    for uids in in_commands(uids) {
        selected.store_silent(uids, StoreChange::Add, std::slice::from_ref(&flag)).await?;
    }
    Ok(())
}

/// Sets `\Seen` on these messages, of which the caller has what was asked for. Says why it could not; `ended` is how
/// the fetching did.
pub(super) async fn set_seen(
    selected: &mut Selected<'_>,
    uids: &UidSet,
    ended: &Result<(), Failure>,
) -> Option<Failure> {
    if uids.is_empty() {
        return None;
    }
    if !can_be_kept(selected.mailbox(), Flag::Seen) {
        return Some(Failure::new(
            Exit::Protocol,
            "the messages are fetched, but the server does not let this mailbox keep the mark that they were read",
        ));
    }
    match set(selected, uids, Flag::Seen).await {
        Ok(()) => None,
        // What ended the fetching explains it.
        Err(Error::Lost(_)) if ended.is_err() => None,
        Err(error) => {
            let doing = "the messages are fetched, but could not be marked as read";
            Some(Failure::from(error).while_doing(doing))
        }
    }
}
