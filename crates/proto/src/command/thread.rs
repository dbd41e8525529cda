use super::sort::{encode_search, parse_search};
use super::{Charset, Command, SearchBy, SearchKey, read};
use crate::types::Atom;
use crate::wire::{Cursor, Encoder, Syntax};

/// How messages are put into threads (RFC 5256 section 3). A server lists those it knows as `THREAD=...`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ThreadAlgorithm {
    /// `ORDEREDSUBJECT`: by subject, then by date.
    OrderedSubject,
    /// `REFERENCES`: by the messages they reply to, then by subject.
    References,
    /// `REFS`: by the messages they reply to alone; the thread with the newest message is the last one. A draft that
    /// never became an RFC, known to Dovecot and Cyrus.
    Refs,
    /// Any other, sent as it is.
    Other(Atom),
}

const KNOWN: [(&str, ThreadAlgorithm); 3] = [
    ("ORDEREDSUBJECT", ThreadAlgorithm::OrderedSubject),
    ("REFERENCES", ThreadAlgorithm::References),
    ("REFS", ThreadAlgorithm::Refs),
];

impl ThreadAlgorithm {
    /// The algorithm with this name, in any case.
    pub fn new(name: Atom) -> Self {
        match KNOWN.iter().find(|(known, _)| name.eq_ignore_case(known.as_bytes())) {
            Some((_, algorithm)) => algorithm.clone(),
            None => Self::Other(name),
        }
    }

    /// The name.
    pub fn name(&self) -> &[u8] {
        match self {
            Self::Other(name) => name.as_bytes(),
            known => {
                let name = KNOWN.iter().find(|(_, algorithm)| algorithm == known);
                name.map_or(&[], |(name, _)| name.as_bytes())
            }
        }
    }
}

/// `thread = "THREAD" SP thread-alg SP search-criteria` (RFC 5256 section 5)
pub(super) fn encode(encoder: &mut Encoder, algorithm: &ThreadAlgorithm, key: &SearchKey, charset: &Charset) {
    encoder.sp().raw(algorithm.name());
    encode_search(encoder, key, charset);
}

/// As [`encode`].
pub(super) fn parse(cursor: &mut Cursor<'_>, by: SearchBy) -> Result<Command, Syntax> {
    cursor.expect_sp()?;
    let algorithm = ThreadAlgorithm::new(read::atom(cursor, "a threading algorithm")?);
    let (key, charset) = parse_search(cursor)?;
    Ok(Command::Thread { algorithm, key, charset, by })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, check_wrong, string};
    use super::*;
    use crate::types::Date;

    fn thread(algorithm: ThreadAlgorithm, key: SearchKey, charset: Charset, by: SearchBy) -> Command {
        Command::Thread { algorithm, key, charset, by }
    }

    #[test]
    fn examples_of_the_rfc() {
        use ThreadAlgorithm::{OrderedSubject, References, Refs};
        let since = SearchKey::Since(Date::new(2000, 3, 5).unwrap());
        check(
            "A283 THREAD ORDEREDSUBJECT UTF-8 SINCE 5-MAR-2000",
            &thread(OrderedSubject, since.clone(), Charset::Utf8, SearchBy::Numbers),
            "A283 THREAD ORDEREDSUBJECT UTF-8 SINCE 5-Mar-2000",
        );
        check(
            "A284 THREAD ORDEREDSUBJECT US-ASCII TEXT \"gewp\"",
            &thread(OrderedSubject, SearchKey::Text(string("gewp")), Charset::Default, SearchBy::Numbers),
            "A284 THREAD ORDEREDSUBJECT US-ASCII TEXT \"gewp\"",
        );
        check(
            "A285 uid thread references utf-8 SINCE 5-MAR-2000",
            &thread(References, since, Charset::Utf8, SearchBy::Uids),
            "A285 UID THREAD REFERENCES UTF-8 SINCE 5-Mar-2000",
        );
        let line = "a THREAD REFS UTF-8 TEXT {2}\r\n\u{fc}";
        check(line, &thread(Refs, SearchKey::Text(string("\u{fc}")), Charset::Utf8, SearchBy::Numbers), line);
        let other = ThreadAlgorithm::Other("X-Colour".try_into().unwrap());
        let line = "a THREAD X-Colour US-ASCII ALL";
        check(line, &thread(other, SearchKey::All, Charset::Default, SearchBy::Numbers), line);
    }

    #[test]
    fn what_is_no_thread() {
        check_wrong("a THREAD", 8, "a blank");
        check_wrong("a THREAD (REFS) UTF-8 ALL", 9, "a threading algorithm");
        check_wrong("a THREAD REFS", 13, "a blank");
        check_wrong("a THREAD REFS UTF-8", 19, "a blank");
        check_wrong("a THREAD REFS UTF-8 x", 20, "a search key");
    }
}
