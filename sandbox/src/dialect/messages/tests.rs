#![expect(clippy::unwrap_used, reason = "tests")]

use serde_json::{Value, json};

use super::{CountTokens, Messages};
use crate::{
    dialect::Operation,
    golden::{Case, check, run},
};

/// The blocks that the stream's events add up to; panics where their order is wrong.
fn collected(case: &Case) -> Vec<Value> {
    let mut blocks: Vec<Value> = vec![];
    let mut open: Option<(Value, String)> = None;
    for event in &case.events {
        match event["type"].as_str().unwrap() {
            "content_block_start" => {
                assert!(open.is_none() && event["index"] == blocks.len());
                open = Some((event["content_block"].clone(), String::new()));
            }
            "content_block_delta" => {
                let (block, json) = open.as_mut().unwrap();
                let delta = &event["delta"];
                assert_eq!(event["index"], blocks.len());
                match delta["type"].as_str().unwrap() {
                    "text_delta" => append(&mut block["text"], &delta["text"]),
                    "thinking_delta" => append(&mut block["thinking"], &delta["thinking"]),
                    "signature_delta" => append(&mut block["signature"], &delta["signature"]),
                    "citations_delta" => block["citations"].as_array_mut().unwrap().push(delta["citation"].clone()),
                    "input_json_delta" => json.push_str(delta["partial_json"].as_str().unwrap()),
                    other => panic!("{other}"),
                }
            }
            "content_block_stop" => {
                let (mut block, json) = open.take().unwrap();
                if block["type"] == "tool_use" {
                    block["input"] = serde_json::from_str(&json).unwrap();
                }
                blocks.push(block);
            }
            _ => assert!(open.is_none() || event["type"] == "ping"),
        }
    }
    blocks
}

fn append(into: &mut Value, piece: &Value) {
    *into = json!(into.as_str().unwrap().to_owned() + piece.as_str().unwrap());
}

fn agree(case: &Case) {
    assert_eq!(json!(collected(case)), case.answer["content"]);
    let kinds: Vec<_> = case.events.iter().map(|event| event["type"].clone()).collect();
    assert_eq!(kinds.first().unwrap(), "message_start");
    assert_eq!(kinds[kinds.len() - 2..], ["message_delta", "message_stop"]);
    let start = &case.events[0]["message"];
    let delta = &case.events[case.events.len() - 2];
    assert_eq!(start["id"], case.answer["id"]);
    assert_eq!(start["usage"]["input_tokens"], case.answer["usage"]["input_tokens"]);
    assert_eq!(delta["usage"], case.answer["usage"]);
    assert_eq!(delta["delta"]["stop_reason"], case.answer["stop_reason"]);
}

#[test]
fn text() {
    agree(&check::<Messages>("messages", "text"));
}

#[test]
fn thinking_and_parallel_tools() {
    let case = check::<Messages>("messages", "tool-use");
    agree(&case);
    let kinds: Vec<_> = collected(&case).iter().map(|block| block["type"].clone()).collect();
    assert_eq!(kinds, ["thinking", "tool_use", "tool_use"]);
}

fn message(extra: &Value) -> Value {
    let mut request = json!({"model": "m", "max_tokens": 100, "messages": [{"role": "user", "content": "hi"}]});
    request.as_object_mut().unwrap().append(&mut extra.as_object().unwrap().clone());
    let case = run::<Messages>(request.to_string().as_bytes());
    agree(&case);
    case.answer
}

#[test]
fn only_client_run_tools_are_called() {
    for (kind, arguments) in [
        ("web_search_20250305", None),
        ("code_execution_20250825", None),
        ("mcp_toolset", None),
        ("bash_20250124", Some(json!({"command": "echo sandbox"}))),
        ("text_editor_20250728", Some(json!({"command": "view", "path": "."}))),
    ] {
        let answer = message(&json!({"tools": [{"type": kind, "name": "tool"}]}));
        let input = answer["content"][0].get("input").cloned();
        assert_eq!(input, arguments, "{kind}");
    }
}

