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
    if cursor.at_line_end() {
        return Ok(Command::Authenticate { mechanism, initial: None });
    }
    cursor.expect_sp()?;
    let initial = if cursor.try_byte(b'=') { SaslMessage::new([]) } else { parse_base64(cursor)? };
    Ok(Command::Authenticate { mechanism, initial: Some(initial) })
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
