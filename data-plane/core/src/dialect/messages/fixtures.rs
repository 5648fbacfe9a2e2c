//! What the tests of this dialect share.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::config::{Modality, OutputCap, Provider, ProviderKind, Target, TargetState, Timeouts};
use crate::dialect::Dialect;
use crate::dialect::codec::{ReadStream, WriteStream};
use crate::dialect::neutral::{AnswerEvent, Realm, Reply, Request, ToolNames, Warnings};
use crate::sse::{Event, split};
use validators::validate_stream;

/// Reasons within budgets, keeps to schemas.
pub fn target() -> Target {
    let second = Duration::from_secs(1);
    let provider = Provider {
        id: "anthropic".to_owned(),
        base_url: "https://api.anthropic.com".to_owned(),
        dialects: vec![Dialect::AnthropicMessages],
        credential: None,
        kind: ProviderKind::Provider,
        private_network: false,
        tenancy: crate::config::Tenancy::Shared,
        forward_headers: Vec::new(),
        egress: None,
        timeouts: Timeouts { connect: second, first_byte: second, stream_idle: second, total: second },
    };
    Target {
        id: "anthropic/claude".to_owned(),
        provider: Arc::new(provider),
        model: "claude".to_owned(),
        state: TargetState::Active,
        context_tokens: None,
        max_output_tokens: Some(64_000),
        input_modalities: vec![Modality::Text, Modality::Image, Modality::File],
        output_modalities: vec![Modality::Text],
        tools: Vec::new(),
        structured_outputs: true,
        reasoning: true,
        reasoning_efforts: Vec::new(),
        output_cap: OutputCap::default(),
        prices: Vec::new(),
    }
}

/// The same, asked by effort.
pub fn adaptive() -> Target {
    let reasoning_efforts = ["low", "medium", "high"].map(str::to_owned).to_vec();
    Target { reasoning_efforts, ..target() }
}

/// Where the target's artefacts are valid.
pub fn realm() -> Realm {
    Realm::of("anthropic")
}

/// A caller waits for an answer.
pub fn reply() -> Reply {
    Reply {
        request_id: "req1".to_owned(),
        model: "coding".to_owned(),
        created: 1_700_000_000,
        estimated_input: 321,
        realm: realm(),
        include_usage: false,
        request: bytes::Bytes::new(),
        names: Arc::new(ToolNames::default()),
    }
}

/// The body of a recorded request.
pub fn capture(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance/captures").join(name);
    let capture: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    serde_json::to_vec(&capture["body"]).unwrap()
}

/// All recorded requests of this dialect.
pub fn captures() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance/captures");
    let mut found = Vec::new();
    for client in std::fs::read_dir(folder).unwrap() {
        for file in std::fs::read_dir(client.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            let capture: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            if capture["path"].as_str().unwrap().starts_with("/v1/messages") && capture["body"].is_object() {
                found.push((path.display().to_string(), serde_json::to_vec(&capture["body"]).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// What a request becomes for a target.
pub fn written(request: &Request<'_>, target: &Target) -> (serde_json::Value, Vec<String>) {
    let mut warnings = Warnings::default();
    let body = super::write_request(request, target, &mut ToolNames::default(), &mut warnings).unwrap();
    (serde_json::from_slice(&body).unwrap(), paths(&warnings))
}

/// Warnings as they are told.
pub fn paths(warnings: &Warnings) -> Vec<String> {
    warnings.list().iter().map(ToString::to_string).collect()
}

/// A recorded or hand-made stream of an upstream.
pub fn stream(name: &str) -> bytes::Bytes {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/dialect/messages/fixtures").join(name);
    std::fs::read(path).unwrap().into()
}

/// What a stream says.
pub fn events(stream: &bytes::Bytes) -> (Vec<AnswerEvent>, Vec<String>) {
    let mut reader = super::MessagesStreamReader::default();
    let mut events = Vec::new();
    for event in split(stream) {
        if let Some(event) = Event::parse(&event, false) {
            reader.read(&event, &mut events).unwrap();
        }
    }
    reader.end(&mut events);
    (events, paths(reader.warnings()))
}

/// What a caller gets for events.
pub fn streamed(events: &[AnswerEvent]) -> String {
    let (mut writer, mut out) = (super::MessagesStreamWriter::new(reply()), Vec::new());
    for event in events {
        writer.write(event, &mut out);
    }
    assert_eq!(validate_stream(Dialect::AnthropicMessages, &out), Vec::<String>::new());
    String::from_utf8(out).unwrap()
}
