//! Names of messages as the user wants them: `--name '{year}/{date} {subject}'`.
//!
//! A field in braces stands for what is known of a message; `{{` and `}}` are braces. `/` begins a folder, in the
//! template only: what strangers wrote becomes part of one name, whatever it holds. The extension is `.eml`, whether
//! the template says so or not.

use std::path::PathBuf;

use tayori_proto::types::{InternalDate, Uid, UidValidity};

use super::safe_name::{is_unsafe, safe_name};

/// What one name may take on every file system.
const MOST_NAME_OCTETS: usize = 255;

/// What one field of text may take of it, so that a long subject leaves room for the fields behind it.
const MOST_FIELD_OCTETS: usize = 100;

/// As many digits as a number can have.
const MOST_DIGITS: usize = 20;

const EXTENSION: &str = ".eml";

/// How messages are named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Template {
    folders: Vec<Level>,
    /// Without the extension.
    file: Level,
}

/// One component of the path: never empty.
type Level = Vec<Part>;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    /// With at least so many digits.
    Number(Number, usize),
    Word(Word),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Number {
    Uid,
    UidValidity,
    Count,
    Size,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word {
    Mailbox,
    Date,
    Year,
    Month,
    Day,
    Subject,
    From,
    FromName,
    To,
    MessageId,
}

const NUMBERS: [(&str, Number); 4] = [
    ("uid", Number::Uid),
    ("uidvalidity", Number::UidValidity),
    ("number", Number::Count),
    ("size", Number::Size),
];

const WORDS: [(&str, Word); 10] = [
    ("mailbox", Word::Mailbox),
    ("date", Word::Date),
    ("year", Word::Year),
    ("month", Word::Month),
    ("day", Word::Day),
    ("subject", Word::Subject),
    ("from", Word::From),
    ("from-name", Word::FromName),
    ("to", Word::To),
    ("message-id", Word::MessageId),
];

impl Template {
    /// Reads a template. What it accepts can only name files below the folder it is used in.
    pub(crate) fn parse(template: &str) -> Result<Template, TemplateError> {
        let end = template.len() - if template.ends_with(EXTENSION) { EXTENSION.len() } else { 0 };
        let mut levels = vec![Level::new()];
        let mut index = 0;
        while let Some(c) = template[index..end].chars().next() {
            let rest = &template[index..end];
            let error = |expected| TemplateError { index, expected };
            let last = levels.len() - 1;
            let level = &mut levels[last];
            if let Some(brace) = ["{{", "}}"].iter().find(|brace| rest.starts_with(**brace)) {
                push_text(level, c);
                index += brace.len();
                continue;
            }
            match c {
                '{' => {
                    let close = rest.find('}').ok_or_else(|| error(Expected::ClosingBrace))?;
                    level.push(field(&rest[1..close], index + 1)?);
                    index += close;
                }
                '}' => return Err(error(Expected::TwoBraces)),
                '/' if level.is_empty() => return Err(error(Expected::Name)),
                '/' => levels.push(Level::new()),
                // So neither `.` nor `..` can be written, nor a name that is hidden.
                '.' | '-' if level.is_empty() => return Err(error(Expected::VisibleName)),
                c if is_unsafe(c) => return Err(error(Expected::Character)),
                c => push_text(level, c),
            }
            index += template[index..].chars().next().map_or(0, char::len_utf8);
        }
        match levels.pop() {
            Some(file) if !file.is_empty() => Ok(Template { folders: levels, file }),
            _ => Err(TemplateError { index: end, expected: Expected::Name }),
        }
    }

    /// What has to be asked of the server to fill in the fields.
    pub(crate) fn needs(&self) -> Needs {
        let mut needs = Needs::default();
        for part in self.folders.iter().flatten().chain(&self.file) {
            match part {
                Part::Number(Number::Size, _) => needs.size = true,
                Part::Word(Word::Date | Word::Year | Word::Month | Word::Day) => needs.internal_date = true,
                Part::Word(Word::Subject | Word::From | Word::FromName | Word::To | Word::MessageId) => {
                    needs.envelope = true;
                }
                Part::Number(Number::Uid | Number::UidValidity | Number::Count, _)
                | Part::Word(Word::Mailbox)
                | Part::Text(_) => {}
            }
        }
        needs
    }

    /// The name of a message. Two messages can have the same.
    pub(crate) fn render(&self, facts: &Facts<'_>) -> RelativeName {
        self.name(facts, "")
    }

    /// The name with `-<uid>` before its extension, for when another message has the one of
    /// [`render`](Template::render). Within one mailbox it is hardly ever taken, but it can be.
    pub(crate) fn render_with_uid(&self, facts: &Facts<'_>) -> RelativeName {
        self.name(facts, &format!("-{}", facts.uid))
    }

    fn name(&self, facts: &Facts<'_>, suffix: &str) -> RelativeName {
        let folder = |level: &Level| {
            let name = safe_name(&text(level, facts), MOST_NAME_OCTETS - 1);
            // Not to stand in the way of a file.
            if name.to_ascii_lowercase().ends_with(EXTENSION) { name + "_" } else { name }
        };
        let most_octets = MOST_NAME_OCTETS - suffix.len() - EXTENSION.len();
        let stem = safe_name(&text(&self.file, facts), most_octets);
        RelativeName {
            folders: self.folders.iter().map(folder).collect(),
            file: format!("{stem}{suffix}{EXTENSION}"),
        }
    }
}

/// A template cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("octet {} of the name: expected {expected}", index + 1)]
pub(crate) struct TemplateError {
    /// In octets of the template, from 0.
    pub(crate) index: usize,
    pub(crate) expected: Expected,
}

/// What should have stood there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Expected {
    #[error("a name")]
    Name,
    #[error("a name that begins with neither . nor -")]
    VisibleName,
    #[error("a character that can be in every file name")]
    Character,
    #[error("}} somewhere behind this {{")]
    ClosingBrace,
    #[error("}}}} for a brace")]
    TwoBraces,
    #[error("{}", fields())]
    Field,
    #[error("a number of digits from 1 to 20")]
    Width,
    #[error("}}, since only a number can have a number of digits")]
    NoWidth,
}

