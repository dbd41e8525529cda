//! A manifest and its folder as a whole; the lines and names by themselves are tested beside their code.

mod durable;
mod faults;
mod files;
mod holders;
mod moves;
mod opening;
mod reuse;

use std::collections::BTreeMap;

use proptest::prelude::*;
use tayori_proto::types::{Uid, UidSet, UidValidity};

use super::*;
use crate::manifest::line::Flaw;
use crate::manifest::present::Damage;

const NAME: &str = "tayori-manifest.jsonl";

fn uid(number: u32) -> Uid {
    Uid::new(number).unwrap()
}

fn uids(numbers: &[u32]) -> UidSet {
    numbers.iter().copied().map(uid).collect()
}

fn source(account: &str, mailbox: &str, uid_validity: u32) -> Source {
    let uid_validity = UidValidity::new(uid_validity).unwrap();
    Source { account: account.into(), mailbox: mailbox.into(), uid_validity }
}

fn inbox() -> Source {
    source("ann@mail.example.org", "INBOX", 1_700_000_000)
}

fn entry(number: u32, file: &str, content: &[u8]) -> Entry {
    let (size, blake3) = (content.len() as u64, blake3::hash(content));
    Entry { uid: uid(number), size, blake3, file: file.into(), span: None }
}

/// A message in a file of its own, as it is recorded.
fn store(folder: &Path, number: u32) -> Entry {
    let (file, content) = (format!("{number}.eml"), format!("message {number}"));
    fs::write(folder.join(&file), &content).unwrap();
    entry(number, &file, content.as_bytes())
}

fn open(folder: &Path) -> Manifest {
    Manifest::open(Disk, &folder.join(NAME)).unwrap()
}

fn open_error(folder: &Path) -> ManifestError {
    Manifest::open(Disk, &folder.join(NAME)).map(drop).unwrap_err()
}

/// A folder whose manifest has this text.
fn folder_with(text: impl AsRef<[u8]>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(NAME), text).unwrap();
    folder
}

fn text_of(folder: &Path) -> Vec<u8> {
    fs::read(folder.join(NAME)).unwrap()
}

fn present(manifest: &Manifest, source: &Source) -> Present {
    manifest.present(source, Check::Size).unwrap()
}

fn lines_of(source: &Source, entries: &[Entry]) -> String {
    let mut text = HEADER.to_vec();
    entries.iter().for_each(|entry| line::encode(&mut text, source, entry).unwrap());
    String::from_utf8(text).unwrap()
}

fn shown(error: &ManifestError, folder: &Path) -> String {
    error.to_string().replace(folder.to_str().unwrap(), "DIR")
}

#[test]
fn what_was_recorded_is_there_the_next_time() {
    let folder = tempfile::tempdir().unwrap();
    let entries: Vec<_> = [5, 6, 9].into_iter().map(|number| store(folder.path(), number)).collect();
    let mut manifest = open(folder.path());
    manifest.append(&inbox(), &entries[..2]).unwrap();
    manifest.sync().unwrap();
    assert_eq!(present(&manifest, &inbox()).complete, uids(&[5, 6]));
    drop(manifest);
    let mut manifest = open(folder.path());
    assert_eq!(present(&manifest, &inbox()).complete, uids(&[5, 6]));
    manifest.append(&inbox(), &entries[2..]).unwrap();
    manifest.append(&inbox(), &[]).unwrap();
    manifest.sync().unwrap();
    drop(manifest);
    let expected = Present { complete: uids(&[5, 6, 9]), ..Present::default() };
    assert_eq!(present(&open(folder.path()), &inbox()), expected);
    assert_eq!(String::from_utf8(text_of(folder.path())).unwrap(), lines_of(&inbox(), &entries));
}

#[test]
fn sources_are_never_mixed() {
    let folder = tempfile::tempdir().unwrap();
    let sources = [
        inbox(),
        source("bob@mail.example.org", "INBOX", 1_700_000_000),
        source("ann@mail.example.org", "INBOX", 1_700_000_001),
        source("ann@mail.example.org", "inbox", 1_700_000_000),
        source("ann@mail.example.org", "INBOX\n", 1_700_000_000),
        source("", "", 1),
    ];
    let mut manifest = open(folder.path());
    for (number, source) in (1..).zip(&sources) {
        // UID 7 of each lies in its own file; that of the first is gone.
        let content = format!("seven of {number}");
        let file = format!("{number}-7.eml");
        if number > 1 {
            fs::write(folder.path().join(&file), &content).unwrap();
        }
        let seven = entry(7, &file, content.as_bytes());
        manifest.append(source, &[seven, store(folder.path(), 100 + number)]).unwrap();
    }
    for (number, source) in (1..).zip(&sources) {
        let found = present(&manifest, source);
        let (complete, absent) =
            if number == 1 { (vec![101], vec![7]) } else { (vec![7, 100 + number], vec![]) };
        assert_eq!(found, Present { complete: uids(&complete), absent: uids(&absent), ..Present::default() });
    }
    assert_eq!(present(&manifest, &source("ann", "INBOX", 1)), Present::default());
}

