//! The dialogue as `--trace` and `--trace-file` show it: one line for each line of the protocol.
//!
//! ```text
//! 0.123 C: A1 LOGIN "ann" ***
//! 0.187 S: * 1 FETCH (BODY[] {388} <388 octets: Return-Path: <ann@example.org>\x0d\x0aFrom: ...>)
//! ```
//!
//! Whatever the peer sends, an event stays one line: line ends and other control characters are escaped, long text is
//! cut. What is secret arrives here as [`Piece::Secret`], without its octets, so no rule of this module can leak it.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anstyle::{AnsiColor, Style};

use crate::escape::{escape_bounded, escape_str};

/// Characters of protocol text shown in one line. Long enough for the capabilities and flags of any server seen so
/// far, short enough that an ENVELOPE of a thousand addresses does not bury what comes after it.
const MOST_TEXT: usize = 2_000;

/// Octets of a literal that are shown: enough to see what it is.
const MOST_PREVIEW: usize = 60;

/// Who spoke.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Client,
    Server,
}

/// One line of the protocol, with the literals in it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TraceLine<'a> {
    pub(crate) from: Side,
    /// Since the connection was started.
    pub(crate) at: Duration,
    pub(crate) pieces: &'a [Piece<'a>],
}

/// A part of a line.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Piece<'a> {
    /// Octets as they are on the wire, line end included. The `{388}` before a literal is part of the text.
    Text(&'a [u8]),
    /// Something that must not be shown, whatever form it has on the wire; also a literal that holds a secret.
    Secret,
    /// A literal of `size` octets, of which `shown` are the first. May be empty; no more than sixty are used.
    Literal { size: u64, shown: &'a [u8] },
}

/// Where the dialogue goes.
pub(crate) struct Trace<W> {
    out: W,
    styles: Styles,
}

impl<W: Write> Trace<W> {
    /// Without colours.
    pub(crate) fn plain(out: W) -> Trace<W> {
        Trace { out, styles: Styles::PLAIN }
    }

    /// Writes one line, and out to the file or terminal at once: it is wanted most when the program gets stuck next.
    pub(crate) fn line(&mut self, line: &TraceLine<'_>) -> io::Result<()> {
        let text = format_line(line, &self.styles);
        self.out.write_all(text.as_bytes())?;
        self.out.flush()
    }
}

impl Trace<io::Stderr> {
    /// To stderr, in colours if it is a terminal and the environment (NO_COLOR) does not object.
    pub(crate) fn stderr() -> Trace<io::Stderr> {
        let out = io::stderr();
        let styles = match anstream::AutoStream::choice(&out) {
            anstream::ColorChoice::Never => Styles::PLAIN,
            _ => Styles::COLOURED,
        };
        Trace { out, styles }
    }
}

impl Trace<File> {
    /// To a new file that only its owner can read.
    ///
    /// A file that is there is never overwritten and never appended to: `--trace-file` with the name of a mailbox
    /// would destroy mail, and permissions that were given to an old file would be open to a new dialogue.
    pub(crate) fn create(path: &Path) -> Result<Trace<File>, TraceError> {
        let mut options = File::options();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(path) {
            Ok(file) => Ok(Trace::plain(file)),
            Err(cause) => Err(TraceError { path: path.to_owned(), cause }),
        }
    }
}

/// The trace file could not be created.
#[derive(Debug, thiserror::Error)]
#[error("could not create the trace file {}", escape_str(&.path.to_string_lossy()))]
pub(crate) struct TraceError {
    path: PathBuf,
    #[source]
    cause: io::Error,
}

impl TraceError {
    /// What the person can do about it.
    pub(crate) fn hint(&self) -> Option<&'static str> {
        let taken = self.cause.kind() == io::ErrorKind::AlreadyExists;
        taken.then_some("it is there already and is not overwritten; remove it or choose another name")
    }
}

/// How the parts of a line look. The letter says who spoke; the colour only repeats it.
struct Styles {
    at: Style,
    client: Style,
    server: Style,
    note: Style,
}

impl Styles {
    const PLAIN: Styles =
        Styles { at: Style::new(), client: Style::new(), server: Style::new(), note: Style::new() };
    const COLOURED: Styles = Styles {
        at: Style::new().dimmed(),
        client: AnsiColor::Cyan.on_default().bold(),
        server: AnsiColor::Green.on_default().bold(),
        note: Style::new().dimmed(),
    };
}

