//! Reads a message once, from its first octet to its last, and remembers where its parts are.

use tayori_proto::types::Parameters;

use super::Structure;
use super::boundaries::{Boundaries, Hit};
use super::entity::{Content, Entity, Role};
use super::line::Line;
use crate::header::{Collector, ContentType, Wanted};
use crate::limits::{Budget, Limits};

/// Reads the structure of a message that comes in pieces of any size; the result does not depend on them.
///
/// Call [`feed`](Self::feed) with each piece in order, then [`finish`](Self::finish). No message is refused. Memory is
/// bounded by the [`Limits`], time is linear in the octets fed.
#[derive(Debug)]
pub struct StructureParser {
    limits: Limits,
    budget: Budget,
    entities: Vec<Entity>,
    /// Those that have not ended yet; each is inside the one before it, and the last is the one being read.
    open: Vec<Open>,
    boundaries: Boundaries,
    /// The header being read, or `None` in a body, a preamble or an epilogue.
    header: Option<Collector>,
    line: Line,
    /// Octets fed.
    offset: u64,
    /// LFs in front of the current line.
    line_feeds: u64,
}

/// An entity that has not ended.
#[derive(Debug)]
struct Open {
    index: usize,
    role: Role,
    /// LFs in front of its body.
    line_feeds: u64,
}

impl StructureParser {
    /// A parser at the beginning of a message.
    pub fn new(limits: Limits) -> Self {
        let budget = Budget::new(limits.kept_octets);
        let mut parser = Self {
            limits,
            budget,
            entities: Vec::new(),
            open: Vec::new(),
            boundaries: Boundaries::default(),
            header: None,
            line: Line::first(),
            offset: 0,
            line_feeds: 0,
        };
        parser.begin(Role::Message, 0);
        parser
    }

    /// Reads the next octets of the message.
    pub fn feed(&mut self, octets: &[u8]) {
        let mut rest = octets;
        while let Some(end) = memchr::memchr(b'\n', rest) {
            self.piece(&rest[..end]);
            self.offset += 1;
            self.end_line();
            rest = &rest[end + 1..];
        }
        if !rest.is_empty() {
            self.piece(rest);
        }
    }

    /// The structure of the message that ends here.
    pub fn finish(mut self) -> Structure {
        // A boundary counts without a line end too.
        if self.line.start < self.offset {
            match self.hit() {
                Some(hit) => self.pass_boundary(hit, self.offset),
                None => {
                    if let Some(header) = &mut self.header {
                        header.end_line();
                    }
                }
            }
        }
        let end = Place { offset: self.offset, line_feeds: self.line_feeds };
        self.end_headers(end);
        self.close_from(0, End { place: end, line_end: 0 });
        Structure { entities: self.entities, size: self.offset }
    }

    fn piece(&mut self, piece: &[u8]) {
        self.offset += piece.len() as u64;
        self.line.add(piece, self.boundaries.line_octets());
        if let Some(header) = &mut self.header {
            header.add(piece);
        }
    }

    /// The LF of the current line was read.
    fn end_line(&mut self) {
        match self.hit() {
            Some(hit) => {
                self.pass_boundary(hit, self.offset);
                self.line_feeds += 1;
            }
            None => {
                self.line_feeds += 1;
                if let Some(header) = &mut self.header {
                    header.end_line();
                    if self.line.is_blank() {
                        self.end_header(Place { offset: self.offset, line_feeds: self.line_feeds });
                    }
                }
            }
        }
        self.line.next(self.offset);
    }

    /// The boundary that the current line is.
    fn hit(&mut self) -> Option<Hit> {
        let hit = self.boundaries.find(self.line.delimiter()?)?;
        if self.is_full() {
            // All that follows belongs to the part that is being read.
            self.boundaries.close_all();
            return None;
        }
        Some(hit)
    }

    /// Whether no further parts are told apart.
    fn is_full(&self) -> bool {
        self.entities.len() >= self.limits.parts || !self.budget.is_left()
    }

    /// Ends what ends in front of the current line, and begins what begins behind it, at `next`.
    fn pass_boundary(&mut self, hit: Hit, next: u64) {
        let place = Place { offset: self.line.start, line_feeds: self.line_feeds };
        let end = End { place, line_end: self.line.end_before };
        self.end_headers(place);
        let (Hit::Delimiter(level) | Hit::Close(level)) = hit;
        self.close_from(level + 1, end);
        let multipart = self.open[level].index;
        match hit {
            Hit::Close(_) => {
                self.fill_empty(level, end);
                self.boundaries.close_from(level);
            }
            Hit::Delimiter(_) => {
                let is_digest = self.entities[multipart].media.is("multipart", "digest");
                let index = self.begin(if is_digest { Role::DigestPart } else { Role::Part }, next);
                if let Content::Multipart(parts) = &mut self.entities[multipart].content {
                    parts.push(index);
                }
            }
        }
    }

