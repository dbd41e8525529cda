mod content;
mod query;

use tayori_proto::command::{Charset, SearchBy, SearchKey};
use tayori_proto::response::{Response, ResponseCode, SearchRow};
use tayori_proto::types::{SeqSet, Text, UidSet};

use crate::connection::{Failure, Handled, Reply, Selected, Wire};
use crate::limits::SEARCH_KEYS;
use crate::store::{Mailbox, Message};
use crate::view::Row;
use query::{Facts, Query};

/// `SEARCH` and `UID SEARCH` (RFC 9051 section 6.4.4, RFC 3501 section 6.4.4).
///
/// A message is opened only if what the session knows of it does not decide, and read only if its date and size do not.
pub(super) async fn handle<M: Mailbox>(
    wire: &mut Wire,
    selected: &mut Selected<M>,
    key: &SearchKey,
    charset: &Charset,
    by: SearchBy,
) -> Handled {
    if let Charset::Other(_) = charset {
        let known = vec![Text::from_static("US-ASCII"), Text::from_static("UTF-8")];
        return Ok(Reply::no("the charset is not known").with(ResponseCode::BadCharset(known)));
    }
    if query::count(key) > SEARCH_KEYS {
        return Ok(Reply::too_much());
    }
    let query = match Query::new(key, &selected.view) {
        Ok(query) => query,
        Err(why) => return Ok(Reply::bad(why)),
    };
    let (mut numbers, mut uids) = (SeqSet::new(), UidSet::new());
    let rows: Vec<_> = selected.view.rows().filter(|(_, row)| !row.gone).collect();
    for (number, row) in rows {
        if number.value().is_multiple_of(TURN) {
            tokio::task::yield_now().await;
        }
        if matches(&query, &selected.mailbox, Facts { number, row, arrival: None, found: None }).await? {
            numbers.insert(number);
            uids.insert(row.uid);
        }
    }
    let found = match by {
        SearchBy::Numbers => SearchRow::from_seq_nums(numbers),
        SearchBy::Uids => SearchRow::from_uids(&uids),
    };
    wire.send(&Response::Search(found)).await?;
    Ok(Reply::ok("searched"))
}

/// After so many messages the other connections get their turn, though none was read.
const TURN: u32 = 256;

/// Whether a message is one of those that are looked for. One that is gone is not.
async fn matches<M: Mailbox>(query: &Query, mailbox: &M, facts: Facts<'_>) -> Result<bool, Failure> {
    if let Some(decided) = query.decide(&facts) {
        return Ok(decided);
    }
    let Facts { number, row, .. } = facts;
    let Row { uid, .. } = row;
    let Some(message) = mailbox.message(*uid).await? else { return Ok(false) };
    let arrival = Some((message.date().date(), message.size()));
    let facts = Facts { number, row, arrival, found: None };
    if let Some(decided) = query.decide(&facts) {
        return Ok(decided);
    }
    let found = content::look(&message, query.texts()).await?;
    Ok(query.decide(&Facts { found: Some(&found), ..facts }).unwrap_or(false))
}
