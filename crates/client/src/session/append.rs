//! Storing messages, one or several.

use std::io;
use std::ops::Range;

use bytes::{Bytes, BytesMut};
use tayori_proto::command::{AppendMessage, Command, NewMessage};
use tayori_proto::response::Response;
use tayori_proto::session::CommandId;
use tayori_proto::types::{Capabilities, Capability, MailboxName, NonEmpty};
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::answer::{self, AppendOutcome};
use crate::error::Error;
use crate::link::{Asked, Done, Link, Replies, Reply, Request};
use crate::session::append_limit::{self, Look};
use crate::session::upload::Upload;

/// Why a message was not stored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AppendError {
    /// The server, or the way to it.
    #[error(transparent)]
    Server(#[from] Error),
    /// The source of the message failed or ended too early. The connection has ended, since the server waits for octets
    /// that never come; the message was not stored.
    #[error("the message could not be read: {0}")]
    Source(#[source] io::Error),
}

impl AppendError {
    /// Whether the message may be there all the same; see [`Error::leaves_doubt`].
    pub fn leaves_doubt(&self) -> bool {
        match self {
            // The server has not had all of it.
            Self::Source(_) => false,
            Self::Server(error) => error.leaves_doubt(),
        }
    }
}

/// Why several messages were not all stored.
#[derive(Debug, thiserror::Error)]
#[error("{} of the messages were stored: {error}", stored.len())]
#[non_exhaustive]
pub struct AppendAllError {
    /// Those that were: the first ones, in their order. With MULTIAPPEND there are none.
    pub stored: Vec<AppendOutcome>,
    /// Those of which it is not known whether they were, by their index: the connection was lost, or the answer is in
    /// doubt. All behind them were not sent.
    pub in_doubt: Range<usize>,
    /// The message that could not be stored, by its index, where it is known which.
    pub index: Option<usize>,
    /// Why.
    #[source]
    pub error: AppendError,
}

/// Octets of a message that are read and handed on at a time.
const PIECE: usize = 32 << 10;

pub(crate) async fn append<R: AsyncRead + Unpin>(
    link: &Link,
    mailbox: &MailboxName,
    message: Upload<R>,
) -> Result<AppendOutcome, AppendError> {
    append_limit::check(link, mailbox, [message.size], Look::Ask).await.map_err(|(_, error)| error)?;
    let prepared = Prepared::new(link, message).await?;
    append_prepared(link, mailbox, prepared).await.1
}

/// Gives what the server says of the selected mailbox as well.
pub(crate) async fn append_prepared<R: AsyncRead + Unpin>(
    link: &Link,
    mailbox: &MailboxName,
    Prepared { message, source }: Prepared<R>,
) -> (Option<crate::Mailbox>, Result<AppendOutcome, AppendError>) {
    let command = Command::Append { mailbox: mailbox.clone(), messages: NonEmpty::one(message) };
    let (mut data, mut done, asked) = match transfer(link, command, vec![source]).await {
        Ok(answered) => answered,
        Err(error) => return (None, Err(error)),
    };
    let news = done.mailbox.take();
    let outcome = asked.check_with(&mut data, done).and_then(|done| answer::appended("APPEND", data, done));
    (news, outcome.map_err(AppendError::from))
}

pub(crate) async fn append_all<R: AsyncRead + Unpin>(
    link: &Link,
    mailbox: &MailboxName,
    messages: NonEmpty<Upload<R>>,
) -> Result<Vec<AppendOutcome>, AppendAllError> {
    let nothing =
        |index, error: AppendError| AppendAllError { stored: Vec::new(), in_doubt: 0..0, index, error };
    // All are looked at before any is sent, so that what is known not to work costs nothing.
    let sizes = messages.iter().map(|message| message.size);
    append_limit::check(link, mailbox, sizes, Look::Ask)
        .await
        .map_err(|(index, error)| nothing(index, error.into()))?;
    let mut prepared = Vec::new();
    for (index, message) in messages.into_vec().into_iter().enumerate() {
        let one = Prepared::new(link, message).await;
        prepared.push(one.map_err(|error| nothing(Some(index), error.into()))?);
    }
    let offered = link.ask_capabilities().await.map_err(|error| nothing(None, error.into()))?;
    // An empty message in such a command is the word for giving it up (RFC 3502 section 6.3.11).
    let is_whole = prepared.iter().all(|one| one.source.size > 0);
    if prepared.len() > 1 && is_whole && takes_together(&offered, prepared.len()) {
        append_together(link, mailbox, prepared).await
    } else {
        append_one_by_one(link, mailbox, prepared).await
    }
}

/// Whether one command may hold so many messages.
fn takes_together(offered: &Capabilities, count: usize) -> bool {
    // RFC 9738 section 3; MESSAGELIMIT bounds it, too.
    let limited =
        offered.save_limit().is_some_and(|limit| usize::try_from(limit).is_ok_and(|limit| count > limit));
    offered.offers(&Capability::MultiAppend) && !limited
}

/// RFC 3502: all of them, or none.
async fn append_together<R: AsyncRead + Unpin>(
    link: &Link,
    mailbox: &MailboxName,
    prepared: Vec<Prepared<R>>,
) -> Result<Vec<AppendOutcome>, AppendAllError> {
    let count = prepared.len();
    let failed = |error: AppendError| AppendAllError {
        stored: Vec::new(),
        in_doubt: 0..if error.leaves_doubt() { count } else { 0 },
        index: None,
        error,
    };
    let (messages, sources): (Vec<_>, Vec<_>) =
        prepared.into_iter().map(|Prepared { message, source }| (message, source)).unzip();
    let Ok(messages) = NonEmpty::try_from(messages) else { return Ok(Vec::new()) };
    let command = Command::Append { mailbox: mailbox.clone(), messages };
    let (mut data, done, asked) = transfer(link, command, sources).await.map_err(failed)?;
    let done = asked.check_with(&mut data, done).map_err(|error| failed(error.into()))?;
    Ok(answer::appended_all(count, done))
}

/// The next is sent when the one before is known to be stored: what is there when one fails can be told.
async fn append_one_by_one<R: AsyncRead + Unpin>(
    link: &Link,
    mailbox: &MailboxName,
    prepared: Vec<Prepared<R>>,
) -> Result<Vec<AppendOutcome>, AppendAllError> {
    let mut stored = Vec::with_capacity(prepared.len());
    for (index, one) in prepared.into_iter().enumerate() {
        match append_prepared(link, mailbox, one).await.1 {
            Ok(outcome) => stored.push(outcome),
            Err(error) => {
                let in_doubt = index..index + usize::from(error.leaves_doubt());
                return Err(AppendAllError { stored, in_doubt, index: Some(index), error });
            }
        }
    }
    Ok(stored)
}

/// A message as the command has it, and where its octets come from.
pub(crate) struct Prepared<R> {
    pub(crate) message: NewMessage,
    pub(crate) source: Source<R>,
}

/// Where the octets of a message come from.
pub(crate) struct Source<R> {
    size: u64,
    octets: R,
}

impl<R> Prepared<R> {
    /// Fails where the server cannot take such a message; nothing is sent then.
    pub(crate) async fn new(link: &Link, upload: Upload<R>) -> Result<Self, Error> {
        let Upload { source, size, flags, date, content } = upload;
        let form = content.form(link).await?;
        let message = NewMessage { flags, date, form, ..NewMessage::new(AppendMessage::Streamed { size }) };
        Ok(Self { message, source: Source { size, octets: source } })
    }
}

/// Sends a command with streamed messages, and gives all that answers it, and how it ended.
///
/// If this returns early, its replies are dropped with it, which ends the connection where octets are still owed.
pub(crate) async fn transfer<R: AsyncRead + Unpin>(
    link: &Link,
    command: Command,
    sources: Vec<Source<R>>,
) -> Result<(Vec<Response>, Done, Asked), AppendError> {
    let mut replies = link.run(command).await?;
    let mut data = Vec::new();
    // The octets of an empty message are not asked for.
    let mut sources = sources.into_iter().filter(|source| source.size > 0);
    loop {
        match replies.next().await? {
            Reply::LiteralWanted(id) => {
                let Some(source) = sources.next() else {
                    return Err(AppendError::Source(io::ErrorKind::UnexpectedEof.into()));
                };
                send(link, &mut replies, id, source).await?;
            }
            // The task bounds them, as it does for all that is collected.
            Reply::Data(response) => data.push(*response),
            Reply::TooMuch => {
                return Err(Error::TooMuch { command: replies.asked.name.clone() }.into());
            }
            Reply::Done(done) => return Ok((data, *done, replies.asked)),
            _ => {}
        }
    }
}

/// Hands one message to the connection.
async fn send<R: AsyncRead + Unpin>(
    link: &Link,
    replies: &mut Replies,
    command: CommandId,
    source: Source<R>,
) -> Result<(), AppendError> {
    let Source { size: mut left, mut octets } = source;
    while left > 0 {
        let mut piece = BytesMut::with_capacity(PIECE);
        let mut source = (&mut octets).take(left.min(PIECE as u64));
        let read = source.read_buf(&mut piece).await.map_err(AppendError::Source)?;
        if read == 0 {
            return Err(AppendError::Source(io::ErrorKind::UnexpectedEof.into()));
        }
        left -= read as u64;
        let octets: Bytes = piece.freeze();
        if let Err(error) = link.request(Request::Provide { command, octets }).await {
            // The queue of replies may still hold the server's own words.
            return Err(last_words(replies, error).await);
        }
    }
    Ok(())
}

async fn last_words(replies: &mut Replies, otherwise: Error) -> AppendError {
    loop {
        match replies.next().await {
            Ok(Reply::Done(done)) => match replies.check(*done) {
                Err(error) => return error.into(),
                Ok(_) => return otherwise.into(),
            },
            Ok(_) => {}
            Err(error) => return error.into(),
        }
    }
}
