//! How a query is read.

use tayori_client::SearchKey;
use tayori_proto::types::{Atom, Date, ImapString, SequenceSet, Uid};

use super::words::{self, FLAGS, JOINTS, NAMES, Takes};
use super::{Query, day};
use crate::caret::point_at;
use crate::escape::escape_str;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::sets;

/// How deep parentheses and `not` may go. People need three, and servers bound it.
const MOST_DEPTH: usize = 40;

impl Query {
    /// Reads what was typed for this option. What is wrong is shown at its place.
    pub(crate) fn parse(option: &str, text: &str) -> Result<Self, Failure> {
        parse(text, day::today()).map_err(|Wrong { index, what, hint }| {
            let character = text[..text.floor_char_boundary(index)].chars().count() + 1;
            let shown = point_at(text, index);
            Failure::new(Exit::Usage, format!("{option}: {what} at character {character}\n{shown}"))
                .hint(hint)
        })
    }
}

/// A query that came in several arguments. What a shell has taken the quotes from gets them back: an argument is one
/// term where it stands beside others, and also alone, unless there are other words of a query in it.
pub(crate) fn joined(arguments: &[String]) -> String {
    let piece = |argument: &str| match argument.split_once(':') {
        Some((name, value))
            if is_to_be_quoted(value)
                && words::name(name.trim_start_matches('-')).is_some()
                && (arguments.len() > 1 || !has_words(value)) =>
        {
            format!("{name}:{}", quoted(value))
        }
        None if arguments.len() > 1 && is_to_be_quoted(argument) => quoted(argument),
        _ => argument.to_owned(),
    };
    arguments.iter().map(|argument| piece(argument.trim())).collect::<Vec<_>>().join(" ")
}

fn is_to_be_quoted(value: &str) -> bool {
    value.contains(char::is_whitespace) && !value.contains(['"', '(', ')'])
}

fn has_words(value: &str) -> bool {
    value.split_whitespace().skip(1).any(|word| {
        let word = word.trim_start_matches('-');
        JOINTS.iter().any(|joint| joint.eq_ignore_ascii_case(word)) || words::is_term(word)
    })
}

