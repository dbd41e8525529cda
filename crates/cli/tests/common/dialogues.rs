//! Dialogues by hand that every server has to understand, driven through `tayori shell` with a pipe, and the table of
//! the commands of RFC 3501 in the four states.

use std::ffi::OsStr;
use std::process::Command;

use super::program::{Folder, Outcome, Run, TAYORI};

/// A run of the shell that reads these entries from a pipe. Times are not shown.
pub(crate) fn shell(folder: &Folder, entries: &[impl AsRef<str>]) -> Run {
    let lines: Vec<&str> = entries.iter().map(AsRef::as_ref).collect();
    folder.write("entries", &format!(".time off\n{}\n", lines.join("\n")));
    let mut command = Command::new("/bin/sh");
    command.args(["-c", "exec \"$0\" \"$@\" < entries", TAYORI, "shell"]);
    Run::through(command).folder(folder)
}

/// One thing that is typed, and what has to come of it.
pub(crate) struct Step {
    pub(crate) typed: String,
    /// The words that may stand in the answer.
    pub(crate) answers: &'static [&'static str],
    /// What lines in front of the answer have to hold, in this order.
    pub(crate) tells: Vec<String>,
}

pub(crate) const OK: &[&str] = &["OK"];
pub(crate) const NO: &[&str] = &["NO"];
pub(crate) const BAD: &[&str] = &["BAD"];
/// RFC 3501 leaves it open which of the two it is, or servers do.
pub(crate) const REFUSED: &[&str] = &["NO", "BAD"];

pub(crate) fn step(typed: impl Into<String>, answers: &'static [&'static str], tells: &[&str]) -> Step {
    Step { typed: typed.into(), answers, tells: tells.iter().map(|&text| text.to_owned()).collect() }
}

/// The first dialogue: 22 messages in the inbox, or what stands for it, as [`mails`] makes them, and one in `test`.
pub(crate) fn reading(login: &str, inbox: &str, test: &str) -> Vec<Step> {
    let rows: Vec<String> = (1..=22).map(|number| format!("* {number} FETCH (")).collect();
    let mut all = step("FETCH 1:22 (FLAGS BODY[HEADER.FIELDS (DATE FROM SUBJECT)])", OK, &[]);
    all.tells = rows;
    vec![
        step(login, OK, &[]),
        step(format!("SELECT {inbox}"), OK, &["* 22 EXISTS"]),
        all,
        step("FETCH 3 BODY[TEXT]", OK, &["* 3 FETCH (", "BODY[TEXT] {"]),
        step("FETCH 8 BODY[TEXT]", OK, &["* 8 FETCH (", "BODY[TEXT] {"]),
        step("FETCH 19 BODY[TEXT]", OK, &["* 19 FETCH (", "BODY[TEXT] {"]),
        step(format!("COPY 22 {test}"), OK, &[]),
        step("STORE 21:22 +FLAGS (\\Deleted)", OK, &["* 21 FETCH (FLAGS (", "* 22 FETCH (FLAGS ("]),
        step("SEARCH BODY test NOT FROM someaddr@somewhere.edu", OK, &["* SEARCH 8 19"]),
        step(
            "FETCH 8,19 (FLAGS BODY[HEADER.FIELDS (DATE FROM SUBJECT)])",
            OK,
            &["* 8 FETCH (", "* 19 FETCH ("],
        ),
        step("CLOSE", OK, &[]),
        step(format!("SELECT {test}"), OK, &["* 2 EXISTS"]),
        step(format!("STATUS {test} (MESSAGES)"), OK, &["* STATUS ", "(MESSAGES 2)"]),
        step("FETCH 1:2 (FLAGS BODY[HEADER.FIELDS (SUBJECT)])", OK, &["* 1 FETCH (", "* 2 FETCH ("]),
        step("STORE 1:2 FLAGS (\\Answered)", OK, &["\\Answered", "\\Answered"]),
        step("LOGOUT", OK, &["* BYE"]),
    ]
}

