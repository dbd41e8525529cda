//! What reading sets out to reach.

use super::figures::Figures;
use crate::bench::targets::Verdict;

pub(super) struct Target {
    pub(super) words: &'static str,
    figure: Figure,
    limit: f64,
}

enum Figure {
    /// The time of a reader in a set, as a ratio to that of another in the same round.
    Time(&'static str, &'static str, &'static str),
    /// Allocations for a reply.
    Allocations(&'static str, &'static str),
    /// Octets allocated for all replies of a set.
    Octets(&'static str, &'static str),
    /// The largest of the ratios whose name begins so.
    Growth(&'static str),
}

pub(super) fn all() -> Vec<Target> {
    use Figure::{Allocations, Growth, Octets, Time};
    const PARSED: &str = "tayori parsed";
    const SESSION: &str = "tayori session";
    const THEIRS: &str = "imap-proto parsed";
    let target = |words, figure, limit| Target { words, figure, limit };
    vec![
        target("envelope, parsed: at most 0.5 of imap-proto", Time("envelope", PARSED, THEIRS), 0.5),
        // What users of the client get is held to what theirs lends.
        target("envelope, session: at most 0.5 of imap-proto", Time("envelope", SESSION, THEIRS), 0.5),
        target("envelope, parsed: at most 2 allocations", Allocations("envelope", PARSED), 2.0),
        // A few more for the session and its buffers, none for a row.
        target("envelope, session: at most 2 allocations", Allocations("envelope", SESSION), 2.05),
        target(
            "structure, parsed: at most 1 / 1.3 of imap-proto",
            Time("structure", PARSED, THEIRS),
            1.0 / 1.3,
        ),
        target(
            "structure, session: at most 1 / 1.3 of imap-proto",
            Time("structure", SESSION, THEIRS),
            1.0 / 1.3,
        ),
        target("structure, parsed: at most 8 allocations", Allocations("structure", PARSED), 8.0),
        target("structure, session: at most 8 allocations", Allocations("structure", SESSION), 8.05),
        target("literal, parsed: at most 1.5 of a plain copy", Time("literal", PARSED, "copy"), 1.5),
        target("literal, session: at most 1.5 of a plain copy", Time("literal", SESSION, "copy"), 1.5),
        target("search, parsed: at most 0.2 of io-imap", Time("search", PARSED, "io-imap session"), 0.2),
        target("search, session: at most 0.2 of io-imap", Time("search", SESSION, "io-imap session"), 0.2),
        target(
            "search with gaps, parsed: at most 0.2 of io-imap",
            Time("search with gaps", PARSED, "io-imap session"),
            0.2,
        ),
        target(
            "search with gaps, session: at most 0.2 of io-imap",
            Time("search with gaps", SESSION, "io-imap session"),
            0.2,
        ),
        target("search, parsed: at most 1 MiB", Octets("search", PARSED), (1 << 20) as f64),
        target("reads of 1 octet: at most 20 times", Growth("reads"), 20.0),
        target("UTF-7 of ten times the length: at most 20 times", Growth("utf-7"), 20.0),
        // Caches count as well: what fits into them is faster.
        target("sets of ten times the size: at most 30 times", Growth("set"), 30.0),
        // Each looks for its place, in the end in memory that no cache holds. To move all that is behind it would be a
        // hundred times.
        target("ten times as many UIDs inserted one by one: at most 60 times", Growth("UIDs"), 60.0),
    ]
}

impl Target {
    pub(super) fn judge(&self, figures: &Figures) -> Verdict {
        match self.reached(figures) {
            None => Verdict::NotMeasured,
            Some(figure) if figure <= self.limit => Verdict::Met(figure),
            Some(figure) => Verdict::NotMet(figure),
        }
    }

    fn reached(&self, figures: &Figures) -> Option<f64> {
        match self.figure {
            Figure::Time(set, reader, base) => figures.ratio(set, reader, base).map(|ratio| ratio.median),
            Figure::Allocations(set, reader) => {
                let replies = figures.replies(set)?;
                figures.count(set, reader).map(|count| count.allocations as f64 / replies.max(1) as f64)
            }
            Figure::Octets(set, reader) => figures.count(set, reader).map(|count| count.octets as f64),
            Figure::Growth(name) => {
                let grown = figures.growths.iter().filter(|growth| growth.name.starts_with(name));
                grown.filter_map(|growth| Some(growth.ratio()?.median)).reduce(f64::max)
            }
        }
    }
}
