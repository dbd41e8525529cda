//! Logins that are bound to their TLS connection, over loopback: with rsasl as the server, and with somebody in
//! between.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on ends, in its helpers too")]

#[path = "common/sasl_server.rs"]
mod sasl_server;

use std::sync::Arc;

use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, SupportedProtocolVersion};
use sasl_server::{Bindings, PASSWORD};
use sha2::{Digest, Sha256};
use tayori_client::tls::{Fingerprint, Trust};
use tayori_client::{
    Connection, Connector, Credentials, Error, Identity, LoggedIn, LoginError, LoginFailed, LoginMethod,
    LoginPolicy, Mechanism, Security,
};
use tayori_proto::sasl::{Refusal, ScramHash, ScramRefusal};
use tayori_proto::types::Secret;
use tayori_testkit::peer::Peer;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

const PLUS_256: Mechanism = Mechanism::ScramPlus(ScramHash::Sha256);
const OFFERED: &str = "AUTH=SCRAM-SHA-256-PLUS AUTH=SCRAM-SHA-256 AUTH=PLAIN SASL-IR";

/// What a server shows. It is signed with SHA-256.
struct Shown {
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
}

impl Shown {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let certificate = params.self_signed(&key).unwrap().der().clone();
        Self { certificate, key: PrivatePkcs8KeyDer::from(key.serialize_der()).into() }
    }

    fn trust(&self) -> Trust {
        Trust::Fingerprint(Fingerprint::of_der(&self.certificate))
    }

    async fn accept(&self, listener: &TcpListener, version: Version) -> TlsStream<TcpStream> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[version])
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![self.certificate.clone()], self.key.clone_key())
            .unwrap();
        let (socket, _) = listener.accept().await.unwrap();
        TlsAcceptor::from(Arc::new(config)).accept(socket).await.unwrap()
    }

    /// What the server sees of the connection, by each kind that this version has.
    fn bindings(&self, stream: &TlsStream<TcpStream>) -> Bindings {
        let end_point = ("tls-server-end-point", Sha256::digest(&self.certificate).to_vec());
        let mut bindings = vec![end_point];
        if stream.get_ref().1.protocol_version() == Some(rustls::ProtocolVersion::TLSv1_3) {
            let label = b"EXPORTER-Channel-Binding";
            let exported = stream.get_ref().1.export_keying_material([0; 32], label, None).unwrap();
            bindings.push(("tls-exporter", exported.to_vec()));
        }
        Bindings(bindings)
    }
}

type Version = &'static SupportedProtocolVersion;

async fn listen() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

async fn connect(port: u16, trust: Trust) -> Connection {
    Connector::new().connect("localhost", port, &Security::ImplicitTls(trust.into())).await.unwrap()
}

async fn greet(stream: TlsStream<TcpStream>, offered: &str) -> Peer<TlsStream<TcpStream>> {
    let mut peer = Peer::new(stream);
    peer.say(format!("* OK [CAPABILITY IMAP4rev1 {offered}] ready\r\n")).await;
    peer
}

async fn log_in(connection: Connection, policy: &LoginPolicy) -> Result<LoggedIn, LoginFailed> {
    let password = Secret::new(PASSWORD).unwrap();
    connection.log_in(&Credentials::password(Identity::new("ann").unwrap(), password), policy).await
}

#[tokio::test]
async fn a_login_is_bound_to_the_connection() {
    for (version, kind) in
        [(&rustls::version::TLS13, "tls-exporter"), (&rustls::version::TLS12, "tls-server-end-point")]
    {
        let shown = Shown::new();
        let (listener, port) = listen().await;
        let server = async {
            let stream = shown.accept(&listener, version).await;
            let mut bindings = shown.bindings(&stream);
            // The other kind would not do.
            bindings.0.retain(|(name, _)| *name == kind);
            assert_eq!(bindings.0.len(), 1);
            let mut peer = greet(stream, OFFERED).await;
            sasl_server::authenticate(&mut peer, "ann", bindings, |_, said| said).await
        };
        let client = async { log_in(connect(port, shown.trust()).await, &LoginPolicy::new()).await.unwrap() };
        let (served, logged_in) = tokio::join!(server, client);
        assert_eq!(served, ("SCRAM-SHA-256-PLUS".to_owned(), true));
        assert_eq!(logged_in.method, LoginMethod::Mechanism(PLUS_256));
        assert!(logged_in.server_proved_itself);
    }
}

