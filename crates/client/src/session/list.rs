//! Mailboxes, with what is known of each, in one round trip where the server can (RFC 5258, RFC 5819, RFC 6154).

mod apart;
mod query;

use std::collections::{HashMap, HashSet};

use tayori_proto::command::StatusAttribute;
use tayori_proto::profile::Behaviour;
use tayori_proto::response::{ListAttribute, ListRow, MailboxStatus, Response};
use tayori_proto::types::{Capabilities, Capability, ListPattern, MailboxName, NonEmpty, SpecialUse};

use crate::answer;
use crate::error::Error;
use crate::needs;
use crate::session::Session;
use crate::session::status;

pub use query::ListQuery;

/// A mailbox and what is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Listed {
    /// Its row, with the attributes that the server gave it. Where those do not say it, `\HasChildren`,
    /// `\HasNoChildren`, `\Subscribed` and `\NonExistent` are added if they were asked for and follow from what else
    /// the server has told.
    pub row: ListRow,
    /// Whether it is subscribed; `None` where that was not asked for, or the server would not say.
    pub subscribed: Option<bool>,
    /// What it is for, as its attributes say it.
    pub uses: Vec<SpecialUse>,
    /// What is in it; `None` where that was not asked for, where it cannot be selected, or where the server would not
    /// say.
    pub status: Option<MailboxStatus>,
}

