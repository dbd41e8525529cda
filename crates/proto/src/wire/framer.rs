use std::ops::Range;

use bytes::{Bytes, BytesMut};

use crate::Limits;

/// Cuts the octets of a connection into responses or commands, and streams their large literals.
///
/// Call order: put octets in with [`Framer::feed`] or [`Framer::read_buffer`], then take frames with
/// [`Framer::next_frame`] until there is none. Every octet is looked at once, however small the reads are.
/// Frames share the read buffer and copy nothing.
///
/// ```text
///  buf  | the response so far (lines and inline literals) | unscanned |
///       ^ 0        ^ line_start                           ^ scan
/// ```
#[derive(Debug)]
pub struct Framer {
    direction: Direction,
    limits: Limits,
    buf: BytesMut,
    /// `line_start <= scan <= buf.len()`; everything in front of it has been looked at.
    scan: usize,
    state: State,
    response: InProgress,
    lines_only: bool,
}

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Responses: only untagged data can hold literals.
    FromServer,
    /// Commands: every line can hold literals, and the server has to ask for some of them.
    FromClient,
}

/// One step of the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Frame {
    /// A response or command, or one part of it between streamed literals.
    Piece {
        /// Lines with their ends, and the literals kept among them.
        bytes: Bytes,
        /// Where the kept literals are in `bytes`.
        literals: Vec<Range<usize>>,
        /// How it goes on.
        then: Then,
    },
    /// Octets of a streamed literal; never empty.
    Chunk {
        /// The octets.
        bytes: Bytes,
        /// How many are still to come; 0 ends the literal, and a piece follows.
        left: u64,
    },
    /// A client announced a literal that will be kept; if `asks`, it waits for a continuation request.
    Announced {
        /// Its size in octets.
        size: u64,
        /// Whether the client waits.
        asks: bool,
    },
    /// A response or command above the limit was skipped to its end.
    Overlong {
        /// Its first octets.
        head: Bytes,
    },
}

/// What follows a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// Nothing: the response or command is complete.
    End,
    /// A literal that is too large to keep: chunks, then a further piece.
    Literal {
        /// Its size in octets, as announced; never 0.
        size: u64,
        /// Whether the sender waits for a continuation request (commands only).
        asks: bool,
    },
}

/// The stream cannot be cut any further.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// A literal was announced with a size that no counter holds (more than 19 digits).
    #[error("a literal was announced with more than 19 digits")]
    LiteralSize,
}

#[derive(Debug)]
enum State {
    /// Looking for the end of a line.
    Line,
    /// Waiting until an inline literal is in the buffer.
    Inline { end: usize },
    /// Handing out a literal.
    Streaming { left: u64 },
    /// Dropping a response above the limit; its octets were counted.
    Skipping { head: Bytes },
    /// Dropping a literal of such a response.
    SkippingLiteral { head: Bytes, left: u64 },
}

/// What is known of the response at the front of the buffer.
#[derive(Debug, Default)]
struct InProgress {
    /// Where its present line began.
    line_start: usize,
    /// A streamed literal went before, so this is not its beginning.
    continued: bool,
    /// Decided once, when its first word is complete: looking again at every line feed would be quadratic.
    kind: Option<Kind>,
    /// Octets of it that went out in front of streamed literals. What bounds a response bounds all of it.
    handed_out: usize,
    streamed: usize,
    literals: Vec<Range<usize>>,
    inlined: usize,
    quotes: Quotes,
}

/// Whether a response can hold literals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Data,
    /// For people: a brace or a quote means nothing.
    Text,
}

/// A buffer that is read into has at least this size; one system call fills it. No more of a streamed literal is handed
/// out at once.
const READ_OCTETS: usize = 64 << 10;
/// The least size of a buffer that is taken while a literal arrives: where its end is full, the part of a literal that
/// it holds is moved into the next one, and this makes that once in some literals of the largest size that is kept.
const LITERAL_BUFFER_OCTETS: usize = 4 * READ_OCTETS;
/// The least size of a buffer for octets that were read elsewhere.
const FEW_OCTETS: usize = 512;
/// How much of a skipped response is shown.
const HEAD_OCTETS: usize = 256;
/// Leading zeros and all. More is no number that anybody counts to.
const ANNOUNCED_DIGITS: usize = 40;
/// Domino sends one or two.
const ANNOUNCEMENT_BLANKS: usize = 8;
/// No announcement is longer: braces, plus sign and line end beside the two above.
const ANNOUNCEMENT_OCTETS: usize = 64;

