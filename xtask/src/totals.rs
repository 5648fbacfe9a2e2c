//! How many checks passed, and how many did not.

use std::fmt;
use std::ops::AddAssign;

/// How many checks passed, and how many did not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Totals {
    pub passed: u64,
    pub failed: u64,
}

impl Totals {
    pub const ONE_PASSED: Self = Self { passed: 1, failed: 0 };
    pub const ONE_FAILED: Self = Self { passed: 0, failed: 1 };

    /// What a line of a test runner's output adds: the summaries of `cargo nextest` (one a run) and of `cargo test` (one
    /// a test binary; what nextest repeats of a failed one is indented, and counted by its summary).
    pub fn of_line(line: &str) -> Self {
        let nextest = line.split_once("Summary [").and_then(|(_, rest)| rest.split_once(" run:"));
        let libtest = line.strip_prefix("test result: ").and_then(|rest| rest.split_once(". "));
        let Some((_, counts)) = nextest.or(libtest) else { return Self::default() };
        let mut totals = Self::default();
        for count in counts.split([',', ';']) {
            let mut words = count.split_whitespace();
            let (Some(Ok(number)), Some(word)) = (words.next().map(str::parse::<u64>), words.next()) else { continue };
            match word {
                "passed" => totals.passed += number,
                "failed" | "timed" | "exec" => totals.failed += number,
                _ => {}
            }
        }
        totals
    }
}

impl AddAssign for Totals {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "{} passed, {} failed", self.passed, self.failed)
    }
}

#[cfg(test)]
mod tests {
    use super::Totals;

    #[test]
    fn both_runners_summaries_are_read() {
        let cases = [
            ("     Summary [   1.2s] 5 tests run: 5 passed, 2 skipped", 5, 0),
            (
                "     Summary [   1.2s] 9 tests run: 5 passed (1 slow), 2 failed, 1 timed out, 1 exec failed, 0 skipped",
                5,
                4,
            ),
            ("     Summary [   1.2s] 3/9 tests run: 2 passed, 1 failed, 0 skipped", 2, 1),
            ("test result: FAILED. 7 passed; 1 failed; 3 ignored; 0 measured; 0 filtered out; finished in 0.2s", 7, 1),
            (
                "    test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 4 filtered out; finished in 0.2s",
                0,
                0,
            ),
            ("test error::tests::five_failed ... ok", 0, 0),
        ];
        for (line, passed, failed) in cases {
            assert_eq!(Totals::of_line(line), Totals { passed, failed }, "{line}");
        }
    }
}
