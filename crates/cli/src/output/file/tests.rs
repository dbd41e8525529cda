//! One message on its way into a file, on disks that fail and in processes that are killed.

use std::fs;

use super::*;
use crate::output::faults::child::{Child, End};
use crate::output::faults::{Fault, Faulty, Naming};

const OLD: &[u8] = b"the old message";

/// More than two buffers, and no two places alike.
fn message() -> Vec<u8> {
    (0u32..100_000).flat_map(u32::to_be_bytes).collect()
}

/// One whole message into `mail.eml`, in pieces of which some are larger than the buffer.
fn store<S: Storage>(storage: S, folder: &Path, overwrite: Overwrite) -> Result<Stored, OutputError> {
    let message = message();
    let mut mail = MailFile::create(storage, folder)?;
    for piece in [&message[..10], &message[10..140_000], &message[140_000..340_000], &message[340_000..]] {
        mail.write(piece)?;
    }
    mail.commit(OsStr::new("mail.eml"), overwrite)
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn parts(folder: &Path) -> usize {
    let is_part = |name: &&String| name.starts_with(".tayori-") && name.ends_with(".part");
    names(folder).iter().filter(is_part).count()
}

/// A folder, with the old message in it when there is something to replace.
fn folder_for(overwrite: Overwrite) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    if overwrite == Overwrite::Replace {
        fs::write(folder.path().join("mail.eml"), OLD).unwrap();
    }
    folder
}

/// What has the final name: the new message, the old one, nothing. Anything else is a torn message.
#[derive(Debug, PartialEq, Eq)]
enum Final {
    New,
    Before,
}

fn final_state(folder: &Path, overwrite: Overwrite) -> Final {
    match (fs::read(folder.join("mail.eml")), overwrite) {
        (Ok(content), _) if content == message() => Final::New,
        (Ok(content), Overwrite::Replace) if content == OLD => Final::Before,
        (Err(err), Overwrite::Refuse) if err.kind() == io::ErrorKind::NotFound => Final::Before,
        (Ok(content), _) => panic!("torn: {} octets", content.len()),
        (Err(err), _) => panic!("lost: {err}"),
    }
}

const WAYS: [(Naming, Overwrite); 3] = [
    (Naming::Exclusive, Overwrite::Refuse),
    (Naming::OnlyLinks, Overwrite::Refuse),
    (Naming::Exclusive, Overwrite::Replace),
];

#[test]
fn a_message_is_stored_as_it_came() {
    for (naming, overwrite) in WAYS {
        let folder = folder_for(overwrite);
        let storage = Faulty::naming(naming);
        let stored = store(storage.clone(), folder.path(), overwrite).unwrap();
        assert_eq!(stored.path, folder.path().join("mail.eml"));
        assert_eq!(stored.octets, 400_000);
        assert_eq!(final_state(folder.path(), overwrite), Final::New);
        assert_eq!(names(folder.path()), ["mail.eml"]);
        // Synced before it is named, and the folder after.
        let mut order = storage.steps();
        order.retain(|name| *name != "write" && *name != "remove");
        let name = if overwrite == Overwrite::Replace { "replace" } else { "name" };
        assert_eq!(order, ["create", "sync", name, "sync folder"]);
    }
}

#[cfg(unix)]
#[test]
fn a_message_is_private_from_its_first_octet() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let mut mail = MailFile::create(Disk, folder.path()).unwrap();
    mail.write(b"x").unwrap();
    let mode = |name: &str| fs::metadata(folder.path().join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&names(folder.path())[0]), 0o600);
    mail.commit(OsStr::new("mail.eml"), Overwrite::Refuse).unwrap();
    assert_eq!(mode("mail.eml"), 0o600);
}

#[test]
fn an_empty_message_is_a_message() {
    let folder = tempfile::tempdir().unwrap();
    let mail = MailFile::create(Disk, folder.path()).unwrap();
    mail.commit(OsStr::new("mail.eml"), Overwrite::Refuse).unwrap();
    assert_eq!(fs::read(folder.path().join("mail.eml")).unwrap(), b"");
}

#[test]
fn a_message_that_is_not_finished_leaves_nothing() {
    let folder = folder_for(Overwrite::Replace);
    let mut mail = MailFile::create(Disk, folder.path()).unwrap();
    mail.write(&message()).unwrap();
    assert_eq!(parts(folder.path()), 1);
    drop(mail);
    assert_eq!(names(folder.path()), ["mail.eml"]);
    assert_eq!(final_state(folder.path(), Overwrite::Replace), Final::Before);
}

