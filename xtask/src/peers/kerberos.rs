//! A private Kerberos realm, and a Dovecot that takes its tickets.
//!
//! The realm has its own configuration, database and log in a folder of its own, and listens on a port of 127.0.0.1;
//! nothing of the machine's own Kerberos is read or written, since every program is told so by its environment.

use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::Missing;
use super::dovecot;
use super::install::Needed;
use super::server::{self, Server};
use super::variables::{HOST, User};
use crate::process;
use crate::stop::{Interrupt, Outcome, Stop, because};

pub(super) const NAME: &str = "kerberos";

/// The server of the realm, what makes its database, what asks for tickets; Dovecot's part; and what the tests of the
/// feature are built with.
pub(super) const NEEDED: Needed<'_> = Needed {
    what: "kerberos",
    packages: &[
        "dovecot-imapd",
        "dovecot-gssapi",
        "krb5-kdc",
        "krb5-admin-server",
        "krb5-user",
        "libkrb5-dev",
        "libclang-dev",
        "pkg-config",
    ],
    is_there: || Installation::expect().is_ok(),
};

const HOW_TO_GET_KERBEROS: &str = "\
hint: `cargo xtask test --install-peers --peers kerberos` installs it (Debian and Ubuntu, as root or with sudo)";

const REALM: &str = "TAYORI.TEST";

/// Somebody with a ticket, by the two names that Dovecot may make of it: as whom they ask to act, or who they are, in
/// lower case.
pub(super) const USERS: [User; 2] = [
    User { name: "ann", password: "ticket", home: "ann" },
    User { name: "ann@tayori.test", password: "ticket", home: "ann" },
];

/// The shortest life of a ticket.
const EXPIRES_SOON: &str = "1s";

/// As long as anybody tries things by hand.
const LASTS: &str = "20h";

/// How long the realm's server may take, and a ticket to expire. Both take about a second.
const LIMIT: Duration = Duration::from_secs(30);

/// How often a new port is tried when another program was faster to take one.
const PORT_ATTEMPTS: usize = 5;

/// What is there to run a realm with.
pub(super) struct Installation {
    dovecot: dovecot::Installation,
    programs: Programs,
}

struct Programs {
    krb5kdc: PathBuf,
    kdb5_util: PathBuf,
    kadmin_local: PathBuf,
    kinit: PathBuf,
    klist: PathBuf,
}

impl Installation {
    pub(super) fn expect() -> Result<Self, Missing> {
        let missing = |what: &str| Missing {
            why: format!("{what} is not installed, which kerberos needs"),
            hint: HOW_TO_GET_KERBEROS.to_owned(),
        };
        let dovecot = dovecot::Installation::expect()?;
        let program = |name: &str| process::find_program(name).ok_or_else(|| missing(name));
        let programs = Programs {
            krb5kdc: program("krb5kdc")?,
            kdb5_util: program("kdb5_util")?,
            kadmin_local: program("kadmin.local")?,
            kinit: program("kinit")?,
            klist: program("klist")?,
        };
        let modules = ["/usr/lib/dovecot/modules/auth", "/usr/lib64/dovecot/auth"];
        if !modules.iter().any(|folder| Path::new(folder).join("libmech_gssapi.so").is_file()) {
            return Err(missing("dovecot's module for GSSAPI"));
        }
        // Not run here, but what talks to it could not be built.
        let headers = Command::new("pkg-config")
            .args(["--exists", "mit-krb5-gssapi"])
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .status();
        if !headers.is_ok_and(|status| status.success()) {
            return Err(missing("the library of Kerberos with its headers"));
        }
        if !has_libclang() {
            return Err(missing("libclang"));
        }
        Ok(Self { dovecot, programs })
    }

    /// Starts a realm and a Dovecot in it, and returns when tickets are there and Dovecot greets.
    pub(super) fn start(&self, interrupt: &Interrupt) -> Outcome<Server> {
        let realm = Realm::start(&self.programs, interrupt)?;
        let server = self.dovecot.start_within(&realm, interrupt)?.within(realm);
        Ok(server)
    }
}

/// Whether there is a libclang where the bindings are looked for.
fn has_libclang() -> bool {
    let is_it = |entry: &fs::DirEntry| entry.file_name().to_string_lossy().starts_with("libclang");
    let has = |folder: &Path| fs::read_dir(folder).is_ok_and(|entries| entries.flatten().any(|e| is_it(&e)));
    let versions = fs::read_dir("/usr/lib").into_iter().flatten().flatten();
    let llvm = versions.filter(|entry| entry.file_name().to_string_lossy().starts_with("llvm-"));
    llvm.map(|entry| entry.path().join("lib"))
        .chain(["/usr/lib64".into(), "/usr/lib".into()])
        .any(|f| has(&f))
}

