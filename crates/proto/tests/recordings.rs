//! What real servers have answered (`fixtures/recordings/`) is read without loss: each response is one of a known kind,
//! nothing in it is broken, and what was read reads the same when it is written again.

use std::collections::BTreeSet;

use bytes::Bytes;
use tayori_proto::response::{Context, FetchItem, Parsed, Response, parse};
use tayori_proto::types::NameEncoding;
use tayori_testkit::recording::{self, Recording};

/// Responses of extensions that are kept as octets, by their first word.
const NOT_TYPED: [&str; 1] = ["GENURLAUTH"];

#[test]
fn what_real_servers_answer_is_read_without_loss() {
    let recordings = recording::all().expect("the folder is in the repository");
    assert_eq!(recordings.len(), 14);
    let mut failures = Vec::new();
    let mut not_typed = BTreeSet::new();
    for Recording { name, answers } in &recordings {
        for octets in answers {
            let parsed = parse(octets, &Context::default());
            if let Response::Unknown(_) = parsed.response {
                not_typed.insert(first_word(octets));
            } else if let Some(problem) = problem(&parsed) {
                failures.push(format!("{name}: {}\n{problem}: {parsed:?}", octets.escape_ascii()));
            }
        }
    }
    assert!(failures.is_empty(), "{} lines:\n{}", failures.len(), failures.join("\n\n"));
    assert_eq!(not_typed, NOT_TYPED.map(str::to_owned).into());
}

fn problem(parsed: &Parsed) -> Option<&'static str> {
    match &parsed.response {
        Response::Invalid(_) => return Some("cannot be read"),
        Response::Fetch(fetch) if !fetch.defects.is_empty() => return Some("the row has a defect"),
        Response::Fetch(fetch)
            if fetch.items.iter().any(|item| matches!(item, FetchItem::Invalid { .. })) =>
        {
            return Some("an item cannot be read");
        }
        Response::Fetch(fetch)
            if fetch.items.iter().any(|item| matches!(item, FetchItem::Unknown { .. })) =>
        {
            return Some("an item is not known");
        }
        _ => {}
    }
    let written = Bytes::copy_from_slice(&parsed.response.encode(NameEncoding::ModifiedUtf7).bytes);
    let again = parse(&written, &Context::default());
    (again.response != parsed.response).then_some("reads otherwise when it is written again")
}

/// The word that says what an untagged response is.
fn first_word(octets: &[u8]) -> String {
    let line = String::from_utf8_lossy(octets);
    let mut words = line.split_ascii_whitespace().skip(1);
    let is_number = |word: &&str| word.bytes().all(|octet| octet.is_ascii_digit());
    words.find(|word| !is_number(word)).unwrap_or_default().to_owned()
}
