//! What is known of mail providers: where their servers are, how to log in there, and what to do when that fails.
#![doc = include_str!("../docs/providers.md")]

use std::num::{NonZeroU16, NonZeroU32, NonZeroUsize};
use std::sync::LazyLock;
use std::time::Duration;

use serde::Deserialize;

use crate::config::{Layer, Origin, Setting, TlsMode};

/// What is known of one place where mailboxes are.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Provider {
    /// How this program names it; no two have the same.
    pub id: String,
    /// How people name it.
    pub name: String,
    /// Mail domains, in lower case and as DNS has them; `*.example.org` stands for every domain below that one.
    pub domains: Vec<String>,
    /// Ends of the names of its mail exchangers, by which a domain is known that it hosts for somebody else.
    #[serde(default)]
    pub mx: Vec<String>,
    /// Where IMAP is spoken, the best first. Empty where [`Provider::absent`] says why.
    #[serde(default)]
    pub imap: Vec<Server>,
    /// Where mails are handed in to be sent (RFC 6409), the best first.
    #[serde(default)]
    pub submission: Vec<Server>,
    /// Why there is no server in here: there is no IMAP, or each customer has another host. A sentence.
    pub absent: Option<String>,
    /// What the user name is; `None` where there is nothing to log in to.
    pub login: Option<LoginName>,
    /// What the user name is, where it cannot be made from the address ([`LoginName::Other`]).
    pub login_note: Option<String>,
    /// What the user name is for sending, where it differs.
    pub submission_login: Option<LoginName>,
    /// Ways to log in that work, the best first.
    #[serde(default)]
    pub auth: Vec<Way>,
    /// The preset of OAuth 2.0, where [`Way::OAuth`] works; the preset knows the flows.
    pub oauth: Option<String>,
    /// The page where app passwords are made, where [`Way::AppPassword`] works.
    pub app_passwords: Option<String>,
    /// Where IMAP has to be switched on before the first login, as the end of a sentence.
    pub enable: Option<String>,
    /// Who vouches for the server.
    #[serde(default)]
    pub certificate: Certificate,
    /// Connections that one account may have at once, those of other programs included.
    pub connections: Option<NonZeroU32>,
    /// How a connection stays alive and sees what is new, where that differs from IDLE for 29 minutes.
    pub keep_alive: Option<KeepAlive>,
    /// Whether the server wants `ID` before a mailbox is opened.
    #[serde(default)]
    pub send_id: bool,
    /// Commands that may be on their way at once; `None` where no limit is known.
    pub pipelined: Option<NonZeroUsize>,
    /// What people usually have to do when a login fails, in sentences; `None` where there is nothing to log in to.
    pub advice: Option<String>,
    /// Pages where all this stands.
    pub source: Vec<String>,
}

/// A server of a provider.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Server {
    /// A host name or an address of this machine; `%EMAILDOMAIN%` stands for the domain of the mail address.
    pub host: String,
    /// The port.
    pub port: u16,
    /// How the connection is protected; a provider never has [`Protection::None`].
    pub tls: Protection,
}

/// How a connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protection {
    /// By TLS from its first octet (RFC 8314).
    Implicit,
    /// By TLS after STARTTLS, and by nothing before.
    StartTls,
    /// By nothing. Nobody gets this unasked.
    #[serde(skip)]
    None,
}

/// What a user name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum LoginName {
    /// The whole mail address.
    Address,
    /// What stands in front of the `@`.
    LocalPart,
    /// Something that the address does not tell; [`Provider::login_note`] says what.
    Other,
}

/// A way to log in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Way {
    /// With the password of the account or of the mailbox.
    Password,
    /// With a password that was made for a program.
    AppPassword,
    /// With a token (RFC 6749).
    #[serde(rename = "oauth")]
    OAuth,
}

/// Who vouches for a server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Certificate {
    /// An authority that systems know.
    #[default]
    Public,
    /// Nobody: the certificate has to be named by the person.
    Own,
}

/// How a connection stays alive and sees what is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct KeepAlive {
    /// By what.
    pub by: Sign,
    seconds: Option<NonZeroU32>,
}

