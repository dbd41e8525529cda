use bytes::Bytes;

use super::CommandError;
use crate::wire::{Cursor, Encoded, Encoder, LiteralMode, Syntax};

/// The line that ends `IDLE`: `DONE` (RFC 9051 section 6.3.13, RFC 2177 section 3).
///
/// It is to be sent once the server has answered with a continuation request, and not before: a server that refuses
/// `IDLE` would take it for a command.
pub fn encode_idle_done() -> Encoded {
    let mut encoder = Encoder::new(LiteralMode::Synchronizing);
    encoder.raw(b"DONE");
    encoder.finish()
}

/// Reads that line, with its CRLF; `DONE` may be in any case.
///
/// Anything else ends the `IDLE` too, and is answered with `BAD` under its tag.
pub fn parse_idle_done(line: &Bytes) -> Result<(), CommandError> {
    read_done(&mut Cursor::new(line, 0)).map_err(|syntax| CommandError::new(None, &syntax))
}

/// `idle = "IDLE" CRLF "DONE"` (RFC 9051 section 9), behind the first CRLF.
fn read_done(cursor: &mut Cursor<'_>) -> Result<(), Syntax> {
    if !cursor.try_word("DONE") {
        return Err(cursor.expected("DONE"));
    }
    cursor.skip_stray_blanks();
    cursor.expect_line_end()?;
    if !cursor.rest().is_empty() {
        return Err(cursor.expected("one line"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, check_wrong};
    use super::super::{Command, States};
    use super::*;

    #[test]
    fn example_of_the_rfc() {
        check("A002 IDLE", &Command::Idle, "A002 IDLE");
        check("a idle", &Command::Idle, "a IDLE");
        assert_eq!(&**encode_idle_done().bytes, b"DONE\r\n");
        assert_eq!(Command::Idle.states(), States::Authenticated);
    }

    #[test]
    fn the_line_that_ends_it() {
        for line in ["DONE\r\n", "done\r\n", "Done\n", "DONE \r\n"] {
            assert_eq!(parse_idle_done(&Bytes::from(line)), Ok(()), "{line}");
        }
        for (line, offset) in [
            ("", 0),
            ("\r\n", 0),
            ("DON\r\n", 0),
            ("DONE", 4),
            ("DONE!\r\n", 0),
            ("DONE x\r\n", 5),
            (" DONE\r\n", 0),
            ("a DONE\r\n", 0),
            ("a NOOP\r\n", 0),
            ("DONE\r\nDONE\r\n", 6),
        ] {
            let error = parse_idle_done(&Bytes::from(line)).unwrap_err();
            assert_eq!((error.tag, error.offset), (None, offset), "{line}");
        }
    }

    #[test]
    fn an_argument_is_one_too_many() {
        check_wrong("a IDLE x", 7, "the end of the command");
    }
}
