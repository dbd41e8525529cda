//! The same in the commands of RFC 3501: LIST, LSUB and STATUS, as many together as can be told apart.

use std::collections::{HashMap, HashSet};

use tayori_proto::command::{Command, StatusAttribute};
use tayori_proto::response::{ListAttribute, ListRow};
use tayori_proto::session::Together;
use tayori_proto::types::{Capabilities, ListPattern, MailboxName, NonEmpty};

use super::{ListQuery, Listed, Names};
use crate::answer;
use crate::error::Error;
use crate::link::Replies;
use crate::session::{Session, status};

/// Commands that are on their way together.
const TOGETHER: usize = 20;

impl Session {
    pub(super) async fn list_apart(
        &mut self,
        query: &ListQuery,
        offered: &Capabilities,
    ) -> Result<Vec<Listed>, Error> {
        let mut found = if query.wants_xlist(offered) {
            match self.rows_of(query, xlist).await {
                // An empty answer may be the server's way not to understand.
                Ok(found) if !found.rows.is_empty() => found,
                Ok(_) | Err(Error::Refused { .. }) => self.rows_of(query, list).await?,
                Err(error) => return Err(error),
            }
        } else {
            self.rows_of(query, list).await?
        };
        let mut listed = found.listed(query)?;
        if query.children {
            // A mailbox that is not subscribed is a child as well, so all that exist are looked at.
            let complete = query.patterns_end_open() && !found.is_unbelievable();
            Names::new(found.rows.iter(), complete).tell_children(&mut listed);
        }
        self.with_status_of_each(listed, query.status.as_ref()).await
    }

    /// What each pattern gives. The two commands of a pattern go together; those of the next wait for them, since rows
    /// do not say which pattern they belong to.
    async fn rows_of(&mut self, query: &ListQuery, list: Lists) -> Result<Found, Error> {
        let wants_subscribed = query.subscribed || query.only_subscribed;
        let mut found = Found::default();
        let mut known = HashSet::new();
        for patterns in query.patterns.chunks(TOGETHER / 2) {
            let mut runs = Vec::new();
            let mut answers: Vec<(&ListPattern, Replies, Option<Replies>)> = Vec::new();
            for pattern in patterns {
                let (run, rows) = self.link.prepare(list(query, pattern), Together::Careful);
                runs.push(run);
                let subscribed = wants_subscribed.then(|| {
                    let (run, replies) = self.link.prepare(lsub(query, pattern), Together::Careful);
                    runs.push(run);
                    replies
                });
                answers.push((pattern, rows, subscribed));
            }
            self.link.launch(runs).await?;
            for (pattern, rows, subscribed) in answers {
                let (data, _) = rows.collect().await?;
                let rows = answer::list_rows(data).into_iter().map(with_plain_inbox);
                found.rows.extend(rows.filter(|row| known.insert(row.name.clone())));
                if let Some(replies) = subscribed {
                    found.take_subscribed(pattern, replies).await?;
                }
            }
        }
        Ok(found)
    }

    /// With the counts of each that can be selected, if any are wanted.
    pub(super) async fn with_status_of_each(
        &mut self,
        mut listed: Vec<Listed>,
        items: Option<&NonEmpty<StatusAttribute>>,
    ) -> Result<Vec<Listed>, Error> {
        if let Some(items) = items {
            for items in status::askable(&self.link, items.clone()) {
                self.add_status_of_each(&mut listed, &items).await?;
            }
        }
        Ok(listed)
    }

