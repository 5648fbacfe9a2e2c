#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};

use super::request_splices;
use crate::config::{Modality, OutputCap, OutputCapField, Provider, ProviderKind, Target, TargetState, Timeouts};
use crate::dialect::scan;
use crate::dialect::{Dialect, Operation, splice};

/// A target that keeps the name `gpt-5`.
pub(super) fn target_of(kind: ProviderKind) -> Target {
    let it = target("gpt-5", None);
    let provider = Arc::clone(&it.provider);
    let Provider { id, base_url, dialects, credential, private_network, timeouts, .. } = &*provider;
    let provider = Provider {
        id: id.clone(),
        base_url: base_url.clone(),
        dialects: dialects.clone(),
        credential: credential.clone(),
        kind,
        private_network: *private_network,
        tenancy: crate::config::Tenancy::Shared,
        forward_headers: Vec::new(),
        egress: None,
        timeouts: *timeouts,
    };
    Target { provider: Arc::new(provider), ..it }
}

pub(super) fn target(model: &str, field: Option<&str>) -> Target {
    let second = Duration::from_secs(1);
    let provider = Provider {
        id: "openai".to_owned(),
        base_url: "https://api.openai.com/v1".to_owned(),
        dialects: Dialect::ALL.to_vec(),
        credential: None,
        kind: ProviderKind::Provider,
        private_network: false,
        tenancy: crate::config::Tenancy::Shared,
        forward_headers: Vec::new(),
        egress: None,
        timeouts: Timeouts { connect: second, first_byte: second, stream_idle: second, total: second },
    };
    Target {
        id: format!("openai/{model}"),
        provider: Arc::new(provider),
        model: model.to_owned(),
        state: TargetState::Active,
        context_tokens: None,
        max_output_tokens: None,
        input_modalities: vec![Modality::Text],
        output_modalities: vec![Modality::Text],
        tools: Vec::new(),
        structured_outputs: false,
        reasoning: false,
        reasoning_efforts: Vec::new(),
        output_cap: OutputCap { field: field.and_then(OutputCapField::parse), ignored: false },
        prices: Vec::new(),
    }
}

fn spliced(operation: Operation, body: &str, target: &Target) -> String {
    let facts = scan::read_facts(operation, body.as_bytes()).unwrap();
    let body = Bytes::copy_from_slice(body.as_bytes());
    String::from_utf8(splice::apply(&body, &request_splices(&facts, target)).concat()).unwrap()
}

fn chat(body: &str) -> String {
    spliced(Operation::ChatCompletions, body, &target("gpt-5", None))
}

#[test]
fn only_the_model_changes() {
    let body = "{ \"x\" : 1.0 ,\"model\":\"mod\\u0065l\" , \"metadata\":{\"model\":\"m\"}, \"messages\":[]}";
    let expected = "{ \"x\" : 1.0 ,\"model\":\"gpt-5\" , \"metadata\":{\"model\":\"m\"}, \"messages\":[]}";
    assert_eq!(chat(body), expected);
}

#[test]
fn the_model_is_written_as_json() {
    let body = r#"{"model":"a","input":"x"}"#;
    let answer = spliced(Operation::Responses, body, &target("a\"b\\", None));
    assert_eq!(serde_json::from_str::<Value>(&answer).unwrap(), json!({"model": "a\"b\\", "input": "x"}));
}

#[test]
fn streams_ask_for_usage_however_stream_options_is_written() {
    let asked = json!(true);
    for (options, others) in [
        ("", json!(null)),
        (r#","stream_options":null"#, json!(null)),
        (r#","stream_options":{}"#, json!(null)),
        (r#","stream_options": { } "#, json!(null)),
        (r#","stream_options":{"include_usage":false}"#, json!(null)),
        (r#","stream_options":{"include_usage":null}"#, json!(null)),
        (r#","stream_options":{"include_obfuscation":false}"#, json!(false)),
        (r#","stream_options":{"include_obfuscation":false, "include_usage" : false }"#, json!(false)),
        (r#","stream_options":{"include_usage":true}"#, json!(null)),
    ] {
        for body in [
            format!(r#"{{"stream":true,"model":"a"{options}}}"#),
            format!(r#" {{"a":0{options},"model":"a","stream":true}}"#),
        ] {
            let answer: Value = serde_json::from_str(&chat(&body)).unwrap();
            assert_eq!(answer["stream_options"]["include_usage"], asked, "{body}");
            assert_eq!(answer["stream_options"]["include_obfuscation"], others, "{body}");
            assert_eq!(answer["model"], "gpt-5");
            assert!(chat(&body).matches("include_usage").count() == 1, "{body}");
        }
    }
}

#[test]
fn what_does_not_stream_is_not_asked_for_usage() {
    let body = r#"{"model":"gpt-5","stream":false,"stream_options":null}"#;
    assert_eq!(chat(body), body);
    let body = r#"{"model":"gpt-5","stream":true}"#;
    for operation in [Operation::Responses, Operation::Messages] {
        assert_eq!(spliced(operation, body, &target("gpt-5", None)), body);
    }
}

#[test]
fn the_output_cap_takes_the_targets_name() {
    let renamed = |body: &str, field| spliced(Operation::ChatCompletions, body, &target("m", Some(field)));
    assert_eq!(
        renamed(r#"{"max_tokens":5,"model":"m","x":{"max_tokens":6}}"#, "max_completion_tokens"),
        r#"{"max_completion_tokens":5,"model":"m","x":{"max_tokens":6}}"#
    );
    assert_eq!(
        renamed(r#"{"model":"m","max_tokens":null,"max_completion_tokens":5}"#, "max_tokens"),
        r#"{"model":"m","max_completion_tokens":null,"max_tokens":5}"#
    );
    for unchanged in [r#"{"model":"m","max_tokens":5}"#, r#"{"model":"m","max_completion_tokens":null}"#] {
        assert_eq!(renamed(unchanged, "max_tokens"), unchanged);
    }
}
