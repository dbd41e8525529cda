//! IMAP without I/O: one grammar for both sides, and a session as a state machine.
//!
//! Four layers, each of which knows only those above it in this list (`tests/layers.rs` sees to it):
//!
//! 1. [`types`]: values that are correct by construction: UIDs, sets, mailbox names, flags, secrets.
//! 2. [`wire`]: octets and tokens. The framer cuts the stream into responses (or commands) and streams large
//!    literals; the encoder writes tokens and marks where a client has to wait.
//! 3. [`response`] and [`command`]: the grammar of RFC 3501 in both directions, a file per family. Neither knows the
//!    other; what both need stands in `grammar`.
//! 4. [`session`]: one connection as a state machine; octets, time and commands in; octets and events out.
//!
//! Beside them stand [`sasl`], the mechanisms of AUTHENTICATE, which know of IMAP only its capabilities; [`Limits`],
//! the bounds against a broken or hostile peer; [`quirk`], the list of what servers get wrong and are understood in all
//! the same; [`transcript`], dialogues as text; and [`profile`], how servers behave that understand a command and do
//! something of their own with it.
//!
//! Nothing here knows of sockets, clocks, threads or runtimes.
//!
//! How a large body passes through a half-read FETCH, and which limits hold, is told in
//! `docs/streaming.md`, included below.
#![doc = include_str!("../docs/streaming.md")]

mod grammar;
mod limits;

pub mod command;
pub mod profile;
pub mod quirk;
pub mod response;
pub mod sasl;
pub mod session;
pub mod transcript;
pub mod types;
pub mod wire;

pub use limits::Limits;
