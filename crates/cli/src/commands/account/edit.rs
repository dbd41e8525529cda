//! `tayori account edit`.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use tayori_account::config::{
    AccountName, Config, ConfigError, Draft, Edit, EditError, EditValue, Environment,
};

use tayori_account::state::State;

use super::{not_changed, told};
use crate::cli::AsDefault;
use crate::escape::escape_str;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::memory;
use crate::question::{Terminal, Usually, agrees};
use crate::settings;
use crate::signal;

/// Changes single settings.
pub(super) fn settings(
    name: &str,
    set: &[(String, String)],
    unset: &[String],
    default: AsDefault,
    forget: bool,
    environment: &Environment,
) -> Result<Exit, Failure> {
    let config = settings::load(environment)?;
    let name = config.find_account(name).map_err(|error| settings::no_such_account(&error))?;
    if forget {
        let forgotten = State::load(name, environment).and_then(|mut state| {
            state.forget_mechanism()?;
            state.forget_fingerprint()
        });
        forgotten.map_err(|error| memory::unusable(&error))?;
        told(&format!("forgot which mechanism and which certificate the account {name} has seen\n"))?;
    }
    changed(&config, name, set, unset, default, environment).map_err(|error| not_changed(&error))?;
    Ok(Exit::Done)
}

fn changed(
    config: &Config,
    name: &AccountName,
    set: &[(String, String)],
    unset: &[String],
    default: AsDefault,
    environment: &Environment,
) -> Result<Config, EditError> {
    let mut edit = Edit::open(config.path(), environment)?;
    // First, so that one source of the password can take the place of another.
    for key in unset {
        edit.unset(name, key)?;
    }
    for (key, text) in set {
        edit.set(name, key, value(key, text))?;
    }
    if default == AsDefault::Yes {
        edit.set_default_account(name);
    }
    edit.save()
}

/// What was typed, in the kind that this key has in the file. What does not fit is handed on as text, so that whoever
/// reads the configuration says what is wrong with it.
fn value(key: &str, text: &str) -> EditValue {
    let typed = EditValue::Text(text.to_owned());
    match key {
        "port" | "timeout" => text.parse().map_or(typed, EditValue::Number),
        "keyring" | "trust-first-use" => text.parse().map_or(typed, EditValue::Truth),
        "password-command" | "tunnel" | "oauth.client-secret-command" | "oauth.scopes" => {
            // A list of strings is written the same in TOML and in JSON.
            serde_json::from_str(text).map_or(typed, EditValue::List)
        }
        _ => typed,
    }
}

/// Lets somebody edit a copy of the whole file, and puts it in its place when nothing is wrong with it.
pub(super) async fn by_hand(name: &str, environment: &Environment) -> Result<Exit, Failure> {
    let path = Config::find(environment).map_err(|error| settings::unusable(&error.into()))?;
    if let Ok(config) = Config::load(environment) {
        // With errors in the file it is not clear which accounts there are, and somebody is about to mend them.
        config.find_account(name).map_err(|error| settings::no_such_account(&error))?;
    }
    let draft = Draft::open(&path, environment).map_err(|error| not_changed(&error))?;
    let copy = Copy::of(&draft)?;
    loop {
        copy.edit(editor()).await?;
        let text = copy.read()?;
        if text == draft.text() {
            told("nothing was changed\n")?;
            return Ok(Exit::Done);
        }
        let failure = match draft.save(&text) {
            Ok(_) => {
                told(&format!("{} is changed\n", escape_str(&path.to_string_lossy())))?;
                return Ok(Exit::Done);
            }
            Err(EditError::Config(error @ ConfigError::Invalid { .. })) => broken(&error),
            // What was written is worth more than the order of the folder that it lies in.
            Err(error) => return Err(copy.kept(not_changed(&error))),
        };
        let Some(mut terminal) = Terminal::find() else {
            return Err(failure.hint_as_well("the configuration is as it was"));
        };
        failure.print();
        if !agrees(&mut terminal, "Go on editing?", Usually::Yes).await? {
            let message = "nothing was changed";
            return Err(Failure::new(Exit::Usage, message));
        }
    }
}