/// The second: a wrong password, then the right one, and a message in its parts. One message is in `parts`, a
/// multipart.
pub(crate) fn parts(wrong: &str, login: &str, mailbox: &str) -> Vec<Step> {
    vec![
        step(wrong, NO, &[]),
        step(login, OK, &[]),
        step(format!("SELECT {mailbox}"), OK, &["* 1 EXISTS"]),
        step("UID SEARCH 1", OK, &["* SEARCH "]),
        step("FETCH 1 RFC822.SIZE", OK, &["* 1 FETCH (", "RFC822.SIZE "]),
        step("UID FETCH 1:* (UID FLAGS)", OK, &["* 1 FETCH (", "UID "]),
        step("FETCH 1 BODY[]", OK, &["* 1 FETCH (", "BODY[] {"]),
        step(
            "FETCH 1 (BODY[1] BODY[2.MIME] BODY[HEADER])",
            OK,
            &["BODY[1] ", "BODY[2.MIME] ", "BODY[HEADER] {"],
        ),
        step("STORE 1 +FLAGS (\\Deleted)", OK, &["\\Deleted"]),
        step("EXPUNGE", OK, &["* 1 EXPUNGE"]),
        step("NOOP", OK, &[]),
    ]
}

/// The fetch of the third dialogue.
pub(crate) const NONE_THERE: &str = "FETCH 1:3 BODY[TEXT]";

/// The third: a mailbox with nothing in it, and what is no command.
pub(crate) fn nothing(
    login: &str,
    mailbox: &str,
    none_there: Step,
    no_command: &'static [&'static str],
) -> Vec<Step> {
    vec![
        step(login, OK, &[]),
        step(format!("CREATE {mailbox}"), OK, &[]),
        step(format!("SELECT {mailbox}"), OK, &["* 0 EXISTS"]),
        none_there,
        step("Quit", no_command, &[]),
    ]
}

/// 22 mails; the word `test` is in the 2nd, the 8th and the 19th, and the 2nd comes from somebody who is not meant.
pub(crate) fn mails() -> Vec<String> {
    (1..=22)
        .map(|number| {
            let from = if number == 2 { "someaddr@somewhere.edu" } else { "ann@example.org" };
            let word = if matches!(number, 2 | 8 | 19) { "a test" } else { "no exam" };
            format!(
                "Date: Mon, 05 Jan 2026 10:00:{number:02} +0100\r\nFrom: {from}\r\nSubject: mail {number}\r\n\r\n\
                 This is {word}.\r\n"
            )
        })
        .collect()
}

pub(crate) const MULTIPART: &str = "From: ann@example.org\r\nSubject: two parts\r\nMIME-Version: 1.0\r\n\
     Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\none\r\n\
     --b\r\nContent-Type: text/html\r\n\r\n<p>two</p>\r\n--b--\r\n";

/// A command and what came of it.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) typed: String,
    pub(crate) told: Vec<String>,
    /// `OK`, `NO` or `BAD`; empty without an answer.
    pub(crate) status: String,
}

/// The commands on stdout, with what came for each.
pub(crate) fn answers(stdout: &[u8]) -> Vec<Answered> {
    let text = String::from_utf8_lossy(stdout);
    let mut answers: Vec<Answered> = Vec::new();
    for line in text.lines() {
        if let Some(said) = line.strip_prefix("C: ") {
            // What goes on with a command has no tag of the shell.
            let (tag, typed) = said.split_once(' ').unwrap_or((said, ""));
            if tag.strip_prefix('a').is_some_and(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()))
            {
                answers.push(Answered { typed: typed.to_owned(), told: Vec::new(), status: String::new() });
            }
        } else if let (Some(said), Some(answer)) = (line.strip_prefix("S: "), answers.last_mut()) {
            match said.strip_prefix("  ") {
                Some(told) => answer.told.push(told.to_owned()),
                // A greeting, or what was told between two commands.
                None if said.starts_with(['*', '+']) => {}
                None => answer.status = said.split(' ').nth(1).unwrap_or_default().to_owned(),
            }
        }
    }
    answers
}

