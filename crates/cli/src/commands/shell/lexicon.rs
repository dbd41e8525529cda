//! What the shell knows of IMAP, and tells.
//!
//! - [`commands`]: each command, with its states, grammar, example and RFC
//! - [`arguments`]: what arguments are made of
//! - [`words`]: the shell's own words
//! - this file: all that as text, in lines of at most [`WIDTH`] columns

pub(crate) mod arguments;
pub(crate) mod commands;
pub(crate) mod words;

use std::fmt::Write as _;

use tayori_proto::command::States;
use tayori_proto::types::{Capabilities, Capability};
use unicode_width::UnicodeWidthStr as _;

use crate::capabilities::{CAPABILITIES, CapabilityEntry};
use crate::escape::escape_bounded;
use crate::wrap;
use arguments::{ArgumentEntry, Arguments};
use commands::{COMMANDS, CommandEntry, Numbering};
use words::{WORDS, WordEntry};

/// Columns of the text: the dialogue puts `-- ` in front of it, and has 80.
const WIDTH: usize = 77;
/// Of a name from outside; a longer one is cut.
const MOST_NAME: usize = 60;

/// The same in a row, where something else stands beside it.
const MOST_LISTED: usize = 45;

/// There is nothing about this.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no help on {}", escape_bounded(.topic.as_bytes(), MOST_NAME))]
pub(crate) struct UnknownTopic {
    topic: String,
    /// What was meant, perhaps.
    nearest: Option<String>,
}

impl UnknownTopic {
    pub(crate) fn hint(&self) -> String {
        match &self.nearest {
            Some(nearest) => format!("did you mean .help {nearest}? .help alone lists all"),
            None => ".help alone lists all".to_owned(),
        }
    }
}

/// What `.help` says about a topic; without one, an overview. It ends in a line end.
pub(crate) fn help(topic: &str) -> Result<String, UnknownTopic> {
    let topic = topic.trim();
    if topic.is_empty() {
        return Ok(overview());
    }
    // A dot can only be meant for a word.
    if let Some(word) = WordEntry::find(topic).filter(|_| topic.starts_with('.')) {
        return Ok(of_word(word));
    }
    let mut out = String::new();
    if let Some(command) = CommandEntry::find(topic) {
        out += &of_command(command);
    }
    let rows = argument_rows(topic);
    if !rows.is_empty() {
        separate(&mut out);
        table(&mut out, "", &rows);
    }
    if let Some(capability) = CapabilityEntry::find(topic) {
        separate(&mut out);
        let name = capability.name;
        wrapped(&mut out, "", &format!("The capability {name} ({}): {}.", capability.rfc, capability.serves));
    }
    if out.is_empty()
        && let Some(word) = WordEntry::find(topic)
    {
        out = of_word(word);
    }
    if out.is_empty() {
        return Err(UnknownTopic { topic: topic.to_owned(), nearest: nearest(topic, topics()) });
    }
    Ok(out)
}

/// What `.caps` says: each capability that is listed, or one whose name is given.
pub(crate) fn explain(listed: &Capabilities) -> String {
    let rows: Vec<_> = listed.iter().map(capability_row).collect();
    let mut out = String::new();
    let width = |cell: fn(&[String; 3]) -> &String| rows.iter().map(|row| cell(row).width()).max();
    // Long names push their row aside, not all the others.
    let name = width(|row| &row[0]).unwrap_or(0).min(24);
    let rfc = width(|row| &row[1]).unwrap_or(0);
    for [capability, where_told, serves] in rows {
        let head = format!("{}  {}", pad(&capability, name), pad(&where_told, rfc));
        columns(&mut out, &head, &serves);
    }
    out
}

/// The nearest of several names to one that is none of them: a slip or two of the finger away.
pub(crate) fn nearest(typed: &str, names: impl IntoIterator<Item = String>) -> Option<String> {
    // What is far too long is near to nothing, and would take long to compare.
    if typed.len() > MOST_NAME {
        return None;
    }
    let typed = typed.to_ascii_uppercase();
    let allowed = match typed.chars().count() {
        0..=2 => 0,
        3..=5 => 1,
        _ => 2,
    };
    let distance = |name: &String| strsim::osa_distance(&typed, &name.to_ascii_uppercase());
    let near = names.into_iter().map(|name| (distance(&name), name));
    near.filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// Where a command is allowed, for people.
pub(crate) const fn in_words(states: States) -> &'static str {
    match states {
        States::Any => "in any state",
        States::NotAuthenticated => "before logging in",
        States::Unselected => "after logging in, before a mailbox is opened",
        States::Authenticated => "after logging in",
        States::Selected => "with a mailbox open",
    }
}

/// All that `.help` knows.
pub(crate) fn topics() -> impl Iterator<Item = String> {
    let commands = COMMANDS.iter().flat_map(CommandEntry::names);
    let words = WORDS.iter().map(|word| word.name.to_owned());
    let arguments = Arguments::ALL.iter().flat_map(|kind| kind.entries());
    let arguments = arguments.map(|entry| bare(entry.name).to_owned()).filter(|name| name.len() > 1);
    let capabilities = CAPABILITIES.iter().map(|entry| entry.name.to_owned());
    commands.chain(words).chain(arguments).chain(capabilities)
}

