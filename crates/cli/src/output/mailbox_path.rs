//! The folder of a mailbox.

use std::borrow::Cow;
use std::path::PathBuf;

use tayori_proto::types::{MailboxName, NameEncoding};
use unicode_normalization::is_nfc;

use super::safe_name::{is_device, is_forbidden};
use crate::escape::needs_escape;

/// What one folder's name may take. File systems allow 255 octets; the rest is for an ending such as `.mbox` beside the
/// folder.
const MOST_LEVEL_OCTETS: usize = 240;

/// What a path may take in all. Linux allows 4096 octets, of which the folder above needs some; other systems allow
/// less. It also bounds how deep a server can make folders nest.
const MOST_PATH_OCTETS: usize = 1024;

/// Stands before the digest of what was cut away.
const CUT: &str = "%~";

/// Stands before a name that the server sent in no valid encoding.
const RAW: &str = "%=";

/// 128 bits of BLAKE3.
const DIGEST_DIGITS: usize = 32;

/// Folders that make a Maildir, so that none of them can be the folder of a mailbox within it.
const MAILDIR: [&str; 3] = ["cur", "new", "tmp"];

/// Endings of files that stand in the folder of a mailbox, or beside it.
const ENDINGS: [&str; 3] = [".eml", ".mbox", ".jsonl"];

/// The folder of a mailbox, below that of its account: one folder for each level of the hierarchy.
///
/// `separator` is what LIST says about this mailbox; with none, the whole name is one level. `INBOX` in any case is
/// `INBOX`.
///
/// A character stays as it is, also outside of ASCII, unless it could not be in a folder's name everywhere or would be
/// taken for something else. It is then escaped as `%XX` for each octet of its UTF-8 form, in upper case:
///
/// - `%`, separators of paths, what Windows forbids (`<>:"|?*`), control characters, marks of the reading direction and
///   characters that cannot be seen
/// - a dot at the begin of a level, a dot or blank at its end
/// - the first letter of a level that is a folder of a Maildir (`cur`, `new`, `tmp`, in any case) or a Windows device
/// - the dot of a level's ending where that is one of our files (`.eml`, `.mbox`, `.jsonl`, in any case): a mailbox
///   `1.eml` below `INBOX` is no obstacle to message 1 of `INBOX`
/// - everything that is not ASCII, in a level that is not in Unicode form NFC: two such names look alike, and some file
///   systems take them for one
///
/// Three more forms are told from those by what stands behind the `%`:
///
/// - `%` alone is an empty level.
/// - `%=` at the begin of the first level: the server sent the name in no valid encoding. What follows are its octets,
///   where those outside of ASCII are escaped.
/// - `%~` and 32 hexadecimal digits at the end of a level of 240 octets or less: the level is longer than that and was
///   cut. As a whole level: the path would be longer than some 1000 octets and was cut at this level. The digits are a
///   digest (BLAKE3) of the level, or of the whole name.
///
/// So without the last form the name can be read from its path, and two mailboxes never have one path; with it, they
/// do not except by a collision of 128 bits.
///
/// The path is relative, not empty, and of ordinary names only: it never leads out of the folder it is put under.
///
/// Names that differ only in case have paths that differ only in case. Where the file system takes those for one
/// folder, both mailboxes share it. Nothing is lost as long as files in it are made under names that must be new
/// ([`Overwrite::Refuse`](super::Overwrite::Refuse)): equal names then are errors. Escaping capital letters was
/// rejected, since it would make nearly every name unreadable for the sake of very few.
pub(crate) fn mailbox_path(name: &MailboxName, separator: Option<char>) -> PathBuf {
    let text = name.as_str();
    let readable = MailboxName::from_wire(text.to_owned().into(), NameEncoding::Utf8) == *name;
    let octets = match readable {
        true => Cow::Borrowed(text.as_bytes()),
        false => name.to_wire(NameEncoding::ModifiedUtf7),
    };
    let mut path = String::new();
    for (index, level) in levels(&octets, separator).into_iter().enumerate() {
        let mut escaped = escape_level(level, if readable { non_ascii(level) } else { NonAscii::Escaped });
        if index == 0 && !readable {
            escaped.insert_str(0, RAW);
        }
        cut_level(&mut escaped, level);
        if index > 0 {
            path.push('/');
        }
        // One level more always fits, so that the last one can be the digest.
        if path.len() + escaped.len() + 1 + CUT.len() + DIGEST_DIGITS > MOST_PATH_OCTETS {
            path.push_str(CUT);
            path.push_str(&digest(&octets));
            break;
        }
        path.push_str(&escaped);
    }
    path.into()
}

