//! The programs that are measured, each with the command that fetches all of INBOX into a folder.

mod curl;
mod floor;
mod imaplib;
mod mbsync;
mod tayori;

use std::path::{Path, PathBuf};
use std::process::Command;

use super::check::Kept;
use crate::process;
use crate::release;
use crate::stop::{Interrupt, Outcome, Stop, because};

/// One line of the report.
pub(crate) struct Row {
    pub(super) name: &'static str,
    peer: Peer,
    /// What is found in the folder afterwards.
    pub(super) kept: Kept,
    command: fn(&Run<'_>) -> Outcome<Command>,
}

pub(super) static ROWS: [Row; 11] = [
    Row { name: "f0", peer: Peer::Floor, kept: Kept::Nothing, command: floor::discard },
    Row { name: "f1", peer: Peer::Floor, kept: Kept::Files, command: floor::files },
    Row { name: "tayori-eml-nosync", peer: Peer::Tayori, kept: Kept::Files, command: tayori::eml_nosync },
    Row {
        name: "tayori-maildir-nosync",
        peer: Peer::Tayori,
        kept: Kept::Maildir,
        command: tayori::maildir_nosync,
    },
    Row { name: "tayori-mbox-nosync", peer: Peer::Tayori, kept: Kept::Mbox, command: tayori::mbox_nosync },
    Row { name: "tayori-eml-sync", peer: Peer::Tayori, kept: Kept::Files, command: tayori::eml_sync },
    Row {
        name: "tayori-maildir-sync",
        peer: Peer::Tayori,
        kept: Kept::Maildir,
        command: tayori::maildir_sync,
    },
    Row { name: "mbsync-nosync", peer: Peer::Mbsync, kept: Kept::Maildir, command: mbsync::nosync },
    Row { name: "mbsync-sync", peer: Peer::Mbsync, kept: Kept::Maildir, command: mbsync::sync },
    Row { name: "curl", peer: Peer::Curl, kept: Kept::Files, command: curl::fetch },
    Row { name: "imaplib", peer: Peer::Python, kept: Kept::Files, command: imaplib::fetch },
];

/// What a command has to know.
pub(super) struct Run<'a> {
    pub(super) program: &'a Path,
    /// Of the server, or of the delayed line to it; TLS from the first octet.
    pub(super) port: u16,
    /// The certificate to trust, PEM.
    pub(super) authority: &'a Path,
    /// Empty; for the mail.
    pub(super) folder: &'a Path,
    /// For whatever else the program needs, such as its configuration.
    pub(super) aside: &'a Path,
    pub(super) mails: u32,
}

