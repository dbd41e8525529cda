//! The client against the server of this project, in memory and with a clock that turns only when nobody has anything
//! to do.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on ends, in its helpers too")]

#[path = "../common/mod.rs"]
mod common;
mod enabled;
mod extensions;
mod gmail;
mod harness;
mod history;
mod list;
mod metadata;
mod methods;
mod notify;
mod personas;
mod progress;
mod turns;
