//! `tayori demo` as its users meet it: the real program, and the whole of what comes out: stdout, stderr, exit code,
//! files. What differs from run to run is hidden.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "what fails here is the test")]

#[path = "../common/program.rs"]
#[allow(dead_code, reason = "shared with the other suites")]
mod program;

mod folder;
mod run;
mod serve;
mod signals;

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use sha2::{Digest as _, Sha256};

use program::{Folder, Run, TAYORI};

/// `tayori demo` in this folder.
fn demo(folder: &Folder) -> Run {
    let mut command = Command::new(TAYORI);
    // The program repeats how it was called.
    command.arg0("tayori").arg("demo");
    Run::through(command).folder(folder)
}

/// What is on stdout, without what differs from run to run.
fn hide(stdout: &[u8]) -> String {
    let text = std::str::from_utf8(stdout).unwrap();
    text.lines().map(|line| hide_in_line(line) + "\n").collect()
}

fn hide_in_line(line: &str) -> String {
    let number = |text: &str| text.bytes().all(|octet| octet.is_ascii_digit() || octet == b'.');
    if let Some((seconds, memory)) = line.split_once(" seconds, peak memory ")
        && number(seconds)
    {
        let mebibytes: f64 = memory.strip_suffix(" MiB").unwrap().parse().unwrap();
        // In a debug build; the release build has less.
        assert!(mebibytes < 40.0, "{line}");
        return "N seconds, peak memory N MiB".to_owned();
    }
    match line.split_once(' ') {
        Some((at, said)) if number(at) && (said.starts_with("C: ") || said.starts_with("S: ")) => {
            said.split(' ').map(hide_tag).collect::<Vec<_>>().join(" ")
        }
        _ => line.to_owned(),
    }
}

/// `tumayd7.1`
fn hide_tag(word: &str) -> String {
    match word.split_once('.') {
        Some((prefix, number)) if prefix.len() == 7 && number.parse::<u32>().is_ok() => {
            format!("TAG.{number}")
        }
        _ => word.to_owned(),
    }
}

/// Every mail below this folder is one that its list names, whole. Gives back how many there are.
#[track_caller]
fn check_mails(folder: &Path) -> usize {
    let list = fs::read_to_string(folder.join(".tayori-demo")).unwrap();
    let files = mails_below(folder);
    for file in &files {
        let digest: String =
            Sha256::digest(fs::read(file).unwrap()).iter().map(|octet| format!("{octet:02x}")).collect();
        let name = file.strip_prefix(folder).unwrap().to_str().unwrap();
        assert!(list.contains(&format!("{digest}  {name}\n")), "{name}");
    }
    files.len()
}

fn mails_below(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else { return found };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(mails_below(&path));
        } else if path.extension().is_some_and(|extension| extension == "eml") {
            found.push(path);
        }
    }
    found
}
