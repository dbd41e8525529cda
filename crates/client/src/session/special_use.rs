//! What mailboxes are for (RFC 6154).

use tayori_proto::command::{Command, ListReturn, ListSelection, SelectionOption};
use tayori_proto::profile::Behaviour;
use tayori_proto::response::{ListAttribute, ListRow, ResponseCode};
use tayori_proto::types::{
    Capability, ListPattern, ListReference, MailboxName, NonEmpty, ObjectId, SpecialUse,
};

use crate::answer;
use crate::error::Error;
use crate::session::Session;

/// A mailbox that was made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Created {
    /// What identifies it whatever its name; servers with OBJECTID say it (RFC 8474 section 4.2).
    pub mailbox_id: Option<ObjectId>,
}

/// A mailbox that is for something.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SpecialMailbox {
    /// Its row.
    pub row: ListRow,
    /// What it is for; never empty. Several mailboxes may be for the same.
    pub uses: Vec<SpecialUse>,
}

impl Session {
    /// Creates a mailbox that is for something (RFC 6154 section 3). Where the server refuses the use (`USEATTR`), no
    /// mailbox is made.
    ///
    /// Fails with [`Error::NotOffered`] where the server does not have CREATE-SPECIAL-USE; nothing is sent then, and
    /// [`Session::create`] makes a mailbox that is for nothing in particular.
    pub async fn create_with_use(
        &mut self,
        mailbox: &MailboxName,
        uses: NonEmpty<SpecialUse>,
    ) -> Result<Created, Error> {
        self.link.require(&Capability::CreateSpecialUse, "CREATE-SPECIAL-USE").await?;
        let command = Command::Create { mailbox: mailbox.clone(), uses: uses.into_vec() };
        let (_, done) = self.link.run(command).await?.collect().await?;
        let mailbox_id = match done.completion.code {
            Some(ResponseCode::MailboxId(id)) => Some(id),
            _ => None,
        };
        Ok(Created { mailbox_id })
    }

    /// The mailboxes that are for something (RFC 6154 section 2): asked for alone where the server can select them
    /// (SPECIAL-USE with LIST-EXTENDED), else found among all mailboxes, whose rows tell it on some servers (RFC 6154
    /// section 2). A server from before RFC 6154 that has XLIST is asked with that.
    ///
    /// None where the server does not tell: then there are conventions about names, which are for the caller.
    pub async fn special_mailboxes(&mut self) -> Result<Vec<SpecialMailbox>, Error> {
        let offered = self.capabilities().await?;
        let selects = offered.offers(&Capability::SpecialUse) && offered.offers(&Capability::ListExtended);
        let command = if selects && !self.link.shared.has(Behaviour::NoExtendedList) {
            Some(Command::ListExtended {
                selection: special_use(),
                reference: ListReference::none(),
                patterns: NonEmpty::one(ListPattern::all()),
                returns: vec![ListReturn::SpecialUse],
            })
        } else if offered.offers(&Capability::XList) && !offered.offers(&Capability::SpecialUse) {
            Some(Command::Xlist { reference: ListReference::none(), pattern: ListPattern::all() })
        } else {
            None
        };
        if let Some(command) = command {
            match self.link.run(command).await?.collect().await {
                Ok((data, _)) => {
                    let found = special(answer::list_rows(data));
                    // An empty answer may be the server's way not to understand (Strato).
                    if !found.is_empty() {
                        return Ok(found);
                    }
                }
                Err(Error::Refused { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(special(self.list(&ListReference::none(), &ListPattern::all()).await?))
    }
}

fn special_use() -> ListSelection {
    ListSelection::new(vec![SelectionOption::SpecialUse]).unwrap_or_default()
}

fn special(rows: Vec<ListRow>) -> Vec<SpecialMailbox> {
    let rows = rows.into_iter().filter_map(|row| {
        let uses: Vec<SpecialUse> = row.attributes.iter().filter_map(ListAttribute::special_use).collect();
        (!uses.is_empty()).then_some(SpecialMailbox { row, uses })
    });
    rows.collect()
}
