mod comments;

use std::path::{Path, PathBuf};

use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, TableLike, Value};

use super::values::AccountName;
use super::{Config, ConfigError, Environment, LARGEST};
use crate::replace::{Held, ReplaceError};

/// A change of the configuration file that leaves alone what it is not about: comments, order, blanks.
///
/// Changes are made in memory; [`Edit::save`] reads the new text as any configuration is read, and replaces the file if
/// nobody has changed it since [`Edit::open`]. Dropping it changes nothing.
#[derive(Debug)]
pub struct Edit {
    path: PathBuf,
    /// What the file was; `None` if there was none.
    was: Option<Vec<u8>>,
    document: DocumentMut,
    environment: Environment,
}

/// The value of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EditValue {
    /// A string.
    Text(String),
    /// A list of strings.
    List(Vec<String>),
    /// A whole number.
    Number(i64),
    /// True or false.
    Truth(bool),
}

impl Edit {
    /// Reads the file. One that does not exist is an empty one, and is made by [`Edit::save`], with its folder.
    ///
    /// # Errors
    ///
    /// It cannot be read, or has errors: what somebody meant with them cannot be kept.
    pub fn open(path: &Path, environment: &Environment) -> Result<Self, EditError> {
        let unreadable = |cause| EditError::Config(ConfigError::Unreadable { path: path.to_owned(), cause });
        let was = crate::replace::read(path, LARGEST).map_err(unreadable)?;
        let text = String::from_utf8_lossy(was.as_deref().unwrap_or_default()).into_owned();
        if was.is_some() {
            // Says everything that is wrong, also that it is not UTF-8.
            Config::read(path, environment)?;
        }
        let document = text.parse::<DocumentMut>();
        let document = document.map_err(|err| unreadable(std::io::Error::other(err.message().to_owned())))?;
        Ok(Self { path: path.to_owned(), was, document, environment: environment.clone() })
    }

    /// Adds an account at the end of the file, below the comments there. A key may be in a table: `oauth.client-id`.
    ///
    /// # Errors
    ///
    /// There is one of this name.
    pub fn add_account(
        &mut self,
        name: &AccountName,
        settings: impl IntoIterator<Item = (impl AsRef<str>, EditValue)>,
    ) -> Result<(), EditError> {
        if self.account(name).is_ok() {
            return Err(EditError::Exists { name: name.clone() });
        }
        let is_at_end = self.document.get("accounts").is_none_or(Item::is_table);
        let above = if is_at_end { comments::take_last(&mut self.document) } else { String::new() };
        if !self.document.contains_key("accounts") {
            let mut accounts = Table::new();
            // Only `[accounts.NAME]` is written, not `[accounts]`.
            accounts.set_implicit(true);
            self.document.insert("accounts", Item::Table(accounts));
        }
        if let Some(accounts) = self.accounts() {
            let mut table = Table::new();
            table.decor_mut().set_prefix(above);
            accounts.insert(name.as_str(), Item::Table(table));
        }
        for (key, value) in settings {
            self.set(name, key.as_ref(), value)?;
        }
        Ok(())
    }

    /// Removes an account, and `default-account` if that names it, each with the comments that stand directly above it.
    ///
    /// # Errors
    ///
    /// There is none of this name.
    pub fn remove_account(&mut self, name: &AccountName) -> Result<(), EditError> {
        let removed = self.accounts().and_then(|accounts| accounts.remove(name.as_str()));
        let Some(removed) = removed else {
            return Err(EditError::NoSuchAccount { name: name.clone() });
        };
        if let Some(table) = removed.as_table() {
            comments::keep(&mut self.document, table);
        }
        if self.document.get("default-account").and_then(Item::as_str) == Some(name.as_str())
            && let Some((key, _)) = self.document.remove_entry("default-account")
        {
            // It stands in front of all tables.
            comments::keep_at(&mut self.document, isize::MIN, key.leaf_decor().prefix());
        }
        Ok(())
    }

    /// Gives a setting of an account a value. What stands behind it on its line is kept.
    ///
    /// # Errors
    ///
    /// There is no such account, or something on the way to the key is no table. Whether the key and the value are
    /// right is found out by [`Edit::save`].
    pub fn set(&mut self, name: &AccountName, key: &str, value: EditValue) -> Result<(), EditError> {
        let account = self.account(name)?;
        let (table, key) = below(account, key, Missing::Make)?;
        put(table, key, value);
        Ok(())
    }

    /// Takes a setting of an account away, so that `[defaults]` holds, or what is built in. It need not be there.
    ///
    /// # Errors
    ///
    /// There is no such account, or something on the way to the key is no table.
    pub fn unset(&mut self, name: &AccountName, key: &str) -> Result<(), EditError> {
        let account = self.account(name)?;
        match below(account, key, Missing::Leave) {
            Ok((table, key)) => drop(table.remove(key)),
            Err(EditError::NoTable { missing: true, .. }) => {}
            Err(other) => return Err(other),
        }
        Ok(())
    }

    /// Makes this account the one that is meant where none is named. That there is one is found out by [`Edit::save`].
    pub fn set_default_account(&mut self, name: &AccountName) {
        put(self.document.as_table_mut(), "default-account", EditValue::Text(name.to_string()));
    }

