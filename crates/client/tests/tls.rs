//! TLS and STARTTLS over loopback, with certificates made for each test: who is believed, and what is said when not.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on ends, in its helpers too")]

#[path = "common/certificates.rs"]
mod certificates;

use std::sync::Arc;
use std::time::Duration;

use certificates::{Authority, Identity, for_names};
use rcgen::{BasicConstraints, ExtendedKeyUsagePurpose, IsCa, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use tayori_client::raw::{RawConnection, RawEvent};
use tayori_client::tls::{Fingerprint, Tls, TlsError, Trust, Untrusted};
use tayori_client::{
    Connector, Credentials, Error, Fault, LoginPolicy, Lost, Observer, Security, Shown, Stage, Timeouts,
};
use tayori_proto::session::{ClearError, Violation};
use tayori_proto::types::{Capability, Secret};
use tayori_proto::wire::Frame;
use tayori_testkit::peer::Peer;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

const GREETING: &str = "* OK ready\r\n";

/// Of a server that takes LOGIN and nothing else.
const GREETING_WITH_LOGIN: &str = "* OK [CAPABILITY IMAP4rev1] ready\r\n";

async fn listen() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

async fn accept(listener: &TcpListener) -> Peer<TcpStream> {
    Peer::new(listener.accept().await.unwrap().0)
}

/// Connects to a server with this identity that speaks TLS from the start, and uses the connection once.
async fn connect(identity: &Identity, trust: Trust) -> Result<(), Error> {
    connect_with(identity.acceptor(rustls::ALL_VERSIONS), trust).await
}

async fn connect_with(acceptor: TlsAcceptor, trust: Trust) -> Result<(), Error> {
    let (listener, port) = listen().await;
    let security = Security::ImplicitTls(trust.into());
    let server = async {
        let (socket, _) = listener.accept().await.unwrap();
        if let Ok(stream) = acceptor.accept(socket).await {
            let mut peer = Peer::new(stream);
            peer.say(GREETING).await;
            peer.exchange("NOOP", "$ OK done\r\n").await;
            assert_eq!(peer.rest().await, "", "a connection that is dropped sends nothing");
        }
    };
    let client = async {
        let mut connection = Connector::new().connect("localhost", port, &security).await?;
        connection.noop().await
    };
    tokio::join!(server, client).1
}

/// Why the certificate was refused, and which it was.
#[track_caller]
fn untrusted(outcome: Result<(), Error>) -> (Untrusted, Fingerprint) {
    let error = outcome.expect_err("the certificate must not be accepted");
    assert_eq!(error.fault(), Fault::Trust, "{error}");
    match error {
        Error::Tls(TlsError::Untrusted { host, reason, fingerprint: Some(fingerprint), .. }) => {
            assert_eq!(host, "localhost");
            (reason, fingerprint)
        }
        other => panic!("another error: {other:?}"),
    }
}

#[tokio::test]
async fn a_certificate_of_the_given_authority_is_believed() {
    let authority = Authority::new();
    let server = authority.sign(for_names(&["localhost"]));
    connect(&server, authority.trust()).await.unwrap();
}

#[tokio::test]
async fn tls_1_2_alone_is_enough() {
    let authority = Authority::new();
    let server = authority.sign(for_names(&["localhost"]));
    connect_with(server.acceptor(&[&rustls::version::TLS12]), authority.trust()).await.unwrap();
    let pinned = Trust::Fingerprint(server.fingerprint());
    connect_with(server.acceptor(&[&rustls::version::TLS12]), pinned).await.unwrap();
}

#[tokio::test]
async fn a_certificate_for_other_names_is_refused_with_these_names() {
    let authority = Authority::new();
    let server = authority.sign(for_names(&["mail.example.org", "127.0.0.1", "*.example.net"]));
    let outcome = connect(&server, authority.trust()).await;
    let (reason, fingerprint) = untrusted(outcome);
    let presented = ["mail.example.org", "127.0.0.1", "*.example.net"].map(str::to_owned).to_vec();
    assert_eq!(reason, Untrusted::Name { presented });
    assert_eq!(fingerprint, server.fingerprint());
    assert_eq!(
        reason.to_string(),
        "it is for mail.example.org, 127.0.0.1, *.example.net, not for the name that was asked for"
    );
}

/// The authorities of these tests all have the same name: what counts is the key that signed.
#[tokio::test]
async fn a_certificate_of_an_unknown_authority_is_refused_with_its_fingerprint() {
    let server = Authority::new().sign(for_names(&["localhost"]));
    let (reason, fingerprint) = untrusted(connect(&server, Authority::new().trust()).await);
    assert_eq!((reason, fingerprint), (Untrusted::Issuer, server.fingerprint()));
}

#[tokio::test]
async fn a_certificate_that_signed_itself_is_refused_with_its_fingerprint() {
    let server = Identity::self_signed(for_names(&["localhost"]));
    let (reason, fingerprint) = untrusted(connect(&server, Authority::new().trust()).await);
    assert_eq!((reason, fingerprint), (Untrusted::SelfSigned, server.fingerprint()));
}

#[tokio::test]
async fn a_certificate_of_another_time_is_refused() {
    let authority = Authority::new();
    let mut params = for_names(&["localhost"]);
    params.not_before = date_time_ymd(2001, 1, 1);
    params.not_after = date_time_ymd(2002, 1, 1);
    let outcome = connect(&authority.sign(params.clone()), authority.trust()).await;
    let (reason, _) = untrusted(outcome);
    let Untrusted::Expired { dates } = &reason else { panic!("{reason:?}") };
    let (end, now) = (dates.limit.unwrap(), dates.now);
    assert_eq!(end.to_string(), "2002-01-01 00:00:00 UTC");
    let shown = format!("it has expired: its time ended at {end}, and the clock here says {now}");
    assert_eq!(reason.to_string(), shown);

    params.not_before = date_time_ymd(3001, 1, 1);
    params.not_after = date_time_ymd(3002, 1, 1);
    let outcome = connect(&authority.sign(params), authority.trust()).await;
    let (reason, _) = untrusted(outcome);
    let Untrusted::NotYetValid { dates } = &reason else { panic!("{reason:?}") };
    let (begin, now) = (dates.limit.unwrap(), dates.now);
    assert_eq!(begin.to_string(), "3001-01-01 00:00:00 UTC");
    let shown = format!("it is not valid yet: its time begins at {begin}, and the clock here says {now}");
    assert_eq!(reason.to_string(), shown);
}

#[tokio::test]
async fn a_certificate_that_is_not_for_servers_is_refused() {
    let authority = Authority::new();
    let mut params = for_names(&["localhost"]);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let outcome = connect(&authority.sign(params), authority.trust()).await;
    assert_eq!(untrusted(outcome).0, Untrusted::Purpose);
}

/// What `openssl req -x509` makes: it signs itself and is an authority. Given as the CA file, it is still none for a
/// server; its fingerprint is the way.
#[tokio::test]
async fn an_authority_that_poses_as_a_server_is_refused() {
    let mut params = for_names(&["localhost"]);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.extended_key_usages.clear();
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, certificate.pem()).unwrap();
    let server = Identity::new(certificate.der().clone(), &key);
    let (reason, fingerprint) = untrusted(connect(&server, Trust::CaFile(file)).await);
    assert_eq!((reason, fingerprint), (Untrusted::SelfSigned, server.fingerprint()));
    connect(&server, Trust::Fingerprint(server.fingerprint())).await.unwrap();
}

