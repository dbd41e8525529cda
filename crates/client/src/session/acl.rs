//! Who may do what with a mailbox (RFC 4314).

use tayori_proto::command::{Command, RightsChange};
use tayori_proto::response::{AclEntry, ListRights, Response};
use tayori_proto::types::{ImapString, MailboxName, Rights};

use crate::error::Error;
use crate::session::Session;

/// Where every call here needs it: ACL (RFC 4314 section 2). Those that fail with [`Error::NotOffered`] have sent
/// nothing; dropping their futures throws the answer away, and what was asked for is done all the same.
impl Session {
    /// Who may do what: `GETACL` (RFC 4314 section 3.3), in the server's order. Rights of an identifier that begins
    /// with `-` are taken away from whoever has them.
    pub async fn acl(&mut self, mailbox: &MailboxName) -> Result<Vec<AclEntry>, Error> {
        let data = self.ask_acl(Command::GetAcl(mailbox.clone())).await?;
        let found = data.into_iter().find_map(|response| match response {
            Response::Acl(acl) if acl.mailbox == *mailbox => Some(acl.entries),
            _ => None,
        });
        found.ok_or_else(|| missing("GETACL", "the rights"))
    }

    /// Changes what somebody may do: `SETACL` (RFC 4314 section 3.1). Rights that this program does not know stay only
    /// with [`RightsChange::Add`] and [`RightsChange::Remove`].
    ///
    /// Whoever takes `a` from themselves cannot undo it.
    pub async fn set_acl(
        &mut self,
        mailbox: &MailboxName,
        identifier: &ImapString,
        change: RightsChange,
    ) -> Result<(), Error> {
        let (mailbox, identifier) = (mailbox.clone(), identifier.clone());
        self.ask_acl(Command::SetAcl { mailbox, identifier, change }).await.map(drop)
    }

    /// Takes away all that was said of somebody: `DELETEACL` (RFC 4314 section 3.2).
    pub async fn delete_acl(&mut self, mailbox: &MailboxName, identifier: &ImapString) -> Result<(), Error> {
        let (mailbox, identifier) = (mailbox.clone(), identifier.clone());
        self.ask_acl(Command::DeleteAcl { mailbox, identifier }).await.map(drop)
    }

    /// What somebody can be given: `LISTRIGHTS` (RFC 4314 section 3.4).
    pub async fn list_rights(
        &mut self,
        mailbox: &MailboxName,
        identifier: &ImapString,
    ) -> Result<ListRights, Error> {
        let command = Command::ListRights { mailbox: mailbox.clone(), identifier: identifier.clone() };
        let data = self.ask_acl(command).await?;
        let found = data.into_iter().find_map(|response| match response {
            Response::ListRights(rights) if rights.mailbox == *mailbox => Some(rights),
            _ => None,
        });
        found.ok_or_else(|| missing("LISTRIGHTS", "the rights"))
    }

    /// What the user may do: `MYRIGHTS` (RFC 4314 section 3.5).
    pub async fn my_rights(&mut self, mailbox: &MailboxName) -> Result<Rights, Error> {
        let data = self.ask_acl(Command::MyRights(mailbox.clone())).await?;
        let found = data.into_iter().find_map(|response| match response {
            Response::MyRights(mine) if mine.mailbox == *mailbox => Some(mine.rights),
            _ => None,
        });
        found.ok_or_else(|| missing("MYRIGHTS", "the rights"))
    }

    async fn ask_acl(&mut self, command: Command) -> Result<Vec<Response>, Error> {
        self.link.require_named("ACL").await?;
        Ok(self.link.run(command).await?.collect().await?.0)
    }
}

fn missing(command: &str, missing: &'static str) -> Error {
    Error::Incomplete { command: command.to_owned(), missing }
}
