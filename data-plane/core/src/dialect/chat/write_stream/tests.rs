use serde_json::json;

use crate::dialect::chat::tests::support::{deltas, reply, stream};
use crate::dialect::chat::{ChatStreamWriter, write_response};
use crate::dialect::codec::WriteStream as _;
use crate::dialect::neutral::{Annotation, AnswerEvent, BlockStart, Collector, Delta, Finish, ToolName, Usage};

fn answer(blocks: Vec<(BlockStart, Vec<Delta>)>) -> Vec<AnswerEvent> {
    let mut events = vec![AnswerEvent::Start { usage: None }];
    for (block, (start, deltas)) in blocks.into_iter().enumerate() {
        events.push(AnswerEvent::Open { block, start });
        events.extend(deltas.into_iter().map(|delta| AnswerEvent::Delta { block, delta }));
        events.push(AnswerEvent::Close { block });
    }
    let (finish, usage) = (Finish::Stop, Some(Usage::default()));
    events.push(AnswerEvent::End { finish, stop_sequence: None, usage, service_tier: Some("standard".to_owned()) });
    events
}

fn call(id: &str, name: ToolName<'static>) -> BlockStart {
    BlockStart::ToolCall { id: id.to_owned(), name }
}

fn arguments(text: &str) -> Delta {
    Delta::Arguments(text.to_owned())
}

#[test]
fn calls_start_with_all_that_clients_need_and_arguments_are_never_empty() {
    let tool = || ToolName::function("f");
    let events = answer(vec![
        (call("toolu_1", tool()), vec![arguments("{\"a\""), arguments(""), arguments(":1}")]),
        (call("", tool()), vec![]),
    ]);
    let (deltas, reasons) = deltas(&stream(&events));
    let expected = json!([
        {"role": "assistant", "content": ""},
        {"tool_calls": [{"index": 0, "id": "call_toolu_1", "type": "function", "function": {"name": "f", "arguments": ""}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": "{\"a\""}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": ":1}"}}]},
        {"tool_calls": [{"index": 1, "id": "call_R_1", "type": "function", "function": {"name": "f", "arguments": ""}}]},
        {"tool_calls": [{"index": 1, "function": {"arguments": "{}"}}]},
    ]);
    assert_eq!((json!(deltas), reasons), (expected, vec!["tool_calls".to_owned()]));
}

#[test]
fn custom_calls_get_their_text_back() {
    for pieces in [&["{\"inp", "ut\":\"a\\nb\"}"][..], &["a\n", "b"]] {
        let pieces = pieces.iter().map(|it| arguments(it)).collect();
        let events = answer(vec![(call("call_1", ToolName::custom("exec")), pieces)]);
        let (deltas, _) = deltas(&stream(&events));
        let custom = json!({"name": "exec", "input": ""});
        let start = json!({"tool_calls": [{"index": 0, "id": "call_1", "type": "custom", "custom": custom}]});
        let text = json!({"tool_calls": [{"index": 0, "custom": {"input": "a\nb"}}]});
        assert_eq!(deltas[1..], [start, text]);
    }
}

#[test]
fn usage_comes_only_if_it_was_asked_for() {
    let events = answer(vec![]);
    assert!(stream(&events).contains("\"usage\""));
    let mut writer = ChatStreamWriter::new(crate::dialect::neutral::Reply { include_usage: false, ..reply() });
    let mut out = Vec::new();
    for event in &events {
        writer.write(event, &mut out);
    }
    let out = String::from_utf8_lossy(&out);
    assert!(!out.contains("\"usage\"") && out.ends_with("data: [DONE]\n\n"), "{out}");
}

/// A stream put together is the whole answer.
#[test]
fn whole_answers_and_streams_say_the_same() {
    let text = |it: &str| Delta::Text(it.to_owned());
    let reasoning = |part, it: &str| Delta::Reasoning { part, text: it.to_owned() };
    let cites = |range| Delta::Annotation(Annotation { url: "u".into(), title: "t".into(), range });
    let events = answer(vec![
        (BlockStart::Reasoning, vec![reasoning(0, "a"), reasoning(0, "b"), reasoning(1, "c")]),
        (BlockStart::Text, vec![text("dé"), cites(Some((0, 2))), Delta::Logprobs("[1]".to_owned())]),
        (BlockStart::Reasoning, vec![reasoning(0, "e")]),
        (
            BlockStart::Text,
            vec![text("f"), text("g"), cites(Some((0, 1))), cites(None), Delta::Logprobs("[2]".to_owned())],
        ),
        (BlockStart::Refusal, vec![text("h")]),
    ]);
    let mut collector = Collector::default();
    for event in &events {
        collector.push(event);
    }
    let whole = write_response(collector.answer(), &reply());
    let whole: serde_json::Value = serde_json::from_slice(&whole).unwrap_or_default();
    let message = &whole["choices"][0]["message"];

    let (mut content, mut readable) = (String::new(), String::new());
    let (mut annotations, mut details) = (Vec::new(), Vec::<serde_json::Value>::new());
    for delta in deltas(&stream(&events)).0 {
        content += delta["content"].as_str().unwrap_or_default();
        readable += delta["reasoning_content"].as_str().unwrap_or_default();
        annotations.extend(delta["annotations"].as_array().cloned().unwrap_or_default());
        for detail in delta["reasoning_details"].as_array().into_iter().flatten() {
            match details.last_mut().filter(|it| it["index"] == detail["index"]) {
                Some(last) => last["text"] = json!(format!("{}{}", last["text"], detail["text"]).replace('"', "")),
                None => details.push(detail.clone()),
            }
        }
    }
    assert_eq!((content.as_str(), readable.as_str()), ("défg", "ab\n\nc\n\ne"));
    assert_eq!(message["content"], json!(content));
    assert_eq!(message["reasoning_content"], json!(readable));
    assert_eq!(message["annotations"], json!(annotations));
    assert_eq!(message["reasoning_details"], json!(details));
    assert_eq!(message["annotations"][1]["url_citation"]["start_index"], 2);
    assert_eq!(whole["choices"][0]["logprobs"]["content"], json!([1, 2]));
    assert_eq!(whole["service_tier"], "default");
}
