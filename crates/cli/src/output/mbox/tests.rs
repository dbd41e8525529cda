//! What stands in an mbox, and what comes back out of it.

use std::cell::Cell;
use std::convert::Infallible;
use std::env;
use std::fs;
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
        "", ">", ">>", "F", "Fro", "From", "From:", "from ", "FROM ", " From ", ">From", "> From ", "FFrom ",
        "FroFrom ", ">a>From ", "a\rFrom ", "a\0From ", "From\n ", ">\n>\n", "\n",
    ] {
        let behind: &[&str] = if line.is_empty() { &["x"] } else { &["x", "", "\r\n"] };
        for begin in behind {
            let message = format!("{begin}{line}\n");
            check(message.as_bytes(), format!("{message}\n").as_bytes());
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
    check(&[b"From ".as_slice(), &[b'x'; 2000], b"\n\n"].concat(), 0, "no separator in front of a message");
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
    let error = read_message(&b"From x\na\n\n"[..], 1, |_| full(&[]).map_err(io::Error::from)).unwrap_err();
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
            let (mut quoter, given, mut pushed) = (Quoter::new(), Cell::new(0), 0);
            let count = |octets: &[u8]| {
                given.set(given.get() + octets.len());
                Ok::<(), Infallible>(())
            };
            for piece in message.chunks(octets) {
                quoter.push(piece, count).unwrap();
                pushed += piece.len();
                assert!(given.get() + 4 >= pushed);
            }
            quoter.finish(count).unwrap();
            assert_eq!(given.get(), message.len() + added + 1);
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
    for sender in ["", "a b", "a\nFrom b", "a\u{1b}[2J", "日本@example.org", "\"a b\"@c", &"a".repeat(321)]
    {
        at(sender, nobody);
    }
}

#[test]
fn another_program_finds_as_many_messages() {
    let script = "import mailbox, sys\nbox = mailbox.mbox(sys.argv[1], create=False)\n\
                  print(len(box), *(message['Subject'] for message in box))";
    let python = |arguments: &[&str]| {
        Command::new("timeout").args(["60", "python3", "-B"]).args(arguments).stdin(Stdio::null()).output()
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
    fs::write(&path, file).unwrap();
    let output = python(&["-c", script, path.to_str().unwrap()]).unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim_end(), expected);
}

/// Says that a test cannot be done here. Where every test has to be done (`CI=true`), that is a failure.
fn skip(why: &str) {
    assert!(env::var_os("CI").is_none_or(|ci| ci != "true"), "cannot be tested here: {why}");
    let _ = io::Write::write_fmt(&mut io::stderr(), format_args!("skipped: {why}\n"));
}

fn message() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => Just("From "), 3 => Just(">"), 3 => Just("\n"), 1 => Just("\r\n"),
        1 => Just("a"), 1 => Just("\0"), 1 => Just("F"), 1 => Just("From"), 1 => Just("rom "),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat().into_bytes())
}

proptest! {
    #[test]
    fn every_message_comes_back(
        message in message(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
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