fn format_line(line: &TraceLine<'_>, styles: &Styles) -> String {
    let paint = |style: &Style, text: &str| format!("{style}{text}{style:#}");
    let at = format!("{}.{:03}", line.at.as_secs(), line.at.subsec_millis());
    let side = match line.from {
        Side::Client => paint(&styles.client, "C:"),
        Side::Server => paint(&styles.server, "S:"),
    };
    let mut out = format!("{} {side} ", paint(&styles.at, &at));
    let mut room = MOST_TEXT;
    let mut cut = 0;
    for piece in line.pieces {
        match piece {
            Piece::Text(octets) => {
                let text = escape_bounded(without_line_end(octets), room);
                room -= text.shown.chars().count();
                cut += text.left;
                if text.left > 0 {
                    // What comes after a cut would look as if it followed directly.
                    room = 0;
                }
                out += &text.shown;
            }
            // Secrets and literals are shown behind a cut too: they say what the octets that follow are about, and
            // there are few of them.
            Piece::Secret => out += "***",
            Piece::Literal { size, shown } => {
                out += &paint(&styles.note, &format!(" <{}>", literal_note(*size, shown)));
            }
        }
    }
    if cut > 0 {
        out += &paint(&styles.note, &format!(" <{}>", octets_more(cut)));
    }
    out.push('\n');
    out
}

fn literal_note(size: u64, shown: &[u8]) -> String {
    let shown = &shown[..shown.len().min(MOST_PREVIEW)];
    let unit = if size == 1 { "octet" } else { "octets" };
    if shown.is_empty() {
        return format!("{size} {unit}");
    }
    // A character that the cut goes through is shown as octets, which is what arrived.
    let preview = escape_bounded(shown, usize::MAX).shown;
    let more = if size > shown.len() as u64 { "..." } else { "" };
    format!("{size} {unit}: {preview}{more}")
}

fn octets_more(count: usize) -> String {
    match count {
        1 => "1 octet more".to_owned(),
        _ => format!("{count} octets more"),
    }
}

