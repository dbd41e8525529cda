//! The steps of a task: each announced, timed, and listed with its end in a table.

use std::fmt::Write as _;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::stop::{Interrupt, Outcome, Stop};
use crate::summary::TestCount;

pub(crate) struct Steps {
    interrupt: Interrupt,
    started: Instant,
    rows: Vec<Row>,
}

/// What a step leaves in the table beside its end; filled in as it goes, so that a failed step keeps its counts.
#[derive(Default)]
pub(crate) struct Findings {
    pub(crate) note: String,
    pub(crate) tests: TestCount,
}

struct Row {
    name: String,
    end: End,
    note: String,
    took: Duration,
    tests: TestCount,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Passed,
    Failed,
    /// Left out, and the run is still good: somebody asked for it, or the machine lacks what it needs.
    Skipped,
    /// Could not be tried because something before it failed, which has its own row.
    NotRun,
}

impl Steps {
    pub(crate) fn new(interrupt: &Interrupt) -> Self {
        Self { interrupt: interrupt.clone(), started: Instant::now(), rows: Vec::new() }
    }

    /// Runs a step and returns what it made, `None` if it failed.
    ///
    /// # Errors
    ///
    /// Only [`Stop::Interrupted`]: a failure becomes a row, and the caller decides what still makes sense.
    pub(crate) fn run<T>(
        &mut self,
        name: &str,
        step: impl FnOnce(&mut Findings) -> Outcome<T>,
    ) -> Outcome<Option<T>> {
        println!("\n== {name}");
        let started = Instant::now();
        let mut findings = Findings::default();
        let result = step(&mut findings);
        // A step may have ended well although, or badly because, the person wants to go home.
        self.interrupt.check()?;
        let took = started.elapsed();
        let Findings { note, tests } = findings;
        match result {
            Ok(value) => {
                println!("== {name}: ok, {:.1} s", took.as_secs_f64());
                self.row(name, End::Passed, note, took, tests);
                Ok(Some(value))
            }
            Err(Stop::Failed(note)) => {
                eprintln!("== {name}: FAILED after {:.1} s: {note}", took.as_secs_f64());
                self.row(name, End::Failed, note, took, tests);
                Ok(None)
            }
            Err(Stop::Interrupted) => Err(Stop::Interrupted),
        }
    }

    pub(crate) fn skip(&mut self, name: &str, why: &str) {
        println!("\n== {name}: skipped: {why}");
        self.row(name, End::Skipped, why.to_owned(), Duration::ZERO, TestCount::default());
    }

    pub(crate) fn not_run(&mut self, name: &str, why: &str) {
        self.row(name, End::NotRun, why.to_owned(), Duration::ZERO, TestCount::default());
    }

    /// Prints the table and the totals; the exit code is good only if no step failed.
    pub(crate) fn finish(self) -> ExitCode {
        let took = self.started.elapsed();
        print!("\n{}{}", self.table(), self.left_out());
        println!("{}", self.totals(took));
        if self.failed() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    }

    fn failed(&self) -> bool {
        self.rows.iter().any(|row| row.end == End::Failed)
    }

    fn row(&mut self, name: &str, end: End, note: String, took: Duration, tests: TestCount) {
        self.rows.push(Row { name: name.to_owned(), end, note, took, tests });
    }

    fn table(&self) -> String {
        let width = self.rows.iter().map(|row| row.name.len()).max().unwrap_or(0);
        let mut table = String::new();
        for row in &self.rows {
            let end = match row.end {
                End::Passed => "ok",
                End::Failed => "FAILED",
                End::Skipped => "SKIPPED",
                End::NotRun => "not run",
            };
            let seconds = row.took.as_secs_f64();
            // The first line is enough here; the rest stands where the step ran.
            let note = row.note.lines().next().unwrap_or_default();
            let line = format!("{:width$}  {end:7} {seconds:7.1} s  {note}", row.name);
            let _ = writeln!(table, "{}", line.trim_end());
        }
        table
    }

    /// What a good run did not prove, in words that cannot be overlooked.
    fn left_out(&self) -> String {
        let skipped = self.rows.iter().filter(|row| row.end == End::Skipped);
        skipped.map(|row| format!("skipped: {}: {} did NOT run\n", row.note, row.name)).collect()
    }

    /// All test programs together, in the words of libtest, which tools that read logs know.
    fn totals(&self, took: Duration) -> String {
        let mut tests = TestCount::default();
        for row in &self.rows {
            tests += row.tests;
        }
        let result = if self.failed() { "FAILED" } else { "ok" };
        format!(
            "test result: {result}. {} passed; {} failed; {} ignored; 0 measured; 0 filtered out; finished in {:.2}s",
            tests.passed,
            tests.failed,
            tests.skipped,
            took.as_secs_f64()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps() -> Steps {
        Steps::new(&Interrupt::install().expect("signals can be caught"))
    }

    #[test]
    fn the_table_names_every_step_and_how_it_ended() {
        let mut steps = steps();
        let tests = TestCount { passed: 3, failed: 0, skipped: 1 };
        steps.row("format", End::Passed, String::new(), Duration::from_millis(1240), TestCount::default());
        steps.row("unit tests", End::Passed, "3 tests".to_owned(), Duration::from_secs(61), tests);
        steps.row(
            "peer",
            End::Skipped,
            "dovecot is not installed".to_owned(),
            Duration::ZERO,
            TestCount::default(),
        );
        assert_eq!(
            steps.table(),
            "format      ok          1.2 s\n\
             unit tests  ok         61.0 s  3 tests\n\
             peer        SKIPPED     0.0 s  dovecot is not installed\n"
        );
        assert_eq!(steps.left_out(), "skipped: dovecot is not installed: peer did NOT run\n");
        assert!(!steps.failed());
        assert_eq!(
            steps.totals(Duration::from_secs(63)),
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 63.00s"
        );
    }

    #[test]
    fn one_failed_step_fails_the_run() {
        let mut steps = steps();
        let made = steps.run("breaks", |findings| {
            findings.tests.failed = 2;
            Err::<(), _>(Stop::failed("it broke\nlong story"))
        });
        assert!(matches!(made, Ok(None)));
        steps.not_run("needs it", "breaks failed");
        let made = steps.run("works", |_| Ok(7));
        assert!(matches!(made, Ok(Some(7))));
        assert!(steps.failed());
        let totals = steps.totals(Duration::ZERO);
        assert!(totals.starts_with("test result: FAILED. 0 passed; 2 failed;"), "{totals}");
        let table = steps.table();
        assert!(table.contains("breaks    FAILED      0.0 s  it broke\n"), "{table}");
        assert!(table.contains("needs it  not run     0.0 s  breaks failed\n"), "{table}");
    }

    #[test]
    fn an_interrupt_ends_the_steps() {
        let mut steps = steps();
        let made = steps.run("long", |_| Err::<(), _>(Stop::Interrupted));
        assert!(matches!(made, Err(Stop::Interrupted)));
    }
}
