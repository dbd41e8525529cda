//! Whether a file system has room.

use std::path::Path;

use crate::stop::{Outcome, Stop, because};

const MIB: u64 = 1024 * 1024;

/// Fails unless this many octets are free where `folder` lies.
pub(crate) fn expect_space(folder: &Path, needed: u64) -> Outcome<()> {
    let system = rustix::fs::statvfs(folder).map_err(because("the temporary folder"))?;
    let free = system.f_bavail.saturating_mul(system.f_frsize);
    if free < needed {
        return Err(Stop::failed(format!(
            "{} MiB are free in {}, {} MiB are needed; TMPDIR chooses another folder",
            free / MIB,
            folder.display(),
            needed.div_ceil(MIB)
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_little_room_is_said_with_both_figures() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        expect_space(folder.path(), 1).expect("there is an octet");
        let problem = expect_space(folder.path(), u64::MAX).expect_err("no disk is so large").to_string();
        assert!(problem.ends_with(" MiB are needed; TMPDIR chooses another folder"), "{problem}");
    }
}
