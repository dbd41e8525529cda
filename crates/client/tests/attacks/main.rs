//! The attacks on IMAP clients, by number and by class: each with an attacker who follows a script, at the level of
//! what a program that uses this library sees. `docs/security.md` has the same list, and what is done about each.
//!
//! The numbers are those of the table there: 1 to 12 are from "Why TLS Is Better Without STARTTLS" (Poddebniak, Ising,
//! Böck, Schinzel, USENIX Security 2021), 13 and 14 from faults that were found since.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on ends, in its helpers too")]

#[path = "../common/certificates.rs"]
mod certificates;
mod classes;
mod numbered;
mod on_server;

use tayori_client::{
    Connection, Connector, Credentials, Error, LoginFailed, LoginPolicy, Security, Session, Transport,
};
use tayori_proto::types::Secret;
use tayori_testkit::peer::Peer;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::server::TlsStream;

use certificates::{Authority, Identity, for_names};

const GREETING: &str = "* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n";
const PASSWORD: &str = "a password that nobody sees";

/// Logs in as anybody would.
async fn log_in(connection: Connection) -> Result<Session, LoginFailed> {
    log_in_as(connection, "joe", PASSWORD).await
}

async fn log_in_as(connection: Connection, user: &str, password: &str) -> Result<Session, LoginFailed> {
    let user = tayori_client::Identity::new(user).unwrap();
    let credentials = Credentials::password(user, Secret::new(password).unwrap());
    connection.log_in(&credentials, &LoginPolicy::new()).await.map(|logged_in| logged_in.session)
}

/// A server for `localhost` that is believed, and whoever stands in front of it.
struct Scene {
    authority: Authority,
    identity: Identity,
    listener: TcpListener,
    port: u16,
}

impl Scene {
    async fn new() -> Self {
        let authority = Authority::new();
        let identity = authority.sign(for_names(&["localhost"]));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        Self { authority, identity, listener, port }
    }

    fn starttls(&self) -> Security {
        Security::StartTls(self.authority.trust().into())
    }

    fn implicit(&self) -> Security {
        Security::ImplicitTls(self.authority.trust().into())
    }

    async fn accept(&self) -> Peer<TcpStream> {
        Peer::new(self.listener.accept().await.unwrap().0)
    }

    /// Real TLS from here on.
    async fn upgrade(&self, peer: Peer<TcpStream>) -> Peer<TlsStream<TcpStream>> {
        let acceptor = self.identity.acceptor(rustls::ALL_VERSIONS);
        Peer::new(acceptor.accept(peer.into_stream()).await.unwrap())
    }

    /// A client that connects like this and logs in, and an attacker; what the client got, and all that it sent.
    async fn attack(
        &self,
        security: Security,
        attacker: impl AsyncFnOnce(&mut Peer<TcpStream>),
    ) -> (Result<Session, Error>, String) {
        let attacker = async {
            let mut peer = self.accept().await;
            attacker(&mut peer).await;
            peer.rest().await;
            String::from_utf8_lossy(peer.all_heard()).into_owned()
        };
        let client = async {
            let connection = Connector::new().connect("localhost", self.port, &security).await?;
            log_in(connection).await.map_err(|failed| failed.error)
        };
        let (heard, outcome) = tokio::join!(attacker, client);
        assert!(!heard.contains(PASSWORD), "the password was sent: {heard}");
        (outcome, heard)
    }
}

/// A session that is logged in, with a server in memory.
async fn session(capabilities: &str) -> (Session, Peer) {
    let (ours, mut peer) = Peer::pair(1 << 20);
    let connect = Connector::new().connect_over(ours, Transport::Trusted);
    let greeting = format!("* PREAUTH [CAPABILITY IMAP4rev1 {capabilities}] welcome\r\n");
    let (connection, ()) = tokio::join!(connect, peer.say(greeting));
    (connection.unwrap().into_preauthenticated().unwrap(), peer)
}
