/// What a client has said that it understands. It changes what the client is told from then on, and nothing takes it
/// back (RFC 5161 section 3.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Enabled {
    /// Rows that nobody asked for tell UIDs and mod-sequences (RFC 7162 sections 3.1 and 3.2.4).
    pub(crate) condstore: bool,
    /// `VANISHED` takes the place of `EXPUNGE` (RFC 7162 section 3.2.10).
    pub(crate) qresync: bool,
    /// Messages have no numbers any more: `UIDFETCH` and `VANISHED` take the place of `FETCH` and `EXPUNGE` (RFC 9586
    /// section 3).
    pub(crate) uid_only: bool,
    /// `IMAP4rev2` (RFC 9051): there is no `\Recent`.
    pub(crate) rev2: bool,
}

impl Enabled {
    /// The same, and mod-sequences.
    pub(crate) fn with_condstore(self) -> Self {
        Self { condstore: true, ..self }
    }

    /// Whether what is gone is told by UID.
    pub(crate) fn tells_vanished(self) -> bool {
        self.qresync || self.uid_only
    }

    /// Whether a row that nobody asked for has its UID as an item: not where that is its key already.
    pub(crate) fn adds_uid(self) -> bool {
        self.condstore && !self.uid_only
    }
}
