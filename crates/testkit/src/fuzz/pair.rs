//! A client's session and the server, and somebody in between who changes what they say.

use std::io;
use std::time::{Duration, Instant};

use tayori_proto::Limits;
use tayori_proto::command::{AppendMessage, Command, NewMessage, ParseOptions};
use tayori_proto::session::{Channel, CompletionStatus, Event, Session, Together};
use tayori_proto::types::{NonEmpty, TagPrefix};
use tayori_server::Privacy;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::time::timeout;

use super::mutator::WORDS;
use super::server::{at_rest, is_well, with_mails};
use crate::script::Log;

/// Whatever is changed on the way, the session keeps its rules, the server does not panic and serves the next client,
/// and both end. Where nothing was changed, every command succeeds.
///
/// The octets are changes of five octets each: what, where (two), and with what (two).
pub(super) fn run(data: &[u8]) {
    at_rest(check(data));
}

pub(super) fn seeds() -> io::Result<Vec<Vec<u8>>> {
    // Changes all over the dialogue, of every kind in both directions.
    let seeds = (0..40_u8).map(|kind| vec![kind, kind / 4, kind.wrapping_mul(37), kind.wrapping_mul(7), 3]);
    Ok(seeds.chain([vec![]]).collect())
}

/// In their order. The last one ends the session.
const COMMANDS: [&str; 16] = [
    "LOGIN ann secret",
    "CREATE x",
    "SELECT INBOX",
    "FETCH 1:* (FLAGS UID ENVELOPE BODYSTRUCTURE RFC822.SIZE INTERNALDATE)",
    "UID FETCH 1:* (UID BODY.PEEK[])",
    "STORE 1 +FLAGS (\\Seen \\Answered)",
    "UID SEARCH UNSEEN",
    "APPEND INBOX (\\Draft) {31}\r\nSubject: new\r\n\r\nwritten now\r\n\r\n",
    "UID COPY 1:2 x",
    "LIST \"\" *",
    "STATUS x (MESSAGES UIDNEXT)",
    "IDLE",
    "UID MOVE 3 x",
    "UID STORE 2 +FLAGS.SILENT (\\Deleted)",
    "EXPUNGE",
    "LOGOUT",
];

async fn check(data: &[u8]) {
    let server = with_mails();
    let room = [1, 7, 300, 1 << 16][data.len() % 4];
    let (mut stream, other) = tokio::io::duplex(room);
    let serving = {
        let server = server.clone();
        tokio::spawn(async move { server.serve(other, Privacy::Private).await })
    };
    let mut client = Client::new();
    let mut to_server = Between::new(data, 0);
    let mut to_client = Between::new(data, 1);
    client.talk(&mut stream, &mut to_server, &mut to_client).await;
    drop(stream);
    let hour = Duration::from_secs(3600);
    timeout(hour, serving).await.expect("the server ends").expect("the server does not panic");
    is_well(&server).await;
    if !to_server.changed && !to_client.changed {
        assert_eq!(client.succeeded, COMMANDS.len(), "{}", client.log);
        assert!(client.log.is_closed());
    }
}

/// Octets heard in one dialogue that is not about large mails.
const MOST_HEARD: usize = 1 << 18;

struct Client {
    session: Session,
    now: Instant,
    log: Log,
    succeeded: usize,
    heard: usize,
}

impl Client {
    fn new() -> Self {
        let now = Instant::now();
        let mut limits = Limits::default();
        // So that the mails are streamed.
        limits.inline_literal_octets = 20;
        let silence = Duration::from_secs(60);
        let session = Session::new(limits, Channel::Trusted, TagPrefix::from_random(0), silence, now);
        let mut client = Self { session, now, log: Log::default(), succeeded: 0, heard: 0 };
        for command in COMMANDS {
            client.enqueue(command);
        }
        client
    }

    fn enqueue(&mut self, command: &str) {
        let octets = format!("x {command}\r\n").into_bytes().into();
        let read =
            Command::parse(&octets, &ParseOptions::default()).expect("the commands above are commands");
        let mut command = read.command;
        if let Command::Append { messages, .. } = &mut command
            && let [only] = &**messages
            && let AppendMessage::Inline(octets) = &only.message
        {
            let message = AppendMessage::Streamed { size: octets.len() as u64 };
            *messages = NonEmpty::one(NewMessage { message, ..only.clone() });
        }
        self.session
            .enqueue(command, Together::Careful)
            .expect("the commands above are allowed in this order");
    }