fn quoted(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

/// What is wrong with a query, and where, in octets.
#[derive(Debug)]
struct Wrong {
    index: usize,
    what: String,
    hint: String,
}

impl Wrong {
    fn new(index: usize, what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { index, what: what.into(), hint: hint.into() }
    }
}

fn parse(text: &str, today: Date) -> Result<Query, Wrong> {
    let mut reader = Reader { text, position: 0, depth: 0, today };
    reader.skip_blanks();
    if reader.at_end() {
        return Err(Wrong::new(0, "the query is empty", "write words such as from:ann unread, or all"));
    }
    let query = reader.any()?;
    match reader.at_end() {
        true => Ok(query),
        false => {
            Err(Wrong::new(reader.position, "no ( belongs to this )", "leave it out, or put it into quotes"))
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    /// At most the length of the text, and at a character's beginning.
    position: usize,
    depth: usize,
    today: Date,
}

/// A word as it stands there.
struct Term {
    start: usize,
    /// In front of the first colon that is not quoted, where there is one.
    name: Option<String>,
    value: String,
    value_start: usize,
    /// Whether all of it was in quotes, so that it means nothing but itself.
    is_quoted: bool,
}

impl<'a> Reader<'a> {
    fn any(&mut self) -> Result<Query, Wrong> {
        let mut parts = vec![self.all()?];
        while self.take_word("or") {
            parts.push(self.all()?);
        }
        Ok(Query::any_of(parts))
    }

    fn all(&mut self) -> Result<Query, Wrong> {
        let mut parts = Vec::new();
        loop {
            let is_joined = !parts.is_empty() && self.take_word("and");
            self.skip_blanks();
            let is_over = self.at_end() || self.rest().starts_with(')') || self.is_word("or");
            if !is_over {
                parts.push(self.one()?);
            } else if parts.is_empty() || is_joined {
                return Err(self.missing());
            } else {
                return Ok(Query::all_of(parts));
            }
        }
    }

    fn missing(&self) -> Wrong {
        Wrong::new(
            self.position,
            "something to look for is missing",
            "write words such as from:ann or unread",
        )
    }

    fn one(&mut self) -> Result<Query, Wrong> {
        let start = self.position;
        let is_dash = self.rest().starts_with('-')
            && self.rest()[1..].starts_with(|c: char| !c.is_whitespace() && c != '-');
        if is_dash {
            self.position += 1;
        } else if !self.take_word("not") {
            return self.primary();
        }
        self.skip_blanks();
        if self.at_end() || self.rest().starts_with(')') {
            return Err(self.missing());
        }
        self.deeper(start, |reader| reader.one().map(Query::negated))
    }

    fn primary(&mut self) -> Result<Query, Wrong> {
        let start = self.position;
        if !self.rest().starts_with('(') {
            let term = self.term()?;
            return self.mean(&term);
        }
        self.position += 1;
        let query = self.deeper(start, Self::any)?;
        match self.rest().starts_with(')') {
            true => {
                self.position += 1;
                self.skip_blanks();
                Ok(query)
            }
            false => {
                Err(Wrong::new(start, "the ) to this ( is missing", "write one behind the words in between"))
            }
        }
    }

    fn deeper(
        &mut self,
        start: usize,
        read: impl FnOnce(&mut Self) -> Result<Query, Wrong>,
    ) -> Result<Query, Wrong> {
        if self.depth == MOST_DEPTH {
            return Err(Wrong::new(
                start,
                "too many levels",
                "no server takes more; search in several steps",
            ));
        }
        self.depth += 1;
        let read = read(self);
        self.depth -= 1;
        read
    }

    /// What a term means.
    fn mean(&self, term: &Term) -> Result<Query, Wrong> {
        let Term { start, name, value, value_start, is_quoted } = term;
        let Some(name) = name else {
            return match words::flag(value).filter(|_| !is_quoted) {
                Some(flag) => Ok(flag),
                None => text(value, *start).map(|text| Query::Server(SearchKey::Text(text))),
            };
        };
        let Some(known) = words::name(name) else { return Err(unknown_name(*start, name)) };
        if value.is_empty() {
            return Err(Wrong::new(*value_start, format!("{name}: has no value"), hint_for(known.takes)));
        }
        let wrong = |what: &str| {
            let value = escape_str(value);
            Err(Wrong::new(*value_start, format!("{value} is no {what}"), hint_for(known.takes)))
        };
        Ok(Query::Server(match known.takes {
            Takes::Text(key) => key(text(value, *value_start)?),
            Takes::Day(key) => match day::parse(value, self.today) {
                Some(day) => key(day),
                None => return wrong("day"),
            },
            Takes::Size(key) => match size(value) {
                Some(octets) => key(octets),
                None => return wrong("size"),
            },
            Takes::Keyword(key) => match Atom::try_from(value.as_str()) {
                Ok(atom) => key(atom),
                Err(_) => return wrong("keyword"),
            },
            Takes::Header => {
                let (field, content) = value.split_once('=').unwrap_or((value, ""));
                let is_name = |octet: u8| octet.is_ascii_graphic() && octet != b':';
                if field.is_empty() || !field.bytes().all(is_name) {
                    return wrong("field of a header");
                }
                let content = text(content, *value_start)?;
                SearchKey::Header { field: text(field, *value_start)?, value: content }
            }
            Takes::Uids => match value.parse::<SequenceSet<Uid>>() {
                Ok(uids) => SearchKey::Uid(sets::upwards(&uids)),
                Err(error) => {
                    let what = format!("expected {}", error.expected);
                    return Err(Wrong::new(value_start + error.index, what, hint_for(known.takes)));
                }
            },
            Takes::Thing => match words::thing(value) {
                Some(query) => return Ok(query),
                None => {
                    let things = FLAGS.iter().map(|(word, _)| *word).chain(["attachment"]);
                    let hint = match nearest(value, things) {
                        Some(word) => format!("did you mean {name}:{word}?"),
                        None => hint_for(Takes::Thing).to_owned(),
                    };
                    let what = format!("nothing is known of {name}:{}", escape_str(value));
                    return Err(Wrong::new(*value_start, what, hint));
                }
            },
        }))
    }

    /// Reads up to the next blank or parenthesis that is not quoted.
    fn term(&mut self) -> Result<Term, Wrong> {
        let start = self.position;
        let (mut name, mut value, mut value_start) = (None, String::new(), start);
        // A quote somewhere, and a character outside of them.
        let (mut has_quotes, mut has_others) = (false, false);
        while let Some(c) = self.rest().chars().next() {
            match c {
                _ if c.is_whitespace() => break,
                '(' | ')' => break,
                '"' => {
                    has_quotes = true;
                    self.quoted(&mut value)?;
                    continue;
                }
                ':' if name.is_none() && !has_quotes && !value.is_empty() => {
                    name = Some(std::mem::take(&mut value));
                    value_start = self.position + 1;
                }
                c => {
                    has_others = true;
                    value.push(c);
                }
            }
            self.position += c.len_utf8();
        }
        self.skip_blanks();
        Ok(Term { start, name, value, value_start, is_quoted: has_quotes && !has_others })
    }

    fn quoted(&mut self, value: &mut String) -> Result<(), Wrong> {
        let start = self.position;
        let mut characters = self.rest().char_indices().skip(1);
        while let Some((index, c)) = characters.next() {
            match c {
                '"' => {
                    self.position = start + index + 1;
                    return Ok(());
                }
                '\\' => value.extend(characters.next().map(|(_, c)| c)),
                c => value.push(c),
            }
        }
        Err(Wrong::new(start, "the quote that ends this is missing", "write \" behind the text"))
    }

    /// Takes this word if it comes next, and the blanks behind it.
    fn take_word(&mut self, word: &str) -> bool {
        let comes = self.is_word(word);
        if comes {
            self.position += word.len();
            self.skip_blanks();
        }
        comes
    }

    fn is_word(&self, word: &str) -> bool {
        let rest = self.rest();
        let comes = rest.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word));
        comes && rest[word.len()..].chars().next().is_none_or(|c| c.is_whitespace() || matches!(c, '(' | ')'))
    }

    fn skip_blanks(&mut self) {
        self.position = self.text.len() - self.rest().trim_start().len();
    }

    fn at_end(&self) -> bool {
        self.position == self.text.len()
    }

    fn rest(&self) -> &'a str {
        &self.text[self.position..]
    }
}

