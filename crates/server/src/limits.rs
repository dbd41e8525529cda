use std::num::NonZeroU32;
use std::time::Duration;

/// What a client may cost the server, whatever it sends. Each has its reason.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// Connections at a time. One more is told so and closed.
    pub connections: usize,
    /// Octets of one command without the message of an `APPEND`: a set of ten thousand UIDs has 100 KB.
    pub command_octets: usize,
    /// Octets of a literal that is not the message of an `APPEND`: a search string, a name, a password.
    pub literal_octets: usize,
    /// Octets of a message that is appended.
    pub message_octets: u64,
    /// Messages that one command may be about (RFC 9738), but for EXPUNGE and CLOSE; `None` for any number. Clients
    /// expect a thousand or more.
    pub command_messages: Option<NonZeroU32>,
    /// Messages that a SEARCH, SORT or THREAD looks at until the client is told that it goes on (RFC 9585). To read so
    /// many takes seconds.
    pub progress_messages: NonZeroU32,
    /// Commands in a second. Who sends more is made to wait, so that a client that has run wild costs little.
    pub commands_per_second: u32,
    /// Commands in a row that could not be read, after which a client is no IMAP client.
    pub bad_commands: u32,
    /// Logins of one connection that may fail.
    pub failed_logins: u32,
    /// How long an answer to a wrong password takes, so that passwords cannot be tried fast.
    pub failed_login_delay: Duration,
    /// From the first octet to a login, handshake and all. A person at a terminal needs a minute or two.
    pub login: Duration,
    /// Until the next command has come whole (RFC 9051 section 5.4: not below 30 minutes).
    pub silence: Duration,
    /// How long a client may leave what it asked for untaken.
    pub stall: Duration,
    /// Names in the store of a client that wants to be told what happens to its mailboxes (RFC 5465): they are kept in
    /// mind for each connection, with some 300 octets each.
    pub watched_names: usize,
    /// How long connections may go on when the server is told to end.
    pub farewell: Duration,
}

/// Items of one FETCH, each of which can be a look at a whole message. Nobody asks for a thousand parts in one go.
pub(crate) const FETCH_ITEMS: usize = 1000;

/// Keys of one SEARCH, each of which can be a search through every message. A person writes ten, a program a hundred.
pub(crate) const SEARCH_KEYS: usize = 1000;

/// Messages of one APPEND, which are kept aside until the last one has come. mbsync and others send one at a time.
pub(crate) const APPEND_MESSAGES: usize = 1000;

/// Patterns of one LIST, each of which is compared with every name. A person has some ten folders to ask for by name.
pub(crate) const LIST_PATTERNS: usize = 100;

/// Entries of one GETMETADATA or SETMETADATA, each of which is compared with all that there are. A mailbox has as many
/// at most.
pub(crate) const METADATA_ENTRIES: usize = 100;

/// Groups of events of one NOTIFY, each of which is compared with every name. There are seven kinds.
pub(crate) const NOTIFY_GROUPS: usize = 100;

/// Octets of one header that SEARCH and THREAD look at. What people look for stands in front of that, and a header is
/// held in memory.
pub(crate) const HEADER_OCTETS: u64 = 1 << 20;

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 100,
            command_octets: 1 << 20,
            literal_octets: 16 << 10,
            message_octets: 256 << 20,
            command_messages: None,
            progress_messages: const { NonZeroU32::new(10_000).expect("it is not 0") },
            commands_per_second: 2000,
            bad_commands: 20,
            failed_logins: 3,
            failed_login_delay: Duration::from_secs(1),
            login: Duration::from_secs(5 * 60),
            silence: Duration::from_secs(31 * 60),
            stall: Duration::from_secs(60),
            watched_names: 10_000,
            farewell: Duration::from_secs(2),
        }
    }
}
