use tayori_proto::types::{ListPattern, ListReference, MailboxName};

/// A pattern behind its reference: `*` stands for anything, `%` for anything without the delimiter.
pub(super) struct Pattern {
    text: Vec<char>,
    /// How many characters of it stand for themselves.
    literals: usize,
    delimiter: char,
}

impl Pattern {
    pub(super) fn new(reference: &ListReference, pattern: &ListPattern, delimiter: char) -> Self {
        let text = reference.as_str().chars().chain(pattern.as_str().chars());
        // Several wildcards in a row mean what the widest of them means.
        let mut squeezed: Vec<char> = Vec::new();
        for character in text {
            match (squeezed.last_mut(), character) {
                (Some('*'), '*' | '%') | (Some('%'), '%') => {}
                (Some(last @ '%'), '*') => *last = '*',
                _ => squeezed.push(character),
            }
        }
        let literals = squeezed.iter().filter(|token| !matches!(token, '*' | '%')).count();
        Self { text: squeezed, literals, delimiter }
    }

    pub(super) fn matches(&self, name: &MailboxName) -> bool {
        if name.is_inbox() {
            // INBOX is one name in any case (RFC 9051 section 5.1).
            let text = self.text.iter().map(char::to_ascii_uppercase).collect();
            return Self { text, ..*self }.matches_text("INBOX");
        }
        self.matches_text(name.as_str())
    }

    /// Keeps the set of places in the pattern that the name so far can have led to, so that no pattern takes more than
    /// its length times that of the name; and its length is no more than twice that of the name then.
    pub(super) fn matches_text(&self, name: &str) -> bool {
        if self.literals > name.len() {
            return false;
        }
        let length = self.text.len();
        let mut places = vec![false; length + 1];
        places[0] = true;
        self.skip_wildcards(&mut places);
        for character in name.chars() {
            let mut next = vec![false; length + 1];
            for (place, token) in self.text.iter().enumerate().filter(|(place, _)| places[*place]) {
                match token {
                    '*' => next[place] = true,
                    '%' if character != self.delimiter => next[place] = true,
                    '%' => {}
                    token if *token == character => next[place + 1] = true,
                    _ => {}
                }
            }
            self.skip_wildcards(&mut next);
            places = next;
        }
        places[length]
    }

    /// A wildcard may stand for nothing.
    fn skip_wildcards(&self, places: &mut [bool]) {
        for (place, token) in self.text.iter().enumerate() {
            if matches!(token, '*' | '%') && places[place] {
                places[place + 1] = true;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(reference: &str, pattern: &str, matching: &[&str]) {
        let names = ["INBOX", "INBOX/a", "a", "a/b", "a/b/c", "ab", "b/a", "日本語", "日本語/旅行"];
        let pattern =
            Pattern::new(&ListReference::new(reference).unwrap(), &ListPattern::new(pattern).unwrap(), '/');
        let found: Vec<&str> =
            names.into_iter().filter(|name| pattern.matches(&MailboxName::new(*name).unwrap())).collect();
        assert_eq!(found, matching);
    }

    #[test]
    fn patterns() {
        check("", "*", &["INBOX", "INBOX/a", "a", "a/b", "a/b/c", "ab", "b/a", "日本語", "日本語/旅行"]);
        check("", "%", &["INBOX", "a", "ab", "日本語"]);
        check("", "%/%", &["INBOX/a", "a/b", "b/a", "日本語/旅行"]);
        check("", "%/a", &["INBOX/a", "b/a"]);
        check("a/", "%", &["a/b"]);
        check("a/", "*", &["a/b", "a/b/c"]);
        check("", "a*", &["a", "a/b", "a/b/c", "ab"]);
        check("", "a%", &["a", "ab"]);
        check("", "*a", &["INBOX/a", "a", "b/a"]);
        check("", "*%", &["INBOX", "INBOX/a", "a", "a/b", "a/b/c", "ab", "b/a", "日本語", "日本語/旅行"]);
        check("", "inbox", &["INBOX"]);
        check("", "InB%", &["INBOX"]);
        check("", "inbox/a", &[]);
        check("", "日%", &["日本語"]);
        check("", "a/b", &["a/b"]);
        check("", "x", &[]);
    }

    #[test]
    fn a_pattern_of_many_wildcards_takes_no_time() {
        let pattern = ListPattern::new("*a".repeat(500)).unwrap();
        let pattern = Pattern::new(&ListReference::none(), &pattern, '/');
        assert!(!pattern.matches_text(&"a".repeat(499)));
        assert!(pattern.matches_text(&"a".repeat(501)));
    }
}
