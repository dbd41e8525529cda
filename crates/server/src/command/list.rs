use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use tayori_proto::response::{ListAttribute, ListRow, Response};
use tayori_proto::types::{ListPattern, ListReference, MailboxName, NameEncoding};

use tokio::task::consume_budget;

use crate::connection::{Handled, Reply, Wire};
use crate::store::{Entry, EntryKind, Store};

/// `LIST` (RFC 9051 section 6.3.9, RFC 3501 section 6.3.8)
pub(super) async fn handle<S: Store>(
    wire: &mut Wire,
    store: &S,
    reference: &ListReference,
    pattern: &ListPattern,
) -> Handled {
    let delimiter = store.delimiter();
    if pattern.as_str().is_empty() {
        // Asks for the delimiter and the root of the reference, which is empty here.
        let root = MailboxName::from_wire(Bytes::new(), NameEncoding::default());
        wire.send(&Response::List(row(vec![ListAttribute::NoSelect], delimiter, root))).await?;
        return Ok(Reply::ok("that is the delimiter"));
    }
    let pattern = Pattern::new(reference, pattern, delimiter);
    let entries = store.mailboxes().await?;
    let parents = parents(&entries, delimiter);
    for entry in &entries {
        // There may be many names, and nothing to wait for.
        consume_budget().await;
        if !pattern.matches(&entry.name) {
            continue;
        }
        let mut attributes = Vec::new();
        if entry.kind == EntryKind::NoSelect {
            attributes.push(ListAttribute::NoSelect);
        }
        let has_children = parents.contains(entry.name.as_str());
        attributes.push(if has_children { ListAttribute::HasChildren } else { ListAttribute::HasNoChildren });
        attributes.extend(entry.special_use.clone());
        wire.send(&Response::List(row(attributes, delimiter, entry.name.clone()))).await?;
    }
    Ok(Reply::ok("that is all"))
}

/// `LSUB` (RFC 3501 section 6.3.9)
pub(super) async fn handle_lsub<S: Store>(
    wire: &mut Wire,
    store: &S,
    reference: &ListReference,
    pattern: &ListPattern,
) -> Handled {
    let delimiter = store.delimiter();
    let pattern = Pattern::new(reference, pattern, delimiter);
    let mut rows: BTreeMap<String, Vec<ListAttribute>> = BTreeMap::new();
    for name in store.subscriptions().await? {
        consume_budget().await;
        if pattern.matches(&name) {
            rows.insert(name.as_str().to_owned(), Vec::new());
            continue;
        }
        // With `%`, a name is told that has subscribed names below it and is not subscribed itself.
        for above in superiors(name.as_str(), delimiter).filter(|above| pattern.matches_text(above)) {
            rows.entry(above.to_owned()).or_insert_with(|| vec![ListAttribute::NoSelect]);
        }
    }
    for (name, attributes) in rows {
        let Ok(name) = MailboxName::new(name) else { continue };
        wire.send(&Response::Lsub(row(attributes, delimiter, name))).await?;
    }
    Ok(Reply::ok("that is all"))
}

fn row(attributes: Vec<ListAttribute>, delimiter: char, name: MailboxName) -> ListRow {
    ListRow { attributes, delimiter: Some(delimiter), name, extended: Vec::new() }
}

/// The names that have others below them.
fn parents(entries: &[Entry], delimiter: char) -> BTreeSet<&str> {
    entries.iter().flat_map(|entry| superiors(entry.name.as_str(), delimiter)).collect()
}

fn superiors(name: &str, delimiter: char) -> impl Iterator<Item = &str> {
    name.match_indices(delimiter).map(|(end, _)| &name[..end])
}

/// A pattern behind its reference: `*` stands for anything, `%` for anything without the delimiter.
struct Pattern {
    text: Vec<char>,
    /// How many characters of it stand for themselves.
    literals: usize,
    delimiter: char,
}

impl Pattern {
    fn new(reference: &ListReference, pattern: &ListPattern, delimiter: char) -> Self {
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

    fn matches(&self, name: &MailboxName) -> bool {
        if name.is_inbox() {
            // INBOX is one name in any case (RFC 9051 section 5.1).
            let text = self.text.iter().map(char::to_ascii_uppercase).collect();
            return Self { text, ..*self }.matches_text("INBOX");
        }
        self.matches_text(name.as_str())
    }

    /// Keeps the set of places in the pattern that the name so far can have led to, so that no pattern takes more than
    /// its length times that of the name; and its length is no more than twice that of the name then.
    fn matches_text(&self, name: &str) -> bool {
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
