//! The files against the store, octet by octet.

use std::collections::BTreeSet;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

use tayori_proto::types::{MailboxName, Uid};
use tayori_server::store::{EntryKind, Mailbox as _, Message, Store, StoreError};

use crate::escape::escape_str;
use crate::exit::Exit;
use crate::failure::Failure;

/// Something that is not as it should be.
#[derive(Debug)]
pub(super) struct Difference {
    mailbox: MailboxName,
    file: String,
    what: What,
}

#[derive(Debug)]
enum What {
    Missing,
    Unreadable(io::Error),
    /// The first octet that is another, counted from 0.
    Octet(u64),
    /// It ends too early.
    Shorter(u64),
    /// It goes on where the mail has ended.
    Longer,
    /// The name says that it is a mail of this mailbox.
    NoMail,
}

/// Compares every mail of the store with its file, and looks for files that claim to be mails.
///
/// Nothing is held in memory but a piece of a mail. Fails when the store cannot be read, not when files cannot.
pub(super) async fn compare<S: Store>(store: &S, folder: &Path) -> Result<Vec<Difference>, Failure> {
    compare_all(store, folder)
        .await
        .map_err(|error| Failure::new(Exit::Failed, format!("the store could not be read: {error}")))
}

/// Says where files and store disagree, if they do.
pub(super) fn judge(differences: &[Difference]) -> Result<(), Failure> {
    /// That many say what is wrong.
    const MOST_SHOWN: usize = 10;

    if differences.is_empty() {
        return Ok(());
    }
    let shown: Vec<String> = differences.iter().take(MOST_SHOWN).map(ToString::to_string).collect();
    let more = match differences.len().saturating_sub(MOST_SHOWN) {
        0 => String::new(),
        more => format!("; {more} more"),
    };
    let message = format!("the files are not what the server has: {}{more}", shown.join("; "));
    Err(Failure::new(Exit::Differs, message)
        .hint("move such files away, or choose another folder with --output DIR"))
}

async fn compare_all<S: Store>(store: &S, folder: &Path) -> Result<Vec<Difference>, StoreError> {
    let mut found = Vec::new();
    for entry in store.mailboxes().await? {
        if entry.kind != EntryKind::Mailbox {
            continue;
        }
        let mailbox = store.open(&entry.name).await?;
        let path = folder.join(entry.name.as_str());
        let mut files = BTreeSet::new();
        let mut differ =
            |file: String, what| found.push(Difference { mailbox: entry.name.clone(), file, what });
        for message in mailbox.changes(None).await?.messages {
            let Some(mail) = mailbox.message(message.uid).await? else { continue };
            let file = file_name(message.uid);
            if let Some(what) = difference(&mail, &path.join(&file)).await? {
                differ(file.clone(), what);
            }
            files.insert(file);
            // Files and memory never make it wait, and a signal is to be heard all the same.
            tokio::task::yield_now().await;
        }
        for file in claims(&path) {
            if !files.contains(&file) {
                differ(file, What::NoMail);
            }
        }
    }
    Ok(found)
}

fn file_name(uid: Uid) -> String {
    format!("{uid}.eml")
}

async fn difference(mail: &impl Message, path: &Path) -> Result<Option<What>, StoreError> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Some(What::Missing)),
        Err(error) => return Ok(Some(What::Unreadable(error))),
    };
    let mut buffer = vec![0; 64 << 10];
    let mut at = 0;
    while at < mail.size() {
        let most = (buffer.len() as u64).min(mail.size() - at);
        let wanted = mail.read(at..at + most).await?;
        if wanted.is_empty() {
            break;
        }
        let read = match read_up_to(&mut file, &mut buffer[..wanted.len()]) {
            Ok(read) => read,
            Err(error) => return Ok(Some(What::Unreadable(error))),
        };
        if let Some(index) = buffer[..read].iter().zip(&wanted).position(|(is, wanted)| is != wanted) {
            return Ok(Some(What::Octet(at + index as u64)));
        }
        if read < wanted.len() {
            return Ok(Some(What::Shorter(at + read as u64)));
        }
        at += read as u64;
    }
    Ok(match read_up_to(&mut file, &mut [0]) {
        Ok(0) => None,
        Ok(_) => Some(What::Longer),
        Err(error) => Some(What::Unreadable(error)),
    })
}

