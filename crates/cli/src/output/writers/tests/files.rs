//! What has the name of a message already.

use super::*;
use crate::output::faults::Moment;
use crate::output::writers::files::writers;

const MESSAGE: &[u8] = b"Subject: x\r\n\r\nhi\r\n";
const OLD: &[u8] = b"the old message";

fn filing(folder: &Path, rule: Overwrite) -> Filing {
    Filing {
        folder: folder.to_owned(),
        overwrite: Arc::new(move |_| rule),
        durability: Durability::Synced,
        record: Arc::new(NoRecord),
    }
}

/// Stores messages in the order of their labels, settled together, and says what became of them.
fn store(folder: &Path, rule: Overwrite, messages: &[(Label, &[u8])]) -> Vec<String> {
    let parts = tempfile::tempdir_in(folder).unwrap();
    let mut files = Files::new(Disk, filing(folder, rule), parts.path().to_owned());
    for (label, message) in messages {
        files.write(message).unwrap();
        files.finish(label.clone()).unwrap();
    }
    let mut settled = files.settle();
    assert_eq!(fs::read_dir(parts.path()).unwrap().count(), 0);
    settled.sort_by_key(|settled| settled.uid);
    let messages: BTreeMap<u32, &[u8]> =
        messages.iter().map(|(label, message)| (label.uid.value(), *message)).collect();
    let in_words = |Settled { uid, outcome }: Settled| match outcome {
        Ok(kept) => {
            check_kept(folder, &kept, messages[&uid.value()]);
            kept.path.to_str().unwrap().to_owned()
        }
        Err(error) => error.to_string().replace(folder.to_str().unwrap(), "DIR"),
    };
    settled.into_iter().map(in_words).collect()
}

fn names(folder: &Path) -> Vec<String> {
    files(folder).into_keys().collect()
}

#[test]
fn the_same_message_is_not_stored_twice() {
    for rule in [Overwrite::Refuse, Overwrite::Replace, Overwrite::SetAside] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("1.eml"), MESSAGE).unwrap();
        assert_eq!(store(folder.path(), rule, &[(label(1, "1.eml"), MESSAGE)]), ["1.eml"]);
        assert_eq!(names(folder.path()), ["1.eml"]);
    }
}

#[test]
fn another_file_of_that_name_is_treated_by_the_rule() {
    for old in [OLD, &MESSAGE[..4], b"Subject: y\r\n\r\nhi\r\n", b""] {
        let check = |rule, expected: &str, first: &[u8], aside: Option<&[u8]>| {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("1.eml"), old).unwrap();
            assert_eq!(store(folder.path(), rule, &[(label(1, "1.eml"), MESSAGE)]), [expected]);
            let files = files(folder.path());
            assert_eq!(files["1.eml"], first);
            assert_eq!(files.get("1.eml.aside-1").map(Vec::as_slice), aside);
        };
        check(Overwrite::Refuse, "DIR/1.eml is there already", old, None);
        check(Overwrite::Replace, "1.eml", MESSAGE, None);
        check(Overwrite::SetAside, "1.eml", MESSAGE, Some(old));
    }
}

#[test]
fn two_messages_of_one_name_do_not_take_it_from_each_other() {
    let named = |number, name: &str, fallback: Option<&str>| Label {
        fallback: fallback.map(PathBuf::from),
        ..label(number, name)
    };
    for rule in [Overwrite::Refuse, Overwrite::Replace, Overwrite::SetAside] {
        for there in [None, Some(OLD)] {
            let folder = tempfile::tempdir().unwrap();
            if let Some(there) = there {
                fs::write(folder.path().join("x"), there).unwrap();
            }
            let messages: [(Label, &[u8]); 4] = [
                (named(1, "x", Some("x-1")), b"one"),
                (named(2, "x", Some("x-2")), b"two"),
                // The same octets, and another message all the same.
                (named(3, "x", Some("x-3")), b"one"),
                (named(4, "x-2", None), b"four"),
            ];
            let expected = match (rule, there) {
                (Overwrite::Refuse, Some(_)) => ["x-1", "x-2", "x-3", "DIR/x-2 is there already"],
                _ => ["x", "x-2", "x-3", "DIR/x-2 is there already"],
            };
            assert_eq!(store(folder.path(), rule, &messages), expected, "{rule:?}, {there:?}");
        }
    }
}