impl Session {
    /// Lists mailboxes with what the query wants to know of each, every name once.
    ///
    /// In one command where the server has LIST-EXTENDED, and LIST-STATUS if counts are wanted. Else with what RFC 3501
    /// has: LIST and, where subscriptions are wanted, LSUB go out together for each pattern, and behind them a STATUS
    /// for each mailbox, many on their way at once. What has children is then seen from the names. XLIST takes the
    /// place of LIST on a server that says with it alone what mailboxes are for; its `INBOX` has that name here,
    /// whatever it is called there.
    ///
    /// An answer without a row to the one command is not believed, and an answer that refuses it is no failure: there
    /// are servers that offer it and cannot do it (Strato, Proton Bridge). Then the mailboxes are listed in the old
    /// form. A mailbox whose counts the server refuses costs no other.
    ///
    /// Fails with [`Error::NotOffered`] where an item of the counts needs an extension that the server does not have;
    /// nothing is sent then. Fails with [`Error::Unreadable`] where what it says of a mailbox cannot be read.
    pub async fn list_mailboxes(&mut self, query: &ListQuery) -> Result<Vec<Listed>, Error> {
        if let Some(items) = &query.status {
            self.link.require_all(needs::of_status(items)).await?;
        }
        let offered = self.capabilities().await?;
        let in_one = self.takes_extended(query, &offered);
        if in_one {
            match self.list_in_one(query, &offered).await {
                Ok(listed) if !listed.is_empty() => return Ok(listed),
                Ok(_) | Err(Error::Refused { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        let listed = self.list_apart(query, &offered).await?;
        if in_one && !listed.is_empty() {
            self.link.shared.learn(Behaviour::NoExtendedList);
        }
        Ok(listed)
    }

    /// Lists mailboxes with what is in them, what has children, and what they are for as far as that costs no further
    /// command: [`Session::list_mailboxes`] for the query that is asked most.
    pub async fn list_with_status(
        &mut self,
        pattern: &ListPattern,
        items: NonEmpty<StatusAttribute>,
    ) -> Result<Vec<Listed>, Error> {
        let query = ListQuery::new(pattern.clone()).with_children().with_uses().with_status(items);
        self.list_mailboxes(&query).await
    }

    fn takes_extended(&self, query: &ListQuery, offered: &Capabilities) -> bool {
        // LIST-STATUS alone is a part of the extended form, too: RFC 5819 section 2 adds to its return options.
        (offered.offers(&Capability::ListExtended) || offered.offers(&Capability::ListStatus))
            && !self.link.shared.has(Behaviour::NoExtendedList)
            && query.gains_from_extended()
            && !query.wants_xlist(offered)
    }

    /// In the extended form: one command, or two where MAILBOXID has to be asked for alone, and a STATUS for each where
    /// the server has no LIST-STATUS.
    async fn list_in_one(&mut self, query: &ListQuery, offered: &Capabilities) -> Result<Vec<Listed>, Error> {
        let at_once = query.status.as_ref().filter(|_| offered.offers(&Capability::ListStatus));
        let Some(items) = at_once else {
            let rows = self.list_extended(query, offered, None).await?;
            return self.with_status_of_each(rows, query.status.as_ref()).await;
        };
        let mut listed: Vec<Listed> = Vec::new();
        for items in status::askable(&self.link, items.clone()) {
            let told = self.list_extended(query, offered, Some(items)).await?;
            if listed.is_empty() {
                listed = told;
                continue;
            }
            let mut told: HashMap<_, _> = told.into_iter().map(|one| (one.row.name, one.status)).collect();
            for one in &mut listed {
                one.add_status(told.remove(&one.row.name).flatten());
            }
        }
        Ok(listed)
    }

    async fn list_extended(
        &mut self,
        query: &ListQuery,
        offered: &Capabilities,
        items: Option<NonEmpty<StatusAttribute>>,
    ) -> Result<Vec<Listed>, Error> {
        let (data, _) = self.link.run(query.extended(offered, items)).await?.collect().await?;
        let (rows, mut statuses) = rows_and_statuses(data);
        let mut listed: Vec<Listed> = rows.into_iter().map(Listed::new).collect();
        for one in &mut listed {
            if query.only_subscribed {
                one.set_subscribed(true);
            } else if query.subscribed {
                one.subscribed = Some(one.row.attributes.contains(&ListAttribute::Subscribed));
            }
            one.status = statuses.remove(&one.row.name);
        }
        if query.children {
            // What was selected by something is not all that there is.
            let names = Names::new(listed.iter().map(|one| &one.row), query.shows_all_below());
            names.tell_children(&mut listed);
        }
        Ok(listed)
    }
}

impl Listed {
    fn new(row: ListRow) -> Self {
        let subscribed = row.attributes.contains(&ListAttribute::Subscribed).then_some(true);
        let uses = row.attributes.iter().filter_map(ListAttribute::special_use).collect();
        Self { row, subscribed, uses, status: None }
    }

    /// Whether there are mailboxes below it (RFC 3348), if that is known.
    pub fn has_children(&self) -> Option<bool> {
        self.row.attributes.iter().find_map(|attribute| match attribute {
            ListAttribute::HasChildren => Some(true),
            ListAttribute::HasNoChildren | ListAttribute::NoInferiors => Some(false),
            _ => None,
        })
    }

    /// Whether it can be opened, as far as its attributes say: not a name that only stands above others, or that is
    /// subscribed and does not exist.
    pub fn is_selectable(&self) -> bool {
        let unselectable = [ListAttribute::NoSelect, ListAttribute::NonExistent];
        !self.row.attributes.iter().any(|attribute| unselectable.contains(attribute))
    }

    fn set_subscribed(&mut self, subscribed: bool) {
        self.subscribed = Some(subscribed);
        if subscribed && !self.row.attributes.contains(&ListAttribute::Subscribed) {
            self.row.attributes.push(ListAttribute::Subscribed);
        }
    }

    /// Takes what a further command has told of what is in it.
    fn add_status(&mut self, told: Option<MailboxStatus>) {
        match (&mut self.status, told) {
            (Some(status), Some(told)) => status.items.extend(told.items),
            (status @ None, told) => *status = told,
            (Some(_), None) => {}
        }
    }
}

/// Names, to see what lies below one.
struct Names {
    /// In the order of their octets, so that what begins with another one stands from there on.
    sorted: Vec<String>,
    /// Whether none is missing of those below any of them.
    complete: bool,
}

impl Names {
    fn new<'a>(rows: impl Iterator<Item = &'a ListRow>, complete: bool) -> Self {
        let mut sorted: Vec<String> = rows.map(|row| row.name.as_str().to_owned()).collect();
        sorted.sort_unstable();
        Self { sorted, complete }
    }

    /// Says of each whether it has children, where its attributes do not and the names do.
    fn tell_children(&self, listed: &mut [Listed]) {
        for one in listed.iter_mut().filter(|one| one.has_children().is_none()) {
            let Some(delimiter) = one.row.delimiter else {
                // A name without levels (RFC 9051 section 7.3.1).
                one.row.attributes.push(ListAttribute::HasNoChildren);
                continue;
            };
            let below = format!("{}{delimiter}", one.row.name.as_str());
            let next = self.sorted.partition_point(|name| *name < below);
            let has = self.sorted.get(next).is_some_and(|name| name.starts_with(&below));
            if has {
                one.row.attributes.push(ListAttribute::HasChildren);
            } else if self.complete {
                one.row.attributes.push(ListAttribute::HasNoChildren);
            }
        }
    }
}

/// Rows, every name once, and what is in the mailboxes, wherever that stands among the answers.
fn rows_and_statuses(data: Vec<Response>) -> (Vec<ListRow>, HashMap<MailboxName, MailboxStatus>) {
    let mut rows = Vec::new();
    let mut known = HashSet::new();
    let mut statuses: HashMap<_, MailboxStatus> = HashMap::new();
    for response in data {
        match response {
            Response::List(row) if known.insert(row.name.clone()) => rows.push(row),
            Response::MailboxStatus(status) => {
                let name = status.name.clone();
                // News of it can stand beside the answer.
                let told = match statuses.remove(&name) {
                    Some(known) => answer::update(known, status),
                    None => status,
                };
                statuses.insert(name, told);
            }
            _ => {}
        }
    }
    (rows, statuses)
}
