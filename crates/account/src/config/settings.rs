use std::collections::BTreeMap;
use std::num::NonZeroU16;
use std::time::Duration;

use tayori_client::tls::{Alpn, TlsVersion};
use tayori_client::way::Proxy;
use tayori_proto::sasl::Mechanism;
use tayori_proto::types::MailboxName;

use super::layer::{Layer, Origin, Setting};
use super::values::{
    ClientIdentity, CommandLine, OAuthServer, SecretSource, SpecialUse, TlsMode, TokenStore, Trust, Word as _,
};

/// How long the server may say nothing, where nobody says otherwise: as long as a busy server takes for a large
/// mailbox.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);

/// What holds: every setting, and where it comes from.
///
/// An `Option` is a setting that has no built-in value; what follows from its absence is for the caller: no `host`
/// means that it has to be discovered from `address`, no `user` that it is the address or what the provider makes of
/// it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settings {
    /// The user's mail address.
    pub address: Option<Setting<String>>,
    /// The server. Never there beside a tunnel.
    pub host: Option<Setting<String>>,
    /// The port; where none was said, that of `tls`.
    pub port: Setting<NonZeroU16>,
    /// How the connection is protected; with TLS from the first octet where nobody says otherwise.
    pub tls: Setting<TlsMode>,
    /// The login name.
    pub user: Option<Setting<String>>,
    /// The one mechanism that is used.
    pub auth: Option<Setting<Mechanism>>,
    /// The weakest mechanism that is used.
    pub minimum_auth: Option<Setting<Mechanism>>,
    /// Where the secret comes from; somebody is asked where nobody says otherwise.
    pub secret: Setting<SecretSource>,
    /// Whom to believe; the machine's authorities where nobody says otherwise.
    pub trust: Setting<Trust>,
    /// The client's own certificate.
    pub client_identity: Option<Setting<ClientIdentity>>,
    /// The oldest version of TLS; 1.2 where nobody says otherwise.
    pub tls_minimum: Setting<TlsVersion>,
    /// The name of the protocol in the TLS handshake; none where nobody says otherwise.
    pub alpn: Setting<Alpn>,
    /// The proxy on the way. It is not used with a tunnel.
    pub proxy: Option<Setting<Proxy>>,
    /// The command that leads to the server. With one, `port`, `tls`, `trust` and `proxy` mean nothing.
    pub tunnel: Option<Setting<CommandLine>>,
    /// How long the server may say nothing; [`DEFAULT_TIMEOUT`] where nobody says otherwise.
    pub timeout: Setting<Duration>,
    /// Which mailbox is for what; what is not here is found out.
    pub special_use: BTreeMap<SpecialUse, Setting<MailboxName>>,
}

/// One setting for people: `tayori config show --origin`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its key in the configuration.
    pub key: String,
    /// Its value in words; `***` for what may hold a secret. May hold any character that the configuration has.
    pub value: String,
    /// Where it comes from.
    pub origin: Origin,
}

impl Settings {
    /// Takes each setting from the first layer that has it: layers come from the strongest to the weakest, so flags,
    /// environment, account, defaults, what was discovered.
    pub fn resolve(layers: &[&Layer]) -> Self {
        /// The first of the layers that has it.
        fn first<T: Clone>(
            layers: &[&Layer],
            setting: impl Fn(&Layer) -> &Option<Setting<T>>,
        ) -> Option<Setting<T>> {
            layers.iter().find_map(|layer| setting(layer).clone())
        }
        // A tunnel is another way to the server. Whoever names a host on a stronger layer means that host.
        let decided = layers.iter().find(|layer| layer.tunnel.is_some() || layer.host.is_some());
        let tunnel = decided.and_then(|layer| layer.tunnel.clone());
        let host = match tunnel {
            Some(_) => None,
            None => decided.and_then(|layer| layer.host.clone()),
        };
        let tls = first(layers, |layer| &layer.tls);
        let tls = tls.unwrap_or_else(|| Setting::built_in(TlsMode::Implicit));
        let port = first(layers, |layer| &layer.port);
        let mut special_use = BTreeMap::new();
        for (role, mailbox) in layers.iter().flat_map(|layer| &layer.special_use) {
            special_use.entry(*role).or_insert_with(|| mailbox.clone());
        }
        Self {
            address: first(layers, |layer| &layer.address),
            host,
            port: port.unwrap_or_else(|| Setting::built_in(tls.value.default_port())),
            tls,
            user: first(layers, |layer| &layer.user),
            auth: first(layers, |layer| &layer.auth),
            minimum_auth: first(layers, |layer| &layer.minimum_auth),
            secret: first(layers, |layer| &layer.secret)
                .unwrap_or_else(|| Setting::built_in(SecretSource::Prompt)),
            trust: first(layers, |layer| &layer.trust).unwrap_or_else(|| Setting::built_in(Trust::System)),
            client_identity: first(layers, |layer| &layer.client_identity),
            tls_minimum: first(layers, |layer| &layer.tls_minimum)
                .unwrap_or_else(|| Setting::built_in(TlsVersion::Tls12)),
            alpn: first(layers, |layer| &layer.alpn).unwrap_or_else(|| Setting::built_in(Alpn::Off)),
            proxy: first(layers, |layer| &layer.proxy),
            tunnel,
            timeout: first(layers, |layer| &layer.timeout)
                .unwrap_or_else(|| Setting::built_in(DEFAULT_TIMEOUT)),
            special_use,
        }
    }

