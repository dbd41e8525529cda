//! Packages of this machine's own release, fetched but not installed.

use std::fs;
use std::time::Duration;

use super::install::{self, Administrator};
use super::overlay::View;
use super::prepared::Prepared;
use crate::process;
use crate::stop::{Interrupt, Outcome, because};

/// Many times what it takes, with a mirror that is slow and not gone.
const FETCH_LIMIT: Duration = Duration::from_secs(240);

/// What is installed here. Packages that were fetched for another state may not go with it.
const INSTALLED: &str = "/var/lib/dpkg/status";

/// The folder for packages and whatever they depend on that this machine does not have.
pub(super) fn folder(name: &str, packages: &[&str]) -> Outcome<Prepared> {
    let installed = fs::read_to_string(INSTALLED).map_err(because(INSTALLED))?;
    Prepared::new(name, &[FETCH, &packages.join(" "), &installed])
}

pub(super) fn fetch(
    prepared: &Prepared,
    packages: &[&str],
    administrator: &Administrator,
    interrupt: &Interrupt,
) -> Outcome<()> {
    install::with_retries(interrupt, || {
        prepared.begin(administrator)?;
        let room = tempfile::tempdir().map_err(because("a temporary folder cannot be made"))?;
        let view = View { system: "/".as_ref(), mount_point: room.path(), shared: &[prepared.folder()] };
        let folder = prepared.folder().to_string_lossy();
        let mut command = view.command(administrator, FETCH, &[[&*folder].as_slice(), packages].concat());
        process::run_within(&mut command, FETCH_LIMIT, interrupt)
    })?;
    prepared.finish()
}

/// In a view, so that the lists of packages that are read anew stay in there too.
const FETCH: &str = r#"
folder=$1
shift
mkdir "$folder/partial"
apt-get -q update
apt-get -q -y --no-install-recommends --download-only -o "Dir::Cache::archives=$folder" \
    -o APT::Sandbox::User=root install "$@"
"#;

/// A shell command that installs, in a view, all that is in the folder `$packages`, and knows of no other source.
///
/// In memory nothing has to be flushed to a disk, and nobody will look into the index of manual pages.
pub(super) const INSTALL: &str = r#"
rm -f /var/lib/man-db/auto-update
apt-get -q -y --no-install-recommends -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts=/dev/null \
    -o Dpkg::Options::=--force-unsafe-io -o APT::Sandbox::User=root install "$packages"/*.deb
"#;
