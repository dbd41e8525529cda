//! Running the program and looking at all it leaves behind.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// Longer than any test needs, shorter than anybody's patience.
const LIMIT: Duration = Duration::from_secs(60);

/// The list of what was fetched into a folder.
pub(crate) const MANIFEST: &str = "tayori-manifest.jsonl";

/// The program under test.
pub(crate) const TAYORI: &str = env!("CARGO_BIN_EXE_tayori");

/// Says that a test cannot be done here. Where every test has to be done (`CI=true`), that is a failure.
pub(crate) fn skip(why: &str) {
    assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "cannot be tested here: {why}");
    let _ = std::io::Write::write_fmt(&mut std::io::stderr(), format_args!("skipped: {why}\n"));
}

/// A folder of its own for a test, gone when dropped.
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: &str) -> PathBuf {
        fs::write(self.at(name), content).unwrap();
        self.at(name)
    }

    /// Names and contents of everything in the folder `name` (empty for the folder itself), in order. The list of what
    /// was fetched into it is left out, and has to be right; the folder for parts has to be gone.
    #[track_caller]
    pub(crate) fn check_files(&self, name: &str, expected: &[(&str, &[u8])]) {
        let mut found: Vec<(String, Vec<u8>)> = fs::read_dir(self.at(name))
            .unwrap()
            .map(|entry| entry.unwrap())
            .filter(|entry| entry.file_type().unwrap().is_file() && entry.file_name() != MANIFEST)
            .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
            .collect();
        found.sort();
        assert!(!self.at(name).join(".tayori-parts").exists(), "{found:?}");
        for (file, size) in self.listed(name) {
            let content = fs::read(self.at(name).join(&file)).unwrap();
            assert_eq!(content.len() as u64, size, "{file} is not what the list says");
        }
        let shown = |files: Vec<(String, Vec<u8>)>| -> Vec<String> {
            files.iter().map(|(name, content)| format!("{name}: {}", content.escape_ascii())).collect()
        };
        let expected =
            expected.iter().map(|(name, content)| ((*name).to_owned(), content.to_vec())).collect();
        assert_eq!(shown(found), shown(expected));
    }

    /// The files of the folder `name` that its list names, with their sizes, in order. Nothing where there is no list.
    #[track_caller]
    pub(crate) fn listed(&self, name: &str) -> BTreeMap<String, u64> {
        let Ok(list) = fs::read_to_string(self.at(name).join(MANIFEST)) else { return BTreeMap::new() };
        let mut lines = list.lines();
        // An empty list is to be taken away.
        assert_eq!(lines.next(), Some("{\"tayori_manifest\":1}"));
        lines
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
            .map(|line| (line["file"].as_str().unwrap().to_owned(), line["size"].as_u64().unwrap()))
            .collect()
    }
}

/// A run of the program that is being put together. The environment is empty but for a password and a path; stdin is
/// closed.
pub(crate) struct Run {
    command: Command,
    hidden: Vec<(String, &'static str)>,
}

impl Run {
    pub(crate) fn new() -> Self {
        Self::through(Command::new(TAYORI))
    }

    /// The same through a command that starts the program with the arguments that follow.
    pub(crate) fn through(mut command: Command) -> Self {
        command.env_clear().env("TAYORI_PASSWORD", "secret");
        // Whoever runs the tests has a configuration of their own.
        command.env("XDG_CONFIG_HOME", "/nonexistent").env("XDG_STATE_HOME", "/nonexistent");
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        Self { command, hidden: Vec::new() }
    }

    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    /// The same in a file system of its own, mounted with these options below the folder; `then` is a shell's command
    /// that looks at what is left there. `None` where nothing can be mounted, which is told.
    pub(crate) fn on_a_disk(folder: &Folder, options: &str, then: &str) -> Option<Self> {
        let possible = Command::new("unshare")
            .args(["-m", "sh", "-c", "mkdir -p probe && mount -t tmpfs none probe"])
            .current_dir(folder.path())
            .stderr(Stdio::null())
            .status();
        if !possible.is_ok_and(|status| status.success()) {
            skip("no mount name space here");
            return None;
        }
        fs::create_dir(folder.at("disk")).unwrap();
        let script = format!(
            "mount -t tmpfs -o {options} none disk && cd disk && \"$0\" \"$@\"; code=$?; {then}; exit $code"
        );
        let mut unshare = Command::new("unshare");
        unshare.args(["-m", "sh", "-c", &script, TAYORI]);
        Some(Self::through(unshare).folder(folder))
    }