/// What has to be asked of the server beside the message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Needs {
    /// ENVELOPE
    pub(crate) envelope: bool,
    /// INTERNALDATE
    pub(crate) internal_date: bool,
    /// RFC822.SIZE
    pub(crate) size: bool,
}

/// What is known of a message. Text is as the caller would show it, with encoded words decoded, but not yet safe.
///
/// A field of which nothing is known, or only blanks, is `none` where messages may lack it (subject, Message-ID) and
/// `unknown` where they should not.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts<'a> {
    pub(crate) uid: Uid,
    pub(crate) uid_validity: Option<UidValidity>,
    /// As the caller counts.
    pub(crate) number: Option<u64>,
    pub(crate) mailbox: Option<&'a str>,
    /// Written in UTC: the zone is that of the server, and would change with it.
    pub(crate) internal_date: Option<InternalDate>,
    pub(crate) subject: Option<&'a str>,
    /// An address without a name.
    pub(crate) from: Option<&'a str>,
    /// If there is none, the address stands for it.
    pub(crate) from_name: Option<&'a str>,
    /// An address without a name.
    pub(crate) to: Option<&'a str>,
    /// With or without its angle brackets, which are not in the name.
    pub(crate) message_id: Option<&'a str>,
    /// In octets.
    pub(crate) size: Option<u64>,
}

impl Facts<'_> {
    /// Of a message of which only the UID is known.
    pub(crate) fn new(uid: Uid) -> Facts<'static> {
        Facts {
            uid,
            uid_validity: None,
            number: None,
            mailbox: None,
            internal_date: None,
            subject: None,
            from: None,
            from_name: None,
            to: None,
            message_id: None,
            size: None,
        }
    }
}

/// A path below a folder: every component is an ordinary name of at most 255 octets.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct RelativeName {
    folders: Vec<String>,
    file: String,
}

impl RelativeName {
    /// The folders above the file; empty when there are none.
    pub(crate) fn folder(&self) -> PathBuf {
        self.folders.iter().collect()
    }

    /// The name of the file in [`folder`](RelativeName::folder).
    #[cfg(test)]
    pub(crate) fn file(&self) -> &str {
        &self.file
    }

    /// All of it.
    pub(crate) fn path(&self) -> PathBuf {
        self.folder().join(&self.file)
    }
}

