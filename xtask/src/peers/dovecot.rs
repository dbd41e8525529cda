//! A private Dovecot: its own configuration, users and folders, started from the one of this machine.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::Missing;
use super::certificates::{AUTHORITY, CERTIFICATE, Certificates, KEY};
use super::dovecot24;
use super::install::Needed;
use super::kerberos::{self, Realm};
use super::oauth::{self, Tokens};
use super::ports::Ports;
use super::server::{self, LOG, LetsIn, Server, Traits, VERSION};
use super::variables::{HOST, TEST_USER, Users};
use crate::process;
use crate::stop::{Interrupt, Outcome, Stop, because};

pub(crate) const HOW_TO_GET_DOVECOT: &str = "\
hint: `cargo xtask test --install-peers` installs it (Debian and Ubuntu, as root or with sudo)
hint: or `apt-get install --no-install-recommends dovecot-imapd`; that also starts the system's service, which
      the tests do not use, unless /usr/sbin/policy-rc.d forbids it
hint: or `--peers none` runs the rest knowingly without it";

pub(super) const NEEDED: Needed<'_> =
    Needed { what: "dovecot", packages: &["dovecot-imapd"], is_there: || Installation::expect().is_ok() };

/// The Dovecot of this machine.
pub(crate) struct Installation {
    program: PathBuf,
}

impl Installation {
    /// Nothing if there is no Dovecot, or one without IMAP, which is a package of its own.
    pub(crate) fn expect() -> Result<Self, Missing> {
        let missing =
            || Missing { why: "dovecot is not installed".to_owned(), hint: HOW_TO_GET_DOVECOT.to_owned() };
        let program = process::find_program("dovecot").ok_or_else(missing)?;
        let folders = ["/usr/lib/dovecot", "/usr/libexec/dovecot", "/usr/local/libexec/dovecot"];
        let has_imap = folders.iter().any(|folder| Path::new(folder).join("imap").is_file());
        if has_imap { Ok(Self { program }) } else { Err(missing()) }
    }

    /// Starts a server and returns when it greets on both ports. To the tests, one of 2.4 is what the other peer of
    /// that version is.
    pub(crate) fn start(&self, interrupt: &Interrupt) -> Outcome<Server> {
        let kind = if self.is_2_3() { "dovecot" } else { dovecot24::NAME };
        self.launch(kind, With::Passwords, interrupt)
    }

    /// The same, for a server that takes the tickets of a realm too.
    pub(super) fn start_within(&self, realm: &Realm, interrupt: &Interrupt) -> Outcome<Server> {
        self.launch(kerberos::NAME, With::Realm(realm), interrupt)
    }

    /// The same, for a server that takes the tokens of an authorization server too.
    pub(super) fn start_with_tokens(&self, tokens: &Tokens, interrupt: &Interrupt) -> Outcome<Server> {
        self.launch(oauth::NAME, With::Tokens(tokens), interrupt)
    }

    /// Whether it reads the settings of 2.3.
    pub(super) fn is_2_3(&self) -> bool {
        Version::of(&self.program).is_ok_and(|version| (version.major, version.minor) == (2, 3))
    }

    fn launch(&self, kind: &'static str, with: With<'_>, interrupt: &Interrupt) -> Outcome<Server> {
        let version = Version::of(&self.program)?;
        let accounts = Accounts::of_this_user()?;
        let traits = Traits { kind, users: USERS_HERE, lets_in: LetsIn::ByPasswordOrCertificate };
        server::start(traits, interrupt, |folder, ports, certificates| {
            let settings = Settings { folder, ports, accounts: &accounts, with };
            settings.write(&version, certificates).map_err(because("dovecot's folder cannot be filled"))?;
            let mut command = Command::new(&self.program);
            command.arg("-F").arg("-c").arg(folder.join(CONFIGURATION)).stdin(Stdio::null());
            Ok(command)
        })
    }
}

