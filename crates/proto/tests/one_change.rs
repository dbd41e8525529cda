//! Rows with one thing wrong: each of many small changes costs at most the item that it hits, and the rest of the row
//! is delivered.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on ends, in its helpers too")]

use std::ops::Range;

use bytes::Bytes;
use tayori_proto::response::{Context, Fetch, FetchItem, Response, parse};
use tayori_proto::types::Uid;

/// Sound rows. Each begins with the UID and ends with the flags, so that both sides of a change are seen.
const ROWS: [&str; 8] = [
    "INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" MODSEQ (65) RFC822.SIZE 4286",
    "ENVELOPE (\"Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\" \"s\" ((\"T\" NIL \"g\" \"c.w\")) NIL NIL \
     ((NIL NIL \"imap\" \"c\")) NIL NIL NIL \"<B@c>\")",
    "BODYSTRUCTURE (\"TEXT\" \"PLAIN\" (\"CHARSET\" \"US-ASCII\") NIL NIL \"7BIT\" 3028 92 NIL NIL NIL NIL)",
    "BODYSTRUCTURE ((\"TEXT\" \"PLAIN\" NIL NIL NIL \"7BIT\" 2 1)(\"TEXT\" \"HTML\" NIL NIL NIL \"7BIT\" 2 1) \
     \"ALTERNATIVE\" (\"BOUNDARY\" \"x\") NIL NIL)",
    "BODY[TEXT]<5> NIL BODY[HEADER.FIELDS (DATE FROM)] \"Date: x\"",
    "RFC822.SIZE 7 BODY[1.MIME] {5}\r\nabcde",
    "X-GM-LABELS (\\Inbox \"a b\") X-GM-MSGID 1278455344230334865 X-GM-THRID 5",
    "EMAILID (M00000001) THREADID (T1) SAVEDATE NIL PREVIEW \"x\"",
];

/// What stands in place of a word.
const INSTEAD: [&str; 13] = [
    "NIL",
    "\"\"",
    "0",
    "-1",
    "99999999999999999999",
    "\"q x\"",
    "()",
    "\u{e9}x",
    "a\u{7f}b",
    "{3}\r\na b",
    "x",
    "(a b)",
    "\\",
];

#[test]
fn one_change_costs_one_item() {
    let mut seen = 0;
    for row in ROWS {
        for (change, changed) in changes(row) {
            seen += 1;
            let line = format!("* 12 FETCH (UID 5 {changed} FLAGS (\\Seen))\r\n");
            let fetch = read(&line);
            let lost = fetch.items.iter().filter(|item| matches!(item, FetchItem::Invalid { .. })).count();
            assert!(lost <= 1, "{change}: {lost} items of {line:?}: {fetch:?}");
            assert_eq!(fetch.uid(), Uid::new(5), "{change}: {line:?}");
            // A parenthesis too few or too many, or a literal that is not there, moves the end of the row.
            if !change.moves_the_end {
                assert!(fetch.flags().is_some(), "{change}: {line:?}: {fetch:?}");
            }
        }
    }
    assert!(seen > 1000, "{seen} changes");
}

fn read(line: &str) -> Fetch {
    match parse(&Bytes::copy_from_slice(line.as_bytes()), &Context::default()).response {
        Response::Fetch(fetch) => fetch,
        other => panic!("{line:?}: {other:?}"),
    }
}

#[derive(Clone, Debug)]
struct Change {
    what: String,
    moves_the_end: bool,
}

impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.what)
    }
}

/// Every row that differs from this one by one change.
fn changes(row: &str) -> Vec<(Change, String)> {
    let mut changed = Vec::new();
    let mut change = |what: String, moves_the_end, range: Range<usize>, by: &str| {
        let text = format!("{}{by}{}", &row[..range.start], &row[range.end..]);
        changed.push((Change { what, moves_the_end }, text));
    };
    for (at, octet) in row.bytes().enumerate().filter(|(at, _)| !within_string(row, *at)) {
        let behind_quote = row[..at].ends_with('"');
        match octet {
            b' ' => {
                change(format!("two blanks at {at}"), false, at..at, " ");
                // Nothing but a blank or a parenthesis stands behind a literal whose size is right.
                let behind_literal = row[..at].ends_with("abcde");
                change(format!("a tab at {at}"), behind_literal, at..at + 1, "\t");
                // A quote in front of a letter ends no string, since texts hold such quotes.
                if !behind_quote {
                    change(format!("no blank at {at}"), behind_literal, at..at + 1, "");
                }
            }
            b'(' => {
                change(format!("a blank behind {at}"), false, at + 1..at + 1, " ");
                change(format!("two parentheses at {at}"), true, at..at, "(");
            }
            b')' => {
                change(format!("a blank at {at}"), false, at..at, " ");
                change(format!("no parenthesis at {at}"), true, at..at + 1, "");
                change(format!("two parentheses at {at}"), true, at..at, ")");
            }
            _ => {}
        }
    }
    for word in words(row) {
        let text = &row[word.clone()];
        for by in INSTEAD {
            change(format!("{by:?} for {text}"), false, word.clone(), by);
        }
        let behind = word.end + usize::from(row[word.end..].starts_with(' '));
        change(format!("no {text}"), false, word.start..behind, "");
        if !text.starts_with('"') {
            change(format!("quotes around {text}"), false, word.clone(), &format!("\"{text}\""));
        }
    }
    changed
}

fn within_string(row: &str, at: usize) -> bool {
    row[..at].bytes().filter(|octet| *octet == b'"').count() % 2 == 1
}

/// Atoms, numbers and quoted strings, without those of a section and of a literal.
fn words(row: &str) -> Vec<Range<usize>> {
    let octets = row.as_bytes();
    let mut words = Vec::new();
    let mut at = 0;
    while at < octets.len() {
        let start = at;
        match octets[at] {
            b'"' => {
                at += 2 + row[at + 1..].find('"').unwrap();
                words.push(start..at);
            }
            b'[' => at += 1 + row[at..].find(']').unwrap(),
            b'{' => at += row[at..].find("abcde").unwrap() + 5,
            b' ' | b'(' | b')' | b'<' => at += 1,
            _ => {
                at += row[at..].find([' ', '(', ')', '"', '[', '{', '<']).unwrap_or(row.len() - at);
                words.push(start..at);
            }
        }
    }
    words
}
