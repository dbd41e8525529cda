//! `tayori fetch` as its users meet it: the real program, a server on loopback that follows a script, and the whole of
//! what comes out: stdout, stderr, exit code, files.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "what fails here is the test")]

#[path = "../common/mod.rs"]
#[allow(dead_code, reason = "shared with the other suites")]
mod common;
#[path = "../common/store.rs"]
#[allow(dead_code, reason = "shared with the other suites")]
mod store;

mod again;
mod aside;
mod command_line;
mod delete;
mod files;
mod json;
mod kept;
mod login;
mod messages;
mod octets;
mod odd;
mod password;
mod secrets;
mod seen;
mod signals;
mod trace;
mod trouble;
mod views;
mod ways;
mod which;

use common::program::{Folder, MANIFEST};
use common::server::Talk;

/// Two mails of different kinds; the second is not text in any charset.
const FIRST: &[u8] = b"Subject: one\r\n\r\nFirst.\r\n";
const SECOND: &[u8] = b"Subject: two\r\nX-Odd: \xe9\xff\r\n\r\nline\nbare \rreturn\x1b[31m\x80\r\n";

/// Said where a name in a folder is taken.
const TAKEN_HINT: &str = "hint: what has such a name is something else; --force sets aside what was fetched before and \
                          replaces the rest, --name gives other names\n";

/// The first mail, where it is asked for alone.
#[track_caller]
fn one(talk: &mut Talk) {
    talk.expect_fetch("1");
    talk.row(1, 10, FIRST);
    talk.tagged("OK done");
}

/// Both mails.
#[track_caller]
fn both(talk: &mut Talk) {
    talk.expect_fetch("1:2");
    talk.row(1, 10, FIRST);
    talk.row(2, 20, SECOND);
    talk.tagged("OK done");
}

/// Makes the manifest in `out` that of a server of this port, as one that had this port from the beginning would have
/// it: the port is part of the account.
fn of_port(folder: &Folder, port: u16) {
    let path = folder.at("out/tayori-manifest.jsonl");
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<String> = text
        .split_inclusive('\n')
        .map(|line| match line.split_once("127.0.0.1:") {
            Some((before, after)) => {
                format!("{before}127.0.0.1:{port}{}", after.trim_start_matches(|c: char| c.is_ascii_digit()))
            }
            None => line.to_owned(),
        })
        .collect();
    std::fs::write(&path, lines.concat()).unwrap();
}

/// The files right in `out`, in order, but for the manifest, which a test here may have damaged.
#[track_caller]
fn check_out(folder: &Folder, expected: &[(&str, &[u8])]) {
    let mut found: Vec<(String, Vec<u8>)> = Vec::new();
    for entry in std::fs::read_dir(folder.at("out")).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_file() && name != MANIFEST {
            found.push((name, std::fs::read(entry.path()).unwrap()));
        }
    }
    found.sort();
    let shown = |name: &str, content: &[u8]| format!("{name}: {}", content.escape_ascii());
    let found: Vec<String> = found.iter().map(|(name, content)| shown(name, content)).collect();
    let expected: Vec<String> = expected.iter().map(|(name, content)| shown(name, content)).collect();
    assert_eq!(found, expected);
}
