//! What TLS can be asked for beside whom to believe: a certificate of ours, versions, ALPN, sessions that are resumed;
//! and what is told of it afterwards.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on ends, in its helpers too")]

#[path = "common/certificates.rs"]
mod certificates;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use certificates::{Authority, Identity as Server, for_names};
use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion};
use tayori_client::tls::{
    Alpn, Certificate, Fingerprint, Identity, IdentityError, Negotiated, Tls, TlsAlert, TlsError, TlsVersion,
    Trust, Untrusted,
};
use tayori_client::{Arrival, Connector, Error, Fault, Lost, Security};
use tayori_testkit::peer::Peer;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

const TLS12: &[&SupportedProtocolVersion] = &[&rustls::version::TLS12];
const TLS13: &[&SupportedProtocolVersion] = &[&rustls::version::TLS13];

/// A server on a port of its own that speaks TLS from the start.
struct Host {
    listener: TcpListener,
    port: u16,
    acceptor: TlsAcceptor,
}

impl Host {
    async fn new(config: ServerConfig) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        Self { listener, port, acceptor: TlsAcceptor::from(Arc::new(config)) }
    }

    async fn accept(&self) -> std::io::Result<Peer<TlsStream<TcpStream>>> {
        let (socket, _) = self.listener.accept().await?;
        self.acceptor.accept(socket).await.map(Peer::new)
    }

    /// One connection that is used once, and what came of its handshake.
    async fn visit(&self, tls: &Tls) -> Result<Negotiated, Error> {
        let server = async {
            if let Ok(mut peer) = self.accept().await {
                peer.say("* OK ready\r\n").await;
                peer.exchange("NOOP", "$ OK done\r\n").await;
                peer.rest().await;
            }
        };
        let client = async {
            let security = Security::ImplicitTls(tls.clone());
            let mut connection = Connector::new().connect("localhost", self.port, &security).await?;
            connection.noop().await?;
            Ok(connection.tls().unwrap().clone())
        };
        tokio::join!(server, client).1
    }
}

fn server_config(versions: &[&'static SupportedProtocolVersion], server: &Server) -> ServerConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![server.certificate.clone()], server.key.clone_key())
        .unwrap()
}

/// The same, and it wants certificates of this authority.
fn asking(
    versions: &[&'static SupportedProtocolVersion],
    server: &Server,
    authority: &Authority,
) -> ServerConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(authority.issuer.der().clone()).unwrap();
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build().unwrap();
    ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![server.certificate.clone()], server.key.clone_key())
        .unwrap()
}

/// Our certificate and key in files.
struct Ours {
    certificate: PathBuf,
    key: PathBuf,
    fingerprint: Fingerprint,
    key_text: String,
}

impl Ours {
    fn signed_by(authority: &Authority, name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &authority.issuer).unwrap();
        let file = |ending: &str| authority.folder.path().join(format!("{name}.{ending}"));
        fs::write(file("pem"), certificate.pem()).unwrap();
        let key_text = key.serialize_pem();
        private(&file("key"), &key_text);
        let fingerprint = Fingerprint::of_der(certificate.der());
        Self { certificate: file("pem"), key: file("key"), fingerprint, key_text }
    }

    fn read(&self) -> Identity {
        Identity::from_pem_files(&self.certificate, &self.key).unwrap()
    }
}

