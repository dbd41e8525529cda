//! Ctrl-C and SIGTERM in the middle.

use std::time::Duration;

use rustix::process::Signal;

use crate::program::Folder;
use crate::{check_mails, demo, mails_below};

/// A machine that is busy may let the demonstration end before the signal comes; then it is tried again.
const ATTEMPTS: u32 = 10;

fn check(signal: Signal, code: i32, words: &str) {
    for _ in 0..ATTEMPTS {
        let folder = Folder::new();
        let out = folder.at("tayori-demo");
        let running = demo(&folder).start();
        while mails_below(&out.join("INBOX")).len() < 3 {
            std::thread::sleep(Duration::from_millis(1));
        }
        running.signal(signal);
        let outcome = running.wait();
        if outcome.code == 0 {
            continue;
        }
        let there = check_mails(&out);
        assert_eq!(outcome.stdout, b"");
        assert_eq!(outcome.code, code);
        assert_eq!(outcome.stderr, format!("error: {words}; {there} messages are complete\n"));
        // And the next one goes on from there.
        let outcome = demo(&folder).run();
        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
        assert_eq!(check_mails(&out), 292);
        return;
    }
    panic!("it always ended before the signal came");
}

#[test]
fn ctrl_c_leaves_whole_files() {
    check(Signal::INT, 130, "interrupted");
}

#[test]
fn sigterm_leaves_whole_files() {
    check(Signal::TERM, 143, "ended by SIGTERM");
}
