//! Files that were set aside.

use super::*;

/// Renames a file and takes it down.
fn set_aside(manifest: &Manifest, moves: &mut Moves, from: &str, to: &str) {
    let at = |name: &str| manifest.folder().join(name);
    fs::rename(at(from), at(to)).unwrap();
    manifest.note_move(moves, from.into(), to.into()).unwrap();
}

fn files_of(folder: &Path) -> Vec<String> {
    let file = |line: &str| {
        serde_json::from_str::<serde_json::Value>(line).unwrap()["file"].as_str().unwrap().to_owned()
    };
    String::from_utf8(text_of(folder)).unwrap().lines().skip(1).map(file).collect()
}

#[test]
fn what_was_in_a_file_goes_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut manifest = open(folder.path());
    let other = source("bob", "Sent", 3);
    let entries: Vec<_> = (1..=4).map(|number| store(folder.path(), number)).collect();
    manifest.append(&inbox(), &entries).unwrap();
    // A message of another mailbox is in the first file too; UID 2 has been recorded elsewhere since.
    manifest.append(&other, &[Entry { uid: uid(9), ..entries[0].clone() }]).unwrap();
    fs::write(folder.path().join("two.eml"), "message 2").unwrap();
    manifest.append(&inbox(), &[entry(2, "two.eml", b"message 2")]).unwrap();
    let before = text_of(folder.path());

    let mut moves = Moves::default();
    for number in [1, 2, 3] {
        set_aside(&manifest, &mut moves, &format!("{number}.eml"), &format!("{number}.eml.aside-1"));
    }
    assert!(moves.contains("1.eml") && !moves.contains("4.eml"));
    // What is recorded under an old name since is another file: of another message, and of the same.
    fs::write(folder.path().join("1.eml"), "new").unwrap();
    fs::write(folder.path().join("3.eml"), "message 3").unwrap();
    manifest.append(&other, &[entry(5, "1.eml", b"new")]).unwrap();
    manifest.append(&inbox(), &entries[2..3]).unwrap();
    manifest.follow(&moves).unwrap();
    manifest.sync().unwrap();

    let text = text_of(folder.path());
    assert!(text.starts_with(&before));
    assert_eq!(files_of(folder.path())[8..], ["1.eml.aside-1", "1.eml.aside-1"]);
    let expected = Present { complete: uids(&[1, 2, 3, 4]), ..Present::default() };
    assert_eq!(present(&manifest, &inbox()), expected);
    assert_eq!(present(&manifest, &other), Present { complete: uids(&[5, 9]), ..Present::default() });
    // A second time there is nothing left to follow.
    manifest.follow(&moves).unwrap();
    manifest.follow(&Moves::default()).unwrap();
    assert_eq!(text_of(folder.path()), text);
}

/// Where a message stands in an mbox stays as it was; a torn line in between, and at the end, does not count.
#[test]
fn spans_go_with_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let spans = [(0, 14), (14, 20), (34, 16)].map(|(offset, length)| Span { offset, length });
    let entries: Vec<_> = (1..)
        .zip(spans)
        .map(|(number, span)| Entry { span: Some(span), ..entry(number, "m.mbox", b"") })
        .collect();
    let text = lines_of(&inbox(), &entries).replacen("\"uid\":2", "\"uid\":", 1) + "{\"account\":\"to";
    fs::write(folder.path().join(NAME), text).unwrap();
    fs::write(folder.path().join("m.mbox"), "").unwrap();
    let mut manifest = open(folder.path());
    let mut moves = Moves::default();
    set_aside(&manifest, &mut moves, "m.mbox", "m.mbox.aside-7");
    manifest.follow(&moves).unwrap();
    let moved = |index: usize| Entry { file: "m.mbox.aside-7".into(), ..entries[index].clone() };
    let text = String::from_utf8(text_of(folder.path())).unwrap();
    let expected = lines_of(&inbox(), &[moved(0), moved(2)]);
    assert!(text.ends_with(&format!("\n{}", expected.split_once('\n').unwrap().1)), "{text}");
    assert_eq!(manifest.end_of("m.mbox").unwrap(), None);
    assert_eq!(manifest.end_of("m.mbox.aside-7").unwrap(), Some(50));
}

/// More lines than are written at once, found in one pass.
#[test]
fn many_files() {
    let folder = tempfile::tempdir().unwrap();
    let mut manifest = open(folder.path());
    let entries: Vec<_> = (1..=20_000).map(|number| entry(number, &format!("{number}.eml"), b"x")).collect();
    manifest.append(&inbox(), &entries).unwrap();
    let mut moves = Moves::default();
    for Entry { file, .. } in &entries {
        manifest.note_move(&mut moves, file.clone(), format!("{file}.aside-1")).unwrap();
    }
    manifest.follow(&moves).unwrap();
    let files = files_of(folder.path());
    assert_eq!(files.len(), 40_000);
    let moved = |(one, other): (&String, &Entry)| *one == format!("{}.aside-1", other.file);
    assert!(files[20_000..].iter().zip(&entries).all(moved));
}
