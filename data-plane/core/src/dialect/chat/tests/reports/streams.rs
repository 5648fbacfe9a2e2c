use proptest::prelude::*;
use serde_json::json;

use super::super::support::{assert_ordered, deltas, events, stream, stream_of};
use crate::dialect::chat::{ChatStreamReader, read_request, read_response};
use crate::dialect::codec::ReadStream as _;
use crate::dialect::neutral::{AnswerEvent, Arguments, Collector, Finish, Item};
use crate::sse::Event;

fn finish_of(events: &[AnswerEvent]) -> Finish {
    let Some(AnswerEvent::End { finish, .. }) = events.last() else { panic!("no end") };
    *finish
}

#[test]
fn every_delta_fits_its_open_block() {
    let deltas = [
        r#"{"role":"assistant","content":"a","reasoning":"b"}"#,
        r#"{"content":"c","reasoning_content":"d","refusal":"e","tool_calls":[{"index":0,"id":"x","function":{"name":"f"}}]}"#,
        r#"{"reasoning_details":[{"type":"reasoning.encrypted","data":"e"}],"content":"f"}"#,
    ];
    assert_ordered(&events(&stream_of(&deltas, "stop")).0);
}

#[test]
fn a_call_ends_a_stream_as_one_though_the_upstream_says_stop() {
    let call = r#"{"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]}"#;
    let (events, _) = events(&stream_of(&[call], "stop"));
    assert_eq!(finish_of(&events), Finish::ToolCalls);
    assert_eq!(deltas(&stream(&events)).1, ["tool_calls"]);
}

#[test]
fn an_error_inside_a_stream_says_nothing_of_an_answer() {
    let mut out = Vec::new();
    let mut reader = ChatStreamReader::default();
    for event in
        ["data: {\"error\":{\"message\":\"full\",\"code\":500}}\n\n", "event: error\ndata: {\"message\":\"x\"}\n\n"]
    {
        reader.read(&Event::parse(event.as_bytes(), false).unwrap(), &mut out).unwrap();
    }
    assert_eq!(out, []);
}

#[test]
fn a_stream_that_ends_without_done_is_complete() {
    let whole = stream_of(&[r#"{"content":"Hi"}"#], "stop");
    let cut = whole.replace("data: [DONE]\n\n", "");
    assert_eq!(events(&cut), events(&whole));
    assert_eq!(finish_of(&events(&cut).0), Finish::Stop);
}

/// Calls as vendors cut them: whether they are numbered, and whether they repeat id and name.
fn fragments(arguments: &[Vec<String>], repeats: bool) -> Vec<String> {
    let mut deltas = Vec::new();
    for round in 0..arguments.iter().map(Vec::len).max().unwrap_or_default() {
        for (index, pieces) in arguments.iter().enumerate() {
            let Some(piece) = pieces.get(round) else { continue };
            let named = round == 0 || repeats;
            let function = if named {
                json!({"name": format!("f{index}"), "arguments": piece})
            } else {
                json!({"arguments": piece})
            };
            let mut call = json!({"index": index, "function": function});
            if named {
                call["id"] = json!(format!("call_{index}"));
            }
            deltas.push(json!({ "tool_calls": [call] }).to_string());
        }
    }
    deltas
}

proptest! {
    #[test]
    fn fragments_of_parallel_calls_come_together_whole(
        arguments in prop::collection::vec(prop::collection::vec("[a-z\"{}é]{0,4}", 1..6), 1..5),
        repeats: bool,
    ) {
        let deltas = fragments(&arguments, repeats);
        let (events, _) = events(&stream_of(&deltas.iter().map(String::as_str).collect::<Vec<_>>(), "tool_calls"));
        assert_ordered(&events);
        let mut collector = Collector::default();
        for event in &events {
            collector.push(event);
        }
        let found: Vec<_> = collector.answer().items.iter().map(|it| match it {
            Item::ToolCall(call) => {
                let Arguments::Json(arguments) = &call.arguments else { panic!("a text") };
                (call.id.to_string(), call.name.name.to_string(), arguments.to_string())
            }
            other => panic!("{other:?}"),
        }).collect();
        let expected: Vec<_> = arguments.iter().enumerate().map(|(index, pieces)| {
            (format!("call_{index}"), format!("f{index}"), pieces.concat())
        }).collect();
        prop_assert_eq!(found, expected);
        stream(&events);
    }

    #[test]
    fn whatever_an_upstream_sends_nothing_panics_and_the_order_holds(
        data in prop::collection::vec(".{0,20}|\\{\"choices\":\\[\\{\"delta\":\\{\"(content|reasoning|tool_calls|images|refusal)\":(\"a\"|\\[\\{\\}\\]|1|\\[\"b\"\\]|\\{\\})\\}\\}\\]\\}", 0..8),
    ) {
                    let (mut reader, mut out) = (ChatStreamReader::default(), Vec::new());
        for data in data {
            let _ = read_response(data.as_bytes());
            let _ = read_request(data.as_bytes());
            let event = format!("data: {data}\n\n");
            if let Some(event) = Event::parse(event.as_bytes(), false) {
                let _ = reader.read(&event, &mut out);
            }
        }
        reader.end(&mut out);
        assert_ordered(&out);
    }
}

#[test]
fn late_reasoning_gets_a_block_of_its_own() {
    let call = r#"{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}]}"#;
    let deltas = [r#"{"content":"a"}"#, call, r#"{"reasoning_content":"late"}"#, r#"{"content":"b"}"#];
    let (events, _) = events(&stream_of(&deltas, "stop"));
    assert_ordered(&events);
    let opened = events.iter().filter(|it| matches!(it, AnswerEvent::Open { .. })).count();
    assert_eq!(opened, 4);
}

#[test]
fn a_plain_text_as_an_event_is_an_error_and_no_crash() {
    let event = Event::parse(b"data: \"upstream said no\"\n\n", false).unwrap();
    assert!(ChatStreamReader::default().read(&event, &mut Vec::new()).is_err());
}

#[test]
fn the_first_chunk_names_the_assistant() {
    let (events, _) = events(&stream_of(&[r#"{"content":"Hi"}"#], "stop"));
    assert_eq!(deltas(&stream(&events)).0[0], json!({"role": "assistant", "content": ""}));
}

#[test]
fn usage_that_was_reported_stays_known_when_later_chunks_are_silent() {
    let reported = r#"data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":1,"total_tokens":10}}"#;
    let (events, _) = events(&format!("{reported}\n\n{}", stream_of(&[r#"{"content":"Hi"}"#], "stop")));
    let Some(AnswerEvent::End { usage: Some(usage), .. }) = events.last() else { panic!("{events:?}") };
    assert_eq!((usage.tokens.input, usage.tokens.output), (9, 1));
}

#[test]
fn streamed_usage_is_that_of_the_last_report() {
    let report = |output| {
        let usage = json!({"prompt_tokens": 9, "completion_tokens": output, "total_tokens": 9 + output});
        json!({"choices": [{"index": 0, "delta": {"content": "a"}, "finish_reason": "stop"}], "usage": usage})
    };
    let (events, _) = events(&format!("data: {}\n\ndata: {}\n\ndata: [DONE]\n\n", report(1), report(2)));
    let Some(AnswerEvent::End { usage: Some(usage), .. }) = events.last() else { panic!("{events:?}") };
    assert_eq!(usage.tokens.output, 2);
    assert!(stream(&events).contains("\"completion_tokens\":2"));
}
