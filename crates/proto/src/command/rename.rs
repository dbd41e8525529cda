use super::{Command, read};
use crate::types::{MailboxName, NameEncoding};
use crate::wire::{Cursor, Encoder, Syntax};

/// `rename = "RENAME" SP mailbox SP mailbox` (RFC 9051 section 9)
pub(super) fn encode(encoder: &mut Encoder, names: NameEncoding, from: &MailboxName, to: &MailboxName) {
    encoder.sp().astring(&from.to_wire(names)).sp().astring(&to.to_wire(names));
}

/// As [`encode`].
pub(super) fn parse(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<Command, Syntax> {
    cursor.expect_sp()?;
    let from = read::mailbox(cursor, names)?;
    cursor.expect_sp()?;
    let to = read::mailbox(cursor, names)?;
    Ok(Command::Rename { from, to })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, check_wrong, name};
    use super::*;

    #[test]
    fn examples_of_the_rfcs() {
        for (line, from, to) in [
            ("A683 RENAME blurdybloop sarasoop", "blurdybloop", "sarasoop"),
            ("A684 RENAME foo zowie", "foo", "zowie"),
            ("Z433 RENAME INBOX old-mail", "INBOX", "old-mail"),
        ] {
            check(line, &Command::Rename { from: name(from), to: name(to) }, line);
        }
    }

    #[test]
    fn one_name_is_one_too_few() {
        check_wrong("a RENAME foo", 12, "a blank");
    }
}
