//! Where whole messages go, and what of them is there.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tayori_proto::types::{Uid, UidSet};

use super::ledger::Ledger;
use crate::cli::{Format, Keep, Recheck};
use crate::count::count;
use crate::escape::escape_str;
use crate::failure::Failure;
use crate::manifest::{Found, Present, Source};
use crate::output::alike;
use crate::output::aside::set_aside;
use crate::output::file::MailFile;
use crate::output::parts::Parts;
use crate::output::storage::Disk;
use crate::output::writers::files::{self, Files, Filing};
use crate::output::writers::mbox::Mbox;
use crate::output::writers::stdout::ToStdout;
use crate::output::writers::{Behind, NoRecord, THREADS, Turn, Writer, Writers};
use crate::output::{Capacity, OutputError, Overwrite, Target, check_name, parent};

/// The name of the list in a folder; beside an mbox, its name comes before.
const MANIFEST: &str = "tayori-manifest.jsonl";

/// Where messages go.
pub(super) struct Deposit {
    pub(super) writers: Writers,
    pub(super) capacity: Capacity,
    /// The folder of all output; none for stdout.
    pub(super) folder: Option<PathBuf>,
    /// Removed after the writers have gone, and before the lock of the list is given back: the next run makes them
    /// anew.
    _parts: Option<Parts>,
    /// The only one who keeps it open: the threads of the writers may outlive this.
    ledger: Option<Arc<Ledger>>,
    altered: Arc<Altered>,
    overwrite: Overwrite,
    recheck: Recheck,
}

/// What is here of a mailbox before anything is fetched.
#[derive(Debug, Default)]
pub(super) struct Here {
    pub(super) complete: UidSet,
    /// Whether all lines of the list can be read.
    is_whole: bool,
    /// What is to be told: files that were changed, lines of the list that cannot be read.
    pub(super) notes: Vec<String>,
    /// Files of the mailbox that are not what was fetched.
    pub(super) altered: Vec<AlteredFile>,
}

/// A file that is not what was fetched into it.
#[derive(Debug)]
pub(super) struct AlteredFile {
    pub(super) uid: Uid,
    pub(super) path: PathBuf,
    pub(super) found: Found,
}

impl Deposit {
    /// Finds out what can be found out without a connection; what stands in the way is told before anybody is asked for
    /// a password.
    pub(super) fn open(target: &Target, keep: &Keep) -> Result<Self, Failure> {
        let altered = Arc::new(Altered::default());
        let (writers, folder, ledger, parts) = match (target, keep.format) {
            (Target::Stdout, _) => {
                let writer: Box<dyn Writer> = Box::new(ToStdout::new(io::stdout()));
                (vec![writer], None, None, None)
            }
            (Target::File(path), Format::Mbox) => {
                let folder = parent(path).to_owned();
                let mut list = path.file_name().unwrap_or_default().to_owned();
                list.push(".");
                list.push(MANIFEST);
                let ledger = Ledger::open(&folder.join(list), keep.durability)?;
                let parts = Parts::beside(&Disk, path)?;
                let writer = mbox_writer(&folder, &parts, keep, &ledger);
                (vec![writer], Some(folder), Some(ledger), Some(parts))
            }
            (Target::File(path), _) => {
                check_name(path, keep.overwrite)?;
                let folder = parent(path).to_owned();
                let overwrite = keep.overwrite;
                let filing = Filing {
                    folder: folder.clone(),
                    overwrite: Arc::new(move |_| overwrite),
                    durability: keep.durability,
                    record: Arc::new(NoRecord),
                };
                // Created and removed: a folder that cannot be written to is found out now.
                drop(MailFile::create(Disk, &folder)?);
                let writer: Box<dyn Writer> = Box::new(Files::new(Disk, filing, folder.clone()));
                (vec![writer], Some(folder), None, None)
            }
            (Target::Folder(folder), format) => {
                target.prepare(&Disk)?;
                let ledger = Ledger::open(&folder.join(MANIFEST), keep.durability)?;
                let threads = if format == Format::Mbox { 1 } else { THREADS };
                let parts = Parts::prepare(&Disk, folder, threads)?;
                let writers = match format {
                    Format::Mbox => vec![mbox_writer(folder, &parts, keep, &ledger)],
                    Format::Eml | Format::Maildir => file_writers(folder, &parts, keep, &ledger, &altered),
                };
                (writers, Some(folder.clone()), Some(ledger), Some(parts))
            }
        };
        let capacity = match keep.format {
            Format::Mbox | Format::Maildir => Capacity::Many,
            Format::Eml => target.capacity(),
        };
        Ok(Self {
            writers: Writers::start(writers)?,
            capacity,
            folder,
            _parts: parts,
            ledger,
            altered,
            overwrite: keep.overwrite,
            recheck: keep.recheck,
        })
    }

