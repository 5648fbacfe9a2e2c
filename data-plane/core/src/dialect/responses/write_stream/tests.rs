#![expect(clippy::unwrap_used, reason = "tests")]

use serde_json::Value;

use super::super::fixture::{realm, reply, write};
use super::ResponsesStreamWriter;
use crate::dialect::Dialect;
use crate::dialect::codec::WriteStream as _;
use crate::dialect::neutral::{AnswerEvent, Artefact, BlockStart, Delta, Finish, Sealed, ToolName};

fn open(block: usize, start: BlockStart) -> AnswerEvent {
    AnswerEvent::Open { block, start }
}

fn delta(block: usize, delta: Delta) -> AnswerEvent {
    AnswerEvent::Delta { block, delta }
}

fn close(block: usize) -> AnswerEvent {
    AnswerEvent::Close { block }
}

fn end(finish: Finish) -> AnswerEvent {
    AnswerEvent::End { finish, stop_sequence: None, usage: None, service_tier: None }
}

fn call(block: usize, id: &str, name: ToolName<'static>, pieces: &[&str]) -> Vec<AnswerEvent> {
    let mut events = vec![open(block, BlockStart::ToolCall { id: id.to_owned(), name })];
    events.extend(pieces.iter().map(|it| delta(block, Delta::Arguments((*it).to_owned()))));
    events.push(close(block));
    events
}

/// A stream of these events between start and end, and the response at its end.
fn stream(events: Vec<AnswerEvent>, finish: Finish, request: &str) -> (Vec<Value>, Value) {
    let mut all = vec![AnswerEvent::Start { usage: None }];
    all.extend(events);
    all.push(end(finish));
    let (text, writer) = write(&all, reply(request));
    let events: Vec<Value> = text
        .lines()
        .filter_map(|it| it.strip_prefix("data: ")?.strip_prefix('{'))
        .map(|it| serde_json::from_str(&format!("{{{it}")).unwrap())
        .collect();
    assert_eq!(writer.last_sequence_number(), Some(events.len() as u64 - 1));
    assert_eq!(writer.response_id(), events[0]["response"]["id"].as_str());
    let terminal: Value = serde_json::from_slice(&writer.terminal().unwrap().response).unwrap();
    assert_eq!(events.last().unwrap()["response"], terminal);
    (events, terminal)
}

fn kinds(events: &[Value]) -> Vec<&str> {
    events.iter().map(|it| it["type"].as_str().unwrap().strip_prefix("response.").unwrap()).collect()
}

#[test]
fn every_piece_is_in_an_item_of_its_kind() {
    let artefact = Artefact { realm: None, dialect: Dialect::AnthropicMessages, block: "{}".into() };
    let think = |part, text: &str| delta(0, Delta::Reasoning { part, text: text.to_owned() });
    let (events, response) = stream(
        vec![
            open(0, BlockStart::Reasoning),
            think(0, "a"),
            think(0, "b"),
            think(1, "c"),
            delta(0, Delta::Artefact(artefact)),
            close(0),
            open(1, BlockStart::Text),
            delta(1, Delta::Text("Hel".to_owned())),
            delta(1, Delta::Text(String::new())),
            delta(1, Delta::Text("lo".to_owned())),
            close(1),
        ],
        Finish::Stop,
        "{}",
    );
    assert_eq!(
        kinds(&events),
        [
            "created",
            "in_progress",
            "output_item.added",
            "reasoning_summary_part.added",
            "reasoning_summary_text.delta",
            "reasoning_summary_text.delta",
            "reasoning_summary_text.done",
            "reasoning_summary_part.done",
            "reasoning_summary_part.added",
            "reasoning_summary_text.delta",
            "reasoning_summary_text.done",
            "reasoning_summary_part.done",
            "output_item.done",
            "output_item.added",
            "content_part.added",
            "output_text.delta",
            "output_text.delta",
            "output_text.done",
            "content_part.done",
            "output_item.done",
            "completed"
        ]
    );
    let sealed = response["output"][0]["encrypted_content"].as_str().unwrap();
    assert!(matches!(Sealed::read(sealed), Sealed::Foreign(it) if it.realm == Some(realm())));
    assert_eq!(response["output"][1]["content"][0]["text"], "Hello");
}

#[test]
fn nothing_is_written_before_the_answer_begins() {
    let writer = ResponsesStreamWriter::new(reply("{}"));
    assert_eq!((writer.response_id(), writer.last_sequence_number()), (Some("resp_01J0_0"), None));
    assert!(writer.terminal().is_none());
}

