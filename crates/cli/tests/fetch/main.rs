//! `tayori fetch` as its users meet it: the real program, a server on loopback that follows a script, and the whole of
//! what comes out: stdout, stderr, exit code, files.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "what fails here is the test")]

#[path = "../common/mod.rs"]
mod common;

mod command_line;
mod files;
mod messages;
mod password;
mod seen;
mod signals;
mod trace;
mod trouble;
mod which;

/// Two mails of different kinds; the second is not text in any charset.
const FIRST: &[u8] = b"Subject: one\r\n\r\nFirst.\r\n";
const SECOND: &[u8] = b"Subject: two\r\nX-Odd: \xe9\xff\r\n\r\nline\nbare \rreturn\x1b[31m\x80\r\n";