#[test]
fn the_last_line_of_a_message_counts() {
    let folder = tempfile::tempdir().unwrap();
    let mut manifest = open(folder.path());
    let (good, gone) = (store(folder.path(), 1), entry(1, "gone.eml", b"x"));
    let other = source("ann", "Other", 1);
    let mut check = |entries: &[&Entry], complete: bool| {
        let entries: Vec<Entry> = entries.iter().copied().cloned().collect();
        manifest.append(&inbox(), &entries).unwrap();
        manifest.append(&other, std::slice::from_ref(&gone)).unwrap();
        let found = present(&manifest, &inbox());
        assert_eq!(found.complete, uids(if complete { &[1] } else { &[] }));
        assert_eq!(found.absent, uids(if complete { &[] } else { &[1] }));
    };
    check(&[&gone], false);
    check(&[&good], true);
    check(&[&gone], false);
    check(&[&gone, &good], true);
    check(&[&good, &gone], false);
}

#[test]
fn a_manifest_that_was_cut_off_anywhere_goes_on() {
    let temp = tempfile::tempdir().unwrap();
    let entries: Vec<_> = (1..=4).map(|number| store(temp.path(), number)).collect();
    let whole = lines_of(&inbox(), &entries[..3]);
    for end in 0..=whole.len() {
        fs::write(temp.path().join(NAME), &whole[..end]).unwrap();
        // A line counts when all but its end is there: nothing longer begins like it.
        let count = whole[..end].bytes().filter(|octet| *octet == b'}').count().saturating_sub(1);
        let mut expected: Vec<u32> = (1..=3).take(count).collect();
        let mut manifest = open(temp.path());
        let complete = uids(&expected);
        assert_eq!(present(&manifest, &inbox()), Present { complete, ..Present::default() }, "{end}");
        manifest.append(&inbox(), &entries[3..]).unwrap();
        manifest.sync().unwrap();
        drop(manifest);

        expected.push(4);
        let found = present(&open(temp.path()), &inbox());
        assert_eq!(found.complete, uids(&expected), "{end}");
        let text = text_of(temp.path());
        assert!(text.starts_with(HEADER) && text.starts_with(&whole.as_bytes()[..end]));
        // The torn line has become one in the middle.
        let torn = end > HEADER.len() && !matches!(whole.as_bytes()[end - 1], b'\n' | b'}');
        assert_eq!(found.damage.lines, u64::from(torn), "{end}");
    }
}

#[test]
fn unreadable_lines_are_told_and_passed_over() {
    let temp = tempfile::tempdir().unwrap();
    let entries: Vec<_> = (1..=3).map(|number| store(temp.path(), number)).collect();
    let good = lines_of(&inbox(), &entries);
    let good: Vec<&str> = good.lines().collect();
    let outside = good[2].replace("2.eml", "../2.eml");
    let long = "x".repeat(lines::MOST_LINE + 1);
    let check = |text: String, complete: &[u32], lines: u64, first: &[(u64, Flaw)]| {
        fs::write(temp.path().join(NAME), text).unwrap();
        let manifest = open(temp.path());
        let damage = Damage { lines, first: first.to_vec() };
        let expected = Present { complete: uids(complete), damage, ..Present::default() };
        assert_eq!(present(&manifest, &inbox()), expected);
        assert_eq!(present(&manifest, &source("", "", 1)).damage, expected.damage);
    };
    let head = good[0];
    check(
        [head, good[1], "noise", &outside, "", &long, " \r", good[3], ""].join("\n"),
        &[1, 3],
        3,
        &[(3, Flaw::NotARecord), (4, Flaw::FileName), (6, Flaw::TooLong)],
    );
    // At the end it is what a crash leaves; a second header is what nobody writes.
    check([head, good[1], &long].join("\n"), &[1], 0, &[]);
    check([head, head, good[1], "noise"].join("\n"), &[1], 1, &[(2, Flaw::NotARecord)]);
    // Two lines glued together are none.
    check(
        [head, &format!("{}{}", good[1], good[2]), good[3], ""].join("\n"),
        &[3],
        1,
        &[(2, Flaw::NotARecord)],
    );
    let told: Vec<_> = (2..12).map(|line| (line, Flaw::NotARecord)).collect();
    check(format!("{head}\n{}{}\n", "noise\n".repeat(5000), good[1]), &[1], 5000, &told);
}

