//! Starting, watching and ending other programs.

use std::env;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::stop::{Interrupt, Outcome, Stop, because};

/// How long between two looks at a running child.
const POLL: Duration = Duration::from_millis(20);

/// What a child is given to end by itself after an interrupt that the terminal may already have sent to it.
const GRACE_BEFORE_TERM: Duration = Duration::from_secs(1);

/// What a child is given after SIGTERM.
pub(crate) const GRACE_AFTER_TERM: Duration = Duration::from_secs(10);

/// The Cargo that runs us, without standard input and without the variables that say so.
///
/// `cargo run` describes the package of xtask in variables, and some build scripts ask to be run again when
/// these change: left in place, they would make every nested build undo the one before it.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).stdin(Stdio::null());
    for (name, _) in env::vars_os() {
        let Some(text) = name.to_str() else { continue };
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(name);
        }
    }
    command
}

/// Runs a command to its end, its output going where ours goes.
pub(crate) fn run(command: &mut Command, interrupt: &Interrupt) -> Outcome<()> {
    let mut child = spawn(command)?;
    let status = wait(&mut child, interrupt)?;
    expect_success(command, status)
}

/// Runs a command to its end within a time, after which it is ended and has failed. All its output goes to standard
/// error.
pub(crate) fn run_within(command: &mut Command, limit: Duration, interrupt: &Interrupt) -> Outcome<()> {
    let mut child = spawn(command.stdout(io::stderr()))?;
    let deadline = Instant::now() + limit;
    while matches!(child.try_wait(), Ok(None)) && interrupt.check().is_ok() {
        if Instant::now() >= deadline {
            end(&mut child);
            return Err(Stop::failed(format!(
                "`{}` took more than {} s",
                describe(command),
                limit.as_secs()
            )));
        }
        thread::sleep(POLL);
    }
    let status = wait(&mut child, interrupt)?;
    expect_success(command, status)
}

/// Runs a command to its end, its output going where ours goes and also, line by line, to `see`.
///
/// Lines are decoded with replacement characters and without colours for `see`; what is passed on is unchanged.
pub(crate) fn run_watched(
    command: &mut Command,
    interrupt: &Interrupt,
    mut see: impl FnMut(&str),
) -> Outcome<ExitStatus> {
    if colours_wanted() {
        command.env("CARGO_TERM_COLOR", "always");
    }
    let mut child = spawn(command.stdout(Stdio::piped()).stderr(Stdio::piped()))?;
    let (sender, lines) = std::sync::mpsc::sync_channel(1024);
    if let Some(output) = child.stdout.take() {
        let sender = sender.clone();
        thread::spawn(move || pass_on(output, io::stdout(), &sender));
    }
    if let Some(output) = child.stderr.take() {
        thread::spawn(move || pass_on(output, io::stderr(), &sender));
    }
    // The channel ends when both pipes have ended, which is normally when the child ends.
    loop {
        match lines.recv_timeout(POLL) {
            Ok(line) => see(&line),
            Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => break,
            Err(std::sync::mpsc::RecvTimeoutError::Timeout) => {
                if interrupt.check().is_err() {
                    break;
                }
            }
        }
    }
    wait(&mut child, interrupt)
}

/// Waits for a child; on an interrupt ends it and returns [`Stop::Interrupted`].
pub(crate) fn wait(child: &mut Child, interrupt: &Interrupt) -> Outcome<ExitStatus> {
    loop {
        if let Some(status) = child.try_wait().map_err(because("a child cannot be waited for"))? {
            // Both may be true after Ctrl-C, and then the status says nothing about the work.
            interrupt.check()?;
            return Ok(status);
        }
        if let Err(stop) = interrupt.check() {
            if !ended_within(child, GRACE_BEFORE_TERM) {
                end(child);
            }
            return Err(stop);
        }
        thread::sleep(POLL);
    }
}

/// Ends a child of ours: the end of its standard input if that is a pipe, SIGTERM, a bounded wait, and SIGKILL if that
/// was not enough.
pub(crate) fn end(child: &mut Child) {
    // A child that has been waited for has no process any more, and its number may belong to another one.
    if !matches!(child.try_wait(), Ok(None)) {
        return;
    }
    drop(child.stdin.take());
    let _ = kill_process(Pid::from_child(child), Signal::TERM);
    if !ended_within(child, GRACE_AFTER_TERM) {
        eprintln!("xtask: process {} did not end when asked, killed", child.id());
        let _ = child.kill();
        let _ = child.wait();
    }
}

/// Sleeps, but not through an interrupt.
pub(crate) fn sleep(duration: Duration, interrupt: &Interrupt) -> Outcome<()> {
    let end = Instant::now() + duration;
    loop {
        interrupt.check()?;
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(());
        }
        thread::sleep(left.min(POLL));
    }
}

