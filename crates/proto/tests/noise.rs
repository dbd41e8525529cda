//! Whatever a server sends, a session neither panics nor contradicts itself, and the size of the reads changes nothing.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use tayori_proto::Limits;
use tayori_proto::command::{Command, ParseOptions, TaggedCommand};
use tayori_proto::session::{Channel, Event, Session, Together};
use tayori_proto::types::{SaslMessage, TagPrefix};
use tayori_testkit::script::Log;

/// What is in flight: all of it leaves at once, so that no answer can depend on what was sent in between.
const IN_FLIGHT: [&str; 6] = [
    "UID FETCH 1:* (UID FLAGS BODY.PEEK[])",
    "UID FETCH 1:* (UID FLAGS BODY.PEEK[])",
    "STATUS a (MESSAGES)",
    "STATUS b (MESSAGES)",
    "LIST \"\" *",
    "NOOP",
];

/// What waits for the server on its way: literals, one of them streamed, challenges, and IDLE.
const WITH_PAUSES: [&str; 4] = [
    "APPEND a {20}\r\n01234567890123456789",
    "SEARCH CHARSET UTF-8 OR TEXT {2}\r\n\u{f6} TEXT {2}\r\n\u{e4}",
    "NOOP",
    "IDLE",
];

const FRAGMENTS: &[&str] = &[
    "\r\n",
    "\r\n",
    "\r\n",
    "\n",
    "\r",
    " ",
    " ",
    "(",
    ")",
    "((",
    "))",
    "\"",
    "\\",
    "\"x\"",
    "NIL",
    "{",
    "}",
    "{3}\r\n",
    "{12}\r\n",
    "{40}\r\n",
    "{300}\r\n",
    "~{4}\r\n",
    "{5+}\r\n",
    "{0}\r\n",
    "{99999999999999999999}\r\n",
    "* ",
    "* ",
    "* ",
    "+ go\r\n",
    "+\r\n",
    "taaaaaa.1 ",
    "taaaaaa.2 OK done\r\n",
    "taaaaaa.3 NO no\r\n",
    "taaaaaa.4 BAD\r\n",
    "taaaaaa.5 OK [COPYUID 1 2 3] x\r\n",
    "taaaaaa.6 ",
    "taaaaaa.7 OK {3}\r\n",
    "EXPUNGE: taaaaaa.2 OK\r\n",
    "x1 OK\r\n",
    "OK ",
    "NO ",
    "BAD ",
    "PREAUTH ",
    "BYE ",
    "* BYE\r\n",
    "[ALERT] ",
    "[UIDNEXT 4294967295]",
    "[CAPABILITY LITERAL+]",
    "[CLOSED] ",
    "[",
    "]",
    "* 3 EXISTS\r\n",
    "* 4294967295 EXISTS\r\n",
    "* 2 EXPUNGE\r\n",
    "* 4294967295 EXPUNGE\r\n",
    "* 1 EXPUNGE\r\n",
    "* 0 RECENT\r\n",
    "EXISTS",
    "EXPUNGE",
    "FETCH ",
    "* 1 FETCH (",
    "* 2 FETCH (",
    "* 7 FETCH ((",
    "* 1 FETCH (UID 4294967295)\r\n",
    "* 2 FETCH (UID 9)\r\n",
    "UID 5 ",
    "UID 4294967295",
    "FLAGS (\\Seen) ",
    "FLAGS (",
    "BODY[] ",
    "BODY[HEADER.FIELDS (\"DATE\")] ",
    "BODY[1.2]<5> ",
    "BINARY[1] ",
    "RFC822 ",
    "RFC822.SIZE 3 ",
    "ENVELOPE (NIL ",
    "BODYSTRUCTURE (",
    "MODSEQ (5) ",
    "INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" ",
    "X-GM-MSGID 7 ",
    "LIST () \"/\" a\r\n",
    "LSUB (",
    "STATUS a (MESSAGES 3)\r\n",
    "STATUS b (",
    "SEARCH 1 2 3",
    "CAPABILITY IMAP4rev1",
    "ENABLED UTF8=ACCEPT\r\n",
    "ENABLED ",
    "ID (\"name\" NIL)\r\n",
    "ID (",
    "NAMESPACE ((\"\" \"/\")) NIL NIL\r\n",
    "NAMESPACE ((",
    "FLAGS (a b)\r\n",
    "0",
    "1",
    "4294967295",
    "4294967296",
    "18446744073709551616",
    "a",
    "\u{f6}",
    "\0",
];

fn octets() -> impl Strategy<Value = Vec<u8>> {
    let fragment = prop_oneof![
        12 => proptest::sample::select(FRAGMENTS).prop_map(|text| text.as_bytes().to_vec()),
        1 => proptest::collection::vec(any::<u8>(), 1..12),
        1 => (1_usize..400).prop_map(|size| vec![b'x'; size]),
    ];
    proptest::collection::vec(fragment, 0..60).prop_map(|fragments| fragments.concat())
}

fn limits() -> impl Strategy<Value = Limits> {
    (0_usize..50, 300_usize..1200, 0_usize..100, 0_usize..10).prop_map(|(inline, response, sum, nesting)| {
        let mut limits = Limits::default();
        limits.inline_literal_octets = inline;
        limits.response_octets = response;
        limits.inline_sum_octets = sum;
        limits.nesting = nesting;
        limits
    })
}

