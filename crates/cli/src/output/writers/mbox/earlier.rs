//! What an earlier run, or another program, has left where an mbox is to be.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use tayori_proto::types::InternalDate;

use super::claim::Claim;
use super::open::{Name, Open, written_meanwhile};
use super::{Mbox, passing_name};
use crate::output::aside::{create_aside, set_aside};
use crate::output::mbox::separator;
use crate::output::part::Part;
use crate::output::storage::Storage;
use crate::output::writers::Behind;
use crate::output::{OutputError, Step, parent};

impl<S: Storage + Clone> Mbox<S> {
    /// Begins a new file.
    pub(super) fn create(&self, path: &Path) -> Result<Open<S>, OutputError> {
        let claim = Claim::new(&self.claims, path.strip_prefix(&self.folder).unwrap_or(path));
        if fs::symlink_metadata(path).is_ok() {
            // Only a courtesy: the name is taken in one step later, which fails if somebody has it by then.
            if !claim.is_there() {
                return Err(OutputError::Exists { path: path.to_owned() });
            }
            // This moves what a run of ours has named and did not come to write down. It is not lost: it has another
            // name then.
            set_aside(&self.storage, path)?;
            claim.remove(&self.storage);
        }
        let part = passing_name(&self.parts, path, "part");
        let file = self.storage.create_new(&part);
        let file = file.map_err(|cause| Step::Create.failed(&self.parts, cause))?;
        let name = Name::Passing { part: Part::new(self.storage.clone(), part), claim };
        Ok(Open::new(self.storage.clone(), self.durability, path.to_owned(), name, file, 0))
    }

    /// Goes on with a file in which the last message that is in the record ends at `end`. What is behind it and is not
    /// taken off stays in front of what comes.
    pub(super) fn reopen(&self, path: &Path, end: u64, behind_it: Behind) -> Result<Open<S>, OutputError> {
        let look = |cause| Step::Look.failed(path, cause);
        let metadata = fs::symlink_metadata(path).map_err(look)?;
        if !metadata.is_file() {
            return Err(OutputError::NotAFile { path: path.to_owned() });
        }
        let length = metadata.len();
        if length < end {
            return Err(OutputError::CutShort { path: path.to_owned(), length, end });
        }
        let claim = Claim::new(&self.claims, path.strip_prefix(&self.folder).unwrap_or(path));
        if claim.is_there() {
            // There is something in the record.
            claim.remove(&self.storage);
        }
        let mut file = self.storage.open(path).map_err(|cause| Step::Create.failed(path, cause))?;
        let mut behind = File::open(path).map_err(look)?;
        let watch = behind.try_clone().map_err(look)?;
        let mut padding: &[u8] = b"";
        let mut begin = end;
        if length > end {
            if behind_it == Behind::Nothing && is_ours(&mut behind, end).map_err(look)? {
                let copied = save(&self.storage, path, &mut behind, end)?;
                // Mail that another program has put there since is not in the copy. Whoever does so between this and
                // the cut is not seen.
                if behind.metadata().map_err(look)?.len() != end + copied {
                    return Err(Step::Write.failed(path, written_meanwhile()));
                }
                // This cuts off what a run that was killed has left behind the last message that the record knows. The
                // copy of it has just been synced under a name of its own; and it never counted as kept, so the
                // messages are on the server and come again.
                let cut = self.storage.set_length(&mut file, end);
                cut.map_err(|cause| Step::Write.failed(path, cause))?;
            } else {
                begin = length;
                padding = missing_padding(&mut behind, length).map_err(look)?;
            }
        }
        let name = Name::Final { watch, claim: None };
        let mut open = Open::new(self.storage.clone(), self.durability, path.to_owned(), name, file, begin);
        open.pad(padding);
        Ok(open)
    }
}

/// Whether what begins here looks like what we write.
fn is_ours(file: &mut File, offset: u64) -> io::Result<bool> {
    let ours = separator(None, InternalDate::from_unix_seconds(0));
    let known = ours.find("Thu").unwrap_or(ours.len());
    let mut begin = Vec::new();
    file.seek(SeekFrom::Start(offset))?;
    file.take(known as u64).read_to_end(&mut begin)?;
    Ok(ours.as_bytes()[..known].starts_with(&begin))
}

/// Copies what is about to be cut off; says how many octets that is.
fn save(storage: &impl Storage, path: &Path, file: &mut File, offset: u64) -> Result<u64, OutputError> {
    file.seek(SeekFrom::Start(offset)).map_err(|cause| Step::Look.failed(path, cause))?;
    let (aside, mut copy) = create_aside(storage, path)?;
    copy_synced(storage, (path, file), (&aside, &mut copy)).inspect_err(|_| {
        // This removes a copy that is not complete, and that was created here. Nothing was cut off.
        let _ = storage.remove(&aside);
    })
}

/// Copies the rest of a file, and returns how many octets that is when the copy and its name are on the disk.
fn copy_synced<S: Storage>(
    storage: &S,
    (path, file): (&Path, &mut File),
    (aside, copy): (&Path, &mut S::File),
) -> Result<u64, OutputError> {
    let mut copied = 0;
    let mut buffer = vec![0; 64 << 10];
    loop {
        let read = file.read(&mut buffer).map_err(|cause| Step::Look.failed(path, cause))?;
        if read == 0 {
            break;
        }
        copy.write_all(&buffer[..read]).map_err(|cause| Step::Write.failed(aside, cause))?;
        copied += read as u64;
    }
    storage.sync(copy).map_err(|cause| Step::Sync.failed(aside, cause))?;
    let folder = parent(aside);
    storage.sync_folder(folder).map_err(|cause| Step::SyncFolder.failed(folder, cause))?;
    Ok(copied)
}

/// What has to stand behind the last octet in front of a separator: it is one only at the begin of a line, behind an
/// empty one.
fn missing_padding(file: &mut File, length: u64) -> io::Result<&'static [u8]> {
    let mut last = Vec::new();
    file.seek(SeekFrom::Start(length.saturating_sub(2)))?;
    file.take(2).read_to_end(&mut last)?;
    Ok(match &*last {
        b"\n\n" => b"",
        [.., b'\n'] => b"\n",
        _ => b"\n\n",
    })
}
