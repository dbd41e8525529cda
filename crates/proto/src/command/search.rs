use super::{Command, SearchBy, SearchKey, SearchReturn, read, search_key, search_return};
use crate::types::{Atom, NameEncoding};
use crate::wire::{Cursor, Encoder, Syntax};

/// The charset of the strings in a `SEARCH` (RFC 9051 section 6.4.4, RFC 3501 section 6.4.4).
///
/// Only what is needed is sent: Outlook and Yahoo refuse a search that names a charset, and some servers do not know
/// `US-ASCII`, which is what a search without a charset means.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Charset {
    /// None is named: the strings are ASCII, or UTF-8 is enabled on the connection (RFC 9755 section 3).
    #[default]
    Default,
    /// The strings are UTF-8. `CHARSET UTF-8` is sent when one of them is not ASCII, unless UTF-8 is enabled on the
    /// connection: then that is what strings are in, and naming it is an error (RFC 9755 section 3).
    Utf8,
    /// The strings are in this charset, which is always named.
    Other(Atom),
}

/// `search = "SEARCH" [search-return-opts] [SP "CHARSET" SP astring] 1*(SP search-key)` (RFC 9051 section 9; RFC 3501
/// section 9 without what to return)
pub(super) fn encode(
    encoder: &mut Encoder,
    names: NameEncoding,
    returns: Option<&SearchReturn>,
    key: &SearchKey,
    charset: &Charset,
) {
    if let Some(returns) = returns {
        search_return::encode(encoder, returns);
    }
    match charset {
        Charset::Utf8 if names != NameEncoding::Utf8 && !key.is_ascii() => {
            encoder.raw(" CHARSET UTF-8");
        }
        Charset::Default | Charset::Utf8 => {}
        Charset::Other(charset) => {
            encoder.raw(" CHARSET ").atom(charset);
        }
    }
    encoder.sp();
    match key {
        // The keys of a search are joined by "and"; a lone one is kept in parentheses, so that it reads back the same.
        SearchKey::And(keys) if keys.len() > 1 => {
            for (index, key) in keys.iter().enumerate() {
                encoder.raw(if index == 0 { "" } else { " " });
                search_key::encode(encoder, key);
            }
        }
        key => search_key::encode(encoder, key),
    }
}

/// As [`encode`].
pub(super) fn parse(cursor: &mut Cursor<'_>, by: SearchBy) -> Result<Command, Syntax> {
    cursor.expect_sp()?;
    let returns = if cursor.try_word("RETURN") { Some(search_return::parse(cursor)?) } else { None };
    let charset = if cursor.try_word("CHARSET") { parse_charset(cursor)? } else { Charset::Default };
    let key = search_key::parse_keys(cursor)?;
    Ok(Command::Search { returns, key, charset, by })
}

