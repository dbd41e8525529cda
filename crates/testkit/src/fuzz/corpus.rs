//! What is worth changing, from the files of the tests.

use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use tayori_proto::Limits;
use tayori_proto::quirk::Quirk;
use tayori_proto::wire::{Direction, Frame, Framer, Then};

use crate::fixture::repository;
use crate::script::Said;

/// The folder of a target's own files.
pub fn folder(target: &str) -> PathBuf {
    repository().join("fixtures/corpus").join(target)
}

/// A target's own files, by name: finds, and seeds made by hand.
pub fn files(target: &str) -> io::Result<Vec<(PathBuf, Vec<u8>)>> {
    let mut paths = Vec::new();
    collect(&folder(target), &mut paths)?;
    paths.into_iter().map(|path| std::fs::read(&path).map(|octets| (path, octets))).collect()
}

/// The dialogues of the scripts in `fixtures/`.
pub(super) fn scripts() -> io::Result<Vec<Said>> {
    let mut paths = Vec::new();
    for folder in ["fixtures/transcripts", "fixtures/quirks"] {
        collect(&repository().join(folder), &mut paths)?;
    }
    let scripts = paths.iter().filter(|path| path.extension().is_some_and(|extension| extension == "txt"));
    Ok(scripts.filter_map(|path| Said::load(path)).collect())
}

/// Samples of what servers get wrong, each with its line end.
pub(super) fn quirks() -> impl Iterator<Item = Vec<u8>> {
    Quirk::ALL.iter().map(|quirk| format!("{}\r\n", quirk.evidence().sample).into_bytes())
}

/// The responses or commands in these octets, each whole.
pub(super) fn frames(octets: &[u8], direction: Direction) -> Vec<Bytes> {
    let mut framer = Framer::new(direction, Limits::default());
    framer.feed(octets);
    let mut frames = Vec::new();
    while let Ok(Some(frame)) = framer.next_frame() {
        if let Frame::Piece { bytes, then: Then::End, .. } = frame {
            frames.push(bytes);
        }
    }
    frames
}

/// All files below a folder, in the order of their names. A folder that is not there has none.
fn collect(folder: &Path, paths: &mut Vec<PathBuf>) -> io::Result<()> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let mut here = entries.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>()?;
    here.sort();
    for path in here {
        if path.is_dir() {
            collect(&path, paths)?;
        } else {
            paths.push(path);
        }
    }
    Ok(())
}