    /// The messages that follow are of this mailbox. Says which of it are here.
    pub(super) fn turn_to(&self, source: Option<Source>) -> Result<Here, Failure> {
        let Some(ledger) = &self.ledger else { return Ok(Here::default()) };
        let mut here = Here::default();
        // With --force everything is fetched again, so whatever was fetched once may be in the way: also of a mailbox
        // that has no UIDVALIDITY, whose own messages are in no list.
        let mut altered = match self.overwrite {
            Overwrite::Replace => ever_fetched(ledger)?,
            Overwrite::Refuse | Overwrite::SetAside => Paths::default(),
        };
        if let Some(source) = &source {
            let present = ledger.present(source, self.recheck).map_err(OutputError::from)?;
            here.notes = notes(&present);
            here.is_whole = present.damage.lines == 0;
            here.altered = present
                .altered
                .iter()
                .map(|file| AlteredFile { uid: file.uid, path: file.path.clone(), found: file.found })
                .collect();
            if self.overwrite != Overwrite::Replace {
                here.complete = present.complete;
                altered = Paths::new(present.altered.into_iter().map(|altered| altered.path));
            }
        }
        self.altered.set(altered);
        ledger.turn_to(source);
        Ok(here)
    }

    /// The same for a mailbox whose messages all go into one file, seen from the folder of all output.
    ///
    /// A file that is not what it was is set aside as a whole, since single messages in it cannot be replaced. What is
    /// good in it counts as here still, under its new name.
    pub(super) fn turn_to_mbox(&mut self, source: Option<Source>, path: &Path) -> Result<Here, Failure> {
        let mut here = self.turn_to(source)?;
        let (Some(ledger), Some(folder)) = (&self.ledger, &self.folder) else { return Ok(here) };
        let file = folder.join(path);
        // With --force too: it replaces, but not the only copy of messages that the server may have no more.
        let forced = self.overwrite == Overwrite::Replace && is_file_or_link(&file);
        if forced || self.altered.contains(&file) {
            let aside = set_aside(&Disk, &file)?;
            let name = path.with_file_name(aside.file_name().unwrap_or_default());
            ledger.set_aside(path, &name).map_err(OutputError::from)?;
            let again = match forced {
                true => "what is asked for is fetched again",
                false => "what was changed and is asked for is fetched again",
            };
            let aside = aside.to_string_lossy();
            here.notes
                .push(format!("note: the file is {} now, with what was in it; {again}", escape_str(&aside)));
            self.altered.set(Paths::default());
        }
        let end = ledger.end_of(path).map_err(OutputError::from)?.filter(|_| file.exists());
        let behind = if here.is_whole { Behind::Nothing } else { Behind::Messages };
        self.writers.turn_to(&Turn { path: path.to_owned(), end, behind });
        Ok(here)
    }

    /// The list says where everything is that was set aside.
    pub(super) fn follow(&self) -> Result<(), Failure> {
        match &self.ledger {
            Some(ledger) => Ok(ledger.follow().map_err(OutputError::from)?),
            None => Ok(()),
        }
    }