impl KeepAlive {
    /// How long the connection may be silent; `None` where that is not known.
    pub fn every(&self) -> Option<Duration> {
        self.seconds.map(|seconds| Duration::from_secs(seconds.get().into()))
    }
}

/// What keeps a connection alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Sign {
    /// IDLE, ended and begun again.
    Idle,
    /// STATUS, since there is no IDLE and NOOP does not count.
    Status,
    /// Opening the mailbox again, since nothing else shows what is new.
    Select,
}

impl Provider {
    /// All of them, in the order of the file.
    pub fn all() -> &'static [Self] {
        &PROVIDERS
    }

    /// The one that this program names so.
    pub fn by_id(id: &str) -> Option<&'static Self> {
        Self::all().iter().find(|provider| provider.id == id)
    }

    /// The one that this mail domain belongs to. The domain is as DNS has it (A-labels), in any case.
    pub fn by_domain(domain: &str) -> Option<&'static Self> {
        let has = |own: &String| match own.strip_prefix("*.") {
            Some(above) => domain.len() > above.len() && ends_with_name(domain, above),
            None => own.eq_ignore_ascii_case(domain),
        };
        // A name beats a pattern.
        let named = |provider: &&Self| provider.domains.iter().any(|own| own.eq_ignore_ascii_case(domain));
        Self::all().iter().find(named).or_else(|| Self::all().iter().find(|one| one.domains.iter().any(has)))
    }

    /// The one that has this IMAP server, in any case of its name; the first where several have it.
    pub fn by_host(host: &str) -> Option<&'static Self> {
        Self::all().iter().find(|one| one.imap.iter().any(|server| server.host.eq_ignore_ascii_case(host)))
    }

    /// The one that this mail exchanger belongs to, by the longest end of its name that is known. A dot behind the name
    /// does not matter, nor does case.
    pub fn by_mail_exchanger(host: &str) -> Option<&'static Self> {
        let host = host.strip_suffix('.').unwrap_or(host);
        let known =
            Self::all().iter().flat_map(|provider| provider.mx.iter().map(move |end| (end, provider)));
        let matching = known.filter(|(end, _)| ends_with_name(host, end));
        matching.max_by_key(|(end, _)| end.len()).map(|(_, provider)| provider)
    }

    /// Where the mail of this address is and who logs in there, as far as it is known: the weakest of all layers.
    pub fn layer(&'static self, address: &str) -> Layer {
        fn known<T>(provider: &'static Provider, value: T) -> Option<Setting<T>> {
            Some(Setting::new(value, Origin::Discovered(&provider.name)))
        }
        let mut layer = Layer::default();
        let (local, domain) = address.rsplit_once('@').unwrap_or((address, ""));
        if let Some(server) = self.imap.first() {
            layer.host = known(self, server.host.replace("%EMAILDOMAIN%", domain));
            layer.port = NonZeroU16::new(server.port).and_then(|port| known(self, port));
            layer.tls = known(
                self,
                match server.tls {
                    Protection::Implicit => TlsMode::Implicit,
                    Protection::StartTls => TlsMode::StartTls,
                    Protection::None => TlsMode::None,
                },
            );
        }
        layer.user = match self.login {
            Some(LoginName::Address) => known(self, address.to_owned()),
            Some(LoginName::LocalPart) => known(self, local.to_owned()),
            Some(LoginName::Other) | None => None,
        };
        layer
    }

    /// Whether IMAP is spoken there, on hosts that are known.
    pub fn has_imap(&self) -> bool {
        !self.imap.is_empty()
    }
}

/// Whether a name is this one or lies below it.
pub(crate) fn ends_with_name(name: &str, end: &str) -> bool {
    let Some(at) = name.len().checked_sub(end.len()) else { return false };
    let (Some(front), Some(back)) = (name.get(..at), name.get(at..)) else { return false };
    back.eq_ignore_ascii_case(end) && (front.is_empty() || front.ends_with('.'))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    provider: Vec<Provider>,
}