fn overview() -> String {
    let mut out = String::new();
    let groups = [
        ("In any state", &[States::Any][..]),
        ("Before logging in", &[States::NotAuthenticated]),
        ("After logging in", &[States::Authenticated, States::Unselected]),
        ("With a mailbox open", &[States::Selected]),
    ];
    for (title, states) in groups {
        let names: Vec<_> = COMMANDS
            .iter()
            .filter(|entry| states.contains(&entry.states))
            .map(|entry| match entry.numbering {
                Numbering::UidToo => format!("[UID] {}", entry.name),
                Numbering::Fixed => entry.name.to_owned(),
            })
            // A name is not broken in two.
            .map(|name| name.replace(' ', "\u{a0}"))
            .collect();
        let _ = writeln!(out, "{title}:");
        wrapped(&mut out, "  ", &names.join("  "));
    }
    let rows: Vec<_> = WORDS
        .iter()
        .map(|word| (format!("{} {}", word.name, word.argument).trim_end().to_owned(), word.does.to_owned()))
        .collect();
    separate(&mut out);
    table(&mut out, "Words of the shell:", &rows);
    separate(&mut out);
    wrapped(
        &mut out,
        "",
        "A command goes out as it is typed, with a tag in front where none was typed. {< FILE} in it sends a file as a \
         literal, {?} asks for a password without showing it. .help FETCH, .help UNSEEN or .help .save tells more.",
    );
    out
}

fn of_command(entry: &CommandEntry) -> String {
    let mut out = String::new();
    let uid = match entry.numbering {
        Numbering::UidToo => "[UID] ",
        Numbering::Fixed => "",
    };
    for form in entry.grammar {
        wrapped_behind(&mut out, "", "    ", format!("{uid}{} {form}", entry.name).trim_end());
    }
    separate(&mut out);
    wrapped(&mut out, "  ", entry.does);
    if !entry.caution.is_empty() {
        wrapped(&mut out, "  ", entry.caution);
    }
    separate(&mut out);
    let mut row = |title: &str, text: &str| {
        wrapped_behind(&mut out, &format!("  {title:<9}"), "           ", text);
    };
    row("example", entry.example);
    row("allowed", in_words(entry.states));
    if !entry.needs.is_empty() {
        let needs: Vec<_> = entry.needs.iter().map(|name| shown_pattern(name)).collect();
        row("needs", &needs.join(" or "));
    }
    row("told in", entry.rfc);
    for kind in entry.arguments {
        separate(&mut out);
        let rows: Vec<_> = kind.entries().iter().map(argument_row).collect();
        let mut title = kind.title().to_owned();
        if let Some(first) = title.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        table(&mut out, &format!("{title}:"), &rows);
    }
    out
}

fn of_word(word: &WordEntry) -> String {
    let mut out = format!("{}\n\n", format!("{} {}", word.name, word.argument).trim_end());
    let mut does = word.does.to_owned();
    if let Some(first) = does.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    wrapped(&mut out, "  ", &format!("{does}. {}", word.more));
    out
}

/// Where a name can stand as an argument.
fn argument_rows(topic: &str) -> Vec<(String, String)> {
    let mut rows = Vec::new();
    for command in COMMANDS {
        for kind in command.arguments {
            for entry in kind.entries() {
                if !is_named(entry, topic) {
                    continue;
                }
                let (form, does) = argument_row(entry);
                rows.push((format!("{}: {form}", command.name), does));
            }
        }
    }
    rows
}

fn is_named(entry: &ArgumentEntry, topic: &str) -> bool {
    entry.name.eq_ignore_ascii_case(topic) || bare(entry.name).eq_ignore_ascii_case(topic)
}

/// A name without what stands around it.
fn bare(name: &str) -> &str {
    let name = name.split(['[', ' ']).next().unwrap_or(name);
    if name.len() > 1 { name.trim_start_matches(['+', '-', '\\', '$']) } else { name }
}

fn argument_row(entry: &ArgumentEntry) -> (String, String) {
    let does = match entry.needs {
        "" => entry.does.to_owned(),
        needs if needs == entry.name => entry.does.to_owned(),
        needs => format!("{} ({needs})", entry.does),
    };
    (entry.form(), does)
}

fn capability_row(capability: &Capability) -> [String; 3] {
    let name = capability.to_bytes();
    let (rfc, serves) = match CapabilityEntry::of(capability) {
        Some(entry) => (entry.rfc, entry.serves),
        None => ("?", "not known here"),
    };
    [escape_bounded(&name, MOST_LISTED).to_string(), rfc.to_owned(), serves.to_owned()]
}

/// A name of a capability, with a word for the value that is not fixed.
fn shown_pattern(name: &str) -> String {
    if name.ends_with('=') { format!("{name}...") } else { name.to_owned() }
}

fn separate(out: &mut String) {
    if !out.is_empty() {
        out.push('\n');
    }
}

/// Rows of a name and what it means.
fn table(out: &mut String, title: &str, rows: &[(String, String)]) {
    if !title.is_empty() {
        let _ = writeln!(out, "{title}");
    }
    let widest = rows.iter().map(|(name, _)| name.width()).max().unwrap_or(0).min(34);
    for (name, does) in rows {
        columns(out, &format!("  {}", pad(name, widest)), does);
    }
}

/// A row; where its text does not fit beside its head, it stands below it.
fn columns(out: &mut String, head: &str, text: &str) {
    if head.width() + 2 + text.width() <= WIDTH {
        let _ = writeln!(out, "{}", format!("{head}  {text}").trim_end());
    } else {
        let _ = writeln!(out, "{}", head.trim_end());
        wrapped(out, "      ", text);
    }
}

fn pad(text: &str, columns: usize) -> String {
    let blanks = columns.saturating_sub(text.width());
    format!("{text}{}", " ".repeat(blanks))
}

fn wrapped(out: &mut String, indent: &str, text: &str) {
    wrapped_behind(out, indent, indent, text);
}

fn wrapped_behind(out: &mut String, first: &str, indent: &str, text: &str) {
    wrap::behind(out, WIDTH, first, indent, text);
}

#[cfg(test)]
mod tests;