    /// Arguments separated by blanks.
    pub(crate) fn args(mut self, line: &str) -> Self {
        self.command.args(line.split_whitespace());
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn without_env(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    pub(crate) fn stdin(mut self, from: Stdio) -> Self {
        self.command.stdin(from);
        self
    }

    pub(crate) fn stdout(mut self, to: Stdio) -> Self {
        self.command.stdout(to);
        self
    }

    /// In this folder, whose name appears as `DIR` in what is compared.
    pub(crate) fn folder(mut self, folder: &Folder) -> Self {
        self.command.current_dir(folder.path());
        self.hide(folder.path().to_str().unwrap(), "DIR")
    }

    /// This text appears as `name` in what is compared.
    pub(crate) fn hide(mut self, text: &str, name: &'static str) -> Self {
        self.hidden.push((text.to_owned(), name));
        self
    }

    /// Runs to the end.
    pub(crate) fn run(self) -> Outcome {
        self.start().wait()
    }

    pub(crate) fn start(mut self) -> Running {
        self.command.stderr(Stdio::piped());
        let words: Vec<OsString> = self.command.get_args().map(OsStr::to_owned).collect();
        let child = self.command.spawn().unwrap();
        Running { child: Some(child), words, hidden: self.hidden }
    }
}

/// The program while it runs. One that nobody waits for, since its test has failed, is killed.
pub(crate) struct Running {
    /// `None` when somebody waits for it.
    child: Option<Child>,
    words: Vec<OsString>,
    hidden: Vec<(String, &'static str)>,
}

impl Running {
    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        let child = self.child.as_ref().expect("nobody waits for it yet");
        rustix::process::kill_process(rustix::process::Pid::from_child(child), signal).unwrap();
    }

    /// Waits for the end, not for ever.
    pub(crate) fn wait(mut self) -> Outcome {
        let child = self.child.take().expect("nobody waits for it yet");
        let pid = rustix::process::Pid::from_child(&child);
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || sender.send(child.wait_with_output()));
        match receiver.recv_timeout(LIMIT) {
            Ok(output) => Outcome::new(output.unwrap(), &self.hidden),
            Err(_) => {
                let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
                panic!("{:?} did not end within {LIMIT:?}", self.words);
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// All that a run left behind.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Outcome {
    fn new(output: Output, hidden: &[(String, &'static str)]) -> Self {
        let code = output.status.code().unwrap_or_else(|| -output.status.signal().unwrap());
        let mut stderr = String::from_utf8(output.stderr).unwrap();
        // Whatever the test: no octet of stderr may drive a terminal.
        let bad = stderr.chars().find(|c| c.is_control() && *c != '\n');
        assert_eq!(bad, None, "{stderr:?}");
        for (text, name) in hidden {
            stderr = stderr.replace(text, name);
        }
        Self { code, stdout: output.stdout, stderr: hide_process(&stderr) }
    }

    /// The whole of it: exit code, stdout, stderr.
    #[track_caller]
    pub(crate) fn check(&self, code: i32, stdout: impl AsRef<[u8]>, stderr: &str) {
        let shown = |code: i32, stdout: &[u8], stderr: &str| {
            format!("exit code {code}\n--- stdout\n{}\n--- stderr\n{stderr}", stdout.escape_ascii())
        };
        let actual = shown(self.code, &self.stdout, &self.stderr);
        let expected = shown(code, stdout.as_ref(), stderr);
        assert!(actual == expected, "expected: {expected}\nactual: {actual}");
    }
}

/// The names of incomplete files have the number of the process, and their folder that of a thread.
fn hide_process(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(".tayori-") {
        out += before;
        let (kind, number) = match after.strip_prefix("parts/") {
            Some(number) => ("parts/", number),
            None => ("", after),
        };
        rest = number.trim_start_matches(|c: char| c.is_ascii_digit() || c == '-');
        let hidden = if rest.len() < number.len() { "N" } else { "" };
        out += &format!(".tayori-{kind}{hidden}");
    }
    out + rest
}
