//! Who we are, for servers that ask for a certificate.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::Error as RustlsError;
use rustls::client::ResolvesClientCert;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use zeroize::Zeroizing;

use super::certificate::Certificate;

/// A file with keys or certificates is no larger than this: chains of a dozen certificates have 30 KiB.
const FILE_OCTETS: usize = 1 << 20;

/// A certificate of ours and its key, shown to a server that asks for one. Nothing shows the key: `Debug` names the
/// certificate.
#[derive(Clone)]
pub struct Identity {
    certified: Arc<CertifiedKey>,
    certificate: Option<Box<Certificate>>,
}

impl Identity {
    /// Reads both from PEM files; they may be the same file. The first certificate is ours, those behind it lead to the
    /// authority.
    ///
    /// The key file must belong to the user or to root, and must be closed to everybody else, as the file of a password
    /// must; a key that is encrypted with a passphrase is refused. Both are found out here, before anybody is connected
    /// to, and so is a key that does not belong to the certificate. Blocks for as long as reading takes.
    pub fn from_pem_files(certificate: &Path, key: &Path) -> Result<Self, IdentityError> {
        let chain = read(certificate, Closed::Open)?;
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&chain).collect();
        let chain = chain.map_err(|error| IdentityError::Certificate {
            path: certificate.to_owned(),
            detail: error.to_string(),
        })?;
        let facts = match chain.first() {
            Some(first) => Certificate::from_der(first).map(Box::new),
            None => {
                return Err(IdentityError::Certificate {
                    path: certificate.to_owned(),
                    detail: "there is no certificate in it".to_owned(),
                });
            }
        };
        let key = self::key(key)?;
        let provider = rustls::crypto::ring::default_provider();
        let certified = CertifiedKey::from_der(chain, key, &provider).map_err(|error| match error {
            RustlsError::InconsistentKeys(_) => IdentityError::NotTogether,
            source => IdentityError::Unusable { source },
        })?;
        Ok(Self { certified: Arc::new(certified), certificate: facts })
    }

    /// What its certificate says; `None` where that could not be read.
    pub fn certificate(&self) -> Option<&Certificate> {
        self.certificate.as_deref()
    }

    pub(super) fn resolver(&self) -> Arc<dyn ResolvesClientCert> {
        Arc::new(SingleCertAndKey::from(Arc::clone(&self.certified)))
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let certificate = self.certificate.as_ref();
        f.debug_struct("Identity")
            .field("fingerprint", &certificate.map(|certificate| certificate.fingerprint))
            .field("key", &"***")
            .finish()
    }
}

/// Why a certificate of ours cannot be used. No octet of a key is in it.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: Arc<io::Error>,
    },
    /// It is a folder, a pipe or a device.
    #[error("{} is no regular file", path.display())]
    NotAFile {
        /// The file.
        path: PathBuf,
    },
    /// The key file can be read or written by others, so that they may have the key, or may have put it there.
    #[error("the key file {} is open to other users (mode {mode:04o})", path.display())]
    OpenToOthers {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The key file belongs to somebody else.
    #[error("the key file {} belongs to another user", path.display())]
    NotYours {
        /// The file.
        path: PathBuf,
    },
    /// The file with the certificate has none, or one that cannot be read.
    #[error("cannot use the certificate file {}: {detail}", path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
        /// Why.
        detail: String,
    },
    /// The key is encrypted with a passphrase, which is not asked for.
    #[error("the key in {} is encrypted with a passphrase", path.display())]
    Encrypted {
        /// The file.
        path: PathBuf,
    },
    /// The file with the key has none, or one that cannot be read.
    #[error("cannot use the key file {}: {detail}", path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// Why.
        detail: String,
    },
    /// The key is not the one of the certificate.
    #[error("the key does not belong to the certificate")]
    NotTogether,
    /// The TLS library does not take the key.
    #[error("the certificate and its key cannot be used: {source}")]
    Unusable {
        /// Why.
        source: RustlsError,
    },
}

fn key(path: &Path) -> Result<PrivateKeyDer<'static>, IdentityError> {
    let text = read(path, Closed::ToOthers)?;
    if is_encrypted(&text) {
        return Err(IdentityError::Encrypted { path: path.to_owned() });
    }
    PrivateKeyDer::from_pem_slice(&text).map_err(|error| IdentityError::Key {
        path: path.to_owned(),
        detail: match error {
            pem::Error::NoItemsFound => "there is no key in it".to_owned(),
            // What is wrong with an item may be told with octets of it.
            _ => "it is not PEM".to_owned(),
        },
    })
}

/// PKCS #8 says so in its first line, the older form in the second.
fn is_encrypted(text: &[u8]) -> bool {
    let has = |words: &[u8]| text.windows(words.len()).any(|window| window == words);
    has(b"-----BEGIN ENCRYPTED PRIVATE KEY-----") || has(b"Proc-Type: 4,ENCRYPTED")
}

/// Who may get at a file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Closed {
    /// Everybody.
    Open,
    /// Its owner alone.
    ToOthers,
}

fn read(path: &Path, closed: Closed) -> Result<Zeroizing<Vec<u8>>, IdentityError> {
    let unreadable = |source| IdentityError::Unreadable { path: path.to_owned(), source: Arc::new(source) };
    let file = open(path).map_err(unreadable)?;
    // What is judged is the file that was opened: nothing can be exchanged in between.
    let metadata = file.metadata().map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(IdentityError::NotAFile { path: path.to_owned() });
    }
    if closed == Closed::ToOthers {
        check_access(path, &metadata)?;
    }
    // Roomy from the start: a buffer that grew would leave copies behind that nobody erases.
    let size = usize::try_from(metadata.len()).unwrap_or(usize::MAX).min(FILE_OCTETS);
    let mut octets = Zeroizing::new(Vec::with_capacity(size + 64));
    file.take(FILE_OCTETS as u64).read_to_end(&mut octets).map_err(unreadable)?;
    Ok(octets)
}

/// Opening a pipe would wait for somebody to write; it is to be refused instead.
#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags};

    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    Ok(File::from(rustix::fs::open(path, flags, Mode::empty())?))
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    File::open(path)
}

#[cfg(unix)]
fn check_access(path: &Path, metadata: &std::fs::Metadata) -> Result<(), IdentityError> {
    use std::os::unix::fs::MetadataExt as _;

    let (owner, mode) = (metadata.uid(), metadata.mode() & 0o7777);
    // A file of root is fine: root can read everything anyway.
    if owner != 0 && owner != rustix::process::geteuid().as_raw() {
        return Err(IdentityError::NotYours { path: path.to_owned() });
    }
    if mode & 0o077 != 0 {
        return Err(IdentityError::OpenToOthers { path: path.to_owned(), mode });
    }
    Ok(())
}

/// The platform has no permission bits; its own access lists are left to the person.
#[cfg(not(unix))]
fn check_access(_: &Path, _: &std::fs::Metadata) -> Result<(), IdentityError> {
    Ok(())
}
