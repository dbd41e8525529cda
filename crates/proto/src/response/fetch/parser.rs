//! A row in pieces, each but the last up to a literal that is too large to keep.

use bytes::Bytes;

use crate::limits::REPAIRS;
use crate::quirk::{Quirk, Repair};
use crate::types::{NameEncoding, SeqNum, Text, Uid};
use crate::wire::{Cursor, Syntax};

use super::super::{Context, Numbered, skip_padding};
use super::item::{PieceEnd, Place, ReadItem, delimited, goes_on, opens_items, read_item, skip_rest};
use super::plain::try_item as try_plain_item;
use super::{BodyData, BodyName, Defect, Fetch, FetchItem, RowKey};

/// Reads a `FETCH` or `UIDFETCH` response whose literals do not all fit into memory.
///
/// The order of calls: [`FetchParser::start`] with the octets up to and with the announcement of the first large
/// literal; when its octets have gone by, [`FetchParser::resume`] for each further piece that ends with such an
/// announcement; [`FetchParser::finish`] with the rest of the line. Each says where the octets of the literal
/// belong. Literals at other places in the pieces stand in them whole.
#[derive(Debug)]
pub struct FetchParser {
    fetch: Fetch,
    /// What of the items is told with every body behind them, from the first `looked_at` of them; `looked_at <=
    /// fetch.items.len()`.
    ahead: Vec<FetchItem>,
    looked_at: usize,
    repairs: Vec<Repair>,
    nesting: usize,
    names: NameEncoding,
    /// Octets of the pieces read so far.
    base: usize,
    /// Parentheses of the row that are open. Those inside an item are not counted.
    open: usize,
    /// Whether the last parenthesis of the row was closed.
    closed: bool,
    /// Whether there are octets of a body among the items.
    has_body: bool,
    state: State,
}

/// Where the octets of a large literal belong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Pending {
    /// To a body, as its value: hand them on.
    Body {
        /// Which.
        body: BodyName,
    },
    /// To something that is never that large: skip them. The item will be [`FetchItem::Invalid`].
    Oversized {
        /// The name of the item; empty if there is none.
        name: Text,
    },
}

/// What the octets in front of the next piece were.
#[derive(Debug)]
enum State {
    /// Items that are complete.
    Items,
    /// The value of a body.
    Body { body: BodyName, data: BodyData },
    /// Something inside an item.
    Broken { broken: Broken, open: usize },
    /// Something on a line that is no row any more.
    Lost { broken: Broken },
}

/// What will be an [`FetchItem::Invalid`].
#[derive(Debug)]
struct Broken {
    name: Text,
    raw: Vec<u8>,
    offset: usize,
    expected: &'static str,
}

impl FetchParser {
    /// Begins with the first piece of a response, which goes on with a literal of `size` octets.
    ///
    /// `None`, if it is neither a `FETCH` nor a `UIDFETCH` response.
    pub fn start(piece: &Bytes, context: &Context, size: u64) -> Option<(Self, Pending)> {
        let head = without_announcement(piece);
        let mut cursor = Cursor::of_response(&head, context.nesting);
        skip_padding(&mut cursor);
        cursor.expect_byte(b'*', "`*`").and_then(|()| cursor.expect_sp()).ok()?;
        let Numbered { number, offset, word } = Numbered::try_parse(&mut cursor)?;
        let numbering = Numbering::of(word)?;
        let mut parser = Self::begin(numbering, number?, offset, &mut cursor, context);
        let pending = parser.read_items(&mut cursor, size);
        parser.leave(&mut cursor, piece);
        Some((parser, pending))
    }

    /// Goes on with a further piece, behind the octets of the last literal, up to one of `size` octets.
    pub fn resume(&mut self, piece: &Bytes, size: u64) -> Pending {
        let head = without_announcement(piece);
        let mut cursor = Cursor::of_response(&head, self.nesting);
        let pending = match self.leave_literal(&mut cursor, PieceEnd::Literal) {
            Some(pending) => pending,
            None => self.read_items(&mut cursor, size),
        };
        self.leave(&mut cursor, piece);
        pending
    }

    /// Ends with the last piece, behind the octets of the last literal.
    pub fn finish(mut self, piece: &Bytes) -> (Fetch, Vec<Repair>) {
        let mut cursor = Cursor::of_response(piece, self.nesting);
        self.leave_literal(&mut cursor, PieceEnd::Line);
        self.read_rest(&mut cursor);
        self.leave(&mut cursor, piece);
        (self.fetch, self.repairs)
    }