/// A realm that runs; it ends, and its folder is removed, when this is dropped.
pub(super) struct Realm {
    child: Child,
    folder: TempDir,
}

/// Names inside the folder.
const CONFIGURATION: &str = "krb5.conf";
const SERVER_CONFIGURATION: &str = "kdc.conf";
const KEYTAB: &str = "imap.keytab";
const USER_KEYTAB: &str = "ann.keytab";
const LOG: &str = "kdc.log";
const OUTPUT: &str = "kdc.out";

impl Realm {
    fn start(programs: &Programs, interrupt: &Interrupt) -> Outcome<Self> {
        for _ in 0..PORT_ATTEMPTS {
            let port = free_port().map_err(because("a free port cannot be found"))?;
            let mut realm = Self::launch(programs, port)?;
            if realm.wait_until_ready(port, interrupt)? {
                // This one has expired when the last step below has been taken, if not before.
                realm.ticket(programs, &realm.expired_cache(), EXPIRES_SOON)?;
                realm.ticket(programs, &realm.cache(), LASTS)?;
                realm.wait_until_expired(programs, interrupt)?;
                return Ok(realm);
            }
        }
        Err(Stop::failed(format!("no free port for the realm's server in {PORT_ATTEMPTS} attempts")))
    }

    fn launch(programs: &Programs, port: u16) -> Outcome<Self> {
        let folder = tempfile::Builder::new()
            .prefix("tayori-realm-")
            .tempdir()
            .map_err(because("a temporary folder cannot be made"))?;
        let path = folder.path();
        let write = |name: &str, text: String| fs::write(path.join(name), text).map_err(because(name));
        write(CONFIGURATION, configuration(path, port))?;
        write(SERVER_CONFIGURATION, server_configuration(path, port))?;
        let mut create = told(path, &programs.kdb5_util);
        process::output_of(create.args(["create", "-s", "-r", REALM, "-P", "of nobody"]))?;
        let user = USERS[0].name;
        for query in [
            format!("addprinc -randkey imap/{HOST}"),
            format!("ktadd -k {} imap/{HOST}", path.join(KEYTAB).display()),
            format!("addprinc -pw {} {user}", USERS[0].password),
            // So that nobody has to be asked for the password.
            format!("ktadd -norandkey -k {} {user}", path.join(USER_KEYTAB).display()),
        ] {
            process::output_of(told(path, &programs.kadmin_local).args(["-r", REALM, "-q", &query]))?;
        }

        let output = File::create(path.join(OUTPUT)).map_err(because(OUTPUT))?;
        let errors = output.try_clone().map_err(because(OUTPUT))?;
        let child = told(path, &programs.krb5kdc)
            .args(["-n", "-r", REALM])
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            // As for servers: Ctrl-C is for us.
            .process_group(0)
            .spawn()
            .map_err(because("krb5kdc cannot be started"))?;
        Ok(Self { child, folder })
    }

