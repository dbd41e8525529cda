//! An embedded IMAP server over a store of any kind.
//!
//! ```text
//!  TcpListener --> Server::run --> one task a connection
//!                                    wire      octets <-> frames and responses, bounded, with time limits
//!                                    command   what each command does, a file per command
//!                                    view      what the session was told of its mailbox: numbers, flags, queued news
//!                                    watch     what it wants to be told of the others, and was told
//!                                    store     the traits of a back end: changes since a state, ranged bodies
//! ```
//!
//! The grammar is that of [`tayori_proto`], the reading of messages that of [`tayori_mime`]. Nothing here knows of a
//! client, of an archive or of settings.
//!
//! A client is never trusted: what it may cost is bounded by [`Limits`], what it says is never logged, and nothing it
//! sends makes the server panic.
//!
//! How several sessions see one mailbox is told in `docs/sessions.md`, included below.
#![doc = include_str!("../docs/sessions.md")]

mod command;
mod conduct;
mod connection;
mod hierarchy;
mod limits;
mod logins;
pub mod memory;
mod rights;
mod server;
pub mod store;
mod view;
mod watch;

pub use conduct::{Conduct, Conducts, Course};
pub use connection::Privacy;
pub use limits::Limits;
pub use logins::Logins;
pub use server::{Literals, Options, Server, Tls};
