//! What is read.

use std::fmt::Write as _;

use bytes::Bytes;

/// Responses of one kind.
pub struct Set {
    /// What the figures call it.
    pub name: &'static str,
    /// What command they answer.
    pub kind: Kind,
    /// The responses, one after the other, without the line that ends the command.
    pub stream: Bytes,
    /// Where each response ends in it.
    pub ends: Vec<usize>,
    /// What is in each response.
    pub expected: Vec<Found>,
}

/// What command a set answers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// FETCH
    Fetch,
    /// UID SEARCH
    Search,
}

/// What a reader has found in a response, in a form that is the same for all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// A row, told as text.
    Row(String),
    /// The octets of a body: how many, and a digest.
    Body(usize, u64),
    /// Numbers: how many, and their sum.
    Numbers(usize, u64),
}

impl Set {
    /// The responses one by one.
    pub fn replies(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(&0).chain(&self.ends);
        starts.zip(&self.ends).map(|(&start, &end)| &self.stream[start..end])
    }
}

/// Rows with `UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE`.
pub fn envelopes(rows: usize) -> Set {
    fetch("envelope", rows, Structure::Without)
}

/// The same with `BODYSTRUCTURE`.
pub fn structures(rows: usize) -> Set {
    fetch("structure", rows, Structure::With)
}

