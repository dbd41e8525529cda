use bytes::{Bytes, BytesMut};

use crate::Limits;
use crate::response::{Context, Response, StatusKind, TaggedStatus, parse};
use crate::types::{Tag, TagPrefix};
use crate::wire::{Direction, Frame, Framer, Then};

/// The phase in front of STARTTLS (RFC 9051 section 6.2.1): everything heard here may come from somebody else.
///
/// It can hold one thing, how far the upgrade has come, and is dropped at the upgrade with all that was heard.
/// STARTTLS is sent whether or not it was offered, since an offer can be removed on the way.
///
/// Call order: [`ClearPhase::feed`] what was read, send [`ClearPhase::take_output`], until [`ClearPhase::poll`] has a
/// verdict.
#[derive(Debug)]
pub struct ClearPhase {
    framer: Framer,
    tag: Tag,
    step: Step,
    output: BytesMut,
    lines: usize,
    /// Octets that were taken, in lines or not.
    octets: usize,
}

#[derive(Debug)]
enum Step {
    AwaitingGreeting,
    AwaitingAnswer,
    Verdict(Result<(), ClearError>),
}

/// Untagged lines that are let pass; a server has nothing to say here.
const LINES: usize = 32;
/// Octets that are taken without a verdict, so that a line without end, or blank lines, come to one.
const OCTETS: usize = 64 << 10;

/// Why the connection cannot be upgraded. No words of the server are kept: they are nobody's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClearError {
    /// The first line was no greeting.
    #[error("the server did not begin with a greeting")]
    Greeting,
    /// The server greeted with BYE.
    #[error("the server turned the connection away before TLS")]
    Bye,
    /// The server greeted with PREAUTH, which leaves no way to STARTTLS.
    #[error("the server says that we are logged in already, so TLS cannot be started")]
    PreAuth,
    /// The server answered STARTTLS with NO or BAD.
    #[error("the server refused STARTTLS")]
    Refused,
    /// Octets followed the answer, which only somebody in between can have sent.
    #[error("there was more behind the server's answer to STARTTLS, which may be an attack")]
    OctetsBehindAnswer,
    /// The server spoke too much, or what no parser can read.
    #[error("the server's answer to STARTTLS cannot be read")]
    Unreadable,
    /// The connection ended.
    #[error("the server closed the connection before TLS")]
    Ended,
}

impl ClearPhase {
    /// A connection on which nothing was heard yet.
    pub fn new(tags: &TagPrefix) -> Self {
        // Small limits: a greeting and one line are all that is wanted.
        let limits = Limits {
            response_octets: 8 << 10,
            inline_literal_octets: 1 << 10,
            inline_sum_octets: 1 << 10,
            ..Limits::default()
        };
        Self {
            framer: Framer::new(Direction::FromServer, limits),
            tag: tags.tag(0),
            step: Step::AwaitingGreeting,
            output: BytesMut::new(),
            lines: 0,
            octets: 0,
        }
    }

    /// Takes octets that were read.
    pub fn feed(&mut self, octets: &[u8]) {
        self.octets = self.octets.saturating_add(octets.len());
        self.framer.feed(octets);
    }

    /// Octets to send; the caller takes them away.
    pub fn take_output(&mut self) -> Bytes {
        self.output.split().freeze()
    }

    /// `None` while the phase goes on. After `Ok`, the very next octet on the wire belongs to TLS.
    pub fn poll(&mut self) -> Option<Result<(), ClearError>> {
        loop {
            if let Step::Verdict(verdict) = &self.step {
                return Some(*verdict);
            }
            match self.framer.next_frame() {
                Ok(None) if self.octets <= OCTETS => return None,
                Ok(Some(Frame::Piece { bytes, then: Then::End, .. })) => self.handle_line(&bytes),
                Ok(_) | Err(_) => self.step = Step::Verdict(Err(ClearError::Unreadable)),
            }
        }
    }

    fn handle_line(&mut self, line: &Bytes) {
        self.lines += 1;
        let response = parse(line, &Context::default()).response;
        let verdict = match (&self.step, response) {
            (Step::AwaitingGreeting, Response::Status(status)) => match status.kind {
                StatusKind::Ok => {
                    self.output.extend_from_slice(self.tag.as_bytes());
                    self.output.extend_from_slice(b" STARTTLS\r\n");
                    self.step = Step::AwaitingAnswer;
                    return;
                }
                StatusKind::PreAuth => Err(ClearError::PreAuth),
                StatusKind::Bye => Err(ClearError::Bye),
                _ => Err(ClearError::Greeting),
            },
            (Step::AwaitingGreeting, _) => Err(ClearError::Greeting),
            (_, Response::Tagged(tagged)) if tagged.tag == self.tag => {
                // The line is believed only if it cannot have been on its way before the command was.
                match tagged.status {
                    _ if !self.output.is_empty() => Err(ClearError::Unreadable),
                    TaggedStatus::Ok if self.framer.is_drained() => Ok(()),
                    TaggedStatus::Ok => Err(ClearError::OctetsBehindAnswer),
                    _ => Err(ClearError::Refused),
                }
            }
            (_, Response::Status(status)) if status.kind == StatusKind::Bye => Err(ClearError::Bye),
            _ if self.lines > LINES => Err(ClearError::Unreadable),
            _ => return,
        };
        self.step = Step::Verdict(verdict);
    }

    /// The connection has ended.
    pub fn end_of_input(&mut self) -> ClearError {
        match self.poll() {
            Some(Err(error)) => error,
            _ => ClearError::Ended,
        }
    }
}
