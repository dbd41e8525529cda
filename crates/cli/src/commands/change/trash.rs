//! Which mailbox is the Trash.

use tayori_account::special_use::{Finding, Mailboxes, Source, Told};
use tayori_client::{ListQuery, Session};
use tayori_proto::types::{MailboxName, SpecialUse};

use crate::escape::escape_str;
use crate::exit::Exit;
use crate::failure::Failure;

/// The one that the account's settings name, or else the one that the server says is for that (RFC 6154). One whose
/// name only sounds like it is told, and not taken: what is put there may be removed by whoever it belongs to.
pub(super) async fn find(
    session: &mut Session,
    setting: Option<&MailboxName>,
) -> Result<MailboxName, Failure> {
    if let Some(setting) = setting {
        return Ok(setting.clone());
    }
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
            let failure = Failure::new(Exit::NotFound, "the server does not say which mailbox is the Trash");
            Err(match guess(session).await {
                Some((name, usual)) => {
                    let name = escape_str(name.as_str());
                    failure.hint(format!(
                        "{name} sounds like it ({usual}): name it with --trash, or as special-use.trash of the account"
                    ))
                }
                None => failure.hint(hint),
            })
        }
    }
}

/// The one mailbox whose name sounds like it, and where such a name is usual. That it cannot be found out is no failure
/// beside the one that is told.
async fn guess(session: &mut Session) -> Option<(MailboxName, &'static str)> {
    let listed = session.list_mailboxes(&ListQuery::all()).await.ok()?;
    let rows: Vec<_> = listed.into_iter().map(|listed| listed.row).collect();
    let told = Told::by(&session.capabilities().await.ok()?);
    match Mailboxes::new(&rows, told).find(&SpecialUse::Trash) {
        Finding::One(found) => match found.source {
            Source::Name { usual } => Some((found.mailbox, usual)),
            _ => None,
        },
        _ => None,
    }
}
