//! Translation takes no more memory than a hundred times its input, whatever the input is. The allocator counts for the
//! whole process, so everything here runs in one test.
#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "translation/setting.rs"]
mod setting;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use data_plane_core::dialect::Dialect;
use data_plane_core::dialect::translate::{Neutral, StreamTranslator, ToolNames, translate_answer};
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// How large inputs are made: what an answer has in any case does not count then.
const LENGTH: usize = 64 * 1024;

/// What was allocated at most while this ran, beyond what there was before.
fn peak<T>(work: impl FnOnce() -> T) -> usize {
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    drop(work());
    ALLOCATOR.peak_usage().saturating_sub(before)
}

fn check(what: &str, length: usize, peak: usize) {
    let times = peak / length;
    assert!(times <= 100, "{what}: {peak} bytes for {length}, {times} times as much");
}

/// The same thing again and again, as a list would hold it.
fn many(one: &str) -> String {
    let mut list = String::with_capacity(LENGTH + one.len());
    while list.len() < LENGTH {
        list.push_str(one);
        list.push(',');
    }
    list.pop();
    list
}

/// The shortest things that a list could hold, and that are something.
const ELEMENTS: [&str; 26] = [
    "0",
    "{}",
    "[]",
    "\"\"",
    "null",
    "{\"\":0}",
    r#"{"role":"user"}"#,
    r#"{"role":"user","content":""}"#,
    r#"{"role":"assistant","content":[{}]}"#,
    r#"{"type":"text"}"#,
    r#"{"type":"text","text":""}"#,
    r#"{"type":"input_text","text":""}"#,
    r#"{"type":"output_text","text":"a"}"#,
    r#"{"type":"image_url","image_url":{"url":"a"}}"#,
    r#"{"type":"function"}"#,
    r#"{"type":"function","name":"f"}"#,
    r#"{"type":"function","function":{"name":"f"}}"#,
    r#"{"name":"f"}"#,
    r#"{"type":"custom","name":"f"}"#,
    r#"{"type":"function_call","name":"f","call_id":"c"}"#,
    r#"{"type":"function_call_output","call_id":"c","output":""}"#,
    r#"{"type":"tool_use","id":"c","name":"f","input":{}}"#,
    r#"{"type":"tool_result","tool_use_id":"c"}"#,
    r#"{"type":"reasoning","summary":[]}"#,
    r#"{"type":"thinking","thinking":"","signature":"x"}"#,
    r#"{"id":"c","type":"function","function":{"name":"f","arguments":""}}"#,
];

/// Where requests have lists; `[]` stands for one.
const REQUESTS: [&str; 11] = [
    r#"{"messages":[]}"#,
    r#"{"input":[]}"#,
    r#"{"messages":[{"role":"user","content":[]}]}"#,
    r#"{"messages":[{"role":"assistant","content":[]}]}"#,
    r#"{"messages":[{"role":"assistant","tool_calls":[]}]}"#,
    r#"{"input":[{"type":"message","role":"user","content":[]}]}"#,
    r#"{"system":[],"messages":[]}"#,
    r#"{"messages":[],"input":[],"tools":[]}"#,
    r#"{"messages":[],"input":[],"stop":[],"stop_sequences":[]}"#,
    r#"{"input":[{"type":"reasoning","summary":[]}]}"#,
    r#"{"input":[{"type":"additional_tools","tools":[]}]}"#,
];

fn request(from: Dialect, to: Dialect, body: &[u8]) {
    let target = setting::target();
    let peak = peak(|| Neutral::read(from, body).ok().and_then(|it| it.write(&target, to).ok()));
    let start = String::from_utf8_lossy(&body[..body.len().min(120)]);
    check(&format!("a request from {} to {}: {start}", from.as_str(), to.as_str()), body.len(), peak);
}

fn answer(from: Dialect, to: Dialect, body: &[u8]) {
    let reply = setting::reply(b"{}", Arc::new(ToolNames::default()));
    let peak = peak(|| translate_answer(from, to, body, &reply).ok());
    let start = String::from_utf8_lossy(&body[..body.len().min(120)]);
    check(&format!("an answer from {} to {}: {start}", from.as_str(), to.as_str()), body.len(), peak);
}