impl Row {
    pub(super) fn command(&self, run: &Run<'_>) -> Outcome<Command> {
        (self.command)(run)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Peer {
    Floor,
    Tayori,
    Mbsync,
    Curl,
    Python,
}

impl Peer {
    const ALL: [Self; 5] = [Self::Floor, Self::Tayori, Self::Mbsync, Self::Curl, Self::Python];

    fn find(self, interrupt: &Interrupt) -> Outcome<PathBuf> {
        match self {
            Self::Floor => std::env::current_exe().map_err(because("our own program")),
            Self::Tayori => release::program("tayori", interrupt),
            Self::Mbsync => installed("mbsync", "isync", "mbsync"),
            Self::Curl => installed("curl", "curl", "curl"),
            Self::Python => {
                installed("python3", "python3", "imaplib").and_then(|found| imaplib::resolve(&found))
            }
        }
    }

    fn version(self, program: &Path) -> Outcome<String> {
        if self == Self::Floor {
            return Ok("f0, f1: of this xtask, with rustls".to_owned());
        }
        let text = process::output_of(Command::new(program).arg("--version"))?;
        Ok(short_version(text.lines().next().unwrap_or_default()))
    }
}

/// Name and number; of the libraries that curl adds, only the one for TLS, which says something about its speed.
fn short_version(line: &str) -> String {
    let tls = |word: &&str| ["OpenSSL/", "GnuTLS/"].iter().any(|library| word.starts_with(library));
    let words = line.split_whitespace();
    words.clone().take(2).chain(words.skip(2).filter(tls)).collect::<Vec<_>>().join(" ")
}

fn installed(name: &str, package: &str, row: &str) -> Outcome<PathBuf> {
    process::find_program(name).ok_or_else(|| {
        Stop::failed(format!(
            "{name} is not installed\nhint: `apt-get install {package}` (Debian and Ubuntu)\n\
             hint: or `--without {row}` measures knowingly without it"
        ))
    })
}

/// The programs of the chosen rows.
pub(super) struct Programs(Vec<(Peer, PathBuf, String)>);

impl Programs {
    /// # Errors
    ///
    /// A program that is missing, with what to do: a comparison without it should be somebody's decision.
    pub(super) fn find<'a>(
        rows: impl Iterator<Item = &'a &'static Row> + Clone,
        interrupt: &Interrupt,
    ) -> Outcome<Self> {
        let mut programs = Vec::new();
        for peer in Peer::ALL {
            // The floor warms the server up, whether or not it is measured.
            if peer == Peer::Floor || rows.clone().any(|row| row.peer == peer) {
                let program = peer.find(interrupt)?;
                let version = peer.version(&program)?;
                programs.push((peer, program, version));
            }
        }
        Ok(Self(programs))
    }

    pub(super) fn of(&self, row: &Row) -> Outcome<&Path> {
        let found = self.0.iter().find(|(peer, ..)| *peer == row.peer);
        found.map(|(_, program, _)| program.as_path()).ok_or_else(|| Stop::failed("the row was not chosen"))
    }

    /// One line for people.
    pub(super) fn versions(&self) -> String {
        let versions: Vec<&str> = self.0.iter().map(|(.., version)| version.as_str()).collect();
        versions.join("; ")
    }
}

/// The rows that are named in `only` (all, if it is empty) and not in `without`.
///
/// A name is that of a row, or what one or more rows begin with before a hyphen.
pub(super) fn choose(
    rows: &[&'static Row],
    only: &[String],
    without: &[String],
) -> Outcome<Vec<&'static Row>> {
    for name in only.iter().chain(without) {
        if !ROWS.iter().any(|row| is_named(row, name)) {
            let names: Vec<&str> = ROWS.iter().map(|row| row.name).collect();
            return Err(Stop::failed(format!(
                "no row is named {name}\nhint: there are {}",
                names.join(", ")
            )));
        }
    }
    let chosen: Vec<_> = rows
        .iter()
        .copied()
        .filter(|row| only.is_empty() || only.iter().any(|name| is_named(row, name)))
        .filter(|row| !without.iter().any(|name| is_named(row, name)))
        .collect();
    if chosen.is_empty() {
        return Err(Stop::failed("no row is left to run\nhint: see --only and --without"));
    }
    Ok(chosen)
}

fn is_named(row: &Row, name: &str) -> bool {
    row.name.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(only: &[&str], without: &[&str], expected: &[&str]) {
        let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        let rows: Vec<&'static Row> = ROWS.iter().collect();
        let chosen = choose(&rows, &owned(only), &owned(without)).expect("the names are known");
        assert_eq!(chosen.iter().map(|row| row.name).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn rows_are_chosen_by_name_and_by_beginning() {
        check(&["mbsync", "f1"], &[], &["f1", "mbsync-nosync", "mbsync-sync"]);
        check(&["tayori-eml"], &["tayori-eml-nosync"], &["tayori-eml-sync"]);
        check(&[], &["tayori", "mbsync", "imaplib"], &["f0", "f1", "curl"]);
    }

    #[test]
    fn versions_are_short() {
        assert_eq!(short_version("Python 3.11.7"), "Python 3.11.7");
        let curl = "curl 7.88.1 (x86_64-pc-linux-gnu) libcurl/7.88.1 OpenSSL/3.0.22 zlib/1.2.13";
        assert_eq!(short_version(curl), "curl 7.88.1 OpenSSL/3.0.22");
    }

    #[test]
    fn an_unknown_name_is_told_what_there_is() {
        for name in ["f", "mb", "tayori-", "offlineimap"] {
            let problem = choose(&[], &[name.to_owned()], &[]).err().expect("it is unknown").to_string();
            assert!(problem.contains("hint: there are f0, f1, tayori-eml-nosync"), "{problem}");
        }
    }
}
