use super::{Charset, Command, SearchBy, SearchKey, read, search_key};
use crate::types::{Atom, NonEmpty};
use crate::wire::{Cursor, Encoder, Syntax};

/// One thing by which messages are sorted; those that are equal in it are sorted by the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SortCriterion {
    /// What is compared.
    pub key: SortKey,
    /// Which comes first.
    pub order: SortOrder,
}

/// What of messages is compared (RFC 5256 section 3, RFC 5957 section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SortKey {
    /// `ARRIVAL`: internal date and time.
    Arrival,
    /// `CC`: the mailbox part of the first address.
    Cc,
    /// `DATE`: when it was sent; the internal date where it does not say.
    Date,
    /// `DISPLAYFROM`: the name of the first sender that is shown to people, with `SORT=DISPLAY` only (RFC 5957).
    DisplayFrom,
    /// `DISPLAYTO`: the same of the first recipient.
    DisplayTo,
    /// `FROM`: the mailbox part of the first address.
    From,
    /// `SIZE`
    Size,
    /// `SUBJECT`: without what marks replies and forwarded messages.
    Subject,
    /// `TO`: the mailbox part of the first address.
    To,
}

/// Which comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SortOrder {
    /// The smallest, the earliest.
    #[default]
    Ascending,
    /// `REVERSE`: the largest, the latest.
    Descending,
}

const KEYS: [(&str, SortKey); 9] = [
    ("ARRIVAL", SortKey::Arrival),
    ("CC", SortKey::Cc),
    ("DATE", SortKey::Date),
    ("DISPLAYFROM", SortKey::DisplayFrom),
    ("DISPLAYTO", SortKey::DisplayTo),
    ("FROM", SortKey::From),
    ("SIZE", SortKey::Size),
    ("SUBJECT", SortKey::Subject),
    ("TO", SortKey::To),
];

/// `sort = "SORT" SP sort-criteria SP search-criteria`, where `sort-criteria = "(" sort-criterion *(SP sort-criterion)
/// ")"` and `sort-criterion = ["REVERSE" SP] sort-key` (RFC 5256 section 5)
pub(super) fn encode(
    encoder: &mut Encoder,
    criteria: &NonEmpty<SortCriterion>,
    key: &SearchKey,
    charset: &Charset,
) {
    encoder.sp().list(criteria, |encoder, criterion| {
        if criterion.order == SortOrder::Descending {
            encoder.raw("REVERSE ");
        }
        let name = KEYS.iter().find(|(_, key)| *key == criterion.key);
        encoder.raw(name.map_or("", |(name, _)| name));
    });
    encode_search(encoder, key, charset);
}

/// As [`encode`].
pub(super) fn parse(cursor: &mut Cursor<'_>, by: SearchBy) -> Result<Command, Syntax> {
    cursor.expect_sp()?;
    let start = cursor.pos();
    let criteria = read::list(cursor, "a list of sort keys", parse_criterion)?;
    let criteria = NonEmpty::try_from(criteria)
        .map_err(|_| Syntax { offset: start, expected: "at least one sort key" })?;
    let (key, charset) = parse_search(cursor)?;
    Ok(Command::Sort { criteria, key, charset, by })
}

fn parse_criterion(cursor: &mut Cursor<'_>) -> Result<SortCriterion, Syntax> {
    let order = if cursor.try_word("REVERSE") {
        cursor.expect_sp()?;
        SortOrder::Descending
    } else {
        SortOrder::Ascending
    };
    let key = KEYS.iter().find(|(name, _)| cursor.try_word(name));
    match key {
        Some((_, key)) => Ok(SortCriterion { key: *key, order }),
        None => Err(cursor.expected("a sort key")),
    }
}

/// `SP search-criteria`, where `search-criteria = charset 1*(SP search-key)`. Other than in `SEARCH`, the charset is
/// always named; every server knows US-ASCII and UTF-8 (RFC 5256 section 3).
pub(super) fn encode_search(encoder: &mut Encoder, key: &SearchKey, charset: &Charset) {
    encoder.sp();
    match charset {
        Charset::Other(charset) => encoder.atom(charset),
        Charset::Default if key.is_ascii() => encoder.raw("US-ASCII"),
        // Without a charset in a search, strings are in what the connection is in: UTF-8, if they are not ASCII.
        Charset::Default | Charset::Utf8 => encoder.raw("UTF-8"),
    };
    encoder.sp();
    match key {
        // As in a search: keys that stand side by side are joined by "and".
        SearchKey::And(keys) if keys.len() > 1 => {
            for (index, key) in keys.iter().enumerate() {
                encoder.raw(if index == 0 { "" } else { " " });
                search_key::encode(encoder, key);
            }
        }
        key => search_key::encode(encoder, key),
    }
}

