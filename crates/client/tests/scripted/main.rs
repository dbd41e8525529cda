//! The client against a server that a test plays, in memory and with a clock that the test turns.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on ends, in its helpers too")]

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
mod idle;
mod leaving;
mod login;
mod notify;
mod pieces;
mod progress;
mod relocate;
mod saved;
mod time;
mod turns;