/// Bodies of 64 KiB.
pub fn literals(rows: usize) -> Set {
    const OCTETS: usize = 64 << 10;
    let mut set = Draft::new("literal", Kind::Fetch);
    let mut random = Random(0x1234_5678);
    for number in 1..=rows {
        let mut body = Vec::with_capacity(OCTETS);
        while body.len() < OCTETS - 78 {
            body.extend((0..76).map(|_| b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef"[random.below(32)]));
            body.extend(b"\r\n");
        }
        body.resize(OCTETS, b'=');
        set.stream.extend(format!("* {number} FETCH (UID {number} BODY[] {{{OCTETS}}}\r\n").bytes());
        set.stream.extend(&body);
        set.stream.extend(b")");
        set.end(Found::Body(OCTETS, digest(&body)));
    }
    set.finish()
}

/// One SEARCH response; `step` is the distance between two numbers.
pub fn search(name: &'static str, numbers: u32, step: u32) -> Set {
    let mut set = Draft::new(name, Kind::Search);
    set.stream.extend(b"* SEARCH");
    let mut sum = 0;
    for index in 0..numbers {
        let number = 1_000_000 + index * step;
        set.stream.extend(format!(" {number}").bytes());
        sum += u64::from(number);
    }
    set.end(Found::Numbers(numbers as usize, sum));
    set.finish()
}

/// So that two bodies can be told apart.
pub fn digest(octets: &[u8]) -> u64 {
    octets.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &octet| {
        (hash ^ u64::from(octet)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Structure {
    With,
    Without,
}

/// A set in the making.
struct Draft {
    name: &'static str,
    kind: Kind,
    stream: Vec<u8>,
    ends: Vec<usize>,
    expected: Vec<Found>,
}

impl Draft {
    fn new(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, stream: Vec::new(), ends: Vec::new(), expected: Vec::new() }
    }

    /// The response that was written last, up to its line end.
    fn end(&mut self, expected: Found) {
        self.stream.extend(b"\r\n");
        self.ends.push(self.stream.len());
        self.expected.push(expected);
    }

    fn finish(self) -> Set {
        let Self { name, kind, stream, ends, expected } = self;
        Set { name, kind, stream: stream.into(), ends, expected }
    }
}

fn fetch(name: &'static str, rows: usize, structure: Structure) -> Set {
    let mut set = Draft::new(name, Kind::Fetch);
    let mut random = Random(0x0dd_ba11);
    for number in 1..=rows {
        let mail = Mail::new(&mut random, number);
        let mut line = format!(
            "* {number} FETCH (UID {} FLAGS ({}) INTERNALDATE \"{}\" RFC822.SIZE {} ENVELOPE {}",
            mail.uid,
            mail.flags.join(" "),
            mail.internal_date,
            mail.size,
            mail.envelope(),
        );
        let mut expected = mail.told();
        if structure == Structure::With {
            let (wire, told) = mail.structure(&mut random);
            let _ = write!(line, " BODYSTRUCTURE {wire}");
            expected.push_str(&told);
        }
        line.push(')');
        set.stream.extend(line.bytes());
        set.end(Found::Row(expected));
    }
    set.finish()
}

struct Mail {
    number: usize,
    uid: usize,
    size: usize,
    flags: &'static [&'static str],
    internal_date: String,
    date: String,
    subject: String,
    from: Person,
    to: Vec<Person>,
    cc: Vec<Person>,
    in_reply_to: Option<String>,
    message_id: String,
}

/// Display name, local part, domain.
type Person = (&'static str, &'static str, &'static str);

impl Mail {
    fn new(random: &mut Random, number: usize) -> Self {
        let (day, hour, minute, second) =
            (1 + random.below(28), random.below(24), random.below(60), random.below(60));
        let month = MONTHS[random.below(12)];
        let words = 3 + random.below(7);
        let subject: Vec<&str> = (0..words).map(|_| WORDS[random.below(WORDS.len())]).collect();
        let to = 1 + random.below(2);
        let cc = random.below(5).saturating_sub(3);
        Self {
            number,
            uid: 4000 + number * 3,
            size: 1000 + random.below(200_000),
            flags: FLAGS[random.below(FLAGS.len())],
            internal_date: format!("{day:02}-{month}-2026 {hour:02}:{minute:02}:{second:02} +0000"),
            date: format!("Tue, {day} {month} 2026 {hour:02}:{minute:02}:{second:02} +0200"),
            subject: subject.join(" "),
            from: person(random),
            to: (0..to).map(|_| person(random)).collect(),
            cc: (0..cc).map(|_| person(random)).collect(),
            in_reply_to: (random.below(2) == 0)
                .then(|| format!("<{number:08}.17.{}@mail.example>", random.below(9999))),
            message_id: format!("<{number:08}.42.{}@mail.example>", 10_000 + random.below(90_000)),
        }
    }

    fn envelope(&self) -> String {
        let from = addresses(std::slice::from_ref(&self.from));
        format!(
            "(\"{}\" \"{}\" {from} {from} {from} {} {} NIL {} \"{}\")",
            self.date,
            self.subject,
            addresses(&self.to),
            addresses(&self.cc),
            self.in_reply_to.as_ref().map_or("NIL".to_owned(), |id| format!("\"{id}\"")),
            self.message_id,
        )
    }

    /// As [`Telling`] tells it.
    fn told(&self) -> String {
        let mut telling = Telling::default();
        telling.uid(self.uid as u64);
        telling.flags(self.flags.iter().map(|flag| (*flag).to_owned()).collect());
        telling.size(self.size as u64);
        telling.text(Some(self.date.as_bytes()));
        telling.text(Some(self.subject.as_bytes()));
        let from = std::slice::from_ref(&self.from);
        for list in [from, from, from, &self.to, &self.cc, &[]] {
            telling.list();
            for &(name, mailbox, host) in list {
                telling.text(Some(name.as_bytes()));
                telling.text(None);
                telling.text(Some(mailbox.as_bytes()));
                telling.text(Some(host.as_bytes()));
            }
        }
        telling.text(self.in_reply_to.as_deref().map(str::as_bytes));
        telling.text(Some(self.message_id.as_bytes()));
        telling.0
    }

    fn structure(&self, random: &mut Random) -> (String, String) {
        let (plain, html, pdf) =
            (500 + random.below(5000), 900 + random.below(20_000), 9000 + random.below(200_000));
        let number = self.number;
        let wire = format!(
            "(((\"text\" \"plain\" (\"charset\" \"utf-8\") NIL NIL \"quoted-printable\" {plain} {} NIL NIL NIL NIL)\
             (\"text\" \"html\" (\"charset\" \"utf-8\") NIL NIL \"quoted-printable\" {html} {} NIL NIL NIL NIL) \
             \"alternative\" (\"boundary\" \"----=_Part_{number:08}_inner\") NIL NIL NIL)\
             (\"application\" \"pdf\" (\"name\" \"report-{number}.pdf\") NIL NIL \"base64\" {pdf} NIL \
             (\"attachment\" (\"filename\" \"report-{number}.pdf\")) NIL NIL) \
             \"mixed\" (\"boundary\" \"----=_Part_{number:08}_outer\") NIL NIL NIL)",
            plain / 40,
            html / 60,
        );
        let mut telling = Telling::default();
        for (subtype, size, lines) in [("plain", plain, plain / 40), ("html", html, html / 60)] {
            telling.part(b"text", subtype.as_bytes(), size as u64, Some(lines as u64));
            telling.parameter(b"charset", b"utf-8");
        }
        telling.multipart(b"alternative", 2);
        telling.parameter(b"boundary", format!("----=_Part_{number:08}_inner").as_bytes());
        telling.part(b"application", b"pdf", pdf as u64, None);
        telling.parameter(b"name", format!("report-{number}.pdf").as_bytes());
        telling.parameter(b"filename", format!("report-{number}.pdf").as_bytes());
        telling.multipart(b"mixed", 2);
        telling.parameter(b"boundary", format!("----=_Part_{number:08}_outer").as_bytes());
        (wire, telling.0)
    }
}

/// A row as text: what each reader says of it, in the order of the grammar.
#[derive(Default)]
pub struct Telling(pub String);

#[allow(missing_docs, reason = "the names are those of the grammar")]
impl Telling {
    pub fn uid(&mut self, uid: u64) {
        let _ = write!(self.0, "uid {uid}");
    }

    pub fn size(&mut self, size: u64) {
        let _ = write!(self.0, " size {size}");
    }

    /// Some readers sort them.
    pub fn flags(&mut self, mut flags: Vec<String>) {
        flags.sort_unstable();
        let _ = write!(self.0, " flags {}", flags.join(" "));
    }

    pub fn list(&mut self) {
        self.0.push_str(" list");
    }

    pub fn text(&mut self, text: Option<&[u8]>) {
        match text {
            None => self.0.push_str(" nil"),
            Some(text) => {
                let _ = write!(self.0, " \"{}\"", text.escape_ascii());
            }
        }
    }

    pub fn part(&mut self, kind: &[u8], subtype: &[u8], octets: u64, lines: Option<u64>) {
        let kind = String::from_utf8_lossy(kind).to_ascii_lowercase();
        let subtype = String::from_utf8_lossy(subtype).to_ascii_lowercase();
        let _ = write!(self.0, " {kind}/{subtype} {octets} {lines:?}");
    }

    /// Behind its parts.
    pub fn multipart(&mut self, subtype: &[u8], parts: usize) {
        let _ = write!(self.0, " {}({parts})", subtype.escape_ascii());
    }

    pub fn parameter(&mut self, name: &[u8], value: &[u8]) {
        let _ = write!(self.0, " {}={}", name.escape_ascii(), value.escape_ascii());
    }
}

fn addresses(people: &[Person]) -> String {
    if people.is_empty() {
        return "NIL".to_owned();
    }
    let list: String = people
        .iter()
        .map(|(name, mailbox, host)| format!("(\"{name}\" NIL \"{mailbox}\" \"{host}\")"))
        .collect();
    format!("({list})")
}

fn person(random: &mut Random) -> Person {
    PEOPLE[random.below(PEOPLE.len())]
}

/// Numbers that are the same on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        // Xorshift; good enough to mix words.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % bound
    }
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const FLAGS: [&[&str]; 6] = [
    &[],
    &["\\Seen"],
    &["\\Seen"],
    &["\\Answered", "\\Seen"],
    &["\\Seen", "$Forwarded"],
    &["\\Flagged", "\\Seen", "NonJunk"],
];

const PEOPLE: [Person; 6] = [
    ("Ann Archer", "ann.archer", "mail.example.org"),
    ("Bert Baumann (sales)", "b.baumann", "grosshandel.example"),
    ("=?utf-8?Q?C=C3=A9line_Dupont?=", "celine", "lists.example.net"),
    ("Newsletter of the Harbour", "no-reply+20260301", "harbour.example.com"),
    ("Dana", "dana", "example.net"),
    ("Eve Example, M.A.", "eve", "research.example.edu"),
];

const WORDS: [&str; 12] = [
    "Re:",
    "meeting",
    "on",
    "Thursday",
    "[team]",
    "invoice",
    "2026-03",
    "=?utf-8?B?R3LDvMOfZQ==?=",
    "final",
    "minutes",
    "of",
    "photographs",
];