/// A file that nobody knows is taken for one message, and not for the next with the same octets.
#[test]
fn a_file_is_adopted_once() {
    let named = |number| Label { fallback: Some(format!("x-{number}").into()), ..label(number, "x") };
    for rule in [Overwrite::Refuse, Overwrite::Replace, Overwrite::SetAside] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("x"), MESSAGE).unwrap();
        let messages = [3, 5, 4].map(|number| (named(number), MESSAGE));
        assert_eq!(store(folder.path(), rule, &messages), ["x", "x-4", "x-5"]);
        assert_eq!(names(folder.path()), ["x", "x-4", "x-5"]);
    }
}

/// That of another message is in the way, whatever is in it; the message's own is the message.
#[test]
fn a_file_that_is_recorded_is_not_adopted_by_another_message() {
    let check = |uid: u32, rule, expected: &str, there: &[&str]| {
        let folder = tempfile::tempdir().unwrap();
        let record = Arc::new(List { path: folder.path().join("list"), storage: Faulty::sound() });
        let parts = tempfile::tempdir_in(folder.path()).unwrap();
        for (uid, rule, expected) in [(1, Overwrite::Refuse, "x"), (uid, rule, expected)] {
            let filing = Filing { record: record.clone(), ..filing(folder.path(), rule) };
            let mut files = Files::new(Disk, filing, parts.path().to_owned());
            files.write(MESSAGE).unwrap();
            files.finish(Label { adopt: Some("x".into()), ..label(uid, "x") }).unwrap();
            let settled = files.settle().remove(0).outcome.map(|kept| kept.path.to_str().unwrap().to_owned());
            let told = settled.unwrap_or_else(|error| error.to_string());
            assert_eq!(told.replace(folder.path().to_str().unwrap(), "DIR"), expected);
        }
        drop(parts);
        assert_eq!(names(folder.path()), there);
    };
    check(1, Overwrite::Refuse, "x", &["x"]);
    check(1, Overwrite::SetAside, "x", &["x"]);
    check(2, Overwrite::Refuse, "DIR/x is there already", &["x"]);
    check(2, Overwrite::SetAside, "x", &["x", "x.aside-1"]);
}

#[test]
fn threads_know_of_each_other_which_names_are_given() {
    let folder = tempfile::tempdir().unwrap();
    let parts = Parts::prepare(&Disk, folder.path(), 2).unwrap();
    let mut writers = writers(Disk, &filing(folder.path(), Overwrite::Replace), &parts);
    for (number, writer) in writers.iter_mut().enumerate() {
        writer.write(&[number as u8]).unwrap();
        // Names that are one on some file systems.
        writer.finish(label(number as u32 + 1, ["R\u{e9}sum\u{e9}", "r\u{e9}sum\u{e9}"][number])).unwrap();
        assert!(writer.settle()[0].outcome.is_ok());
    }
    for (number, writer) in writers.iter_mut().enumerate() {
        writer.write(&[2 + number as u8]).unwrap();
        writer.finish(label(number as u32 + 3, "R\u{e9}sum\u{e9}")).unwrap();
        assert!(matches!(writer.settle()[0].outcome, Err(OutputError::Exists { .. })));
    }
}

