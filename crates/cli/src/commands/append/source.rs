//! A message in a file, looked at before it is sent: how large it is, what octets it has, when it was sent.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use tayori_client::{Content, ContentScan, Upload};
use tayori_mime::{Limits, StructureParser, order};
use tayori_proto::types::{Flag, InternalDate};

use super::outgoing::{Lines, Outgoing};
use crate::cli::{Append, Arrived, Octets};
use crate::count::count;
use crate::escape::escape_str;
use crate::exit::Exit;
use crate::failure::Failure;

/// Octets that are read at a time.
const PIECE: usize = 64 << 10;

/// A file that can be sent.
pub(super) struct Source {
    name: OsString,
    /// What came on stdin or through a pipe, which can be read once; other files are opened when their turn comes.
    spooled: Option<File>,
    octets: u64,
    /// Lines that are going to get a CR: the message has so many octets more than the file.
    added: u64,
    hash: blake3::Hash,
    content: Content,
    date: Option<InternalDate>,
}

impl Source {
    /// Reads all of it once. Memory does not grow with it; what can be read only once goes to a file without a name.
    pub(super) async fn open(name: &OsStr, options: &Append) -> Result<Self, Failure> {
        let (name, arrived, octets) = (name.to_owned(), options.arrived, options.octets);
        let read = tokio::task::spawn_blocking(move || Self::read(name, arrived, octets));
        read.await.map_err(|err| Failure::new(Exit::Failed, format!("cannot read the message: {err}")))?
    }

    fn read(name: OsString, arrived: Arrived, wanted: Octets) -> Result<Self, Failure> {
        let shown = super::shown(&name);
        let failed = |error: io::Error| {
            Failure::new(Exit::Disk, format!("cannot read {}: {error}", escape_str(&shown)))
        };
        let (mut input, spooled) = if name == "-" {
            spool(&mut io::stdin().lock()).map_err(failed)?
        } else {
            let mut file = open_file(Path::new(&name)).map_err(failed)?;
            match file.metadata().map_err(failed)?.is_file() {
                true => (file, None),
                // A pipe has its octets once.
                false => spool(&mut file).map_err(failed)?,
            }
        };
        let (mut hasher, mut oddities) = (blake3::Hasher::new(), Oddities::default());
        let (mut scan, mut parser, mut octets) =
            (ContentScan::default(), StructureParser::new(Limits::default()), 0_u64);
        let mut piece = vec![0; PIECE];
        loop {
            let read = input.read(&mut piece).map_err(failed)?;
            if read == 0 {
                break;
            }
            octets += read as u64;
            scan.feed(&piece[..read]);
            hasher.update(&piece[..read]);
            oddities.feed(&piece[..read]);
            if arrived == Arrived::WhenSent {
                parser.feed(&piece[..read]);
            }
        }
        if octets == 0 {
            // For APPEND a literal without octets gives the command up (RFC 3502 section 6.3.11).
            return Err(Failure::new(
                Exit::Usage,
                format!("{} is empty, which is no message", escape_str(&shown)),
            ));
        }
        oddities.check(wanted, &shown)?;
        let added = match wanted {
            Octets::Crlf => oddities.bare_lines,
            Octets::Mail | Octets::AsTheyAre => 0,
        };
        let date = match arrived {
            Arrived::Now => None,
            Arrived::At(date) => Some(date),
            Arrived::WhenSent => Some(order::sent(parser.finish().envelope(), now())),
        };
        let (hash, content) = (hasher.finalize(), scan.content());
        Ok(Self { name, spooled, octets, added, hash, content, date })
    }

    pub(super) fn shown(&self) -> String {
        super::shown(&self.name)
    }

    /// Of the message, as it is sent.
    pub(super) fn octets(&self) -> u64 {
        self.octets + self.added
    }

    /// The message, to be sent. If the file is another one by then, sending it fails, and nothing is stored.
    pub(super) async fn upload(self, flags: &[Flag]) -> Result<Upload<Outgoing<tokio::fs::File>>, Failure> {
        let (shown, octets) = (self.shown(), self.octets());
        let file = match self.spooled {
            Some(mut spool) => spool.seek(SeekFrom::Start(0)).map(|_| spool),
            None => open_file(Path::new(&self.name)),
        };
        let file = file.map_err(|error| {
            Failure::new(Exit::Disk, format!("cannot read {}: {error}", escape_str(&shown)))
        })?;
        let lines = if self.added > 0 { Lines::ToCrlf } else { Lines::AsTheyAre };
        let outgoing = Outgoing::new(tokio::fs::File::from_std(file), self.octets, self.hash, lines);
        let mut upload = Upload::new(octets, outgoing).flags(flags).content(self.content);
        if let Some(date) = self.date {
            upload = upload.date(date);
        }
        Ok(upload)
    }
}

/// Copies what can be read only once to a file without a name, to be read twice.
fn spool(input: &mut impl io::Read) -> io::Result<(File, Option<File>)> {
    let mut spool = tempfile::tempfile()?;
    io::copy(input, &mut spool)?;
    spool.seek(SeekFrom::Start(0))?;
    Ok((spool.try_clone()?, Some(spool)))
}

/// What in a file says that it is not a message as it travels.
#[derive(Debug, Default)]
struct Oddities {
    /// The octets that it begins with.
    head: Vec<u8>,
    last: u8,
    /// Lines that end in LF without CR (RFC 5322 section 2.3 has CRLF).
    bare_lines: u64,
}

/// What each message in an mbox begins with, and no header of a message.
const MBOX: &[u8] = b"From ";

impl Oddities {
    fn feed(&mut self, octets: &[u8]) {
        let missing = MBOX.len() - self.head.len();
        self.head.extend_from_slice(&octets[..missing.min(octets.len())]);
        for &octet in octets {
            if octet == b'\n' && self.last != b'\r' {
                self.bare_lines += 1;
            }
            self.last = octet;
        }
    }

    /// Nothing is converted that nobody has asked for, and nothing sent that some servers store otherwise, refuse, or
    /// take for one message where it is many.
    fn check(&self, wanted: Octets, shown: &str) -> Result<(), Failure> {
        let shown = escape_str(shown);
        if wanted != Octets::AsTheyAre && self.head == MBOX {
            let message = format!("{shown} begins with a line `From ...`, as an mbox does, and no message");
            return Err(Failure::new(Exit::Usage, message).hint(
                "store each of its messages from a file of its own; --as-is sends the octets of the file as they stand",
            ));
        }
        if wanted == Octets::Mail && self.bare_lines > 0 {
            let lines = count(self.bare_lines, "line that ends", "lines that end");
            let message = format!("{shown} has {lines} in LF alone, and mail has CRLF");
            return Err(Failure::new(Exit::Usage, message)
                .hint("--crlf makes CRLF of them; --as-is sends the octets of the file as they stand"));
        }
        Ok(())
    }
}

/// A folder can be opened, and fails only when it is read, with words that say less.
fn open_file(path: &Path) -> io::Result<File> {
    let file = File::open(path)?;
    match file.metadata()?.is_dir() {
        true => Err(io::ErrorKind::IsADirectory.into()),
        false => Ok(file),
    }
}

/// For a message that does not say when it was sent.
fn now() -> InternalDate {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    InternalDate::from_unix_seconds(i64::try_from(seconds).unwrap_or(i64::MAX))
}