/// What it takes for a login.
#[derive(Clone, Copy)]
enum With<'a> {
    Passwords,
    /// The tickets of this one too.
    Realm(&'a Realm),
    /// The tokens of this one too.
    Tokens(&'a Tokens),
}

const USERS_HERE: Users = Users::WithOddOne;

/// The settings and the certified users of 2.4 on a Debian, in a folder of root's that has the rest already: names and
/// contents.
pub(super) fn files_2_4(folder: &Path, ports: Ports) -> Vec<(&'static str, String)> {
    let version = Version { full: "2.4.1".to_owned(), major: 2, minor: 4 };
    let accounts = Accounts::of_debian();
    let settings = Settings { folder, ports, accounts: &accounts, with: With::Passwords };
    vec![(CONFIGURATION, settings.configuration(&version)), (CERTIFIED, certified())]
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Version {
    full: String,
    major: u32,
    minor: u32,
}

impl Version {
    fn of(program: &Path) -> Outcome<Self> {
        let text = process::output_of(Command::new(program).arg("--version"))?;
        Self::parse(&text).ok_or_else(|| Stop::failed(format!("dovecot has an unknown version: {text}")))
    }

    /// `2.3.19.1 (9b53102964)`, `2.4.1-4 (7d8c0e5759)`
    fn parse(text: &str) -> Option<Self> {
        let full = text.split([' ', '-']).next()?;
        let mut numbers = full.split('.');
        let major = numbers.next()?.parse().ok()?;
        let minor = numbers.next()?.parse().ok()?;
        Some(Self { full: full.to_owned(), major, minor })
    }
}

/// Every mechanism of 2.3 and 2.4 that works with passwords kept as they are, and with certificates. OAuth wants
/// somebody to ask about tokens, GSSAPI a realm. Who logs in anonymously sees the mail of the ordinary user.
const ALL_MECHANISMS: &str = "plain login cram-md5 digest-md5 scram-sha-1 scram-sha-256 anonymous external";

/// Names inside the folder.
const CONFIGURATION: &str = "dovecot.conf";
const USERS: &str = "users";
const CERTIFIED: &str = "certified";
const KEYTAB: &str = "keytab";
const KERBEROS: &str = "krb5.conf";
const TOKENS: &str = "oauth2.conf";

struct Settings<'a> {
    folder: &'a Path,
    ports: Ports,
    accounts: &'a Accounts,
    with: With<'a>,
}

impl Settings<'_> {
    fn write(&self, version: &Version, certificates: &Certificates) -> io::Result<()> {
        let folder = self.folder;
        // As root, other accounts have to reach their own things in here.
        fs::set_permissions(folder, fs::Permissions::from_mode(self.accounts.folder_mode()))?;
        for name in ["run", "state", "mail"] {
            fs::create_dir(folder.join(name))?;
        }
        if let Some((uid, gid)) = self.accounts.mail_owner {
            chown(folder.join("mail"), Some(uid), Some(gid))?;
        }
        certificates.write(folder)?;
        fs::write(folder.join(VERSION), &version.full)?;
        fs::write(folder.join(USERS), self.users())?;
        fs::write(folder.join(CERTIFIED), certified())?;
        if let With::Tokens(tokens) = self.with {
            fs::write(folder.join(TOKENS), tokens.passdb())?;
        }
        if let With::Realm(realm) = self.with {
            // Copies, since the realm's own folder is closed to the accounts that read them.
            fs::copy(realm.configuration(), folder.join(KERBEROS))?;
            let keytab = folder.join(KEYTAB);
            fs::copy(realm.keytab(), &keytab)?;
            if let Some((uid, gid)) = self.accounts.internal_owner {
                chown(&keytab, Some(uid), Some(gid))?;
            }
        }
        fs::write(folder.join(CONFIGURATION), self.configuration(version))
    }

    /// The passwd-file: name, password, uid, gid, comment, home. A password cannot hold a colon here.
    fn users(&self) -> String {
        let mut lines = String::new();
        let more = match self.with {
            With::Passwords => &[][..],
            With::Realm(_) => &kerberos::USERS,
            With::Tokens(_) => &oauth::USERS,
        };
        for user in USERS_HERE.all().iter().chain(more) {
            let home = self.folder.join("mail").join(user.home);
            let _ = writeln!(lines, "{}:{{PLAIN}}{}::::{}::", user.name, user.password, home.display());
        }
        lines
    }

    fn configuration(&self, version: &Version) -> String {
        let by_version = match (version.major, version.minor) {
            (2, ..=3) => self.settings_2_3(),
            _ => self.settings_2_4(version),
        };
        let by_version = by_version + &self.common_settings();
        match self.with {
            With::Passwords => by_version,
            With::Realm(_) => by_version + &self.kerberos_settings(version),
            With::Tokens(_) => by_version + &self.token_settings(),
        }
    }

    /// Of 2.3. Passwords are asked for first; a token is none that anybody has.
    fn token_settings(&self) -> String {
        let folder = self.folder.display();
        format!(
            "\
auth_mechanisms = plain login external xoauth2 oauthbearer
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {folder}/{TOKENS}
}}
"
        )
    }

    /// Its own name in the realm, its key there, and which realm that is: the library reads nothing of the machine's.
    fn kerberos_settings(&self, version: &Version) -> String {
        let folder = self.folder.display();
        let environment = match (version.major, version.minor) {
            (2, ..=3) => format!("import_environment = TZ KRB5_CONFIG={folder}/{KERBEROS}"),
            _ => format!("import_environment {{\n  KRB5_CONFIG = {folder}/{KERBEROS}\n}}"),
        };
        format!(
            "\
{environment}
auth_mechanisms = plain login external gssapi
auth_gssapi_hostname = {HOST}
auth_krb5_keytab = {folder}/{KEYTAB}
"
        )
    }

    /// What is written the same way in all versions.
    ///
    /// - `auth_username_chars` empty allows every character.
    /// - `auth_failure_delay` and the penalty socket: a test of a wrong password must not slow down the logins
    ///   of the tests beside it, which come from the same address.
    /// - `auth_ssl_username_from_cert`: who has a certificate is its common name, whatever they say they are. Whoever
    ///   has none is asked for one in vain, and logs in otherwise.
    /// - the limits: every test may hold several connections, and with TLS each has a login process too.
    /// - `chroot =`: only root may change its root directory.
    fn common_settings(&self) -> String {
        let Self { folder, ports, accounts, .. } = self;
        let folder = folder.display();
        let Accounts { internal_user, internal_group, login_user, mail_user, mail_group, .. } = accounts;
        format!(
            "\
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/{LOG}
instance_name = tayori-{imap}
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_min_protocol = TLSv1.2
auth_username_chars =
auth_failure_delay = 0
auth_ssl_username_from_cert = yes
default_internal_user = {internal_user}
default_internal_group = {internal_group}
default_login_user = {login_user}
first_valid_uid = 1
mail_uid = {mail_user}
mail_gid = {mail_group}
mail_temp_dir = {folder}/state
mail_fsync = never
mail_max_userip_connections = 200
namespace inbox {{
  inbox = yes
  separator = /
}}
service stats {{
  chroot =
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  chroot =
  process_limit = 250
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
  }}
}}
service imap {{
  process_limit = 250
}}
protocol imap {{
  imap_metadata = yes
}}
service imap-urlauth-login {{
  chroot =
}}
",
            imap = ports.imap,
            imaps = ports.imaps,
        )
    }

    /// Compression of the connection is a plugin here; later versions have it built in. Of EXTERNAL nobody but the
    /// first passdb is asked, since no password is right for it.
    fn settings_2_3(&self) -> String {
        let folder = self.folder.display();
        format!(
            "\
ssl_cert = <{folder}/{CERTIFICATE}
ssl_key = <{folder}/{KEY}
ssl_ca = <{folder}/{AUTHORITY}
ssl_verify_client_cert = yes
ssl_require_crl = no
ssl_cert_username_field = commonName
disable_plaintext_auth = no
auth_mechanisms = {ALL_MECHANISMS}
auth_anonymous_username = {anonymous}
mail_plugins = zlib
protocol imap {{
  mail_plugins = zlib imap_zlib
}}
mail_location = sdbox:~/mail
mail_attribute_dict = file:%h/attributes
passdb {{
  driver = passwd-file
  mechanisms = external
  args = username_format=%u {folder}/{CERTIFIED}
}}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {folder}/{USERS}
}}
userdb {{
  driver = passwd-file
  args = username_format=%u {folder}/{USERS}
}}
",
            anonymous = TEST_USER.name,
        )
    }

    fn settings_2_4(&self, version: &Version) -> String {
        let folder = self.folder.display();
        format!(
            "\
dovecot_config_version = {version}
dovecot_storage_version = {version}
ssl_server_cert_file = {folder}/{CERTIFICATE}
ssl_server_key_file = {folder}/{KEY}
ssl_server_ca_file = {folder}/{AUTHORITY}
ssl_server_request_client_cert = yes
ssl_server_require_crl = no
ssl_server_cert_username_field = commonName
auth_allow_cleartext = yes
auth_mechanisms = {ALL_MECHANISMS} scram-sha-1-plus scram-sha-256-plus
auth_anonymous_username = {anonymous}
mail_driver = sdbox
mail_path = ~/mail
mail_attribute {{
  dict file {{
    path = %{{home}}/attributes
  }}
}}
passdb certified {{
  driver = passwd-file
  mechanisms_filter = external
  passwd_file_path = {folder}/{CERTIFIED}
}}
passdb passwd-file {{
  passwd_file_path = {folder}/{USERS}
  default_password_scheme = plain
}}
userdb passwd-file {{
  passwd_file_path = {folder}/{USERS}
}}
",
            version = version.full,
            anonymous = TEST_USER.name,
        )
    }
}

