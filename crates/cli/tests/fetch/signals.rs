//! Ctrl-C and SIGTERM.

use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use rustix::process::Signal;

use crate::FIRST;
use crate::common::program::{Folder, Run, TAYORI, skip};
use crate::common::server::{Server, Talk};

/// Octets of the second mail that arrive, of those that were announced: more than stay in the connection's buffers.
const ARRIVED: usize = 300_000;

fn in_the_second_mail(talk: &mut Talk, reached: &mpsc::Sender<()>) {
    talk.log_in();
    talk.examine("INBOX", 2);
    talk.expect_fetch("1:2");
    talk.row(1, 10, FIRST);
    talk.send("* 2 FETCH (UID 20 BODY[] {1000000}\r\n");
    talk.send(vec![b'x'; ARRIVED]);
    reached.send(()).unwrap();
}

fn check(signal: Signal, code: i32, words: &str) {
    let (sender, reached) = mpsc::channel();
    let server = Server::play(move |talk| {
        in_the_second_mail(talk, &sender);
        talk.expect("LOGOUT");
        // Still in the middle of the literal, where no answer fits.
        talk.expect_end();
    });
    let folder = Folder::new();
    let running = server.fetch("INBOX").args("--all -o .").folder(&folder).start();
    reached.recv_timeout(Duration::from_secs(20)).unwrap();
    wait_for_part(&folder);
    running.signal(signal);
    running.wait().check(code, "", words);
    server.finish();
    folder.check_files("", &[("10.eml", FIRST)]);
}

/// Until the first mail has its name and the second is being written.
fn wait_for_part(folder: &Folder) {
    let names = |path: &std::path::Path| -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(path) else { return Vec::new() };
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    };
    let parts = folder.at(".tayori-parts");
    let below =
        || -> Vec<String> { names(&parts).iter().flat_map(|thread| names(&parts.join(thread))).collect() };
    let is_part = |name: &String| name.starts_with(".tayori-") && name.ends_with(".part");
    wait_until("the second mail is being written", || {
        let names = [names(folder.path()), below()].concat();
        names.contains(&"10.eml".to_owned()) && names.iter().any(is_part)
    });
}

/// Looks again and again, since what another process does announces itself to nobody.
#[track_caller]
fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..2_000 {
        if is_so() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("waited in vain until {what}");
}

#[test]
fn ctrl_c_in_the_middle_of_a_mail() {
    check(Signal::INT, 130, "error: interrupted; 1 message is complete\n");
}

#[test]
fn sigterm_in_the_middle_of_a_mail() {
    check(Signal::TERM, 143, "error: ended by SIGTERM; 1 message is complete\n");
}

/// A program that reads our output and has stopped doing so is not waited for.
#[test]
fn ctrl_c_while_nobody_reads_stdout() {
    let (sender, reached) = mpsc::channel();
    let server = Server::play(move |talk| {
        talk.log_in();
        talk.examine("INBOX", 1);
        talk.expect_fetch("1");
        talk.send("* 1 FETCH (UID 20 BODY[] {1000000}\r\n");
        talk.send(vec![b'x'; ARRIVED]);
        sender.send(()).unwrap();
        talk.expect("LOGOUT");
        talk.expect_end();
    });
    // Holds less than what arrives.
    let (unread, stdout) = std::io::pipe().unwrap();
    let running = server.fetch("INBOX").args("--all -o -").stdout(Stdio::from(stdout)).start();
    reached.recv_timeout(Duration::from_secs(20)).unwrap();
    // Or nearly so.
    let readable = || rustix::io::ioctl_fionread(&unread).unwrap();
    wait_until("the pipe is full", || readable() >= 60_000);
    running.signal(Signal::INT);
    running.wait().check(130, "", "error: interrupted\n");
    server.finish();
    drop(unread);
}

#[test]
fn ctrl_c_while_the_server_says_nothing() {
    let (sender, reached) = mpsc::channel();
    let server = Server::play(move |talk| {
        sender.send(()).unwrap();
        talk.expect_end();
    });
    let running = server.fetch("INBOX").args("--all -o -").start();
    reached.recv_timeout(Duration::from_secs(20)).unwrap();
    running.signal(Signal::INT);
    running.wait().check(130, "", "error: interrupted\n");
    server.finish();
}

