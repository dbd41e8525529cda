//! Mailboxes, with what is in them, in one round trip where the server can (RFC 5258, RFC 5819).

use std::collections::HashMap;

use tayori_proto::command::{Command, ListReturn, ListSelection, StatusAttribute};
use tayori_proto::profile::Behaviour;
use tayori_proto::response::{ListAttribute, ListRow, MailboxStatus, Response};
use tayori_proto::session::Together;
use tayori_proto::types::{Capabilities, Capability, ListPattern, ListReference, NonEmpty};

use crate::answer;
use crate::error::Error;
use crate::needs;
use crate::session::Session;
use crate::session::status;

/// A mailbox and what is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Listed {
    /// Its row.
    pub row: ListRow,
    /// What is in it; `None` where it cannot be selected, or where the server would not say.
    pub status: Option<MailboxStatus>,
}

/// STATUS commands that are on their way together.
const TOGETHER: usize = 20;

impl Session {
    /// Lists mailboxes with what is in them: in one command where the server has LIST-STATUS, else with one STATUS for
    /// each, many on their way at once.
    ///
    /// An answer without a row to the one command is not believed, and an answer that refuses it is no failure: there
    /// are servers that offer it and cannot do it (Strato, Proton Bridge). Then the mailboxes are listed in the old
    /// form.
    ///
    /// Fails with [`Error::NotOffered`] where an item needs an extension that the server does not have; nothing is sent
    /// then. Fails with [`Error::Unreadable`] where what it says of a mailbox cannot be read.
    pub async fn list_with_status(
        &mut self,
        pattern: &ListPattern,
        items: NonEmpty<StatusAttribute>,
    ) -> Result<Vec<Listed>, Error> {
        self.link.require_all(needs::of_status(&items)).await?;
        let capabilities = self.capabilities().await?;
        if !capabilities.offers(&Capability::ListStatus) || self.link.shared.has(Behaviour::NoExtendedList) {
            let rows = self.list(&ListReference::none(), pattern).await?;
            return self.with_status_of_each(rows, items).await;
        }
        match self.list_at_once(pattern, items.clone(), &capabilities).await {
            Ok(listed) if !listed.is_empty() => return Ok(listed),
            Ok(_) | Err(Error::Refused { .. }) => {}
            Err(error) => return Err(error),
        }
        let rows = self.list(&ListReference::none(), pattern).await?;
        if !rows.is_empty() {
            self.link.shared.learn(Behaviour::NoExtendedList);
        }
        self.with_status_of_each(rows, items).await
    }

    /// In one command, or in two where MAILBOXID has to be asked for alone.
    async fn list_at_once(
        &mut self,
        pattern: &ListPattern,
        items: NonEmpty<StatusAttribute>,
        capabilities: &Capabilities,
    ) -> Result<Vec<Listed>, Error> {
        let mut listed: Vec<Listed> = Vec::new();
        for items in status::askable(&self.link, items) {
            let mut returns = vec![ListReturn::Subscribed, ListReturn::Children, ListReturn::Status(items)];
            if capabilities.offers(&Capability::SpecialUse) {
                returns.push(ListReturn::SpecialUse);
            }
            let command = Command::ListExtended {
                selection: ListSelection::default(),
                reference: ListReference::none(),
                patterns: NonEmpty::one(pattern.clone()),
                returns,
            };
            let (data, _) = self.link.run(command).await?.collect().await?;
            let told = with_status(data);
            if listed.is_empty() {
                listed = told;
                continue;
            }
            let mut told: HashMap<_, _> = told.into_iter().map(|one| (one.row.name, one.status)).collect();
            for one in &mut listed {
                one.add(told.remove(&one.row.name).flatten());
            }
        }
        Ok(listed)
    }

    async fn with_status_of_each(
        &mut self,
        rows: Vec<ListRow>,
        items: NonEmpty<StatusAttribute>,
    ) -> Result<Vec<Listed>, Error> {
        let mut listed: Vec<Listed> = rows.into_iter().map(|row| Listed { row, status: None }).collect();
        for items in status::askable(&self.link, items) {
            self.add_status_of_each(&mut listed, &items).await?;
        }
        Ok(listed)
    }

    async fn add_status_of_each(
        &mut self,
        listed: &mut [Listed],
        items: &NonEmpty<StatusAttribute>,
    ) -> Result<(), Error> {
        let mut asked: Vec<&mut Listed> =
            listed.iter_mut().filter(|listed| is_selectable(&listed.row)).collect();
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
                        Ok(status) => listed.add(Some(status)),
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

impl Listed {
    /// Takes what a further command has told of it.
    fn add(&mut self, told: Option<MailboxStatus>) {
        match (&mut self.status, told) {
            (Some(status), Some(told)) => status.items.extend(told.items),
            (status @ None, told) => *status = told,
            (Some(_), None) => {}
        }
    }
}

fn is_selectable(row: &ListRow) -> bool {
    let unselectable = [ListAttribute::NoSelect, ListAttribute::NonExistent];
    !row.attributes.iter().any(|attribute| unselectable.contains(attribute))
}

/// Each row with the STATUS of its name, wherever that stands among the answers.
fn with_status(data: Vec<Response>) -> Vec<Listed> {
    let mut listed = Vec::new();
    let mut statuses: HashMap<_, MailboxStatus> = HashMap::new();
    for response in data {
        match response {
            Response::List(row) => listed.push(Listed { row, status: None }),
            Response::MailboxStatus(status) => {
                let name = status.name.clone();
                // News of it can stand beside the answer.
                let known = match statuses.remove(&name) {
                    Some(known) => answer::update(known, status),
                    None => status,
                };
                statuses.insert(name, known);
            }
            _ => {}
        }
    }
    for listed in &mut listed {
        listed.status = statuses.remove(&listed.row.name);
    }
    listed
}
