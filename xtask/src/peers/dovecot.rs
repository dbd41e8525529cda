//! A private Dovecot: its own folder, ports, certificates, users and configuration, gone when it is dropped.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustls::StreamOwned;
use rustls::pki_types::CertificateDer;
use tempfile::TempDir;

use super::certificates::Certificates;
use super::{Contact, HOST, ODD_USER, Ports, TEST_USER, Variables};
use crate::process;
use crate::stop::{Interrupt, Outcome, Stop, because};
use crate::tls;

/// How long Dovecot may take until both ports greet.
const START_LIMIT: Duration = Duration::from_secs(20);

/// How often new ports are tried when another program was faster to take one.
const PORT_ATTEMPTS: usize = 5;

/// How long one probe of a port may take.
const PROBE_LIMIT: Duration = Duration::from_secs(2);

const LOG_TAIL_LINES: usize = 40;

/// The Dovecot of this machine.
pub(crate) struct Installation {
    program: PathBuf,
}

impl Installation {
    /// `None` if there is no Dovecot, or one without IMAP, which is a package of its own.
    pub(crate) fn find() -> Option<Self> {
        let program = process::find_program("dovecot")?;
        let folders = ["/usr/lib/dovecot", "/usr/libexec/dovecot", "/usr/local/libexec/dovecot"];
        let has_imap = folders.iter().any(|folder| Path::new(folder).join("imap").is_file());
        has_imap.then_some(Self { program })
    }

    /// Starts a server and returns when it greets on both ports.
    pub(crate) fn start(&self, interrupt: &Interrupt) -> Outcome<Dovecot> {
        let version = Version::of(&self.program)?;
        for _ in 0..PORT_ATTEMPTS {
            let mut dovecot = Dovecot::launch(&self.program, version.clone())?;
            match dovecot.wait_until_ready(interrupt)? {
                Readiness::Greets => return Ok(dovecot),
                Readiness::PortTaken => {}
            }
        }
        Err(Stop::failed(format!("no free ports for dovecot in {PORT_ATTEMPTS} attempts")))
    }
}

pub(crate) struct Dovecot {
    child: Child,
    version: Version,
    ports: Ports,
    authority: CertificateDer<'static>,
    fingerprint: String,
    folder: TempDir,
}

enum Readiness {
    Greets,
    PortTaken,
}

impl Dovecot {
    fn launch(program: &Path, version: Version) -> Outcome<Self> {
        let folder = tempfile::Builder::new()
            .prefix("tayori-dovecot-")
            .tempdir()
            .map_err(because("a temporary folder cannot be made"))?;
        let certificates = Certificates::generate()?;
        let ports = free_ports().map_err(because("free ports cannot be found"))?;
        let settings = Settings { folder: folder.path(), ports, accounts: Accounts::of_this_user()? };
        settings.write(&version, &certificates).map_err(because("dovecot's folder cannot be filled"))?;

        let output = File::create(folder.path().join(OUTPUT)).map_err(because(OUTPUT))?;
        let errors = output.try_clone().map_err(because(OUTPUT))?;
        let child = Command::new(program)
            .arg("-F")
            .arg("-c")
            .arg(folder.path().join(CONFIGURATION))
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            // Ctrl-C is for us: the tests end first, then the server they talk to.
            .process_group(0)
            .spawn()
            .map_err(because("dovecot cannot be started"))?;
        Ok(Self {
            child,
            version,
            ports,
            authority: certificates.authority,
            fingerprint: certificates.fingerprint,
            folder,
        })
    }

    fn wait_until_ready(&mut self, interrupt: &Interrupt) -> Outcome<Readiness> {
        let deadline = Instant::now() + START_LIMIT;
        loop {
            interrupt.check()?;
            if let Some(status) = self.child.try_wait().map_err(because("dovecot"))? {
                let tail = self.log_tail();
                if tail.contains("Address already in use") {
                    return Ok(Readiness::PortTaken);
                }
                return Err(Stop::failed(format!("dovecot ended with {status} at its start\n{tail}")));
            }
            let problem = match self.probe() {
                Ok(()) => return Ok(Readiness::Greets),
                Err(problem) => problem,
            };
            if Instant::now() >= deadline {
                return Err(Stop::failed(format!(
                    "dovecot does not greet after {} s: {problem}\n{}",
                    START_LIMIT.as_secs(),
                    self.log_tail()
                )));
            }
            process::sleep(Duration::from_millis(50), interrupt)?;
        }
    }

