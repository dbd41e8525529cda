mod references;
mod subjects;

use tayori_proto::command::{SearchBy, ThreadAlgorithm};
use tayori_proto::response::{Response, ThreadMember, ThreadRow};
use tayori_proto::types::{SeqNum, Uid};
use tokio::task::consume_budget;

use super::order::{BaseSubject, sent_at};
use super::search::{Hit, Wanted, look, read_header};
use crate::connection::{Failure, Handled, Reply, Selected, Wire};
use crate::store::{Mailbox, Message};

/// `THREAD` and `UID THREAD` (RFC 5256 section 3).
pub(super) async fn handle<M: Mailbox>(
    wire: &mut Wire,
    selected: &mut Selected<M>,
    wanted: &Wanted<'_>,
    algorithm: &ThreadAlgorithm,
) -> Handled {
    let by_references = match algorithm {
        ThreadAlgorithm::OrderedSubject => false,
        ThreadAlgorithm::References => true,
        _ => return Ok(Reply::bad("there is no such algorithm")),
    };
    let found = look(wire.names(), selected, wanted).await?;
    let mut mails = Vec::with_capacity(found.messages().len());
    for Hit { number, uid, .. } in found.messages() {
        // There may be many, and nothing to wait for.
        consume_budget().await;
        // One that has gone in between is not there to be told.
        let Some(message) = selected.mailbox.message(*uid).await? else { continue };
        mails.push(Mail::of(&message, *number, *uid, by_references).await?);
    }
    let members = if by_references { references::thread(&mails) } else { subjects::thread(&mails) };
    let row = match wanted.by {
        SearchBy::Numbers => ThreadRow::from_seq_nums(told(&members, &mails, |mail| mail.number)),
        SearchBy::Uids => ThreadRow::from_uids(told(&members, &mails, |mail| mail.uid)),
    };
    match row {
        Ok(row) => wire.send(&Response::Thread(row)).await?,
        Err(error) => {
            tracing::error!(%error, "threads were put together wrongly");
            return Ok(Reply::no("the threads cannot be told"));
        }
    }
    Ok(Reply::ok("threaded"))
}

/// What is known of a message that is put into a thread.
struct Mail {
    number: SeqNum,
    uid: Uid,
    /// In seconds since 1970.
    sent: i64,
    subject: BaseSubject,
    /// What it calls itself, and those it answers, the latest last; only with REFERENCES.
    ids: references::Ids,
}

impl Mail {
    async fn of(
        message: &impl Message,
        number: SeqNum,
        uid: Uid,
        by_references: bool,
    ) -> Result<Self, Failure> {
        let structure = message.structure().await?;
        let envelope = structure.envelope();
        let mut ids = references::Ids::default();
        if by_references {
            ids = references::Ids::read(&read_header(message, &structure).await?);
        }
        let subject = BaseSubject::of(envelope.subject());
        Ok(Self { number, uid, sent: sent_at(envelope, message.date()), subject, ids })
    }
}

/// A place in a thread: how many ancestors, and which of the mails, if it is one of them.
type Place = (u32, Option<usize>);

fn told<'a, T>(
    members: &'a [Place],
    mails: &'a [Mail],
    name: impl Fn(&Mail) -> T + 'a,
) -> impl Iterator<Item = ThreadMember<T>> + 'a
where
    T: 'a,
{
    members.iter().map(move |(depth, mail)| ThreadMember {
        depth: *depth,
        message: mail.and_then(|index| mails.get(index)).map(&name),
    })
}
