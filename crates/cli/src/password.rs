//! Where the password comes from: the one source that the settings name. Its failure is an error: falling through to
//! another would send one account's password to another account's server. There is no option that takes the password
//! itself.
//!
//! How each source is read is the library's business; here is the terminal.

use std::fs::File;
use std::io;

use tayori_account::config::{Environment, KeyringEntry, SecretSource};
use tayori_account::secret::{Ask, AskError, KeyringError, Options, SecretError, Source, Terminal, obtain};
use tayori_proto::types::Secret;
use zeroize::Zeroizing;

use crate::escape::escape_str;

/// Gets the password; `question` is what the terminal shows when somebody is asked, and `entry` what the keyring calls
/// it where the settings do not say.
///
/// Takes as long as the command runs, or until somebody answers. While the question stands, the terminal shows nothing
/// of what is typed. A handler for signals must be in place by then, since dying of one would leave the terminal like
/// that; with one, this future is dropped, which puts the terminal back.
pub(crate) async fn password(
    setting: &SecretSource,
    entry: &str,
    question: String,
) -> Result<Secret, SecretError> {
    let options = options();
    let ask: Option<Ask> = (options.terminal == Terminal::Present)
        .then(|| -> Ask { Box::new(move || ask(&question, config()?)) });
    let source = Source::of(setting, entry, &Environment::process(), ask)?;
    let source = source.ok_or(SecretError::NobodyToAsk)?;
    // When this future is dropped, the thread that asks still waits for an answer.
    let _hidden = match source {
        Source::Prompt(_) => Some(HiddenTyping::begin().map_err(SecretError::Prompt)?),
        _ => None,
    };
    obtain(source, &options).await
}

/// How sources are asked from here.
pub(crate) fn options() -> Options {
    Options::new(detect_terminal())
}

/// What the person can do about it, in the words of the command line.
pub(crate) fn hint(error: &SecretError) -> Option<String> {
    let hint = match error {
        SecretError::NobodyToAsk => {
            "give --password-command or --password-file, or set the environment variable TAYORI_PASSWORD"
        }
        SecretError::NotAFile { .. } => "for a pipe or another program use --password-command",
        // The entry of an account of this name, unless the configuration has another one in mind.
        SecretError::Keyring(KeyringError::Missing { service, user }) if service == KeyringEntry::SERVICE => {
            return Some(format!("tayori account login {user} asks for the password and keeps it there"));
        }
        other => return other.hint(),
    };
    Some(hint.to_owned())
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

/// What a question is put with. The terminal is ours to set, see [`HiddenTyping`].
#[cfg(unix)]
fn config() -> Result<rpassword::Config, AskError> {
    let terminal = File::options().read(true).write(true).open("/dev/tty");
    let both = terminal.and_then(|terminal| Ok((terminal.try_clone()?, terminal)));
    let (input, output) = both.map_err(AskError::Failed)?;
    Ok(rpassword::ConfigBuilder::new().input_reader(input).output_writer(output).build())
}

#[cfg(not(unix))]
fn config() -> Result<rpassword::Config, AskError> {
    Ok(rpassword::ConfigBuilder::new().build())
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

/// While this is there, nothing is shown of what is typed. It begins before the question: fast fingers do not wait for
/// it. What is typed is not taken by lines, since a line of a terminal is shorter than some tokens.
struct HiddenTyping {
    #[cfg(unix)]
    kept: KeptTerminal,
}

impl HiddenTyping {
    #[cfg(unix)]
    fn begin() -> io::Result<Self> {
        use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, tcsetattr};

        let kept = KeptTerminal::keep();
        if let Some((terminal, settings)) = &kept.kept {
            let mut hidden = settings.clone();
            hidden.local_modes.remove(LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ICANON);
            hidden.special_codes[SpecialCodeIndex::VMIN] = 1;
            hidden.special_codes[SpecialCodeIndex::VTIME] = 0;
            // Ctrl-C ends the program in good order; what else stops it at once would leave the terminal like this.
            for key in [SpecialCodeIndex::VQUIT, SpecialCodeIndex::VSUSP] {
                hidden.special_codes[key] = 0;
            }
            tcsetattr(terminal, OptionalActions::Now, &hidden)?;
        }
        Ok(Self { kept })
    }

    #[cfg(not(unix))]
    fn begin() -> io::Result<Self> {
        Ok(Self {})
    }
}

#[cfg(unix)]
impl Drop for HiddenTyping {
    fn drop(&mut self) {
        // The end of the line was not shown either.
        if let Some((terminal, _)) = &self.kept.kept {
            let _ = io::Write::write_all(&mut &*terminal, b"\n");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn told(error: &SecretError) -> String {
        match hint(error) {
            Some(hint) => format!("{error}; {hint}"),
            None => error.to_string(),
        }
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
