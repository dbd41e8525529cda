//! What a search has to read a message for.

use std::ops::Range;

use tayori_mime::{Finder, PartDecoder, Structure, decode_header, header_fields, parse_date};

use super::query::TextTest;
use crate::command::read;
use crate::limits::HEADER_OCTETS;
use crate::store::{Message, StoreError};

/// Which of the tests hold for a message. It is read once at most, piece by piece; its attachments are not read.
pub(super) async fn look(message: &impl Message, tests: &[TextTest]) -> Result<Vec<bool>, StoreError> {
    let structure = message.structure().await?;
    let mut found = vec![false; tests.len()];
    look_at_header(message, &structure, tests, &mut found).await?;
    look_at_body(message, &structure, tests, &mut found).await?;
    Ok(found)
}

/// The header of a message, as far as it is looked at.
pub(in crate::command) async fn read_header(
    message: &impl Message,
    structure: &Structure,
) -> Result<Vec<u8>, StoreError> {
    match structure.parts().next() {
        Some(root) => read_start(message, root.header()).await,
        None => Ok(Vec::new()),
    }
}

async fn look_at_header(
    message: &impl Message,
    structure: &Structure,
    tests: &[TextTest],
    found: &mut [bool],
) -> Result<(), StoreError> {
    let header = read_header(message, structure).await?;
    for (name, value) in header_fields(&header) {
        let decoded = decode_header(value);
        let field = shown(name, &decoded);
        for (test, found) in tests.iter().zip(&mut *found) {
            *found |= match test {
                TextTest::Field { name: wanted, needle } => {
                    name.eq_ignore_ascii_case(wanted) && needle.is_in(&decoded)
                }
                TextTest::Anywhere(needle) => needle.is_in(&field),
                TextTest::Sent(order, day) => {
                    name.eq_ignore_ascii_case(b"date")
                        && parse_date(value).is_some_and(|sent| order.holds(sent, *day))
                }
                TextTest::Body(_) => false,
            };
        }
    }
    Ok(())
}

/// The texts of a message, and the headers of the messages inside it.
async fn look_at_body(
    message: &impl Message,
    structure: &Structure,
    tests: &[TextTest],
    found: &mut [bool],
) -> Result<(), StoreError> {
    let mut finders: Vec<(usize, Finder)> = tests
        .iter()
        .enumerate()
        .filter(|(index, _)| !found[*index])
        .filter_map(|(index, test)| match test {
            TextTest::Body(needle) | TextTest::Anywhere(needle) => Some((index, needle.finder())),
            TextTest::Field { .. } | TextTest::Sent(..) => None,
        })
        .collect();
    let parts: Vec<_> = structure.parts().enumerate().collect();
    for (index, part) in parts {
        if finders.is_empty() {
            break;
        }
        // The header of the message itself is not its body; those of the messages inside are.
        if index > 0 && part.envelope().is_some() {
            let header = read_start(message, part.header()).await?;
            for (name, value) in header_fields(&header) {
                feed(&mut finders, &shown(name, &decode_header(value)));
                settle(&mut finders, found);
            }
        }
        if part.kind() == tayori_mime::PartKind::Leaf && part.is_type("text") {
            let mut decoder = PartDecoder::of(part);
            let Range { start: mut at, end } = part.body();
            let mut text = String::new();
            while at < end && !finders.iter().all(|(_, finder)| finder.is_found()) {
                let octets = read(message, at..end).await?;
                at += octets.len() as u64;
                decoder.feed(&octets, &mut text);
                feed(&mut finders, &text);
                text.clear();
            }
            decoder.finish(&mut text);
            feed(&mut finders, &text);
        }
        settle(&mut finders, found);
    }
    Ok(())
}

/// A field as a person reads it.
fn shown(name: &[u8], value: &str) -> String {
    format!("{}: {value}", String::from_utf8_lossy(name))
}

/// Notes what was found at the end of a text; what was not is looked for in the next one from its beginning.
fn settle(finders: &mut Vec<(usize, Finder)>, found: &mut [bool]) {
    finders.retain_mut(|(index, finder)| {
        found[*index] |= finder.is_found();
        finder.restart();
        !found[*index]
    });
}

fn feed(finders: &mut [(usize, Finder)], text: &str) {
    for (_, finder) in finders {
        finder.feed(text);
    }
}

/// The first octets of a range.
async fn read_start(message: &impl Message, range: Range<u64>) -> Result<Vec<u8>, StoreError> {
    let end = range.end.min(range.start.saturating_add(HEADER_OCTETS));
    let (mut at, mut header) = (range.start, Vec::new());
    while at < end {
        let octets = read(message, at..end).await?;
        at += octets.len() as u64;
        header.extend_from_slice(&octets);
    }
    Ok(header)
}
