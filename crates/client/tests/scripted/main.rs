//! The client against a server that a test plays, in memory and with a clock that the test turns.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on ends, in its helpers too")]

mod appends;
mod behaviours;
mod commands;
#[path = "../common/mod.rs"]
mod common;
mod compress;
mod cut;
mod dialogue;
mod dropping;
mod enabled;
mod ending;
mod extensions;
mod flight;
mod harness;
mod heard;
mod idle;
mod leaving;
mod list;
mod login;
mod mechanisms;
mod metadata;
mod needs;
mod notify;
mod panics;
mod parts;
mod pieces;
mod progress;
mod raw;
mod relocate;
mod replace;
#[path = "../common/sasl_server.rs"]
mod sasl_server;
mod saved;
mod sharing;
mod sort;
mod special_use;
mod time;
mod turns;
mod unreadable;
