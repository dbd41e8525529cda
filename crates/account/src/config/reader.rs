//! From the text of a configuration to its layers, with all problems.

use std::collections::BTreeMap;
use std::num::NonZeroU16;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tayori_proto::sasl::Mechanism;
use tayori_proto::types::Secret;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::layer::{Layer, Origin, Setting};
use super::problem::{Lines, Problem, Trouble, nearest};
use super::values::{
    AccountName, ClientIdentity, ClientSecret, CommandLine, KeyringEntry, OAuth, OAuthServer, SecretSource,
    SpecialUse, TokenStore, Trust, ValueError, Word, checked_address, checked_host, checked_mailbox,
    checked_redirect, checked_text, checked_url, checked_variable, proxy_without_login,
};

/// What may stand above all tables.
pub(crate) const TOP: &[&str] = &["default-account", "defaults", "accounts"];

/// What may stand in an account, in the order of the documentation.
pub(crate) const ACCOUNT: &[&str] = &[
    "address",
    "host",
    "port",
    "tls",
    "user",
    "auth",
    "minimum-auth",
    "password-command",
    "password-file",
    "password-env",
    "keyring",
    "oauth",
    "ca-file",
    "fingerprint",
    "trust-first-use",
    "client-certificate",
    "client-key",
    "tls-minimum",
    "alpn",
    "proxy",
    "tunnel",
    "timeout",
    "special-use",
];

/// What of it may not stand in `[defaults]`, since it is different for each account.
pub(crate) const ONLY_IN_ACCOUNT: &[&str] = &[
    "address",
    "host",
    "port",
    "user",
    "password-command",
    "password-file",
    "password-env",
    "oauth",
    "fingerprint",
    "tunnel",
];

/// What may stand in `keyring`, where it is a table.
pub(crate) const KEYRING: &[&str] = &["service", "user"];

/// What may stand in `oauth`.
pub(crate) const OAUTH: &[&str] = &[
    "provider",
    "authorize-url",
    "token-url",
    "device-url",
    "client-id",
    "client-secret",
    "client-secret-command",
    "scopes",
    "flow",
    "issuer",
    "redirect",
    "store",
];

/// What may stand in `special-use`.
pub(crate) const SPECIAL_USE: &[&str] = &["sent", "drafts", "trash", "junk", "archive"];

/// The longest time limit: a day.
const MOST_SECONDS: u64 = 86_400;

/// What paths are relative to.
pub(crate) struct Base {
    pub(crate) folder: PathBuf,
    pub(crate) home: Option<PathBuf>,
}

impl Base {
    /// A path as it is written: `~/` is the home folder, relative ones begin in the folder of the configuration.
    pub(crate) fn path(&self, text: &str) -> Result<PathBuf, ValueError> {
        match text {
            "" => Err(ValueError::Empty),
            _ if text.contains('\0') => Err(ValueError::Nul),
            _ if text.starts_with('~') => {
                let below = text.strip_prefix("~/").ok_or(ValueError::Home)?;
                Ok(self.home.as_ref().ok_or(ValueError::Home)?.join(below))
            }
            _ => Ok(self.folder.join(text)),
        }
    }
}

/// What stands in a configuration.
#[derive(Default)]
pub(crate) struct Read {
    pub(crate) default_account: Option<Setting<AccountName>>,
    pub(crate) defaults: Layer,
    /// In the order of the file.
    pub(crate) accounts: Vec<(AccountName, Layer)>,
    /// Where a secret stands in the text itself.
    pub(crate) secrets: Vec<Problem>,
    pub(crate) problems: Vec<Problem>,
}