    /// Whether the body behind which this piece stands is followed by nothing but a line end, while the row is open.
    pub(crate) fn is_cut(&self, piece: &Bytes) -> bool {
        self.open > 0 && matches!(self.state, State::Body { .. }) && matches!(&**piece, b"\r\n" | b"\n")
    }

    /// Says that nobody takes the octets of the body that is pending.
    pub fn skip_body(&mut self) {
        if let State::Body { data, .. } = &mut self.state
            && let BodyData::Streamed { size } = *data
        {
            *data = BodyData::Skipped { size };
        }
    }

    /// The message; `None` where the server says 0, or names it by UID.
    pub fn number(&self) -> Option<SeqNum> {
        self.fetch.number()
    }

    /// The UID, if the row is a `UIDFETCH` or the items that are complete tell it.
    pub fn uid(&mut self) -> Option<Uid> {
        let of = |item: &FetchItem| match item {
            FetchItem::Uid(uid) => Some(*uid),
            _ => None,
        };
        match self.fetch.key {
            RowKey::Uid(uid) => Some(uid),
            RowKey::Number(_) | RowKey::Zero => self.items_ahead().iter().find_map(of),
        }
    }

    /// The items that are complete.
    pub fn items_so_far(&self) -> &[FetchItem] {
        &self.fetch.items
    }

    /// Those of them that tell which message a body behind them is of: see [`FetchItem::is_told_ahead`].
    pub fn items_ahead(&mut self) -> &[FetchItem] {
        for item in self.fetch.items.get(self.looked_at..).unwrap_or_default() {
            if item.is_told_ahead(&self.ahead) {
                self.ahead.push(item.clone());
            }
        }
        self.looked_at = self.fetch.items.len();
        &self.ahead
    }

    /// Reads a row that is whole, from behind the word `FETCH` or `UIDFETCH`.
    pub(in super::super) fn parse_whole(
        numbering: Numbering,
        number: u32,
        offset: usize,
        cursor: &mut Cursor<'_>,
        context: &Context,
    ) -> Fetch {
        let mut parser = Self::begin(numbering, number, offset, cursor, context);
        parser.read_rest(cursor);
        parser.fetch
    }

    /// From behind the word `FETCH` or `UIDFETCH` to the first item.
    fn begin(
        numbering: Numbering,
        number: u32,
        offset: usize,
        cursor: &mut Cursor<'_>,
        context: &Context,
    ) -> Self {
        let key = match numbering {
            Numbering::Numbers => SeqNum::new(number).map(RowKey::Number),
            Numbering::Uids => Uid::new(number).map(RowKey::Uid),
        };
        if key.is_none() {
            cursor.repaired_at(Quirk::ZeroNumber, offset);
        }
        if cursor.skip_blanks() > 1 {
            cursor.repaired(Quirk::ExtraBlanks);
        }
        let open = usize::from(cursor.try_byte(b'('));
        if open == 0 {
            cursor.repaired(Quirk::MissingRowList);
        }
        Self {
            fetch: Fetch::with_key(key.unwrap_or_default(), Vec::with_capacity(ITEMS)),
            ahead: Vec::new(),
            looked_at: 0,
            repairs: Vec::new(),
            nesting: context.nesting,
            names: context.names,
            base: 0,
            open,
            closed: false,
            has_body: false,
            state: State::Items,
        }
    }

    /// Items up to the literal behind this piece.
    fn read_items(&mut self, cursor: &mut Cursor<'_>, size: u64) -> Pending {
        loop {
            match self.read_next(cursor, PieceEnd::Literal) {
                Next::Item => {}
                Next::End => return self.breaks(cursor, cursor.pos(), Text::default(), 0),
                Next::Streams(body) => {
                    let data = BodyData::Streamed { size };
                    self.state = State::Body { body: body.clone(), data };
                    return Pending::Body { body };
                }
                Next::Breaks { start, name, open } => return self.breaks(cursor, start, name, open),
                Next::Lost(syntax) => return self.lose(cursor, syntax),
            }
        }
    }

    /// Items up to the end of the line.
    fn read_rest(&mut self, cursor: &mut Cursor<'_>) {
        loop {
            if !self.closed {
                while let Some(item) = try_plain_item(cursor) {
                    self.fetch.items.push(item);
                }
                if self.open == 1 && !self.has_body && cursor.rest() == b")\r\n" {
                    cursor.advance(1);
                    (self.open, self.closed) = (0, true);
                    break;
                }
            }
            match self.read_next(cursor, PieceEnd::Line) {
                Next::Item => {}
                Next::Lost(syntax) => {
                    self.lose_line(cursor, syntax);
                    break;
                }
                // The rest cannot happen at the end of a line.
                Next::End | Next::Streams(_) | Next::Breaks { .. } => break,
            }
        }
        if self.open > 0 {
            self.fetch.defects.push(Defect::Unclosed);
        }
        if !self.fetch.may_be_two() {
            return;
        }
        if self.fetch.has_rest_behind_body() {
            self.fetch.defects.push(Defect::RestBehindBody);
        }
        if self.fetch.is_merged() {
            self.fetch.defects.push(Defect::Merged);
        }
    }