    /// The list, for whoever looks whether a message is really here.
    pub(super) fn ledger(&self) -> Option<&Ledger> {
        self.ledger.as_deref()
    }
}

/// What else may have the name, a device say, is never moved.
fn is_file_or_link(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|metadata| metadata.is_file() || metadata.is_symlink())
}

fn mbox_writer(folder: &Path, parts: &Parts, keep: &Keep, ledger: &Arc<Ledger>) -> Box<dyn Writer> {
    let record = Arc::new(Arc::downgrade(ledger));
    Box::new(Mbox::new(Disk, folder.to_owned(), parts, keep.durability, record))
}

fn file_writers(
    folder: &Path,
    parts: &Parts,
    keep: &Keep,
    ledger: &Arc<Ledger>,
    altered: &Arc<Altered>,
) -> Vec<Box<dyn Writer>> {
    let altered = Arc::clone(altered);
    let asked = keep.overwrite;
    let filing = Filing {
        folder: folder.to_owned(),
        overwrite: Arc::new(move |path| match altered.contains(path) {
            // Also with --force: what was fetched once may be another message, which the server may have no more.
            true => Overwrite::SetAside,
            false => asked,
        }),
        durability: keep.durability,
        record: Arc::new(Arc::downgrade(ledger)),
    };
    files::writers(Disk, &filing, parts)
}

fn notes(present: &Present) -> Vec<String> {
    let altered = present.altered.iter().map(|altered| {
        let path = altered.path.to_string_lossy();
        let found = in_words(altered.found);
        format!("note: UID {}: {} is not what was fetched: {found}", altered.uid, escape_str(&path))
    });
    unreadable(present).into_iter().chain(altered).collect()
}

/// What is to be told of lines of the list that cannot be read.
fn unreadable(present: &Present) -> Option<String> {
    let damage = &present.damage;
    let what = match damage.lines {
        0 => return None,
        1 => "1 line of the list of what is here cannot be read, and does not count".to_owned(),
        lines => format!("{lines} lines of the list of what is here cannot be read, and do not count"),
    };
    let first: Vec<_> = damage.first.iter().map(|(line, flaw)| format!("line {line}: {flaw}")).collect();
    Some(format!("note: {what} ({})", first.join("; ")))
}

fn in_words(found: Found) -> String {
    match found {
        Found::Size(octets) => format!("it has {} now", count(octets, "octet", "octets")),
        Found::Content => "its content was changed".to_owned(),
        Found::NoMessage => "no message begins where it was".to_owned(),
        Found::NotAFile => "it is no file any more".to_owned(),
    }
}

/// The files of all messages that were ever written down. Where a line of the list cannot be read, any file may be that
/// of a message.
fn ever_fetched(ledger: &Ledger) -> Result<Paths, Failure> {
    let (files, damage) = ledger.files().map_err(OutputError::from)?;
    Ok(if damage.lines == 0 { Paths::new(files) } else { Paths::All })
}

/// Files that are not what they were when they were fetched; with `--force` all that were ever fetched.
#[derive(Debug, Default)]
struct Altered(Mutex<Paths>);

#[derive(Debug)]
enum Paths {
    /// By their [digests](alike::digest): what is one file on some file system is altered if one of its names is.
    Some(HashSet<u64>),
    All,
}

impl Paths {
    fn new(paths: impl IntoIterator<Item = PathBuf>) -> Self {
        Self::Some(paths.into_iter().map(|path| alike::digest(&path)).collect())
    }
}

impl Default for Paths {
    fn default() -> Self {
        Self::Some(HashSet::new())
    }
}

impl Altered {
    fn paths(&self) -> MutexGuard<'_, Paths> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, paths: Paths) {
        *self.paths() = paths;
    }

    fn contains(&self, path: &Path) -> bool {
        match &*self.paths() {
            Paths::Some(paths) => paths.contains(&alike::digest(path)),
            Paths::All => true,
        }
    }
}
