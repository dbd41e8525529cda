//! Messages one behind the other in one file: mbox, in the variant that can be read back.
//!
//! ```text
//! From alice@example.org Sun Feb  1 09:30:00 2026      separator
//! Subject: lunch                                       the message, its line ends as they came
//!
//! >From noon on                                        was: From noon on
//! >>From there                                         was: >From there
//!                                                      an empty line
//! From ...
//! ```
//!
//! RFC 4155 describes the file, but not how a line of a message that looks like a separator is kept apart. Here it is
//! done as in "mboxrd": a line that begins with any number of `>` and then `From ` gets one `>` more. A line begins
//! behind LF, and at the begin of the message. Nothing else is changed: CRLF stays CRLF, NUL stays NUL.
//!
//! With the size of a message its exact octets can be had back. Without it, all but one thing: whether LF at its end
//! belonged to it.

use std::io::{self, BufRead, BufReader, Read};

use memchr::memmem;
use tayori_proto::types::InternalDate;

/// What a line must not begin with.
const FROM: &[u8] = b"From ";

/// The sender where none is known, or none that can stand in a separator.
const NOBODY: &str = "MAILER-DAEMON";

/// RFC 5321 sections 4.5.3.1.1 and 4.5.3.1.2: 64 octets, `@`, 255 octets.
const MOST_SENDER_OCTETS: usize = 320;

/// More than any separator of ours has.
const MOST_SEPARATOR_OCTETS: u64 = 1024;

const BUFFER: usize = 64 * 1024;

/// The line in front of a message, with its LF: who sent it, and when it arrived, in UTC.
///
/// A sender that is not of visible ASCII, or too long for an address, becomes `MAILER-DAEMON`: the text comes from a
/// stranger, and a blank or a line break would change what the line means.
pub(crate) fn separator(sender: Option<&str>, arrived: InternalDate) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

    let is_address = |sender: &&str| {
        (1..=MOST_SENDER_OCTETS).contains(&sender.len())
            && sender.bytes().all(|octet| octet.is_ascii_graphic())
    };
    let sender = sender.filter(is_address).unwrap_or(NOBODY);
    let seconds = arrived.unix_seconds();
    let date = InternalDate::from_unix_seconds(seconds).date();
    // The first day of that calendar was a Thursday; neither remainder is negative.
    let weekday = DAYS[seconds.div_euclid(86_400).rem_euclid(7) as usize];
    let of_day = seconds.rem_euclid(86_400);
    format!(
        "From {sender} {weekday} {} {:2} {:02}:{:02}:{:02} {:04}\n",
        MONTHS[usize::from(date.month()) - 1],
        date.day(),
        of_day / 3600,
        of_day / 60 % 60,
        of_day % 60,
        date.year(),
    )
}

/// Turns the octets of one message into those in the file, between the separator and the next.
///
/// Call [`push`](Quoter::push) for each piece of the message, of any size, then [`finish`](Quoter::finish). The sink
/// gets the octets in pieces that are not empty, most of them borrowed from what was pushed. Held between two calls are
/// at most four octets. Time is linear.
#[derive(Debug)]
pub(crate) struct Quoter {
    place: Place,
    /// The message so far ends in LF, or is empty.
    line_ended: bool,
}

impl Quoter {
    pub(crate) fn new() -> Quoter {
        Quoter { place: Place::Margin { matched: 0 }, line_ended: true }
    }

    /// Takes the next octets of the message. After an error of the sink there is no going on with this message.
    pub(crate) fn push<E>(
        &mut self,
        piece: &[u8],
        mut sink: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let Some(last) = piece.last() else { return Ok(()) };
        self.line_ended = *last == b'\n';
        let begin = match self.place {
            Place::Margin { matched: matched @ 1.. } => {
                let (held, missing) = FROM.split_at(matched);
                if piece.len() < missing.len() && missing.starts_with(piece) {
                    self.place = Place::Margin { matched: matched + piece.len() };
                    return Ok(());
                }
                if piece.starts_with(missing) {
                    sink(b">")?;
                }
                sink(held)?;
                Place::Within
            }
            begin => begin,
        };
        let mut done = 0;
        for from in memmem::find_iter(piece, FROM) {
            if begin.is_margin_at(piece, from) {
                emit(&piece[done..from], &mut sink)?;
                // Behind those that are there: nobody can tell one `>` from another.
                sink(b">")?;
                done = from;
            }
        }
        let tail = piece.len() - begun(piece);
        if begin.is_margin_at(piece, tail) {
            self.place = Place::Margin { matched: piece.len() - tail };
            emit(&piece[done..tail], &mut sink)
        } else {
            self.place = Place::Within;
            emit(&piece[done..], &mut sink)
        }
    }

    /// Ends the message: LF if there is none at its end, and an empty line.
    pub(crate) fn finish<E>(self, mut sink: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        if let Place::Margin { matched } = self.place {
            emit(&FROM[..matched], &mut sink)?;
        }
        sink(padding(self.line_ended))
    }
}

