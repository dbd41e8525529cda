//! What each command does, a file per command or family.

mod acl;
pub(crate) mod append;
mod authenticate;
mod capability;
mod compress;
pub(crate) mod condstore;
mod copy;
mod enable;
mod expunge;
pub(crate) mod fetch;
mod id;
mod idle;
pub(crate) mod list;
mod mailboxes;
mod metadata;
mod namespace;
mod notify;
mod quota;
pub(crate) mod replace;
mod search;
mod select;
mod sort;
mod status;
mod store;
mod thread;
pub(crate) mod uid_only;

use std::ops::Range;

use bytes::Bytes;
use tayori_proto::command::{Command, SearchReturn, StoreItem};
use tayori_proto::types::{Tag, Uids};

use crate::connection::{Access, Connection, Handled, Progress, Reply, bye};
use crate::store::{Message, Store, StoreError};

/// Carries out a command that is allowed in the present state (RFC 9051 section 3).
pub(crate) async fn dispatch<S: Store>(client: &mut Connection<S>, tag: &Tag, command: Command) -> Handled {
    match command {
        Command::Capability => capability::handle(client).await,
        Command::Noop => Ok(Reply::ok("nothing done")),
        Command::Logout => {
            client.wire.send(&bye("see you")).await?;
            Ok(Reply::logged_out("logged out"))
        }
        Command::Id(_) => id::handle(client).await,
        Command::StartTls => Ok(authenticate::start_tls(client)),
        Command::Login { user, password } => {
            authenticate::log_in(client, user.as_bytes(), password.expose()).await
        }
        Command::Authenticate { mechanism, initial } => {
            authenticate::handle(client, &mechanism, initial).await
        }
        Command::Unknown { .. } => Ok(Reply::bad("there is no such command")),
        Command::Compress => compress::handle(client),
        Command::Idle => idle::handle(client).await,
        Command::Select { mailbox, parameter } => {
            select::handle(client, mailbox, Access::ReadWrite, &parameter).await
        }
        Command::Examine { mailbox, parameter } => {
            select::handle(client, mailbox, Access::ReadOnly, &parameter).await
        }
        Command::Close => select::close(client).await,
        Command::Unselect => Ok(select::unselect(client)),
        with_store => {
            let store = client.phase.require_store()?.clone();
            dispatch_with_store(client, &store, tag, with_store).await
        }
    }
}

