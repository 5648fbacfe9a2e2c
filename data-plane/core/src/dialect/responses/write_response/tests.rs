#![expect(clippy::unwrap_used, reason = "tests")]

use serde_json::{Value, json};

use super::super::fixture::{realm, reply};
use super::super::read_request;
use super::write_response;
use crate::dialect::Dialect;
use crate::dialect::neutral::{
    Answer, Arguments, Artefact, Finish, GeneratedImage, Item, Message, Part, Place, ReasoningItem, Role, Sealed,
    ToolCall, ToolName, Usage,
};
use validators::validate_answer;

fn write(answer: &Answer<'_>, request: &str) -> Value {
    let body = write_response(answer, &reply(request));
    assert_eq!(validate_answer(Dialect::OpenaiResponses, &body), [""; 0]);
    serde_json::from_slice(&body).unwrap()
}

fn said(text: &'static str) -> Item<'static> {
    let parts = vec![Part::text(Place::default(), text)];
    Item::Message(Message { place: Place::default(), id: None, role: Role::Assistant, name: None, parts })
}

fn call(id: &'static str, name: ToolName<'static>, arguments: &'static str) -> Item<'static> {
    let arguments = Arguments::Json(arguments.into());
    Item::ToolCall(ToolCall { place: Place::default(), id: id.into(), item_id: None, name, arguments, cache: None })
}

fn answer(items: Vec<Item<'_>>) -> Answer<'_> {
    Answer { items, usage: Some(Usage::default()), ..Answer::default() }
}

#[test]
fn the_caller_s_own_fields_are_repeated() {
    let request = r#"{"model":"fast","instructions":"be\u0020brief","tools":[ {"type":"web_search"} ],"tool_choice":"none","temperature":0.10,
        "text":{"verbosity":"low"},"reasoning":{"effort":"low"},"metadata":{"a":"b"},"store":false,"user":"u","max_output_tokens":9}"#;
    let body = String::from_utf8(write_response(&answer(vec![said("x")]), &reply(request))).unwrap();
    for repeated in [
        r#""model":"fast""#,
        r#""instructions":"be\u0020brief""#,
        r#""tools":[ {"type":"web_search"} ]"#,
        r#""tool_choice":"none""#,
        r#""temperature":0.10"#,
        r#""text":{"format":{"type":"text"},"verbosity":"low"}"#,
        r#""reasoning":{"effort":"low","summary":null}"#,
        r#""metadata":{"a":"b"}"#,
        r#""store":false"#,
        r#""top_p":1.0"#,
        r#""truncation":"disabled""#,
        r#""presence_penalty":0.0"#,
        r#""frequency_penalty":0.0"#,
    ] {
        assert!(body.contains(repeated), "{repeated} in {body}");
    }
}

#[test]
fn functions_among_the_tools_have_every_field_that_the_schema_requires() {
    let request = r#"{"tools":[{"type":"function","name":"f","parameters":{"type":"object"}},{"type":"web_search"},
        {"type":"function","name":"g","parameters":null,"strict":true}]}"#;
    let tools = write(&answer(vec![said("x")]), request)["tools"].take();
    assert_eq!(tools[0], json!({"parameters": {"type": "object"}, "strict": null, "type": "function", "name": "f"}));
    assert_eq!(tools[1], json!({"type": "web_search"}));
    assert_eq!(tools[2], json!({"type": "function", "name": "g", "parameters": null, "strict": true}));
}