/// The command goes on, the program does not wait for it.
#[test]
fn ctrl_c_while_the_password_command_runs() {
    let folder = Folder::new();
    let running = Run::new()
        .args("fetch imap://ann@127.0.0.1:1/INBOX --tls none --all -o x --password-command")
        .arg("echo $$ > started; exec 2>&-; sleep 90")
        .folder(&folder)
        .start();
    wait_until("the command runs", || {
        std::fs::read_to_string(folder.at("started")).is_ok_and(|content| content.ends_with('\n'))
    });
    running.signal(Signal::INT);
    running.wait().check(130, "", "error: interrupted\n");
    let pid = std::fs::read_to_string(folder.at("started")).unwrap();
    let _ = Command::new("kill").arg(pid.trim()).stderr(Stdio::null()).status();
}

/// At the prompt, on a pseudo-terminal: Ctrl-C typed there, and a signal from elsewhere. The echo is back afterwards.
#[test]
fn ctrl_c_at_the_password_prompt() {
    for interrupt in ["printf '\\003' > in", "kill -INT $(cat pid)"] {
        let folder = Folder::new();
        // The shell on the terminal starts the program in its place of process group, and looks at the terminal then.
        folder.write(
            "inner",
            "sh -c 'echo $$ > pid; exec \"$TAYORI\" fetch imap://ann@127.0.0.1:1/INBOX --tls none --all -o x'\n\
             code=$?\n\
             stty -a | grep -qw -- -echo && echo off > echo || echo on > echo\n\
             echo $code > code\n",
        );
        let outer = format!(
            "mkfifo in\n\
             exec 3<>in\n\
             script -qefc 'sh inner' screen <in >/dev/null &\n\
             for n in $(seq 200); do grep -q 'password of ann' screen && break; sleep 0.1; done 2>/dev/null\n\
             {interrupt}\n\
             for n in $(seq 200); do [ -s code ] && break; sleep 0.1; done\n\
             kill $! 2>/dev/null\n\
             wait\n"
        );
        let mut shell = Command::new("sh");
        shell.args(["-c", &outer]).env("TAYORI", TAYORI).env_remove("TAYORI_PASSWORD");
        let has_script = Command::new("script").arg("--version").stdout(Stdio::null()).status();
        if !has_script.is_ok_and(|status| status.success()) {
            skip("script(1) is not installed");
            return;
        }
        let status = shell.current_dir(folder.path()).status().unwrap();
        assert!(status.success());
        let read = |name: &str| std::fs::read_to_string(folder.at(name)).unwrap();
        assert_eq!((read("code").as_str(), read("echo").as_str()), ("130\n", "on\n"), "{interrupt}");
        let screen = read("screen");
        assert!(screen.contains("password of ann at 127.0.0.1: "), "{screen}");
        assert!(screen.contains("error: interrupted"), "{screen}");
    }
}

/// The disk is slower than the line here, so that there is always more to do: the signal is heard all the same.
#[test]
fn ctrl_c_while_messages_come_faster_than_they_are_stored() {
    let (sender, reached) = mpsc::channel();
    let server = Server::play(move |talk| {
        talk.log_in();
        talk.examine("INBOX", 100_000);
        let listed: Vec<_> = (1..=100_000).map(|number| (number, number, 5)).collect();
        talk.expect_listing("FETCH 1:100000", &listed);
        for first in (1..=100_000).step_by(4_000) {
            let line = talk.read_line();
            let Some(tag) = line.split(|octet| *octet == b' ').next().filter(|_| !line.is_empty()) else {
                return;
            };
            let tag = String::from_utf8(tag.to_owned()).unwrap();
            for number in first..first + 4_000 {
                let row = format!("* {number} FETCH (UID {number} BODY[] {{5}}\r\nhello)\r\n");
                if !talk.send_to_whom_it_may_concern(&row) {
                    return;
                }
                if number == 2_000 {
                    sender.send(()).unwrap();
                }
            }
            if !talk.send_to_whom_it_may_concern(format!("{tag} OK done\r\n")) {
                return;
            }
        }
    });
    let folder = Folder::new();
    let running = server.fetch("INBOX").args("--all -o .").folder(&folder).start();
    reached.recv_timeout(Duration::from_secs(20)).unwrap();
    let count = || std::fs::read_dir(folder.path()).unwrap().count();
    let before = count();
    running.signal(Signal::INT);
    assert_eq!(running.wait().code, 130);
    server.finish();
    let after = count();
    assert!(after < before + 2_000, "{before} messages before the signal, {after} in the end");
}
