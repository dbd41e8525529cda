//! Storing a message.

use std::io;

use bytes::{Bytes, BytesMut};
use tayori_proto::command::{AppendMessage, Command, MessageForm, NewMessage};
use tayori_proto::session::CommandId;
use tayori_proto::types::{Flag, InternalDate, MailboxName, NonEmpty};
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::answer::{self, AppendOutcome};
use crate::error::Error;
use crate::link::{Link, Replies, Reply, Request};

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

/// Octets of a message that are read and handed on at a time.
const PIECE: usize = 32 << 10;

pub(crate) async fn append(
    link: &Link,
    mailbox: &MailboxName,
    flags: &[Flag],
    date: Option<InternalDate>,
    form: MessageForm,
    size: u64,
    mut message: impl AsyncRead + Unpin,
) -> Result<AppendOutcome, AppendError> {
    let command = Command::Append {
        mailbox: mailbox.clone(),
        messages: NonEmpty::one(NewMessage {
            flags: flags.to_vec(),
            date,
            form,
            ..NewMessage::new(AppendMessage::Streamed { size })
        }),
    };
    let mut replies = link.run(command).await?;
    loop {
        match replies.next().await? {
            Reply::LiteralWanted(id) => send(link, &mut replies, id, size, &mut message).await?,
            Reply::Done(done) => {
                let done = replies.check(*done)?;
                return Ok(answer::appended("APPEND", Vec::new(), done)?);
            }
            _ => {}
        }
    }
}

/// Hands the message to the connection. If this returns early, `replies` are dropped with it, which ends the connection.
async fn send(
    link: &Link,
    replies: &mut Replies,
    command: CommandId,
    size: u64,
    message: &mut (impl AsyncRead + Unpin),
) -> Result<(), AppendError> {
    let mut left = size;
    while left > 0 {
        let mut piece = BytesMut::with_capacity(PIECE);
        let mut source = (&mut *message).take(left.min(PIECE as u64));
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