#[test]
fn a_tool_result_ends_the_talk_even_with_text_after_it() {
    let tools = json!([{"name": "t", "input_schema": {"type": "object"}}]);
    let result =
        json!([{"type": "tool_result", "tool_use_id": "x", "content": "ok"}, {"type": "text", "text": "remember"}]);
    let messages = json!([{"role": "user", "content": "hi"},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "x", "name": "t", "input": {}}]},
        {"role": "user", "content": result}]);
    let answer = message(&json!({"tools": tools, "messages": messages}));
    assert_eq!(answer["stop_reason"], "end_turn");
    let choice = json!({"type": "tool", "name": "t"});
    let answer = message(&json!({"tools": tools, "messages": messages, "tool_choice": choice}));
    assert_eq!(answer["stop_reason"], "tool_use");
}

#[test]
fn caps_stops_schemas_and_omitted_thinking() {
    let capped = message(&json!({"max_tokens": 1}));
    assert_eq!((&capped["stop_reason"], &capped["content"][0]["text"]), (&json!("max_tokens"), &json!("Hell")));
    let stopped = message(&json!({"stop_sequences": ["lo"]}));
    assert_eq!((&stopped["stop_reason"], &stopped["stop_sequence"]), (&json!("stop_sequence"), &json!("lo")));
    let format = json!({"type": "json_schema", "schema": {"type": "boolean"}});
    assert_eq!(message(&json!({"output_config": {"format": format}}))["content"][0]["text"], "true");
    let omitted = message(&json!({"thinking": {"type": "adaptive", "display": "omitted"}}));
    assert_eq!(omitted["content"][0]["thinking"], "");
    // Reasoning alone meets the cap: no empty text block follows.
    let thought = message(&json!({"max_tokens": 3, "thinking": {"type": "adaptive"}}));
    assert_eq!(thought["content"].as_array().unwrap().len(), 1);
}

#[test]
fn required_fields_and_counts() {
    for body in [r#"{"model":"m","messages":[]}"#, r#"{"max_tokens":1,"messages":[]}"#, "{", "[]"] {
        assert!(Messages::read(body.as_bytes()).is_err(), "{body}");
    }
    let body = json!({"model": "m", "system": "12345678", "messages": [{"role": "user", "content": "1234"}]});
    let counted = run::<CountTokens>(body.to_string().as_bytes());
    assert_eq!(counted.answer, json!({"input_tokens": 3}));
}

#[test]
fn cached_input_is_reported_apart() {
    let usage = &message(&json!({"system": "x".repeat(8000)}))["usage"];
    let count = |key: &str| usage[key].as_u64().unwrap();
    let parts = ["input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"].map(count);
    assert_eq!(parts, [501, 1000, 500]);
    assert_eq!(usage["cache_creation"], json!({"ephemeral_5m_input_tokens": 500, "ephemeral_1h_input_tokens": 0}));
}

#[test]
fn a_cache_for_an_hour_is_reported_apart() {
    let cache = json!({"type": "ephemeral", "ttl": "1h"});
    let text = json!([{"type": "text", "text": "x".repeat(8000), "cache_control": cache}]);
    for more in [
        json!({"system": text}),
        json!({"messages": [{"role": "user", "content": text}]}),
        json!({"system": "x".repeat(8000), "cache_control": cache}),
        json!({"system": "x".repeat(8000), "tool_choice": {"type": "none"},
               "tools": [{"name": "f", "input_schema": {"type": "object"}, "cache_control": cache}]}),
    ] {
        let written = &message(&more)["usage"]["cache_creation"];
        assert_eq!(written["ephemeral_5m_input_tokens"], 0, "{more}");
        assert!(written["ephemeral_1h_input_tokens"].as_u64().unwrap() >= 500, "{more}");
    }
}

#[test]
fn sentences_citations_and_refusals() {
    let tools = json!([{"name": "t", "input_schema": {"type": "object"}}]);
    let kinds = |model: &str| {
        let answer = message(&json!({"model": model, "tools": tools}));
        let kinds = answer["content"].as_array().unwrap().iter().map(|block| block["type"].clone());
        (kinds.collect::<Vec<_>>(), answer["stop_reason"].clone())
    };
    assert_eq!(
        kinds("m:preamble=1,calls=2"),
        (vec![json!("text"), json!("tool_use"), json!("tool_use")], json!("tool_use"))
    );
    assert_eq!(kinds("m:refuse=1"), (vec![json!("text")], json!("refusal")));
    let cited = message(&json!({"model": "m:citations=1"}));
    assert_eq!(cited["content"][0]["citations"][0]["type"], "web_search_result_location");
}
