mod content;
mod found;
mod query;

use std::borrow::Cow;
use std::time::{SystemTime, UNIX_EPOCH};

use tayori_proto::command::{Charset, SearchBy, SearchKey, SearchOption, SearchReturn};
use tayori_proto::response::{Response, ResponseCode, SearchData, SearchRow, TaggedStatus};
use tayori_proto::types::{NameEncoding, SeqNum, Tag, Text, UidSet};

use crate::command::condstore::has_modseq;
use crate::connection::{Cut, Failure, Handled, Progress, Reply, Selected, Wire};
use crate::limits::SEARCH_KEYS;
use crate::store::{Mailbox, Message};
use crate::view::Row;
pub(super) use content::read_header;
use found::Found;
pub(super) use found::Hit;
use query::{Arrival, Facts, Query, Setting};

/// What is looked for.
pub(super) struct Wanted<'a> {
    pub(super) key: &'a SearchKey,
    pub(super) charset: &'a Charset,
    /// What the answer names messages by.
    pub(super) by: SearchBy,
    pub(super) progress: Progress<'a>,
}

/// `SEARCH` and `UID SEARCH` (RFC 9051 section 6.4.4, RFC 3501 section 6.4.4).
pub(super) async fn handle<M: Mailbox>(
    wire: &mut Wire,
    selected: &mut Selected<M>,
    wanted: &Wanted<'_>,
) -> Handled {
    let found = look(wire, selected, wanted).await?;
    let mut row = match wanted.by {
        SearchBy::Numbers => SearchRow::from_seq_nums(found.numbers()),
        SearchBy::Uids => SearchRow::from_uids(&found.uids()),
    };
    if has_modseq(wanted.key) {
        row.modseq = found.highest();
    }
    wire.send(&Response::Search(row)).await?;
    reply(wire, &found).await
}

/// The same where the client says what is to be returned (RFC 4731 section 3.1, RFC 5182 section 2,
/// RFC 9394 section 3).
pub(super) async fn handle_extended<M: Mailbox>(
    wire: &mut Wire,
    selected: &mut Selected<M>,
    tag: &Tag,
    wanted: &Wanted<'_>,
    returns: &SearchReturn,
) -> Handled {
    if returns.options().iter().any(|option| matches!(option, SearchOption::Other { .. })) {
        return Ok(Reply::bad("there is no such thing to return"));
    }
    let mut ranges = returns.options().iter().filter_map(|option| match option {
        SearchOption::Partial(range) => Some(*range),
        _ => None,
    });
    let looked = match ranges.try_for_each(|range| selected.limit.check_range(range)) {
        Ok(()) => look(wire, selected, wanted).await,
        Err(refusal) => Err(refusal),
    };
    let found = match looked {
        Ok(found) => found,
        Err(failure) => {
            // A search that has failed leaves `$` empty, one that was wrong leaves it alone (RFC 5182 section 2.1).
            if returns.saves() && !is_bad(&failure) {
                selected.saved.keep(UidSet::new());
            }
            return Err(failure);
        }
    };
    if returns.saves() {
        selected.saved.keep(found.to_save(returns));
    }
    // Whoever only saves is not answered (RFC 5182 section 2.1).
    if returns.options() != [SearchOption::Save] {
        let mut row = found.row(tag, wanted.by, returns);
        if has_modseq(wanted.key) {
            row.data.extend(found.highest_told(returns).map(SearchData::ModSeq));
        }
        wire.send(&Response::ExtendedSearch(row)).await?;
    }
    reply(wire, &found).await
}

async fn reply(wire: &mut Wire, found: &Found) -> Handled {
    Ok(Cut::add(found.cut(), wire, Reply::ok("searched")).await?)
}

fn is_bad(failure: &Failure) -> bool {
    matches!(failure, Failure::Refused(reply) if reply.status == TaggedStatus::Bad)
}