    /// Reads one item with the blanks and parentheses in front of it.
    fn read_next(&mut self, cursor: &mut Cursor<'_>, end: PieceEnd) -> Next {
        let first = cursor.last() == Some(b'(');
        let blanks = cursor.skip_blanks();
        let at_end = cursor.at_line_end();
        if blanks > 1 || (blanks > 0 && (first || at_end || cursor.peek() == Some(b')'))) {
            cursor.repaired(Quirk::ExtraBlanks);
        }
        if at_end {
            return Next::End;
        }
        let start = cursor.pos();
        if self.closed {
            if end == PieceEnd::Line && matches!(cursor.rest(), b")\r\n" | b")\n") {
                cursor.repaired(Quirk::StrayParenthesis);
                cursor.try_byte(b')');
                return Next::End;
            }
            return Next::Lost(cursor.expected("the end of the line"));
        }
        match cursor.peek() {
            Some(b'(') if opens_items(cursor) => {
                cursor.repaired(Quirk::NestedRow);
                cursor.try_byte(b'(');
                self.open += 1;
                return Next::Item;
            }
            Some(b')') => {
                cursor.try_byte(b')');
                if self.open == 1 && !self.has_body && goes_on(cursor) {
                    cursor.repaired_at(Quirk::StrayParenthesis, start);
                    return Next::Item;
                }
                self.open = self.open.saturating_sub(1);
                self.closed = self.open == 0;
                return Next::Item;
            }
            _ => {}
        }
        if let Err(syntax) = cursor.entry() {
            return Next::Lost(syntax);
        }
        if blanks == 0 && !first && !self.fetch.items.is_empty() {
            cursor.repaired(Quirk::MissingBlank);
        }
        let place = Place { end, in_list: self.open > 0, behind_body: self.has_body };
        match read_item(cursor, place, self.names) {
            ReadItem::Whole(item) => {
                self.push(item);
                Next::Item
            }
            ReadItem::Undelimited(item) => {
                self.push(item);
                self.undelimited(cursor)
            }
            ReadItem::Streams(body) => Next::Streams(body),
            ReadItem::Breaks { name, open } => Next::Breaks { start, name, open },
        }
    }

    /// Goes on behind the octets of a literal. `Some`, if this piece adds nothing but a further literal to the same
    /// item.
    fn leave_literal(&mut self, cursor: &mut Cursor<'_>, end: PieceEnd) -> Option<Pending> {
        match std::mem::replace(&mut self.state, State::Items) {
            State::Items => None,
            State::Body { body, data } => {
                self.push(body.item(data));
                if delimited(cursor, end, self.open > 0) {
                    return None;
                }
                match (self.undelimited(cursor), end) {
                    (Next::Lost(syntax), PieceEnd::Literal) => Some(self.lose(cursor, syntax)),
                    (Next::Lost(syntax), PieceEnd::Line) => {
                        self.lose_line(cursor, syntax);
                        None
                    }
                    _ => None,
                }
            }
            State::Broken { mut broken, open } => {
                let closed = if open == 0 { Ok(()) } else { cursor.skip_closing(open) };
                let closed = closed.and_then(|()| skip_rest(cursor));
                if closed.is_err() {
                    cursor.rest_of_line();
                }
                broken.raw.extend_from_slice(&cursor.since(0));
                match (closed, end) {
                    (Err(open), PieceEnd::Literal) => {
                        let name = broken.name.clone();
                        self.state = State::Broken { broken, open };
                        Some(Pending::Oversized { name })
                    }
                    _ => {
                        self.push_broken(broken);
                        None
                    }
                }
            }
            State::Lost { mut broken } => {
                broken.raw.extend_from_slice(&cursor.rest_of_line());
                match end {
                    PieceEnd::Literal => {
                        self.state = State::Lost { broken };
                        Some(Pending::Oversized { name: Text::default() })
                    }
                    PieceEnd::Line => {
                        self.open = 0;
                        self.push_broken(broken);
                        None
                    }
                }
            }
        }
    }

