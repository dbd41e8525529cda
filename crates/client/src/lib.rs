//! An IMAP client on tokio and rustls: states as types, streams instead of buffers.
//!
//! ```text
//! Connector -> Connection -> Session -> Selected
//!              (not authenticated)      (borrows the session)
//! ```
//!
//! A transition consumes the value it leaves, so a command that the state does not allow cannot be written down.
//! Beside the typed states there is [`Flight`]: several commands in one write.
//!
//! [`Connection::log_in`] takes the strongest mechanism that server, credentials and connection have in common and a
//! [`LoginPolicy`] lets pass. No secret goes over a line that others can hear unless the policy says so, and nothing
//! weaker is tried after the server has refused: how it is chosen and what is believed is told in `docs/login.md`.
//!
//! One task owns the socket and the protocol's state machine ([`tayori_proto::session`]); the values here are handles
//! that send it commands and receive what the server says, through bounded queues. A handle that does not read its
//! rows stops the reading of the socket, and nothing else; what stands behind those rows waits with it. All other
//! answers are collected, so the answers of one flight can be awaited in any order.
//!
//! # What dropping does
//!
//! * A future that is dropped before its command was sent: the command may still be sent.
//! * A future that is dropped after that: the command runs to its end, and what it answers is thrown away.
//! * [`Rows`] that are dropped early: the rest of the answer is read and thrown away, up to
//!   [`Limits::drain_octets`]; beyond that the connection ends, and every later call says so
//!   ([`Lost::NotDrained`]). Of a fetch in pieces that is what was sent: two pieces at most. The others are never sent.
//! * An append that is dropped before all of its message was handed on: the connection ends, since the server waits for
//!   octets that never come ([`Lost::Abandoned`]). Nothing was stored. Dropped later, it is as any other command: the
//!   message may have been stored.
//! * [`Idle`] that is dropped: the server is told DONE before anything else, and the connection is usable.
//! * [`Session`] or [`Connection`] that is dropped, also within a future that consumes it: the connection ends without
//!   LOGOUT. Nothing is expunged. What is left of its flights says [`Lost::Dropped`]. Only [`Session::leave`] goes on
//!   by itself once it was asked for.
//!
//! # Time
//!
//! Every wait for the server has a limit ([`Timeouts`]). A slow consumer, a slow source of a message, the rest of an
//! idle connection and a server that idles ([`Selected::idle`]) do not count: the clock runs only while the server owes
//! an answer and the task reads.

/// The examples of the README compile.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;

mod answer;
mod arrival;
mod connection;
mod connector;
mod error;
mod flight;
mod heard;
mod limits;
mod link;
mod login;
mod needs;
pub mod raw;
mod selected;
mod session;
pub mod tls;
pub mod way;

pub use answer::{Answer, AppendOutcome, CopiedUids, CopyOutcome, Expunged, MoveOutcome};
pub use arrival::{Arrival, ArrivalTimes};
pub use connection::Connection;
pub use connector::{Connector, Security, Transport};
pub use error::{Error, Fault, Lost, Stage};
pub use flight::{Flight, InFlight, InFlightSelected, Landing, NotOpened};
pub use limits::{Limits, Timeouts};
pub use login::{
    ClearText, GssapiError, LibraryText, LoggedIn, LoginError, LoginFailed, LoginMethod, LoginPolicy,
};
pub use selected::cut::cut_set;
pub use selected::fetch::{Body, BodySink, Discard, Row, RowEvent, Rows};
pub use selected::idle::{Idle, MailboxEvent};
pub use selected::part::PartForm;
pub use selected::relocate::{RelocateError, RelocateStage, Relocated, Relocation};
pub use selected::replace::{ReplaceError, ReplaceStage, ReplacedBy, Replacement};
pub use selected::resync::Change;
pub use selected::search::{Find, Found};
pub use selected::{Selected, StoreOutcome};
pub use session::Session;
pub use session::append::{AppendAllError, AppendError};
pub use session::compress::Compression;
pub use session::list::{ListQuery, Listed};
pub use session::metadata::FoundMetadata;
pub use session::notify::{Notification, Notifications};
pub use session::progress::{Progress, ProgressWatch};
pub use session::quota::MailboxQuota;
pub use session::special_use::{Created, SpecialMailbox};
pub use session::upload::{Content, ContentScan, Upload};

pub use tayori_proto::command::{FetchAttribute, FetchItems, SearchKey, StatusAttribute};
pub use tayori_proto::profile::{Behaviour, Profile, Setting};
pub use tayori_proto::sasl::{Credentials, Identity, Mechanism};
pub use tayori_proto::session::{Access, Observer, Selected as Mailbox, Shown};
