//! io-imap, which himalaya and neverest rest upon: its coroutines, with the octets handed to them in reads.
//!
//! They keep all rows until the command has ended, which is what their caller gets.

use std::hint::black_box;

use io_imap::codec::fragmentizer::Fragmentizer;
use io_imap::coroutine::{ImapCoroutine, ImapCoroutineState, ImapYield};
use io_imap::rfc3501::fetch::{ImapMessageFetch, ImapMessageFetchOptions};
use io_imap::rfc3501::search::{ImapMessageSearch, ImapMessageSearchOptions};
use io_imap::types::core::Vec1;
use io_imap::types::fetch::{Macro, MacroOrMessageDataItemNames};
use io_imap::types::search::SearchKey;

use super::imap_codec::row;
use super::{READ_OCTETS, Reader, any};
use crate::sets::{Found, Kind, Set};

pub(super) const SESSION: Reader = Reader {
    name: "io-imap session",
    what: "io-imap 0.7.1, the coroutines of FETCH and SEARCH",
    takes: any,
    read: |set| match set.kind {
        Kind::Fetch => drop(black_box(drive(fetch(), set))),
        Kind::Search => drop(black_box(drive(search(), set))),
    },
    tell: Some(|set| match set.kind {
        Kind::Fetch => {
            drive(fetch(), set).expect("io-imap fetches").values().map(|items| row(items.as_ref())).collect()
        }
        Kind::Search => {
            let numbers = drive(search(), set).expect("io-imap searches");
            vec![Found::Numbers(numbers.len(), numbers.iter().map(|number| u64::from(number.get())).sum())]
        }
    }),
};

fn fetch() -> ImapMessageFetch {
    ImapMessageFetch::new(
        "1:*".try_into().expect("this is a set"),
        MacroOrMessageDataItemNames::Macro(Macro::Full),
        ImapMessageFetchOptions::default(),
    )
}

fn search() -> ImapMessageSearch {
    let criteria = Vec1::try_from(vec![SearchKey::All]).expect("one key is not none");
    ImapMessageSearch::new(criteria, ImapMessageSearchOptions { uid: true })
}

/// Gives the coroutine the set and the end of the command.
fn drive<C: ImapCoroutine<Yield = ImapYield>>(mut coroutine: C, set: &Set) -> C::Return {
    let mut fragmentizer = Fragmentizer::new(100 << 20);
    let command = match coroutine.resume(&mut fragmentizer, None) {
        ImapCoroutineState::Yielded(ImapYield::WantsWrite(command)) => command,
        _ => panic!("io-imap begins with a command"),
    };
    let tag = command.split(|&octet| octet == b' ').next().unwrap_or_default();
    let end = [tag, b" OK done\r\n"].concat();
    let mut reads = set.stream.chunks(READ_OCTETS).chain([&*end]);
    let mut argument = None;
    loop {
        match coroutine.resume(&mut fragmentizer, argument) {
            ImapCoroutineState::Yielded(ImapYield::WantsRead) => {
                argument = Some(reads.next().expect("the end of the command ends it"));
            }
            ImapCoroutineState::Yielded(ImapYield::WantsWrite(_)) => panic!("io-imap has sent all of it"),
            ImapCoroutineState::Complete(result) => return result,
        }
    }
}
