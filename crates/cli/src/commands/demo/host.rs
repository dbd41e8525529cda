//! The server of the demonstration: its mail, its certificate, its password.

use std::io;
use std::net::Ipv4Addr;
use std::num::NonZeroU16;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use rcgen::{CertificateParams, DnType, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use sha2::{Digest as _, Sha256};
use tayori_account::config::{Layer, Origin, Setting, TlsMode, Trust};
use tayori_client::tls::Fingerprint;
use tayori_proto::types::{MailboxName, Secret, Uid, UidValidity};
use tayori_server::memory::{MemoryLimits, MemoryStore};
use tayori_server::store::{Store as _, StoreError};
use tayori_server::{Logins, Options, Server, Tls};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::samples::{self, SampleMailbox};
use crate::cli::Encryption;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::target::Target;

/// A server that runs in this process, on loopback. Dropped, it says goodbye to everybody and ends.
pub(crate) struct Host {
    pub(crate) store: MemoryStore,
    /// All that is in the store.
    pub(crate) mails: Vec<StoredMail>,
    pub(crate) access: Access,
    stop: oneshot::Sender<()>,
    running: JoinHandle<io::Result<()>>,
}

/// A mail in the store.
pub(crate) struct StoredMail {
    pub(crate) mailbox: MailboxName,
    pub(crate) uid: Uid,
    pub(crate) digest: Digest,
}

/// The SHA-256 digest of a mail.
pub(crate) type Digest = [u8; 32];

/// What somebody needs to log in.
pub(crate) struct Access {
    pub(crate) port: NonZeroU16,
    pub(crate) user: &'static str,
    pub(crate) password: String,
    pub(crate) encryption: Encryption,
    /// Of the certificate; `None` without TLS.
    pub(crate) fingerprint: Option<Fingerprint>,
}

impl Host {
    /// Starts to serve the sample mails on this port of 127.0.0.1, or on a free one.
    pub(crate) async fn start(port: Option<NonZeroU16>, encryption: Encryption) -> Result<Self, Failure> {
        let (listener, port) = listen(port).await?;
        let (tls, fingerprint) = match encryption {
            Encryption::Tls => certificate().map(|(config, print)| (Tls::Implicit(config), Some(print)))?,
            Encryption::StartTls => {
                certificate().map(|(config, print)| (Tls::StartTls(config), Some(print)))?
            }
            Encryption::None => (Tls::None, None),
        };
        let access = Access { port, user: "demo", password: random_password()?, encryption, fingerprint };
        let store = MemoryStore::new(validity(), MemoryLimits::default()).owned_by(access.user);
        let mails = fill(&store, samples::mailboxes())
            .await
            .map_err(|err| Failure::new(Exit::Failed, format!("the sample mails do not fit: {err}")))?;
        let logins = Logins::one(access.user, &access.secret()?, store.clone());
        let mut options = Options::default();
        options.tls = tls;
        let server = Server::new(logins, options);
        let (stop, stopped) = oneshot::channel::<()>();
        let running = tokio::spawn(async move {
            let shutdown = async {
                let _ = stopped.await;
            };
            server.run(listener, shutdown).await
        });
        Ok(Self { store, mails, access, stop, running })
    }

    /// Says goodbye to everybody who is connected.
    pub(crate) async fn stop(self) {
        let _ = self.stop.send(());
        let _ = self.running.await;
    }
}

impl Access {
    /// How a mailbox is named on the command line.
    pub(crate) fn place(&self, mailbox: &str) -> String {
        let scheme = if self.encryption == Encryption::Tls { "imaps" } else { "imap" };
        format!("{scheme}://{}@{}:{}/{mailbox}", self.user, Ipv4Addr::LOCALHOST, self.port)
    }

    /// The same for who connects; `tls` because the server takes STARTTLS as well.
    pub(crate) fn target(&self, tls: TlsMode) -> Target {
        fn said<T>(value: T) -> Option<Setting<T>> {
            Some(Setting::new(value, Origin::BuiltIn))
        }
        let mut layer = Layer::default();
        layer.port = said(self.port);
        layer.tls = said(tls);
        layer.user = said(self.user.to_owned());
        layer.trust = self.fingerprint.and_then(|fingerprint| said(Trust::Fingerprint(fingerprint)));
        Target::of_here(&Ipv4Addr::LOCALHOST.to_string(), &layer)
    }

    pub(crate) fn secret(&self) -> Result<Secret, Failure> {
        Secret::new(self.password.as_str()).map_err(|err| Failure::new(Exit::Failed, err.to_string()))
    }
}

async fn listen(port: Option<NonZeroU16>) -> Result<(TcpListener, NonZeroU16), Failure> {
    let wanted = port.map_or(0, NonZeroU16::get);
    let failed = |err: io::Error| {
        let place = match port {
            Some(port) => format!("port {port} of {}", Ipv4Addr::LOCALHOST),
            None => Ipv4Addr::LOCALHOST.to_string(),
        };
        let failure = Failure::new(Exit::Failed, format!("cannot serve on {place}: {err}"));
        match err.kind() {
            io::ErrorKind::AddrInUse => failure
                .hint("another program serves there; choose another --port, or leave it out for a free one"),
            io::ErrorKind::PermissionDenied => {
                failure.hint("ports below 1024 are not for everybody; try --port 10993")
            }
            _ => failure,
        }
    };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, wanted)).await.map_err(failed)?;
    let port = listener.local_addr().map_err(failed)?.port();
    let port = NonZeroU16::new(port).ok_or_else(|| failed(io::ErrorKind::AddrNotAvailable.into()))?;
    Ok((listener, port))
}

