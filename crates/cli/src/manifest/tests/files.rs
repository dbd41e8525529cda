//! What is found in the folder, against what is recorded.

use std::io::{BufRead as _, BufReader, Read};

use super::*;
use crate::manifest::line::Flaw;
use crate::manifest::present::Damage;

/// A folder that another one surrounds, so that there is something outside.
struct Folder {
    temp: tempfile::TempDir,
    inner: PathBuf,
}

impl Folder {
    fn new(files: &[(&str, &str)]) -> Folder {
        let temp = tempfile::tempdir().unwrap();
        let inner = temp.path().join("inner");
        fs::create_dir(&inner).unwrap();
        let folder = Folder { temp, inner };
        files.iter().for_each(|(name, content)| folder.write(name, content));
        folder
    }

    fn write(&self, name: &str, content: &str) {
        let path = self.inner.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    fn rename(&self, from: &str, to: &str) {
        let to = self.inner.join(to);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::rename(self.inner.join(from), to).unwrap();
    }

    /// Records UID 1 in `file` with this content; says what is found there.
    fn verdict(&self, file: &str, content: &str, check: Check<'_>) -> String {
        self.verdict_of(entry(1, file, content.as_bytes()), check)
    }

    fn verdict_of(&self, entry: Entry, check: Check<'_>) -> String {
        let mut manifest = open(&self.inner);
        manifest.append(&inbox(), &[entry]).unwrap();
        let found = manifest.present(&inbox(), check).unwrap();
        let one = uids(&[1]);
        match &found.altered[..] {
            [] if found.complete == one && found.absent.is_empty() => "complete".into(),
            [] if found.absent == one && found.complete.is_empty() => "absent".into(),
            [altered] if found.complete.is_empty() && found.absent.is_empty() => {
                assert_eq!(altered.uid, uid(1));
                let path = altered.path.strip_prefix(&self.inner).unwrap();
                format!("{}: {:?}", path.display(), altered.found)
            }
            _ => panic!("{found:?}"),
        }
    }
}

/// Reads a message back from the simplest mbox: a line `From `, and the rest as it is.
fn read_back(octets: &mut dyn Read, size: u64) -> io::Result<blake3::Hash> {
    let mut octets = BufReader::new(octets);
    octets.skip_until(b'\n')?;
    let mut message = Vec::new();
    octets.read_to_end(&mut message)?;
    match message.len() as u64 == size {
        true => Ok(blake3::hash(&message)),
        false => Err(io::ErrorKind::InvalidData.into()),
    }
}

#[test]
fn files_of_one_message() {
    let folder = Folder::new(&[("5.eml", "letter"), ("a/b/5.eml", "letter"), ("empty.eml", ""), ("d/x", "")]);
    let check = |file: &str, content: &str, size: &str, hash: &str| {
        assert_eq!(folder.verdict(file, content, Check::Size), size, "{file}");
        assert_eq!(folder.verdict(file, content, Check::Hash(&read_back)), hash, "{file}");
    };
    check("5.eml", "letter", "complete", "complete");
    check("a/b/5.eml", "letter", "complete", "complete");
    check("empty.eml", "", "complete", "complete");
    check("5.eml", "Letter", "complete", "5.eml: Content");
    check("5.eml", "letters", "5.eml: Size(6)", "5.eml: Size(6)");
    check("5.eml", "", "5.eml: Size(6)", "5.eml: Size(6)");
    check("6.eml", "letter", "absent", "absent");
    check("a/6.eml", "letter", "absent", "absent");
    check("c/d/6.eml", "letter", "absent", "absent");
    check("d", "", "d: NotAFile", "d: NotAFile");
    check("5.eml/5.eml", "letter", "5.eml/5.eml: NotAFile", "5.eml/5.eml: NotAFile");
    check(&"x".repeat(5000), "", "absent", "absent");
}

/// Neither what a manifest says nor a link in the folder makes us look at anything outside.
#[cfg(unix)]
#[test]
fn nothing_outside_is_looked_at() {
    use std::os::unix::fs::symlink;

    let folder = Folder::new(&[("cur/x", "")]);
    let outside = folder.temp.path().join("outside");
    fs::create_dir_all(outside.join("cur")).unwrap();
    fs::write(outside.join("5.eml"), "secret").unwrap();
    fs::write(outside.join("cur/1:2,S"), "secret").unwrap();
    symlink(outside.join("5.eml"), folder.inner.join("link.eml")).unwrap();
    symlink(&outside, folder.inner.join("link")).unwrap();
    fs::create_dir(folder.inner.join("box")).unwrap();
    symlink(outside.join("cur"), folder.inner.join("box/cur")).unwrap();
    let span = Some(Span { offset: 0, length: 6 });
    for file in ["link.eml", "link/5.eml", "link/cur/1:2,S", "link/new/1", "box/cur/1:2,S"] {
        for check in [Check::Size, Check::Hash(&read_back)] {
            let expected = format!("{file}: NotAFile");
            assert_eq!(folder.verdict(file, "secret", check), expected);
            assert_eq!(folder.verdict_of(Entry { span, ..entry(1, file, b"secret") }, check), expected);
        }
    }
    // In `new` there is no such name; the `cur` beside it is a link.
    assert_eq!(folder.verdict("box/new/1", "secret", Check::Size), "absent");

    let absolute = outside.join("5.eml");
    for file in ["../outside/5.eml", "cur/../../outside/5.eml", absolute.to_str().unwrap()] {
        let line = lines_of(&inbox(), &[entry(1, "NAME", b"secret")]).replace("NAME", file);
        fs::write(folder.inner.join(NAME), line).unwrap();
        let found = present(&open(&folder.inner), &inbox());
        let damage = Damage { lines: 1, first: vec![(2, Flaw::FileName)] };
        assert_eq!(found, Present { damage, ..Present::default() });
    }
}

#[test]
fn a_maildir_file_that_was_renamed_is_found() {
    let check = |recorded: &str, now: &[(&str, &str)], expected: &str| {
        let folder = Folder::new(now);
        for check in [Check::Size, Check::Hash(&read_back)] {
            assert_eq!(folder.verdict(recorded, "letter", check), expected, "{recorded} {now:?}");
        }
    };
    check("new/1.a", &[("new/1.a", "letter")], "complete");
    check("new/1.a", &[("cur/1.a:2,S", "letter")], "complete");
    check("cur/1.a:2,", &[("cur/1.a:2,FS", "letter")], "complete");
    check("cur/1.a:2,S", &[("new/1.a", "letter")], "complete");
    check("m/x/new/1.a", &[("m/x/cur/1.a:2,S", "letter")], "complete");
    check("m/x/new/1.a", &[("m/y/cur/1.a:2,S", "letter"), ("cur/1.a:2,S", "letter")], "absent");
    check("new/1.a", &[("cur/1.ab:2,S", "letter"), ("cur/1:2,S", "letter"), ("tmp/1.a", "letter")], "absent");
    check("new/1.a", &[("cur/1.a:2,S", "lett")], "cur/1.a:2,S: Size(4)");
    // While it is renamed by a link it has two names; one that is right is enough.
    check("new/1.a", &[("cur/1.a:2,S", "letter"), ("cur/1.a:2,", "lett")], "complete");
    // The recorded name counts before any other.
    check("new/1.a", &[("new/1.a", "lett"), ("cur/1.a:2,S", "letter")], "new/1.a: Size(4)");
    // What was set aside is not the message.
    check("cur/1.a:2,S", &[("cur/1.a:2,S.aside-1", "lett")], "absent");
    // Elsewhere a name is a name.
    check("x/1.a", &[("x/1.a:2,S", "letter")], "absent");
    let folder = Folder::new(&[("cur/1.a:2,S", "lette?")]);
    assert_eq!(folder.verdict("new/1.a", "letter", Check::Hash(&read_back)), "cur/1.a:2,S: Content");
}

#[test]
fn many_renamed_files_cost_one_listing() {
    let folder = Folder::new(&[]);
    let mut manifest = open(&folder.inner);
    let entries: Vec<_> =
        (1..=2000).map(|number| entry(number, &format!("m/new/{number}.a"), b"x")).collect();
    manifest.append(&inbox(), &entries).unwrap();
    for entry in &entries {
        folder.write(&entry.file, "x");
        if entry.uid.value() % 2 == 0 {
            folder.rename(&entry.file, &format!("m/cur/{}.a:2,S", entry.uid));
        }
    }
    fs::remove_file(folder.inner.join("m/cur/2000.a:2,S")).unwrap();
    let found = present(&manifest, &inbox());
    assert_eq!((found.complete.count(), found.absent), (1999, uids(&[2000])));
}

#[test]
fn messages_in_an_mbox() {
    let first = "From a\nletter\n";
    let second = "From b\nsecond\n";
    let folder = Folder::new(&[("m.mbox", &format!("{first}{second}")), ("d/x", "")]);
    let check = |file: &str, content: &str, offset: usize, length: usize, size: &str, hash: &str| {
        let span = Some(Span { offset: offset as u64, length: length as u64 });
        let entry = Entry { span, ..entry(1, file, content.as_bytes()) };
        assert_eq!(folder.verdict_of(entry.clone(), Check::Size), size);
        assert_eq!(folder.verdict_of(entry, Check::Hash(&read_back)), hash);
    };
    let (one, two) = (first.len(), second.len());
    check("m.mbox", "letter\n", 0, one, "complete", "complete");
    check("m.mbox", "second\n", one, two, "complete", "complete");
    let content = "m.mbox: Content";
    check("m.mbox", "Second\n", one, two, "complete", content);
    check("m.mbox", "second", one, two, "complete", content);
    check("m.mbox", "second\n", one, two - 1, "complete", content);
    check("m.mbox", "letter\n", one, two, "complete", content);
    let none = "m.mbox: NoMessage";
    check("m.mbox", "second\n", one + 1, two - 1, none, none);
    check("m.mbox", "second\n", one - 1, two, none, none);
    check("m.mbox", "", one + two, 0, none, none);
    let short = "m.mbox: Size(28)";
    check("m.mbox", "second\n", one, two + 1, short, short);
    check("m.mbox", "second\n", one + two, 1, short, short);
    check("m.mbox", "second\n", 0, i64::MAX as usize, short, short);
    check("gone.mbox", "letter\n", 0, one, "absent", "absent");
    check("d", "letter\n", 0, one, "d: NotAFile", "d: NotAFile");
}

#[test]
fn a_failure_to_read_back_is_not_taken_for_another_content() {
    let folder = Folder::new(&[("m.mbox", "From a\n")]);
    let mut manifest = open(&folder.inner);
    let span = Some(Span { offset: 0, length: 7 });
    manifest.append(&inbox(), &[Entry { span, ..entry(1, "m.mbox", b"") }]).unwrap();
    let failing = |_: &mut dyn Read, _| Err(io::ErrorKind::Other.into());
    let error = manifest.present(&inbox(), Check::Hash(&failing)).unwrap_err();
    assert!(
        matches!(&error, ManifestError::Failed { doing: Doing::Read, path, .. } if path.ends_with("m.mbox"))
    );
}

#[test]
fn where_an_mbox_ends() {
    let folder = Folder::new(&[]);
    let mut manifest = open(&folder.inner);
    let mut add = |source: &Source, number, file: &str, offset, length| {
        let span = Some(Span { offset, length });
        manifest.append(source, &[Entry { span, ..entry(number, file, b"") }]).unwrap();
        manifest.end_of("m.mbox").unwrap()
    };
    assert_eq!(add(&inbox(), 1, "other.mbox", 0, 1000), None);
    assert_eq!(add(&inbox(), 1, "m.mbox", 0, 10), Some(10));
    assert_eq!(add(&source("bob", "Sent", 1), 1, "m.mbox", 10, 15), Some(25));
    assert_eq!(add(&inbox(), 2, "a/m.mbox", 0, 99), Some(25));
    assert_eq!(add(&inbox(), 2, "a/m.mbox.aside-1", 0, 99), Some(25));
    assert_eq!(add(&inbox(), 2, "m.mbox.aside-x", 0, 99), Some(25));
    // The file was set aside, so what follows is in a new one.
    assert_eq!(add(&inbox(), 1, "m.mbox.aside-2", 0, 10), None);
    assert_eq!(add(&inbox(), 3, "m.mbox", 0, 5), Some(5));
    // That nobody came to write down that it was: the new one begins anew all the same.
    assert_eq!(add(&inbox(), 4, "m.mbox", 0, 3), Some(3));
    assert_eq!(manifest.end_of("5.eml").unwrap(), None);
}
