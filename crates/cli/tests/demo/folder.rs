//! Folders that cannot be filled.

use std::fs;
use std::os::unix::fs::symlink;

use crate::demo;
use crate::program::{Folder, Run};

#[track_caller]
fn check(folder: &Folder, output: &str, stderr: &str) {
    demo(folder).arg("--output").arg(output).run().check(9, "", stderr);
}

#[test]
fn what_is_not_a_folder_of_ours_is_refused() {
    let folder = Folder::new();
    folder.write("file", "mine");
    fs::create_dir(folder.at("full")).unwrap();
    folder.write("full/letter", "mine");
    fs::create_dir(folder.at("marked")).unwrap();
    folder.write("marked/.tayori-demo", "mine");
    symlink("nowhere", folder.at("link")).unwrap();

    let no_folder = "is there already, and is no folder\nhint: choose another folder with --output DIR\n";
    check(&folder, "file", &format!("error: file {no_folder}"));
    let foreign = "is not empty, and no demonstration has filled it\n\
                   hint: nothing in it was touched; choose another folder with --output DIR\n";
    check(&folder, "full", &format!("error: full {foreign}"));
    check(&folder, "marked", &format!("error: marked {foreign}"));
    check(
        &folder,
        "file/below",
        "error: could not look at file/below: Not a directory (os error 20)\n\
         hint: choose a folder that you can write to with --output DIR\n",
    );
    check(
        &folder,
        "link",
        "error: could not create the folder link: not a directory\n\
         hint: choose a folder that you can write to with --output DIR\n",
    );
    folder.check_files("", &[("file", b"mine")]);
    folder.check_files("full", &[("letter", b"mine")]);
    folder.check_files("marked", &[(".tayori-demo", b"mine")]);
}

#[test]
fn a_folder_that_cannot_be_made() {
    check(
        &Folder::new(),
        "/proc/mail",
        "error: could not create the folder /proc/mail: No such file or directory (os error 2)\n\
         hint: choose a folder that you can write to with --output DIR\n",
    );
}

/// The lock is that of the list, whoever holds it.
#[test]
fn two_at_once_in_one_folder() {
    let folder = Folder::new();
    fs::create_dir(folder.at("out")).unwrap();
    folder.write("out/.tayori-demo", "");
    let list = fs::File::open(folder.at("out/.tayori-demo")).unwrap();
    list.try_lock().unwrap();
    check(
        &folder,
        "out",
        "error: another demonstration is filling out\n\
         hint: wait for it, or give this one a folder of its own with --output DIR\n",
    );
    folder.check_files("out", &[(".tayori-demo", b"")]);
}

/// The demonstration on such a file system. What is left of incomplete mails is listed.
fn on_a_disk_with(options: &str) -> Option<(Folder, Run)> {
    let folder = Folder::new();
    let run = Run::on_a_disk(&folder, options, "find . -name '*.part' -o -size +2M")?.arg("demo");
    Some((folder, run))
}

#[test]
fn a_disk_that_nobody_can_write_to() {
    let Some((_folder, run)) = on_a_disk_with("ro,size=1m") else { return };
    run.args("--output .").run().check(
        9,
        "",
        "error: could not create ./.tayori-demo: Read-only file system (os error 30)\n\
         hint: choose a folder that you can write to with --output DIR\n",
    );
}

/// There is room for all mails but the large one, of which nothing is left.
#[test]
fn a_disk_that_is_full() {
    let Some((_folder, run)) = on_a_disk_with("size=8m") else { return };
    let outcome = run.run();
    let at = outcome.stderr.find("; ").unwrap();
    let (complete, rest) = outcome.stderr.split_at(at);
    let count = complete.strip_prefix("error: ").and_then(|text| text.strip_suffix(" messages are complete"));
    assert!(count.and_then(|count| count.parse().ok()).is_some_and(|count: u32| count > 100), "{complete}");
    assert_eq!(
        rest,
        "; UID 65: could not write tayori-demo/.tayori-parts/N/.tayori-N.part: No space left on device (os error 28)\n\
         hint: make room and run it again; no incomplete message was left under a final name\n"
    );
    assert_eq!((outcome.code, outcome.stdout.as_slice()), (9, &b""[..]));
}