/// Reads `text`. `path` is only named in problems; `mode` is who can read the file, where that is known.
pub(crate) fn read(text: &str, path: &Path, base: &Base, mode: Option<u32>) -> Read {
    let (document, errors) = DeTable::parse_recoverable(text);
    let lines = Lines::new(path, text);
    let mut reader = Reader { lines, base, mode, account: None, problems: Vec::new(), secrets: Vec::new() };
    for error in errors {
        // Not its `Display`, which has the line in it.
        let offset = error.span().map_or(0, |span| span.start);
        reader.report(offset, None, Trouble::Syntax(error.message().replace('\n', ", ")));
    }
    let mut read = Read::default();
    reader.document(document.get_ref(), &mut read);
    read.problems = reader.problems;
    read.secrets = reader.secrets;
    // What follows from an error of syntax comes after it; apart from that it is told in the order of the text.
    read.problems.sort_by(|one, other| one.place.cmp(&other.place));
    read
}

pub(crate) fn word<W: Word>(text: &str) -> Result<W, Trouble> {
    W::ALL.iter().find(|(name, _)| *name == text).map(|(_, word)| *word).ok_or_else(|| {
        let known: Vec<&'static str> = W::ALL.iter().map(|(name, _)| *name).collect();
        Trouble::UnknownWord { nearest: nearest(text, known.iter().copied()), known }
    })
}

pub(crate) fn mechanism(text: &str) -> Result<Mechanism, Trouble> {
    Mechanism::from_name(text).ok_or_else(|| {
        let known: Vec<&'static str> = Mechanism::ALL.iter().map(|mechanism| mechanism.name()).collect();
        Trouble::UnknownWord { nearest: nearest(text, known.iter().copied()), known }
    })
}

pub(crate) fn timeout(seconds: Option<u64>) -> Result<Duration, Trouble> {
    seconds
        .filter(|seconds| (1..=MOST_SECONDS).contains(seconds))
        .map(Duration::from_secs)
        .ok_or(Trouble::OutOfRange { least: 1, most: MOST_SECONDS })
}

/// Which keys a table may have.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    Account,
    Defaults,
}

/// A table and what it is called in problems.
#[derive(Clone, Copy)]
struct Table<'t> {
    entries: &'t DeTable<'t>,
    /// What stands in front of its keys: `oauth.`
    prefix: &'static str,
    /// Where it begins.
    at: usize,
}

/// A value that was found.
struct Found<'t> {
    name: &'static str,
    key: usize,
    at: usize,
    value: &'t DeValue<'t>,
}

/// One of several settings of which only one can hold.
struct Choice<T> {
    name: &'static str,
    key: usize,
    value: T,
}

struct Reader<'a> {
    lines: Lines<'a>,
    base: &'a Base,
    mode: Option<u32>,
    account: Option<String>,
    problems: Vec<Problem>,
    secrets: Vec<Problem>,
}

