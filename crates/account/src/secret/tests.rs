use super::*;
use crate::config::KeyringEntry;

fn told(result: Result<Secret, SecretError>) -> String {
    match result {
        Ok(secret) => format!("ok {}", String::from_utf8_lossy(secret.expose())),
        Err(err) => match err.hint() {
            Some(hint) => format!("{err}; {hint}"),
            None => err.to_string(),
        },
    }
}

async fn read(source: Source) -> String {
    told(obtain(source, &Options::new(Terminal::Absent)).await)
}

#[tokio::test]
async fn the_environment_is_taken_as_it_is() {
    let check = async |value: &[u8], expected: &str| {
        let value = Zeroizing::new(value.to_vec());
        let source = Source::Environment { variable: "TAYORI_PASSWORD".to_owned(), value };
        assert_eq!(read(source).await, expected);
    };
    check(b"hunter2", "ok hunter2").await;
    check(b" a \"b\\c\" ", "ok  a \"b\\c\" ").await;
    check("便り\u{1b}".as_bytes(), "ok 便り\u{1b}").await;
    check(b"", "the password in TAYORI_PASSWORD is empty; unset it to be asked for the password").await;
    check(b"a\nb", "the password in TAYORI_PASSWORD holds LF, which IMAP cannot carry in a password").await;
    check(b"a\r", "the password in TAYORI_PASSWORD holds CR, which IMAP cannot carry in a password").await;
    check(b"a\0", "the password in TAYORI_PASSWORD holds NUL, which IMAP cannot carry in a password").await;
    check(b"caf\xe9", "the password in TAYORI_PASSWORD is not UTF-8").await;
}

#[tokio::test]
async fn what_somebody_typed() {
    let check = async |answer: Result<&'static str, AskError>, expected: &str| {
        let ask: Ask = Box::new(move || answer.map(|typed| Zeroizing::new(typed.to_owned())));
        assert_eq!(read(Source::Prompt(ask)).await, expected);
    };
    check(Ok("hunter2"), "ok hunter2").await;
    check(Ok(""), "the password that was typed is empty").await;
    check(Err(AskError::Closed), "the password that was typed is empty").await;
    check(Err(AskError::Interrupted), "interrupted").await;
    check(Err(AskError::Failed(io::Error::other("x"))), "the password could not be asked for").await;
}

#[test]
fn the_source_that_the_settings_name() {
    let environment = Environment::fixed([("PW", "hunter2")]);
    let check = |setting: SecretSource, expected: &str| {
        let source = Source::of(&setting, "work", &environment, None);
        assert_eq!(
            source.map_or_else(
                |err| told(Err(err)),
                |source| source.map_or("none".to_owned(), |s| format!("{s:?}"))
            ),
            expected
        );
    };
    check(SecretSource::Command(CommandLine::Shell("echo hunter2".into())), "Command(Shell(***))");
    check(SecretSource::Command(CommandLine::Program(vec!["x".into()])), "Command(Program(***))");
    check(SecretSource::File("f".into()), "File(\"f\")");
    check(SecretSource::Environment("PW".into()), "Environment(PW, ***)");
    check(
        SecretSource::Environment("NO".into()),
        "the environment variable NO is not set; set it, or name another source of the password",
    );
    check(SecretSource::Keyring(KeyringEntry::default()), "Keyring { service: \"tayori\", user: \"work\" }");
    check(
        SecretSource::Keyring(KeyringEntry { service: Some("s".into()), user: Some("u".into()) }),
        "Keyring { service: \"s\", user: \"u\" }",
    );
    check(
        SecretSource::Prompt,
        "a password is needed, and there is no terminal to ask for it; \
         give password-command, password-file, password-env or keyring in the configuration",
    );
    let ask: Ask = Box::new(|| Err(AskError::Closed));
    let source = Source::of(&SecretSource::Prompt, "work", &environment, Some(ask));
    assert_eq!(format!("{:?}", source.unwrap().unwrap()), "Prompt");
}

#[cfg(unix)]
mod commands {
    use std::path::Path;

    use super::*;