#[test]
fn a_file_that_is_not_in_the_record_is_adopted_if_it_is_the_message() {
    let check = |there: &[u8], expected: &[&str], kept: &str| {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("cur")).unwrap();
        fs::write(folder.path().join("cur/1:2,S"), there).unwrap();
        let label = Label { adopt: Some("cur/1:2,S".into()), ..label(1, "new/1") };
        assert_eq!(store(folder.path(), Overwrite::Refuse, &[(label, MESSAGE)]), [kept]);
        assert_eq!(names(folder.path()), expected);
        assert_eq!(fs::read(folder.path().join("cur/1:2,S")).unwrap(), there);
    };
    check(MESSAGE, &["cur/1:2,S"], "cur/1:2,S");
    check(OLD, &["cur/1:2,S", "new/1"], "new/1");
    check(&MESSAGE[1..], &["cur/1:2,S", "new/1"], "new/1");

    // It has gone meanwhile.
    let folder = tempfile::tempdir().unwrap();
    let label = Label { adopt: Some("cur/1:2,S".into()), ..label(1, "new/1") };
    assert_eq!(store(folder.path(), Overwrite::Refuse, &[(label, MESSAGE)]), ["new/1"]);
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_not_the_message() {
    use std::os::unix::fs::symlink;

    let check = |rule, expected: &str| {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("elsewhere"), MESSAGE).unwrap();
        symlink("elsewhere", at("link")).unwrap();
        fs::create_dir(at("folder")).unwrap();
        fs::write(at("folder/mail"), OLD).unwrap();
        let adopting = Label { adopt: Some("link".into()), ..label(2, "link") };
        let messages: [(Label, &[u8]); 2] = [(label(1, "folder"), MESSAGE), (adopting, MESSAGE)];
        assert_eq!(store(folder.path(), rule, &messages).join("; "), expected);
        assert_eq!(fs::read(at("elsewhere")).unwrap(), MESSAGE);
        let aside = if rule == Overwrite::SetAside { "folder.aside-1/mail" } else { "folder/mail" };
        assert_eq!(fs::read(at(aside)).unwrap(), OLD);
    };
    check(Overwrite::Refuse, "DIR/folder is there already; DIR/link is there already");
    check(Overwrite::Replace, "DIR/folder is there already, and is no file; link");
    check(Overwrite::SetAside, "folder; link");
}

#[test]
fn a_message_that_is_abandoned_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut files = Files::new(Disk, filing(folder.path(), Overwrite::Refuse), folder.path().to_owned());
    files.write(&[0; 100_000]).unwrap();
    assert_eq!(names(folder.path()).len(), 1);
    files.abandon();
    assert!(names(folder.path()).is_empty());
    // Without an octet too.
    files.finish(label(1, "1.eml")).unwrap();
    assert!(files.settle()[0].outcome.is_ok());
    assert_eq!(fs::read(folder.path().join("1.eml")).unwrap(), b"");
}

/// The file that a message is about to replace may be another message of this run, which finds itself there meanwhile.
#[test]
fn what_another_thread_has_found_there_is_not_replaced() {
    for (rule, step) in [(Overwrite::Replace, "replace"), (Overwrite::SetAside, "name")] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("x"), b"two").unwrap();
        let parts = Parts::prepare(&Disk, folder.path(), 2).unwrap();
        let storage = Faulty::sound();
        let [mut one, mut two]: [Box<dyn Writer>; 2] =
            writers(storage.clone(), &filing(folder.path(), rule), &parts).try_into().ok().unwrap();
        one.write(b"one").unwrap();
        one.finish(label(1, "x")).unwrap();
        two.write(b"two").unwrap();
        two.finish(Label { fallback: Some("x-2".into()), ..label(2, "x") }).unwrap();
        let (told, hear) = mpsc::channel::<()>();
        let (done, settled) = mpsc::channel();
        let second = move || {
            thread::spawn(move || {
                done.send(two.settle()).unwrap();
                drop(told);
            });
            // Only so long: it may have to wait for this one.
            let _ = hear.recv_timeout(Duration::from_millis(300));
        };
        match rule {
            Overwrite::SetAside => {
                // The first is what finds the name taken.
                storage.at(Moment::Before(step), {
                    let storage = storage.clone();
                    move || storage.at(Moment::Before(step), second)
                });
            }
            _ => storage.at(Moment::Before(step), second),
        }
        let mut told = one.settle();
        told.extend(settled.recv().unwrap());
        for (Settled { uid, outcome }, message) in told.into_iter().zip([b"one", b"two"]) {
            let kept = outcome.unwrap();
            assert!(read_back(folder.path(), &kept).unwrap() == message, "UID {uid}: {kept:?}");
        }
    }
}
