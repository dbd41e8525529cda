//! From the first to the last line, on a terminal and in a pipe.

use std::fs;
use std::process::{Command, Stdio};

use crate::program::{Folder, Run, TAYORI, skip};
use crate::{check_mails, demo, hide};

const TABLE: &str = "\
mailbox         mails       bytes
INBOX             108     153,650
Archive/2024       32      44,069
Archive/2025       71  52,519,102
Drafts              4       1,766
Lists/rust         30      26,155
Sent               10       5,596
Trash              13       8,659
日本語のメール     24      14,888
8 mailboxes       292  52,773,885
N seconds, peak memory N MiB
";

const DIALOGUE: &str = r#"
The dialogue began:
S: * OK [CAPABILITY IMAP4rev1 IMAP4rev2 LITERAL+ SASL-IR ID ENABLE AUTH=PLAIN] tayori ready
C: TAG.1 AUTHENTICATE PLAIN ***
S: TAG.1 OK [CAPABILITY IMAP4rev1 IMAP4rev2 LITERAL+ SASL-IR ID ENABLE IDLE NOTIFY NAMESPACE UNSELECT UIDPLUS MOVE SPECIAL-USE CONDSTORE QRESYNC UIDONLY PARTIAL SAVEDATE PREVIEW BINARY OBJECTID CHILDREN LIST-EXTENDED LIST-STATUS CREATE-SPECIAL-USE STATUS=SIZE XLIST MULTIAPPEND APPENDLIMIT=268435456 REPLACE INPROGRESS UTF8=ACCEPT COMPRESS=DEFLATE ACL RIGHTS=kxte QUOTA QUOTA=RES-STORAGE METADATA SORT SORT=DISPLAY THREAD=ORDEREDSUBJECT THREAD=REFERENCES ESEARCH SEARCHRES WITHIN] logged in
C: TAG.2 LIST "" *
S: * LIST (\HasNoChildren) "/" INBOX
S: * LIST (\Noselect \HasChildren) "/" Archive
S: * LIST (\HasNoChildren) "/" Archive/2024
S: * LIST (\HasNoChildren) "/" Archive/2025
S: * LIST (\HasNoChildren \Drafts) "/" Drafts
S: * LIST (\Noselect \HasChildren) "/" Lists

"#;

const TRY_NEXT: &str = "\
Every byte in tayori-demo is what the server has.

Try next:
  less tayori-demo/INBOX/1.eml
  tayori demo --keep-serving    # for Thunderbird, mutt and tayori fetch
  tayori fetch --help           # for an account of your own
";

/// All that a demonstration says that has gone well.
pub(crate) fn all_well() -> String {
    [TABLE, DIALOGUE, TRY_NEXT].concat()
}

/// The same up to the words on how it went.
pub(crate) fn summary() -> String {
    [TABLE, DIALOGUE].concat()
}

#[test]
fn everything_arrives_and_again_in_the_same_folder() {
    let folder = Folder::new();
    for _ in 0..2 {
        let outcome = demo(&folder).run();
        assert_eq!(hide(&outcome.stdout), all_well());
        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
        assert_eq!(check_mails(&folder.at("tayori-demo")), 292);
    }
    // One line that says what it is, and one for each mail, also after the second time.
    let list = fs::read_to_string(folder.at("tayori-demo/.tayori-demo")).unwrap();
    assert_eq!(list.lines().count(), 293);

    // What a person has put there and what was changed stay; the rest is not even begun.
    let notes = folder.write("tayori-demo/INBOX/notes.txt", "mine");
    let changed = folder.write("tayori-demo/Sent/2.eml", "mine too");
    let outcome = demo(&folder).run();
    outcome.check(
        9,
        "",
        "error: tayori-demo/Sent/2.eml is not what a demonstration has put there\n\
         hint: it was not touched; move it away, or choose another folder with --output DIR\n",
    );
    assert_eq!(fs::read(&changed).unwrap(), b"mine too");

    // It is made again when it is gone.
    fs::remove_file(&changed).unwrap();
    let outcome = demo(&folder).run();
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    assert_eq!(check_mails(&folder.at("tayori-demo")), 292);
    assert_eq!(fs::read(&notes).unwrap(), b"mine");

    // A file that claims to be a mail of a mailbox makes the folder untrue; it is told, and not touched.
    let stray = folder.write("tayori-demo/INBOX/999.eml", "mine as well");
    let outcome = demo(&folder).run();
    assert_eq!(hide(&outcome.stdout), summary());
    assert_eq!(
        (outcome.code, outcome.stderr.as_str()),
        (
            10,
            "error: the files are not what the server has: INBOX/999.eml is no mail of this mailbox\n\
             hint: move such files away, or choose another folder with --output DIR\n"
        )
    );
    assert_eq!(fs::read(stray).unwrap(), b"mine as well");
}

#[test]
fn files_and_folders_are_private() {
    use std::os::unix::fs::PermissionsExt;

    let folder = Folder::new();
    assert_eq!(demo(&folder).args("--output a/b --no-tls").run().code, 0);
    for (name, mode) in [
        ("a", 0o700),
        ("a/b", 0o700),
        ("a/b/.tayori-demo", 0o600),
        ("a/b/Archive", 0o700),
        ("a/b/Archive/2024", 0o700),
        ("a/b/日本語のメール/1.eml", 0o600),
    ] {
        assert_eq!(fs::metadata(folder.at(name)).unwrap().permissions().mode() & 0o777, mode, "{name}");
    }
}

#[test]
fn a_reader_that_goes_away() {
    let folder = Folder::new();
    let mut shell = Command::new("sh");
    // Nobody reads at all, so that it does not matter how much a pipe holds.
    shell.args(["-c", "{ sleep 0; \"$0\" \"$@\"; echo \"exit code $?\" >&2; } | true", TAYORI]);
    let outcome = Run::through(shell).arg("demo").folder(&folder).run();
    outcome.check(0, "", "exit code 0\n");
    assert_eq!(check_mails(&folder.at("tayori-demo")), 292);
}

#[test]
fn stdout_that_is_full() {
    let folder = Folder::new();
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let outcome = demo(&folder).stdout(Stdio::from(full)).run();
    outcome.check(9, "", "error: could not write to stdout: No space left on device (os error 28)\n");
}

#[test]
fn a_narrow_terminal_breaks_no_line_of_the_table() {
    let folder = Folder::new();
    let has_script = Command::new("script").arg("--version").stdout(Stdio::null()).status();
    if !has_script.is_ok_and(|status| status.success()) {
        skip("script(1) is not installed");
        return;
    }
    let mut script = Command::new("script");
    script
        .args([
            "-qec",
            "stty cols 30 rows 24; \"$TAYORI\" demo >screen 2>&1 </dev/tty; \"$TAYORI\" demo; echo code $?",
        ])
        .arg("typescript")
        .env("TAYORI", TAYORI)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .current_dir(folder.path());
    assert!(script.status().unwrap().success());
    let screen = fs::read_to_string(folder.at("typescript")).unwrap().replace('\r', "");
    for line in
        ["mailbox      mails       bytes", "Archive/20…     32      44,069", "日本語のメ…     24      14,888"]
    {
        assert!(screen.contains(&format!("{line}\n")), "{screen}");
    }
    assert!(screen.contains("code 0\n"), "{screen}");
    // In a file nothing is cut, whatever the terminal.
    assert!(fs::read_to_string(folder.at("screen")).unwrap().contains("日本語のメール     24"));
}
