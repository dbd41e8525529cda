//! Parts of a message without their transfer encoding (RFC 3516, RFC 9051 section 6.4.5.1).

use tayori_proto::command::{FetchAttribute, FetchItems, Peek};
use tayori_proto::profile::Behaviour;
use tayori_proto::response::{BodyData, FetchItem, ResponseCode};
use tayori_proto::session::CompletionStatus;
use tayori_proto::types::{Messages, NonEmpty, PartPath, Section, SequenceSet, Text, Uid};

use crate::error::Error;
use crate::needs::Need;
use crate::selected::Selected;
use crate::selected::fetch::{BodySink, Row};

/// In which form a part has come.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PartForm {
    /// As it is meant: the server has undone the transfer encoding.
    Decoded,
    /// As it stands in the message; undoing its transfer encoding is left to the caller.
    Encoded {
        /// Content-Transfer-Encoding as the server tells it in BODYSTRUCTURE, in any case; `None` where it tells none,
        /// and for a whole message.
        encoding: Option<Text>,
    },
}

impl Selected<'_> {
    /// Fetches one part of a message, which is not marked as seen, into a sink: without its transfer encoding where the
    /// server can do that (BINARY or IMAP4rev2), else as it stands in the message. The outcome says which.
    ///
    /// Where the server cannot decode this part (`UNKNOWN-CTE`, RFC 3516 section 4.3; `PARSE`; `CANNOT`, of a part that
    /// holds others; or no such item in its answer), it is asked for as it stands, with a second command.
    /// [`BodySink::begin`] may come twice then, and what was written before the last of them is worthless. An empty
    /// path is the whole message, which has no encoding of its own.
    ///
    /// Fails with [`Error::Incomplete`] where there is no such message or part; the sink may have seen nothing then.
    /// When this future is dropped, the rest of the answer is thrown away, as with [`crate::Rows`].
    pub async fn fetch_part(
        &mut self,
        uid: Uid,
        path: &PartPath,
        sink: &mut impl BodySink,
    ) -> Result<PartForm, Error> {
        let whole = path.0.is_empty();
        if !whole && self.can_decode().await? {
            let binary = FetchAttribute::Binary { path: path.clone(), partial: None, peek: Peek::Peek };
            let is_there = |row: &Row| row.binary(path).is_some_and(|data| *data != BodyData::Nil);
            match self.row_of(uid, NonEmpty::one(binary).into(), sink, is_there).await {
                Ok(Some(_)) => return Ok(PartForm::Decoded),
                Ok(None) => {}
                Err(error) if self.is_decoding_failure(&error) => {}
                Err(error) => return Err(error),
            }
        }
        let section = Section { path: path.clone(), text: None };
        let body = FetchAttribute::peek(section.clone());
        let items =
            if whole { body.into() } else { NonEmpty::one(FetchAttribute::BodyStructure).and(body).into() };
        let is_there = |row: &Row| row.body(&section).is_some_and(|data| *data != BodyData::Nil);
        let row = self.row_of(uid, items, sink, is_there).await?.ok_or_else(no_part)?;
        let part = row.body_structure().and_then(|body| body.part(path));
        Ok(PartForm::Encoded { encoding: part.and_then(|part| part.fields.encoding.clone()) })
    }

    /// The size of a part without its transfer encoding, in octets (`BINARY.SIZE`, RFC 9051 section 6.4.5.1); `None`
    /// where the server cannot decode it. The server has to decode all of it to know.
    ///
    /// Fails with [`Error::NotOffered`] where the server has neither BINARY nor IMAP4rev2, nothing is sent then; and
    /// with [`Error::Incomplete`] where there is no such message.
    pub async fn part_size(&mut self, uid: Uid, path: &PartPath) -> Result<Option<u64>, Error> {
        let items = FetchAttribute::BinarySize(path.clone()).into();
        let is_told =
            |item: &FetchItem| matches!(item, FetchItem::BinarySize { path: told, .. } if told == path);
        let is_there = |row: &Row| row.items.iter().any(is_told);
        match self.row_of(uid, items, &mut crate::Discard, is_there).await {
            Ok(Some(row)) => Ok(row.binary_size(path)),
            Ok(None) => Err(no_part()),
            Err(error) if self.is_decoding_failure(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn can_decode(&mut self) -> Result<bool, Error> {
        Ok(Need::Binary.is_met(&self.capabilities().await?))
    }

    /// Whether another form of the same part may be had.
    fn is_decoding_failure(&self, error: &Error) -> bool {
        let Error::Refused { status: CompletionStatus::No, code, .. } = error else { return false };
        let says_so = matches!(
            code.as_deref(),
            Some(ResponseCode::UnknownCte | ResponseCode::Parse | ResponseCode::Cannot)
        );
        says_so || (code.is_none() && self.has(Behaviour::BinaryFails))
    }

    /// The row of this message that has what was asked for; news of it may come in rows of their own.
    async fn row_of(
        &mut self,
        uid: Uid,
        items: FetchItems,
        sink: &mut impl BodySink,
        is_there: impl Fn(&Row) -> bool,
    ) -> Result<Option<Row>, Error> {
        let mut rows = self.fetch(Messages::Uids(SequenceSet::one(uid)), items).await?;
        let mut found = None;
        while let Some(row) = rows.next(sink).await? {
            if row.uid() == Some(uid) && is_there(&row) {
                found = Some(row);
            }
        }
        Ok(found)
    }
}

fn no_part() -> Error {
    Error::Incomplete { command: "UID FETCH".to_owned(), missing: "the part" }
}
