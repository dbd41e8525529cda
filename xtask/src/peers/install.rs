//! Installing peers on Debian and Ubuntu, without letting them become services of the machine.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::process;
use crate::stop::{Interrupt, Outcome, Stop, because};

/// Package mirrors have bad moments, and a run of continuous integration should not fail for one.
const ATTEMPTS: u32 = 3;

/// Many times what it takes, with a mirror that is slow and not gone.
const INSTALL_LIMIT: Duration = Duration::from_secs(300);

/// Asked by Debian's packages before they start a service.
const POLICY_FILE: &str = "/usr/sbin/policy-rc.d";

/// 101: forbidden.
const POLICY: &str = "#!/bin/sh\n# Placed by `cargo xtask test --install-peers` while it runs.\nexit 101\n";

/// What a peer has to have on this machine.
pub(super) struct Needed<'a> {
    /// What is missing without the packages, as in "dovecot is installed already".
    pub(super) what: &'a str,
    /// Debian's packages.
    pub(super) packages: &'a [&'a str],
    /// Whether all of it is there.
    pub(super) is_there: fn() -> bool,
}

/// Makes sure that it is there and says what was done.
pub(super) fn install(needed: &Needed<'_>, interrupt: &Interrupt) -> Outcome<String> {
    let Needed { what, packages, is_there } = needed;
    if is_there() {
        return Ok(format!("{what} is installed already"));
    }
    let names = packages.join(" ");
    if !this_is_debian() || process::find_program("apt-get").is_none() {
        return Err(Stop::failed(format!(
            "peers can be installed on Debian and Ubuntu only; install {what} by hand \
             (Debian's packages: {names})"
        )));
    }
    let administrator = Administrator::of_this_machine().ok_or_else(|| {
        Stop::failed(format!(
            "installing needs root, or sudo without a password; as root: \
             apt-get install --no-install-recommends {names}"
        ))
    })?;
    let policy = Policy::place(&administrator, Path::new(POLICY_FILE))?;
    let result = with_retries(interrupt, || {
        apt_get(&administrator, &["update"], interrupt)?;
        let install = [&["install", "-y", "--no-install-recommends"], *packages].concat();
        apt_get(&administrator, &install, interrupt)
    });
    policy.remove()?;
    result?;
    match is_there() {
        true => Ok(format!("{names} installed")),
        false => Err(Stop::failed(format!("{names} installed, but {what} cannot be found"))),
    }
}

pub(super) fn with_retries(interrupt: &Interrupt, fetch: impl Fn() -> Outcome<()>) -> Outcome<()> {
    let mut attempt = 1;
    loop {
        match fetch() {
            Err(Stop::Failed(why)) if attempt < ATTEMPTS => {
                let pause = Duration::from_secs(5 * u64::from(attempt));
                eprintln!("{why}; attempt {} of {ATTEMPTS} in {} s", attempt + 1, pause.as_secs());
                process::sleep(pause, interrupt)?;
                attempt += 1;
            }
            result => return result,
        }
    }
}

fn apt_get(administrator: &Administrator, arguments: &[&str], interrupt: &Interrupt) -> Outcome<()> {
    let mut command = administrator.command(&["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"]);
    command.args(arguments);
    eprintln!("$ {}", process::describe(&command));
    process::run_within(&mut command, INSTALL_LIMIT, interrupt)
}

/// Whoever may install packages and mount.
pub(super) enum Administrator {
    Ourselves,
    /// Through sudo, and only where it asks for nothing.
    Sudo,
}

impl Administrator {
    pub(super) fn of_this_machine() -> Option<Self> {
        if rustix::process::geteuid().is_root() {
            return Some(Self::Ourselves);
        }
        let sudo = Self::Sudo.command(&["true"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
        sudo.is_ok_and(|status| status.success()).then_some(Self::Sudo)
    }

    pub(super) fn command(&self, words: &[&str]) -> Command {
        let words: Vec<&str> = match self {
            Self::Ourselves => words.to_vec(),
            Self::Sudo => [&["sudo", "-n"], words].concat(),
        };
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).stdin(Stdio::null());
        command
    }
}

/// The prohibition to start services, for as long as this value lives.
struct Policy<'a> {
    administrator: &'a Administrator,
    /// `None` if nothing is to be removed: another policy was there before and is obeyed, not replaced.
    placed: Option<PathBuf>,
}