/// All that is wrong with a text.
fn broken(error: &ConfigError) -> Failure {
    let ConfigError::Invalid { problems, .. } = error else { return settings::unusable(error) };
    let lines = problems.iter().map(|problem| escape_str(&problem.to_string()).into_owned());
    let message = lines.collect::<Vec<_>>().join("\nerror: ");
    let failure = Failure::new(Exit::Usage, message);
    match problems.iter().find_map(|problem| problem.hint()) {
        Some(hint) => failure.hint(escape_str(&hint)),
        None => failure,
    }
}

/// The editor of whoever is here.
fn editor() -> String {
    let of = |name: &str| std::env::var(name).ok().filter(|editor| !editor.trim().is_empty());
    let usual = if cfg!(windows) { "notepad" } else { "vi" };
    of("VISUAL").or_else(|| of("EDITOR")).unwrap_or_else(|| usual.to_owned())
}

/// A copy of the file that an editor can do with what it likes, gone when dropped. It has mode 0600: the file may
/// hold a client secret.
struct Copy {
    file: tempfile::NamedTempFile,
}

impl Copy {
    fn of(draft: &Draft) -> Result<Self, Failure> {
        let made = tempfile::Builder::new().prefix("tayori-config-").suffix(".toml").tempfile();
        let mut file = made.map_err(|error| failed("make a copy to edit", &error))?;
        file.write_all(draft.text().as_bytes()).map_err(|error| failed("make a copy to edit", &error))?;
        Ok(Self { file })
    }

    /// Waits until the editor ends. Ctrl-C is for the editor meanwhile.
    async fn edit(&self, editor: String) -> Result<(), Failure> {
        let mut asked_to_end = Box::pin(signal::told_to_end()?);
        signal::left_to_others()?;
        let path = self.file.path().to_owned();
        let run = tokio::task::spawn_blocking(move || run(&editor, &path));
        let ended = match signal::unless(&mut asked_to_end, run).await {
            Ok(ended) => ended.map_err(|error| failed("wait for the editor", &error.into()))?,
            Err(signal) => return Err(Failure::interrupted(signal, "")),
        };
        let status = ended.map_err(|error| failed("start the editor", &error))?;
        match status.success() {
            true => Ok(()),
            false => Err(Failure::new(Exit::Failed, format!("the editor failed ({status})"))
                .hint("VISUAL or EDITOR names another one; the configuration is as it was")),
        }
    }

    /// Read by its name: many editors put a new file in the place of the old one.
    fn read(&self) -> Result<String, Failure> {
        let octets = fs::read(self.file.path()).map_err(|error| failed("read the edited copy", &error))?;
        String::from_utf8(octets)
            .map_err(|_| Failure::new(Exit::Usage, "the edited text is not UTF-8; nothing was changed"))
    }

    /// The failure, with where the copy is left.
    fn kept(self, failure: Failure) -> Failure {
        match self.file.into_temp_path().keep() {
            Ok(path) => {
                let path: PathBuf = path;
                failure.hint(format!("what you wrote is in {}", escape_str(&path.to_string_lossy())))
            }
            Err(_) => failure,
        }
    }
}

fn failed(doing: &str, error: &std::io::Error) -> Failure {
    Failure::new(Exit::Failed, format!("cannot {doing}: {}", escape_str(&error.to_string())))
}

/// Runs the editor by the shell: what these variables hold may have options.
fn run(editor: &str, path: &Path) -> std::io::Result<ExitStatus> {
    let mut command = if cfg!(windows) {
        let mut command = Command::new("cmd");
        command.arg("/C").arg(editor);
        command
    } else {
        let mut command = Command::new("sh");
        command.arg("-c").arg(format!("{editor} \"$@\"")).arg(editor);
        command
    };
    command.arg(path).status()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_the_kind_of_their_key() {
        let text = |text: &str| EditValue::Text(text.to_owned());
        for (key, typed, expected) in [
            ("timeout", "90", EditValue::Number(90)),
            ("timeout", "soon", text("soon")),
            ("keyring", "true", EditValue::Truth(true)),
            ("keyring", "yes", text("yes")),
            ("user", "90", text("90")),
            ("user", "true", text("true")),
            ("tunnel", "ssh host imap", text("ssh host imap")),
            ("tunnel", "[\"ssh\", \"a b\"]", EditValue::List(vec!["ssh".to_owned(), "a b".to_owned()])),
            ("tunnel", "[1]", text("[1]")),
            ("host", "[::1]", text("[::1]")),
        ] {
            assert_eq!(value(key, typed), expected, "{key}={typed}");
        }
    }
}
