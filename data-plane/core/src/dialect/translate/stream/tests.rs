#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::{Arc, Mutex};

use super::*;
use crate::dialect::neutral::{Delta, Finish, Realm, ToolName, ToolNames};
use crate::dialect::seen::Seen;
use crate::dialect::{InvalidBody, chat, messages, responses};
use crate::json::Fields;

/// Opens a block for every event that has a `content` in it.
struct Reader {
    dialect: Dialect,
    blocks: usize,
    warnings: Warnings,
}

impl ReadStream for Reader {
    fn read(&mut self, event: &Event<'_>, out: &mut Vec<AnswerEvent>) -> Result<Seen, InvalidBody> {
        let mut fields = Fields::document(&event.data)?;
        let seen = match self.dialect {
            Dialect::OpenaiChat => chat::stream_facts::of_fields(event, &fields),
            Dialect::OpenaiResponses => responses::stream_facts::of_fields(event, &fields),
            Dialect::AnthropicMessages => messages::stream_facts::of_fields(event, &fields),
        };
        if seen.failure.is_some() {
            return Ok(seen);
        }
        if fields.take("refuse").is_some() {
            return Err(InvalidBody::syntax(0, "it is refused"));
        }
        let Some(content) = fields.take_string("content") else { return Ok(seen) };
        let (block, name) = (self.blocks, ToolName::function(content.clone().into_owned()));
        self.blocks += 1;
        out.push(AnswerEvent::Open { block, start: BlockStart::ToolCall { id: String::new(), name } });
        out.push(AnswerEvent::Delta { block, delta: Delta::Arguments(content.into_owned()) });
        Ok(seen)
    }

    fn end(&mut self, out: &mut Vec<AnswerEvent>) {
        let (stop_sequence, service_tier) = (None, None);
        out.push(AnswerEvent::End { finish: Finish::Stop, stop_sequence, usage: None, service_tier });
    }

    fn warnings(&self) -> &Warnings {
        &self.warnings
    }
}

/// Writes one word for each event, and keeps numbers as Responses does.
struct Writer {
    number: Option<u64>,
    seen: Arc<Mutex<Vec<AnswerEvent>>>,
}

impl WriteStream for Writer {
    fn write(&mut self, event: &AnswerEvent, out: &mut Vec<u8>) {
        self.number = Some(self.number.map_or(0, |it| it + 1));
        self.seen.lock().unwrap().push(event.clone());
        out.extend_from_slice(match event {
            AnswerEvent::Start { .. } => b"start ",
            AnswerEvent::Open { .. } => b"open ",
            AnswerEvent::Delta { .. } => b"delta ",
            AnswerEvent::Close { .. } => b"close ",
            AnswerEvent::End { .. } => b"end ",
        });
    }

    fn response_id(&self) -> Option<&str> {
        Some("resp_ours")
    }

    fn last_sequence_number(&self) -> Option<u64> {
        self.number
    }
}

struct Run {
    out: String,
    facts: StreamFacts,
    seen: Vec<AnswerEvent>,
}

fn reply(names: ToolNames) -> Reply {
    Reply {
        request_id: "r".to_owned(),
        model: "m".to_owned(),
        created: 0,
        estimated_input: 1,
        realm: Realm::of("p"),
        include_usage: false,
        request: Bytes::new(),
        names: Arc::new(names),
    }
}

fn run(from: Dialect, chunks: &[&[u8]]) -> Run {
    let mut names = ToolNames::default();
    names.add(&ToolName { namespace: Some("n".into()), name: "f".into(), custom: false }, false);
    let reply = reply(names);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let mut translator = StreamTranslator {
        reader: Box::new(Reader { dialect: from, blocks: 0, warnings: Warnings::default() }),
        writer: Box::new(Writer { number: None, seen: Arc::clone(&seen) }),
        ..StreamTranslator::new(from, Dialect::OpenaiChat, &reply)
    };
    let mut out = Vec::new();
    for chunk in chunks {
        translator.push(Bytes::copy_from_slice(chunk), &mut out);
    }
    translator.finish(&mut out);
    assert!(out.iter().all(|it| !it.is_empty()));
    let seen = seen.lock().unwrap().clone();
    Run { out: String::from_utf8(out.concat()).unwrap(), facts: translator.facts().clone(), seen }
}

const CHAT: &str = "\u{feff}data: {\"content\":\"a\",\"choices\":[{\"finish_reason\":\"stop\"}]}\r\n\r\n\
    : comment\n\ndata: {\"choices\":[],\ndata: \"usage\":{\"prompt_tokens\":3}}\n\ndata: [DONE]\n\ndata: {\"content\":\"late\"}\n\n";

#[test]
fn the_cut_does_not_matter() {
    for size in 1..=CHAT.len() {
        let chunks: Vec<&[u8]> = CHAT.as_bytes().chunks(size).collect();
        let run = run(Dialect::OpenaiChat, &chunks);
        assert_eq!(run.out, "start open delta close end ", "in pieces of {size} bytes");
        assert_eq!(run.facts.usage.unwrap().input, 3);
        assert!(run.facts.complete && run.facts.failure.is_none());
    }
}

