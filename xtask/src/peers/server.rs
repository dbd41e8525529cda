//! A private server that runs: its folder, ports and certificates, gone when it is dropped.

use std::fs::{self, File};
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use rustls::pki_types::CertificateDer;
use tempfile::TempDir;

use super::certificates::{self, AUTHORITY, Certificates};
use super::kerberos::Realm;
use super::oauth::Tokens;
use super::ports::Ports;
use super::variables::{Contact, HOST, Users, Variables};
use crate::process;
use crate::stop::{Interrupt, Outcome, Stop, because};

/// How long a server may take until both ports greet. Those in a view of their own are unpacked meanwhile.
const START_LIMIT: Duration = Duration::from_secs(90);

/// How often new ports are tried when another program was faster to take one.
const PORT_ATTEMPTS: usize = 5;

const LOG_TAIL_LINES: usize = 40;

/// Where a server writes its log, if it can be told.
pub(super) const LOG: &str = "server.log";

/// What a server writes on its standard output and standard error.
const OUTPUT: &str = "server.out";

/// A line that is written into the folder before the server greets.
pub(super) const VERSION: &str = "version";

/// What is known of a server before it runs.
#[derive(Clone, Copy)]
pub(super) struct Traits {
    pub(super) kind: &'static str,
    pub(super) users: Users,
    pub(super) lets_in: LetsIn,
}

/// What gets the test user in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum LetsIn {
    ByPassword,
    /// The certificate that was made for the run does, too.
    ByPasswordOrCertificate,
}

/// Starts a server and returns when it greets on both ports.
///
/// `command` fills the server's new folder and says how to start what is to run in the foreground with it.
pub(super) fn start(
    traits: Traits,
    interrupt: &Interrupt,
    command: impl Fn(&Path, Ports, &Certificates) -> Outcome<Command>,
) -> Outcome<Server> {
    for _ in 0..PORT_ATTEMPTS {
        let mut server = Server::launch(traits, &command)?;
        match server.wait_until_ready(interrupt)? {
            Readiness::Greets => return Ok(server),
            Readiness::PortTaken => {}
        }
    }
    Err(Stop::failed(format!("no free ports for {} in {PORT_ATTEMPTS} attempts", traits.kind)))
}

pub(crate) struct Server {
    kind: &'static str,
    users: Users,
    lets_in: LetsIn,
    child: Child,
    ports: Ports,
    authority: CertificateDer<'static>,
    fingerprint: String,
    folder: TempDir,
    /// The one whose tickets it takes, if any: it ends behind the server.
    realm: Option<Realm>,
    /// The authorization server whose tokens it takes, if any.
    tokens: Option<Tokens>,
}

enum Readiness {
    Greets,
    PortTaken,
}

impl Server {
    fn launch(
        traits: Traits,
        command: impl Fn(&Path, Ports, &Certificates) -> Outcome<Command>,
    ) -> Outcome<Self> {
        let Traits { kind, users, lets_in } = traits;
        let folder = tempfile::Builder::new()
            .prefix(&format!("tayori-{kind}-"))
            .tempdir()
            .map_err(because("a temporary folder cannot be made"))?;
        let certificates = Certificates::generate()?;
        let ports = Ports::free().map_err(because("free ports cannot be found"))?;
        let mut command = command(folder.path(), ports, &certificates)?;

        let output = File::create(folder.path().join(OUTPUT)).map_err(because(OUTPUT))?;
        let errors = output.try_clone().map_err(because(OUTPUT))?;
        let child = command
            .stdout(output)
            .stderr(errors)
            // Ctrl-C is for us: the tests end first, then the server they talk to.
            .process_group(0)
            .spawn()
            .map_err(because(format!("{kind} cannot be started")))?;
        Ok(Self {
            kind,
            users,
            lets_in,
            child,
            ports,
            authority: certificates.authority,
            fingerprint: certificates.fingerprint,
            folder,
            realm: None,
            tokens: None,
        })
    }

