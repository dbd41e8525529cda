//! What arguments of commands are made of.

/// A kind of argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arguments {
    FetchMacro,
    Fetch,
    FetchModifier,
    Search,
    SearchReturn,
    Store,
    Flag,
    Status,
    Select,
    ListSelection,
    ListReturn,
    SpecialUse,
    Sort,
    Thread,
    Enable,
    NotifyMailboxes,
    NotifyEvent,
    Right,
    Metadata,
}

/// What is known of one.
#[derive(Debug)]
pub(crate) struct ArgumentEntry {
    pub(crate) name: &'static str,
    /// What follows it, with what stands between.
    pub(crate) behind: &'static str,
    pub(crate) does: &'static str,
    /// A capability that it needs, beside that of the command; may be empty.
    pub(crate) needs: &'static str,
}

impl ArgumentEntry {
    /// The name with what follows it.
    pub(crate) fn form(&self) -> String {
        format!("{}{}", self.name, self.behind)
    }
}

impl Arguments {
    pub(crate) const ALL: [Self; 19] = [
        Self::FetchMacro,
        Self::Fetch,
        Self::FetchModifier,
        Self::Search,
        Self::SearchReturn,
        Self::Store,
        Self::Flag,
        Self::Status,
        Self::Select,
        Self::ListSelection,
        Self::ListReturn,
        Self::SpecialUse,
        Self::Sort,
        Self::Thread,
        Self::Enable,
        Self::NotifyMailboxes,
        Self::NotifyEvent,
        Self::Right,
        Self::Metadata,
    ];

    /// What they are called in a heading.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::FetchMacro => "names for several items, each alone and without parentheses",
            Self::Fetch => "items",
            Self::FetchModifier => "modifiers, in parentheses behind the items",
            Self::Search => "keys",
            Self::SearchReturn => "options of RETURN",
            Self::Store => "items",
            Self::Flag => "flags; any other atom is a keyword",
            Self::Status => "items",
            Self::Select => "parameters",
            Self::ListSelection => "selection options",
            Self::ListReturn => "options of RETURN",
            Self::SpecialUse => "special uses",
            Self::Sort => "criteria",
            Self::Thread => "algorithms",
            Self::Enable => "what can be enabled",
            Self::NotifyMailboxes => "mailboxes",
            Self::NotifyEvent => "events",
            Self::Right => "rights",
            Self::Metadata => "options",
        }
    }

    /// One of them, by its name in any case.
    pub(crate) fn find(self, name: &str) -> Option<&'static ArgumentEntry> {
        self.entries().iter().find(|entry| entry.name.eq_ignore_ascii_case(name))
    }

    pub(crate) const fn entries(self) -> &'static [ArgumentEntry] {
        match self {
            Self::FetchMacro => FETCH_MACROS,
            Self::Fetch => FETCH,
            Self::FetchModifier => FETCH_MODIFIERS,
            Self::Search => SEARCH,
            Self::SearchReturn => SEARCH_RETURN,
            Self::Store => STORE,
            Self::Flag => FLAGS,
            Self::Status => STATUS,
            Self::Select => SELECT,
            Self::ListSelection => LIST_SELECTION,
            Self::ListReturn => LIST_RETURN,
            Self::SpecialUse => SPECIAL_USES,
            Self::Sort => SORT,
            Self::Thread => THREAD,
            Self::Enable => ENABLE,
            Self::NotifyMailboxes => NOTIFY_MAILBOXES,
            Self::NotifyEvent => NOTIFY_EVENTS,
            Self::Right => RIGHTS,
            Self::Metadata => METADATA,
        }
    }
}

const fn entry(name: &'static str, behind: &'static str, does: &'static str) -> ArgumentEntry {
    ArgumentEntry { name, behind, does, needs: "" }
}

const fn with(
    needs: &'static str,
    name: &'static str,
    behind: &'static str,
    does: &'static str,
) -> ArgumentEntry {
    ArgumentEntry { name, behind, does, needs }
}

const FETCH_MACROS: &[ArgumentEntry] = &[
    entry("FAST", "", "FLAGS INTERNALDATE RFC822.SIZE"),
    entry("ALL", "", "FAST and ENVELOPE"),
    entry("FULL", "", "ALL and BODY"),
];