fn without_line_end(octets: &[u8]) -> &[u8] {
    let octets = octets.strip_suffix(b"\n").unwrap_or(octets);
    octets.strip_suffix(b"\r").unwrap_or(octets)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn plain(from: Side, pieces: &[Piece<'_>]) -> String {
        let at = Duration::from_micros(123_999);
        let mut trace = Trace::plain(Vec::new());
        trace.line(&TraceLine { from, at, pieces }).unwrap();
        String::from_utf8(trace.out).unwrap()
    }

    fn check(from: Side, pieces: &[Piece<'_>], expected: &str) {
        assert_eq!(plain(from, pieces), format!("0.123 {expected}\n"));
    }

    #[test]
    fn lines_of_a_dialogue() {
        check(Side::Server, &[Piece::Text(b"* OK ready\r\n")], "S: * OK ready");
        check(
            Side::Client,
            &[Piece::Text(b"A1 LOGIN \"ann\" "), Piece::Secret, Piece::Text(b"\r\n")],
            "C: A1 LOGIN \"ann\" ***",
        );
        check(Side::Client, &[Piece::Secret, Piece::Text(b"\r\n")], "C: ***");
        check(
            Side::Client,
            &[Piece::Text(b"A1 LOGIN ann {7}\r\n"), Piece::Secret, Piece::Text(b"\r\n")],
            "C: A1 LOGIN ann {7}***",
        );
        check(Side::Server, &[], "S: ");
    }

    #[test]
    fn literals_are_shortened_with_their_size() {
        let body = b"Return-Path: <ann@example.org>\r\nFrom: =?ISO-2022-JP?B?GyRCSVgbKEI=?=\r\n";
        check(
            Side::Server,
            &[
                Piece::Text(b"* 1 FETCH (BODY[] {388}\r\n"),
                Piece::Literal { size: 388, shown: body },
                Piece::Text(b")\r\n"),
            ],
            "S: * 1 FETCH (BODY[] {388} <388 octets: \
             Return-Path: <ann@example.org>\\x0d\\x0aFrom: =?ISO-2022-JP?B?GyRCSV...>)",
        );
        check(
            Side::Server,
            &[Piece::Text(b"* LIST () NIL {1}\r\n"), Piece::Literal { size: 1, shown: b"x" }],
            "S: * LIST () NIL {1} <1 octet: x>",
        );
        check(
            Side::Client,
            &[
                Piece::Text(b"A2 APPEND INBOX {4294967296}\r\n"),
                Piece::Literal { size: 4_294_967_296, shown: b"" },
            ],
            "C: A2 APPEND INBOX {4294967296} <4294967296 octets>",
        );
    }

    #[test]
    fn a_line_stays_one_line_and_drives_no_terminal() {
        check(
            Side::Server,
            &[Piece::Text(b"* OK \x1b]0;owned\x07 a\r\n0.999 C: forged\r\n")],
            "S: * OK \\x1b]0;owned\\x07 a\\x0d\\x0a0.999 C: forged",
        );
        check(Side::Server, &[Piece::Text("* OK \u{202e}便り\n".as_bytes())], "S: * OK \\u{202e}便り");
        check(Side::Server, &[Piece::Text(b"* OK caf\xe9\r\r\n")], "S: * OK caf\\xe9\\x0d");
    }

    #[test]
    fn long_lines_are_cut_with_a_note() {
        let long = vec![b'x'; 3_000];
        let kept = "x".repeat(2_000);
        check(Side::Server, &[Piece::Text(&long)], &format!("S: {kept} <1000 octets more>"));
        check(
            Side::Server,
            &[Piece::Text(&long), Piece::Literal { size: 5, shown: b"abcde" }, Piece::Text(b" tail)\r\n")],
            &format!("S: {kept} <5 octets: abcde> <1006 octets more>"),
        );
        check(Side::Server, &[Piece::Text(&long[..2_000])], &format!("S: {kept}"));
    }

    #[test]
    fn time_is_in_seconds_with_three_decimals() {
        let check = |at, expected: &str| {
            let line = TraceLine { from: Side::Client, at, pieces: &[Piece::Text(b"x")] };
            assert_eq!(format_line(&line, &Styles::PLAIN), expected);
        };
        check(Duration::ZERO, "0.000 C: x\n");
        check(Duration::from_millis(7), "0.007 C: x\n");
        check(Duration::from_millis(61_250), "61.250 C: x\n");
        check(Duration::from_secs(100_000), "100000.000 C: x\n");
    }

    #[test]
    fn colours_only_repeat_what_the_text_says() {
        let line = TraceLine {
            from: Side::Server,
            at: Duration::ZERO,
            pieces: &[Piece::Text(b"* X {9}\r\n"), Piece::Literal { size: 9, shown: b"" }],
        };
        let coloured = format_line(&line, &Styles::COLOURED);
        assert!(coloured.contains("\u{1b}["));
        assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), format_line(&line, &Styles::PLAIN));
    }

    #[cfg(unix)]
    #[test]
    fn a_trace_file_is_private_and_nothing_is_overwritten() {
        use std::fs;
        use std::os::unix::fs::{PermissionsExt, symlink};

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dialogue");
        let mut trace = Trace::create(&path).unwrap();
        let line =
            TraceLine { from: Side::Client, at: Duration::ZERO, pieces: &[Piece::Text(b"A1 NOOP\r\n")] };
        trace.line(&line).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "0.000 C: A1 NOOP\n");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);

        let link = folder.path().join("link");
        symlink(folder.path().join("nowhere"), &link).unwrap();
        for taken in [&path, &link] {
            let err = Trace::create(taken).err().unwrap();
            assert_eq!(
                err.hint(),
                Some("it is there already and is not overwritten; remove it or choose another name")
            );
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), "0.000 C: A1 NOOP\n");
        let err = Trace::create(&folder.path().join("a\u{1b}/b")).err().unwrap();
        assert_eq!(
            err.to_string().replace(folder.path().to_str().unwrap(), "DIR"),
            "could not create the trace file DIR/a\\x1b/b"
        );
    }

    proptest! {
        #[test]
        fn any_octets_make_exactly_one_safe_line(
            octets in proptest::collection::vec(any::<u8>(), 0..300),
            size in any::<u64>(),
        ) {
            let pieces = [
                Piece::Text(&octets),
                Piece::Literal { size, shown: &octets },
                Piece::Text(&octets),
            ];
            let shown = plain(Side::Server, &pieces);
            prop_assert_eq!(shown.matches(char::is_control).count(), 1);
            prop_assert!(shown.ends_with('\n'));
        }
    }
}
