//! A manifest and its folder as a whole; the lines and names by themselves are tested beside their code.

mod faults;
mod files;

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

#[cfg(unix)]
#[test]
fn a_manifest_is_private() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    open(folder.path()).append(&inbox(), &[store(folder.path(), 1)]).unwrap();
    assert_eq!(fs::metadata(folder.path().join(NAME)).unwrap().permissions().mode() & 0o777, 0o600);
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
fn what_is_no_manifest_of_ours_is_refused_and_stays() {
    let check = |text: &str, expected: &str| {
        let folder = folder_with(text);
        let error = open_error(folder.path());
        assert_eq!(shown(&error, folder.path()), expected);
        assert!(error.hint().is_some());
        assert_eq!(text_of(folder.path()), text.as_bytes());
    };
    let foreign = "DIR/tayori-manifest.jsonl is no manifest of tayori: line 1 does not say so";
    for text in [
        "\n",
        "dear diary",
        "{\"tayori_manifest\":1",
        "{}\n",
        "{\"tayori_manifest\":0}\n",
        "{\"tayori_manifest\":-1}\n",
        "{\"tayori_manifest\":\"1\"}\n",
        "{\"tayori_manifest\":1}{\"tayori_manifest\":1}\n",
        "\0\0\0\0",
        &"{".repeat(100_000),
    ] {
        // The third is the beginning of a header, and not foreign.
        if HEADER.starts_with(text.as_bytes()) {
            drop(open(folder_with(text).path()));
        } else {
            check(text, foreign);
        }
    }
    for version in ["2", "18446744073709551615"] {
        let newer =
            format!("DIR/tayori-manifest.jsonl was written by a newer tayori: line 1 says version {version}");
        check(&format!("{{\"tayori_manifest\":{version}}}\nwhat\n"), &newer);
        check(&format!("{{\"since\":[],\"tayori_manifest\":{version}}}"), &newer);
    }
    for text in [
        "{\"tayori_manifest\":1,\"since\":5}\n",
        " { \"tayori_manifest\" : 1 } \r\n",
        "{\"tayori_manifest\":1,\"a\":5}",
    ] {
        let folder = folder_with(text);
        let mut manifest = open(folder.path());
        manifest.append(&inbox(), &[store(folder.path(), 1)]).unwrap();
        assert_eq!(present(&manifest, &inbox()).complete, uids(&[1]));
        assert!(text_of(folder.path()).starts_with(text.as_bytes()));
    }
}

#[cfg(unix)]
#[test]
fn a_link_or_a_folder_is_no_manifest() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(NAME);
    let expected = "DIR/tayori-manifest.jsonl is there already, and is no file";
    fs::write(folder.path().join("there"), HEADER).unwrap();
    for destination in ["there", "nowhere"] {
        std::os::unix::fs::symlink(destination, &path).unwrap();
        assert_eq!(shown(&open_error(folder.path()), folder.path()), expected);
        assert_eq!(fs::read_link(&path).unwrap(), Path::new(destination));
        fs::remove_file(&path).unwrap();
    }
    fs::create_dir(&path).unwrap();
    assert_eq!(shown(&open_error(folder.path()), folder.path()), expected);
    let missing = open_error(&folder.path().join("missing"));
    assert_eq!(shown(&missing, folder.path()), "could not create DIR/missing/tayori-manifest.jsonl");
}

#[test]
fn one_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = open(folder.path());
    let in_use = "another tayori is writing to the folder of DIR/tayori-manifest.jsonl";
    let check = || {
        let error = open_error(folder.path());
        assert_eq!(shown(&error, folder.path()), in_use);
        assert_eq!(error.hint(), Some("wait for it, or choose another folder with -o"));
    };
    check();
    first.append(&inbox(), &[store(folder.path(), 1)]).unwrap();
    first.sync().unwrap();
    check();
    drop(first);
    drop(open(folder.path()));
    let other = tempfile::tempdir().unwrap();
    let (_here, _there) = (open(folder.path()), open(other.path()));
}

/// Runs that begin while another removes its empty manifest: each lock must be on the file that has the name.
#[test]
fn one_at_a_time_though_the_file_comes_and_goes() {
    use std::sync::atomic::{AtomicU32, Ordering};

    let folder = tempfile::tempdir().unwrap();
    let (inside, opened) = (AtomicU32::new(0), AtomicU32::new(0));
    let run = || {
        for _ in 0..2000 {
            match Manifest::open(Disk, &folder.path().join(NAME)) {
                Ok(manifest) => {
                    assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                    opened.fetch_add(1, Ordering::SeqCst);
                    std::thread::yield_now();
                    inside.fetch_sub(1, Ordering::SeqCst);
                    drop(manifest);
                }
                Err(error) => assert!(matches!(error, ManifestError::InUse { .. }), "{error:?}"),
            }
        }
    };
    std::thread::scope(|scope| (0..4).for_each(|_| drop(scope.spawn(run))));
    assert!(opened.into_inner() > 0);
    // Where another one got the lock before the one that had created the file, an empty file stays.
    assert!(fs::metadata(folder.path().join(NAME)).map_or(true, |metadata| metadata.len() == 0));
}

/// A file is removed only if it is the one that was created, and holds nothing. Here both are broken.
#[test]
fn a_run_that_records_nothing_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(NAME);
    let mut manifest = open(folder.path());
    manifest.append(&inbox(), &[]).unwrap();
    manifest.sync().unwrap();
    drop(manifest);
    assert!(!path.exists());

    for text in ["", "{\"tay", "{\"tayori_manifest\":1}\n"] {
        fs::write(&path, text).unwrap();
        drop(open(folder.path()));
        assert_eq!(text_of(folder.path()), text.as_bytes());
        fs::remove_file(&path).unwrap();
    }

    let manifest = open(folder.path());
    fs::write(&path, "written by another").unwrap();
    drop(manifest);
    assert_eq!(text_of(folder.path()), b"written by another");
    fs::remove_file(&path).unwrap();

    if cfg!(unix) {
        let manifest = open(folder.path());
        fs::rename(&path, folder.path().join("moved")).unwrap();
        fs::write(&path, "").unwrap();
        drop(manifest);
        assert!(path.exists() && folder.path().join("moved").exists());
    }
}

#[cfg(unix)]
#[test]
fn a_manifest_that_was_replaced_is_not_taken_for_ours() {
    let check = |appended: bool, expected_text: &[u8]| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(NAME);
        let entry = store(folder.path(), 1);
        let mut manifest = open(folder.path());
        if appended {
            manifest.append(&inbox(), std::slice::from_ref(&entry)).unwrap();
        }
        fs::rename(&path, folder.path().join("moved")).unwrap();
        fs::write(&path, HEADER).unwrap();
        let result = manifest.append(&inbox(), std::slice::from_ref(&entry)).and_then(|()| manifest.sync());
        let expected = "DIR/tayori-manifest.jsonl was replaced by another file while it was written";
        assert_eq!(shown(&result.unwrap_err(), folder.path()), expected);
        let error = manifest.append(&inbox(), &[entry]).unwrap_err();
        assert!(matches!(error, ManifestError::Stopped { .. }));
        assert_eq!(text_of(folder.path()), expected_text);
    };
    check(true, HEADER);
    check(false, HEADER);
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