impl Framer {
    /// A framer at the start of a stream.
    pub fn new(direction: Direction, limits: Limits) -> Self {
        Self {
            direction,
            limits,
            buf: BytesMut::new(),
            scan: 0,
            state: State::Line,
            response: InProgress::default(),
            lines_only: false,
        }
    }

    /// Whether lines are just lines from the next one on, and announce no literals.
    pub(crate) fn set_lines_only(&mut self, lines_only: bool) {
        self.lines_only = lines_only;
    }

    /// The octets so far of a response with a literal that is kept and has not come whole, and where it begins.
    pub(crate) fn awaited(&self) -> Option<(&[u8], usize)> {
        match self.state {
            State::Inline { .. } => Some((&self.buf, self.response.literals.last()?.start)),
            _ => None,
        }
    }

    /// The literal that is [awaited](Framer::awaited) ends earlier than it was announced: the response is taken up to
    /// this octet of the buffer, and the next one begins there.
    pub(crate) fn give_up_literal(&mut self, end: usize) -> Bytes {
        let bytes = self.buf.split_to(end.min(self.buf.len())).freeze();
        self.begin_anew();
        bytes
    }

    /// The octets that were read and not looked at, between two responses: they belong to another layer.
    pub fn take_unread(&mut self) -> Bytes {
        let octets = self.buf.split().freeze();
        self.begin_anew();
        octets
    }

    /// Octets that came before those that are here now, between two responses.
    pub(crate) fn put_back(&mut self, octets: &[u8]) {
        let behind = self.buf.split();
        self.buf.extend_from_slice(octets);
        self.buf.extend_from_slice(&behind);
        self.begin_anew();
    }

    /// Takes octets that were read.
    pub fn feed(&mut self, octets: &[u8]) {
        self.make_room(octets.len());
        self.buf.extend_from_slice(octets);
    }

    /// The buffer to read into, with room for at least 16 KiB. Only append to it.
    pub fn read_buffer(&mut self) -> &mut BytesMut {
        self.make_room(READ_OCTETS / 4);
        &mut self.buf
    }

    /// Sees that so many octets can be appended. What has not been handed out yet has to stay in one piece and may have
    /// to be moved for that.
    fn make_room(&mut self, octets: usize) {
        let held = self.buf.len();
        if self.buf.capacity() - held >= octets || self.buf.try_reclaim(octets) {
            return;
        }
        // At least twice what is held, so that a long line is not moved with each read.
        let more = octets.max(held);
        if held >= LITERAL_BUFFER_OCTETS {
            // Large enough for the system to move it without touching it.
            return self.buf.reserve(more);
        }
        let needed = held + more;
        let room = match self.state {
            // Who hands over a few octets gets no large buffer for them.
            _ if needed < FEW_OCTETS => FEW_OCTETS,
            State::Inline { .. } => needed.next_multiple_of(READ_OCTETS).max(LITERAL_BUFFER_OCTETS),
            _ => needed.next_multiple_of(READ_OCTETS),
        };
        let mut larger = BytesMut::with_capacity(room);
        larger.extend_from_slice(&self.buf);
        self.buf = larger;
    }

