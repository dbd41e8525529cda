//! What settings say, once they are read.

use std::fmt;
use std::net::IpAddr;
use std::num::NonZeroU16;
use std::path::PathBuf;

use tayori_client::tls::{Alpn, Fingerprint, TlsVersion};
use tayori_client::way::{Proxy, ProxyUrlError};
use tayori_proto::types::{MailboxName, Secret};

use crate::oauth::redirect::Redirect;

/// The name of an account, as it stands in front of the colon of `account:mailbox` and in the names of files.
///
/// Letters, digits, `-`, `_` and `.`, not beginning with `-` or `.`, at most 64 characters. So it holds no colon, slash
/// or control character, is no option and no hidden file. `imap` and `imaps` begin URLs and are no names. Case counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountName(String);

impl AccountName {
    /// The longest name, in characters: with what is added it must still be the name of a file.
    pub const MOST: usize = 64;

    /// A name, if it can be one.
    pub fn new(name: impl Into<String>) -> Result<Self, AccountNameError> {
        let name = name.into();
        let allowed = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
        if name.is_empty() {
            return Err(AccountNameError::Empty);
        }
        if name.chars().count() > Self::MOST {
            return Err(AccountNameError::TooLong);
        }
        if let Some(found) = name.chars().find(|c| !allowed(*c)) {
            return Err(AccountNameError::Character(found));
        }
        if name.starts_with(['-', '.']) {
            return Err(AccountNameError::Start);
        }
        if name.eq_ignore_ascii_case("imap") || name.eq_ignore_ascii_case("imaps") {
            return Err(AccountNameError::Scheme);
        }
        Ok(Self(name))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AccountName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why something is no name of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AccountNameError {
    /// There is nothing.
    #[error("an account's name cannot be empty")]
    Empty,
    /// It has more than [`AccountName::MOST`] characters.
    #[error("an account's name has at most {} characters", AccountName::MOST)]
    TooLong,
    /// It has a character that is no letter, digit, `-`, `_` or `.`.
    #[error("an account's name has letters, digits, `-`, `_` and `.`, and not {0:?}")]
    Character(char),
    /// It would look like an option or a hidden file.
    #[error("an account's name does not begin with `-` or `.`")]
    Start,
    /// It would look like a URL.
    #[error("an account cannot be called imap or imaps: these begin a URL")]
    Scheme,
}

/// How a connection is protected. There is no opportunistic mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsMode {
    /// TLS from the first octet.
    Implicit,
    /// STARTTLS before anything else, required.
    StartTls,
    /// No protection at all.
    None,
}

impl TlsMode {
    /// The port where servers expect this mode (RFC 8314 section 3.2, RFC 9051 section 2.1).
    pub fn default_port(self) -> NonZeroU16 {
        const IMAPS: NonZeroU16 = NonZeroU16::new(993).expect("993 is not zero");
        const IMAP: NonZeroU16 = NonZeroU16::new(143).expect("143 is not zero");
        match self {
            Self::Implicit => IMAPS,
            Self::StartTls | Self::None => IMAP,
        }
    }
}

/// A setting that is one word of several.
pub trait Word: Copy + PartialEq + Send + Sync + 'static {
    /// All of them, each with its word in the configuration.
    const ALL: &'static [(&'static str, Self)];

    /// The word of the configuration.
    fn as_str(self) -> &'static str {
        let found = Self::ALL.iter().find(|(_, known)| *known == self);
        found.map(|(word, _)| *word).expect("each variant is listed")
    }
}

impl Word for TlsMode {
    const ALL: &'static [(&'static str, Self)] =
        &[("implicit", Self::Implicit), ("starttls", Self::StartTls), ("none", Self::None)];
}

impl Word for TlsVersion {
    const ALL: &'static [(&'static str, Self)] = &[("1.2", Self::Tls12), ("1.3", Self::Tls13)];
}

impl Word for Alpn {
    const ALL: &'static [(&'static str, Self)] = &[("none", Self::Off), ("imap", Self::Imap)];
}

impl Word for Flow {
    const ALL: &'static [(&'static str, Self)] = &[("browser", Self::Browser), ("device", Self::Device)];
}

/// A command of the user. What it is, is not shown: it may hold a secret.
#[derive(Clone, PartialEq, Eq)]
pub enum CommandLine {
    /// Run by the shell: `sh -c`, on Windows `cmd /C`.
    Shell(String),
    /// Run as it is: the program and its arguments. Not empty, and neither is the program's name.
    Program(Vec<String>),
}

