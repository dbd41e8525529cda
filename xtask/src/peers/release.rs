//! Another release of Debian, in folders: a small system, and for each server a copy of it with the server's packages.

use std::path::PathBuf;
use std::time::Duration;

use super::install::{self, Administrator};
use super::overlay::View;
use super::prepared::Prepared;
use crate::process;
use crate::stop::{Interrupt, Outcome, because};

/// The release: its versions of servers are newer than those of the one before, and do not change any more.
const SUITE: &str = "trixie";

/// Many times what each of the two steps takes, with a mirror that is slow and not gone.
const BUILD_LIMIT: Duration = Duration::from_secs(480);

/// The folder for the system with these packages, under the name of the server.
pub(super) fn folder(name: &str, packages: &[&str]) -> Outcome<Prepared> {
    Prepared::new(&format!("{SUITE}-{name}"), &[BASE, INSTALL, &packages.join(" ")])
}

/// Where the system is in the folder.
pub(super) fn root(prepared: &Prepared) -> PathBuf {
    prepared.folder().join("root")
}

pub(super) fn build(
    prepared: &Prepared,
    packages: &[&str],
    administrator: &Administrator,
    interrupt: &Interrupt,
) -> Outcome<()> {
    let base = Prepared::new(SUITE, &[BASE])?;
    if !base.is_whole() {
        make(&base, &[], BASE, &[SUITE], administrator, interrupt)?;
    }
    // A copy is made in seconds, and whatever happens to it the system can be copied again.
    let system = root(&base);
    let system = system.to_string_lossy();
    let arguments = [[&*system].as_slice(), packages].concat();
    make(prepared, &[&base], INSTALL, &arguments, administrator, interrupt)
}

/// Fills a folder by a script, which finds its path in the first argument.
fn make(
    prepared: &Prepared,
    from: &[&Prepared],
    script: &str,
    arguments: &[&str],
    administrator: &Administrator,
    interrupt: &Interrupt,
) -> Outcome<()> {
    install::with_retries(interrupt, || {
        prepared.begin(administrator)?;
        let room = tempfile::tempdir().map_err(because("a temporary folder cannot be made"))?;
        let shared: Vec<_> = from.iter().chain([&prepared]).map(|folder| folder.folder()).collect();
        let view = View { system: "/".as_ref(), mount_point: room.path(), shared: &shared };
        let folder = prepared.folder().to_string_lossy();
        let arguments = [[&*folder].as_slice(), arguments].concat();
        process::run_within(&mut view.command(administrator, script, &arguments), BUILD_LIMIT, interrupt)
    })?;
    prepared.finish()
}

/// In a view of this machine, which gets `debootstrap` and keeps to itself what is mounted meanwhile. The mirror is the
/// one that this machine's own packages come from, which can be told once their lists have been read.
const BASE: &str = r#"
root=$1/root suite=$2
rm -f /var/lib/man-db/auto-update
apt-get -q update
apt-get -q -y --no-install-recommends install debootstrap
mirror=$(apt-get indextargets --format '$(REPO_URI)' \
    'Created-By: Packages' 'Origin: Debian' 'Label: Debian' | head -n 1)
[ -n "$mirror" ] || { echo 'no source of packages here is Debian itself' >&2; exit 1; }
debootstrap --variant=minbase --include=ca-certificates "$suite" "$root" "$mirror"
printf '#!/bin/sh\nexit 101\n' > "$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"
"#;

/// In a view too, for what is mounted.
const INSTALL: &str = r#"
root=$1/root base=$2
shift 2
cp -a "$base" "$root"
mount --bind /proc "$root/proc"
mount --rbind /dev "$root/dev"
chroot "$root" apt-get -q -y --no-install-recommends -o Dpkg::Options::=--force-unsafe-io install "$@"
chroot "$root" apt-get clean
"#;
