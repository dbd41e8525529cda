//! The framer: where frames begin and end does not depend on how the octets come.

use std::io;

use tayori_proto::Limits;
use tayori_proto::wire::{Direction, Frame, FrameError, Framer, Then};

use super::{corpus, pieces};

/// However the octets come, the frames are the same, each is handed out with its last octet, nothing between two frames
/// is lost but blank lines of a server, the limits hold, and no more is held back than they allow.
pub(super) fn run(data: &[u8]) {
    for direction in [Direction::FromServer, Direction::FromClient] {
        for limits in [Limits::default(), small()] {
            let single = octet_by_octet(data, direction, &limits);
            let all: [&[u8]; 1] = [data];
            for pieces in [&all[..], &pieces(data)] {
                assert_eq!(framed(pieces, direction, &limits), single, "in pieces of {:?}", sizes(pieces));
            }
        }
    }
}

pub(super) fn seeds() -> io::Result<Vec<Vec<u8>>> {
    let scripts = corpus::scripts()?;
    Ok(scripts.into_iter().flat_map(|said| [said.server, said.client]).collect())
}

/// Limits that short octets can reach.
pub(super) fn small() -> Limits {
    let mut limits = Limits::default();
    limits.response_octets = 300;
    limits.inline_literal_octets = 12;
    limits.inline_sum_octets = 24;
    limits.streamed_literals = 3;
    limits.nesting = 5;
    limits
}

fn sizes(pieces: &[&[u8]]) -> Vec<usize> {
    pieces.iter().map(|piece| piece.len()).collect()
}

/// What a framer gives, with the chunks of one literal put together.
#[derive(Debug, Default, PartialEq, Eq)]
struct Trace {
    frames: Vec<Frame>,
    error: Option<FrameError>,
}

impl Trace {
    fn push(&mut self, frame: Frame) {
        if let (Frame::Chunk { bytes, left }, Some(Frame::Chunk { bytes: before, left: before_left })) =
            (&frame, self.frames.last_mut())
            && *before_left > 0
        {
            assert_eq!(*before_left, left + bytes.len() as u64, "a chunk is missing");
            *before = [&before[..], bytes].concat().into();
            *before_left = *left;
            return;
        }
        self.frames.push(frame);
    }

    /// Takes all that there is; says whether the stream can go on.
    fn take(&mut self, framer: &mut Framer, limits: &Limits) -> bool {
        loop {
            match framer.next_frame() {
                Ok(Some(frame)) => self.push(frame),
                Ok(None) => break,
                Err(error) => {
                    self.error = Some(error);
                    return false;
                }
            }
        }
        let held = framer.read_buffer().len();
        // An announcement behind what is skipped has to be seen whole.
        assert!(held <= limits.response_octets.max(64), "{held} octets are held back");
        true
    }
}

fn framed(pieces: &[&[u8]], direction: Direction, limits: &Limits) -> Trace {
    let mut framer = Framer::new(direction, limits.clone());
    let mut trace = Trace::default();
    for piece in pieces {
        framer.feed(piece);
        if !trace.take(&mut framer, limits) {
            break;
        }
    }
    trace
}

/// With one octet at a time it is known where each frame ends: behind the octet that was last fed.
fn octet_by_octet(data: &[u8], direction: Direction, limits: &Limits) -> Trace {
    let mut framer = Framer::new(direction, limits.clone());
    let mut trace = Trace::default();
    let mut place = Place::default();
    for fed in 1..=data.len() {
        framer.feed(&data[fed - 1..fed]);
        let mut now = Trace::default();
        let goes_on = now.take(&mut framer, limits);
        for frame in &now.frames {
            place.advance(frame, &data[..fed], direction, limits);
        }
        let refused = now.frames.iter().any(may_be_refused);
        now.frames.into_iter().for_each(|frame| trace.push(frame));
        trace.error = now.error;
        if !goes_on {
            break;
        }
        if refused {
            refuse(data, fed, direction, limits);
        }
    }
    trace
}

fn may_be_refused(frame: &Frame) -> bool {
    match frame {
        Frame::Announced { asks, .. } | Frame::Piece { then: Then::Literal { asks, .. }, .. } => *asks,
        _ => false,
    }
}

