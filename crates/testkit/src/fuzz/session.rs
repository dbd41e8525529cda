//! A client's session, and a server that says anything.

use std::io;
use std::time::{Duration, Instant};

use tayori_proto::Limits;
use tayori_proto::command::{Command, ParseOptions};
use tayori_proto::session::{Channel, CommandId, Event, Session, Together};
use tayori_proto::types::{SaslMessage, TagPrefix};

use super::framer::{announces, small};
use super::{corpus, pieces};
use crate::script::Log;

/// All of it leaves at once, so that no answer can depend on what was sent in between.
const IN_FLIGHT: &[&str] = &[
    "UID FETCH 1:* (UID FLAGS BODY.PEEK[])",
    "UID FETCH 1:* (UID FLAGS BODY.PEEK[])",
    "STATUS a (MESSAGES)",
    "STATUS b (MESSAGES)",
    "LIST \"\" *",
    "NOOP",
];

/// What waits for the server on its way: literals, one of them streamed, and IDLE.
const WITH_PAUSES: &[&str] = &[
    "APPEND a {20}\r\n01234567890123456789",
    "SEARCH CHARSET UTF-8 OR TEXT {2}\r\n\u{f6} TEXT {2}\r\n\u{e4}",
    "UID STORE 1:* +FLAGS (\\Seen)",
    "IDLE",
    "LOGOUT",
];

/// What a session reports does not depend on how the octets come; a body that is handed out is, octet for octet, what
/// follows the announcement of its size; no command ends twice and nothing follows the end; and no more is held back
/// than the limits allow.
pub(super) fn run(data: &[u8]) {
    for limits in [Limits::default(), small()] {
        let mut single = Driven::selected(&limits, IN_FLIGHT);
        let mut bodies = Bodies::default();
        for end in 1..=data.len() {
            single.feed(&data[end - 1..end], |event| bodies.check(event, &data[..end]));
        }
        let single = single.finish();
        let all: [&[u8]; 1] = [data];
        for pieces in [&all[..], &pieces(data)] {
            let mut driven = Driven::selected(&limits, IN_FLIGHT);
            pieces.iter().for_each(|piece| driven.feed(piece, |_| ()));
            holds(driven.finish().compare(&single));
        }
    }
    // Here it matters what was sent when something is heard, so the pieces may make a difference.
    let mut paused = Driven::selected(&small(), WITH_PAUSES);
    pieces(data).iter().for_each(|piece| paused.feed(piece, |_| ()));
    paused.finish();
    let mut ungreeted = Driven::new(&small(), Channel::Clear);
    ungreeted.enqueue("AUTHENTICATE LOGIN");
    pieces(data).iter().for_each(|piece| ungreeted.feed(piece, |_| ()));
    ungreeted.finish();
}

pub(super) fn seeds() -> io::Result<Vec<Vec<u8>>> {
    let scripts = corpus::scripts()?;
    Ok(scripts.into_iter().map(|said| said.server).chain(corpus::quirks()).collect())
}

#[track_caller]
fn holds(result: Result<(), String>) {
    if let Err(problem) = result {
        panic!("{problem}");
    }
}

/// A session and all that it has reported.
struct Driven {
    session: Session,
    limits: Limits,
    now: Instant,
    log: Log,
}

impl Driven {
    fn new(limits: &Limits, channel: Channel) -> Self {
        let now = Instant::now();
        let silence = Duration::from_secs(60);
        let session = Session::new(limits.clone(), channel, TagPrefix::from_random(0), silence, now);
        Self { session, limits: limits.clone(), now, log: Log::default() }
    }

    /// With a mailbox open, and these commands sent, as far as they can be.
    fn selected(limits: &Limits, commands: &[&str]) -> Self {
        let mut driven = Self::new(limits, Channel::Tls);
        driven.feed(b"* PREAUTH ready\r\n", |_| ());
        driven.enqueue("SELECT INBOX");
        driven.feed(b"* 3 EXISTS\r\n* 1 FETCH (UID 4)\r\ntaaaaaa.1 OK\r\n", |_| ());
        for command in commands {
            driven.enqueue(command);
        }
        driven
    }

    fn enqueue(&mut self, command: &str) {
        let octets = format!("x {command}\r\n").into_bytes().into();
        let read =
            Command::parse(&octets, &ParseOptions::default()).expect("the commands above are commands");
        self.session.enqueue(read.command, Together::Careful).expect("the commands above are allowed there");
        self.settle(&mut |_| ());
    }

    fn feed(&mut self, octets: &[u8], mut look: impl FnMut(&Event)) {
        self.session.feed(octets, self.now);
        self.settle(&mut look);
        let held = self.session.read_buffer().len();
        let most = self.limits.response_octets.max(64);
        assert!(held <= most || self.log.is_closed(), "{held} octets are held back");
    }

    fn settle(&mut self, look: &mut dyn FnMut(&Event)) {
        loop {
            let mut quiet = true;
            while let Some(event) = self.session.next_event() {
                quiet = false;
                look(&event);
                holds(self.log.event(&event));
                self.help(&event);
            }
            let output = self.session.take_output();
            if !output.is_empty() {
                self.session.wrote(output.len(), self.now);
                quiet = false;
            }
            if quiet {
                return;
            }
        }
    }

    fn help(&mut self, event: &Event) {
        match event {
            Event::LiteralWanted { command, size } => {
                let octets = vec![b'o'; usize::try_from(*size).expect("the message above is small")];
                self.session.provide(*command, &octets.into());
            }
            Event::Idling { command } => {
                self.session.end_idle(*command);
            }
            Event::Challenge { command, .. } => {
                self.session.respond(*command, Some(&SaslMessage::new([1])));
            }
            _ => {}
        }
    }

    fn finish(mut self) -> Log {
        self.session.end_of_input();
        self.settle(&mut |_| ());
        assert!(self.log.is_closed(), "the end of the connection was not reported");
        self.log
    }
}

/// Compares bodies with the octets that were heard, one at a time.
#[derive(Default)]
struct Bodies {
    /// The body that passes: for whom, and how much of it is to come.
    passing: Option<(Option<CommandId>, u64)>,
}

impl Bodies {
    /// `heard` ends with the octet that has caused the event.
    fn check(&mut self, event: &Event, heard: &[u8]) {
        match (event, &mut self.passing) {
            (Event::BodyStart { command, size, .. }, passing @ None) => {
                assert!(announces(heard, *size), "a body of {size} octets was not announced: {event:?}");
                *passing = Some((*command, *size));
            }
            (Event::BodyChunk { command, octets }, Some((same, left))) if command == same && *left > 0 => {
                assert_eq!(heard.last_chunk(), Some(&[octets[0]]));
                assert_eq!(octets.len(), 1);
                *left -= 1;
            }
            (Event::BodyEnd { command }, passing @ Some(_)) => {
                assert_eq!(*passing, Some((*command, 0)), "a body ends in the middle");
                *passing = None;
            }
            (Event::BodyStart { .. } | Event::BodyChunk { .. } | Event::BodyEnd { .. }, passing) => {
                panic!("{event:?} with {passing:?}");
            }
            (Event::Closed(_), _) => self.passing = None,
            (_, passing) => assert_eq!(*passing, None, "{event:?} inside a body"),
        }
    }
}
