#![expect(clippy::unwrap_used, reason = "tests")]

use bytes::Bytes;

use super::read_answer;
use crate::dialect::id_tag::IdTag;
use crate::dialect::neutral::{Realm, mark};
use crate::dialect::{Operation, splice};
use crate::usage::TokenUsage;
use vocabulary::FailureClass;

fn model(operation: Operation, body: &str) -> &str {
    let span = read_answer(operation, body.as_bytes()).unwrap().model_span.unwrap();
    &body[span]
}

#[test]
fn chat() {
    let body = r#"{"id":"c1","object":"chat.completion","model":"gpt-5-2026","choices":[{"index":0,"message":{"role":"assistant",
        "content":"{\"model\":\"x\"}","tool_calls":[]},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12},
        "metadata":{"model":"y","usage":{"prompt_tokens":1}}}"#;
    let facts = read_answer(Operation::ChatCompletions, body.as_bytes()).unwrap();
    assert_eq!(model(Operation::ChatCompletions, body), "\"gpt-5-2026\"");
    assert_eq!(facts.usage, Some(TokenUsage { input: 9, output: 3, ..TokenUsage::default() }));
    assert_eq!(facts.output_chars, r#"{\"model\":\"x\"}"#.len() as u64);
    assert_eq!(facts.error, None);
}

#[test]
fn responses() {
    let body = r#"{"id":"r","status":"completed","error":null,"model":"gpt-5","output":[{"type":"message","model":"z"}],
        "usage":{"input_tokens":4,"output_tokens":2,"total_tokens":6,"input_tokens_details":{"cached_tokens":1}}}"#;
    let facts = read_answer(Operation::Responses, body.as_bytes()).unwrap();
    assert_eq!(model(Operation::Responses, body), "\"gpt-5\"");
    assert_eq!(facts.usage.unwrap().cached_input, 1);
    assert_eq!(facts.error, None);
}

#[test]
fn messages() {
    let body = r#"{"type":"message","model":"claude","content":[{"type":"text","text":"hello"}],"usage":{"input_tokens":2,
        "cache_read_input_tokens":3,"output_tokens":0}}"#;
    let facts = read_answer(Operation::Messages, body.as_bytes()).unwrap();
    assert_eq!(facts.usage, Some(TokenUsage { input: 5, cached_input: 3, ..TokenUsage::default() }));
    assert_eq!(facts.output_chars, "hello".len() as u64);
}

#[test]
fn words_count_and_the_json_around_them_does_not() {
    let words = |operation, body: &str| read_answer(operation, body.as_bytes()).unwrap().output_chars;
    let chat = r#"{"choices":[{"index":0,"message":{"role":"assistant","content":[{"type":"text","text":"ab"}],"refusal":null,
        "reasoning_content":"cde","annotations":[{"type":"url_citation","url":"https://x"}],
        "tool_calls":[{"id":"call_1","type":"function","function":{"name":"fg","arguments":"{}"}}]},"finish_reason":"stop"}]}"#;
    assert_eq!(words(Operation::ChatCompletions, chat), 9);
    let messages = r#"{"content":[{"type":"thinking","thinking":"abc","signature":"EqQB"},{"type":"text","text":"de","citations":[{"cited_text":"x"}]},
        {"type":"tool_use","id":"toolu_1","name":"f","input":{"g":1}},{"type":"redacted_thinking","data":"xxxx"}]}"#;
    assert_eq!(words(Operation::Messages, messages), 6 + r#"{"g":1}"#.len() as u64);
    let responses = r#"{"output":[{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"ab"}],"encrypted_content":"gAAA"},
        {"type":"message","id":"msg_1","role":"assistant","content":[{"type":"output_text","text":"cd","annotations":[],"logprobs":[]}]},
        {"type":"function_call","id":"fc_1","call_id":"c","name":"e","arguments":"{}"}]}"#;
    assert_eq!(words(Operation::Responses, responses), 7);
}

