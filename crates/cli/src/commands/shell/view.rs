//! Both sides of the dialogue as lines that cannot drive a terminal.
//!
//! ```text
//!    0.004 S: * OK ready
//!    2.118 C: a1 LIST "" *
//!    2.119 S:   * LIST (\Drafts) "/" Entw&APw-rfe  ~ Entwürfe
//!    2.119 S: a1 OK LIST completed  (1 ms)
//! ```
//!
//! What came for a command is indented under it. Behind `~` stands what a name or an encoded word means.

mod decoded;

use std::fmt::Write as _;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use anstyle::{AnsiColor, Style};
use base64::Engine as _;
use unicode_width::UnicodeWidthStr as _;

use super::known::Known;
use super::words::Switch;
use crate::escape::{escape_bounded, escape_str};
use crate::failure::Failure;
use crate::table::Width;

/// Characters of one line that are shown. Long enough for the capabilities and flags of any server; an ENVELOPE with a
/// thousand addresses does not bury what comes after it. `.raw on` shows all.
const MOST_TEXT: usize = 4_000;

/// Columns of what stands in front of what the shell says.
const MARK: usize = "-- ".len();

/// Where the dialogue is shown.
pub(crate) struct View {
    out: Box<dyn Write + Send>,
    styles: Styles,
    started: Instant,
    raw: Switch,
    times: Switch,
    /// The reader of our output is gone: it had enough.
    gone: bool,
}

/// How a line stands to the commands around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// By itself.
    Outside,
    /// It came for a command that has no answer yet.
    Under,
    /// It answers a command, which took so long.
    Answer(Duration),
}

/// What is known of a line that the eye may want decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Names and encoded words in data.
    Data,
    /// Text for people.
    Text,
    /// A challenge in base64.
    Challenge,
}

/// The letters say who spoke; colours only repeat it.
#[derive(Clone, Copy)]
struct Styles {
    dim: Style,
    client: Style,
    server: Style,
    good: Style,
    bad: Style,
}

impl Styles {
    const PLAIN: Self = Self {
        dim: Style::new(),
        client: Style::new(),
        server: Style::new(),
        good: Style::new(),
        bad: Style::new(),
    };
    const COLOURED: Self = Self {
        dim: Style::new().dimmed(),
        client: AnsiColor::Cyan.on_default().bold(),
        server: AnsiColor::Green.on_default().bold(),
        good: AnsiColor::Green.on_default(),
        bad: AnsiColor::Red.on_default(),
    };
}

impl View {
    /// On stdout, in colours if it is a terminal and the environment (NO_COLOR) does not object.
    pub(crate) fn stdout(started: Instant) -> Self {
        let out = io::stdout();
        let styles = match anstream::AutoStream::choice(&out) {
            anstream::ColorChoice::Never => Styles::PLAIN,
            _ => Styles::COLOURED,
        };
        Self::new(Box::new(out), styles, started)
    }

    fn new(out: Box<dyn Write + Send>, styles: Styles, started: Instant) -> Self {
        Self { out, styles, started, raw: Switch::Off, times: Switch::On, gone: false }
    }

    /// Shows the same through something else, such as the printer of a line editor.
    pub(crate) fn show_through(&mut self, out: Box<dyn Write + Send>) {
        self.out = out;
    }

    /// Whether somebody still reads.
    pub(crate) fn is_gone(&self) -> bool {
        self.gone
    }

    pub(crate) fn raw(&mut self) -> &mut Switch {
        &mut self.raw
    }

    pub(crate) fn times(&mut self) -> &mut Switch {
        &mut self.times
    }

    /// How long the dialogue has lasted.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// A line of the client, masked, without its end.
    pub(crate) fn client(&mut self, line: &[u8]) {
        let Styles { client, .. } = self.styles;
        let text = self.text(line);
        let note = self.note(line, Kind::Data);
        self.put(&format!("{client}C:{client:#} {text}{note}"));
    }

