//! The place and name of a message in a Maildir.
//!
//! ```text
//! <mailbox>/tmp    messages on their way
//! <mailbox>/new    1769938200.U42V1700000000.9f2c53a1b07d8e46,S=5120          no flags
//! <mailbox>/cur    1769938200.U42V1700000000.9f2c53a1b07d8e46,S=5120:2,RS     answered and seen
//! ```
//!
//! The name has the three parts that Maildir asks for, time, unique and host:
//!
//! - seconds since 1970 in UTC, from INTERNALDATE, so that programs sort by it
//! - `U` and the UID, `V` and UIDVALIDITY: the message's identity on its server, so that a lost list of what is held
//!   can be made again from the names
//! - a tag of account and mailbox in the place of the host, since programs move files from folder to folder
//!
//! and the size as `,S=`, which other servers read. The same message gets the same name in every run. Flags that change
//! later are nobody's business here.

use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use tayori_proto::types::{Flag, Flags, InternalDate, MailboxName, NameEncoding, Uid, UidValidity};

use super::storage::Storage;
use super::{OutputError, create_folder};
use crate::digest::short;

/// Between the name and its flags.
const INFO: &str = ":2,";

/// The last second of 32 bits without a sign, in 2106: file systems hold no later one, or turn it into another.
const LAST_SECOND: i64 = u32::MAX as i64;

/// Creates the Maildir `path`, and the folders above it, where they are missing (mode 0700), each durable before the
/// next.
pub(crate) fn prepare(storage: &impl Storage, path: &Path) -> Result<(), OutputError> {
    for folder in ["tmp", "new", "cur"] {
        create_folder(storage, &path.join(folder))?;
    }
    Ok(())
}

/// The time that the file of a message gets, as other programs expect it in a Maildir: when the message arrived, to the
/// second, and the nearest one from 1970 to 2106, so that no disk refuses it.
pub(crate) fn arrived_at(arrived: InternalDate) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds(arrived))
}

/// Where a message belongs: the name of the folder within the Maildir, and that of the file.
pub(crate) fn place(name: &BaseName, flags: &Flags) -> (&'static str, String) {
    match &*letters(flags) {
        "" => ("new", name.to_string()),
        letters => ("cur", format!("{name}{INFO}{letters}")),
    }
}

/// The name of a message without its flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BaseName {
    /// Since 1970-01-01 00:00:00 UTC.
    seconds: u64,
    uid: Uid,
    uid_validity: UidValidity,
    tag: Tag,
    octets: u64,
}

impl BaseName {
    /// `octets` is the size of the message as it is stored.
    pub(crate) fn new(
        arrived: InternalDate,
        uid: Uid,
        uid_validity: UidValidity,
        tag: Tag,
        octets: u64,
    ) -> BaseName {
        BaseName { seconds: seconds(arrived), uid, uid_validity, tag, octets }
    }

    /// Reads the name of a file of ours, with flags or without, also where another program has added fields (`,W=`).
    pub(crate) fn parse(file_name: &str) -> Option<BaseName> {
        let base = file_name.split_once(':').map_or(file_name, |(base, _)| base);
        let mut fields = base.split(',');
        let mut parts = fields.next()?.split('.');
        let (seconds, unique, tag, None) = (parts.next()?, parts.next()?, parts.next()?, parts.next()) else {
            return None;
        };
        let (uid, uid_validity) = unique.strip_prefix('U')?.split_once('V')?;
        Some(BaseName {
            seconds: number(seconds)?,
            uid: Uid::new(number(uid)?)?,
            uid_validity: UidValidity::new(number(uid_validity)?)?,
            tag: Tag::parse(tag)?,
            octets: number(fields.find_map(|field| field.strip_prefix("S="))?)?,
        })
    }

    pub(crate) fn uid(&self) -> Uid {
        self.uid
    }

    pub(crate) fn uid_validity(&self) -> UidValidity {
        self.uid_validity
    }

    pub(crate) fn tag(&self) -> Tag {
        self.tag
    }

    /// The size of the message when it was stored.
    #[cfg(test)]
    pub(crate) fn octets(&self) -> u64 {
        self.octets
    }
}

impl fmt::Display for BaseName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let BaseName { seconds, uid, uid_validity, tag, octets } = self;
        write!(f, "{seconds}.U{uid}V{uid_validity}.{tag},S={octets}")
    }
}

/// Which mailbox of which account: 64 bits of a digest, as 16 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Tag(u64);

