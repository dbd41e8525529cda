//! Settings: what can be said about an account, where it was said, and what holds in the end.
//!
//! [`Config`] is the file; [`Layer`] what one source says, be it the file, the command line or the environment;
//! [`Settings`] what holds, each setting with its [`Origin`]. Nothing here connects, runs a command, or asks anybody.
//! What may stand in the file is told in `docs/accounts.md`, why it is read this way in
//! `crates/account/docs/configuration.md`.

mod edit;
mod environment;
mod layer;
mod problem;
mod reader;
mod settings;
mod values;

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

pub use self::edit::{Draft, Edit, EditError, EditValue};
pub use self::environment::{Environment, Folders, NoHome};
pub use self::layer::{ACCOUNT_VARIABLE, CONFIG_VARIABLE, Layer, Origin, PASSWORD_VARIABLE, Setting};
use self::problem::nearest;
pub use self::problem::{Place, Position, Problem, Severity, Trouble};
use self::reader::Base;
pub use self::settings::{DEFAULT_TIMEOUT, Row, Settings};
pub use self::values::{
    AccountName, AccountNameError, ClientIdentity, ClientSecret, CommandLine, Flow, KeyringEntry, OAuth,
    OAuthServer, SecretSource, SpecialUse, TlsMode, TokenStore, Trust, ValueError, Word, proxy_without_login,
};

/// The largest configuration that is read, in octets: a thousand times what a person writes, and read in no time.
pub const LARGEST: u64 = 1024 * 1024;

/// A configuration without errors.
#[derive(Clone, Debug)]
pub struct Config {
    path: PathBuf,
    default_account: Option<Setting<AccountName>>,
    defaults: Layer,
    accounts: Vec<(AccountName, Layer)>,
    warnings: Vec<Problem>,
}

impl Config {
    /// Where the configuration is: what `TAYORI_CONFIG` names, or else `config.toml` in [`Folders::config`].
    pub fn find(environment: &Environment) -> Result<PathBuf, NoHome> {
        match environment.non_empty(CONFIG_VARIABLE) {
            Some(path) => Ok(PathBuf::from(path)),
            None => Ok(Folders::find(environment)?.config.join("config.toml")),
        }
    }

    /// Reads the configuration of this environment. Where nobody named a file and there is none, it is empty.
    ///
    /// Blocks for as long as the file system does.
    pub fn load(environment: &Environment) -> Result<Self, ConfigError> {
        let path = Self::find(environment)?;
        match Self::read(&path, environment) {
            Err(ConfigError::Unreadable { cause, .. })
                if cause.kind() == io::ErrorKind::NotFound
                    && environment.non_empty(CONFIG_VARIABLE).is_none() =>
            {
                Self::parse("", &path, environment)
            }
            read => read,
        }
    }

    /// Reads this file: at most [`LARGEST`] octets of it. The environment says where the home folder is.
    ///
    /// Blocks for as long as the file system does.
    pub fn read(path: &Path, environment: &Environment) -> Result<Self, ConfigError> {
        let unreadable = |cause| ConfigError::Unreadable { path: path.to_owned(), cause };
        let file = File::open(path).map_err(unreadable)?;
        let mode = mode(&file).map_err(unreadable)?;
        let mut octets = Vec::new();
        file.take(LARGEST + 1).read_to_end(&mut octets).map_err(unreadable)?;
        if octets.len() as u64 > LARGEST {
            return Err(ConfigError::TooLarge { path: path.to_owned() });
        }
        let text = match std::str::from_utf8(&octets) {
            Ok(text) => text,
            Err(err) => {
                let before = String::from_utf8_lossy(&octets[..err.valid_up_to()]);
                let place = problem::Lines::new(path, &before).place(err.valid_up_to());
                let problem = Problem { place, account: None, key: None, what: Trouble::NotUtf8 };
                return Err(ConfigError::Invalid { path: path.to_owned(), problems: vec![problem] });
            }
        };
        Self::checked(text, path, environment, mode)
    }

    /// Reads this text. The path is not opened: it is named in problems, and relative paths begin in its folder.
    pub fn parse(text: &str, path: &Path, environment: &Environment) -> Result<Self, ConfigError> {
        Self::checked(text, path, environment, None)
    }

    fn checked(
        text: &str,
        path: &Path,
        environment: &Environment,
        mode: Option<u32>,
    ) -> Result<Self, ConfigError> {
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        let base = Base { folder, home: environment.home() };
        let read = reader::read(text, path, &base, mode);
        if !read.problems.is_empty() {
            return Err(ConfigError::Invalid { path: path.to_owned(), problems: read.problems });
        }
        Ok(Self {
            path: path.to_owned(),
            default_account: read.default_account,
            defaults: read.defaults,
            accounts: read.accounts,
            warnings: read.secrets,
        })
    }

    /// Where it was read.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What somebody should look at, though it can be used.
    pub fn warnings(&self) -> &[Problem] {
        &self.warnings
    }

    /// What applies to all accounts.
    pub fn defaults(&self) -> &Layer {
        &self.defaults
    }

    /// `default-account`
    pub fn default_account(&self) -> Option<&Setting<AccountName>> {
        self.default_account.as_ref()
    }

    /// The accounts in the order of the file.
    pub fn accounts(&self) -> impl ExactSizeIterator<Item = &AccountName> {
        self.accounts.iter().map(|(name, _)| name)
    }

