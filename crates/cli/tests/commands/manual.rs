//! `man` and `completions`: made from what the command line is read by.

use std::fs;
use std::process::{Command, Stdio};

use crate::common::program::{Folder, Run, skip};

/// The commands that `--help` lists.
fn commands() -> Vec<String> {
    let help = String::from_utf8(Run::new().args("--help").run().stdout).unwrap();
    let names = help.lines().filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next());
    names.filter(|name| !name.starts_with('-')).map(str::to_owned).collect()
}

#[test]
fn every_command_has_a_page() {
    let folder = Folder::new();
    Run::new().args("man --output pages/man1").folder(&folder).run().check(0, "", "");
    let pages = fs::read_dir(folder.at("pages/man1")).unwrap();
    let mut pages: Vec<String> = pages.map(|page| page.unwrap().file_name().into_string().unwrap()).collect();
    pages.sort();
    for command in commands() {
        assert!(pages.contains(&format!("tayori-{command}.1")), "{command}: {pages:?}");
    }
    for page in &pages {
        let text = fs::read_to_string(folder.at("pages/man1").join(page)).unwrap();
        assert!(text.contains(".SH NAME") && text.contains(".SH SYNOPSIS"), "{page}: {text}");
    }
    // The head of a page names the whole command, its foot the version.
    let text = fs::read_to_string(folder.at("pages/man1/tayori-mailbox-create.1")).unwrap();
    let head =
        format!(".TH TAYORI-MAILBOX-CREATE 1  \"tayori {}\" \"Tayori Manual\"", env!("CARGO_PKG_VERSION"));
    assert!(text.lines().any(|line| line == head), "{text}");
    // Tables and examples are not filled.
    assert!(text.contains("\n.SH NOTES\n.in 0\n.nf\n"), "{text}");
    // One page alone is the same as the one in the folder.
    let one = Run::new().args("man fetch").run();
    assert_eq!((one.code, one.stderr.as_str()), (0, ""));
    assert_eq!(one.stdout, fs::read(folder.at("pages/man1/tayori-fetch.1")).unwrap());
}

/// Wider lines break in the help, and an example in two lines cannot be copied.
#[test]
fn notes_and_examples_fit_into_80_columns() {
    for command in commands() {
        let page = String::from_utf8(Run::new().args("man").arg(&command).run().stdout).unwrap();
        let (_, notes) = page.split_once("\n.SH NOTES\n").unwrap();
        for line in notes.lines() {
            let line = line.replace("\\*(Aq", "'").replace("\\-", "-").replace("\\\\", "\\");
            assert!(line.trim_start_matches("\\&").chars().count() <= 80, "{command}: {line}");
        }
    }
}

#[test]
fn a_page_that_is_not_there() {
    let stderr = "error: there is no command fetch it\nhint: tayori --help lists them\n";
    Run::new().args("man fetch it").run().check(2, "", stderr);
}

#[test]
fn pages_that_cannot_be_written() {
    let folder = Folder::new();
    folder.write("pages", "");
    let stderr = "error: cannot write the manual into pages: File exists (os error 17)\n";
    Run::new().args("man --output pages").folder(&folder).run().check(9, "", stderr);
}

/// Every shell gets every command, and a shell that is here can read what it gets.
#[test]
fn completions_name_every_command() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let outcome = Run::new().arg("completions").arg(shell).run();
        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{shell}");
        let script = String::from_utf8(outcome.stdout).unwrap();
        for command in commands() {
            assert!(script.contains(&command), "{shell}: {command}");
        }
        assert!(script.contains("password-command"), "{shell}");
    }
}

#[test]
fn bash_completes_a_command() {
    let script = String::from_utf8(Run::new().args("completions bash").run().stdout).unwrap();
    let asked =
        "COMP_WORDS=(tayori stat); COMP_CWORD=1; _tayori tayori stat tayori; echo \"${COMPREPLY[@]}\"";
    let shell = Command::new("bash")
        .args(["--norc", "-c", &format!("{script}\n{asked}")])
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .output();
    let Ok(shell) = shell else { return skip("no bash here") };
    assert_eq!(String::from_utf8_lossy(&shell.stdout), "status\n", "{}", shell.stderr.escape_ascii());
}

#[test]
fn a_shell_that_nobody_knows() {
    let outcome = Run::new().args("completions csh").run();
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.starts_with("error: invalid value 'csh' for '<SHELL>'\n"), "{}", outcome.stderr);
}

#[test]
fn a_reader_that_has_had_enough_ends_it_quietly() {
    for words in ["completions bash", "man fetch"] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        Run::new().args(words).stdout(Stdio::from(writer)).run().check(0, "", "");
    }
}
