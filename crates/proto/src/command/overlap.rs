use std::borrow::Cow;

use super::{Command, ListReturn, Notify, Replaced, SearchBy, SelectParameter, Silence};
use crate::types::{Capability, MailboxName, Messages, MetadataOwner, NameEncoding, Uids};

/// In which states of a connection a command is allowed (RFC 9051 section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum States {
    /// In all.
    Any,
    /// Before authentication only.
    NotAuthenticated,
    /// After authentication, and before a mailbox is selected for the first time.
    ///
    /// RFC 9051 section 6.3.1 binds the client; a server need not look whether one was selected before.
    Unselected,
    /// After authentication, with or without a mailbox selected.
    Authenticated,
    /// With a mailbox selected only.
    Selected,
}

/// The untagged responses that belong to a command, beside those that only change state.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answers {
    /// None of its own.
    None,
    /// `CAPABILITY`
    Capability,
    /// `LIST`
    List,
    /// `LIST`, and `STATUS` of any mailbox.
    ListStatus,
    /// `XLIST`, or `LIST`.
    Xlist,
    /// `LSUB`
    Lsub,
    /// `ID`
    Id,
    /// `ENABLED`
    Enabled,
    /// `NAMESPACE`
    Namespace,
    /// `STATUS` of this mailbox.
    Status(MailboxName),
    /// `SEARCH`, or `ESEARCH`. That carries a tag, but a server may answer with `SEARCH` all the same, so that two
    /// searches are never told apart by it.
    Search,
    /// `FETCH`, which all goes to the row stream of the selected mailbox.
    Fetch,
    /// What describes a mailbox when it is selected: `FLAGS`, `EXISTS`, `RECENT`, codes in `OK`.
    Mailbox,
    /// `EXPUNGE`
    Expunge,
    /// `EXPUNGE`, and `OK` with the code `COPYUID` (RFC 6851 section 4.3).
    Moved,
    /// `SORT`
    Sort,
    /// `THREAD`
    Thread,
    /// `QUOTA` and `QUOTAROOT`. A root that is asked for may be one of a mailbox that is asked for.
    Quota,
    /// `ACL` of this mailbox.
    Acl(MailboxName),
    /// `LISTRIGHTS` of this mailbox.
    ListRights(MailboxName),
    /// `MYRIGHTS` of this mailbox.
    MyRights(MailboxName),
    /// `METADATA` of this owner, with values.
    Metadata(MetadataOwner),
    /// `EXPUNGE`, and `OK` with the code `APPENDUID` (RFC 8508 section 4.3).
    Replaced,
    /// What becomes of the selected mailbox, as long as no other command asks for it: `EXISTS`, `RECENT`, `EXPUNGE`,
    /// `FETCH`.
    News,
}

impl Answers {
    /// Whether an answer to one of two commands in flight could be taken for an answer to the other.
    pub fn is_ambiguous_with(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::None, _) | (_, Self::None) | (Self::Fetch, Self::Fetch) => false,
            (left, right) if left.remove() && right.remove() => true,
            (left, right) if left.are_mailboxes() && right.are_mailboxes() => true,
            (Self::ListStatus, Self::Status(_)) | (Self::Status(_), Self::ListStatus) => true,
            (left, right) => left == right,
        }
    }

    /// Whether they tell of messages that are gone, which name no command.
    const fn remove(&self) -> bool {
        matches!(self, Self::Expunge | Self::Moved | Self::Replaced)
    }

    /// Whether they are rows of a list of mailboxes, which name no command.
    const fn are_mailboxes(&self) -> bool {
        matches!(self, Self::List | Self::ListStatus | Self::Xlist)
    }
}