/// A certificate that nobody has signed, and the key to it. Both live as long as the process does.
fn certificate() -> Result<(Arc<ServerConfig>, Fingerprint), Failure> {
    fn failed(err: impl std::fmt::Display) -> Failure {
        Failure::new(Exit::Failed, format!("cannot make a certificate: {err}"))
    }

    let mut params =
        CertificateParams::new(["localhost".to_owned(), Ipv4Addr::LOCALHOST.to_string()]).map_err(failed)?;
    params.distinguished_name.push(DnType::CommonName, "tayori demo");
    let key = KeyPair::generate().map_err(failed)?;
    let certificate = params.self_signed(&key).map_err(failed)?;
    let fingerprint = Fingerprint::of_der(certificate.der());
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(failed)?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .map_err(failed)?;
    Ok((Arc::new(config), fingerprint))
}

/// 20 characters of which each is one of 32, so 100 bits; without those that look alike.
fn random_password() -> Result<String, Failure> {
    const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

    let mut random = [0; 20];
    let filled = rustls::crypto::ring::default_provider().secure_random.fill(&mut random);
    filled.map_err(|_| Failure::new(Exit::Failed, "the system has no random numbers for a password"))?;
    Ok(random.iter().map(|octet| char::from(ALPHABET[usize::from(octet % 32)])).collect())
}

/// The clock in seconds: who has seen the demonstration of yesterday is not to take its UIDs for those of today.
fn validity() -> UidValidity {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    u32::try_from(seconds).ok().and_then(UidValidity::new).unwrap_or(UidValidity::MIN)
}

async fn fill(store: &MemoryStore, mailboxes: Vec<SampleMailbox>) -> Result<Vec<StoredMail>, StoreError> {
    let mut mails = Vec::new();
    for SampleMailbox { name: mailbox, special_use, mails: samples } in mailboxes {
        match special_use {
            Some(special_use) => store.create_for(&mailbox, special_use)?,
            None if mailbox.is_inbox() => {}
            None => store.create(&mailbox).await?,
        }
        for sample in samples {
            let digest = sample.octets.iter().fold(Sha256::new(), |digest, piece| digest.chain_update(piece));
            let uid = store.insert(&mailbox, sample.flags, sample.date, sample.octets)?.uid;
            mails.push(StoredMail { mailbox: mailbox.clone(), uid, digest: digest.finalize().into() });
        }
    }
    Ok(mails)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn passwords_are_long_and_never_the_same() {
        let passwords: HashSet<String> = (0..100).map(|_| random_password().unwrap()).collect();
        assert_eq!(passwords.len(), 100);
        for password in passwords {
            assert_eq!(password.len(), 20);
            assert!(password.bytes().all(|octet| octet.is_ascii_alphanumeric()), "{password}");
        }
    }

    /// They become folders.
    #[test]
    fn no_level_of_a_name_leads_elsewhere() {
        for mailbox in samples::mailboxes() {
            for level in mailbox.name.as_str().split('/') {
                assert!(!level.is_empty() && !level.starts_with('.'), "{:?}", mailbox.name);
                assert!(!level.contains(['\\', ':', '\0']), "{:?}", mailbox.name);
            }
        }
    }
}