    async fn add_status_of_each(
        &mut self,
        listed: &mut [Listed],
        items: &NonEmpty<StatusAttribute>,
    ) -> Result<(), Error> {
        let mut asked: Vec<&mut Listed> = listed.iter_mut().filter(|listed| listed.is_selectable()).collect();
        for piece in asked.chunks_mut(TOGETHER) {
            let commands = piece.iter().map(|listed| {
                let mailbox = listed.row.name.clone();
                self.link.prepare(Command::Status { mailbox, items: items.clone() }, Together::Careful)
            });
            let (runs, replies): (Vec<_>, Vec<_>) = commands.unzip();
            self.link.launch(runs).await?;
            for (listed, replies) in piece.iter_mut().zip(replies) {
                match replies.collect().await {
                    Ok((data, done)) => match answer::status("STATUS", data, done) {
                        Ok(status) => listed.add_status(Some(status)),
                        // It says nothing; what it says and cannot be read comes as another error.
                        Err(Error::Incomplete { .. }) => {}
                        Err(error) => return Err(error),
                    },
                    // One mailbox that cannot be looked at costs no other.
                    Err(Error::Refused { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(())
    }
}

/// What LIST and LSUB have told.
#[derive(Default)]
struct Found {
    /// Each name once.
    rows: Vec<ListRow>,
    /// The same of what is subscribed, whether it exists or not.
    subscribed: HashMap<MailboxName, ListRow>,
    /// Their names in the server's order.
    order: Vec<MailboxName>,
    /// That LSUB was refused.
    refusal: Option<Error>,
}

impl Found {
    async fn take_subscribed(&mut self, pattern: &ListPattern, replies: Replies) -> Result<(), Error> {
        let data = match replies.collect().await {
            Ok((data, _)) => data,
            Err(error @ Error::Refused { .. }) => {
                self.refusal = Some(error);
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        for row in answer::list_rows(data) {
            // A name that is not subscribed is told for those below it that do not match (RFC 3501 section 6.3.9).
            let only_above =
                !pattern.as_str().ends_with('*') && row.attributes.contains(&ListAttribute::NoSelect);
            if !only_above && !self.subscribed.contains_key(&row.name) {
                self.order.push(row.name.clone());
                self.subscribed.insert(row.name.clone(), row);
            }
        }
        Ok(())
    }

    /// A list of nothing at all, which says nothing of what exists: there are servers that leave all rows out.
    fn is_unbelievable(&self) -> bool {
        self.rows.is_empty()
    }

    /// What the query asks for of them. Fails where subscriptions are all that it asks for, and the server refuses to
    /// tell them.
    fn listed(&mut self, query: &ListQuery) -> Result<Vec<Listed>, Error> {
        let mut listed: Vec<Listed> = self.rows.iter().cloned().map(Listed::new).collect();
        if !query.subscribed && !query.only_subscribed {
            return Ok(listed);
        }
        if let Some(refusal) = self.refusal.take() {
            return if query.only_subscribed { Err(refusal) } else { Ok(listed) };
        }
        for one in &mut listed {
            one.set_subscribed(self.subscribed.remove(&one.row.name).is_some());
        }
        if !query.only_subscribed {
            return Ok(listed);
        }
        listed.retain(|one| one.subscribed == Some(true));
        let exists_not = !self.is_unbelievable();
        for name in std::mem::take(&mut self.order) {
            let Some(mut row) = self.subscribed.remove(&name) else { continue };
            if exists_not && !row.attributes.contains(&ListAttribute::NonExistent) {
                row.attributes.push(ListAttribute::NonExistent);
            }
            let mut one = Listed::new(row);
            one.set_subscribed(true);
            listed.push(one);
        }
        Ok(listed)
    }
}

/// Makes the command that lists what matches a pattern.
type Lists = fn(&ListQuery, &ListPattern) -> Command;

fn list(query: &ListQuery, pattern: &ListPattern) -> Command {
    Command::List { reference: query.reference.clone(), pattern: pattern.clone() }
}

fn xlist(query: &ListQuery, pattern: &ListPattern) -> Command {
    Command::Xlist { reference: query.reference.clone(), pattern: pattern.clone() }
}

fn lsub(query: &ListQuery, pattern: &ListPattern) -> Command {
    Command::Lsub { reference: query.reference.clone(), pattern: pattern.clone() }
}

/// XLIST may show `INBOX` under a name with which no command finds it.
fn with_plain_inbox(mut row: ListRow) -> ListRow {
    if row.is_inbox() {
        row.name = MailboxName::inbox();
    }
    row
}
