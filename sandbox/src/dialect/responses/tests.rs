#![expect(clippy::unwrap_used, reason = "tests")]

use serde_json::{Value, json};

use super::Responses;
use crate::{
    dialect::Operation,
    golden::{Case, check, run},
};

/// Checks the order of the events and that they add up to the output; returns that.
fn collected(case: &Case) -> Vec<Value> {
    let mut output: Vec<Value> = vec![];
    let mut deltas = String::new();
    for (n, event) in case.events.iter().enumerate() {
        assert_eq!(event["sequence_number"], n);
        let kind = event["type"].as_str().unwrap();
        if let Some(index) = event.get("output_index") {
            assert_eq!(*index, output.len(), "{kind}");
        }
        match kind.rsplit_once('.').unwrap() {
            (_, "delta") => deltas.push_str(event["delta"].as_str().unwrap()),
            ("response.output_item", "added") => deltas.clear(),
            ("response.output_text" | "response.reasoning_summary_text", "done") => {
                assert_eq!(event["text"], deltas);
            }
            ("response.refusal", "done") => assert_eq!(event["refusal"], deltas),
            ("response.function_call_arguments", "done") => assert_eq!(event["arguments"], deltas),
            ("response.custom_tool_call_input", "done") => assert_eq!(event["input"], deltas),
            ("response.output_item", "done") => output.push(event["item"].clone()),
            _ => {}
        }
        if let Some(id) = event.get("item_id") {
            let added = case.events.iter().find(|other| other["item"]["id"] == *id);
            assert!(added.is_some(), "{kind} before its item");
        }
    }
    output
}

fn agree(case: &Case) {
    let output = collected(case);
    assert_eq!(json!(output), case.answer["output"]);
    assert_eq!(case.events.last().unwrap()["response"], case.answer);
    let first = ["response.created", "response.in_progress"];
    assert_eq!([&case.events[0]["type"], &case.events[1]["type"]], first);
    assert!(case.frames.last().unwrap().bytes.ends_with(b"[DONE]\n\n"));
}

fn respond(extra: &Value) -> Value {
    let mut request = json!({"model": "m", "input": "hi"});
    request.as_object_mut().unwrap().append(&mut extra.as_object().unwrap().clone());
    let case = run::<Responses>(request.to_string().as_bytes());
    agree(&case);
    case.answer
}

#[test]
fn text() {
    agree(&check::<Responses>("responses", "text"));
}

#[test]
fn reasoning_and_function_call() {
    let case = check::<Responses>("responses", "function-call");
    agree(&case);
    let kinds: Vec<_> = case.answer["output"].as_array().unwrap().iter().map(|item| &item["type"]).collect();
    assert_eq!(kinds, ["reasoning", "function_call"]);
}

#[test]
fn custom_tool_in_a_namespace_of_an_item() {
    let case = check::<Responses>("responses", "additional-tools");
    agree(&case);
    let call = &case.answer["output"][0];
    assert_eq!((&call["type"], &call["namespace"]), (&json!("custom_tool_call"), &json!("functions")));
    assert!(call["input"].as_str().unwrap().contains("echo sandbox"));
}

#[test]
fn only_client_run_tools_are_called() {
    for (tool, kind) in [
        (json!({"type": "web_search"}), "message"),
        (json!({"type": "code_interpreter"}), "message"),
        (json!({"type": "tool_search", "execution": "client"}), "message"),
        (json!({"type": "local_shell"}), "local_shell_call"),
        (json!({"type": "custom", "name": "note"}), "custom_tool_call"),
    ] {
        let answer = respond(&json!({"tools": [tool], "tool_choice": "required"}));
        assert_eq!(answer["output"][0]["type"], kind, "{tool}");
    }
    let hosted = json!({"type": "web_search"});
    let function = json!({"type": "function", "name": "f", "parameters": {"type": "object"}});
    let answer = respond(&json!({"tools": [hosted, function], "tool_choice": hosted}));
    assert_eq!(answer["output"][0]["type"], "message");
}

