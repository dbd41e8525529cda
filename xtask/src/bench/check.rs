//! Whether a program has fetched everything: every mail is compared by digest with what the server was given.
//!
//! The names of the files are not looked at, only what is in them; so two mails under each other's name would pass.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::fill::Filled;
use super::floor;
use crate::stop::{Interrupt, Outcome, Stop, because};

/// What a program leaves in its folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// Nothing: it says how much it has seen.
    Nothing,
    /// A file `*.eml` for each mail, octet for octet.
    Files,
    /// A file for each mail in `cur` or `new`. Line ends may have changed, and mbsync's own header field is not
    /// counted as a difference.
    Maildir,
    /// All mails in one or more files. Line ends may have changed; quoted lines are read as mboxrd.
    Mbox,
}

const BLOCK: usize = 64 * 1024;

/// Fails if a mail is missing, superfluous or different. `words` is what the program said.
pub(super) fn check(
    kept: Kept,
    folder: &Path,
    words: &str,
    filled: &Filled,
    interrupt: &Interrupt,
) -> Outcome<()> {
    let expected = &filled.expected;
    match kept {
        Kept::Nothing => {
            let wanted = (u64::from(filled.mails), filled.octets);
            if floor::parse_words(words) == Some(wanted) {
                return Ok(());
            }
            let (mails, octets) = wanted;
            Err(Stop::failed(format!("{mails} mails, {octets} octets expected, it said {words:?}")))
        }
        Kept::Files => {
            let is_mail = |path: &Path| path.extension().is_some_and(|extension| extension == "eml");
            let found = digests_of(&files(folder, &is_mail)?, exact, interrupt)?;
            compare(&expected.exact, found)
        }
        Kept::Maildir => {
            let is_mail = |path: &Path| {
                let parent = path.parent().and_then(Path::file_name);
                parent.is_some_and(|parent| parent == "cur" || parent == "new")
            };
            let found = digests_of(&files(folder, &is_mail)?, without_tuid, interrupt)?;
            compare(&expected.line_ends, found)
        }
        Kept::Mbox => {
            let is_mbox = |path: &Path| path.extension().is_some_and(|extension| extension == "mbox");
            let mut found = Vec::new();
            for file in files(folder, &is_mbox)? {
                interrupt.check()?;
                let file = File::open(&file).map_err(because("a fetched file"))?;
                read_mbox(BufReader::with_capacity(BLOCK, file), &mut found).map_err(because("an mbox"))?;
            }
            compare(&expected.line_ends, found)
        }
    }
}

type Digest = [u8; 32];

/// The digests of all mails, sorted once they are complete.
#[derive(Default)]
pub(super) struct Expected {
    exact: Vec<Digest>,
    line_ends: Vec<Digest>,
}

impl Expected {
    pub(super) fn add(&mut self, digests: Digests) {
        self.exact.push(digests.exact.finalize().into());
        self.line_ends.push(digests.line_ends.finish());
    }

    pub(super) fn sorted(mut self) -> Self {
        self.exact.sort_unstable();
        self.line_ends.sort_unstable();
        self
    }
}

/// Of one mail: as it is, and with bare LF at the end of lines.
#[derive(Default)]
pub(super) struct Digests {
    exact: Sha256,
    line_ends: LineEnds,
}

impl Digests {
    pub(super) fn update(&mut self, octets: &[u8]) {
        self.exact.update(octets);
        self.line_ends.update(octets);
    }
}

/// A digest for which CRLF and LF are the same.
#[derive(Default)]
struct LineEnds {
    digest: Sha256,
    /// The last octet was a CR, and it is not known yet whether LF follows.
    after_cr: bool,
}

impl LineEnds {
    fn update(&mut self, mut octets: &[u8]) {
        if self.after_cr && !octets.is_empty() {
            if octets[0] != b'\n' {
                self.digest.update(b"\r");
            }
            self.after_cr = false;
        }
        while let Some(at) = octets.iter().position(|&octet| octet == b'\r') {
            self.digest.update(&octets[..at]);
            match octets.get(at + 1) {
                Some(b'\n') => {}
                Some(_) => self.digest.update(b"\r"),
                None => self.after_cr = true,
            }
            octets = &octets[at + 1..];
        }
        self.digest.update(octets);
    }

    fn finish(mut self) -> Digest {
        if self.after_cr {
            self.digest.update(b"\r");
        }
        self.digest.finalize().into()
    }
}

