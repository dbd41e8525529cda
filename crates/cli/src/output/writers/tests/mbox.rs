//! Messages in an mbox that others write too.

use std::mem;
use std::process;

use super::*;
use crate::output::faults::{Fault, Moment, Naming};

const THEIRS: &[u8] = b"From bob@example.org Sun Feb  1 09:30:00 2026\nSubject: theirs\n\nhi\n\n";

fn mbox(folder: &Path, storage: &Faulty) -> Mbox<Faulty> {
    let parts = Parts::prepare(&Disk, folder, 1).unwrap();
    let mbox = Mbox::new(storage.clone(), folder.to_owned(), &parts, Durability::Synced, Arc::new(NoRecord));
    // They are there as long as the folder of the test.
    mem::forget(parts);
    mbox
}

fn turn(path: &str, end: Option<u64>) -> Turn {
    Turn { path: path.into(), end, behind: Behind::Nothing }
}

fn put(mbox: &mut Mbox<Faulty>, number: u32, message: &[u8]) -> Result<(), OutputError> {
    message.chunks(5_000).try_for_each(|piece| mbox.write(piece))?;
    mbox.finish(label(number, "all"))
}

#[track_caller]
fn settle(mbox: &mut Mbox<Faulty>) -> Vec<Kept> {
    mbox.settle().into_iter().map(|settled| settled.outcome.unwrap()).collect()
}

fn failed(mbox: &mut Mbox<Faulty>) -> Vec<String> {
    mbox.settle().into_iter().map(|settled| settled.outcome.unwrap_err().to_string()).collect()
}

/// A folder with an mbox of one message.
fn with_one() -> (tempfile::TempDir, u64) {
    let folder = tempfile::tempdir().unwrap();
    let mut mbox = mbox(folder.path(), &Faulty::sound());
    mbox.turn_to(&turn("all", None)).unwrap();
    put(&mut mbox, 1, b"one").unwrap();
    let span = settle(&mut mbox)[0].span.unwrap();
    (folder, span.offset + span.length)
}

fn content(folder: &Path, name: &str) -> String {
    String::from_utf8(fs::read(folder.join(name)).unwrap()).unwrap()
}

const SEPARATOR: &str = "From MAILER-DAEMON Sun Feb  1 09:30:00 2026\n";

#[test]
fn the_date_is_in_front_of_messages_of_any_size() {
    let folder = tempfile::tempdir().unwrap();
    let mut mbox = mbox(folder.path(), &Faulty::sound());
    mbox.turn_to(&turn("all", None)).unwrap();
    let mut expected = String::new();
    for (number, size) in [0, 1, 16_000, 17_000, 16_294, 16_338, 40_000, 3].into_iter().enumerate() {
        let message = "x".repeat(size);
        put(&mut mbox, number as u32 + 1, message.as_bytes()).unwrap();
        expected += &format!("{SEPARATOR}{message}{}", if size == 0 { "\n" } else { "\n\n" });
    }
    for kept in settle(&mut mbox) {
        check_kept(folder.path(), &kept, "x".repeat(kept.octets as usize).as_bytes());
    }
    assert!(content(folder.path(), "all") == expected);
}

#[test]
fn what_others_have_put_behind_our_messages_stays() {
    for (theirs, padding) in
        [("From bob\nx\n\n", ""), ("From bob\nx\n", "\n"), ("From bob\nx", "\n\n"), ("\n", ""), ("y", "\n\n")]
    {
        let (folder, end) = with_one();
        let before = content(folder.path(), "all") + theirs;
        fs::write(folder.path().join("all"), &before).unwrap();
        let mut mbox = mbox(folder.path(), &Faulty::sound());
        mbox.turn_to(&turn("all", Some(end))).unwrap();
        mbox.write(b"not wanted").unwrap();
        mbox.abandon();
        put(&mut mbox, 2, b"two").unwrap();
        check_kept(folder.path(), &settle(&mut mbox)[0], b"two");
        assert_eq!(content(folder.path(), "all"), format!("{before}{padding}{SEPARATOR}two\n\n"));
    }
}

#[test]
fn what_looks_like_ours_is_set_aside() {
    for tail in ["From MAILER-DAEMON Thu Jan  1 00:00:00 1970\ntorn", "From MAI"] {
        let (folder, end) = with_one();
        let before = content(folder.path(), "all");
        fs::write(folder.path().join("all"), before.clone() + tail).unwrap();
        fs::write(folder.path().join("all.aside-1"), "old").unwrap();
        let mut mbox = mbox(folder.path(), &Faulty::sound());
        mbox.turn_to(&turn("all", Some(end))).unwrap();
        put(&mut mbox, 2, b"two").unwrap();
        check_kept(folder.path(), &settle(&mut mbox)[0], b"two");
        assert_eq!(content(folder.path(), "all"), format!("{before}{SEPARATOR}two\n\n"));
        assert_eq!(content(folder.path(), "all.aside-1"), "old");
        assert_eq!(content(folder.path(), "all.aside-2"), tail);
    }
}