fn stream(from: Dialect, to: Dialect, stream: &str) {
    let reply = setting::reply(b"{}", Arc::new(ToolNames::default()));
    let chunks: Vec<Bytes> = stream.as_bytes().chunks(1_000).map(Bytes::copy_from_slice).collect();
    let peak = peak(|| {
        let mut translator = StreamTranslator::new(from, to, &reply);
        for chunk in &chunks {
            // What is written goes to the caller at once.
            translator.push(chunk.clone(), &mut Vec::new());
        }
        translator.finish(&mut Vec::new());
        translator
    });
    let start = &stream[..stream.floor_char_boundary(120)];
    check(&format!("a stream from {} to {}: {start}", from.as_str(), to.as_str()), stream.len(), peak);
}

/// Events of which a stream could have any number; `#` is their place in the stream.
const EVENTS: [(Dialect, &str); 13] = [
    (Dialect::OpenaiChat, r#"{"choices":[{"delta":{"content":"a"}}]}"#),
    (Dialect::OpenaiChat, r#"{"choices":[{"delta":{"reasoning_content":"a"}}]}"#),
    (Dialect::OpenaiChat, r#"{"choices":[{"delta":{"tool_calls":[{"index":#,"function":{"name":"f"}}]}}]}"#),
    (Dialect::OpenaiChat, r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"a"}}]}}]}"#),
    (Dialect::OpenaiResponses, r#"{"type":"response.output_item.added","output_index":#,"item":{"type":"message"}}"#),
    (Dialect::OpenaiResponses, r#"{"type":"response.output_text.delta","output_index":#,"delta":"a"}"#),
    (
        Dialect::OpenaiResponses,
        r#"{"type":"response.output_text.delta","output_index":0,"content_index":#,"delta":"a"}"#,
    ),
    (
        Dialect::OpenaiResponses,
        r#"{"type":"response.output_item.done","output_index":#,"item":{"type":"function_call","name":"f","arguments":"{}"}}"#,
    ),
    (Dialect::OpenaiResponses, r#"{"type":"response.reasoning_summary_text.delta","output_index":#,"delta":"a"}"#),
    (
        Dialect::AnthropicMessages,
        r#"{"type":"content_block_start","index":#,"content_block":{"type":"text","text":"a"}}"#,
    ),
    (
        Dialect::AnthropicMessages,
        r#"{"type":"content_block_start","index":#,"content_block":{"type":"tool_use","id":"c","name":"f"}}"#,
    ),
    (
        Dialect::AnthropicMessages,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"}}"#,
    ),
    (
        Dialect::AnthropicMessages,
        r#"{"type":"content_block_start","index":#,"content_block":{"type":"thinking","thinking":"a","signature":"s"}}"#,
    ),
];

fn captures() -> Vec<Vec<u8>> {
    let mut bodies = Vec::new();
    for client in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance/captures")).unwrap() {
        for file in fs::read_dir(client.unwrap().path()).unwrap() {
            let capture: serde_json::Value = serde_json::from_slice(&fs::read(file.unwrap().path()).unwrap()).unwrap();
            let body = capture["body"].to_string().into_bytes();
            bodies.extend((body.len() > 10_000).then_some(body));
        }
    }
    bodies
}

fn pairs() -> impl Iterator<Item = (Dialect, Dialect)> {
    Dialect::ALL.into_iter().flat_map(|from| Dialect::ALL.map(|to| (from, to)))
}

#[test]
fn memory_stays_within_a_hundred_times_the_input() {
    let captures = captures();
    let lists: Vec<String> = ELEMENTS.iter().map(|it| format!("[{}]", many(it))).collect();
    for (from, to) in pairs() {
        for body in &captures {
            request(from, to, body);
        }
        for list in &lists {
            for body in REQUESTS {
                request(from, to, body.replace("[]", list).as_bytes());
            }
            for body in [
                r#"{"content":[],"stop_reason":"end_turn"}"#,
                r#"{"output":[],"status":"completed"}"#,
                r#"{"output":[{"type":"message","content":[]}]}"#,
                r#"{"choices":[{"message":{"content":[]}}]}"#,
                r#"{"choices":[{"message":{"tool_calls":[]}}]}"#,
            ] {
                answer(from, to, body.replace("[]", list).as_bytes());
            }
        }
    }
    for (from, event) in EVENTS {
        for to in Dialect::ALL {
            let mut events = String::from("data: {\"type\":\"message_start\",\"message\":{}}\n\n");
            let mut number = 0;
            while events.len() < LENGTH {
                events.push_str(&format!("data: {}\n\n", event.replace('#', &number.to_string())));
                number += 1;
            }
            stream(from, to, &events);
            stream(
                from,
                to,
                &(events
                    + "data: {\"type\":\"message_stop\"}\n\ndata: {\"type\":\"response.completed\"}\n\ndata: [DONE]\n\n"),
            );
        }
    }
}