/// All files below a folder that are mail. Symbolic links are not followed.
fn files(folder: &Path, is_mail: &dyn Fn(&Path) -> bool) -> Outcome<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(because("the folder of a run"))? {
            let entry = entry.map_err(because("the folder of a run"))?;
            let kind = entry.file_type().map_err(because("the folder of a run"))?;
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() && is_mail(&entry.path()) {
                found.push(entry.path());
            }
        }
    }
    Ok(found)
}

fn digests_of(
    files: &[PathBuf],
    digest: fn(&mut dyn Read, &mut [u8]) -> std::io::Result<Digest>,
    interrupt: &Interrupt,
) -> Outcome<Vec<Digest>> {
    let mut block = vec![0; BLOCK];
    let mut digests = Vec::with_capacity(files.len());
    for path in files {
        interrupt.check()?;
        let mut file = File::open(path).map_err(because("a fetched file"))?;
        digests.push(digest(&mut file, &mut block).map_err(because("a fetched file"))?);
    }
    Ok(digests)
}

fn exact(file: &mut dyn Read, block: &mut [u8]) -> std::io::Result<Digest> {
    let mut digest = Sha256::default();
    loop {
        match file.read(block)? {
            0 => return Ok(digest.finalize().into()),
            length => digest.update(&block[..length]),
        }
    }
}

/// Leaves out the line `X-TUID:` that mbsync adds to the header, and does not mind line ends.
fn without_tuid(file: &mut dyn Read, block: &mut [u8]) -> std::io::Result<Digest> {
    let mut digest = LineEnds::default();
    // Our headers are much shorter than a block.
    let mut length = 0;
    while length < block.len() {
        match file.read(&mut block[length..])? {
            0 => break,
            more => length += more,
        }
    }
    let mut rest = &block[..length];
    while let Some(end) = rest.iter().position(|&octet| octet == b'\n') {
        let (line, after) = rest.split_at(end + 1);
        if line == b"\n" || line == b"\r\n" {
            break;
        }
        if !line.starts_with(b"X-TUID: ") {
            digest.update(line);
        }
        rest = after;
    }
    digest.update(rest);
    loop {
        match file.read(block)? {
            0 => return Ok(digest.finish()),
            length => digest.update(&block[..length]),
        }
    }
}

/// Mails begin with a line `From `; the empty line before the next one belongs to neither. `>From ` and the like
/// lose one `>`.
fn read_mbox(mut file: impl BufRead, found: &mut Vec<Digest>) -> std::io::Result<()> {
    let mut mail: Option<LineEnds> = None;
    let mut line = Vec::new();
    let mut empty_line = None;
    loop {
        line.clear();
        let ended = file.read_until(b'\n', &mut line)? == 0;
        if ended || line.starts_with(b"From ") {
            found.extend(mail.take().map(LineEnds::finish));
            if ended {
                return Ok(());
            }
            empty_line = None;
            mail = Some(LineEnds::default());
            continue;
        }
        let Some(mail) = &mut mail else {
            return Err(std::io::Error::other("it does not begin with a line From"));
        };
        if let Some(empty) = empty_line.take() {
            mail.update(empty);
        }
        match line.as_slice() {
            b"\n" => empty_line = Some(b"\n".as_slice()),
            b"\r\n" => empty_line = Some(b"\r\n".as_slice()),
            quoted if is_quoted_from(quoted) => mail.update(&quoted[1..]),
            other => mail.update(other),
        }
    }
}

fn is_quoted_from(line: &[u8]) -> bool {
    let quotes = line.iter().take_while(|&&octet| octet == b'>').count();
    quotes > 0 && line[quotes..].starts_with(b"From ")
}

