//! Servers that need a system to themselves: each runs in a view in which it is installed.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Missing;
use super::certificates::Certificates;
use super::install::Administrator;
use super::overlay::{self, View};
use super::packages;
use super::ports::Ports;
use super::prepared::Prepared;
use super::release;
use super::server::{self, LetsIn, Server, Traits};
use super::variables::Users;
use crate::stop::{Interrupt, Outcome, because};

/// How to run one.
pub(super) struct Recipe {
    pub(super) name: &'static str,
    pub(super) home: Home,
    /// The one that tells the version comes first.
    pub(super) packages: &'static [&'static str],
    pub(super) users: Users,
    pub(super) lets_in: LetsIn,
    /// A shell script that goes on for as long as the server runs, as root. It finds its folder in `$folder`, there
    /// the certificates, [`USERS`] and `files`; its ports in `$imap` and `$imaps`. What it writes elsewhere is gone
    /// with the view.
    pub(super) script: &'static str,
    /// Names and contents.
    pub(super) files: fn(Ports) -> Vec<(&'static str, String)>,
}

/// The system that a server runs on.
#[derive(Clone, Copy)]
pub(super) enum Home {
    /// This machine; the packages are installed in the view.
    ThisSystem,
    /// Another release of Debian, which has them.
    OtherRelease,
}

/// Who may log in: a line each with name, password and the name of a folder, with tabs between.
const USERS: &str = "users";

/// An empty folder in that of the server.
const MOUNT_POINT: &str = "view";

impl Recipe {
    /// Fetches what is needed, and says what was done.
    pub(super) fn prepare(&self, interrupt: &Interrupt) -> Outcome<String> {
        let administrator = self.expect_possible()?;
        let prepared = self.prepared()?;
        if prepared.is_whole() {
            return Ok(format!("{} is there already", self.name));
        }
        match self.home {
            Home::ThisSystem => packages::fetch(&prepared, self.packages, &administrator, interrupt),
            Home::OtherRelease => release::build(&prepared, self.packages, &administrator, interrupt),
        }?;
        Ok(format!("{} fetched", self.name))
    }

    /// Whether it can be started, without trying.
    pub(super) fn expect_prepared(&self) -> Result<(), Missing> {
        self.expect_possible()?;
        if self.prepared().is_ok_and(|prepared| prepared.is_whole()) {
            return Ok(());
        }
        Err(Missing {
            why: format!("{} was not fetched for this state of the machine", self.name),
            hint: HOW_TO_FETCH.to_owned(),
        })
    }

    /// Starts a server and returns when it greets on both ports.
    pub(super) fn start(&self, interrupt: &Interrupt) -> Outcome<Server> {
        self.expect_prepared()?;
        let administrator = self.expect_possible()?;
        let prepared = self.prepared()?;
        let system = match self.home {
            Home::ThisSystem => PathBuf::from("/"),
            Home::OtherRelease => release::root(&prepared),
        };
        let traits = Traits { kind: self.name, users: self.users, lets_in: self.lets_in };
        server::start(traits, interrupt, |folder, ports, certificates| {
            self.fill(folder, ports, certificates)
                .map_err(because("the server's folder cannot be filled"))?;
            let mount_point = folder.join(MOUNT_POINT);
            let view =
                View { system: &system, mount_point: &mount_point, shared: &[folder, prepared.folder()] };
            Ok(self.command(&view, &administrator, folder, ports, prepared.folder()))
        })
    }

    fn command(
        &self,
        view: &View<'_>,
        administrator: &Administrator,
        folder: &Path,
        ports: Ports,
        fetched: &Path,
    ) -> Command {
        let install = match self.home {
            Home::ThisSystem => packages::INSTALL,
            Home::OtherRelease => "",
        };
        let script = format!("{ARGUMENTS}{install}{TELL_VERSION}{}", self.script);
        let [folder, fetched] = [folder, fetched].map(Path::to_string_lossy);
        let (imap, imaps) = (ports.imap.to_string(), ports.imaps.to_string());
        view.command(administrator, &script, &[&folder, &fetched, &imap, &imaps, self.packages[0]])
    }

    fn fill(&self, folder: &Path, ports: Ports, certificates: &Certificates) -> io::Result<()> {
        // Its parts run under accounts of their own, which have to reach what is theirs.
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755))?;
        fs::create_dir(folder.join(MOUNT_POINT))?;
        certificates.write(folder)?;
        let users: String = self
            .users
            .all()
            .iter()
            .map(|user| format!("{}\t{}\t{}\n", user.name, user.password, user.home))
            .collect();
        fs::write(folder.join(USERS), users)?;
        for (name, content) in (self.files)(ports) {
            fs::write(folder.join(name), content)?;
        }
        Ok(())
    }

    fn prepared(&self) -> Outcome<Prepared> {
        match self.home {
            Home::ThisSystem => packages::folder(self.name, self.packages),
            Home::OtherRelease => release::folder(self.name, self.packages),
        }
    }

    fn expect_possible(&self) -> Result<Administrator, Missing> {
        overlay::expect_possible().map_err(|why| Missing {
            why: format!("{} cannot run here: {why}", self.name),
            hint: "hint: `--peers dovecot` leaves it out knowingly".to_owned(),
        })
    }
}

/// What every script begins with.
const ARGUMENTS: &str = "folder=$1 packages=$2 imap=$3 imaps=$4 main_package=$5\n";

const TELL_VERSION: &str = r#"
dpkg-query --show --showformat '${Version}' "$main_package" > "$folder/version"
"#;

const HOW_TO_FETCH: &str = "\
hint: `--install-peers`, or `--install` of `cargo xtask peer`, fetches it into the target folder";
