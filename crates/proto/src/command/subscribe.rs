use super::{Command, read};
use crate::types::{MailboxName, NameEncoding};
use crate::wire::{Cursor, Encoder, Syntax};

/// `subscribe = "SUBSCRIBE" SP mailbox`, and `UNSUBSCRIBE` alike (RFC 9051 section 9)
pub(super) fn encode(encoder: &mut Encoder, names: NameEncoding, mailbox: &MailboxName) {
    encoder.sp().astring(&mailbox.to_wire(names));
}

/// As [`encode`].
pub(super) fn parse_subscribe(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<Command, Syntax> {
    cursor.expect_sp()?;
    read::mailbox(cursor, names).map(Command::Subscribe)
}

/// As [`encode`].
pub(super) fn parse_unsubscribe(cursor: &mut Cursor<'_>, names: NameEncoding) -> Result<Command, Syntax> {
    cursor.expect_sp()?;
    read::mailbox(cursor, names).map(Command::Unsubscribe)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, name};
    use super::*;

    #[test]
    fn examples_of_the_rfcs() {
        let news = name("#news.comp.mail.mime");
        let line = "A002 SUBSCRIBE #news.comp.mail.mime";
        check(line, &Command::Subscribe(news.clone()), line);
        let line = "A002 UNSUBSCRIBE #news.comp.mail.mime";
        check(line, &Command::Unsubscribe(news), line);
    }
}
