//! Certificates of servers, and who vouches for them.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    date_time_ymd,
};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tayori_client::tls::Fingerprint;

use crate::common::program::Folder;

/// An authority of a test, and the file that the program is given.
pub(crate) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: Folder,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "authority of a test");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let folder = Folder::new();
        folder.write("ca.pem", &issuer.pem());
        Self { issuer, folder }
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.folder.at("ca.pem")
    }

    /// A certificate for these names that ends in so many days.
    pub(crate) fn sign(&self, names: &[&str], days: i64) -> Shown {
        self.sign_this(&for_names(names, days))
    }

    /// One for `localhost` that begins when today's machines are no more.
    pub(crate) fn sign_for_the_future(&self) -> Shown {
        let mut params = for_names(&["localhost"], 100);
        (params.not_before, params.not_after) = (date_time_ymd(2220, 1, 1), date_time_ymd(2221, 1, 1));
        self.sign_this(&params)
    }

    fn sign_this(&self, params: &CertificateParams) -> Shown {
        let key = KeyPair::generate().unwrap();
        Shown::new(params.signed_by(&key, &self.issuer).unwrap().der(), &key)
    }
}

/// What a server shows.
pub(crate) struct Shown {
    pub(crate) config: Arc<ServerConfig>,
    pub(crate) fingerprint: String,
}

impl Shown {
    fn new(certificate: &CertificateDer<'static>, key: &KeyPair) -> Self {
        Self::with(vec![certificate.clone()], PrivatePkcs8KeyDer::from(key.serialize_der()).into())
    }

    /// The chain and the key in these files.
    pub(crate) fn of_files(chain: &Path, key: &Path) -> Self {
        let chain = CertificateDer::pem_file_iter(chain).unwrap().map(Result::unwrap).collect();
        Self::with(chain, PrivateKeyDer::from_pem_file(key).unwrap())
    }

    fn with(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> Self {
        let fingerprint = Fingerprint::of_der(&chain[0]).to_string();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        Self { config: Arc::new(config), fingerprint }
    }

    pub(crate) fn self_signed() -> Self {
        let key = KeyPair::generate().unwrap();
        Self::new(for_names(&["localhost"], 100).self_signed(&key).unwrap().der(), &key)
    }
}

fn for_names(names: &[&str], days: i64) -> CertificateParams {
    let names: Vec<_> = names.iter().map(|&name| name.to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.is_ca = IsCa::ExplicitNoCa;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.not_before = date_time_ymd(2020, 1, 1);
    // An hour more, so that a slow test does not see it end a day earlier.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + Duration::from_secs(60 * 60);
    let day = Duration::from_secs(24 * 60 * 60);
    let epoch = date_time_ymd(1970, 1, 1);
    params.not_after = match days {
        0.. => epoch + now + day * u32::try_from(days).unwrap(),
        _ => epoch + now - day * u32::try_from(-days).unwrap(),
    };
    params
}
