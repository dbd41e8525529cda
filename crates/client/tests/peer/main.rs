//! The client against a real server, which the environment describes (see docs/testing.md): `cargo xtask test` starts
//! one after the other, `cargo xtask peer` one. Without one, every test here returns at once.
//!
//! Each test works in mailboxes of its own name, so that all run together. What a server does not have, its
//! capabilities say, and a test that needs it tells that it was skipped; where a server is known to behave in its own
//! way, the test says how, so that we hear of it when that changes.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on ends, in its helpers too")]

mod binding;
#[path = "../common/mod.rs"]
mod common;
mod extensions;
mod external;
mod flight;
#[cfg(feature = "gssapi")]
mod gssapi;
mod known;
mod login;
mod mailboxes;
mod messages;
mod metadata;
mod octets;
mod purposes;
mod server;
mod sessions;
mod stored;
