//! Translation between all dialects: what holds for everything that is made up, and what each pair carries.
#![expect(clippy::unwrap_used, reason = "tests")]

mod answers;
mod collect;
mod compatibility;
mod conversation;
mod filtering;
mod matrix;
mod mutate;
mod requests;
mod run;
mod setting;
mod turns;
mod upstream;
mod upstream_responses;

use proptest::test_runner::Config;

/// The most that may be written for an input of this length.
const fn most(length: usize) -> usize {
    16_384 + 100 * length
}

/// A variable that asks for files to be written anew, or for fewer cases.
#[expect(clippy::disallowed_methods, reason = "whoever runs the test sets it")]
fn is_set(variable: &str) -> bool {
    std::env::var_os(variable).is_some()
}

/// A tenth of them where whoever runs the tests is in a hurry.
fn cases(cases: u32) -> Config {
    let cases = if is_set("SMART_ROUTER_TEST_FAST") { cases / 10 } else { cases };
    Config { cases, failure_persistence: None, ..Config::default() }
}