/// What may be in flight together (RFC 9051 section 5.5).
impl Command {
    /// In which states it is allowed.
    pub fn states(&self) -> States {
        match self {
            Self::Capability | Self::Noop | Self::Logout | Self::Id(_) | Self::Unknown { .. } => States::Any,
            Self::StartTls | Self::Authenticate { .. } | Self::Login { .. } => States::NotAuthenticated,
            Self::Enable(_) => States::Unselected,
            Self::Select { .. }
            | Self::Examine { .. }
            | Self::Create { .. }
            | Self::Delete(_)
            | Self::Rename { .. }
            | Self::Subscribe(_)
            | Self::Unsubscribe(_)
            | Self::List { .. }
            | Self::ListExtended { .. }
            | Self::Xlist { .. }
            | Self::Lsub { .. }
            | Self::Namespace
            | Self::Status { .. }
            | Self::Append { .. }
            | Self::GetQuota { .. }
            | Self::GetQuotaRoot(_)
            | Self::SetQuota { .. }
            | Self::GetAcl(_)
            | Self::SetAcl { .. }
            | Self::DeleteAcl { .. }
            | Self::ListRights { .. }
            | Self::MyRights(_)
            | Self::GetMetadata { .. }
            | Self::SetMetadata { .. }
            | Self::Notify(_)
            | Self::Compress
            | Self::Idle => States::Authenticated,
            Self::Check
            | Self::Close
            | Self::Unselect
            | Self::Expunge
            | Self::UidExpunge(_)
            | Self::Search { .. }
            | Self::Fetch { .. }
            | Self::Store { .. }
            | Self::Copy { .. }
            | Self::Sort { .. }
            | Self::Thread { .. }
            | Self::Move { .. }
            | Self::Replace { .. } => States::Selected,
        }
    }

    /// Which untagged responses belong to it.
    pub fn answers(&self) -> Answers {
        match self {
            Self::Capability => Answers::Capability,
            Self::Select { .. } | Self::Examine { .. } => Answers::Mailbox,
            Self::List { .. } => Answers::List,
            Self::ListExtended { returns, .. } => {
                let status = returns.iter().any(|option| matches!(option, ListReturn::Status(_)));
                if status { Answers::ListStatus } else { Answers::List }
            }
            Self::Xlist { .. } => Answers::Xlist,
            Self::Notify(Notify::Set(_)) => Answers::ListStatus,
            Self::Lsub { .. } => Answers::Lsub,
            Self::Id(_) => Answers::Id,
            Self::Enable(_) => Answers::Enabled,
            Self::Namespace => Answers::Namespace,
            Self::Status { mailbox, .. } => Answers::Status(mailbox.clone()),
            Self::Search { .. } => Answers::Search,
            // A conditional one tells the new mod-sequences, silent or not (RFC 7162 section 3.1.3).
            Self::Fetch { .. }
            | Self::Store { silence: Silence::Answered, .. }
            | Self::Store { unchanged_since: Some(_), .. } => Answers::Fetch,
            Self::Expunge | Self::UidExpunge(_) => Answers::Expunge,
            Self::Move { .. } => Answers::Moved,
            Self::Sort { .. } => Answers::Sort,
            Self::Thread { .. } => Answers::Thread,
            Self::GetQuota { .. } | Self::GetQuotaRoot(_) | Self::SetQuota { .. } => Answers::Quota,
            Self::GetAcl(mailbox) => Answers::Acl(mailbox.clone()),
            Self::ListRights { mailbox, .. } => Answers::ListRights(mailbox.clone()),
            Self::MyRights(mailbox) => Answers::MyRights(mailbox.clone()),
            Self::GetMetadata { owner, .. } => Answers::Metadata(owner.clone()),
            Self::Replace { .. } => Answers::Replaced,
            Self::Idle => Answers::News,
            _ => Answers::None,
        }
    }

    /// Whether nothing may be sent behind it until its tagged answer has come.
    ///
    /// After these the connection is another one: another layer, another user, or none. While `IDLE` lasts, the server
    /// takes every line for its end (RFC 2177 section 3). Of a command that is not known nothing better can be assumed.
    pub fn is_barrier(&self) -> bool {
        matches!(
            self,
            Self::StartTls
                | Self::Compress
                | Self::Authenticate { .. }
                | Self::Login { .. }
                | Self::Logout
                | Self::Idle
                | Self::Unknown { .. }
        )
    }

    /// Whether another mailbox, or none, is selected afterwards. What concerns the selected mailbox must not be in
    /// flight with it: the server cannot say to which of the two mailboxes an untagged response belongs.
    pub fn changes_mailbox(&self) -> bool {
        matches!(self, Self::Select { .. } | Self::Examine { .. } | Self::Close | Self::Unselect)
    }