fn text(value: &str, start: usize) -> Result<ImapString, Wrong> {
    ImapString::new(value).map_err(|_| Wrong::new(start, "NUL cannot be sent", "leave it out"))
}

/// Octets: a number, perhaps with `k`, `M` or `G` for 1024 and its powers.
fn size(value: &str) -> Option<u64> {
    let value = value.strip_suffix(['b', 'B']).unwrap_or(value);
    let (number, unit) = match value.chars().next_back()?.to_ascii_lowercase() {
        'k' => (&value[..value.len() - 1], 1 << 10),
        'm' => (&value[..value.len() - 1], 1 << 20),
        'g' => (&value[..value.len() - 1], 1 << 30),
        _ => (value, 1),
    };
    let is_number = !number.is_empty() && number.bytes().all(|octet| octet.is_ascii_digit());
    // What RFC 3501 lets a search be given, number, ends with 32 bits; RFC 9051 has 63 of them.
    is_number
        .then(|| number.parse::<u64>().ok()?.checked_mul(unit))
        .flatten()
        .filter(|octets| *octets >> 63 == 0)
}

fn unknown_name(start: usize, name: &str) -> Wrong {
    let what = format!("there is no {}:", escape_str(name));
    let names = NAMES.iter().flat_map(|name| name.names.iter().copied());
    let hint = match nearest(name, names) {
        Some(known) => format!("did you mean {known}:? A text with a colon stands in double quotes"),
        None => {
            "a text with a colon stands in double quotes; tayori search --help lists the words".to_owned()
        }
    };
    Wrong::new(start, what, hint)
}

