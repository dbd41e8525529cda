//! Whatever fails, and wherever a run is killed: what is told to be kept is kept, and the next run makes up for the
//! rest.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::output::faults::child::{Child, End};
use crate::output::faults::{Fault, Naming};

const OLD: &[u8] = b"of somebody else";

/// What is there before, and how messages are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Files(Durability, Naming, Overwrite),
    /// A new one.
    Mbox(Durability, Naming),
    /// One that has two messages.
    MboxThere(Durability),
}

const WAYS: [Way; 9] = [
    Way::Files(Durability::Synced, Naming::Exclusive, Overwrite::Refuse),
    Way::Files(Durability::Unsynced, Naming::OnlyLinks, Overwrite::Refuse),
    Way::Files(Durability::Synced, Naming::Exclusive, Overwrite::Replace),
    Way::Files(Durability::Synced, Naming::OnlyLinks, Overwrite::SetAside),
    Way::Mbox(Durability::Synced, Naming::Exclusive),
    Way::Mbox(Durability::Synced, Naming::OnlyLinks),
    Way::Mbox(Durability::Unsynced, Naming::Exclusive),
    Way::MboxThere(Durability::Synced),
    Way::MboxThere(Durability::Unsynced),
];

impl Way {
    fn naming(self) -> Naming {
        match self {
            Way::Files(_, naming, _) | Way::Mbox(_, naming) => naming,
            Way::MboxThere(_) => Naming::Exclusive,
        }
    }

    fn is_mbox(self) -> bool {
        !matches!(self, Way::Files(..))
    }

    /// The name of a message, or of the file of all.
    fn path(self, number: u32) -> String {
        match self {
            Way::Files(..) => format!("Archive/{}/{number}.eml", number % 2),
            Way::Mbox(..) | Way::MboxThere(_) => "Archive/all.mbox".to_owned(),
        }
    }

    fn folder(self) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("other"), OLD).unwrap();
        if let Way::Files(_, _, Overwrite::Replace | Overwrite::SetAside) = self {
            fs::create_dir_all(folder.path().join("Archive/0")).unwrap();
            fs::write(folder.path().join("Archive/0/2.eml"), OLD).unwrap();
        }
        if let Way::MboxThere(_) = self {
            let (settled, broken) = fetch(self, folder.path(), &Faulty::sound(), [1, 2]);
            assert!(settled.values().all(Result::is_ok) && broken == 0);
        }
        folder
    }
}

/// Nothing, little, more than is collected before it is written, no line end, and what has to be quoted.
fn message(number: u32) -> Vec<u8> {
    match number {
        1 => Vec::new(),
        3 => (0..20_000_u32).map(|octet| b" From 0123456789\n"[octet as usize % 17]).collect(),
        _ => format!("Subject: {number}\r\n\r\nFrom {number}\r\nno end").into_bytes(),
    }
}

const ALL: std::ops::RangeInclusive<u32> = 1..=6;

/// A run as the engine does it, but for going on after failures: messages that are on their way to a thread then do.
/// After each second message all are settled, and one is abandoned in the middle.
fn fetch(
    way: Way,
    folder: &Path,
    storage: &Faulty,
    numbers: impl IntoIterator<Item = u32>,
) -> (BTreeMap<u32, Result<Kept, OutputError>>, usize) {
    let known = list(folder);
    let record = Arc::new(List { path: folder.join("list"), storage: storage.clone() });
    let parts = Parts::prepare(&Disk, folder, 1).unwrap();
    let (folder, part) = (folder.to_owned(), parts.folders()[0].clone());
    let mut writers = match way {
        Way::Files(durability, _, rule) => {
            let filing = Filing { folder, overwrite: Arc::new(move |_| rule), durability, record };
            start(Files::new(storage.clone(), filing, part))
        }
        Way::Mbox(durability, _) | Way::MboxThere(durability) => {
            let path = PathBuf::from(way.path(0));
            let ends = known.values().filter_map(|kept| kept.span.map(|span| span.offset + span.length));
            let end = ends.max().filter(|_| folder.join(&path).exists());
            let mut writers = start(Mbox::new(storage.clone(), folder, &parts, durability, record));
            writers.turn_to(&Turn { path, end, behind: Behind::Nothing });
            writers
        }
    };
    let mut told = BTreeMap::new();
    let mut broken = 0;
    run(async {
        let numbers: Vec<u32> = numbers.into_iter().filter(|number| !known.contains_key(number)).collect();
        let last = numbers.last().copied();
        for number in numbers {
            for piece in message(number).chunks(5_000) {
                writers.write(Bytes::copy_from_slice(piece)).await;
            }
            writers.finish(label(number, &way.path(number)));
            if number == 3 {
                for piece in message(3).chunks(12_000) {
                    writers.write(Bytes::copy_from_slice(piece)).await;
                }
                writers.abandon();
            }
            if number % 2 == 0 || Some(number) == last {
                let (settled, errors) = events(&mut writers).await;
                broken += errors.len();
                for Settled { uid, outcome } in settled {
                    assert!(told.insert(uid.value(), outcome).is_none(), "UID {uid} is told twice");
                }
            }
        }
    });
    (told, broken)
}

/// What has a name is whole, what somebody else has is there, and what is recorded can be read back.
#[track_caller]
fn check_folder(way: Way, folder: &Path) {
    for (number, kept) in list(folder) {
        check_kept(folder, &kept, &message(number));
    }
    let files = files(folder);
    assert_eq!(files["other"], OLD);
    if let Way::Files(_, _, rule) = way {
        let whole =
            |name: &str| ALL.map(|number| (way.path(number), message(number))).find(|one| one.0 == name);
        for (name, content) in &files {
            match whole(name) {
                Some((_, message)) => assert!(*content == message || content == OLD, "{name} is torn"),
                None => assert_eq!(content, OLD, "{name}"),
            }
        }
        if rule == Overwrite::SetAside {
            assert!(files.iter().any(|(name, content)| name != "other" && content == OLD), "{files:?}");
        }
    }
}