impl<'a> Policy<'a> {
    fn place(administrator: &'a Administrator, file: &Path) -> Outcome<Self> {
        // A link that leads nowhere is somebody's policy too.
        if fs::symlink_metadata(file).is_ok() {
            eprintln!("{} exists and is left as it is", file.display());
            return Ok(Self { administrator, placed: None });
        }
        // `set -C` creates the file or fails, so that one that appears in this moment is not overwritten.
        let script = r#"set -C && printf %s "$2" > "$1" && chmod 755 "$1""#;
        let path = file.to_string_lossy();
        process::output_of(&mut administrator.command(&["sh", "-c", script, "sh", &path, POLICY]))
            .map_err(because("services cannot be kept from starting"))?;
        Ok(Self { administrator, placed: Some(file.to_owned()) })
    }

    fn remove(mut self) -> Outcome<()> {
        self.take_away()
    }

    fn take_away(&mut self) -> Outcome<()> {
        let Some(file) = self.placed.take() else {
            return Ok(());
        };
        // Only what we placed: if somebody has put another policy there since, it stays.
        if fs::read(&file).is_ok_and(|content| content == POLICY.as_bytes()) {
            let path = file.to_string_lossy();
            process::output_of(&mut self.administrator.command(&["rm", "-f", &path]))?;
        }
        Ok(())
    }
}

impl Drop for Policy<'_> {
    fn drop(&mut self) {
        if let Err(stop) = self.take_away() {
            eprintln!("xtask: {POLICY_FILE} is left behind: {stop}");
        }
    }
}

pub(super) fn this_is_debian() -> bool {
    is_debian(&fs::read_to_string("/etc/os-release").unwrap_or_default())
}

/// Whether `/etc/os-release` is that of Debian, Ubuntu, or something made from them.
fn is_debian(os_release: &str) -> bool {
    os_release.lines().any(|line| {
        let Some((key, value)) = line.split_once('=') else {
            return false;
        };
        (key == "ID" || key == "ID_LIKE")
            && value.trim_matches('"').split(' ').any(|id| id == "debian" || id == "ubuntu")
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn systems_that_have_apt() {
        assert!(is_debian("PRETTY_NAME=\"Debian GNU/Linux 12\"\nID=debian\n"));
        assert!(is_debian("ID=ubuntu\nID_LIKE=debian\n"));
        assert!(is_debian("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n"));
        assert!(!is_debian("ID=fedora\nHOME_URL=\"https://debian.example/\"\n"));
        assert!(!is_debian("ID=notdebian\n"));
        assert!(!is_debian(""));
    }

    #[test]
    fn a_policy_is_placed_executable_and_removed() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let file = folder.path().join("policy-rc.d");
        let policy = Policy::place(&Administrator::Ourselves, &file).expect("the folder is ours");
        let mode = fs::metadata(&file).expect("it was placed").permissions().mode();
        assert_eq!(mode & 0o777, 0o755);
        let status = Command::new(&file).status().expect("it can be run");
        assert_eq!(status.code(), Some(101));
        policy.remove().expect("it can be removed");
        assert!(!file.exists());
    }

    #[test]
    fn a_policy_of_somebody_else_is_never_touched() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let file = folder.path().join("policy-rc.d");
        fs::write(&file, "exit 0\n").expect("the folder is ours");
        Policy::place(&Administrator::Ourselves, &file)
            .expect("nothing to do")
            .remove()
            .expect("nothing to do");
        assert_eq!(fs::read_to_string(&file).expect("still there"), "exit 0\n");
    }

    #[test]
    fn a_policy_that_replaced_ours_stays() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let file = folder.path().join("policy-rc.d");
        let policy = Policy::place(&Administrator::Ourselves, &file).expect("the folder is ours");
        fs::write(&file, "exit 0\n").expect("the folder is ours");
        drop(policy);
        assert_eq!(fs::read_to_string(&file).expect("still there"), "exit 0\n");
    }
}