/// Somebody has got a certificate that the client believes, and hands on what both sides say. The server sees another
/// connection than the client does, and the password stays where it is.
#[tokio::test]
async fn somebody_in_between_gets_no_login() {
    for version in [&rustls::version::TLS13, &rustls::version::TLS12] {
        let (shown, other) = (Shown::new(), Shown::new());
        let (listener, port) = listen().await;
        let (relay_listener, relay_port) = listen().await;
        let server = async {
            let stream = shown.accept(&listener, version).await;
            let bindings = shown.bindings(&stream);
            let mut peer = greet(stream, OFFERED).await;
            sasl_server::authenticate(&mut peer, "ann", bindings, |_, said| said).await
        };
        let relay = async {
            let mut near = other.accept(&relay_listener, version).await;
            let far = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
            let mut far =
                trusting(&shown, version).connect("localhost".try_into().unwrap(), far).await.unwrap();
            let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
        };
        let client = async {
            let failed =
                log_in(connect(relay_port, other.trust()).await, &LoginPolicy::new()).await.unwrap_err();
            let Error::Login(error) = failed.error else { panic!("{:?}", failed.error) };
            let LoginError::Refused { refusal, mechanism, .. } = *error else { panic!("{error:?}") };
            assert_eq!(mechanism, PLUS_256);
            assert_eq!(*refusal, Refusal::Scram(ScramRefusal::ChannelBindingsDontMatch));
        };
        let (served, (), ()) = tokio::join!(server, relay, client);
        assert_eq!(served, ("SCRAM-SHA-256-PLUS".to_owned(), false));
    }
}

/// Somebody in between strikes the bound forms from the list. The server offers them, and hears that its client could
/// have bound: it refuses (RFC 5802 section 6).
#[tokio::test]
async fn an_offer_that_was_cut_is_noticed_by_the_server() {
    let shown = Shown::new();
    let (listener, port) = listen().await;
    let server = async {
        let stream = shown.accept(&listener, &rustls::version::TLS13).await;
        let bindings = shown.bindings(&stream);
        let mut peer = greet(stream, "AUTH=SCRAM-SHA-256 SASL-IR").await;
        sasl_server::authenticate(&mut peer, "ann", bindings, |_, said| said).await
    };
    let client = async {
        log_in(connect(port, shown.trust()).await, &LoginPolicy::new()).await.map(drop).map_err(drop)
    };
    let (served, outcome) = tokio::join!(server, client);
    assert_eq!((served, outcome), (("SCRAM-SHA-256".to_owned(), false), Err(())));
}

/// A `-PLUS` that is refused is not followed by something without, and with a pin nothing without is even begun.
#[tokio::test]
async fn nothing_without_binding_follows_a_refused_one() {
    let shown = Shown::new();
    let (listener, port) = listen().await;
    let server = async {
        let stream = shown.accept(&listener, &rustls::version::TLS13).await;
        let mut peer = greet(stream, OFFERED).await;
        let (tag, command) = peer.command().await;
        assert!(command.starts_with("AUTHENTICATE SCRAM-SHA-256-PLUS "), "{command}");
        peer.answer(&tag, "$ NO not today\r\n").await;
        assert_eq!(peer.rest().await, "");
        let stream = shown.accept(&listener, &rustls::version::TLS13).await;
        let mut peer = greet(stream, "AUTH=SCRAM-SHA-256 AUTH=PLAIN").await;
        assert_eq!(peer.rest().await, "");
    };
    let client = async {
        let policy = LoginPolicy::new().pinned(PLUS_256);
        let failed = log_in(connect(port, shown.trust()).await, &policy).await.unwrap_err();
        assert!(matches!(failed.error, Error::Refused { .. }), "{:?}", failed.error);
        drop(failed.connection.unwrap());
        let failed = log_in(connect(port, shown.trust()).await, &policy).await.unwrap_err();
        let Error::Login(error) = failed.error else { panic!("{:?}", failed.error) };
        let offered = LoginMethod::Mechanism(Mechanism::Scram(ScramHash::Sha256));
        let pinned = LoginMethod::Mechanism(PLUS_256);
        assert_eq!(*error, LoginError::WeakerThanPinned { pinned, offered });
    };
    tokio::join!(server, client);
}

/// A client of the relay's own.
fn trusting(shown: &Shown, version: Version) -> tokio_rustls::TlsConnector {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(shown.certificate.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    Arc::new(config).into()
}