    /// The next frame, or `None` until more octets come.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, FrameError> {
        loop {
            match self.state {
                State::Line => match self.next_line()? {
                    Step::Frame(frame) => return Ok(Some(frame)),
                    Step::Again => {}
                    Step::NeedsMore => return Ok(None),
                },
                State::Inline { end } => {
                    if self.buf.len() < end {
                        return Ok(None);
                    }
                    self.scan = end;
                    self.start_line(end);
                    self.state = State::Line;
                }
                State::Streaming { left } => {
                    if self.buf.is_empty() {
                        return Ok(None);
                    }
                    let size =
                        usize::try_from(left).unwrap_or(usize::MAX).min(self.buf.len()).min(READ_OCTETS);
                    let bytes = self.buf.split_to(size).freeze();
                    let left = left - size as u64;
                    self.state = if left == 0 { State::Line } else { State::Streaming { left } };
                    return Ok(Some(Frame::Chunk { bytes, left }));
                }
                State::Skipping { .. } | State::SkippingLiteral { .. } => match self.skip()? {
                    Some(frame) => return Ok(Some(frame)),
                    None => return Ok(None),
                },
            }
        }
    }

    /// Whether every octet that came has been handed out. Between two responses only, this says that nothing
    /// follows the last one.
    pub fn is_drained(&self) -> bool {
        self.buf.is_empty() && matches!(self.state, State::Line) && !self.response.continued
    }

    /// Whether a response or command above its limit is being skipped.
    pub fn is_skipping(&self) -> bool {
        matches!(self.state, State::Skipping { .. } | State::SkippingLiteral { .. })
    }

    /// The literal that the last frame announced will not come: the server has refused it, and the client, which waited
    /// to be asked for it, goes on with a new command (RFC 9051 section 4.3). What the framer holds of the refused
    /// command is dropped; without such a frame before, nothing is.
    pub fn refuse_literal(&mut self) {
        match self.state {
            State::Streaming { .. } => self.begin_anew(),
            State::Inline { .. } => {
                let _ = self.buf.split_to(self.response.literals.last().map_or(0, |literal| literal.start));
                self.begin_anew();
            }
            State::Line | State::Skipping { .. } | State::SkippingLiteral { .. } => {}
        }
    }

    fn next_line(&mut self) -> Result<Step, FrameError> {
        let Some(end) = self.find_line_end() else {
            if self.is_overlong(self.scan) {
                self.begin_skipping();
                return Ok(Step::Again);
            }
            return Ok(Step::NeedsMore);
        };
        if self.is_overlong(end) {
            // The line end is found again, by the skipping.
            self.scan = end - 1;
            self.begin_skipping();
            return Ok(Step::Again);
        }
        if let Some(literal) = self.announced(self.response.line_start, end)? {
            return Ok(self.begin_literal(literal, end));
        }
        if self.direction == Direction::FromServer && !self.response.continued && is_blank(&self.buf[..end]) {
            // Exchange sends blank lines between responses. From a client, a blank line is an empty SASL response.
            let _ = self.buf.split_to(end);
            self.begin_anew();
            return Ok(Step::Again);
        }
        let bytes = self.buf.split_to(end).freeze();
        let literals = std::mem::take(&mut self.response.literals);
        self.begin_anew();
        Ok(Step::Frame(Frame::Piece { bytes, literals, then: Then::End }))
    }

    /// The end of the present line, if it has come. Moves `scan` behind it, or behind all there is.
    ///
    /// Some servers end lines with LF alone; inside quotes, that is part of a subject that somebody folded badly. In
    /// text for people a quote means nothing.
    fn find_line_end(&mut self) -> Option<usize> {
        while let Some(feed) = memchr::memchr(b'\n', &self.buf[self.scan..]) {
            let end = self.scan + feed + 1;
            self.scan = end;
            let has_cr = self.buf[self.response.line_start..end].ends_with(b"\r\n");
            if has_cr || !self.response.quotes.open_at(&self.buf, end - 1) || self.kind(end) == Kind::Text {
                return Some(end);
            }
        }
        self.scan = self.buf.len();
        None
    }

    /// The literal that the line `start..end` of the buffer announces, if it does.
    fn announced(&mut self, start: usize, end: usize) -> Result<Option<Announcement>, FrameError> {
        let Some((announcement, offset)) = Announcement::at_end_of(&self.buf[start..end]) else {
            return Ok(None);
        };
        if self.kind(end) == Kind::Text {
            return Ok(None);
        }
        if self.response.quotes.open_at(&self.buf, start + offset) {
            return Ok(None);
        }
        announcement.map(Some)
    }

    /// What the response at the front of the buffer is; its first word ends in front of `end`.
    fn kind(&mut self, end: usize) -> Kind {
        let Self { direction, buf, response, lines_only, .. } = self;
        if *lines_only {
            return Kind::Text;
        }
        *response.kind.get_or_insert_with(|| {
            let data = response.continued || *direction == Direction::FromClient || holds_data(&buf[..end]);
            if data { Kind::Data } else { Kind::Text }
        })
    }

    /// Whether the response is above its limit when it reaches to this octet of the buffer.
    fn is_overlong(&self, end: usize) -> bool {
        self.response.handed_out + end > self.limits.response_octets
    }

    fn begin_literal(&mut self, literal: Announcement, end: usize) -> Step {
        let Announcement { size, asks } = literal;
        let room = self.limits.inline_sum_octets.saturating_sub(self.response.inlined);
        let inline = usize::try_from(size).ok().filter(|&size| {
            size <= self.limits.inline_literal_octets.min(room) && !self.is_overlong(end + size)
        });
        if let Some(size) = inline {
            self.response.inlined += size;
            self.response.literals.push(end..end + size);
            self.state = State::Inline { end: end + size };
            if self.direction == Direction::FromClient {
                return Step::Frame(Frame::Announced { size: size as u64, asks });
            }
            return Step::Again;
        }
        let bytes = self.buf.split_to(end).freeze();
        let literals = std::mem::take(&mut self.response.literals);
        let streamed = self.response.streamed + 1;
        self.go_on(end);
        self.response.streamed = streamed;
        if streamed > self.limits.streamed_literals {
            let head = bytes.slice(..bytes.len().min(HEAD_OCTETS));
            self.state = State::SkippingLiteral { head, left: size };
            return Step::Again;
        }
        self.state = State::Streaming { left: size };
        Step::Frame(Frame::Piece { bytes, literals, then: Then::Literal { size, asks } })
    }

    fn begin_skipping(&mut self) {
        // As much as is here in every case, so that the size of the reads makes no difference.
        let sure = self.limits.response_octets.saturating_sub(self.response.handed_out) + 1;
        let head = Bytes::copy_from_slice(&self.buf[..self.buf.len().min(sure).min(HEAD_OCTETS)]);
        // The beginning, which tells text from data, is about to go away.
        self.kind(self.buf.len());
        self.state = State::Skipping { head };
    }

    /// Drops octets up to the end of the response; literals are still counted, so that the stream stays in step.
    fn skip(&mut self) -> Result<Option<Frame>, FrameError> {
        loop {
            match &mut self.state {
                State::SkippingLiteral { head, left } => {
                    let size = usize::try_from(*left).unwrap_or(usize::MAX).min(self.buf.len());
                    let _ = self.buf.split_to(size);
                    *left -= size as u64;
                    if *left > 0 {
                        return Ok(None);
                    }
                    let head = head.clone();
                    self.go_on(0);
                    self.state = State::Skipping { head };
                }
                State::Skipping { head } => {
                    let head = head.clone();
                    let Some(end) = self.find_line_end() else {
                        self.forget_scanned();
                        return Ok(None);
                    };
                    if let Some(literal) = self.announced(self.response.line_start, end)? {
                        let _ = self.buf.split_to(end);
                        self.go_on(end);
                        self.state = State::SkippingLiteral { head, left: literal.size };
                        continue;
                    }
                    let _ = self.buf.split_to(end);
                    self.begin_anew();
                    return Ok(Some(Frame::Overlong { head }));
                }
                State::Line | State::Inline { .. } | State::Streaming { .. } => return Ok(None),
            }
        }
    }

    /// Keeps just what an announcement at the end of the line could still need.
    fn forget_scanned(&mut self) {
        let keep = self.buf.len().min(ANNOUNCEMENT_OCTETS);
        let drop = self.buf.len() - keep;
        // The octets that decide about open quotes go away, so they are counted now.
        self.response.quotes.advance(&self.buf, drop);
        let _ = self.buf.split_to(drop);
        self.response.quotes.shift(drop);
        self.response.line_start = self.response.line_start.saturating_sub(drop);
        self.response.continued |= drop > 0;
        self.scan = self.buf.len();
    }

    fn start_line(&mut self, at: usize) {
        self.response.line_start = at;
        self.response.quotes = Quotes::starting_at(at);
    }

    /// The next octet is the first of another response.
    fn begin_anew(&mut self) {
        self.scan = 0;
        self.state = State::Line;
        self.response = InProgress::default();
    }

    /// The next octets are a literal that is not kept, or stand behind one; `handed_out` octets of the response went
    /// out in front of it.
    fn go_on(&mut self, handed_out: usize) {
        self.scan = 0;
        self.state = State::Line;
        self.response = InProgress {
            continued: true,
            handed_out: self.response.handed_out + handed_out,
            inlined: self.response.inlined,
            streamed: self.response.streamed,
            ..InProgress::default()
        };
    }
}