/// What was told is true, and the next run completes it, nothing missing and nothing twice.
#[track_caller]
fn check_run(way: Way, folder: &Path, told: &BTreeMap<u32, Result<Kept, OutputError>>) {
    check_folder(way, folder);
    let recorded = list(folder);
    for (number, outcome) in told {
        if let Ok(kept) = outcome {
            assert_eq!(recorded.get(number), Some(kept));
        }
    }
    check_next_run(way, folder);
    let files = files(folder);
    if way.is_mbox() {
        let mut spans: Vec<Span> = list(folder).values().filter_map(|kept| kept.span).collect();
        spans.sort_by_key(|span| span.offset);
        let end = spans.iter().fold(0, |end, span| {
            assert_eq!(span.offset, end);
            span.offset + span.length
        });
        assert_eq!(files[&way.path(0)].len() as u64, end);
    } else {
        let names: BTreeSet<&String> = files.keys().filter(|name| !name.contains(".aside-")).collect();
        assert_eq!(names.len(), 1 + ALL.count());
    }
}

#[track_caller]
fn check_next_run(way: Way, folder: &Path) {
    let (told, broken) = fetch(way, folder, &Faulty::sound(), ALL);
    assert!(told.values().all(Result::is_ok), "{told:?}");
    assert_eq!(broken, 0);
    check_folder(way, folder);
    let recorded: Vec<u32> = list(folder).into_keys().collect();
    assert_eq!(recorded, ALL.collect::<Vec<_>>());
    // Where removing a mark has failed, it is left; there is something in the record.
    let parts = fs::read_dir(folder.join(".tayori-parts")).into_iter().flatten();
    assert!(parts.flatten().all(|part| part.path().extension().is_some_and(|kind| kind == "unrecorded")));
}

#[test]
fn any_operation_may_fail() {
    for way in WAYS {
        for fault in [Fault::Once(io::ErrorKind::Other), Fault::FromHere(io::ErrorKind::StorageFull)] {
            for at in 0.. {
                let folder = way.folder();
                let storage = Faulty::tearing(way.naming(), at, fault, 50);
                let (told, broken) = fetch(way, folder.path(), &storage, ALL);
                if !storage.struck() {
                    assert!(at > 10 && broken == 0 && told.values().all(Result::is_ok));
                    check_run(way, folder.path(), &told);
                    break;
                }
                // Only removing what has no name any more may fail without anybody hearing of it, and only what is cut
                // off again.
                let heard = broken > 0 || told.values().any(Result::is_err);
                let victim = storage.victim();
                assert!(heard || ["remove", "set length"].contains(&victim), "{way:?}, {fault:?}: {victim}");
                check_run(way, folder.path(), &told);
            }
        }
    }
}

#[test]
fn the_disk_may_be_full_at_any_octet() {
    let all: usize = ALL.map(|number| message(number).len()).sum();
    let rooms = [0, 1, 43, 44, 45, 46, 47, 60, 90, 120, 16 << 10, (16 << 10) + 100, all - 1, all + 300];
    for way in WAYS {
        for room in rooms.into_iter().chain((0..12).map(|n| n * 4_757)) {
            let folder = way.folder();
            let storage = Faulty::sound();
            storage.set_room(room as u64);
            let (told, broken) = fetch(way, folder.path(), &storage, ALL);
            assert!(room >= all || broken > 0 || told.values().any(Result::is_err));
            check_run(way, folder.path(), &told);
        }
    }
}

/// The other half of the next tests: a run that is killed at the operation that the parent chose. On its own it does
/// nothing.
#[test]
fn child_that_is_killed() {
    if let Some(Child { folder, step, case }) = Child::this() {
        let way = WAYS[case];
        fetch(way, &folder, &Faulty::tearing(way.naming(), step, Fault::Kill, 50), ALL);
    }
}

/// Calls `check` with what is left by a run that was killed, for each operation; says how many there were.
fn killed(check: impl Fn(Way, &Path)) {
    for (case, way) in WAYS.into_iter().enumerate() {
        for step in 0.. {
            let folder = way.folder();
            let child = Child { folder: folder.path().to_owned(), step, case };
            let end = child.run("output::writers::tests::faults::child_that_is_killed");
            check(way, folder.path());
            if end == End::Finished {
                assert!(step > 10, "only {step} operations were tried");
                break;
            }
        }
    }
}

#[test]
fn the_process_may_be_killed_before_any_operation() {
    killed(|way, folder| check_run(way, folder, &BTreeMap::new()));
}

/// What comes to stand behind what a killed run has left is not lost, though it may be set aside with it.
#[test]
fn a_mail_that_comes_after_a_kill_stays() {
    let theirs = b"From bob@example.org Sun Feb  1 09:30:00 2026\nSubject: theirs\n\nhi\n";
    killed(|way, folder| {
        let path = folder.join(way.path(0));
        if !way.is_mbox() || !path.exists() {
            return;
        }
        let mut content = fs::read(&path).unwrap();
        content.extend_from_slice(theirs);
        fs::write(&path, content).unwrap();
        check_next_run(way, folder);
        let holds = |content: &Vec<u8>| content.windows(theirs.len()).any(|part| part == theirs);
        assert!(files(folder).values().any(holds));
    });
}