    /// Whether message sequence numbers stand in it or in its answer.
    ///
    /// Such a command must not be in flight behind one that [permits EXPUNGE](Self::permits_expunge): the numbers could
    /// mean other messages by the time they are read.
    pub fn uses_numbers(&self) -> bool {
        match self {
            Self::Fetch { messages, .. } => messages.are_numbers(),
            Self::Store { messages, .. } | Self::Copy { messages, .. } | Self::Move { messages, .. } => {
                matches!(messages, Messages::Numbers(_))
            }
            Self::Search { by, key, .. } | Self::Sort { by, key, .. } | Self::Thread { by, key, .. } => {
                *by == SearchBy::Numbers || key.uses_numbers()
            }
            Self::Replace { replaced, .. } => matches!(replaced, Replaced::Number(_)),
            _ => false,
        }
    }

    /// Whether it names messages by sequence number where it could name them by UID, so that no server takes it once
    /// `UIDONLY` is enabled (RFC 9586 section 3): `$` without `UID` in front of the command is among it.
    pub fn is_by_number(&self) -> bool {
        match self {
            Self::Fetch { messages, .. } => messages.by() == SearchBy::Numbers,
            Self::Store { messages, .. } | Self::Copy { messages, .. } | Self::Move { messages, .. } => {
                messages.by() == SearchBy::Numbers
            }
            Self::Select { parameter: SelectParameter::QResync(since), .. }
            | Self::Examine { parameter: SelectParameter::QResync(since), .. } => {
                since.sequence_match().is_some()
            }
            _ => self.uses_numbers(),
        }
    }

    /// Whether a server may bound the messages it is about (RFC 9738 section 3).
    pub(crate) fn names_messages(&self) -> bool {
        matches!(
            self,
            Self::Fetch { .. }
                | Self::Store { .. }
                | Self::Search { .. }
                | Self::Sort { .. }
                | Self::Thread { .. }
                | Self::Copy { .. }
                | Self::Move { .. }
                | Self::UidExpunge(_)
                | Self::Append { .. }
        )
    }

    /// Whether `EXPUNGE` may come while it is in progress: all commands but `FETCH`, `STORE` and `SEARCH` without `UID`
    /// (RFC 9051 section 7.5.1), and `SORT` and `THREAD` without it (RFC 5256 section 3).
    pub fn permits_expunge(&self) -> bool {
        let by = match self {
            Self::Fetch { messages, .. } => messages.by(),
            Self::Store { messages, .. } => messages.by(),
            Self::Search { by, .. } | Self::Sort { by, .. } | Self::Thread { by, .. } => *by,
            _ => SearchBy::Uids,
        };
        by == SearchBy::Uids
    }

    /// Whether it may be sent while the earlier one has no tagged answer yet.
    ///
    /// It must hold for every command in flight. A flight that selects a mailbox and asks for its messages by UID in
    /// one go decides about [`Command::changes_mailbox`] by itself.
    pub fn may_follow(&self, earlier: &Self) -> bool {
        let mailbox_in_doubt = (earlier.changes_mailbox() && self.concerns_mailbox())
            || (self.changes_mailbox() && earlier.concerns_mailbox());
        let numbers_in_doubt = self.uses_numbers() && earlier.permits_expunge();
        let answer_in_doubt = self.answers().is_ambiguous_with(&earlier.answers());
        let names_in_doubt = earlier.changes_names() && self.depends_on_names();
        // A search that is refused as BAD leaves what an earlier one has saved (RFC 5182 section 2.1): what changes
        // mail would change other mail than was meant.
        let saved_in_doubt = earlier.saves_result() && self.uses_saved() && !self.effect().spares_mail();
        // What answers an earlier command must not come when the octets are others already.
        let layer_in_doubt = matches!(self, Self::Compress);
        !(earlier.is_barrier()
            || layer_in_doubt
            || mailbox_in_doubt
            || numbers_in_doubt
            || answer_in_doubt
            || names_in_doubt
            || saved_in_doubt)
    }

