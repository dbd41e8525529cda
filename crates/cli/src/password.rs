//! Where the password comes from.
//!
//! In this order: `--password-command`, `--password-file`, the environment variable `TAYORI_PASSWORD`, a question on
//! the terminal. The first that is given is used, and its failure is an error: falling through to the next would
//! send one account's password to another account's server. There is no option that takes the password itself.
//!
//! No error and no `Debug` output holds a password, the output of the command, or the command.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use zeroize::Zeroizing;

use crate::escape::escape_str;

/// The environment variable that may hold the password.
pub(crate) const VARIABLE: &str = "TAYORI_PASSWORD";

/// The most that is read from a command or a file. An OAuth token may have some KiB; far more is a mistake, such as
/// a command that prints a whole file of secrets.
const LIMIT: usize = 64 * 1024;

/// A password that LOGIN can carry: not empty, without NUL, CR and LF (RFC 9051 section 9, `string`). Erased from
/// memory when dropped.
pub(crate) struct Password(Zeroizing<String>);

impl Password {
    /// The password itself. Whoever calls this must not print it.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    fn parse(octets: &[u8]) -> Result<Password, Unusable> {
        if octets.is_empty() {
            return Err(Unusable::Empty);
        }
        for (octet, name) in [(b'\0', "NUL"), (b'\r', "CR"), (b'\n', "LF")] {
            if octets.contains(&octet) {
                return Err(Unusable::Forbidden(name));
            }
        }
        let text = std::str::from_utf8(octets).map_err(|_| Unusable::NotUtf8)?;
        Ok(Password(Zeroizing::new(text.to_owned())))
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(***)")
    }
}

/// What the command line says about the password. At most one of the two is given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PasswordOptions {
    /// `--password-command`
    pub(crate) command: Option<OsString>,
    /// `--password-file`
    pub(crate) file: Option<PathBuf>,
}

/// Whether somebody can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Terminal {
    Present,
    Absent,
}

impl Terminal {
    /// Looks for the terminal that controls this process; stdin and stdout may well be something else.
    pub(crate) fn detect() -> Terminal {
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
}

/// The one source that is used.
pub(crate) enum Source {
    Command(OsString),
    File(PathBuf),
    Environment(Zeroizing<Vec<u8>>),
    Prompt,
}

impl Source {
    /// Decides which source is used. `environment` is the value of [`VARIABLE`]; set but empty counts as given.
    pub(crate) fn choose(
        options: PasswordOptions,
        environment: Option<OsString>,
        terminal: Terminal,
    ) -> Result<Source, PasswordError> {
        match (options.command, options.file, environment, terminal) {
            (Some(command), _, _, _) => Ok(Source::Command(command)),
            (None, Some(file), _, _) => Ok(Source::File(file)),
            (None, None, Some(value), _) => {
                Ok(Source::Environment(Zeroizing::new(value.into_encoded_bytes())))
            }
            (None, None, None, Terminal::Present) => Ok(Source::Prompt),
            (None, None, None, Terminal::Absent) => Err(PasswordError::NoTerminal),
        }
    }

    /// Gets the password; `question` is what the terminal shows when somebody is asked.
    ///
    /// Blocks: for as long as the command runs, or until somebody answers. While the question stands, the terminal
    /// neither echoes nor turns Ctrl-C into a signal by itself: Ctrl-C raises SIGINT in this process. A handler must
    /// be in place by then, since dying of the signal would leave the terminal without echo; with one, the terminal
    /// is put back and the answer is [`PasswordError::Interrupted`].
    pub(crate) fn read(self, question: &str) -> Result<Password, PasswordError> {
        match self {
            Source::Command(command) => run_command(&command),
            Source::File(path) => read_file(&path),
            Source::Environment(value) => Password::parse(&value).map_err(Origin::Environment.blame()),
            Source::Prompt => ask(question, rpassword::ConfigBuilder::new().build()),
        }
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

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Source::Command(_) => "Command(***)",
            Source::File(path) => return f.debug_tuple("File").field(path).finish(),
            Source::Environment(_) => "Environment(***)",
            Source::Prompt => "Prompt",
        })
    }
}

