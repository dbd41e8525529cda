use std::collections::BTreeSet;

use tayori_proto::command::{Event, Watched};
use tayori_proto::types::MailboxName;

use super::names::Names;
use crate::hierarchy::superior_names;

/// Of which mailboxes that are not selected a client wants to hear what (RFC 5465 section 6).
#[derive(Debug, Default)]
pub(crate) struct Interests(Vec<Interest>);

#[derive(Debug)]
struct Interest {
    scope: Scope,
    /// `None` for `NONE`.
    events: Option<Events>,
}

#[derive(Debug)]
enum Scope {
    /// `PERSONAL`, and `INBOXES`: into which mailboxes mail is delivered is not known here (RFC 5465 section 6.3).
    All,
    Subscribed,
    Subtree(BTreeSet<MailboxName>),
    Mailboxes(BTreeSet<MailboxName>),
}

/// What is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Events {
    /// Messages that come and go.
    pub(crate) messages: bool,
    /// Only with `messages` (RFC 5465 section 5).
    pub(crate) flags: bool,
    pub(crate) names: bool,
    pub(crate) subscriptions: bool,
}

impl Interests {
    /// A group that is not about the selected mailbox.
    pub(crate) fn add(&mut self, watched: &Watched, events: &[Event]) {
        let scope = match watched {
            Watched::Subscribed => Scope::Subscribed,
            Watched::Subtree(names) => Scope::Subtree(names.iter().cloned().collect()),
            Watched::Mailboxes(names) => Scope::Mailboxes(names.iter().cloned().collect()),
            _ => Scope::All,
        };
        let told = Events {
            messages: events.contains(&Event::MessageExpunge),
            flags: events.contains(&Event::FlagChange),
            names: events.contains(&Event::MailboxName),
            subscriptions: events.contains(&Event::SubscriptionChange),
        };
        self.0.push(Interest { scope, events: (!events.is_empty()).then_some(told) });
    }

    /// Whether nothing is to be told at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.iter().all(|interest| interest.events.is_none())
    }

    /// What is to be told of this mailbox. Groups add up, but for `NONE`, by which a client says that it does not want
    /// to hear anything of these mailboxes (RFC 5465 section 8).
    pub(super) fn of(&self, name: &MailboxName, names: &Names, delimiter: char) -> Events {
        let mut all = Events::default();
        for Interest { scope, events } in &self.0 {
            if !scope.contains(name, names, delimiter) {
                continue;
            }
            let Some(events) = events else { return Events::default() };
            all.messages |= events.messages;
            all.flags |= events.flags;
            all.names |= events.names;
            all.subscriptions |= events.subscriptions;
        }
        all
    }
}

impl Scope {
    /// Costs as much as the name has levels, however many mailboxes the client has named.
    fn contains(&self, name: &MailboxName, names: &Names, delimiter: char) -> bool {
        match self {
            Self::All => true,
            Self::Subscribed => names.is_subscribed(name),
            Self::Mailboxes(named) => named.contains(name),
            Self::Subtree(roots) => {
                roots.contains(name) || superior_names(name, delimiter).any(|above| roots.contains(&above))
            }
        }
    }
}
