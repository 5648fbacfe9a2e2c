#![expect(clippy::unwrap_used, reason = "tests")]

use serde_json::{Value, json};

use super::write_response;
use crate::dialect::Dialect;
use crate::dialect::messages::fixtures::{realm, reply};
use crate::dialect::neutral::{
    Annotation, Answer, Arguments, Artefact, Finish, Item, Message, Part, PartKind, Place, ReasoningItem, Role, Text,
    ToolCall, ToolName, Usage,
};
use crate::usage::TokenUsage;
use validators::validate_answer;

fn written(items: Vec<Item<'static>>, finish: Finish) -> Value {
    let body = write_response(&Answer { items, finish, ..Answer::default() }, &reply());
    assert_eq!(validate_answer(Dialect::AnthropicMessages, &body), Vec::<String>::new());
    serde_json::from_slice(&body).unwrap()
}

fn words(kind: PartKind<'static>) -> Item<'static> {
    let parts = vec![Part { place: Place::default(), kind, cache: None }];
    Item::Message(Message { place: Place::default(), id: None, role: Role::Assistant, name: None, parts })
}

fn call(id: &'static str, arguments: &'static str) -> Item<'static> {
    Item::ToolCall(ToolCall {
        place: Place::default(),
        id: id.into(),
        item_id: None,
        name: ToolName::function("get"),
        arguments: Arguments::Json(arguments.into()),
        cache: None,
    })
}

#[test]
fn an_answer_of_everything() {
    let artefact = Artefact { realm: None, dialect: Dialect::OpenaiChat, block: "{}".into() };
    let sealed = artefact.seal(realm());
    let thought = |text: &'static str, artefact| {
        let text = Some(text).filter(|it| !it.is_empty()).map(Into::into).into_iter().collect();
        Item::Reasoning(ReasoningItem { text, artefact, ..ReasoningItem::default() })
    };
    let annotation = Annotation { url: "https://a.example".into(), title: "A".into(), range: Some((0, 2)) };
    let text = Text { text: "So it is".into(), annotations: vec![annotation], logprobs: Some("[]".into()) };
    let items = vec![
        thought("hm", Some(artefact.clone())),
        thought("", Some(artefact)),
        thought("well", None),
        thought("", None),
        words(PartKind::Text(text)),
        words(PartKind::Text(Text::plain(""))),
        call("call_1", r#"{"a":1}"#),
        call("", ""),
    ];
    let body = written(items, Finish::Stop);
    let citation = json!({"type": "web_search_result_location", "url": "https://a.example", "title": "A",
        "cited_text": "", "encrypted_index": ""});
    assert_eq!(
        body["content"],
        json!([
            {"type": "thinking", "thinking": "hm", "signature": sealed},
            {"type": "redacted_thinking", "data": sealed},
            {"type": "thinking", "thinking": "well", "signature": ""},
            {"type": "text", "text": "So it is", "citations": [citation]},
            {"type": "tool_use", "id": "toolu_call_1", "name": "get", "input": {"a": 1}},
            {"type": "tool_use", "id": "toolu_req1_1", "name": "get", "input": {}},
        ])
    );
    assert_eq!((&body["id"], &body["model"]), (&json!("msg_req1_0"), &json!("coding")));
}

#[test]
fn an_answer_with_a_call_ends_for_it() {
    assert_eq!(written(vec![call("c", "{}")], Finish::Stop)["stop_reason"], "tool_use");
    assert_eq!(written(vec![call("c", "{}")], Finish::Length)["stop_reason"], "max_tokens");
}

#[test]
fn refusals_are_words_and_a_reason() {
    let body = written(vec![words(PartKind::Refusal("No.".into()))], Finish::Stop);
    assert_eq!(body["content"], json!([{"type": "text", "text": "No."}]));
    assert_eq!(body["stop_reason"], "refusal");
}

#[test]
fn cached_tokens_stand_beside_the_rest() {
    let tokens = TokenUsage {
        input: 100,
        output: 9,
        cached_input: 60,
        cache_write_1h: 10,
        reasoning: 4,
        ..TokenUsage::default()
    };
    let usage = Some(Usage { tokens, says_reasoning: true, ..Usage::default() });
    let answer =
        Answer { usage, stop_sequence: Some("END".into()), service_tier: Some("default".into()), ..Answer::default() };
    let body: Value = serde_json::from_slice(&write_response(&answer, &reply())).unwrap();
    assert_eq!(
        body["usage"],
        json!({"input_tokens": 30, "cache_creation_input_tokens": 10, "cache_read_input_tokens": 60,
            "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 10},
            "output_tokens": 9, "service_tier": "standard"})
    );
    assert_eq!((&body["stop_reason"], &body["stop_sequence"]), (&json!("stop_sequence"), &json!("END")));
}

#[test]
fn without_a_report_the_input_is_estimated() {
    let body: Value = serde_json::from_slice(&write_response(&Answer::default(), &reply())).unwrap();
    assert_eq!(body["usage"]["input_tokens"], 321);
}
