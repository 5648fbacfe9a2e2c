#![expect(clippy::unwrap_used, reason = "tests")]

use serde_json::{Value, json};

use super::Chat;
use crate::golden::{Case, check, run};

/// The message that the stream's deltas add up to, and the last finish reason.
fn collected(case: &Case) -> (Value, Value) {
    let mut message = json!({"role": null, "content": null, "tool_calls": []});
    let mut finish = Value::Null;
    for choice in case.events.iter().filter_map(|event| event["choices"].get(0)) {
        let delta = &choice["delta"];
        for key in ["role", "content"] {
            append(&mut message[key], &delta[key]);
        }
        for part in delta["tool_calls"].as_array().into_iter().flatten() {
            let index = part["index"].as_u64().unwrap() as usize;
            let calls = message["tool_calls"].as_array_mut().unwrap();
            if index == calls.len() {
                calls.push(part.clone());
                calls[index].as_object_mut().unwrap().shift_remove("index");
            } else {
                append(&mut calls[index]["function"]["arguments"], &part["function"]["arguments"]);
            }
        }
        if !choice["finish_reason"].is_null() {
            assert!(finish.is_null(), "two finish reasons");
            finish = choice["finish_reason"].clone();
        }
    }
    (message, finish)
}

fn append(into: &mut Value, piece: &Value) {
    if let Some(piece) = piece.as_str() {
        *into = json!(into.as_str().unwrap_or_default().to_owned() + piece);
    }
}

fn agree(case: &Case) {
    let (message, finish) = collected(case);
    let whole = &case.answer["choices"][0];
    assert_eq!(message["role"], "assistant");
    assert_eq!(message["content"], whole["message"]["content"]);
    let calls = whole["message"].get("tool_calls").cloned();
    assert_eq!(message["tool_calls"], calls.unwrap_or(json!([])));
    assert_eq!(finish, whole["finish_reason"]);
    assert!(case.frames.last().unwrap().bytes.ends_with(b"[DONE]\n\n"));
}

#[test]
fn text_with_usage_asked_for() {
    let case = check::<Chat>("chat", "text");
    agree(&case);
    let (last, before) = case.events.split_last().unwrap();
    assert_eq!(last["usage"], case.answer["usage"]);
    assert_eq!(last["choices"], json!([]));
    assert!(before.iter().all(|event| event.get("usage") == Some(&Value::Null)));
}

#[test]
fn tool_call_without_usage() {
    let case = check::<Chat>("chat", "tool-call");
    agree(&case);
    assert!(case.events.iter().all(|event| event.get("usage").is_none()));
    let arguments = &case.answer["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"];
    let arguments: Value = serde_json::from_str(arguments.as_str().unwrap()).unwrap();
    assert_eq!(arguments, json!({"city": "sandbox", "unit": "celsius"}));
}

#[test]
fn vendor_tools_and_forbidden_tools_are_not_called() {
    let tool = json!({"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}});
    for (tools, choice, finish) in [
        (json!([{"type": "web_search"}]), json!("required"), "stop"),
        (json!([tool]), json!("none"), "stop"),
        (json!([tool]), json!("auto"), "tool_calls"),
        (json!([tool]), json!({"type": "function", "function": {"name": "f"}}), "tool_calls"),
        (json!([{"type": "custom", "custom": {"name": "c"}}]), json!("auto"), "tool_calls"),
    ] {
        let request = json!({"model": "m", "tools": tools, "tool_choice": choice,
            "messages": [{"role": "user", "content": "hi"}]});
        let case = run::<Chat>(request.to_string().as_bytes());
        assert_eq!(case.answer["choices"][0]["finish_reason"], finish, "{request}");
    }
}

#[test]
fn images_schemas_caps_and_stops_are_read() {
    let image = json!({"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}});
    let content = |extra: Value| {
        let mut request = json!({"model": "m", "messages": [{"role": "user", "content": [image]}]});
        request.as_object_mut().unwrap().append(&mut extra.as_object().unwrap().clone());
        let choice = run::<Chat>(request.to_string().as_bytes()).answer["choices"][0].clone();
        (choice["message"]["content"].as_str().unwrap().to_owned(), choice["finish_reason"].clone())
    };
    assert!(content(json!({})).0.starts_with("I see 1 image, "));
    assert_eq!(content(json!({"stop": "image"})), ("I see 1 ".to_owned(), json!("stop")));
    assert_eq!(content(json!({"max_tokens": 2})), ("I see 1 ".to_owned(), json!("length")));
    let schema = json!({"type": "json_schema", "json_schema": {"name": "n", "schema": {"const": [1]}}});
    assert_eq!(content(json!({"response_format": schema})).0, "[1]");
}

/// A request with that behaviour and more members.
fn answered(behaviour: &str, more: &Value) -> Case {
    let mut request = json!({"model": format!("m:{behaviour}"), "messages": [{"role": "user", "content": "hi"}]});
    request.as_object_mut().unwrap().append(&mut more.as_object().unwrap().clone());
    run::<Chat>(request.to_string().as_bytes())
}

/// All elements of a list that the deltas hold.
fn streamed(case: &Case, key: &str) -> Vec<Value> {
    let deltas = case.events.iter().filter_map(|event| event["choices"][0]["delta"].get(key));
    deltas.flat_map(|list| list.as_array().unwrap().clone()).collect()
}

#[test]
fn images_and_citations_stand_beside_the_text() {
    for (behaviour, key, count) in [("images=2", "images", 2), ("citations=1", "annotations", 1)] {
        let case = answered(behaviour, &json!({}));
        agree(&case);
        let whole = &case.answer["choices"][0]["message"][key];
        assert_eq!((whole, whole.as_array().unwrap().len()), (&json!(streamed(&case, key)), count));
    }
}

#[test]
fn a_refusal_stands_in_place_of_content() {
    let case = answered("refuse=1", &json!({}));
    agree(&case);
    let said: String = case.events.iter().filter_map(|it| it["choices"][0]["delta"]["refusal"].as_str()).collect();
    let message = &case.answer["choices"][0]["message"];
    assert_eq!((&message["refusal"], &message["content"]), (&json!(said), &Value::Null));
    assert!(!said.is_empty());
}

#[test]
fn a_sentence_stands_before_calls() {
    let tool = json!({"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}});
    let case = answered("preamble=1,calls=2", &json!({"tools": [tool]}));
    let message = &case.answer["choices"][0]["message"];
    assert_eq!(collected(&case).0["content"], message["content"]);
    assert_eq!((message["content"].is_string(), message["tool_calls"].as_array().unwrap().len()), (true, 2));
}

#[test]
fn log_probabilities_cover_the_text() {
    let case = answered("", &json!({"logprobs": true, "top_logprobs": 2}));
    let whole = &case.answer["choices"][0];
    let tokens = whole["logprobs"]["content"].as_array().unwrap();
    let text: String = tokens.iter().map(|token| token["token"].as_str().unwrap()).collect();
    assert_eq!(whole["message"]["content"], text);
    let streamed = case.events.iter().filter_map(|event| event["choices"][0]["logprobs"]["content"].get(0));
    assert_eq!(&streamed.cloned().collect::<Vec<_>>(), tokens);
    assert!(tokens.iter().all(|token| token["top_logprobs"].as_array().unwrap().len() == 2));
}