/// Reads one message back: `stored` is what stands in the file from its separator to the next, not more, and `size` the
/// octets of the message. The sink gets exactly these octets, in pieces, a first part of them also where an error
/// follows.
///
/// Memory is bounded by a buffer, time is linear. `InvalidData` when `stored` is not what [`separator`] and [`Quoter`]
/// make of a message of this size, `UnexpectedEof` when it is too short; other errors are those of the reader and the
/// sink.
pub(crate) fn read_message(
    stored: impl Read,
    size: u64,
    mut sink: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let mut stored = BufReader::with_capacity(BUFFER, stored);
    let mut first = Vec::new();
    stored.by_ref().take(MOST_SEPARATOR_OCTETS).read_until(b'\n', &mut first)?;
    if !first.starts_with(FROM) || !first.ends_with(b"\n") {
        return Err(invalid("no separator in front of a message"));
    }
    let mut left = size;
    let mut line_ended = true;
    let mut behind = Vec::new();
    let mut take = |octets: &[u8]| {
        let (message, rest) =
            octets.split_at(usize::try_from(left).map_or(octets.len(), |left| left.min(octets.len())));
        left -= message.len() as u64;
        if let Some(last) = message.last() {
            line_ended = *last == b'\n';
            sink(message)?;
        }
        if behind.len() + rest.len() > padding(false).len() {
            return Err(invalid("more octets than the message has"));
        }
        behind.extend_from_slice(rest);
        Ok(())
    };
    let mut unquoter = Unquoter { place: Place::Margin { matched: 0 }, held: false };
    loop {
        let piece = match stored.fill_buf() {
            Ok([]) => break,
            Ok(piece) => piece,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        unquoter.push(piece, &mut take)?;
        let octets = piece.len();
        stored.consume(octets);
    }
    unquoter.finish(&mut take)?;
    if left > 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    match behind == padding(line_ended) {
        true => Ok(()),
        false => Err(invalid("no empty line behind a message")),
    }
}

/// The digest of a message as it was before it was stored; arguments and errors as for [`read_message`].
pub(crate) fn message_digest(stored: impl Read, size: u64) -> io::Result<blake3::Hash> {
    let mut digest = blake3::Hasher::new();
    read_message(stored, size, |octets| {
        digest.update(octets);
        Ok(())
    })?;
    Ok(digest.finalize())
}

/// The inverse of [`Quoter`]. It holds at most one `>` and four octets between two calls.
struct Unquoter {
    place: Place,
    /// One `>` of the run that this line begins with was not given out yet: the one that was added, if `From ` follows.
    held: bool,
}

impl Unquoter {
    fn push(&mut self, mut piece: &[u8], mut sink: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        let begin = match self.place {
            Place::Margin { matched } if matched > 0 || self.held => {
                if matched == 0 {
                    let run = piece.iter().take_while(|octet| **octet == b'>').count();
                    emit(&piece[..run], &mut sink)?;
                    piece = &piece[run..];
                }
                let (begun, missing) = FROM.split_at(matched);
                if piece.len() < missing.len() && missing.starts_with(piece) {
                    self.place = Place::Margin { matched: matched + piece.len() };
                    return Ok(());
                }
                match (piece.starts_with(missing), self.held) {
                    (true, false) => return Err(unquoted()),
                    (false, true) => sink(b">")?,
                    (true, true) | (false, false) => {}
                }
                self.held = false;
                emit(begun, &mut sink)?;
                Place::Within
            }
            begin => begin,
        };
        let mut done = 0;
        for from in memmem::find_iter(piece, FROM) {
            if begin.is_margin_at(piece, from) {
                let quote = piece[..from].strip_suffix(b">").ok_or_else(unquoted)?.len();
                emit(&piece[done..quote], &mut sink)?;
                done = from;
            }
        }
        let tail = piece.len() - begun(piece);
        if !begin.is_margin_at(piece, tail) {
            self.place = Place::Within;
            return emit(&piece[done..], &mut sink);
        }
        self.place = Place::Margin { matched: piece.len() - tail };
        let given = piece[..tail].strip_suffix(b">");
        self.held = given.is_some();
        emit(&given.unwrap_or(&piece[..tail])[done..], &mut sink)
    }

    fn finish(self, mut sink: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        if self.held {
            sink(b">")?;
        }
        match self.place {
            Place::Margin { matched } => emit(&FROM[..matched], &mut sink),
            Place::Within => Ok(()),
        }
    }
}

/// Where in a line two pieces of a message meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// At its begin, or behind nothing but `>` and the first `matched` octets of `From ` (0 to 4), which are held back.
    Margin { matched: usize },
    /// Anywhere else.
    Within,
}

impl Place {
    /// Whether in front of `piece[index]` there are only `>` in its line, if `piece` begins at this place.
    fn is_margin_at(self, piece: &[u8], index: usize) -> bool {
        match piece[..index].iter().rposition(|octet| *octet != b'>') {
            Some(before) => piece[before] == b'\n',
            None => self != Place::Within,
        }
    }
}

/// How many octets at the end of `piece` may be the begin of `From `.
fn begun(piece: &[u8]) -> usize {
    (1..FROM.len()).rev().find(|octets| piece.ends_with(&FROM[..*octets])).unwrap_or(0)
}

/// What stands between the last octet of a message and the next separator.
fn padding(line_ended: bool) -> &'static [u8] {
    if line_ended { b"\n" } else { b"\n\n" }
}

fn emit<E>(octets: &[u8], sink: &mut impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
    if octets.is_empty() { Ok(()) } else { sink(octets) }
}

fn unquoted() -> io::Error {
    invalid("a separator within a message")
}

fn invalid(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests;