#[test]
fn ids_are_minted_and_calls_have_the_prefix_of_the_dialect() {
    let namespaced = ToolName { namespace: Some("multi_agent_v1".into()), ..ToolName::function("spawn_agent") };
    let items = vec![said("x"), call("toolu_1", namespaced, ""), call("", ToolName::function("f"), r#"{"a":1}"#)];
    let body = write(&answer(items), "{}");
    assert_eq!(body["id"], "resp_01J0_0");
    assert_eq!(
        body["output"][1],
        json!({"id": "fc_01J0_1", "type": "function_call", "status": "completed", "call_id": "call_toolu_1",
            "name": "spawn_agent", "namespace": "multi_agent_v1", "arguments": "{}"})
    );
    assert_eq!(body["output"][2]["call_id"], "call_01J0_2");
}

#[test]
fn custom_tools_get_their_text_back() {
    let items = vec![
        call("call_1", ToolName::custom("apply_patch"), r#"{"input":"*** Begin\n"}"#),
        call("call_2", ToolName::custom("apply_patch"), r#"{"patch":"*** Begin\n"}"#),
    ];
    let body = write(&answer(items), "{}");
    assert_eq!(
        body["output"][0],
        json!({"id": "ctc_01J0_0", "type": "custom_tool_call", "status": "completed", "call_id": "call_1",
            "name": "apply_patch", "input": "*** Begin\n"})
    );
    // What is not wrapped is the text itself.
    assert_eq!(body["output"][1]["input"], r#"{"patch":"*** Begin\n"}"#);
}

#[test]
fn reasoning_is_sealed_with_its_origin() {
    let artefact =
        Artefact { realm: None, dialect: Dialect::AnthropicMessages, block: r#"{"type":"thinking"}"#.into() };
    let item = ReasoningItem {
        text: vec!["a".into(), "b".into()],
        artefact: Some(artefact.clone()),
        ..ReasoningItem::default()
    };
    let body = write(&answer(vec![Item::Reasoning(item)]), "{}");
    let item = &body["output"][0];
    assert_eq!(item["summary"], json!([{"type": "summary_text", "text": "a"}, {"type": "summary_text", "text": "b"}]));
    let sealed = Sealed::read(item["encrypted_content"].as_str().unwrap());
    assert_eq!(sealed, Sealed::Foreign(Artefact { realm: Some(realm()), ..artefact }));
}

#[test]
fn reasoning_comes_back_from_the_caller_as_it_was_minted() {
    let block = r#"{"type":"thinking","thinking":"hm","signature":"c2ln=="}"#;
    let artefact = Artefact { realm: None, dialect: Dialect::AnthropicMessages, block: block.into() };
    let item = ReasoningItem { text: vec!["hm".into()], artefact: Some(artefact), ..ReasoningItem::default() };
    let body = write(&answer(vec![Item::Reasoning(item), said("x")]), "{}");
    let next = json!({"model": "fast", "input": body["output"]}).to_string();
    let request = read_request(next.as_bytes()).unwrap();
    let [Item::Reasoning(back), Item::Message(_)] = &*request.items else { panic!() };
    let back = back.artefact.as_ref().unwrap();
    assert_eq!((&*back.block, back.is_at_home(realm(), Dialect::AnthropicMessages)), (block, true));
    assert!(request.warnings.is_empty());
}

#[test]
fn how_it_ended_is_told() {
    let ended = |finish| {
        let body = write(&Answer { finish, ..answer(vec![said("x"), said("y")]) }, "{}");
        let [first, last] = [0, 1].map(|it| body["output"][it]["status"].clone());
        assert_eq!((first, last), (json!("completed"), body["status"].clone()));
        (body["status"].clone(), body["incomplete_details"]["reason"].clone())
    };
    for finish in [Finish::Stop, Finish::ToolCalls, Finish::Pause] {
        assert_eq!(ended(finish), (json!("completed"), Value::Null));
    }
    for finish in [Finish::Length, Finish::ContextFull] {
        assert_eq!(ended(finish), (json!("incomplete"), json!("max_output_tokens")));
    }
    for finish in [Finish::ContentFilter, Finish::Refusal] {
        assert_eq!(ended(finish), (json!("incomplete"), json!("content_filter")));
    }
}

#[test]
fn a_picture_is_a_generated_one() {
    let media_type = "image/webp".into();
    let image = GeneratedImage { place: Place::default(), id: None, media_type, data: "UklG".into() };
    let body = write(&answer(vec![Item::Image(image)]), "{}");
    assert_eq!(
        body["output"][0],
        json!({"id": "ig_01J0_0", "type": "image_generation_call", "status": "completed", "output_format": "webp", "result": "UklG"})
    );
}

#[test]
fn usage_is_told_in_full() {
    let mut usage = Usage::default();
    (usage.tokens.input, usage.tokens.output, usage.tokens.cached_input) = (100, 20, 60);
    (usage.tokens.cache_write_5m, usage.tokens.cache_write_1h, usage.tokens.reasoning) = (7, 3, 5);
    let body = write(&Answer { usage: Some(usage), ..Answer::default() }, "{}");
    assert_eq!(
        body["usage"],
        json!({"input_tokens": 100, "input_tokens_details": {"cached_tokens": 60, "cache_write_tokens": 10},
            "output_tokens": 20, "output_tokens_details": {"reasoning_tokens": 5}, "total_tokens": 120})
    );
    // Agents wait for usage: where there is none, the estimate stands in.
    let body = write(&Answer { usage: None, ..Answer::default() }, "{}");
    assert_eq!(body["usage"]["input_tokens"], 77);
}