    /// Begins an entity inside the last open one; its header begins at `start`.
    fn begin(&mut self, role: Role, start: u64) -> usize {
        let index = self.entities.len();
        self.entities.push(Entity::at(start));
        self.open.push(Open { index, role, line_feeds: 0 });
        let wanted = if role == Role::Message { Wanted::Message } else { Wanted::Part };
        self.header = Some(Collector::new(wanted, self.limits.field_octets));
        index
    }

    /// Ends the header that is being read, if one is, and those of the messages that would begin there.
    fn end_headers(&mut self, end: Place) {
        while self.header.is_some() {
            self.end_header(end);
        }
    }

    /// Ends the header that is being read, and begins its body; where that is a message, the header of it.
    fn end_header(&mut self, end: Place) {
        let Some(header) = self.header.take() else { return };
        let level = self.open.len() - 1;
        let Open { index, role, ref mut line_feeds } = self.open[level];
        *line_feeds = end.line_feeds;
        let entity = &mut self.entities[index];
        entity.header.end = end.offset;
        entity.body = end.offset..end.offset;
        entity.describe(&header.finish(), role, &mut self.budget);
        let too_deep = level + 1 >= self.limits.depth;
        if entity.is_multipart() {
            match entity.boundary().filter(|boundary| boundary.len() <= self.limits.boundary_octets) {
                None => entity.media = ContentType::text(),
                Some(_) if too_deep => entity.media = ContentType::opaque(Parameters::new()),
                Some(boundary) => {
                    self.boundaries.open(boundary, level);
                    entity.content = Content::Multipart(Vec::new());
                }
            }
        } else if entity.media.is_message() {
            if too_deep || !entity.is_readable() || self.is_full() {
                // A message part would need an envelope (RFC 9051 section 9, body-type-msg).
                let entity = &mut self.entities[index];
                entity.media = ContentType::opaque(std::mem::take(&mut entity.media.parameters));
            } else {
                self.entities[index].content = Content::Message(self.entities.len());
                self.begin(Role::Message, end.offset);
            }
        }
    }

    /// Ends the open entities from this level on.
    fn close_from(&mut self, level: usize, end: End) {
        if self.open.len() <= level {
            return;
        }
        self.boundaries.close_from(level);
        let mut reached = Place { offset: 0, line_feeds: 0 };
        while self.open.len() > level {
            let innermost = self.open.len() - 1;
            self.fill_empty(innermost, end);
            let Open { index, line_feeds, .. } = self.open[innermost];
            let entity = &mut self.entities[index];
            reached = reached.max(end.of_body(entity.body.start));
            entity.body.end = reached.offset;
            entity.lines = reached.line_feeds - line_feeds;
            self.open.truncate(innermost);
        }
    }

    /// Gives a multipart that has no part one: its preamble, as text.
    ///
    /// A BODYSTRUCTURE cannot tell of a multipart without parts (RFC 9051 section 9, body-type-mpart), and where a
    /// boundary is wrong the preamble is all there is to read.
    fn fill_empty(&mut self, level: usize, end: End) {
        let only = self.entities.len();
        let Open { index, line_feeds, .. } = self.open[level];
        let Entity { content: Content::Multipart(parts), body, .. } = &mut self.entities[index] else {
            return;
        };
        if parts.is_empty() {
            parts.push(only);
            let start = body.start;
            let end = end.of_body(start);
            let mut part = Entity::at(start);
            part.body.end = end.offset;
            part.lines = end.line_feeds - line_feeds;
            self.entities.push(part);
        }
    }
}

/// A place between two lines, or the end of the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    offset: u64,
    /// LFs in front of it.
    line_feeds: u64,
}

/// Where entities end: at the end of the message, or in front of a boundary.
#[derive(Clone, Copy, Debug)]
struct End {
    place: Place,
    /// Octets of the line end in front of it, which belongs to the boundary (RFC 2046 section 5.1.1); 0 at the end of
    /// the message.
    line_end: u64,
}

impl End {
    /// Where a body ends that begins at this offset.
    ///
    /// A line end that is the last of a header stays with that header, so that no header is cut.
    fn of_body(self, start: u64) -> Place {
        let Self { place, line_end } = self;
        if line_end == 0 || start == place.offset {
            place
        } else {
            Place { offset: place.offset - line_end, line_feeds: place.line_feeds - 1 }
        }
    }
}
