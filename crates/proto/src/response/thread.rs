//! `THREAD` (RFC 5256 section 4).
//!
//! ```text
//! thread-data    = "THREAD" [SP 1*thread-list]
//! thread-list    = "(" (thread-members / thread-nested) ")"
//! thread-members = nz-number *(SP nz-number) [SP thread-nested]
//! thread-nested  = 2*thread-list
//! ```
//!
//! Wider: blanks as they come, or missing in front of a list, and one nested list alone.

use bytes::Bytes;

use crate::quirk::Quirk;
use crate::types::{Id, SeqNum, Uid};
use crate::wire::{Cursor, Encoder, Syntax};

use super::sort::{expect_message, of_kind};

/// The threads that a `THREAD` has found.
///
/// They are kept flat, a message after its parent and in front of its next sibling: a chain of a million replies is as
/// cheap as a million messages apart, eight octets each, and nothing that is done with it recurses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ThreadRow {
    /// In the order of the response. The first has depth 0, every other at most one more than the one in front of it.
    members: Vec<ThreadMember<SeqNum>>,
    unread: Vec<UnreadThread>,
}

/// A message and its place in a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThreadMember<T> {
    /// How many ancestors it has in the thread; with 0, a thread begins here.
    pub depth: u32,
    /// The message; `None` for one that is missing: the mailbox does not have it, or it was not searched for. What
    /// follows are replies to it.
    pub message: Option<T>,
}

/// A thread that could not be read. The threads beside it were.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadThread {
    /// The thread, as it came.
    pub bytes: Bytes,
    /// Where reading failed, in octets from the start of the response.
    pub offset: usize,
    /// What should stand there.
    pub expected: &'static str,
}

/// Why members are no threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ThreadError {
    /// The first member has no parent, or a member is deeper than a reply to the one in front of it.
    #[error("the member at index {index} is too deep to be a reply to the one in front of it")]
    TooDeep {
        /// Which member.
        index: usize,
    },
    /// A missing message joins replies to it: it has two at least, and is no only reply itself.
    #[error("the missing message at index {index} joins nothing")]
    JoinsNothing {
        /// Which member.
        index: usize,
    },
}

impl ThreadRow {
    /// The answer to `UID THREAD`.
    pub fn from_uids(members: impl IntoIterator<Item = ThreadMember<Uid>>) -> Result<Self, ThreadError> {
        Self::new(members.into_iter().map(ThreadMember::of_kind).collect())
    }

    /// The answer to `THREAD`.
    pub fn from_seq_nums(
        members: impl IntoIterator<Item = ThreadMember<SeqNum>>,
    ) -> Result<Self, ThreadError> {
        Self::new(members.into_iter().collect())
    }

    fn new(members: Vec<ThreadMember<SeqNum>>) -> Result<Self, ThreadError> {
        let mut deepest = 0;
        for (index, member) in members.iter().enumerate() {
            if member.depth > deepest {
                return Err(ThreadError::TooDeep { index });
            }
            deepest = member.depth.saturating_add(1);
        }
        let shapes = shapes(&members);
        let joins = |(member, shape): (&ThreadMember<_>, &Shape)| {
            member.message.is_some() || (shape.replies == Replies::Several && !shape.is_only_reply)
        };
        match members.iter().zip(&shapes).position(|pair| !joins(pair)) {
            Some(index) => Err(ThreadError::JoinsNothing { index }),
            None => Ok(Self { members, unread: Vec::new() }),
        }
    }

    /// The members, where the command was `UID THREAD`: a message, then the replies to it, each with its own.
    pub fn uids(&self) -> impl ExactSizeIterator<Item = ThreadMember<Uid>> + '_ {
        self.members.iter().map(|member| member.of_kind())
    }

    /// The members, where the command was `THREAD`, in the same order.
    pub fn seq_nums(&self) -> &[ThreadMember<SeqNum>] {
        &self.members
    }

    /// The threads that could not be read; their messages are in no other.
    pub fn unread(&self) -> &[UnreadThread] {
        &self.unread
    }

    /// Puts the threads of another response behind these.
    pub fn append(&mut self, more: Self) {
        self.members.extend(more.members);
        self.unread.extend(more.unread);
    }

    /// What stands behind `THREAD`, up to the end of the line.
    pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<Self, Syntax> {
        let mut row = Self::default();
        let behind = cursor.pos();
        cursor.skip_blanks();
        if cursor.at_line_end() {
            cursor.seek(behind);
            return Ok(row);
        }
        cursor.seek(behind);
        cursor.expect_sp()?;
        loop {
            let start = cursor.pos();
            let known = row.members.len();
            if let Err(Syntax { offset, expected }) = parse_thread(cursor, &mut row.members) {
                row.members.truncate(known);
                cursor.seek(start);
                if cursor.peek() != Some(b'(') {
                    return Err(Syntax { offset, expected });
                }
                cursor.skip_value()?;
                cursor.entry()?;
                row.unread.push(UnreadThread { bytes: cursor.since(start), offset, expected });
            }
            cursor.skip_stray_blanks();
            if cursor.at_line_end() || cursor.peek() == Some(b')') {
                return Ok(row);
            }
        }
    }

    /// What could not be read stands at the end.
    pub(super) fn encode(&self, encoder: &mut Encoder) {
        encoder.raw("* THREAD");
        if !self.members.is_empty() || !self.unread.is_empty() {
            encoder.sp();
        }
        encode_members(encoder, &self.members);
        for thread in &self.unread {
            encoder.verbatim(&thread.bytes);
        }
    }
}