/// Reads until the buffer is full or the file ends.
fn read_up_to(file: &mut File, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Names of the form of a mail's, in order. A folder that cannot be read has its mails missing.
fn claims(folder: &Path) -> BTreeSet<String> {
    let Ok(entries) = fs::read_dir(folder) else { return BTreeSet::new() };
    let claims = |name: &String| {
        let stem = name.strip_suffix(".eml");
        stem.is_some_and(|stem| !stem.is_empty() && stem.bytes().all(|octet| octet.is_ascii_digit()))
    };
    entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).filter(claims).collect()
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{} ", escape_str(self.mailbox.as_str()), self.file)?;
        match &self.what {
            What::Missing => f.write_str("is missing"),
            What::Unreadable(error) => write!(f, "cannot be read ({})", escape_str(&error.to_string())),
            What::Octet(at) => write!(f, "has another octet at {at}"),
            What::Shorter(at) => write!(f, "ends after {at} octets"),
            What::Longer => f.write_str("does not end where the mail does"),
            What::NoMail => f.write_str("is no mail of this mailbox"),
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use tayori_proto::types::{InternalDate, UidValidity};
    use tayori_server::memory::{MemoryLimits, MemoryStore};

    use super::*;

    /// Longer than the buffer, in pieces that are none of its parts, and no two places alike.
    fn long() -> Vec<u8> {
        (0u32..30_000).flat_map(u32::to_be_bytes).collect()
    }

    /// A store of three mails with their files; what is done to those is found.
    async fn check(change: impl FnOnce(&Path), expected: &str) {
        let store = MemoryStore::new(UidValidity::new(1).unwrap(), MemoryLimits::default());
        let archive = MailboxName::new("Archive/2024").unwrap();
        store.create(&archive).await.unwrap();
        let temp = tempfile::tempdir().unwrap();
        for (mailbox, octets) in
            [(MailboxName::inbox(), b"one".to_vec()), (MailboxName::inbox(), long()), (archive, Vec::new())]
        {
            let pieces = octets.chunks(7_001).map(Bytes::copy_from_slice).collect();
            let date = InternalDate::from_unix_seconds(0);
            let uid = store.insert(&mailbox, Vec::new(), date, pieces).unwrap().uid;
            let folder = temp.path().join(mailbox.as_str());
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join(file_name(uid)), octets).unwrap();
        }
        change(temp.path());
        let found = compare(&store, temp.path()).await.unwrap();
        let found: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(found.join("; "), expected);
    }

    #[tokio::test]
    async fn equal_files_are_equal() {
        check(|_| {}, "").await;
        // Neither claims to be a mail.
        check(
            |folder| {
                fs::write(folder.join("INBOX/notes.eml"), "").unwrap();
                fs::write(folder.join("INBOX/3"), "").unwrap();
                fs::write(folder.join("3.eml"), "").unwrap();
            },
            "",
        )
        .await;
    }

    #[tokio::test]
    async fn every_difference_is_found() {
        let set = |name: &'static str, octets: Vec<u8>| {
            move |folder: &Path| fs::write(folder.join(name), octets).unwrap()
        };
        check(set("INBOX/1.eml", b"ONE".to_vec()), "INBOX/1.eml has another octet at 0").await;
        check(set("INBOX/1.eml", b"onf".to_vec()), "INBOX/1.eml has another octet at 2").await;
        check(set("INBOX/1.eml", b"on".to_vec()), "INBOX/1.eml ends after 2 octets").await;
        check(set("INBOX/1.eml", b"ones".to_vec()), "INBOX/1.eml does not end where the mail does").await;
        check(
            set("Archive/2024/1.eml", b"x".to_vec()),
            "Archive/2024/1.eml does not end where the mail does",
        )
        .await;
        for at in [0, 7_000, 7_001, 65_535, 65_536, 119_999] {
            let mut octets = long();
            octets[at] ^= 1;
            check(set("INBOX/2.eml", octets), &format!("INBOX/2.eml has another octet at {at}")).await;
        }
        check(set("INBOX/3.eml", long()), "INBOX/3.eml is no mail of this mailbox").await;
        check(set("INBOX/01.eml", b"one".to_vec()), "INBOX/01.eml is no mail of this mailbox").await;
        check(
            |folder| fs::remove_dir_all(folder.join("INBOX")).unwrap(),
            "INBOX/1.eml is missing; INBOX/2.eml is missing",
        )
        .await;
    }

    #[test]
    fn a_long_list_is_cut() {
        let difference = |n: u32| Difference {
            mailbox: MailboxName::inbox(),
            file: format!("{n}.eml"),
            what: What::Missing,
        };
        assert!(judge(&[]).is_ok());
        let all: Vec<_> = (1..=12).map(difference).collect();
        let failure = judge(&all).unwrap_err();
        assert_eq!(failure.exit, Exit::Differs);
        let text = failure.to_text();
        assert!(
            text.starts_with("error: the files are not what the server has: INBOX/1.eml is missing; "),
            "{text}"
        );
        assert!(text.contains("INBOX/10.eml is missing; 2 more\n"), "{text}");
    }
}
