//! The commands of RFC 9051, of RFC 3501, and of the extensions that add some.

use tayori_proto::command::States;

use super::arguments::Arguments;

/// What is known of a command.
#[derive(Debug)]
pub(crate) struct CommandEntry {
    /// As it is sent, in capitals.
    pub(crate) name: &'static str,
    pub(crate) numbering: Numbering,
    pub(crate) states: States,
    /// Capabilities of which one is enough; `=` at the end stands for any value. None where each server has the
    /// command.
    pub(crate) needs: &'static [&'static str],
    /// What may stand behind the name; one form each.
    pub(crate) grammar: &'static [&'static str],
    /// What is typed: without the tag.
    pub(crate) example: &'static str,
    pub(crate) rfc: &'static str,
    /// What it does: one sentence.
    pub(crate) does: &'static str,
    /// What to watch out for; may be empty.
    pub(crate) caution: &'static str,
    /// Tables of what its arguments are made of.
    pub(crate) arguments: &'static [Arguments],
}

/// What a command names messages by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Numbering {
    /// It names none, or in one way only.
    Fixed,
    /// With `UID` in front by UIDs, without it by sequence numbers.
    UidToo,
}

impl CommandEntry {
    /// The entry of a command: `UID FETCH` has that of `FETCH`.
    pub(crate) fn find(name: &str) -> Option<&'static Self> {
        let mut words = name.split_ascii_whitespace();
        let (first, second) = (words.next()?, words.next());
        if words.next().is_some() {
            return None;
        }
        let is = |entry: &&Self| match second {
            None => entry.name.eq_ignore_ascii_case(first),
            Some(second) if first.eq_ignore_ascii_case("UID") => match entry.numbering {
                Numbering::UidToo => entry.name.eq_ignore_ascii_case(second),
                Numbering::Fixed => {
                    entry.name.strip_prefix("UID ").is_some_and(|name| name.eq_ignore_ascii_case(second))
                }
            },
            Some(_) => false,
        };
        COMMANDS.iter().find(is)
    }

    /// All names by which it is sent.
    pub(crate) fn names(&self) -> impl Iterator<Item = String> {
        let by_uid = (self.numbering == Numbering::UidToo).then(|| format!("UID {}", self.name));
        std::iter::once(self.name.to_owned()).chain(by_uid)
    }
}

const BASE: CommandEntry = CommandEntry {
    name: "",
    numbering: Numbering::Fixed,
    states: States::Any,
    needs: &[],
    grammar: &[""],
    example: "",
    rfc: "",
    does: "",
    caution: "",
    arguments: &[],
};

const ANYWHERE: CommandEntry = BASE;
const BEFORE_LOGIN: CommandEntry = CommandEntry { states: States::NotAuthenticated, ..BASE };
const LOGGED_IN: CommandEntry = CommandEntry { states: States::Authenticated, ..BASE };
const SELECTED: CommandEntry = CommandEntry { states: States::Selected, ..BASE };