fn compare(expected: &[Digest], mut found: Vec<Digest>) -> Outcome<()> {
    if found.len() != expected.len() {
        return Err(Stop::failed(format!("{} of {} mails are there", found.len(), expected.len())));
    }
    found.sort_unstable();
    let different = found.iter().filter(|digest| expected.binary_search(digest).is_err()).count();
    if different > 0 {
        let count = expected.len();
        return Err(Stop::failed(format!(
            "{different} of {count} mails are not as the server was given them"
        )));
    }
    if found != expected {
        return Err(Stop::failed("some mails are there twice, and others are missing"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line_ends(pieces: &[&str]) -> Digest {
        let mut digest = LineEnds::default();
        pieces.iter().for_each(|piece| digest.update(piece.as_bytes()));
        digest.finish()
    }

    #[test]
    fn line_ends_do_not_matter_however_they_are_cut() {
        let plain: Digest = Sha256::digest(b"a\nb\r\rc\n\r").into();
        let text = "a\r\nb\r\rc\r\n\r";
        assert_eq!(line_ends(&[text]), plain);
        for at in 0..=text.len() {
            assert_eq!(line_ends(&[&text[..at], "", &text[at..]]), plain, "cut at {at}");
        }
        assert_eq!(line_ends(&["a\nb\r\rc\n\r"]), plain);
        assert_ne!(line_ends(&["a\nb\rc\n\r"]), plain);
    }

    #[test]
    fn only_the_header_field_of_mbsync_is_left_out() {
        let mut block = vec![0; 32];
        let mut check = |text: &str, same: bool| {
            let found = without_tuid(&mut text.as_bytes(), &mut block).expect("it is in memory");
            assert_eq!(found == line_ends(&["A: b\r\n\r\nX-TUID: body\r\n"]), same, "{text:?}");
        };
        check("A: b\nX-TUID: xyz\n\nX-TUID: body\n", true);
        check("X-TUID: xyz\r\nA: b\r\n\r\nX-TUID: body\r\n", true);
        check("A: b\n\nX-TUID: body\n", true);
        check("A: b\n\n", false);
        check("A: b\nX-OTHER: xyz\n\nX-TUID: body\n", false);
    }

    #[test]
    fn an_mbox_is_taken_apart() {
        let text = "From a@b Thu Jan  1 00:00:00 1970\nA: b\n\n>From me\n>>From you\n> From\n\nFrom c@d x\nC: d\n\n\n\n";
        let mut found = Vec::new();
        read_mbox(text.as_bytes(), &mut found).expect("it is in memory");
        let expected = [
            line_ends(&["A: b\r\n\r\nFrom me\r\n>From you\r\n> From\r\n"]),
            line_ends(&["C: d\r\n\r\n\r\n"]),
        ];
        assert_eq!(found, expected);
        assert!(read_mbox(&b"A: b\n"[..], &mut found).is_err());
    }

    fn filled(mails: &[&str]) -> Filled {
        let mut expected = Expected::default();
        for mail in mails {
            let mut digests = Digests::default();
            digests.update(mail.as_bytes());
            expected.add(digests);
        }
        Filled::for_test(
            mails.len() as u32,
            mails.iter().map(|mail| mail.len() as u64).sum(),
            expected.sorted(),
        )
    }

    #[test]
    fn what_is_not_complete_is_found() {
        let filled = filled(&["A: 1\r\n\r\n", "A: 2\r\n\r\n"]);
        let interrupt = Interrupt::install().expect("signals can be caught");
        let check = |kept, files: &[(&str, &str)], expected: &str| {
            let folder = tempfile::tempdir().expect("a folder for the test");
            for (name, content) in files {
                let path = folder.path().join(name);
                fs::create_dir_all(path.parent().expect("it is below the folder"))
                    .expect("the folder is ours");
                fs::write(path, content).expect("the folder is ours");
            }
            let outcome = check(kept, folder.path(), "", &filled, &interrupt);
            let said = outcome.map_or_else(|stop| stop.to_string(), |()| "complete".to_owned());
            assert_eq!(said, expected, "{files:?}");
        };
        check(Kept::Files, &[("1.eml", "A: 1\r\n\r\n"), ("2.eml", "A: 2\r\n\r\n"), ("x", "")], "complete");
        check(Kept::Files, &[("1.eml", "A: 1\r\n\r\n")], "1 of 2 mails are there");
        check(
            Kept::Files,
            &[("1.eml", "A: 1\r\n\r\n"), ("2.eml", "A: 2\n\n")],
            "1 of 2 mails are not as the server was given them",
        );
        check(
            Kept::Files,
            &[("1.eml", "A: 1\r\n\r\n"), ("2.eml", "A: 1\r\n\r\n")],
            "some mails are there twice, and others are missing",
        );
        check(
            Kept::Maildir,
            &[("x/cur/1", "A: 1\n\n"), ("x/new/2", "A: 2\r\n\r\n"), ("x/tmp/3", "")],
            "complete",
        );
        let mbox = "From a\nA: 1\n\n\nFrom b\nA: 2\n\n\n";
        check(Kept::Mbox, &[("INBOX.mbox", mbox), ("manifest.jsonl", "x")], "complete");
        check(Kept::Nothing, &[], "2 mails, 16 octets expected, it said \"\"");
    }
}
