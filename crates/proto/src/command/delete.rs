use super::{Command, read};
use crate::types::{MailboxName, NameEncoding};
use crate::wire::{Cursor, Encoder, Syntax};

/// `delete = "DELETE" SP mailbox` (RFC 9051 section 9)
pub(super) fn encode(encoder: &mut Encoder, names: NameEncoding, mailbox: &MailboxName) {
    encoder.sp().astring(&mailbox.to_wire(names));
}

/// As [`encode`].
pub(super) fn parse(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<Command, Syntax> {
    cursor.expect_sp()?;
    read::mailbox(cursor, names).map(Command::Delete)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, name};
    use super::*;

    #[test]
    fn examples_of_the_rfcs() {
        check("A683 DELETE blurdybloop", &Command::Delete(name("blurdybloop")), "A683 DELETE blurdybloop");
        check("A685 DELETE foo/bar", &Command::Delete(name("foo/bar")), "A685 DELETE foo/bar");
        check(
            "g delete \"/archive/projects/experiment-iv\"",
            &Command::Delete(name("/archive/projects/experiment-iv")),
            "g DELETE /archive/projects/experiment-iv",
        );
    }
}
