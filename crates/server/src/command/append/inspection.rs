use tayori_proto::command::MessageForm;
use tayori_proto::response::ResponseCode;
use tayori_proto::types::NameEncoding;

use crate::connection::Reply;

/// Looks at the octets of a message on their way in, for what could not be told to clients later.
#[derive(Debug)]
pub(super) struct Inspection {
    form: MessageForm,
    names: NameEncoding,
    place: Place,
}

/// Where in the message the next octet stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// In a line of the header that has something in it.
    InHeaderLine,
    /// At the start of a line of the header, but for a CR.
    AtHeaderLine,
    Body,
}

impl Inspection {
    pub(super) fn new(form: MessageForm, names: NameEncoding) -> Self {
        Self { form, names, place: Place::AtHeaderLine }
    }

    /// Looks at the next octets.
    pub(super) fn look(&mut self, octets: &[u8]) -> Result<(), Reply> {
        if octets.contains(&0) {
            return Err(match self.form {
                // It could never be fetched (RFC 9051 section 9, `CHAR8`).
                MessageForm::Literal => Reply::no("a message cannot hold NUL").with(ResponseCode::Cannot),
                // As RFC 3516 section 4.4 has it for mailboxes without binary content.
                MessageForm::Literal8 | MessageForm::Utf8 => {
                    Reply::no("a message cannot hold NUL").with(ResponseCode::UnknownCte)
                }
            });
        }
        if self.has_8bit_header(octets) && self.names != NameEncoding::Utf8 {
            // RFC 6855 section 4.
            let reply = Reply::no("a header in UTF-8 needs UTF8=ACCEPT to be enabled");
            return Err(reply.with(ResponseCode::Cannot));
        }
        Ok(())
    }

    fn has_8bit_header(&mut self, octets: &[u8]) -> bool {
        for octet in octets {
            self.place = match (self.place, octet) {
                (Place::Body, _) => return false,
                (_, 0x80..) => return true,
                (Place::AtHeaderLine, b'\n') => Place::Body,
                (Place::AtHeaderLine, b'\r') | (Place::InHeaderLine, b'\n') => Place::AtHeaderLine,
                _ => Place::InHeaderLine,
            };
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(message: &[u8], expected: bool) {
        for split in 0..=message.len() {
            let mut inspection = Inspection::new(MessageForm::Literal, NameEncoding::default());
            let (first, second) = message.split_at(split);
            let refused = inspection.look(first).is_err() || inspection.look(second).is_err();
            assert_eq!(refused, expected, "{} split at {split}", message.escape_ascii());
        }
    }

    #[test]
    fn octets_above_ascii_are_for_bodies() {
        check(b"Subject: a\r\n\r\nb\r\n", false);
        check("Subject: a\r\n\r\né\r\n".as_bytes(), false);
        check("Subject: a\n\né".as_bytes(), false);
        check("\r\né".as_bytes(), false);
        check("é".as_bytes(), true);
        check("Subject: é\r\n\r\n".as_bytes(), true);
        check("Subject: a\r\n é\r\n\r\n".as_bytes(), true);
        check("Subject: a\r\né".as_bytes(), true);
        check(b"a\r\n\r\n\0", true);
    }
}