impl fmt::Debug for CommandLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Shell(_) => "Shell(***)",
            Self::Program(_) => "Program(***)",
        })
    }
}

/// Where an account's secret comes from. One source, never a second one when it fails.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SecretSource {
    /// The first line that a command prints: `password-command`.
    Command(CommandLine),
    /// The first line of a file: `password-file`.
    File(PathBuf),
    /// The value of an environment variable, by its name: `password-env`.
    Environment(String),
    /// The system's keyring: `keyring`.
    Keyring(KeyringEntry),
    /// Tokens of OAuth 2.0: `oauth`.
    OAuth(Box<OAuth>),
    /// Somebody is asked.
    Prompt,
}

impl SecretSource {
    /// The key of the configuration that says so.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Command(_) => "password-command",
            Self::File(_) => "password-file",
            Self::Environment(_) => "password-env",
            Self::Keyring(_) | Self::Prompt => "keyring",
            Self::OAuth(_) => "oauth",
        }
    }
}

/// Under which names the keyring has the password. What is not said follows from the account: see
/// [`KeyringEntry::names`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyringEntry {
    /// The attribute `service`.
    pub service: Option<String>,
    /// The attribute `username`.
    pub user: Option<String>,
}

impl KeyringEntry {
    /// The service that entries are kept under where the configuration names none.
    pub const SERVICE: &str = "tayori";

    /// Both names for the account of this name: what is said here, else [`KeyringEntry::SERVICE`] and the account's
    /// name.
    pub fn names(&self, account: &str) -> (String, String) {
        let service = self.service.clone().unwrap_or_else(|| Self::SERVICE.to_owned());
        (service, self.user.clone().unwrap_or_else(|| account.to_owned()))
    }
}

/// Whom to believe about the server's certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trust {
    /// The certification authorities that this machine trusts.
    System,
    /// Those in a PEM file: `ca-file`.
    CaFile(PathBuf),
    /// Exactly the certificate with this fingerprint: `fingerprint`.
    Fingerprint(Fingerprint),
    /// The certificate of the first connection, from then on no other: `trust-first-use`.
    FirstUse,
}

/// The certificate by which this client shows who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientIdentity {
    /// PEM, with its chain: `client-certificate`.
    pub certificate: PathBuf,
    /// PEM: `client-key`. It may be the same file.
    pub key: PathBuf,
}

/// Reads the address of a proxy in a place where passwords do not belong: a file, or the list of processes.
///
/// # Errors
///
/// It is no address of a proxy, or it names a user.
pub fn proxy_without_login(text: &str) -> Result<Proxy, ValueError> {
    let proxy = text.parse::<Proxy>().map_err(ValueError::Proxy)?;
    if proxy.has_login() { Err(ValueError::ProxyLogin) } else { Ok(proxy) }
}

/// How an account gets and keeps tokens of OAuth 2.0: data only, with nothing tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OAuth {
    /// Who hands out tokens.
    pub server: OAuthServer,
    /// `client-id`: who this program is there.
    pub client_id: String,
    /// `client-secret` or `client-secret-command`, where the provider wants one.
    pub client_secret: Option<ClientSecret>,
    /// `scopes`; where none are said, those of the provider.
    pub scopes: Vec<String>,
    /// `flow`; where none is said, what the provider allows.
    pub flow: Option<Flow>,
    /// `issuer`: whom the answer in the browser has to come from (RFC 9207); where none is said, that of the provider.
    pub issuer: Option<String>,
    /// `redirect`, as it was registered; where none is said, that of the provider.
    pub redirect: Option<String>,
    /// `store`: where the refresh token is kept.
    pub store: TokenStore,
}

/// Who hands out tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OAuthServer {
    /// One that is known by this name: `provider`. Whether it is known is not looked up here.
    Provider(String),
    /// By its endpoints. All of them are `https`, or `http` on loopback.
    Endpoints {
        /// `authorize-url`, for the browser flow.
        authorize: Option<String>,
        /// `token-url`.
        token: String,
        /// `device-url`, for the device flow. At least one of the two is there.
        device: Option<String>,
    },
}

/// The secret of the program itself, which for a program on somebody's own machine is hardly one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientSecret {
    /// It stands in the configuration: `client-secret`.
    Literal(Secret),
    /// The first line that a command prints: `client-secret-command`.
    Command(CommandLine),
}

/// How the user says yes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// In a browser on this machine (RFC 8252).
    Browser,
    /// By typing a code on any other device (RFC 8628).
    Device,
}

