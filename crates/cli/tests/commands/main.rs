//! The commands that look at an account and change it, as their users meet them: the real program, a real server with
//! mail in memory or one that follows a script, and the whole of what comes out: stdout, stderr, exit code.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "what fails here is the test")]

#[path = "../common/mod.rs"]
#[allow(dead_code, reason = "shared with the other suites")]
mod common;
#[path = "../common/store.rs"]
#[allow(dead_code, reason = "shared with the other suites")]
mod store;

mod account;
mod accounts;
mod acl;
mod another_mechanism;
mod append;
mod certificates;
mod change;
mod check;
mod config;
mod discovery;
mod documented;
mod keyring;
mod list;
mod mails;
mod manage;
mod manual;
mod metadata;
mod places;
mod rights;
mod search;
mod show;