/// A session with a mailbox open and these commands sent, as far as they can be.
struct Driven {
    session: Session,
    now: Instant,
    log: Log,
    /// Whether LiteralWanted, challenges and Idling are answered.
    helpful: bool,
}

impl Driven {
    fn new(limits: Limits, commands: &[&str]) -> Self {
        let now = Instant::now();
        let silence = Duration::from_secs(60);
        let session = Session::new(limits, Channel::Tls, TagPrefix::from_random(0), silence, now);
        let mut driven = Self { session, now, log: Log::default(), helpful: true };
        driven.feed(b"* PREAUTH ready\r\n").expect("a greeting contradicts nothing");
        driven.enqueue("SELECT INBOX");
        driven
            .feed(b"* 3 EXISTS\r\n* 1 FETCH (UID 4)\r\ntaaaaaa.1 OK\r\n")
            .expect("an answer contradicts nothing");
        for command in commands {
            driven.enqueue(command);
        }
        driven
    }

    fn enqueue(&mut self, command: &str) {
        let octets = format!("x {command}\r\n").into_bytes().into();
        let TaggedCommand { command, .. } =
            Command::parse(&octets, &ParseOptions::default()).expect("the commands above are commands");
        self.session.enqueue(command, Together::Careful).expect("the commands above are allowed there");
        self.settle().expect("nothing was heard");
    }

    fn feed(&mut self, octets: &[u8]) -> Result<(), String> {
        self.session.feed(octets, self.now);
        self.settle()
    }

    fn settle(&mut self) -> Result<(), String> {
        loop {
            let mut quiet = true;
            while let Some(event) = self.session.next_event() {
                quiet = false;
                self.log.event(&event)?;
                match event {
                    Event::LiteralWanted { command, size } if self.helpful => {
                        let octets =
                            vec![b'o'; usize::try_from(size).expect("the message above is small")].into();
                        self.session.provide(command, &octets);
                    }
                    Event::Idling { command } if self.helpful => {
                        self.session.end_idle(command);
                    }
                    Event::Challenge { command, .. } if self.helpful => {
                        self.session.respond(command, Some(&SaslMessage::new([1])));
                    }
                    _ => {}
                }
            }
            let output = self.session.take_output();
            if !output.is_empty() {
                self.session.wrote(output.len(), self.now);
                quiet = false;
            }
            if quiet {
                return Ok(());
            }
        }
    }

    fn finish(mut self) -> Result<Log, String> {
        self.session.end_of_input();
        self.settle()?;
        assert!(self.log.is_closed());
        Ok(self.log)
    }
}

/// Splits octets at these places, which are taken modulo what is left.
fn pieces<'a>(mut octets: &'a [u8], sizes: &[usize]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    let mut sizes = sizes.iter().cycle();
    while let Some(size) = sizes.next()
        && !octets.is_empty()
    {
        let (piece, rest) = octets.split_at((*size).clamp(1, octets.len()));
        pieces.push(piece);
        octets = rest;
    }
    pieces
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn the_size_of_the_reads_changes_nothing(
        octets in octets(),
        limits in limits(),
        sizes in proptest::collection::vec(1_usize..40, 1..8),
    ) {
        let mut whole = Driven::new(limits.clone(), &IN_FLIGHT);
        whole.feed(&octets).map_err(TestCaseError::fail)?;
        let whole = whole.finish().map_err(TestCaseError::fail)?;
        for sizes in [&sizes[..], &[1]] {
            let mut pieced = Driven::new(limits.clone(), &IN_FLIGHT);
            for piece in pieces(&octets, sizes) {
                pieced.feed(piece).map_err(TestCaseError::fail)?;
            }
            let pieced = pieced.finish().map_err(TestCaseError::fail)?;
            whole.compare(&pieced).map_err(TestCaseError::fail)?;
        }
    }

    /// With commands that pause, what is in one read can be an answer to something that has not left: the reads matter,
    /// and the rules of [`Log::event`] hold all the same.
    #[test]
    fn no_session_contradicts_itself(
        octets in octets(),
        limits in limits(),
        sizes in proptest::collection::vec(1_usize..40, 1..8),
        helpful in any::<bool>(),
        preauth in any::<bool>(),
    ) {
        let mut driven = Driven::new(limits, if preauth { &WITH_PAUSES } else { &[] });
        driven.helpful = helpful;
        for piece in pieces(&octets, &sizes) {
            driven.feed(piece).map_err(TestCaseError::fail)?;
        }
        driven.finish().map_err(TestCaseError::fail)?;
    }

    /// The same from the first octet on, with a login on its way.
    #[test]
    fn no_greeting_is_too_odd(octets in octets(), limits in limits(), greeted in any::<bool>()) {
        let now = Instant::now();
        let silence = Duration::from_secs(60);
        let session = Session::new(limits, Channel::Clear, TagPrefix::from_random(0), silence, now);
        let mut driven = Driven { session, now, log: Log::default(), helpful: true };
        if greeted {
            driven.feed(b"* OK ready\r\n").map_err(TestCaseError::fail)?;
        }
        driven.enqueue("AUTHENTICATE LOGIN");
        driven.feed(&octets).map_err(TestCaseError::fail)?;
        driven.finish().map_err(TestCaseError::fail)?;
    }
}
