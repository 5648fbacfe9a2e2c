use serde_json::{Value, json};

use super::request;
use crate::problem::Problem;

fn user(content: &Value) -> Value {
    json!({"role": "user", "content": content})
}

fn assistant(content: &Value) -> Value {
    json!({"role": "assistant", "content": content})
}

fn call(id: &str) -> Value {
    json!({"type": "tool_use", "id": id, "name": "t", "input": {}})
}

fn result(id: &str) -> Value {
    json!({"type": "tool_result", "tool_use_id": id, "content": "ok"})
}

/// What is said of a request with these messages and more.
fn said(messages: &[Value], more: &Value) -> String {
    let mut body = json!({"model": "m", "max_tokens": 2000, "messages": messages});
    for (key, value) in more.as_object().into_iter().flatten() {
        body[key] = value.clone();
    }
    match request(&body) {
        Err(Problem::Invalid { message, .. }) => message,
        Err(problem) => format!("{problem:?}"),
        Ok(_) => String::new(),
    }
}

#[test]
fn conversations_out_of_order_are_refused() {
    let hi = user(&json!("hi"));
    for (messages, expected) in [
        (vec![], "messages: at least one message is required"),
        (vec![assistant(&json!("hi"))], "messages: first message must use the \"user\" role"),
        (vec![json!({"role": "tool", "content": "x"})], "messages.0.role: Input should be 'user' or 'assistant'"),
        (vec![user(&json!(""))], "messages.0: all messages must have non-empty content"),
        (vec![user(&json!([]))], "messages.0: all messages must have non-empty content"),
        (
            vec![hi.clone(), assistant(&json!("hi "))],
            "messages: final assistant content cannot end with trailing whitespace",
        ),
        (
            vec![hi.clone(), assistant(&json!([call("a")]))],
            "messages.1: `tool_use` ids were found without `tool_result` blocks immediately after: a.",
        ),
        (
            vec![hi.clone(), assistant(&json!([call("a"), call("b")])), user(&json!([result("a")]))],
            "without `tool_result` blocks immediately after: b.",
        ),
        (
            vec![
                hi.clone(),
                assistant(&json!([call("a")])),
                user(&json!([{"type": "text", "text": "x"}, result("a")])),
            ],
            "without `tool_result` blocks immediately after: a.",
        ),
        (
            vec![user(&json!([result("a")]))],
            "messages.0.content.0: unexpected `tool_use_id` found in `tool_result` blocks: a.",
        ),
        (
            vec![hi.clone(), assistant(&json!([call("a")])), user(&json!([result("a"), result("a")]))],
            "each tool_use must have a single result",
        ),
        (
            vec![hi.clone(), assistant(&json!([call("a"), call("a")])), user(&json!([result("a")]))],
            "`tool_use` ids must be unique",
        ),
    ] {
        assert!(said(&messages, &json!({})).contains(expected), "{}", said(&messages, &json!({})));
    }
    // Messages of one role in a row are one turn.
    let split = [
        hi,
        assistant(&json!([call("a")])),
        assistant(&json!([call("b")])),
        user(&json!([result("a")])),
        user(&json!([result("b")])),
    ];
    assert_eq!(said(&split, &json!({})), "");
}

#[test]
fn blocks_that_are_wrong_are_refused() {
    for (role, block, expected) in [
        ("user", json!({"type": "text", "text": ""}), "messages: text content blocks must be non-empty"),
        (
            "user",
            json!({"type": "text", "text": " "}),
            "messages: text content blocks must contain non-whitespace text",
        ),
        (
            "user",
            json!({"type": "text", "text": "x", "id": 1}),
            "messages.1.content.0.text.id: Extra inputs are not permitted",
        ),
        (
            "user",
            json!({"type": "input_text", "text": "x"}),
            "Input tag 'input_text' found using 'type' does not match",
        ),
        ("user", call("a"), "`tool_use` blocks can only be in `assistant` messages"),
        ("assistant", result("a"), "`tool_result` blocks can only be in `user` messages"),
        (
            "assistant",
            json!({"type": "tool_use", "id": "a.b", "name": "t", "input": {}}),
            "tool_use.id: String should match pattern",
        ),
        (
            "assistant",
            json!({"type": "tool_use", "id": "a", "name": "t", "input": "{}"}),
            "tool_use.input: Input should be a valid dictionary",
        ),
        ("assistant", json!({"type": "thinking", "thinking": "x"}), "thinking.signature: Field required"),
        (
            "user",
            json!({"type": "image", "source": {"type": "base64", "media_type": "image/tiff", "data": "AA=="}}),
            "Input should be 'image/jpeg'",
        ),
        (
            "user",
            json!({"type": "text", "text": "x", "cache_control": {"type": "x"}}),
            "cache_control.type: Input should be 'ephemeral'",
        ),
    ] {
        let said = said(&[user(&json!("hi")), json!({"role": role, "content": [block]})], &json!({}));
        assert!(said.contains(expected), "{said}");
    }
    let failed = json!([{"type": "tool_result", "tool_use_id": "a", "is_error": true,
        "content": [{"type": "image", "source": {"type": "url", "url": "https://example.com"}}]}]);
    let said = said(&[user(&json!("hi")), assistant(&json!([call("a")])), user(&failed)], &json!({}));
    assert!(said.contains("all content must be type \"text\""), "{said}");
}