/// As [`encode_search`].
pub(super) fn parse_search(cursor: &mut Cursor<'_>) -> Result<(SearchKey, Charset), Syntax> {
    cursor.expect_sp()?;
    let start = cursor.pos();
    let name = read::astring(cursor, "a charset")?.into_bytes();
    let name = Atom::new(name).map_err(|_| Syntax { offset: start, expected: "a charset" })?;
    let charset = if name.eq_ignore_case(b"UTF-8") {
        Charset::Utf8
    } else if name.eq_ignore_case(b"US-ASCII") {
        Charset::Default
    } else {
        Charset::Other(name)
    };
    cursor.expect_sp()?;
    Ok((search_key::parse_keys(cursor)?, charset))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, check_wrong, string};
    use super::*;
    use crate::types::Date;

    fn ascending(key: SortKey) -> SortCriterion {
        SortCriterion { key, order: SortOrder::Ascending }
    }

    fn sort(criteria: NonEmpty<SortCriterion>, key: SearchKey, charset: Charset) -> Command {
        Command::Sort { criteria, key, charset, by: SearchBy::Numbers }
    }

    #[test]
    fn examples_of_the_rfcs() {
        let subject = NonEmpty::one(ascending(SortKey::Subject));
        let since = SearchKey::Since(Date::new(1994, 2, 1).unwrap());
        let line = "A282 SORT (SUBJECT) UTF-8 SINCE 1-Feb-1994";
        check(line, &sort(subject.clone(), since, Charset::Utf8), line);
        let criteria =
            subject.clone().and(SortCriterion { key: SortKey::Date, order: SortOrder::Descending });
        let line = "A283 SORT (SUBJECT REVERSE DATE) UTF-8 ALL";
        check(line, &sort(criteria, SearchKey::All, Charset::Utf8), line);
        let line = "A284 SORT (SUBJECT) US-ASCII TEXT \"not in mailbox\"";
        check(line, &sort(subject, SearchKey::Text(string("not in mailbox")), Charset::Default), line);
        let criteria = NonEmpty::one(ascending(SortKey::DisplayFrom)).and(ascending(SortKey::DisplayTo));
        let command =
            Command::Sort { criteria, key: SearchKey::All, charset: Charset::Utf8, by: SearchBy::Uids };
        check(
            "a uid sort (displayfrom  DISPLAYTO ) \"utf-8\" all",
            &command,
            "a UID SORT (DISPLAYFROM DISPLAYTO) UTF-8 ALL",
        );
    }

    #[test]
    fn every_key_has_its_own_name() {
        for (name, key) in KEYS {
            let line = format!("a SORT ({name} REVERSE {name}) KOI8-R SEEN DRAFT");
            let criteria =
                NonEmpty::one(ascending(key)).and(SortCriterion { key, order: SortOrder::Descending });
            let charset = Charset::Other("KOI8-R".try_into().unwrap());
            check(&line, &sort(criteria, SearchKey::Seen.and(SearchKey::Draft), charset), &line);
        }
    }

    #[test]
    fn what_is_no_sort() {
        check_wrong("a SORT", 6, "a blank");
        check_wrong("a SORT SUBJECT UTF-8 ALL", 7, "a list of sort keys");
        check_wrong("a SORT () UTF-8 ALL", 7, "at least one sort key");
        check_wrong("a SORT (COLOUR) UTF-8 ALL", 8, "a sort key");
        check_wrong("a SORT (REVERSE) UTF-8 ALL", 15, "a blank");
        check_wrong("a SORT (REVERSE REVERSE DATE) UTF-8 ALL", 16, "a sort key");
        check_wrong("a SORT (DATE)", 13, "a blank");
        check_wrong("a SORT (DATE) (ALL)", 14, "a charset");
        check_wrong("a SORT (DATE) UTF-8", 19, "a blank");
    }
}