fn parse_charset(cursor: &mut Cursor<'_>) -> Result<Charset, Syntax> {
    cursor.expect_sp()?;
    let start = cursor.pos();
    let name = read::astring(cursor, "a charset")?.into_bytes();
    let charset = Atom::new(name).map_err(|_| Syntax { offset: start, expected: "a charset" })?;
    cursor.expect_sp()?;
    Ok(if charset.eq_ignore_case(b"UTF-8") {
        Charset::Utf8
    } else if charset.eq_ignore_case(b"US-ASCII") {
        Charset::Default
    } else {
        Charset::Other(charset)
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, check_wrong, encode, parse, string};
    use super::*;
    use crate::command::{EncodeOptions, RawValue, SearchOption};
    use crate::types::{Date, Tag};
    use crate::wire::{LiteralMode, Mark, MarkKind};

    fn search(key: SearchKey, charset: Charset, by: SearchBy) -> Command {
        Command::Search { returns: None, key, charset, by }
    }

    fn extended(returns: &[SearchOption], key: SearchKey, by: SearchBy) -> Command {
        let returns = Some(SearchReturn::new(returns.to_vec()).unwrap());
        Command::Search { returns, key, charset: Charset::Default, by }
    }

    #[test]
    fn examples_of_the_rfcs() {
        let key = SearchKey::Flagged
            .and(SearchKey::Since(Date::new(1994, 2, 1).unwrap()))
            .and(!SearchKey::From(string("Smith")));
        let line = "A282 SEARCH FLAGGED SINCE 1-Feb-1994 NOT FROM \"Smith\"";
        check(line, &search(key, Charset::Default, SearchBy::Numbers), line);
        let key = SearchKey::Text(string("string not in mailbox"));
        let line = "A283 SEARCH TEXT \"string not in mailbox\"";
        check(line, &search(key, Charset::Default, SearchBy::Numbers), line);
        let key = SearchKey::Text(string("\u{43c}\u{430}\u{442}\u{44c}"));
        let line = "A285 SEARCH CHARSET UTF-8 TEXT {8}\r\n\u{43c}\u{430}\u{442}\u{44c}";
        check(line, &search(key, Charset::Utf8, SearchBy::Numbers), line);
        let key = SearchKey::From(string("maria@example.com"));
        let command = search(key, Charset::Default, SearchBy::Numbers);
        check("h search from maria@example.com", &command, "h SEARCH FROM \"maria@example.com\"");
    }

    /// RFC 4731 section 3, RFC 5182 section 2.2, RFC 9394 section 3.1, RFC 7162 section 3.1.10.
    #[test]
    fn what_to_return() {
        use SearchOption::{All, Count, Max, Min, Partial, Save};
        let day = || SearchKey::Since(Date::new(1994, 2, 1).unwrap());
        let key = || SearchKey::Flagged.and(day()).and(!SearchKey::From(string("Smith")));
        let keys = "FLAGGED SINCE 1-Feb-1994 NOT FROM \"Smith\"";
        let line = format!("A282 SEARCH RETURN (MIN COUNT) {keys}");
        check(&line, &extended(&[Min, Count], key(), SearchBy::Numbers), &line);
        let sent = format!("A283 SEARCH RETURN (ALL) {keys}");
        for line in [format!("A283 SEARCH RETURN () {keys}"), format!("A283 search return ( all ) {keys}")] {
            check(&line, &extended(&[], key(), SearchBy::Numbers), &sent);
            check(&line, &extended(&[All], key(), SearchBy::Numbers), &sent);
        }
        let line = format!("A285 UID SEARCH RETURN (MIN MAX) {keys}");
        check(&line, &extended(&[Min, Max], key(), SearchBy::Uids), &line);
        let line = format!("C286 SEARCH RETURN (MAX SAVE MIN COUNT) {keys}");
        check(&line, &extended(&[Max, Save, Min, Count], key(), SearchBy::Numbers), &line);
        check(
            "a SEARCH RETURN (SAVE SAVE MIN SAVE) ALL",
            &extended(&[Save, Min], SearchKey::All, SearchBy::Numbers),
            "a SEARCH RETURN (SAVE MIN) ALL",
        );
        let undeleted = SearchKey::Undeleted.and(SearchKey::Unkeyword(Atom::try_from("$Junk").unwrap()));
        for range in ["-1:-100", "23500:24000"] {
            let line = format!("A01 UID SEARCH RETURN (PARTIAL {range}) UNDELETED UNKEYWORD $Junk");
            let partial = Partial(range.parse().unwrap());
            check(&line, &extended(&[partial], undeleted.clone(), SearchBy::Uids), &line);
        }
    }

    #[test]
    fn options_that_are_not_known_keep_their_values() {
        let other = |name: &str, value: Option<&'static str>| SearchOption::Other {
            name: Atom::try_from(name).unwrap(),
            value: value.map(|value| RawValue::new(value).unwrap()),
        };
        let returns =
            [other("CONTEXT", None), other("UPDATE", Some("(FLAGS BODY[HEADER])")), other("X", Some("7"))];
        let line = "a SEARCH RETURN (CONTEXT UPDATE (FLAGS BODY[HEADER]) X 7) ALL";
        check(line, &extended(&returns, SearchKey::All, SearchBy::Numbers), line);
        let line = "a SEARCH RETURN (X (a {3}\r\n) (\")) ALL";
        let command = parse(line).unwrap_err();
        assert_eq!(command.expected, "a value of one piece");
    }

    #[test]
    fn only_a_charset_that_is_needed_is_named() {
        let sent = |key: SearchKey, charset| {
            let encoded = encode(&search(key, charset, SearchBy::Uids), LiteralMode::Plus);
            encoded.bytes.escape_ascii().to_string()
        };
        let ascii = || SearchKey::Seen.and(SearchKey::To(string("a")));
        let other = || SearchKey::Seen.and(SearchKey::To(string("\u{e4}")));
        let koi = || Charset::Other(Atom::try_from("KOI8-R").unwrap());
        assert_eq!(sent(ascii(), Charset::Default), "a UID SEARCH SEEN TO \\\"a\\\"\\r\\n");
        assert_eq!(sent(ascii(), Charset::Utf8), "a UID SEARCH SEEN TO \\\"a\\\"\\r\\n");
        assert_eq!(sent(ascii(), koi()), "a UID SEARCH CHARSET KOI8-R SEEN TO \\\"a\\\"\\r\\n");
        assert_eq!(sent(other(), Charset::Default), "a UID SEARCH SEEN TO {2+}\\r\\n\\xc3\\xa4\\r\\n");
        assert_eq!(
            sent(!other(), Charset::Utf8),
            "a UID SEARCH CHARSET UTF-8 NOT (SEEN TO {2+}\\r\\n\\xc3\\xa4)\\r\\n"
        );
    }

    #[test]
    fn where_utf8_is_enabled_no_charset_is_named() {
        let command = search(SearchKey::To(string("\u{e4}")), Charset::Utf8, SearchBy::Uids);
        let options = EncodeOptions { literals: LiteralMode::Plus, names: NameEncoding::Utf8 };
        let encoded = command.encode(&Tag::new("a").unwrap(), &options);
        assert_eq!(&**encoded.bytes, "a UID SEARCH TO \"\u{e4}\"\r\n".as_bytes());
    }

    #[test]
    fn us_ascii_is_what_a_search_without_a_charset_means() {
        let command = search(SearchKey::All, Charset::Default, SearchBy::Uids);
        check("a uid search charset \"us-ascii\" all", &command, "a UID SEARCH ALL");
    }

    #[test]
    fn a_client_waits_at_every_literal() {
        let key = SearchKey::To(string("\u{e4}")).and(SearchKey::Cc(string("a\nb")));
        let encoded = encode(&search(key, Charset::Utf8, SearchBy::Numbers), LiteralMode::Synchronizing);
        assert_eq!(&**encoded.bytes, "a SEARCH CHARSET UTF-8 TO {2}\r\n\u{e4} CC {3}\r\na\nb\r\n".as_bytes());
        assert_eq!(encoded.marks, [31, 42].map(|offset| Mark { offset, kind: MarkKind::Continuation }));
    }

    #[test]
    fn what_is_no_search() {
        check_wrong("a SEARCH", 8, "a blank");
        check_wrong("a SEARCH ", 9, "a search key");
        check_wrong("a SEARCH CHARSET UTF-8", 22, "a blank");
        check_wrong("a SEARCH CHARSET UTF-8 ", 23, "a search key");
        check_wrong("a SEARCH CHARSET \"a b\" ALL", 17, "a charset");
        check_wrong("a SEARCH RETURN", 15, "a blank");
        check_wrong("a SEARCH RETURN ALL 1:*", 16, "a list of what to return");
        check_wrong("a SEARCH RETURN (ALL)", 21, "a blank");
        check_wrong("a SEARCH RETURN (ALL) ", 22, "a search key");
        check_wrong("a SEARCH RETURN (MIN", 20, "a blank");
        check_wrong("a SEARCH RETURN (MIN (x)) ALL", 21, "what to return");
        check_wrong("a SEARCH RETURN (PARTIAL) ALL", 24, "a blank");
        check_wrong("a SEARCH RETURN (PARTIAL 1:-5) ALL", 27, "a range of results");
        check_wrong("a SEARCH RETURN (ALL PARTIAL 1:5) ALL", 16, "one of ALL and PARTIAL");
        check_wrong("a SEARCH RETURN (PARTIAL 1:2 PARTIAL 1:5) ALL", 16, "one PARTIAL");
        check_wrong("a SEARCH CHARSET UTF-8 RETURN (ALL) ALL", 23, "a search key");
    }
}