impl Reader<'_> {
    fn document(&mut self, document: &DeTable<'_>, read: &mut Read) {
        let top = Table { entries: document, prefix: "", at: 0 };
        self.check_keys(top, TOP);
        if let Some(found) = self.table(top, "defaults") {
            read.defaults = self.layer(found, Scope::Defaults);
        }
        if let Some(accounts) = self.table(top, "accounts") {
            let mut entries: Vec<_> = accounts.entries.iter().collect();
            entries.sort_by_key(|(name, _)| name.span().start);
            for (name, value) in entries {
                self.account = Some(name.get_ref().to_string());
                let at = name.span().start;
                let checked = AccountName::new(name.get_ref().to_string());
                let checked = self.keep(at, None, checked.map_err(Trouble::from));
                match value.get_ref() {
                    DeValue::Table(entries) => {
                        let layer = self.layer(Table { entries, prefix: "", at }, Scope::Account);
                        self.check_reachable(Table { entries, prefix: "", at }, &layer, &read.defaults);
                        read.accounts.extend(checked.map(|name| (name, layer)));
                    }
                    other => self.wrong_type(value.span().start, None, "a table", other),
                }
                self.account = None;
            }
        }
        if let Some(found) = find(top, "default-account") {
            let name = self.string(&found, "").map(|name| AccountName::new(name).map_err(Trouble::from));
            let name = name.and_then(|name| self.keep(found.at, Some(full("", found.name)), name));
            if let Some(name) = name {
                self.check_known(&found, &name, read, top);
                let line = self.lines.position(found.key).line;
                read.default_account = Some(Setting::new(name, Origin::Defaults { line }));
            }
        }
    }

    /// The account that is named has to be there, in whatever state it is.
    fn check_known(&mut self, found: &Found<'_>, name: &AccountName, read: &Read, top: Table<'_>) {
        let accounts = find(top, "accounts").and_then(|accounts| accounts.value.as_table());
        if accounts.is_some_and(|accounts| accounts.contains_key(name.as_str())) {
            return;
        }
        let near = nearest(name.as_str(), read.accounts.iter().map(|(known, _)| known.as_str()));
        let what = Trouble::NoSuchAccount { name: name.to_string(), nearest: near.map(str::to_owned) };
        self.report(found.at, Some(found.name.to_owned()), what);
    }

    /// Whether anybody could connect with it. A key that is there but wrong was told of already.
    fn check_reachable(&mut self, table: Table<'_>, layer: &Layer, defaults: &Layer) {
        let has = |name: &str| table.entries.contains_key(name);
        if !has("host") && !has("address") && !has("tunnel") {
            self.report(table.at, None, Trouble::Lacks { needed: "host (or address, or tunnel)" });
            return;
        }
        let auth = layer.auth.as_ref().or(defaults.auth.as_ref()).map(|auth| auth.value);
        let nameless = matches!(auth, Some(Mechanism::External | Mechanism::Anonymous));
        if has("host") && !has("user") && !has("address") && !nameless {
            self.report(table.at, None, Trouble::Lacks { needed: "user (or address)" });
        }
    }

    /// The settings of an account or of `[defaults]`.
    fn layer(&mut self, table: Table<'_>, scope: Scope) -> Layer {
        self.check_keys(table, ACCOUNT);
        if scope == Scope::Defaults {
            for name in ONLY_IN_ACCOUNT {
                if let Some(found) = find(table, name) {
                    self.report(found.key, Some((*name).to_owned()), Trouble::OnlyInAccount);
                }
            }
        }
        let layer = Layer {
            address: self
                .setting(table, scope, "address", |reader, found| reader.text(found, "", checked_address)),
            host: self.setting(table, scope, "host", |reader, found| reader.text(found, "", checked_host)),
            port: self.setting(table, scope, "port", Reader::port),
            tls: self.setting(table, scope, "tls", |reader, found| reader.word(found, "")),
            user: self.setting(table, scope, "user", |reader, found| reader.text(found, "", checked_text)),
            auth: self.setting(table, scope, "auth", Reader::mechanism),
            minimum_auth: self.setting(table, scope, "minimum-auth", Reader::mechanism),
            secret: self.secret(table, scope),
            trust: self.trust(table, scope),
            client_identity: self.client_identity(table, scope),
            tls_minimum: self.setting(table, scope, "tls-minimum", |reader, found| reader.word(found, "")),
            alpn: self.setting(table, scope, "alpn", |reader, found| reader.word(found, "")),
            proxy: self
                .setting(table, scope, "proxy", |reader, found| reader.text(found, "", proxy_without_login)),
            tunnel: self.setting(table, scope, "tunnel", |reader, found| reader.command(found, "")),
            timeout: self.setting(table, scope, "timeout", |reader, found| {
                let seconds = reader.integer(found)?;
                let seconds = timeout(u64::try_from(seconds).ok());
                reader.keep(found.at, Some(found.name.to_owned()), seconds)
            }),
            special_use: self.special_use(table, scope),
        };
        self.check_beside(table, &layer);
        layer
    }

    /// What within one table cannot hold together, apart from the choices.
    fn check_beside(&mut self, table: Table<'_>, layer: &Layer) {
        let mut beside = |name: &'static str, others: &[&'static str]| {
            let Some(first) = find(table, name) else { return };
            for other in others.iter().filter_map(|other| find(table, other)) {
                // It says that nothing of this kind is wanted, which fits.
                if matches!(other.value, DeValue::Boolean(false)) {
                    continue;
                }
                let line = self.lines.position(first.key).line;
                self.report(
                    other.key,
                    Some(other.name.to_owned()),
                    Trouble::Contradiction { other: name, line },
                );
            }
        };
        const OF_TLS: &[&str] = &[
            "tls-minimum",
            "alpn",
            "ca-file",
            "fingerprint",
            "trust-first-use",
            "client-certificate",
            "client-key",
        ];
        if layer.tunnel.is_some() {
            beside("tunnel", &["host", "port", "tls", "proxy"]);
            beside("tunnel", OF_TLS);
        } else if layer.tls.as_ref().is_some_and(|tls| tls.value == super::values::TlsMode::None) {
            beside("tls", OF_TLS);
        }
        let auth = layer.auth.as_ref().map(|auth| auth.value);
        let minimum = layer.minimum_auth.as_ref().map(|minimum| minimum.value);
        if let (Some(auth), Some(minimum)) = (auth, minimum)
            && auth.strength() < minimum.strength()
        {
            beside("minimum-auth", &["auth"]);
        }
        let takes_tokens = matches!(auth, None | Some(Mechanism::XOAuth2 | Mechanism::OAuthBearer));
        if matches!(layer.secret, Some(Setting { value: SecretSource::OAuth(_), .. })) && !takes_tokens {
            beside("oauth", &["auth"]);
        }
    }

    fn secret(&mut self, table: Table<'_>, scope: Scope) -> Option<Setting<SecretSource>> {
        let mut choices = Vec::new();
        if let Some(found) = find(table, "password-command") {
            let value = self.command(&found, "").map(SecretSource::Command);
            choices.push(Choice { name: found.name, key: found.key, value });
        }
        if let Some(found) = find(table, "password-file") {
            let value = self.path(&found).map(SecretSource::File);
            choices.push(Choice { name: found.name, key: found.key, value });
        }
        if let Some(found) = find(table, "password-env") {
            let value = self.text(&found, "", checked_variable).map(SecretSource::Environment);
            choices.push(Choice { name: found.name, key: found.key, value });
        }
        if let Some(found) = find(table, "oauth") {
            let value = self.oauth(&found).map(|oauth| SecretSource::OAuth(Box::new(oauth)));
            choices.push(Choice { name: found.name, key: found.key, value });
        }
        if let Some(found) = find(table, "keyring") {
            let value = self.keyring(&found);
            choices.push(Choice { name: found.name, key: found.key, value });
        }
        self.choose(choices, scope, |source| *source == SecretSource::Prompt)
    }

    fn keyring(&mut self, found: &Found<'_>) -> Option<SecretSource> {
        match found.value {
            DeValue::Boolean(true) => Some(SecretSource::Keyring(KeyringEntry::default())),
            DeValue::Boolean(false) => Some(SecretSource::Prompt),
            DeValue::Table(entries) => {
                let table = Table { entries, prefix: "keyring.", at: found.at };
                self.check_keys(table, KEYRING);
                let mut text = |name| {
                    let found = find(table, name)?;
                    self.text(&found, table.prefix, checked_text)
                };
                Some(SecretSource::Keyring(KeyringEntry { service: text("service"), user: text("user") }))
            }
            other => {
                self.wrong_type(found.at, Some(found.name.to_owned()), "true, false or a table", other);
                None
            }
        }
    }

    fn trust(&mut self, table: Table<'_>, scope: Scope) -> Option<Setting<Trust>> {
        let mut choices = Vec::new();
        if let Some(found) = find(table, "ca-file") {
            let value = self.path(&found).map(Trust::CaFile);
            choices.push(Choice { name: found.name, key: found.key, value });
        }
        if let Some(found) = find(table, "fingerprint") {
            let value = self.text(&found, "", |text| text.parse().map_err(|_| ValueError::Fingerprint));
            choices.push(Choice { name: found.name, key: found.key, value: value.map(Trust::Fingerprint) });
        }
        if let Some(found) = find(table, "trust-first-use") {
            let value = self.boolean(&found).map(|wanted| match wanted {
                true => Trust::FirstUse,
                false => Trust::System,
            });
            choices.push(Choice { name: found.name, key: found.key, value });
        }
        self.choose(choices, scope, |trust| *trust == Trust::System)
    }

    /// The one of these that holds; a second one is a contradiction, unless it only says that it is not wanted.
    fn choose<T>(
        &mut self,
        mut choices: Vec<Choice<Option<T>>>,
        scope: Scope,
        says_no: impl Fn(&T) -> bool,
    ) -> Option<Setting<T>> {
        if choices.len() > 1 {
            choices.retain(|choice| !choice.value.as_ref().is_some_and(&says_no));
        }
        choices.sort_by_key(|choice| choice.key);
        let mut choices = choices.into_iter();
        let first = choices.next()?;
        for second in choices {
            let line = self.lines.position(first.key).line;
            let what = Trouble::Contradiction { other: first.name, line };
            self.report(second.key, Some(second.name.to_owned()), what);
        }
        Some(Setting::new(first.value?, self.origin(first.key, scope)))
    }

    fn client_identity(&mut self, table: Table<'_>, scope: Scope) -> Option<Setting<ClientIdentity>> {
        let certificate = find(table, "client-certificate");
        let key = find(table, "client-key");
        match (certificate, key) {
            (Some(certificate), Some(key)) => {
                let origin = self.origin(certificate.key, scope);
                let (certificate, key) = (self.path(&certificate), self.path(&key));
                Some(Setting::new(ClientIdentity { certificate: certificate?, key: key? }, origin))
            }
            (Some(alone), None) => {
                let _ = self.path(&alone);
                let what = Trouble::Needs { needed: "client-key" };
                self.report(alone.key, Some(alone.name.to_owned()), what);
                None
            }
            (None, Some(alone)) => {
                let _ = self.path(&alone);
                let what = Trouble::Needs { needed: "client-certificate" };
                self.report(alone.key, Some(alone.name.to_owned()), what);
                None
            }
            (None, None) => None,
        }
    }

    fn special_use(
        &mut self,
        table: Table<'_>,
        scope: Scope,
    ) -> BTreeMap<SpecialUse, Setting<tayori_proto::types::MailboxName>> {
        let Some(table) = self.table(table, "special-use") else { return BTreeMap::new() };
        let table = Table { prefix: "special-use.", ..table };
        self.check_keys(table, SPECIAL_USE);
        let mut mailboxes = BTreeMap::new();
        for role in SpecialUse::ALL {
            let Some(found) = find(table, role.key()) else { continue };
            if let Some(name) = self.text(&found, table.prefix, checked_mailbox) {
                mailboxes.insert(role, Setting::new(name, self.origin(found.key, scope)));
            }
        }
        mailboxes
    }

    fn oauth(&mut self, found: &Found<'_>) -> Option<OAuth> {
        let DeValue::Table(entries) = found.value else {
            self.wrong_type(found.at, Some(found.name.to_owned()), "a table", found.value);
            return None;
        };
        let table = Table { entries, prefix: "oauth.", at: found.key };
        self.check_keys(table, OAUTH);
        let before = self.problems.len();
        let server = self.oauth_server(table);
        let client_id = match find(table, "client-id") {
            Some(found) => self.text(&found, table.prefix, checked_text),
            None => {
                let what = Trouble::Lacks { needed: "client-id" };
                self.report(table.at, Some("oauth".to_owned()), what);
                None
            }
        };
        let client_secret = self.client_secret(table);
        let scopes = find(table, "scopes").and_then(|found| self.texts(&found, table.prefix));
        let flow = find(table, "flow").and_then(|found| self.word(&found, table.prefix));
        let issuer = find(table, "issuer").and_then(|found| self.text(&found, table.prefix, checked_url));
        let redirect = find(table, "redirect");
        let redirect = redirect.and_then(|found| self.text(&found, table.prefix, checked_redirect));
        let store = find(table, "store").and_then(|found| self.store(&found));
        if self.problems.len() > before {
            return None;
        }
        Some(OAuth {
            server: server?,
            client_id: client_id?,
            client_secret,
            scopes: scopes.unwrap_or_default(),
            flow,
            issuer,
            redirect,
            store: store.unwrap_or(TokenStore::Keyring),
        })
    }

    fn oauth_server(&mut self, table: Table<'_>) -> Option<OAuthServer> {
        let provider = find(table, "provider");
        let mut url = |name| {
            let found = find(table, name)?;
            Some((found.key, found.name, self.text(&found, table.prefix, checked_url)))
        };
        let urls = [url("authorize-url"), url("token-url"), url("device-url")];
        if let Some(provider) = provider {
            let line = self.lines.position(provider.key).line;
            for (key, name, _) in urls.into_iter().flatten() {
                let what = Trouble::Contradiction { other: "oauth.provider", line };
                self.report(key, Some(full(table.prefix, name)), what);
            }
            return self.text(&provider, table.prefix, checked_text).map(OAuthServer::Provider);
        }
        let [authorize, token, device] = urls;
        let needed = match (&authorize, &token, &device) {
            (None, None, None) => Some("provider (or token-url and the like)"),
            (_, None, _) => Some("token-url"),
            (None, _, None) => Some("authorize-url or device-url"),
            _ => None,
        };
        if let Some(needed) = needed {
            self.report(table.at, Some("oauth".to_owned()), Trouble::Lacks { needed });
            return None;
        }
        let read = |url: Option<(usize, &str, Option<String>)>| url.and_then(|(_, _, url)| url);
        Some(OAuthServer::Endpoints { authorize: read(authorize), token: read(token)?, device: read(device) })
    }

    fn client_secret(&mut self, table: Table<'_>) -> Option<ClientSecret> {
        let literal = find(table, "client-secret");
        let command = find(table, "client-secret-command");
        if let (Some(first), Some(second)) = (&literal, &command) {
            let line = self.lines.position(first.key).line;
            let what = Trouble::Contradiction { other: "oauth.client-secret", line };
            self.report(second.key, Some(full(table.prefix, second.name)), what);
        }
        if let Some(found) = literal {
            if let Some(mode) = self.mode.filter(|mode| mode & 0o077 != 0) {
                self.secrets.push(Problem {
                    place: self.lines.place(found.key),
                    account: self.account.clone(),
                    key: Some(full(table.prefix, found.name)),
                    what: Trouble::ReadableByOthers { mode },
                });
            }
            return self
                .text(&found, table.prefix, |text| match text {
                    "" => Err(ValueError::Empty),
                    _ => Secret::new(text).map_err(|_| ValueError::Nul),
                })
                .map(ClientSecret::Literal);
        }
        command.and_then(|found| self.command(&found, table.prefix)).map(ClientSecret::Command)
    }

    fn store(&mut self, found: &Found<'_>) -> Option<TokenStore> {
        const KNOWN: [&str; 2] = ["keyring", "file"];
        match found.value {
            DeValue::String(text) if text == "keyring" => Some(TokenStore::Keyring),
            DeValue::String(text) if text == "file" => Some(TokenStore::File(None)),
            DeValue::String(text) => {
                let what = Trouble::UnknownWord { known: KNOWN.to_vec(), nearest: nearest(text, KNOWN) };
                self.report(found.at, Some("oauth.store".to_owned()), what);
                None
            }
            DeValue::Table(entries) => {
                let table = Table { entries, prefix: "oauth.store.", at: found.at };
                self.check_keys(table, &["file"]);
                match find(table, "file") {
                    Some(file) => {
                        let text = self.string(&file, table.prefix)?;
                        let path = self.base.path(&text).map_err(Trouble::from);
                        let path = self.keep(file.at, Some("oauth.store.file".to_owned()), path)?;
                        Some(TokenStore::File(Some(path)))
                    }
                    None => {
                        let what = Trouble::Lacks { needed: "file" };
                        self.report(found.key, Some("oauth.store".to_owned()), what);
                        None
                    }
                }
            }
            other => {
                let expected = "\"keyring\", \"file\" or { file = \"PATH\" }";
                self.wrong_type(found.at, Some("oauth.store".to_owned()), expected, other);
                None
            }
        }
    }

    /// Tells of all keys of a table that there are none of.
    fn check_keys(&mut self, table: Table<'_>, known: &'static [&'static str]) {
        for key in table.entries.keys() {
            let name: &str = key.get_ref();
            if known.contains(&name) {
                continue;
            }
            let nearest = nearest(name, known.iter().copied());
            let is_password =
                matches!(&*name.to_lowercase(), "password" | "pass" | "passwd" | "passphrase" | "secret");
            let what = match is_password {
                true => Trouble::PasswordInFile,
                false => Trouble::UnknownKey { nearest },
            };
            self.report(key.span().start, Some(format!("{}{name}", table.prefix)), what);
        }
    }

    fn setting<T>(
        &mut self,
        table: Table<'_>,
        scope: Scope,
        name: &'static str,
        read: impl FnOnce(&mut Self, &Found<'_>) -> Option<T>,
    ) -> Option<Setting<T>> {
        let found = find(table, name)?;
        let value = read(self, &found)?;
        Some(Setting::new(value, self.origin(found.key, scope)))
    }

    fn origin(&self, key: usize, scope: Scope) -> Origin {
        let line = self.lines.position(key).line;
        match scope {
            Scope::Account => Origin::Account { line },
            Scope::Defaults => Origin::Defaults { line },
        }
    }

    fn table<'t>(&mut self, table: Table<'t>, name: &'static str) -> Option<Table<'t>> {
        let found = find(table, name)?;
        match found.value {
            DeValue::Table(entries) => Some(Table { entries, prefix: "", at: found.key }),
            other => {
                self.wrong_type(found.at, Some(full(table.prefix, name)), "a table", other);
                None
            }
        }
    }

    fn string(&mut self, found: &Found<'_>, prefix: &str) -> Option<String> {
        match found.value {
            DeValue::String(text) => Some(text.to_string()),
            other => {
                self.wrong_type(found.at, Some(full(prefix, found.name)), "a string", other);
                None
            }
        }
    }

    fn text<T>(
        &mut self,
        found: &Found<'_>,
        prefix: &str,
        check: impl FnOnce(&str) -> Result<T, ValueError>,
    ) -> Option<T> {
        let text = self.string(found, prefix)?;
        self.keep(found.at, Some(full(prefix, found.name)), check(&text).map_err(Trouble::from))
    }

    /// A list of strings, none of them empty.
    fn texts(&mut self, found: &Found<'_>, prefix: &str) -> Option<Vec<String>> {
        let key = || Some(full(prefix, found.name));
        let DeValue::Array(items) = found.value else {
            self.wrong_type(found.at, key(), "a list of strings", found.value);
            return None;
        };
        if items.is_empty() {
            self.report(found.at, key(), Trouble::Empty);
            return None;
        }
        let mut texts = Vec::new();
        for item in items {
            match item.get_ref() {
                DeValue::String(text) => {
                    texts.extend(self.keep(
                        item.span().start,
                        key(),
                        checked_text(text).map_err(Trouble::from),
                    ));
                }
                other => self.wrong_type(item.span().start, key(), "a string", other),
            }
        }
        (texts.len() == items.len()).then_some(texts)
    }

    fn path(&mut self, found: &Found<'_>) -> Option<PathBuf> {
        let text = self.string(found, "")?;
        let path = self.base.path(&text).map_err(Trouble::from);
        self.keep(found.at, Some(found.name.to_owned()), path)
    }

    fn boolean(&mut self, found: &Found<'_>) -> Option<bool> {
        match found.value {
            DeValue::Boolean(value) => Some(*value),
            other => {
                self.wrong_type(found.at, Some(found.name.to_owned()), "true or false", other);
                None
            }
        }
    }

    /// A number; one that no number of ours could be is -1, which is out of every range.
    fn integer(&mut self, found: &Found<'_>) -> Option<i64> {
        match found.value {
            DeValue::Integer(number) => {
                Some(i64::from_str_radix(number.as_str(), number.radix()).unwrap_or(-1))
            }
            other => {
                self.wrong_type(found.at, Some(found.name.to_owned()), "a whole number", other);
                None
            }
        }
    }

    fn port(&mut self, found: &Found<'_>) -> Option<NonZeroU16> {
        let number = self.integer(found)?;
        let port = u16::try_from(number).ok().and_then(NonZeroU16::new);
        let port = port.ok_or(Trouble::OutOfRange { least: 1, most: u16::MAX.into() });
        self.keep(found.at, Some(found.name.to_owned()), port)
    }

    fn mechanism(&mut self, found: &Found<'_>) -> Option<Mechanism> {
        let text = self.string(found, "")?;
        self.keep(found.at, Some(found.name.to_owned()), mechanism(&text))
    }

    fn word<W: Word>(&mut self, found: &Found<'_>, prefix: &str) -> Option<W> {
        let text = self.string(found, prefix)?;
        self.keep(found.at, Some(full(prefix, found.name)), word(&text))
    }

    fn command(&mut self, found: &Found<'_>, prefix: &str) -> Option<CommandLine> {
        let key = || Some(full(prefix, found.name));
        let command = match found.value {
            DeValue::String(text) if text.trim().is_empty() => Err(Trouble::Empty),
            DeValue::String(text) if text.contains('\0') => Err(ValueError::Nul.into()),
            DeValue::String(text) => Ok(CommandLine::Shell(text.to_string())),
            DeValue::Array(items) => {
                let mut words = Vec::new();
                for item in items {
                    match item.get_ref() {
                        DeValue::String(text) => words.push(text.to_string()),
                        other => {
                            self.wrong_type(item.span().start, key(), "a string", other);
                            return None;
                        }
                    }
                }
                match words.first() {
                    None => Err(Trouble::Empty),
                    Some(program) if program.is_empty() => Err(Trouble::Empty),
                    Some(_) if words.iter().any(|word| word.contains('\0')) => Err(ValueError::Nul.into()),
                    Some(_) => Ok(CommandLine::Program(words)),
                }
            }
            other => {
                self.wrong_type(found.at, key(), "a string or a list of strings", other);
                return None;
            }
        };
        self.keep(found.at, key(), command)
    }

    fn keep<T>(&mut self, at: usize, key: Option<String>, value: Result<T, Trouble>) -> Option<T> {
        value.map_err(|what| self.report(at, key, what)).ok()
    }

    fn wrong_type(&mut self, at: usize, key: Option<String>, expected: &'static str, found: &DeValue<'_>) {
        let found = match found {
            DeValue::String(_) => "a string",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a fraction",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        self.report(at, key, Trouble::WrongType { expected, found });
    }

    fn report(&mut self, at: usize, key: Option<String>, what: Trouble) {
        let place = self.lines.place(at);
        self.problems.push(Problem { place, account: self.account.clone(), key, what });
    }
}

fn find<'t>(table: Table<'t>, name: &'static str) -> Option<Found<'t>> {
    let (key, value): (&Spanned<_>, &Spanned<_>) = table.entries.get_key_value(name)?;
    Some(Found { name, key: key.span().start, at: value.span().start, value: value.get_ref() })
}

fn full(prefix: &str, name: &str) -> String {
    format!("{prefix}{name}")
}