#[test]
fn settings_that_do_not_fit_are_refused() {
    let tool = json!([{"name": "t", "input_schema": {"type": "object"}}]);
    let enabled = |budget: u64| json!({"type": "enabled", "budget_tokens": budget});
    for (more, expected) in [
        (json!({"foo": 1}), "foo: Extra inputs are not permitted"),
        (json!({"max_tokens": 0}), "max_tokens: Input should be greater than or equal to 1"),
        (json!({"temperature": 1.5}), "temperature: range: 0..1"),
        (json!({"stop_sequences": [" "]}), "each stop sequence must contain non-whitespace"),
        (json!({"metadata": {"k": "v"}}), "metadata.k: Extra inputs are not permitted"),
        (json!({"system": [{"type": "text", "text": ""}]}), "system: text content blocks must be non-empty"),
        (
            json!({"thinking": enabled(1000)}),
            "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024",
        ),
        (json!({"thinking": enabled(2000)}), "`max_tokens` must be greater than `thinking.budget_tokens`"),
        (json!({"thinking": enabled(1024), "temperature": 0.5}), "`temperature` may only be set to 1"),
        (json!({"thinking": enabled(1024), "top_k": 5}), "`top_k` must be unset"),
        (
            json!({"thinking": enabled(1024), "tools": tool, "tool_choice": {"type": "any"}}),
            "Thinking may not be enabled when tool_choice forces tool use.",
        ),
        (json!({"tool_choice": {"type": "auto"}}), "may only be specified while providing tools"),
        (json!({"tools": tool, "tool_choice": {"type": "tool", "name": "u"}}), "Tool 'u' not found in provided tools"),
        (json!({"tools": [tool[0], tool[0]]}), "tools: Tool names must be unique."),
        (
            json!({"tools": [{"name": "a.b", "input_schema": {"type": "object"}}]}),
            "tools.0.custom.name: String should match pattern",
        ),
        (json!({"tools": [{"name": "a", "input_schema": {}}]}), "tools.0.custom.input_schema.type: Field required"),
        (
            json!({"tools": [{"name": "a", "parameters": {}}]}),
            "tools.0.custom.parameters: Extra inputs are not permitted",
        ),
    ] {
        let said = said(&[user(&json!("hi"))], &more);
        assert!(said.contains(expected), "{more}: {said}");
    }
}

#[test]
fn a_realm_takes_its_own_thinking_alone_and_demands_it() {
    let messages = |thinking: &[Value]| {
        let blocks: Vec<Value> = thinking.iter().cloned().chain([call("a")]).collect();
        json!([user(&json!("hi")), assistant(&json!(blocks)), user(&json!([result("a")]))])
    };
    let checked = |thinking: &[Value], realm| {
        let enabled = json!({"type": "enabled", "budget_tokens": 1024});
        let body = json!({"max_tokens": 2000, "thinking": enabled, "messages": messages(thinking)});
        request(&body).and_then(|given_back| given_back.check(realm))
    };
    let signed =
        |realm| json!({"type": "thinking", "thinking": "x", "signature": crate::provenance::mint(realm, "x", "1")});
    assert_eq!(checked(&[signed(Some("a"))], Some("a")), Ok(()));
    for (thinking, realm) in
        [(vec![signed(Some("a"))], Some("b")), (vec![signed(None)], Some("a")), (vec![], Some("a"))]
    {
        assert!(checked(&thinking, realm).is_err(), "{thinking:?}");
    }
    assert_eq!(checked(&[], None), Ok(()));
}
