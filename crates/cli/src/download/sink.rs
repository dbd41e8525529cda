//! Where bodies go while they come: into a file that has no final name yet, or to stdout.

use std::ffi::OsString;
use std::io;
use std::num::NonZeroU32;
use std::path::PathBuf;

use tayori_client::{Body, BodySink};
use tayori_proto::response::{BodyName, FetchItem};
use tayori_proto::types::Uid;

use super::{Chosen, OverwriteRule};
use crate::output::file::MailFile;
use crate::output::storage::Disk;
use crate::output::{OutputError, Piped, Target, check_name};
use crate::progress::Progress;

/// Takes the body of one message after the other. What was taken is nothing yet: it becomes a message when its row has
/// been read and found whole.
pub(super) struct MailSink<'a> {
    target: &'a Target,
    overwrite: OverwriteRule<'a>,
    chosen: &'a Chosen,
    progress: &'a Progress,
    taken: Taken,
    stdout: Stdout,
    /// The reason behind the error that a body was refused with.
    error: Option<OutputError>,
    /// The message that is coming, where its UID came before it.
    coming: Option<Uid>,
}

/// Whether stdout has a message already. A second one behind it could not be told from its end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stdout {
    Free,
    Used,
}

/// What is known of the message whose row is being read.
enum Taken {
    /// No body has come.
    Nothing,
    /// Octets are on their way.
    Coming(Held, u64),
    /// All announced octets have come.
    Whole(Held, u64),
    /// Its name is taken, so nobody wants it; the row tells which message it is.
    NotWanted(OutputError),
}

enum Held {
    File(Box<MailFile<Disk>>),
    Stdout(Piped<io::Stdout>),
}

/// A message that was taken, and how large it is.
pub(super) struct Received {
    held: Held,
    pub(super) octets: u64,
}

impl<'a> MailSink<'a> {
    pub(super) fn new(
        target: &'a Target,
        overwrite: OverwriteRule<'a>,
        chosen: &'a Chosen,
        progress: &'a Progress,
    ) -> Self {
        Self {
            target,
            overwrite,
            chosen,
            progress,
            taken: Taken::Nothing,
            stdout: Stdout::Free,
            error: None,
            coming: None,
        }
    }

    /// What has come for the row that was just read. `None` if there was no body.
    pub(super) fn take(&mut self) -> Result<Option<Received>, OutputError> {
        match std::mem::replace(&mut self.taken, Taken::Nothing) {
            Taken::Whole(held, octets) => Ok(Some(Received { held, octets })),
            Taken::NotWanted(error) => Err(error),
            // A body that did not end is dropped here, and its file with it.
            Taken::Nothing | Taken::Coming(..) => Ok(None),
        }
    }

    /// Why a body was refused, and of which message it was if that is known.
    pub(super) fn take_error(&mut self) -> Option<(Option<Uid>, OutputError)> {
        let error = self.error.take()?;
        Some((self.coming, error))
    }

    fn open(&mut self, uid: Option<Uid>) -> Result<Taken, OutputError> {
        let Some(folder) = self.target.folder() else {
            return Ok(match std::mem::replace(&mut self.stdout, Stdout::Used) {
                Stdout::Free => Taken::Coming(Held::Stdout(Piped::new(io::stdout())), 0),
                Stdout::Used => Taken::Nothing,
            });
        };
        // Where the UID comes before the body, a name that is taken costs no writing.
        if let Some(path) = uid.and_then(|uid| self.path(uid))
            && let Err(error) = check_name(&path, (self.overwrite)(&path))
        {
            return Ok(Taken::NotWanted(error));
        }
        let file = MailFile::create(Disk, folder)?;
        Ok(Taken::Coming(Held::File(Box::new(file)), 0))
    }

    fn path(&self, uid: Uid) -> Option<PathBuf> {
        let name = self.target.name(NonZeroU32::new(uid.value())?)?;
        Some(self.target.folder()?.join(name))
    }

    fn refuse(&mut self, error: OutputError) -> io::Error {
        self.error = Some(error);
        io::ErrorKind::Other.into()
    }
}

fn uid(item: &FetchItem) -> Option<Uid> {
    match item {
        FetchItem::Uid(uid) => Some(*uid),
        _ => None,
    }
}

impl BodySink for MailSink<'_> {
    fn begin(&mut self, body: &Body) -> io::Result<()> {
        let asked_for =
            matches!(&body.name, BodyName::Section { section, origin: None } if section.is_full());
        let uid = body.so_far.iter().find_map(uid);
        self.coming = uid;
        // One message a row: a second body of a row is not what was asked for.
        if asked_for && matches!(self.taken, Taken::Nothing) && self.chosen.may_be(body.number, uid) {
            self.taken = self.open(uid).map_err(|error| self.refuse(error))?;
        }
        Ok(())
    }

    fn write(&mut self, octets: &[u8]) -> io::Result<()> {
        self.progress.add_bytes(octets.len() as u64);
        let Taken::Coming(held, had) = &mut self.taken else { return Ok(()) };
        *had += octets.len() as u64;
        let written = match held {
            Held::File(file) => file.write(octets),
            Held::Stdout(piped) => piped.write(octets),
        };
        written.map_err(|error| self.refuse(error))
    }

    fn end(&mut self) -> io::Result<()> {
        self.taken = match std::mem::replace(&mut self.taken, Taken::Nothing) {
            Taken::Coming(held, had) => Taken::Whole(held, had),
            other => other,
        };
        Ok(())
    }
}

impl Received {
    /// Makes it a message: synced and under its final name, or written out.
    ///
    /// Nothing is lost when this fails: the message is still on the server, and whatever had the name before still has
    /// it.
    pub(super) fn keep(
        self,
        name: Option<OsString>,
        overwrite: OverwriteRule<'_>,
    ) -> Result<(), OutputError> {
        match (self.held, name) {
            (Held::File(file), Some(name)) => {
                let overwrite = overwrite(&file.folder().join(&name));
                file.commit(&name, overwrite).map(drop)
            }
            // Without a name there is no file, and no success: the part file goes away with the value.
            (Held::File(_), None) => Err(OutputError::NoName { path: PathBuf::new() }),
            (Held::Stdout(piped), _) => piped.finish(),
        }
    }
}
