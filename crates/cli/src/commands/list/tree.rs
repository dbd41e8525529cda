//! Names with levels as a tree.

use std::collections::HashMap;

/// A line of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// How many levels are above it.
    pub(super) depth: usize,
    /// The last level of the name.
    pub(super) label: String,
    /// Which of the names it is; `None` for a level that was not listed by itself.
    pub(super) mailbox: Option<usize>,
}

/// Levels that are told apart. Nobody reads deeper trees, and a name may be nothing but delimiters.
const MOST_LEVELS: usize = 32;

#[derive(Default)]
struct Node {
    label: String,
    mailbox: Option<usize>,
    /// In the order in which they were met.
    children: Vec<usize>,
}

/// Each name below the one that holds it; those on one level stand in the order in which they came.
pub(super) fn tree<'a>(names: impl IntoIterator<Item = (&'a str, Option<char>)>) -> Vec<Line> {
    // The first is the root, which is no line.
    let mut nodes = vec![Node::default()];
    let mut known: HashMap<(usize, &'a str), usize> = HashMap::new();
    for (index, (name, delimiter)) in names.into_iter().enumerate() {
        let levels: Vec<&str> = match delimiter {
            Some(delimiter) => name.splitn(MOST_LEVELS, delimiter).collect(),
            None => vec![name],
        };
        let mut place = 0;
        for label in levels {
            place = *known.entry((place, label)).or_insert_with(|| {
                let child = nodes.len();
                nodes.push(Node { label: label.to_owned(), ..Node::default() });
                nodes[place].children.push(child);
                child
            });
        }
        nodes[place].mailbox = Some(index);
    }
    let mut lines = Vec::new();
    let mut left: Vec<(usize, usize)> = nodes[0].children.iter().rev().map(|&child| (0, child)).collect();
    while let Some((depth, index)) = left.pop() {
        let node = &nodes[index];
        lines.push(Line { depth, label: node.label.clone(), mailbox: node.mailbox });
        left.extend(node.children.iter().rev().map(|&child| (depth + 1, child)));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(names: &[(&str, Option<char>)], expected: &[&str]) {
        let shown = |line: &Line| {
            let mailbox = line.mailbox.map_or("-".to_owned(), |index| index.to_string());
            format!("{}{} {mailbox}", "  ".repeat(line.depth), line.label)
        };
        let lines: Vec<_> = tree(names.iter().copied()).iter().map(shown).collect();
        assert_eq!(lines, expected);
    }

    #[test]
    fn names_lie_below_those_that_hold_them() {
        let slash = Some('/');
        check(
            &[
                ("INBOX", slash),
                ("Archive", slash),
                ("Sent", slash),
                ("Archive/2024", slash),
                ("Archive/2025", slash),
            ],
            &["INBOX 0", "Archive 1", "  2024 3", "  2025 4", "Sent 2"],
        );
        check(
            &[("Lists/rust/users", slash), ("Lists/rust", slash), ("Lists/go", slash)],
            &["Lists -", "  rust 1", "    users 0", "  go 2"],
        );
        check(&[("a/b", None), ("a.b", Some('.')), ("a", slash)], &["a/b 0", "a 2", "  b 1"]);
        check(&[("a//b", slash), ("/", slash)], &["a -", "   -", "    b 0", " -", "   1"]);
        check(&[], &[]);
    }

    #[test]
    fn a_name_of_delimiters_is_no_deep_tree() {
        let name = "/".repeat(100_000);
        let lines = tree([(name.as_str(), Some('/'))]);
        assert_eq!((lines.len(), lines.last().map(|line| line.depth)), (MOST_LEVELS, Some(MOST_LEVELS - 1)));
    }
}
