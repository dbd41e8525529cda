use tayori_proto::types::Envelope;

use crate::header_fields;
use crate::limits::REFERENCES;

/// What a message calls itself and which it answers, by message ids (RFC 5322 section 3.6.4).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessageIds {
    pub(super) own: Option<Vec<u8>>,
    /// Those it refers to, the one it answers last; at most [`REFERENCES`].
    pub(super) references: Vec<Vec<u8>>,
}

impl MessageIds {
    /// As its header says: the fields `Message-ID`, `References` and `In-Reply-To`, among any others. Without
    /// `References`, the first id of `In-Reply-To` is what it answers (RFC 5256 section 3, REFERENCES, step 1). Of more
    /// than 1000 references, the last count.
    pub fn of_header(header: &[u8]) -> Self {
        let mut fields = Fields::default();
        fields.read(header);
        fields.into_ids()
    }

    /// The same, where the envelope is known, and of the header nothing but what was asked for beside it: the field
    /// `References`, which no envelope has.
    ///
    /// ```
    /// use tayori_mime::order::MessageIds;
    /// use tayori_proto::types::{Envelope, EnvelopeFields, Text};
    ///
    /// let mut fields = EnvelopeFields::default();
    /// fields.message_id = Some(Text::from_static("<b@x>"));
    /// let ids = MessageIds::of_envelope(&Envelope::new(fields), b"References: <a@x>\r\n\r\n");
    /// assert_eq!(ids, MessageIds::of_header(b"Message-ID: <b@x>\r\nReferences: <a@x>\r\n\r\n"));
    /// ```
    pub fn of_envelope(envelope: &Envelope, header: &[u8]) -> Self {
        let mut fields = Fields {
            own: envelope.message_id().and_then(first),
            answered: envelope.in_reply_to().and_then(first),
            references: Vec::new(),
        };
        fields.read(header);
        fields.into_ids()
    }
}

/// What was found in the fields so far; of each the first that says something.
#[derive(Default)]
struct Fields {
    own: Option<Vec<u8>>,
    references: Vec<Vec<u8>>,
    answered: Option<Vec<u8>>,
}

impl Fields {
    fn read(&mut self, header: &[u8]) {
        for (name, value) in header_fields(header) {
            if name.eq_ignore_ascii_case(b"message-id") && self.own.is_none() {
                self.own = first(value);
            } else if name.eq_ignore_ascii_case(b"references") && self.references.is_empty() {
                self.references = Ids(value).collect();
            } else if name.eq_ignore_ascii_case(b"in-reply-to") && self.answered.is_none() {
                self.answered = first(value);
            }
        }
    }

    fn into_ids(self) -> MessageIds {
        let Self { own, mut references, answered } = self;
        if references.is_empty() {
            references.extend(answered);
        }
        let surplus = references.len().saturating_sub(REFERENCES);
        references.drain(..surplus);
        MessageIds { own, references }
    }
}

fn first(value: &[u8]) -> Option<Vec<u8>> {
    Ids(value).next()
}

/// What stands between `<` and `>`, without quotes, the backslashes in them, and blanks, so that the same id is the
/// same however it is written.
struct Ids<'a>(&'a [u8]);

impl Iterator for Ids<'_> {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        loop {
            let start = memchr::memchr(b'<', self.0)? + 1;
            let length = memchr::memchr(b'>', &self.0[start..])?;
            let id = &self.0[start..start + length];
            self.0 = &self.0[start + length + 1..];
            let is_part = |octet: &u8| !octet.is_ascii_whitespace() && !matches!(octet, b'"' | b'\\');
            let id: Vec<u8> = id.iter().copied().filter(is_part).collect();
            if !id.is_empty() {
                return Some(id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tayori_proto::types::{EnvelopeFields, Text};

    use super::*;

    #[track_caller]
    fn check(header: &str, own: Option<&str>, references: &[&str]) {
        let found = MessageIds::of_header(header.as_bytes());
        let expected = MessageIds {
            own: own.map(|own| own.as_bytes().to_vec()),
            references: references.iter().map(|id| id.as_bytes().to_vec()).collect(),
        };
        assert_eq!(found, expected, "{header}");
        // The same from the envelope of that message.
        let mut fields = EnvelopeFields::default();
        for (name, value) in header_fields(header.as_bytes()) {
            match &*name.to_ascii_lowercase() {
                b"message-id" => fields.message_id = Some(Text::from(value.to_vec())),
                b"in-reply-to" => fields.in_reply_to = Some(Text::from(value.to_vec())),
                _ => {}
            }
        }
        let is_references = |line: &&str| line.starts_with("References") || line.starts_with(' ');
        let lines: String = header.split_inclusive("\r\n").filter(is_references).collect();
        let found = MessageIds::of_envelope(&Envelope::new(fields), lines.as_bytes());
        assert_eq!(found, expected, "{header}");
    }

    #[test]
    fn ids() {
        check("Message-ID: <a@b>\r\nReferences: <c@d>\r\n <e@f>\r\n\r\n", Some("a@b"), &["c@d", "e@f"]);
        check("Message-ID: <\"a\"@b>\r\nIn-Reply-To: you of <c@d> and <e@f>\r\n\r\n", Some("a@b"), &["c@d"]);
        check("References: none\r\nIn-Reply-To: <c @d>\r\n\r\n", None, &["c@d"]);
        check("Message-ID: <> <a@b> <\r\n\r\n", Some("a@b"), &[]);
        check("\r\n", None, &[]);
    }

    #[test]
    fn the_latest_references_count() {
        let header: String = (0..3 * REFERENCES).map(|index| format!(" <{index}@x>\r\n")).collect();
        let found = MessageIds::of_header(format!("References:\r\n{header}\r\n").as_bytes());
        assert_eq!(found.references.len(), REFERENCES);
        assert_eq!(found.references.last().unwrap(), format!("{}@x", 3 * REFERENCES - 1).as_bytes());
    }
}
