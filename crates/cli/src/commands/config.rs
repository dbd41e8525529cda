//! `tayori config`: what the configuration says, and what is wrong with it.

use serde::Serialize;
use tayori_account::config::{
    AccountName, Config, ConfigError, Environment, Layer, Origin, Place, Problem, Row, Severity,
};

use crate::cli::{Config as Options, ConfigTask, Form, Origins};
use crate::count::count;
use crate::escape::escape_str;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::settings;
use crate::stdout;
use crate::table::{Column, Width, table};

/// Looks at the configuration; nothing is sent.
pub(crate) fn run(options: &Options, environment: &Environment) -> Result<Exit, Failure> {
    match &options.task {
        ConfigTask::Check => check(options.form, environment),
        ConfigTask::Show { account, origin } => show(options.form, account.as_deref(), *origin, environment),
        ConfigTask::Path => path(options.form, environment),
    }
}

/// Something that is wrong, or how much is.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum CheckJson<'a> {
    Problem {
        severity: &'static str,
        /// The file, or null where it is a variable.
        file: Option<String>,
        line: Option<u32>,
        column: Option<u32>,
        /// The environment variable, or null where it is a file.
        variable: Option<&'static str>,
        account: Option<&'a str>,
        key: Option<&'a str>,
        problem: String,
        hint: Option<String>,
    },
    Summary {
        file: String,
        errors: usize,
        warnings: usize,
        /// How many accounts there are; null where the file has errors.
        accounts: Option<usize>,
    },
}

fn check(form: Form, environment: &Environment) -> Result<Exit, Failure> {
    let file = Config::find(environment).map_err(|error| settings::unusable(&error.into()))?;
    let (mut problems, accounts) = match Config::load(environment) {
        Ok(config) => (config.warnings().to_vec(), Some(config.accounts().len())),
        Err(ConfigError::Invalid { problems, .. }) => (problems, None),
        Err(error) => return Err(settings::unusable(&error)),
    };
    problems.extend(Layer::from_environment(environment).err().unwrap_or_default());
    let warnings = problems.iter().filter(|problem| problem.severity() == Severity::Warning).count();
    let errors = problems.len() - warnings;
    let is_missing = if file.exists() { "" } else { "not there yet, " };
    match form {
        Form::Json => {
            problems.iter().map(json).try_for_each(|line| stdout::json_line(&line))?;
            let file = file.display().to_string();
            stdout::json_line(&CheckJson::Summary { file, errors, warnings, accounts })?;
        }
        Form::Text => {
            for problem in &problems {
                stdout::text(&in_words(problem))?;
            }
            let file = file.display().to_string();
            let file = escape_str(&file);
            let found = match (errors, warnings) {
                (0, 0) => "no problems".to_owned(),
                (0, warnings) => count(warnings as u64, "warning", "warnings"),
                (errors, 0) => count(errors as u64, "error", "errors"),
                (errors, warnings) => format!(
                    "{}, {}",
                    count(errors as u64, "error", "errors"),
                    count(warnings as u64, "warning", "warnings")
                ),
            };
            let accounts = match accounts {
                Some(accounts) => format!("{}, ", count(accounts as u64, "account", "accounts")),
                None => String::new(),
            };
            stdout::text(&format!("{file}: {is_missing}{accounts}{found}\n"))?;
        }
    }
    Ok(if errors == 0 { Exit::Done } else { Exit::Usage })
}

fn severity(problem: &Problem) -> &'static str {
    match problem.severity() {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

fn in_words(problem: &Problem) -> String {
    let hint = problem.hint().map_or(String::new(), |hint| format!("\n  {}", escape_str(&hint)));
    format!("{}: {}{hint}\n", severity(problem), escape_str(&problem.to_string()))
}

fn json(problem: &Problem) -> CheckJson<'_> {
    let (file, position, variable) = match &problem.place {
        Place::File(file, position) => (Some(file.display().to_string()), Some(position), None),
        Place::Variable(name) => (None, None, Some(*name)),
        _ => (None, None, None),
    };
    CheckJson::Problem {
        severity: severity(problem),
        file,
        line: position.map(|position| position.line),
        column: position.map(|position| position.column),
        variable,
        account: problem.account.as_deref(),
        key: problem.key.as_deref(),
        problem: problem.what.to_string(),
        hint: problem.hint(),
    }
}

