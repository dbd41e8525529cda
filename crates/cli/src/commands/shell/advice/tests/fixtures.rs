//! What real servers answered OK gets no advice.

use std::collections::HashMap;
use std::path::Path;

use bytes::Bytes;
use tayori_proto::response::{Context, Response, ResponseCode, TaggedStatus, parse};
use tayori_proto::types::Tag;
use tayori_testkit::fixture;

use super::*;

/// Dialogues in which a warning is right although the server has said OK.
const EXCEPTIONS: &[(&str, &str, &str)] =
    &[("session/vanished", "UID EXPUNGE", "its server lists QRESYNC and forgets UIDPLUS")];

#[test]
fn nobody_is_frightened_for_nothing() {
    let folder = fixture::repository().join("fixtures/transcripts");
    let mut answered = 0;
    let mut frightened = Vec::new();
    for group in std::fs::read_dir(folder).unwrap() {
        let group = group.unwrap().file_name().into_string().unwrap();
        for path in fixture::transcripts(&group).unwrap() {
            let name = format!("{group}/{}", path.file_stem().unwrap().to_str().unwrap());
            let mut dialogue = Dialogue::default();
            dialogue.run(&path);
            answered += dialogue.answered;
            frightened
                .extend(dialogue.frightened.into_iter().map(|(command, said)| (name.clone(), command, said)));
        }
    }
    assert!(answered > 200, "{answered} commands");
    let excepted = |name: &str, command: &str| {
        EXCEPTIONS.iter().any(|(file, start, _)| *file == name && command.starts_with(start))
    };
    let rest: Vec<_> = frightened.iter().filter(|(name, command, _)| !excepted(name, command)).collect();
    assert!(rest.is_empty(), "{rest:#?}");
    for (file, start, why) in EXCEPTIONS {
        let is_used = frightened.iter().any(|(name, command, _)| name == file && command.starts_with(start));
        assert!(is_used && !why.is_empty(), "{file}: {start} needs no exception");
    }
}

#[derive(Default)]
struct Dialogue {
    standing: Standing,
    /// By tag: what was typed, and what was said about it.
    pending: HashMap<String, (String, Option<Advice>)>,
    /// A command with a literal that has not all come.
    unfinished: Vec<u8>,
    /// Of the mailbox that is being opened.
    opening: Option<Open>,
    answered: usize,
    frightened: Vec<(String, String)>,
}

impl Dialogue {
    fn run(&mut self, path: &Path) {
        let text = std::fs::read_to_string(path).unwrap();
        let file = |path: &str| std::fs::read(fixture::repository().join(path)).unwrap();
        // The rest of a dialogue in one flight is sent before it is known that it may be.
        let in_flight = text.contains("\n! flight");
        let mut heard = Vec::new();
        for line in text.lines() {
            let rest = line.get(3..).unwrap_or_default();
            match line.get(..2) {
                Some("! ") => match &line[2..] {
                    "start authenticated" => self.standing.stage = Stage::Authenticated,
                    "start selected" => self.standing.stage = open(22, Access::ReadWrite),
                    _ => {}
                },
                Some("C:") => self.say(format!("{rest}\r\n").as_bytes(), in_flight),
                Some("C\"") if !self.unfinished.is_empty() => self.say(&unescape(rest), in_flight),
                Some("C<") if !self.unfinished.is_empty() => self.say(&file(rest), in_flight),
                Some("S:") => {
                    heard.extend_from_slice(rest.as_bytes());
                    heard.extend_from_slice(b"\r\n");
                }
                Some("S\"") => heard.extend(unescape(rest)),
                Some("S<") => heard.extend(file(rest)),
                _ => {}
            }
            if heard.ends_with(b"\r\n") && is_whole(&heard) {
                self.hear(&Bytes::from(std::mem::take(&mut heard)));
            }
        }
    }