    /// Until the session is over, or nothing happens for longer than a server ever takes.
    async fn talk(&mut self, stream: &mut DuplexStream, to_server: &mut Between, to_client: &mut Between) {
        let (mut reader, mut writer) = tokio::io::split(stream);
        let mut said = Vec::new();
        let mut heard = vec![0; 4096];
        while !self.log.is_closed() && !to_server.cut && !to_client.cut {
            said.extend(to_server.pass(&self.settle()));
            // Both directions can be full, so what comes is taken while something goes. On this clock, waiting costs
            // nothing.
            let step = timeout(Duration::from_secs(10), async {
                tokio::select! {
                    read = reader.read(&mut heard) => Step::Heard(read.unwrap_or(0)),
                    written = writer.write(&said), if !said.is_empty() => Step::Said(written.unwrap_or(0)),
                }
            });
            match step.await {
                Ok(Step::Said(count @ 1..)) => {
                    said.drain(..count);
                }
                Ok(Step::Heard(count @ 1..)) => {
                    let octets = to_client.pass(&heard[..count]);
                    self.heard += octets.len();
                    assert!(self.heard < MOST_HEARD, "the server talks without end");
                    self.session.feed(&octets, self.now);
                }
                // The other side is gone, or neither has anything to say.
                _ => break,
            }
        }
        self.session.end_of_input();
        self.settle();
        assert!(self.log.is_closed(), "the end was not reported");
    }

    /// All that the session has to say, to us and to the server.
    fn settle(&mut self) -> Vec<u8> {
        let mut said = Vec::new();
        loop {
            let events = self.settle_events();
            let output = self.session.take_output();
            self.session.wrote(output.len(), self.now);
            said.extend_from_slice(&output);
            if !events && output.is_empty() {
                return said;
            }
        }
    }

    fn settle_events(&mut self) -> bool {
        let mut any = false;
        while let Some(event) = self.session.next_event() {
            any = true;
            if let Err(problem) = self.log.event(&event) {
                panic!("{problem}");
            }
            match event {
                Event::LiteralWanted { command, size } => {
                    let octets = vec![b'o'; usize::try_from(size).expect("the message above is small")];
                    self.session.provide(command, &octets.into());
                }
                Event::Idling { command } => {
                    self.session.end_idle(command);
                }
                Event::Done { completion, .. } if completion.status == CompletionStatus::Ok => {
                    self.succeeded += 1
                }
                _ => {}
            }
        }
        any
    }
}

/// What happened on the client's stream; 0 octets are its end.
enum Step {
    Heard(usize),
    Said(usize),
}

/// Somebody between the two, in one direction.
struct Between {
    /// By their places, the next one last.
    changes: Vec<Change>,
    /// Octets that have passed.
    at: usize,
    /// Octets to swallow.
    swallow: usize,
    /// The connection was cut.
    cut: bool,
    changed: bool,
}

#[derive(Clone, Copy)]
struct Change {
    at: usize,
    kind: u8,
    choice: [u8; 2],
}

impl Between {
    fn new(data: &[u8], direction: u8) -> Self {
        let mine = data.chunks_exact(5).filter(|change| change[0] & 1 == direction);
        let mut changes: Vec<_> = mine
            .map(|change| Change {
                at: usize::from(u16::from_be_bytes([change[1], change[2]])) % 5000,
                kind: change[0] >> 1,
                choice: [change[3], change[4]],
            })
            .collect();
        changes.sort_by_key(|change| std::cmp::Reverse(change.at));
        Self { changes, at: 0, swallow: 0, cut: false, changed: false }
    }

    /// What becomes of these octets.
    fn pass(&mut self, octets: &[u8]) -> Vec<u8> {
        let mut passed = Vec::with_capacity(octets.len());
        for &octet in octets {
            let mut octet = octet;
            while let Some(change) = self.changes.pop_if(|change| change.at <= self.at) {
                self.changed = true;
                let [choice, more] = change.choice;
                match change.kind % 8 {
                    0 => octet = choice,
                    1 => octet ^= 1 << (choice % 8),
                    2 => self.swallow += 1 + usize::from(choice),
                    3 => self.cut = true,
                    4 => {
                        let start = passed.len().saturating_sub(usize::from(choice));
                        passed.extend_from_within(start..);
                    }
                    5 => passed.extend([choice, more]),
                    _ => passed.extend_from_slice(WORDS[usize::from(choice) % WORDS.len()]),
                }
            }
            self.at += 1;
            if self.cut {
                break;
            }
            match self.swallow {
                0 => passed.push(octet),
                _ => self.swallow -= 1,
            }
        }
        passed
    }
}