fn hint_for(takes: Takes) -> &'static str {
    match takes {
        Takes::Text(_) => "write what to look for behind the colon; what has blanks stands in double quotes",
        Takes::Day(_) => "a day is such as 2025-01-31, 2025-01, yesterday, or 7d for seven days ago",
        Takes::Size(_) => "a size is a number of bytes, or such as 500k, 1M or 2G",
        Takes::Keyword(_) => "a keyword is one word without special characters, such as $Junk",
        Takes::Header => "write header:name=text, or header:name for those that have the field",
        Takes::Uids => "write UIDs such as 20 or 20,30:40",
        Takes::Thing => "write has:attachment, or is: and a flag such as seen, flagged or answered",
    }
}

/// The word that was probably meant.
fn nearest<'a>(typed: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let typed = typed.to_lowercase();
    let likeness = known.map(|word| (strsim::jaro(&typed, word), word));
    let best = likeness.max_by(|one, other| one.0.total_cmp(&other.0));
    best.filter(|(likeness, _)| *likeness > 0.75).map(|(_, word)| word)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tayori_proto::command::{Charset, Command, EncodeOptions, SearchBy};
    use tayori_proto::types::Tag;

    use super::*;

    fn today() -> Date {
        Date::new(2026, 3, 31).unwrap()
    }

    fn sent(key: SearchKey) -> String {
        let command = Command::Search { returns: None, key, charset: Charset::Utf8, by: SearchBy::Uids };
        let line = command.encode(&Tag::new("t").unwrap(), &EncodeOptions::default());
        let line = String::from_utf8(line.bytes.to_vec()).unwrap();
        line.strip_prefix("t UID SEARCH ").unwrap().trim_end().to_owned()
    }

    fn shown(query: &Query) -> String {
        let list = |parts: &[Query]| parts.iter().map(shown).collect::<Vec<_>>().join(" | ");
        match query {
            Query::Server(key) => sent(key.clone()),
            Query::HasAttachment => "attachment".to_owned(),
            Query::Not(query) => format!("not[{}]", shown(query)),
            Query::And(parts) => format!("and[{}]", list(parts)),
            Query::Or(parts) => format!("or[{}]", list(parts)),
        }
    }

    /// What a query means, and what the server is asked for it.
    #[track_caller]
    fn check(text: &str, meant: &str, asked: &str) {
        let query = parse(text, today()).unwrap_or_else(|wrong| panic!("{text}: {wrong:?}"));
        assert_eq!((shown(&query).as_str(), sent(query.key()).as_str()), (meant, asked), "{text}");
    }

    #[track_caller]
    fn check_server(text: &str, keys: &str) {
        check(text, keys, keys);
    }

    #[test]
    fn words_become_search_keys() {
        check_server("from:ann", "FROM \"ann\"");
        check_server("FROM:ann", "FROM \"ann\"");
        check_server(
            "from:ann subject:\"tax 2025\" since:2025-01-01",
            "FROM \"ann\" SUBJECT \"tax 2025\" SINCE 1-Jan-2025",
        );
        check_server("subject:\"a \\\"b\\\\\"", "SUBJECT \"a \\\"b\\\\\"");
        check_server("larger:1M smaller:2gb", "LARGER 1048576 SMALLER 2147483648");
        check_server("larger:500k larger:7", "LARGER 512000 LARGER 7");
        check_server("unread starred is:answered", "UNSEEN FLAGGED ANSWERED");
        check_server("tag:$Junk uid:5,7:9", "KEYWORD $Junk UID 5,7:9");
        check_server("uid:20:*", "UID 20:4294967295");
        check_server("header:X-Spam=yes header:List-Id", "HEADER \"X-Spam\" \"yes\" HEADER \"List-Id\" \"\"");
        check_server("list:rust id:<1@x>", "HEADER \"List-Id\" \"rust\" HEADER \"Message-ID\" \"<1@x>\"");
        check_server("newer:7d", "SINCE 24-Mar-2026");
        check_server("all", "ALL");
    }

    #[test]
    fn what_has_no_name_is_looked_for_anywhere() {
        check_server("invoice", "TEXT \"invoice\"");
        check_server("\"two words\" more", "TEXT \"two words\" TEXT \"more\"");
        check_server("\"seen\"", "TEXT \"seen\"");
        check_server("\"12:30\"", "TEXT \"12:30\"");
        check_server("text:seen", "TEXT \"seen\"");
        check_server(":x", "TEXT \":x\"");
        check_server("\u{65c5}", "CHARSET UTF-8 TEXT {3}\r\n\u{65c5}");
    }

    #[test]
    fn words_between_others() {
        check_server("not seen", "NOT SEEN");
        check_server("-from:bob -\"x y\"", "NOT FROM \"bob\" NOT TEXT \"x y\"");
        check_server("not not seen", "SEEN");
        check_server("a - b", "TEXT \"a\" TEXT \"-\" TEXT \"b\"");
        check_server("seen or flagged", "OR SEEN FLAGGED");
        check_server("seen and flagged", "SEEN FLAGGED");
        check_server("a b or c d", "OR (TEXT \"a\" TEXT \"b\") (TEXT \"c\" TEXT \"d\")");
        check_server("a (b or c) d", "TEXT \"a\" OR TEXT \"b\" TEXT \"c\" TEXT \"d\"");
        check_server("not(a b)", "NOT (TEXT \"a\" TEXT \"b\")");
        check_server("(((seen)))", "SEEN");
        check_server("1 or 2 or 3 or 4", "OR OR TEXT \"1\" TEXT \"2\" OR TEXT \"3\" TEXT \"4\"");
        check_server("oracle android", "TEXT \"oracle\" TEXT \"android\"");
    }

    #[test]
    fn what_no_server_knows_is_looked_at_here() {
        check("has:attachment", "attachment", "ALL");
        check("from:ann has:attachment seen", "and[FROM \"ann\" SEEN | attachment]", "FROM \"ann\" SEEN");
        check("not has:attachment seen", "and[SEEN | not[attachment]]", "SEEN");
        check("seen or flagged or has:attachment", "or[OR SEEN FLAGGED | attachment]", "ALL");
        check(
            "(from:a has:attachment) or from:b or from:c",
            "or[OR FROM \"b\" FROM \"c\" | and[FROM \"a\" | attachment]]",
            "OR OR FROM \"b\" FROM \"c\" FROM \"a\"",
        );
        check("not (seen has:attachment)", "not[and[SEEN | attachment]]", "ALL");
    }

    #[track_caller]
    fn check_wrong(text: &str, expected: &str) {
        let failure = Query::parse("--query", text).unwrap_err();
        assert_eq!(failure.exit, Exit::Usage);
        assert_eq!(failure.to_text(), expected, "{text}");
    }

    #[test]
    fn what_is_wrong_is_shown_at_its_place() {
        check_wrong(
            "seen form:ann",
            "error: --query: there is no form: at character 6\n  seen form:ann\n       ^\n\
             hint: did you mean from:? A text with a colon stands in double quotes\n",
        );
        check_wrong(
            "http://x",
            "error: --query: there is no http: at character 1\n  http://x\n  ^\n\
             hint: a text with a colon stands in double quotes; tayori search --help lists the words\n",
        );
        check_wrong(
            "since:2025-02-30",
            "error: --query: 2025-02-30 is no day at character 7\n  since:2025-02-30\n        ^\n\
             hint: a day is such as 2025-01-31, 2025-01, yesterday, or 7d for seven days ago\n",
        );
        check_wrong(
            "is:unsen",
            "error: --query: nothing is known of is:unsen at character 4\n  is:unsen\n     ^\n\
             hint: did you mean is:unseen?\n",
        );
        check_wrong(
            "a (b or",
            "error: --query: something to look for is missing at character 8\n  a (b or\n         ^\n\
             hint: write words such as from:ann or unread\n",
        );
        check_wrong(
            "(a",
            "error: --query: the ) to this ( is missing at character 1\n  (a\n  ^\n\
             hint: write one behind the words in between\n",
        );
        check_wrong(
            "a) b",
            "error: --query: no ( belongs to this ) at character 2\n  a) b\n   ^\n\
             hint: leave it out, or put it into quotes\n",
        );
        check_wrong(
            "subject:\"tax",
            "error: --query: the quote that ends this is missing at character 9\n  subject:\"tax\n          ^\n\
             hint: write \" behind the text\n",
        );
        check_wrong(
            "uid:5,x",
            "error: --query: expected a digit, `:`, `,` or `*` at character 7\n  uid:5,x\n        ^\n\
             hint: write UIDs such as 20 or 20,30:40\n",
        );
        for empty in ["", "  "] {
            let failure = Query::parse("--query", empty).unwrap_err();
            assert!(failure.message().starts_with("--query: the query is empty"), "{}", failure.message());
        }
        for text in [
            "from:",
            "not",
            "-",
            "or a",
            "a or",
            "()",
            "a and",
            "larger:1T",
            "larger:",
            "has:it",
            "header:=x",
        ] {
            if text != "-" {
                assert!(parse(text, today()).is_err(), "{text}");
            }
        }
    }

    #[test]
    fn levels_are_bounded() {
        let nested =
            |depth: usize| format!("{}seen or has:attachment{}", "(".repeat(depth), ")".repeat(depth));
        assert!(parse(&nested(MOST_DEPTH), today()).is_ok());
        assert!(parse(&nested(MOST_DEPTH + 1), today()).is_err());
        assert!(parse(&nested(100_000), today()).is_err());
        assert!(parse(&"not ".repeat(100_000), today()).is_err());
    }

    #[track_caller]
    fn check_joined(arguments: &[&str], expected: &str) {
        let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
        assert_eq!(joined(&arguments), expected);
    }

    #[test]
    fn quotes_that_a_shell_has_taken_are_put_back() {
        check_joined(
            &["from:ann", "subject:tax 2025", "not", "seen"],
            "from:ann subject:\"tax 2025\" not seen",
        );
        check_joined(&["subject:tax 2025"], "subject:\"tax 2025\"");
        check_joined(&["-subject:tax 2025", "a b"], "-subject:\"tax 2025\" \"a b\"");
        check_joined(&["from:ann unread"], "from:ann unread");
        check_joined(&["from:ann subject:\"tax 2025\""], "from:ann subject:\"tax 2025\"");
        check_joined(&["subject:a b or c"], "subject:a b or c");
        check_joined(&["a b"], "a b");
        check_joined(&["seen", "(a or b)"], "seen (a or b)");
        check_joined(&["subject:back\\slash x"], "subject:\"back\\\\slash x\"");
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "[ a-z:()\"\\\\é-]{0,40}", more in any::<String>()) {
            for text in [text, more] {
                if let Err(failure) = Query::parse("--query", &text) {
                    prop_assert!(!failure.to_text().trim_end().is_empty());
                }
            }
        }
    }
}