#[tokio::test]
async fn a_fingerprint_names_one_certificate_and_no_other() {
    let mut params = for_names(&["elsewhere.example"]);
    params.not_after = date_time_ymd(2002, 1, 1);
    let server = Identity::self_signed(params);
    connect(&server, Trust::Fingerprint(server.fingerprint())).await.unwrap();

    let other = Identity::self_signed(for_names(&["localhost"]));
    let outcome = connect(&other, Trust::Fingerprint(server.fingerprint())).await;
    let (reason, fingerprint) = untrusted(outcome);
    assert_eq!((reason, fingerprint), (Untrusted::Fingerprint, other.fingerprint()));
}

/// Whoever shows a certificate must hold its key: somebody in between can copy the certificate, and nothing more.
#[tokio::test]
async fn a_certificate_is_worth_nothing_without_its_key() {
    let authority = Authority::new();
    let server = authority.sign(for_names(&["localhost"]));
    let thief = Identity::self_signed(for_names(&["localhost"]));
    let posing = Identity { certificate: server.certificate.clone(), key: thief.key };
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let provider = rustls::crypto::ring::default_provider();
        let key = provider.key_provider.load_private_key(posing.key.clone_key()).unwrap();
        let certified = rustls::sign::CertifiedKey::new(vec![posing.certificate.clone()], key);
        let config = ServerConfig::builder_with_provider(Arc::new(provider))
            .with_protocol_versions(&[version])
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(rustls::sign::SingleCertAndKey::from(certified)));
        let acceptor = TlsAcceptor::from(Arc::new(config));
        for trust in [Trust::Fingerprint(server.fingerprint()), authority.trust()] {
            let outcome = connect_with(acceptor.clone(), trust).await;
            assert_eq!(untrusted(outcome), (Untrusted::Key, server.fingerprint()));
        }
    }
}