    /// The text that would be saved.
    pub fn text(&self) -> String {
        self.document.to_string()
    }

    /// Replaces the file, and says what it holds now.
    ///
    /// The new text is read first: what has errors is not written. Links are followed, and stay. Blocks for as long as
    /// the file system does.
    ///
    /// # Errors
    ///
    /// The new text has errors, somebody changed the file in between, or the file system refuses. The file is then as
    /// it was.
    pub fn save(self) -> Result<Config, EditError> {
        let text = self.text();
        let config = Config::parse(&text, &self.path, &self.environment)?;
        let held = Held::take(&self.path, LARGEST)?;
        held.replace(self.was.as_deref(), text.as_bytes())?;
        Ok(config)
    }

    fn accounts(&mut self) -> Option<&mut dyn TableLike> {
        self.document.get_mut("accounts").and_then(Item::as_table_like_mut)
    }

    fn account(&mut self, name: &AccountName) -> Result<&mut dyn TableLike, EditError> {
        let accounts = self.accounts();
        let account = accounts.and_then(|accounts| accounts.get_mut(name.as_str()));
        account
            .and_then(Item::as_table_like_mut)
            .ok_or_else(|| EditError::NoSuchAccount { name: name.clone() })
    }
}

/// The whole text of the configuration, for somebody who edits a copy of it by hand.
///
/// Unlike [`Edit`] it can be opened with errors, so that they can be mended. Dropping it changes nothing.
#[derive(Debug)]
pub struct Draft {
    path: PathBuf,
    was: Option<Vec<u8>>,
    text: String,
    environment: Environment,
}

impl Draft {
    /// Reads the file. One that does not exist is an empty one, and is made by [`Draft::save`], with its folder.
    ///
    /// # Errors
    ///
    /// It cannot be read, or is not UTF-8.
    pub fn open(path: &Path, environment: &Environment) -> Result<Self, EditError> {
        let unreadable = |cause| ConfigError::Unreadable { path: path.to_owned(), cause };
        let was = crate::replace::read(path, LARGEST).map_err(unreadable)?;
        let text = String::from_utf8(was.clone().unwrap_or_default());
        let text = text.map_err(|error| unreadable(std::io::Error::other(error.utf8_error())))?;
        Ok(Self { path: path.to_owned(), was, text, environment: environment.clone() })
    }

    /// What was in the file.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Replaces the file, and says what it holds now, as [`Edit::save`] does. After an error it can be tried again with
    /// another text.
    ///
    /// # Errors
    ///
    /// The new text has errors, somebody changed the file since it was opened, or the file system refuses. The file is
    /// then as it was.
    pub fn save(&self, text: &str) -> Result<Config, EditError> {
        if text.len() as u64 > LARGEST {
            return Err(ConfigError::TooLarge { path: self.path.clone() }.into());
        }
        let config = Config::parse(text, &self.path, &self.environment)?;
        Held::take(&self.path, LARGEST)?.replace(self.was.as_deref(), text.as_bytes())?;
        Ok(config)
    }
}

/// What happens with a table on the way to a key that is not there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Missing {
    Make,
    Leave,
}

/// The table that the last word of a key stands in.
fn below<'t, 'k>(
    mut table: &'t mut dyn TableLike,
    key: &'k str,
    missing: Missing,
) -> Result<(&'t mut dyn TableLike, &'k str), EditError> {
    let mut words = key.split('.').peekable();
    let mut word = words.next().unwrap_or(key);
    while words.peek().is_some() {
        let absent = !table.contains_key(word);
        if absent && missing == Missing::Make {
            table.insert(word, Item::Value(Value::InlineTable(InlineTable::new())));
        }
        let further = table.get_mut(word).and_then(Item::as_table_like_mut);
        table = further.ok_or_else(|| EditError::NoTable { key: word.to_owned(), missing: absent })?;
        word = words.next().unwrap_or(word);
    }
    Ok((table, word))
}

/// Puts a value where one was, with the blanks and the comment around it, or at the end.
fn put(table: &mut dyn TableLike, key: &str, value: EditValue) {
    let mut value = match value {
        EditValue::Text(text) => Value::from(text),
        EditValue::Number(number) => Value::from(number),
        EditValue::Truth(truth) => Value::from(truth),
        EditValue::List(words) => Value::Array(words.into_iter().collect::<Array>()),
    };
    match table.get_mut(key) {
        Some(Item::Value(old)) => {
            *value.decor_mut() = old.decor().clone();
            *old = value;
        }
        _ => drop(table.insert(key, Item::Value(value))),
    }
}

/// Why a configuration was not changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    /// What is there, or what would be there, cannot be read.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The file could not be replaced.
    #[error(transparent)]
    Replace(#[from] ReplaceError),
    /// There is an account of this name.
    #[error("there is an account \"{name}\" already")]
    Exists {
        /// The name.
        name: AccountName,
    },
    /// There is no account of this name.
    #[error("there is no account \"{name}\"")]
    NoSuchAccount {
        /// The name.
        name: AccountName,
    },
    /// A key names something in a table that is none.
    #[error("{key} is no table")]
    NoTable {
        /// What is no table.
        key: String,
        /// Whether there is nothing at all.
        missing: bool,
    },
}

#[cfg(test)]
mod tests;
