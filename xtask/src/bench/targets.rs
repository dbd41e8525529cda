//! What tayori sets out to reach, and whether it has.

use std::time::Duration;

use super::rounds::Results;
use super::scenario::Kind;
use super::statistics::{Summary, paired_ratios};

/// A figure of one row with the most that it may be.
pub(super) struct Target {
    row: &'static str,
    figure: Figure,
    limit: f64,
}

enum Figure {
    /// Time, as a ratio to that of another row in the same round.
    Against(&'static str),
    /// Time, as a ratio to that of another row and of the `sync` right after it.
    AgainstAndSync(&'static str),
    /// The most memory of all runs, in MiB.
    Memory,
    /// The most round trips of all runs.
    RoundTrips,
}

#[derive(Debug, PartialEq)]
pub(super) enum Verdict {
    Met(f64),
    NotMet(f64),
    /// A row that is needed was left out or has failed.
    NotMeasured,
}

const MIB: f64 = 1024.0 * 1024.0;

/// They are meant for the full scenario; a smaller one is judged by them all the same.
pub(super) fn for_scenario(kind: Kind, rtt: Option<Duration>) -> Vec<Target> {
    use Figure::{Against, AgainstAndSync, Memory, RoundTrips};
    let target = |row, figure, limit| Target { row, figure, limit };
    match (kind, rtt) {
        (Kind::Mailbox, Some(_)) => vec![
            target("tayori-eml-nosync", Against("f1"), 1.2),
            target("tayori-eml-nosync", RoundTrips, 8.0),
        ],
        (Kind::Mailbox, None) => vec![
            target("tayori-eml-nosync", Against("mbsync-nosync"), 0.9),
            target("tayori-maildir-nosync", Against("mbsync-nosync"), 0.9),
            target("tayori-eml-nosync", Against("f1"), 0.8),
            target("tayori-maildir-nosync", Against("f1"), 0.8),
            target("tayori-mbox-nosync", Against("f0"), 1.3),
            target("tayori-eml-sync", Against("mbsync-sync"), 0.8),
            target("tayori-maildir-sync", Against("mbsync-sync"), 0.8),
            target("tayori-eml-sync", AgainstAndSync("tayori-eml-nosync"), 1.25),
            target("tayori-maildir-sync", AgainstAndSync("tayori-maildir-nosync"), 1.25),
        ],
        (Kind::Big, _) => vec![
            target("tayori-eml-nosync", Against("curl"), 1.15),
            target("tayori-eml-nosync", Memory, 24.0),
            target("tayori-eml-sync", Memory, 24.0),
        ],
        (Kind::Many, _) => vec![
            target("tayori-eml-nosync", Memory, 32.0),
            target("tayori-eml-sync", Memory, 32.0),
            target("tayori-maildir-nosync", Memory, 32.0),
            target("tayori-maildir-sync", Memory, 32.0),
            target("tayori-mbox-nosync", Memory, 32.0),
        ],
        (Kind::One, _) => vec![
            target("tayori-eml-nosync", Against("curl"), 1.3),
            target("tayori-eml-sync", Against("curl"), 1.3),
        ],
    }
}

impl Target {
    /// What is asked for.
    pub(super) fn words(&self) -> String {
        let Self { row, figure, limit } = self;
        match figure {
            Figure::Against(other) => format!("{row}: at most {limit} of the time of {other}"),
            Figure::AgainstAndSync(other) => {
                format!("{row}: at most {limit} of the time of {other} and a sync")
            }
            Figure::Memory => format!("{row}: at most {limit} MiB of memory"),
            Figure::RoundTrips => format!("{row}: at most {limit} round trips"),
        }
    }

    pub(super) fn judge(&self, results: &Results) -> Verdict {
        match self.reached(results) {
            None => Verdict::NotMeasured,
            Some(figure) if figure <= self.limit => Verdict::Met(figure),
            Some(figure) => Verdict::NotMet(figure),
        }
    }

    fn reached(&self, results: &Results) -> Option<f64> {
        // A row that failed later on has not been measured, even if it has figures.
        let failed = |name| results.0.iter().any(|row| row.name == name && row.failure.is_some());
        let wall = |name| results.figures(name, |sample| Some(sample.wall));
        let most = |figures: Vec<Option<f64>>| Summary::of(figures.into_iter().flatten()).map(|all| all.most);
        if failed(self.row) {
            return None;
        }
        match self.figure {
            Figure::Against(other) | Figure::AgainstAndSync(other) if failed(other) => None,
            Figure::Against(other) => paired_ratios(&wall(self.row), &wall(other)).map(|ratio| ratio.median),
            Figure::AgainstAndSync(other) => {
                let both = results.figures(other, |sample| Some(sample.wall + sample.sync_after));
                paired_ratios(&wall(self.row), &both).map(|ratio| ratio.median)
            }
            Figure::Memory => most(results.figures(self.row, |sample| Some(sample.memory as f64 / MIB))),
            Figure::RoundTrips => {
                most(results.figures(self.row, |sample| Some(f64::from(sample.line?.round_trips))))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::contestants::ROWS;
    use super::super::proxy::Counts;
    use super::super::rounds::{RowResult, Sample};
    use super::*;

    fn sample(wall: f64) -> Option<Sample> {
        let line = Some(Counts { connections: 1, round_trips: wall as u32 });
        let memory = wall as u64 * 1024 * 1024;
        Some(Sample { wall, user: 0.0, system: 0.0, server: None, sync_after: 1.0, memory, line })
    }

    fn results() -> Results {
        let row = |name, walls: &[f64]| RowResult {
            name,
            samples: walls.iter().copied().map(sample).collect(),
            failure: None,
        };
        let failed = RowResult { failure: Some("it broke".to_owned()), ..row("curl", &[1.0, 1.0, 1.0]) };
        Results(vec![row("f1", &[10.0, 20.0, 9.0]), row("f0", &[5.0, 10.0, 9.0]), failed])
    }

    #[test]
    fn targets_are_judged() {
        let check = |figure, limit, expected| {
            let target = Target { row: "f0", figure, limit };
            assert_eq!(target.judge(&results()), expected, "{}", target.words());
        };
        check(Figure::Against("f1"), 0.5, Verdict::Met(0.5));
        check(Figure::Against("f1"), 0.49, Verdict::NotMet(0.5));
        check(Figure::AgainstAndSync("f1"), 1.0, Verdict::Met(10.0 / 21.0));
        check(Figure::Memory, 10.0, Verdict::Met(10.0));
        check(Figure::RoundTrips, 9.0, Verdict::NotMet(10.0));
        check(Figure::Against("curl"), 100.0, Verdict::NotMeasured);
        check(Figure::Against("imaplib"), 100.0, Verdict::NotMeasured);
    }

    #[test]
    fn rows_of_targets_exist() {
        for kind in Kind::ALL {
            for rtt in [None, Some(Duration::from_millis(50))] {
                for target in for_scenario(kind, rtt) {
                    let exists = |name: &str| ROWS.iter().any(|row| row.name == name);
                    assert!(exists(target.row), "{}", target.words());
                    if let Figure::Against(other) | Figure::AgainstAndSync(other) = target.figure {
                        assert!(exists(other), "{}", target.words());
                    }
                }
            }
        }
    }
}
