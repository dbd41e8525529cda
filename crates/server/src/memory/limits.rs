/// What a store in memory may cost, whatever its users put into it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MemoryLimits {
    /// Octets of all messages together, with some for what is kept beside each. Copies of a message share its octets
    /// and count all the same.
    pub octets: u64,
    /// Names of mailboxes, and as many subscriptions.
    pub mailboxes: usize,
    /// Octets of a name. Longer ones make listings that no client expects.
    pub name_octets: usize,
    /// Different keywords in one mailbox. Each client that selects it is told of all, and a message may have all of
    /// them, which its octets do not count.
    pub keywords: usize,
    /// Octets of a keyword, which is told with each message that has it. Those that programs make have some twenty.
    pub keyword_octets: usize,
    /// Identifiers in the access control list of one mailbox, the owner's included.
    pub identifiers: usize,
    /// Octets of an identifier. It is the name of a user or a group.
    pub identifier_octets: usize,
    /// Entries of metadata of one mailbox, or of the server. RFC 5464 section 4.1 wants ten.
    pub metadata_entries: usize,
    /// Octets of the value of one, which is held in memory and counts as a message does. RFC 5464 section 4.1 wants
    /// 1024.
    pub metadata_octets: usize,
}

impl Default for MemoryLimits {
    fn default() -> Self {
        Self {
            octets: 1 << 30,
            mailboxes: 10_000,
            name_octets: 1000,
            keywords: 200,
            keyword_octets: 250,
            identifiers: 100,
            identifier_octets: 250,
            metadata_entries: 100,
            metadata_octets: 8 << 10,
        }
    }
}
