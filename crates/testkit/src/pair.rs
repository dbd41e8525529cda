//! The server's half of a pair in memory: a client under test talks to the server of this project, without a port.
//!
//! The client's half is an ordinary stream, so nothing here has to know a client:
//!
//! ```text
//! Host::connect --> DuplexStream --> Connector::connect_over(stream, Transport::Trusted)
//! ```

use tayori_proto::sasl::{Credentials, Identity};
use tayori_proto::types::{ImapString, Secret, UidValidity};
use tayori_server::memory::{MemoryLimits, MemoryStore};
use tayori_server::store::Store;
use tayori_server::{Conducts, Logins, Options, Privacy, Server};
use tokio::io::DuplexStream;

/// A server with one user, and the store behind it, which a test can change past all sessions.
pub struct Host<S: Store = MemoryStore> {
    server: Server<S>,
    store: S,
}

/// Room in a pair in which nothing has to wait.
pub const ROOMY: usize = 1 << 20;

impl Host {
    /// A server over an empty store in memory.
    pub fn new() -> Self {
        Self::with(memory_store(), Options::default())
    }

    /// The same, which behaves unlike the standard: see [`crate::persona`].
    pub fn behaving(conducts: Conducts) -> Self {
        let mut options = Options::default();
        options.conducts = Some(conducts);
        Self::with(memory_store(), options)
    }
}

impl Default for Host {
    fn default() -> Self {
        Self::new()
    }
}

impl<S: Store + Clone> Host<S> {
    /// A server over this store, of which clones are the same store.
    pub fn with(store: S, options: Options) -> Self {
        // Both are plain words.
        let password = Secret::new(PASSWORD).expect("the password holds no NUL");
        Self { server: Server::new(Logins::one(USER, &password, store.clone()), options), store }
    }
}

impl<S: Store> Host<S> {
    /// A connection to it, served by a task of the current runtime until this end is dropped. No read or write moves
    /// more than `piece` octets.
    pub fn connect(&self, piece: usize) -> DuplexStream {
        let (ours, theirs) = tokio::io::duplex(piece);
        let server = self.server.clone();
        tokio::spawn(async move { server.serve(theirs, Privacy::Private).await });
        ours
    }

    /// The store.
    pub fn store(&self) -> &S {
        &self.store
    }
}

/// An empty store of the host's user, whose first mailbox has the UID validity 7.
pub fn memory_store() -> MemoryStore {
    let validity = UidValidity::new(7).expect("7 is not 0");
    MemoryStore::new(validity, MemoryLimits::default()).owned_by(USER)
}

pub(crate) const USER: &str = "ann";
const PASSWORD: &str = "secret";

/// What the user logs in with.
pub fn credentials() -> Credentials {
    Credentials::password(Identity::new(USER).expect("the name is a plain word"), password())
}

/// The user's name.
pub fn user() -> ImapString {
    ImapString::new(USER).expect("the name holds no NUL")
}

/// The user's password.
pub fn password() -> Secret {
    Secret::new(PASSWORD).expect("the password holds no NUL")
}