    /// Whether what it finds is kept under `$` (RFC 5182 section 2.1).
    pub fn saves_result(&self) -> bool {
        matches!(self, Self::Search { returns: Some(returns), .. } if returns.saves())
    }

    /// Whether `$` stands in it: the messages that a search has saved.
    pub fn uses_saved(&self) -> bool {
        match self {
            Self::Fetch { messages, .. } => messages.are_saved(),
            Self::Store { messages, .. } | Self::Copy { messages, .. } | Self::Move { messages, .. } => {
                messages.are_saved()
            }
            Self::UidExpunge(uids) => *uids == Uids::Saved,
            Self::Search { key, .. } | Self::Sort { key, .. } | Self::Thread { key, .. } => key.uses_saved(),
            _ => false,
        }
    }

    /// Whether it says something of the selected mailbox or asks for it: `IDLE` does without needing one.
    fn concerns_mailbox(&self) -> bool {
        self.changes_mailbox() || self.states() == States::Selected || matches!(self, Self::Idle)
    }

    /// Whether mailbox names may travel in another way afterwards (RFC 9051 section 5.1, RFC 9755 section 3).
    pub fn changes_names(&self) -> bool {
        matches!(self, Self::Enable(capabilities) if capabilities.iter().any(Capability::changes_names))
    }