/// The passwd-file of those who need no password, since they have shown their certificate.
fn certified() -> String {
    format!("{}:::::::nopassword=y\n", TEST_USER.name)
}

/// The accounts of this machine that the parts of Dovecot run as.
struct Accounts {
    internal_user: String,
    internal_group: String,
    login_user: String,
    mail_user: String,
    mail_group: String,
    /// Who must own the mail, if that is not whoever runs us.
    mail_owner: Option<(u32, u32)>,
    /// Who must own what `internal_user` reads, if that is not whoever runs us.
    internal_owner: Option<(u32, u32)>,
}

impl Accounts {
    fn of_this_user() -> Outcome<Self> {
        if rustix::process::geteuid().is_root() { Self::of_root() } else { Self::of_ordinary_user() }
    }

    /// Those that the package makes, and `mail`. Nothing is said of who owns what.
    fn of_debian() -> Self {
        Self {
            internal_user: "dovecot".to_owned(),
            internal_group: "dovecot".to_owned(),
            login_user: "dovenull".to_owned(),
            mail_user: "mail".to_owned(),
            mail_group: "mail".to_owned(),
            mail_owner: None,
            internal_owner: None,
        }
    }

    /// The accounts that the package made. Mail goes to `mail`, since Dovecot opens no mail as root.
    fn of_root() -> Outcome<Self> {
        let accounts = fs::read_to_string("/etc/passwd").map_err(because("/etc/passwd cannot be read"))?;
        let owner = find_account(&accounts, "mail")
            .ok_or_else(|| Stop::failed("there is no account `mail` for dovecot to keep mail as"))?;
        let debian = Self::of_debian();
        let internal_owner = find_account(&accounts, &debian.internal_user);
        Ok(Self {
            mail_user: owner.0.to_string(),
            mail_group: owner.1.to_string(),
            mail_owner: Some(owner),
            internal_owner,
            ..debian
        })
    }

