//! Ours: the parser alone, and a session as the client drives it.

use std::hint::black_box;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tayori_proto::Limits;
use tayori_proto::command::{Command, FetchAttribute, ParseOptions};
use tayori_proto::response::{BodyData, Context, Fetch, FetchItem, Response, parse};
use tayori_proto::session::{Channel, Event, Session, Together};
use tayori_proto::types::{AddressRef, MailboxName, TagPrefix};

use super::{READ_OCTETS, Reader, any};
use crate::sets::{Found, Kind, Set, Telling, digest};

pub(super) const PARSED: Reader = Reader {
    name: "tayori parsed",
    what: "tayori-proto of this repository, response::parse over the buffer of the response",
    takes: any,
    read: |set| parsed(set, |response| drop(black_box(response))),
    tell: Some(|set| {
        let mut told = Vec::new();
        parsed(set, |response| told.extend(found(&response)));
        told
    }),
};

pub(super) const SESSION: Reader = Reader {
    name: "tayori session",
    what: "tayori-proto of this repository, session::Session: the rows that users of the client get",
    takes: any,
    read: |set| session(set, READ_OCTETS, |response| drop(black_box(response))),
    tell: Some(|set| {
        let mut told = Vec::new();
        session(set, READ_OCTETS, |response| told.extend(found(&response)));
        told
    }),
};

/// The responses are slices of one buffer, as the framer hands them out.
fn parsed(set: &Set, mut each: impl FnMut(Response)) {
    let context = Context::default();
    let mut start = 0;
    for &end in &set.ends {
        each(parse(&set.stream.slice(start..end), &context).response);
        start = end;
    }
}

/// From a mailbox that is open to the end of the command that the set answers.
pub(crate) fn session(set: &Set, read_octets: usize, mut each: impl FnMut(Response)) {
    let now = Instant::now();
    let mut session = Session::new(
        Limits::default(),
        Channel::Trusted,
        TagPrefix::from_random(0),
        Duration::from_secs(60),
        now,
    );
    session.feed(b"* PREAUTH ready\r\n", now);
    while session.next_event().is_some() {}
    let inbox = Command::Select { mailbox: MailboxName::inbox(), parameter: Default::default() };
    let tag = send(&mut session, inbox, now);
    let opened =
        format!("* {} EXISTS\r\n* OK [UIDVALIDITY 1]\r\n{tag} OK [READ-WRITE] done\r\n", set.ends.len());
    session.feed(opened.as_bytes(), now);
    while session.next_event().is_some() {}
    let command = match set.kind {
        Kind::Fetch => {
            let messages = tayori_proto::types::Messages::Uids("1:*".parse().expect("this is a set"));
            Command::Fetch { messages: messages.into(), items: FetchAttribute::Envelope.into() }
        }
        Kind::Search => search(),
    };
    let tag = send(&mut session, command, now);
    for octets in set.stream.chunks(read_octets) {
        session.feed(octets, now);
        while let Some(event) = session.next_event() {
            if let Event::Response { response, .. } = event {
                each(response);
            }
        }
    }
    session.feed(format!("{tag} OK done\r\n").as_bytes(), now);
    let done = std::iter::from_fn(|| session.next_event()).any(|event| matches!(event, Event::Done { .. }));
    assert!(done, "the command has ended");
}

fn search() -> Command {
    match Command::parse(&Bytes::from_static(b"a UID SEARCH ALL\r\n"), &ParseOptions::default()) {
        Ok(tagged) => tagged.command,
        Err(error) => panic!("this is a command: {error:?}"),
    }
}

/// Sends a command and gives its tag.
fn send(session: &mut Session, command: Command, now: Instant) -> String {
    session.enqueue(command, Together::Careful).expect("the state allows the command");
    let output = session.take_output();
    session.wrote(output.len(), now);
    String::from_utf8_lossy(&output).split(' ').next().unwrap_or_default().to_owned()
}

fn found(response: &Response) -> Option<Found> {
    match response {
        Response::Fetch(fetch) => Some(row(fetch)),
        Response::Search(row) => {
            let uids = row.uids();
            Some(Found::Numbers(uids.count() as usize, uids.iter().map(|uid| u64::from(uid.value())).sum()))
        }
        _ => None,
    }
}

fn row(fetch: &Fetch) -> Found {
    let mut telling = Telling::default();
    for item in &fetch.items {
        match item {
            FetchItem::Uid(uid) => telling.uid(u64::from(uid.value())),
            FetchItem::Flags(flags) => telling.flags(
                flags.iter().map(|flag| String::from_utf8_lossy(&flag.to_bytes()).into_owned()).collect(),
            ),
            FetchItem::Rfc822Size(size) => telling.size(size.unwrap_or(0)),
            FetchItem::InternalDate(date) => assert!(date.is_some(), "a date that was not read"),
            FetchItem::Envelope(found) => envelope(&mut telling, found),
            FetchItem::BodyStructure(found) => structure(&mut telling, found),
            FetchItem::Section { data: BodyData::Inline(text), .. } => {
                return Found::Body(text.len(), digest(text.as_bytes()));
            }
            other => panic!("not asked for: {other:?}"),
        }
    }
    Found::Row(telling.0)
}

fn envelope(telling: &mut Telling, envelope: &tayori_proto::types::Envelope) {
    telling.text(envelope.date());
    telling.text(envelope.subject());
    let first = [envelope.from(), envelope.sender(), envelope.reply_to()];
    for list in first.into_iter().chain([envelope.to(), envelope.cc(), envelope.bcc()]) {
        telling.list();
        for AddressRef { name, route, mailbox, host } in list {
            for field in [name, route, mailbox, host] {
                telling.text(field);
            }
        }
    }
    telling.text(envelope.in_reply_to());
    telling.text(envelope.message_id());
}

fn structure(telling: &mut Telling, body: &tayori_proto::types::BodyStructure) {
    use tayori_proto::types::{BodyStructure, PartContent};
    match body {
        BodyStructure::Part(part) => {
            let lines = match part.content {
                PartContent::Text { lines } => lines,
                _ => None,
            };
            let (kind, subtype) = (part.media_type.as_bytes(), part.media_subtype.as_bytes());
            telling.part(kind, subtype, part.fields.octets.unwrap_or(0), lines);
            let disposition = part.extension.as_ref().and_then(|extension| extension.disposition.as_ref());
            let more = disposition.into_iter().flat_map(|disposition| disposition.parameters.iter());
            for parameter in part.fields.parameters.iter().chain(more) {
                telling.parameter(parameter.name.as_bytes(), parameter.value.as_bytes());
            }
        }
        BodyStructure::Multipart(multipart) => {
            for part in &multipart.parts {
                structure(telling, part);
            }
            telling.multipart(multipart.media_subtype.as_bytes(), multipart.parts.len());
            for parameter in multipart.extension.iter().flat_map(|extension| extension.parameters.iter()) {
                telling.parameter(parameter.name.as_bytes(), parameter.value.as_bytes());
            }
        }
    }
}