    fn undelimited(&mut self, cursor: &Cursor<'_>) -> Next {
        let Syntax { offset, expected } = cursor.expected("a blank or `)` behind the octets of a literal");
        self.fetch.defects.push(Defect::BodyNotDelimited { offset: offset + self.base });
        Next::Lost(Syntax { offset, expected })
    }

    /// The item that begins at `start` holds the literal behind this piece.
    fn breaks(&mut self, cursor: &Cursor<'_>, start: usize, name: Text, open: usize) -> Pending {
        let broken = Broken {
            name: name.clone(),
            raw: cursor.since(start).to_vec(),
            offset: cursor.pos() + self.base,
            expected: "a literal within the limit",
        };
        self.state = State::Broken { broken, open };
        Pending::Oversized { name }
    }

    /// The rest of the line is no row.
    fn lose(&mut self, cursor: &mut Cursor<'_>, syntax: Syntax) -> Pending {
        let Syntax { offset, expected } = syntax;
        let raw = cursor.rest_of_line().to_vec();
        let broken = Broken { name: Text::default(), raw, offset: offset + self.base, expected };
        self.state = State::Lost { broken };
        Pending::Oversized { name: Text::default() }
    }

    /// The same, where the line ends with this piece.
    fn lose_line(&mut self, cursor: &mut Cursor<'_>, syntax: Syntax) {
        let raw = cursor.rest_of_line();
        if !raw.is_empty() {
            // What would have been closed stands in there.
            self.open = 0;
            self.invalid(Text::default(), raw, syntax.offset + self.base, syntax.expected);
        }
    }

    fn push_broken(&mut self, broken: Broken) {
        let Broken { name, raw, offset, expected } = broken;
        self.invalid(name, raw.into(), offset, expected);
    }

    fn invalid(&mut self, name: Text, raw: Bytes, offset: usize, expected: &'static str) {
        self.fetch.items.push(FetchItem::Invalid { name, raw, offset, expected });
    }

    fn push(&mut self, mut item: FetchItem) {
        if let FetchItem::Invalid { offset, .. } = &mut item {
            *offset += self.base;
        }
        self.has_body |= item.body_data().is_some_and(|data| *data != BodyData::Nil);
        self.fetch.items.push(item);
    }

    /// Done with a piece.
    fn leave(&mut self, cursor: &mut Cursor<'_>, piece: &Bytes) {
        let room = REPAIRS.saturating_sub(self.repairs.len());
        let repairs = cursor.take_repairs().into_iter().take(room);
        self.repairs
            .extend(repairs.map(|Repair { quirk, offset }| Repair { quirk, offset: offset + self.base }));
        self.base += piece.len();
    }
}

/// By what the rows of a response name their messages.
#[derive(Clone, Copy)]
pub(in super::super) enum Numbering {
    /// `FETCH`
    Numbers,
    /// `UIDFETCH` (RFC 9586 section 3)
    Uids,
}

impl Numbering {
    /// That of the response with this name, in any case.
    pub(in super::super) fn of(word: &[u8]) -> Option<Self> {
        if word == b"FETCH" || word.eq_ignore_ascii_case(b"FETCH") {
            Some(Self::Numbers)
        } else if word.eq_ignore_ascii_case(b"UIDFETCH") {
            Some(Self::Uids)
        } else {
            None
        }
    }
}

/// Room for what clients ask for in one go.
const ITEMS: usize = 8;

/// What stood next in a row.
enum Next {
    /// An item, or a parenthesis.
    Item,
    /// Nothing; the piece ends here.
    End,
    /// A body whose value is the literal behind this piece.
    Streams(BodyName),
    /// An item that holds the literal behind this piece somewhere.
    Breaks { start: usize, name: Text, open: usize },
    /// Something that is no item, from which no way leads to the next one.
    Lost(Syntax),
}

/// The octets in front of `{n}` CRLF at the end of a piece.
fn without_announcement(piece: &Bytes) -> Bytes {
    let line = piece.strip_suffix(b"\n").unwrap_or(piece);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let announcement = line.strip_suffix(b"}").map(|line| line.strip_suffix(b"+").unwrap_or(line));
    let announcement = announcement.map(|line| {
        let digits = line.iter().rev().take_while(|octet| octet.is_ascii_digit()).count();
        line.get(..line.len() - digits).unwrap_or(line)
    });
    let head = announcement.and_then(|line| line.strip_suffix(b"{")).unwrap_or(line);
    let head = head.strip_suffix(b"~").unwrap_or(head);
    piece.slice(..head.len())
}
