//! Help, typos, and what is refused before anything is connected.

use std::process::Command;

use crate::common::program::{Folder, Run, TAYORI, skip};

const USAGE: &str = "\nUsage: tayori fetch [OPTIONS] [PLACE]\n\nFor more information, try '--help'.\n";

#[test]
fn help_goes_to_stdout_and_mistakes_to_stderr() {
    let help = Run::new().args("--help").run();
    assert_eq!((help.code, help.stderr.as_str()), (0, ""));
    assert!(help.stdout.starts_with(b"An IMAP client"));
    let nothing = Run::new().run();
    assert_eq!((nothing.code, nothing.stdout.as_slice()), (2, b"".as_slice()));
    assert_eq!(nothing.stderr.as_bytes(), help.stdout);
    let version = concat!("tayori ", env!("CARGO_PKG_VERSION"), "\n");
    Run::new().args("-V").run().check(0, version, "");
    Run::new().args("--version").run().check(0, format!("{version}JSON 1\n"), "");
}

#[test]
fn typos_are_met_with_the_right_word() {
    Run::new().args("fetc x").run().check(
        2,
        "",
        "error: unrecognized subcommand 'fetc'\n\n  tip: a similar subcommand exists: 'fetch'\n\n\
         Usage: tayori <COMMAND>\n\nFor more information, try '--help'.\n",
    );
    Run::new().args("fetch imaps://ann@mail.invalid/ --al -o x").run().check(
        2,
        "",
        "error: unexpected argument '--al' found\n\n  tip: a similar argument exists: '--all'\n\n\
         Usage: tayori fetch --all <PLACE>\n\nFor more information, try '--help'.\n",
    );
}

fn refused(place: &str, options: &str, stderr: &str) {
    Run::new().arg("fetch").arg(place).args(options).run().check(2, "", &format!("{stderr}{USAGE}"));
}

#[test]
fn places_that_cannot_be_used() {
    refused(
        "mail.example.org/INBOX",
        "--all -o x",
        "error: this is neither the name of an account nor a URL\n\
         hint: write imaps://user@host/mailbox, or ACCOUNT:mailbox\n",
    );
    refused(
        "imaps://ann@mail.invalid/",
        "-o x",
        "error: nothing says which messages are meant\n\
         hint: use --number, --uid, --query, --search, --last or --all, or put ;UID=20 at the end of the place\n",
    );
    refused(
        "imaps://ann@mail.invalid/a%1b%5b31mb",
        "--all -o x",
        "error: a control character has no business in a place (octet 26)\n\
         hint: names are written as they are, or percent-encoded from UTF-8\n",
    );
    refused(
        "imaps://ann@mail.invalid/a\u{1b}[31mb",
        "--all -o x",
        "error: a control character has no business in a place (octet 26)\n\
         hint: names are written as they are, or percent-encoded from UTF-8\n",
    );
}

#[test]
fn a_password_in_the_place_is_refused_and_not_repeated() {
    refused(
        "imaps://ann:hunter2@mail.invalid/",
        "--all -o x",
        "error: a password in a place is refused: it would stay in the shell's history and in the list of \
         processes\n\
         hint: leave the password out and give it with --password-command, --password-file, the environment \
         variable TAYORI_PASSWORD, or when asked for; a : in a user name is written %3A\n",
    );
    for option in ["--password hunter2", "--password=hunter2"] {
        refused(
            "imaps://ann@mail.invalid/",
            &format!("--all -o x {option}"),
            "error: there is no --password: it would stay in the shell's history and in the list of processes\n\
             hint: use --password-command, --password-file, the environment variable TAYORI_PASSWORD, or wait to \
             be asked\n",
        );
    }
}

