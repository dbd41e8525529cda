use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroU16;
use std::path::PathBuf;
use std::time::Duration;

use tayori_client::tls::{Alpn, TlsVersion};
use tayori_client::way::Proxy;
use tayori_proto::sasl::Mechanism;
use tayori_proto::types::MailboxName;

use super::environment::Environment;
use super::problem::{Place, Problem, Trouble};
use super::reader::{self, Base};
use super::values::{ClientIdentity, CommandLine, SecretSource, SpecialUse, TlsMode, Trust};

/// Where a setting comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// An option of the command line, as it is typed: `--timeout`.
    Flag(&'static str),
    /// The URL that says where mail is (RFC 5092).
    Url,
    /// An environment variable.
    Environment(&'static str),
    /// The account's table in the configuration.
    Account {
        /// The line of its key.
        line: u32,
    },
    /// `[defaults]` of the configuration, or what stands above all tables.
    Defaults {
        /// The line of its key.
        line: u32,
    },
    /// Found out about the server or its provider; in words, where from.
    Discovered(&'static str),
    /// Nobody said anything.
    BuiltIn,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) => f.write_str(name),
            Self::Url => f.write_str("URL"),
            Self::Environment(name) => write!(f, "environment: {name}"),
            Self::Account { line } => write!(f, "account, line {line}"),
            Self::Defaults { line } => write!(f, "defaults, line {line}"),
            Self::Discovered(from) => write!(f, "discovered: {from}"),
            Self::BuiltIn => f.write_str("built in"),
        }
    }
}

/// A value, and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting<T> {
    /// The value.
    pub value: T,
    /// Where it comes from.
    pub origin: Origin,
}

impl<T> Setting<T> {
    /// A value from there.
    pub fn new(value: T, origin: Origin) -> Self {
        Self { value, origin }
    }

    /// What holds unless somebody says otherwise.
    pub(crate) fn built_in(value: T) -> Self {
        Self::new(value, Origin::BuiltIn)
    }
}

/// The settings that one source gives: the command line, the environment, an account, `[defaults]`, discovery.
///
/// Each is there or not. A caller builds one from its options with [`Origin::Flag`]; the others come from
/// [`Config`](super::Config) and [`Layer::from_environment`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Layer {
    /// `address`: the user's mail address.
    pub address: Option<Setting<String>>,
    /// `host`: the server, a name or an address without brackets.
    pub host: Option<Setting<String>>,
    /// `port`
    pub port: Option<Setting<NonZeroU16>>,
    /// `tls`
    pub tls: Option<Setting<TlsMode>>,
    /// `user`: the login name.
    pub user: Option<Setting<String>>,
    /// `auth`: the one mechanism that is used.
    pub auth: Option<Setting<Mechanism>>,
    /// `minimum-auth`: the weakest mechanism that is used.
    pub minimum_auth: Option<Setting<Mechanism>>,
    /// `password-command`, `password-file`, `password-env`, `keyring`, `oauth`: one of them.
    pub secret: Option<Setting<SecretSource>>,
    /// `ca-file`, `fingerprint`, `trust-first-use`: one of them.
    pub trust: Option<Setting<Trust>>,
    /// `client-certificate` and `client-key`
    pub client_identity: Option<Setting<ClientIdentity>>,
    /// `tls-minimum`
    pub tls_minimum: Option<Setting<TlsVersion>>,
    /// `alpn`
    pub alpn: Option<Setting<Alpn>>,
    /// `proxy`. It has a user and a password only where the environment says so.
    pub proxy: Option<Setting<Proxy>>,
    /// `tunnel`: a command whose stdin and stdout speak IMAP.
    pub tunnel: Option<Setting<CommandLine>>,
    /// `timeout`: how long the server may say nothing.
    pub timeout: Option<Setting<Duration>>,
    /// `special-use`: which mailbox is for what.
    pub special_use: BTreeMap<SpecialUse, Setting<MailboxName>>,
}

/// The environment variable that names the configuration file.
pub const CONFIG_VARIABLE: &str = "TAYORI_CONFIG";
/// The environment variable that names the account.
pub const ACCOUNT_VARIABLE: &str = "TAYORI_ACCOUNT";
/// The environment variable that may hold the password.
pub const PASSWORD_VARIABLE: &str = "TAYORI_PASSWORD";

impl Layer {
    /// What the environment says: `TAYORI_PASSWORD`, `TAYORI_AUTH`, `TAYORI_MINIMUM_AUTH`, `TAYORI_CA_FILE`,
    /// `TAYORI_TLS_MINIMUM`, `TAYORI_ALPN`, `TAYORI_PROXY`, `TAYORI_TIMEOUT`.
    ///
    /// A variable that is empty counts as not set, but for the password, where it is better refused later than passed
    /// over. Who the user is and where the server is are no business of the environment: one left over from another
    /// day would send a password elsewhere.
    ///
    /// # Errors
    ///
    /// All that cannot be read, each with its variable.
    pub fn from_environment(environment: &Environment) -> Result<Self, Vec<Problem>> {
        let mut layer = Self::default();
        let mut problems = Vec::new();
        let mut take = |name: &'static str, read: &mut dyn FnMut(&str, Origin) -> Result<(), Trouble>| {
            let Some(value) = environment.non_empty(name) else { return };
            let read = match value.to_str() {
                Some(text) => read(text, Origin::Environment(name)),
                None => Err(Trouble::NotUtf8),
            };
            if let Err(what) = read {
                problems.push(Problem { place: Place::Variable(name), account: None, key: None, what });
            }
        };
        take("TAYORI_AUTH", &mut |text, origin| {
            layer.auth = Some(Setting::new(reader::mechanism(text)?, origin));
            Ok(())
        });
        take("TAYORI_MINIMUM_AUTH", &mut |text, origin| {
            layer.minimum_auth = Some(Setting::new(reader::mechanism(text)?, origin));
            Ok(())
        });
        take("TAYORI_CA_FILE", &mut |text, origin| {
            // As any program does it: a relative path is relative to where the program was started.
            let base = Base { folder: PathBuf::new(), home: environment.home() };
            layer.trust = Some(Setting::new(Trust::CaFile(base.path(text)?), origin));
            Ok(())
        });
        take("TAYORI_TLS_MINIMUM", &mut |text, origin| {
            layer.tls_minimum = Some(Setting::new(reader::word(text)?, origin));
            Ok(())
        });
        take("TAYORI_ALPN", &mut |text, origin| {
            layer.alpn = Some(Setting::new(reader::word(text)?, origin));
            Ok(())
        });
        take("TAYORI_PROXY", &mut |text, origin| {
            let proxy = text.parse::<Proxy>().map_err(super::values::ValueError::from)?;
            layer.proxy = Some(Setting::new(proxy, origin));
            Ok(())
        });
        take("TAYORI_TIMEOUT", &mut |text, origin| {
            let seconds = text.parse().ok();
            layer.timeout = Some(Setting::new(reader::timeout(seconds)?, origin));
            Ok(())
        });
        if environment.value(PASSWORD_VARIABLE).is_some() {
            let source = SecretSource::Environment(PASSWORD_VARIABLE.to_owned());
            layer.secret = Some(Setting::new(source, Origin::Environment(PASSWORD_VARIABLE)));
        }
        if problems.is_empty() { Ok(layer) } else { Err(problems) }
    }
}