const FETCH: &[ArgumentEntry] = &[
    entry("FLAGS", "", "its flags and keywords"),
    entry("UID", "", "its unique identifier"),
    entry("INTERNALDATE", "", "when the server got it"),
    entry("RFC822.SIZE", "", "its octets"),
    entry("ENVELOPE", "", "date, subject, addresses, message id"),
    entry("BODYSTRUCTURE", "", "the tree of its parts, with types and sizes"),
    entry("BODY", "", "the same, shorter; with [...] text, see there"),
    entry("BODY[]", "", "the whole message; sets \\Seen"),
    entry("BODY.PEEK[]", "", "the whole message; leaves \\Seen"),
    entry("BODY.PEEK[HEADER]", "", "its header"),
    entry("BODY.PEEK[HEADER.FIELDS", " (name ...)]", "these fields of its header"),
    entry("BODY.PEEK[HEADER.FIELDS.NOT", " (name ...)]", "all other fields of its header"),
    entry("BODY.PEEK[TEXT]", "", "all behind its header"),
    entry("BODY.PEEK[1]", "", "part 1; 1.2 is part 2 of that"),
    entry("BODY.PEEK[1.MIME]", "", "the header of part 1"),
    entry("BODY.PEEK[]<0.100>", "", "100 octets from octet 0 on"),
    with("BINARY", "BINARY.PEEK[1]", "", "part 1, decoded"),
    with("BINARY", "BINARY[1]", "", "part 1, decoded; sets \\Seen"),
    with("BINARY", "BINARY.SIZE[1]", "", "octets of part 1, decoded"),
    entry("RFC822", "", "the whole message; sets \\Seen; gone in RFC 9051"),
    entry("RFC822.HEADER", "", "its header; gone in RFC 9051"),
    entry("RFC822.TEXT", "", "the rest; sets \\Seen; gone in RFC 9051"),
    with("CONDSTORE", "MODSEQ", "", "a number that grows with each change of it"),
    with("OBJECTID", "EMAILID", "", "the same for each copy of a message"),
    with("OBJECTID", "THREADID", "", "the same for each message of a conversation"),
    with("SAVEDATE", "SAVEDATE", "", "when it came into this mailbox"),
    with("PREVIEW", "PREVIEW", "", "the beginning of its text"),
    with("PREVIEW", "PREVIEW (LAZY)", "", "the same, if the server has it at hand"),
    with("X-GM-EXT-1", "X-GM-MSGID", "", "Gmail: number of the message"),
    with("X-GM-EXT-1", "X-GM-THRID", "", "Gmail: number of the conversation"),
    with("X-GM-EXT-1", "X-GM-LABELS", "", "Gmail: its labels"),
];

const FETCH_MODIFIERS: &[ArgumentEntry] = &[
    with("CONDSTORE", "CHANGEDSINCE", " modseq", "only what has changed since"),
    with("QRESYNC", "VANISHED", "", "and what is gone; UID FETCH with CHANGEDSINCE"),
    with("PARTIAL", "PARTIAL", " from:to", "the first (1:100) or last (-1:-100) of the set"),
];

const SEARCH: &[ArgumentEntry] = &[
    entry("ALL", "", "all messages"),
    entry("UNSEEN", "", "not read"),
    entry("SEEN", "", "read"),
    entry("FLAGGED", "", "marked as important"),
    entry("UNFLAGGED", "", "not marked as important"),
    entry("ANSWERED", "", "answered"),
    entry("UNANSWERED", "", "not answered"),
    entry("DELETED", "", "to be expunged"),
    entry("UNDELETED", "", "not to be expunged"),
    entry("DRAFT", "", "not finished"),
    entry("UNDRAFT", "", "finished"),
    entry("KEYWORD", " keyword", "with this keyword"),
    entry("UNKEYWORD", " keyword", "without it"),
    entry("NEW", "", "RECENT UNSEEN; gone in RFC 9051"),
    entry("RECENT", "", "seen by no session before; gone in RFC 9051"),
    entry("OLD", "", "not RECENT; gone in RFC 9051"),
    entry("FROM", " string", "somebody in From"),
    entry("TO", " string", "somebody in To"),
    entry("CC", " string", "somebody in Cc"),
    entry("BCC", " string", "somebody in Bcc"),
    entry("SUBJECT", " string", "text in the subject"),
    entry("BODY", " string", "text behind the header"),
    entry("TEXT", " string", "text anywhere"),
    entry("HEADER", " name string", "text in a field; \"\": it has that field"),
    entry("SINCE", " date", "came on this day (1-Feb-2026) or later"),
    entry("BEFORE", " date", "came before this day"),
    entry("ON", " date", "came on this day"),
    entry("SENTSINCE", " date", "Date is this day or later"),
    entry("SENTBEFORE", " date", "Date is before this day"),
    entry("SENTON", " date", "Date is this day"),
    entry("LARGER", " octets", "more octets"),
    entry("SMALLER", " octets", "fewer octets"),
    entry("UID", " set", "with one of these UIDs"),
    entry("NOT", " key", "for which the key does not hold"),
    entry("OR", " key key", "for which one of two keys holds"),
    with("CONDSTORE", "MODSEQ", " modseq", "changed since"),
    with("WITHIN", "YOUNGER", " seconds", "came within so many seconds"),
    with("WITHIN", "OLDER", " seconds", "came longer ago"),
    with("SAVEDATE", "SAVEDSINCE", " date", "in this mailbox since"),
    with("SAVEDATE", "SAVEDBEFORE", " date", "in this mailbox before"),
    with("SAVEDATE", "SAVEDON", " date", "in this mailbox on this day"),
    with("SAVEDATE", "SAVEDATESUPPORTED", "", "all, if the mailbox has these dates"),
    with("OBJECTID", "EMAILID", " id", "copies of this message"),
    with("OBJECTID", "THREADID", " id", "of this conversation"),
    with("UIDONLY", "UIDAFTER", " uid", "with a higher UID"),
    with("UIDONLY", "UIDBEFORE", " uid", "with a lower UID"),
    with("X-GM-EXT-1", "X-GM-RAW", " string", "Gmail: as in its search box"),
    with("X-GM-EXT-1", "X-GM-MSGID", " number", "Gmail: this message"),
    with("X-GM-EXT-1", "X-GM-THRID", " number", "Gmail: this conversation"),
    with("X-GM-EXT-1", "X-GM-LABELS", " label", "Gmail: with this label"),
];

