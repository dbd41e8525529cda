//! What the programs print: a figure a line, fields between tabs.

use crate::bench::statistics::{Summary, paired_ratios};
use crate::stop::{Outcome, Stop};

#[derive(Debug, Default)]
pub(super) struct Figures {
    /// Name, and what stands behind it.
    pub(super) readers: Vec<(String, String)>,
    pub(super) sets: Vec<Set>,
    pub(super) growths: Vec<Growth>,
    times: Vec<Time>,
    counts: Vec<(String, String, Count)>,
}

#[derive(Debug)]
pub(super) struct Set {
    pub(super) name: String,
    pub(super) replies: u64,
    pub(super) octets: u64,
}

/// Nanoseconds, one a round.
#[derive(Debug)]
pub(super) struct Growth {
    pub(super) name: String,
    pub(super) less: Vec<f64>,
    pub(super) more: Vec<f64>,
}

#[derive(Debug)]
struct Time {
    set: String,
    reader: String,
    /// Nanoseconds, one a round.
    rounds: Vec<f64>,
}

/// For all replies of a set together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Count {
    pub(super) allocations: u64,
    pub(super) octets: u64,
    /// The most at one time.
    pub(super) held: u64,
}

impl Figures {
    pub(super) fn read(lines: &str) -> Outcome<Self> {
        let mut figures = Self::default();
        for line in lines.lines().filter(|line| !line.is_empty()) {
            figures.line(line).ok_or_else(|| Stop::failed(format!("not a figure: {line:?}")))?;
        }
        Ok(figures)
    }

    fn line(&mut self, line: &str) -> Option<()> {
        let fields: Vec<&str> = line.split('\t').collect();
        let number = |field: &str| field.parse::<u64>().ok();
        match fields[..] {
            ["reader", name, what] => self.readers.push((name.to_owned(), what.to_owned())),
            ["set", name, replies, octets] => {
                let (replies, octets) = (number(replies)?, number(octets)?);
                self.sets.push(Set { name: name.to_owned(), replies, octets });
            }
            ["time", set, reader, _, time] => {
                let time = time.parse().ok()?;
                match self.times.iter_mut().find(|times| times.set == set && times.reader == reader) {
                    Some(times) => times.rounds.push(time),
                    None => {
                        let (set, reader) = (set.to_owned(), reader.to_owned());
                        self.times.push(Time { set, reader, rounds: vec![time] });
                    }
                }
            }
            ["growth", name, _, less, more] => {
                let (less, more) = (less.parse().ok()?, more.parse().ok()?);
                match self.growths.iter_mut().find(|growth| growth.name == name) {
                    Some(growth) => {
                        growth.less.push(less);
                        growth.more.push(more);
                    }
                    None => {
                        let growth = Growth { name: name.to_owned(), less: vec![less], more: vec![more] };
                        self.growths.push(growth);
                    }
                }
            }
            ["count", set, reader, _, allocations, octets, held] => {
                let count =
                    Count { allocations: number(allocations)?, octets: number(octets)?, held: number(held)? };
                self.counts.push((set.to_owned(), reader.to_owned(), count));
            }
            _ => return None,
        }
        Some(())
    }

    /// Nanoseconds for all replies of the set.
    pub(super) fn times(&self, set: &str, reader: &str) -> Option<Summary> {
        Summary::of(self.rounds(set, reader)?.iter().copied())
    }

    pub(super) fn count(&self, set: &str, reader: &str) -> Option<Count> {
        let found = self.counts.iter().find(|(of, by, _)| of == set && by == reader);
        found.map(|(_, _, count)| *count)
    }

    /// The time of one reader as a ratio to that of another, round by round.
    pub(super) fn ratio(&self, set: &str, reader: &str, base: &str) -> Option<Summary> {
        ratios(self.rounds(set, reader)?, self.rounds(set, base)?)
    }

    fn rounds(&self, set: &str, reader: &str) -> Option<&[f64]> {
        let times = self.times.iter().find(|times| times.set == set && times.reader == reader);
        times.map(|times| &*times.rounds)
    }

    pub(super) fn replies(&self, set: &str) -> Option<u64> {
        self.sets.iter().find(|found| found.name == set).map(|found| found.replies)
    }
}

impl Growth {
    pub(super) fn ratio(&self) -> Option<Summary> {
        ratios(&self.more, &self.less)
    }
}

pub(super) fn median(times: &[f64]) -> f64 {
    Summary::of(times.iter().copied()).map_or(0.0, |summary| summary.median)
}

fn ratios(ours: &[f64], theirs: &[f64]) -> Option<Summary> {
    let some = |times: &[f64]| times.iter().map(|&time| Some(time)).collect::<Vec<_>>();
    paired_ratios(&some(ours), &some(theirs))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: &str = "reader\ta\tlibrary 1.0\nset\tenvelope\t10\t5000\n\
        time\tenvelope\ta\t0\t300\ntime\tenvelope\tb\t0\t100\ntime\tenvelope\ta\t1\t200\ntime\tenvelope\tb\t1\t100\n\
        growth\tsets\t0\t5\t50\ncount\tenvelope\ta\t10\t20\t4000\t512\n";

    #[test]
    fn figures_are_gathered_by_set_and_reader() {
        let figures = Figures::read(LINES).expect("these are figures");
        assert_eq!(figures.readers, [("a".to_owned(), "library 1.0".to_owned())]);
        assert_eq!(figures.times("envelope", "a").map(|times| times.median), Some(250.0));
        assert_eq!(
            figures.ratio("envelope", "a", "b").map(|ratio| (ratio.least, ratio.most)),
            Some((2.0, 3.0))
        );
        assert_eq!(figures.count("envelope", "a").map(|count| count.allocations), Some(20));
        assert_eq!(figures.growths[0].ratio().map(|ratio| ratio.median), Some(10.0));
        assert!(figures.times("structure", "a").is_none());
        assert!(figures.count("envelope", "b").is_none());
    }

    #[test]
    fn other_lines_are_refused() {
        for wrong in ["time\tenvelope\ta\t0", "set\tenvelope\tten\t5000", "figure\t1"] {
            assert!(Figures::read(wrong).is_err(), "{wrong}");
        }
    }
}
