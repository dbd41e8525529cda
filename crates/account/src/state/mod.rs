//! What was learned about an account and is kept between runs: not settings, which people write.
//!
//! Losing it costs no access, it costs safety: the strongest mechanism a login has succeeded with, below which a later
//! offer is suspicious, and the certificate that was believed first. So a file that cannot be read is an error and
//! never an empty state: whoever can damage it could otherwise undo both.

use std::path::{Path, PathBuf};

use tayori_client::tls::Fingerprint;
use tayori_proto::sasl::Mechanism;
use toml_edit::{DocumentMut, Item, TableLike, value};

use crate::config::{AccountName, Environment, Folders, NoHome};
use crate::replace::{self, Held, ReplaceError};

/// The largest file that is read, in octets: it holds a few lines.
const LARGEST: u64 = 64 * 1024;

/// The version of the file's meaning. A later one may say something that must not be passed over.
const VERSION: i64 = 1;

/// What stands at the head of a new file.
const HEAD: &str = "# Kept by tayori, not for settings. Removing it forgets which login mechanism and which certificate\n\
                    # were seen before, so that a weaker one would not be noticed.\n";

/// What is kept of one account, and where.
///
/// A value of this type is what was read once; another run may change the file meanwhile. What is recorded is put
/// together with what is in the file by then, under a lock, and the file is replaced as a whole. What a later version
/// of this program has written there stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    path: PathBuf,
    account: AccountName,
    learned: Learned,
}

/// What was learned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Learned {
    strongest: Option<Mechanism>,
    first_seen: Option<Fingerprint>,
}

impl State {
    /// Where an account's state is: `accounts/NAME.toml` in [`Folders::state`].
    pub fn path_of(account: &AccountName, environment: &Environment) -> Result<PathBuf, NoHome> {
        let folder = Folders::find(environment)?.state.join("accounts");
        Ok(folder.join(format!("{account}.toml")))
    }

    /// Reads what is kept of an account; nothing, where there is no file.
    ///
    /// Blocks for as long as the file system does.
    pub fn load(account: &AccountName, environment: &Environment) -> Result<Self, StateError> {
        Self::read(account, &Self::path_of(account, environment)?)
    }

    /// The same, from this file.
    pub fn read(account: &AccountName, path: &Path) -> Result<Self, StateError> {
        let octets = replace::read(path, LARGEST);
        let octets = octets.map_err(|cause| StateError::Unreadable { path: path.to_owned(), cause })?;
        let (_, learned) = parse(octets.as_deref(), path)?;
        Ok(Self { path: path.to_owned(), account: account.clone(), learned })
    }

    /// The account.
    pub fn account(&self) -> &AccountName {
        &self.account
    }

    /// The file. It need not exist.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The strongest mechanism that a login has succeeded with.
    pub fn strongest_mechanism(&self) -> Option<Mechanism> {
        self.learned.strongest
    }

    /// The certificate that was believed at the first connection.
    pub fn first_fingerprint(&self) -> Option<Fingerprint> {
        self.learned.first_seen
    }

    /// Notes that a login with this mechanism has succeeded. Only a stronger one than any before changes something;
    /// otherwise nothing is written.
    pub fn record_login(&mut self, mechanism: Mechanism) -> Result<(), StateError> {
        if self.learned.strongest.is_some_and(|known| known.strength() >= mechanism.strength()) {
            return Ok(());
        }
        self.change(|learned| {
            let known = learned.strongest.filter(|known| known.strength() > mechanism.strength());
            learned.strongest = Some(known.unwrap_or(mechanism));
            Ok(())
        })
    }

    /// Notes the certificate that is believed because it is the first.
    ///
    /// # Errors
    ///
    /// Another one was noted before, perhaps by a run at the same time: that one is kept, and this certificate is not
    /// to be believed.
    pub fn record_first_fingerprint(&mut self, fingerprint: Fingerprint) -> Result<(), StateError> {
        let path = self.path.clone();
        self.change(|learned| match learned.first_seen {
            Some(known) if known != fingerprint => {
                Err(StateError::OtherFingerprint { path, known, seen: fingerprint })
            }
            _ => {
                learned.first_seen = Some(fingerprint);
                Ok(())
            }
        })
    }

    /// Forgets the strongest mechanism: the next login notes its own.
    pub fn forget_mechanism(&mut self) -> Result<(), StateError> {
        self.change(|learned| {
            learned.strongest = None;
            Ok(())
        })
    }

