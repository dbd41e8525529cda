//! Lists of addresses (RFC 5322 section 3.4, with the obsolete forms of section 4.4), as an envelope tells them.

use tayori_proto::types::{Address, AddressList, Text};

use super::lexer::{Lexer, is_blank};
use crate::limits::Budget;

/// Reads a list of addresses.
///
/// Names are raw but for quotes: encoded words stay, quoted strings lose their quotes and backslashes, a run of white
/// space is one space. A comment is a name only in the old form `address (Name)`. Groups have their markers, with one
/// at the end even where the `;` is missing. What is no address is told as one with an empty host, never with a missing
/// one, which would be a marker; and whatever stands between two commas cannot hide what follows.
pub(super) fn addresses(value: &[u8], budget: &mut Budget) -> AddressList {
    let mut parser =
        Parser { lexer: Lexer::new(value), budget, list: Vec::new(), in_group: false, item: Item::default() };
    while parser.step() {}
    parser.list.into()
}

struct Parser<'a, 'b> {
    lexer: Lexer<'a>,
    budget: &'b mut Budget,
    list: Vec<Address>,
    in_group: bool,
    item: Item,
}

/// What was read since the last separator.
#[derive(Default)]
struct Item {
    /// All words, for a name.
    phrase: Vec<u8>,
    /// The last words as far as they may be one address without brackets.
    bare: Spec,
    /// Addresses without brackets that another word followed.
    complete: Vec<Spec>,
    /// The address in brackets.
    angle: Option<Angle>,
    comment: Option<Vec<u8>>,
    /// White space or a comment stands in front of the next word.
    spaced: bool,
}

struct Angle {
    name: Vec<u8>,
    route: Option<Vec<u8>>,
    spec: Spec,
}

/// `local@domain`, growing word by word.
#[derive(Default)]
struct Spec {
    text: Vec<u8>,
    /// Where the last `@` outside quotes stands, an index into `text`.
    at: Option<usize>,
    /// Whether the last word ends with a dot or `@` outside quotes: the next word belongs to it.
    open: bool,
    /// Octets of the phrase in front of it.
    behind: usize,
}

impl Spec {
    /// Whether a word behind white space is a part of this all the same: `a . b @ c`.
    fn continues(&self, word: &[u8]) -> bool {
        self.open || matches!(word.first(), Some(b'.' | b'@'))
    }

    fn push(&mut self, word: &[u8]) {
        if let Some(at) = memchr::memrchr(b'@', word) {
            self.at = Some(self.text.len() + at);
        }
        self.text.extend_from_slice(word);
        self.open = matches!(word.last(), Some(b'.' | b'@'));
    }

    fn push_quoted(&mut self, word: &[u8]) {
        self.text.extend_from_slice(word);
        self.open = false;
    }

    fn into_address(mut self, name: Vec<u8>, route: Option<Vec<u8>>) -> Address {
        let host = match self.at {
            Some(at) => {
                let host = self.text.split_off(at + 1);
                self.text.pop();
                host
            }
            None => Vec::new(),
        };
        Address {
            name: (!name.is_empty()).then(|| name.into()),
            route: route.map(Text::from),
            mailbox: Some(self.text.into()),
            host: Some(host.into()),
        }
    }
}

impl Parser<'_, '_> {
    /// Reads one token; false at the end of the value or of the budget.
    fn step(&mut self) -> bool {
        if self.lexer.blanks() {
            self.item.spaced = true;
        }
        if let Some(comment) = self.lexer.try_comment() {
            self.item.comment = Some(comment);
            self.item.spaced = true;
            return true;
        }
        if let Some(word) = self.lexer.try_quoted() {
            self.word(&word, true);
            return true;
        }
        if self.item.bare.open
            && let Some(literal) = self.lexer.try_literal()
        {
            self.word(literal, true);
            return true;
        }
        match self.lexer.peek() {
            None => {
                self.end_item();
                if self.in_group {
                    self.push(Address::default());
                }
                return false;
            }
            Some(b',') => {
                self.lexer.skip(1);
                self.end_item();
            }
            Some(b';') => {
                self.lexer.skip(1);
                self.end_item();
                if std::mem::take(&mut self.in_group) {
                    self.push(Address::default());
                }
            }
            Some(b'<') => {
                self.lexer.skip(1);
                self.angle();
            }
            Some(b'>') => self.lexer.skip(1),
            Some(b':') if self.begins_group() => {
                self.lexer.skip(1);
                let name = std::mem::take(&mut self.item).phrase;
                self.in_group = true;
                self.push(Address { mailbox: Some(name.into()), ..Address::default() });
            }
            Some(_) => {
                let rest = self.lexer.rest();
                let octets = word_octets(rest, |octet| octet == b':' || ends_word(octet));
                self.lexer.skip(octets);
                self.word(&rest[..octets], false);
            }
        }
        self.budget.is_left()
    }

    fn begins_group(&self) -> bool {
        let item = &self.item;
        !self.in_group && item.angle.is_none() && item.bare.at.is_none() && !item.phrase.is_empty()
    }

