use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use zeroize::Zeroizing;

use super::{Command, CommandError, read};
use crate::types::{Atom, SaslMessage};
use crate::wire::{Cursor, Encoded, Encoder, LiteralMode, Syntax};

/// `authenticate = "AUTHENTICATE" SP auth-type [SP initial-resp]` (RFC 9051 section 9, RFC 4959 section 7)
pub(super) fn encode(encoder: &mut Encoder, mechanism: &Atom, initial: Option<&SaslMessage>) {
    encoder.sp().atom(mechanism);
    if let Some(initial) = initial {
        encoder.sp();
        if initial.expose().is_empty() {
            encoder.raw_secret(b"=");
        } else {
            encoder.raw_secret(base64_of(initial).as_bytes());
        }
    }
}

/// As [`encode`].
pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<Command, Syntax> {
    cursor.expect_sp()?;
    let mechanism = read::atom(cursor, "a SASL mechanism")?;
    if !cursor.at_line_end() {
        cursor.expect_sp()?;
    }
    let start = cursor.pos();
    let initial = if cursor.at_line_end() {
        None
    } else if cursor.try_byte(b'=') {
        Some(SaslMessage::new([]))
    } else {
        Some(parse_base64(cursor)?)
    };
    if initial.is_some() && cursor.pos() == start {
        return Err(cursor.expected("base64"));
    }
    Ok(Command::Authenticate { mechanism, initial })
}

/// One line of a client within an authentication exchange (RFC 9051 section 6.2.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SaslReply {
    /// What the mechanism has to say; may be empty.
    Response(SaslMessage),
    /// `*`: the client gives up, and the server answers `BAD`.
    Cancel,
}

/// The line that answers a continuation request with this message, masked wherever it is shown.
pub fn encode_sasl_response(message: &SaslMessage) -> Encoded {
    let mut encoder = Encoder::new(LiteralMode::Synchronizing);
    encoder.raw_secret(base64_of(message).as_bytes());
    encoder.finish()
}

/// The line that ends an authentication exchange: `*`.
pub fn encode_sasl_cancel() -> Encoded {
    let mut encoder = Encoder::new(LiteralMode::Synchronizing);
    encoder.raw(b"*");
    encoder.finish()
}

/// Reads such a line, with its CRLF.
pub fn parse_sasl_reply(line: &Bytes) -> Result<SaslReply, CommandError> {
    read_sasl_reply(&mut Cursor::new(line, 0)).map_err(|syntax| CommandError::new(None, &syntax))
}

fn read_sasl_reply(cursor: &mut Cursor<'_>) -> Result<SaslReply, Syntax> {
    let reply =
        if cursor.try_byte(b'*') { SaslReply::Cancel } else { SaslReply::Response(parse_base64(cursor)?) };
    cursor.expect_line_end()?;
    if !cursor.rest().is_empty() {
        return Err(cursor.expected("one line"));
    }
    Ok(reply)
}

fn base64_of(message: &SaslMessage) -> Zeroizing<String> {
    Zeroizing::new(STANDARD.encode(message.expose()))
}

/// `base64 = *(4base64-char) [base64-terminal]`
fn parse_base64(cursor: &mut Cursor<'_>) -> Result<SaslMessage, Syntax> {
    let start = cursor.pos();
    let base64 =
        cursor.take_while(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'+' | b'/' | b'='));
    let octets = STANDARD.decode(&base64).map_err(|_| Syntax { offset: start, expected: "base64" })?;
    Ok(SaslMessage::new(octets))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, check_wrong, encode};
    use super::*;

    fn authenticate(mechanism: &str, initial: Option<&[u8]>) -> Command {
        Command::Authenticate {
            mechanism: Atom::try_from(mechanism).unwrap(),
            initial: initial.map(SaslMessage::new),
        }
    }

    #[test]
    fn examples_of_the_rfcs() {
        let line = "A001 AUTHENTICATE KERBEROS_V4";
        check(line, &authenticate("KERBEROS_V4", None), line);
        let line = "A001 AUTHENTICATE SCRAM-SHA-256";
        check(line, &authenticate("SCRAM-SHA-256", None), line);
        let line = "A01 AUTHENTICATE EXTERNAL =";
        check(line, &authenticate("EXTERNAL", Some(b"")), line);
        let line = "A03 AUTHENTICATE PLAIN dGVzdAB0ZXN0AHRlc3Q=";
        check(line, &authenticate("PLAIN", Some(b"test\0test\0test")), line);
    }

    #[test]
    fn lines_of_the_exchange() {
        for (line, octets) in [
            ("dGVzdAB0ZXN0AHRlc3Q=\r\n", &b"test\0test\0test"[..]),
            ("DiAF5A4gA+oOIALuBkAAmw==\r\n", b"\x0e \x05\xe4\x0e \x03\xea\x0e \x02\xee\x06@\0\x9b"),
            ("\r\n", b""),
        ] {
            let message = SaslMessage::new(octets);
            assert_eq!(&**encode_sasl_response(&message).bytes, line.as_bytes());
            assert_eq!(parse_sasl_reply(&Bytes::from(line)), Ok(SaslReply::Response(message)));
        }
        assert_eq!(&**encode_sasl_cancel().bytes, b"*\r\n");
        assert_eq!(parse_sasl_reply(&Bytes::from("*\r\n")), Ok(SaslReply::Cancel));
    }

    #[test]
    fn what_is_no_base64() {
        check_wrong("a AUTHENTICATE PLAIN !", 21, "base64");
        check_wrong("a AUTHENTICATE PLAIN dGVzd", 21, "base64");
        check_wrong("a AUTHENTICATE PLAIN ==", 22, "the end of the command");
        check_wrong("a AUTHENTICATE", 14, "a blank");
        check_wrong("a AUTHENTICATE \"PLAIN\"", 15, "a SASL mechanism");
        for line in ["**\r\n", "dGVzd\r\n", "dGVzdA==\r\n\r\n", "a NOOP\r\n", "dGVzdA==", ""] {
            assert!(parse_sasl_reply(&Bytes::from(line)).is_err(), "{line}");
        }
    }

    #[test]
    fn what_is_said_is_masked() {
        let command = authenticate("PLAIN", Some(b"\0user\0pass"));
        let encoded = encode(&command, crate::wire::LiteralMode::Synchronizing);
        assert_eq!(format!("{encoded:?}"), "Encoded(a AUTHENTICATE PLAIN ***\\r\\n)");
        assert_eq!(
            format!("{command:?}"),
            "Authenticate { mechanism: \"PLAIN\", initial: Some(SaslMessage(***)) }"
        );
        let encoded = encode_sasl_response(&SaslMessage::new(*b"\0user\0pass"));
        assert_eq!(format!("{encoded:?}"), "Encoded(***\\r\\n)");
    }
}
