//! Texts on their way: decoded as they come, into a file without a name yet, to stdout, or into bounded memory.

use std::io::{self, Write};
use std::path::PathBuf;

use tayori_client::{Body, BodySink};
use tayori_mime::{Encoded, PartDecoder, TransferDecoder};
use tayori_proto::response::FetchItem;
use tayori_proto::types::Uid;

use super::names::folder_of_message;
use super::wish::{Undo, Wish};
use crate::output::file::MailFile;
use crate::output::storage::Disk;
use crate::output::{OutputError, Piped, Target};
use crate::progress::Progress;

/// Text of one part that is kept, in octets of UTF-8. A novel has 1 MiB.
pub(super) const MOST_TEXT: usize = 4 << 20;

/// Text of one message that is kept.
const MOST_TEXT_OF_MESSAGE: usize = 16 << 20;

/// Octets of a header that is kept. Servers refuse far shorter ones.
pub(super) const MOST_HEADER: usize = 16 << 20;

/// Where texts go.
pub(super) enum Place {
    Memory,
    Stdout,
    /// Into files of this folder.
    Folder(PathBuf),
    /// Into files of the folder that the message has in this one.
    FolderOfMessage(PathBuf),
}

/// A text that came.
pub(super) enum Taken {
    /// In a file that has no name yet.
    File {
        file: Box<MailFile<Disk>>,
        encoded: Option<Encoded>,
    },
    /// Written out.
    Stdout {
        octets: u64,
        encoded: Option<Encoded>,
    },
    Text {
        text: String,
        is_cut: bool,
        is_whole: bool,
    },
    Octets {
        octets: Vec<u8>,
        is_cut: bool,
        is_whole: bool,
    },
    /// It was not known in time of which message it is, so there was no folder for it.
    Unplaced,
}

impl Taken {
    /// Whether all its announced octets have come.
    pub(super) fn is_whole(&self) -> bool {
        match self {
            Self::File { encoded, .. } | Self::Stdout { encoded, .. } => encoded.is_some(),
            Self::Text { is_whole, .. } | Self::Octets { is_whole, .. } => *is_whole,
            Self::Unplaced => false,
        }
    }
}

/// Undoes what was done to the text that is coming.
enum Decoder {
    Transfer(TransferDecoder),
    Text(Box<PartDecoder>, u64),
    Nothing,
}

/// Takes the texts of one row.
pub(super) struct Sink<'a> {
    wishes: &'a [Wish],
    place: Place,
    /// The only message that can come, if it is one.
    only: Option<Uid>,
    stdout: &'a mut (dyn Write + Send),
    progress: &'a Progress,
    /// For each wish what came of it.
    taken: Vec<Option<Taken>>,
    current: Option<(usize, Decoder)>,
    /// What is left of [`MOST_TEXT_OF_MESSAGE`].
    room: usize,
    decoded: Vec<u8>,
    error: Option<OutputError>,
}

impl<'a> Sink<'a> {
    pub(super) fn new(
        wishes: &'a [Wish],
        place: Place,
        only: Option<Uid>,
        stdout: &'a mut (dyn Write + Send),
        progress: &'a Progress,
    ) -> Self {
        let taken = wishes.iter().map(|_| None).collect();
        Self {
            wishes,
            place,
            only,
            stdout,
            progress,
            taken,
            current: None,
            room: MOST_TEXT_OF_MESSAGE,
            decoded: Vec::new(),
            error: None,
        }
    }

    /// What came for each wish, and why a text was refused if one was.
    pub(super) fn finish(self) -> (Vec<Option<Taken>>, Option<OutputError>) {
        (self.taken, self.error)
    }

    fn open(&mut self, wish: &Wish, body: &Body) -> Result<(Taken, Decoder), OutputError> {
        let encoding = match &wish.undo {
            Undo::Transfer(encoding) => *encoding,
            Undo::Text { encoding, charset } => {
                let decoder = PartDecoder::new(encoding.as_ref(), charset.as_ref());
                let text = Taken::Text { text: String::new(), is_cut: false, is_whole: false };
                return Ok((text, Decoder::Text(Box::new(decoder), 0)));
            }
            Undo::Nothing => {
                let octets = Taken::Octets { octets: Vec::new(), is_cut: false, is_whole: false };
                return Ok((octets, Decoder::Nothing));
            }
        };
        let decoder = Decoder::Transfer(TransferDecoder::new(encoding));
        let file = |file| Taken::File { file: Box::new(file), encoded: None };
        let taken = match &self.place {
            Place::Stdout | Place::Memory => Taken::Stdout { octets: 0, encoded: None },
            Place::Folder(folder) => file(MailFile::create(Disk, folder)?),
            Place::FolderOfMessage(folder) => match uid_of(body).or(self.only) {
                Some(uid) => {
                    let folder = folder_of_message(folder, uid);
                    Target::Folder(folder.clone()).prepare(&Disk)?;
                    file(MailFile::create(Disk, &folder)?)
                }
                None => Taken::Unplaced,
            },
        };
        Ok((taken, decoder))
    }

