#![expect(clippy::unwrap_used, reason = "tests")]

use super::ChatStreamReader;
use crate::dialect::chat::tests::support::{events, stream_of};
use crate::dialect::codec::ReadStream as _;
use crate::dialect::neutral::{AnswerEvent, BlockStart, Delta};
use crate::sse::Event;

fn feed(reader: &mut ChatStreamReader, data: &str) -> Vec<AnswerEvent> {
    let event = format!("data: {data}\n\n");
    let mut out = Vec::new();
    reader.read(&Event::parse(event.as_bytes(), false).unwrap(), &mut out).unwrap();
    out
}

#[test]
fn the_end_waits_for_usage_or_the_end_of_the_stream() {
    let finish = r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;
    let usage = r#"{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}"#;
    let ends = |events: &[AnswerEvent]| events.iter().any(|it| matches!(it, AnswerEvent::End { .. }));
    let mut reader = ChatStreamReader::default();
    assert!(!ends(&feed(&mut reader, finish)));
    let last = feed(&mut reader, usage);
    let [AnswerEvent::End { usage: Some(usage), .. }] = &*last else { panic!("{last:?}") };
    assert_eq!(usage.tokens.output, 2);
    assert_eq!(feed(&mut reader, "[DONE]"), []);
    let mut reader = ChatStreamReader::default();
    feed(&mut reader, finish);
    assert!(ends(&feed(&mut reader, "[DONE]")));
}

#[test]
fn what_the_last_usage_tells_apart_is_lost_once() {
    let chunk = r#"{"choices":[{"delta":{"content":"a"}}],"usage":{"completion_tokens_details":{"image_tokens":1}}}"#;
    let mut reader = ChatStreamReader::default();
    for data in [chunk, chunk, "[DONE]"] {
        feed(&mut reader, data);
    }
    let [lost] = reader.warnings().list() else { panic!("{:?}", reader.warnings()) };
    assert_eq!((lost.to_string().as_str(), lost.count), ("dropped:usage.completion_tokens_details.image_tokens", 1));
}

#[test]
fn nothing_comes_before_a_choice() {
    let mut reader = ChatStreamReader::default();
    assert_eq!(feed(&mut reader, r#"{"choices":[],"prompt_filter_results":[]}"#), []);
    assert_eq!(feed(&mut reader, r#"{"choices":[{"delta":{"role":"assistant"}}]}"#).len(), 1);
}

#[test]
fn further_choices_are_told_to_be_lost() {
    let stream = "data: {\"choices\":[{\"index\":1,\"delta\":{\"content\":\"b\"}}]}\n\n";
    let (events, warnings) = events(stream);
    assert_eq!((events.len(), warnings), (2, vec!["dropped:choices[1]".to_owned()]));
}

#[test]
fn calls_are_told_apart_whatever_marks_them() {
    let opened = |deltas: &[&str]| {
        let (events, _) = events(&stream_of(deltas, "tool_calls"));
        let mut opened = Vec::new();
        for event in events {
            match event {
                AnswerEvent::Open { start: BlockStart::ToolCall { id, name }, .. } => {
                    opened.push(format!("{id}:{}:", name.name));
                }
                AnswerEvent::Delta { block, delta: Delta::Arguments(arguments) } => opened[block] += &arguments,
                _ => {}
            }
        }
        opened
    };
    let call = |it: &str| format!(r#"{{"tool_calls":[{it}]}}"#);
    let f = |head: &str| call(&format!(r#"{head}"function":{{"name":"f","arguments":"1"}}}}"#));
    let more = |head: &str| call(&format!(r#"{head}"function":{{"arguments":"2"}}}}"#));
    // By id alone; by order alone; all with the number 0; one id for two calls; the name after the arguments.
    assert_eq!(opened(&[&f(r#"{"id":"a","#), &f(r#"{"id":"b","#), &more(r#"{"id":"a","#)]), ["a:f:12", "b:f:1"]);
    assert_eq!(opened(&[&f("{"), &more("{"), &f("{"), &more("{")]), [":f:12", ":f:12"]);
    let zero = |id: &str| f(&format!(r#"{{"index":0,"id":"{id}","#));
    assert_eq!(opened(&[&zero("a"), &zero("b"), &more(r#"{"index":0,"#)]), ["a:f:1", "b:f:12"]);
    assert_eq!(opened(&[&f(r#"{"index":0,"id":"a","#), &f(r#"{"index":1,"id":"a","#)]), ["a:f:1", ":f:1"]);
    assert_eq!(opened(&[&more(r#"{"index":0,"id":"a","#), &f(r#"{"index":0,"#)]), ["a:f:21"]);
    let old = r#"{"function_call":{"name":"f","arguments":"1"}}"#;
    assert_eq!(opened(&[old, r#"{"function_call":{"arguments":"2"}}"#]), [":f:12"]);
}
