//! How large a message may be that a server takes (RFC 7889).

use tayori_proto::command::StatusAttribute;
use tayori_proto::response::StatusItem;
use tayori_proto::types::{Capability, MailboxName, NonEmpty};

use crate::error::Error;
use crate::link::Link;
use crate::session::{Session, status};

impl Session {
    /// The largest message that may be appended to this mailbox, in octets, as far as the server says: for all
    /// mailboxes in its capabilities, or for each in STATUS (RFC 7889 sections 2 and 3.1). `None` where there is no
    /// limit, or where it does not tell.
    ///
    /// The answer of STATUS is remembered for as long as the connection lives. A mailbox that the server would not tell
    /// about has no limit that is known.
    pub async fn append_limit(&mut self, mailbox: &MailboxName) -> Result<Option<u64>, Error> {
        limit(&self.link, mailbox, Look::Ask).await
    }
}

/// Whether the server may be asked with a command of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    Ask,
    /// What is known has to do: STATUS of the selected mailbox is not for asking such things (RFC 9051 section 6.3.11).
    Remember,
}

/// Up to this size nobody asks for the limit of a mailbox: sending so many octets costs no more than asking, and no
/// server refuses mail of that size as too large.
const NEVER_TOO_LARGE: u64 = 64 << 10;

/// Fails with the first of these sizes that is too large, and its index.
pub(crate) async fn check(
    link: &Link,
    mailbox: &MailboxName,
    sizes: impl IntoIterator<Item = u64>,
    look: Look,
) -> Result<(), (Option<usize>, Error)> {
    let sizes: Vec<u64> = sizes.into_iter().collect();
    let largest = sizes.iter().copied().max().unwrap_or_default();
    let look = if largest > NEVER_TOO_LARGE { look } else { Look::Remember };
    let limit = match limit(link, mailbox, look).await {
        Ok(Some(limit)) => limit,
        Ok(None) => return Ok(()),
        Err(error) => return Err((None, error)),
    };
    match sizes.iter().position(|size| *size > limit) {
        Some(index) => Err((Some(index), Error::TooLarge { size: sizes[index], limit })),
        None => Ok(()),
    }
}

async fn limit(link: &Link, mailbox: &MailboxName, look: Look) -> Result<Option<u64>, Error> {
    // An append works without knowing what is offered, so that is not asked for its sake.
    let offered = match look {
        Look::Ask => Some(link.ask_capabilities().await?),
        Look::Remember => link.capabilities(),
    };
    let Some(offered) = offered else { return Ok(None) };
    if let Some(limit) = offered.append_limit() {
        return Ok(Some(limit));
    }
    if !offered.has(&Capability::AppendLimit(None)) {
        return Ok(None);
    }
    if let Some(known) = link.shared.append_limit(mailbox) {
        return Ok(known);
    }
    if look == Look::Remember {
        return Ok(None);
    }
    let items = NonEmpty::one(StatusAttribute::AppendLimit);
    let status = match status::status(link, mailbox, items).await {
        Ok(status) => status,
        // Whatever is wrong with the mailbox, APPEND will say it better.
        Err(Error::Refused { .. } | Error::Incomplete { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    let told = status.items.iter().find_map(|item| match item {
        StatusItem::AppendLimit(limit) => Some(*limit),
        _ => None,
    });
    if let Some(limit) = told {
        link.shared.remember_append_limit(mailbox, limit);
    }
    Ok(told.flatten())
}