    /// All of them in the order of the documentation; those that are not set and have no built-in value are left out,
    /// and so is what means nothing beside a tunnel.
    pub fn rows(&self) -> Vec<Row> {
        let mut rows = Rows(Vec::new());
        rows.maybe("address", &self.address, String::clone);
        match &self.tunnel {
            Some(_) => rows.maybe("tunnel", &self.tunnel, |_| HIDDEN.to_owned()),
            None => {
                rows.maybe("host", &self.host, String::clone);
                rows.push("port", &self.port, ToString::to_string);
                rows.push("tls", &self.tls, |tls| tls.as_str().to_owned());
                rows.push("tls-minimum", &self.tls_minimum, |version| version.as_str().to_owned());
                rows.push("alpn", &self.alpn, |alpn| alpn.as_str().to_owned());
                let trust = match &self.trust.value {
                    Trust::System | Trust::FirstUse => "trust-first-use",
                    Trust::CaFile(_) => "ca-file",
                    Trust::Fingerprint(_) => "fingerprint",
                };
                rows.push(trust, &self.trust, |trust| match trust {
                    Trust::System => "false".to_owned(),
                    Trust::FirstUse => "true".to_owned(),
                    Trust::CaFile(path) => path.display().to_string(),
                    Trust::Fingerprint(fingerprint) => fingerprint.to_string(),
                });
                rows.maybe("client-certificate", &self.client_identity, |identity| {
                    identity.certificate.display().to_string()
                });
                rows.maybe("client-key", &self.client_identity, |identity| {
                    identity.key.display().to_string()
                });
                rows.maybe("proxy", &self.proxy, Proxy::url);
            }
        }
        rows.push("timeout", &self.timeout, |timeout| timeout.as_secs().to_string());
        rows.maybe("user", &self.user, String::clone);
        rows.maybe("auth", &self.auth, |mechanism| mechanism.name().to_owned());
        rows.maybe("minimum-auth", &self.minimum_auth, |mechanism| mechanism.name().to_owned());
        self.secret_rows(&mut rows);
        for (role, mailbox) in &self.special_use {
            rows.push(&format!("special-use.{}", role.key()), mailbox, |name| name.as_str().to_owned());
        }
        rows.0
    }

    fn secret_rows(&self, rows: &mut Rows) {
        let mut push = |key: &str, value: &str| {
            rows.0.push(Row {
                key: key.to_owned(),
                value: value.to_owned(),
                origin: self.secret.origin.clone(),
            });
        };
        match &self.secret.value {
            SecretSource::Command(_) => push("password-command", HIDDEN),
            SecretSource::File(path) => push("password-file", &path.display().to_string()),
            SecretSource::Environment(name) => push("password-env", name),
            SecretSource::Prompt => push("keyring", "false"),
            SecretSource::Keyring(entry) => {
                if entry.service.is_none() && entry.user.is_none() {
                    push("keyring", "true");
                }
                entry.service.iter().for_each(|service| push("keyring.service", service));
                entry.user.iter().for_each(|user| push("keyring.user", user));
            }
            SecretSource::OAuth(oauth) => {
                match &oauth.server {
                    OAuthServer::Provider(name) => push("oauth.provider", name),
                    OAuthServer::Endpoints { authorize, token, device } => {
                        authorize.iter().for_each(|url| push("oauth.authorize-url", url));
                        push("oauth.token-url", token);
                        device.iter().for_each(|url| push("oauth.device-url", url));
                    }
                }
                push("oauth.client-id", &oauth.client_id);
                if oauth.client_secret.is_some() {
                    push("oauth.client-secret", HIDDEN);
                }
                if !oauth.scopes.is_empty() {
                    push("oauth.scopes", &oauth.scopes.join(" "));
                }
                oauth.flow.iter().for_each(|flow| push("oauth.flow", flow.as_str()));
                oauth.issuer.iter().for_each(|issuer| push("oauth.issuer", issuer));
                oauth.redirect.iter().for_each(|redirect| push("oauth.redirect", redirect));
                match &oauth.store {
                    TokenStore::Keyring => push("oauth.store", "keyring"),
                    TokenStore::File(None) => push("oauth.store", "file"),
                    TokenStore::File(Some(path)) => push("oauth.store.file", &path.display().to_string()),
                }
            }
        }
    }
}

/// Stands for what may hold a secret. Commands do: somebody will have written one there.
const HIDDEN: &str = "***";

struct Rows(Vec<Row>);

impl Rows {
    fn push<T>(&mut self, key: &str, setting: &Setting<T>, shown: impl Fn(&T) -> String) {
        self.0.push(Row {
            key: key.to_owned(),
            value: shown(&setting.value),
            origin: setting.origin.clone(),
        });
    }

    fn maybe<T>(&mut self, key: &str, setting: &Option<Setting<T>>, shown: impl Fn(&T) -> String) {
        if let Some(setting) = setting {
            self.push(key, setting, shown);
        }
    }
}