#[test]
fn a_taken_name_is_refused_even_if_it_was_free_before() {
    for naming in [Naming::Exclusive, Naming::OnlyLinks] {
        let folder = tempfile::tempdir().unwrap();
        let storage = Faulty::naming(naming);
        let mut mail = MailFile::create(storage.clone(), folder.path()).unwrap();
        mail.write(&message()).unwrap();
        fs::write(folder.path().join("mail.eml"), OLD).unwrap();
        let err = mail.commit(OsStr::new("mail.eml"), Overwrite::Refuse).unwrap_err();
        assert!(matches!(err, OutputError::Exists { path } if path == folder.path().join("mail.eml")));
        assert_eq!(fs::read(folder.path().join("mail.eml")).unwrap(), OLD);
        assert_eq!(names(folder.path()), ["mail.eml"]);
    }
}

#[cfg(unix)]
#[test]
fn a_symbolic_link_is_never_followed() {
    use std::os::unix::fs::symlink;

    for naming in [Naming::Exclusive, Naming::OnlyLinks] {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("mail.eml");
        for destination in ["nowhere", "somewhere"] {
            fs::write(folder.path().join("somewhere"), OLD).unwrap();
            let _ = fs::remove_file(&link);
            symlink(destination, &link).unwrap();

            let storage = Faulty::naming(naming);
            let err = store(storage.clone(), folder.path(), Overwrite::Refuse).unwrap_err();
            assert!(matches!(err, OutputError::Exists { .. }));
            assert_eq!(fs::read_link(&link).unwrap(), Path::new(destination));

            store(storage.clone(), folder.path(), Overwrite::Replace).unwrap();
            assert!(fs::symlink_metadata(&link).unwrap().is_file());
            assert_eq!(fs::read(folder.path().join("somewhere")).unwrap(), OLD);
            assert_eq!(names(folder.path()), ["mail.eml", "somewhere"]);
        }
    }
}

#[test]
fn a_folder_of_that_name_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("mail.eml")).unwrap();
    for overwrite in [Overwrite::Refuse, Overwrite::Replace] {
        store(Disk, folder.path(), overwrite).unwrap_err();
        assert_eq!(names(folder.path()), ["mail.eml"]);
    }
}

#[test]
fn leftovers_are_stepped_over_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    // Whatever number comes next, the following hundred are taken; other tests use up some meanwhile.
    let probe = MailFile::create(Disk, folder.path()).unwrap();
    let name = probe.part.path().file_name().unwrap().to_str().unwrap().to_owned();
    drop(probe);
    let number: u64 = name.rsplit(['-', '.']).nth(1).unwrap().parse().unwrap();
    for taken in number..number + 100 {
        fs::write(folder.path().join(format!(".tayori-{}-{taken}.part", process::id())), OLD).unwrap();
    }
    store(Disk, folder.path(), Overwrite::Refuse).unwrap();
    assert_eq!(final_state(folder.path(), Overwrite::Refuse), Final::New);
    assert_eq!(parts(folder.path()), 100);
}

#[test]
fn a_folder_that_is_missing_or_closed_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing");
    let err = store(Disk, &missing, Overwrite::Refuse).unwrap_err();
    let text = err.to_string().replace(folder.path().to_str().unwrap(), "DIR");
    assert_eq!(text, "could not create a file in DIR/missing");
}

/// The promise, wherever a step fails: the final name is what it was before or the complete message, the error
/// says what and where, nothing incomplete stays behind, and the next run succeeds.
///
/// This also breaks the proofs on which the code removes and overwrites: with the sync failing, the old message
/// must still be there; with the link failing, the new one must not be taken for stored.
fn check_fault(naming: Naming, overwrite: Overwrite, fault: Fault) {
    for at in 0.. {
        let folder = folder_for(overwrite);
        let storage = Faulty::new(naming, at, fault);
        let result = store(storage.clone(), folder.path(), overwrite);
        let state = final_state(folder.path(), overwrite);
        if !storage.struck() {
            result.unwrap();
            assert!(at >= 6, "only {at} steps were tried");
            return;
        }
        match (result, storage.victim()) {
            // Only removing the second name may fail without anybody hearing of it.
            (result, "remove") => {
                assert_eq!(result.is_ok(), fault_ends(fault));
                assert_eq!(state, Final::New);
                assert_eq!(parts(folder.path()), 1);
            }
            (Ok(stored), victim) => panic!("{victim} failed and {stored:?} was reported"),
            (Err(OutputError::Failed { step, path, .. }), victim) => {
                let expected = match victim {
                    "create" => Step::Create,
                    "write" => Step::Write,
                    "sync" => Step::Sync,
                    "name" | "replace" => Step::Name,
                    "sync folder" => Step::SyncFolder,
                    other => panic!("unexpected {other}"),
                };
                assert_eq!(step, expected);
                assert!(path.starts_with(folder.path()));
                let named = step == Step::SyncFolder;
                assert_eq!(state, if named { Final::New } else { Final::Before });
                // On a disk that is dead from here on, the incomplete file cannot be removed either.
                let left = usize::from(!fault_ends(fault) && !named && step != Step::Create);
                assert_eq!(parts(folder.path()), left);
            }
            (Err(err), victim) => panic!("{victim}: {err}"),
        }

        let _ = fs::remove_file(folder.path().join("mail.eml"));
        store(Disk, folder.path(), Overwrite::Refuse).unwrap();
        assert_eq!(final_state(folder.path(), Overwrite::Refuse), Final::New);
    }
}

