//! The disk fails, or the process dies, at every step.

use std::cell::Cell;

use super::*;
use crate::output::faults::child::{Child, End};
use crate::output::faults::{Fault, Faulty, Naming};

fn faulty(at: usize, fault: Fault, torn: usize) -> Faulty {
    Faulty::tearing(Naming::Exclusive, at, fault, torn)
}

/// What a run records: two messages, synced, and two more, synced.
fn batches(folder: &Path) -> [Vec<Entry>; 2] {
    [[1, 2], [3, 4]].map(|numbers| numbers.into_iter().map(|number| store(folder, number)).collect())
}

/// Records the batches; `synced` counts those that are said to be durable.
fn record<S: Storage>(storage: S, folder: &Path, synced: &Cell<usize>) -> Result<(), ManifestError> {
    let mut manifest = Manifest::open(storage, &folder.join(NAME))?;
    for batch in batches(folder) {
        let appended = manifest.append(&inbox(), &batch).and_then(|()| manifest.sync());
        if let Err(error) = appended {
            // What is there stays readable, and nothing is added.
            manifest.present(&inbox(), Check::Size).unwrap();
            let stopped = |result| matches!(result, Err(ManifestError::Stopped { .. }));
            assert!(stopped(manifest.append(&inbox(), &batch)) && stopped(manifest.sync()));
            return Err(error);
        }
        synced.set(synced.get() + 1);
    }
    Ok(())
}

/// After whatever has happened: what was said to be durable is there, only whole lines count, and a run that goes on
/// records the rest.
fn check_what_is_left(folder: &Path, synced: usize) {
    let mut manifest = open(folder);
    let found = present(&manifest, &inbox());
    assert_eq!((&found.absent, &found.altered, found.damage.lines), (&UidSet::new(), &Vec::new(), 0));
    let count = found.complete.count();
    assert!(count >= 2 * synced as u64, "{count} of {synced} batches");
    assert_eq!(found.complete, (1..=4).take(count as usize).map(uid).collect());
    for batch in batches(folder) {
        let missing: Vec<_> = batch.into_iter().filter(|entry| !found.complete.contains(entry.uid)).collect();
        manifest.append(&inbox(), &missing).unwrap();
    }
    manifest.sync().unwrap();
    drop(manifest);
    assert_eq!(present(&open(folder), &inbox()).complete, uids(&[1, 2, 3, 4]));
}

/// How much of a write gets to the disk: nothing, a piece of the header or of a line, a line and a piece, more.
const TORN: [usize; 8] = [0, 1, 21, 22, 60, 190, 230, 300];

#[test]
fn in_this_order() {
    let folder = tempfile::tempdir().unwrap();
    let storage = faulty(usize::MAX, Fault::Kill, 0);
    record(storage.clone(), folder.path(), &Cell::new(0)).unwrap();
    let names = storage.steps();
    assert_eq!(names, ["create", "open", "write", "sync", "sync folder", "write", "sync"]);
    // One that was there may have been created without its folder being synced.
    let storage = faulty(usize::MAX, Fault::Kill, 0);
    record(storage.clone(), folder.path(), &Cell::new(0)).unwrap();
    assert_eq!(storage.steps()[..4], ["open", "write", "sync", "sync folder"]);
}

#[test]
fn any_step_may_fail() {
    for kind in [io::ErrorKind::StorageFull, io::ErrorKind::PermissionDenied, io::ErrorKind::Other] {
        for fault in [Fault::Once(kind), Fault::FromHere(kind)] {
            for torn in TORN {
                for at in 0.. {
                    let folder = tempfile::tempdir().unwrap();
                    let storage = faulty(at, fault, torn);
                    let synced = Cell::new(0);
                    let result = record(storage.clone(), folder.path(), &synced);
                    if !storage.struck() {
                        result.unwrap();
                        assert_eq!(at, 7);
                        break;
                    }
                    let expected = match storage.victim() {
                        "create" => Doing::Create,
                        "open" => Doing::Open,
                        "write" => Doing::Write,
                        "sync" => Doing::Sync,
                        "sync folder" => Doing::SyncFolder,
                        other => panic!("unexpected {other}"),
                    };
                    let error = result.unwrap_err();
                    assert!(
                        matches!(error, ManifestError::Failed { doing, .. } if doing == expected),
                        "{error}"
                    );
                    assert!(error.hint().is_some());
                    check_what_is_left(folder.path(), synced.get());
                }
            }
        }
    }
}

/// The other half of the next test: records, and is killed at the step that the parent chose, with so many octets of a
/// write on the disk. On its own it does nothing.
#[test]
fn child_that_is_killed() {
    if let Some(Child { folder, step, case: torn }) = Child::this() {
        record(faulty(step, Fault::Kill, torn), &folder, &Cell::new(0)).unwrap();
    }
}

#[test]
fn the_process_may_be_killed_before_any_step_and_within_a_write() {
    for step in 0..=7 {
        let writes = matches!(step, 2 | 5);
        for torn in TORN.into_iter().take(if writes { TORN.len() } else { 1 }) {
            let folder = tempfile::tempdir().unwrap();
            let child = Child { folder: folder.path().to_owned(), step, case: torn };
            let end = child.run("manifest::tests::faults::child_that_is_killed");
            assert_eq!(end, if step == 7 { End::Finished } else { End::Killed }, "{child:?}");
            // The first batch was synced by the fifth step.
            let synced = [0, 0, 0, 0, 0, 1, 1, 2][step];
            check_what_is_left(folder.path(), synced);
        }
    }
}