    /// Asks both ports for their greeting, the second inside TLS, verified as a client would.
    fn probe(&self) -> io::Result<()> {
        expect_greeting(connect(self.ports.imap)?)?;

        let session = tls::session(self.authority.clone())?;
        expect_greeting(StreamOwned::new(session, connect(self.ports.imaps)?))
    }

    /// A failure if the server has ended by itself.
    pub(crate) fn expect_alive(&mut self) -> Outcome<()> {
        match self.child.try_wait().map_err(because("dovecot"))? {
            None => Ok(()),
            Some(status) => Err(Stop::failed(format!("dovecot ended with {status}\n{}", self.log_tail()))),
        }
    }

    pub(crate) fn description(&self) -> String {
        let Ports { imap, imaps } = self.ports;
        format!("dovecot {} on {HOST}, imap {imap}, imaps {imaps}", self.version.full)
    }

    pub(crate) fn variables(&self) -> Variables {
        Variables::new(&Contact {
            kind: "dovecot",
            ports: self.ports,
            authority_file: &self.authority_file(),
            fingerprint: &self.fingerprint,
        })
    }

    /// The number of the process from which all others of the server come.
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn ports(&self) -> Ports {
        self.ports
    }

    pub(crate) fn authority_file(&self) -> PathBuf {
        self.folder.path().join(AUTHORITY)
    }

    pub(crate) fn log_file(&self) -> PathBuf {
        self.folder.path().join(LOG)
    }

    /// Where mail lies, and where a test may put a file that should end with the server.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The last lines of what Dovecot wrote, with a heading.
    pub(crate) fn log_tail(&self) -> String {
        let mut text = String::from("-- the end of dovecot's log:\n");
        for name in [OUTPUT, LOG] {
            let content = fs::read(self.folder.path().join(name)).unwrap_or_default();
            let content = String::from_utf8_lossy(&content);
            let lines: Vec<&str> = content.lines().collect();
            for line in lines.iter().skip(lines.len().saturating_sub(LOG_TAIL_LINES)) {
                let _ = writeln!(text, "   {line}");
            }
        }
        text
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        process::end(&mut self.child);
        // Processes of Dovecot may outlive its master for a moment and still write here; what is left then is
        // removed by TempDir, or stays, which is better than a panic while another one is on its way.
        for _ in 0..20 {
            match fs::remove_dir_all(self.folder.path()) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    thread::sleep(Duration::from_millis(100));
                }
                _ => break,
            }
        }
    }
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

/// Names inside the folder.
const CONFIGURATION: &str = "dovecot.conf";
const USERS: &str = "users";
const AUTHORITY: &str = "ca.pem";
const CERTIFICATE: &str = "server.pem";
const KEY: &str = "server.key";
const LOG: &str = "dovecot.log";
/// What Dovecot writes before it has read where its log is.
const OUTPUT: &str = "dovecot.out";

struct Settings<'a> {
    folder: &'a Path,
    ports: Ports,
    accounts: Accounts,
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
        fs::write(folder.join(AUTHORITY), &certificates.authority_pem)?;
        fs::write(folder.join(CERTIFICATE), &certificates.server_pem)?;
        let mut private = fs::OpenOptions::new();
        let mut key = private.write(true).create_new(true).mode(0o600).open(folder.join(KEY))?;
        io::Write::write_all(&mut key, certificates.server_key_pem.as_bytes())?;
        fs::write(folder.join(USERS), self.users())?;
        fs::write(folder.join(CONFIGURATION), self.configuration(version))
    }

    /// The passwd-file: name, password, uid, gid, comment, home. A password cannot hold a colon here.
    fn users(&self) -> String {
        let mut lines = String::new();
        for user in [TEST_USER, ODD_USER] {
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
        by_version + &self.common_settings()
    }

    /// What is written the same way in all versions.
    ///
    /// - `auth_username_chars` empty allows every character.
    /// - `auth_failure_delay` and the penalty socket: a test of a wrong password must not slow down the logins
    ///   of the tests beside it, which come from the same address.
    /// - the limits: every test may hold several connections, and with TLS each has a login process too.
    /// - `chroot =`: only root may change its root directory.
    fn common_settings(&self) -> String {
        let Self { folder, ports, accounts } = self;
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
auth_mechanisms = plain login
auth_username_chars =
auth_failure_delay = 0
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
service imap-urlauth-login {{
  chroot =
}}
",
            imap = ports.imap,
            imaps = ports.imaps,
        )
    }

    fn settings_2_3(&self) -> String {
        let folder = self.folder.display();
        format!(
            "\
ssl_cert = <{folder}/{CERTIFICATE}
ssl_key = <{folder}/{KEY}
disable_plaintext_auth = no
mail_location = sdbox:~/mail
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {folder}/{USERS}
}}
userdb {{
  driver = passwd-file
  args = username_format=%u {folder}/{USERS}
}}
"
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
auth_allow_cleartext = yes
mail_driver = sdbox
mail_path = ~/mail
passdb passwd-file {{
  passwd_file_path = {folder}/{USERS}
  default_password_scheme = plain
}}
userdb passwd-file {{
  passwd_file_path = {folder}/{USERS}
}}
",
            version = version.full
        )
    }
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
}

