use tayori_proto::command::{Event, InitialStatus, Notify, NotifySet, Watched};
use tayori_proto::response::{Response, ResponseCode};
use tayori_proto::types::Text;

use crate::command::fetch;
use crate::connection::{Connection, Enabled, Handled, Reply};
use crate::limits::{FETCH_ITEMS, NOTIFY_GROUPS};
use crate::store::Store;
use crate::view::{Renumbering, Telling};
use crate::watch::{Interests, Known, SelectedWatch, Watch};

/// What a client can be told of (RFC 5465 section 5). There are no annotations and no metadata.
const EVENTS: [&str; 5] = ["MessageNew", "MessageExpunge", "FlagChange", "MailboxName", "SubscriptionChange"];

/// `NOTIFY` (RFC 5465 section 3.1): from now on the client is told this, with and without a command in flight, and
/// nothing else.
pub(super) async fn handle<S: Store>(client: &mut Connection<S>, store: &S, notify: Notify) -> Handled {
    let set = match notify {
        Notify::None => {
            client.watch = Some(Watch::nothing());
            return Ok(Reply::ok("nothing will be told"));
        }
        Notify::Set(set) => set,
    };
    if let Some(refusal) = refusal(client, &set) {
        return Ok(refusal);
    }
    let mut selected = SelectedWatch::nothing();
    let mut interests = Interests::default();
    for group in set.groups() {
        match group.watched() {
            Watched::Selected | Watched::SelectedDelayed => {
                selected = SelectedWatch::new(group.watched(), group.events());
            }
            others => interests.add(others, group.events()),
        }
    }
    let id = client.phase.selected_id();
    let manner = client.manner(store, id.as_ref());
    // Before anything is told: a NOTIFY that is refused has no effect (RFC 5465 section 3.1).
    let fresh = match client.watch.as_ref().and_then(Watch::moment) {
        None if !interests.is_empty() => match Known::new(store.news(None).await?, manner) {
            Ok(known) => Some(known),
            Err(_) => return Ok(too_much()),
        },
        _ => None,
    };
    // All that has happened up to now is told to whoever asks for less from now on (RFC 5465 section 3.1).
    client.tell(Renumbering::Allowed, Telling::Everything).await?;
    let known = match interests.is_empty() {
        true => None,
        false => match fresh.or_else(|| client.watch.take()?.into_known()) {
            Some(known) => Some(known),
            None => {
                // There was too much to tell just now, as the client has heard.
                client.watch = Some(Watch::nothing());
                return Ok(too_much());
            }
        },
    };
    let watch = Watch::new(selected, interests, known);
    if set.status() == InitialStatus::Told {
        for status in watch.status(manner) {
            client.wire.send(&Response::MailboxStatus(status)).await?;
        }
    }
    client.watch = Some(watch);
    let enabled = Enabled { notify: true, ..client.enabled };
    client.enable(enabled).await?;
    Ok(Reply::ok("news will be told"))
}

fn refusal<S: Store>(client: &mut Connection<S>, set: &NotifySet) -> Option<Reply> {
    if set.groups().len() > NOTIFY_GROUPS {
        return Some(too_much());
    }
    for event in set.groups().iter().flat_map(|group| group.events()) {
        match event {
            Event::MessageNew(attributes) => {
                if attributes.iter().any(|attribute| fetch::is_unknown(&mut client.wire, attribute)) {
                    return Some(Reply::bad("there is no such item"));
                }
                if attributes.len() > FETCH_ITEMS {
                    return Some(Reply::too_much());
                }
            }
            Event::MessageExpunge | Event::FlagChange | Event::MailboxName | Event::SubscriptionChange => {}
            _ => {
                let known = EVENTS.into_iter().map(Text::from_static).collect();
                let reply = Reply::no("that is not told of here");
                return Some(reply.with(ResponseCode::BadEvent(known)));
            }
        }
    }
    None
}

/// RFC 5465 section 3.1
fn too_much() -> Reply {
    Reply::no("that would be too much to tell").with(ResponseCode::NotificationOverflow)
}
