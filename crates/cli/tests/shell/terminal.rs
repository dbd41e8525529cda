//! The line editor in a terminal: what is typed there, what is shown, and what is kept.

use std::os::unix::fs::PermissionsExt as _;
use std::sync::mpsc::channel;

use crate::common::program::{Folder, TAYORI};
use crate::common::server::Server;
use crate::common::terminal::Terminal;
use crate::store::Host;

/// At this place, without TLS. `None` where no pseudo terminal can be had.
fn start(folder: &Folder, place: &str) -> Option<Terminal> {
    Terminal::start(folder, &format!("exec '{TAYORI}' shell '{place}' --tls none"))
}

#[test]
fn a_password_is_neither_shown_nor_kept() {
    let host = Host::start();
    let folder = Folder::new();
    let Some(mut terminal) = start(&folder, &host.place("")) else { return };
    terminal.expect("> ");
    terminal.keys("NOOP\r");
    terminal.expect(" OK ");
    terminal.expect("> ");
    for wrong in ["LOGIN ann hunter2", "a7 login \"ann\" \"hunter2\"", "LOGN ann hunter2"] {
        terminal.keys(&format!("{wrong}\r"));
        // It is held back where there is something to say about it.
        if terminal.expect_one_of(&["Enter sends it> ", " NO ", " BAD "]).starts_with("Enter") {
            terminal.keys("\r");
            terminal.expect_one_of(&[" NO ", " BAD "]);
        }
        // What is typed before the editor has the terminal, the terminal itself shows.
        terminal.expect("> ");
    }
    terminal.keys(".state\r");
    terminal.expect("> ");
    terminal.keys(".quit\r");
    let screen = terminal.end();
    assert!(screen.contains("ann *******"), "{}", screen.escape_debug());
    assert!(!screen.contains("hunter2"), "{}", screen.escape_debug());
    let path = folder.at("tayori/shell-history");
    let kept = std::fs::read_to_string(&path).unwrap();
    assert_eq!(kept, "NOOP\n.state\n");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn keys_edit_the_line() {
    let host = Host::start();
    let folder = Folder::new();
    let Some(mut terminal) = start(&folder, &host.place("")) else { return };
    terminal.expect("> ");
    // Ctrl-C takes the line away, and Tab finishes a word.
    terminal.keys("SELECT INBOX\x03");
    terminal.expect("> ");
    terminal.keys("CAPAB\t\r");
    terminal.expect("C: a1 CAPABILITY");
    terminal.expect(" OK ");
    terminal.expect("> ");
    // Where there are several, they are shown below the line, which stays as it is.
    terminal.keys("SE\t");
    terminal.expect("SEARCH  with a mailbox open");
    terminal.keys("\x03");
    terminal.expect("> ");
    // The one before, once more.
    terminal.keys("\x1b[A\r");
    terminal.expect("C: a2 CAPABILITY");
    terminal.expect(" OK ");
    terminal.expect("> ");
    // Ctrl-D on an empty line leaves.
    terminal.keys("\x04");
    let screen = terminal.end();
    assert!(!screen.contains("SELECT INBOX\r\n"), "{}", screen.escape_debug());
    assert!(!screen.contains("C: a1 SELECT"), "{}", screen.escape_debug());
    assert!(!screen.contains("> | "), "{}", screen.escape_debug());
}

/// Lines that go on with LOGIN hold a password, whichever of them it is; so do answers to challenges, also those that
/// were pasted with their command.
#[test]
fn what_follows_a_login_is_not_shown() {
    let host = Host::start();
    let folder = Folder::new();
    let Some(mut terminal) = start(&folder, &host.place("")) else { return };
    terminal.expect("> ");
    for (first, second) in [("LOGIN ann {7}", "hunter2"), ("a7 LOGIN {3}", "ann hunter2")] {
        terminal.keys(&format!("{first}\r"));
        terminal.expect("literal> ");
        terminal.keys(&format!("{second}\r"));
        terminal.expect(" NO ");
        terminal.expect("> ");
    }
    terminal.keys("\x1b[200~AUTHENTICATE PLAIN\nhunter2\x1b[201~\r");
    terminal.expect(" BAD ");
    terminal.expect("> ");
    terminal.keys(".quit\r");
    let screen = terminal.end();
    assert!(!screen.contains("hunter2"), "{}", screen.escape_debug());
    let kept = std::fs::read_to_string(folder.at("tayori/shell-history")).unwrap();
    assert!(!kept.contains("hunter2"), "{kept}");
}

/// A server may give up while an answer is being typed. It is no command then, and is not shown behind the next prompt.
#[test]
fn an_answer_that_nobody_waits_for_goes_nowhere() {
    let (typed, is_typed) = channel();
    let server = Server::play(move |talk| {
        talk.send("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready\r\n");
        assert_eq!(talk.read_line(), b"a1 AUTHENTICATE PLAIN\r\n");
        talk.send("+ \r\n");
        is_typed.recv().unwrap();
        talk.send("a1 NO too slow\r\n");
        assert_eq!(talk.read_line(), b"a2 NOOP\r\n");
        talk.send("a2 OK done\r\n");
        talk.expect_end();
    });
    let folder = Folder::new();
    let Some(mut terminal) = start(&folder, &server.place("")) else { return };
    terminal.expect("> ");
    terminal.keys("AUTHENTICATE PLAIN\r");
    terminal.expect("answer> ");
    terminal.keys("hunter2");
    terminal.expect("*******");
    typed.send(()).unwrap();
    terminal.expect(" NO ");
    terminal.expect("127.0.0.1> ");
    terminal.keys("NOOP\r");
    terminal.expect(" OK ");
    terminal.expect("> ");
    terminal.keys(".quit\r");
    let screen = terminal.end();
    assert!(!screen.contains("hunter2"), "{}", screen.escape_debug());
    server.finish();
}

/// What goes wrong while somebody types stands in lines of its own, and the prompt says so.
#[test]
fn a_connection_that_ends_while_somebody_types() {
    let (typed, is_typed) = channel();
    let server = Server::play(move |talk| {
        talk.greet();
        is_typed.recv().unwrap();
        talk.cut();
    });
    let folder = Folder::new();
    let Some(mut terminal) = start(&folder, &server.place("")) else { return };
    terminal.expect("> ");
    terminal.keys("SELECT");
    terminal.expect("SELECT");
    typed.send(()).unwrap();
    terminal.expect("\rerror: the server closed the connection\r\n");
    terminal.expect("\rhint: .connect begins a new one\r\n");
    // What was typed is still there.
    terminal.expect("not connected> SELECT");
    terminal.keys("\x03");
    terminal.expect("not connected> ");
    terminal.keys("\x04");
    terminal.end();
    server.finish();
}

/// In a file nobody presses Enter once more: what it holds is sent, with what there is to say about it, and is not in
/// the history.
#[test]
fn a_file_is_done_line_by_line() {
    let host = Host::start();
    let folder = Folder::new();
    folder.write("file", "FROB\nNOOP\n");
    let Some(mut terminal) = start(&folder, &host.place("")) else { return };
    terminal.expect("> ");
    terminal.keys(".source file\r");
    terminal.expect("warning: no command is called FROB\r\n");
    terminal.expect("C: a1 FROB");
    terminal.expect("C: a2 NOOP");
    terminal.expect("127.0.0.1> ");
    // One that is typed is held back, until something else than Enter is typed.
    terminal.keys("BORF\r");
    terminal.expect("Enter sends it> ");
    terminal.keys("# why\r");
    terminal.expect("Enter sends it> ");
    terminal.keys("NOOP\r");
    terminal.expect("BORF was not sent\r\n");
    terminal.expect("C: a3 NOOP");
    terminal.expect("127.0.0.1> ");
    terminal.keys(".quit\r");
    terminal.end();
    let kept = std::fs::read_to_string(folder.at("tayori/shell-history")).unwrap();
    assert_eq!(kept, ".source file\nBORF\nNOOP\n");
}

#[test]
fn an_interrupt_ends_a_file() {
    let server = Server::play(|talk| {
        talk.greet();
        assert_eq!(talk.read_line(), b"a1 NOOP\r\n");
        talk.expect_end();
    });
    let folder = Folder::new();
    folder.write("file", "NOOP\nNOOP\n");
    let Some(mut terminal) = start(&folder, &server.place("")) else { return };
    terminal.expect("> ");
    terminal.keys(".source file\r");
    terminal.expect("C: a1 NOOP");
    terminal.keys("\x03");
    terminal.expect("nothing more of the file is done\r\n");
    terminal.expect("the answer is not waited for any more; it is shown when it comes\r\n");
    terminal.expect("127.0.0.1> ");
    terminal.keys("\x04");
    terminal.end();
    server.finish();
}

/// A key opens literals, and what was typed until then stays.
#[test]
fn a_key_opens_the_literals() {
    let host = Host::start();
    host.put("INBOX", "Subject: x\r\n\r\nhello there\r\n");
    let folder = Folder::new();
    let Some(mut terminal) = start(&folder, &host.place("")) else { return };
    terminal.expect("> ");
    let steps = [
        ("LOGIN ann secret", "ann@127.0.0.1> "),
        ("EXAMINE INBOX", "ann@127.0.0.1 INBOX> "),
        ("FETCH 1 BODY[TEXT]", "ann@127.0.0.1 INBOX> "),
    ];
    for (typed, prompt) in steps {
        terminal.keys(&format!("{typed}\r"));
        terminal.expect(" OK ");
        terminal.expect(prompt);
    }
    terminal.keys("NOO");
    terminal.expect("NOO");
    terminal.keys("\x0f");
    terminal.expect("-- literal 1, 13 octets:\r\n-- hello there\r\n");
    terminal.expect("> NOO");
    terminal.keys("P\r");
    terminal.expect("C: a4 NOOP");
    terminal.expect(" OK ");
    terminal.expect("> ");
    terminal.keys(".quit\r");
    terminal.end();
}