/// A setting that holds.
#[derive(Serialize)]
pub(crate) struct SettingJson<'a> {
    account: &'a str,
    key: &'a str,
    value: &'a str,
    /// `flag`, `environment`, `account`, `defaults`, `discovered` or `built_in`.
    origin: &'static str,
    /// The line of the file, where it stands there.
    line: Option<u32>,
    /// The variable, or where it was discovered.
    from: Option<&'static str>,
}

fn show(
    form: Form,
    account: Option<&str>,
    origins: Origins,
    environment: &Environment,
) -> Result<Exit, Failure> {
    let config = settings::load(environment)?;
    let variables = settings::from_environment(environment)?;
    let names: Vec<&AccountName> = match account {
        None => config.accounts().collect(),
        Some(wanted) => {
            config.account(wanted).map_err(|error| settings::no_such_account(&error))?;
            config.accounts().filter(|name| name.as_str() == wanted).collect()
        }
    };
    if names.is_empty() && form == Form::Text {
        let path = config.path().display().to_string();
        stdout::text(&format!("there are no accounts in {}\n", escape_str(&path)))?;
    }
    for (index, name) in names.iter().enumerate() {
        let settings = config.settings(name.as_str(), &[&variables], &[]);
        let rows = settings.map_err(|error| settings::no_such_account(&error))?.rows();
        match form {
            Form::Json => {
                rows.iter().map(|row| setting(name, row)).try_for_each(|line| stdout::json_line(&line))?;
            }
            Form::Text => {
                let between = if index == 0 { "" } else { "\n" };
                let heading =
                    if account.is_none() { format!("{between}account {name}\n") } else { String::new() };
                stdout::text(&format!("{heading}{}", table_of(&rows, origins)))?;
            }
        }
    }
    Ok(Exit::Done)
}

/// Settings as a table.
pub(crate) fn table_of(rows: &[Row], origins: Origins) -> String {
    let columns = [("setting", Column::WORD), ("value", Column::TEXT), ("where from", Column::WORD)];
    let columns = match origins {
        Origins::Hidden => &columns[..2],
        Origins::Told => &columns,
    };
    let rows = rows.iter().map(|row| vec![row.key.clone(), row.value.clone(), row.origin.to_string()]);
    table(columns, rows, Width::of_stdout())
}

/// A setting for programs.
pub(crate) fn setting<'a>(account: &'a AccountName, row: &'a Row) -> SettingJson<'a> {
    let (origin, line, from) = match &row.origin {
        Origin::Flag(name) => ("flag", None, Some(*name)),
        Origin::Environment(name) => ("environment", None, Some(*name)),
        Origin::Account { line } => ("account", Some(*line), None),
        Origin::Defaults { line } => ("defaults", Some(*line), None),
        Origin::Discovered(from) => ("discovered", None, Some(*from)),
        _ => ("built_in", None, None),
    };
    SettingJson { account: account.as_str(), key: &row.key, value: &row.value, origin, line, from }
}

#[derive(Serialize)]
struct PathJson {
    file: String,
    exists: bool,
}

fn path(form: Form, environment: &Environment) -> Result<Exit, Failure> {
    let file = Config::find(environment).map_err(|error| settings::unusable(&error.into()))?;
    match form {
        Form::Json => {
            stdout::json_line(&PathJson { exists: file.exists(), file: file.display().to_string() })?;
        }
        // As it is: it is for another program, in `$EDITOR "$(tayori config path)"`.
        Form::Text => {
            let mut octets = file.into_os_string().into_encoded_bytes();
            octets.push(b'\n');
            stdout::octets(&octets)?;
        }
    }
    Ok(Exit::Done)
}