    fn of_ordinary_user() -> Outcome<Self> {
        let user = process::output_of(Command::new("id").arg("-un"))?;
        let group = process::output_of(Command::new("id").arg("-gn"))?;
        Ok(Self {
            internal_user: user.clone(),
            internal_group: group.clone(),
            login_user: user.clone(),
            mail_user: user,
            mail_group: group,
            mail_owner: None,
            internal_owner: None,
        })
    }

    fn folder_mode(&self) -> u32 {
        if self.mail_owner.is_some() { 0o755 } else { 0o700 }
    }
}

/// The numbers of an account in the text of `/etc/passwd`.
fn find_account(accounts: &str, name: &str) -> Option<(u32, u32)> {
    accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        if fields.next()? != name {
            return None;
        }
        let uid = fields.nth(1)?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        Some((uid, gid))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accounts() -> Accounts {
        Accounts {
            internal_user: "inner".to_owned(),
            internal_group: "inners".to_owned(),
            login_user: "outer".to_owned(),
            mail_user: "8".to_owned(),
            mail_group: "9".to_owned(),
            mail_owner: Some((8, 9)),
            internal_owner: Some((6, 7)),
        }
    }

    fn settings(accounts: &Accounts) -> Settings<'_> {
        Settings {
            folder: Path::new("/tmp/d"),
            ports: Ports { imap: 1143, imaps: 1993 },
            accounts,
            with: With::Passwords,
        }
    }

    #[track_caller]
    fn check_version(text: &str, expected: Option<(&str, u32, u32)>) -> Option<Version> {
        let version = Version::parse(text);
        let parts = version.as_ref().map(|v| (v.full.as_str(), v.major, v.minor));
        assert_eq!(parts, expected);
        version
    }

    #[test]
    fn versions() {
        check_version("2.3.19.1 (9b53102964)", Some(("2.3.19.1", 2, 3)));
        check_version("2.4.1-4 (7d8c0e5759)", Some(("2.4.1", 2, 4)));
        check_version("2.4.0", Some(("2.4.0", 2, 4)));
        check_version("", None);
        check_version("doveadm", None);
    }

    #[test]
    fn each_version_gets_its_own_words() {
        let old = Version::parse("2.3.19.1").expect("a version");
        let old = settings(&accounts()).configuration(&old);
        assert!(old.contains("ssl_cert = </tmp/d/server.pem\n"), "{old}");
        assert!(old.contains("disable_plaintext_auth = no\n"), "{old}");
        assert!(old.contains("auth_anonymous_username = test\n"), "{old}");
        assert!(!old.contains("dovecot_config_version"), "{old}");

        let new = Version::parse("2.4.1-4").expect("a version");
        let new = settings(&accounts()).configuration(&new);
        assert!(new.starts_with("dovecot_config_version = 2.4.1\n"), "{new}");
        assert!(new.contains("ssl_server_cert_file = /tmp/d/server.pem\n"), "{new}");
        assert!(!new.contains("disable_plaintext_auth"), "{new}");
        for (settings, binds) in [(old, false), (new, true)] {
            assert_eq!(settings.contains("scram-sha-256-plus"), binds, "{settings}");
        }
    }

    #[test]
    fn the_configuration_is_private() {
        for version in ["2.3.19.1", "2.4.1"] {
            let version = Version::parse(version).expect("a version");
            let text = settings(&accounts()).configuration(&version);
            assert!(text.contains("listen = 127.0.0.1\n"), "{text}");
            assert!(text.contains("base_dir = /tmp/d/run\n"), "{text}");
            assert!(text.contains("    port = 1143\n"), "{text}");
            assert!(text.contains("    port = 1993\n"), "{text}");
            assert!(text.contains("default_login_user = outer\n"), "{text}");
            let opened = text.matches('{').count();
            assert_eq!(opened, text.matches('}').count(), "{text}");
        }
    }

    #[test]
    fn users_have_separate_homes() {
        assert_eq!(
            settings(&accounts()).users(),
            "test:{PLAIN}pass::::/tmp/d/mail/test::\n\
             odd user@example.org:{PLAIN}pa\"ss\\ wörd {5}::::/tmp/d/mail/odd::\n"
        );
    }

    #[test]
    fn accounts_are_found_by_their_whole_name() {
        let accounts = "root:x:0:0:root:/root:/bin/bash\nmailman:x:7:7::/:\nmail:x:8:12:mail:/var/mail:\n";
        assert_eq!(find_account(accounts, "mail"), Some((8, 12)));
        assert_eq!(find_account(accounts, "nobody"), None);
        assert_eq!(find_account("mail\n", "mail"), None);
    }
}