    fn shell(command: &str) -> Source {
        Source::Command(SecretCommand::Shell(command.into()))
    }

    async fn check(command: &str, expected: &str) {
        for terminal in [Terminal::Absent, Terminal::Present] {
            let told = told(obtain(shell(command), &Options::new(terminal)).await);
            assert_eq!(told, expected, "{command}");
        }
    }

    #[tokio::test]
    async fn a_command_prints_the_password_on_its_first_line() {
        check("echo hunter2", "ok hunter2").await;
        check("printf hunter2", "ok hunter2").await;
        check("printf 'hunter2\\r\\nuser: ann\\n'", "ok hunter2").await;
        check("printf ' two words \\nx'", "ok  two words ").await;
        check("read_it() { echo 便り; }; read_it", "ok 便り").await;
    }

    /// The list is not given to a shell: nothing in it is special.
    #[tokio::test]
    async fn a_list_is_run_as_it_is() {
        let words = ["printf", "%s", "$HOME `x` * ; echo"].map(str::to_owned).to_vec();
        let command = SecretCommand::from(&CommandLine::Program(words));
        assert_eq!(read(Source::Command(command)).await, "ok $HOME `x` * ; echo");
        let command = SecretCommand::Program("/nonexistent/program".into(), Vec::new());
        assert_eq!(
            read(Source::Command(command)).await,
            "the password command could not be run; check that the program is there; a string is run by the shell, a \
             list as it is"
        );
    }

    #[tokio::test]
    async fn a_failing_command_is_reported_without_its_output() {
        check(
            "echo hunter2; exit 3",
            "the password command failed: exit status: 3; run it by hand to see what is wrong",
        )
        .await;
        check(
            "echo hunter2; kill -9 $$",
            "the password command failed: signal: 9 (SIGKILL); run it by hand to see what is wrong",
        )
        .await;
        check("true", "the password from the command is empty; the password is the first line").await;
        check("echo; echo hunter2", "the password from the command is empty; the password is the first line")
            .await;
        check("printf 'caf\\351\\n'", "the password from the command is not UTF-8").await;
        check(
            "printf 'a\\0b\\n'",
            "the password from the command holds NUL, which IMAP cannot carry in a password",
        )
        .await;
        check(
            "printf 'a\\rb\\n'",
            "the password from the command holds CR, which IMAP cannot carry in a password",
        )
        .await;
        // Ends although the command would go on for ever.
        check("yes hunter2", "the password from the command is too long: more than 65536 octets").await;
    }

    fn pipe(folder: &Path) -> std::path::PathBuf {
        let pipe = folder.join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        pipe
    }

    /// Runs a command that opens `$pipe` for writing and hangs, and waits until nobody has it open any more: then all
    /// that the command started is gone. The clock stands still until the command has opened it.
    async fn ended(command: &str, terminal: Terminal) -> String {
        let folder = tempfile::tempdir().unwrap();
        let pipe = pipe(folder.path());
        let command = format!("pipe='{}'; {command}", pipe.display());
        let opened = tokio::task::spawn_blocking(move || std::fs::File::open(pipe).unwrap());
        let options = Options::new(terminal);
        let (outcome, reader) = tokio::join!(obtain(shell(&command), &options), opened);
        let closed =
            tokio::task::spawn_blocking(move || io::copy(&mut reader.unwrap(), &mut io::sink()).unwrap());
        assert_eq!(closed.await.unwrap(), 0);
        told(outcome)
    }

    const TIMED_OUT: &str = "the password command had not ended after 300 seconds; \
                             it was ended, and what it had started; \
                             run it by hand; it may wait for somebody to type something";

    #[tokio::test(start_paused = true)]
    async fn a_command_that_hangs_is_ended_with_what_it_started() {
        for terminal in [Terminal::Absent, Terminal::Present] {
            assert_eq!(ended("exec 3>$pipe; sleep 1000", terminal).await, TIMED_OUT);
            // Prints what is wanted, and does not end.
            assert_eq!(
                ended("echo hunter2; exec 3>$pipe; (sleep 1000; true); true", terminal).await,
                TIMED_OUT
            );
        }
        // Its output is held open by another process.
        assert_eq!(ended("sleep 1000 3>$pipe & exit 0", Terminal::Absent).await, TIMED_OUT);
    }

