//! What an earlier run did not sync is synced before anything is proved by it.

use super::*;
use crate::output::faults::{Fault, Faulty, Naming};
use crate::output::mbox;

const READ: &ReadBack = &|stored, size| mbox::message_digest(stored, size);

/// Four messages: two in files, one in a Maildir that another program has renamed, one that was changed.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let maildir = "A/cur/1.M1P1.host,S=9:2,";
    let mut entries: Vec<Entry> = [1, 2, 4].map(|number| store(folder.path(), number)).into();
    entries.push(entry(3, maildir, b"message 3"));
    for name in ["cur", "new", "tmp"] {
        fs::create_dir_all(folder.path().join("A").join(name)).unwrap();
    }
    fs::write(folder.path().join(format!("{maildir}S")), b"message 3").unwrap();
    fs::write(folder.path().join("4.eml"), b"message !").unwrap();
    open(folder.path()).append(&inbox(), &entries).unwrap();
    folder
}

fn prove(folder: &Path, storage: &Faulty) -> Result<UidSet, ManifestError> {
    let mut manifest = Manifest::open(storage.clone(), &folder.join(NAME))?;
    manifest.prove(&inbox(), &uids(&[1, 3, 4]), READ)
}

#[test]
fn files_names_and_manifest_are_synced() {
    let folder = folder();
    let storage = Faulty::sound();
    assert_eq!(prove(folder.path(), &storage).unwrap(), uids(&[1, 3]));
    let at = |name: &str| folder.path().join(name);
    let mut steps = storage.steps_and_paths();
    steps.retain(|(step, _)| step.starts_with("sync"));
    assert_eq!(
        steps,
        [
            ("sync file", at("1.eml")),
            ("sync file", at("A/cur/1.M1P1.host,S=9:2,S")),
            ("sync file", at(NAME)),
            ("sync folder", folder.path().parent().unwrap().to_owned()),
            ("sync folder", folder.path().to_owned()),
            ("sync folder", at("A")),
            ("sync folder", at("A/cur")),
        ]
    );
}

#[test]
fn what_cannot_be_synced_proves_nothing() {
    let folder = folder();
    for at in 0.. {
        let fault = Fault::Once(io::ErrorKind::Other);
        let storage = Faulty::tearing(Naming::Exclusive, at, fault, 0);
        let proved = prove(folder.path(), &storage);
        if !storage.struck() {
            assert!(at >= 7, "{at}");
            break;
        }
        assert!(matches!(proved, Err(ManifestError::Failed { .. })), "{at}: {proved:?}");
    }
}