impl<T: Id> ThreadMember<T> {
    fn of_kind<U: Id>(self) -> ThreadMember<U> {
        ThreadMember { depth: self.depth, message: self.message.map(of_kind) }
    }
}

/// Depth of parentheses in one thread; one that is deeper is not read. A reply costs no depth until a message has two:
/// real threads stay far below.
const NESTING: usize = 1000;

/// A list that is not closed yet.
struct Open {
    /// Of the next number or list in it.
    depth: u32,
    numbers: bool,
    lists: Replies,
}

/// Appends one `thread-list`. Walks without recursion; after an error some of its members are in `members`.
fn parse_thread(cursor: &mut Cursor<'_>, members: &mut Vec<ThreadMember<SeqNum>>) -> Result<(), Syntax> {
    cursor.expect_byte(b'(', "a thread in parentheses")?;
    let mut list = Open { depth: 0, numbers: false, lists: Replies::None };
    let mut outer = Vec::new();
    loop {
        let blanks = cursor.skip_blanks();
        let behind_number = list.numbers && list.lists == Replies::None;
        match cursor.peek() {
            Some(b'(') => {
                report_blanks(cursor, blanks, usize::from(behind_number));
                if outer.len() + 1 >= NESTING {
                    return Err(cursor.expected("less deeply nested parentheses"));
                }
                if !list.numbers && list.lists == Replies::None {
                    members.push(ThreadMember { depth: list.depth, message: None });
                    list.depth = list.depth.saturating_add(1);
                }
                list.lists = list.lists.and_one();
                cursor.take(1);
                let inner = Open { depth: list.depth, numbers: false, lists: Replies::None };
                outer.push(std::mem::replace(&mut list, inner));
            }
            Some(b')') => {
                report_blanks(cursor, blanks, 0);
                match list.lists {
                    Replies::None if !list.numbers => return Err(cursor.expected("the number of a message")),
                    Replies::One => cursor.repaired(Quirk::LoneSubthread),
                    _ => {}
                }
                cursor.take(1);
                match outer.pop() {
                    Some(parent) => list = parent,
                    None => return Ok(()),
                }
            }
            _ if list.lists != Replies::None => return Err(cursor.expected("`(` or `)`")),
            _ => {
                if list.numbers && blanks == 0 {
                    return Err(cursor.expected("a blank, `(` or `)`"));
                }
                report_blanks(cursor, blanks, usize::from(list.numbers));
                let message = Some(expect_message(cursor)?);
                members.push(ThreadMember { depth: list.depth, message });
                list.depth = list.depth.saturating_add(1);
                list.numbers = true;
            }
        }
    }
}

fn report_blanks(cursor: &mut Cursor<'_>, found: usize, wanted: usize) {
    if found > wanted {
        cursor.repaired(Quirk::ExtraBlanks);
    } else if found < wanted {
        cursor.repaired(Quirk::MissingBlank);
    }
}

/// How many replies a message has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Replies {
    None,
    One,
    Several,
}

impl Replies {
    const fn and_one(self) -> Self {
        match self {
            Self::None => Self::One,
            Self::One | Self::Several => Self::Several,
        }
    }
}

/// What of a member depends on those behind it.
struct Shape {
    replies: Replies,
    is_only_reply: bool,
}

/// One for each member. The memory is that of the members.
fn shapes(members: &[ThreadMember<SeqNum>]) -> Vec<Shape> {
    let mut shapes: Vec<Shape> =
        members.iter().map(|_| Shape { replies: Replies::None, is_only_reply: false }).collect();
    // The ancestors of the member in turn, each with the last reply to it, which is itself as long as there is none.
    let mut path: Vec<(usize, usize)> = Vec::new();
    for (index, member) in members.iter().enumerate() {
        while path.len() > usize::try_from(member.depth).unwrap_or(usize::MAX) {
            path.pop();
        }
        if let Some((parent, last)) = path.last_mut() {
            let replies = shapes[*parent].replies.and_one();
            shapes[*parent].replies = replies;
            if replies == Replies::Several {
                shapes[*last].is_only_reply = false;
            }
            shapes[index].is_only_reply = replies == Replies::One;
            *last = index;
        }
        path.push((index, index));
    }
    shapes
}

/// A reply that is the only one stands behind its parent; where there are several, or the parent is missing, each gets
/// its parentheses, and so does a missing message.
fn encode_members(encoder: &mut Encoder, members: &[ThreadMember<SeqNum>]) {
    let shapes = shapes(members);
    // The ancestors of the member in turn: whether each is missing, and whether it has parentheses of its own.
    let mut path: Vec<(bool, bool)> = Vec::new();
    let close = |encoder: &mut Encoder, path: &mut Vec<(bool, bool)>, depth: usize| {
        while path.len() > depth {
            if let Some((_, true)) = path.pop() {
                encoder.raw(")");
            }
        }
    };
    let mut behind_number = false;
    for (member, shape) in members.iter().zip(&shapes) {
        let depth = usize::try_from(member.depth).unwrap_or(usize::MAX);
        if path.len() > depth {
            close(encoder, &mut path, depth);
            behind_number = false;
        }
        let behind_missing = matches!(path.last(), Some((true, _)));
        let opens = member.message.is_none() || behind_missing || !shape.is_only_reply;
        if behind_number {
            encoder.sp();
        }
        if opens {
            encoder.raw("(");
        }
        if let Some(message) = member.message {
            encoder.show(message);
        }
        behind_number = member.message.is_some();
        path.push((member.message.is_none(), opens));
    }
    close(encoder, &mut path, 0);
}
