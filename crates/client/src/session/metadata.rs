//! What is noted of mailboxes and of the server (RFC 5464).

use tayori_proto::command::{Command, MetadataOptions, NewMetadata};
use tayori_proto::response::{Metadata, MetadataCode, MetadataTold, MetadataValue, Response, ResponseCode};
use tayori_proto::types::{MetadataEntry, MetadataOwner, NonEmpty};

use crate::error::Error;
use crate::session::Session;

/// Entries of metadata and their values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FoundMetadata {
    /// What the server has told, in its order. Of an entry without a value it may say that there is none, or nothing.
    pub values: Vec<MetadataValue>,
    /// How large the largest value is that was left out, since it is larger than was asked for.
    pub left_out: Option<u32>,
}

/// Every call here needs METADATA, or METADATA-SERVER where it is about the server (RFC 5464 section 1). Those that
/// fail with [`Error::NotOffered`] have sent nothing; dropping their futures throws the answer away, and what was asked
/// for is done all the same.
impl Session {
    /// The values of entries, and of those below them as far as the options say: `GETMETADATA` (RFC 5464 section 4.2).
    ///
    /// A value larger than [`Limits::protocol`](crate::Limits::protocol) has room for makes the answer
    /// [`Error::Unreadable`]; [`MetadataOptions::max_size`] keeps such values away. To ask some servers for everything
    /// below `/shared` takes long (Cyrus: half a minute).
    pub async fn metadata(
        &mut self,
        owner: &MetadataOwner,
        entries: NonEmpty<MetadataEntry>,
        options: MetadataOptions,
    ) -> Result<FoundMetadata, Error> {
        self.require_metadata(owner).await?;
        let command = Command::GetMetadata { owner: owner.clone(), options, entries };
        let (data, done) = self.link.run(command).await?.collect().await?;
        let values = data.into_iter().filter_map(|response| match response {
            Response::Metadata(Metadata { owner: told, told: MetadataTold::Values(values) })
                if told == *owner =>
            {
                Some(values)
            }
            _ => None,
        });
        let left_out = match done.completion.code {
            Some(ResponseCode::Metadata(MetadataCode::LongEntries(octets))) => Some(octets),
            _ => None,
        };
        Ok(FoundMetadata { values: values.flatten().collect(), left_out })
    }

    /// Sets the values of entries, or removes them: `SETMETADATA` (RFC 5464 section 4.3). All are changed, or none.
    ///
    /// A refusal says with [`ResponseCode::Metadata`] whether a value is too large, there are too many entries, or
    /// there are no private ones.
    pub async fn set_metadata(
        &mut self,
        owner: &MetadataOwner,
        entries: NonEmpty<NewMetadata>,
    ) -> Result<(), Error> {
        self.require_metadata(owner).await?;
        let command = Command::SetMetadata { owner: owner.clone(), entries };
        self.link.run(command).await?.collect().await.map(drop)
    }

    async fn require_metadata(&self, owner: &MetadataOwner) -> Result<(), Error> {
        match self.link.require_named("METADATA").await {
            Err(Error::NotOffered { .. }) if *owner == MetadataOwner::Server => {
                self.link.require_named("METADATA-SERVER").await
            }
            outcome => outcome,
        }
    }
}
