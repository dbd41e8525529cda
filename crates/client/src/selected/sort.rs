//! Messages in an order, or in threads, that the server has made (RFC 5256, RFC 5957).

use tayori_proto::command::{Charset, Command, SearchBy, SearchKey, SortCriterion, SortKey, ThreadAlgorithm};
use tayori_proto::response::{Response, ThreadRow};
use tayori_proto::types::{NonEmpty, Uid};

use crate::error::Error;
use crate::needs;
use crate::selected::Selected;

impl Selected<'_> {
    /// The UIDs of the messages that match, in the order of the criteria; those that are equal in all of them stand in
    /// the order of the mailbox (RFC 5256 section 3). Strings of the key are UTF-8, which is always named; a server may
    /// refuse that ([`Error::Refused`] with `BADCHARSET`).
    ///
    /// Fails with [`Error::NotOffered`] where the server does not have SORT, or SORT=DISPLAY for what people see of an
    /// address (RFC 5957), or what the key needs; nothing is sent then. Dropping the future throws the answer away.
    pub async fn uid_sort(
        &mut self,
        criteria: NonEmpty<SortCriterion>,
        key: SearchKey,
    ) -> Result<Vec<Uid>, Error> {
        self.link().require_named("SORT").await?;
        let shown =
            |criterion: &SortCriterion| matches!(criterion.key, SortKey::DisplayFrom | SortKey::DisplayTo);
        if criteria.iter().any(shown) {
            self.link().require_named("SORT=DISPLAY").await?;
        }
        self.link().require_all(needs::of_key(&key)).await?;
        let command = Command::Sort { criteria, key, charset: Charset::Utf8, by: SearchBy::Uids };
        let data = self.run(command).await?;
        let rows = data.iter().filter_map(|response| match response {
            Response::Sort(row) => Some(row.uids()),
            _ => None,
        });
        Ok(rows.flatten().collect())
    }

    /// The UIDs of the messages that match, in threads (RFC 5256 section 3): a message, then the replies to it, each
    /// with its own; read it with [`ThreadRow::uids`]. Strings of the key as in [`Selected::uid_sort`]. A server that
    /// answers OK and no list has found nothing.
    ///
    /// Fails with [`Error::NotOffered`] where the server does not have `THREAD=` with this algorithm, or what the key
    /// needs; nothing is sent then. Dropping the future throws the answer away.
    pub async fn uid_thread(
        &mut self,
        algorithm: ThreadAlgorithm,
        key: SearchKey,
    ) -> Result<ThreadRow, Error> {
        let offered = self.capabilities().await?;
        let name = format!("THREAD={}", String::from_utf8_lossy(algorithm.name()));
        if !offered.has_named(&name) {
            let capability = match algorithm {
                ThreadAlgorithm::OrderedSubject => "THREAD=ORDEREDSUBJECT",
                ThreadAlgorithm::References => "THREAD=REFERENCES",
                ThreadAlgorithm::Refs => "THREAD=REFS",
                _ => "this algorithm of THREAD",
            };
            return Err(Error::NotOffered { capability });
        }
        self.link().require_all(needs::of_key(&key)).await?;
        let command = Command::Thread { algorithm, key, charset: Charset::Utf8, by: SearchBy::Uids };
        let mut found = ThreadRow::default();
        for response in self.run(command).await? {
            if let Response::Thread(row) = response {
                found.append(row);
            }
        }
        Ok(found)
    }
}
