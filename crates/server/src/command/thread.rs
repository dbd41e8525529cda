use tayori_mime::order::{MessageIds, ThreadBasis, thread_by_references, thread_by_subject};
use tayori_proto::command::{SearchBy, ThreadAlgorithm};
use tayori_proto::response::{Response, ThreadMember, ThreadRow};
use tokio::task::consume_budget;

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
    let found = look(wire, selected, wanted).await?;
    if let Some(cut) = found.cut() {
        // Some of them would stand in a wrong order (RFC 9738 section 3).
        return Ok(cut.refusal());
    }
    let mut names = Vec::with_capacity(found.messages().len());
    let mut mails = Vec::with_capacity(found.messages().len());
    let mut work = wanted.progress.of(found.messages().len());
    for Hit { number, uid, .. } in found.messages() {
        // There may be many, and nothing to wait for.
        consume_budget().await;
        // One that has gone in between is not there to be told.
        let Some(message) = selected.mailbox.message(*uid).await? else { continue };
        mails.push(basis(&message, by_references).await?);
        names.push((*number, *uid));
        work.step(wire).await?;
    }
    let members = if by_references { thread_by_references(&mails) } else { thread_by_subject(&mails) };
    let row = match wanted.by {
        SearchBy::Numbers => ThreadRow::from_seq_nums(named(&members, &names, |(number, _)| *number)),
        SearchBy::Uids => ThreadRow::from_uids(named(&members, &names, |(_, uid)| *uid)),
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

async fn basis(message: &impl Message, by_references: bool) -> Result<ThreadBasis, Failure> {
    let structure = message.structure().await?;
    let mut ids = MessageIds::default();
    if by_references {
        ids = MessageIds::of_header(&read_header(message, &structure).await?);
    }
    Ok(ThreadBasis::new(structure.envelope(), message.date(), ids))
}

/// The members by what the client calls the messages, which `names` has in their order.
fn named<'a, N, T>(
    members: &'a [ThreadMember<usize>],
    names: &'a [N],
    name: impl Fn(&N) -> T + 'a,
) -> impl Iterator<Item = ThreadMember<T>> + 'a
where
    T: 'a,
{
    members.iter().map(move |member| ThreadMember {
        depth: member.depth,
        message: member.message.and_then(|index| names.get(index)).map(&name),
    })
}
