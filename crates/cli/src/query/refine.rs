//! What a server cannot answer is found out here: sets of messages, joined as the query says.

use tayori_client::{Discard, Error, FetchAttribute, FetchItems, SearchKey, Selected};
use tayori_mime::outline;
use tayori_proto::response::FetchItem;
use tayori_proto::types::{ImapString, NonEmpty, SequenceSet, Uid, UidSet};

use super::{Query, both};
use crate::download::in_commands;
use crate::failure::Failure;

/// The messages among these that a query means, and what could not be found out.
#[derive(Debug, Default)]
pub(crate) struct Refined {
    pub(crate) uids: UidSet,
    /// Messages whose structure cannot be read; they count as without attachments.
    pub(crate) unreadable: UidSet,
}

impl Query {
    /// Those among `found` that are meant, where `found` is what the server has found for [`Query::key`].
    ///
    /// Costs the structure of each message of which it matters, and a search for each part that stands beside such a
    /// question. Nothing is asked where the server could answer all of it.
    pub(crate) async fn refine(
        &self,
        selected: &mut Selected<'_>,
        found: UidSet,
    ) -> Result<Refined, Failure> {
        let mut unreadable = UidSet::new();
        let uids = match self {
            Self::Server(_) => found,
            // What the server was asked for all of them holds for each.
            Self::And(parts) => {
                let mut left = found;
                for part in parts.iter().filter(|part| !part.is_for_the_server()) {
                    left = part.among(selected, left, &mut unreadable).await?;
                }
                left
            }
            other => other.among(selected, found, &mut unreadable).await?,
        };
        Ok(Refined { uids, unreadable })
    }

    /// Those of the candidates that are meant. No deeper than a query can be.
    async fn among(
        &self,
        selected: &mut Selected<'_>,
        candidates: UidSet,
        unreadable: &mut UidSet,
    ) -> Result<UidSet, Failure> {
        if candidates.is_empty() {
            return Ok(candidates);
        }
        match self {
            Self::Server(key) => {
                let found = search(selected, key, &candidates).await;
                found.map_err(|error| Failure::from(error).while_doing("cannot search"))
            }
            Self::HasAttachment => with_attachment(selected, &candidates, unreadable).await,
            Self::Not(query) => {
                let meant = Box::pin(query.among(selected, candidates.clone(), unreadable)).await?;
                Ok(candidates.difference(&meant))
            }
            Self::And(parts) => {
                let mut left = candidates;
                for part in parts {
                    left = Box::pin(part.among(selected, left, unreadable)).await?;
                }
                Ok(left)
            }
            Self::Or(parts) => {
                let mut meant = UidSet::new();
                for part in parts {
                    let rest = candidates.difference(&meant);
                    meant = meant.union(&Box::pin(part.among(selected, rest, unreadable)).await?);
                }
                Ok(meant)
            }
        }
    }
}

async fn search(selected: &mut Selected<'_>, key: &SearchKey, candidates: &UidSet) -> Result<UidSet, Error> {
    let mut found = UidSet::new();
    for piece in in_commands(candidates) {
        let key = both(SearchKey::Uid(piece), key.clone());
        found = found.union(&selected.uid_search(key).await?);
    }
    Ok(found.intersection(candidates))
}

async fn with_attachment(
    selected: &mut Selected<'_>,
    candidates: &UidSet,
    unreadable: &mut UidSet,
) -> Result<UidSet, Failure> {
    let failed = |error| Failure::from(error).while_doing("cannot look for attachments");
    // Gmail has an answer of its own, and would take long to tell all these structures.
    if let Ok(words) = ImapString::new("has:attachment") {
        match search(selected, &SearchKey::GmailRaw(words), candidates).await {
            Err(Error::NotOffered { .. }) => {}
            told => return told.map_err(failed),
        }
    }
    let items = NonEmpty::one(FetchAttribute::Uid).and(FetchAttribute::BodyStructure);
    let pieces: Vec<SequenceSet<Uid>> = in_commands(candidates).collect();
    let mut rows = selected.fetch_in_pieces(pieces, FetchItems::Attributes(items)).await.map_err(failed)?;
    let mut found = UidSet::new();
    while let Some(row) = rows.next(&mut Discard).await.map_err(failed)? {
        let Some(uid) = row.uid().filter(|uid| candidates.contains(*uid)) else { continue };
        for item in &row.items {
            match item {
                FetchItem::BodyStructure(body) if outline(body).iter().any(|part| part.is_attachment) => {
                    found.insert(uid);
                }
                FetchItem::Invalid { .. } => unreadable.insert(uid),
                _ => {}
            }
        }
    }
    Ok(found)
}
