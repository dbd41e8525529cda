use crate::types::{
    BodyStructure, Envelope, GmLabel, GmMessageId, GmThreadId, InternalDate, ModSeq, ObjectId, PartPath, Text,
};

use super::{BodyData, Fetch, FetchItem};

/// What is most often asked of a row, by name. Of an item that comes twice, the first counts, and `None` is an item
/// that did not come, could not be read, or of which the server says that it does not know: [`Fetch::items`] has the
/// difference.
impl Fetch {
    /// The first that this finds.
    fn first<'a, T>(&'a self, found: impl FnMut(&'a FetchItem) -> Option<T>) -> Option<T> {
        self.items.iter().find_map(found)
    }

    /// `INTERNALDATE` (RFC 9051 section 2.3.3): when the message was received.
    pub fn internal_date(&self) -> Option<InternalDate> {
        self.first(|item| match item {
            FetchItem::InternalDate(date) => *date,
            _ => None,
        })
    }

    /// `ENVELOPE` (RFC 9051 section 7.5.2).
    pub fn envelope(&self) -> Option<&Envelope> {
        self.first(|item| match item {
            FetchItem::Envelope(envelope) => Some(envelope),
            _ => None,
        })
    }

    /// `BODYSTRUCTURE`, or else `BODY` without a section (RFC 9051 section 7.5.2).
    pub fn body_structure(&self) -> Option<&BodyStructure> {
        let full = self.first(|item| match item {
            FetchItem::BodyStructure(body) => Some(&**body),
            _ => None,
        });
        full.or_else(|| {
            self.first(|item| match item {
                FetchItem::Body(body) => Some(&**body),
                _ => None,
            })
        })
    }

    /// `MODSEQ` (RFC 7162 section 3.1.4.2).
    pub fn modseq(&self) -> Option<ModSeq> {
        self.first(|item| match item {
            FetchItem::ModSeq(modseq) => *modseq,
            _ => None,
        })
    }

    /// `EMAILID` (RFC 8474 section 5.1): the same for the same content, wherever it is.
    pub fn email_id(&self) -> Option<&ObjectId> {
        self.first(|item| match item {
            FetchItem::EmailId(id) => Some(id),
            _ => None,
        })
    }

    /// `THREADID` (RFC 8474 section 5.2): the same for messages that belong together.
    pub fn thread_id(&self) -> Option<&ObjectId> {
        self.first(|item| match item {
            FetchItem::ThreadId(id) => id.as_ref(),
            _ => None,
        })
    }

    /// `SAVEDATE` (RFC 8514 section 4.2): when the message came into this mailbox.
    pub fn save_date(&self) -> Option<InternalDate> {
        self.first(|item| match item {
            FetchItem::SaveDate(date) => *date,
            _ => None,
        })
    }

    /// `PREVIEW` (RFC 8970 section 3): the first words of the message. `None` also where they are not at hand yet,
    /// empty where there will be none.
    pub fn preview(&self) -> Option<&Text> {
        self.first(|item| match item {
            FetchItem::Preview(preview) => preview.as_ref(),
            _ => None,
        })
    }

    /// `X-GM-MSGID` (Gmail).
    pub fn gm_message_id(&self) -> Option<GmMessageId> {
        self.first(|item| match item {
            FetchItem::GmMessageId(id) => Some(*id),
            _ => None,
        })
    }

    /// `X-GM-THRID` (Gmail).
    pub fn gm_thread_id(&self) -> Option<GmThreadId> {
        self.first(|item| match item {
            FetchItem::GmThreadId(id) => Some(*id),
            _ => None,
        })
    }

    /// `X-GM-LABELS` (Gmail): all but the one that the mailbox stands for.
    pub fn gm_labels(&self) -> Option<&[GmLabel]> {
        self.first(|item| match item {
            FetchItem::GmLabels(labels) => Some(&labels[..]),
            _ => None,
        })
    }

    /// `BINARY[...]` of this part, whole (RFC 9051 section 6.4.5.1).
    pub fn binary(&self, wanted: &PartPath) -> Option<&BodyData> {
        self.first(|item| match item {
            FetchItem::Binary { path, origin: None, data } if path == wanted => Some(data),
            _ => None,
        })
    }

    /// `BINARY.SIZE[...]` of this part, in octets (RFC 9051 section 6.4.5.1).
    pub fn binary_size(&self, wanted: &PartPath) -> Option<u64> {
        self.first(|item| match item {
            FetchItem::BinarySize { path, size } if path == wanted => *size,
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::response::{Context, Response, parse};

    fn row(items: &str) -> Fetch {
        let parsed = parse(&Bytes::from(format!("* 1 FETCH ({items})\r\n")), &Context::default());
        let Response::Fetch(row) = parsed.response else { panic!("{parsed:?}") };
        row
    }

    fn path(numbers: &[u32]) -> PartPath {
        PartPath(numbers.iter().map(|number| (*number).try_into().unwrap()).collect())
    }

    #[test]
    fn items_are_found_by_name() {
        let row =
            row("UID 7 MODSEQ (12) EMAILID (M1) THREADID (T1) SAVEDATE \"01-Jan-2024 00:00:00 +0000\" \
             PREVIEW \"hello\" X-GM-MSGID 5 X-GM-THRID 6 X-GM-LABELS (\\Inbox a) \
             BINARY[1.2] ~{3}\r\na\0b BINARY.SIZE[1] 9 INTERNALDATE \"01-Jan-2024 00:00:00 +0000\" \
             BODY (\"TEXT\" \"PLAIN\" NIL NIL NIL \"7BIT\" 5 1)");
        assert_eq!(row.modseq(), ModSeq::new(12));
        assert_eq!(row.email_id().map(ObjectId::as_bytes), Some(&b"M1"[..]));
        assert_eq!(row.thread_id().map(ObjectId::as_bytes), Some(&b"T1"[..]));
        assert_eq!(row.save_date(), row.internal_date());
        assert_eq!(row.save_date().map(InternalDate::unix_seconds), Some(1_704_067_200));
        assert_eq!(row.preview().map(Text::as_bytes), Some(&b"hello"[..]));
        assert_eq!((row.gm_message_id(), row.gm_thread_id()), (Some(GmMessageId(5)), Some(GmThreadId(6))));
        assert_eq!(row.gm_labels().map(<[_]>::len), Some(2));
        let Some(BodyData::Inline(text)) = row.binary(&path(&[1, 2])) else { panic!("{row:?}") };
        assert_eq!(text.as_bytes(), b"a\0b");
        assert_eq!((row.binary(&path(&[1])), row.binary_size(&path(&[1]))), (None, Some(9)));
        assert!(matches!(row.body_structure(), Some(BodyStructure::Part(_))));
        assert!(row.envelope().is_none());
    }

    #[test]
    fn what_a_server_does_not_know_is_nothing() {
        let row = row("THREADID NIL SAVEDATE NIL PREVIEW NIL MODSEQ (0)");
        assert_eq!((row.thread_id(), row.save_date(), row.preview(), row.modseq()), (None, None, None, None));
    }
}
