//! Depth and size cost no more than they should.

use super::*;
use crate::types::Uid;

/// The row keeps its neighbours, whatever the depth; and the depth that is read fits into a small stack.
#[test]
fn parentheses_without_end_cost_one_item() {
    let test = || {
        let deep = |depth| ["(".repeat(depth), ")".repeat(depth)].concat();
        for item in ["BODYSTRUCTURE", "BODY", "ENVELOPE", "X-THREAD", "FLAGS"] {
            for depth in [90, 101, 10_000] {
                let fetch = fetch(format!("* 1 FETCH (UID 5 {item} {} RFC822.SIZE 7)", deep(depth)));
                assert_eq!((fetch.uid(), fetch.size()), (Uid::new(5), Some(7)), "{item} {depth}");
                assert_eq!((fetch.items.len(), &*fetch.defects), (3, &[][..]), "{item} {depth}");
            }
        }
        fetch(format!("* 1 FETCH {}", "(".repeat(100_000)));
        line(format!("* LIST () NIL a {}", "(".repeat(100_000)));
    };
    small_stack(test);
}

#[test]
fn a_structure_as_deep_as_the_limit_is_read() {
    let part = "(\"text\" \"plain\" NIL NIL NIL \"7bit\" 1 1)";
    let envelope = "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)";
    small_stack(move || {
        let multiparts = (0..99).fold(part.to_owned(), |inner, _| format!("({inner} \"mixed\")"));
        let messages = (0..99).fold(part.to_owned(), |inner, _| {
            format!("(\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 1 {envelope} {inner} 1)")
        });
        for body in [multiparts, messages] {
            let fetch = fetch(format!("* 1 FETCH (BODYSTRUCTURE {body})"));
            assert!(matches!(&fetch.items[..], [FetchItem::BodyStructure(_)]), "{:?}", fetch.items);
            assert_eq!(fetch.clone(), fetch);
        }
        let too_deep = (0..100).fold(part.to_owned(), |inner, _| format!("({inner} \"mixed\")"));
        let fetch = fetch(format!("* 1 FETCH (BODYSTRUCTURE {too_deep} UID 3)"));
        assert_eq!(fetch.uid(), Uid::new(3));
        assert!(matches!(&fetch.items[0], FetchItem::Invalid { .. }));
    });
}

fn small_stack(test: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(2 << 20).spawn(test).unwrap().join().unwrap();
}

/// Ranges, not numbers: a million UIDs without gaps are one range; in the worst order they are sorted once.
#[test]
fn a_million_numbers_are_a_set() {
    let row = |numbers: &mut dyn Iterator<Item = u32>| {
        let mut line = String::from("* SEARCH");
        numbers.for_each(|number| line.push_str(&format!(" {number}")));
        match self::line(line).response {
            Response::Search(row) => row,
            other => panic!("{other:?}"),
        }
    };
    let ascending = row(&mut (1..=1_000_000));
    assert_eq!(ascending.uids().ranges().len(), 1);
    assert_eq!(row(&mut (1..=1_000_000).rev()), ascending);
    assert_eq!(row(&mut (0..1_000_000).map(|n| (n * 7) % 1_000_000 + 1)), ascending);
    assert_eq!(row(&mut (1..=1_000_000).map(|n| 2 * n)).seq_nums().ranges().len(), 1_000_000);
}

/// In quadratic time none of these would come to an end: there is no need to look at a clock.
#[test]
fn long_lines_take_linear_time() {
    let size = 1 << 19;
    for line in [
        format!("* 1 FETCH (X {} UID 1)", "\"a".repeat(size)),
        format!("* 1 FETCH (UID 1 {}", "(X \"".repeat(size)),
        format!("* 1 FETCH (BODY ({} UID 1)", "(\"a\" ".repeat(size / 4)),
        format!("* 1 FETCH (ENVELOPE (\"\" \"\" ({} UID 1)", "(NIL ".repeat(size / 4)),
        format!("* 1 FETCH ({})", "{9 ".repeat(size)),
        format!("* 1 FETCH ({})", "BODY[ ".repeat(size / 4)),
        format!("* 1 FETCH ({})", "BODY[HEADER.FIELDS (\"x ".repeat(size / 4)),
        format!("* 1 FETCH ({})", "X ~{1} ".repeat(size / 4)),
        format!("* OK [{}", "(".repeat(size)),
        format!("* STATUS {}", " (".repeat(size)),
        format!("* LIST ({}", "\\A ".repeat(size / 4)),
        format!("* CAPABILITY {}", "+ ".repeat(size)),
        format!("* ENABLED {}", "x ".repeat(size)),
        format!("* ID ({}", "\"a\" \"b\", ".repeat(size / 4)),
        format!("* ID ({}", "\"a\",".repeat(size / 4)),
        format!("* ID ({})", "\"a\" NIL ".repeat(size / 4)),
        format!("* NAMESPACE ({}", "(\"\" NIL X \"a\")".repeat(size / 4)),
        format!("* NAMESPACE {}", "(".repeat(size)),
        format!("* NAMESPACE ((\"\" NIL X {}", "(".repeat(size)),
        format!("* THREAD {}", "(1 ".repeat(size)),
        format!("* THREAD {}", "(1 \"a)".repeat(size / 4)),
        format!("* THREAD {}", "((1)".repeat(size)),
        format!("* QUOTA a ({}", "X 1 1 \"a".repeat(size / 4)),
        format!("* QUOTAROOT a {}", "\"a".repeat(size)),
        format!("* VANISHED {}", "1 ,".repeat(size / 4)),
        format!("* VANISHED {}", " ".repeat(size)),
        format!("* 1 FETCH (X-GM-LABELS ({})", "\\A \"x ".repeat(size / 8)),
        format!("* 1 FETCH ({})", "BINARY.SIZE[1 ".repeat(size / 8)),
        format!("{} OK", "A".repeat(size)),
    ] {
        let parsed = self::line(&line);
        assert!(parsed.repairs.len() <= 64);
    }
}

#[test]
fn a_million_vanished_uids_are_ranges() {
    let set: String = (1..=500_000).map(|n| format!("{},", 4 * n)).collect();
    let Response::Vanished(vanished) = line(format!("* VANISHED {set}1:4294967295")).response else {
        panic!()
    };
    assert_eq!((vanished.uids().ranges().len(), vanished.uids().count()), (1, u64::from(u32::MAX)));
    let Response::Vanished(vanished) = line(format!("* VANISHED {set}1")).response else { panic!() };
    assert_eq!(vanished.uids().ranges().len(), 500_001);
}

/// `()` is two octets on the wire and an address in memory.
#[test]
fn entries_are_bounded_before_they_cost_memory() {
    let addresses = "()".repeat(1 << 20);
    let fetch = fetch(format!("* 1 FETCH (UID 1 ENVELOPE (NIL NIL ({addresses}) NIL) RFC822.SIZE 3)"));
    assert_eq!((fetch.uid(), fetch.size()), (Uid::new(1), Some(3)));
    assert!(matches!(&fetch.items[1], FetchItem::Invalid { expected, .. } if expected.contains("entries")));
}
