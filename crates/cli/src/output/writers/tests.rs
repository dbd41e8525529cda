//! Messages through the threads into files, on disks that fail.

mod faults;
mod files;
mod mbox;
mod order;
mod telling;
mod threads;

use std::collections::BTreeMap;
use std::fs;
use std::io;

use super::files::{Files, Filing};
use super::mbox::Mbox;
use super::*;
use crate::cli::Durability;
use crate::output::faults::Faulty;
use crate::output::mbox::read_message;
use crate::output::parts::Parts;
use crate::output::storage::Disk;
use crate::output::{Overwrite, parent};

/// Longer than any test.
const NEVER: Duration = Duration::from_secs(3600);

fn uid(number: u32) -> Uid {
    Uid::new(number).unwrap()
}

fn label(number: u32, path: &str) -> Label {
    let arrived = Some(InternalDate::from_unix_seconds(1_769_938_200));
    let (fallback, adopt) = (None, None);
    Label { uid: uid(number), path: path.into(), fallback, adopt, arrived, dated: Dated::Arrival }
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// A list in a file beside the messages, that fails where the disk does: before it is written, and after.
struct List {
    path: PathBuf,
    storage: Faulty,
}

impl Record for List {
    fn record(&self, kept: &[(Uid, Kept)]) -> Result<(), OutputError> {
        let failed = |cause| crate::output::Step::Write.failed(&self.path, cause);
        self.storage.step("record", &self.path).map_err(failed)?;
        let mut text = fs::read_to_string(&self.path).unwrap_or_default();
        for (uid, kept) in kept {
            let span = kept.span.unwrap_or(Span { offset: 0, length: 0 });
            let Kept { path, octets, blake3, .. } = kept;
            let path = path.to_str().unwrap();
            text += &format!("{uid} {path} {octets} {blake3} {} {}\n", span.offset, span.length);
        }
        fs::write(&self.path, text).unwrap();
        self.storage.step("sync record", &self.path).map_err(failed)
    }

    fn set_aside(&self, _: &Path, _: &Path) -> Result<(), OutputError> {
        Ok(())
    }

    fn is_of_another(&self, path: &Path, of: Uid) -> Result<bool, OutputError> {
        Ok(list(parent(&self.path)).iter().any(|(uid, kept)| kept.path == path && *uid != of.value()))
    }
}

fn list(folder: &Path) -> BTreeMap<u32, Kept> {
    let text = fs::read_to_string(folder.join("list")).unwrap_or_default();
    let entry = |line: &str| {
        let fields: Vec<&str> = line.split(' ').collect();
        let number = |at: usize| fields[at].parse::<u64>().unwrap();
        let span = Span { offset: number(4), length: number(5) };
        let kept = Kept {
            path: fields[1].into(),
            octets: number(2),
            blake3: blake3::Hash::from_hex(fields[3]).unwrap(),
            span: (span.length > 0).then_some(span),
        };
        (fields[0].parse().unwrap(), kept)
    };
    text.lines().map(entry).collect()
}

/// The octets of a message that was kept, as they can be had back.
fn read_back(folder: &Path, kept: &Kept) -> io::Result<Vec<u8>> {
    let stored = fs::read(folder.join(&kept.path))?;
    let Some(span) = kept.span else { return Ok(stored) };
    let (begin, end) = (span.offset as usize, (span.offset + span.length) as usize);
    let stored = stored.get(begin..end).ok_or(io::ErrorKind::UnexpectedEof)?;
    let mut message = Vec::new();
    read_message(stored, kept.octets, |octets| {
        message.extend_from_slice(octets);
        Ok(())
    })?;
    Ok(message)
}

#[track_caller]
fn check_kept(folder: &Path, kept: &Kept, message: &[u8]) {
    assert!(read_back(folder, kept).unwrap() == message, "{kept:?}");
    assert_eq!(kept.octets, message.len() as u64);
    assert_eq!(kept.blake3, blake3::hash(message));
}

/// All files, by their paths from the folder; without those that have no name yet, and the list.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
            if name == ".tayori-parts" || name == "list" {
                continue;
            }
            match fs::symlink_metadata(&path).unwrap().is_dir() {
                true => folders.push(path),
                false => drop(files.insert(name, fs::read(&path).unwrap_or_default())),
            }
        }
    }
    files
}

fn start(writer: impl Writer + 'static) -> Writers {
    at_once(NEVER, vec![Box::new(writer)])
}

/// Writers that hand over everything as it comes, so that small messages come in several pieces.
fn at_once(settle_after: Duration, writers: Vec<Box<dyn Writer>>) -> Writers {
    Writers::with(settle_after, 1, writers).unwrap()
}

async fn events(writers: &mut Writers) -> (Vec<Settled>, Vec<OutputError>) {
    writers.settle().await;
    let (mut settled, mut broken) = (Vec::new(), Vec::new());
    while let Some(event) = writers.next_event() {
        match event {
            Event::Settled(one) => settled.push(one),
            Event::Broken(error) => broken.push(error),
        }
    }
    (settled, broken)
}