enum Step {
    Frame(Frame),
    Again,
    NeedsMore,
}

struct Announcement {
    size: u64,
    asks: bool,
}

impl Announcement {
    /// The announcement at the end of a line and where it begins, if there is one.
    ///
    /// ```text
    /// literal  = "{" number ["+"] "}" CRLF
    /// literal8 = "~{" number ["+"] "}" CRLF
    /// ```
    /// Domino puts blanks in front of the CRLF.
    fn at_end_of(line: &[u8]) -> Option<(Result<Self, FrameError>, usize)> {
        let line = line.strip_suffix(b"\n")?;
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let blanks = line.iter().rev().take(ANNOUNCEMENT_BLANKS).take_while(|&&octet| octet == b' ').count();
        let inside = line[..line.len() - blanks].strip_suffix(b"}")?;
        let (inside, asks) = match inside.strip_suffix(b"+") {
            Some(inside) => (inside, false),
            None => (inside, true),
        };
        let digits =
            inside.iter().rev().take(ANNOUNCED_DIGITS + 1).take_while(|octet| octet.is_ascii_digit()).count();
        if digits > ANNOUNCED_DIGITS {
            return Some((Err(FrameError::LiteralSize), inside.len()));
        }
        let open = inside.len().checked_sub(digits + 1)?;
        if digits == 0 || inside[open] != b'{' {
            return None;
        }
        let significant = &inside[open + 1..];
        let zeros = significant.iter().take_while(|&&octet| octet == b'0').count();
        let significant = &significant[zeros..];
        if significant.len() > 19 {
            return Some((Err(FrameError::LiteralSize), open));
        }
        let size = significant.iter().fold(0_u64, |sum, octet| sum * 10 + u64::from(octet - b'0'));
        Some((Ok(Self { size, asks }), open))
    }
}