/// What becomes of characters outside of ASCII.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NonAscii {
    Kept,
    Escaped,
}

fn non_ascii(level: &[u8]) -> NonAscii {
    match std::str::from_utf8(level) {
        Ok(level) if is_nfc(level) => NonAscii::Kept,
        _ => NonAscii::Escaped,
    }
}

fn levels(name: &[u8], separator: Option<char>) -> Vec<&[u8]> {
    let mut levels = Vec::new();
    let mut rest = name;
    if let Some(separator) = separator {
        let mut octets = [0; 4];
        let separator = separator.encode_utf8(&mut octets).as_bytes();
        // UTF-8 is found only where a character begins.
        while let Some(index) = memchr::memmem::find(rest, separator) {
            levels.push(&rest[..index]);
            rest = &rest[index + separator.len()..];
        }
    }
    levels.push(rest);
    levels
}

fn escape_level(level: &[u8], non_ascii: NonAscii) -> String {
    if level.is_empty() {
        return "%".into();
    }
    let text = String::from_utf8_lossy(level);
    let taken = MAILDIR.iter().any(|folder| text.eq_ignore_ascii_case(folder)) || is_device(&text);
    let first = (taken || level[0] == b'.').then_some(0);
    let last = matches!(level[level.len() - 1], b'.' | b' ').then_some(level.len() - 1);
    let ending = ENDINGS
        .iter()
        .filter_map(|ending| level.len().checked_sub(ending.len()).map(|dot| (dot, ending)))
        .find(|(dot, ending)| level[*dot..].eq_ignore_ascii_case(ending.as_bytes()))
        .map(|(dot, _)| dot);

    let mut escaped = String::with_capacity(level.len());
    let mut index = 0;
    for chunk in level.utf8_chunks() {
        for c in chunk.valid().chars() {
            let here = Some(index);
            let special = here == first || here == last || here == ending || is_special(c);
            if special || (!c.is_ascii() && non_ascii == NonAscii::Escaped) {
                push_escaped(&mut escaped, c.encode_utf8(&mut [0; 4]).as_bytes());
            } else {
                escaped.push(c);
            }
            index += c.len_utf8();
        }
        push_escaped(&mut escaped, chunk.invalid());
        index += chunk.invalid().len();
    }
    escaped
}

fn is_special(c: char) -> bool {
    c == '%' || needs_escape(c) || is_forbidden(c)
}

fn push_escaped(out: &mut String, octets: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";

    for octet in octets {
        out.push('%');
        out.push(char::from(DIGITS[usize::from(octet >> 4)]));
        out.push(char::from(DIGITS[usize::from(octet & 15)]));
    }
}

fn cut_level(escaped: &mut String, level: &[u8]) {
    if escaped.len() <= MOST_LEVEL_OCTETS {
        return;
    }
    escaped.truncate(escaped.floor_char_boundary(MOST_LEVEL_OCTETS - CUT.len() - DIGEST_DIGITS));
    // Half an escape would be read together with what follows.
    if let Some(percent) = escaped.rfind('%').filter(|percent| percent + 3 > escaped.len()) {
        escaped.truncate(percent);
    }
    escaped.push_str(CUT);
    escaped.push_str(&digest(level));
}

fn digest(octets: &[u8]) -> String {
    blake3::hash(octets).to_hex()[..DIGEST_DIGITS].to_owned()
}

#[cfg(test)]
mod tests {
    use std::path::{Component, Path};

    use proptest::prelude::*;

    use super::*;

    /// The inverse: the mailbox whose folder this is. None for a path that was cut or that no mailbox has.
    fn mailbox_name(path: &Path, separator: Option<char>) -> Option<MailboxName> {
        let path = path.to_str()?;
        let (raw, levels) = match path.strip_prefix(RAW) {
            Some(levels) => (true, levels),
            None => (false, path),
        };
        let mut name = Vec::new();
        for (index, level) in levels.split('/').enumerate() {
            if index > 0 {
                name.extend_from_slice(separator?.encode_utf8(&mut [0; 4]).as_bytes());
            }
            if level == "%" {
                continue;
            }
            let mut pieces = level.split('%');
            name.extend_from_slice(pieces.next()?.as_bytes());
            for piece in pieces {
                name.push(u8::from_str_radix(piece.get(..2)?, 16).ok()?);
                name.extend_from_slice(&piece.as_bytes()[2..]);
            }
        }
        let encoding = if raw { NameEncoding::ModifiedUtf7 } else { NameEncoding::Utf8 };
        let name = MailboxName::from_wire(name.into(), encoding);
        (mailbox_path(&name, separator) == Path::new(path)).then_some(name)
    }