/// Why there is no password.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PasswordError {
    #[error("a password is needed, and there is no terminal to ask for it")]
    NoTerminal,
    #[error("the password command could not be run")]
    Command(#[source] io::Error),
    #[error("the password command failed: {status}")]
    CommandFailed { status: ExitStatus },
    #[error("the password file {} could not be read", shown(.path))]
    Unreadable {
        path: PathBuf,
        #[source]
        cause: io::Error,
    },
    #[error("the password file {} is no regular file", shown(.path))]
    NotAFile { path: PathBuf },
    #[error("the password file {} belongs to another user", shown(.path))]
    NotYours { path: PathBuf },
    #[error("the password file {} is open to other users (mode {mode:04o})", shown(.path))]
    OpenToOthers { path: PathBuf, mode: u32 },
    #[error("the password could not be asked for")]
    Prompt(#[source] io::Error),
    #[error("interrupted")]
    Interrupted,
    #[error("{origin} {why}")]
    Unusable { origin: Origin, why: Unusable },
}

impl PasswordError {
    /// What the person can do about it.
    pub(crate) fn hint(&self) -> Option<String> {
        let hint = match self {
            PasswordError::NoTerminal => {
                "give --password-command or --password-file, or set the environment variable TAYORI_PASSWORD"
            }
            PasswordError::CommandFailed { .. } => "run it by hand to see what is wrong",
            PasswordError::NotAFile { .. } => "for a pipe or another program use --password-command",
            PasswordError::NotYours { .. } => "make a copy that belongs to you",
            PasswordError::OpenToOthers { path, .. } => {
                return Some(format!("chmod 600 {}", shell_word(path)));
            }
            PasswordError::Unusable { origin: Origin::Command | Origin::File, why: Unusable::Empty } => {
                "the password is the first line"
            }
            PasswordError::Unusable { origin: Origin::Environment, why: Unusable::Empty } => {
                "unset it to be asked for the password"
            }
            _ => return None,
        };
        Some(hint.to_owned())
    }
}

/// Where an unusable password came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Command,
    File,
    Environment,
    Prompt,
}

impl Origin {
    fn blame(self) -> impl Fn(Unusable) -> PasswordError {
        move |why| PasswordError::Unusable { origin: self, why }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Origin::Command => "the password from the command",
            Origin::File => "the password from the file",
            Origin::Environment => "the password in TAYORI_PASSWORD",
            Origin::Prompt => "the password that was typed",
        })
    }
}

/// What is wrong with a password, without saying any of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unusable {
    #[error("is empty")]
    Empty,
    #[error("is too long: more than {LIMIT} octets")]
    TooLong,
    #[error("is not UTF-8")]
    NotUtf8,
    #[error("holds {0}, which IMAP cannot carry in a password")]
    Forbidden(&'static str),
}

/// Runs `command` with the shell; the first line of its output is the password.
///
/// stdin and stderr stay those of this process, since a program that guards passwords may have to ask for a
/// passphrase of its own.
fn run_command(command: &OsStr) -> Result<Password, PasswordError> {
    let mut child = Command::new("sh")
        .arg("-c")
        .arg(command)
        .stdout(Stdio::piped())
        .spawn()
        .map_err(PasswordError::Command)?;
    let stdout = child.stdout.take().expect("stdout was asked to be a pipe just above");
    let first_line = read_first_line(stdout);
    if !matches!(first_line, Ok(Ok(_))) {
        // It may go on printing for ever; what it says about its end does not matter any more.
        let _ = child.kill();
    }
    let status = child.wait().map_err(PasswordError::Command)?;
    let octets = first_line.map_err(PasswordError::Command)?.map_err(Origin::Command.blame())?;
    if !status.success() {
        return Err(PasswordError::CommandFailed { status });
    }
    Password::parse(&octets).map_err(Origin::Command.blame())
}

/// Reads the first line of a file that nobody else can read or write.
///
/// Symbolic links are followed, since services are handed their secrets that way; what is judged is the file that
/// was opened, not the name, so that nothing can be exchanged in between.
fn read_file(path: &Path) -> Result<Password, PasswordError> {
    let unreadable = |cause| PasswordError::Unreadable { path: path.to_owned(), cause };
    let file = open_without_waiting(path).map_err(unreadable)?;
    Facts::of(&file).map_err(unreadable)?.check(path)?;
    let octets = read_first_line(file).map_err(unreadable)?.map_err(Origin::File.blame())?;
    Password::parse(&octets).map_err(Origin::File.blame())
}

