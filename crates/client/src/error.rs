//! What can go wrong: whose fault it is, where, and what can be done.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tayori_proto::response::{Invalid, Response, ResponseCode};
use tayori_proto::session::{Closed, CompletionStatus};
use tayori_proto::types::{Text, Uid};

use crate::login::LoginError;
use crate::tls::{TlsAlert, TlsError};
use crate::way::{ProxyError, TunnelEnded};

/// Why a call failed.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The server could not be reached.
    #[error("cannot reach {host} port {port}: {source}")]
    Unreachable {
        /// As given.
        host: String,
        /// The port.
        port: u16,
        /// What the system says.
        source: Arc<io::Error>,
    },
    /// The proxy did not lead to the server; nothing was sent to that.
    #[error(transparent)]
    Proxy(#[from] ProxyError),
    /// The program of the tunnel could not be started.
    #[error("the tunnel's program could not be started: {source}")]
    Tunnel {
        /// What the system says.
        source: Arc<io::Error>,
    },
    /// The server was too slow.
    #[error("{stage} took longer than {}", in_seconds(*after))]
    TimedOut {
        /// With what.
        stage: Stage,
        /// The limit.
        after: Duration,
    },
    /// TLS could not be set up; nothing was sent but the handshake.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The connection could not be upgraded with STARTTLS; no password was sent.
    #[error(transparent)]
    StartTls(#[from] tayori_proto::session::ClearError),
    /// Nobody is logged in, for a reason that is not simply the server's NO.
    #[error(transparent)]
    Login(Box<LoginError>),
    /// The server answered NO or BAD. The connection is usable.
    #[error("the server refused {command}")]
    Refused {
        /// The command's name.
        command: String,
        /// NO, BAD, or neither.
        status: CompletionStatus,
        /// Its response code.
        code: Option<Box<ResponseCode>>,
        /// Its words, to be shown escaped and as a quotation.
        text: Text,
        /// What it had sent before: it may have done a part of what it was asked for. Rows of a FETCH are not among it,
        /// since they were handed out.
        data: Box<[Response]>,
    },
    /// The mailbox is open to read only, and nothing was sent. Some servers say OK to a change in such a mailbox, and
    /// do nothing.
    #[error("{command} was not sent, since the mailbox is open to read only")]
    ReadOnly {
        /// The command's name.
        command: String,
    },
    /// The server answered OK, after a message whose size it had announced wrongly: what followed that message could
    /// not be told from its text and was passed over, so that something of the answer may be missing. The connection is
    /// usable.
    #[error(
        "the server announced a wrong size for a message, so its answer to {command} may not be all there"
    )]
    InDoubt {
        /// The command's name.
        command: String,
    },
    /// The server answered OK, and something of its answer cannot be read. The connection is usable.
    #[error(
        "the server's answer to {command} is not all there, since one response cannot be read: expected {} at octet {}",
        invalid.expected, invalid.offset
    )]
    Unreadable {
        /// The command's name.
        command: String,
        /// The first response that cannot be read.
        invalid: Box<Invalid>,
        /// All that came, for who can do with less than everything: see [`Error::data`]. Empty where it was handed out
        /// as it came.
        data: Box<[Response]>,
    },
    /// The server answered OK and did not send what was asked for.
    #[error("the server answered {command} without {missing}")]
    Incomplete {
        /// The command's name.
        command: String,
        /// What is missing.
        missing: &'static str,
    },
    /// The server has stopped at the number of messages that one command may be about (RFC 9738 section 3): what the
    /// command was to do is done for the messages with the highest UIDs and for no others. The connection is usable.
    #[error(
        "the server stopped {command} at its limit{}, before it was done{}",
        of_messages(limit),
        above(lowest)
    )]
    CutShort {
        /// The command's name.
        command: String,
        /// How many messages one command may be about; `None` where what the server says of it cannot be read.
        limit: Option<u32>,
        /// The lowest UID that was looked at: go on below it. `None` where the server does not say.
        lowest: Option<Uid>,
        /// What the server has sent for those messages. Rows of a FETCH are not among it, since they were handed out.
        data: Box<[Response]>,
    },
    /// The connection is gone, and with it everything that was on its way.
    #[error("the connection is lost: {0}")]
    Lost(#[from] Lost),
    /// The server does not offer what this call needs.
    #[error("the server does not offer {capability}")]
    NotOffered {
        /// The capability.
        capability: &'static str,
    },
    /// The message is larger than the server says that it takes (RFC 7889 section 2); nothing was sent.
    #[error("the message has {size} octets, and the server takes {limit} at most")]
    TooLarge {
        /// Of the message, in octets.
        size: u64,
        /// What the server takes, in octets.
        limit: u64,
    },
    /// The answer is above [`crate::Limits::collected_responses`] or [`crate::Limits::collected_octets`]. The
    /// connection is usable.
    #[error("the server's answer to {command} is larger than what may be kept of it")]
    TooMuch {
        /// The command's name.
        command: String,
    },
    /// The command is not allowed in the state the connection turned out to be in.
    #[error("{command} was not sent, since the connection is not in a state that allows it")]
    NotSent {
        /// The command's name.
        command: String,
    },
    /// The command names messages by their sequence numbers, which are not used any more since UIDONLY was enabled (RFC
    /// 9586 section 3). Nothing was sent; the same command by UID would be.
    #[error("{command} was not sent, since it names messages by number and UIDONLY is enabled")]
    UidsOnly {
        /// The command's name.
        command: String,
    },
    /// The command names messages by their sequence numbers, which can change at any time, since NOTIFY watches the
    /// selected mailbox at once (RFC 5465 section 6.1). Nothing was sent; the same command by UID would be.
    #[error(
        "{command} was not sent, since it names messages by number, which NOTIFY lets change at any time"
    )]
    NumbersFloat {
        /// The command's name.
        command: String,
    },
    /// The command is about what a search has saved (`$`), and no search has: nothing was sent, since the server may
    /// still keep the result of another one. See [`crate::Selected::search_and_save`].
    #[error("{command} was not sent, since no search has saved a result for it")]
    NothingSaved {
        /// The command's name.
        command: String,
    },
    /// The caller's sink did not take a body.
    #[error("the message could not be stored: {0}")]
    Sink(#[source] Arc<io::Error>),
}

