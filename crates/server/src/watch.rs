//! What a client wants to be told without asking (RFC 5465), and what it was told of the mailboxes that it has not
//! selected.
//!
//! As with [`View`](crate::view::View), nothing is queued: the store says how its mailboxes are, and what differs from
//! what the client knows is told. A client that is slow is told less often, and never anything that is not true any
//! more.

mod interest;
mod names;
mod own;

use std::collections::HashMap;

use tayori_proto::command::{Event, FetchAttribute, Watched};
use tayori_proto::response::{ListRow, MailboxStatus, Response, StatusItem};
use tayori_proto::types::{MailboxName, ObjectId, Uid};

use crate::command::fetch;
use crate::connection::Enabled;
use crate::store::{Moment, News, Tally};
use crate::view::{Renumbering, Telling, count};
pub(crate) use interest::Interests;
use names::Names;
pub(crate) use own::Own;

/// What a client that has used `NOTIFY` is told.
pub(crate) struct Watch {
    pub(crate) selected: SelectedWatch,
    /// `None` if it is to hear nothing of them.
    others: Option<Others>,
}

/// What is told of the selected mailbox (RFC 5465 section 6.1).
#[derive(Clone, Debug)]
pub(crate) struct SelectedWatch {
    pub(crate) telling: Telling,
    /// Whether messages may be renumbered between commands.
    pub(crate) between: Renumbering,
    /// What is told of each new message.
    pub(crate) attributes: Vec<FetchAttribute>,
}

/// The mailboxes that are not selected.
struct Others {
    interests: Interests,
    known: Known,
}

/// The store as the client knows it.
pub(crate) struct Known {
    moment: Moment,
    names: Names,
    mailboxes: HashMap<ObjectId, Mailbox>,
}

struct Mailbox {
    name: MailboxName,
    /// `None` if the client knows nothing of it but its name.
    tally: Option<Tally>,
}

/// What may be said of the mailboxes that are not selected.
#[derive(Clone, Copy)]
pub(crate) struct Manner<'a> {
    /// The selected mailbox: of its messages other things are told.
    pub(crate) selected: Option<&'a ObjectId>,
    pub(crate) enabled: Enabled,
    pub(crate) delimiter: char,
    /// Names of the whole store that are kept in mind at most.
    pub(crate) most: usize,
}

/// There are more names than can be kept in mind (RFC 5465 section 5.8).
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Overflow;

impl SelectedWatch {
    /// Nothing is told.
    pub(crate) fn nothing() -> Self {
        Self { telling: Telling::Nothing, between: Renumbering::Held, attributes: Vec::new() }
    }

    pub(crate) fn new(watched: &Watched, events: &[Event]) -> Self {
        let attributes = events.iter().find_map(|event| match event {
            Event::MessageNew(attributes) => Some(fetch::each_once(attributes.iter().cloned())),
            _ => None,
        });
        // Whoever asks for anything asks for new messages (RFC 5465 section 5).
        let Some(attributes) = attributes else { return Self::nothing() };
        Self {
            telling: match events.contains(&Event::FlagChange) {
                true => Telling::Everything,
                false => Telling::Messages,
            },
            between: match watched {
                Watched::Selected => Renumbering::Allowed,
                _ => Renumbering::Held,
            },
            attributes,
        }
    }
}

impl Watch {
    /// `NOTIFY NONE`
    pub(crate) fn nothing() -> Self {
        Self { selected: SelectedWatch::nothing(), others: None }
    }

    /// Of what the client knows of the other mailboxes it is told what changes; nothing, where that is `None`.
    pub(crate) fn new(selected: SelectedWatch, interests: Interests, known: Option<Known>) -> Self {
        Self { selected, others: known.map(|known| Others { interests, known }) }
    }

    /// What the client knows of the other mailboxes. If its wishes change it is told what has changed since.
    pub(crate) fn into_known(self) -> Option<Known> {
        Some(self.others?.known)
    }

    /// Up to which moment the client knows the other mailboxes, if it wants to.
    pub(crate) fn moment(&self) -> Option<Moment> {
        Some(self.others.as_ref()?.known.moment)
    }

    /// How those mailboxes are of whose messages the client wants to hear (RFC 5465 section 3.1).
    pub(crate) fn status(&self, manner: Manner<'_>) -> Vec<MailboxStatus> {
        let Some(Others { interests, known }) = &self.others else { return Vec::new() };
        let mailboxes = known.mailboxes.iter().filter(|(id, _)| manner.selected != Some(*id));
        let mut told: Vec<MailboxStatus> = mailboxes
            .filter_map(|(_, mailbox)| {
                let events = interests.of(&mailbox.name, &known.names, manner.delimiter);
                // With changes of flags it is told whether or not mod-sequences are enabled.
                let modseq = events.flags || manner.enabled.condstore;
                let items = || items(events, mailbox.tally?, modseq);
                (events.messages).then(items)?.map(|items| (mailbox, items))
            })
            .map(|(mailbox, items)| MailboxStatus { name: mailbox.name.clone(), items })
            .collect();
        told.sort_by(|a, b| a.name.cmp(&b.name));
        told
    }

