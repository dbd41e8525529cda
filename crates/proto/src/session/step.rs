//! In step with the server, and how to come back into step: see "Out of step" in `docs/streaming.md`.

use bytes::{Bytes, BytesMut};
use memchr::memmem;

use super::event::{Event, Violation};
use super::pipeline::Pipeline;
use super::{Compression, Session};
use crate::response::{Context, Defect, Fetch, FetchParser, Parsed, Response, TaggedStatus, parse};
use crate::types::Tag;
use crate::wire::{Frame, Then};

/// Whether what the server says is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// It is.
    In,
    /// A body did not end where it should. Up to the next completion, all is passed over.
    Out,
}

/// A row whose body is followed by a line end in place of the rest of the row: some servers announce a size without the
/// last CRLF of the message. The rest is then the next line. Where the connection ends in front of that, the row is as
/// good as any other that was cut off.
pub(super) enum CutRow {
    /// The whole row, and where its last literal ends.
    Whole { bytes: Bytes, offset: usize },
    /// A row in pieces, up to its last literal.
    Streamed(Box<FetchParser>),
}

impl CutRow {
    /// The row in these octets, if it is one.
    pub(super) fn of(bytes: &Bytes, parsed: &Parsed) -> Option<Self> {
        let offset = undelimited(parsed)?;
        matches!(bytes.get(offset..), Some(b"\r\n" | b"\n"))
            .then(|| Self::Whole { bytes: bytes.clone(), offset })
    }

    /// The row, with the next line if that continues it.
    fn join(self, rest: Option<&Bytes>, context: &Context) -> Parsed {
        match (self, rest) {
            (Self::Whole { bytes, offset }, Some(rest)) => {
                let mut row = BytesMut::from(bytes.get(..offset).unwrap_or(&bytes));
                row.extend_from_slice(rest);
                undelimited_at(offset, parse(&row.freeze(), context))
            }
            (Self::Whole { bytes, .. }, None) => parse(&bytes, context),
            (Self::Streamed(parser), rest) => {
                let rest = rest.cloned().unwrap_or(Bytes::from_static(b"\r\n"));
                let (fetch, repairs) = parser.finish(&rest);
                undelimited_at(0, Parsed { response: Response::Fetch(fetch), repairs })
            }
        }
    }
}

impl Session {
    /// The line behind a row that was cut short.
    pub(super) fn resume_cut(&mut self, cut: CutRow, piece: Bytes, then: Then) {
        let goes_on = then == Then::End && matches!(piece.first(), Some(b' ' | b')'));
        let parsed = cut.join(goes_on.then_some(&piece), &self.context());
        self.handle_response(parsed.response, parsed.repairs);
        if !goes_on {
            self.pass_over(Frame::Piece { bytes: piece, literals: Vec::new(), then });
        }
    }

    /// A row with a literal that was announced too long may have swallowed the end of its command. Says whether it has;
    /// the row and the end are handled then.
    ///
    /// A tag cannot be guessed by whoever has written a mail, so a line with one is the server's.
    pub(super) fn try_swallowed_end(&mut self, bytes: &Bytes, parsed: &Parsed) -> bool {
        let Some(offset) = undelimited(parsed) else { return false };
        let Some(length) = last_inline_body(parsed) else { return false };
        let Some(literal) = offset.checked_sub(length) else { return false };
        let Some(end) = self.pipeline.completion_within(bytes, literal) else { return false };
        self.handle_shortened(bytes.get(..end).unwrap_or_default(), literal);
        // The rest of this line is the rest of the completion, unless more was swallowed.
        let line = bytes.slice((end + 2).min(bytes.len())..);
        let length = memchr::memchr(b'\n', &line).map_or(line.len(), |feed| feed + 1);
        self.pass_over(Frame::Piece { bytes: line.slice(..length), literals: Vec::new(), then: Then::End });
        if self.compression == Compression::Agreed {
            // What was swallowed behind the agreement is compressed, and was never a part of the row.
            self.framer.put_back(&line.slice(length..));
        }
        true
    }

    /// The same for a literal whose octets have not all come and do not come any more.
    pub(super) fn try_swallowed_end_of_awaited(&mut self) -> bool {
        let Some((octets, literal)) = self.framer.awaited() else { return false };
        let Some(end) = self.pipeline.completion_within(octets, literal) else { return false };
        let bytes = self.framer.give_up_literal(end + 2);
        self.handle_shortened(bytes.get(..end).unwrap_or_default(), literal);
        true
    }

