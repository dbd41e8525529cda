use std::time::{Duration, Instant};

use proptest::prelude::*;
use tayori_proto::response::ThreadRow;
use tayori_proto::types::{EnvelopeFields, SeqNum, Text};

use super::*;

/// Of `subject/own/references`, sent in this order.
fn basis(index: usize, text: &str) -> ThreadBasis {
    let mut parts = text.split('/');
    let mut part = || parts.next().unwrap_or_default().to_owned();
    let (subject, own, references) = (part(), part(), part());
    let ids =
        |names: &str| names.split(' ').filter(|it| !it.is_empty()).map(|it| format!("<{it}@x> ")).collect();
    let (own, references): (String, String) = (ids(&own), ids(&references));
    let header = format!("Message-ID: {own}\r\nReferences: {references}\r\n\r\n");
    let fields =
        EnvelopeFields { subject: Some(Text::from(subject.into_bytes())), ..EnvelopeFields::default() };
    let date = format!(" 1-Jan-2026 00:{:02}:{:02} +0000", index / 60 % 60, index % 60);
    let arrived = InternalDate::parse(date.as_bytes()).unwrap();
    ThreadBasis::new(&Envelope::new(fields), arrived, MessageIds::of_header(header.as_bytes()))
}

fn messages(texts: &[&str]) -> Vec<ThreadBasis> {
    texts.iter().enumerate().map(|(index, text)| basis(index, text)).collect()
}

/// `a(b c(d))`: `d` below `c`, `b` and `c` below `a`; `?` is missing.
fn shown(members: &[ThreadMember<usize>]) -> String {
    let mut shown = String::new();
    let mut open = 0;
    for (index, member) in members.iter().enumerate() {
        if index > 0 && member.depth > open {
            shown.push('(');
        } else if index > 0 {
            shown.push_str(&")".repeat((open - member.depth) as usize));
            shown.push(' ');
        }
        open = member.depth;
        shown.push_str(&member.message.map_or("?".to_owned(), |message| message.to_string()));
    }
    shown + &")".repeat(open as usize)
}

#[track_caller]
fn check(texts: &[&str], by_references: &str, by_subject: &str) {
    let messages = messages(texts);
    assert_eq!(shown(&thread_by_references(&messages)), by_references, "{texts:?}");
    assert_eq!(shown(&thread_by_subject(&messages)), by_subject, "{texts:?}");
}

#[test]
fn threads() {
    check(&[], "", "");
    check(&["a", "b", "Re: a"], "0(2) 1", "0(2) 1");
    check(&["a/1", "Re: a/2/1", "Re: a/3/1 2", "Re: a/4/1"], "0(1(2) 3)", "0(1 2 3)");
    // The answer came first, under another subject.
    check(&["b/2/1", "a/1"], "1(0)", "0 1");
    // The message that both answer is not there.
    check(&["a/2/1", "b/3/1"], "?(0 1)", "0 1");
    check(&["a/2/1"], "0", "0");
    // One says that it answers itself, two that they answer each other.
    check(&["a/1/1"], "0", "0");
    check(&["a/1/2", "b/2/1"], "1(0)", "0 1");
    // Of several with one id, the first has it.
    check(&["a/1", "b/1", "c/2/1"], "0(2) 1", "0 1 2");
    // Replies without references, with and without the message they answer.
    check(&["Re: a", "a"], "1(0)", "0(1)");
    check(&["Re: a", "Re: a", "b"], "?(0 1) 2", "0(1) 2");
}

/// What a client takes for granted of an answer.
fn check_answer(messages: &[ThreadBasis]) -> Result<(), TestCaseError> {
    for members in [thread_by_references(messages), thread_by_subject(messages)] {
        let mut told: Vec<usize> = members.iter().filter_map(|member| member.message).collect();
        told.sort_unstable();
        prop_assert_eq!(told, (0..messages.len()).collect::<Vec<_>>());
        let number = |index: usize| SeqNum::new(u32::try_from(index).unwrap() + 1).unwrap();
        let named = members
            .iter()
            .map(|member| ThreadMember { depth: member.depth, message: member.message.map(number) });
        let row = ThreadRow::from_seq_nums(named);
        prop_assert!(row.is_ok(), "{:?}", row);
    }
    Ok(())
}

proptest! {
    #[test]
    fn each_message_is_told_once_whatever_refers_to_what(
        texts in prop::collection::vec("(Re: )?[ab]?/[1-6]?/([1-9] ){0,4}", 0..20),
    ) {
        check_answer(&messages(&texts.iter().map(String::as_str).collect::<Vec<_>>()))?;
    }
}

/// Deep and wide ones, and missing messages in long chains: no recursion, and time near to linear.
#[test]
fn long_threads_take_no_time() {
    let start = Instant::now();
    let count = 30_000;
    let build = |text: &dyn Fn(usize) -> String| -> Vec<ThreadBasis> {
        (0..count).map(|index| basis(index, &text(index))).collect()
    };
    for messages in [
        build(&|index| format!("a/{index}/{}", index.wrapping_sub(1))),
        build(&|index| format!("Re: a/{index}/{}", index + 1)),
        build(&|index| format!("Re: a/{index}/0")),
        build(&|index| format!("a{index}/x{index}/y z{} z{index}", index / 2)),
        build(&|_| "Re: a/1/2".to_owned()),
    ] {
        check_answer(&messages).unwrap();
    }
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
}