/// Every command has the answer that its step wants.
#[track_caller]
pub(crate) fn check_steps(outcome: &Outcome, steps: &[Step]) {
    let shown = String::from_utf8_lossy(&outcome.stdout);
    let answers = answers(&outcome.stdout);
    assert_eq!(answers.len(), steps.len(), "{shown}\n{}", outcome.stderr);
    for (answer, step) in answers.iter().zip(steps) {
        let Answered { typed, told, status } = answer;
        assert!(step.answers.contains(&&status[..]), "{typed}: {status}\n{shown}\n{}", outcome.stderr);
        let mut lines = told.join("\n");
        for wanted in &step.tells {
            // What a server says may stand in another case: `inbox`, `(Messages 2)`.
            let at = lines.to_ascii_uppercase().find(&wanted.to_ascii_uppercase());
            let Some(at) = at else { panic!("{typed}: no {wanted:?} in {told:?}") };
            lines.drain(..at + wanted.len());
        }
    }
}

/// A command in the states of RFC 3501 section 3.
pub(crate) struct Row {
    /// Literals and challenges follow in further lines.
    pub(crate) typed: &'static [&'static str],
    /// Not authenticated, authenticated, selected. In the fourth, logout, there is nobody to say anything to.
    pub(crate) answers: [&'static [&'static str]; 3],
}

/// Every command of RFC 3501 section 6 once. `{}` stands for the prefix of names. The mailbox `{}old` is there, and so
/// is `{}there` with one message; it is the one that is selected.
pub(crate) const COMMANDS: &[Row] = &[
    any(&["CAPABILITY"]),
    any(&["NOOP"]),
    any(&["LOGOUT"]),
    Row { typed: &["STARTTLS"], answers: [REFUSED, REFUSED, REFUSED] },
    Row { typed: &["AUTHENTICATE PLAIN", "?"], answers: [OK, REFUSED, REFUSED] },
    Row { typed: &["LOGIN ann {?}"], answers: [OK, REFUSED, REFUSED] },
    authenticated(&["SELECT {}there"]),
    authenticated(&["EXAMINE {}there"]),
    authenticated(&["CREATE {}new-@"]),
    authenticated(&["DELETE {}gone-@"]),
    authenticated(&["RENAME {}moved-@ {}renamed-@"]),
    authenticated(&["SUBSCRIBE {}there"]),
    authenticated(&["UNSUBSCRIBE {}there"]),
    authenticated(&["LIST \"\" *"]),
    authenticated(&["LSUB \"\" *"]),
    authenticated(&["STATUS {}old (MESSAGES)"]),
    authenticated(&["APPEND {}old {< mail.eml}"]),
    selected(&["CHECK"]),
    selected(&["CLOSE"]),
    selected(&["EXPUNGE"]),
    selected(&["SEARCH ALL"]),
    selected(&["FETCH 1 FLAGS"]),
    selected(&["STORE 1 +FLAGS (\\Flagged)"]),
    selected(&["COPY 1 {}old"]),
    selected(&["UID FETCH 1:* FLAGS"]),
];

const fn any(typed: &'static [&'static str]) -> Row {
    Row { typed, answers: [OK, OK, OK] }
}

const fn authenticated(typed: &'static [&'static str]) -> Row {
    Row { typed, answers: [REFUSED, OK, OK] }
}

const fn selected(typed: &'static [&'static str]) -> Row {
    Row { typed, answers: [REFUSED, REFUSED, OK] }
}

