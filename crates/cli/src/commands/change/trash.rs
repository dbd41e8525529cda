//! Which mailbox is the Trash.

use tayori_client::Session;
use tayori_proto::types::{MailboxName, SpecialUse};

use crate::exit::Exit;
use crate::failure::Failure;

/// The one that the server says is for that (RFC 6154). A name that only sounds like it is not guessed: what is put
/// there may be removed by whoever it belongs to.
pub(super) async fn find(session: &mut Session) -> Result<MailboxName, Failure> {
    let hint = "name it with --trash MAILBOX; tayori list shows the mailboxes";
    let all = session.special_mailboxes().await;
    let all = all.map_err(|error| Failure::from(error).while_doing("cannot find the Trash"))?;
    let mut trash = all.into_iter().filter(|mailbox| mailbox.uses.contains(&SpecialUse::Trash));
    match (trash.next(), trash.next()) {
        (Some(one), None) => Ok(one.row.name),
        (Some(_), Some(_)) => {
            Err(Failure::new(Exit::NotFound, "the server says of several mailboxes that they are the Trash")
                .hint(hint))
        }
        (None, _) => {
            Err(Failure::new(Exit::NotFound, "the server does not say which mailbox is the Trash").hint(hint))
        }
    }
}
