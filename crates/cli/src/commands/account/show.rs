//! `tayori account show`.

use serde::Serialize;
use tayori_account::config::{Environment, Row};
use tayori_account::state::State;

use crate::cli::{Form, Origins};
use crate::commands::config::{SettingJson, setting, table_of};
use crate::escape::escape_str;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::memory;
use crate::settings;
use crate::stdout;
use crate::table::{Column, Width, unnamed};
use crate::target;

/// An account: what holds, and what was learned.
#[derive(Serialize)]
struct AccountJson<'a> {
    account: &'a str,
    /// Whether it is meant where none is named.
    default: bool,
    settings: Vec<SettingJson<'a>>,
    learned: LearnedJson,
}

#[derive(Serialize)]
struct LearnedJson {
    /// Where it is kept. There need not be such a file.
    file: String,
    strongest_mechanism: Option<&'static str>,
    first_fingerprint: Option<String>,
}

pub(super) fn run(
    name: Option<&str>,
    origins: Origins,
    form: Form,
    environment: &Environment,
) -> Result<Exit, Failure> {
    let config = settings::load(environment)?;
    let variables = settings::from_environment(environment)?;
    let usual = config.choose(None, environment).map(|chosen| chosen.value);
    let name = match name {
        Some(name) => config.find_account(name),
        None => usual.clone(),
    };
    let name = name.map_err(|error| settings::no_such_account(&error))?;
    let rows = target::settings_of(&config, name, &[&variables])?.rows();
    let state = State::load(name, environment).map_err(|error| memory::unusable(&error))?;
    let learned = LearnedJson {
        file: state.path().display().to_string(),
        strongest_mechanism: state.strongest_mechanism().map(|mechanism| mechanism.name()),
        first_fingerprint: state.first_fingerprint().map(|fingerprint| fingerprint.to_string()),
    };
    match form {
        Form::Json => {
            let settings = rows.iter().map(|row| setting(name, row)).collect();
            let default = usual.is_ok_and(|usual| usual == name);
            stdout::json_line(&AccountJson { account: name.as_str(), default, settings, learned })?;
        }
        Form::Text => stdout::text(&page(&rows, origins, &learned))?,
    }
    Ok(Exit::Done)
}

fn page(rows: &[Row], origins: Origins, learned: &LearnedJson) -> String {
    let facts = [
        ("strongest mechanism", learned.strongest_mechanism.map(str::to_owned)),
        ("first certificate", learned.first_fingerprint.clone()),
    ];
    let facts = facts.into_iter().filter_map(|(fact, value)| Some(vec![fact.to_owned(), value?]));
    let facts: Vec<_> = facts.collect();
    let learned = match facts.is_empty() {
        true => "\nNothing was learned yet.\n".to_owned(),
        false => {
            let file = escape_str(&learned.file);
            format!(
                "\nLearned, and kept in {file}:\n{}",
                unnamed(&[Column::WORD, Column::TEXT], facts, Width::of_stdout())
            )
        }
    };
    format!("{}{learned}", table_of(rows, origins))
}