    #[track_caller]
    fn check_name(name: &MailboxName, separator: Option<char>, expected: &str) {
        assert_eq!(mailbox_path(name, separator), Path::new(expected));
        assert_eq!(mailbox_name(Path::new(expected), separator).as_ref(), Some(name), "back");
    }

    #[track_caller]
    fn check(name: &str, separator: Option<char>, expected: &str) {
        check_name(&MailboxName::from_wire(name.to_owned().into(), NameEncoding::Utf8), separator, expected);
    }

    #[test]
    fn levels_are_folders() {
        check("Archive", Some('/'), "Archive");
        check("Archive/2024/May", Some('/'), "Archive/2024/May");
        check("Archive.2024.May", Some('.'), "Archive/2024/May");
        check("Archive.2024", Some('/'), "Archive.2024");
        check("Archive/2024", Some('.'), "Archive%2F2024");
        check("Archive/2024", None, "Archive%2F2024");
        check("a\\b", Some('\\'), "a/b");
        check("a\\b", Some('/'), "a%5Cb");
        check("a%b%25", Some('%'), "a/b/25");
        check("a·b", Some('·'), "a/b");
    }

    #[test]
    fn inbox_is_one() {
        check("INBOX", Some('/'), "INBOX");
        check("inbox", Some('/'), "INBOX");
        check("INBOX.Sent", Some('.'), "INBOX/Sent");
        check("inbox.Sent", Some('.'), "inbox/Sent");
    }

    #[test]
    fn readable_names_stay_readable() {
        check("下書き/2024年", Some('/'), "下書き/2024年");
        check("Entwürfe", Some('/'), "Entwürfe");
        check("[Gmail]/All Mail", Some('/'), "[Gmail]/All Mail");
        check("-x ~ 'y' & z", Some('/'), "-x ~ 'y' & z");
    }

    #[test]
    fn what_a_folder_cannot_be_called_is_escaped() {
        check("100%", Some('/'), "100%25");
        check("%41", Some('/'), "%2541");
        check("a:b*c", Some('/'), "a%3Ab%2Ac");
        check("a\0b\r\n\x7f\u{85}", Some('/'), "a%00b%0D%0A%7F%C2%85");
        check("a\u{202e}b\u{200b}", Some('/'), "a%E2%80%AEb%E2%80%8B");
        check(".hidden", Some('/'), "%2Ehidden");
        check("a/./b", Some('/'), "a/%2E/b");
        check("../../etc", Some('/'), "%2E%2E/%2E%2E/etc");
        check("...", Some('/'), "%2E.%2E");
        check("end. ", Some('/'), "end.%20");
        check("/etc/passwd", Some('/'), "%/etc/passwd");
        check("a//b/", Some('/'), "a/%/b/%");
        check("", Some('/'), "%");
        check("/", Some('/'), "%/%");
    }

    #[test]
    fn names_with_a_meaning_are_escaped() {
        check("cur", Some('/'), "%63ur");
        check("a/New/TMP", Some('/'), "a/%4Eew/%54MP");
        check("current", Some('/'), "current");
        check("nul/COM1.old", Some('/'), "%6Eul/%43OM1.old");
        check("1.eml", Some('/'), "1%2Eeml");
        check("x.EML/.mbox/y.jsonl", Some('/'), "x%2EEML/%2Embox/y%2Ejsonl");
        check("eml", Some('/'), "eml");
        check("a.eml.old", Some('/'), "a.eml.old");
    }

    #[test]
    fn the_two_forms_of_an_accent_are_two_folders() {
        check("Café", Some('/'), "Café");
        check("Cafe\u{301}", Some('/'), "Cafe%CC%81");
        check("é/e\u{301}", Some('/'), "é/e%CC%81");
    }

