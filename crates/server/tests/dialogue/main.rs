//! Whole dialogues over a stream in memory, on a clock that turns only when nothing else can happen.

#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;

mod acl;
mod append;
mod compress;
mod condstore;
mod copy;
mod fetch;
mod fetch_extended;
mod hostile;
mod idle;
mod limits;
mod list_extended;
mod log;
mod login;
mod mailboxes;
mod message_limit;
mod metadata;
mod multiappend;
mod notify;
mod object_id;
mod odd_stores;
mod progress;
mod qresync;
mod quota;
mod replace;
mod rev2;
mod search;
mod search_return;
mod select;
mod sort;
mod start_tls;
mod states;
mod store;
mod thread;
mod two_sessions;
mod uid_only;
mod utf8;