#[test]
fn a_tool_result_ends_the_talk_until_the_user_speaks_again() {
    let tools = json!([{"type": "function", "name": "f", "parameters": {"type": "object"}}]);
    let mut input = vec![
        json!({"role": "user", "content": "hi"}),
        json!({"type": "reasoning", "summary": [], "content": null, "encrypted_content": "x"}),
        json!({"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}),
        json!({"type": "function_call_output", "call_id": "c", "output": [{"type": "input_image", "image_url": "data:image/png;base64,AA=="}]}),
    ];
    let answer = respond(&json!({"tools": tools, "input": input}));
    let text = answer["output"][0]["content"][0]["text"].as_str().unwrap();
    assert!(text.starts_with("I see 1 image, and the tool has answered"), "{text}");
    input.push(json!({"role": "assistant", "content": [{"type": "output_text", "text": "done"}]}));
    input.push(json!({"role": "user", "content": "again"}));
    let answer = respond(&json!({"tools": tools, "input": input}));
    assert_eq!(answer["output"][0]["type"], "function_call");
}

#[test]
fn the_cap_makes_the_response_incomplete() {
    let answer = respond(&json!({"max_output_tokens": 16}));
    assert_eq!(answer["status"], "incomplete");
    assert_eq!(answer["incomplete_details"]["reason"], "max_output_tokens");
    assert_eq!(answer["output"][0]["status"], "incomplete");
}

#[test]
fn the_request_is_repeated_and_formats_are_obeyed() {
    let format = json!({"format": {"type": "json_schema", "name": "n", "schema": {"const": "yes"}}});
    let answer = respond(&json!({"text": format, "metadata": {"k": "v"}, "instructions": "a\nb", "store": false}));
    assert_eq!(answer["output"][0]["content"][0]["text"], "\"yes\"");
    assert_eq!(answer["text"], format);
    assert_eq!(answer["metadata"], json!({"k": "v"}));
    assert_eq!((&answer["instructions"], &answer["store"]), (&json!("a\nb"), &json!(false)));
}

#[test]
fn blank_space_in_what_is_repeated_does_not_break_events() {
    agree(&run::<Responses>(b"{\"model\":\"m\",\"input\":\"hi\",\"metadata\":{\n\t\"k\":\r\n\"v\"\n}}"));
}

#[test]
fn mistakes_are_refused() {
    for body in [
        r#"{"model":"m"}"#,
        r#"{"input":"x"}"#,
        r#"{"model":"m","input":1}"#,
        r#"{"model":"m","input":"x","previous_response_id":"resp_1"}"#,
    ] {
        assert!(Responses::read(body.as_bytes()).is_err(), "{body}");
    }
}

#[test]
fn images_refusals_citations_and_sentences() {
    let image = json!([{"type": "image_generation"}]);
    let function = json!([{"type": "function", "name": "f", "parameters": {"type": "object"}}]);
    for (model, tools, kinds) in [
        ("m", &image, vec!["image_generation_call", "message"]),
        ("m:images=2", &json!([]), vec!["image_generation_call", "image_generation_call", "message"]),
        ("m:refuse=1", &json!([]), vec!["message"]),
        ("m:citations=1", &json!([]), vec!["message"]),
        ("m:preamble=1,calls=2", &function, vec!["message", "function_call", "function_call"]),
    ] {
        let answer = respond(&json!({"model": model, "tools": tools}));
        let output = answer["output"].as_array().unwrap();
        assert_eq!(output.iter().map(|item| item["type"].as_str().unwrap()).collect::<Vec<_>>(), kinds, "{model}");
        assert!(output[0]["type"] != "image_generation_call" || output[0]["result"].is_string());
    }
    let refused = respond(&json!({"model": "m:refuse=1"}));
    assert_eq!(refused["output"][0]["content"][0]["type"], "refusal");
    let cited = respond(&json!({"model": "m:citations=1"}));
    assert_eq!(cited["output"][0]["content"][0]["annotations"][0]["type"], "url_citation");
}

#[test]
fn log_probabilities_cover_the_text() {
    let answer = respond(&json!({"include": ["message.output_text.logprobs"], "top_logprobs": 2}));
    let part = &answer["output"][0]["content"][0];
    let tokens = part["logprobs"].as_array().unwrap().iter();
    assert_eq!(part["text"], tokens.map(|token| token["token"].as_str().unwrap()).collect::<String>());
}

#[test]
fn a_realm_opens_what_it_sealed() {
    let asked = json!({"reasoning": {"effort": "low"}, "include": ["reasoning.encrypted_content"]});
    let mut first = asked.clone();
    first["model"] = json!("m:realm=a");
    let answer = respond(&first);
    for (realm, accepted) in [("a", true), ("b", false)] {
        let mut input = vec![json!({"role": "user", "content": "hi"})];
        input.extend(answer["output"].as_array().unwrap().iter().cloned());
        input.push(json!({"role": "user", "content": "again"}));
        let body = json!({"model": "m", "input": input});
        let behaviour = crate::behaviour::Behaviour::read("", Some(&format!("realm={realm}"))).unwrap();
        let read = Responses::read(body.to_string().as_bytes()).unwrap();
        assert_eq!(read.check(&behaviour).is_ok(), accepted);
    }
}