    /// Whether a name stands in it that is written in another way in the other encoding. Such a command must not be in
    /// flight behind one that [changes names](Self::changes_names): it was written before the server read it.
    fn depends_on_names(&self) -> bool {
        fn differs<'a>(to_wire: impl Fn(NameEncoding) -> Cow<'a, [u8]>) -> bool {
            to_wire(NameEncoding::ModifiedUtf7) != to_wire(NameEncoding::Utf8)
        }
        match self {
            Self::Select { mailbox: name, .. }
            | Self::Examine { mailbox: name, .. }
            | Self::Create { mailbox: name, .. }
            | Self::Delete(name)
            | Self::Subscribe(name)
            | Self::Unsubscribe(name)
            | Self::Status { mailbox: name, .. }
            | Self::GetQuotaRoot(name)
            | Self::GetAcl(name)
            | Self::SetAcl { mailbox: name, .. }
            | Self::DeleteAcl { mailbox: name, .. }
            | Self::ListRights { mailbox: name, .. }
            | Self::MyRights(name)
            | Self::Append { mailbox: name, .. }
            | Self::Copy { mailbox: name, .. }
            | Self::Move { mailbox: name, .. }
            | Self::Replace { mailbox: name, .. } => differs(|encoding| name.to_wire(encoding)),
            Self::Rename { from, to } => {
                differs(|encoding| from.to_wire(encoding)) || differs(|encoding| to.to_wire(encoding))
            }
            Self::GetMetadata { owner, .. } | Self::SetMetadata { owner, .. } => {
                differs(|encoding| owner.to_wire(encoding))
            }
            Self::Notify(notify) => notify.any_name(|name| differs(|encoding| name.to_wire(encoding))),
            Self::ListExtended { reference, patterns, .. } => {
                differs(|encoding| reference.to_wire(encoding))
                    || patterns.iter().any(|pattern| differs(|encoding| pattern.to_wire(encoding)))
            }
            Self::List { reference, pattern }
            | Self::Lsub { reference, pattern }
            | Self::Xlist { reference, pattern } => {
                differs(|encoding| reference.to_wire(encoding))
                    || differs(|encoding| pattern.to_wire(encoding))
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::parse;
    use super::*;

    fn command(line: &str) -> Command {
        parse(&format!("a {line}")).unwrap().command
    }

    #[track_caller]
    fn check(earlier: &str, later: &str, allowed: bool) {
        assert_eq!(command(later).may_follow(&command(earlier)), allowed, "{earlier} + {later}");
    }

    /// The sequences of RFC 9051 section 5.5, each command against all before it.
    #[test]
    fn sequences_of_the_rfc() {
        let valid = |sequence: &[&str]| {
            let commands: Vec<_> = sequence.iter().map(|line| command(line)).collect();
            commands
                .iter()
                .enumerate()
                .all(|(index, later)| commands[..index].iter().all(|earlier| later.may_follow(earlier)))
        };
        let (fetch, store, copy) = ("FETCH 1 UID", "STORE 1 FLAGS ()", "COPY 1 x");
        assert!(!valid(&[fetch, "NOOP", store]));
        assert!(!valid(&[store, copy, fetch]));
        assert!(!valid(&[copy, copy]));
        assert!(valid(&[fetch, store, "SEARCH ALL", "NOOP"]));
        assert!(valid(&[store, copy, "EXPUNGE"]));
    }

    #[test]
    fn numbers_wait_for_what_may_expunge() {
        for earlier in [
            "NOOP",
            "UID FETCH 1 UID",
            "UID STORE 1 FLAGS.SILENT ()",
            "UID SEARCH ALL",
            "STATUS x (SIZE)",
            "MOVE 1 x",
            "UID MOVE 1 x",
        ] {
            check(earlier, "FETCH 1 UID", false);
            check(earlier, "UID COPY 1 x", true);
        }
        check("UID FETCH 1 UID", "UID SEARCH 1:5", false);
        check("UID FETCH 1 UID", "UID SEARCH OR NOT (SEEN 1:5) SEEN", false);
        check("UID FETCH 1 UID", "UID SEARCH UID 1:5", true);
        check("UID FETCH 1 UID", "SEARCH UID 1:5", false);
    }

    #[test]
    fn answers_are_told_apart_or_wait() {
        check("LIST \"\" *", "LIST \"\" %", false);
        check("LIST \"\" *", "LSUB \"\" %", true);
        for list in ["LIST \"\" *", "LIST () \"\" *", "LIST \"\" % RETURN (STATUS (SIZE))", "XLIST \"\" *"] {
            check(list, "XLIST \"\" *", false);
            check("LIST (SUBSCRIBED) \"\" %", list, false);
            check("LSUB \"\" *", list, true);
        }
        check("LIST \"\" * RETURN (STATUS (SIZE))", "STATUS a (SIZE)", false);
        check("STATUS a (SIZE)", "LIST \"\" * RETURN (STATUS (SIZE))", false);
        check("NOTIFY SET STATUS (SUBTREE a NONE)", "STATUS a (SIZE)", false);
        check("NOTIFY SET (SUBTREE a NONE)", "LIST \"\" *", false);
        check("NOTIFY SET (SELECTED NONE)", "NOTIFY SET (INBOXES NONE)", false);
        check("NOTIFY NONE", "LIST \"\" *", true);
        check("LIST \"\" * RETURN (CHILDREN)", "STATUS a (SIZE)", true);
        check("UID SEARCH SEEN", "UID SEARCH DRAFT", false);
        check("STATUS a (SIZE)", "STATUS b (SIZE)", true);
        check("STATUS inbox (SIZE)", "STATUS INBOX (UNSEEN)", false);
        check("UID FETCH 1 UID", "UID FETCH 2 UID", true);
        check("UID FETCH 1 UID", "UID STORE 2 FLAGS ()", true);
        assert_eq!(command("STORE 1 FLAGS.SILENT ()").answers(), Answers::None);
        assert_eq!(command("STORE 1 (UNCHANGEDSINCE 5) FLAGS.SILENT ()").answers(), Answers::Fetch);
        check("NOOP", "NOOP", true);
    }

    /// RFC 9586 section 3.
    #[test]
    fn what_uid_only_forbids() {
        for line in [
            "FETCH 1 UID",
            "FETCH $ UID",
            "STORE 1 FLAGS ()",
            "COPY $ x",
            "MOVE 1:* x",
            "SEARCH ALL",
            "UID SEARCH 1:5",
            "UID SEARCH OR NOT (SEEN 1:5) SEEN",
            "SORT (DATE) UTF-8 ALL",
            "THREAD REFS UTF-8 ALL",
            "REPLACE 1 a {1}\r\nx",
            "SELECT a (QRESYNC (1 2 1:9 (1 5)))",
        ] {
            assert!(command(line).is_by_number(), "{line}");
        }
        for line in [
            "UID FETCH 1:* UID",
            "UID STORE $ FLAGS ()",
            "UID SEARCH UID 1:5",
            "UID SEARCH $",
            "UID EXPUNGE 1",
            "EXPUNGE",
            "SELECT a (QRESYNC (1 2 1:9))",
            "NOOP",
        ] {
            assert!(!command(line).is_by_number(), "{line}");
        }
    }

    #[test]
    fn nothing_follows_what_changes_the_connection() {
        for earlier in
            ["STARTTLS", "LOGIN a b", "AUTHENTICATE PLAIN", "LOGOUT", "IDLE", "COMPRESS DEFLATE", "XFOO"]
        {
            check(earlier, "NOOP", false);
            check("NOOP", earlier, earlier != "COMPRESS DEFLATE");
        }
    }

    #[test]
    fn one_mailbox_at_a_time() {
        check("SELECT a", "UID FETCH 1 UID", false);
        check("UID FETCH 1 UID", "SELECT b", false);
        check("CLOSE", "SELECT b", false);
        check("SELECT a", "STATUS b (SIZE)", true);
        check("APPEND a {0}\r\n", "SELECT b", true);
        check("SELECT a", "IDLE", false);
        check("CLOSE", "IDLE", false);
        check("UID FETCH 1 UID", "IDLE", true);
    }

    /// RFC 5256 section 3: a sort and a thread are searches, and told apart from each other.
    #[test]
    fn sorts_are_searches() {
        for kind in ["SORT (DATE)", "THREAD REFS"] {
            check("NOOP", &format!("{kind} UTF-8 ALL"), false);
            check("NOOP", &format!("UID {kind} UTF-8 1:5"), false);
            check("NOOP", &format!("UID {kind} UTF-8 ALL"), true);
            check(&format!("{kind} UTF-8 ALL"), "FETCH 1 UID", true);
            check(&format!("UID {kind} UTF-8 ALL"), "FETCH 1 UID", false);
            check(&format!("UID {kind} UTF-8 ALL"), &format!("UID {kind} UTF-8 SEEN"), false);
            check(&format!("UID {kind} UTF-8 ALL"), "SELECT a", false);
        }
        check("UID SORT (DATE) UTF-8 ALL", "UID THREAD REFS UTF-8 ALL", true);
        check("UID SORT (DATE) UTF-8 ALL", "UID SEARCH ALL", true);
    }

    #[test]
    fn one_question_about_quotas_at_a_time() {
        check("GETQUOTAROOT a", "GETQUOTA r", false);
        check("SETQUOTA r ()", "GETQUOTA r", false);
        check("GETQUOTAROOT a", "STATUS a (SIZE)", true);
        check("SELECT a", "GETQUOTAROOT a", true);
    }

    #[test]
    fn rights_are_told_apart_by_their_mailbox() {
        for (one, other) in
            [("GETACL a", "GETACL b"), ("MYRIGHTS a", "MYRIGHTS b"), ("MYRIGHTS a", "GETACL a")]
        {
            check(one, other, true);
            check(one, one, false);
        }
        check("LISTRIGHTS a x", "LISTRIGHTS a y", false);
        check("LISTRIGHTS a x", "LISTRIGHTS b x", true);
        check("SETACL a x l", "MYRIGHTS a", true);
        check("SELECT a", "MYRIGHTS a", true);
    }

    #[test]
    fn metadata_is_told_apart_by_what_it_is_about() {
        check("GETMETADATA a /b", "GETMETADATA \"\" /b", true);
        check("GETMETADATA a /b", "GETMETADATA a /c", false);
        check("SETMETADATA a (/b NIL)", "GETMETADATA a /c", true);
        check("SELECT a", "GETMETADATA a /c", true);
    }

    /// RFC 8508 section 3.4.
    #[test]
    fn a_replacement_removes_a_message() {
        let replace = "UID REPLACE 5 x {1}\r\na";
        check(replace, "FETCH 1 UID", false);
        check("NOOP", "REPLACE 5 x {1}\r\na", false);
        check("NOOP", replace, true);
        for earlier in ["EXPUNGE", "UID MOVE 1 x", replace] {
            check(earlier, replace, false);
        }
        check("SELECT a", replace, false);
        check(replace, "APPEND x {1}\r\na", true);
        check("ENABLE UTF8=ACCEPT", "UID REPLACE 5 &APw- {1}\r\na", false);
    }

    /// RFC 6851 section 3.3.
    #[test]
    fn a_move_renumbers() {
        check("UID MOVE 1 a", "UID FETCH 2 UID", true);
        check("FETCH 1 UID", "MOVE 2 a", true);
        check("EXPUNGE", "MOVE 2 a", false);
        check("UID EXPUNGE 1", "UID MOVE 2 a", false);
        check("UID MOVE 1 a", "UID MOVE 2 a", false);
    }

    /// RFC 5161 section 3.1 puts no limits on what stands behind ENABLE; how names are written does.
    #[test]
    fn names_wait_for_what_changes_them() {
        let plain = ["SELECT a", "LIST \"\" *", "STATUS a (SIZE)", "ID NIL", "NAMESPACE", "RENAME a b"];
        for (earlier, later) in plain.map(|later| ("ENABLE IMAP4rev2", later)) {
            check(earlier, later, true);
        }
        for later in [
            "SELECT Entw&APw-rfe",
            "EXAMINE a&-b",
            "LIST \"&-\" *",
            "LIST \"\" &APw-*",
            "LIST \"\" (a &APw-*)",
            "LIST (SUBSCRIBED) \"&-\" *",
            "XLIST \"\" &APw-*",
            "NOTIFY SET (SELECTED NONE) (MAILBOXES (a &APw-) NONE)",
            "STATUS &APw- (SIZE)",
            "RENAME a &APw-",
            "RENAME &APw- a",
            "APPEND &APw- {0}\r\n",
            "GETQUOTAROOT &APw-",
            "SETACL &APw- x l",
            "LISTRIGHTS &APw- x",
            "MYRIGHTS &APw-",
            "GETMETADATA &APw- /a",
            "SETMETADATA &APw- (/a NIL)",
        ] {
            check("ENABLE UTF8=ACCEPT", later, false);
            check("ENABLE X imap4rev2", later, false);
            check("ENABLE CONDSTORE", later, true);
        }
        check("ENABLE CONDSTORE", "ENABLE QRESYNC", false);
    }

    /// RFC 5182 section 2.3.
    #[test]
    fn what_changes_mail_waits_for_what_is_saved() {
        let save = "UID SEARCH RETURN (SAVE) SEEN";
        check(save, "UID FETCH $ FLAGS", true);
        check(save, "FETCH $ FLAGS", true);
        check("UID STORE 1 FLAGS ()", "UID COPY $ x", true);
        check("UID SEARCH RETURN (ALL) SEEN", "UID MOVE $ x", true);
        for later in
            ["UID STORE $ +FLAGS (\\Deleted)", "UID EXPUNGE $", "MOVE $ x", "COPY $ x", "FETCH $ BODY[]"]
        {
            check(save, later, false);
        }
        check("UID MOVE $ x", save, true);
        check(save, "UID SEARCH $ DRAFT", false);
    }

    #[test]
    fn states_of_the_rfc() {
        for (line, states) in [
            ("CAPABILITY", States::Any),
            ("LOGIN a b", States::NotAuthenticated),
            ("ID NIL", States::Any),
            ("ENABLE X", States::Unselected),
            ("NAMESPACE", States::Authenticated),
            ("IDLE", States::Authenticated),
            ("NOTIFY NONE", States::Authenticated),
            ("COMPRESS DEFLATE", States::Authenticated),
            ("REPLACE 1 a {1}\r\nx", States::Selected),
            ("MOVE 1 a", States::Selected),
            ("SELECT a", States::Authenticated),
            ("UNSELECT", States::Selected),
            ("UID EXPUNGE 1", States::Selected),
            ("SORT (DATE) UTF-8 ALL", States::Selected),
            ("UID THREAD REFS UTF-8 ALL", States::Selected),
            ("GETQUOTA r", States::Authenticated),
            ("GETQUOTAROOT a", States::Authenticated),
            ("SETQUOTA r ()", States::Authenticated),
            ("SETACL a x l", States::Authenticated),
            ("MYRIGHTS a", States::Authenticated),
        ] {
            assert_eq!(command(line).states(), states, "{line}");
        }
    }
}
