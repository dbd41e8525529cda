use super::{Command, read};
use crate::types::Uids;
use crate::wire::{Cursor, Encoder, Syntax};

/// `uid-expunge = "EXPUNGE" SP sequence-set` behind `UID` (RFC 9051 section 9, RFC 4315 section 4)
pub(super) fn encode(encoder: &mut Encoder, uids: &Uids) {
    match uids {
        Uids::Set(set) => encoder.sp().show(set),
        Uids::Saved => encoder.raw(" $"),
    };
}

/// As [`encode`].
pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<Command, Syntax> {
    cursor.expect_sp()?;
    if cursor.try_byte(b'$') {
        return Ok(Command::UidExpunge(Uids::Saved));
    }
    read::set(cursor).map(|set| Command::UidExpunge(Uids::Set(set)))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, check_wrong};
    use super::*;

    #[test]
    fn examples_of_the_rfcs() {
        let line = "A003 UID EXPUNGE 3000:3002";
        check(line, &Command::UidExpunge(Uids::Set("3000:3002".parse().unwrap())), line);
    }

    /// RFC 5182 section 3.
    #[test]
    fn what_a_search_has_saved() {
        check("a uid expunge $", &Command::UidExpunge(Uids::Saved), "a UID EXPUNGE $");
        check_wrong("a UID EXPUNGE $,1", 15, "the end of the command");
    }

    #[test]
    fn without_a_set_it_is_another_command() {
        check_wrong("a UID EXPUNGE", 13, "a blank");
        check_wrong("a UID EXPUNGE 0", 14, "a set of messages");
        check_wrong("a UID EXPUNGE 1,x", 16, "a set of messages");
        check_wrong("a EXPUNGE 1", 10, "the end of the command");
    }
}