static PROVIDERS: LazyLock<Vec<Provider>> = LazyLock::new(|| {
    let read: Result<File, _> = toml::from_str(include_str!("providers.toml"));
    read.expect("the file is part of the program, and a test reads it").provider
});

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// Every provider that does not keep a rule, by its id.
    #[track_caller]
    fn all_keep(rule: &str, keeps: impl Fn(&Provider) -> bool) {
        let broken: Vec<_> = Provider::all().iter().filter(|one| !keeps(one)).map(|one| &one.id).collect();
        assert!(broken.is_empty(), "{rule}: {broken:?}");
    }

    fn id(found: Option<&Provider>) -> Option<&str> {
        found.map(|provider| provider.id.as_str())
    }

    fn is_sentence(text: &str) -> bool {
        !text.contains('\n') && !text.contains("  ") && text.ends_with('.')
    }

    fn is_name(name: &str) -> bool {
        let is_label = |label: &str| {
            let is_ldh = |octet: u8| octet.is_ascii_lowercase() || octet.is_ascii_digit() || octet == b'-';
            !label.is_empty() && label.len() <= 63 && label.bytes().all(is_ldh)
        };
        name.contains('.') && name.split('.').all(is_label)
    }

    #[test]
    fn every_entry_is_complete() {
        let is_page = |page: &String| url::Url::parse(page).is_ok_and(|url| url.scheme() == "https");
        all_keep("a name and a source", |one| {
            !one.name.is_empty() && !one.source.is_empty() && one.source.iter().all(is_page)
        });
        all_keep("a way to be found", |one| !(one.domains.is_empty() && one.mx.is_empty()));
        all_keep("servers, or why there are none", |one| one.imap.is_empty() == one.absent.is_some());
        all_keep("no servers for sending without those for reading", |one| {
            one.imap.is_empty() == one.submission.is_empty()
        });
        all_keep("a way to log in where there is a server", |one| {
            one.has_imap() != (one.auth.is_empty() || one.login.is_none() || one.advice.is_none())
        });
        all_keep("a note for a user name that the address does not tell", |one| {
            (one.login == Some(LoginName::Other)) == one.login_note.is_some()
        });
        all_keep("a page for app passwords", |one| {
            one.auth.contains(&Way::AppPassword) == one.app_passwords.is_some()
                && one.app_passwords.iter().all(is_page)
        });
        // The presets stand in a file of their own.
        let presets = ["gmail", "microsoft", "yahoo", "fastmail"];
        all_keep("a preset for OAuth", |one| match &one.oauth {
            Some(preset) => one.auth.contains(&Way::OAuth) && presets.contains(&preset.as_str()),
            None => !one.auth.contains(&Way::OAuth),
        });
        all_keep("advice in sentences", |one| {
            one.advice.iter().chain(&one.absent).all(|text| is_sentence(text))
        });
        all_keep("words that go into a sentence", |one| {
            one.enable.iter().chain(&one.login_note).all(|text| !text.ends_with('.') && !text.contains('\n'))
        });
    }

    #[test]
    fn nothing_stands_for_two_providers() {
        let mut ids = HashSet::new();
        all_keep_once("id", Provider::all().iter().map(|one| &one.id), &mut ids);
        let mut domains = HashSet::new();
        all_keep_once("domain", Provider::all().iter().flat_map(|one| &one.domains), &mut domains);
        let mut mx = HashSet::new();
        all_keep_once("mail exchanger", Provider::all().iter().flat_map(|one| &one.mx), &mut mx);
    }

    #[track_caller]
    fn all_keep_once<'a>(
        what: &str,
        values: impl Iterator<Item = &'a String>,
        seen: &mut HashSet<&'a String>,
    ) {
        for value in values {
            assert!(seen.insert(value), "the {what} {value:?} is there twice");
        }
    }

    #[test]
    fn names_are_as_dns_has_them() {
        all_keep("domains", |one| one.domains.iter().all(|name| is_name(name.trim_start_matches("*."))));
        all_keep("mail exchangers", |one| one.mx.iter().all(|name| is_name(name)));
        all_keep("hosts", |one| {
            let mut servers = one.imap.iter().chain(&one.submission);
            servers.all(|server| match server.host.as_str() {
                "127.0.0.1" => one.certificate == Certificate::Own,
                "%EMAILDOMAIN%" => one.domains.iter().all(|name| name.starts_with("*.")) && one.mx.is_empty(),
                host => is_name(host),
            })
        });
    }

    #[test]
    fn ports_fit_their_protection() {
        all_keep("IMAP", |one| {
            one.imap.iter().all(|server| {
                matches!(
                    (server.port, server.tls),
                    (993, Protection::Implicit) | (143 | 1143, Protection::StartTls)
                )
            })
        });
        all_keep("submission", |one| {
            one.submission.iter().all(|server| {
                matches!(
                    (server.port, server.tls),
                    (465, Protection::Implicit) | (587 | 1025, Protection::StartTls)
                )
            })
        });
        all_keep("TLS from the start comes first", |one| {
            one.imap.is_sorted_by_key(|server| server.tls == Protection::StartTls)
        });
    }

    #[test]
    fn an_address_finds_its_provider() {
        for (domain, expected) in [
            ("gmail.com", Some("gmail")),
            ("GoogleMail.com", Some("gmail")),
            ("hotmail.fr", Some("outlook")),
            ("contoso.onmicrosoft.com", Some("microsoft365")),
            ("onmicrosoft.com", None),
            ("me.com", Some("icloud")),
            ("gmx.de", Some("gmx-net")),
            ("gmx.com", Some("gmx-com")),
            ("shop.sakura.ne.jp", Some("sakura")),
            ("sakura.ne.jp", None),
            ("notgmail.com", None),
            ("gmail.com.example.org", None),
            ("tutanota.com", Some("tuta")),
            ("", None),
        ] {
            assert_eq!(id(Provider::by_domain(domain)), expected, "{domain}");
        }
    }

    #[test]
    fn the_longest_end_of_a_mail_exchanger_counts() {
        for (host, expected) in [
            ("aspmx.l.google.com.", Some("google-workspace")),
            ("ALT1.ASPMX.L.GOOGLE.COM", Some("google-workspace")),
            ("smtp.google.com", Some("google-workspace")),
            ("contoso-com.mail.protection.outlook.com", Some("microsoft365")),
            ("contoso-com.o-v1.mx.microsoft", Some("microsoft365")),
            ("hotmail-com.olc.protection.outlook.com", Some("outlook")),
            ("in1-smtp.messagingengine.com", Some("fastmail")),
            ("mx.yandex.net", Some("yandex")),
            ("mx2.zoho.com", Some("zoho-domains")),
            ("mx00.kundenserver.de", Some("ionos-de")),
            ("smtpin.rzone.de", Some("strato")),
            ("mx1.mail.ovh.net", Some("ovh")),
            ("evil-messagingengine.com", None),
            ("messagingengine.com.example.org", None),
            ("é.l.google.com", Some("google-workspace")),
            ("", None),
            (".", None),
        ] {
            assert_eq!(id(Provider::by_mail_exchanger(host)), expected, "{host}");
        }
    }

    #[test]
    fn what_servers_need_is_known() {
        let found = Provider::by_domain("163.com").unwrap();
        assert!(found.send_id);
        let keep = found.keep_alive.unwrap();
        assert_eq!((keep.by, keep.every()), (Sign::Status, Some(Duration::from_secs(55))));
        assert_eq!(Provider::by_domain("outlook.com").unwrap().pipelined.map(NonZeroUsize::get), Some(25));
        assert_eq!(Provider::by_domain("naver.com").unwrap().keep_alive.unwrap().every(), None);
        assert!(!Provider::by_id("hey").unwrap().has_imap());
    }

    #[test]
    fn an_unknown_key_is_an_error() {
        let text = "[[provider]]\nid = \"x\"\nname = \"X\"\ndomains = []\nsource = []\nlimit = 3\n";
        let error = toml::from_str::<File>(text).err().unwrap().to_string();
        assert!(error.contains("unknown field `limit`"), "{error}");
        let text = "[[provider]]\nid = \"x\"\nname = \"X\"\ndomains = []\nsource = []\n\
                    imap = [{ host = \"h\", port = 143, tls = \"none\" }]\n";
        assert!(toml::from_str::<File>(text).is_err(), "no protection cannot be written down");
    }
}