    /// Octets that were decoded, to where they go.
    fn pass_on(&mut self, index: usize) -> Result<(), OutputError> {
        let decoded = &self.decoded;
        match &mut self.taken[index] {
            Some(Taken::File { file, .. }) => file.write(decoded),
            Some(Taken::Stdout { octets, .. }) => {
                *octets += decoded.len() as u64;
                Piped::new(&mut *self.stdout).write(decoded)
            }
            Some(Taken::Text { .. } | Taken::Octets { .. } | Taken::Unplaced) | None => Ok(()),
        }
    }

    fn add(&mut self, index: usize, decoder: &mut Decoder, new: &[u8]) -> Result<(), OutputError> {
        match (decoder, &mut self.taken[index]) {
            (Decoder::Transfer(decoder), _) => {
                self.decoded.clear();
                decoder.feed(new, &mut self.decoded);
                self.pass_on(index)?;
            }
            (Decoder::Text(decoder, came), Some(Taken::Text { text, is_cut, .. })) => {
                *came += new.len() as u64;
                if !*is_cut {
                    decoder.feed(new, text);
                    *is_cut = cut(text, MOST_TEXT.min(self.room));
                }
            }
            (Decoder::Nothing, Some(Taken::Octets { octets, is_cut, .. })) => {
                let room = MOST_HEADER.saturating_sub(octets.len());
                *is_cut |= new.len() > room;
                octets.extend_from_slice(&new[..new.len().min(room)]);
            }
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self, index: usize, decoder: Decoder) -> Result<(), OutputError> {
        match (decoder, &mut self.taken[index]) {
            (Decoder::Transfer(decoder), _) => {
                self.decoded.clear();
                let how = decoder.finish(&mut self.decoded);
                self.pass_on(index)?;
                match &mut self.taken[index] {
                    Some(Taken::File { encoded, .. }) => *encoded = Some(how),
                    Some(Taken::Stdout { encoded, .. }) => {
                        *encoded = Some(how);
                        Piped::new(&mut *self.stdout).finish()?;
                    }
                    _ => {}
                }
            }
            (Decoder::Text(decoder, came), Some(Taken::Text { text, is_cut, is_whole })) => {
                if !*is_cut {
                    decoder.finish(text);
                    *is_cut = cut(text, MOST_TEXT.min(self.room));
                }
                *is_cut |= self.wishes[index].asked().is_some_and(|asked| came >= asked);
                *is_whole = true;
                self.room = self.room.saturating_sub(text.len());
            }
            (_, Some(Taken::Octets { is_whole, .. })) => *is_whole = true,
            _ => {}
        }
        Ok(())
    }

    fn refuse(&mut self, error: OutputError) -> io::Error {
        self.error = Some(error);
        io::ErrorKind::Other.into()
    }
}

/// The message that a body is of, where that is told in front of it.
fn uid_of(body: &Body) -> Option<Uid> {
    body.so_far.iter().find_map(|item| match item {
        FetchItem::Uid(uid) => Some(*uid),
        _ => None,
    })
}

/// Cuts a text to this many octets, between two characters. Says whether it was longer.
fn cut(text: &mut String, most: usize) -> bool {
    let is_longer = text.len() > most;
    text.truncate(text.floor_char_boundary(most));
    is_longer
}

impl BodySink for Sink<'_> {
    fn begin(&mut self, body: &Body) -> io::Result<()> {
        let wishes = self.wishes;
        self.current = None;
        let Some(index) = wishes.iter().position(|wish| wish.is(&body.name)) else { return Ok(()) };
        if self.only.is_some_and(|only| uid_of(body).is_some_and(|uid| uid != only)) {
            return Ok(());
        }
        // The same twice: the row is called broken, and nothing of it is kept.
        if self.taken[index].is_some() {
            return Ok(());
        }
        let (taken, decoder) = self.open(&wishes[index], body).map_err(|error| self.refuse(error))?;
        self.taken[index] = Some(taken);
        self.current = Some((index, decoder));
        Ok(())
    }

    fn write(&mut self, octets: &[u8]) -> io::Result<()> {
        self.progress.add_bytes(octets.len() as u64);
        let Some((index, mut decoder)) = self.current.take() else { return Ok(()) };
        let added = self.add(index, &mut decoder, octets);
        self.current = Some((index, decoder));
        added.map_err(|error| self.refuse(error))
    }

    fn end(&mut self) -> io::Result<()> {
        let Some((index, decoder)) = self.current.take() else { return Ok(()) };
        self.close(index, decoder).map_err(|error| self.refuse(error))
    }
}