    #[test]
    fn names_in_no_valid_encoding() {
        let check = |octets: &'static [u8], encoding, expected: &str| {
            check_name(&MailboxName::from_wire(octets.into(), encoding), Some('/'), expected);
        };
        check(b"caf\xe9/x", NameEncoding::Utf8, "%=caf%E9/x");
        check("é".as_bytes(), NameEncoding::ModifiedUtf7, "%=%C3%A9");
        // As readable text the same octets are another mailbox.
        check(b"A&B", NameEncoding::ModifiedUtf7, "%=A&B");
        check(b"A&B", NameEncoding::Utf8, "A&B");
        check(b"A&-B", NameEncoding::ModifiedUtf7, "A&B");
        check(b"/\xff", NameEncoding::Utf8, "%=%/%FF");
    }

    #[test]
    fn long_names_are_cut_and_differ() {
        let path = |name: &str| {
            let path = mailbox_path(&MailboxName::new(name).unwrap(), Some('/'));
            path.to_str().unwrap().to_owned()
        };
        check(&"a".repeat(240), Some('/'), &"a".repeat(240));
        let cut = path(&"a".repeat(241));
        assert_eq!(cut.len(), 240);
        assert!(cut.starts_with(&format!("{}%~", "a".repeat(206))), "{cut}");
        assert_ne!(cut, path(&"a".repeat(242)));
        assert_eq!(mailbox_name(Path::new(&cut), Some('/')), None);
        // Never within a character, never within an escape.
        for shift in 0..4 {
            for character in ["本", "%", "\u{202e}"] {
                let cut = path(&("x".repeat(shift) + &character.repeat(200)));
                let (kept, digits) = cut.split_once(CUT).unwrap();
                assert!(cut.len() <= 240 && cut.len() > 230, "{cut}");
                assert_eq!(digits.len(), DIGEST_DIGITS);
                let whole = kept.replace("%E2", "").replace("%80", "").replace("%AE", "").replace("%25", "");
                assert!(!whole.contains('%'), "{cut}");
            }
        }
    }

    #[test]
    fn deep_names_are_cut_and_differ() {
        let path = |levels: usize, last: &str| {
            let path = mailbox_path(&MailboxName::new("a/".repeat(levels) + last).unwrap(), Some('/'));
            path.to_str().unwrap().to_owned()
        };
        let (one, two) = (path(100_000, "b"), path(100_000, "c"));
        assert_ne!(one, two);
        assert!(one.starts_with("a/a/a/") && one.len() <= MOST_PATH_OCTETS, "{one}");
        assert_ne!(path(490, "b"), path(491, "b"));
        let long = path(3, &"b/".repeat(2).replace('b', &"b".repeat(500)));
        assert!(long.len() <= MOST_PATH_OCTETS);
    }

    fn text() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            2 => any::<char>().prop_map(String::from),
            4 => "[a/.%~= \\\\:]{1,3}",
            1 => "(?i)(inbox|cur|new|tmp|nul|com1|\\.eml|\\.mbox|\\.jsonl)",
            1 => "%[0-9A-F]{2}",
            1 => "(e\u{301}|é|\u{3000}|&|&-)",
        ];
        proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
    }

    /// Readable names and others.
    fn name() -> impl Strategy<Value = MailboxName> {
        let octets =
            prop_oneof![text().prop_map(String::into_bytes), proptest::collection::vec(any::<u8>(), 0..12)];
        (octets, prop_oneof![Just(NameEncoding::Utf8), Just(NameEncoding::ModifiedUtf7)])
            .prop_map(|(octets, encoding)| MailboxName::from_wire(octets.into(), encoding))
    }

    proptest! {
        /// So two different mailboxes have two different paths.
        #[test]
        fn the_name_can_be_read_from_the_path(
            name in name(),
            separator in proptest::option::of(prop_oneof![Just('/'), Just('.'), Just('%'), Just('é'), any::<char>()]),
        ) {
            let path = mailbox_path(&name, separator);
            prop_assert_eq!(mailbox_name(&path, separator), Some(name));
            prop_assert!(path.components().all(|part| matches!(part, Component::Normal(_))));
            for level in path.to_str().unwrap().split('/') {
                prop_assert!(!level.is_empty() && level.len() <= MOST_LEVEL_OCTETS);
                prop_assert!(!level.contains(needs_escape) && !level.starts_with('.') && !is_device(level));
                prop_assert!(!MAILDIR.iter().any(|folder| level.eq_ignore_ascii_case(folder)));
                prop_assert!(!ENDINGS.iter().any(|ending| level.to_ascii_lowercase().ends_with(ending)));
                prop_assert!(is_nfc(level));
            }
        }

        #[test]
        fn long_names_stay_apart(
            one in "(a|%|本|/){150,600}",
            two in "(a|%|本|/){150,600}",
            separator in proptest::option::of(Just('/')),
        ) {
            let path = |name: &str| mailbox_path(&MailboxName::new(name).unwrap(), separator);
            prop_assert_eq!(path(&one) == path(&two), one == two);
            prop_assert_ne!(path(&one), path(&(one.clone() + "a")));
            prop_assert!(path(&one).as_os_str().len() <= MOST_PATH_OCTETS);
            prop_assert!(path(&one).iter().all(|level| level.len() <= MOST_LEVEL_OCTETS));
        }
    }
}
