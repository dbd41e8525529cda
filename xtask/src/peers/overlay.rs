//! A private view of a system: whatever is installed or written in it is gone when it ends.
//!
//! The view is an overlay file system whose upper layer lies in memory, in a mount namespace of its own, with a
//! process namespace of its own. Nothing of it can be seen from outside, and the kernel ends and unmounts all of it
//! when its first process ends. That one ends when the other end of its standard input does, so a view does not
//! outlive us, however we end. The network is shared: what listens on 127.0.0.1 in there is reached from here.
//!
//! Debian allows one IMAP server on a system; in such a view each has the system to itself.

use std::path::Path;
use std::process::{Command, Stdio};

use super::install::Administrator;

pub(super) struct View<'a> {
    /// The root of the system that is looked at; it stays as it is.
    pub(super) system: &'a Path,
    /// An empty folder, only to mount on; it stays empty for everybody else.
    pub(super) mount_point: &'a Path,
    /// Folders that are the real ones in the view too, under the same paths.
    pub(super) shared: &'a [&'a Path],
}

impl View<'_> {
    /// A command that runs this shell script in the view, as root, with arguments. It must be given a pipe as standard
    /// input, as it is here, that stays open for as long as the view is to last.
    pub(super) fn command(&self, administrator: &Administrator, script: &str, arguments: &[&str]) -> Command {
        let unshare =
            ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-eu", "-c", ENTER, "sh"];
        let mut command = administrator.command(&unshare);
        command.arg(self.system).arg(self.mount_point).arg(script);
        command.args(self.shared).arg("--").args(arguments);
        command.stdin(Stdio::piped());
        command
    }
}

/// Whether this machine can have such views, as far as can be told without trying.
pub(super) fn expect_possible() -> Result<Administrator, String> {
    let missing: Vec<&str> = ["unshare", "apt-get"]
        .into_iter()
        .filter(|name| crate::process::find_program(name).is_none())
        .collect();
    if !super::install::this_is_debian() || !missing.is_empty() {
        return Err("this machine is not a Debian with apt-get and unshare".to_owned());
    }
    Administrator::of_this_machine().ok_or_else(|| "neither root nor sudo without a password".to_owned())
}

/// What the first process of the view does.
///
/// - `lower` is mounted so that its path, whatever is in it, does not stand in the list of options.
/// - The files about the network are often mounts of their own, which an overlay does not see.
/// - 101 from `policy-rc.d` forbids packages to start services.
/// - A process that is the first of its namespace is sent no signal that it does not handle.
const ENTER: &str = r#"
system=$1 room=$2 script=$3
shift 3
mount -t tmpfs -o mode=0755 tmpfs "$room"
cd "$room"
mkdir lower upper work root
mount --bind "$system" lower
mount -t overlay -o lowerdir=lower,upperdir=upper,workdir=work overlay root
mount -t proc proc root/proc
mount --rbind /dev root/dev
for name in hosts resolv.conf; do
    [ ! -e "/etc/$name" ] || { rm -f "root/etc/$name"; cat "/etc/$name" > "root/etc/$name"; }
done
while [ "$1" != -- ]; do
    mkdir -p "root$1"
    mount --bind "$1" "root$1"
    shift
done
shift
printf '#!/bin/sh\nexit 101\n' > root/usr/sbin/policy-rc.d
chmod 755 root/usr/sbin/policy-rc.d

exec 3<&0 </dev/null
trap 'exit 143' TERM INT HUP
(cat <&3 >/dev/null; kill -TERM 1) &
env DEBIAN_FRONTEND=noninteractive LC_ALL=C chroot root sh -eu -c "$script" sh "$@" 3<&- &
wait $!
"#;