    /// Whether it listens; not if another program has the port.
    fn wait_until_ready(&mut self, port: u16, interrupt: &Interrupt) -> Outcome<bool> {
        let deadline = Instant::now() + LIMIT;
        loop {
            if let Err(stop) = self.expect_alive() {
                let is_taken = self.log_tail().contains("Address already in use");
                return if is_taken { Ok(false) } else { Err(stop) };
            }
            if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
                return Ok(true);
            }
            self.pause(deadline, "the realm's server does not listen", interrupt)?;
        }
    }

    /// Asks for a ticket.
    fn ticket(&self, programs: &Programs, cache: &str, life: &str) -> Outcome<()> {
        let keytab = self.folder.path().join(USER_KEYTAB);
        let mut kinit = told(self.folder.path(), &programs.kinit);
        kinit.args(["-l", life, "-c", cache, "-k", "-t"]).arg(keytab).arg(USERS[0].name);
        process::output_of(&mut kinit).map(drop)
    }

    fn wait_until_expired(&self, programs: &Programs, interrupt: &Interrupt) -> Outcome<()> {
        let deadline = Instant::now() + LIMIT;
        loop {
            let mut klist = told(self.folder.path(), &programs.klist);
            let status = klist.args(["-s", "-c", &self.expired_cache()]).stdin(Stdio::null()).status();
            if !status.map_err(because("klist"))?.success() {
                return Ok(());
            }
            self.pause(deadline, "a ticket of one second does not expire", interrupt)?;
        }
    }

    fn pause(&self, deadline: Instant, problem: &str, interrupt: &Interrupt) -> Outcome<()> {
        if Instant::now() >= deadline {
            return Err(Stop::failed(format!("{problem} in {} s\n{}", LIMIT.as_secs(), self.log_tail())));
        }
        process::sleep(Duration::from_millis(50), interrupt)
    }

    /// A failure if its server has ended by itself.
    pub(super) fn expect_alive(&mut self) -> Outcome<()> {
        match self.child.try_wait().map_err(because("krb5kdc"))? {
            None => Ok(()),
            Some(status) => Err(Stop::failed(format!("krb5kdc ended with {status}\n{}", self.log_tail()))),
        }
    }

    pub(super) fn configuration(&self) -> PathBuf {
        self.folder.path().join(CONFIGURATION)
    }

    /// The key of the IMAP server.
    pub(super) fn keytab(&self) -> PathBuf {
        self.folder.path().join(KEYTAB)
    }

    fn cache(&self) -> String {
        format!("FILE:{}", self.folder.path().join("ticket").display())
    }

    fn expired_cache(&self) -> String {
        format!("FILE:{}", self.folder.path().join("expired-ticket").display())
    }

    /// What tests, and programs that use tickets, find in their environment.
    pub(super) fn variables(&self) -> Vec<(&'static str, String)> {
        vec![
            ("KRB5_CONFIG", self.configuration().display().to_string()),
            ("KRB5CCNAME", self.cache()),
            ("TAYORI_PEER_TICKET_USER", USERS[0].name.to_owned()),
            ("TAYORI_PEER_EXPIRED_TICKET", self.expired_cache()),
        ]
    }

    pub(super) fn log_tail(&self) -> String {
        let logs = [OUTPUT, LOG].map(|name| server::tail(&self.folder.path().join(name)));
        format!("-- the end of krb5kdc's log:\n{}", logs.concat())
    }
}

impl Drop for Realm {
    fn drop(&mut self) {
        process::end(&mut self.child);
    }
}

/// A program of Kerberos that reads the realm's configuration and no other.
fn told(folder: &Path, program: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .env("KRB5_CONFIG", folder.join(CONFIGURATION))
        .env("KRB5_KDC_PROFILE", folder.join(SERVER_CONFIGURATION))
        .env_remove("KRB5CCNAME");
    command
}

fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// Read by all programs.
///
/// - nothing is looked up in the DNS, also no name of a host, which would be replaced by another one.
/// - `udp_preference_limit`: the server listens with TCP only, for which one port is enough.
/// - `default_ccache_name`: without a variable, no ticket is found, and none of the machine's.
/// - `default_rcache_name`: Dovecot's memory of tickets would be a file of the machine's.
fn configuration(folder: &Path, port: u16) -> String {
    format!(
        "\
[libdefaults]
  default_realm = {REALM}
  dns_lookup_kdc = false
  dns_lookup_realm = false
  dns_canonicalize_hostname = false
  rdns = false
  udp_preference_limit = 1
  default_ccache_name = FILE:{folder}/no-ticket
  default_rcache_name = none:
[realms]
  {REALM} = {{
    kdc = 127.0.0.1:{port}
  }}
[domain_realm]
  {HOST} = {REALM}
",
        folder = folder.display()
    )
}

/// Read by the server and by what makes its database.
fn server_configuration(folder: &Path, port: u16) -> String {
    format!(
        "\
[kdcdefaults]
  kdc_listen = \"\"
  kdc_tcp_listen = 127.0.0.1:{port}
[realms]
  {REALM} = {{
    database_name = {folder}/principal
    key_stash_file = {folder}/stash
    acl_file = {folder}/acl
    max_life = 1d
  }}
[logging]
  kdc = FILE:{folder}/{LOG}
  default = FILE:{folder}/{LOG}
",
        folder = folder.display()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_realm_is_private() {
        let folder = Path::new("/tmp/r");
        let everybody = configuration(folder, 1088);
        assert!(everybody.contains("    kdc = 127.0.0.1:1088\n"), "{everybody}");
        assert!(everybody.contains("default_ccache_name = FILE:/tmp/r/no-ticket\n"), "{everybody}");
        let server = server_configuration(folder, 1088);
        assert!(server.contains("kdc_tcp_listen = 127.0.0.1:1088\n"), "{server}");
        assert!(server.contains("kdc_listen = \"\"\n"), "{server}");
        for text in [everybody, server] {
            assert_eq!(text.matches('{').count(), text.matches('}').count(), "{text}");
            assert!(!text.contains("/etc"), "{text}");
        }
    }
}
