//! What the tests of this folder share.
#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests")]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use std::{env, fs};

use bytes::Bytes;

use super::{ResponsesStreamReader, ResponsesStreamWriter};
use crate::config::{Modality, OutputCap, Provider, ProviderKind, Target, TargetState, Timeouts};
use crate::dialect::Dialect;
use crate::dialect::codec::{ReadStream as _, WriteStream as _};
use crate::dialect::neutral::{AnswerEvent, Realm, Reply, ToolNames, Warnings};
use crate::sse::{Event, split};

pub const PROVIDER: &str = "vendor";

pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/dialect/responses/fixtures")
}

/// The body of a recorded request of a real client.
pub fn capture(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../conformance/captures").join(name);
    let capture: serde_json::Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    serde_json::to_vec(&capture["body"]).unwrap()
}

/// Compares with a golden file; `UPDATE_GOLDEN=1` writes it.
pub fn golden(name: &str, text: &str) {
    let path = folder().join(name);
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, text).unwrap();
    }
    let golden = fs::read_to_string(&path).unwrap_or_default();
    assert!(golden == text, "{name} is not what came out; UPDATE_GOLDEN=1 writes it:\n{text}");
}

/// A target that speaks Responses and can do everything but custom tools.
pub fn target() -> Target {
    let second = Duration::from_secs(1);
    let provider = Provider {
        id: PROVIDER.to_owned(),
        base_url: "https://api.example.com/v1".to_owned(),
        dialects: vec![Dialect::OpenaiResponses],
        credential: None,
        kind: ProviderKind::Provider,
        private_network: false,
        tenancy: crate::config::Tenancy::Shared,
        forward_headers: Vec::new(),
        egress: None,
        timeouts: Timeouts { connect: second, first_byte: second, stream_idle: second, total: second },
    };
    Target {
        id: "vendor/model".to_owned(),
        provider: Arc::new(provider),
        model: "model".to_owned(),
        state: TargetState::Active,
        context_tokens: None,
        max_output_tokens: None,
        input_modalities: vec![Modality::Text, Modality::Image],
        output_modalities: vec![Modality::Text],
        tools: Vec::new(),
        structured_outputs: true,
        reasoning: true,
        reasoning_efforts: Vec::new(),
        output_cap: OutputCap::default(),
        prices: Vec::new(),
    }
}

pub fn realm() -> Realm {
    Realm::of(PROVIDER)
}

pub fn reply(request: &str) -> Reply {
    Reply {
        request_id: "01J0".to_owned(),
        model: "fast".to_owned(),
        created: 1_750_000_000,
        estimated_input: 77,
        realm: realm(),
        include_usage: false,
        request: Bytes::copy_from_slice(request.as_bytes()),
        names: Arc::new(ToolNames::default()),
    }
}

/// Reads a stream to its end.
pub fn read(stream: &[u8]) -> (Vec<AnswerEvent>, Warnings) {
    let (mut reader, mut events) = (ResponsesStreamReader::default(), Vec::new());
    for event in split(&Bytes::copy_from_slice(stream)) {
        if let Some(event) = Event::parse(&event, false) {
            reader.read(&event, &mut events).unwrap();
        }
    }
    reader.end(&mut events);
    (events, reader.warnings().clone())
}

/// Writes a stream, which has to be flawless.
pub fn write(events: &[AnswerEvent], reply: Reply) -> (String, ResponsesStreamWriter) {
    let (mut writer, mut out) = (ResponsesStreamWriter::new(reply), Vec::new());
    for event in events {
        writer.write(event, &mut out);
    }
    assert_eq!(
        validators::validate_stream(Dialect::OpenaiResponses, &out),
        [""; 0],
        "{}",
        String::from_utf8_lossy(&out)
    );
    (String::from_utf8(out).unwrap(), writer)
}