/// What a time limit was set for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stage {
    /// Name look-up and TCP.
    Connect,
    /// What a proxy does to connect to the server.
    Proxy,
    /// TLS.
    Handshake,
    /// The clear phase in front of STARTTLS, the greeting included.
    StartTls,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "connecting",
            Self::Proxy => "the answer of the proxy",
            Self::Handshake => "the TLS handshake",
            Self::StartTls => "the server's answer to STARTTLS",
        })
    }
}

/// Whose fault an error is, which is where to look for the next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The caller asked for something that cannot be.
    Caller,
    /// The server understood and refused.
    Refused,
    /// The server, or somebody in between, broke the protocol.
    Protocol,
    /// The way to the server.
    Network,
    /// The identity of the server could not be proved.
    Trust,
}

impl From<LoginError> for Error {
    fn from(error: LoginError) -> Self {
        Self::Login(Box::new(error))
    }
}

impl Error {
    /// What the server had sent before it refused or stopped, or beside what cannot be read; empty for any other error.
    pub fn data(&self) -> &[Response] {
        match self {
            Self::Refused { data, .. } | Self::CutShort { data, .. } | Self::Unreadable { data, .. } => data,
            _ => &[],
        }
    }

    /// The response code with which the server refused, if it gave one (RFC 9051 section 7.1).
    pub fn code(&self) -> Option<&ResponseCode> {
        match self {
            Self::Refused { code, .. } => code.as_deref(),
            Self::Login(error) => match &**error {
                LoginError::Refused { code, .. } => code.as_deref(),
                _ => None,
            },
            _ => None,
        }
    }

    fn data_mut(&mut self) -> Option<&mut Box<[Response]>> {
        match self {
            Self::Refused { data, .. } | Self::CutShort { data, .. } | Self::Unreadable { data, .. } => {
                Some(data)
            }
            _ => None,
        }
    }

    /// The same, to be kept.
    pub(crate) fn into_data(mut self) -> Vec<Response> {
        self.data_mut().map(std::mem::take).unwrap_or_default().into_vec()
    }

    /// The same error, with what an earlier command had brought in front of its data.
    pub(crate) fn behind(mut self, earlier: &mut Vec<Response>) -> Self {
        if let Some(data) = self.data_mut() {
            earlier.extend(std::mem::take(data).into_vec());
            *data = std::mem::take(earlier).into();
        }
        self
    }