/// Sends each command on a connection of its own, in each state, and compares with the table; `refused` is how this
/// server refuses a command in the wrong state. `run` adds the place and all that is needed to get there.
pub(crate) fn check_table(
    folder: &Folder,
    prefix: &str,
    login: &str,
    run: impl Fn(Run) -> Run,
    refused: &[&str],
) {
    folder.write("mail.eml", "Subject: appended\r\n\r\nIt is.\r\n");
    for state in [State::NotAuthenticated, State::Authenticated, State::Selected, State::Logout] {
        let mut entries: Vec<String> = Vec::new();
        for (index, row) in COMMANDS.iter().enumerate() {
            if index > 0 {
                entries.push(".connect".to_owned());
            }
            entries.extend(state.prologue(prefix, login));
            // Only who is asked has something to answer.
            let lines = if state == State::NotAuthenticated { row.typed } else { &row.typed[..1] };
            entries.extend(lines.iter().map(|line| with_names(line, prefix, login, state)));
        }
        let outcome = run(shell(folder, &entries)).run();
        let shown = String::from_utf8_lossy(&outcome.stdout).into_owned();
        let before = state.prologue(prefix, login).len();
        let answers = answers(&outcome.stdout);
        let mut answers = answers.iter();
        for row in COMMANDS {
            for _ in 0..before {
                let prologue = answers.next().expect("an answer to each command");
                assert_eq!(prologue.status, "OK", "{prologue:?}\n{shown}\n{}", outcome.stderr);
            }
            let Some(expected) = state.of(row) else {
                let name = row.typed[0].split(' ').next().unwrap_or_default();
                let refusal = format!("error: {name}");
                assert!(outcome.stderr.contains(&refusal), "{name}: {}", outcome.stderr);
                continue;
            };
            let answer =
                answers.next().unwrap_or_else(|| panic!("no {:?}: {shown}\n{}", row.typed, outcome.stderr));
            let status = &answer.status[..];
            let right =
                if expected == REFUSED { refused.contains(&status) } else { expected.contains(&status) };
            assert!(right, "{state:?}: {answer:?}\n{}", outcome.stderr);
        }
        assert!(answers.next().is_none(), "{shown}");
        if state == State::Logout {
            let not_sent = outcome.stderr.matches("was not sent, since there is no connection").count();
            assert_eq!(not_sent, COMMANDS.len(), "{}", outcome.stderr);
        }
    }
}

fn with_names(line: &str, prefix: &str, login: &str, state: State) -> String {
    if line.starts_with("LOGIN ") {
        return login.to_owned();
    }
    line.replace("{}", prefix).replace('@', state.letter())
}

/// Mailboxes that the table needs beside `old` and `there`.
pub(crate) const TABLE_MAILBOXES: [&str; 4] = ["gone-a", "gone-s", "moved-a", "moved-s"];

/// The states of RFC 3501 section 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    NotAuthenticated,
    Authenticated,
    Selected,
    Logout,
}

impl State {
    fn prologue(self, prefix: &str, login: &str) -> Vec<String> {
        let login = login.to_owned();
        match self {
            Self::NotAuthenticated => Vec::new(),
            Self::Authenticated => vec![login],
            Self::Selected => vec![login, format!("SELECT {prefix}there")],
            Self::Logout => vec!["LOGOUT".to_owned()],
        }
    }

    fn of(self, row: &Row) -> Option<&'static [&'static str]> {
        match self {
            Self::NotAuthenticated => Some(row.answers[0]),
            Self::Authenticated => Some(row.answers[1]),
            Self::Selected => Some(row.answers[2]),
            Self::Logout => None,
        }
    }

    /// So that what is made in one state is not there already in the next.
    fn letter(self) -> &'static str {
        match self {
            Self::NotAuthenticated => "n",
            Self::Authenticated => "a",
            Self::Selected => "s",
            Self::Logout => "l",
        }
    }
}

/// `tayori shell ... --command TEXT ...`
pub(crate) fn given(texts: &[impl AsRef<OsStr>]) -> Run {
    let mut run = Run::new().args("shell");
    for text in texts {
        run = run.arg("--command").arg(text);
    }
    run
}