/// Writes a file that nobody else can read.
fn private(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    mode(path, 0o600);
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[tokio::test]
async fn a_certificate_of_ours_is_shown_to_a_server_that_asks_for_it() {
    let authority = Authority::new();
    let server = authority.sign(for_names(&["localhost"]));
    let ours = Ours::signed_by(&authority, "joe");
    let tls = Tls::new(authority.trust()).identity(ours.read());
    for versions in [TLS12, TLS13] {
        let host = Host::new(asking(versions, &server, &authority)).await;
        host.visit(&tls).await.unwrap();
    }
    // Who does not ask sees none, and is as good.
    let host = Host::new(server_config(rustls::ALL_VERSIONS, &server)).await;
    host.visit(&tls).await.unwrap();
}

/// With TLS 1.2 in the handshake, with TLS 1.3 behind it: the same words.
#[tokio::test]
async fn a_server_that_wants_a_certificate_and_gets_none_says_so() {
    let authority = Authority::new();
    let server = authority.sign(for_names(&["localhost"]));
    let elsewhere = Authority::named("authority of strangers");
    let stranger = Ours::signed_by(&elsewhere, "eve");
    for versions in [TLS12, TLS13] {
        let host = Host::new(asking(versions, &server, &authority)).await;
        let none = host.visit(&Tls::new(authority.trust())).await.unwrap_err();
        let other = host.visit(&Tls::new(authority.trust()).identity(stranger.read())).await.unwrap_err();
        let alert = |error: &Error| match error {
            Error::Tls(TlsError::Alert { alert, .. }) | Error::Lost(Lost::Alert(alert)) => alert.clone(),
            other => panic!("{other:?}"),
        };
        for error in [&none, &other] {
            assert_eq!(error.fault(), Fault::Refused, "{error}");
        }
        assert!(matches!(alert(&other), TlsAlert::CertificateRefused(_)), "{other:?}");
        assert_eq!(alert(&none), TlsAlert::CertificateRequired);
    }
}

#[test]
fn a_key_is_read_from_a_file_that_is_closed_to_others() {
    let authority = Authority::new();
    let ours = Ours::signed_by(&authority, "joe");
    assert_eq!(ours.read().certificate().unwrap().fingerprint, ours.fingerprint);
    for open in [0o640, 0o604, 0o620, 0o644] {
        mode(&ours.key, open);
        let error = Identity::from_pem_files(&ours.certificate, &ours.key).unwrap_err();
        let IdentityError::OpenToOthers { path, mode } = &error else { panic!("{error:?}") };
        assert_eq!((path, *mode), (&ours.key, open));
    }
    mode(&ours.key, 0o400);
    ours.read();
    // The certificate is no secret, and both may be in one file.
    let both = authority.folder.path().join("both.pem");
    private(&both, &format!("{}{}", ours.key_text, fs::read_to_string(&ours.certificate).unwrap()));
    Identity::from_pem_files(&both, &both).unwrap();
}

#[test]
fn what_is_no_certificate_or_no_key_is_named() {
    let authority = Authority::new();
    let ours = Ours::signed_by(&authority, "joe");
    let other = Ours::signed_by(&authority, "ann");
    let file = |name: &str, text: &str| {
        let path = authority.folder.path().join(name);
        private(&path, text);
        path
    };
    let of = |certificate: &Path, key: &Path| Identity::from_pem_files(certificate, key).unwrap_err();

    let missing = authority.folder.path().join("missing");
    assert!(matches!(of(&missing, &ours.key), IdentityError::Unreadable { path, .. } if path == missing));
    assert!(
        matches!(of(&ours.certificate, &missing), IdentityError::Unreadable { path, .. } if path == missing)
    );
    let folder = authority.folder.path();
    assert!(matches!(of(&ours.certificate, folder), IdentityError::NotAFile { path } if path == folder));
    assert!(matches!(of(&ours.certificate, &other.key), IdentityError::NotTogether));
    for text in ["", "nothing", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        let key = file("text.key", text);
        assert!(
            matches!(of(&ours.certificate, &key), IdentityError::Key { path, .. } if path == key),
            "{text}"
        );
    }
    for text in ["", "nothing", &ours.key_text] {
        let certificate = file("text.pem", text);
        let error = of(&certificate, &ours.key);
        assert!(matches!(error, IdentityError::Certificate { path, .. } if path == certificate), "{text}");
    }
    let encrypted = [
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n\
         -----END RSA PRIVATE KEY-----\n",
    ];
    for text in encrypted {
        let key = file("encrypted.key", text);
        assert!(matches!(of(&ours.certificate, &key), IdentityError::Encrypted { path } if path == key));
    }
}

/// No octet of it, in whatever form.
#[test]
fn a_key_is_never_shown() {
    let authority = Authority::new();
    let ours = Ours::signed_by(&authority, "joe");
    let tls = Tls::new(authority.trust()).identity(ours.read());
    let shown = format!("{tls:?} {:?}", Security::ImplicitTls(tls.clone()));
    assert!(shown.contains(&ours.fingerprint.to_string()), "{shown}");
    for line in ours.key_text.lines().filter(|line| !line.starts_with("-----")) {
        assert!(!shown.contains(&line[..8]), "{shown}");
    }
    // A key that cannot be read is not shown either.
    let torn = authority.folder.path().join("torn.key");
    private(&torn, &ours.key_text.replace("M", "!"));
    let error = Identity::from_pem_files(&ours.certificate, &torn).unwrap_err().to_string();
    assert_eq!(error, format!("cannot use the key file {}: it is not PEM", torn.display()));
}

#[tokio::test]
async fn an_older_version_than_is_wanted_is_refused() {
    let authority = Authority::new();
    let server = authority.sign(for_names(&["localhost"]));
    let old = Host::new(server_config(TLS12, &server)).await;
    let new = Host::new(server_config(TLS13, &server)).await;
    let any = Tls::new(authority.trust());
    assert_eq!(old.visit(&any).await.unwrap().version, TlsVersion::Tls12);
    assert_eq!(new.visit(&any).await.unwrap().version, TlsVersion::Tls13);
    let strict = Tls::new(authority.trust()).minimum(TlsVersion::Tls13);
    assert_eq!(new.visit(&strict).await.unwrap().version, TlsVersion::Tls13);
    let error = old.visit(&strict).await.unwrap_err();
    assert_eq!(error.to_string(), "localhost does not speak TLS 1.3 or anything newer");
    assert_eq!(error.fault(), Fault::Refused);
}

#[tokio::test]
async fn the_protocol_is_named_where_it_is_asked_for() {
    let authority = Authority::new();
    let server = authority.sign(for_names(&["localhost"]));
    let named = Tls::new(authority.trust()).alpn(Alpn::Imap);
    for (offered, unnamed_alpn, named_alpn) in [
        (&[][..], Ok(None), Ok(None)),
        (&["imap"], Ok(None), Ok(Some("imap"))),
        (
            &["http/1.1"],
            Ok(None),
            Err("localhost does not take the protocol name \"imap\" in the TLS handshake (ALPN)"),
        ),
    ] {
        let mut config = server_config(rustls::ALL_VERSIONS, &server);
        config.alpn_protocols = offered.iter().map(|name| name.as_bytes().to_vec()).collect();
        let host = Host::new(config).await;
        for (tls, expected) in [(Tls::new(authority.trust()), unnamed_alpn), (named.clone(), named_alpn)] {
            let alpn = host.visit(&tls).await.map(|tls| tls.alpn).map_err(|error| error.to_string());
            let expected = expected.map(|name| name.map(str::to_owned)).map_err(str::to_owned);
            assert_eq!(alpn, expected, "{offered:?}");
        }
    }
}

#[tokio::test]
async fn connections_with_the_same_settings_resume_their_sessions() {
    let authority = Authority::new();
    let server = authority.sign(for_names(&["localhost"]));
    for versions in [TLS12, TLS13] {
        let host = Host::new(server_config(versions, &server)).await;
        let tls = Tls::new(authority.trust());
        let first = host.visit(&tls).await.unwrap();
        let second = host.visit(&tls.clone()).await.unwrap();
        assert_eq!((first.resumed, second.resumed), (false, true));
        assert_eq!(second.certificates, first.certificates, "they are those that were proved");
    }
}

/// Other settings are other proofs: under none of them is a session resumed that was made under others.
#[tokio::test]
async fn no_session_is_resumed_under_other_settings() {
    let authority = Authority::new();
    let server = authority.sign(for_names(&["localhost"]));
    let ours = Ours::signed_by(&authority, "joe");
    let host = Host::new(server_config(rustls::ALL_VERSIONS, &server)).await;
    let tls = Tls::new(authority.trust());
    host.visit(&tls).await.unwrap();
    let others = [
        Tls::new(authority.trust()),
        Tls::new(Trust::Fingerprint(server.fingerprint())),
        tls.clone().minimum(TlsVersion::Tls13),
        tls.clone().alpn(Alpn::Imap),
        tls.clone().identity(ours.read()),
    ];
    for other in others {
        assert!(!host.visit(&other).await.unwrap().resumed, "{other:?}");
    }
    // With a certificate of ours, never.
    let identified = tls.clone().identity(ours.read());
    for _ in 0..2 {
        assert!(!host.visit(&identified).await.unwrap().resumed);
    }
    assert!(host.visit(&tls).await.unwrap().resumed, "the sessions of the first are still there");
}

#[tokio::test]
async fn what_was_negotiated_is_told() {
    let authority = Authority::new();
    let server = authority.sign(for_names(&["localhost", "127.0.0.1", "*.example.org"]));
    let host = Host::new(server_config(TLS13, &server)).await;
    let told = host.visit(&Tls::new(authority.trust())).await.unwrap();
    assert_eq!(told.version.to_string(), "TLS 1.3");
    assert!(told.cipher_suite.starts_with("TLS_") && !told.cipher_suite.contains("13"), "{told:?}");
    assert_eq!((told.key_exchange.as_deref(), told.resumed), (Some("X25519"), false));
    let certificate = told.certificate().unwrap();
    assert_eq!(certificate.fingerprint, server.fingerprint());
    assert_eq!(certificate.names, ["localhost", "127.0.0.1", "*.example.org"]);
    assert!(certificate.issuer.contains("CN=authority of a test"), "{certificate:?}");
    assert_eq!(certificate.key.to_string(), "EC, 256 bits");
    assert_eq!(certificate.signature.to_string(), "ECDSA with SHA-256");
    assert!(certificate.days_left(std::time::SystemTime::now()) > 0);
    assert!(!certificate.is_self_issued && !certificate.is_authority && !certificate.key.is_weak());
}

#[tokio::test]
async fn the_steps_of_connecting_are_timed() {
    let authority = Authority::new();
    let server = authority.sign(for_names(&["localhost"]));
    let host = Host::new(server_config(TLS13, &server)).await;
    let security = Security::ImplicitTls(authority.trust().into());
    let server = async { host.accept().await.unwrap().say("* OK ready\r\n").await };
    let client = Connector::new().connect("localhost", host.port, &security);
    let ((), connection) = tokio::join!(server, client);
    let connection = connection.unwrap();
    let arrival = connection.arrival();
    assert_eq!(arrival.peer.unwrap().port(), host.port);
    let times = arrival.times;
    let done = [times.look_up, times.connect, times.tls, times.greeting].map(|time| time.is_some());
    assert_eq!((done, times.start_tls), ([true; 4], None));
}

/// Who explains why there is no connection can say what there was before it broke off.
#[tokio::test]
async fn a_connection_that_fails_tells_how_far_it_has_come() {
    let authority = Authority::new();
    let server = authority.sign(for_names(&["localhost"]));
    let host = Host::new(server_config(TLS13, &server)).await;
    let security = Security::ImplicitTls(authority.trust().into());
    let mut arrival = Arrival::default();

    let server = async { host.accept().await.unwrap().say("* BYE not today\r\n").await };
    let client = Connector::new().connect_noting("localhost", host.port, &security, &mut arrival);
    let ((), outcome) = tokio::join!(server, client);
    assert!(matches!(outcome, Err(Error::Lost(_))), "{outcome:?}");
    let peer = arrival.peer.unwrap();
    assert!(arrival.addresses.contains(&peer));
    assert!(arrival.tls.is_some() && arrival.times.tls.is_some());
    assert_eq!(arrival.times.greeting, None);

    // Nobody believes this one: TCP there was, and no TLS. What was told before is gone.
    let another = Authority::new();
    let security = Security::ImplicitTls(another.trust().into());
    let client = Connector::new().connect_noting("localhost", host.port, &security, &mut arrival);
    let (_, outcome) = tokio::join!(host.accept(), client);
    assert!(matches!(outcome, Err(Error::Tls(_))), "{outcome:?}");
    assert_eq!(arrival.peer, Some(peer));
    assert_eq!((arrival.tls, arrival.times.tls), (None, None));
}

/// A person decides, with what the certificate says at hand; nothing but the handshake was sent by then.
#[tokio::test]
async fn a_certificate_can_be_trusted_on_first_use_by_naming_it() {
    let server = Server::self_signed(for_names(&["localhost"]));
    let host = Host::new(server_config(rustls::ALL_VERSIONS, &server)).await;
    let error = host.visit(&Tls::new(Authority::new().trust())).await.unwrap_err();
    let Error::Tls(error) = error else { panic!("{error:?}") };
    let (fingerprint, certificate) = error.first_use().unwrap();
    assert_eq!(fingerprint, server.fingerprint());
    assert_eq!(certificate.unwrap().names, ["localhost"]);
    host.visit(&Tls::new(Trust::Fingerprint(fingerprint))).await.unwrap();

    // From then on another one is no first use.
    let other = Server::self_signed(for_names(&["localhost"]));
    let host = Host::new(server_config(rustls::ALL_VERSIONS, &other)).await;
    let error = host.visit(&Tls::new(Trust::Fingerprint(fingerprint))).await.unwrap_err();
    let Error::Tls(error) = error else { panic!("{error:?}") };
    assert_eq!(error.first_use(), None);
}

/// Made with openssl: an authority, and certificates that it has signed in ways that are broken.
#[tokio::test]
async fn weak_keys_and_signatures_have_their_own_reasons() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/certificates");
    for (name, reason) in [
        ("sha1", "it was signed in a way that is broken (RSA with SHA-1)"),
        ("md5", "it was signed in a way that is broken (RSA with MD5)"),
        ("rsa1024", "its key is too weak (RSA, 1024 bits)"),
        ("weak-authority", "its key is too weak (RSA, 1024 bits)"),
    ] {
        let (chain, key) = (folder.join(format!("{name}.pem")), folder.join(format!("{name}.key")));
        let host = Host::new(shown::config(&chain, &key)).await;
        let error = host.visit(&Tls::new(Trust::CaFile(folder.join("ca.pem")))).await.unwrap_err();
        let Error::Tls(TlsError::Untrusted { reason: found, certificate, .. }) = &error else {
            panic!("{name}: {error:?}")
        };
        assert_eq!((found.to_string().as_str(), error.fault()), (reason, Fault::Trust), "{name}");
        assert!(certificate.is_some());
        // A fingerprint names a certificate whoever signed it; a key that proves nothing stays one.
        let pinned = Tls::new(Trust::Fingerprint(certificate.as_ref().unwrap().fingerprint));
        match (name, host.visit(&pinned).await) {
            ("rsa1024", Err(Error::Tls(TlsError::Untrusted { reason: Untrusted::WeakKey { .. }, .. }))) => {}
            ("rsa1024", other) => panic!("{other:?}"),
            (_, pinned) => drop(pinned.unwrap()),
        }
    }
    let good = folder.join("good.pem");
    let host = Host::new(shown::config(&good, &folder.join("good.key"))).await;
    host.visit(&Tls::new(Trust::CaFile(folder.join("ca.pem")))).await.unwrap();
}