/// The messages that are looked for.
///
/// A message is opened only if what the session knows of it does not decide, and read only if its date and size do not.
pub(super) async fn look<M: Mailbox>(
    wire: &mut Wire,
    selected: &Selected<M>,
    wanted: &Wanted<'_>,
) -> Result<Found, Failure> {
    let refuse = |reply| Err(Failure::Refused(reply));
    if let Charset::Other(_) = wanted.charset {
        let known = vec![Text::from_static("US-ASCII"), Text::from_static("UTF-8")];
        return refuse(Reply::no("the charset is not known").with(ResponseCode::BadCharset(known)));
    }
    if wire.names() == NameEncoding::Utf8 && *wanted.charset != Charset::Default {
        return refuse(Reply::bad("strings are in UTF-8 here, no charset is to be named"));
    }
    let validity = selected.mailbox.validity();
    let key = match wire.conduct() {
        Some(conduct) => {
            Cow::Owned(query::translate(wanted.key, &mut |key| conduct.search_key(key, validity)))
        }
        None => Cow::Borrowed(wanted.key),
    };
    if query::count(&key) > SEARCH_KEYS {
        return refuse(Reply::too_much());
    }
    let setting = Setting { view: &selected.view, saved: selected.saved.uids(), now: now() };
    let query = match Query::new(&key, &setting) {
        Ok(query) => query,
        Err(why) => return refuse(Reply::bad(why)),
    };
    let Start { first, cut } = start(selected, &query).await;
    let mut found = Found::within(cut);
    let passed = first.value() - 1;
    let mut work = wanted.progress.of(selected.view.exists().saturating_sub(passed));
    let mut turns = Turns::default();
    for (number, row) in selected.view.rows().skip(passed as usize) {
        turns.next().await;
        if is_left_out(&query, number, row) {
            work.pass();
            continue;
        }
        if matches(&query, &selected.mailbox, Facts { number, row, arrival: None, found: None }).await? {
            found.push(Hit { number, uid: row.uid, changed: row.changed });
        }
        work.step(wire).await?;
    }
    Ok(found)
}

/// Where a search begins.
struct Start {
    first: SeqNum,
    cut: Option<Cut>,
}

/// Goes back from the newest message until there are as many as a command may be about, of those that the key does not
/// leave out. What was found among them is all that `$` can stand for then (RFC 9738 section 3).
async fn start<M: Mailbox>(selected: &Selected<M>, query: &Query) -> Start {
    let mut start = Start { first: SeqNum::MIN, cut: None };
    let Some(limit) = selected.limit.messages() else { return start };
    let (mut taken, mut lowest) = (0, None);
    let mut turns = Turns::default();
    for (number, row) in selected.view.rows().rev() {
        turns.next().await;
        if is_left_out(query, number, row) {
            continue;
        }
        if taken == limit.get() {
            start.cut = lowest.map(|lowest| Cut::new(limit, lowest));
            break;
        }
        taken += 1;
        (start.first, lowest) = (number, Some(row.uid));
    }
    start
}

/// Whether a message is none of those that are looked for, whatever is in it.
fn is_left_out(query: &Query, number: SeqNum, row: &Row) -> bool {
    row.gone || query.leaves_out(number, row.uid)
}

/// How many messages were walked over. The other connections get their turn in between, though none was read.
#[derive(Default)]
struct Turns(u32);

impl Turns {
    async fn next(&mut self) {
        self.0 = self.0.wrapping_add(1);
        if self.0.is_multiple_of(TURN) {
            tokio::task::yield_now().await;
        }
    }
}

/// Messages walked over in one turn.
const TURN: u32 = 256;

/// In seconds since 1970.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// Whether a message is one of those that are looked for. One that is gone is not.
async fn matches<M: Mailbox>(query: &Query, mailbox: &M, facts: Facts<'_>) -> Result<bool, Failure> {
    if let Some(decided) = query.decide(&facts) {
        return Ok(decided);
    }
    let Facts { number, row, .. } = facts;
    let Row { uid, .. } = row;
    let Some(message) = mailbox.message(*uid).await? else { return Ok(false) };
    let arrival = Arrival {
        date: message.date(),
        size: message.size(),
        saved: message.saved(),
        id: message.email_id(),
    };
    let facts = Facts { number, row, arrival: Some(arrival), found: None };
    if let Some(decided) = query.decide(&facts) {
        return Ok(decided);
    }
    let found = content::look(&message, query.texts()).await?;
    Ok(query.decide(&Facts { found: Some(&found), ..facts }).unwrap_or(false))
}
