//! Commands that change which mailboxes there are.

use tayori_proto::response::ResponseCode;
use tayori_proto::types::{MailboxName, SpecialUse};

use crate::connection::{Connection, Handled, Phase, Reply};
use crate::hierarchy::without_trailing_delimiter;
use crate::store::{Mailbox, Store, StoreError, Subscription};

/// `CREATE` (RFC 9051 section 6.3.4, RFC 6154 section 3)
pub(super) async fn create<S: Store>(store: &S, name: &MailboxName, uses: &[SpecialUse]) -> Handled {
    if uses.is_empty() {
        store.create(name).await?;
    } else {
        store.create_with_uses(name, uses).await?;
    }
    let reply = Reply::ok("created");
    // RFC 8474 section 4.1. With a delimiter behind it the name means the same mailbox (RFC 9051 section 6.3.4).
    let made = without_trailing_delimiter(name, store.delimiter());
    Ok(match store.open(made.as_ref().unwrap_or(name)).await {
        Ok(mailbox) => reply.with(ResponseCode::MailboxId(mailbox.id())),
        // Somebody else was faster to delete it.
        Err(_) => reply,
    })
}

/// `DELETE` (RFC 9051 section 6.3.5). A client that deletes the mailbox it has selected has none selected then.
pub(super) async fn delete<S: Store>(client: &mut Connection<S>, store: &S, name: &MailboxName) -> Handled {
    if let Some(selected) = client.phase.selected() {
        // One that somebody else has deleted ends the session; after the next line it would look like our own doing.
        selected.refresh().await?;
    }
    store.delete(name).await?;
    if let Phase::Selected(store, selected) = &client.phase {
        // Names do not tell which mailbox it was: there may have been a renaming.
        let state = selected.view.state();
        if let Err(StoreError::NonExistent) = selected.mailbox.changes(Some(state)).await {
            client.phase = Phase::Authenticated(store.clone());
        }
    }
    Ok(Reply::ok("deleted"))
}

/// `RENAME` (RFC 9051 section 6.3.6). A mailbox stays selected under its new name.
pub(super) async fn rename<S: Store>(store: &S, from: &MailboxName, to: &MailboxName) -> Handled {
    store.rename(from, to).await?;
    Ok(Reply::ok("renamed"))
}

/// `SUBSCRIBE` (RFC 9051 section 6.3.7)
pub(super) async fn subscribe<S: Store>(store: &S, name: &MailboxName) -> Handled {
    store.subscribe(name, Subscription::Subscribed).await?;
    Ok(Reply::ok("subscribed"))
}

/// `UNSUBSCRIBE` (RFC 9051 section 6.3.8)
pub(super) async fn unsubscribe<S: Store>(store: &S, name: &MailboxName) -> Handled {
    store.subscribe(name, Subscription::Unsubscribed).await?;
    Ok(Reply::ok("unsubscribed"))
}