async fn dispatch_with_store<S: Store>(
    client: &mut Connection<S>,
    store: &S,
    tag: &Tag,
    command: Command,
) -> Handled {
    match command {
        Command::Notify(notify) => notify::handle(client, store, notify).await,
        Command::Enable(capabilities) => enable::handle(client, &capabilities).await,
        Command::Create { mailbox, uses } => mailboxes::create(store, &mailbox, &uses).await,
        Command::Delete(name) => mailboxes::delete(client, store, &name).await,
        Command::Rename { from, to } => mailboxes::rename(store, &from, &to).await,
        Command::Subscribe(name) => mailboxes::subscribe(store, &name).await,
        Command::Unsubscribe(name) => mailboxes::unsubscribe(store, &name).await,
        Command::List { reference, pattern } => {
            list::handle(&mut client.wire, store, &reference, &pattern).await
        }
        Command::ListExtended { selection, reference, patterns, returns } => {
            let extended = list::Extended {
                selection: &selection,
                reference: &reference,
                patterns: &patterns,
                returns: &returns,
            };
            let limit = client.server.limits.message_octets;
            list::handle_extended(&mut client.wire, store, limit, &extended).await
        }
        Command::Xlist { reference, pattern } => {
            list::handle_xlist(&mut client.wire, store, &reference, &pattern).await
        }
        Command::Lsub { reference, pattern } => {
            list::handle_lsub(&mut client.wire, store, &reference, &pattern).await
        }
        Command::Namespace => namespace::handle(&mut client.wire, store).await,
        Command::GetQuota { root } => quota::handle(&mut client.wire, store, &root).await,
        Command::GetQuotaRoot(mailbox) => quota::handle_root(&mut client.wire, store, &mailbox).await,
        // Only where QUOTASET is listed (RFC 9208 section 4.1.3).
        Command::SetQuota { .. } => Ok(Reply::bad("limits cannot be set")),
        Command::GetAcl(mailbox) if store.keeps_rights() => {
            acl::handle_get(&mut client.wire, store, &mailbox).await
        }
        Command::SetAcl { mailbox, identifier, change } if store.keeps_rights() => {
            acl::handle_set(store, &mailbox, &identifier, change).await
        }
        Command::DeleteAcl { mailbox, identifier } if store.keeps_rights() => {
            acl::handle_delete(store, &mailbox, &identifier).await
        }
        Command::ListRights { mailbox, identifier } if store.keeps_rights() => {
            acl::handle_list(&mut client.wire, store, &mailbox, &identifier).await
        }
        Command::MyRights(mailbox) if store.keeps_rights() => {
            acl::handle_mine(&mut client.wire, store, &mailbox).await
        }
        Command::GetAcl(_)
        | Command::SetAcl { .. }
        | Command::DeleteAcl { .. }
        | Command::ListRights { .. }
        | Command::MyRights(_) => Ok(Reply::bad("that is not supported")),
        Command::GetMetadata { owner, options, entries } => {
            metadata::get(&mut client.wire, store, owner, options, &entries).await
        }
        Command::SetMetadata { owner, entries } => metadata::set(store, &owner, entries.into_vec()).await,
        Command::Status { mailbox, items } => {
            let limit = client.server.limits.message_octets;
            status::handle(&mut client.wire, store, limit, &mailbox, &items).await
        }
        Command::Append { mailbox, messages } => append::handle(client, &mailbox, messages, None).await,
        Command::Replace { replaced, mailbox, message } => {
            replace::handle(client, replaced, &mailbox, *message, None).await
        }
        selected => {
            let Connection { wire, phase, server, .. } = client;
            let progress = Progress::new(tag, server.limits.progress_messages);
            let mailbox = phase.require_selected()?;
            match selected {
                Command::Check => Ok(Reply::ok("checked")),
                Command::Expunge => expunge::handle(mailbox).await,
                Command::UidExpunge(Uids::Set(uids)) => expunge::handle_uids(wire, mailbox, &uids).await,
                Command::UidExpunge(Uids::Saved) => expunge::handle_saved(wire, mailbox).await,
                Command::Search { returns, key, charset, by } => {
                    let wanted = search::Wanted { key: &key, charset: &charset, by, progress };
                    match returns {
                        // RFC 9051 section 6.4.4
                        None if mailbox.enabled.rev2 => {
                            search::handle_extended(wire, mailbox, tag, &wanted, &SearchReturn::all()).await
                        }
                        None => search::handle(wire, mailbox, &wanted).await,
                        Some(returns) => search::handle_extended(wire, mailbox, tag, &wanted, &returns).await,
                    }
                }
                Command::Sort { criteria, key, charset, by } => {
                    let wanted = search::Wanted { key: &key, charset: &charset, by, progress };
                    sort::handle(wire, mailbox, &wanted, &criteria).await
                }
                Command::Thread { algorithm, key, charset, by } => {
                    let wanted = search::Wanted { key: &key, charset: &charset, by, progress };
                    thread::handle(wire, mailbox, &wanted, &algorithm).await
                }
                Command::Fetch { messages, items } => fetch::handle(wire, mailbox, &messages, &items).await,
                Command::Store {
                    messages,
                    unchanged_since,
                    change,
                    silence,
                    item: StoreItem::Flags(flags),
                } => {
                    let order = store::Order { unchanged_since, change, silence, flags: &flags };
                    store::handle(wire, mailbox, &messages, order).await
                }
                Command::Store {
                    messages,
                    unchanged_since: None,
                    change,
                    silence,
                    item: StoreItem::GmLabels(labels),
                } => {
                    let order = store::LabelOrder { change, silence, labels: &labels };
                    store::handle_labels(wire, mailbox, &messages, order).await
                }
                Command::Copy { messages, mailbox: to } => copy::handle(mailbox, &messages, &to).await,
                Command::Move { messages, mailbox: to } => {
                    copy::handle_move(wire, mailbox, &messages, &to).await
                }
                _ => Ok(Reply::bad("that is not supported")),
            }
        }
    }
}

/// Octets of a message, never none: a store that has lost some would keep the reader for ever.
async fn read(message: &impl Message, range: Range<u64>) -> Result<Bytes, StoreError> {
    // Reading messages is work; the other connections get their turn in between.
    tokio::task::yield_now().await;
    let octets = message.read(range).await?;
    if octets.is_empty() {
        return Err(StoreError::Failed("the message is shorter than its store says".into()));
    }
    Ok(octets)
}
