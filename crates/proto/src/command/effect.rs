use super::{Command, FetchAttribute, FetchItems, Peek};

/// What a command changes, beside what it lets the server say.
///
/// It decides what may leave before the command in front of it has an answer, and when a command whose end is unclear
/// may be believed to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Effect {
    /// Nothing.
    Nothing,
    /// Messages that are read get `\Seen`, or something that cannot be told in advance.
    Marks,
    /// Somebody is logged in.
    LogsIn,
    /// A mailbox is selected.
    Opens,
    /// The connection is another one, or none is left; no mail changes.
    Connection,
    /// Mail, mailboxes, or anything: of a command that is not known nothing better can be assumed.
    Mail,
}

impl Effect {
    /// Whether no mail and no mailbox is another afterwards. What changes some must have seen the answer to `SELECT`:
    /// the mailbox could be another one by now.
    pub const fn spares_mail(self) -> bool {
        !matches!(self, Self::Marks | Self::Mail)
    }

    /// Whether a command that has ended without a word of success may be believed to be done: then it can do no harm.
    pub const fn is_harmless(self) -> bool {
        matches!(self, Self::Nothing | Self::Marks)
    }
}

impl Command {
    /// What it changes.
    pub fn effect(&self) -> Effect {
        match self {
            Self::Capability
            | Self::Noop
            | Self::Id(_)
            | Self::Namespace
            | Self::List { .. }
            | Self::ListExtended { .. }
            | Self::Xlist { .. }
            | Self::Lsub { .. }
            | Self::Status { .. }
            | Self::Idle
            | Self::Check
            | Self::Sort { .. }
            | Self::Thread { .. }
            | Self::GetQuota { .. }
            | Self::GetQuotaRoot(_)
            | Self::GetAcl(_)
            | Self::ListRights { .. }
            | Self::MyRights(_)
            | Self::GetMetadata { .. }
            | Self::Search { .. } => Effect::Nothing,
            Self::Fetch { items, .. } if items.only_peek() => Effect::Nothing,
            Self::Fetch { .. } => Effect::Marks,
            Self::Login { .. } | Self::Authenticate { .. } => Effect::LogsIn,
            Self::Select { .. } | Self::Examine { .. } => Effect::Opens,
            Self::StartTls
            | Self::Compress
            | Self::Notify(_)
            | Self::Enable(_)
            | Self::Unselect
            | Self::Logout => Effect::Connection,
            Self::Create { .. }
            | Self::Delete(_)
            | Self::Rename { .. }
            | Self::Subscribe(_)
            | Self::Unsubscribe(_)
            | Self::Append { .. }
            | Self::Close
            | Self::Expunge
            | Self::UidExpunge(_)
            | Self::Store { .. }
            | Self::Copy { .. }
            | Self::Move { .. }
            | Self::SetQuota { .. }
            | Self::SetAcl { .. }
            | Self::DeleteAcl { .. }
            | Self::SetMetadata { .. }
            | Self::Replace { .. }
            | Self::Unknown { .. } => Effect::Mail,
        }
    }
}

impl FetchItems {
    /// Whether fetching them leaves no trace (RFC 9051 section 6.4.5). Of an item that is not known this cannot be
    /// told.
    fn only_peek(&self) -> bool {
        let Self::Attributes(attributes) = self else { return true };
        attributes.iter().all(|attribute| match attribute {
            FetchAttribute::Section { peek, .. } | FetchAttribute::Binary { peek, .. } => *peek == Peek::Peek,
            FetchAttribute::Rfc822 | FetchAttribute::Rfc822Text | FetchAttribute::Other(_) => false,
            _ => true,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::parse;
    use super::*;

    #[track_caller]
    fn check(effect: Effect, lines: &[&str]) {
        for line in lines {
            assert_eq!(parse(&format!("a {line}")).unwrap().command.effect(), effect, "{line}");
        }
    }

    #[test]
    fn what_commands_change() {
        check(
            Effect::Nothing,
            &["NOOP", "CHECK", "ID NIL", "NAMESPACE", "IDLE", "LIST \"\" *", "STATUS a (SIZE)", "SEARCH ALL"],
        );
        check(Effect::Nothing, &["FETCH 1 ALL", "UID FETCH 1 (FLAGS BODY.PEEK[] RFC822.HEADER)"]);
        check(
            Effect::Nothing,
            &["SORT (DATE) UTF-8 ALL", "THREAD REFS UTF-8 ALL", "GETQUOTA r", "GETQUOTAROOT a"],
        );
        check(Effect::Nothing, &["GETACL a", "LISTRIGHTS a x", "MYRIGHTS a", "GETMETADATA a /b"]);
        check(Effect::Mail, &["SETQUOTA r ()", "SETACL a x l", "DELETEACL a x", "SETMETADATA a (/b NIL)"]);
        check(
            Effect::Nothing,
            &[
                "UID FETCH 1 (BINARY.PEEK[1] BINARY.SIZE[1] PREVIEW (LAZY) MODSEQ EMAILID) (CHANGEDSINCE 5 VANISHED)",
            ],
        );
        check(
            Effect::Marks,
            &["FETCH 1 BINARY[1]", "FETCH 1 BODY[]", "FETCH 1 (UID RFC822)", "FETCH 1 X-THING"],
        );
        check(Effect::LogsIn, &["LOGIN a b", "AUTHENTICATE PLAIN"]);
        check(Effect::Opens, &["SELECT a", "EXAMINE a (CONDSTORE)", "SELECT a (QRESYNC (1 2))"]);
        check(
            Effect::Connection,
            &["STARTTLS", "COMPRESS DEFLATE", "NOTIFY NONE", "ENABLE X", "UNSELECT", "LOGOUT"],
        );
        check(
            Effect::Mail,
            &[
                "CLOSE",
                "EXPUNGE",
                "UID MOVE 1 a",
                "STORE 1 FLAGS ()",
                "STORE 1 +X-GM-LABELS x",
                "SUBSCRIBE a",
                "REPLACE 1 a {1}\r\nx",
                "APPEND a {0}\r\n",
                "XFOO",
            ],
        );
    }

    #[test]
    fn what_is_believed_and_what_may_leave_early() {
        for (effect, spares_mail, is_harmless) in [
            (Effect::Nothing, true, true),
            (Effect::Marks, false, true),
            (Effect::LogsIn, true, false),
            (Effect::Opens, true, false),
            (Effect::Connection, true, false),
            (Effect::Mail, false, false),
        ] {
            assert_eq!(
                (effect.spares_mail(), effect.is_harmless()),
                (spares_mail, is_harmless),
                "{effect:?}"
            );
        }
    }
}