const SEARCH_RETURN: &[ArgumentEntry] = &[
    entry("ALL", "", "all, as a set"),
    entry("COUNT", "", "how many"),
    entry("MIN", "", "the lowest number"),
    entry("MAX", "", "the highest number"),
    with("SEARCHRES", "SAVE", "", "keep them; $ stands for them afterwards"),
    with("PARTIAL", "PARTIAL", " from:to", "some of them: 1:100, or -1:-100 from the end"),
];

const STORE: &[ArgumentEntry] = &[
    entry("+FLAGS", "", "add these flags"),
    entry("-FLAGS", "", "take these flags away"),
    entry("FLAGS", "", "replace all flags by these"),
    entry("+FLAGS.SILENT", "", "add, and do not tell the new flags"),
    entry("-FLAGS.SILENT", "", "take away, and do not tell the new flags"),
    entry("FLAGS.SILENT", "", "replace, and do not tell the new flags"),
    with("X-GM-EXT-1", "+X-GM-LABELS", "", "Gmail: add these labels"),
    with("X-GM-EXT-1", "-X-GM-LABELS", "", "Gmail: take these labels away"),
];

const FLAGS: &[ArgumentEntry] = &[
    entry("\\Seen", "", "read"),
    entry("\\Answered", "", "answered"),
    entry("\\Flagged", "", "important"),
    entry("\\Deleted", "", "gone at the next EXPUNGE or CLOSE"),
    entry("\\Draft", "", "not finished"),
    entry("$Forwarded", "", "forwarded"),
    entry("$MDNSent", "", "a receipt was sent"),
    entry("$Junk", "", "junk"),
    entry("$NotJunk", "", "no junk"),
    entry("$Phishing", "", "a fraud"),
    entry("$Important", "", "likely to matter"),
];

const STATUS: &[ArgumentEntry] = &[
    entry("MESSAGES", "", "how many messages"),
    entry("UNSEEN", "", "how many that are not read"),
    entry("UIDNEXT", "", "the UID that the next message gets, or less"),
    entry("UIDVALIDITY", "", "with which UIDs are valid"),
    entry("RECENT", "", "seen by no session before; gone in RFC 9051"),
    with("STATUS=SIZE", "SIZE", "", "octets of all messages"),
    with("STATUS=SIZE", "DELETED", "", "how many to be expunged; or IMAP4rev2, QUOTA"),
    with("QUOTA", "DELETED-STORAGE", "", "octets that an EXPUNGE would free"),
    with("CONDSTORE", "HIGHESTMODSEQ", "", "number of the last change"),
    with("OBJECTID", "MAILBOXID", "", "the same after a RENAME"),
    with("APPENDLIMIT", "APPENDLIMIT", "", "the largest message that it takes"),
];

const SELECT: &[ArgumentEntry] = &[
    with("CONDSTORE", "CONDSTORE", "", "tell mod-sequences from now on"),
    with(
        "QRESYNC",
        "QRESYNC",
        " (uidvalidity modseq [uids])",
        "tell what has changed since; ENABLE QRESYNC first",
    ),
];

const LIST_SELECTION: &[ArgumentEntry] = &[
    entry("SUBSCRIBED", "", "those that are subscribed"),
    entry("REMOTE", "", "those of other servers, too"),
    entry("RECURSIVEMATCH", "", "with SUBSCRIBED: parents of such mailboxes, too"),
    with("SPECIAL-USE", "SPECIAL-USE", "", "those with a special use"),
];

