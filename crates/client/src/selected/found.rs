//! What a search tells, in the old form and in the new one.

use tayori_proto::response::{ExtendedSearch, Response, SearchData, SearchRow};
use tayori_proto::types::{Id, IdSet, NumberSet, SeqSet, UidSet};

use crate::error::Error;

/// What a search by UID has found, be it told in the old form or, where that is the form of IMAP4rev2, in the new one
/// (RFC 9051 section 7.3.4). What was found in other mailboxes does not count.
///
/// Fails where something of it cannot be read: that is not nothing.
pub(crate) fn found_uids(command: &str, data: &[Response]) -> Result<UidSet, Error> {
    found(command, data, SearchRow::uids, NumberSet::uids)
}

/// The same of a search by sequence number.
pub(crate) fn found_numbers(command: &str, data: &[Response]) -> Result<SeqSet, Error> {
    found(command, data, SearchRow::seq_nums, NumberSet::seq_nums)
}

fn found<T: Id>(
    command: &str,
    data: &[Response],
    listed: fn(&SearchRow) -> IdSet<T>,
    told: fn(&NumberSet) -> IdSet<T>,
) -> Result<IdSet<T>, Error> {
    let mut found = IdSet::new();
    for response in data {
        match response {
            Response::Search(row) => found.insert_all(&listed(row)),
            Response::ExtendedSearch(search) if search.mailbox.is_none() => {
                for data in readable(command, search)? {
                    if let SearchData::All(numbers) = data {
                        found.insert_all(&told(numbers));
                    }
                }
            }
            _ => {}
        }
    }
    Ok(found)
}

/// What this tells, if all of it can be read that a search of ours asks for.
pub(crate) fn readable<'a>(command: &str, search: &'a ExtendedSearch) -> Result<&'a [SearchData], Error> {
    if search.data.iter().any(cannot_be_read) {
        let missing = "what was found in a form that can be read";
        return Err(Error::Incomplete { command: command.to_owned(), missing });
    }
    Ok(&search.data)
}

/// Whether this was asked for and says nothing.
fn cannot_be_read(data: &SearchData) -> bool {
    let SearchData::Other(item) = data else { return false };
    ["ALL", "COUNT", "MIN", "MAX", "PARTIAL"].iter().any(|name| item.name.eq_ignore_case(name.as_bytes()))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use tayori_proto::response::{Context, parse};

    use super::*;

    fn told(lines: impl IntoIterator<Item = String>) -> Vec<Response> {
        let response = |line: String| parse(&Bytes::from(line + "\r\n"), &Context::default()).response;
        lines.into_iter().map(response).collect()
    }

    #[track_caller]
    fn check(lines: &[&str], expected: Option<&str>) {
        let data = told(lines.iter().map(|line| format!("* {line}")));
        let uids = found_uids("UID SEARCH", &data).ok().map(|uids| uids.to_string());
        let numbers = found_numbers("SEARCH", &data).ok().map(|numbers| numbers.to_string());
        assert_eq!((uids.as_deref(), numbers.as_deref()), (expected, expected), "{lines:?}");
    }

    #[test]
    fn all_that_is_told_was_found_and_what_cannot_be_read_is_not_nothing() {
        check(&[], Some(""));
        check(&["SEARCH"], Some(""));
        check(&["ESEARCH (TAG \"a\") UID"], Some(""));
        check(&["SEARCH 2 9", "SEARCH 3"], Some("2:3,9"));
        check(&["ESEARCH UID ALL 5", "SEARCH 3", "ESEARCH UID ALL 4,7"], Some("3:5,7"));
        check(&["ESEARCH UID ALL 5 COUNT 3 ALL 1:2"], Some("1:2,5"));
        check(&["ESEARCH UID ALL 2:?"], None);
        check(&["ESEARCH UID ALL 5 ALL x"], None);
        check(&["ESEARCH UID all (1 2)", "SEARCH 3"], None);
        check(&["ESEARCH (TAG \"a\" MAILBOX \"x\") UID ALL 5"], Some(""));
        check(&["ESEARCH (TAG \"a\" MAILBOX \"x\") UID ALL ?", "SEARCH 3"], Some("3"));
    }

    /// With a copy of the set for each line, these are many thousand million ranges.
    #[test]
    fn many_lines_are_no_more_than_their_messages() {
        const LINES: u32 = 1 << 18;
        let ascending = |line: u32| 2 * (line + 1);
        let descending = |line: u32| 2 * (LINES - line);
        for number in [ascending, descending] as [fn(u32) -> u32; 2] {
            let data = told((0..LINES).map(|line| format!("* SEARCH {}", number(line))));
            let found = found_uids("UID SEARCH", &data).unwrap();
            assert_eq!((found.count(), found.ranges().len()), (u64::from(LINES), LINES as usize));
        }
    }
}