fn fault_ends(fault: Fault) -> bool {
    matches!(fault, Fault::Once(_))
}

#[test]
fn any_step_may_fail() {
    for (naming, overwrite) in WAYS {
        for kind in [io::ErrorKind::StorageFull, io::ErrorKind::PermissionDenied, io::ErrorKind::Other] {
            check_fault(naming, overwrite, Fault::Once(kind));
            check_fault(naming, overwrite, Fault::FromHere(kind));
        }
    }
}

#[test]
fn a_disk_may_be_full_at_any_octet() {
    for room in [0, 1, 9, 10, 11, 65_535, 65_536, 65_537, 99_999, 100_000, 131_072, 340_001, 399_999] {
        for overwrite in [Overwrite::Refuse, Overwrite::Replace] {
            let folder = folder_for(overwrite);
            let storage = Faulty::sound();
            storage.set_room(room);
            let err = store(storage.clone(), folder.path(), overwrite).unwrap_err();
            assert!(matches!(&err, OutputError::Failed { step: Step::Write, .. }), "{err}");
            assert_eq!(
                err.hint(),
                Some("make room and run it again; no incomplete message was left under a final name")
            );
            assert_eq!(final_state(folder.path(), overwrite), Final::Before);
            assert_eq!(parts(folder.path()), 0);
        }
    }
}

#[test]
fn after_a_failed_write_nothing_can_be_committed() {
    let folder = tempfile::tempdir().unwrap();
    // The second write to the disk fails; the file has a hole in it from then on.
    let storage = Faulty::new(Naming::Exclusive, 2, Fault::Once(io::ErrorKind::Other));
    let mut mail = MailFile::create(storage.clone(), folder.path()).unwrap();
    mail.write(&message()).unwrap();
    mail.write(&message()).unwrap_err();
    let err = mail.write(b"x").unwrap_err();
    assert!(matches!(err, OutputError::Incomplete { .. }));
    let err = mail.commit(OsStr::new("mail.eml"), Overwrite::Refuse).unwrap_err();
    assert!(matches!(err, OutputError::Incomplete { .. }));
    assert!(names(folder.path()).is_empty());
}

/// The other half of the next test: stores a message and is killed at the step that the parent chose. On its
/// own it does nothing.
#[test]
fn child_that_is_killed() {
    if let Some(Child { folder, step, case }) = Child::this() {
        let (naming, overwrite) = WAYS[case];
        store(Faulty::new(naming, step, Fault::Kill), &folder, overwrite).unwrap();
    }
}

/// A kill leaves an incomplete file at most, which later runs neither trip over nor take for a message.
#[test]
fn the_process_may_be_killed_before_any_step() {
    for (case, (_, overwrite)) in WAYS.into_iter().enumerate() {
        for step in 0.. {
            let folder = folder_for(overwrite);
            let child = Child { folder: folder.path().to_owned(), step, case };
            let end = child.run("output::file::tests::child_that_is_killed");
            // Panics if it is torn.
            let state = final_state(folder.path(), overwrite);
            if end == End::Finished {
                assert_eq!(state, Final::New);
                assert!(step >= 6, "only {step} steps were tried");
                break;
            }
            assert!(parts(folder.path()) <= 1);

            let _ = fs::remove_file(folder.path().join("mail.eml"));
            store(Disk, folder.path(), Overwrite::Refuse).unwrap();
            assert_eq!(final_state(folder.path(), Overwrite::Refuse), Final::New);
        }
    }
}