    /// Takes in what the client has done itself: that is no news (RFC 5465 section 5). What becomes of messages is told
    /// all the same: nobody could tell it apart from what others do in the same mailbox.
    pub(crate) fn did(&mut self, own: &Own, delimiter: char) {
        if let Some(others) = &mut self.others {
            own.apply(&mut others.known.names, delimiter);
        }
    }

    /// What the client is to be told now.
    pub(crate) fn apply(&mut self, news: News, manner: Manner<'_>) -> Result<Vec<Response>, Overflow> {
        let Some(Others { interests, known }) = &mut self.others else { return Ok(Vec::new()) };
        let mut responses = Vec::new();
        known.moment = news.moment;
        if let Some(names) = news.names {
            let rows = known.take_names(names, interests, manner)?;
            responses.extend(rows.into_iter().map(Response::List));
        }
        for (id, now) in news.changed {
            let Some(mailbox) = known.mailboxes.get_mut(&id) else { continue };
            let before = mailbox.tally.replace(now);
            if manner.selected == Some(&id) {
                continue;
            }
            let events = interests.of(&mailbox.name, &known.names, manner.delimiter);
            let before = before.unwrap_or(Tally { messages: 0, unseen: 0, uid_next: Some(Uid::MIN), ..now });
            let counts = |tally: Tally| (tally.validity, tally.messages, tally.uid_next);
            let is_counted = events.messages && counts(before) != counts(now);
            let state_is_told = manner.enabled.condstore;
            let is_flagged =
                events.flags && (before.unseen != now.unseen || state_is_told && before.state != now.state);
            if let (true, Some(items)) = (is_counted || is_flagged, items(events, now, state_is_told)) {
                responses.push(Response::MailboxStatus(MailboxStatus { name: mailbox.name.clone(), items }));
            }
        }
        Ok(responses)
    }
}

impl Known {
    /// `all`, everything there is, is what a client knows that was told nothing yet.
    pub(crate) fn new(all: News, manner: Manner<'_>) -> Result<Self, Overflow> {
        let names = all.names.as_ref().map(Names::new).unwrap_or_default();
        if names.len() > manner.most {
            return Err(Overflow);
        }
        let tallies: HashMap<ObjectId, Tally> = all.changed.into_iter().collect();
        let mailboxes = names
            .mailboxes()
            .map(|(id, name)| (id.clone(), Mailbox { name: name.clone(), tally: tallies.get(id).copied() }));
        let mailboxes = mailboxes.collect();
        Ok(Self { moment: all.moment, names, mailboxes })
    }

    fn take_names(
        &mut self,
        now: crate::store::Names,
        interests: &Interests,
        manner: Manner<'_>,
    ) -> Result<Vec<ListRow>, Overflow> {
        let names = Names::new(&now);
        if names.len() > manner.most {
            return Err(Overflow);
        }
        let rows = names.rows_since(&self.names, &now, interests, manner.delimiter);
        let mut before = std::mem::take(&mut self.mailboxes);
        let by_name: HashMap<MailboxName, Option<Tally>> =
            before.values().map(|mailbox| (mailbox.name.clone(), mailbox.tally)).collect();
        for (id, name) in names.mailboxes() {
            let tally = match before.remove(id) {
                Some(mailbox) => mailbox.tally,
                // Another mailbox in its place: the client has to hear that its UIDs mean something else.
                None => by_name.get(name).copied().flatten(),
            };
            self.mailboxes.insert(id.clone(), Mailbox { name: name.clone(), tally });
        }
        self.names = names;
        Ok(rows)
    }
}

/// What is told of a mailbox (RFC 5465 sections 5.1 to 5.3); `None` if nothing is.
fn items(events: interest::Events, tally: Tally, modseq: bool) -> Option<Vec<StatusItem>> {
    if !events.messages {
        return None;
    }
    let mut items = vec![
        StatusItem::Messages(count(tally.messages)),
        StatusItem::UidNext(tally.uid_next),
        StatusItem::UidValidity(Some(tally.validity)),
    ];
    items.extend(events.flags.then(|| StatusItem::Unseen(count(tally.unseen))));
    items.extend(modseq.then_some(StatusItem::HighestModSeq(Some(tally.state))));
    Some(items)
}

#[cfg(test)]
mod tests;
