/// What a client has said that it understands. It changes what the client is told from then on, and nothing takes it
/// back (RFC 5161 section 3.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Enabled {
    /// Rows that nobody asked for tell UIDs and mod-sequences (RFC 7162 sections 3.1 and 3.2.4).
    pub(crate) condstore: bool,
    /// `VANISHED` takes the place of `EXPUNGE` (RFC 7162 section 3.2.10).
    pub(crate) qresync: bool,
}

impl Enabled {
    /// The same, and mod-sequences.
    pub(crate) fn with_condstore(self) -> Self {
        Self { condstore: true, ..self }
    }
}