    fn say(&mut self, octets: &[u8], in_flight: bool) {
        self.unfinished.extend_from_slice(octets);
        if !is_whole(&self.unfinished) {
            return;
        }
        let octets = std::mem::take(&mut self.unfinished);
        let text = String::from_utf8_lossy(&octets).into_owned();
        let Some((tag, typed)) = text.trim_end().split_once(' ') else { return };
        let upper = typed.to_ascii_uppercase();
        let words: Vec<_> = upper.split_whitespace().collect();
        let name = match words[..] {
            ["UID", second, ..] => format!("UID {second}"),
            [first, ..] => first.to_owned(),
            [] => return,
        };
        if matches!(&name[..], "SELECT" | "EXAMINE") {
            let access = if name == "SELECT" { Access::ReadWrite } else { Access::ReadOnly };
            self.opening = Some(Open { messages: Some(0), access });
        }
        let asked = Asked { name: &name, tag: tag.len(), octets: Some(&octets) };
        let advice = advise(asked, &self.standing).filter(|_| !in_flight);
        self.pending.insert(tag.to_owned(), (typed.to_owned(), advice));
    }

    fn hear(&mut self, octets: &Bytes) {
        let mut context = Context::default();
        context.names = self.standing.names;
        match parse(octets, &context).response {
            Response::Status(status) => {
                if self.standing.stage == Stage::None {
                    let is_known = octets.starts_with(b"* PREAUTH");
                    self.standing.stage =
                        if is_known { Stage::Authenticated } else { Stage::NotAuthenticated };
                }
                if let Some(ResponseCode::Capability(listed)) = status.code {
                    self.standing.capabilities = Some(listed);
                }
            }
            Response::Capability(listed) => self.standing.capabilities = Some(listed),
            Response::Exists(count) => match (&mut self.opening, &mut self.standing.stage) {
                (Some(open), _) | (None, Stage::Selected(open)) => open.messages = Some(count),
                _ => {}
            },
            Response::Enabled(_) => self.standing.names = NameEncoding::Utf8,
            Response::Expunge(_) => {
                if let Stage::Selected(Open { messages: Some(messages), .. }) = &mut self.standing.stage {
                    *messages = messages.saturating_sub(1);
                }
            }
            Response::Tagged(tagged) => self.tagged(&tagged.tag, tagged.status == TaggedStatus::Ok),
            _ => {}
        }
    }

    fn tagged(&mut self, tag: &Tag, is_ok: bool) {
        let tag = String::from_utf8_lossy(tag.as_bytes()).into_owned();
        let Some((typed, advice)) = self.pending.remove(&tag) else { return };
        if !is_ok {
            return;
        }
        self.answered += 1;
        let upper = typed.to_ascii_uppercase();
        match upper.split_whitespace().next().unwrap_or_default() {
            "LOGIN" | "AUTHENTICATE" => {
                self.standing.stage = Stage::Authenticated;
                self.standing.capabilities = None;
            }
            "SELECT" | "EXAMINE" => {
                if let Some(open) = self.opening.take() {
                    self.standing.stage = Stage::Selected(open);
                }
            }
            "CLOSE" | "UNSELECT" => self.standing.stage = Stage::Authenticated,
            _ => {}
        }
        if let Some(advice) = advice {
            self.frightened.push((typed, advice.text(None)));
        }
    }
}

/// Whether all literals that are announced have come, and a line end behind the last.
fn is_whole(octets: &[u8]) -> bool {
    let mut rest = octets;
    loop {
        let Some(end) = rest.windows(2).position(|pair| pair == b"\r\n") else { return false };
        let line = String::from_utf8_lossy(&rest[..end]).into_owned();
        rest = &rest[end + 2..];
        let size = line.strip_suffix('}').and_then(|line| line.rsplit_once('{')).map(|(_, size)| size);
        let Some(size) = size.and_then(|size| size.trim_end_matches('+').parse::<usize>().ok()) else {
            return true;
        };
        match rest.get(size..) {
            Some(behind) => rest = behind,
            None => return false,
        }
    }
}

fn unescape(text: &str) -> Vec<u8> {
    let mut octets = Vec::new();
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match (c, c == '\\') {
            (_, true) => match characters.next() {
                Some('r') => octets.push(b'\r'),
                Some('n') => octets.push(b'\n'),
                Some('t') => octets.push(b'\t'),
                Some('0') => octets.push(0),
                Some('x') => {
                    let digits: String = characters.by_ref().take(2).collect();
                    octets.push(u8::from_str_radix(&digits, 16).unwrap());
                }
                Some(other) => octets.extend(other.to_string().bytes()),
                None => {}
            },
            (c, false) => octets.extend(c.to_string().bytes()),
        }
    }
    octets
}
