//! The fields of a header that the structure and the envelope need, unfolded while the header passes by.

/// The fields that are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    ContentType,
    ContentTransferEncoding,
    ContentId,
    ContentDescription,
    ContentMd5,
    ContentDisposition,
    ContentLanguage,
    ContentLocation,
    Date,
    Subject,
    From,
    Sender,
    ReplyTo,
    To,
    Cc,
    Bcc,
    InReplyTo,
    MessageId,
}

const NAMES: [(&str, Field); 18] = [
    ("Content-Type", Field::ContentType),
    ("Content-Transfer-Encoding", Field::ContentTransferEncoding),
    ("Content-ID", Field::ContentId),
    ("Content-Description", Field::ContentDescription),
    ("Content-MD5", Field::ContentMd5),
    ("Content-Disposition", Field::ContentDisposition),
    ("Content-Language", Field::ContentLanguage),
    ("Content-Location", Field::ContentLocation),
    ("Date", Field::Date),
    ("Subject", Field::Subject),
    ("From", Field::From),
    ("Sender", Field::Sender),
    ("Reply-To", Field::ReplyTo),
    ("To", Field::To),
    ("Cc", Field::Cc),
    ("Bcc", Field::Bcc),
    ("In-Reply-To", Field::InReplyTo),
    ("Message-ID", Field::MessageId),
];

/// Longer than any name in `NAMES`, with white space before the colon.
const NAME_OCTETS: usize = 64;

impl Field {
    fn named(name: &[u8]) -> Option<Self> {
        let name = name.trim_ascii_end();
        NAMES.iter().find(|(known, _)| name.eq_ignore_ascii_case(known.as_bytes())).map(|&(_, field)| field)
    }

    fn is_of_envelope(self) -> bool {
        self as usize >= Self::Date as usize
    }

    fn holds_addresses(self) -> bool {
        matches!(self, Self::From | Self::Sender | Self::ReplyTo | Self::To | Self::Cc | Self::Bcc)
    }
}

/// Whose header is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// A message's: content fields and the envelope.
    Message,
    /// A part's: content fields only.
    Part,
}

/// The values of the fields that were there, unfolded and trimmed.
#[derive(Debug, Default)]
pub(crate) struct Fields([Option<Vec<u8>>; NAMES.len()]);

impl Fields {
    /// The value, if the field is there; it may be empty.
    pub(crate) fn value(&self, field: Field) -> Option<&[u8]> {
        self.0[field as usize].as_deref()
    }
}

/// Collects the wanted fields of one header, fed in any pieces.
///
/// Of a repeated field the first counts (RFC 5322 section 3.6 allows one), but lists of addresses are joined: a second
/// `To` names recipients too.
#[derive(Debug)]
pub(crate) struct Collector {
    wanted: Wanted,
    field_octets: usize,
    fields: Fields,
    /// The field that a continuation line would belong to.
    current: Option<Field>,
    line: Line,
}

/// What the line that is being read turned out to be.
#[derive(Debug)]
enum Line {
    /// No octet yet.
    Start,
    /// The name of a field, up to the colon.
    Name(Vec<u8>),
    /// The value of a kept field; before this line it had `before` octets.
    Value { field: Field, before: usize },
    /// Nothing that is kept.
    Other,
}

impl Collector {
    pub(crate) fn new(wanted: Wanted, field_octets: usize) -> Self {
        Self { wanted, field_octets, fields: Fields::default(), current: None, line: Line::Start }
    }

    /// A piece of a line, without its LF.
    pub(crate) fn add(&mut self, mut piece: &[u8]) {
        if matches!(self.line, Line::Start) {
            self.line = match piece.first() {
                None => return,
                Some(b' ' | b'\t') => match self.current {
                    Some(field) => Line::Value { field, before: self.fields.octets(field) },
                    None => Line::Other,
                },
                Some(_) => Line::Name(Vec::new()),
            };
        }
        if let Line::Name(name) = &mut self.line {
            let colon = memchr::memchr(b':', piece);
            let rest = &piece[..colon.unwrap_or(piece.len())];
            let room = NAME_OCTETS - name.len();
            name.extend_from_slice(&rest[..rest.len().min(room)]);
            if rest.len() > room {
                self.current = None;
                self.line = Line::Other;
            } else if let Some(colon) = colon {
                let field = Field::named(name);
                self.begin(field);
                piece = &piece[colon + 1..];
            }
        }
        if let Line::Value { field, before } = self.line {
            let value = self.fields.0[field as usize].get_or_insert_default();
            if value.len() + piece.len() > self.field_octets {
                value.truncate(before);
                self.current = None;
                self.line = Line::Other;
            } else {
                value.extend_from_slice(piece);
            }
        }
    }