#[test]
fn calls_that_overlap_keep_apart() {
    let function = |id: &str| BlockStart::ToolCall { id: id.to_owned(), name: ToolName::function("f") };
    let arguments = |block, text: &str| delta(block, Delta::Arguments(text.to_owned()));
    let (_, response) = stream(
        vec![
            open(0, function("call_a")),
            open(1, function("call_b")),
            arguments(1, "{\"b\""),
            arguments(0, "{\"a\""),
            arguments(1, ":1}"),
            arguments(0, ":2}"),
            close(1),
            close(0),
        ],
        Finish::ToolCalls,
        "{}",
    );
    let output = response["output"].as_array().unwrap();
    let calls: Vec<_> =
        output.iter().map(|it| (it["call_id"].as_str().unwrap(), it["arguments"].as_str().unwrap())).collect();
    assert_eq!(calls, [("call_a", "{\"a\":2}"), ("call_b", "{\"b\":1}")]);
}

#[test]
fn a_custom_tool_s_text_comes_unwrapped_in_its_own_events() {
    let name = ToolName { namespace: Some("functions".into()), ..ToolName::custom("exec") };
    let (events, response) = stream(call(0, "call_1", name, &["{\"inp", "ut\":\"a\\nb\"}"]), Finish::ToolCalls, "{}");
    assert_eq!(
        kinds(&events)[2..6],
        ["output_item.added", "custom_tool_call_input.delta", "custom_tool_call_input.done", "output_item.done"]
    );
    let item = &response["output"][0];
    assert_eq!((&item["input"], &item["namespace"]), (&"a\nb".into(), &"functions".into()));
}

#[test]
fn a_call_without_arguments_has_an_empty_object() {
    let (events, response) = stream(call(0, "", ToolName::function("f"), &[]), Finish::ToolCalls, "{}");
    assert_eq!(
        (&response["output"][0]["arguments"], &response["output"][0]["call_id"]),
        (&"{}".into(), &"call_01J0_0".into())
    );
    assert_eq!((&events[3]["delta"], &events[4]["name"]), (&"{}".into(), &"f".into()));
}

#[test]
fn probabilities_come_with_their_text_where_they_were_asked_for() {
    let events = || {
        vec![
            open(0, BlockStart::Text),
            delta(0, Delta::Text("a".to_owned())),
            delta(0, Delta::Logprobs(r#"[{"token":"a"}]"#.to_owned())),
            delta(0, Delta::Text("b".to_owned())),
            delta(0, Delta::Logprobs(r#" [{"token":"b"}] "#.to_owned())),
            delta(0, Delta::Text("c".to_owned())),
            close(0),
        ]
    };
    let (asked, response) = stream(events(), Finish::Stop, r#"{"include":["message.output_text.logprobs"]}"#);
    assert_eq!(asked[4]["logprobs"][0]["token"], "a");
    assert_eq!(asked[5]["logprobs"][0]["token"], "b");
    assert_eq!(asked[6]["logprobs"].as_array().unwrap().len(), 0);
    assert_eq!(response["output"][0]["content"][0]["logprobs"].as_array().unwrap().len(), 2);
    let (unasked, _) = stream(events(), Finish::Stop, "{}");
    assert_eq!(unasked.len(), asked.len());
}

#[test]
fn what_was_cut_off_is_told_to_be_incomplete() {
    let mut events = call(0, "call_1", ToolName::function("f"), &["{}"]);
    events.extend([open(1, BlockStart::Text), delta(1, Delta::Text("x".to_owned())), close(1)]);
    let (told, response) = stream(events, Finish::Length, "{}");
    assert_eq!(kinds(&told).last(), Some(&"incomplete"));
    let statuses: Vec<_> = response["output"].as_array().unwrap().iter().map(|it| it["status"].clone()).collect();
    assert_eq!(statuses, ["completed", "incomplete"]);
    assert_eq!(response["incomplete_details"]["reason"], "max_output_tokens");
}

#[test]
fn one_id_in_every_event_and_for_the_store() {
    let (events, response) = stream(
        vec![open(0, BlockStart::Text), delta(0, Delta::Text("x".to_owned())), close(0)],
        Finish::Stop,
        r#"{"store":true}"#,
    );
    let ids: Vec<_> = events.iter().filter_map(|it| it["response"]["id"].as_str()).collect();
    assert_eq!(ids, ["resp_01J0_0"; 3]);
    assert_eq!(response["output"][0]["id"], "msg_01J0_0");
}