const LIST_RETURN: &[ArgumentEntry] = &[
    entry("SUBSCRIBED", "", "whether it is subscribed"),
    entry("CHILDREN", "", "whether there are mailboxes below it"),
    with("SPECIAL-USE", "SPECIAL-USE", "", "what it is used for"),
    with("LIST-STATUS", "STATUS", " (item ...)", "STATUS of each"),
    with("LIST-MYRIGHTS", "MYRIGHTS", "", "what one may do there"),
    with("LIST-METADATA", "METADATA", " (entry ...)", "annotations of each"),
];

const SPECIAL_USES: &[ArgumentEntry] = &[
    entry("\\All", "", "all messages"),
    entry("\\Archive", "", "what is kept"),
    entry("\\Drafts", "", "what is being written"),
    entry("\\Flagged", "", "what is important"),
    entry("\\Important", "", "what is likely to matter"),
    entry("\\Junk", "", "junk"),
    entry("\\Sent", "", "what was sent"),
    entry("\\Trash", "", "what was thrown away"),
];

const SORT: &[ArgumentEntry] = &[
    entry("ARRIVAL", "", "when the server got it"),
    entry("DATE", "", "Date"),
    entry("FROM", "", "the first in From, by mail address"),
    entry("TO", "", "the first in To"),
    entry("CC", "", "the first in Cc"),
    entry("SUBJECT", "", "the subject without Re: and the like"),
    entry("SIZE", "", "its octets"),
    entry("REVERSE", " criterion", "the other way round"),
    with("SORT=DISPLAY", "DISPLAYFROM", "", "the first in From, as shown"),
    with("SORT=DISPLAY", "DISPLAYTO", "", "the first in To, as shown"),
];

const THREAD: &[ArgumentEntry] = &[
    with("THREAD=REFERENCES", "REFERENCES", "", "by In-Reply-To and References"),
    with("THREAD=ORDEREDSUBJECT", "ORDEREDSUBJECT", "", "by subject, then date"),
    with("THREAD=REFS", "REFS", "", "by References alone"),
];

const ENABLE: &[ArgumentEntry] = &[
    with("UTF8=ACCEPT", "UTF8=ACCEPT", "", "UTF-8 in names, headers and strings"),
    with("IMAP4rev2", "IMAP4rev2", "", "speak as RFC 9051 says"),
    with("CONDSTORE", "CONDSTORE", "", "tell mod-sequences with each change"),
    with("QRESYNC", "QRESYNC", "", "VANISHED in the place of EXPUNGE"),
    with("UIDONLY", "UIDONLY", "", "no sequence numbers any more"),
];

const NOTIFY_MAILBOXES: &[ArgumentEntry] = &[
    entry("SELECTED", "", "the open one, at once"),
    entry("SELECTED-DELAYED", "", "the open one; EXPUNGE only when asked"),
    entry("INBOXES", "", "all to which mail is delivered"),
    entry("PERSONAL", "", "all of one's own"),
    entry("SUBSCRIBED", "", "all that are subscribed"),
    entry("SUBTREE", " mailbox", "one, and all below it"),
    entry("MAILBOXES", " mailbox", "one, or several in parentheses"),
];

const NOTIFY_EVENTS: &[ArgumentEntry] = &[
    entry("MessageNew", "", "a message came; items may follow in parentheses"),
    entry("MessageExpunge", "", "a message is gone"),
    entry("FlagChange", "", "flags have changed"),
    entry("AnnotationChange", "", "an annotation has changed"),
    entry("MailboxName", "", "a mailbox came, went or was renamed"),
    entry("SubscriptionChange", "", "a subscription came or went"),
    entry("MailboxMetadataChange", "", "metadata of a mailbox have changed"),
    entry("ServerMetadataChange", "", "metadata of the server have changed"),
];

const RIGHTS: &[ArgumentEntry] = &[
    entry("l", "", "the mailbox is listed"),
    entry("r", "", "read it"),
    entry("s", "", "keep \\Seen"),
    entry("w", "", "change other flags"),
    entry("i", "", "APPEND and COPY into it"),
    entry("p", "", "send mail to its address"),
    entry("k", "", "make mailboxes below it"),
    entry("x", "", "DELETE it"),
    entry("t", "", "set \\Deleted"),
    entry("e", "", "EXPUNGE"),
    entry("a", "", "change these rights"),
];

const METADATA: &[ArgumentEntry] = &[
    entry("DEPTH", " n", "entries below it, too: 0, 1 or infinity"),
    entry("MAXSIZE", " octets", "no larger values"),
];
