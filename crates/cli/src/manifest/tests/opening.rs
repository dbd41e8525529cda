//! The file of a manifest: whose it is, who may open it, and when it goes.

use super::*;

#[cfg(unix)]
#[test]
fn a_manifest_is_private() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    open(folder.path()).append(&inbox(), &[store(folder.path(), 1)]).unwrap();
    assert_eq!(fs::metadata(folder.path().join(NAME)).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn what_is_no_manifest_of_ours_is_refused_and_stays() {
    let check = |text: &str, expected: &str| {
        let folder = folder_with(text);
        let error = open_error(folder.path());
        assert_eq!(shown(&error, folder.path()), expected);
        assert!(error.hint().is_some());
        assert_eq!(text_of(folder.path()), text.as_bytes());
    };
    let foreign = "DIR/tayori-manifest.jsonl is no manifest of tayori: line 1 does not say so";
    for text in [
        "\n",
        "dear diary",
        "{\"tayori_manifest\":1",
        "{}\n",
        "{\"tayori_manifest\":0}\n",
        "{\"tayori_manifest\":-1}\n",
        "{\"tayori_manifest\":\"1\"}\n",
        "{\"tayori_manifest\":1}{\"tayori_manifest\":1}\n",
        "\0\0\0\0",
        &"{".repeat(100_000),
    ] {
        // The third is the beginning of a header, and not foreign.
        if HEADER.starts_with(text.as_bytes()) {
            drop(open(folder_with(text).path()));
        } else {
            check(text, foreign);
        }
    }
    for version in ["2", "18446744073709551615"] {
        let newer =
            format!("DIR/tayori-manifest.jsonl was written by a newer tayori: line 1 says version {version}");
        check(&format!("{{\"tayori_manifest\":{version}}}\nwhat\n"), &newer);
        check(&format!("{{\"since\":[],\"tayori_manifest\":{version}}}"), &newer);
    }
    for text in [
        "{\"tayori_manifest\":1,\"since\":5}\n",
        " { \"tayori_manifest\" : 1 } \r\n",
        "{\"tayori_manifest\":1,\"a\":5}",
    ] {
        let folder = folder_with(text);
        let mut manifest = open(folder.path());
        manifest.append(&inbox(), &[store(folder.path(), 1)]).unwrap();
        assert_eq!(present(&manifest, &inbox()).complete, uids(&[1]));
        assert!(text_of(folder.path()).starts_with(text.as_bytes()));
    }
}

#[cfg(unix)]
#[test]
fn a_link_or_a_folder_is_no_manifest() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(NAME);
    let expected = "DIR/tayori-manifest.jsonl is there already, and is no file";
    fs::write(folder.path().join("there"), HEADER).unwrap();
    for destination in ["there", "nowhere"] {
        std::os::unix::fs::symlink(destination, &path).unwrap();
        assert_eq!(shown(&open_error(folder.path()), folder.path()), expected);
        assert_eq!(fs::read_link(&path).unwrap(), Path::new(destination));
        fs::remove_file(&path).unwrap();
    }
    fs::create_dir(&path).unwrap();
    assert_eq!(shown(&open_error(folder.path()), folder.path()), expected);
    let missing = open_error(&folder.path().join("missing"));
    assert_eq!(shown(&missing, folder.path()), "could not create DIR/missing/tayori-manifest.jsonl");
}

#[test]
fn one_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = open(folder.path());
    let in_use = "another tayori is writing to the folder of DIR/tayori-manifest.jsonl";
    let check = || {
        let error = open_error(folder.path());
        assert_eq!(shown(&error, folder.path()), in_use);
        assert_eq!(error.hint(), Some("wait for it, or choose another folder with -o"));
    };
    check();
    first.append(&inbox(), &[store(folder.path(), 1)]).unwrap();
    first.sync().unwrap();
    check();
    drop(first);
    drop(open(folder.path()));
    let other = tempfile::tempdir().unwrap();
    let (_here, _there) = (open(folder.path()), open(other.path()));
}

/// Runs that begin while another removes its empty manifest: each lock must be on the file that has the name.
#[test]
fn one_at_a_time_though_the_file_comes_and_goes() {
    use std::sync::atomic::{AtomicU32, Ordering};

    let folder = tempfile::tempdir().unwrap();
    let (inside, opened) = (AtomicU32::new(0), AtomicU32::new(0));
    let run = || {
        for _ in 0..2000 {
            match Manifest::open(Disk, &folder.path().join(NAME)) {
                Ok(manifest) => {
                    assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                    opened.fetch_add(1, Ordering::SeqCst);
                    std::thread::yield_now();
                    inside.fetch_sub(1, Ordering::SeqCst);
                    drop(manifest);
                }
                Err(error) => assert!(matches!(error, ManifestError::InUse { .. }), "{error:?}"),
            }
        }
    };
    std::thread::scope(|scope| (0..4).for_each(|_| drop(scope.spawn(run))));
    assert!(opened.into_inner() > 0);
    // Where another one got the lock before the one that had created the file, an empty file stays.
    assert!(fs::metadata(folder.path().join(NAME)).map_or(true, |metadata| metadata.len() == 0));
}

/// A file is removed only if it is the one that was created, and holds nothing. Here both are broken.
#[test]
fn a_run_that_records_nothing_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(NAME);
    let mut manifest = open(folder.path());
    manifest.append(&inbox(), &[]).unwrap();
    manifest.sync().unwrap();
    drop(manifest);
    assert!(!path.exists());

    for text in ["", "{\"tay", "{\"tayori_manifest\":1}\n"] {
        fs::write(&path, text).unwrap();
        drop(open(folder.path()));
        assert_eq!(text_of(folder.path()), text.as_bytes());
        fs::remove_file(&path).unwrap();
    }

    let manifest = open(folder.path());
    fs::write(&path, "written by another").unwrap();
    drop(manifest);
    assert_eq!(text_of(folder.path()), b"written by another");
    fs::remove_file(&path).unwrap();

    if cfg!(unix) {
        let manifest = open(folder.path());
        fs::rename(&path, folder.path().join("moved")).unwrap();
        fs::write(&path, "").unwrap();
        drop(manifest);
        assert!(path.exists() && folder.path().join("moved").exists());
    }
}

#[cfg(unix)]
#[test]
fn a_manifest_that_was_replaced_is_not_taken_for_ours() {
    let check = |appended: bool, expected_text: &[u8]| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(NAME);
        let entry = store(folder.path(), 1);
        let mut manifest = open(folder.path());
        if appended {
            manifest.append(&inbox(), std::slice::from_ref(&entry)).unwrap();
        }
        fs::rename(&path, folder.path().join("moved")).unwrap();
        fs::write(&path, HEADER).unwrap();
        let result = manifest.append(&inbox(), std::slice::from_ref(&entry)).and_then(|()| manifest.sync());
        let expected = "DIR/tayori-manifest.jsonl was replaced by another file while it was written";
        assert_eq!(shown(&result.unwrap_err(), folder.path()), expected);
        let error = manifest.append(&inbox(), &[entry]).unwrap_err();
        assert!(matches!(error, ManifestError::Stopped { .. }));
        assert_eq!(text_of(folder.path()), expected_text);
    };
    check(true, HEADER);
    check(false, HEADER);
}
