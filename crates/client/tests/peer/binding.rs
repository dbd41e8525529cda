//! Logins that are bound to their TLS connection, at a server that can do that, and with somebody in between.

use std::fs;
use std::sync::Arc;

use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tayori_client::tls::{Fingerprint, TlsVersion, Trust};
use tayori_client::{
    Connector, Error, LoginError, LoginFailed, LoginMethod, LoginPolicy, Mechanism, Security, StatusAttribute,
};
use tayori_proto::response::ResponseCode;
use tayori_proto::sasl::ScramHash;
use tayori_proto::types::MailboxName;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::server::{Peer, peer, skip};

const BOUND: Mechanism = Mechanism::ScramPlus(ScramHash::Sha256);
const UNBOUND: Mechanism = Mechanism::Scram(ScramHash::Sha256);

/// A server whose offer is meant.
fn binding() -> Option<&'static Peer> {
    let peer = peer()?;
    if !peer.binds() {
        skip("the server binds no logins");
        return None;
    }
    Some(peer)
}

#[tokio::test]
async fn a_login_is_bound_by_itself() {
    let Some(peer) = binding() else { return };
    let accounts = [&peer.user, peer.odd.as_ref().unwrap()];
    for (port, security) in [
        (peer.imaps_port, Security::ImplicitTls(peer.ca().into())),
        (peer.imap_port, Security::StartTls(peer.ca().into())),
    ] {
        for account in accounts {
            // And again where it was used before.
            for policy in [LoginPolicy::new(), LoginPolicy::new().pinned(BOUND)] {
                let connection = Connector::new().connect(&peer.host, port, &security).await.unwrap();
                assert_eq!(connection.tls().unwrap().version, TlsVersion::Tls13);
                let mut logged_in = connection.log_in(&account.credentials(), &policy).await.unwrap();
                assert_eq!(logged_in.method, LoginMethod::Mechanism(BOUND));
                assert!(logged_in.server_proved_itself);
                let inbox = MailboxName::inbox();
                logged_in.session.status(&inbox, StatusAttribute::Messages.into()).await.unwrap();
                logged_in.session.logout().await.unwrap();
            }
        }
    }
    // There is nothing to bind to, and nothing in the list.
    let connection = Connector::new().connect(&peer.host, peer.imap_port, &Security::None).await.unwrap();
    let logged_in = connection.log_in(&peer.user.credentials(), &LoginPolicy::new()).await.unwrap();
    assert_eq!(logged_in.method, LoginMethod::Mechanism(UNBOUND));
}

/// Somebody between client and server, with a certificate that the client believes: hands on what both say, or only
/// what is left of the server's offer.
struct Relay {
    listener: TcpListener,
    near: TlsAcceptor,
    far: TlsConnector,
    trust: Trust,
    offer: Offer,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Offer {
    HandedOn,
    /// Without the forms that are bound.
    Cut,
}

impl Relay {
    async fn new(peer: &Peer, offer: Offer) -> Self {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![peer.host.clone()]).unwrap();
        let certificate = params.self_signed(&key).unwrap().der().clone();
        let trust = Trust::Fingerprint(Fingerprint::of_der(&certificate));
        let near = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], PrivatePkcs8KeyDer::from(key.serialize_der()).into())
            .unwrap();

        let mut roots = RootCertStore::empty();
        let authority = fs::read(peer.ca_file()).unwrap();
        roots.add(CertificateDer::from_pem_slice(&authority).unwrap()).unwrap();
        let far = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self { listener, near: Arc::new(near).into(), far: Arc::new(far).into(), trust, offer }
    }

    /// One connection, until one side ends it.
    async fn serve(&self, peer: &Peer) {
        let (socket, _) = self.listener.accept().await.unwrap();
        let mut near = self.near.accept(socket).await.unwrap();
        let far = TcpStream::connect(("127.0.0.1", peer.imaps_port)).await.unwrap();
        let name = peer.host.clone().try_into().unwrap();
        let mut far = self.far.connect(name, far).await.unwrap();
        let mut greeting = Vec::new();
        while !greeting.ends_with(b"\r\n") {
            greeting.push(far.read_u8().await.unwrap());
        }
        let mut greeting = String::from_utf8(greeting).unwrap();
        if self.offer == Offer::Cut {
            greeting = greeting.replace(" AUTH=SCRAM-SHA-1-PLUS", "").replace(" AUTH=SCRAM-SHA-256-PLUS", "");
            assert!(!greeting.contains("PLUS"), "{greeting}");
        }
        near.write_all(greeting.as_bytes()).await.unwrap();
        // Whoever ends it need not say so in TLS.
        let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
    }

    /// A login of the user through it, whose connection is ended, so that the relay ends too.
    async fn log_in(&self, peer: &Peer, policy: &LoginPolicy) -> Result<LoginMethod, LoginFailed> {
        let client = async {
            let security = Security::ImplicitTls(self.trust.clone().into());
            let port = self.listener.local_addr().unwrap().port();
            let connection = Connector::new().connect(&peer.host, port, &security).await.unwrap();
            match connection.log_in(&peer.user.credentials(), policy).await {
                Ok(logged_in) => {
                    logged_in.session.logout().await.unwrap();
                    Ok(logged_in.method)
                }
                Err(failed) => Err(LoginFailed { connection: None, ..failed }),
            }
        };
        tokio::join!(self.serve(peer), client).1
    }
}

/// The server has refused, and Dovecot does not say why.
fn check_refused(failed: LoginFailed, mechanism: Mechanism) {
    assert_eq!(failed.method, Some(LoginMethod::Mechanism(mechanism)));
    let Error::Refused { code, .. } = failed.error else { panic!("{:?}", failed.error) };
    assert_eq!(code.as_deref(), Some(&ResponseCode::AuthenticationFailed));
}

/// The server sees another connection than the client does. It is the binding that shows that: the same relay carries a
/// login without one.
#[tokio::test]
async fn somebody_in_between_gets_no_login() {
    let Some(peer) = binding() else { return };
    for policy in [LoginPolicy::new(), LoginPolicy::new().pinned(BOUND)] {
        let relay = Relay::new(peer, Offer::HandedOn).await;
        check_refused(relay.log_in(peer, &policy).await.unwrap_err(), BOUND);
    }
    let unbound = LoginPolicy::new().only(UNBOUND);
    let carried = Relay::new(peer, Offer::HandedOn).await.log_in(peer, &unbound).await.unwrap();
    assert_eq!(carried, LoginMethod::Mechanism(UNBOUND));
}

/// The client says that it could have bound, and the server knows that it has offered that.
#[tokio::test]
async fn an_offer_that_is_cut_is_noticed_by_the_server() {
    let Some(peer) = binding() else { return };
    let relay = Relay::new(peer, Offer::Cut).await;
    check_refused(relay.log_in(peer, &LoginPolicy::new()).await.unwrap_err(), UNBOUND);
    // Who has been bound before does not even ask.
    let pinned = LoginPolicy::new().pinned(BOUND);
    let failed = Relay::new(peer, Offer::Cut).await.log_in(peer, &pinned).await.unwrap_err();
    let Error::Login(error) = failed.error else { panic!("{:?}", failed.error) };
    let (pinned, offered) = (LoginMethod::Mechanism(BOUND), LoginMethod::Mechanism(UNBOUND));
    assert_eq!(*error, LoginError::WeakerThanPinned { pinned, offered });
}
