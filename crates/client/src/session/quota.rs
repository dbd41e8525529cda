//! How much may be stored, and how much is (RFC 9208, RFC 2087).

use tayori_proto::command::{Command, QuotaLimit};
use tayori_proto::response::{Quota, Response};
use tayori_proto::types::{ImapString, MailboxName, Text};

use crate::error::Error;
use crate::session::Session;

/// The quotas that a mailbox counts towards.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MailboxQuota {
    /// The names of its quota roots; none where nothing is limited.
    pub roots: Vec<Text>,
    /// What each of them limits, and how much of it is used. STORAGE is in units of 1024 octets (RFC 9208 section 5.1).
    pub quotas: Vec<Quota>,
}

/// Where every call here needs it: QUOTA (RFC 9208 section 3). Those that fail with [`Error::NotOffered`] have sent
/// nothing; dropping their futures throws the answer away, and what was asked for is done all the same.
impl Session {
    /// The quotas of a mailbox: `GETQUOTAROOT` (RFC 9208 section 4.1.2). A server may tell those of a mailbox that
    /// could be made.
    ///
    /// Fails with [`Error::NotOffered`] where the server does not have QUOTA.
    pub async fn mailbox_quota(&mut self, mailbox: &MailboxName) -> Result<MailboxQuota, Error> {
        self.link.require_named("QUOTA").await?;
        let (data, _) = self.link.run(Command::GetQuotaRoot(mailbox.clone())).await?.collect().await?;
        let mut found = MailboxQuota::default();
        for response in data {
            match response {
                Response::QuotaRoots(roots) if roots.mailbox == *mailbox => found.roots.extend(roots.roots),
                Response::Quota(quota) => found.quotas.push(quota),
                _ => {}
            }
        }
        Ok(found)
    }

    /// A quota by the name of its root: `GETQUOTA` (RFC 9208 section 4.1.1).
    ///
    /// Fails with [`Error::NotOffered`] where the server does not have QUOTA.
    pub async fn quota(&mut self, root: &ImapString) -> Result<Quota, Error> {
        self.link.require_named("QUOTA").await?;
        let (data, _) = self.link.run(Command::GetQuota { root: root.clone() }).await?.collect().await?;
        of_root(data, root)
            .ok_or_else(|| Error::Incomplete { command: "GETQUOTA".to_owned(), missing: "the quota" })
    }

    /// Sets all limits of a quota root; what is not named is not limited any more (RFC 9208 section 4.1.3). Gives the
    /// limits that are in force, where the server says them.
    ///
    /// Fails with [`Error::NotOffered`] where the server does not have QUOTASET. Servers from before that capability
    /// have QUOTA and name no resources (RFC 2087); they are asked, and most refuse whoever is no administrator.
    pub async fn set_quota(
        &mut self,
        root: &ImapString,
        limits: Vec<QuotaLimit>,
    ) -> Result<Option<Quota>, Error> {
        let offered = self.capabilities().await?;
        let names_resources = offered.iter().any(|listed| {
            listed.to_bytes().get(..10).is_some_and(|start| start.eq_ignore_ascii_case(b"QUOTA=RES-"))
        });
        if !offered.has_named("QUOTASET") && (names_resources || !offered.has_named("QUOTA")) {
            return Err(Error::NotOffered { capability: "QUOTASET" });
        }
        let command = Command::SetQuota { root: root.clone(), limits };
        let (data, _) = self.link.run(command).await?.collect().await?;
        Ok(of_root(data, root))
    }
}

fn of_root(data: Vec<Response>, root: &ImapString) -> Option<Quota> {
    data.into_iter().find_map(|response| match response {
        Response::Quota(quota) if quota.root.as_bytes() == root.as_bytes() => Some(quota),
        _ => None,
    })
}
