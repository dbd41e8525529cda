//! A message in a file, looked at before it is sent: how large it is, what octets it has, when it was sent.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use tayori_client::{Content, ContentScan, Upload};
use tayori_mime::{Limits, StructureParser, order};
use tayori_proto::types::{Flag, InternalDate};

use crate::cli::Arrived;
use crate::escape::escape_str;
use crate::exit::Exit;
use crate::failure::Failure;

/// Octets that are read at a time.
const PIECE: usize = 64 << 10;

/// A file that can be sent.
pub(super) struct Source {
    name: OsString,
    /// What came on stdin, which can be read once; other files are opened when their turn comes.
    spooled: Option<File>,
    octets: u64,
    content: Content,
    date: Option<InternalDate>,
}

impl Source {
    /// Reads all of it once. Memory does not grow with it; stdin goes to a file without a name.
    pub(super) async fn open(name: &OsStr, arrived: Arrived) -> Result<Self, Failure> {
        let name = name.to_owned();
        let read = tokio::task::spawn_blocking(move || Self::read(name, arrived));
        read.await.map_err(|err| Failure::new(Exit::Failed, format!("cannot read the message: {err}")))?
    }

    fn read(name: OsString, arrived: Arrived) -> Result<Self, Failure> {
        let shown = super::shown(&name);
        let failed = |error: io::Error| {
            Failure::new(Exit::Disk, format!("cannot read {}: {error}", escape_str(&shown)))
        };
        let (mut input, spooled) = if name == "-" {
            let mut spool = tempfile::tempfile().map_err(failed)?;
            io::copy(&mut io::stdin().lock(), &mut spool).map_err(failed)?;
            spool.seek(SeekFrom::Start(0)).map_err(failed)?;
            (spool.try_clone().map_err(failed)?, Some(spool))
        } else {
            let file = open_file(Path::new(&name)).map_err(failed)?;
            (file, None)
        };
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
        let date = match arrived {
            Arrived::Now => None,
            Arrived::At(date) => Some(date),
            Arrived::WhenSent => Some(order::sent(parser.finish().envelope(), now())),
        };
        Ok(Self { name, spooled, octets, content: scan.content(), date })
    }

    pub(super) fn shown(&self) -> String {
        super::shown(&self.name)
    }

    pub(super) fn octets(&self) -> u64 {
        self.octets
    }

    /// The message, to be sent. If the file has another size by then, sending it fails, and nothing is stored.
    pub(super) async fn upload(self, flags: &[Flag]) -> Result<Upload<tokio::fs::File>, Failure> {
        let shown = self.shown();
        let file = match self.spooled {
            Some(mut spool) => spool.seek(SeekFrom::Start(0)).map(|_| spool),
            None => open_file(Path::new(&self.name)),
        };
        let file = file.map_err(|error| {
            Failure::new(Exit::Disk, format!("cannot read {}: {error}", escape_str(&shown)))
        })?;
        let mut upload =
            Upload::new(self.octets, tokio::fs::File::from_std(file)).flags(flags).content(self.content);
        if let Some(date) = self.date {
            upload = upload.date(date);
        }
        Ok(upload)
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