/// Reads what stands between two braces; `index` is where it begins.
fn field(field: &str, index: usize) -> Result<Part, TemplateError> {
    let (name, width) = match field.split_once(':') {
        Some((name, width)) => (name, Some(width)),
        None => (field, None),
    };
    let behind = index + name.len();
    if let Some((_, number)) = NUMBERS.iter().find(|(known, _)| *known == name) {
        let width = match width {
            None => 1,
            Some(width) => Some(width)
                .filter(|width| width.bytes().all(|octet| octet.is_ascii_digit()))
                .and_then(|width| width.parse().ok())
                .filter(|width| (1..=MOST_DIGITS).contains(width))
                .ok_or(TemplateError { index: behind + 1, expected: Expected::Width })?,
        };
        return Ok(Part::Number(*number, width));
    }
    match WORDS.iter().find(|(known, _)| *known == name) {
        None => Err(TemplateError { index, expected: Expected::Field }),
        Some(_) if width.is_some() => Err(TemplateError { index: behind, expected: Expected::NoWidth }),
        Some((_, word)) => Ok(Part::Word(*word)),
    }
}

fn push_text(level: &mut Level, c: char) {
    match level.last_mut() {
        Some(Part::Text(text)) => text.push(c),
        _ => level.push(Part::Text(c.into())),
    }
}

fn fields() -> String {
    let names: Vec<&str> =
        NUMBERS.iter().map(|(name, _)| *name).chain(WORDS.iter().map(|(name, _)| *name)).collect();
    format!("one of {}", names.join(", "))
}

fn text(level: &Level, facts: &Facts<'_>) -> String {
    let mut out = String::new();
    for part in level {
        match part {
            Part::Text(text) => out.push_str(text),
            Part::Number(number, width) => match number_of(*number, facts) {
                Some(number) => out.push_str(&format!("{number:0width$}")),
                None => out.push_str("unknown"),
            },
            Part::Word(word) => out.push_str(&safe_name(&word_of(*word, facts), MOST_FIELD_OCTETS)),
        }
    }
    out
}

fn number_of(number: Number, facts: &Facts<'_>) -> Option<u64> {
    match number {
        Number::Uid => Some(facts.uid.value().into()),
        Number::UidValidity => facts.uid_validity.map(|validity| validity.value().into()),
        Number::Count => facts.number,
        Number::Size => facts.size,
    }
}

fn word_of(word: Word, facts: &Facts<'_>) -> String {
    let or = |text: Option<&str>, missing: &str| match text.map(str::trim) {
        None | Some("") => missing.to_owned(),
        Some(text) => text.to_owned(),
    };
    let date = |form: fn(i64) -> String| {
        facts.internal_date.map_or_else(|| "unknown".into(), |date| form(date.unix_seconds()))
    };
    match word {
        Word::Mailbox => or(facts.mailbox, "unknown"),
        Word::Date => date(|seconds| {
            let of_day = seconds.rem_euclid(86_400);
            format!(
                "{}-{}-{}T{:02}{:02}",
                year(seconds),
                month(seconds),
                day(seconds),
                of_day / 3600,
                of_day / 60 % 60
            )
        }),
        Word::Year => date(year),
        Word::Month => date(month),
        Word::Day => date(day),
        Word::Subject => or(facts.subject, "none"),
        Word::From => or(facts.from, "unknown"),
        Word::FromName => or(facts.from_name, &or(facts.from, "unknown")),
        Word::To => or(facts.to, "unknown"),
        Word::MessageId => {
            let id = facts.message_id.map(str::trim);
            or(id.map(|id| id.strip_prefix('<').and_then(|id| id.strip_suffix('>')).unwrap_or(id)), "none")
        }
    }
}

fn year(seconds: i64) -> String {
    format!("{:04}", InternalDate::from_unix_seconds(seconds).date().year())
}

fn month(seconds: i64) -> String {
    format!("{:02}", InternalDate::from_unix_seconds(seconds).date().month())
}

fn day(seconds: i64) -> String {
    format!("{:02}", InternalDate::from_unix_seconds(seconds).date().day())
}

#[cfg(test)]
mod tests {
    use std::path::{Component, Path};

    use proptest::prelude::*;

    use super::*;
    use crate::escape::needs_escape;