    /// A row whose literal begins here and is too long: what came in front of the next line is taken for the row.
    fn handle_shortened(&mut self, row: &[u8], literal: usize) {
        let parsed = parse(&shortened(row, literal), &self.context());
        let parsed = undelimited_at(literal, parsed);
        self.handle_response(parsed.response, parsed.repairs);
    }

    /// What follows may be the text of a mail, chosen by whoever wrote it. It is passed over up to the end of a
    /// command, which names a tag that nobody else knows. Where no end is due, the connection ends.
    pub(super) fn fall_out_of_step(&mut self) {
        if !self.pipeline.doubt() {
            return self.violated(Violation::OutOfStep);
        }
        self.step = Step::Out;
        self.framer.set_lines_only(true);
        if let super::State::Selecting(_, selected) | super::State::Selected(selected) = &mut self.state {
            selected.doubt();
        }
        self.events.push_back(Event::OutOfStep);
    }

    /// Out of step, nothing counts but the end of a command.
    pub(super) fn pass_over(&mut self, frame: Frame) {
        if self.step == Step::In || self.is_closed() {
            return;
        }
        let Frame::Piece { bytes, then: Then::End, .. } = frame else { return };
        let Response::Tagged(tagged) = parse(&bytes, &self.context()).response else { return };
        if tagged.status != TaggedStatus::Missing && self.pipeline.has_sent(&tagged.tag) {
            self.step = Step::In;
            self.framer.set_lines_only(false);
            self.handle_tagged(tagged);
        }
    }
}

impl Pipeline {
    /// Where in these octets, from `start` on, a line begins that ends a command; the CRLF in front of it is not
    /// counted in.
    fn completion_within(&self, octets: &[u8], start: usize) -> Option<usize> {
        let body = octets.get(start..)?;
        let begins = |tag: &Tag| memmem::find(body, &[b"\r\n", tag.as_bytes(), b" "].concat());
        self.sent_tags().filter_map(begins).min().map(|at| start + at)
    }
}

/// Where the body ends that does not end where it should.
fn undelimited(parsed: &Parsed) -> Option<usize> {
    let Response::Fetch(fetch) = &parsed.response else { return None };
    fetch.defects.iter().find_map(|defect| match defect {
        Defect::BodyNotDelimited { offset } => Some(*offset),
        _ => None,
    })
}

/// The size of the last body of a row that was kept in it.
fn last_inline_body(parsed: &Parsed) -> Option<usize> {
    let Response::Fetch(fetch) = &parsed.response else { return None };
    fetch.items.iter().rev().find_map(|item| item.as_body()?.1.inline_octets())
}

/// The same row, told that its body did not end where it should.
fn undelimited_at(offset: usize, mut parsed: Parsed) -> Parsed {
    if let Response::Fetch(Fetch { defects, .. }) = &mut parsed.response
        && !defects.iter().any(|defect| matches!(defect, Defect::BodyNotDelimited { .. }))
    {
        defects.push(Defect::BodyNotDelimited { offset });
    }
    parsed
}

/// The row with its literal, which begins at `literal`, cut down to what is here of it: up to the items behind it, of
/// which a UID is recognized.
fn shortened(row: &[u8], literal: usize) -> Bytes {
    let (head, text) = row.split_at(literal.min(row.len()));
    let open = memchr::memrchr(b'{', head).unwrap_or(head.len());
    let size = body_within(text);
    let mut joined = BytesMut::from(head.get(..open).unwrap_or_default());
    joined.extend_from_slice(format!("{{{size}}}\r\n").as_bytes());
    joined.extend_from_slice(text);
    joined.extend_from_slice(b"\r\n");
    joined.freeze()
}

/// How much of a text is body, if ` UID n)` or `)` ends the row.
fn body_within(text: &[u8]) -> usize {
    let Some(items) = text.strip_suffix(b")") else { return text.len() };
    let digits = items.iter().rev().take_while(|octet| octet.is_ascii_digit()).count();
    let front = items.get(..items.len() - digits).unwrap_or_default();
    match front.strip_suffix(b" UID ") {
        Some(body) if digits > 0 => body.len(),
        _ => items.len(),
    }
}
