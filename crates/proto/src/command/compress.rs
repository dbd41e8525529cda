use super::Command;
use crate::wire::{Cursor, Encoder, Syntax};

/// `compress = "COMPRESS" SP algorithm` with `algorithm = "DEFLATE"` (RFC 4978 section 5)
pub(super) fn encode(encoder: &mut Encoder) {
    encoder.raw(" DEFLATE");
}

/// As [`encode`].
pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<Command, Syntax> {
    cursor.expect_sp()?;
    if cursor.try_word("DEFLATE") { Ok(Command::Compress) } else { Err(cursor.expected("DEFLATE")) }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, check_wrong};
    use super::*;

    #[test]
    fn example_of_the_rfc() {
        check("b compress deflate", &Command::Compress, "b COMPRESS DEFLATE");
    }

    #[test]
    fn there_is_one_algorithm() {
        check_wrong("a COMPRESS", 10, "a blank");
        check_wrong("a COMPRESS ", 11, "DEFLATE");
        check_wrong("a COMPRESS ZSTD", 11, "DEFLATE");
        check_wrong("a COMPRESS DEFLATE 9", 19, "the end of the command");
    }
}