    fn word(&mut self, word: &[u8], quoted: bool) {
        let item = &mut self.item;
        let spaced = std::mem::take(&mut item.spaced) && !item.phrase.is_empty();
        if spaced && (quoted && !item.bare.open || !quoted && !item.bare.continues(word)) {
            let next = Spec { behind: item.phrase.len(), ..Spec::default() };
            let bare = std::mem::replace(&mut item.bare, next);
            if bare.at.is_some() {
                item.complete.push(bare);
            }
        }
        if spaced {
            item.phrase.push(b' ');
        }
        item.phrase.extend_from_slice(word);
        if quoted { item.bare.push_quoted(word) } else { item.bare.push(word) }
    }

    /// Reads `@a,@b:local@domain>`, the `<` being read.
    fn angle(&mut self) {
        // Two addresses without a comma between them.
        if self.item.angle.is_some() {
            let name = std::mem::take(&mut self.item.phrase);
            self.end_item();
            self.item.phrase = name;
        }
        self.lexer.blanks_and_comments();
        let route = self.try_route();
        let mut spec = Spec::default();
        let mut spaced = false;
        loop {
            let before = self.lexer.rest().len();
            self.lexer.blanks_and_comments();
            spaced |= self.lexer.rest().len() < before;
            if let Some(word) = self.lexer.try_quoted() {
                spec.push_quoted(&word);
                continue;
            }
            if spec.open
                && let Some(literal) = self.lexer.try_literal()
            {
                spec.push_quoted(literal);
                continue;
            }
            match self.lexer.peek() {
                Some(b'>') => {
                    self.lexer.skip(1);
                    break;
                }
                // The bracket is never closed, or in another address.
                None | Some(b',' | b';' | b'<') => break,
                Some(_) => {
                    let rest = self.lexer.rest();
                    let octets = word_octets(rest, ends_word);
                    self.lexer.skip(octets);
                    let word = &rest[..octets];
                    if std::mem::take(&mut spaced) && !spec.text.is_empty() && !spec.continues(word) {
                        spec.push_quoted(b" ");
                    }
                    spec.push(word);
                }
            }
        }
        let name = std::mem::take(&mut self.item).phrase;
        self.item.angle = Some(Angle { name, route, spec });
    }

    /// A source route up to its colon, without it.
    fn try_route(&mut self) -> Option<Vec<u8>> {
        if self.lexer.peek() != Some(b'@') {
            return None;
        }
        let rest = self.lexer.rest();
        let end = rest.iter().position(|octet| matches!(octet, b':' | b'<' | b'>' | b';' | b'"'))?;
        if rest[end] != b':' {
            return None;
        }
        self.lexer.skip(end + 1);
        Some(rest[..end].iter().copied().filter(|&octet| !is_blank(octet)).collect())
    }

    /// Adds what was read since the last separator.
    fn end_item(&mut self) {
        let Item { mut phrase, bare, mut complete, angle, comment, .. } = std::mem::take(&mut self.item);
        if let Some(Angle { name, route, spec }) = angle {
            return self.push(spec.into_address(name, route));
        }
        if bare.at.is_some() {
            complete.push(bare);
        } else if complete.is_empty() && bare.behind > 0 {
            // Several words can only be a name; one alone may be a mailbox of this host.
            return self.push(Spec::default().into_address(phrase, None));
        } else if complete.is_empty() && !phrase.is_empty() {
            return self.push(bare.into_address(comment.unwrap_or_default(), None));
        }
        let Some(last) = complete.pop() else { return };
        let alone = complete.is_empty();
        for spec in complete {
            self.push(spec.into_address(Vec::new(), None));
        }
        phrase.truncate(last.behind);
        let name = comment.unwrap_or(if alone { phrase } else { Vec::new() });
        self.push(last.into_address(name, None));
    }

    fn push(&mut self, address: Address) {
        let octets = |text: &Option<Text>| text.as_ref().map_or(0, Text::len);
        let Address { name, route, mailbox, host } = &address;
        if self.budget.charge(octets(name) + octets(route) + octets(mailbox) + octets(host)) {
            self.list.push(address);
        }
    }
}

/// Octets of the word at the beginning of `rest`, up to and with its first `@`: a domain literal may follow.
///
/// The first octet is a part of it whatever it is: an unclosed quote or bracket, a stray colon.
fn word_octets(rest: &[u8], ends: impl Fn(u8) -> bool) -> usize {
    if rest.first() == Some(&b'@') {
        return 1;
    }
    let octets = rest.iter().skip(1).take_while(|&&octet| octet != b'@' && !ends(octet)).count() + 1;
    octets + usize::from(rest.get(octets) == Some(&b'@'))
}