impl Tag {
    /// `account` is what the user calls it; the same in every run.
    pub(crate) fn new(account: &str, mailbox: &MailboxName) -> Tag {
        let mut digest = blake3::Hasher::new();
        // The length keeps the two apart, whatever they are made of.
        digest.update(&(account.len() as u64).to_be_bytes());
        digest.update(account.as_bytes());
        // This encoding tells apart even names that read alike.
        digest.update(&mailbox.to_wire(NameEncoding::ModifiedUtf7));
        Tag(short(&digest.finalize()))
    }

    fn parse(text: &str) -> Option<Tag> {
        let lower = text.bytes().all(|octet| matches!(octet, b'0'..=b'9' | b'a'..=b'f'));
        let digits = (text.len() == 16 && lower).then_some(text)?;
        u64::from_str_radix(digits, 16).ok().map(Tag)
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// The letters of flags that Maildir has, in the order of ASCII, each once. Other flags have none.
fn letters(flags: &Flags) -> String {
    let letter = |flag: Flag| match flag {
        Flag::Draft => Some('D'),
        Flag::Flagged => Some('F'),
        Flag::Keyword(keyword) if keyword.as_bytes().eq_ignore_ascii_case(b"$Forwarded") => Some('P'),
        Flag::Answered => Some('R'),
        Flag::Seen => Some('S'),
        Flag::Deleted => Some('T'),
        _ => None,
    };
    let mut letters: Vec<char> = flags.iter().filter_map(letter).collect();
    letters.sort();
    letters.dedup();
    letters.into_iter().collect()
}

fn seconds(arrived: InternalDate) -> u64 {
    arrived.unix_seconds().clamp(0, LAST_SECOND).unsigned_abs()
}

/// A number as it is written here: digits alone, none too many.
fn number<N: FromStr + ToString>(text: &str) -> Option<N> {
    text.parse().ok().filter(|number: &N| number.to_string() == text)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use proptest::prelude::*;

    use super::*;
    use crate::output::storage::Disk;

    fn tag(account: &str, mailbox: &str) -> Tag {
        Tag::new(account, &MailboxName::new(mailbox).unwrap())
    }

    fn name(seconds: i64, uid: u32, uid_validity: u32, octets: u64) -> BaseName {
        let (uid, uid_validity) = (Uid::new(uid).unwrap(), UidValidity::new(uid_validity).unwrap());
        BaseName::new(InternalDate::from_unix_seconds(seconds), uid, uid_validity, Tag(0xab), octets)
    }

    fn flags(names: &str) -> Flags {
        names.split_whitespace().map(|name| Flag::new(name.to_owned()).unwrap()).collect()
    }

    #[test]
    fn names() {
        let check = |name: BaseName, expected: &str| assert_eq!(name.to_string(), expected);
        check(name(1_769_938_200, 42, 7, 5120), "1769938200.U42V7.00000000000000ab,S=5120");
        check(name(-1, 1, 1, 0), "0.U1V1.00000000000000ab,S=0");
        check(
            name(i64::MAX, u32::MAX, u32::MAX, u64::MAX),
            "4294967295.U4294967295V4294967295.00000000000000ab,S=18446744073709551615",
        );
    }

    #[test]
    fn a_tag_is_that_of_one_mailbox() {
        // Written down, since a change would store all mail a second time.
        assert_eq!(tag("work", "INBOX").to_string(), "e7dfa2a9dd60812a");
        let tags = [
            tag("work", "INBOX"),
            tag("home", "INBOX"),
            tag("work", "Sent"),
            tag("workI", "NBOX"),
            tag("", "workINBOX"),
        ];
        for (index, tag) in tags.iter().enumerate() {
            assert!(!tags[index + 1..].contains(tag));
        }
        assert_eq!(tag("work", "inbox"), tags[0]);
    }

    #[test]
    fn flags_say_which_folder() {
        let check = |names: &str, folder: &str, info: &str| {
            let name = name(5, 1, 1, 1);
            assert_eq!(place(&name, &flags(names)), (folder, format!("{name}{info}")), "{names}");
        };
        check("", "new", "");
        check("\\Recent $Label1 \\Strange Forwarded", "new", "");
        check("\\Seen", "cur", ":2,S");
        check("\\Seen \\Recent \\Seen", "cur", ":2,S");
        check("\\Seen \\Flagged \\Draft $forwarded \\Deleted \\Answered Junk", "cur", ":2,DFPRST");
    }

    #[test]
    fn names_are_read_back() {
        let whole = name(1_769_938_200, 42, 7, 5120);
        assert_eq!((whole.uid().value(), whole.uid_validity().value()), (42, 7));
        assert_eq!((whole.tag(), whole.octets()), (Tag(0xab), 5120));
        let check =
            |text: &str, expected: Option<BaseName>| assert_eq!(BaseName::parse(text), expected, "{text}");
        check("1769938200.U42V7.00000000000000ab,S=5120", Some(whole));
        check("1769938200.U42V7.00000000000000ab,S=5120:2,", Some(whole));
        check("1769938200.U42V7.00000000000000ab,S=5120:2,RSabc", Some(whole));
        check("1769938200.U42V7.00000000000000ab,S=5120,W=5200:2,S", Some(whole));
        for text in [
            "",
            "1.eml",
            "1769938200.M123P4.example.org,S=5120:2,S",
            "1769938200.U42V7.00000000000000ab",
            "1769938200.U42V7.00000000000000ab,S=",
            "1769938200.U42V7.00000000000000ab,S=+1",
            "1769938200.U42V7.00000000000000AB,S=1",
            "1769938200.U42V7.000000000000000ab,S=1",
            "1769938200.U42V7.+0000000000000ab,S=1",
            "1769938200.U42V7.x.00000000000000ab,S=1",
            "1769938200.U0V7.00000000000000ab,S=1",
            "1769938200.U042V7.00000000000000ab,S=1",
            "1769938200.U42V0.00000000000000ab,S=1",
            "1769938200.U4294967296V7.00000000000000ab,S=1",
            "-1.U42V7.00000000000000ab,S=1",
        ] {
            check(text, None);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_maildir_is_made_once_and_private() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let maildir = folder.path().join("Archive/2024");
        prepare(&Disk, &maildir).unwrap();
        fs::write(maildir.join("cur/mail"), "kept").unwrap();
        prepare(&Disk, &maildir).unwrap();
        assert_eq!(fs::read(maildir.join("cur/mail")).unwrap(), b"kept");
        for made in [&maildir, &maildir.join("cur"), &maildir.join("new"), &maildir.join("tmp")] {
            assert_eq!(fs::metadata(made).unwrap().permissions().mode() & 0o777, 0o700);
        }
        fs::write(folder.path().join("file"), "").unwrap();
        assert!(prepare(&Disk, &folder.path().join("file")).is_err());
    }

    #[test]
    fn the_time_of_a_file_is_that_of_arrival() {
        let file = tempfile::tempfile().unwrap();
        let check = |seconds, expected| {
            file.set_modified(arrived_at(InternalDate::from_unix_seconds(seconds))).unwrap();
            let modified = file.metadata().unwrap().modified().unwrap();
            assert_eq!(
                modified.duration_since(SystemTime::UNIX_EPOCH).unwrap(),
                Duration::from_secs(expected)
            );
        };
        check(1_769_938_200, 1_769_938_200);
        check(0, 0);
        check(-5_000_000_000, 0);
        check(i64::MIN, 0);
    }

    #[test]
    fn a_time_that_no_disk_holds_is_no_error() {
        let file = tempfile::tempfile().unwrap();
        file.set_modified(arrived_at(InternalDate::from_unix_seconds(i64::MAX))).unwrap();
        assert_eq!(seconds(InternalDate::from_unix_seconds(i64::MAX)), u64::from(u32::MAX));
    }

    proptest! {
        #[test]
        fn every_name_is_read_back(
            seconds in any::<i64>(),
            uid in 1u32..,
            uid_validity in 1u32..,
            octets in any::<u64>(),
            mailbox in "[a-z]{1,9}",
            forwarded in any::<bool>(),
        ) {
            let (uid, uid_validity) = (Uid::new(uid).unwrap(), UidValidity::new(uid_validity).unwrap());
            let arrived = InternalDate::from_unix_seconds(seconds);
            let base = BaseName::new(arrived, uid, uid_validity, tag("account", &mailbox), octets);
            let (_, file) = place(&base, &flags(if forwarded { "$Forwarded" } else { "" }));
            prop_assert_eq!(BaseName::parse(&file), Some(base));
            prop_assert!(file.len() < 128 && !file.contains('/'));
        }

        /// Whatever happens to one character, what is read has the same name.
        #[test]
        fn a_wrong_character_is_another_name(place in any::<prop::sample::Index>(), wrong in "[0-9UVS.,:=a-f]") {
            let name = "1769938200.U7V9.0123456789abcdef,S=120:2,S";
            prop_assert!(BaseName::parse(name).is_some());
            let at = place.index(name.len());
            let changed = format!("{}{wrong}{}", &name[..at], &name[at + 1..]);
            if let Some(read) = BaseName::parse(&changed) {
                prop_assert!(changed.starts_with(&read.to_string()), "{changed} is {read}");
            }
        }
    }
}
