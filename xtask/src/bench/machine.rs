//! What the figures depend on and cannot tell: the machine, without its name.

use std::fs;
use std::path::Path;
use std::thread;

/// Cores, system and the kind of file system on which `folder` lies.
pub(super) fn description(folder: &Path) -> String {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    // What follows the numbers names who built it.
    let release: String = release.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    let kind = file_system(folder);
    let note =
        if kind == "tmpfs" { ", which is memory: a sync costs nothing; TMPDIR chooses another" } else { "" };
    format!("{cores} cores, {} {release}, {kind}{note}", std::env::consts::OS)
}

#[cfg(target_os = "linux")]
fn file_system(folder: &Path) -> String {
    // The numbers of statfs(2).
    const KINDS: [(u64, &str); 6] = [
        (0xef53, "ext4"),
        (0x5846_5342, "xfs"),
        (0x9123_683e, "btrfs"),
        (0x0102_1994, "tmpfs"),
        (0x794c_7630, "overlayfs"),
        (0x2fc1_2fc1, "zfs"),
    ];
    let Ok(system) = rustix::fs::statfs(folder) else { return "an unknown file system".to_owned() };
    // Its type differs between architectures; the numbers have 32 bits.
    let number = system.f_type as u64 & 0xffff_ffff;
    let known = KINDS.iter().find(|(kind, _)| *kind == number);
    known.map_or_else(|| format!("file system {number:#x}"), |(_, name)| (*name).to_owned())
}

#[cfg(not(target_os = "linux"))]
fn file_system(_folder: &Path) -> String {
    "an unknown file system".to_owned()
}
