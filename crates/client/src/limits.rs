//! Bounds on time and on what a peer can make us keep.

use std::time::Duration;

/// How long to wait for what.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Timeouts {
    /// For the name look-up and the TCP connection.
    ///
    /// 30 seconds: three lost SYNs cost 21.
    pub connect: Duration,
    /// For the TLS handshake, and for the greeting in front of STARTTLS.
    pub handshake: Duration,
    /// For the next octet while the server owes an answer, or its greeting.
    ///
    /// 3 minutes: servers take their time for a SEARCH or for opening a huge mailbox, and a client that gives up
    /// sooner makes them start over.
    pub silence: Duration,
    /// For the answer to LOGOUT. It changes nothing, so it is worth little time.
    pub logout: Duration,
    /// How long one IDLE lasts before it is ended and asked for again; 29 minutes at most, and less with a server that
    /// is known to break the connection sooner.
    ///
    /// 28 minutes: a server may log out whoever idles for longer than its timeout, which is 30 minutes at least. RFC
    /// 2177 section 3 advises 29; a minute less leaves room for a slow line. A network that forgets quiet connections
    /// sooner needs less.
    pub idle: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(30),
            handshake: Duration::from_secs(30),
            silence: Duration::from_secs(180),
            logout: Duration::from_secs(2),
            idle: Duration::from_secs(28 * 60),
        }
    }
}

/// How long a login waits for a Kerberos ticket for the server, which the library of the system gets from the realm.
///
/// One minute: with one server of the realm that does not answer the library gives up by itself after half of that.
#[cfg(feature = "gssapi")]
pub(crate) const KERBEROS_TICKET: Duration = Duration::from_secs(60);

/// Octets of a first token of Kerberos that are sent with AUTHENTICATE itself; a longer one waits for the server's
/// challenge.
///
/// A server need not take lines of more than 8192 octets (RFC 7162 section 4), of which base64 leaves three quarters.
/// Tickets of realms that write groups into them are longer; the answer to a challenge may be.
#[cfg(feature = "gssapi")]
pub(crate) const INITIAL_TOKEN_OCTETS: usize = 4 << 10;

/// Octets of one challenge of GSSAPI, as of any mechanism. A server's token has some hundred, its offer fewer.
#[cfg(any(feature = "gssapi", test))]
pub(crate) const GSSAPI_CHALLENGE_OCTETS: usize = 8 << 10;

/// What one connection may cost.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// Bounds of the protocol layer.
    pub protocol: tayori_proto::Limits,
    /// Octets that are read and thrown away for answers that nobody wants any more, one after the other, before the
    /// connection is closed instead.
    ///
    /// 4 MiB arrive sooner than a new connection with its login stands.
    pub drain_octets: u64,
    /// Responses that a collecting call (LIST, SEARCH, ...) keeps; more end the call with an error.
    pub collected_responses: usize,
    /// Octets of the responses that a collecting call keeps; more end the call with an error.
    ///
    /// 64 MiB are a million mailboxes with their attributes.
    pub collected_octets: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            protocol: tayori_proto::Limits::default(),
            drain_octets: 4 << 20,
            collected_responses: 1 << 20,
            collected_octets: 64 << 20,
        }
    }
}