impl Accounts {
    fn of_this_user() -> Outcome<Self> {
        if rustix::process::geteuid().is_root() { Self::of_root() } else { Self::of_ordinary_user() }
    }

    /// The accounts that the package made. Mail goes to `mail`, since Dovecot opens no mail as root.
    fn of_root() -> Outcome<Self> {
        let accounts = fs::read_to_string("/etc/passwd").map_err(because("/etc/passwd cannot be read"))?;
        let owner = find_account(&accounts, "mail")
            .ok_or_else(|| Stop::failed("there is no account `mail` for dovecot to keep mail as"))?;
        Ok(Self {
            internal_user: "dovecot".to_owned(),
            internal_group: "dovecot".to_owned(),
            login_user: "dovenull".to_owned(),
            mail_user: owner.0.to_string(),
            mail_group: owner.1.to_string(),
            mail_owner: Some(owner),
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

/// Two ports that nobody listens on now. Both are held until both are known, so that they differ; somebody may
/// still take one before Dovecot does, and then [`Installation::start`] tries again.
fn free_ports() -> io::Result<Ports> {
    let first = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let second = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(Ports { imap: first.local_addr()?.port(), imaps: second.local_addr()?.port() })
}

fn connect(port: u16) -> io::Result<TcpStream> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let stream = TcpStream::connect_timeout(&address, PROBE_LIMIT)?;
    stream.set_read_timeout(Some(PROBE_LIMIT))?;
    stream.set_write_timeout(Some(PROBE_LIMIT))?;
    Ok(stream)
}

fn expect_greeting(stream: impl Read) -> io::Result<()> {
    let mut line = String::new();
    BufReader::new(stream.take(4096)).read_line(&mut line)?;
    if line.starts_with("* OK ") {
        return Ok(());
    }
    Err(io::Error::other(format!("it greets with {line:?}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings<'static> {
        let accounts = Accounts {
            internal_user: "inner".to_owned(),
            internal_group: "inners".to_owned(),
            login_user: "outer".to_owned(),
            mail_user: "8".to_owned(),
            mail_group: "9".to_owned(),
            mail_owner: Some((8, 9)),
        };
        Settings { folder: Path::new("/tmp/d"), ports: Ports { imap: 1143, imaps: 1993 }, accounts }
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
        let old = settings().configuration(&old);
        assert!(old.contains("ssl_cert = </tmp/d/server.pem\n"), "{old}");
        assert!(old.contains("disable_plaintext_auth = no\n"), "{old}");
        assert!(!old.contains("dovecot_config_version"), "{old}");

        let new = Version::parse("2.4.1-4").expect("a version");
        let new = settings().configuration(&new);
        assert!(new.starts_with("dovecot_config_version = 2.4.1\n"), "{new}");
        assert!(new.contains("ssl_server_cert_file = /tmp/d/server.pem\n"), "{new}");
        assert!(!new.contains("disable_plaintext_auth"), "{new}");
    }

    #[test]
    fn the_configuration_is_private() {
        for version in ["2.3.19.1", "2.4.1"] {
            let version = Version::parse(version).expect("a version");
            let text = settings().configuration(&version);
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
            settings().users(),
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

    #[test]
    fn free_ports_differ() {
        let ports = free_ports().expect("loopback is there");
        assert_ne!(ports.imap, ports.imaps);
    }
}
