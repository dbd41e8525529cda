//! Certificates of servers, and who vouches for them.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    date_time_ymd,
};
use rustls::ServerConfig;
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
        let key = KeyPair::generate().unwrap();
        let certificate = for_names(names, days).signed_by(&key, &self.issuer).unwrap();
        Shown::new(certificate.der(), &key)
    }
}

/// What a server shows.
pub(crate) struct Shown {
    pub(crate) config: Arc<ServerConfig>,
    pub(crate) fingerprint: String,
}

impl Shown {
    fn new(certificate: &CertificateDer<'static>, key: &KeyPair) -> Self {
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], key)
            .unwrap();
        let fingerprint = Fingerprint::of_der(certificate).to_string();
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