/// After a refusal, the next octet begins a command.
fn refuse(data: &[u8], at: usize, direction: Direction, limits: &Limits) {
    if direction != Direction::FromClient || data.len() > 500 {
        return;
    }
    let mut framer = Framer::new(direction, limits.clone());
    framer.feed(&data[..at - 1]);
    Trace::default().take(&mut framer, limits);
    framer.feed(&data[at - 1..at]);
    // Before anything else is asked of the framer: an empty literal is over as soon as it is announced.
    while let Ok(Some(frame)) = framer.next_frame() {
        if may_be_refused(&frame) {
            break;
        }
    }
    framer.refuse_literal();
    framer.feed(&data[at..]);
    let mut after = Trace::default();
    after.take(&mut framer, limits);
    assert_eq!(after, framed(&[&data[at..]], direction, limits), "after a refusal at {at}");
}

/// How far the frames have come in the octets.
#[derive(Default)]
struct Place {
    /// Behind the last frame.
    end: usize,
    /// Octets of the present response in pieces.
    response: usize,
    /// Octets of the present literal that are still to come.
    left: u64,
    /// Octets of the literals kept in the present response.
    inlined: usize,
}

impl Place {
    /// `data` ends with the last octet of the frame.
    fn advance(&mut self, frame: &Frame, data: &[u8], direction: Direction, limits: &Limits) {
        match frame {
            Frame::Piece { bytes, literals, then } => {
                assert_eq!(self.left, 0, "a piece inside a literal");
                assert!(data.ends_with(bytes), "a piece is not what came last: {frame:?}");
                let start = data.len() - bytes.len();
                let before = &data[self.end..start];
                let blank = direction == Direction::FromServer && self.response == 0;
                let dropped =
                    before.is_empty() || blank && before.iter().all(|octet| b" \t\r\n\0".contains(octet));
                assert!(dropped, "lost: {:?}", before.escape_ascii().to_string());
                self.response += bytes.len();
                assert!(self.response <= limits.response_octets, "{} octets", self.response);
                self.check_literals(bytes, literals, limits);
                self.end = data.len();
                match then {
                    Then::End => *self = Self { end: self.end, ..Self::default() },
                    Then::Literal { size, .. } => {
                        assert!(*size > 0);
                        self.left = *size;
                        assert!(announces(bytes, *size), "{frame:?}");
                    }
                }
            }
            Frame::Chunk { bytes, left } => {
                assert_eq!(&**bytes, &data[self.end..], "a chunk is what came last");
                assert_eq!(self.left, left + bytes.len() as u64);
                self.left = *left;
                self.end = data.len();
            }
            Frame::Announced { size, .. } => {
                assert_eq!(direction, Direction::FromClient);
                assert!(announces(data, *size) && *size <= limits.inline_literal_octets as u64);
            }
            Frame::Overlong { head } => {
                let before = &data[self.end..];
                let start = before.windows(head.len().max(1)).position(|window| window == head);
                assert!(start.is_some() || self.response > 0, "a head that did not come: {frame:?}");
                *self = Self { end: data.len(), ..Self::default() };
            }
            _ => panic!("a frame that nobody knows: {frame:?}"),
        }
    }

    fn check_literals(&mut self, bytes: &[u8], literals: &[std::ops::Range<usize>], limits: &Limits) {
        let mut behind = 0;
        for literal in literals {
            assert!(behind <= literal.start && literal.end <= bytes.len(), "{literals:?}");
            assert!(announces(&bytes[..literal.start], literal.len() as u64), "{literals:?}");
            assert!(literal.len() <= limits.inline_literal_octets);
            self.inlined += literal.len();
            behind = literal.end;
        }
        assert!(self.inlined <= limits.inline_sum_octets, "{} octets in literals", self.inlined);
    }
}

/// Whether these octets end with the announcement of a literal of this size.
pub(super) fn announces(octets: &[u8], size: u64) -> bool {
    let Some(line) = octets.strip_suffix(b"\n") else { return false };
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let line = line.trim_ascii_end();
    let Some(line) = line.strip_suffix(b"}") else { return false };
    let line = line.strip_suffix(b"+").unwrap_or(line);
    let Some(open) = line.iter().rposition(|octet| *octet == b'{') else { return false };
    std::str::from_utf8(&line[open + 1..]).is_ok_and(|digits| digits.parse() == Ok(size))
}
