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
mod tests {
    use std::convert::Infallible;
    use std::process::{Command, Stdio};

    use proptest::prelude::*;

    use super::*;

    /// What stands in the file for a message that arrives in these pieces, without the separator.
    fn quote<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
        let mut stored = Vec::new();
        let mut sink = |octets: &[u8]| {
            assert!(!octets.is_empty());
            stored.extend_from_slice(octets);
            Ok::<(), Infallible>(())
        };
        let mut quoter = Quoter::new();
        for piece in pieces {
            quoter.push(piece, &mut sink).unwrap();
        }
        quoter.finish(&mut sink).unwrap();
        stored
    }

    /// A reader that gives at most so many octets at a time.
    struct Slow<'a>(&'a [u8], usize);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let octets = self.1.min(buffer.len()).min(self.0.len());
            let (now, later) = self.0.split_at(octets);
            buffer[..octets].copy_from_slice(now);
            self.0 = later;
            Ok(octets)
        }
    }

    /// The message that is stored like this, read in pieces of `octets`.
    fn unquote(stored: &[u8], size: usize, octets: usize) -> io::Result<Vec<u8>> {
        let stored = [b"From x Thu Jan  1 00:00:00 1970\n", stored].concat();
        let mut message = Vec::new();
        read_message(Slow(&stored, octets), size as u64, |octets| {
            assert!(!octets.is_empty());
            message.extend_from_slice(octets);
            Ok(())
        })?;
        Ok(message)
    }

    /// The plain way: line by line.
    fn model(message: &[u8]) -> Vec<u8> {
        let mut stored = Vec::new();
        for line in message.split_inclusive(|octet| *octet == b'\n') {
            let quotes = line.iter().take_while(|octet| **octet == b'>').count();
            if line[quotes..].starts_with(FROM) {
                stored.push(b'>');
            }
            stored.extend_from_slice(line);
        }
        if !message.is_empty() && !message.ends_with(b"\n") {
            stored.push(b'\n');
        }
        stored.push(b'\n');
        stored
    }

    #[track_caller]
    fn check(message: &[u8], expected: &[u8]) {
        let shown = |octets: &[u8]| octets.escape_ascii().to_string();
        assert_eq!(shown(&quote([message])), shown(expected));
        for first in 0..=message.len() {
            for second in first..=message.len() {
                let pieces = [&message[..first], &message[first..second], &message[second..]];
                assert_eq!(shown(&quote(pieces)), shown(expected), "cut at {first} and {second}");
            }
        }
        for octets in 1..=expected.len() + 40 {
            let actual = unquote(expected, message.len(), octets);
            assert_eq!(shown(&actual.unwrap()), shown(message), "in pieces of {octets}");
        }
    }

    #[test]
    fn lines_that_look_like_a_separator_are_quoted() {
        check(b"From a\n", b">From a\n\n");
        check(b"a\nFrom b\nc\n", b"a\n>From b\nc\n\n");
        check(b">From a\n>>>From b\n", b">>From a\n>>>>From b\n\n");
        check(b"a\r\nFrom b\r\n", b"a\r\n>From b\r\n\n");
        check(b"\nFrom From From \n", b"\n>From From From \n\n");
        check(b"From ", b">From \n\n");
        check(b"\n\nFrom \nFrom \n>From ", b"\n\n>From \n>From \n>>From \n\n");
    }

    #[test]
    fn other_lines_stay() {
        for line in [
            "", ">", ">>", "F", "Fro", "From", "From:", "from ", "FROM ", " From ", ">From", "> From ",
            "FFrom ", "FroFrom ", ">a>From ", "a\rFrom ", "a\0From ", "From\n ", ">\n>\n", "\n",
        ] {
            check(format!("x{line}\n").as_bytes(), format!("x{line}\n\n").as_bytes());
            if !line.is_empty() {
                check(format!("{line}\n").as_bytes(), format!("{line}\n\n").as_bytes());
                check(format!("\r\n{line}\n").as_bytes(), format!("\r\n{line}\n\n").as_bytes());
            }
        }
    }

    #[test]
    fn the_end_of_a_message_can_be_found() {
        check(b"", b"\n");
        check(b"a", b"a\n\n");
        check(b"a\n", b"a\n\n");
        check(b"a\r\n", b"a\r\n\n");
        check(b"a\r", b"a\r\n\n");
        check(b"a\n\n\n", b"a\n\n\n\n");
        check(b"\0", b"\0\n\n");
        check(b"\n>", b"\n>\n\n");
        check(b"\nFrom", b"\nFrom\n\n");
        check(b"\n>From", b"\n>From\n\n");
    }

    #[test]
    fn what_was_not_stored_like_this_is_not_read() {
        let check = |stored: &[u8], size: usize, expected: &str| {
            for octets in 1..40 {
                let actual =
                    unquote(stored, size, octets).map_or_else(|error| error.to_string(), |_| "read".into());
                assert_eq!(actual, expected, "{} in pieces of {octets}", stored.escape_ascii());
            }
        };
        let eof = "unexpected end of file";
        check(b"abc\n\n", 3, "read");
        check(b"abc\n\n", 4, "read");
        check(b"abc\n\n", 5, "no empty line behind a message");
        check(b"abc\n\n", 6, eof);
        check(b"abc\n\n", 2, "more octets than the message has");
        check(b"abc\n", 3, "no empty line behind a message");
        check(b"abc", 3, "no empty line behind a message");
        check(b"abcx\n", 3, "no empty line behind a message");
        check(b"", 0, "no empty line behind a message");
        check(b"", 1, eof);
        check(b"a\n\n>", 2, "no empty line behind a message");
        check(b"a\n\n>>", 2, "more octets than the message has");
        check(b"a\nFrom b\n\n", 9, "a separator within a message");
        check(b"From b\n\n", 7, "a separator within a message");
        check(b"a\n\nFrom b Thu Jan  1 00:00:00 1970\n", 2, "a separator within a message");

        let check = |stored: &[u8], size: u64, expected: &str| {
            assert_eq!(message_digest(stored, size).unwrap_err().to_string(), expected);
        };
        check(b"", 0, "no separator in front of a message");
        check(b"From x", 0, "no separator in front of a message");
        check(b"a\n\n", 1, "no separator in front of a message");
        check(
            &[b"From ".as_slice(), &[b'x'; 2000], b"\n\n"].concat(),
            0,
            "no separator in front of a message",
        );
        check(b"From x\n\n", u64::MAX, eof);
    }

    #[test]
    fn the_digest_is_that_of_the_message() {
        let message = b"Subject: x\r\n\r\nFrom here\r\n>From there";
        let arrived = InternalDate::from_unix_seconds(0);
        let stored = [separator(None, arrived).into_bytes(), quote([message.as_slice()])].concat();
        assert_eq!(message_digest(&*stored, message.len() as u64).unwrap(), blake3::hash(message));
        // An octet that differs is another digest, or no message at all.
        let begin = stored.len() - quote([message.as_slice()]).len();
        for index in begin..stored.len() {
            let mut torn = stored.clone();
            torn[index] ^= 1;
            let digest = message_digest(&*torn, message.len() as u64);
            assert!(digest.is_err() || digest.unwrap() != blake3::hash(message), "octet {index}");
        }
    }

    #[test]
    fn errors_of_the_sink_and_the_reader_are_handed_on() {
        let full = |_: &[u8]| Err(io::ErrorKind::StorageFull);
        assert_eq!(Quoter::new().push(b"a", full), Err(io::ErrorKind::StorageFull));
        assert_eq!(Quoter::new().finish(full), Err(io::ErrorKind::StorageFull));
        let error =
            read_message(&b"From x\na\n\n"[..], 1, |_| full(&[]).map_err(io::Error::from)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    }

    /// The bounds on memory show in what is given out: after each piece all but four octets.
    #[test]
    fn a_line_of_ten_million_marks() {
        const MARKS: usize = 10_000_000;
        for (end, added) in [("From \n", 1), ("Fro\n", 0)] {
            let mut message = vec![b'>'; MARKS];
            message.extend_from_slice(end.as_bytes());
            for octets in [7, 4096, usize::MAX] {
                let (mut quoter, mut given, mut pushed) = (Quoter::new(), 0, 0);
                for piece in message.chunks(octets) {
                    quoter
                        .push(piece, |octets| {
                            given += octets.len();
                            Ok::<(), Infallible>(())
                        })
                        .unwrap();
                    pushed += piece.len();
                    assert!(given + 4 >= pushed);
                }
                quoter
                    .finish(|octets| {
                        given += octets.len();
                        Ok::<(), Infallible>(())
                    })
                    .unwrap();
                assert_eq!(given, message.len() + added + 1);
            }
            let stored = quote([&*message]);
            for octets in [7, usize::MAX] {
                assert!(unquote(&stored, message.len(), octets).unwrap() == message);
            }
        }
    }

    #[test]
    fn separators() {
        let check = |sender: Option<&str>, seconds, expected: &str| {
            assert_eq!(separator(sender, InternalDate::from_unix_seconds(seconds)), expected);
        };
        let at = |sender, expected: &str| check(Some(sender), 1_769_938_200, expected);
        at("alice@example.org", "From alice@example.org Sun Feb  1 09:30:00 2026\n");
        check(None, 0, "From MAILER-DAEMON Thu Jan  1 00:00:00 1970\n");
        check(None, -1, "From MAILER-DAEMON Wed Dec 31 23:59:59 1969\n");
        check(None, 951_782_400, "From MAILER-DAEMON Tue Feb 29 00:00:00 2000\n");
        check(None, i64::MAX, "From MAILER-DAEMON Fri Dec 31 23:59:59 9999\n");
        check(None, i64::MIN, "From MAILER-DAEMON Mon Jan  1 00:00:00 0001\n");
        let zone = InternalDate::parse(b" 1-Feb-2026 00:30:00 +0900").unwrap();
        assert_eq!(separator(None, zone), "From MAILER-DAEMON Sat Jan 31 15:30:00 2026\n");
        let nobody = "From MAILER-DAEMON Sun Feb  1 09:30:00 2026\n";
        for sender in
            ["", "a b", "a\nFrom b", "a\u{1b}[2J", "日本@example.org", "\"a b\"@c", &"a".repeat(321)]
        {
            at(sender, nobody);
        }
    }

    #[test]
    fn another_program_finds_as_many_messages() {
        let script = "import mailbox, sys\nbox = mailbox.mbox(sys.argv[1], create=False)\n\
                      print(len(box), *(message['Subject'] for message in box))";
        let python = |arguments: &[&str]| {
            Command::new("timeout")
                .args(["60", "python3", "-B"])
                .args(arguments)
                .stdin(Stdio::null())
                .output()
        };
        if !python(&["--version"]).is_ok_and(|output| output.status.success()) {
            return skip("python3 or timeout is not there");
        }
        let bodies = [
            "",
            "\n",
            "From here\n",
            "\nFrom x Thu Jan  1 00:00:00 1970\n",
            "\r\n\r\nFrom x\r\n",
            "no end",
            "\n\n\n\n",
            ">From x\n\nFrom y\n\n>From z",
            "\n\nFrom",
        ];
        let mut file = Vec::new();
        let mut expected = bodies.len().to_string();
        for (number, body) in bodies.iter().enumerate() {
            file.extend(separator(Some("a@example.org"), InternalDate::from_unix_seconds(0)).into_bytes());
            file.extend(quote([format!("Subject: s{number}\n\n{body}").as_bytes()]));
            expected += &format!(" s{number}");
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mail.mbox");
        std::fs::write(&path, file).unwrap();
        let output = python(&["-c", script, path.to_str().unwrap()]).unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim_end(), expected);
    }

    /// Says that a test cannot be done here. Where every test has to be done (`CI=true`), that is a failure.
    fn skip(why: &str) {
        assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "cannot be tested here: {why}");
        let _ = io::Write::write_fmt(&mut io::stderr(), format_args!("skipped: {why}\n"));
    }

    fn message() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            4 => Just("From "), 3 => Just(">"), 3 => Just("\n"), 1 => Just("\r\n"),
            1 => Just("a"), 1 => Just("\0"), 1 => Just("F"), 1 => Just("From"), 1 => Just("rom "),
        ];
        proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat().into_bytes())
    }

    proptest! {
        #[test]
        fn every_message_comes_back(
            message in message(),
            cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..6),
        ) {
            let stored = model(&message);
            for octets in 1..=message.len().max(1) {
                prop_assert_eq!(&quote(message.chunks(octets)), &stored);
            }
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(message.len() + 1)).collect();
            cuts.extend([0, message.len()]);
            cuts.sort();
            prop_assert_eq!(&quote(cuts.windows(2).map(|cut| &message[cut[0]..cut[1]])), &stored);
            for octets in 1..=stored.len() {
                prop_assert_eq!(&unquote(&stored, message.len(), octets).unwrap(), &message);
            }
        }

        /// No line in the file but the first looks like a separator.
        #[test]
        fn separators_are_found(message in message()) {
            let stored = quote([&*message]);
            prop_assert!(stored.split(|octet| *octet == b'\n').all(|line| !line.starts_with(FROM)));
            prop_assert!(stored == b"\n" || stored.ends_with(b"\n\n"));
        }

        /// However it is read, the answer is the same.
        #[test]
        fn noise_does_no_harm(stored in message(), size in 0usize..40) {
            let whole = unquote(&stored, size, usize::MAX).map_err(|error| error.kind());
            for octets in 1..20 {
                let pieces = unquote(&stored, size, octets).map_err(|error| error.kind());
                prop_assert_eq!(pieces.is_ok(), whole.is_ok());
                prop_assert_eq!(pieces.unwrap_or_default(), whole.clone().unwrap_or_default());
            }
            if let Ok(message) = whole {
                prop_assert_eq!(quote([&*message]), stored);
            }
        }
    }
}
