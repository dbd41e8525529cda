//! Which message has a file.

use super::*;

#[test]
fn whose_a_file_is() {
    let folder = tempfile::tempdir().unwrap();
    let mut manifest = open(folder.path());
    let other = source("ann@mail.example.org", "Sent", 1_700_000_000);
    let (before, elsewhere) =
        (Source { uid_validity: UidValidity::MIN, ..inbox() }, source("bob", "INBOX", 1_700_000_000));
    let files = |numbers: &[u32]| -> Vec<Entry> {
        numbers.iter().map(|number| entry(*number, &format!("a/{number}.eml"), b"x")).collect()
    };
    manifest.append(&inbox(), &files(&[1, 2])).unwrap();
    manifest.append(&other, &files(&[3])).unwrap();
    manifest.append(&before, &files(&[1, 4])).unwrap();
    manifest.append(&elsewhere, &files(&[5])).unwrap();
    // Two in one file; one that has another file now.
    manifest.append(&inbox(), &[entry(6, "two.eml", b"x"), entry(7, "two.eml", b"x")]).unwrap();
    manifest.append(&inbox(), &[entry(8, "old.eml", b"x"), entry(8, "8.eml", b"x")]).unwrap();
    let check = |source: Option<&Source>, file: &str, number: u32, expected: bool| {
        let holders = manifest.holders(source).unwrap();
        assert_eq!(holders.is_of_another(Path::new(file), uid(number)), expected, "{file} {number}");
    };
    let inbox = inbox();
    for (file, own) in [("a/1.eml", 1), ("a/2.eml", 2), ("A/2.EML", 2), ("a/4.eml", 4), ("8.eml", 8)] {
        check(Some(&inbox), file, own, false);
        check(Some(&inbox), file, own + 1, true);
        check(None, file, own, true);
        check(Some(&source("", "", 1)), file, own, true);
    }
    for (file, number) in [("a/3.eml", 3), ("a/5.eml", 5), ("two.eml", 6), ("two.eml", 7)] {
        check(Some(&inbox), file, number, true);
    }
    check(Some(&other), "a/3.eml", 3, false);
    for source in [None, Some(&inbox)] {
        check(source, "a/9.eml", 9, false);
        check(source, "old.eml", 9, false);
        check(source, "1.eml", 2, false);
    }
}
