use tayori_proto::response::{MetadataCode, ResponseCode, TaggedStatus};
use tayori_proto::types::{ObjectId, UidSet};

use super::Gone;
use crate::store::StoreError;

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: TaggedStatus,
    pub(crate) code: Option<ResponseCode>,
    pub(crate) text: &'static str,
    pub(crate) after: After,
    /// Boxed: few commands make any.
    pub(crate) made: Option<Box<Made>>,
}

/// Messages that a command has made.
#[derive(Debug)]
pub(crate) struct Made {
    /// The mailbox that they are in.
    pub(crate) mailbox: ObjectId,
    pub(crate) uids: UidSet,
}

/// What is to be done when the client has been told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum After {
    GoOn,
    StartTls,
    Compress,
    LogOut,
}

/// Why a command did not end by itself.
#[derive(Debug)]
pub(crate) enum Failure {
    /// There is nobody to answer any more.
    Gone(Gone),
    /// The answer is `NO`.
    Store(StoreError),
    /// This is the answer.
    Refused(Reply),
}

impl Failure {
    /// That of a store where a mailbox was to be added to, see [`Reply::from_target`].
    pub(crate) fn target(error: StoreError) -> Self {
        Self::Refused(Reply::from_target(&error))
    }
}

pub(crate) type Handled = Result<Reply, Failure>;

impl From<Gone> for Failure {
    fn from(gone: Gone) -> Self {
        Self::Gone(gone)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Reply {
    pub(crate) fn ok(text: &'static str) -> Self {
        Self::new(TaggedStatus::Ok, text)
    }

    pub(crate) fn no(text: &'static str) -> Self {
        Self::new(TaggedStatus::No, text)
    }

    pub(crate) fn bad(text: &'static str) -> Self {
        Self::new(TaggedStatus::Bad, text)
    }

    /// The same to `STARTTLS`: the handshake follows.
    pub(crate) fn starting_tls(text: &'static str) -> Self {
        Self { after: After::StartTls, ..Self::ok(text) }
    }

    /// The same to `COMPRESS`: whatever follows is compressed.
    pub(crate) fn compressing(text: &'static str) -> Self {
        Self { after: After::Compress, ..Self::ok(text) }
    }

    /// The same to `LOGOUT`: nothing follows.
    pub(crate) fn logged_out(text: &'static str) -> Self {
        Self { after: After::LogOut, ..Self::ok(text) }
    }

    /// To what would change a mailbox that was opened with `EXAMINE` (RFC 9051 section 6.3.3).
    pub(crate) fn read_only() -> Self {
        Self::no("the mailbox was opened to look at only").with(ResponseCode::Cannot)
    }

    fn new(status: TaggedStatus, text: &'static str) -> Self {
        Self { status, code: None, text, after: After::GoOn, made: None }
    }

    /// The same with a code (RFC 9051 section 7.1).
    pub(crate) fn with(self, code: ResponseCode) -> Self {
        Self { code: Some(code), ..self }
    }

    /// The same to a command that has made these messages.
    pub(crate) fn making(self, mailbox: ObjectId, uids: UidSet) -> Self {
        Self { made: Some(Box::new(Made { mailbox, uids })), ..self }
    }

    /// To a command that asks for more than one may.
    pub(crate) fn too_much() -> Self {
        Self::no("that is too much at once").with(ResponseCode::Limit)
    }

    /// The refusal that a failure of the store means.
    pub(crate) fn from_store(error: &StoreError) -> Self {
        match error {
            StoreError::NonExistent => Self::no("there is no such mailbox").with(ResponseCode::NonExistent),
            StoreError::AlreadyExists => {
                Self::no("there is such a mailbox already").with(ResponseCode::AlreadyExists)
            }
            StoreError::Cannot(why) => Self::no(why).with(ResponseCode::Cannot),
            StoreError::SpecialUse(why) => Self::no(why).with(ResponseCode::UseAttr),
            StoreError::NotPermitted(why) => Self::no(why).with(ResponseCode::NoPerm),
            StoreError::OverQuota => Self::no("there is no room for that").with(ResponseCode::OverQuota),
            StoreError::Limit(why) => Self::no(why).with(ResponseCode::Limit),
            StoreError::MetadataTooLarge { limit } => {
                let limit = u32::try_from(*limit).unwrap_or(u32::MAX);
                let code = MetadataCode::MaxSize(limit);
                Self::no("the value is too large").with(ResponseCode::Metadata(code))
            }
            StoreError::MetadataTooMany => {
                Self::no("there are too many entries").with(ResponseCode::Metadata(MetadataCode::TooMany))
            }
            StoreError::Failed(error) => {
                tracing::error!(%error, "the mail store failed");
                Self::no("the mail store failed").with(ResponseCode::ServerBug)
            }
        }
    }

    /// As [`Reply::from_store`], for a mailbox that was to be added to: where it is missing, the client may create it
    /// and try again (RFC 9051 section 7.1, TRYCREATE).
    pub(crate) fn from_target(error: &StoreError) -> Self {
        match error {
            StoreError::NonExistent => Self::no("there is no such mailbox").with(ResponseCode::TryCreate),
            other => Self::from_store(other),
        }
    }
}
