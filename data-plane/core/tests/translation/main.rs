//! Translation between all dialects: what holds for everything that is made up, and what each pair carries.
#![expect(clippy::unwrap_used, reason = "tests")]

mod answers;
mod collect;
mod conversation;
mod matrix;
mod mutate;
mod requests;
mod run;
mod setting;
mod upstream;
mod upstream_responses;

use proptest::test_runner::Config;

/// The most that may be written for an input of this length.
const fn most(length: usize) -> usize {
    16_384 + 100 * length
}

fn cases(cases: u32) -> Config {
    Config { cases, failure_persistence: None, ..Config::default() }
}