/// A server that shows any certificate, also one whose key the TLS library does not take.
mod shown {
    use super::*;

    use rustls::pki_types::pem::PemObject as _;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    use rustls::sign::{CertifiedKey, Signer, SigningKey, SingleCertAndKey};
    use rustls::{SignatureAlgorithm, SignatureScheme};

    pub(super) fn config(chain: &Path, key: &Path) -> ServerConfig {
        let chain: Vec<_> = CertificateDer::pem_file_iter(chain).unwrap().map(Result::unwrap).collect();
        assert!(Certificate::from_der(&chain[0]).is_some());
        let provider = rustls::crypto::ring::default_provider();
        let key = PrivateKeyDer::from_pem_file(key).unwrap();
        let key = provider.key_provider.load_private_key(key).unwrap_or_else(|_| Arc::new(Nobody));
        ServerConfig::builder_with_provider(Arc::new(provider))
            .with_protocol_versions(rustls::ALL_VERSIONS)
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(CertifiedKey::new(chain, key))))
    }

    /// Signs with noise: the client must have stopped before it matters.
    #[derive(Debug)]
    struct Nobody;

    impl SigningKey for Nobody {
        fn choose_scheme(&self, _: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
            Some(Box::new(Self))
        }

        fn algorithm(&self) -> SignatureAlgorithm {
            SignatureAlgorithm::RSA
        }
    }

    impl Signer for Nobody {
        fn sign(&self, _: &[u8]) -> Result<Vec<u8>, rustls::Error> {
            Ok(vec![7; 128])
        }

        fn scheme(&self) -> SignatureScheme {
            SignatureScheme::RSA_PSS_SHA256
        }
    }
}
