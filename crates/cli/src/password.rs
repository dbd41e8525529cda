//! Where the password comes from.
//!
//! In this order: `--password-command`, `--password-file`, the environment variable `TAYORI_PASSWORD`, a question on
//! the terminal. The first that is given is used, and its failure is an error: falling through to the next would
//! send one account's password to another account's server. There is no option that takes the password itself.
//!
//! How each of them is read is the library's business; here are the command line and the terminal.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::path::PathBuf;

use tayori_account::secret::{Ask, AskError, Options, SecretCommand, SecretError, Source, Terminal, obtain};
use tayori_proto::types::Secret;
use zeroize::Zeroizing;

use crate::escape::escape_str;

/// The environment variable that may hold the password.
pub(crate) const VARIABLE: &str = tayori_account::config::PASSWORD_VARIABLE;

/// What the command line says about the password. At most one of the two is given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PasswordOptions {
    /// `--password-command`
    pub(crate) command: Option<OsString>,
    /// `--password-file`
    pub(crate) file: Option<PathBuf>,
}

/// Gets the password; `question` is what the terminal shows when somebody is asked.
///
/// Takes as long as the command runs, or until somebody answers. While the question stands, the terminal neither echoes
/// nor turns Ctrl-C into a signal by itself: Ctrl-C raises SIGINT in this process. A handler must be in place by then,
/// since dying of the signal would leave the terminal without echo; with one, the terminal is put back and the answer
/// is [`SecretError::Interrupted`].
pub(crate) async fn password(options: PasswordOptions, question: String) -> Result<Secret, SecretError> {
    let terminal = detect_terminal();
    let source = choose(options, std::env::var_os(VARIABLE), terminal, question)?;
    // When this future is dropped, the thread that asks still waits for an answer.
    let _kept = matches!(source, Source::Prompt(_)).then(KeptTerminal::keep);
    obtain(source, &Options::new(terminal)).await
}

/// What the person can do about it, in the words of the command line.
pub(crate) fn hint(error: &SecretError) -> Option<String> {
    let hint = match error {
        SecretError::NobodyToAsk => {
            "give --password-command or --password-file, or set the environment variable TAYORI_PASSWORD"
        }
        SecretError::NotAFile { .. } => "for a pipe or another program use --password-command",
        other => return other.hint(),
    };
    Some(hint.to_owned())
}

/// Decides which source is used. `environment` is the value of [`VARIABLE`]; set but empty counts as given.
fn choose(
    options: PasswordOptions,
    environment: Option<OsString>,
    terminal: Terminal,
    question: String,
) -> Result<Source, SecretError> {
    match (options.command, options.file, environment, terminal) {
        (Some(command), _, _, _) => Ok(Source::Command(SecretCommand::Shell(command))),
        (None, Some(file), _, _) => Ok(Source::File(file)),
        (None, None, Some(value), _) => Ok(Source::environment(VARIABLE, value)),
        (None, None, None, Terminal::Present) => {
            let ask: Ask = Box::new(move || ask(&question, rpassword::ConfigBuilder::new().build()));
            Ok(Source::Prompt(ask))
        }
        (None, None, None, Terminal::Absent) => Err(SecretError::NobodyToAsk),
    }
}

/// Looks for the terminal that controls this process; stdin and stdout may well be something else.
fn detect_terminal() -> Terminal {
    let found = if cfg!(unix) {
        File::options().read(true).write(true).open("/dev/tty").is_ok()
    } else {
        io::IsTerminal::is_terminal(&io::stdin())
    };
    match found {
        true => Terminal::Present,
        false => Terminal::Absent,
    }
}

fn ask(question: &str, terminal: rpassword::Config) -> Result<Zeroizing<String>, AskError> {
    match rpassword::prompt_password_with_config(escape_str(question), terminal) {
        Ok(typed) => Ok(Zeroizing::new(typed)),
        Err(err) => Err(match err.kind() {
            io::ErrorKind::Interrupted => AskError::Interrupted,
            // Ctrl-D
            io::ErrorKind::UnexpectedEof => AskError::Closed,
            _ => AskError::Failed(err),
        }),
    }
}

/// The terminal as it was before a question; put back when dropped.
///
/// Whoever asks puts it back too, but only once somebody answers. A program that ends in between, because of a signal
/// from elsewhere, would leave behind a shell that does not show what is typed.
pub(crate) struct KeptTerminal {
    #[cfg(unix)]
    kept: Option<(File, rustix::termios::Termios)>,
}

impl KeptTerminal {
    #[cfg(unix)]
    pub(crate) fn keep() -> KeptTerminal {
        let terminal = File::options().read(true).write(true).open("/dev/tty").ok();
        let kept = terminal.and_then(|terminal| {
            let settings = rustix::termios::tcgetattr(&terminal).ok()?;
            Some((terminal, settings))
        });
        KeptTerminal { kept }
    }

    #[cfg(not(unix))]
    pub(crate) fn keep() -> KeptTerminal {
        KeptTerminal {}
    }
}

#[cfg(unix)]
impl Drop for KeptTerminal {
    fn drop(&mut self) {
        if let Some((terminal, settings)) = &self.kept {
            let _ = rustix::termios::tcsetattr(terminal, rustix::termios::OptionalActions::Now, settings);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(error: &SecretError) -> String {
        match hint(error) {
            Some(hint) => format!("{error}; {hint}"),
            None => error.to_string(),
        }
    }

    #[test]
    fn the_first_source_that_is_given_is_used() {
        let check =
            |command: Option<&str>, file: Option<&str>, variable: Option<&str>, terminal, expected: &str| {
                let options =
                    PasswordOptions { command: command.map(OsString::from), file: file.map(PathBuf::from) };
                let source = choose(options, variable.map(OsString::from), terminal, String::new());
                assert_eq!(source.map_or_else(|err| told(&err), |source| format!("{source:?}")), expected);
            };
        check(Some("c"), None, Some("v"), Terminal::Present, "Command(Shell(***))");
        check(None, Some("f"), Some("v"), Terminal::Present, "File(\"f\")");
        check(None, None, Some("v"), Terminal::Present, "Environment(TAYORI_PASSWORD, ***)");
        check(None, None, Some(""), Terminal::Present, "Environment(TAYORI_PASSWORD, ***)");
        check(None, None, None, Terminal::Present, "Prompt");
        check(
            None,
            None,
            None,
            Terminal::Absent,
            "a password is needed, and there is no terminal to ask for it; \
             give --password-command or --password-file, or set the environment variable TAYORI_PASSWORD",
        );
    }

    /// Where the library names a key of the configuration, the program names its option.
    #[test]
    fn hints_name_options() {
        let error = SecretError::NotAFile { path: PathBuf::from("p") };
        assert_eq!(
            told(&error),
            "the password file p is no regular file; for a pipe or another program use --password-command"
        );
    }

    #[test]
    fn what_is_typed_at_the_prompt() {
        let check = |typed: &str, expected: &str| {
            let terminal = rpassword::ConfigBuilder::new().input_data(typed).output_discard().build();
            let typed = ask("password: ", terminal);
            assert_eq!(typed.map_or_else(|err| err.to_string(), |typed| format!("ok {}", *typed)), expected);
        };
        check("hunter2\n", "ok hunter2");
        check("\n", "ok ");
        check("\u{4}", "no answer");
    }
}
