//! Mailboxes, with what is in them, in one round trip where the server can (RFC 5258, RFC 5819).

use tayori_proto::command::{Command, ListReturn, ListSelection, StatusAttribute};
use tayori_proto::profile::Behaviour;
use tayori_proto::response::{ListAttribute, ListRow, MailboxStatus, Response};
use tayori_proto::session::Together;
use tayori_proto::types::{Capability, ListPattern, ListReference, NonEmpty};

use crate::answer;
use crate::error::Error;
use crate::session::Session;

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
    /// Lists mailboxes with what is in them: in one command where the server has LIST-STATUS, else with one STATUS for each, many on
    /// their way at once.
    ///
    /// An answer without a row to the one command is not believed, and an answer that refuses it is no failure: there are servers
    /// that offer it and cannot do it (Strato, Proton Bridge). Then the mailboxes are listed in the old form.
    pub async fn list_with_status(
        &mut self,
        pattern: &ListPattern,
        items: NonEmpty<StatusAttribute>,
    ) -> Result<Vec<Listed>, Error> {
        let capabilities = self.capabilities().await?;
        if capabilities.offers(&Capability::ListStatus) && !self.link.shared.has(Behaviour::NoExtendedList) {
            let mut returns =
                vec![ListReturn::Subscribed, ListReturn::Children, ListReturn::Status(items.clone())];
            if capabilities.offers(&Capability::SpecialUse) {
                returns.push(ListReturn::SpecialUse);
            }
            let command = Command::ListExtended {
                selection: ListSelection::default(),
                reference: ListReference::none(),
                patterns: NonEmpty::one(pattern.clone()),
                returns,
            };
            match self.link.run(command).await?.collect().await {
                Ok((data, _)) => {
                    let listed = with_status(data);
                    if !listed.is_empty() {
                        return Ok(listed);
                    }
                }
                Err(Error::Refused { .. }) => {}
                Err(error) => return Err(error),
            }
            let rows = self.list(&ListReference::none(), pattern).await?;
            if !rows.is_empty() {
                self.link.shared.learn(Behaviour::NoExtendedList);
            }
            return self.with_status_of_each(rows, items).await;
        }
        let rows = self.list(&ListReference::none(), pattern).await?;
        self.with_status_of_each(rows, items).await
    }

    async fn with_status_of_each(
        &mut self,
        rows: Vec<ListRow>,
        items: NonEmpty<StatusAttribute>,
    ) -> Result<Vec<Listed>, Error> {
        let mut listed: Vec<Listed> = rows.into_iter().map(|row| Listed { row, status: None }).collect();
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
                    Ok((data, done)) => listed.status = answer::status("STATUS", data, done).ok(),
                    // One mailbox that cannot be looked at costs no other.
                    Err(Error::Refused { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(listed)
    }
}

fn is_selectable(row: &ListRow) -> bool {
    let unselectable = [ListAttribute::NoSelect, ListAttribute::NonExistent];
    !row.attributes.iter().any(|attribute| unselectable.contains(attribute))
}

/// Each row with the STATUS of its name, wherever that stands among the answers.
fn with_status(data: Vec<Response>) -> Vec<Listed> {
    let mut listed = Vec::new();
    let mut statuses = std::collections::HashMap::new();
    for response in data {
        match response {
            Response::List(row) => listed.push(Listed { row, status: None }),
            Response::MailboxStatus(status) => {
                statuses.insert(status.name.clone(), status);
            }
            _ => {}
        }
    }
    for listed in &mut listed {
        listed.status = statuses.remove(&listed.row.name);
    }
    listed
}