    /// A literal of the client: its octets are not shown.
    pub(crate) fn client_literal(&mut self, what: &str) {
        let Styles { client, dim, .. } = self.styles;
        self.put(&format!("{client}C:{client:#} {dim}<{what}>{dim:#}"));
    }

    /// A line of the server, without its end.
    pub(crate) fn server(&mut self, line: &[u8], place: Place, kind: Kind) {
        let Styles { server, dim, good, bad, .. } = self.styles;
        let indent = if place == Place::Under && !self.raw.is_on() { "  " } else { "" };
        let mut text = self.text(line);
        if matches!(place, Place::Answer(_)) {
            // The word behind the tag.
            let mut words = text.splitn(3, ' ');
            if let (Some(tag), Some(status)) = (words.next(), words.next()) {
                let style = if status.eq_ignore_ascii_case("OK") { good } else { bad };
                let rest = words.next().map_or(String::new(), |rest| format!(" {rest}"));
                text = format!("{tag} {style}{status}{style:#}{rest}");
            }
        }
        let note = self.note(line, kind);
        let took = match place {
            Place::Answer(took) if self.times.is_on() => format!("  {dim}({}){dim:#}", milliseconds(took)),
            _ => String::new(),
        };
        self.put(&format!("{server}S:{server:#} {indent}{text}{note}{took}"));
    }

    /// Octets of a literal as they are, for `.raw on`.
    pub(crate) fn server_literal(&mut self, octets: &[u8]) {
        for line in octets.split_inclusive(|&octet| octet == b'\n') {
            let Styles { server, .. } = self.styles;
            let text = escape_bounded(line, usize::MAX).shown;
            self.put(&format!("{server}S|{server:#} {text}"));
        }
    }

    /// Something of the shell's own, which stands in the way of neither side. Many lines may be told at once; they are
    /// safe for a terminal.
    pub(crate) fn tell(&mut self, text: &str) {
        let Styles { dim, .. } = self.styles;
        for line in text.lines() {
            self.write(&format!("{dim}--{dim:#} {line}\n"));
        }
    }

    /// The same, where lines are broken between words in a terminal that has fewer columns than they.
    pub(crate) fn explain(&mut self, text: &str) {
        match Width::of_stdout() {
            Width::Any => self.tell(text),
            Width::Columns(columns) => self.tell(&broken(text, usize::from(columns).saturating_sub(MARK))),
        }
    }

    /// What went wrong, as it stands on stderr where nobody types.
    pub(crate) fn fail(&mut self, failure: &Failure) {
        if !failure.message().is_empty() {
            self.write(&failure.to_text());
        }
    }

    fn text(&self, line: &[u8]) -> String {
        match self.raw.is_on() {
            true => escape_bounded(line, usize::MAX).shown,
            false => escape_bounded(line, MOST_TEXT).to_string(),
        }
    }

    /// What a line means beyond its octets.
    fn note(&self, line: &[u8], kind: Kind) -> String {
        if self.raw.is_on() {
            return String::new();
        }
        let note = match kind {
            Kind::Data => decoded::note(line),
            Kind::Text => None,
            Kind::Challenge => challenge(line),
        };
        let Styles { dim, .. } = self.styles;
        note.map_or(String::new(), |note| format!("  {dim}~ {note}{dim:#}"))
    }

    fn put(&mut self, line: &str) {
        let Styles { dim, .. } = self.styles;
        let time = match self.times.is_on() {
            true => format!("{dim}{:8.3}{dim:#} ", self.started.elapsed().as_secs_f64()),
            false => String::new(),
        };
        self.write(&format!("{time}{line}\n"));
    }

    /// Each line at once: it is wanted most when nothing follows it.
    fn write(&mut self, line: &str) {
        if !self.gone {
            self.gone = self.out.write_all(line.as_bytes()).and_then(|()| self.out.flush()).is_err();
        }
    }
}