/// The first of the usual folders for programs that has this one.
///
/// The folders of the administrator are looked at too: servers live there, and an ordinary user's PATH often
/// leaves them out.
pub(crate) fn find_program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain(["/usr/local/sbin", "/usr/sbin", "/sbin"].map(PathBuf::from))
        .map(|folder| folder.join(name))
        .find(|candidate| candidate.is_file())
}

/// Standard output of a command that must succeed, without the line end.
pub(crate) fn output_of(command: &mut Command) -> Outcome<String> {
    let output = command.stdin(Stdio::null()).output().map_err(because(describe(command)))?;
    expect_success(command, output.status)?;
    Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
}

/// A command as one would type it, near enough to be read.
pub(crate) fn describe(command: &Command) -> String {
    let program = PathBuf::from(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str());
    let mut line = name.to_string_lossy().into_owned();
    for argument in command.get_args() {
        line.push(' ');
        line.push_str(&argument.to_string_lossy());
    }
    line
}

fn spawn(command: &mut Command) -> Outcome<Child> {
    command.spawn().map_err(because(format!("`{}` cannot be started", describe(command))))
}

pub(crate) fn expect_success(command: &Command, status: ExitStatus) -> Outcome<()> {
    if status.success() {
        return Ok(());
    }
    Err(Stop::failed(format!("`{}` ended with {status}", describe(command))))
}

fn ended_within(child: &mut Child, patience: Duration) -> bool {
    let end = Instant::now() + patience;
    while matches!(child.try_wait(), Ok(None)) {
        if Instant::now() >= end {
            return false;
        }
        thread::sleep(POLL);
    }
    true
}

fn pass_on(from: impl Read, mut to: impl Write, lines: &std::sync::mpsc::SyncSender<String>) -> Option<()> {
    let mut from = BufReader::new(from);
    let mut line = Vec::new();
    loop {
        line.clear();
        if from.read_until(b'\n', &mut line).ok()? == 0 {
            return None;
        }
        // A terminal that is gone must not keep the child from being read to its end.
        let _ = to.write_all(&line).and_then(|()| to.flush());
        lines.send(without_colours(&String::from_utf8_lossy(&line))).ok()?;
    }
}

/// Whether a child that writes into our pipe should write colours: only if our own output would have them.
fn colours_wanted() -> bool {
    use std::io::IsTerminal;
    io::stdout().is_terminal()
        && io::stderr().is_terminal()
        && env::var_os("NO_COLOR").is_none()
        && env::var_os("CARGO_TERM_COLOR").is_none()
}

/// The text without `ESC [ ... letter`, the only control sequence that Cargo and the test runners write.
fn without_colours(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.trim_end().chars();
    while let Some(character) = characters.next() {
        if character != '\u{1b}' {
            plain.push(character);
        } else if characters.next() == Some('[') {
            characters.by_ref().find(char::is_ascii_alphabetic);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_taken_out_and_text_is_kept() {
        assert_eq!(without_colours("\u{1b}[32;1m     Summary\u{1b}[0m [ 1s]\r\n"), "     Summary [ 1s]");
        assert_eq!(without_colours("plain ö"), "plain ö");
        assert_eq!(without_colours("cut \u{1b}[3"), "cut ");
        assert_eq!(without_colours("cut \u{1b}"), "cut ");
    }

    #[test]
    fn a_command_is_described_by_name_not_by_path() {
        assert_eq!(describe(Command::new("/usr/bin/env").args(["-i", "true"])), "env -i true");
    }

    #[test]
    fn nested_cargo_does_not_see_our_package() {
        // Cargo sets these for every test that it runs, as it does for `cargo run`.
        assert!(env::var_os("CARGO_PKG_NAME").is_some());
        let command = cargo(&["version"]);
        let removed = command.get_envs().any(|(name, value)| name == "CARGO_PKG_NAME" && value.is_none());
        assert!(removed);
    }

    #[test]
    fn a_command_that_takes_too_long_is_ended() {
        let interrupt = Interrupt::install().expect("signals can be caught");
        // It obeys nothing but the end of its input.
        let mut command = Command::new("sh");
        command.args(["-c", "trap '' TERM; read -r line"]).stdin(Stdio::piped());
        let error = run_within(&mut command, Duration::from_millis(50), &interrupt).expect_err("it waits");
        assert!(error.to_string().ends_with("took more than 0 s"), "{error}");
        run_within(&mut Command::new("true"), Duration::from_secs(60), &interrupt).expect("it ends");
    }

    #[test]
    fn a_failing_command_says_which_and_how() {
        let error = output_of(&mut Command::new("false")).expect_err("false fails");
        assert_eq!(error.to_string(), "`false` ended with exit status: 1");
    }
}