/// Where a part of the record cannot be read, it may be messages that are nowhere else.
#[test]
fn what_may_have_been_kept_stays() {
    let (folder, end) = with_one();
    let before = content(folder.path(), "all") + SEPARATOR + "kept\n\n";
    fs::write(folder.path().join("all"), &before).unwrap();
    let mut mbox = mbox(folder.path(), &Faulty::sound());
    mbox.turn_to(&Turn { behind: Behind::Messages, ..turn("all", Some(end)) }).unwrap();
    put(&mut mbox, 2, b"two").unwrap();
    check_kept(folder.path(), &settle(&mut mbox)[0], b"two");
    assert_eq!(content(folder.path(), "all"), format!("{before}{SEPARATOR}two\n\n"));
    assert!(!folder.path().join("all.aside-1").exists());
}

/// Without the copy, nothing is cut off.
#[test]
fn what_cannot_be_copied_is_not_cut_off() {
    for at in 0.. {
        let (folder, end) = with_one();
        let before = content(folder.path(), "all") + "From MAILER-DAEMON torn";
        fs::write(folder.path().join("all"), &before).unwrap();
        let storage = Faulty::new(Naming::Exclusive, at, Fault::Once(io::ErrorKind::StorageFull));
        let mut mbox = mbox(folder.path(), &storage);
        mbox.turn_to(&turn("all", Some(end))).unwrap();
        let written = mbox.write(b"two");
        if !storage.struck() {
            assert!(written.is_ok() && at == 6, "{at}");
            break;
        }
        written.unwrap_err();
        assert_eq!(content(folder.path(), "all"), before);
        let whole = storage.victim() == "set length";
        assert_eq!(folder.path().join("all.aside-1").exists(), whole, "{}", storage.victim());
    }
}

#[test]
fn a_file_that_is_not_what_it_was_is_refused() {
    let check = |end, expected: &str| {
        let (folder, _) = with_one();
        fs::create_dir(folder.path().join("folder")).unwrap();
        let before = files(folder.path());
        let mut mbox = mbox(folder.path(), &Faulty::sound());
        for path in ["all", "folder"] {
            mbox.turn_to(&turn(path, end)).unwrap();
            let error = mbox.write(b"x").unwrap_err().to_string();
            let error = error.replace(folder.path().to_str().unwrap(), "DIR");
            mbox.abandon();
            if path == "all" {
                assert_eq!(error, expected);
            }
        }
        assert!(mbox.settle().is_empty());
        assert_eq!(files(folder.path()), before);
    };
    check(Some(50), "DIR/all has 49 octets, and what was fetched into it had 50");
    check(None, "DIR/all is there already");
}

#[test]
fn mailboxes_take_turns() {
    let folder = tempfile::tempdir().unwrap();
    let mut mbox = mbox(folder.path(), &Faulty::sound());
    let mut ends = [None, None];
    for number in 1..=6 {
        // Two files of one name.
        let at = number as usize % 2;
        mbox.turn_to(&turn(["a/all", "b/all"][at], ends[at])).unwrap();
        put(&mut mbox, number, number.to_string().as_bytes()).unwrap();
        // What is abandoned last leaves nothing to the next mailbox.
        mbox.write(&[b'x'; 40_000]).unwrap();
        mbox.abandon();
        let span = settle(&mut mbox)[0].span.unwrap();
        ends[at] = Some(span.offset + span.length);
    }
    for (name, numbers) in [("a/all", ["2", "4", "6"]), ("b/all", ["1", "3", "5"])] {
        assert_eq!(content(folder.path(), name), numbers.map(|n| format!("{SEPARATOR}{n}\n\n")).concat());
    }
    // One of which nothing was wanted has no file.
    mbox.turn_to(&turn("c/all", None)).unwrap();
    mbox.write(b"x").unwrap();
    mbox.turn_to(&turn("c/all", None)).unwrap();
    mbox.write(b"x").unwrap();
    mbox.abandon();
    assert!(mbox.settle().is_empty());
    assert!(!folder.path().join("c").exists());
    assert_eq!(
        fs::read_dir(folder.path().join(format!(".tayori-parts/{}-0", process::id()))).unwrap().count(),
        0
    );
}