/// Nobody should type a password first, to be told then that it was for nothing.
#[test]
fn what_is_wrong_is_told_before_a_password_is_asked_for() {
    let folder = Folder::new();
    let check = |place: &str, options: &str, stderr: &str| {
        let run = Run::new().arg("fetch").arg(place).args(options).without_env("TAYORI_PASSWORD");
        run.folder(&folder).run().check(2, "", stderr);
    };
    let place = "imaps://ann@mail.invalid/";
    check(
        place,
        "--all -o x --fingerprint SHA256:ab",
        &format!(
            "error: --fingerprint cannot be read: a fingerprint has 64 hexadecimal digits behind `SHA256:`\n\
             hint: openssl x509 -noout -fingerprint -sha256 -in cert.pem shows it\n{USAGE}"
        ),
    );
    check(
        place,
        "--all -o x --ca-file missing.pem",
        "error: cannot open the CA file missing.pem: No such file or directory (os error 2)\n",
    );
    check(
        place,
        "--number 1:x -o x",
        "error: --number 1:x: expected a digit, `:`, `,` or `*` at character 3\n\
         hint: write 1 or 5:7,9 or 10:*\n",
    );
    check(
        place,
        "--uid 0 -o x",
        "error: --uid 0: expected a number from 1 to 4294967295 at character 1\n\
         hint: write 1 or 5:7,9 or 10:*\n",
    );
    check(
        "imaps://ann;AUTH=NTLM@mail.invalid/",
        "--all -o x",
        "error: the place asks for the login mechanism NTLM, which tayori does not have\n\
         hint: leave out ;AUTH= to use the best that the server offers; it has SCRAM-SHA-512-PLUS, \
         SCRAM-SHA-256-PLUS, SCRAM-SHA-1-PLUS, EXTERNAL, SCRAM-SHA-512, SCRAM-SHA-256, SCRAM-SHA-1, DIGEST-MD5, \
         CRAM-MD5, OAUTHBEARER, XOAUTH2, PLAIN, LOGIN, ANONYMOUS\n",
    );
    folder.check_files("", &[]);
}

#[test]
fn a_connection_without_protection_is_warned_of() {
    let outcome = Run::new().args("fetch imap://ann@mail.invalid/ --tls none --all -o - --quiet").run();
    assert_eq!(outcome.code, 7);
    assert_eq!(
        outcome.stderr.lines().next(),
        Some(
            "warning: without TLS, everybody between here and mail.invalid can read the password and the mail"
        )
    );
}

/// On a terminal clap would use colours; nothing here is one, and NO_COLOR forbids it everywhere.
#[test]
fn no_colours() {
    for name in ["NO_COLOR", "UNUSED"] {
        let outcome = Run::new().args("fetch --nonsense").env(name, "1").run();
        assert!(!outcome.stderr.contains('\u{1b}'));
        assert_eq!(outcome.code, 2);
    }
    // A real terminal, if there is a program that makes one.
    let on_terminal = |prefix: &str| {
        let command = format!("{prefix} '{TAYORI}' fetch --nonsense");
        Command::new("script").args(["-qec", &command, "/dev/null"]).env("TERM", "xterm").output()
    };
    let Ok(coloured) = on_terminal("env -u NO_COLOR") else {
        skip("script(1) is not installed");
        return;
    };
    assert!(coloured.stdout.contains(&0x1b), "{}", coloured.stdout.escape_ascii());
    let plain = on_terminal("env NO_COLOR=1").unwrap();
    assert!(!plain.stdout.contains(&0x1b), "{}", plain.stdout.escape_ascii());
}

#[test]
fn a_message_is_not_written_to_a_terminal_as_it_is() {
    // The other end of a terminal that nobody looks at is a terminal as well.
    let terminal = std::fs::File::options().read(true).write(true).open("/dev/ptmx").unwrap();
    let outcome = Run::new()
        .args("fetch imap://ann@127.0.0.1:1/INBOX --tls none --last 1 -o -")
        .stdout(std::process::Stdio::from(terminal))
        .run();
    outcome.check(
        2,
        "",
        "error: stdout is a terminal, which a message could drive; messages are written there as they are\n\
         hint: send it through a pager (-o - | less), or into a file\n",
    );
}