    /// Forgets the first certificate: the next one is the first.
    pub fn forget_fingerprint(&mut self) -> Result<(), StateError> {
        self.change(|learned| {
            learned.first_seen = None;
            Ok(())
        })
    }

    /// Changes what is in the file by now, and remembers it.
    fn change(
        &mut self,
        change: impl FnOnce(&mut Learned) -> Result<(), StateError>,
    ) -> Result<(), StateError> {
        let held = Held::take(&self.path, LARGEST)?;
        let was = held.read()?;
        let (mut document, mut learned) = parse(was.as_deref(), &self.path)?;
        let before = learned;
        change(&mut learned)?;
        if learned != before || was.is_none() {
            note(&mut document, STRONGEST, learned.strongest.map(|mechanism| mechanism.name().to_owned()));
            note(&mut document, FIRST, learned.first_seen.map(|fingerprint| fingerprint.to_string()));
            held.replace(was.as_deref(), document.to_string().as_bytes())?;
        }
        self.learned = learned;
        Ok(())
    }
}

const STRONGEST: &str = "strongest-mechanism";
const FIRST: &str = "first-fingerprint";

fn note(document: &mut DocumentMut, key: &str, text: Option<String>) {
    match text {
        Some(text) => drop(document.insert(key, value(text))),
        None => drop(document.remove(key)),
    }
}

/// Reads a file; one that does not exist is a new one.
fn parse(octets: Option<&[u8]>, path: &Path) -> Result<(DocumentMut, Learned), StateError> {
    let damaged = |why: &'static str| StateError::Damaged { path: path.to_owned(), why };
    let Some(octets) = octets else {
        let mut document = DocumentMut::new();
        document.insert("version", value(VERSION));
        document.decor_mut().set_prefix("");
        if let Some(mut key) = document.key_mut("version") {
            key.leaf_decor_mut().set_prefix(HEAD);
        }
        return Ok((document, Learned::default()));
    };
    let text = std::str::from_utf8(octets).map_err(|_| damaged("it is not UTF-8"))?;
    let document = text.parse::<DocumentMut>().map_err(|_| damaged("it is no TOML"))?;
    match document.get("version").map(Item::as_integer) {
        Some(Some(VERSION)) => {}
        Some(Some(version)) if version > VERSION => {
            return Err(StateError::Later { path: path.to_owned(), version });
        }
        _ => return Err(damaged("it has no version")),
    }
    let strongest = text_of(&*document, STRONGEST, damaged)?;
    let strongest =
        strongest.map(|name| Mechanism::from_name(name).ok_or_else(|| damaged("its mechanism is unknown")));
    let first_seen = text_of(&*document, FIRST, damaged)?;
    let first_seen = first_seen.map(|text| text.parse().map_err(|_| damaged("its fingerprint is none")));
    let learned = Learned { strongest: strongest.transpose()?, first_seen: first_seen.transpose()? };
    Ok((document, learned))
}

fn text_of<'d>(
    document: &'d dyn TableLike,
    key: &str,
    damaged: impl Fn(&'static str) -> StateError,
) -> Result<Option<&'d str>, StateError> {
    match document.get(key) {
        None => Ok(None),
        Some(item) => item.as_str().map(Some).ok_or_else(|| damaged("a value is no string")),
    }
}

/// Why the state could not be read or kept. The file is then as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// There is no place for it.
    #[error(transparent)]
    NoHome(#[from] NoHome),
    /// The file could not be read.
    #[error("the state {} could not be read", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
    /// The file is not what was written there.
    #[error("the state {} is damaged: {why}", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A later version of this program has written it in a way that this one does not know.
    #[error("the state {} is of version {version}, which this program does not know", .path.display())]
    Later {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: i64,
    },
    /// Another certificate was believed first.
    #[error("the server's certificate {seen} is not the one of the first connection, {known}")]
    OtherFingerprint {
        /// The file that says so.
        path: PathBuf,
        /// The one that is noted.
        known: Fingerprint,
        /// The one that is shown now.
        seen: Fingerprint,
    },
    /// The file could not be replaced.
    #[error(transparent)]
    Replace(#[from] ReplaceError),
}

impl StateError {
    /// What somebody can do about it, and what they lose by it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Damaged { .. } => Some(
                "removing it forgets the strongest login mechanism and the first certificate: \
                 a weaker login, or another certificate, would not be noticed once"
                    .to_owned(),
            ),
            Self::Later { .. } => Some("use the later version of this program".to_owned()),
            Self::OtherFingerprint { .. } => Some(
                "somebody may be in between; if the server has a new certificate, forget the first one"
                    .to_owned(),
            ),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
