//! Medians, ranges, and ratios within a round.

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Summary {
    pub(super) median: f64,
    pub(super) least: f64,
    pub(super) most: f64,
}

impl Summary {
    /// `None` without values.
    pub(super) fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_unstable_by(f64::total_cmp);
        let (&least, &most) = (values.first()?, values.last()?);
        let middle = values.len() / 2;
        let median = if values.len() % 2 == 1 {
            values[middle]
        } else {
            f64::midpoint(values[middle - 1], values[middle])
        };
        Some(Self { median, least, most })
    }

    /// The same in another unit.
    pub(super) fn scaled(self, by: f64) -> Self {
        let Self { median, least, most } = self;
        Self { median: median * by, least: least * by, most: most * by }
    }
}

/// The ratios of two rows, round by round: what slows a whole round down, slows both and cancels out. Rounds in which
/// one of them is missing are left out.
pub(super) fn paired_ratios(ours: &[Option<f64>], theirs: &[Option<f64>]) -> Option<Summary> {
    let pairs = ours.iter().zip(theirs);
    Summary::of(pairs.filter_map(|(ours, theirs)| Some((*ours)? / (*theirs)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians() {
        let check = |values: &[f64], expected: Option<(f64, f64, f64)>| {
            let summary = Summary::of(values.iter().copied());
            assert_eq!(summary.map(|s| (s.least, s.median, s.most)), expected, "{values:?}");
        };
        check(&[], None);
        check(&[3.0], Some((3.0, 3.0, 3.0)));
        check(&[9.0, 1.0, 2.0], Some((1.0, 2.0, 9.0)));
        check(&[4.0, 1.0, 9.0, 2.0], Some((1.0, 3.0, 9.0)));
    }

    #[test]
    fn ratios_are_taken_within_a_round() {
        // The second round was slow for both: the ratio of the medians would be 2 / 2.5.
        let ours = [Some(1.0), Some(20.0), Some(2.0), None];
        let theirs = [Some(2.0), Some(40.0), Some(2.5), Some(1.0)];
        let ratios = paired_ratios(&ours, &theirs).expect("there are rounds");
        assert_eq!((ratios.least, ratios.median, ratios.most), (0.5, 0.5, 0.8));
        assert_eq!(paired_ratios(&[None, Some(1.0)], &[Some(1.0), None]), None);
    }
}
