use bytes::Bytes;
use tayori_proto::command::{MessageForm, NewMessage};
use tayori_proto::response::ResponseCode;
use tayori_proto::types::{Flag, InternalDate, MailboxName, NonEmpty, UidSet};
use tayori_proto::wire::{Frame, Then};

use crate::connection::{Asking, Connection, Failure, Gone, Handled, Reply, is_blank};
use crate::store::{Append, Appended, Store};

/// `APPEND` (RFC 9051 section 6.3.12) of a message that has come already.
pub(super) async fn handle<S: Store>(
    store: &S,
    mailbox: &MailboxName,
    flags: Vec<Flag>,
    date: Option<InternalDate>,
    octets: Bytes,
) -> Handled {
    if octets.contains(&0) {
        return Ok(nul());
    }
    let mut append =
        store.append(mailbox, flags, date, octets.len() as u64).await.map_err(Failure::target)?;
    append.write(octets).await?;
    Ok(appended(append.finish().await?))
}

/// `APPEND` of a message that is to come. Whether it can be kept is known before it is asked for.
pub(crate) async fn handle_streamed<S: Store>(
    client: &mut Connection<S>,
    mailbox: MailboxName,
    flags: Vec<Flag>,
    date: Option<InternalDate>,
    size: u64,
    asking: Asking,
) -> Handled {
    let refusal = match client.phase.store().cloned() {
        None => Reply::bad("please log in first"),
        Some(_) if size > client.server.limits.message_octets => {
            Reply::no("the message is too large").with(ResponseCode::Limit)
        }
        Some(store) => match store.append(&mailbox, flags, date, size).await {
            Ok(append) => return receive(client, append, asking).await,
            Err(error) => Reply::from_target(&error),
        },
    };
    client.skip_literal(size, asking).await?;
    Ok(refusal)
}

/// The message, if there is one alone and it needs no extension.
pub(crate) fn one_plain(messages: NonEmpty<NewMessage>) -> Option<NewMessage> {
    match <[NewMessage; 1]>::try_from(messages.into_vec()) {
        Ok([message]) if message.form == MessageForm::Literal => Some(message),
        _ => None,
    }
}

/// Takes the message and the end of the command behind it. A connection that ends before leaves nothing.
async fn receive<S: Store>(client: &mut Connection<S>, mut append: impl Append, asking: Asking) -> Handled {
    if asking == Asking::Waits {
        client.wire.ask("send the message").await?;
    }
    let silence = client.silence();
    // A refusal must not leave the rest of the message to be read as commands.
    let mut refusal = None;
    loop {
        match client.wire.next_frame(silence).await? {
            Frame::Chunk { bytes, .. } if refusal.is_none() => {
                if bytes.contains(&0) {
                    refusal = Some(nul());
                } else if let Err(error) = append.write(bytes).await {
                    refusal = Some(Reply::from_target(&error));
                }
            }
            Frame::Chunk { .. } => {}
            Frame::Piece { bytes, then: Then::End, .. } => {
                if let Some(refusal) = refusal {
                    return Ok(refusal);
                }
                if !is_blank(&bytes) {
                    return Ok(Reply::bad("expected the end of the command behind the message"));
                }
                return Ok(appended(append.finish().await?));
            }
            // More literals, as with MULTIAPPEND, which is not offered.
            _ => return Err(Gone::Dismissed("one message at a time").into()),
        }
    }
}

/// A message with NUL could never be fetched (RFC 9051 section 9, `CHAR8`).
fn nul() -> Reply {
    Reply::no("a message cannot hold NUL").with(ResponseCode::Cannot)
}

fn appended(appended: Appended) -> Reply {
    let Appended { validity, uid } = appended;
    Reply::ok("appended").with(ResponseCode::AppendUid { validity, uids: UidSet::from(uid) })
}