#[test]
fn the_end_is_told_only_if_the_upstream_told_it() {
    let first = b"data: {\"content\":\"a\"}\n\n";
    let cut = run(Dialect::OpenaiChat, &[first]);
    assert_eq!(cut.out, "start open delta ");
    assert!(!cut.facts.complete);
    let finish = b"data: {\"choices\":[{\"finish_reason\":\"stop\"}]}";
    assert_eq!(run(Dialect::OpenaiChat, &[first, finish]).out, "start open delta close end ");
    let stop = b"event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
    assert_eq!(run(Dialect::AnthropicMessages, &[first, stop]).out, "start open delta close end ");
    assert_eq!(run(Dialect::AnthropicMessages, &[first, b"data: [DONE]\n\n"]).out, "start open delta ");
}

#[test]
fn nothing_is_told_after_a_failure() {
    for failing in
        ["{\"error\":{\"code\":429,\"message\":\"x\"},\"content\":\"b\"}", "{\"refuse\":1}", "upstream went away", "[]"]
    {
        let stream = format!(
            "data: {{\"content\":\"a\"}}\n\ndata: {failing}\n\ndata: {{\"content\":\"b\"}}\n\ndata: [DONE]\n\n"
        );
        for size in [1, 5, stream.len()] {
            let chunks: Vec<&[u8]> = stream.as_bytes().chunks(size).collect();
            let run = run(Dialect::OpenaiChat, &chunks);
            assert_eq!(run.out, "start open delta ", "{failing}");
            assert!(run.facts.failure.is_some(), "{failing}");
            assert!(!run.facts.complete);
        }
    }
}

#[test]
fn ids_and_numbers_are_the_callers_own_and_tools_have_the_callers_names() {
    let run = run(
        Dialect::OpenaiResponses,
        &[b"data: {\"type\":\"x\",\"sequence_number\":99,\"response\":{\"id\":\"resp_theirs\"},\"content\":\"n__f\"}\n\n"],
    );
    assert_eq!(run.facts.response_id.as_deref(), Some("resp_ours"));
    assert_eq!(run.facts.last_sequence_number, Some(2));
    let AnswerEvent::Open { start: BlockStart::ToolCall { name, .. }, .. } = &run.seen[1] else {
        panic!("{:?}", run.seen)
    };
    assert_eq!((name.namespace.as_deref(), &*name.name), (Some("n"), "f"));
}

#[test]
fn events_that_never_end_are_given_up() {
    let chunk = vec![b'x'; MAX_EVENT_BYTES / 4];
    let mut chunks: Vec<&[u8]> = vec![b"data: {\"content\":\"a\"}\n\ndata: "];
    chunks.extend([&*chunk; 5]);
    chunks.push(b"\n\ndata: [DONE]\n\n");
    let run = run(Dialect::OpenaiChat, &chunks);
    assert_eq!(run.out, "start open delta ");
    assert_eq!(run.facts.failure.unwrap().class, FailureClass::InvalidResponse);
}

#[test]
fn answers_that_never_end_are_given_up() {
    let reply = reply(ToolNames::default());
    let event = Bytes::from_static(b"data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n");
    let new = || StreamTranslator::new(Dialect::OpenaiChat, Dialect::OpenaiResponses, &reply);
    let mut translator = StreamTranslator { left: event.len() as u32 * 2, ..new() };
    let mut out = Vec::new();
    for _ in 0..3 {
        assert!(translator.facts().failure.is_none());
        translator.push(event.clone(), &mut out);
    }
    assert_eq!(translator.facts().failure.as_ref().unwrap().class, FailureClass::InvalidResponse);
    let before = out.len();
    translator.push(event, &mut out);
    assert_eq!(out.len(), before);
}

#[test]
fn calls_have_names_and_ids_of_their_own() {
    let mut calls = Calls::new(&Arc::default());
    let mut settle = |id: &'static str| {
        let mut id = Cow::Borrowed(id);
        calls.settle(&mut id, &mut ToolName::function("f")).map(|()| id)
    };
    assert_eq!(settle("call_0").unwrap(), "call_0");
    assert_eq!(settle("call_0").unwrap(), "", "a writer mints one");
    assert_eq!(settle("").unwrap(), "");
    assert!(calls.settle(&mut Cow::Borrowed("call_1"), &mut ToolName::function("")).is_err());
    let run = run(Dialect::OpenaiChat, &[b"data: {\"content\":\"f\"}\n\ndata: {\"content\":\"\"}\n\ndata: [DONE]\n\n"]);
    assert_eq!(run.out, "start open delta ");
    assert_eq!(run.facts.failure.unwrap().class, FailureClass::InvalidResponse);
}

/// Callers close once they have their own end; the upstream's mark may still be on its way, and the counts are final.
#[test]
fn an_answer_is_complete_once_its_end_is_told() {
    let mut translator =
        StreamTranslator::new(Dialect::OpenaiChat, Dialect::AnthropicMessages, &reply(ToolNames::default()));
    let mut out = Vec::new();
    let text = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hi\"},\"finish_reason\":\"stop\"}]}\n\n";
    translator.push(Bytes::from_static(text.as_bytes()), &mut out);
    assert!(!translator.facts().complete);
    let usage = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":1}}\n\n";
    translator.push(Bytes::from_static(usage.as_bytes()), &mut out);
    assert!(out.concat().windows(12).any(|it| it == b"message_stop"));
    assert!(translator.facts().complete);
}