#[test]
fn what_could_not_be_read_back_stops_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut manifest = open(folder.path());
    let good = store(folder.path(), 1);
    let error = manifest.append(&inbox(), &[good.clone(), entry(2, "../2.eml", b"")]).unwrap_err();
    assert_eq!(
        shown(&error, folder.path()),
        "UID 2 cannot be recorded in DIR/tayori-manifest.jsonl: the file name leads out of the folder"
    );
    assert_eq!(text_of(folder.path()), b"");
    manifest.append(&inbox(), &[good]).unwrap();
    assert_eq!(present(&manifest, &inbox()).complete, uids(&[1]));
}

#[test]
fn paths_in_errors_cannot_drive_a_terminal() {
    let error = ManifestError::InUse { path: "a\u{1b}[2J".into() };
    assert!(!error.to_string().contains('\u{1b}'));
}

/// Numbers in the worst order for a set, each recorded twice; the time must not grow with their square.
#[test]
fn many_lines() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("all.eml"), "one for all").unwrap();
    let mut manifest = open(folder.path());
    let numbers: Vec<u32> = (0..150_000).rev().map(|number| 2 * number + 1).collect();
    for (file, content) in [("gone.eml", "x"), ("all.eml", "one for all")] {
        for batch in numbers.chunks(10_000) {
            let entries: Vec<_> =
                batch.iter().map(|number| entry(*number, file, content.as_bytes())).collect();
            manifest.append(&inbox(), &entries).unwrap();
        }
    }
    manifest.sync().unwrap();
    let found = present(&manifest, &inbox());
    assert_eq!(found, Present { complete: uids(&numbers), ..Present::default() });
    assert_eq!(found.complete.count(), 150_000);
    assert_eq!(manifest.end_of("all.eml").unwrap(), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Beside a model: any appends of any sources, with the manifest closed, or cut off and opened again, in between.
    #[test]
    fn as_the_model(
        mailboxes in prop::collection::vec(prop::collection::vec(any::<char>(), 0..6), 3),
        steps in prop::collection::vec((0..3_usize, 1..9_u32, 0..3_u8, 0..4_u8, any::<prop::sample::Index>()), 1..20),
    ) {
        let folder = tempfile::tempdir().unwrap();
        // The same name twice would be one source.
        let sources: Vec<_> = (0..).zip(&mailboxes)
            .map(|(number, name)| source("a", &format!("{number}{}", name.iter().collect::<String>()), 1))
            .collect();
        let mut model = BTreeMap::new();
        for file in 0..2 {
            fs::write(folder.path().join(file.to_string()), file.to_string()).unwrap();
        }
        let mut manifest = Some(open(folder.path()));
        for (which, number, file, then, cut) in steps {
            let open_one = manifest.get_or_insert_with(|| open(folder.path()));
            let before = text_of(folder.path()).len();
            let file = file.to_string();
            open_one.append(&sources[which], &[entry(number, &file, file.as_bytes())]).unwrap();
            let mut recorded = true;
            if then <= 1 {
                manifest = None;
            }
            if then == 0 {
                let text = text_of(folder.path());
                let end = before + cut.index(text.len() - before);
                fs::write(folder.path().join(NAME), &text[..end]).unwrap();
                recorded = end + 1 == text.len();
            }
            if recorded {
                model.insert((which, number), file != "2");
            }
            let open_one = manifest.get_or_insert_with(|| open(folder.path()));
            for (which, source) in sources.iter().enumerate() {
                let found = present(open_one, source);
                let of = |complete: bool| -> UidSet {
                    model.iter()
                        .filter(|((of, _), is)| *of == which && **is == complete)
                        .map(|((_, number), _)| uid(*number))
                        .collect()
                };
                prop_assert_eq!((found.complete, found.absent), (of(true), of(false)));
            }
        }
    }
}
