mod incoming;

use tayori_proto::command::NewMessage;
use tayori_proto::response::ResponseCode;
use tayori_proto::types::{MailboxName, NonEmpty, UidSet};

use crate::connection::{Asking, Connection, Handled, Reply};
use crate::store::{Append, Appended, Store};
pub(super) use incoming::{Incoming, Most, receive};

/// `APPEND` of one message or several, all or none (RFC 9051 section 6.3.12, RFC 3502, RFC 6855 section 4).
///
/// Where the last message is still to come, `coming` says how large it is and whether the client waits for being asked.
/// Whether it can be kept is known before it is asked for.
pub(crate) async fn handle<S: Store>(
    client: &mut Connection<S>,
    mailbox: &MailboxName,
    messages: NonEmpty<NewMessage>,
    coming: Option<(u64, Asking)>,
) -> Handled {
    let messages = messages.into_vec();
    let appends = receive(client, mailbox, Incoming { messages, coming, most: Most::Many }).await?;
    let appended = S::Append::finish_all(appends).await?;
    let uids: UidSet = appended.iter().map(|appended| appended.uid).collect();
    let Some(Appended { mailbox, validity, .. }) = appended.into_iter().next() else {
        return Ok(Reply::bad("there is no message"));
    };
    let reply = Reply::ok("appended").making(mailbox, uids.clone());
    Ok(reply.with(ResponseCode::AppendUid { validity, uids }))
}
