//! Where a command goes: what holds of all that the command line, the environment and the configuration say of a server
//! and of who logs in there.
//!
//! At a URL a setting comes from the first of these that has it: option, URL, environment, what is built in. In an
//! account: option, environment, account, `[defaults]`, what is known of the provider, what is built in. The
//! configuration is not read for a URL, so that one that is damaged keeps nobody from a server.

use tayori_account::config::{
    AccountName, Config, Environment, Layer, Origin, Setting, Settings, TlsMode, Trust, Word as _,
};
use tayori_account::provider::Provider;
use tayori_client::Mechanism;

use crate::cli::{Access, Certificates};
use crate::escape::escape_str;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::place::{Auth, Scheme, Server, Url};
use crate::settings;
use crate::way::is_loopback;

/// A server, and who logs in there.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// `None` for a URL.
    account: Option<AccountName>,
    host: String,
    pub(crate) settings: Settings,
}

impl Target {
    /// Finds out what holds. Reads the configuration, if an account is meant; nothing is sent.
    pub(crate) fn resolve(access: &Access, environment: &Environment) -> Result<Self, Failure> {
        let variables = settings::from_environment(environment)?;
        let target = match access.place.server() {
            Server::Url(url) => Self::of_url(url, &access.flags, &variables)?,
            Server::Account(name) => {
                let config = settings::load(environment)?;
                let name = config.find_account(name).map_err(|error| settings::no_such_account(&error))?;
                Self::of_account(&config, name, &access.flags, &variables)?
            }
            Server::Usual => {
                let config = settings::load(environment)?;
                let chosen =
                    config.choose(None, environment).map_err(|error| settings::no_such_account(&error))?;
                Self::of_account(&config, chosen.value, &access.flags, &variables)?
            }
        };
        if access.certificates == Certificates::OfTheStart {
            target.refuse_useless(&access.flags)?;
        }
        Ok(target)
    }

    fn of_url(url: &Url, flags: &Layer, variables: &Layer) -> Result<Self, Failure> {
        if let (Scheme::Imaps, Some(other)) = (url.scheme, &flags.tls)
            && other.value != TlsMode::Implicit
        {
            // `imaps` is a promise made by whoever wrote the URL down; an option that breaks it is refused rather than
            // obeyed, since a silent downgrade is what the scheme is there to prevent.
            let mode = other.value.as_str();
            let message = format!("imaps means TLS from the first octet, --tls {mode} contradicts it");
            return Err(Failure::new(Exit::Usage, message)
                .hint(format!("leave out --tls, or write imap:// with --tls {mode}")));
        }
        let mut settings = Settings::resolve(&[flags, &layer(url, flags)?, variables]);
        // A tunnel leads to the server of the URL, whose certificate has that name.
        settings.host = Some(Setting::new(url.host.clone(), Origin::Url));
        Ok(Self { account: None, host: url.host.clone(), settings })
    }

    fn of_account(
        config: &Config,
        name: &AccountName,
        flags: &Layer,
        variables: &Layer,
    ) -> Result<Self, Failure> {
        let settings = settings_of(config, name, &[flags, variables])?;
        Self::of_settings(name.clone(), settings)
    }

    /// An account with these settings, which need not be in the configuration.
    pub(crate) fn of_settings(name: AccountName, mut settings: Settings) -> Result<Self, Failure> {
        let host = match (&settings.tunnel, &settings.host) {
            (Some(_), _) => {
                // What a program brings is taken as it is, unless somebody asks for TLS in it.
                if !matches!(settings.tls.origin, Origin::Flag(_)) {
                    settings.tls = Setting::new(TlsMode::None, Origin::BuiltIn);
                }
                name.to_string()
            }
            (None, Some(host)) => host.value.clone(),
            (None, None) => {
                let message = format!("it is not known where the mail of the account {name} is");
                return Err(Failure::new(Exit::Usage, escape_str(&message))
                    .hint("set its host in the configuration; tayori account add finds it out"));
            }
        };
        if settings.user.is_none() {
            settings.user = settings.address.clone();
        }
        Ok(Self { account: Some(name), host, settings })
    }

    /// A server of this process.
    pub(crate) fn of_here(host: &str, layer: &Layer) -> Self {
        Self { account: None, host: host.to_owned(), settings: Settings::resolve(&[layer]) }
    }

