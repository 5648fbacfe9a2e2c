//! Streams put together by the rules that the vendors' SDKs follow, from nothing but the bytes.

use bytes::Bytes;
use data_plane_core::dialect::Dialect;
use data_plane_core::sse::{Event, split};
use serde_json::{Map, Value, json};

/// The data of each event.
pub fn events(stream: &[u8]) -> Vec<Value> {
    let events = split(&Bytes::copy_from_slice(stream));
    let parsed = events.iter().enumerate().filter_map(|(at, bytes)| Event::parse(bytes, at == 0));
    parsed.filter(|it| &*it.data != b"[DONE]").map(|it| serde_json::from_slice(&it.data).unwrap()).collect()
}

/// The whole answer that a stream amounts to.
pub fn collect(dialect: Dialect, stream: &[u8]) -> Value {
    let events = events(stream);
    match dialect {
        Dialect::OpenaiChat => chat(&events),
        Dialect::OpenaiResponses => responses(&events),
        Dialect::AnthropicMessages => messages(&events),
    }
}

fn append(to: &mut Value, more: &Value) {
    let whole = format!("{}{}", to.as_str().unwrap_or_default(), more.as_str().unwrap_or_default());
    *to = Value::from(whole);
}

fn extend(to: &mut Value, more: &Value) {
    let Some(more) = more.as_array() else { return };
    if !to.is_array() {
        *to = json!([]);
    }
    to.as_array_mut().unwrap().extend(more.iter().cloned());
}

fn chat(events: &[Value]) -> Value {
    let mut answer = events.first().cloned().unwrap_or_default();
    answer["object"] = json!("chat.completion");
    let (mut message, mut finish, mut logprobs) =
        (json!({ "role": "assistant", "content": null }), Value::Null, json!({}));
    for chunk in events {
        for field in ["usage", "service_tier"] {
            if !chunk[field].is_null() {
                answer[field] = chunk[field].clone();
            }
        }
        let Some(choice) = chunk["choices"].get(0) else { continue };
        if !choice["finish_reason"].is_null() {
            finish = choice["finish_reason"].clone();
        }
        for (name, value) in choice["logprobs"].as_object().into_iter().flatten() {
            extend(&mut logprobs[name], value);
        }
        for (name, value) in choice["delta"].as_object().into_iter().flatten() {
            match name.as_str() {
                "role" => message["role"] = value.clone(),
                "tool_calls" => value.as_array().unwrap().iter().for_each(|it| chat_call(&mut message, it)),
                "reasoning_details" => {
                    value.as_array().unwrap().iter().for_each(|it| reasoning_detail(&mut message, it));
                }
                _ if value.is_array() => extend(&mut message[name], value),
                _ if value.is_string() => append(&mut message[name], value),
                _ => {}
            }
        }
    }
    let logprobs = if logprobs == json!({}) { Value::Null } else { logprobs };
    answer["choices"] = json!([{ "index": 0, "message": message, "logprobs": logprobs, "finish_reason": finish }]);
    answer
}

/// Details of one type and number are pieces of one.
fn reasoning_detail(message: &mut Value, piece: &Value) {
    let details = &mut message["reasoning_details"];
    let known = details.as_array_mut().into_iter().flatten();
    match known.last().filter(|it| (&it["type"], &it["index"]) == (&piece["type"], &piece["index"])) {
        Some(detail) => append(&mut detail["text"], &piece["text"]),
        None => extend(details, &json!([piece])),
    }
}

fn chat_call(message: &mut Value, fragment: &Value) {
    let at = usize::try_from(fragment["index"].as_u64().unwrap()).unwrap();
    if !message["tool_calls"].is_array() {
        message["tool_calls"] = json!([]);
    }
    let calls = message["tool_calls"].as_array_mut().unwrap();
    if at == calls.len() {
        let mut first = fragment.clone();
        first.as_object_mut().unwrap().shift_remove("index");
        calls.push(first);
        return;
    }
    for kind in ["function", "custom"] {
        for (name, value) in fragment[kind].as_object().into_iter().flatten() {
            append(&mut calls[at][kind][name], value);
        }
    }
}

fn messages(events: &[Value]) -> Value {
    let (mut answer, mut inputs) = (Value::Null, Vec::new());
    for event in events {
        let at = usize::try_from(event["index"].as_u64().unwrap_or_default()).unwrap();
        let delta = &event["delta"];
        match event["type"].as_str().unwrap() {
            "message_start" => answer = event["message"].clone(),
            "content_block_start" => {
                answer["content"].as_array_mut().unwrap().push(event["content_block"].clone());
                inputs.push(String::new());
            }
            "content_block_delta" => {
                let block = &mut answer["content"][at];
                match delta["type"].as_str().unwrap() {
                    "text_delta" => append(&mut block["text"], &delta["text"]),
                    "thinking_delta" => append(&mut block["thinking"], &delta["thinking"]),
                    "signature_delta" => block["signature"] = delta["signature"].clone(),
                    "input_json_delta" => inputs[at].push_str(delta["partial_json"].as_str().unwrap()),
                    "citations_delta" => extend(&mut block["citations"], &json!([delta["citation"]])),
                    other => panic!("a delta of type {other}"),
                }
            }
            "content_block_stop" if !inputs[at].is_empty() => {
                answer["content"][at]["input"] = serde_json::from_str(&inputs[at]).unwrap();
            }
            "message_delta" => {
                merge(&mut answer, delta);
                merge(&mut answer["usage"], &event["usage"]);
            }
            _ => {}
        }
    }
    answer
}

fn merge(into: &mut Value, from: &Value) {
    for (name, value) in from.as_object().into_iter().flatten() {
        into[name] = value.clone();
    }
}

/// The response that ends the stream; its output has to be what the events before it said, one by one and piece by piece.
fn responses(events: &[Value]) -> Value {
    let (mut done, mut pieces, mut last) = (Map::new(), Map::new(), Value::Null);
    for event in events {
        let item = event["output_index"].to_string();
        match event["type"].as_str().unwrap() {
            "response.output_item.done" => _ = done.insert(item, event["item"].clone()),
            "response.completed" | "response.incomplete" => last = event["response"].clone(),
            _ if event["delta"].is_string() => append(pieces.entry(item).or_insert(Value::Null), &event["delta"]),
            _ => {}
        }
    }
    let output: Vec<Value> = last["output"].as_array().cloned().unwrap_or_default();
    assert_eq!(output, done.values().cloned().collect::<Vec<_>>(), "the items that were done are those of the end");
    for (at, item) in output.iter().enumerate() {
        let streamed = pieces.get(&at.to_string()).and_then(Value::as_str).unwrap_or_default();
        assert_eq!(words(item), streamed, "item {at} is what its deltas said: {item}");
    }
    last
}

/// Everything in an item that deltas carry.
fn words(item: &Value) -> String {
    let parts = |list: &str| item[list].as_array().cloned().unwrap_or_default();
    let of = |part: &Value| part["text"].as_str().or(part["refusal"].as_str()).unwrap_or_default().to_owned();
    let texts = parts("summary").iter().chain(&parts("content")).map(of).collect::<String>();
    texts + item["arguments"].as_str().or(item["input"].as_str()).unwrap_or_default()
}
