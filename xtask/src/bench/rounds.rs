//! Everyone in turn, as alike as can be, and what each took.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::check;
use super::contestants::{Programs, ROWS, Row, Run};
use super::fill::Filled;
use super::proxy::{Counts, Proxy};
use super::scenario::Scenario;
use super::server_time;
use crate::measure::{measure, words_in};
use crate::peers::server::Server;
use crate::process;
use crate::stop::{Interrupt, Outcome, Stop, because};

/// Many times what a run takes: it only keeps a program that hangs from holding up the rest.
const RUN_LIMIT: Duration = Duration::from_secs(900);

/// How much of what a failed program said is repeated, in lines.
const WORDS_SHOWN: usize = 8;

pub(super) struct Surroundings<'a> {
    pub(super) dovecot: &'a Server,
    pub(super) proxy: Option<&'a Proxy>,
    pub(super) filled: &'a Filled,
    pub(super) programs: &'a Programs,
}

/// One run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sample {
    /// In seconds, as everything here.
    pub(super) wall: f64,
    pub(super) user: f64,
    pub(super) system: f64,
    /// `None` where the system does not tell.
    pub(super) server: Option<f64>,
    /// How long a `sync` of the whole system took right after the run.
    pub(super) sync_after: f64,
    /// In octets.
    pub(super) memory: u64,
    pub(super) line: Option<Counts>,
}

pub(super) struct Results(pub(super) Vec<RowResult>);

pub(super) struct RowResult {
    pub(super) name: &'static str,
    /// One place for each round, also for those that were left out after a failure.
    pub(super) samples: Vec<Option<Sample>>,
    pub(super) failure: Option<String>,
}

impl Results {
    /// Whether every run of every row was complete.
    pub(super) fn complete(&self) -> bool {
        self.0.iter().all(|row| row.failure.is_none())
    }

    /// One figure of a row, by round; empty if there is no such row.
    pub(super) fn figures(&self, name: &str, figure: impl Fn(&Sample) -> Option<f64>) -> Vec<Option<f64>> {
        let row = self.0.iter().find(|row| row.name == name);
        let samples = row.map(|row| row.samples.as_slice()).unwrap_or_default();
        samples.iter().map(|sample| sample.as_ref().and_then(&figure)).collect()
    }
}

/// Runs all rounds. In each the rows take turns, and the one that begins is another one each time.
///
/// A row that fails, or does not fetch everything, is left out from then on, with what it said.
///
/// # Errors
///
/// Only what keeps the whole from going on.
pub(super) fn run(
    scenario: &Scenario,
    surroundings: &Surroundings<'_>,
    interrupt: &Interrupt,
) -> Outcome<Results> {
    let folder = tempfile::Builder::new()
        .prefix("tayori-bench-")
        .tempdir()
        .map_err(because("a temporary folder cannot be made"))?;
    println!("a first run that does not count, so that the server has read everything once");
    run_row(&ROWS[0], folder.path(), surroundings, interrupt)?;

    let empty = |row: &&'static Row| RowResult { name: row.name, samples: Vec::new(), failure: None };
    let mut results: Vec<RowResult> = scenario.rows.iter().map(empty).collect();
    for round in 0..scenario.rounds {
        for row in &mut results {
            row.samples.push(None);
        }
        for turn in in_turn(results.len(), round) {
            let (row, result) = (scenario.rows[turn], &mut results[turn]);
            if result.failure.is_some() {
                continue;
            }
            let start = format!("round {} of {}: {}", round + 1, scenario.rounds, row.name);
            match run_row(row, folder.path(), surroundings, interrupt) {
                Ok(sample) => {
                    println!("{start}: {:.3} s", sample.wall);
                    result.samples[round as usize] = Some(sample);
                }
                Err(Stop::Interrupted) => return Err(Stop::Interrupted),
                Err(Stop::Failed(problem)) => {
                    eprintln!("{start}: FAILED: {problem}");
                    result.failure = Some(problem);
                }
            }
        }
    }
    Ok(Results(results))
}

/// All places once, beginning one further in each round.
fn in_turn(count: usize, round: u32) -> impl Iterator<Item = usize> {
    (0..count).map(move |place| (place + round as usize) % count)
}

/// One run in an empty folder, measured, checked, and cleared away. Only the first of these counts.
fn run_row(
    row: &'static Row,
    folder: &Path,
    surroundings: &Surroundings<'_>,
    interrupt: &Interrupt,
) -> Outcome<Sample> {
    let Surroundings { dovecot, proxy, filled, programs } = *surroundings;
    let (mail, aside) = (folder.join("mail"), folder.join("aside"));
    for folder in [&mail, &aside] {
        fs::create_dir(folder).map_err(because("a folder for a run"))?;
    }
    let outcome = (|| {
        let authority = dovecot.authority_file();
        let mut command = row.command(&Run {
            program: programs.of(row)?,
            port: proxy.map_or(dovecot.ports().imaps, Proxy::port),
            authority: &authority,
            folder: &mail,
            aside: &aside,
            mails: filled.mails,
        })?;
        let words = aside.join("words");
        // What others have left to be written must not be written during this run.
        rustix::fs::sync();
        let server_before = server_time::of_tree(dovecot.process());
        let measured = measure(command.stdin(Stdio::null()), &words, RUN_LIMIT, interrupt)?;
        let syncing = Instant::now();
        rustix::fs::sync();
        let sync_after = syncing.elapsed();
        let line = proxy.map(Proxy::take_counts);
        let server_after = server_time::of_tree(dovecot.process());

        let said = words_in(&words);
        if !measured.status.success() {
            let shown: Vec<&str> = said.lines().take(WORDS_SHOWN).collect();
            let (command, status) = (process::describe(&command), measured.status);
            return Err(Stop::failed(format!("`{command}` ended with {status}\n  {}", shown.join("\n  "))));
        }
        check::check(row.kept, &mail, &said, filled, interrupt)?;
        let server = server_before.zip(server_after).map(|(before, after)| after.saturating_sub(before));
        Ok(Sample {
            wall: measured.took.as_secs_f64(),
            user: measured.user.as_secs_f64(),
            system: measured.system.as_secs_f64(),
            server: server.map(|server| server.as_secs_f64()),
            sync_after: sync_after.as_secs_f64(),
            memory: measured.peak_memory,
            line,
        })
    })();
    for folder in [&mail, &aside] {
        fs::remove_dir_all(folder).map_err(because("the folder of a run cannot be removed"))?;
    }
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everyone_has_a_turn_and_begins_once() {
        let order = |round| in_turn(3, round).collect::<Vec<_>>();
        assert_eq!(order(0), [0, 1, 2]);
        assert_eq!(order(1), [1, 2, 0]);
        assert_eq!(order(5), [2, 0, 1]);
    }
}
