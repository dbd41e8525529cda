use bytes::Bytes;

use crate::quirk::Repair;
use crate::response::{BodyName, FetchItem, Response, ResponseCode};
use crate::types::{SeqNum, Tag, Text, Uid};
use crate::wire::FrameError;

/// The identity of a command within its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommandId(pub(super) u64);

/// What happened, in the order in which the server said it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// The server greeted; the state says whether it wants a login (RFC 9051 section 7.1). A greeting that is an alert
    /// follows as a [`Event::Response`], too.
    Greeting {
        /// Its words.
        text: Text,
    },
    /// Untagged data. It has changed the state already.
    Response {
        /// The command in flight that asked for data of this kind, if there is one.
        command: Option<CommandId>,
        /// The data. A FETCH row whose body was streamed holds a placeholder for it.
        response: Response,
        /// What had to be read with tolerance.
        repairs: Vec<Repair>,
    },
    /// A body begins that is too large to keep; chunks follow, then [`Event::BodyEnd`], and in the end the whole row
    /// as a [`Event::Response`].
    BodyStart {
        /// The command that asked for it; without one, the chunks can be dropped.
        command: Option<CommandId>,
        /// The message; a `UIDFETCH` has no number.
        number: Option<SeqNum>,
        /// The same, if the row is a `UIDFETCH` (RFC 9586 section 3) or its UID stands in front of the body; it may
        /// come behind.
        uid: Option<Uid>,
        /// What the items in front of the body tell of the message, of each kind the first: `UID`, `RFC822.SIZE`. A row
        /// may have many bodies, so that not all of it is told again with each.
        so_far: Vec<FetchItem>,
        /// Which body.
        body: BodyName,
        /// Its size in octets, as announced.
        size: u64,
    },
    /// Octets of the body that has begun; never empty.
    BodyChunk {
        /// As in [`Event::BodyStart`].
        command: Option<CommandId>,
        /// The octets.
        octets: Bytes,
    },
    /// All announced octets of the body have come. Only the row that follows says whether it was well delimited.
    BodyEnd {
        /// As in [`Event::BodyStart`].
        command: Option<CommandId>,
    },
    /// The server is ready for the streamed literal of a command: [`super::Session::provide`].
    LiteralWanted {
        /// The command.
        command: CommandId,
        /// How many octets are wanted.
        size: u64,
    },
    /// The server wants an answer in the authentication exchange: [`super::Session::respond`].
    Challenge {
        /// The AUTHENTICATE command.
        command: CommandId,
        /// The decoded challenge, or the server's text where it was not base64. One that is longer than a response
        /// may be was not kept: that it is one octet longer than any mechanism takes is all that these octets say.
        data: Bytes,
    },
    /// The server idles: what it says of the mailbox comes as it happens, until [`super::Session::end_idle`].
    Idling {
        /// The IDLE command.
        command: CommandId,
    },
    /// The server compresses from here on, and expects the same of us (RFC 4978 section 3): put the layer in, and call
    /// [`super::Session::begin_compressed`]. Until then nothing is read and nothing is sent.
    CompressionAgreed,
    /// A command has ended.
    Done {
        /// The command.
        command: CommandId,
        /// How.
        completion: Completion,
    },
    /// A command was not sent, since a command in front of it did not bring the state it needs, or since it names
    /// messages by numbers that have come in doubt meanwhile ([`super::Selected::is_in_doubt`]).
    NotSent {
        /// The command.
        command: CommandId,
    },
    /// A row had a body whose size was announced wrongly: what follows may be the text of a mail, chosen by whoever
    /// wrote it. It is passed over up to the next end of a command; the commands that had been sent by then end [in
    /// doubt](CompletionStatus::InDoubt).
    OutOfStep,
    /// A tagged line for a command that this session never sent. It ended nothing.
    ForeignTag {
        /// The tag.
        tag: Tag,
    },
    /// The session is over; nothing follows.
    Closed(Closed),
}

/// How a command ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Completion {
    /// In a word.
    pub status: CompletionStatus,
    /// The response code of the tagged line.
    pub code: Option<ResponseCode>,
    /// The words of the server.
    pub text: Text,
}

/// How a command ended, in a word (RFC 9051 section 7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompletionStatus {
    /// It was done.
    Ok,
    /// It failed.
    No,
    /// The server did not understand it.
    Bad,
    /// The tagged line had neither OK nor NO nor BAD. The command has ended; whether it was done is not known.
    Unclear,
    /// The server says OK, but some of what it said before had to be passed over ([`Event::OutOfStep`]): data that
    /// belong to the command may be missing.
    InDoubt,
}

/// Why a session is over.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Closed {
    /// LOGOUT was answered, or the server said BYE to it and closed.
    LoggedOut,
    /// The server said BYE on its own account.
    Bye {
        /// Its response code.
        code: Option<ResponseCode>,
        /// Its words.
        text: Text,
    },
    /// The server closed the connection without BYE.
    Ended,
    /// Nothing was heard for too long.
    Silent {
        /// How far a literal had come, if one was on its way: octets had, octets announced.
        literal: Option<(u64, u64)>,
    },
    /// The server broke the protocol in a way that leaves no safe way on.
    Violation(Violation),
    /// The caller gave up a command in the middle of its literal.
    Abandoned,
}

/// What a server did that ends a connection.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Violation {
    /// The first line is not a greeting (RFC 9051 section 7.1).
    #[error("the server did not begin with a greeting")]
    Greeting,
    /// PREAUTH on a connection without TLS: somebody in between may have said it (RFC 9051 section 11.1).
    #[error("the server says that we are logged in already, on a connection without TLS")]
    PreAuthInClear,
    /// A completion for a command that was not sent completely: it answers something else.
    #[error("the server answered a command before it was sent")]
    EarlyCompletion {
        /// The tag.
        tag: Tag,
    },
    /// Too many completions for commands that were never sent.
    #[error("the server keeps answering commands that were never sent")]
    ForeignTags,
    /// A body did not end where its server had said. What follows may be the rest of a mail, chosen by whoever wrote
    /// it, and must not be read as protocol; and no command is on its way whose end could tell where protocol begins
    /// again. The row was handed out, with its defect.
    #[error("the server announced a wrong size for a message, so what follows cannot be told from mail")]
    OutOfStep,
    /// The octets cannot be cut into responses.
    #[error(transparent)]
    Frame(#[from] FrameError),
}