/// Whether a response can hold literals: untagged, and not a status response.
fn holds_data(line: &[u8]) -> bool {
    let line = line.trim_ascii_start();
    let Some(rest) = line.strip_prefix(b"*") else {
        return false;
    };
    let word = rest.trim_ascii_start();
    let length = word.iter().position(|octet| octet.is_ascii_whitespace()).unwrap_or(word.len());
    let status = [&b"OK"[..], b"NO", b"BAD", b"BYE", b"PREAUTH"];
    // `* [COPYUID ...]` is a status response whose word was forgotten.
    !status.iter().any(|status| word[..length].eq_ignore_ascii_case(status)) && !word.starts_with(b"[")
}

fn is_blank(line: &[u8]) -> bool {
    line.iter().all(|octet| matches!(octet, b'\r' | b'\n' | b' '))
}

/// Follows quoted strings through one line, each octet once.
#[derive(Debug, Default)]
struct Quotes {
    /// Octets of the buffer in front of this one were followed.
    at: usize,
    open: bool,
    /// The octet in front of `at`, unless it was escaped or `at` begins the line.
    before: Option<u8>,
}

impl Quotes {
    fn starting_at(at: usize) -> Self {
        Self { at, open: false, before: None }
    }

    /// Whether a quoted string is open in front of this octet of the buffer.
    fn open_at(&mut self, buf: &[u8], offset: usize) -> bool {
        self.advance(buf, offset);
        self.open
    }

    fn advance(&mut self, buf: &[u8], to: usize) {
        while self.at < to {
            let octet = buf[self.at];
            let mut before = Some(octet);
            match (octet, self.open) {
                (b'\\', true) if self.before == Some(b'\\') => before = None,
                (b'"', true) if self.before != Some(b'\\') => {
                    // As the tokens are read: a quote closes only in front of what can follow a value.
                    let next = buf.get(self.at + 1).copied();
                    self.open =
                        !matches!(next, None | Some(b' ' | b')' | b'(' | b']' | b'\r' | b'\n' | b'{'));
                }
                (b'"', false) => {
                    self.open = matches!(self.before, None | Some(b' ' | b'(' | b')' | b'[' | b'"'));
                }
                _ => {}
            }
            self.before = before;
            self.at += 1;
        }
    }

    fn shift(&mut self, by: usize) {
        self.at = self.at.saturating_sub(by);
    }
}

#[cfg(test)]
mod tests;