#[test]
fn messages_settle_while_another_is_coming() {
    let folder = tempfile::tempdir().unwrap();
    let mut mbox = mbox(folder.path(), &Faulty::sound());
    mbox.turn_to(&turn("all", None)).unwrap();
    put(&mut mbox, 1, b"one").unwrap();
    mbox.write(b"tw").unwrap();
    check_kept(folder.path(), &settle(&mut mbox)[0], b"one");
    mbox.write(b"o").unwrap();
    mbox.finish(label(2, "all")).unwrap();
    mbox.write(&[b'x'; 20_000]).unwrap();
    check_kept(folder.path(), &settle(&mut mbox)[0], b"two");
    mbox.abandon();
    put(&mut mbox, 3, b"three").unwrap();
    check_kept(folder.path(), &settle(&mut mbox)[0], b"three");
    let expected = ["one", "two", "three"].map(|text| format!("{SEPARATOR}{text}\n\n")).concat();
    assert_eq!(content(folder.path(), "all"), expected);
}

/// A write that fails for a moment, as on a disk that somebody makes room on, takes one message with it, not the next.
#[test]
fn the_message_after_one_that_failed_is_whole() {
    for (at, sizes) in [(1, [20_000, 5]), (2, [40_000, 5]), (2, [20_000, 5]), (3, [40_000, 30_000])] {
        let folder = tempfile::tempdir().unwrap();
        let storage = Faulty::tearing(Naming::Exclusive, at, Fault::Once(io::ErrorKind::StorageFull), 50);
        let mut mbox = mbox(folder.path(), &storage);
        mbox.turn_to(&turn("all", None)).unwrap();
        put(&mut mbox, 1, &vec![b'x'; sizes[0]]).unwrap_err();
        mbox.abandon();
        let message = vec![b'y'; sizes[1]];
        put(&mut mbox, 2, &message).unwrap();
        check_kept(folder.path(), &settle(&mut mbox)[0], &message);
        let length = SEPARATOR.len() + message.len() + 2;
        assert_eq!(fs::metadata(folder.path().join("all")).unwrap().len(), length as u64, "{at}");
    }
}

#[test]
fn after_a_failed_sync_nothing_more_is_written() {
    let (folder, end) = with_one();
    let storage = Faulty::new(Naming::Exclusive, 2, Fault::Once(io::ErrorKind::Other));
    let mut mbox = mbox(folder.path(), &storage);
    mbox.turn_to(&turn("all", Some(end))).unwrap();
    put(&mut mbox, 2, b"two").unwrap();
    put(&mut mbox, 3, b"three").unwrap();
    let errors = failed(&mut mbox);
    assert!(errors[0].starts_with("could not sync the file"), "{errors:?}");
    assert_eq!(errors[1], "the messages that were to be stored together failed together");
    let length = fs::metadata(folder.path().join("all")).unwrap().len();
    assert!(matches!(mbox.write(b"x"), Err(OutputError::Incomplete { .. })));
    mbox.abandon();
    assert!(mbox.settle().is_empty());
    assert_eq!(fs::metadata(folder.path().join("all")).unwrap().len(), length);
}

/// Nobody can be kept from it, but it can be seen.
#[test]
fn what_others_write_meanwhile_is_not_overwritten() {
    let before_settling: fn(&Path) = |path| {
        let mut content = fs::read(path).unwrap();
        content.extend_from_slice(THEIRS);
        fs::write(path, content).unwrap();
    };
    let in_its_place: fn(&Path) = |path| {
        let aside = path.with_file_name("new");
        fs::write(&aside, THEIRS).unwrap();
        fs::rename(aside, path).unwrap();
    };
    for change in [before_settling, in_its_place] {
        for settle_before in [false, true] {
            let (folder, end) = with_one();
            let path = folder.path().join("all");
            let mut mbox = mbox(folder.path(), &Faulty::sound());
            mbox.turn_to(&turn("all", Some(end))).unwrap();
            put(&mut mbox, 2, b"two").unwrap();
            if settle_before {
                settle(&mut mbox);
                put(&mut mbox, 3, b"three").unwrap();
            }
            change(&path);
            let content = fs::read(&path).unwrap();
            let errors = failed(&mut mbox);
            assert!(errors[0].starts_with("could not write "), "{errors:?}");
            drop(mbox);
            assert_eq!(fs::read(&path).unwrap(), content);
        }
    }
}