/// Where the refresh token is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenStore {
    /// In the system's keyring.
    Keyring,
    /// In a file of mode 0600: this one, or one in the folder of the state.
    File(Option<PathBuf>),
}

/// What a mailbox is for (RFC 6154 section 2), where that can be said by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum SpecialUse {
    /// What was sent.
    Sent,
    /// What is being written.
    Drafts,
    /// What was thrown away.
    Trash,
    /// What nobody wanted.
    Junk,
    /// What is done with.
    Archive,
}

impl SpecialUse {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Sent, Self::Drafts, Self::Trash, Self::Junk, Self::Archive];

    /// The key of the configuration.
    pub fn key(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Drafts => "drafts",
            Self::Trash => "trash",
            Self::Junk => "junk",
            Self::Archive => "archive",
        }
    }
}

/// A value that does not fit its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ValueError {
    /// There is nothing.
    #[error("is empty")]
    Empty,
    /// It holds a character that cannot be meant.
    #[error("holds a control character")]
    Control,
    /// It is no address of a mailbox.
    #[error("is no mail address: NAME@DOMAIN")]
    Address,
    /// It is no name or address of a machine.
    #[error("is no host: a name or an address, without port")]
    Host,
    /// It is no fingerprint.
    #[error("is no fingerprint: SHA256: and 64 hexadecimal digits")]
    Fingerprint,
    /// It is no proxy.
    #[error("{0}")]
    Proxy(#[from] ProxyUrlError),
    /// It is one with a user: the password would be where others can read it.
    #[error("a proxy is written without user and password here; the variable TAYORI_PROXY may have them")]
    ProxyLogin,
    /// It is no URL that secrets may be sent to.
    #[error("is no https URL (http is for loopback only)")]
    Url,
    /// What was registered as a redirect, and does not lead to this machine.
    #[error("is no http URL of 127.0.0.1 or localhost")]
    Redirect,
    /// It is no name of an environment variable.
    #[error("is no name of an environment variable")]
    Variable,
    /// It is no name of a mailbox.
    #[error("is no name of a mailbox")]
    Mailbox,
    /// It cannot be sent.
    #[error("holds NUL")]
    Nul,
    /// It begins with `~`, and there is no home folder, or it is somebody else's.
    #[error("begins with ~, which stands for the home folder only as ~/ and where there is one")]
    Home,
}

pub(crate) fn checked_text(text: &str) -> Result<String, ValueError> {
    match text {
        "" => Err(ValueError::Empty),
        _ if text.chars().any(char::is_control) => Err(ValueError::Control),
        _ => Ok(text.to_owned()),
    }
}

pub(crate) fn checked_address(text: &str) -> Result<String, ValueError> {
    let text = checked_text(text)?;
    match text.rsplit_once('@') {
        Some((name, domain)) if !name.is_empty() && !name.contains(char::is_whitespace) => {
            checked_host(domain).map_err(|_| ValueError::Address)?;
            Ok(text)
        }
        _ => Err(ValueError::Address),
    }
}

/// A name of a machine, or an address, which may be in the brackets of a URL; they are taken off.
pub(crate) fn checked_host(text: &str) -> Result<String, ValueError> {
    if text.is_empty() {
        return Err(ValueError::Empty);
    }
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    if bare.parse::<IpAddr>().is_ok() {
        return Ok(bare.to_owned());
    }
    // Letters may be of any script; what they become in the DNS is for whoever resolves them.
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    let is_name = text.chars().all(allowed) && !text.starts_with(['.', '-']) && !text.contains("..");
    if is_name { Ok(text.to_owned()) } else { Err(ValueError::Host) }
}

/// A URL that a secret may be sent to.
pub(crate) fn checked_url(text: &str) -> Result<String, ValueError> {
    let text = checked_text(text)?;
    let (scheme, rest) = text.split_once("://").ok_or(ValueError::Url)?;
    let place = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = match place.strip_prefix('[') {
        Some(bracketed) => bracketed.split_once(']').map(|(host, _)| host),
        None => place.split(':').next(),
    };
    let host = checked_host(host.unwrap_or_default()).map_err(|_| ValueError::Url)?;
    let loopback = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    let allowed = scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http") && loopback;
    if allowed && !place.contains('@') && !text.contains(' ') { Ok(text) } else { Err(ValueError::Url) }
}