#[tokio::test]
async fn a_ca_file_has_to_hold_certificates() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    std::fs::write(file("empty"), "").unwrap();
    std::fs::write(file("text"), "not a certificate\n").unwrap();
    std::fs::write(file("torn"), "-----BEGIN CERTIFICATE-----\nMIIB\n").unwrap();
    std::fs::write(file("other"), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap();
    std::fs::create_dir(file("folder")).unwrap();
    for name in ["missing", "empty", "text", "torn", "other", "folder"] {
        // Found out before anybody is connected to: nobody listens on this port.
        let security = Security::ImplicitTls(Trust::CaFile(file(name)).into());
        let error = Connector::new().connect("localhost", 1, &security).await.map(drop).unwrap_err();
        match &error {
            Error::Tls(TlsError::CaFile { path, detail }) => {
                assert_eq!(*path, file(name));
                assert!(!detail.is_empty());
            }
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_host_has_to_be_a_name_or_an_address() {
    for host in ["", "a b", "exa\u{7}mple"] {
        let security = Security::ImplicitTls(Trust::System.into());
        let error = Connector::new().connect(host, 1, &security).await.map(drop).unwrap_err();
        assert!(matches!(error, Error::Tls(TlsError::HostName { .. })), "{error:?}");
    }
}

#[tokio::test]
async fn a_port_on_which_nobody_listens_is_unreachable() {
    let (listener, port) = listen().await;
    drop(listener);
    let error = Connector::new().connect("127.0.0.1", port, &Security::None).await.map(drop).unwrap_err();
    assert_eq!(error.fault(), Fault::Network);
    assert!(matches!(&error, Error::Unreachable { host, port: p, .. } if host == "127.0.0.1" && *p == port));
}

#[tokio::test]
async fn a_server_without_tls_on_a_tls_port_is_named() {
    let authority = Authority::new();
    let (listener, port) = listen().await;
    let security = Security::ImplicitTls(authority.trust().into());
    let server = async {
        let mut peer = accept(&listener).await;
        peer.say(GREETING).await;
        peer.rest().await;
    };
    let client = Connector::new().connect("localhost", port, &security);
    let error = tokio::join!(server, async { client.await.map(drop) }).1.unwrap_err();
    assert!(matches!(&error, Error::Tls(TlsError::NotTls { host }) if host == "localhost"), "{error:?}");
    assert_eq!(error.fault(), Fault::Network);
}

#[tokio::test]
async fn a_server_that_leaves_during_the_handshake_is_a_fault_of_the_network() {
    let authority = Authority::new();
    let (listener, port) = listen().await;
    let security = Security::ImplicitTls(authority.trust().into());
    let server = async {
        let mut socket = listener.accept().await.unwrap().0;
        let _ = socket.read(&mut [0; 16 << 10]).await;
    };
    let client = Connector::new().connect("localhost", port, &security);
    let error = tokio::join!(server, async { client.await.map(drop) }).1.unwrap_err();
    assert!(matches!(error, Error::Tls(TlsError::Io { .. })), "{error:?}");
    assert_eq!(error.fault(), Fault::Network);
}

#[tokio::test]
async fn a_server_that_is_silent_in_the_handshake_is_given_up_in_time() {
    let authority = Authority::new();
    let (listener, port) = listen().await;
    let security = Security::ImplicitTls(authority.trust().into());
    let server = async {
        let mut peer = accept(&listener).await;
        // From here on, time passes as soon as nobody has anything to do.
        tokio::time::pause();
        peer.rest().await;
    };
    let client = Connector::new().connect("localhost", port, &security);
    let error = tokio::join!(server, async { client.await.map(drop) }).1.unwrap_err();
    let after = Duration::from_secs(30);
    assert!(
        matches!(error, Error::TimedOut { stage: Stage::Handshake, after: limit } if limit == after),
        "{error:?}"
    );
}

/// Upgrades the connection on which `before` has been heard and said, and plays the server inside of TLS.
async fn upgrade(peer: Peer<TcpStream>, identity: &Identity) -> Peer<TlsStream<TcpStream>> {
    assert_eq!(heard_in_clear(&peer), "STARTTLS\r\n");
    let acceptor = identity.acceptor(rustls::ALL_VERSIONS);
    Peer::new(acceptor.accept(peer.into_stream()).await.unwrap())
}

/// What the client sent in the clear, without its tag.
fn heard_in_clear(peer: &Peer<TcpStream>) -> String {
    let heard = String::from_utf8(peer.all_heard().to_vec()).unwrap();
    heard.split_once(' ').map_or(heard.clone(), |(_, rest)| rest.to_owned())
}

fn credentials() -> Credentials {
    let password = Secret::new("a password that nobody sees").unwrap();
    Credentials::password(tayori_client::Identity::new("joe").unwrap(), password)
}

/// What is heard before TLS may come from anybody, so none of it is kept: neither what the greeting offers nor what
/// stands in front of or in the answer to STARTTLS (facts of the attacks: capabilities, alerts).
#[tokio::test]
async fn nothing_heard_before_tls_is_kept() {
    let authority = Authority::new();
    let identity = authority.sign(for_names(&["localhost"]));
    let (listener, port) = listen().await;
    let security = Security::StartTls(authority.trust().into());
    let server = async {
        let mut peer = accept(&listener).await;
        peer.say("* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED X-CLEAR] ready\r\n").await;
        let tag = peer.expect("STARTTLS").await;
        peer.answer(
            &tag,
            "* CAPABILITY IMAP4rev1 X-CLEAR AUTH=PLAIN\r\n* OK [ALERT] send money\r\n\
             $ OK [CAPABILITY IMAP4rev1 X-CLEAR] begin\r\n",
        )
        .await;
        let mut peer = upgrade(peer, &identity).await;
        peer.exchange("CAPABILITY", "* CAPABILITY IMAP4rev1 X-TLS\r\n$ OK done\r\n").await;
        let login = "LOGIN joe \"a password that nobody sees\"";
        peer.exchange(login, "$ OK [CAPABILITY IMAP4rev1 X-USER] hello\r\n").await;
        peer.exchange("LOGOUT", "* BYE bye\r\n$ OK done\r\n").await;
        peer.rest().await;
    };
    let client = async {
        let mut connection = Connector::new().connect("localhost", port, &security).await.unwrap();
        let capabilities = connection.capabilities().await.unwrap();
        assert!(capabilities.has(&Capability::try_from("X-TLS").unwrap()));
        assert!(!capabilities.has(&Capability::try_from("X-CLEAR").unwrap()));
        let session = connection.log_in(&credentials(), &LoginPolicy::new()).await.unwrap().session;
        session.logout().await.unwrap();
    };
    tokio::join!(server, client);
}

/// LOGOUT without waiting ends as every session should: with TLS's own goodbye, and behind the server's answer.
#[tokio::test]
async fn leaving_says_goodbye_in_tls_too() {
    let authority = Authority::new();
    let identity = authority.sign(for_names(&["localhost"]));
    let (listener, port) = listen().await;
    let security = Security::ImplicitTls(authority.trust().into());
    let server = async {
        let acceptor = identity.acceptor(rustls::ALL_VERSIONS);
        let (socket, _) = listener.accept().await.unwrap();
        let mut peer = Peer::new(acceptor.accept(socket).await.unwrap());
        peer.say(GREETING_WITH_LOGIN).await;
        peer.exchange("LOGIN joe \"a password that nobody sees\"", "$ OK hello\r\n").await;
        peer.exchange("LOGOUT", "* BYE bye\r\n$ OK done\r\n").await;
        // Without the goodbye this is an error.
        peer.into_stream().read_to_end(&mut Vec::new()).await.unwrap()
    };
    let client = async {
        let connection = Connector::new().connect("localhost", port, &security).await.unwrap();
        connection.log_in(&credentials(), &LoginPolicy::new()).await.unwrap().session.leave().await.unwrap();
    };
    let (heard, ()) = tokio::join!(server, client);
    assert_eq!(heard, 0);
}

/// STARTTLS is sent whether or not it was offered: an offer can be taken away by somebody in between.
#[tokio::test]
async fn starttls_is_asked_for_without_an_offer() {
    let authority = Authority::new();
    let identity = authority.sign(for_names(&["localhost"]));
    let (listener, port) = listen().await;
    let security = Security::StartTls(authority.trust().into());
    let server = async {
        let mut peer = accept(&listener).await;
        peer.say("* OK [CAPABILITY IMAP4rev1] ready\r\n").await;
        peer.exchange("STARTTLS", "$ OK begin\r\n").await;
        upgrade(peer, &identity).await.rest().await
    };
    let client = async { Connector::new().connect("localhost", port, &security).await.map(drop) };
    let (heard, connected) = tokio::join!(server, client);
    connected.unwrap();
    assert_eq!(heard, "", "nothing is sent by itself");
}

/// What the server says in front of TLS, and how it ends. `None` closes the connection without an answer.
async fn refused_upgrade(greeting: &str, answer: Option<&str>) -> (Error, String) {
    let authority = Authority::new();
    let (listener, port) = listen().await;
    let security = Security::StartTls(authority.trust().into());
    let server = async {
        let mut peer = accept(&listener).await;
        peer.say(greeting).await;
        if let Some(answer) = answer {
            peer.exchange("STARTTLS", answer).await;
            peer.rest().await;
        }
        heard_in_clear(&peer)
    };
    let client = Connector::new().connect("localhost", port, &security);
    let (heard, outcome) = tokio::join!(server, async { client.await.map(drop) });
    (outcome.expect_err("there is no TLS"), heard)
}

#[tokio::test]
async fn without_a_clean_answer_to_starttls_nothing_more_is_sent() {
    let refused = [
        ("$ NO not now\r\n", ClearError::Refused),
        ("$ BAD what\r\n", ClearError::Refused),
        ("$ OK begin\r\n\r", ClearError::OctetsBehindAnswer),
        ("$ OK begin\r\n* CAPABILITY IMAP4rev1\r\n", ClearError::OctetsBehindAnswer),
        ("$ OK begin\r\n* OK [ALERT] hello\r\n$ OK twice\r\n", ClearError::OctetsBehindAnswer),
        ("* BYE gone\r\n", ClearError::Bye),
    ];
    for (answer, expected) in refused {
        let (error, heard) = refused_upgrade(GREETING, Some(answer)).await;
        assert!(matches!(error, Error::StartTls(found) if found == expected), "{answer:?}: {error:?}");
        assert_eq!(heard, "STARTTLS\r\n", "{answer:?}");
    }
}

#[tokio::test]
async fn without_an_ordinary_greeting_starttls_is_not_even_asked_for() {
    let refused = [
        ("* PREAUTH welcome back\r\n", ClearError::PreAuth),
        ("* BYE too many connections\r\n", ClearError::Bye),
        ("* NO we are closed\r\n", ClearError::Greeting),
        ("* CAPABILITY IMAP4rev1\r\n", ClearError::Greeting),
        ("HTTP/1.1 400 Bad Request\r\n", ClearError::Greeting),
        ("+ OK\r\n", ClearError::Greeting),
        ("", ClearError::Ended),
        ("* OK not a whole li", ClearError::Ended),
    ];
    for (greeting, expected) in refused {
        let (error, heard) = refused_upgrade(greeting, None).await;
        assert!(matches!(error, Error::StartTls(found) if found == expected), "{greeting:?}: {error:?}");
        assert_eq!(heard, "", "{greeting:?}");
    }
}

/// A tag can be guessed only by luck; even then the answer counts for nothing if it came before the question.
#[tokio::test]
async fn a_greeting_with_more_behind_it_is_not_taken_for_an_answer() {
    let (error, heard) = refused_upgrade("* OK ready\r\n* OK a OK b\r\nA0 OK begin\r\n", None).await;
    assert!(matches!(error, Error::StartTls(ClearError::Ended) | Error::Lost(Lost::Io(_))), "{error:?}");
    assert!(heard.is_empty() || heard == "STARTTLS\r\n");
}

#[tokio::test]
async fn a_server_that_is_silent_before_tls_is_given_up_in_time() {
    for greeting in ["", GREETING] {
        let authority = Authority::new();
        let (listener, port) = listen().await;
        let security = Security::StartTls(authority.trust().into());
        let server = async {
            let mut peer = accept(&listener).await;
            peer.say(greeting).await;
            if !greeting.is_empty() {
                peer.expect("STARTTLS").await;
            }
            tokio::time::pause();
            peer.rest().await;
        };
        let client = Connector::new().connect("localhost", port, &security);
        let error = tokio::join!(server, async { client.await.map(drop) }).1.unwrap_err();
        let after = Duration::from_secs(30);
        assert!(
            matches!(error, Error::TimedOut { stage: Stage::StartTls, after: limit } if limit == after),
            "{error:?}"
        );
        tokio::time::resume();
    }
}

#[tokio::test]
async fn a_wrong_certificate_behind_starttls_is_refused_before_the_password() {
    let authority = Authority::new();
    let identity = Authority::new().sign(for_names(&["localhost"]));
    let (listener, port) = listen().await;
    let security = Security::StartTls(authority.trust().into());
    let server = async {
        let mut peer = accept(&listener).await;
        peer.say(GREETING).await;
        peer.exchange("STARTTLS", "$ OK begin\r\n").await;
        let _ = identity.acceptor(rustls::ALL_VERSIONS).accept(peer.into_stream()).await;
    };
    let client = Connector::new().connect("localhost", port, &security);
    let outcome = tokio::join!(server, async { client.await.map(drop) }).1;
    assert_eq!(untrusted(outcome), (Untrusted::Issuer, identity.fingerprint()));
}

/// Shows every octet of the dialogue; the password is not among what it sees.
#[derive(Clone, Default)]
struct Transcript(Arc<std::sync::Mutex<Vec<u8>>>);

impl Transcript {
    fn note(&self, way: &[u8], pieces: &[Shown<'_>]) {
        let mut text = self.0.lock().unwrap();
        text.extend_from_slice(way);
        for piece in pieces {
            match piece {
                Shown::Text(octets) | Shown::Literal { octets, .. } => text.extend_from_slice(octets),
                Shown::Secret => text.extend_from_slice(b"***"),
            }
        }
    }
}

impl Observer for Transcript {
    fn sent(&mut self, pieces: &[Shown<'_>]) {
        self.note(b"C: ", pieces);
    }

    fn received(&mut self, pieces: &[Shown<'_>]) {
        self.note(b"S: ", pieces);
    }
}

#[tokio::test]
async fn the_dialogue_is_shown_from_the_first_octet_without_the_password() {
    let authority = Authority::new();
    let identity = authority.sign(for_names(&["localhost"]));
    let (listener, port) = listen().await;
    let security = Security::StartTls(authority.trust().into());
    let server = async {
        let mut peer = accept(&listener).await;
        peer.say(GREETING).await;
        peer.exchange("STARTTLS", "$ OK begin\r\n").await;
        let mut peer = upgrade(peer, &identity).await;
        peer.exchange("CAPABILITY", "* CAPABILITY IMAP4rev1\r\n$ OK done\r\n").await;
        peer.exchange("LOGIN joe \"a password that nobody sees\"", "$ OK hello\r\n").await;
        peer.rest().await;
    };
    let transcript = Transcript::default();
    let client = async {
        let connector = Connector::new().observe(Box::new(transcript.clone()));
        let connection = connector.connect("localhost", port, &security).await.unwrap();
        connection.log_in(&credentials(), &LoginPolicy::new()).await.unwrap();
    };
    tokio::join!(server, client);
    let text = String::from_utf8(transcript.0.lock().unwrap().clone()).unwrap();
    let lines: Vec<&str> =
        text.lines().map(|line| line.split_once(' ').map_or(line, |(_, rest)| rest)).collect();
    let without_tag = |line: &str| line.split_once(' ').map_or(String::new(), |(_, rest)| rest.to_owned());
    assert_eq!(lines.len(), 8, "{text}");
    assert_eq!(lines[0], "* OK ready");
    assert_eq!(without_tag(lines[1]), "STARTTLS");
    assert_eq!(without_tag(lines[2]), "OK begin");
    assert_eq!(without_tag(lines[3]), "CAPABILITY");
    assert_eq!(lines[4], "* CAPABILITY IMAP4rev1");
    assert_eq!(without_tag(lines[5]), "OK done");
    assert_eq!(without_tag(lines[6]), "LOGIN \"joe\" ***");
    assert_eq!(without_tag(lines[7]), "OK hello");
}

/// Connects without any security to a server that greets like this.
async fn greeted_in_clear(greeting: &[u8]) -> Error {
    let (listener, port) = listen().await;
    let server = async {
        let mut peer = accept(&listener).await;
        peer.say(greeting).await;
        peer.rest().await
    };
    let client = Connector::new().connect("127.0.0.1", port, &Security::None);
    let (heard, outcome) = tokio::join!(server, async { client.await.map(drop) });
    assert_eq!(heard, "", "nothing is sent to a server like this");
    outcome.expect_err("nobody can believe this greeting")
}

#[tokio::test]
async fn without_tls_nobody_is_believed_to_be_logged_in_already() {
    let error = greeted_in_clear(b"* PREAUTH welcome back\r\n").await;
    assert!(matches!(error, Error::Lost(Lost::Violation(Violation::PreAuthInClear))), "{error:?}");
    assert_eq!(error.fault(), Fault::Protocol);
}

#[tokio::test]
async fn a_first_line_that_is_no_greeting_ends_the_connection() {
    for greeting in
        ["HTTP/1.1 400 Bad Request\r\n", "* NO\r\n", "+ go ahead\r\n", "220 smtp ESMTP\r\n", "* 3 EXISTS\r\n"]
    {
        let error = greeted_in_clear(greeting.as_bytes()).await;
        assert!(
            matches!(error, Error::Lost(Lost::Violation(Violation::Greeting))),
            "{greeting:?}: {error:?}"
        );
    }
}

#[tokio::test]
async fn a_server_that_accepts_and_says_nothing_is_given_up_in_time() {
    let (listener, port) = listen().await;
    let server = async {
        let mut peer = accept(&listener).await;
        tokio::time::pause();
        peer.rest().await;
    };
    let mut timeouts = Timeouts::default();
    timeouts.silence = Duration::from_secs(7);
    let client = Connector::new().timeouts(timeouts).connect("127.0.0.1", port, &Security::None);
    let error = tokio::join!(server, async { client.await.map(drop) }).1.unwrap_err();
    let seven = Duration::from_secs(7);
    assert!(
        matches!(error, Error::Lost(Lost::Silent { after, literal: None }) if after == seven),
        "{error:?}"
    );
}

/// The next line that the server says.
async fn raw_line(connection: &mut RawConnection) -> String {
    loop {
        match connection.next().await.unwrap() {
            RawEvent::Frame(Frame::Piece { bytes, .. }) => {
                return String::from_utf8_lossy(&bytes).into_owned();
            }
            RawEvent::Sent => {}
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn by_hand_the_same_servers_are_believed() {
    let authority = Authority::new();
    let identity = authority.sign(for_names(&["localhost"]));
    let (listener, port) = listen().await;
    for (trust, believed) in [(authority.trust(), true), (Authority::new().trust(), false)] {
        let acceptor = identity.acceptor(rustls::ALL_VERSIONS);
        let server = async {
            let (socket, _) = listener.accept().await.unwrap();
            if let Ok(stream) = acceptor.accept(socket).await {
                Peer::new(stream).say(GREETING).await;
            }
        };
        let (tls, timeouts) = (Tls::new(trust), Timeouts::default());
        let client = RawConnection::connect_tls("localhost", port, &tls, &timeouts);
        let ((), connected) = tokio::join!(server, client);
        match connected {
            Ok(mut connection) => {
                assert_eq!((raw_line(&mut connection).await.as_str(), true), (GREETING, believed))
            }
            Err(error) => assert_eq!((error.fault(), false), (Fault::Trust, believed)),
        }
    }
}

#[tokio::test]
async fn by_hand_starttls_changes_the_stream_in_its_place() {
    let authority = Authority::new();
    let identity = authority.sign(for_names(&["localhost"]));
    let (listener, port) = listen().await;
    let server = async {
        let mut peer = accept(&listener).await;
        peer.say(GREETING).await;
        peer.exchange("STARTTLS", "$ OK begin\r\n").await;
        let mut peer = upgrade(peer, &identity).await;
        peer.exchange("NOOP", "$ OK [ALERT] through TLS\r\n").await;
        peer.rest().await
    };
    let client = async {
        let timeouts = Timeouts::default();
        let mut connection = RawConnection::connect("localhost", port, &timeouts).await.unwrap();
        assert_eq!(raw_line(&mut connection).await, GREETING);
        connection.send(b"a1 STARTTLS\r\n");
        assert_eq!(raw_line(&mut connection).await, "a1 OK begin\r\n");
        connection.start_tls("localhost", &authority.trust().into(), &timeouts).await.unwrap();
        connection.send(b"a2 NOOP\r\n");
        assert_eq!(raw_line(&mut connection).await, "a2 OK [ALERT] through TLS\r\n");
    };
    assert_eq!(tokio::join!(server, client).0, "");
}