/// A mark that the power takes away, while the file has its name already, would leave an mbox that nobody knows.
#[test]
fn the_mark_is_on_the_disk_before_the_file_has_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let storage = Faulty::sound();
    let mut mbox = mbox(folder.path(), &storage);
    mbox.turn_to(&turn("all", None)).unwrap();
    put(&mut mbox, 1, b"one").unwrap();
    settle(&mut mbox);
    let steps = storage.steps_and_paths();
    let is_mark = |path: &Path| path.extension().is_some_and(|kind| kind == "unrecorded");
    let at = |step: &str, path: &dyn Fn(&Path) -> bool| {
        let mut found = steps.iter().enumerate().filter(|(_, (name, to))| *name == step && path(to));
        let (Some((index, (_, to))), None) = (found.next(), found.next()) else {
            panic!("{step}: {steps:?}")
        };
        (index, to.clone())
    };
    let (marked, mark) = at("create", &is_mark);
    let (synced, _) = at("sync folder", &|path| path == mark.parent().unwrap());
    let (named, _) = at("name", &|path| path == folder.path().join("all"));
    assert!(marked < synced && synced < named, "{steps:?}");
}

#[test]
fn a_failure_to_mark_names_the_folder_of_the_mark() {
    for (at, expected) in [
        (3, "could not create a file in DIR/.tayori-parts"),
        (4, "could not sync the folder DIR/.tayori-parts"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let storage = Faulty::new(Naming::Exclusive, at, Fault::Once(io::ErrorKind::Other));
        let mut mbox = mbox(folder.path(), &storage);
        mbox.turn_to(&turn("all", None)).unwrap();
        put(&mut mbox, 1, b"one").unwrap();
        let errors = failed(&mut mbox);
        assert_eq!(errors[0].replace(folder.path().to_str().unwrap(), "DIR"), expected);
        // No file is named without it.
        assert!(files(folder.path()).is_empty());
    }
}

/// A copy that lacks what another program has put there since it was made is no reason to cut that off.
#[test]
fn mail_that_comes_while_a_copy_is_synced_is_not_cut_off() {
    for step in ["sync", "sync folder"] {
        let (folder, end) = with_one();
        let path = folder.path().join("all");
        fs::write(&path, content(folder.path(), "all") + "From MAILER-DAEMON torn").unwrap();
        let storage = Faulty::sound();
        storage.at(Moment::Before(step), move || {
            let mut text = fs::read(&path).unwrap();
            text.extend_from_slice(THEIRS);
            fs::write(&path, text).unwrap();
        });
        let mut mbox = mbox(folder.path(), &storage);
        mbox.turn_to(&turn("all", Some(end))).unwrap();
        let error = mbox.write(b"two").unwrap_err().to_string();
        assert!(error.starts_with("could not write "), "{error}");
        assert!(fs::read(folder.path().join("all")).unwrap().ends_with(THEIRS));
    }
}

#[test]
fn a_file_that_is_put_in_the_place_of_a_new_one_is_not_taken_for_it() {
    for step in ["name", "sync folder"] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("all");
        let storage = Faulty::sound();
        let mut mbox = mbox(folder.path(), &storage);
        mbox.turn_to(&turn("all", None)).unwrap();
        put(&mut mbox, 1, b"one").unwrap();
        let there = path.clone();
        let replace = move || {
            // As long as ours.
            fs::write(there.with_file_name("new"), vec![b'x'; SEPARATOR.len() + 5]).unwrap();
            fs::rename(there.with_file_name("new"), there).unwrap();
        };
        if step == "sync folder" {
            // The first is that of the mark.
            let again = storage.clone();
            storage.at(Moment::After("name"), move || again.at(Moment::After(step), replace));
        } else {
            storage.at(Moment::After(step), replace);
        }
        let errors = failed(&mut mbox);
        assert!(errors[0].starts_with("could not write "), "{errors:?}");
        drop(mbox);
        assert!(content(folder.path(), "all").starts_with("xxx"));
    }
}

#[test]
fn a_mark_is_found_however_the_folder_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let storage = Faulty::new(Naming::Exclusive, 6, Fault::FromHere(io::ErrorKind::Other));
    let mut first = mbox(folder.path(), &storage);
    first.turn_to(&turn("all", None)).unwrap();
    put(&mut first, 1, b"one").unwrap();
    failed(&mut first);
    drop(first);
    fs::create_dir(folder.path().join("x")).unwrap();
    let mut second = mbox(&folder.path().join("x/.."), &Faulty::sound());
    second.turn_to(&turn("all", None)).unwrap();
    put(&mut second, 1, b"one").unwrap();
    check_kept(folder.path(), &settle(&mut second)[0], b"one");
    assert_eq!(content(folder.path(), "all.aside-1"), content(folder.path(), "all"));
}