    /// What somebody asks of TLS has to be about some TLS.
    fn refuse_useless(&self, flags: &Layer) -> Result<(), Failure> {
        let is_about_trust = flags.trust.is_some();
        let is_about_tls = is_about_trust
            || flags.client_identity.is_some()
            || flags.tls_minimum.is_some()
            || flags.alpn.is_some();
        if self.settings.tls.value != TlsMode::None || !is_about_tls {
            return Ok(());
        }
        let (message, hint) = match (self.settings.tls.origin == Origin::BuiltIn, is_about_trust) {
            (true, _) => (
                "through a tunnel, imap:// has no TLS that the other options could be about",
                "write imaps:// or --tls starttls for TLS within the tunnel, or leave out the others",
            ),
            (false, true) => (
                "with --tls none there is no certificate that --ca-file or --fingerprint could be about",
                "leave out --tls none, or the other",
            ),
            (false, false) => (
                "with --tls none there is no TLS that --client-cert, --tls-min or --alpn could be about",
                "leave out --tls none, or the other",
            ),
        };
        Err(Failure::new(Exit::Usage, message).hint(hint))
    }

    /// The account of the configuration, if it is one.
    pub(crate) fn account(&self) -> Option<&AccountName> {
        self.account.as_ref()
    }

    /// The server; for an account with a tunnel, the account's name.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// Where on the server to connect.
    pub(crate) fn port(&self) -> u16 {
        self.settings.port.value.get()
    }

    /// Whether it is where everybody expects it, so that something follows from it for other ports.
    pub(crate) fn is_at_usual_port(&self) -> bool {
        self.settings.port.value == self.tls().default_port()
    }

    pub(crate) fn tls(&self) -> TlsMode {
        self.settings.tls.value
    }

    pub(crate) fn trust(&self) -> &Trust {
        &self.settings.trust.value
    }

    /// Who logs in, if that is said.
    pub(crate) fn user(&self) -> Option<&str> {
        self.settings.user.as_ref().map(|user| user.value.as_str())
    }

    /// What a person calls it: `ann at mail.example.org`.
    pub(crate) fn in_words(&self) -> String {
        let host = escape_str(&self.host);
        match self.user() {
            Some(user) => format!("{} at {host}", escape_str(user)),
            None => host.into_owned(),
        }
    }

    /// The provider that the server belongs to, if that is a known one: by the mail address, else by the login name if
    /// that is one, else by the host.
    pub(crate) fn provider(&self) -> Option<&'static Provider> {
        let address = self.settings.address.as_ref().map(|address| address.value.as_str());
        let domain = |address: &str| Some(address.rsplit_once('@')?.1.to_owned());
        let domains = [address.and_then(domain), self.user().and_then(domain)];
        let by_domain = domains.iter().flatten().find_map(|domain| Provider::by_domain(domain));
        // Many programs listen on this machine, and not all of them are Proton's.
        by_domain.or_else(|| match is_loopback(self.host()) {
            true => None,
            false => Provider::by_host(self.host()),
        })
    }

    /// What its messages are written down as, the same for a URL and for an account: `ann@mail.example.org`. Another
    /// port can be another server, behind a tunnel say.
    pub(crate) fn identity(&self) -> String {
        let usual = [143, 993].contains(&self.port());
        let port = if usual { String::new() } else { format!(":{}", self.port()) };
        match self.user() {
            Some(user) => format!("{user}@{}{port}", self.host),
            None => format!("{}{port}", self.host),
        }
    }
}

/// What holds for an account, with what stands above the configuration, from the strongest to the weakest.
pub(crate) fn settings_of(
    config: &Config,
    name: &AccountName,
    stronger: &[&Layer],
) -> Result<Settings, Failure> {
    let known = config.account(name.as_str()).map_err(|error| settings::no_such_account(&error))?;
    let address = known.address.as_ref().map(|address| address.value.as_str());
    let discovered = match (address, &known.host, &known.tunnel) {
        (Some(address), None, None) => of_provider(address),
        _ => Layer::default(),
    };
    let resolved = config.settings(name.as_str(), stronger, &[&discovered]);
    resolved.map_err(|error| settings::no_such_account(&error))
}

/// What a URL says.
fn layer(url: &Url, flags: &Layer) -> Result<Layer, Failure> {
    fn said<T>(value: T) -> Option<Setting<T>> {
        Some(Setting::new(value, Origin::Url))
    }
    let mut layer = Layer::default();
    layer.port = url.port.and_then(said);
    layer.tls = match url.scheme {
        Scheme::Imaps => said(TlsMode::Implicit),
        // What a program brings is taken as it is, unless somebody asks for TLS in it.
        Scheme::Imap if flags.tunnel.is_some() => Some(Setting::new(TlsMode::None, Origin::BuiltIn)),
        Scheme::Imap => said(TlsMode::StartTls),
    };
    layer.user = url.user.clone().and_then(said);
    if let Some(Auth::Mechanism(name)) = &url.auth {
        layer.auth = said(Mechanism::from_name(name).ok_or_else(|| crate::login::unknown_mechanism(name))?);
    }
    Ok(layer)
}

fn of_provider(address: &str) -> Layer {
    let domain = address.rsplit_once('@').map(|(_, domain)| domain);
    domain.and_then(Provider::by_domain).map_or_else(Layer::default, |provider| provider.layer(address))
}

#[cfg(test)]
mod tests;
