use tayori_proto::response::{Quota, QuotaRoots, Response, ResponseCode};
use tayori_proto::types::{ImapString, MailboxName, Text};

use crate::connection::{Handled, Reply, Wire};
use crate::store::Store;

/// The one root there is: what is limited is limited for all mailboxes together.
const ROOT: &str = "";

/// `GETQUOTA` (RFC 9208 section 4.1.1)
pub(super) async fn handle<S: Store>(wire: &mut Wire, store: &S, root: &ImapString) -> Handled {
    let resources = store.quota().await?;
    if root.as_bytes() != ROOT.as_bytes() || resources.is_empty() {
        return Ok(Reply::no("there is no such quota root").with(ResponseCode::NonExistent));
    }
    wire.send(&Response::Quota(Quota { root: Text::from_static(ROOT), resources })).await?;
    Ok(Reply::ok("that is all"))
}

/// `GETQUOTAROOT` (RFC 9208 section 4.1.2). There need not be such a mailbox.
pub(super) async fn handle_root<S: Store>(wire: &mut Wire, store: &S, name: &MailboxName) -> Handled {
    let mailbox = name.clone();
    let resources = store.quota().await?;
    if resources.is_empty() {
        wire.send(&Response::QuotaRoots(QuotaRoots { mailbox, roots: Vec::new() })).await?;
    } else {
        let root = Text::from_static(ROOT);
        wire.send(&Response::QuotaRoots(QuotaRoots { mailbox, roots: vec![root.clone()] })).await?;
        wire.send(&Response::Quota(Quota { root, resources })).await?;
    }
    Ok(Reply::ok("that is all"))
}