    /// Keeps the realm for as long as the server runs.
    pub(super) fn within(mut self, realm: Realm) -> Self {
        self.realm = Some(realm);
        self
    }

    /// Keeps the authorization server for as long as the server runs.
    pub(super) fn with_tokens(mut self, tokens: Tokens) -> Self {
        self.tokens = Some(tokens);
        self
    }

    fn wait_until_ready(&mut self, interrupt: &Interrupt) -> Outcome<Readiness> {
        let kind = self.kind;
        let deadline = Instant::now() + START_LIMIT;
        loop {
            interrupt.check()?;
            if let Some(status) = self.child.try_wait().map_err(because(kind))? {
                let tail = self.log_tail();
                if tail.contains("Address already in use") {
                    return Ok(Readiness::PortTaken);
                }
                return Err(Stop::failed(format!("{kind} ended with {status} at its start\n{tail}")));
            }
            let problem = match self.ports.probe(&self.authority) {
                Ok(()) => return Ok(Readiness::Greets),
                Err(problem) => problem,
            };
            if Instant::now() >= deadline {
                return Err(Stop::failed(format!(
                    "{kind} does not greet after {} s: {problem}\n{}",
                    START_LIMIT.as_secs(),
                    self.log_tail()
                )));
            }
            process::sleep(Duration::from_millis(50), interrupt)?;
        }
    }

    /// A failure if the server has ended by itself.
    pub(crate) fn expect_alive(&mut self) -> Outcome<()> {
        if let Some(realm) = &mut self.realm {
            realm.expect_alive()?;
        }
        let kind = self.kind;
        match self.child.try_wait().map_err(because(kind))? {
            None => Ok(()),
            Some(status) => Err(Stop::failed(format!("{kind} ended with {status}\n{}", self.log_tail()))),
        }
    }

    pub(crate) fn description(&self) -> String {
        let Self { kind, ports: Ports { imap, imaps }, .. } = self;
        let version = fs::read_to_string(self.folder.path().join(VERSION)).unwrap_or_default();
        format!("{kind} {} on {HOST}, imap {imap}, imaps {imaps}", version.trim_end())
    }

    pub(crate) fn variables(&self) -> Variables {
        let variables = Variables::new(&Contact {
            kind: self.kind,
            imap: self.ports.imap,
            imaps: self.ports.imaps,
            authority_file: &self.authority_file(),
            fingerprint: &self.fingerprint,
            users: self.users,
        });
        let of_realm = self.realm.as_ref().map(Realm::variables);
        let of_tokens = self.tokens.as_ref().map(Tokens::variables);
        let of_users = match self.lets_in {
            LetsIn::ByPassword => None,
            LetsIn::ByPasswordOrCertificate => Some(certificates::user_variables(self.folder.path())),
        };
        variables.and([of_realm, of_tokens, of_users].into_iter().flatten().flatten().collect())
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

    /// Where mail may lie, and where a test may put a file that should end with the server.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The last lines of what the server wrote, with a heading.
    pub(crate) fn log_tail(&self) -> String {
        let mut text = format!("-- the end of {}'s log:\n", self.kind);
        for name in [OUTPUT, LOG] {
            text.push_str(&tail(&self.folder.path().join(name)));
        }
        if let Some(realm) = &self.realm {
            text.push_str(&realm.log_tail());
        }
        text
    }
}

/// The last lines of a file, indented; nothing where there is no file.
pub(super) fn tail(file: &Path) -> String {
    let content = fs::read(file).unwrap_or_default();
    let content = String::from_utf8_lossy(&content);
    let lines: Vec<&str> = content.lines().collect();
    let last = lines.iter().skip(lines.len().saturating_sub(LOG_TAIL_LINES));
    last.map(|line| format!("   {line}\n")).collect()
}

impl Drop for Server {
    fn drop(&mut self) {
        process::end(&mut self.child);
        // Processes of a server may outlive its master for a moment and still write here; what is left then is
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