    /// Whether what was asked for may be done all the same. NO and BAD say that nothing was (RFC 9051 section 7.1), and
    /// what was not sent is not done; any other end of a command says nothing.
    ///
    /// MOVE and STORE may have done a part before a NO: to ask for the same again does the rest, and nothing twice.
    pub fn leaves_doubt(&self) -> bool {
        match self {
            Self::Refused { status, .. } => !matches!(status, CompletionStatus::No | CompletionStatus::Bad),
            Self::Unreachable { .. }
            | Self::Proxy(_)
            | Self::Tunnel { .. }
            | Self::TimedOut { .. }
            | Self::Tls(_)
            | Self::StartTls(_)
            | Self::Login(_)
            | Self::NotOffered { .. }
            | Self::TooLarge { .. }
            | Self::ReadOnly { .. }
            | Self::NotSent { .. }
            | Self::UidsOnly { .. }
            | Self::NumbersFloat { .. }
            | Self::NothingSaved { .. } => false,
            Self::InDoubt { .. }
            | Self::Unreadable { .. }
            | Self::Incomplete { .. }
            | Self::CutShort { .. }
            | Self::Lost(_)
            | Self::TooMuch { .. }
            | Self::Sink(_) => true,
        }
    }

    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Unreachable { .. } | Self::TimedOut { .. } => Fault::Network,
            Self::Proxy(error) if error.is_of_caller() => Fault::Caller,
            Self::Proxy(_) => Fault::Network,
            Self::Tunnel { .. } => Fault::Caller,
            Self::Tls(TlsError::Alert { .. } | TlsError::NoAlpn { .. } | TlsError::Version { .. }) => {
                Fault::Refused
            }
            Self::Tls(error) if error.is_trust() => Fault::Trust,
            Self::Tls(_) => Fault::Network,
            Self::StartTls(tayori_proto::session::ClearError::Ended) => Fault::Network,
            Self::StartTls(_)
            | Self::InDoubt { .. }
            | Self::Unreadable { .. }
            | Self::Incomplete { .. }
            | Self::TooMuch { .. } => Fault::Protocol,
            Self::Refused { .. }
            | Self::NotOffered { .. }
            | Self::TooLarge { .. }
            | Self::CutShort { .. } => Fault::Refused,
            Self::Lost(lost) => lost.fault(),
            Self::Login(error) => error.fault(),
            Self::NothingSaved { .. }
            | Self::NotSent { .. }
            | Self::UidsOnly { .. }
            | Self::NumbersFloat { .. }
            | Self::ReadOnly { .. }
            | Self::Sink(_) => Fault::Caller,
        }
    }
}

/// Why a connection is gone.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Lost {
    /// The server said BYE.
    #[error("the server ended the session")]
    Bye {
        /// Its response code.
        code: Option<Box<ResponseCode>>,
        /// Its words, to be shown escaped and as a quotation.
        text: Text,
    },
    /// The server closed it without a word.
    #[error("the server closed it without a word")]
    Ended,
    /// The server said nothing while it owed an answer.
    #[error("the server said nothing for {}{}", in_seconds(*after), in_literal(literal))]
    Silent {
        /// How long.
        after: Duration,
        /// Octets had and octets announced of the literal that was on its way.
        literal: Option<(u64, u64)>,
    },
    /// The server broke the protocol.
    #[error("{0}")]
    Violation(#[from] tayori_proto::session::Violation),
    /// What the server sends compressed cannot be inflated, so that nothing behind it can be read (RFC 4978).
    #[error("the server's compressed octets cannot be inflated, behind the first {at} of them")]
    NotInflated {
        /// How many compressed octets could be inflated.
        at: u64,
    },
    /// The program of the tunnel ended, and the server had not said that it would.
    #[error("{0}")]
    Tunnel(TunnelEnded),
    /// The server ended TLS and said why. With TLS 1.3 that is how it refuses a certificate of ours, or asks for one.
    #[error("the server ended TLS: {0}")]
    Alert(TlsAlert),
    /// The system reports an error.
    #[error("{0}")]
    Io(Arc<io::Error>),
    /// An append was given up in the middle of its message.
    #[error("an append was given up in the middle of its message")]
    Abandoned,
    /// Rows were dropped, and what was left of the answer was too long to read to its end.
    #[error("an answer that was given up was too long to be read to its end")]
    NotDrained,
    /// It was closed by [`crate::Session::logout`] or [`crate::Session::leave`].
    #[error("it was closed")]
    LoggedOut,
    /// The connection or session was dropped while something was on its way.
    #[error("its session was dropped")]
    Dropped,
}

fn of_messages(limit: &Option<u32>) -> String {
    limit.map_or(String::new(), |limit| format!(" of {limit} messages"))
}

fn above(lowest: &Option<Uid>) -> String {
    lowest.map_or(String::new(), |lowest| format!(": UID {} is the lowest it came to", lowest.value()))
}

fn in_seconds(duration: Duration) -> String {
    match duration.as_secs() {
        1 => "1 second".to_owned(),
        seconds => format!("{seconds} seconds"),
    }
}

fn in_literal(literal: &Option<(u64, u64)>) -> String {
    literal.map_or(String::new(), |(had, size)| {
        format!(", {had} of {size} announced octets of a literal had come")
    })
}

impl Lost {
    fn fault(&self) -> Fault {
        match self {
            Self::Bye { .. } | Self::Alert(_) => Fault::Refused,
            Self::Ended | Self::Silent { .. } | Self::Tunnel(_) | Self::Io(_) => Fault::Network,
            Self::Violation(_) | Self::NotInflated { .. } => Fault::Protocol,
            Self::Abandoned | Self::NotDrained | Self::LoggedOut | Self::Dropped => Fault::Caller,
        }
    }

    pub(crate) fn from_closed(closed: Closed, silence: Duration) -> Self {
        match closed {
            Closed::LoggedOut => Self::LoggedOut,
            Closed::Bye { code, text } => Self::Bye { code: code.map(Box::new), text },
            Closed::Silent { literal } => Self::Silent { after: silence, literal },
            Closed::Violation(violation) => Self::Violation(violation),
            Closed::Abandoned => Self::Abandoned,
            _ => Self::Ended,
        }
    }
}
