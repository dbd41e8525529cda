use super::{Command, read};
use crate::types::{MailboxName, NameEncoding};
use crate::wire::{Cursor, Encoder, Syntax};

/// `select = "SELECT" SP mailbox`, and `EXAMINE` alike (RFC 9051 section 9)
pub(super) fn encode(encoder: &mut Encoder, names: NameEncoding, mailbox: &MailboxName) {
    encoder.sp().astring(&mailbox.to_wire(names));
}

/// As [`encode`].
pub(super) fn parse_select(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<Command, Syntax> {
    cursor.expect_sp()?;
    read::mailbox(cursor, names).map(Command::Select)
}

/// As [`encode`].
pub(super) fn parse_examine(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<Command, Syntax> {
    cursor.expect_sp()?;
    read::mailbox(cursor, names).map(Command::Examine)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, name};
    use super::*;

    #[test]
    fn examples_of_the_rfcs() {
        check("A142 SELECT INBOX", &Command::Select(MailboxName::inbox()), "A142 SELECT INBOX");
        check("a002 select inbox", &Command::Select(MailboxName::inbox()), "a002 SELECT INBOX");
        check("A932 EXAMINE blurdybloop", &Command::Examine(name("blurdybloop")), "A932 EXAMINE blurdybloop");
        check(
            "f select \"/archive/projects/experiment-iv\"",
            &Command::Select(name("/archive/projects/experiment-iv")),
            "f SELECT /archive/projects/experiment-iv",
        );
    }
}
