use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::process::{Child, Command};
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::error::{SecretError, SecretOrigin};
use super::line::{self, LIMIT};
use super::{Options, SecretCommand, Terminal};

/// How long a command that was asked to end may take for it, to put a terminal back for example.
const GRACE: Duration = Duration::from_secs(1);

/// Runs a command; the first line of its output.
///
/// stdin and stderr stay those of this process, since a program that guards passwords may have to ask for a passphrase
/// of its own.
pub(super) async fn first_line(
    command: &SecretCommand,
    options: &Options,
) -> Result<Zeroizing<Vec<u8>>, SecretError> {
    let mut command = prepared(command);
    command.stdout(Stdio::piped());
    #[cfg(unix)]
    if options.terminal == Terminal::Absent {
        command.process_group(0);
    }
    let child = command.spawn().map_err(SecretError::Command)?;
    let mut running = Running { child, terminal: options.terminal };
    let outcome = match timeout(options.limit, running.outcome()).await {
        Ok(outcome) => outcome,
        Err(_) => Err(SecretError::CommandTimedOut { limit: options.limit }),
    };
    // After a success there is nothing left to end. Otherwise it may go on printing, or waiting, for ever.
    running.end().await;
    outcome
}

fn prepared(command: &SecretCommand) -> Command {
    match command {
        SecretCommand::Shell(text) => {
            let (shell, option) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
            let mut command = Command::new(shell);
            command.arg(option).arg(text);
            command
        }
        SecretCommand::Program(program, arguments) => {
            let mut command = Command::new(program);
            command.args(arguments);
            command
        }
    }
}

/// A command that runs. Dropping it asks the command to end.
struct Running {
    child: Child,
    #[cfg_attr(not(unix), expect(dead_code, reason = "there is one way to end a process"))]
    terminal: Terminal,
}

impl Running {
    async fn outcome(&mut self) -> Result<Zeroizing<Vec<u8>>, SecretError> {
        let stdout =
            self.child.stdout.take().expect("stdout was asked to be a pipe, and this is called once");
        let mut octets = line::room();
        stdout.take(LIMIT as u64 + 1).read_to_end(&mut octets).await.map_err(SecretError::Command)?;
        // What says too much is not waited for: how it ends does not matter any more.
        let line = line::first(octets).map_err(SecretOrigin::Command.blame())?;
        let status = self.child.wait().await.map_err(SecretError::Command)?;
        match status.success() {
            true => Ok(line),
            false => Err(SecretError::CommandFailed { status }),
        }
    }

    /// Ends the command, if it runs, and what it has started.
    async fn end(&mut self) {
        self.signal(Ending::Asked);
        if timeout(GRACE, self.child.wait()).await.is_err() {
            self.signal(Ending::Forced);
            let _ = self.child.wait().await;
        }
    }

    #[cfg(unix)]
    fn signal(&self, ending: Ending) {
        use rustix::process::{Pid, Signal, kill_process, kill_process_group};

        // Without a number it has been waited for, and the number may be somebody else's by now.
        let Some(pid) = self.child.id().and_then(|pid| Pid::from_raw(pid.cast_signed())) else { return };
        let signal = match ending {
            Ending::Asked => Signal::TERM,
            Ending::Forced => Signal::KILL,
        };
        match self.terminal {
            // Without a terminal there is nothing to be put back, and afterwards the group could not be named any more.
            Terminal::Absent => {
                let _ = kill_process_group(pid, Signal::KILL);
            }
            Terminal::Present => {
                for pid in descendants(pid).into_iter().chain([pid]) {
                    let _ = kill_process(pid, signal);
                }
            }
        }
    }

    #[cfg(not(unix))]
    fn signal(&mut self, _ending: Ending) {
        let _ = self.child.start_kill();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.signal(Ending::Asked);
    }
}

/// How urgently a command is to end.
#[derive(Clone, Copy)]
enum Ending {
    Asked,
    Forced,
}

/// What a process has started, and what that has started, as far as the system tells.
#[cfg(target_os = "linux")]
fn descendants(of: rustix::process::Pid) -> Vec<rustix::process::Pid> {
    /// More than any command that prints a password starts.
    const MOST: usize = 256;

    let children = |pid: rustix::process::Pid| {
        let pid = pid.as_raw_nonzero();
        let listed = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
        let pids = listed.split_whitespace().filter_map(|word| word.parse().ok());
        pids.filter_map(rustix::process::Pid::from_raw).collect::<Vec<_>>()
    };
    let mut found = children(of);
    let mut next = 0;
    while next < found.len() && found.len() < MOST {
        let further = children(found[next]);
        found.extend(further);
        next += 1;
    }
    found
}

#[cfg(all(unix, not(target_os = "linux")))]
fn descendants(_of: rustix::process::Pid) -> Vec<rustix::process::Pid> {
    Vec::new()
}