#[test]
fn counting_and_embeddings() {
    let counted = read_answer(Operation::CountTokens, br#"{"input_tokens":2095}"#).unwrap();
    assert_eq!(counted.usage, Some(TokenUsage { input: 2095, ..TokenUsage::default() }));
    let body = br#"{"object":"list","data":[{"embedding":[0.1,-2e-5]}],"model":"e","usage":{"prompt_tokens":8,"total_tokens":8}}"#;
    let embedded = read_answer(Operation::Embeddings, body).unwrap();
    assert_eq!(embedded.usage, Some(TokenUsage { input: 8, ..TokenUsage::default() }));
}

#[test]
fn missing_usage_is_not_zero() {
    for body in [r#"{"model":"m"}"#, r#"{"model":"m","usage":null}"#] {
        assert_eq!(read_answer(Operation::ChatCompletions, body.as_bytes()).unwrap().usage, None);
    }
}

#[test]
fn errors_inside_answers() {
    let class = |operation, body: &str| read_answer(operation, body.as_bytes()).unwrap().error.unwrap().class;
    let limited = r#"{"error":{"message":"slow down","code":429}}"#;
    assert_eq!(class(Operation::ChatCompletions, limited), FailureClass::RateLimit);
    let failed = r#"{"status":"failed","error":{"code":"server_error","message":"x"}}"#;
    assert_eq!(class(Operation::Responses, failed), FailureClass::ServerError);
    assert_eq!(class(Operation::Responses, r#"{"status":"failed","error":null}"#), FailureClass::ServerError);
    let overloaded = r#"{"type":"error","error":{"type":"overloaded_error","message":"x"}}"#;
    assert_eq!(class(Operation::Messages, overloaded), FailureClass::ServerError);
}

#[test]
fn what_is_no_answer() {
    for body in ["", "<html>", "[]", "{\"model\":"] {
        assert!(read_answer(Operation::ChatCompletions, body.as_bytes()).is_err(), "{body}");
    }
}

fn marked(operation: Operation, body: &str, tags_ids: bool) -> String {
    let facts = read_answer(operation, body.as_bytes()).unwrap();
    let mut splices =
        facts.minted.marks(Some(Realm::of("vendor")), tags_ids.then(|| IdTag::Realm(Realm::of("vendor"))).as_ref());
    splices.sort_by_key(|it| it.range.start);
    String::from_utf8(splice::apply(&Bytes::copy_from_slice(body.as_bytes()), &splices).concat()).unwrap()
}

#[test]
fn what_only_the_upstream_can_use_is_marked_in_place() {
    let (mark, realm) = (mark(Realm::of("vendor")), Realm::of("vendor"));
    let body = r#"{ "content":[{"signature":"Eq\/x","type":"thinking","thinking":"a"},{"type":"thinking","signature":""},
        {"type":"redacted_thinking","data" : "zz"},{"type":"text","text":"sig","data":"no","signature":"no"},5],"model":"m"}"#;
    let expected = body.replace("Eq", &format!("{mark}Eq")).replace("zz", &format!("{mark}zz"));
    assert_eq!(marked(Operation::Messages, body, true), expected);
    let body = r#"{"id":"resp_68","output":[{"type":"reasoning","encrypted_content":"gA","summary":[]},
        {"type":"reasoning","encrypted_content":null},{"type":"message","content":[{"encrypted_content":"no"}]}]}"#;
    let expected = body.replace("gA", &format!("{mark}gA"));
    assert_eq!(marked(Operation::Responses, body, false), expected);
    assert_eq!(marked(Operation::Responses, body, true), expected.replace("resp_", &format!("resp_sr1_{realm}_")));
    assert_eq!(marked(Operation::Compact, body, true), expected, "it is no response that could be continued");
    let body = r#"{"id":"chatcmpl-1","choices":[{"message":{"reasoning_details":[{"data":"x"}]}}]}"#;
    assert_eq!(marked(Operation::ChatCompletions, body, true), body);
}
