use tayori_proto::command::RightsChange;
use tayori_proto::response::{Acl, AclEntry, ListRights, MyRights, Response, ResponseCode};
use tayori_proto::types::{ImapString, MailboxName, Rights, Text};

use crate::connection::{Failure, Handled, Reply, Wire};
use crate::rights::{self, CREATE_OF_OLD, DELETE_OF_OLD, KNOWING};
use crate::store::{Mailbox, Store, StoreError};

/// `GETACL` (RFC 4314 section 3.3)
pub(super) async fn handle_get<S: Store>(wire: &mut Wire, store: &S, name: &MailboxName) -> Handled {
    let mailbox = administered(store, name).await?;
    let told = |entry: AclEntry| AclEntry { rights: with_old(entry.rights), ..entry };
    let entries = mailbox.acl().await?.into_iter().map(told).collect();
    wire.send(&Response::Acl(Acl { mailbox: name.clone(), entries })).await?;
    Ok(Reply::ok("that is all"))
}

/// `SETACL` (RFC 4314 section 3.1)
pub(super) async fn handle_set<S: Store>(
    store: &S,
    name: &MailboxName,
    identifier: &ImapString,
    change: RightsChange,
) -> Handled {
    let (RightsChange::Replace(given) | RightsChange::Add(given) | RightsChange::Remove(given)) = change;
    let Some(rights) = without_old(given) else {
        return Ok(Reply::bad("there is no such right"));
    };
    if !is_identifier(identifier) {
        return Ok(Reply::bad("that is no identifier"));
    }
    let change = match change {
        RightsChange::Replace(_) => RightsChange::Replace(rights),
        RightsChange::Add(_) => RightsChange::Add(rights),
        RightsChange::Remove(_) => RightsChange::Remove(rights),
    };
    administered(store, name).await?.change_rights(identifier, change).await?;
    Ok(Reply::ok("the rights are changed"))
}

/// `DELETEACL` (RFC 4314 section 3.2). What is not there is gone.
pub(super) async fn handle_delete<S: Store>(
    store: &S,
    name: &MailboxName,
    identifier: &ImapString,
) -> Handled {
    if !is_identifier(identifier) {
        return Ok(Reply::bad("that is no identifier"));
    }
    administered(store, name).await?.forget_rights(identifier).await?;
    Ok(Reply::ok("the rights are deleted"))
}

/// `LISTRIGHTS` (RFC 4314 section 3.4): nobody has a right in any case, and each can be given by itself.
pub(super) async fn handle_list<S: Store>(
    wire: &mut Wire,
    store: &S,
    name: &MailboxName,
    identifier: &ImapString,
) -> Handled {
    if !is_identifier(identifier) {
        return Ok(Reply::bad("that is no identifier"));
    }
    administered(store, name).await?;
    let each = with_old(rights::ALL).to_string();
    let optional = each.chars().filter_map(|right| Rights::new(right.to_string()).ok()).collect();
    wire.send(&Response::ListRights(ListRights {
        mailbox: name.clone(),
        identifier: Text::from(identifier.as_bytes().to_vec()),
        required: Rights::NONE,
        optional,
    }))
    .await?;
    Ok(Reply::ok("that is all"))
}

/// `MYRIGHTS` (RFC 4314 section 3.5)
pub(super) async fn handle_mine<S: Store>(wire: &mut Wire, store: &S, name: &MailboxName) -> Handled {
    let mine = store.open(name).await?.rights().await?;
    if !rights::any(mine, KNOWING) {
        // As if there were none (RFC 4314 section 6).
        return Err(StoreError::NonExistent.into());
    }
    wire.send(&Response::MyRights(MyRights { mailbox: name.clone(), rights: with_old(mine) })).await?;
    Ok(Reply::ok("that is all"))
}

/// Fails unless the user has this right to a mailbox. One that they may not look up is not there for them
/// (RFC 4314 section 6).
pub(super) async fn require<M: Mailbox>(mailbox: &M, right: Rights) -> Result<(), Failure> {
    let mine = mailbox.rights().await?;
    if mine.has(right) {
        Ok(())
    } else if mine.has(Rights::LOOKUP) {
        Err(Failure::Refused(refusal()))
    } else {
        Err(StoreError::NonExistent.into())
    }
}

fn refusal() -> Reply {
    Reply::no("you do not have the right to do that").with(ResponseCode::NoPerm)
}

async fn administered<S: Store>(store: &S, name: &MailboxName) -> Result<S::Mailbox, Failure> {
    let mailbox = store.open(name).await?;
    require(&mailbox, Rights::ADMINISTER).await?;
    Ok(mailbox)
}

/// The rights that these stand for, without those of RFC 2086; `None` if one of them is not known.
fn without_old(given: Rights) -> Option<Rights> {
    let mut rights = given;
    for (old, new) in old_rights() {
        if rights.has(old) {
            rights = rights.difference(old).union(new);
        }
    }
    rights::ALL.has(rights).then_some(rights)
}

/// As they are told: with those of RFC 2086 beside what they have become, if any of it is there
/// (RFC 4314 section 2.1.1).
fn with_old(rights: Rights) -> Rights {
    let told = old_rights().filter(|(_, new)| rights::any(rights, *new));
    told.fold(rights, |rights, (old, _)| rights.union(old))
}

/// The rights of RFC 2086 that are gone, and what has taken their place.
fn old_rights() -> impl Iterator<Item = (Rights, Rights)> {
    let old = [("c", CREATE_OF_OLD), ("d", DELETE_OF_OLD)];
    old.into_iter().filter_map(|(letter, new)| Some((Rights::new(letter).ok()?, new)))
}

/// Somebody has a name that is text. It is compared as it is, without SASLprep.
fn is_identifier(identifier: &ImapString) -> bool {
    let text = std::str::from_utf8(identifier.as_bytes());
    text.is_ok_and(|text| !text.trim_start_matches('-').is_empty() && !text.contains(char::is_control))
}