fn ends_word(octet: u8) -> bool {
    is_blank(octet) || matches!(octet, b'(' | b'"' | b',' | b';' | b'<' | b'>')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each address as `name|route|mailbox|host`, with `-` for what is missing.
    fn read(value: &[u8]) -> Vec<String> {
        let list = addresses(value, &mut Budget::new(1 << 20));
        let show = |text: &Option<Text>| {
            text.as_ref().map_or_else(|| "-".to_owned(), |text| text.to_string_lossy().into_owned())
        };
        list.iter().map(|one| [&one.name, &one.route, &one.mailbox, &one.host].map(show).join("|")).collect()
    }

    #[track_caller]
    fn check(value: &str, expected: &[&str]) {
        assert_eq!(read(value.as_bytes()), expected, "{value:?}");
    }

    #[test]
    fn addresses_of_the_grammar() {
        check("", &[]);
        check("a@b", &["-|-|a|b"]);
        check("Joe Q. Public <john.q.public@example.com>", &["Joe Q. Public|-|john.q.public|example.com"]);
        check(
            r#""Giant; \"Big\" Box" <sysservices@example.net>"#,
            &[r#"Giant; "Big" Box|-|sysservices|example.net"#],
        );
        check("Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>", &["Pete|-|pete|silly.test"]);
        check("\"john doe\"@a, <\"b c\"@d>", &["-|-|john doe|a", "-|-|b c|d"]);
        check("\"a@b\"@c", &["-|-|a@b|c"]);
        check("=?utf-8?q?a?= =?utf-8?q?b?= <c@d>", &["=?utf-8?q?a?= =?utf-8?q?b?=|-|c|d"]);
        check("a@[192.0.2.1], b <c@[IPv6:::1]>", &["-|-|a|[192.0.2.1]", "b|-|c|[IPv6:::1]"]);
        check("a@[IPv6:::1], b", &["-|-|a|[IPv6:::1]", "-|-|b|"]);
    }

    #[test]
    fn obsolete_forms() {
        check("fred@example.com (Fred Foo)", &["Fred Foo|-|fred|example.com"]);
        check("<a@b> (c)", &["-|-|a|b"]);
        check(
            "Mary Smith <@machine.tld, @b:mary@example.net>, , jdoe@test . example",
            &["Mary Smith|@machine.tld,@b|mary|example.net", "-|-|jdoe|test.example"],
        );
        check("a . b @ c . d", &["-|-|a.b|c.d"]);
        check("x <a . b @ c . d>", &["x|-|a.b|c.d"]);
    }

    #[test]
    fn groups_have_markers() {
        check(
            "A Group:Ed Jones <joe@where.test>,john@jdoe.one.test;, e@f",
            &["-|-|A Group|-", "Ed Jones|-|joe|where.test", "-|-|john|jdoe.one.test", "-|-|-|-", "-|-|e|f"],
        );
        check("Undisclosed recipients:;", &["-|-|Undisclosed recipients|-", "-|-|-|-"]);
        check("\"a:b\" c: d@e", &["-|-|a:b c|-", "-|-|d|e", "-|-|-|-"]);
    }

    #[test]
    fn garbage_hides_nothing_behind_it() {
        check("John Doe, root (Super User), a@b", &["John Doe|-||", "Super User|-|root|", "-|-|a|b"]);
        check("John Doe john@x, a@b", &["John Doe|-|john|x", "-|-|a|b"]);
        check("John Doe john@x Junk", &["John Doe|-|john|x"]);
        check("a@b c@d", &["-|-|a|b", "-|-|c|d"]);
        check("a@b <a@b>", &["a@b|-|a|b"]);
        check("x <a@b> y <c@d>, e@f", &["x|-|a|b", "y|-|c|d", "-|-|e|f"]);
        check("x <a@b, c@d>, e@f", &["x|-|a|b", "-|-|c|d", "-|-|e|f"]);
        check("x <>, e@f", &["x|-||", "-|-|e|f"]);
        check("\"x <a@b>, e@f", &["\"x|-|a|b", "-|-|e|f"]);
        check("(x <a@b>, e@f (g)", &["(x|-|a|b", "-|-|e|f"]);
        check("a@[b, e@f", &["-|-|a|[b", "-|-|e|f"]);
        check("x <@a,@b, e@f", &["x|-||a", "-|-||b", "-|-|e|f"]);
        check("a:b:c, d@e", &["-|-|a|-", "-|-|b:c|", "-|-|d|e", "-|-|-|-"]);
        check(":;,<>>@", &["-|-|:|", "-|-||"]);
        check("a@b; c@d", &["-|-|a|b", "-|-|c|d"]);
    }

    #[test]
    fn lists_end_with_the_budget() {
        let many = "a@b,".repeat(100_000);
        let list = addresses(many.as_bytes(), &mut Budget::new(100_000));
        assert!((100..1000).contains(&list.len()));
    }

    #[test]
    fn time_is_linear_in_what_is_opened() {
        for piece in ["(", "\"", "<@", "<", "a@[", "a:", "\\", "@", "a@b "] {
            addresses(piece.repeat((1 << 14) / piece.len()).as_bytes(), &mut Budget::new(usize::MAX));
        }
    }
}
