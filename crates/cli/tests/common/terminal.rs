//! The program in a pseudo terminal, and somebody who types there.

use std::io::{Read as _, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::program::{Folder, skip};

/// More than any machine needs to answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// The program in a pseudo terminal of 24 rows and 80 columns, and somebody who types there.
pub(crate) struct Terminal {
    script: Child,
    keys: ChildStdin,
    octets: Receiver<Vec<u8>>,
    screen: String,
    /// Up to here, what was shown has been looked at.
    seen: usize,
    /// Up to here, questions of the program to the terminal have an answer.
    answered: usize,
}

/// The program asks where the cursor is, and a terminal says it.
const WHERE: &str = "\x1b[6n";
const FIRST_COLUMN: &[u8] = b"\x1b[1;1R";

impl Terminal {
    /// This command of the shell, in this folder. `None` where no pseudo terminal can be had.
    pub(crate) fn start(folder: &Folder, command: &str) -> Option<Self> {
        let has_script = Command::new("script").arg("--version").stdout(Stdio::null()).status();
        if !has_script.is_ok_and(|status| status.success()) {
            skip("script(1) is not installed");
            return None;
        }
        let command = format!("stty rows 24 cols 80; {command}");
        let mut script = Command::new("script")
            .args(["-qec", &command, "/dev/null"])
            .env("XDG_STATE_HOME", folder.path())
            .env("TERM", "xterm")
            .env("NO_COLOR", "1")
            .env_remove("TAYORI_PASSWORD")
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let keys = script.stdin.take().unwrap();
        let mut stdout = script.stdout.take().unwrap();
        let (sender, octets) = channel();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(read @ 1..) = stdout.read(&mut buffer) {
                if sender.send(buffer[..read].to_vec()).is_err() {
                    return;
                }
            }
        });
        Some(Self { script, keys, octets, screen: String::new(), seen: 0, answered: 0 })
    }

    /// Waits until this is shown, behind all that was waited for before.
    #[track_caller]
    pub(crate) fn expect(&mut self, text: &str) {
        self.expect_one_of(&[text]);
    }

    /// Waits until one of these is shown, and says which.
    #[track_caller]
    pub(crate) fn expect_one_of<'a>(&mut self, texts: &[&'a str]) -> &'a str {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let unseen = &self.screen[self.seen..];
            let found = texts.iter().filter_map(|text| Some((unseen.find(text)?, *text)));
            if let Some((at, text)) = found.min() {
                self.seen += at + text.len();
                return text;
            }
            assert!(
                self.read(deadline),
                "{texts:?} is missing at the end of:\n{}",
                self.screen.escape_debug()
            );
        }
    }

    #[track_caller]
    pub(crate) fn keys(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// Reads on. Whether there was something.
    fn read(&mut self, deadline: Instant) -> bool {
        let left = deadline.saturating_duration_since(Instant::now());
        match self.octets.recv_timeout(left) {
            Ok(octets) => {
                self.screen.push_str(&String::from_utf8_lossy(&octets));
                while let Some(at) = self.screen[self.answered..].find(WHERE) {
                    self.answered += at + WHERE.len();
                    // A program that has ended does not wait for it.
                    let _ = self.keys.write_all(FIRST_COLUMN).and_then(|()| self.keys.flush());
                }
                true
            }
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => false,
        }
    }

    /// All that was shown, when the program has ended.
    #[track_caller]
    pub(crate) fn end(mut self) -> String {
        let deadline = Instant::now() + PATIENCE;
        while self.read(deadline) {}
        assert!(Instant::now() < deadline, "it does not end:\n{}", self.screen.escape_debug());
        self.script.wait().unwrap();
        std::mem::take(&mut self.screen)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.script.kill();
        let _ = self.script.wait();
    }
}