    /// The end of the line, at its LF or at the end of the header.
    pub(crate) fn end_line(&mut self) {
        match std::mem::replace(&mut self.line, Line::Start) {
            // A line without a colon is no field, and what is folded behind it is none either.
            Line::Name(_) => self.current = None,
            Line::Value { field, before } => {
                if let Some(value) = &mut self.fields.0[field as usize]
                    && value.len() > before
                    && value.last() == Some(&b'\r')
                {
                    value.pop();
                }
            }
            Line::Start | Line::Other => {}
        }
    }

    /// The end of the header.
    pub(crate) fn finish(mut self) -> Fields {
        self.end_line();
        for value in self.fields.0.iter_mut().flatten() {
            *value = value.trim_ascii().to_vec();
            // No string of IMAP can hold NUL (RFC 9051 section 9, CHAR8).
            value.iter_mut().filter(|octet| **octet == 0).for_each(|octet| *octet = b'?');
        }
        self.fields
    }

    fn begin(&mut self, field: Option<Field>) {
        self.current = None;
        self.line = Line::Other;
        let Some(field) = field else { return };
        if field.is_of_envelope() && self.wanted == Wanted::Part {
            return;
        }
        let value = &mut self.fields.0[field as usize];
        match value {
            None => *value = Some(Vec::new()),
            Some(value) if field.holds_addresses() => value.extend_from_slice(b", "),
            Some(_) => return,
        }
        self.current = Some(field);
        self.line = Line::Value { field, before: self.fields.octets(field) };
    }
}

impl Fields {
    fn octets(&self, field: Field) -> usize {
        self.value(field).map_or(0, <[u8]>::len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(header: &str, field: Field, value: Option<&str>) {
        for size in [1, 2, 3, header.len().max(1)] {
            let mut collector = Collector::new(Wanted::Message, 40);
            for line in header.split_inclusive('\n') {
                let (text, ended) = line.strip_suffix('\n').map_or((line, false), |text| (text, true));
                text.as_bytes().chunks(size).for_each(|piece| collector.add(piece));
                if ended {
                    collector.end_line();
                }
            }
            let fields = collector.finish();
            assert_eq!(fields.value(field).map(String::from_utf8_lossy), value.map(Into::into), "{header:?}");
        }
    }

    #[test]
    fn values_are_unfolded_and_trimmed() {
        check("Subject: a\r\n b\r\n\tc \r\n\r\n", Field::Subject, Some("a b\tc"));
        check("Subject:\r\n a\nTo: b\n", Field::Subject, Some("a"));
        check("subject : a", Field::Subject, Some("a"));
        check("Subject:\r\n", Field::Subject, Some(""));
        check("Subject: a\0b\rc\r\n", Field::Subject, Some("a?b\rc"));
        check("X-Subject: a\r\n Subject: b\r\n", Field::Subject, None);
        check(" Subject: a\r\n", Field::Subject, None);
        check("Subject\r\n : a\r\n", Field::Subject, None);
    }

    #[test]
    fn the_first_field_counts_but_recipients_add_up() {
        check("Subject: a\r\nSubject: b\r\n c\r\n", Field::Subject, Some("a"));
        check("To: a\r\nX: y\r\nTo: b\r\n ,c\r\n", Field::To, Some("a,  b ,c"));
    }

    #[test]
    fn a_long_field_is_cut_behind_a_line() {
        let line = "0123456789012345678";
        check(&format!("To: {line}\r\n {line}\r\n {line}\r\n a\r\n"), Field::To, Some(line));
        check(&format!("To: {line}{line}{line}\r\n a\r\n"), Field::To, Some(""));
        check(&format!("{line}{line}{line}{line}: a\r\nTo: b\r\n"), Field::To, Some("b"));
    }
}