    /// One that does not listen is ended all the same.
    #[tokio::test(start_paused = true)]
    async fn a_command_that_does_not_want_to_end() {
        for terminal in [Terminal::Absent, Terminal::Present] {
            let command =
                "trap '' TERM; exec 3>$pipe; while :; do read x <&0 || exec tail -f /dev/null; done";
            assert_eq!(ended(command, terminal).await, TIMED_OUT);
        }
    }

    /// Whoever stops waiting does not leave it behind.
    #[tokio::test]
    async fn a_command_nobody_waits_for_is_ended() {
        for terminal in [Terminal::Absent, Terminal::Present] {
            let folder = tempfile::tempdir().unwrap();
            let pipe = pipe(folder.path());
            let command = format!("exec 3>'{}'; sleep 1000", pipe.display());
            let options = Options::new(terminal);
            let waiting = tokio::spawn(async move { obtain(shell(&command), &options).await });
            let opened = tokio::task::spawn_blocking(move || std::fs::File::open(pipe).unwrap());
            let mut reader = opened.await.unwrap();
            waiting.abort();
            let closed = tokio::task::spawn_blocking(move || io::copy(&mut reader, &mut io::sink()).unwrap());
            assert_eq!(closed.await.unwrap(), 0);
        }
    }
}

#[cfg(unix)]
mod files {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::path::Path;

    use super::*;

    fn write(path: &Path, content: &[u8], mode: u32) {
        fs::write(path, content).unwrap();
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    async fn check(path: &Path, expected: &str) {
        let actual = read(Source::File(path.to_owned())).await;
        let folder = path.parent().unwrap().to_str().unwrap();
        assert_eq!(actual.replace(folder, "DIR"), expected);
    }

    #[tokio::test]
    async fn the_first_line_of_a_private_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        write(&path, b"hunter2\nsecond line\n", 0o600);
        check(&path, "ok hunter2").await;
        write(&path, b"hunter2", 0o400);
        check(&path, "ok hunter2").await;
        let link = folder.path().join("link");
        symlink(&path, &link).unwrap();
        check(&link, "ok hunter2").await;
    }

    #[tokio::test]
    async fn a_file_that_others_can_open_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("it's mine");
        for mode in [0o644, 0o640, 0o620, 0o601, 0o666] {
            write(&path, b"hunter2\n", mode);
            let expected = format!(
                "the password file DIR/it's mine is open to other users (mode {mode:04o}); \
                 chmod 600 'DIR/it'\\''s mine'"
            );
            check(&path, &expected).await;
        }
        // What is at the end of the link counts.
        let link = folder.path().join("link");
        symlink(&path, &link).unwrap();
        check(&link, "the password file DIR/link is open to other users (mode 0666); chmod 600 DIR/link")
            .await;
    }

    #[tokio::test]
    async fn what_is_no_file_is_refused_without_waiting() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let status = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert!(status.success());
        let why = "is no regular file; for a pipe or another program use password-command";
        check(&pipe, &format!("the password file DIR/pipe {why}")).await;
        fs::create_dir(folder.path().join("folder")).unwrap();
        check(&folder.path().join("folder"), &format!("the password file DIR/folder {why}")).await;
        check(
            &folder.path().join("missing"),
            "the password file DIR/missing could not be read; check the path, and who may read it",
        )
        .await;
    }

    #[tokio::test]
    async fn content_that_is_no_password_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        write(&path, b"", 0o600);
        check(&path, "the password from the file is empty; the password is the first line").await;
        write(&path, b"\nhunter2\n", 0o600);
        check(&path, "the password from the file is empty; the password is the first line").await;
        write(&path, &vec![b'x'; LIMIT + 1], 0o600);
        check(&path, "the password from the file is too long: more than 65536 octets").await;
        write(&path, b"hunter2\rrest", 0o600);
        check(&path, "the password from the file holds CR, which IMAP cannot carry in a password").await;
    }
}