    fn facts() -> Facts<'static> {
        Facts {
            uid: Uid::new(42).unwrap(),
            uid_validity: UidValidity::new(7),
            number: Some(3),
            mailbox: Some("Archive/2024"),
            internal_date: Some(InternalDate::parse(b" 1-Feb-2026 18:30:59 +0900").unwrap()),
            subject: Some("Re: lunch / dinner?"),
            from: Some("alice@example.org"),
            from_name: Some("Alice"),
            to: Some("bob@example.org"),
            message_id: Some("<a/b@example.org>"),
            size: Some(5120),
        }
    }

    fn render(template: &str, facts: &Facts<'_>) -> String {
        Template::parse(template).unwrap().render(facts).path().to_str().unwrap().to_owned()
    }

    #[test]
    fn fields_are_filled_in() {
        let check = |template: &str, expected: &str| assert_eq!(render(template, &facts()), expected);
        check("{uid}", "42.eml");
        check("{uid}.eml", "42.eml");
        check("{uid}.eml.eml", "42.eml.eml");
        check("{uid:8}", "00000042.eml");
        check("{uid:1}-{uidvalidity:3}-{number:2}-{size:6}", "42-007-03-005120.eml");
        check("{date} {subject}", "2026-02-01T0930 Re_ lunch _ dinner_.eml");
        check("{year}/{month}/{day}/{uid}", "2026/02/01/42.eml");
        check("{from} {from-name} {to}", "alice@example.org Alice bob@example.org.eml");
        check("{message-id}", "a_b@example.org.eml");
        check("{mailbox}/{uid}", "Archive_2024/42.eml");
        check("{{{uid}}}", "{42}.eml");
        check("a{{b}}", "a{b}.eml");
        check("日本/手紙 {uid}", "日本/手紙 42.eml");
        check("mail", "mail.eml");
        check("nul", "_nul.eml");
        check("x.eml/{uid}", "x.eml_/42.eml");
        check("a. /{uid}. ", "a/42.eml");
    }

    #[test]
    fn what_is_not_known() {
        let facts = Facts::new(Uid::new(1).unwrap());
        let check = |template: &str, expected: &str| assert_eq!(render(template, &facts), expected);
        check("{uid} {uidvalidity:9} {number} {size} {mailbox}", "1 unknown unknown unknown unknown.eml");
        check("{date} {year} {month} {day}", "unknown unknown unknown unknown.eml");
        check("{subject} {message-id}", "none none.eml");
        check("{from} {from-name} {to}", "unknown unknown unknown.eml");
        let blank = Facts {
            subject: Some(" \t"),
            message_id: Some("<>"),
            from: Some("a@b"),
            from_name: Some(""),
            ..facts
        };
        assert_eq!(render("{subject} {message-id} {from-name}", &blank), "none none a@b.eml");
    }

    #[test]
    fn what_strangers_wrote_stays_in_one_name() {
        let check = |subject: &str, template: &str, expected: &str| {
            assert_eq!(render(template, &Facts { subject: Some(subject), ..facts() }), expected);
        };
        check("../../etc/passwd", "{subject}", "_._.._etc_passwd.eml");
        check("..", "{subject}/{uid}", "_/42.eml");
        check("..", "x/{subject}", "x/_.eml");
        check(".", "{subject}{subject}", "__.eml");
        check("/", "{subject}", "_.eml");
        check("{uid}", "{subject}", "{uid}.eml");
        check("a\0\r\n\u{202e}b", "{subject}", "a____b.eml");
        check("-rf", "{subject}", "_rf.eml");
        check("CON", "{subject}", "_CON.eml");
        check("5.EML", "{subject}/{uid}", "5.EML_/42.eml");
    }

    #[test]
    fn long_fields_leave_room() {
        let long = "本".repeat(500);
        let facts = Facts { subject: Some(&long), from: Some(&long), ..facts() };
        assert_eq!(render("{subject} {uid}", &facts), format!("{} 42.eml", "本".repeat(33)));
        let template = Template::parse("{subject}{from}{subject}/{subject}{from}{subject}").unwrap();
        for name in [template.render(&facts), template.render_with_uid(&facts)] {
            assert!(name.file().len() <= 255 && name.file().len() > 250);
            assert!(name.folder().as_os_str().len() <= 255);
        }
        assert!(template.render_with_uid(&facts).file().ends_with("本-42.eml"));
    }

    #[test]
    fn a_name_that_is_taken_gets_the_uid() {
        let template = Template::parse("{year}/{subject}.eml").unwrap();
        assert_eq!(template.render_with_uid(&facts()).path(), Path::new("2026/Re_ lunch _ dinner_-42.eml"));
        assert_eq!(template.render(&facts()).folder(), Path::new("2026"));
        assert_eq!(Template::parse("{uid}").unwrap().render(&facts()).folder(), Path::new(""));
    }

    #[test]
    fn nothing_is_asked_that_is_not_needed() {
        let check = |template: &str, expected: &str| {
            let Needs { envelope, internal_date, size } = Template::parse(template).unwrap().needs();
            let asked = [(envelope, "envelope"), (internal_date, "date"), (size, "size")];
            let asked: Vec<&str> = asked.iter().filter(|(asked, _)| *asked).map(|(_, name)| *name).collect();
            assert_eq!(asked.join(" "), expected, "{template}");
        };
        check("{uid} {uidvalidity} {number} {mailbox} {{subject}}", "");
        for field in ["subject", "from", "from-name", "to", "message-id"] {
            check(&format!("{{{field}}}"), "envelope");
        }
        for field in ["date", "year", "month", "day"] {
            check(&format!("{{{field}}}/{{uid}}"), "date");
        }
        check("{size:3}", "size");
        check("{year}/{subject} {size}", "envelope date size");
    }

    #[test]
    fn what_is_no_template() {
        let check = |template: &str, index: usize, expected: &str| {
            let error = Template::parse(template).unwrap_err();
            assert_eq!((error.index, &*error.expected.to_string()), (index, expected), "{template}");
        };
        check("", 0, "a name");
        check(".eml", 0, "a name");
        check("/etc/passwd", 0, "a name");
        check("a//b", 2, "a name");
        check("a/", 2, "a name");
        check("a/.eml", 2, "a name");
        let visible = "a name that begins with neither . nor -";
        check(".", 0, visible);
        check("..", 0, visible);
        check("a/../b", 2, visible);
        check("../{uid}", 0, visible);
        check("-{uid}", 0, visible);
        let character = "a character that can be in every file name";
        check("a\\b", 1, character);
        check("日本:x", 6, character);
        check("a\u{202e}b", 1, character);
        check("a\0b", 1, character);
        check("a{uid", 1, "} somewhere behind this {");
        check("{", 0, "} somewhere behind this {");
        check("a}b", 1, "}} for a brace");
        check("{uid:}", 5, "a number of digits from 1 to 20");
        check("{uid:0}", 5, "a number of digits from 1 to 20");
        check("{uid:+8}", 5, "a number of digits from 1 to 20");
        check("{uid:99999999999999999999}", 5, "a number of digits from 1 to 20");
        check("x{subject:8}", 9, "}, since only a number can have a number of digits");
        let field = "one of uid, uidvalidity, number, size, mailbox, date, year, month, day, subject, from, from-name, \
                     to, message-id";
        check("{}", 1, field);
        check("a {Subject}", 3, field);
        check("{uid {subject}", 1, field);
        assert_eq!(
            Template::parse("a}b").unwrap_err().to_string(),
            "octet 2 of the name: expected }} for a brace"
        );
    }

    proptest! {
        #[test]
        fn no_name_leads_out_of_its_folder(
            template in "(\\{(subject|from|mailbox|uid|uid:5|date|to)\\}|[a./ {}-]|本){1,8}",
            subject in any::<String>(),
            from in "[./\\\\ -]{0,4}",
            uid in 1u32..,
        ) {
            let Ok(template) = Template::parse(&template) else { return Ok(()) };
            let uid = Uid::new(uid).unwrap();
            let (subject, from, mailbox) = (Some(&*subject), Some(&*from), Some(&*from));
            let facts = Facts { uid, subject, from, mailbox, ..facts() };
            for name in [template.render(&facts), template.render_with_uid(&facts)] {
                let path = name.path();
                prop_assert!(path.components().all(|part| matches!(part, Component::Normal(_))));
                prop_assert_eq!(path.components().count(), template.folders.len() + 1);
                prop_assert!(path.iter().all(|part| part.len() <= MOST_NAME_OCTETS));
                prop_assert!(name.file().ends_with(EXTENSION) && !name.file().starts_with(['.', '-']));
                prop_assert!(!path.to_str().unwrap().contains(needs_escape));
            }
        }

        #[test]
        fn noise_is_no_template_or_a_harmless_one(template in any::<String>()) {
            match Template::parse(&template) {
                Ok(template) => {
                    template.render(&facts());
                }
                Err(error) => prop_assert!(template.is_char_boundary(error.index)),
            }
        }
    }
}