/// In the order in which they are used.
pub(crate) const COMMANDS: &[CommandEntry] = &[
    CommandEntry {
        name: "CAPABILITY",
        example: "CAPABILITY",
        rfc: "RFC 9051 section 6.1.1, RFC 3501 section 6.1.1",
        does: "Asks what the server can do.",
        caution: "Ask again after STARTTLS and after logging in: the list may be another one. .caps explains it.",
        ..ANYWHERE
    },
    CommandEntry {
        name: "NOOP",
        example: "NOOP",
        rfc: "RFC 9051 section 6.1.2, RFC 3501 section 6.1.2",
        does: "Does nothing, and lets the server tell its news.",
        caution: "News may be EXPUNGE: sequence numbers behind that message are one less from then on.",
        ..ANYWHERE
    },
    CommandEntry {
        name: "ID",
        needs: &["ID"],
        grammar: &["NIL", "(\"field\" \"value\" ...)"],
        example: "ID (\"name\" \"tayori\")",
        rfc: "RFC 2971 section 3.1",
        does: "Tells who the client is, and asks who the server is.",
        caution: "Some servers write it into their log; there is no need to tell anything (NIL).",
        ..ANYWHERE
    },
    CommandEntry {
        name: "LOGOUT",
        example: "LOGOUT",
        rfc: "RFC 9051 section 6.1.3, RFC 3501 section 6.1.3",
        does: "Says goodbye; the server answers BYE and closes the connection.",
        caution: "Messages marked \\Deleted stay: LOGOUT does not expunge.",
        ..ANYWHERE
    },
    CommandEntry {
        name: "LANGUAGE",
        needs: &["LANGUAGE"],
        grammar: &["", "language ..."],
        example: "LANGUAGE DE",
        rfc: "RFC 5255 section 3.2",
        does: "Chooses the language of the texts that are written for people.",
        caution: "Names of namespaces may change with it.",
        ..ANYWHERE
    },
    CommandEntry {
        name: "STARTTLS",
        needs: &["STARTTLS"],
        example: "STARTTLS",
        rfc: "RFC 9051 section 6.2.1, RFC 3501 section 6.2.1",
        does: "Goes on with TLS on the same connection.",
        caution: "Whatever was said before was not protected: ask for CAPABILITY again.",
        ..BEFORE_LOGIN
    },
    CommandEntry {
        name: "AUTHENTICATE",
        grammar: &["mechanism", "mechanism initial-response   (SASL-IR)"],
        example: "AUTHENTICATE PLAIN",
        rfc: "RFC 9051 section 6.2.2, RFC 3501 section 6.2.2, RFC 4959 section 3",
        does: "Logs in with a SASL mechanism, step by step; AUTH= lists which there are.",
        caution: "Each answer is a line of base64; a line with only * gives up. What is typed is masked.",
        ..BEFORE_LOGIN
    },
    CommandEntry {
        name: "LOGIN",
        grammar: &["user password"],
        example: "LOGIN ann {?}",
        rfc: "RFC 9051 section 6.2.3, RFC 3501 section 6.2.3",
        does: "Logs in with a name and a password.",
        caution: "Without TLS both can be read on the way; with LOGINDISABLED it is refused. {?} asks for the password \
                  without showing it.",
        ..BEFORE_LOGIN
    },
    CommandEntry {
        name: "ENABLE",
        states: States::Unselected,
        needs: &["ENABLE"],
        grammar: &["capability ..."],
        example: "ENABLE CONDSTORE UTF8=ACCEPT",
        rfc: "RFC 9051 section 6.3.1, RFC 5161 section 3.1",
        does: "Turns on what changes how the server speaks.",
        caution: "Only before the first SELECT, and for as long as the connection lasts. With UTF8=ACCEPT or IMAP4rev2, \
                  names of mailboxes travel in UTF-8.",
        arguments: &[Arguments::Enable],
        ..LOGGED_IN
    },
    CommandEntry {
        name: "NAMESPACE",
        needs: &["NAMESPACE"],
        example: "NAMESPACE",
        rfc: "RFC 9051 section 6.3.10, RFC 2342 section 5",
        does: "Asks where one's own, other people's and shared mailboxes begin, and with which delimiter.",
        caution: "The order in the answer is: personal, other users, shared.",
        ..LOGGED_IN
    },
    CommandEntry {
        name: "LIST",
        grammar: &[
            "reference pattern",
            "(selection ...) reference (pattern ...) RETURN (option ...)   (LIST-EXTENDED)",
        ],
        example: "LIST \"\" *",
        rfc: "RFC 9051 section 6.3.9, RFC 3501 section 6.3.8, RFC 5258 section 3",
        does: "Lists mailboxes: * stands for anything, % for anything within one level.",
        caution: "LIST \"\" \"\" asks for the delimiter only. Names are in modified UTF-7 unless UTF-8 is enabled.",
        arguments: &[Arguments::ListSelection, Arguments::ListReturn],
        ..LOGGED_IN
    },
    CommandEntry {
        name: "LSUB",
        grammar: &["reference pattern"],
        example: "LSUB \"\" *",
        rfc: "RFC 3501 section 6.3.9; gone in RFC 9051",
        does: "Lists the names that are subscribed.",
        caution: "A name may have no mailbox any more. In IMAP4rev2 it is LIST (SUBSCRIBED).",
        ..LOGGED_IN
    },
    CommandEntry {
        name: "XLIST",
        needs: &["XLIST", "X-GM-EXT-1"],
        grammar: &["reference pattern"],
        example: "XLIST \"\" *",
        rfc: "none; from before RFC 6154",
        does: "Lists mailboxes with what they are used for.",
        caution: "LIST with RETURN (SPECIAL-USE) has taken its place.",
        ..LOGGED_IN
    },
    CommandEntry {
        name: "STATUS",
        grammar: &["mailbox (item ...)"],
        example: "STATUS INBOX (MESSAGES UNSEEN)",
        rfc: "RFC 9051 section 6.3.11, RFC 3501 section 6.3.10",
        does: "Counts in a mailbox without opening it.",
        caution: "Not for the open mailbox: there the news tell it. It may take the server long; for many mailboxes use \
                  LIST with RETURN (STATUS (...)).",
        arguments: &[Arguments::Status],
        ..LOGGED_IN
    },
    CommandEntry {
        name: "SELECT",
        grammar: &["mailbox", "mailbox (CONDSTORE)", "mailbox (QRESYNC (uidvalidity modseq [uids]))"],
        example: "SELECT INBOX",
        rfc: "RFC 9051 section 6.3.2, RFC 3501 section 6.3.1, RFC 7162 section 3.2.5",
        does: "Opens a mailbox to read and change it.",
        caution: "Closes the one that is open without expunging, also when it fails. It takes \\Recent from the new \
                  messages; EXAMINE leaves it.",
        arguments: &[Arguments::Select],
        ..LOGGED_IN
    },
    CommandEntry {
        name: "EXAMINE",
        grammar: &["mailbox", "mailbox (CONDSTORE)", "mailbox (QRESYNC (uidvalidity modseq [uids]))"],
        example: "EXAMINE INBOX",
        rfc: "RFC 9051 section 6.3.3, RFC 3501 section 6.3.2, RFC 7162 section 3.2.5",
        does: "Opens a mailbox to read only; nothing there changes.",
        caution: "STORE, EXPUNGE and MOVE are refused until SELECT.",
        arguments: &[Arguments::Select],
        ..LOGGED_IN
    },
    CommandEntry {
        name: "CREATE",
        grammar: &["mailbox", "mailbox (USE (\\Sent ...))   (CREATE-SPECIAL-USE)"],
        example: "CREATE Archive/2026",
        rfc: "RFC 9051 section 6.3.4, RFC 3501 section 6.3.3, RFC 6154 section 3",
        does: "Makes a mailbox, and those above it where they are missing.",
        caution: "What stands between levels is the server's choice: LIST \"\" \"\" tells. It is not subscribed by this.",
        arguments: &[Arguments::SpecialUse],
        ..LOGGED_IN
    },
    CommandEntry {
        name: "DELETE",
        grammar: &["mailbox"],
        example: "DELETE Archive/2026",
        rfc: "RFC 9051 section 6.3.5, RFC 3501 section 6.3.4",
        does: "Takes a mailbox away.",
        caution: "With all messages in it, for ever, and without a question. Mailboxes below it stay.",
        ..LOGGED_IN
    },
    CommandEntry {
        name: "RENAME",
        grammar: &["mailbox new-name"],
        example: "RENAME Drafts Drafts-old",
        rfc: "RFC 9051 section 6.3.6, RFC 3501 section 6.3.5",
        does: "Gives a mailbox another name, and those below it with it.",
        caution: "RENAME INBOX moves its messages into a new mailbox and leaves INBOX empty. Subscriptions keep the old \
                  name.",
        ..LOGGED_IN
    },
    CommandEntry {
        name: "SUBSCRIBE",
        grammar: &["mailbox"],
        example: "SUBSCRIBE Archive",
        rfc: "RFC 9051 section 6.3.7, RFC 3501 section 6.3.6",
        does: "Puts a name on the list of subscriptions.",
        caution: "",
        ..LOGGED_IN
    },
    CommandEntry {
        name: "UNSUBSCRIBE",
        grammar: &["mailbox"],
        example: "UNSUBSCRIBE Archive",
        rfc: "RFC 9051 section 6.3.8, RFC 3501 section 6.3.7",
        does: "Takes a name from the list of subscriptions; the mailbox stays.",
        caution: "",
        ..LOGGED_IN
    },
    CommandEntry {
        name: "APPEND",
        grammar: &[
            "mailbox [(flag ...)] [\"date-time\"] literal",
            "mailbox [(flag ...)] [\"date-time\"] UTF8 (~literal)   (UTF8=ACCEPT)",
        ],
        example: "APPEND Drafts (\\Draft) {< mail.eml}",
        rfc: "RFC 9051 section 6.3.12, RFC 3501 section 6.3.11, RFC 3502, RFC 3516 section 4.4",
        does: "Puts a message into a mailbox.",
        caution: "Lines must end in CRLF. A second APPEND of the same message makes a second copy. If the answer is NO \
                  [TRYCREATE], CREATE the mailbox first.",
        arguments: &[Arguments::Flag],
        ..LOGGED_IN
    },
    CommandEntry {
        name: "IDLE",
        needs: &["IDLE"],
        example: "IDLE",
        rfc: "RFC 9051 section 6.3.13, RFC 2177 section 3",
        does: "Waits for news; Enter sends DONE, which ends it.",
        caution: "Nothing else can be sent meanwhile, and a server may end the connection after half an hour.",
        ..LOGGED_IN
    },
    CommandEntry {
        name: "NOTIFY",
        needs: &["NOTIFY"],
        grammar: &["NONE", "SET [STATUS] (mailboxes (event ...)) ..."],
        example: "NOTIFY SET (SELECTED (MessageNew MessageExpunge))",
        rfc: "RFC 5465 section 3.1",
        does: "Chooses what the server tells without being asked, of other mailboxes, too.",
        caution: "It replaces the choice from before; what it does not name is told no longer.",
        arguments: &[Arguments::NotifyMailboxes, Arguments::NotifyEvent],
        ..LOGGED_IN
    },
    CommandEntry {
        name: "COMPRESS",
        needs: &["COMPRESS="],
        grammar: &["DEFLATE"],
        example: "COMPRESS DEFLATE",
        rfc: "RFC 4978 section 3",
        does: "Compresses both directions from the OK on.",
        caution: "It lasts as long as the connection. Under TLS, the size of compressed text can betray what is in it.",
        ..LOGGED_IN
    },
    CommandEntry {
        name: "GETQUOTAROOT",
        needs: &["QUOTA", "QUOTA="],
        grammar: &["mailbox"],
        example: "GETQUOTAROOT INBOX",
        rfc: "RFC 9208 section 4.1.2, RFC 2087 section 4.3",
        does: "Asks which quotas a mailbox is under, and how full they are.",
        caution: "STORAGE counts units of 1024 octets.",
        ..LOGGED_IN
    },
    CommandEntry {
        name: "GETQUOTA",
        needs: &["QUOTA", "QUOTA="],
        grammar: &["root"],
        example: "GETQUOTA \"\"",
        rfc: "RFC 9208 section 4.1.1, RFC 2087 section 4.2",
        does: "Asks how full a quota root is.",
        caution: "The name is one that GETQUOTAROOT has told; it may be empty.",
        ..LOGGED_IN
    },
    CommandEntry {
        name: "SETQUOTA",
        needs: &["QUOTASET", "QUOTA"],
        grammar: &["root (resource limit ...)"],
        example: "SETQUOTA \"\" (STORAGE 51200)",
        rfc: "RFC 9208 section 4.1.3, RFC 2087 section 4.1",
        does: "Sets all limits of a quota root.",
        caution: "A limit that is not listed is taken away. Mostly only an administrator may.",
        ..LOGGED_IN
    },
    CommandEntry {
        name: "MYRIGHTS",
        needs: &["ACL"],
        grammar: &["mailbox"],
        example: "MYRIGHTS INBOX",
        rfc: "RFC 4314 section 3.5",
        does: "Asks what one may do in a mailbox.",
        caution: "",
        arguments: &[Arguments::Right],
        ..LOGGED_IN
    },
    CommandEntry {
        name: "GETACL",
        needs: &["ACL"],
        grammar: &["mailbox"],
        example: "GETACL INBOX",
        rfc: "RFC 4314 section 3.3",
        does: "Asks who may do what in a mailbox.",
        caution: "Needs the right a.",
        arguments: &[Arguments::Right],
        ..LOGGED_IN
    },
    CommandEntry {
        name: "SETACL",
        needs: &["ACL"],
        grammar: &["mailbox identifier rights", "mailbox identifier +rights", "mailbox identifier -rights"],
        example: "SETACL Team bob lrs",
        rfc: "RFC 4314 section 3.1",
        does: "Gives somebody rights in a mailbox.",
        caution: "Without + or - the rights from before are replaced. anyone means everybody.",
        arguments: &[Arguments::Right],
        ..LOGGED_IN
    },
    CommandEntry {
        name: "DELETEACL",
        needs: &["ACL"],
        grammar: &["mailbox identifier"],
        example: "DELETEACL Team bob",
        rfc: "RFC 4314 section 3.2",
        does: "Takes an entry from the access control list of a mailbox.",
        caution: "Without the right a one cannot give it back to oneself.",
        arguments: &[Arguments::Right],
        ..LOGGED_IN
    },
    CommandEntry {
        name: "LISTRIGHTS",
        needs: &["ACL"],
        grammar: &["mailbox identifier"],
        example: "LISTRIGHTS Team bob",
        rfc: "RFC 4314 section 3.4",
        does: "Asks which rights somebody could be given, and which of them go together.",
        caution: "",
        arguments: &[Arguments::Right],
        ..LOGGED_IN
    },
    CommandEntry {
        name: "GETMETADATA",
        needs: &["METADATA", "METADATA-SERVER"],
        grammar: &["mailbox entry", "[(option ...)] mailbox (entry ...)"],
        example: "GETMETADATA INBOX /private/comment",
        rfc: "RFC 5464 section 4.2",
        does: "Reads annotations of a mailbox, or with \"\" those of the server.",
        caution: "Entries begin with /private or /shared.",
        arguments: &[Arguments::Metadata],
        ..LOGGED_IN
    },
    CommandEntry {
        name: "SETMETADATA",
        needs: &["METADATA", "METADATA-SERVER"],
        grammar: &["mailbox (entry value ...)"],
        example: "SETMETADATA INBOX (/private/comment \"mine\")",
        rfc: "RFC 5464 section 4.3",
        does: "Writes annotations of a mailbox, or with \"\" those of the server.",
        caution: "NIL as the value takes the entry away. /shared can be read by others.",
        ..LOGGED_IN
    },
    CommandEntry {
        name: "ESEARCH",
        needs: &["MULTISEARCH"],
        grammar: &["[IN (mailboxes ...)] [RETURN (option ...)] key ..."],
        example: "ESEARCH IN (personal) RETURN (COUNT) UNSEEN",
        rfc: "RFC 7377 section 2.1",
        does: "Searches several mailboxes at once.",
        caution: "Answers name messages by UID.",
        arguments: &[Arguments::SearchReturn, Arguments::Search],
        ..LOGGED_IN
    },
    CommandEntry {
        name: "COMPARATOR",
        needs: &["I18NLEVEL=2"],
        grammar: &["", "comparator ..."],
        example: "COMPARATOR i;unicode-casemap",
        rfc: "RFC 5255 section 4.7",
        does: "Chooses how SEARCH, SORT and THREAD compare text.",
        caution: "",
        ..LOGGED_IN
    },
    CommandEntry {
        name: "GETJMAPACCESS",
        needs: &["JMAPACCESS"],
        example: "GETJMAPACCESS",
        rfc: "RFC 9698",
        does: "Asks for the address at which the same mail can be had by JMAP.",
        caution: "",
        ..LOGGED_IN
    },
    CommandEntry {
        name: "GENURLAUTH",
        needs: &["URLAUTH"],
        grammar: &["url mechanism ..."],
        example: "GENURLAUTH \"imap://ann@example.com/INBOX/;uid=20;urlauth=anonymous\" INTERNAL",
        rfc: "RFC 4467 section 7",
        does: "Makes an address by which somebody else can read one message.",
        caution: "Whoever has the address can read the message.",
        ..LOGGED_IN
    },
    CommandEntry {
        name: "URLFETCH",
        needs: &["URLAUTH"],
        grammar: &["url ..."],
        example: "URLFETCH \"imap://ann@example.com/INBOX/;uid=20\"",
        rfc: "RFC 4467 section 7, RFC 5524 section 3",
        does: "Reads what such an address names.",
        caution: "",
        ..LOGGED_IN
    },
    CommandEntry {
        name: "RESETKEY",
        needs: &["URLAUTH"],
        grammar: &["", "mailbox [mechanism ...]"],
        example: "RESETKEY INBOX",
        rfc: "RFC 4467 section 7",
        does: "Makes all such addresses of a mailbox invalid.",
        caution: "Without a mailbox those of all mailboxes.",
        ..LOGGED_IN
    },
    CommandEntry {
        name: "UNAUTHENTICATE",
        needs: &["UNAUTHENTICATE"],
        example: "UNAUTHENTICATE",
        rfc: "RFC 8437 section 2",
        does: "Goes back to where nobody is logged in, on the same connection.",
        caution: "Closes the open mailbox without expunging; what was enabled is so no longer.",
        ..LOGGED_IN
    },
    CommandEntry {
        name: "FETCH",
        numbering: Numbering::UidToo,
        grammar: &[
            "set item",
            "set (item ...)",
            "set (item ...) (CHANGEDSINCE modseq [VANISHED])   (CONDSTORE)",
        ],
        example: "FETCH 1:3 (FLAGS ENVELOPE)",
        rfc: "RFC 9051 section 6.4.5, RFC 3501 section 6.4.5, RFC 7162 section 3.1.4",
        does: "Reads messages, or parts of them.",
        caution: "BODY[...] and RFC822 set \\Seen; BODY.PEEK[...] does not. * is the last message: 1:* is all.",
        arguments: &[Arguments::FetchMacro, Arguments::Fetch, Arguments::FetchModifier],
        ..SELECTED
    },
    CommandEntry {
        name: "SEARCH",
        numbering: Numbering::UidToo,
        grammar: &["key ...", "CHARSET charset key ...", "RETURN (option ...) key ...   (ESEARCH)"],
        example: "SEARCH UNSEEN FROM \"ann\" SINCE 1-Feb-2026",
        rfc: "RFC 9051 section 6.4.4, RFC 3501 section 6.4.4, RFC 4731 section 3.1",
        does: "Finds messages: all keys together must hold.",
        caution: "Answers are sequence numbers unless it is UID SEARCH. Text that is not ASCII needs CHARSET UTF-8.",
        arguments: &[Arguments::Search, Arguments::SearchReturn],
        ..SELECTED
    },
    CommandEntry {
        name: "STORE",
        numbering: Numbering::UidToo,
        grammar: &["set item (flag ...)", "set (UNCHANGEDSINCE modseq) item (flag ...)   (CONDSTORE)"],
        example: "STORE 1:2 +FLAGS.SILENT (\\Seen)",
        rfc: "RFC 9051 section 6.4.6, RFC 3501 section 6.4.6, RFC 7162 section 3.1.3",
        does: "Changes flags of messages.",
        caution: "FLAGS without + or - replaces all flags. \\Deleted takes a message away at the next EXPUNGE or CLOSE.",
        arguments: &[Arguments::Store, Arguments::Flag],
        ..SELECTED
    },
    CommandEntry {
        name: "COPY",
        numbering: Numbering::UidToo,
        grammar: &["set mailbox"],
        example: "COPY 2:4 Archive",
        rfc: "RFC 9051 section 6.4.7, RFC 3501 section 6.4.7",
        does: "Copies messages into a mailbox.",
        caution: "A second time makes second copies. If the answer is NO [TRYCREATE], CREATE the mailbox first.",
        ..SELECTED
    },
    CommandEntry {
        name: "MOVE",
        numbering: Numbering::UidToo,
        needs: &["MOVE"],
        grammar: &["set mailbox"],
        example: "MOVE 2:4 Archive",
        rfc: "RFC 9051 section 6.4.8, RFC 6851 section 3",
        does: "Copies messages into a mailbox and takes them from this one.",
        caution: "Sequence numbers change while it runs: UID MOVE names what is meant.",
        ..SELECTED
    },
    CommandEntry {
        name: "SORT",
        numbering: Numbering::UidToo,
        needs: &["SORT", "SORT="],
        grammar: &[
            "(criterion ...) charset key ...",
            "RETURN (option ...) (criterion ...) charset key ...   (ESORT)",
        ],
        example: "SORT (REVERSE DATE) UTF-8 ALL",
        rfc: "RFC 5256 section 3, RFC 5267 section 3",
        does: "Finds messages, and lists them in an order.",
        caution: "The charset must be named, also where it is not needed.",
        arguments: &[Arguments::Sort, Arguments::Search],
        ..SELECTED
    },
    CommandEntry {
        name: "THREAD",
        numbering: Numbering::UidToo,
        needs: &["THREAD="],
        grammar: &["algorithm charset key ..."],
        example: "THREAD REFERENCES UTF-8 ALL",
        rfc: "RFC 5256 section 3",
        does: "Finds messages, and shows which of them answer which.",
        caution: "The charset must be named, also where it is not needed.",
        arguments: &[Arguments::Thread, Arguments::Search],
        ..SELECTED
    },
    CommandEntry {
        name: "REPLACE",
        numbering: Numbering::UidToo,
        needs: &["REPLACE"],
        grammar: &["message mailbox [(flag ...)] [\"date-time\"] literal"],
        example: "REPLACE 4 Drafts (\\Draft) {< mail.eml}",
        rfc: "RFC 8508 section 3",
        does: "Puts a message in the place of another one.",
        caution: "The one that is replaced is gone for ever once it has succeeded.",
        arguments: &[Arguments::Flag],
        ..SELECTED
    },
    CommandEntry {
        name: "CHECK",
        example: "CHECK",
        rfc: "RFC 3501 section 6.4.1; gone in RFC 9051",
        does: "Asks the server to put its house in order; what that is, is its business.",
        caution: "It is no way to get news: NOOP is.",
        ..SELECTED
    },
    CommandEntry {
        name: "EXPUNGE",
        example: "EXPUNGE",
        rfc: "RFC 9051 section 6.4.3, RFC 3501 section 6.4.3",
        does: "Removes all messages marked \\Deleted.",
        caution: "For ever, also those that somebody else has marked. UID EXPUNGE says which. Sequence numbers behind each \
                  are one less from then on.",
        ..SELECTED
    },
    CommandEntry {
        name: "UID EXPUNGE",
        needs: &["UIDPLUS"],
        grammar: &["uids"],
        example: "UID EXPUNGE 7:9",
        rfc: "RFC 9051 section 6.4.9, RFC 4315 section 2.1",
        does: "Removes those of these messages that are marked \\Deleted.",
        caution: "For ever.",
        ..SELECTED
    },
    CommandEntry {
        name: "CLOSE",
        example: "CLOSE",
        rfc: "RFC 9051 section 6.4.1, RFC 3501 section 6.4.2",
        does: "Closes the mailbox, and removes all messages marked \\Deleted without a word.",
        caution: "They are gone for ever, unless it was opened with EXAMINE. UNSELECT closes and keeps them.",
        ..SELECTED
    },
    CommandEntry {
        name: "UNSELECT",
        needs: &["UNSELECT"],
        example: "UNSELECT",
        rfc: "RFC 9051 section 6.4.2, RFC 3691 section 2",
        does: "Closes the mailbox and removes nothing.",
        caution: "",
        ..SELECTED
    },
    CommandEntry {
        name: "UIDBATCHES",
        needs: &["UIDBATCHES"],
        grammar: &["size [range]"],
        example: "UIDBATCHES 2000",
        rfc: "RFC 10022",
        does: "Asks how the UIDs of the mailbox fall into batches of this size.",
        caution: "",
        ..SELECTED
    },
    CommandEntry {
        name: "CONVERT",
        numbering: Numbering::UidToo,
        needs: &["CONVERT"],
        grammar: &["set (\"media/type\" (parameters)) BINARY[part]"],
        example: "CONVERT 1 (\"text/plain\" (\"charset\" \"utf-8\")) BINARY[1]",
        rfc: "RFC 5259 section 6",
        does: "Reads a part of a message in another media type.",
        caution: "",
        ..SELECTED
    },
];
