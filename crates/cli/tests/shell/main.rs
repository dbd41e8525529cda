//! `tayori shell`, without a terminal and in one, against the embedded server and against scripts.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "what fails here is the test")]

#[path = "../common/mod.rs"]
#[allow(dead_code, reason = "shared with the other suites")]
mod common;
#[path = "../common/dialogues.rs"]
mod dialogues;
#[path = "../common/store.rs"]
#[allow(dead_code, reason = "shared with the other suites")]
mod store;

mod authenticate;
mod literals;
mod pipe;
mod saved;
mod secrets;
mod standard;
mod terminal;

use common::program::{self, Run};

/// At this place, without TLS.
fn at(run: Run, place: &str) -> Run {
    run.arg(place).args("--tls none")
}

/// All of stdout, without the greeting.
fn dialogue(stdout: &[u8]) -> String {
    let text = String::from_utf8(stdout.to_vec()).unwrap();
    let start = text.find("C: ").unwrap_or(0);
    text[start..].to_owned()
}
