//! What the tests of this folder share.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;

use crate::config::{Modality, OutputCap, Provider, ProviderKind, Target, TargetState, Timeouts};
use crate::dialect::Dialect;
use crate::dialect::chat::{ChatStreamReader, ChatStreamWriter, read_request, write_request};
use crate::dialect::codec::{ReadStream as _, WriteStream as _};
use crate::dialect::neutral::{
    AnswerEvent, Artefact, BlockStart, Delta, Impossible, Item, Message, Part, Place, Realm, Reply, Request, Role,
    ToolCall, ToolName, ToolNames, ToolResult, Warnings,
};
use crate::dialect::neutral::{Arguments, ReasoningItem};
use crate::sse::{Event, split};
use validators::validate_stream;

/// A target that reads text, pictures and documents, and reasons.
pub fn target() -> Target {
    let second = Duration::from_secs(1);
    let provider = Provider {
        id: "vendor".to_owned(),
        base_url: "https://api.example.com/v1".to_owned(),
        dialects: vec![Dialect::OpenaiChat],
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
        model: "upstream-model".to_owned(),
        state: TargetState::Active,
        context_tokens: None,
        max_output_tokens: None,
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

/// The realm of [`target`].
pub fn realm() -> Realm {
    Realm::of("vendor")
}

pub fn reply() -> Reply {
    Reply {
        request_id: "R".to_owned(),
        model: "smart".to_owned(),
        created: 7,
        estimated_input: 3,
        realm: realm(),
        include_usage: true,
        request: Bytes::new(),
        names: Arc::default(),
    }
}

/// What a request becomes at a target: the body, and the warnings.
pub fn written(request: &Request<'_>, target: &Target) -> Result<(Value, Vec<String>), Impossible> {
    let mut warnings = request.warnings.clone();
    let body = write_request(request, target, &mut ToolNames::default(), &mut warnings)?;
    Ok((serde_json::from_slice(&body).unwrap(), list(&warnings)))
}

/// Reads a body and writes it for [`target`].
pub fn back(body: &str) -> (Value, Vec<String>) {
    written(&read_request(body.as_bytes()).unwrap(), &target()).unwrap()
}

/// Items of another dialect's conversation, as messages.
pub fn messages(items: Vec<Item<'_>>) -> (Value, Vec<String>) {
    let (mut body, warnings) =
        written(&Request { items, ..Request::new(Dialect::AnthropicMessages) }, &target()).unwrap();
    (body["messages"].take(), warnings)
}

pub fn list(warnings: &Warnings) -> Vec<String> {
    warnings.list().iter().map(ToString::to_string).collect()
}

pub fn says(role: Role, text: &str) -> Item<'_> {
    let place = Place::default();
    Item::Message(Message { place, id: None, role, name: None, parts: vec![Part::text(place, text)] })
}

pub fn thinks<'a>(text: &'a str, artefact: Option<Artefact<'a>>) -> Item<'a> {
    Item::Reasoning(ReasoningItem { place: Place::of("messages", 9), id: None, text: vec![text.into()], artefact })
}

pub fn calls<'a>(id: &'a str, name: &'a str) -> Item<'a> {
    Item::ToolCall(ToolCall {
        place: Place::of("messages", 1),
        id: id.into(),
        item_id: None,
        name: ToolName::function(name),
        arguments: Arguments::Json("".into()),
        cache: None,
    })
}

pub fn gives_back<'a>(call_id: &'a str, parts: Vec<Part<'a>>) -> Item<'a> {
    let (call_id, place) = (call_id.into(), Place::of("messages", 2));
    Item::ToolResult(ToolResult { place, call_id, parts, is_error: false, custom: false, cache: None })
}

/// What an upstream's stream says.
pub fn events(stream: &str) -> (Vec<AnswerEvent>, Vec<String>) {
    let (mut reader, mut events) = (ChatStreamReader::default(), Vec::new());
    for event in split(&Bytes::copy_from_slice(stream.as_bytes())) {
        if let Some(event) = Event::parse(&event, false) {
            reader.read(&event, &mut events).unwrap();
        }
    }
    reader.end(&mut events);
    (events, list(reader.warnings()))
}

/// A stream of these chunks' deltas and a finish reason.
pub fn stream_of(deltas: &[&str], finish: &str) -> String {
    let chunk = |delta: &str, reason: &str| {
        format!("data: {{\"choices\":[{{\"index\":0,\"delta\":{delta},\"finish_reason\":{reason}}}]}}\n\n")
    };
    let mut stream: String = deltas.iter().map(|it| chunk(it, "null")).collect();
    stream += &chunk("{}", &format!("\"{finish}\""));
    stream + "data: [DONE]\n\n"
}

/// What a caller gets for events; the strict validator has nothing against it.
pub fn stream(events: &[AnswerEvent]) -> String {
    let (mut writer, mut out) = (ChatStreamWriter::new(reply()), Vec::new());
    for event in events {
        writer.write(event, &mut out);
    }
    assert_eq!(validate_stream(Dialect::OpenaiChat, &out), Vec::<String>::new());
    String::from_utf8(out).unwrap()
}

/// The deltas of a stream, and the reasons why it ended.
pub fn deltas(stream: &str) -> (Vec<Value>, Vec<String>) {
    let (mut deltas, mut reasons) = (Vec::new(), Vec::new());
    for chunk in stream.split("\n\n").filter_map(|it| serde_json::from_str::<Value>(it.strip_prefix("data: ")?).ok()) {
        let choice = &chunk["choices"][0];
        deltas.extend(Some(choice["delta"].clone()).filter(|it| it.as_object().is_some_and(|it| !it.is_empty())));
        reasons.extend(choice["finish_reason"].as_str().map(str::to_owned));
    }
    (deltas, reasons)
}

/// Blocks are numbered from 0 on, opened once, get deltas of their own kind while open, and are closed once.
pub fn assert_ordered(events: &[AnswerEvent]) {
    let mut open: Vec<(usize, &BlockStart)> = Vec::new();
    let mut next = 0;
    assert!(matches!(events.first(), Some(AnswerEvent::Start { .. })));
    assert!(matches!(events.last(), Some(AnswerEvent::End { .. })));
    for event in &events[1..events.len() - 1] {
        match event {
            AnswerEvent::Open { block, start } => {
                assert_eq!(*block, next);
                next += 1;
                open.push((*block, start));
            }
            AnswerEvent::Delta { block, delta } => {
                let (_, start) = open.iter().find(|(it, _)| it == block).unwrap();
                assert!(matches!(
                    (start, delta),
                    (BlockStart::Text, Delta::Text(_) | Delta::Annotation(_) | Delta::Logprobs(_))
                        | (BlockStart::Refusal, Delta::Text(_))
                        | (BlockStart::Reasoning, Delta::Reasoning { .. } | Delta::Artefact(_))
                        | (BlockStart::ToolCall { .. }, Delta::Arguments(_))
                ));
            }
            AnswerEvent::Close { block } => {
                let at = open.iter().position(|(it, _)| it == block).unwrap();
                open.remove(at);
            }
            AnswerEvent::Start { .. } | AnswerEvent::End { .. } => panic!("{event:?}"),
        }
    }
    assert!(open.is_empty());
}