/// Opening a pipe for reading would wait for somebody to write; it is to be refused instead.
#[cfg(unix)]
fn open_without_waiting(path: &Path) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags};

    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    Ok(File::from(rustix::fs::open(path, flags, Mode::empty())?))
}

#[cfg(not(unix))]
fn open_without_waiting(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// What decides whether a password file is safe.
struct Facts {
    regular: bool,
    access: Access,
}

/// Who can get at a file.
enum Access {
    /// Owner, permission bits, and who is asking.
    Unix { owner: u32, mode: u32, user: u32 },
    /// The platform has no permission bits; its own access lists are left to the person.
    #[cfg_attr(unix, allow(dead_code))]
    Unknown,
}

impl Facts {
    #[cfg(unix)]
    fn of(file: &File) -> io::Result<Facts> {
        use std::os::unix::fs::MetadataExt;

        let metadata = file.metadata()?;
        Ok(Facts {
            regular: metadata.is_file(),
            access: Access::Unix {
                owner: metadata.uid(),
                mode: metadata.mode() & 0o7777,
                user: rustix::process::geteuid().as_raw(),
            },
        })
    }

    #[cfg(not(unix))]
    fn of(file: &File) -> io::Result<Facts> {
        Ok(Facts { regular: file.metadata()?.is_file(), access: Access::Unknown })
    }

    fn check(&self, path: &Path) -> Result<(), PasswordError> {
        let path = || path.to_owned();
        if !self.regular {
            return Err(PasswordError::NotAFile { path: path() });
        }
        match self.access {
            // A file of root is fine: root can read everything anyway.
            Access::Unix { owner, user, .. } if owner != user && owner != 0 => {
                Err(PasswordError::NotYours { path: path() })
            }
            Access::Unix { mode, .. } if mode & 0o077 != 0 => {
                Err(PasswordError::OpenToOthers { path: path(), mode })
            }
            Access::Unix { .. } | Access::Unknown => Ok(()),
        }
    }
}

/// Reads to the end, at most [`LIMIT`] octets, and keeps the first line without its line end.
fn read_first_line(input: impl Read) -> io::Result<Result<Zeroizing<Vec<u8>>, Unusable>> {
    // Roomy from the start: a buffer that grew would leave copies behind that nobody erases.
    let mut octets = Zeroizing::new(Vec::with_capacity(LIMIT + 64));
    input.take(LIMIT as u64 + 1).read_to_end(&mut octets)?;
    if octets.len() > LIMIT {
        return Ok(Err(Unusable::TooLong));
    }
    if let Some(end) = octets.iter().position(|octet| *octet == b'\n') {
        octets.truncate(end);
        if octets.last() == Some(&b'\r') {
            octets.pop();
        }
    }
    Ok(Ok(octets))
}

fn ask(question: &str, terminal: rpassword::Config) -> Result<Password, PasswordError> {
    match rpassword::prompt_password_with_config(escape_str(question), terminal) {
        Ok(typed) => Password::parse(Zeroizing::new(typed).as_bytes()).map_err(Origin::Prompt.blame()),
        Err(err) => Err(match err.kind() {
            io::ErrorKind::Interrupted => PasswordError::Interrupted,
            // Ctrl-D
            io::ErrorKind::UnexpectedEof => Origin::Prompt.blame()(Unusable::Empty),
            _ => PasswordError::Prompt(err),
        }),
    }
}

fn shown(path: &Path) -> String {
    escape_str(&path.to_string_lossy()).into_owned()
}

/// `path` as it can be typed into a shell.
fn shell_word(path: &Path) -> String {
    let shown = shown(path);
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '+' | ',' | '@');
    if !shown.is_empty() && shown.chars().all(plain) {
        shown
    } else {
        format!("'{}'", shown.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(result: Result<Password, PasswordError>) -> String {
        match result {
            Ok(password) => format!("ok {}", password.expose()),
            Err(err) => match err.hint() {
                Some(hint) => format!("{err}; {hint}"),
                None => err.to_string(),
            },
        }
    }

    #[test]
    fn the_first_source_that_is_given_is_used() {
        let check =
            |command: Option<&str>, file: Option<&str>, variable: Option<&str>, terminal, expected: &str| {
                let options =
                    PasswordOptions { command: command.map(OsString::from), file: file.map(PathBuf::from) };
                let source = Source::choose(options, variable.map(OsString::from), terminal);
                assert_eq!(
                    source.map_or_else(|err| format!("{err}; {}", err.hint().unwrap()), |s| format!("{s:?}")),
                    expected
                );
            };
        check(Some("c"), None, Some("v"), Terminal::Present, "Command(***)");
        check(None, Some("f"), Some("v"), Terminal::Present, "File(\"f\")");
        check(None, None, Some("v"), Terminal::Present, "Environment(***)");
        check(None, None, Some(""), Terminal::Present, "Environment(***)");
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

    #[test]
    fn the_environment_is_taken_as_it_is() {
        let check = |value: &[u8], expected: &str| {
            let source = Source::Environment(Zeroizing::new(value.to_vec()));
            assert_eq!(outcome(source.read("")), expected);
        };
        check(b"hunter2", "ok hunter2");
        check(b" a \"b\\c\" ", "ok  a \"b\\c\" ");
        check("便り\u{1b}".as_bytes(), "ok 便り\u{1b}");
        check(b"", "the password in TAYORI_PASSWORD is empty; unset it to be asked for the password");
        check(b"a\nb", "the password in TAYORI_PASSWORD holds LF, which IMAP cannot carry in a password");
        check(b"a\r", "the password in TAYORI_PASSWORD holds CR, which IMAP cannot carry in a password");
        check(b"a\0", "the password in TAYORI_PASSWORD holds NUL, which IMAP cannot carry in a password");
        check(b"caf\xe9", "the password in TAYORI_PASSWORD is not UTF-8");
    }

    #[cfg(unix)]
    fn check_command(command: &str, expected: &str) {
        let source = Source::Command(command.into());
        assert_eq!(outcome(source.read("")), expected, "{command}");
    }

    #[cfg(unix)]
    #[test]
    fn a_command_prints_the_password_on_its_first_line() {
        check_command("echo hunter2", "ok hunter2");
        check_command("printf hunter2", "ok hunter2");
        check_command("printf 'hunter2\\r\\nuser: ann\\n'", "ok hunter2");
        check_command("printf ' two words \\nx'", "ok  two words ");
        check_command("read_it() { echo 便り; }; read_it", "ok 便り");
    }

    #[cfg(unix)]
    #[test]
    fn a_failing_command_is_reported_without_its_output() {
        check_command(
            "echo hunter2; exit 3",
            "the password command failed: exit status: 3; run it by hand to see what is wrong",
        );
        check_command(
            "echo hunter2; kill -9 $$",
            "the password command failed: signal: 9 (SIGKILL); run it by hand to see what is wrong",
        );
        check_command("true", "the password from the command is empty; the password is the first line");
        check_command(
            "echo; echo hunter2",
            "the password from the command is empty; the password is the first line",
        );
        check_command("printf 'caf\\351\\n'", "the password from the command is not UTF-8");
        check_command(
            "printf 'a\\0b\\n'",
            "the password from the command holds NUL, which IMAP cannot carry in a password",
        );
        check_command(
            "printf 'a\\rb\\n'",
            "the password from the command holds CR, which IMAP cannot carry in a password",
        );
        // Ends although the command would go on for ever.
        check_command("yes hunter2", "the password from the command is too long: more than 65536 octets");
    }

    #[test]
    fn the_limit_is_exact() {
        let read = |octets: usize| read_first_line(&vec![b'x'; octets][..]).unwrap().map(|line| line.len());
        assert_eq!(read(LIMIT), Ok(LIMIT));
        assert_eq!(read(LIMIT + 1), Err(Unusable::TooLong));
    }

    #[cfg(unix)]
    mod files {
        use std::fs::{self, Permissions};
        use std::os::unix::fs::{PermissionsExt, symlink};

        use super::*;

        fn write(path: &Path, content: &[u8], mode: u32) {
            fs::write(path, content).unwrap();
            fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
        }

        fn check(path: &Path, expected: &str) {
            let actual = outcome(Source::File(path.to_owned()).read(""));
            let folder = path.parent().unwrap().to_str().unwrap();
            assert_eq!(actual.replace(folder, "DIR"), expected);
        }

        #[test]
        fn the_first_line_of_a_private_file() {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("secret");
            write(&path, b"hunter2\nsecond line\n", 0o600);
            check(&path, "ok hunter2");
            write(&path, b"hunter2", 0o400);
            check(&path, "ok hunter2");
            let link = folder.path().join("link");
            symlink(&path, &link).unwrap();
            check(&link, "ok hunter2");
        }

        #[test]
        fn a_file_that_others_can_open_is_refused() {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("it's mine");
            for mode in [0o644, 0o640, 0o620, 0o601, 0o666] {
                write(&path, b"hunter2\n", mode);
                check(
                    &path,
                    &format!(
                        "the password file DIR/it's mine is open to other users (mode {mode:04o}); \
                         chmod 600 'DIR/it'\\''s mine'"
                    ),
                );
            }
            // What is at the end of the link counts.
            let link = folder.path().join("link");
            symlink(&path, &link).unwrap();
            check(&link, "the password file DIR/link is open to other users (mode 0666); chmod 600 DIR/link");
        }

        #[test]
        fn what_is_no_file_is_refused_without_waiting() {
            let folder = tempfile::tempdir().unwrap();
            let pipe = folder.path().join("pipe");
            let status = Command::new("mkfifo").arg(&pipe).status().unwrap();
            assert!(status.success());
            check(
                &pipe,
                "the password file DIR/pipe is no regular file; for a pipe or another program use --password-command",
            );
            fs::create_dir(folder.path().join("folder")).unwrap();
            check(
                &folder.path().join("folder"),
                "the password file DIR/folder is no regular file; \
                 for a pipe or another program use --password-command",
            );
            check(
                &folder.path().join("missing\u{1b}"),
                "the password file DIR/missing\\x1b could not be read",
            );
        }

        #[test]
        fn content_that_is_no_password_is_refused() {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("secret");
            write(&path, b"", 0o600);
            check(&path, "the password from the file is empty; the password is the first line");
            write(&path, b"\nhunter2\n", 0o600);
            check(&path, "the password from the file is empty; the password is the first line");
            write(&path, &vec![b'x'; LIMIT + 1], 0o600);
            check(&path, "the password from the file is too long: more than 65536 octets");
            write(&path, b"hunter2\rrest", 0o600);
            check(&path, "the password from the file holds CR, which IMAP cannot carry in a password");
        }

        #[test]
        fn owner_and_mode_decide_together() {
            let check = |owner, mode, user, expected: &str| {
                let facts = Facts { regular: true, access: Access::Unix { owner, mode, user } };
                let actual =
                    facts.check(Path::new("f")).map_or_else(|err| err.to_string(), |()| "ok".to_owned());
                assert_eq!(actual, expected);
            };
            check(1000, 0o600, 1000, "ok");
            check(0, 0o400, 1000, "ok");
            check(0, 0o600, 0, "ok");
            check(1001, 0o600, 1000, "the password file f belongs to another user");
            check(1001, 0o600, 0, "the password file f belongs to another user");
            check(0, 0o440, 1000, "the password file f is open to other users (mode 0440)");
            check(1000, 0o4610, 1000, "the password file f is open to other users (mode 4610)");
        }
    }

    #[test]
    fn what_is_typed_at_the_prompt() {
        let check = |typed: &str, expected: &str| {
            let terminal = rpassword::ConfigBuilder::new().input_data(typed).output_discard().build();
            assert_eq!(outcome(ask("password: ", terminal)), expected);
        };
        check("hunter2\n", "ok hunter2");
        check("\n", "the password that was typed is empty");
        check("\u{4}", "the password that was typed is empty");
    }

    #[test]
    fn a_password_cannot_be_printed() {
        let password = Password::parse(b"hunter2").unwrap();
        assert_eq!(format!("{password:?} {password:#?}"), "Password(***) Password(***)");
        let source = Source::Environment(Zeroizing::new(b"hunter2".to_vec()));
        assert_eq!(format!("{source:?}"), "Environment(***)");
        let source = Source::Command("echo hunter2".into());
        assert_eq!(format!("{source:?}"), "Command(***)");
    }
}