/// Text in lines of at most so many columns, as far as its words go; what goes on with a line is indented below it.
fn broken(text: &str, columns: usize) -> String {
    let mut out = String::new();
    for line in text.lines() {
        if line.width() <= columns {
            let _ = writeln!(out, "{line}");
            continue;
        }
        let blanks = line.len() - line.trim_start().len();
        let indent = " ".repeat(blanks + 2);
        let mut shown = line[..blanks].to_owned();
        let mut is_empty = true;
        for word in line[blanks..].split_whitespace() {
            if !is_empty && shown.width() + 1 + word.width() > columns {
                let _ = writeln!(out, "{shown}");
                shown.clone_from(&indent);
                is_empty = true;
            }
            if !is_empty {
                shown.push(' ');
            }
            shown += word;
            is_empty = false;
        }
        let _ = writeln!(out, "{shown}");
    }
    out
}

/// What a challenge says, where it is base64 of text.
fn challenge(line: &[u8]) -> Option<String> {
    let text = line.strip_prefix(b"+")?.trim_ascii();
    let octets = base64::engine::general_purpose::STANDARD.decode(text).ok()?;
    match octets.is_empty() {
        true => Some("an empty challenge".to_owned()),
        false => Some(format!("\"{}\"", escape_bounded(&octets, 400))),
    }
}

fn milliseconds(duration: Duration) -> String {
    match duration.as_millis() {
        millis @ 0..10_000 => format!("{millis} ms"),
        _ => format!("{:.1} s", duration.as_secs_f64()),
    }
}

/// The literals of the last command, for `.open`: each line escaped, with what encoded words in it mean.
pub(crate) fn opened(number: usize, literal: &super::heard::KeptLiteral) -> String {
    let missing = literal.size - literal.octets.len() as u64;
    let mut text = format!("literal {number}, {} octets:\n", literal.size);
    for line in literal.octets.split_inclusive(|&octet| octet == b'\n') {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        text += &escape_bounded(line, MOST_TEXT).to_string();
        if let Some(note) = decoded::words(line) {
            text += &format!("  ~ {note}");
        }
        text.push('\n');
    }
    if missing > 0 {
        text +=
            &format!("... {missing} more octets, which were not kept; BODY[]<start.count> asks for a part\n");
    }
    text
}

/// The state of the connection, for `.state`.
pub(crate) fn state(known: &Known, server: &str) -> String {
    use super::known::{Access, Protection, State};

    let mut text = format!("server     {}\n", escape_str(server));
    let protection = match known.protection {
        Protection::Local => "none, and none is needed: nothing leaves this machine",
        Protection::Clear => "none: everybody on the way reads along",
        Protection::Tls => "TLS",
    };
    text += &format!("protection {protection}\n");
    if known.compressed {
        text += "compressed yes\n";
    }
    let state = match &known.state {
        State::Waiting => "waiting for the greeting".to_owned(),
        State::NotAuthenticated => "not authenticated".to_owned(),
        State::Authenticated => "authenticated".to_owned(),
        State::Selected(open) => {
            let name = open.name.as_ref().map_or("a mailbox".into(), |name| escape_str(name.as_str()));
            let access = if open.access == Access::ReadOnly { ", to read only" } else { "" };
            format!("selected: {name}, {} messages{access}", open.messages)
        }
        State::Logout => "logout".to_owned(),
    };
    text += &format!("state      {state}\n");
    if !known.enabled.is_empty() {
        let names = known.enabled.iter().map(|enabled| escape_bounded(&enabled.to_bytes(), 100).shown);
        text += &format!("enabled    {}\n", names.collect::<Vec<_>>().join(" "));
    }
    for pending in &known.pending {
        let since = milliseconds(pending.since.elapsed());
        text += &format!("no answer  {} {}, for {since}\n", pending.tag, escape_str(&pending.name));
    }
    text
}

#[cfg(test)]
mod tests;
