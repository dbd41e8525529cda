//! Values as they are typed, read so that no error shows what must not be shown.

use std::convert::Infallible;
use std::ffi::OsStr;

use clap::builder::TypedValueParser;
use clap::error::ErrorKind;
use tayori_proto::command::{SortCriterion, SortKey, SortOrder};
use tayori_proto::types::{Flag, NonEmpty, PartPath};

use super::error_text;
use super::search::Sorting;
use crate::escape::escape_str;
use crate::place::{Place, PlaceError};

/// Reads a place. clap's own way would show what was typed, and a password with it.
#[derive(Clone)]
pub(super) struct PlaceParser;

impl TypedValueParser for PlaceParser {
    type Value = Place;

    fn parse_ref(
        &self,
        command: &clap::Command,
        _argument: Option<&clap::Arg>,
        typed: &OsStr,
    ) -> Result<Place, clap::Error> {
        read_place(command, typed, str::parse)
    }
}

/// Reads a place of which the server alone matters.
#[derive(Clone)]
pub(super) struct ServerParser;

impl TypedValueParser for ServerParser {
    type Value = Place;

    fn parse_ref(
        &self,
        command: &clap::Command,
        _argument: Option<&clap::Arg>,
        typed: &OsStr,
    ) -> Result<Place, clap::Error> {
        read_place(command, typed, Place::of_server)
    }
}

fn read_place(
    command: &clap::Command,
    typed: &OsStr,
    parse: impl Fn(&str) -> Result<Place, PlaceError>,
) -> Result<Place, clap::Error> {
    let text = match typed.to_str() {
        Some(text) => parse(text).map_err(|err| error_text(&err, err.hint())),
        None => Err(error_text("the place is not UTF-8", "percent-encode it from UTF-8")),
    };
    text.map_err(|text| command.clone().error(ErrorKind::ValueValidation, text))
}

/// Refuses `--password` without showing what came with it.
#[derive(Clone)]
pub(super) struct NoPasswordHere;

impl TypedValueParser for NoPasswordHere {
    type Value = Infallible;

    fn parse_ref(
        &self,
        command: &clap::Command,
        _argument: Option<&clap::Arg>,
        _typed: &OsStr,
    ) -> Result<Infallible, clap::Error> {
        let text = error_text(
            "there is no --password: it would stay in the shell's history and in the list of processes",
            "use --password-command, --password-file, the environment variable TAYORI_PASSWORD, or wait to be asked",
        );
        Err(command.clone().error(ErrorKind::UnknownArgument, text))
    }
}

/// Reads the number of a part (RFC 9051 section 6.4.5.1).
#[derive(Clone)]
pub(super) struct PartParser;

/// Levels of a part number; no mail that is read by people has so many.
const MOST_LEVELS: usize = 100;

impl TypedValueParser for PartParser {
    type Value = PartPath;

    fn parse_ref(
        &self,
        command: &clap::Command,
        _argument: Option<&clap::Arg>,
        typed: &OsStr,
    ) -> Result<PartPath, clap::Error> {
        match typed.to_str().and_then(part_path) {
            Some(path) => Ok(path),
            None => {
                let what = match escape_str(&typed.to_string_lossy()) {
                    typed if typed.is_empty() => "--part is empty".to_owned(),
                    typed => format!("--part {typed}: that is no number of a part"),
                };
                let text = error_text(what, "write it as --structure shows it, such as 1 or 1.2");
                Err(command.clone().error(ErrorKind::ValueValidation, text))
            }
        }
    }
}

/// The number of a part, which is not the whole message.
fn part_path(text: &str) -> Option<PartPath> {
    let path: PartPath = text.parse().ok()?;
    (1..=MOST_LEVELS).contains(&path.0.len()).then_some(path)
}

/// Reads an order of messages.
#[derive(Clone)]
pub(super) struct SortParser;

const SORT_KEYS: &[(&str, SortKey)] = &[
    ("date", SortKey::Date),
    ("arrival", SortKey::Arrival),
    ("from", SortKey::From),
    ("to", SortKey::To),
    ("cc", SortKey::Cc),
    ("subject", SortKey::Subject),
    ("size", SortKey::Size),
];

impl TypedValueParser for SortParser {
    type Value = Sorting;

    fn parse_ref(
        &self,
        command: &clap::Command,
        _argument: Option<&clap::Arg>,
        typed: &OsStr,
    ) -> Result<Sorting, clap::Error> {
        let text = typed.to_string_lossy();
        let wrong = |key: &str| {
            let what = format!("--sort {}: there is no such key", escape_str(key));
            let text =
                error_text(what, "write date, arrival, from, to, cc, subject or size, such as from,-date");
            command.clone().error(ErrorKind::ValueValidation, text)
        };
        let mut criteria = Vec::new();
        for typed in text.split(',') {
            let (name, order) = match typed.strip_prefix('-') {
                Some(name) => (name, SortOrder::Descending),
                None => (typed, SortOrder::Ascending),
            };
            let known = SORT_KEYS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
            criteria.push(SortCriterion { key: known.ok_or_else(|| wrong(typed))?.1, order });
        }
        NonEmpty::try_from(criteria).map(Sorting).map_err(|_| wrong(&text))
    }
}

/// A flag as people write it, for the command of this name: the flags of the system need no backslash, which a shell
/// would take.
pub(super) fn flag(command: &str, name: &str) -> Result<Flag, clap::Error> {
    let system = [
        ("seen", Flag::Seen),
        ("flagged", Flag::Flagged),
        ("answered", Flag::Answered),
        ("deleted", Flag::Deleted),
        ("draft", Flag::Draft),
    ];
    if let Some((_, flag)) = system.iter().find(|(word, _)| word.eq_ignore_ascii_case(name)) {
        return Ok(flag.clone());
    }
    let wrong = |message: String| {
        let hint = "write seen, flagged, answered, deleted, draft, or a keyword such as $Junk";
        Err(super::refuse(command, ErrorKind::ValueValidation, message, hint))
    };
    match Flag::new(name.to_owned()) {
        Ok(Flag::Recent) => wrong("\\Recent is set by the server alone".to_owned()),
        Ok(flag) => Ok(flag),
        Err(_) => wrong(format!("{} is no flag", escape_str(name))),
    }
}
