#![expect(clippy::unwrap_used, reason = "tests")]

use super::{Counts, at_start};
use crate::dialect::messages::fixtures::reply;
use crate::json::Fields;

fn counts(usage: &str) -> Counts {
    let body = format!(r#"{{"usage":{usage}}}"#);
    let mut fields = Fields::document(body.as_bytes()).unwrap();
    Counts::read(&fields.take("usage").unwrap()).unwrap()
}

#[test]
fn what_the_start_reported_survives_an_end_that_says_less() {
    let mut all = counts(r#"{"input_tokens":2852,"cache_read_input_tokens":100,"output_tokens":1}"#);
    all.update(&counts(r#"{"output_tokens":22}"#));
    all.update(&counts(r#"{"input_tokens":0,"output_tokens":25}"#));
    let usage = all.usage();
    assert_eq!((usage.tokens.input, usage.tokens.cached_input, usage.tokens.output), (2_952, 100, 25));
    assert!(usage.says_cached && !usage.says_cache_write);
}

#[test]
fn cache_writes_keep_their_lifetimes() {
    let split = counts(
        r#"{"cache_creation_input_tokens":9,"cache_creation":{"ephemeral_1h_input_tokens":4,"ephemeral_5m_input_tokens":5}}"#,
    );
    assert_eq!((split.usage().tokens.cache_write_5m, split.usage().tokens.cache_write_1h), (5, 4));
    let whole = counts(r#"{"cache_creation_input_tokens":9}"#).usage();
    assert_eq!((whole.tokens.cache_write_5m, whole.tokens.input), (9, 9));
}

#[test]
fn an_answer_starts_with_an_estimate_of_its_input() {
    assert_eq!(at_start(None, &reply()).tokens.input, 321);
    let nothing = counts(r#"{"input_tokens":0}"#).usage();
    assert_eq!(at_start(Some(&nothing), &reply()).tokens.input, 321);
    let known = counts(r#"{"input_tokens":7}"#).usage();
    assert_eq!(at_start(Some(&known), &reply()).tokens.input, 7);
}
