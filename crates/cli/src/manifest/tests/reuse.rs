//! Names that were given again, and nobody came to write down where the file before is.

use super::*;

/// Whether what was recorded of UID 1 counts as complete, absent or altered, after these lines of others.
#[track_caller]
fn check(first: &Entry, then: &[Entry], content: &str, expected: &str) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(&first.file), content).unwrap();
    let mut manifest = open(folder.path());
    manifest.append(&inbox(), std::slice::from_ref(first)).unwrap();
    manifest.append(&source("ann@mail.example.org", "Sent", 3), then).unwrap();
    let Present { complete, absent, altered, .. } = present(&manifest, &inbox());
    let found = match (complete.count(), absent.count(), altered.len()) {
        (1, 0, 0) => "complete",
        (0, 1, 0) => "absent",
        (0, 0, 1) => "altered",
        _ => "in none or in several",
    };
    assert_eq!(found, expected, "{then:?}");
}

#[test]
fn a_name_of_another_message_is_not_a_file_that_was_altered() {
    let first = entry(1, "1.eml", b"mine");
    check(&first, &[entry(2, "2.eml", b"other")], "mine", "complete");
    check(&first, &[entry(2, "2.eml", b"other")], "changed", "altered");
    check(&first, &[entry(1, "1.eml", b"other")], "other", "absent");
    // Of the same size.
    check(&first, &[entry(1, "1.eml", b"none")], "none", "absent");
    // Whatever has become of that one.
    check(&first, &[entry(1, "1.eml", b"other")], "changed", "absent");
    // Two messages have one file.
    check(&first, &[entry(1, "1.eml", b"mine")], "mine", "complete");
    check(&first, &[entry(1, "1.eml", b"mine")], "changed", "altered");
    check(&first, &[entry(1, "1.eml", b"other"), entry(3, "1.eml", b"mine")], "mine", "complete");
    check(&first, &[entry(1, "1.eml", b"mine"), entry(3, "1.eml", b"other")], "mine", "absent");
}

#[test]
fn an_mbox_that_begins_anew_is_another() {
    let at = |number, offset, length| {
        let span = Some(Span { offset, length });
        Entry { span, ..entry(number, "m.mbox", b"") }
    };
    let content = "From a\n\n\nFrom b\n\n\n";
    for first in [at(1, 0, 9), at(1, 9, 9)] {
        let end = first.span.unwrap().end().unwrap();
        check(&first, &[at(2, end, 9)], content, "complete");
        check(&first, &[at(2, end + 1, 9)], content, "complete");
        check(&first, &[at(2, 0, 3)], content, "absent");
        check(&first, &[at(2, end, 5), at(3, 0, 3), at(4, 3, 100)], content, "absent");
        check(&first, &[at(2, end - 1, 9)], content, "absent");
        check(&first, &[Entry { file: "n.mbox".into(), ..at(2, 0, 9) }], content, "complete");
    }
    check(&at(1, 12, 9), &[], content, "altered");
}

/// A message of a file that had the name before is not in the file that is set aside.
#[test]
fn what_was_in_the_file_before_does_not_go_with_this_one() {
    let folder = tempfile::tempdir().unwrap();
    let mut manifest = open(folder.path());
    let at = |number, offset| {
        let span = Some(Span { offset, length: 10 });
        Entry { span, ..entry(number, "m.mbox", b"") }
    };
    manifest.append(&inbox(), &[at(1, 0), at(2, 10), entry(3, "x.eml", b"three")]).unwrap();
    manifest.append(&inbox(), &[at(4, 0), entry(5, "x.eml", b"five"), at(6, 10)]).unwrap();
    let mut moves = Moves::default();
    for name in ["m.mbox", "x.eml"] {
        fs::write(folder.path().join(format!("{name}.aside-1")), "").unwrap();
        manifest.note_move(&mut moves, name.into(), format!("{name}.aside-1")).unwrap();
    }
    let before = text_of(folder.path()).len();
    manifest.follow(&moves).unwrap();
    let text = String::from_utf8(text_of(folder.path())[before..].to_vec()).unwrap();
    let aside = |entry: Entry| Entry { file: format!("{}.aside-1", entry.file), ..entry };
    let expected = lines_of(&inbox(), &[at(4, 0), entry(5, "x.eml", b"five"), at(6, 10)].map(aside));
    assert_eq!(text, expected.split_once('\n').unwrap().1);
}
