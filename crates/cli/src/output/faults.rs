//! A disk that fails, for tests.

pub(crate) mod child;

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use super::storage::{Disk, Names, Storage};

/// What an operation does when its turn comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// This one fails, later ones work.
    Once(io::ErrorKind),
    /// This one fails, and all that follow.
    FromHere(io::ErrorKind),
    /// The process is killed right before it.
    Kill,
}

/// How names can be given without overwriting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Naming {
    Exclusive,
    OnlyLinks,
}

/// When something happens that the disk does not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// Right before the next operation of this name.
    Before(&'static str),
    /// Right after the next one of this name that succeeds.
    After(&'static str),
}

/// The real disk, with a fault at the n-th operation, or room for so many octets. Clones are the same disk.
#[derive(Clone)]
pub(crate) struct Faulty(Arc<State>);

struct State {
    naming: Naming,
    at: usize,
    fault: Fault,
    room: AtomicU64,
    /// How many octets of a write get to the disk before its fault.
    torn: usize,
    done: AtomicUsize,
    steps: Mutex<Vec<(&'static str, PathBuf)>>,
    events: Mutex<Vec<(Moment, Event)>>,
}

type Event = Box<dyn FnOnce() + Send>;

impl Faulty {
    /// A disk without faults.
    pub(crate) fn sound() -> Faulty {
        Faulty::naming(Naming::Exclusive)
    }

    /// A disk without faults on which names are given like this.
    pub(crate) fn naming(naming: Naming) -> Faulty {
        Faulty::new(naming, usize::MAX, Fault::Kill)
    }

    pub(crate) fn new(naming: Naming, at: usize, fault: Fault) -> Faulty {
        Faulty::tearing(naming, at, fault, 0)
    }

    /// The same, and a write that fails has got so many octets to the disk.
    pub(crate) fn tearing(naming: Naming, at: usize, fault: Fault, torn: usize) -> Faulty {
        Faulty(Arc::new(State {
            naming,
            at,
            fault,
            room: AtomicU64::new(u64::MAX),
            torn,
            done: AtomicUsize::new(0),
            steps: Mutex::default(),
            events: Mutex::default(),
        }))
    }

    /// Lets this happen once, as if another program did it.
    pub(crate) fn at(&self, moment: Moment, event: impl FnOnce() + Send + 'static) {
        self.0.events.lock().unwrap().push((moment, Box::new(event)));
    }

    /// From now on, only so many octets can be written.
    pub(crate) fn set_room(&self, octets: u64) {
        self.0.room.store(octets, Ordering::Relaxed);
    }

    /// An operation on this file or folder; also of something else than the disk that can fail.
    pub(crate) fn step(&self, name: &'static str, path: &Path) -> io::Result<()> {
        let State { at, fault, .. } = *self.0;
        let number = self.0.done.fetch_add(1, Ordering::Relaxed);
        self.0.steps.lock().unwrap().push((name, path.to_owned()));
        match fault {
            Fault::Once(kind) if number == at => Err(kind.into()),
            Fault::FromHere(kind) if number >= at => Err(kind.into()),
            Fault::Kill if number == at => kill_this_process(),
            _ => Ok(()),
        }
    }

    /// Whether the fault was reached: a run without it is the last one worth making.
    pub(crate) fn struck(&self) -> bool {
        self.0.done.load(Ordering::Relaxed) > self.0.at
    }

    /// The operation that failed first.
    pub(crate) fn victim(&self) -> &'static str {
        self.0.steps.lock().unwrap()[self.0.at].0
    }

    /// All operations so far, in order.
    pub(crate) fn steps(&self) -> Vec<&'static str> {
        self.0.steps.lock().unwrap().iter().map(|(name, _)| *name).collect()
    }

    /// The same, each with the file or folder it was done to; where a file gets another name, with that one.
    pub(crate) fn steps_and_paths(&self) -> Vec<(&'static str, PathBuf)> {
        self.0.steps.lock().unwrap().clone()
    }

    fn operate<T>(
        &self,
        name: &'static str,
        path: &Path,
        operation: impl FnOnce() -> io::Result<T>,
    ) -> io::Result<T> {
        self.happen(Moment::Before(name));
        self.step(name, path)?;
        let done = operation()?;
        self.happen(Moment::After(name));
        Ok(done)
    }

    fn happen(&self, moment: Moment) {
        let is_now = |(at, _): &mut (Moment, Event)| *at == moment;
        let events: Vec<_> = self.0.events.lock().unwrap().extract_if(.., is_now).collect();
        events.into_iter().for_each(|(_, event)| event());
    }

    fn file(
        &self,
        name: &'static str,
        path: &Path,
        open: impl FnOnce() -> io::Result<File>,
    ) -> io::Result<FaultyFile> {
        let file = self.operate(name, path, open)?;
        Ok(FaultyFile { storage: self.clone(), path: path.to_owned(), file })
    }

    /// A disk that fills up takes what it can and fails the next time.
    fn take_room(&self, wanted: usize) -> io::Result<usize> {
        let room = self.0.room.load(Ordering::Relaxed);
        let taken = wanted.min(usize::try_from(room).unwrap_or(usize::MAX));
        if taken == 0 && wanted > 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.0.room.store(room - taken as u64, Ordering::Relaxed);
        Ok(taken)
    }
}

