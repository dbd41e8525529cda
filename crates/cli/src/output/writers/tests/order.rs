//! What is durable before what: a message is told to be here only when nothing can take it away.

use super::*;

/// What was done that makes something durable or known, in order.
fn steps(storage: &Faulty, folder: &Path) -> Vec<String> {
    let steps = storage.steps_and_paths().into_iter().filter_map(|(step, path)| {
        let name = path.strip_prefix(folder).unwrap_or(&path).to_str().unwrap();
        let name = if name.starts_with(".tayori-parts") { "part" } else { name };
        let counts = step.contains("sync") || matches!(step, "name" | "record" | "replace" | "set length");
        counts.then(|| format!("{step} {name}").trim_end().to_owned())
    });
    steps.collect()
}

fn settle(mut writer: Box<dyn Writer>, numbers: std::ops::RangeInclusive<u32>, path: &str) {
    for number in numbers {
        writer.write(format!("message {number}\n").as_bytes()).unwrap();
        writer.finish(label(number, &path.replace('N', &number.to_string()))).unwrap();
    }
    assert!(writer.settle().iter().all(|settled| settled.outcome.is_ok()));
}

fn list_on(storage: &Faulty, folder: &Path) -> Arc<dyn Record> {
    Arc::new(List { path: folder.join("list"), storage: storage.clone() })
}

fn files_on(storage: &Faulty, folder: &Path, parts: &Parts) -> Box<dyn Writer> {
    let filing = Filing {
        folder: folder.to_owned(),
        overwrite: Arc::new(|_| Overwrite::Refuse),
        durability: Durability::Synced,
        record: list_on(storage, folder),
    };
    Box::new(Files::new(storage.clone(), filing, parts.folders()[0].clone()))
}

#[test]
fn files() {
    let folder = tempfile::tempdir().unwrap();
    let parts = Parts::prepare(&Disk, folder.path(), 1).unwrap();
    let storage = Faulty::sound();
    settle(files_on(&storage, folder.path(), &parts), 1..=2, "N.eml");
    let expected = [
        "sync part",
        "sync part",
        "name 1.eml",
        "name 2.eml",
        "sync folder",
        "record list",
        "sync record list",
    ];
    assert_eq!(steps(&storage, folder.path()), expected);
}

/// A file that is there without being in the list may be that of a run that did not sync.
#[test]
fn a_file_that_is_adopted() {
    let folder = tempfile::tempdir().unwrap();
    let parts = Parts::prepare(&Disk, folder.path(), 1).unwrap();
    fs::write(folder.path().join("1.eml"), "message 1\n").unwrap();
    let storage = Faulty::sound();
    settle(files_on(&storage, folder.path(), &parts), 1..=1, "N.eml");
    let expected =
        ["sync part", "name 1.eml", "sync file 1.eml", "sync folder", "record list", "sync record list"];
    assert_eq!(steps(&storage, folder.path()), expected);
}

#[test]
fn an_mbox_that_is_new_and_one_that_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let parts = Parts::prepare(&Disk, folder.path(), 1).unwrap();
    let mbox = |storage: &Faulty, end| -> Box<dyn Writer> {
        let record = list_on(storage, folder.path());
        let mut mbox =
            Mbox::new(storage.clone(), folder.path().to_owned(), &parts, Durability::Synced, record);
        mbox.turn_to(&Turn { path: "x.mbox".into(), end, behind: Behind::Nothing }).unwrap();
        Box::new(mbox)
    };
    let storage = Faulty::sound();
    settle(mbox(&storage, None), 1..=2, "x.mbox");
    let recorded = ["sync folder", "record list", "sync record list"];
    let named = ["sync part", "sync folder part", "name x.mbox"];
    assert_eq!(steps(&storage, folder.path()), [&named[..], &recorded].concat());
    let end = fs::metadata(folder.path().join("x.mbox")).unwrap().len();
    let storage = Faulty::sound();
    settle(mbox(&storage, Some(end)), 3..=3, "x.mbox");
    assert_eq!(steps(&storage, folder.path()), [&["sync x.mbox"][..], &recorded].concat());
}
