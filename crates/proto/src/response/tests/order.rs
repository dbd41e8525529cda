//! `SORT` and `THREAD`.

use super::*;
use crate::types::{ModSeq, Uid};

#[track_caller]
fn sort(text: &str) -> (Vec<u32>, Option<u64>, Vec<Quirk>) {
    match line(text) {
        Parsed { response: Response::Sort(row), repairs } => {
            let numbers: Vec<_> = row.uids().map(Uid::value).collect();
            assert_eq!(numbers, row.seq_nums().iter().map(|number| number.value()).collect::<Vec<_>>());
            (numbers, row.modseq.map(ModSeq::value), repairs.iter().map(|repair| repair.quirk).collect())
        }
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn a_sort_keeps_its_order() {
    assert_eq!(sort("* SORT 2 84 882"), (vec![2, 84, 882], None, vec![]));
    assert_eq!(sort("* SORT 5 3 4 1 2"), (vec![5, 3, 4, 1, 2], None, vec![]));
    assert_eq!(sort("* SORT"), (vec![], None, vec![]));
    assert_eq!(sort("* sort 2 2 (MODSEQ 917162500)"), (vec![2, 2], Some(917_162_500), vec![]));
    assert_eq!(sort("* SORT "), (vec![], None, vec![Quirk::ExtraBlanks]));
    assert_eq!(sort("* SORT  7  1 "), (vec![7, 1], None, vec![Quirk::ExtraBlanks; 3]));
}

#[test]
fn what_names_no_message_costs_no_other() {
    for (odd, quirk) in [
        ("0", Quirk::ZeroNumber),
        ("NIL", Quirk::NilNumber),
        ("(1)", Quirk::OddModSeq),
        ("(MODSEQ x)", Quirk::OddModSeq),
        ("(MODSEQ 0)", Quirk::OddModSeq),
        ("()", Quirk::OddModSeq),
    ] {
        assert_eq!(sort(&format!("* SORT 7 {odd} 1")), (vec![7, 1], None, vec![quirk]), "{odd}");
        let Parsed { response, repairs } = line(format!("* SEARCH 7 {odd} 9"));
        let Response::Search(row) = response else { panic!("{odd}: {response:?}") };
        assert_eq!(row.seq_nums().to_string(), "7,9", "{odd}");
        assert_eq!(repairs.iter().map(|repair| repair.quirk).collect::<Vec<_>>(), [quirk], "{odd}");
    }
    assert_eq!(sort("* SORT 1 (MODSEQ 5) 2"), (vec![1, 2], Some(5), vec![]));
    assert_eq!(sort("* SORT 1)"), (vec![1], None, vec![Quirk::StrayParenthesis]));
}

#[test]
fn what_a_sort_cannot_name() {
    for (text, offset) in [
        ("* SORT 1 a", 9),
        ("* SORT 4294967296", 7),
        ("* SORT 1,2", 8),
        ("* SORT 1) 2", 10),
        ("* SORT 1 (MODSEQ 5", 18),
    ] {
        assert!(matches!(line(text).response, Response::Invalid(found) if found.offset == offset), "{text}");
    }
}

/// Each member as its depth and its number, `?` for one that is missing.
fn show<T>(members: impl IntoIterator<Item = ThreadMember<T>>, number: impl Fn(T) -> u32) -> String {
    let show = |member: ThreadMember<T>| {
        let message = member.message.map_or("?".to_owned(), |message| number(message).to_string());
        format!("{}:{message}", member.depth)
    };
    members.into_iter().map(show).collect::<Vec<_>>().join(" ")
}

fn thread(text: &str) -> (ThreadRow, Vec<Quirk>) {
    match line(text) {
        Parsed { response: Response::Thread(row), repairs } => {
            (row, repairs.iter().map(|repair| repair.quirk).collect())
        }
        other => panic!("{text}: {other:?}"),
    }
}

/// `text` holds these members, it is sent as `sent`, and that is read as the same.
#[track_caller]
fn check(text: &str, members: &str, repairs: &[Quirk], sent: &str) {
    let (row, found) = thread(text);
    assert_eq!(show(row.uids(), Uid::value), members, "{text}");
    assert_eq!(show(row.seq_nums().iter().copied(), SeqNum::value), members, "{text}");
    assert_eq!((row.unread(), &*found), (&[][..], repairs), "{text}");
    let encoded = Response::Thread(row.clone()).encode(NameEncoding::default());
    assert_eq!(String::from_utf8_lossy(&encoded.bytes), format!("{sent}\r\n"));
    assert_eq!(thread(sent).0, row);
    if repairs.is_empty() {
        assert_eq!(ThreadRow::from_uids(row.uids()), Ok(row.clone()));
        assert_eq!(ThreadRow::from_seq_nums(row.seq_nums().iter().copied()), Ok(row));
    }
}

#[test]
fn threads_of_the_rfc() {
    let exact = |text, members| check(text, members, &[], text);
    exact("* THREAD", "");
    exact("* THREAD (2)(3 6 (4 23)(44 7 96))", "0:2 0:3 1:6 2:4 3:23 2:44 3:7 4:96");
    exact("* THREAD ((3)(5))", "0:? 1:3 1:5");
    exact("* THREAD (194 195)(196 (197)(198))(199)", "0:194 1:195 0:196 1:197 1:198 0:199");
    exact(
        "* THREAD ((177)(183)(182)(188 (184)(189))(185 186)(187))(190)",
        "0:? 1:177 1:183 1:182 1:188 2:184 2:189 1:185 2:186 1:187 0:190",
    );
    exact("* THREAD ((352)(381))", "0:? 1:352 1:381");
    exact("* THREAD (1 ((2)(3))(4))", "0:1 1:? 2:2 2:3 1:4");
    exact("* THREAD (((1)(2))((3)(4 5)))", "0:? 1:? 2:1 2:2 1:? 2:3 2:4 3:5");
}

#[test]
fn threads_with_blanks_and_lists_of_their_own() {
    let sent = "* THREAD (2)(3 (4)(5))";
    let members = "0:2 0:3 1:4 1:5";
    check("* THREAD (2) (3 (4)(5))", members, &[Quirk::ExtraBlanks], sent);
    check("* thread  ( 2 )(3 (4) (5) ) ", members, &[Quirk::ExtraBlanks; 6], sent);
    check("* THREAD (2)(3(4)(5))", members, &[Quirk::MissingBlank], sent);
    check("* THREAD ", "", &[Quirk::ExtraBlanks], "* THREAD");
    check("* THREAD (1 (2 3))", "0:1 1:2 2:3", &[Quirk::LoneSubthread], "* THREAD (1 2 3)");
    check("* THREAD ((1 2))", "0:? 1:1 2:2", &[Quirk::LoneSubthread], "* THREAD ((1 2))");
    check("* THREAD (1 ((2)(3)))", "0:1 1:? 2:2 2:3", &[Quirk::LoneSubthread], "* THREAD (1 ((2)(3)))");
}

/// A thread that cannot be read costs no other.
#[test]
fn the_threads_beside_a_broken_one_are_read() {
    for (broken, offset) in [
        ("(ahoj)", 1),
        ("()", 1),
        ("(0)", 1),
        ("(4294967296)", 1),
        ("(4 (5)6)", 6),
        ("(4 (5)())", 7),
        ("(4x)", 2),
        ("(4 \"(\")", 3),
        ("(4 {3}\r\n)()(5))", 3),
    ] {
        let (row, _) = thread(&format!("* THREAD (1 2){broken}(3)"));
        assert_eq!(show(row.uids(), Uid::value), "0:1 1:2 0:3", "{broken}");
        let found: Vec<_> = row.unread().iter().map(|thread| (&*thread.bytes, thread.offset)).collect();
        assert_eq!(found, [(broken.as_bytes(), 14 + offset)], "{broken}");
        let encoded = Response::Thread(row).encode(NameEncoding::default());
        assert_eq!(*encoded.bytes, format!("* THREAD (1 2)(3){broken}\r\n").into_bytes());
    }
    for (text, offset) in [
        ("* THREAD 1", 9),
        ("* THREAD (1)2", 12),
        ("* THREAD (1)))", 13),
        ("* THREAD (1 (2)", 15),
        ("* THREAD (1", 11),
    ] {
        assert!(matches!(line(text).response, Response::Invalid(found) if found.offset == offset), "{text}");
    }
}

#[test]
fn members_that_are_no_threads() {
    let build = |members: &[(u32, u32)]| {
        let member = |&(depth, number)| ThreadMember { depth, message: Uid::new(number) };
        ThreadRow::from_uids(members.iter().map(member)).map(|row| row.seq_nums().len())
    };
    assert_eq!(build(&[]), Ok(0));
    assert_eq!(build(&[(0, 1), (1, 2), (0, 3)]), Ok(3));
    assert_eq!(build(&[(0, 0), (1, 2), (2, 9), (1, 3)]), Ok(4));
    assert_eq!(build(&[(1, 1)]), Err(ThreadError::TooDeep { index: 0 }));
    assert_eq!(build(&[(0, 1), (2, 2)]), Err(ThreadError::TooDeep { index: 1 }));
    for (index, members) in [
        (0, &[(0, 0)][..]),
        (0, &[(0, 0), (1, 1)]),
        (1, &[(0, 1), (0, 0), (0, 2)]),
        (1, &[(0, 1), (1, 0), (2, 2), (2, 3)]),
    ] {
        assert_eq!(build(members), Err(ThreadError::JoinsNothing { index }), "{members:?}");
    }
}

/// However long a chain is and however many threads there are, a message costs the same; in quadratic time none of
/// these would come to an end.
#[test]
fn a_million_messages() {
    let messages = 1_000_000;
    let numbers = || (1..=messages).map(|number: u32| number.to_string());
    let chain = format!("* THREAD ({})", numbers().collect::<Vec<_>>().join(" "));
    let apart: String = numbers().map(|number| format!("({number})")).collect();
    let siblings = format!("* THREAD ({apart})");
    let steps: String =
        numbers().take(200_000).map(|number| format!("({number} {number} (1)({number} 2))")).collect();
    for (text, members, deepest) in [
        (chain, messages, messages - 1),
        (format!("* THREAD {apart}"), messages, 0),
        (siblings, messages + 1, 1),
        (format!("* THREAD {steps}"), messages, 3),
    ] {
        let (row, repairs) = thread(&text);
        assert_eq!((row.unread(), &*repairs), (&[][..], &[][..]));
        assert_eq!(row.seq_nums().len(), members as usize);
        assert_eq!(row.seq_nums().iter().map(|member| member.depth).max(), Some(deepest));
        let encoded = Response::Thread(row.clone()).encode(NameEncoding::default());
        assert!(encoded.bytes.strip_suffix(b"\r\n") == Some(text.as_bytes()));
        assert_eq!(ThreadRow::from_uids(row.uids()), Ok(row));
    }
    let (numbers, ..) = sort(&format!("* SORT{}", " 4294967295 7".repeat(500_000)));
    assert_eq!(numbers.len(), 1_000_000);
}

/// Reading and sending need no stack, and what is too deep costs its thread only.
#[test]
fn parentheses_are_bounded() {
    let test = || {
        let nested =
            |depth: usize| ["(1 (2)".repeat(depth - 1), "(3)".into(), ")".repeat(depth - 1)].concat();
        let (row, _) = thread(&format!("* THREAD {}(7)", nested(1000)));
        assert_eq!((row.seq_nums().len(), row.unread().len()), (2000, 0));
        Response::Thread(row).encode(NameEncoding::default());
        for deep in [nested(1001), ["(".repeat(100_000), ")".repeat(100_000)].concat()] {
            let (row, _) = thread(&format!("* THREAD {deep}(7)"));
            assert_eq!(show(row.uids(), Uid::value), "0:7");
            assert_eq!(row.unread()[0].expected, "less deeply nested parentheses");
        }
        assert!(matches!(line(format!("* THREAD {}", "(".repeat(1 << 20))).response, Response::Invalid(_)));
    };
    std::thread::Builder::new().stack_size(256 << 10).spawn(test).unwrap().join().unwrap();
}

/// `()` is two octets on the wire, and says nothing.
#[test]
fn broken_threads_are_bounded() {
    let Response::Invalid(found) = line(format!("* THREAD {}", "()".repeat(1 << 19))).response else {
        panic!()
    };
    assert_eq!(found.expected, "fewer entries in one response");
}