#[cfg(unix)]
fn kill_this_process() -> ! {
    use rustix::process::{Signal, getpid, kill_process};

    kill_process(getpid(), Signal::KILL).unwrap();
    loop {
        std::thread::park();
    }
}

#[cfg(not(unix))]
fn kill_this_process() -> ! {
    std::process::abort()
}

pub(crate) struct FaultyFile {
    storage: Faulty,
    /// The name by which it was opened.
    path: PathBuf,
    file: File,
}

impl Write for FaultyFile {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let State { at, torn, ref done, .. } = *self.storage.0;
        if done.load(Ordering::Relaxed) == at {
            self.file.write_all(&octets[..octets.len().min(torn)])?;
        }
        let FaultyFile { storage, path, file } = self;
        storage.operate("write", path, || {
            let taken = storage.take_room(octets.len())?;
            file.write(&octets[..taken])
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Storage for Faulty {
    type File = FaultyFile;

    fn create_new(&self, path: &Path) -> io::Result<FaultyFile> {
        self.file("create", path, || Disk.create_new(path))
    }

    fn open_append(&self, path: &Path) -> io::Result<FaultyFile> {
        self.file("open", path, || Disk.open_append(path))
    }

    fn open(&self, path: &Path) -> io::Result<FaultyFile> {
        self.file("open", path, || Disk.open(path))
    }

    fn write_at(&self, file: &mut FaultyFile, octets: &[u8], offset: u64) -> io::Result<()> {
        if self.0.done.load(Ordering::Relaxed) == self.0.at {
            Disk.write_at(&mut file.file, &octets[..octets.len().min(self.0.torn)], offset)?;
        }
        let FaultyFile { path, file, .. } = file;
        self.operate("write", path, || {
            let taken = self.take_room(octets.len())?;
            Disk.write_at(file, &octets[..taken], offset)?;
            if taken < octets.len() { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
        })
    }

    fn set_length(&self, file: &mut FaultyFile, length: u64) -> io::Result<()> {
        self.operate("set length", &file.path, || Disk.set_length(&mut file.file, length))
    }

    fn set_modified(&self, file: &mut FaultyFile, time: SystemTime) -> io::Result<()> {
        self.operate("set time", &file.path, || Disk.set_modified(&mut file.file, time))
    }

    fn start_write_back(&self, _: &mut FaultyFile) {}

    fn sync(&self, file: &mut FaultyFile) -> io::Result<()> {
        self.operate("sync", &file.path, || Disk.sync(&mut file.file))
    }

    fn sync_file(&self, path: &Path) -> io::Result<()> {
        self.operate("sync file", path, || Disk.sync_file(path))
    }
}

impl Names for Faulty {
    fn rename_exclusive(&self, from: &Path, to: &Path) -> io::Result<()> {
        match self.0.naming {
            Naming::Exclusive => self.operate("name", to, || Disk.rename_exclusive(from, to)),
            Naming::OnlyLinks => Err(io::ErrorKind::InvalidInput.into()),
        }
    }

    fn hard_link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.operate("name", to, || Disk.hard_link(from, to))
    }

    fn rename_over(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.operate("replace", to, || Disk.rename_over(from, to))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.operate("remove", path, || Disk.remove(path))
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.operate("sync folder", folder, || Disk.sync_folder(folder))
    }

    fn create_folder(&self, folder: &Path) -> io::Result<()> {
        self.operate("create folder", folder, || Disk.create_folder(folder))
    }
}
