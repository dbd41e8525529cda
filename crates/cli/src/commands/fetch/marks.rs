//! Flags that are set on messages of the open mailbox.

use tayori_client::{Error, Mailbox, Selected};
use tayori_proto::command::StoreChange;
use tayori_proto::types::{Flag, UidSet};

use crate::download::in_commands;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::mailbox::{self, Obstacle};

/// Why the mailbox would not keep this flag; none if it does.
pub(super) fn obstacle(mailbox: &Mailbox, flag: &Flag) -> Option<&'static str> {
    Some(match mailbox::obstacle(mailbox, std::slice::from_ref(flag))? {
        Obstacle::ReadOnly => "the server opened the mailbox read-only",
        Obstacle::NotKept(Flag::Deleted) => {
            "the server does not let this mailbox keep the mark that they are deleted"
        }
        Obstacle::NotKept(_) => "the server does not let this mailbox keep the mark that they were read",
    })
}

/// Sets a flag on these messages, and on nothing else. Those that have it are added to `set`; when this fails, others
/// may have it too.
pub(super) async fn set(
    selected: &mut Selected<'_>,
    uids: &UidSet,
    flag: Flag,
    set: &mut UidSet,
) -> Result<(), Error> {
    for piece in in_commands(uids) {
        selected.store_silent(piece.clone(), StoreChange::Add, std::slice::from_ref(&flag)).await?;
        *set = set.union(&piece.resolve(None));
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
    if let Some(why) = obstacle(selected.mailbox(), &Flag::Seen) {
        let message = format!("the messages are fetched, but cannot be marked as read: {why}");
        return Some(Failure::new(Exit::Protocol, message));
    }
    match set(selected, uids, Flag::Seen, &mut UidSet::new()).await {
        Ok(()) => None,
        // What ended the fetching explains it.
        Err(Error::Lost(_)) if ended.is_err() => None,
        Err(error) => {
            let doing = "the messages are fetched, but could not be marked as read";
            Some(Failure::from(error).while_doing(doing))
        }
    }
}