    /// What an account says.
    ///
    /// # Errors
    ///
    /// There is none of this name.
    pub fn account(&self, name: &str) -> Result<&Layer, ChoiceError> {
        let found = self.accounts.iter().find(|(known, _)| known.as_str() == name);
        found.map(|(_, layer)| layer).ok_or_else(|| {
            let near = nearest(name, self.accounts().map(AccountName::as_str));
            ChoiceError::NoSuchAccount { name: name.to_owned(), nearest: near.map(str::to_owned) }
        })
    }

    /// The account of this name, or of this mail address, in any case of its domain.
    ///
    /// # Errors
    ///
    /// There is none, or several have this address.
    pub fn find_account(&self, name_or_address: &str) -> Result<&AccountName, ChoiceError> {
        let Some((local, domain)) = name_or_address.rsplit_once('@') else {
            self.account(name_or_address)?;
            let found = self.accounts().find(|name| name.as_str() == name_or_address);
            return Ok(found.expect("it was looked up in the line above"));
        };
        let has_it = |layer: &Layer| {
            let address = layer.address.as_ref().and_then(|address| address.value.rsplit_once('@'));
            address.is_some_and(|(its, at)| its == local && at.eq_ignore_ascii_case(domain))
        };
        let found: Vec<_> = self.accounts.iter().filter(|(_, layer)| has_it(layer)).collect();
        match &found[..] {
            [(name, _)] => Ok(name),
            [] => Err(ChoiceError::NoSuchAddress { address: name_or_address.to_owned() }),
            several => {
                let names = several.iter().map(|(name, _)| name.to_string()).collect();
                Err(ChoiceError::SeveralOfAddress { address: name_or_address.to_owned(), names })
            }
        }
    }

    /// Which account is meant: the one that a flag names, else `TAYORI_ACCOUNT`, else `default-account`, else the only
    /// one that there is.
    ///
    /// # Errors
    ///
    /// The one that is named does not exist, or nobody named one and there are several, or none.
    pub fn choose(
        &self,
        flag: Option<Setting<&str>>,
        environment: &Environment,
    ) -> Result<Setting<&AccountName>, ChoiceError> {
        let variable = environment.non_empty(ACCOUNT_VARIABLE).map(|name| {
            let name = name.to_string_lossy().into_owned();
            Setting::new(name, Origin::Environment(ACCOUNT_VARIABLE))
        });
        let named = flag.map(|flag| Setting::new(flag.value.to_owned(), flag.origin)).or(variable);
        let named = named.or_else(|| {
            let default = self.default_account.as_ref()?;
            Some(Setting::new(default.value.to_string(), default.origin.clone()))
        });
        match (named, &*self.accounts) {
            (Some(named), accounts) => {
                self.account(&named.value)?;
                let found = accounts.iter().map(|(name, _)| name).find(|name| name.as_str() == named.value);
                let found = found.expect("it was looked up in the line above");
                Ok(Setting::new(found, named.origin))
            }
            (None, []) => Err(ChoiceError::NoAccounts),
            (None, [(only, _)]) => Ok(Setting::built_in(only)),
            (None, several) => {
                let names = several.iter().map(|(name, _)| name.to_string()).collect();
                Err(ChoiceError::Several { names })
            }
        }
    }

    /// What holds for an account, with what stands above the file (`stronger`: flags, then the environment) and below
    /// it (`weaker`: what was discovered), each from the strongest to the weakest.
    ///
    /// # Errors
    ///
    /// There is no account of this name.
    pub fn settings(
        &self,
        name: &str,
        stronger: &[&Layer],
        weaker: &[&Layer],
    ) -> Result<Settings, ChoiceError> {
        let account = self.account(name)?;
        let layers: Vec<&Layer> =
            stronger.iter().copied().chain([account, &self.defaults]).chain(weaker.iter().copied()).collect();
        Ok(Settings::resolve(&layers))
    }
}

/// The permission bits of a file, where there are any.
#[cfg(unix)]
fn mode(file: &File) -> io::Result<Option<u32>> {
    use std::os::unix::fs::MetadataExt as _;

    Ok(Some(file.metadata()?.mode() & 0o7777))
}

#[cfg(not(unix))]
fn mode(_file: &File) -> io::Result<Option<u32>> {
    Ok(None)
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// There is no place for one.
    #[error(transparent)]
    NoHome(#[from] NoHome),
    /// The file could not be read.
    #[error("the configuration {} could not be read", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// The file has more than [`LARGEST`] octets.
    #[error("the configuration {} has more than {LARGEST} octets", .path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// The user has to mend it.
    #[error("the configuration {} has {}", .path.display(), counted(.problems))]
    Invalid {
        /// The file.
        path: PathBuf,
        /// All that is wrong with it, in the order of the text; at least one.
        problems: Vec<Problem>,
    },
}

fn counted(problems: &[Problem]) -> String {
    match problems.len() {
        1 => "an error".to_owned(),
        number => format!("{number} errors"),
    }
}

/// Why it is not clear which account is meant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChoiceError {
    /// There is none of this name.
    #[error("there is no account \"{name}\"")]
    NoSuchAccount {
        /// The name.
        name: String,
        /// The account whose name looks most like it.
        nearest: Option<String>,
    },
    /// There is none of this address.
    #[error("there is no account with the address {address}")]
    NoSuchAddress {
        /// The address.
        address: String,
    },
    /// More than one account has this address.
    #[error("several accounts have the address {address}: {}", .names.join(", "))]
    SeveralOfAddress {
        /// The address.
        address: String,
        /// Their names.
        names: Vec<String>,
    },
    /// Several accounts, and nobody said which.
    #[error("there are several accounts: {}", .names.join(", "))]
    Several {
        /// Their names.
        names: Vec<String>,
    },
    /// The configuration has none.
    #[error("there are no accounts")]
    NoAccounts,
}

#[cfg(test)]
mod tests;