/// A URL of this machine, where the browser hands over the answer.
pub(crate) fn checked_redirect(text: &str) -> Result<String, ValueError> {
    Redirect::parse(text).map(|_| text.to_owned()).map_err(|_| ValueError::Redirect)
}

pub(crate) fn checked_variable(text: &str) -> Result<String, ValueError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_';
    match text {
        "" => Err(ValueError::Empty),
        _ if text.chars().all(allowed) && !text.starts_with(|c: char| c.is_ascii_digit()) => {
            Ok(text.to_owned())
        }
        _ => Err(ValueError::Variable),
    }
}

pub(crate) fn checked_mailbox(text: &str) -> Result<MailboxName, ValueError> {
    if text.is_empty() {
        return Err(ValueError::Empty);
    }
    MailboxName::new(text).map_err(|_| ValueError::Mailbox)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_accounts() {
        let check = |name: &str, expected: Result<(), &str>| {
            let found = AccountName::new(name).map(drop).map_err(|err| err.to_string());
            assert_eq!(found, expected.map_err(str::to_owned), "{name:?}");
        };
        for good in ["work", "a", "ann.example-2_x", "仕事", "imapx", &"x".repeat(64)] {
            check(good, Ok(()));
        }
        check("", Err("an account's name cannot be empty"));
        check(&"x".repeat(65), Err("an account's name has at most 64 characters"));
        for (bad, shown) in [("a:b", "':'"), ("a/b", "'/'"), ("a\u{1b}", "'\\u{1b}'"), ("a b", "' '")] {
            let message = format!("an account's name has letters, digits, `-`, `_` and `.`, and not {shown}");
            check(bad, Err(&message));
        }
        for bad in ["-a", ".a", "..", "."] {
            check(bad, Err("an account's name does not begin with `-` or `.`"));
        }
        for bad in ["imap", "IMAPS"] {
            check(bad, Err("an account cannot be called imap or imaps: these begin a URL"));
        }
    }

    #[test]
    fn proxies() {
        let check = |text: &str, expected: &str| {
            let found = proxy_without_login(text);
            assert_eq!(found.map_or_else(|err| err.to_string(), |proxy| proxy.url()), expected);
        };
        check("SOCKS5h://localhost", "socks5://localhost:1080");
        check("http://[::1]:3128/", "http://[::1]:3128");
        check("http://proxy.example", "the address of the proxy has no port, such as http://host:3128");
        for login in ["ann:hunter2", "ann"] {
            check(
                &format!("http://{login}@proxy:1"),
                "a proxy is written without user and password here; the variable TAYORI_PROXY may have them",
            );
        }
    }

    #[test]
    fn values_that_fit_and_those_that_do_not() {
        assert_eq!(checked_address("ann@example.org"), Ok("ann@example.org".to_owned()));
        for bad in ["ann", "@example.org", "ann@", "a nn@example.org", "ann@exa mple.org"] {
            assert_eq!(checked_address(bad), Err(ValueError::Address), "{bad}");
        }
        assert_eq!(checked_address("ann\n@example.org"), Err(ValueError::Control));
        assert_eq!(checked_host("[::1]"), Ok("::1".to_owned()));
        for bad in ["a b", "a:993", "imap://a", "a/b", ".a", "a..b", "-a", "a\u{7}"] {
            assert_eq!(checked_host(bad), Err(ValueError::Host), "{bad}");
        }
        for good in ["https://a.example/token", "http://127.0.0.1:8080/x?y", "http://[::1]/", "HTTPS://a"] {
            assert_eq!(checked_url(good), Ok(good.to_owned()));
        }
        for bad in ["http://a.example/", "https://", "https://a@b/", "a", "ftp://localhost/", "https://a b"] {
            assert_eq!(checked_url(bad), Err(ValueError::Url), "{bad}");
        }
        assert_eq!(checked_variable("A_1"), Ok("A_1".to_owned()));
        for bad in ["1A", "A=B", "A B", "A\0"] {
            assert_eq!(checked_variable(bad), Err(ValueError::Variable), "{bad}");
        }
    }

    #[test]
    fn no_command_and_no_secret_is_shown() {
        assert_eq!(format!("{:?}", CommandLine::Shell("echo hunter2".into())), "Shell(***)");
        assert_eq!(format!("{:?}", CommandLine::Program(vec!["hunter2".into()])), "Program(***)");
        let secret = ClientSecret::Literal(Secret::new("hunter2").unwrap());
        assert_eq!(format!("{secret:?}"), "Literal(Secret(***))");
    }
}
