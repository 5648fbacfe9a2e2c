//! Requests of real clients are understood, and reach a target unchanged but for `model`.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use data_plane_core::config::{Modality, OutputCap, Provider, ProviderKind, Target, TargetState, Timeouts};
use data_plane_core::dialect::scan;
use data_plane_core::dialect::{Dialect, Operation, request, splice};
use data_plane_core::facts::{Reasoning, RequestFacts};
use serde_json::Value;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance/captures")
}

fn operation(path: &str) -> Option<Operation> {
    Some(match path {
        "/v1/chat/completions" => Operation::ChatCompletions,
        "/v1/responses" | "/v1/responses/compact" | "/v1/responses/input_tokens" => Operation::Responses,
        "/v1/messages" => Operation::Messages,
        "/v1/messages/count_tokens" => Operation::CountTokens,
        _ => return None,
    })
}

/// The operation and the body of a recorded request, if it has one.
fn request(file: &Path) -> Option<(Operation, Value)> {
    let mut capture: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    let body = capture["body"].take();
    body.is_object().then(|| (operation(capture["path"].as_str().unwrap()).unwrap(), body))
}

fn requests() -> Vec<(PathBuf, Operation, Value)> {
    let mut found = Vec::new();
    for client in fs::read_dir(folder()).unwrap() {
        for file in fs::read_dir(client.unwrap().path()).unwrap() {
            let file = file.unwrap().path();
            if let Some((operation, body)) = request(&file) {
                found.push((file, operation, body));
            }
        }
    }
    found
}

fn facts(capture: &str) -> RequestFacts {
    let (operation, body) = request(&folder().join(capture)).unwrap();
    scan::read_facts(operation, &serde_json::to_vec(&body).unwrap()).unwrap()
}

fn target() -> Target {
    let second = Duration::from_secs(1);
    let provider = Provider {
        id: "vendor".to_owned(),
        base_url: "https://api.example.com/v1".to_owned(),
        dialects: Dialect::ALL.to_vec(),
        credential: None,
        kind: ProviderKind::Provider,
        private_network: false,
        tenancy: data_plane_core::config::Tenancy::Shared,
        forward_headers: Vec::new(),
        egress: None,
        timeouts: Timeouts { connect: second, first_byte: second, stream_idle: second, total: second },
    };
    Target {
        id: "vendor/the \"model\"".to_owned(),
        provider: Arc::new(provider),
        model: "the \"model\"".to_owned(),
        state: TargetState::Active,
        context_tokens: None,
        max_output_tokens: None,
        input_modalities: vec![Modality::Text],
        output_modalities: vec![Modality::Text],
        tools: Vec::new(),
        structured_outputs: false,
        reasoning: false,
        reasoning_efforts: Vec::new(),
        output_cap: OutputCap::default(),
        prices: Vec::new(),
    }
}

#[test]
fn every_capture_is_read_and_only_named_fields_are_spliced() {
    let requests = requests();
    assert!(requests.len() > 140, "{} captures", requests.len());
    for (file, operation, mut body) in requests {
        for text in [serde_json::to_vec(&body).unwrap(), serde_json::to_vec_pretty(&body).unwrap()] {
            let facts =
                scan::read_facts(operation, &text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            assert_eq!(facts.model, body["model"].as_str().unwrap());
            assert_eq!(facts.stream, body["stream"].as_bool().unwrap_or_default());
            let splices = request::request_edits(&facts, &target(), false).splices;
            let sent = splice::apply(&Bytes::from(text), &splices).concat();
            let mut sent: Value = serde_json::from_slice(&sent).unwrap();
            assert_eq!(sent["model"], "the \"model\"");
            sent["model"] = body["model"].clone();
            if operation == Operation::ChatCompletions && facts.stream {
                assert_eq!(sent["stream_options"]["include_usage"], true);
                if !facts.include_usage {
                    sent.as_object_mut().unwrap().shift_remove("stream_options");
                    body.as_object_mut().unwrap().shift_remove("stream_options");
                }
            }
            assert_eq!(sent, body, "{}", file.display());
        }
    }
}

#[test]
fn codex_hides_its_tools_in_the_input() {
    let sol = facts("codex-gpt-6.1-sol/01.json");
    assert_eq!(sol.tools[..2], ["namespace", "custom"]);
    let classic = facts("codex/01.json");
    assert!(classic.tools.contains(&"function".to_owned()) && classic.stream);
    let found = facts("codex-toolsearch/02.json");
    assert!(found.tools.contains(&"tool_search".to_owned()));
    assert!(facts("codex-image/01.json").input_modalities.contains(&Modality::Image));
    assert!(facts("codex-schema/01.json").structured_output);
}

#[test]
fn claude_code_offers_client_tools() {
    let plain = facts("claude-latest/01.json");
    assert_eq!(plain.tools, ["client"]);
    assert!(plain.reasoning.is_some() && plain.output_cap.is_some());
    let seen: Vec<Modality> = requests()
        .into_iter()
        .filter(|(file, ..)| file.to_string_lossy().contains("claude-latest-pdf"))
        .flat_map(|(_, operation, body)| {
            scan::read_facts(operation, &serde_json::to_vec(&body).unwrap()).unwrap().input_modalities
        })
        .collect();
    assert!(seen.contains(&Modality::File));
}

#[test]
fn sdks_ask_for_what_their_methods_name() {
    assert!(facts("openai-py-chat-parse/01.json").structured_output);
    assert!(facts("anthropic-py-msg-parse/01.json").structured_output);
    let chat = facts("openai-py-chat-stream/01.json");
    assert!(chat.include_usage && chat.input_modalities == [Modality::Text, Modality::Image]);
    assert_eq!(chat.output_cap.unwrap().field, "max_completion_tokens");
    assert_eq!(facts("codex-0.58/01.json").reasoning, Some(Reasoning::default()));
}
