//! How many tests ran: read from the last lines of the test runners.

use std::ops::AddAssign;

/// Which program ran the tests. Each is read by its own line only: a failing test shows its output, and under
/// nextest that output contains the line of the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Runner {
    Nextest,
    Libtest,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TestCount {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
}

impl TestCount {
    pub(crate) fn ran(self) -> u64 {
        self.passed + self.failed
    }
}

impl AddAssign for TestCount {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl Runner {
    /// Reads one line of output; `None` if it is not a summary.
    pub(crate) fn parse_summary(self, line: &str) -> Option<TestCount> {
        match self {
            Self::Nextest => parse_nextest(line),
            Self::Libtest => parse_libtest(line),
        }
    }
}

/// `Summary [   0.016s] 12/15 tests run: 10 passed (1 slow, 2 flaky), 1 failed, 1 timed out, 3 skipped`
fn parse_nextest(line: &str) -> Option<TestCount> {
    let rest = line.trim_start().strip_prefix("Summary [")?;
    let (_, rest) = rest.split_once("] ")?;
    let (_, counts) = rest.split_once(" run: ")?;
    let mut count = TestCount::default();
    for part in split_outside_parentheses(counts) {
        let (number, what) = part.trim().split_once(' ')?;
        let number: u64 = number.parse().ok()?;
        match what.split(" (").next()? {
            "passed" => count.passed += number,
            "skipped" => count.skipped += number,
            // failed, timed out, exec failed, and whatever a later version adds: not passed is failed.
            _ => count.failed += number,
        }
    }
    Some(count)
}

/// `test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s`
fn parse_libtest(line: &str) -> Option<TestCount> {
    let rest = line.trim_start().strip_prefix("test result: ")?;
    let (_, counts) = rest.split_once(". ")?;
    let mut count = TestCount::default();
    for part in counts.split("; ") {
        let Some((number, what)) = part.split_once(' ') else {
            continue;
        };
        let Ok(number) = number.parse::<u64>() else {
            continue;
        };
        match what {
            "passed" => count.passed += number,
            "failed" => count.failed += number,
            "ignored" => count.skipped += number,
            _ => {}
        }
    }
    Some(count)
}

fn split_outside_parentheses(text: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_u32;
    text.split(move |character| {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        character == ',' && depth == 0
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(runner: Runner, line: &str, expected: Option<(u64, u64, u64)>) {
        let expected = expected.map(|(passed, failed, skipped)| TestCount { passed, failed, skipped });
        assert_eq!(runner.parse_summary(line), expected);
    }

    #[test]
    fn nextest_summaries() {
        use Runner::Nextest;
        check(Nextest, "     Summary [   0.012s] 3 tests run: 3 passed, 0 skipped", Some((3, 0, 0)));
        check(Nextest, "     Summary [   0.012s] 1 test run: 1 passed, 2 skipped", Some((1, 0, 2)));
        check(Nextest, "Summary [   0.000s] 0 tests run: 0 passed, 4 skipped", Some((0, 0, 4)));
        check(
            Nextest,
            "     Summary [  61.203s] 12/15 tests run: 8 passed (1 slow, 2 flaky), 1 failed, 2 timed out, 1 exec failed, 3 skipped",
            Some((8, 4, 3)),
        );
        check(Nextest, "        PASS [   0.004s] xtask summary::tests::nextest_summaries", None);
        check(Nextest, "test result: ok. 3 passed; 0 failed; 0 ignored", None);
        check(Nextest, "     Summary [   0.012s] nothing that we know", None);
    }

    #[test]
    fn libtest_summaries() {
        use Runner::Libtest;
        check(
            Libtest,
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; finished in 0.00s",
            Some((3, 0, 1)),
        );
        check(
            Libtest,
            "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 10.00s",
            Some((3, 2, 0)),
        );
        check(Libtest, "test summary::tests::libtest_summaries ... ok", None);
        check(Libtest, "     Summary [   0.012s] 3 tests run: 3 passed, 0 skipped", None);
    }

    #[test]
    fn counts_add_up() {
        let mut count = TestCount { passed: 1, failed: 2, skipped: 3 };
        count += TestCount { passed: 10, failed: 20, skipped: 30 };
        assert_eq!(count, TestCount { passed: 11, failed: 22, skipped: 33 });
        assert_eq!(count.ran(), 33);
    }
}
