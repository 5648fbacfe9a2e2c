//! Any caller on any target: what crosses, and what is told about it.

use data_plane_core::dialect::Dialect;
use http::Method;
use proto::Word;
use serde_json::{Value, json};
use validators::{validate_answer, validate_stream};
use vocabulary::{Fidelity, Scope};

use crate::support::{CHAT, Catalog, MESSAGES, RESPONSES, Reply, Stack, chat, messages, responses};

/// A small request with further fields.
type Ask = fn(&str) -> String;

/// A caller's path, its dialect, and how it asks.
const CALLERS: [(&str, Dialect, Ask); 3] = [
    (CHAT, Dialect::OpenaiChat, chat),
    (RESPONSES, Dialect::OpenaiResponses, responses),
    (MESSAGES, Dialect::AnthropicMessages, messages),
];

/// Providers of one dialect, the dialect, and where it is served.
const TARGETS: [(&str, Dialect, &str); 3] = [
    ("chat", Dialect::OpenaiChat, CHAT),
    ("responses", Dialect::OpenaiResponses, RESPONSES),
    ("messages", Dialect::AnthropicMessages, MESSAGES),
];

const SCHEMA: &str = r#"{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}"#;

fn tool(dialect: Dialect) -> String {
    match dialect {
        Dialect::OpenaiChat => {
            format!(r#","tools":[{{"type":"function","function":{{"name":"get_weather","parameters":{SCHEMA}}}}}]"#)
        }
        Dialect::OpenaiResponses => {
            format!(r#","tools":[{{"type":"function","name":"get_weather","parameters":{SCHEMA}}}]"#)
        }
        Dialect::AnthropicMessages => format!(r#","tools":[{{"name":"get_weather","input_schema":{SCHEMA}}}]"#),
    }
}

/// The text of a whole answer.
fn text(dialect: Dialect, answer: &Value) -> String {
    let text = match dialect {
        Dialect::OpenaiChat => &answer["choices"][0]["message"]["content"],
        Dialect::OpenaiResponses => &answer["output"][0]["content"][0]["text"],
        Dialect::AnthropicMessages => &answer["content"][0]["text"],
    };
    text.as_str().unwrap_or_else(|| panic!("no text in {answer}")).to_owned()
}

/// The one tool call of a whole answer: its id, the tool's name, the arguments, why the answer ended.
fn call(dialect: Dialect, answer: &Value) -> (String, String, Value, String) {
    let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("no text there in {answer}")).to_owned();
    let parsed = |value: &Value| serde_json::from_str(&text(value)).unwrap();
    match dialect {
        Dialect::OpenaiChat => {
            let choice = &answer["choices"][0];
            let call = &choice["message"]["tool_calls"][0];
            let function = &call["function"];
            (text(&call["id"]), text(&function["name"]), parsed(&function["arguments"]), text(&choice["finish_reason"]))
        }
        Dialect::OpenaiResponses => {
            let call = &answer["output"][0];
            (text(&call["call_id"]), text(&call["name"]), parsed(&call["arguments"]), text(&answer["status"]))
        }
        Dialect::AnthropicMessages => {
            let call = &answer["content"][0];
            (text(&call["id"]), text(&call["name"]), call["input"].clone(), text(&answer["stop_reason"]))
        }
    }
}

fn is_valid(dialect: Dialect, reply: &Reply, streamed: bool) {
    let violations =
        if streamed { validate_stream(dialect, &reply.body) } else { validate_answer(dialect, &reply.body) };
    assert!(violations.is_empty(), "{}: {violations:#?}\n{}", dialect.as_str(), reply.text());
}

#[tokio::test]
async fn every_caller_gets_text_from_every_target_whole_and_streamed() {
    for (provider, target, target_path) in TARGETS {
        let stack = Stack::sandboxed(|it| it.model_of(provider, "demo:size=100")).await;
        for (path, caller, ask) in CALLERS {
            let whole = stack.post(path, ask("")).await;
            assert_eq!(whole.status, 200, "{path} on {provider}: {}", whole.text());
            assert!(whole.header("content-type").starts_with("application/json"));
            is_valid(caller, &whole, false);
            let answer = whole.json();
            assert_eq!((answer["model"].as_str(), text(caller, &answer).len()), (Some("team"), 100), "{answer}");

            let streamed = stack.post(path, ask(r#","stream":true"#)).await;
            assert_eq!(streamed.status, 200, "{path} on {provider}: {}", streamed.text());
            assert!(streamed.header("content-type").starts_with("text/event-stream"));
            is_valid(caller, &streamed, true);
            assert!(!streamed.text().contains("demo:size"), "{path} on {provider}: the target's name shows");
        }
        for event in stack.events(6).await {
            assert_eq!((event.status, event.code.as_str(), event.attempts.len()), (200, "ok", 1));
            assert_eq!((&*event.target_dialect, &*event.attempts[0].dialect), (target.as_str(), target.as_str()));
            let tokens = event.tokens.unwrap();
            assert!(tokens.input > 0 && tokens.output > 0 && !event.tokens_estimated, "{event:#?}");
        }
        assert!(stack.received().await.iter().all(|(path, ..)| path == target_path), "each in the target's dialect");
    }
}

#[tokio::test]
async fn every_caller_calls_tools_through_every_target_whole_and_streamed() {
    for (provider, _, _) in TARGETS {
        let stack = Stack::sandboxed(|it| it.model_of(provider, "demo")).await;
        for (path, caller, ask) in CALLERS {
            let whole = stack.post(path, ask(&tool(caller))).await;
            assert_eq!(whole.status, 200, "{path} on {provider}: {}", whole.text());
            is_valid(caller, &whole, false);
            let (id, name, arguments, end) = call(caller, &whole.json());
            assert_eq!((name.as_str(), arguments["city"].is_string()), ("get_weather", true), "{}", whole.text());
            let (prefix, ended) = match caller {
                Dialect::OpenaiChat => ("call_", "tool_calls"),
                Dialect::OpenaiResponses => ("call_", "completed"),
                Dialect::AnthropicMessages => ("toolu_", "tool_use"),
            };
            assert!(id.starts_with(prefix) && end == ended, "{path} on {provider}: {}", whole.text());

            let streamed = stack.post(path, ask(&(tool(caller) + r#","stream":true"#))).await;
            is_valid(caller, &streamed, true);
            let text = streamed.text();
            assert!(text.contains("\"get_weather\"") && text.contains(&format!("\"{ended}\"")), "{path}: {text}");
        }
    }
}

#[tokio::test]
async fn headers_of_the_callers_api_stay_behind_with_the_fields_they_belong_to() {
    let stack = Stack::sandboxed(|it| it.model_of("chat", "demo").model_of("messages", "demo")).await;
    let headers = [
        ("anthropic-beta", "context-management-2025-06-27"),
        ("anthropic-version", "2026-10-21"),
        ("x-stainless-lang", "js"),
        ("user-agent", "claude-cli/2.1.329"),
    ];
    let body = messages(r#","context_management":{"edits":[{"type":"clear_thinking_20251015"}]}"#);
    let reply = stack.send(Method::POST, "/v1/messages?beta=true", &headers, body).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let (path, seen, body) = stack.received().await.remove(0);
    assert_eq!(path, CHAT, "no query either");
    let value = |name: &str| seen.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str());
    for name in ["anthropic-beta", "anthropic-version", "x-stainless-lang", "x-api-key"] {
        assert_eq!(value(name), None, "{name} passed");
    }
    assert_eq!(value("authorization"), Some("Bearer sk-chat"));
    assert_eq!((value("content-type"), value("user-agent")), (Some("application/json"), Some("claude-cli/2.1.329")));
    assert!(!String::from_utf8_lossy(&body).contains("context_management"));
    assert!(reply.header("x-router-warnings").contains("dropped:context_management"), "{:?}", reply.headers);

    let beta = [("openai-beta", "responses_websockets=2026-02-06"), ("x-openai-internal-codex-responses-lite", "true")];
    let towards = Stack::sandboxed(|it| it.model_of("messages", "demo")).await;
    assert_eq!(towards.send(Method::POST, RESPONSES, &beta, responses("")).await.status, 200);
    let (_, seen, _) = towards.received().await.remove(0);
    let value = |name: &str| seen.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str());
    assert_eq!((value("anthropic-version"), value("x-api-key")), (Some("2023-06-01"), Some("sk-messages")));
    assert_eq!((value("openai-beta"), value("x-openai-internal-codex-responses-lite")), (None, None));
    assert_eq!(value("authorization"), None);
}

#[tokio::test]
async fn what_is_lost_stands_in_the_header_and_in_the_usage_row() {
    let stack = Stack::sandboxed(|it| it.model_of("messages", "demo")).await;
    let reply = stack.post(CHAT, chat(r#","seed":7,"frequency_penalty":0.5"#)).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let told = reply.header("x-router-warnings");
    assert!(told.contains("dropped:seed") && told.contains("dropped:frequency_penalty"), "{told}");
    let event = stack.events(1).await.remove(0);
    assert_eq!(event.warnings.join(", "), told);
    let native = Stack::sandboxed(|it| it.model_of("chat", "demo")).await;
    let reply = native.post(CHAT, chat(r#","seed":7"#)).await;
    assert!(!reply.headers.contains_key("x-router-warnings"));
    assert!(native.events(1).await[0].warnings.is_empty());
}

#[tokio::test]
async fn a_strict_group_takes_no_summary_for_a_compaction() {
    let body = r#"{"model":"team","input":[{"role":"user","content":"Build a house."}]}"#;
    for (provider, model, status) in [
        ("chat", "demo", 400),
        ("messages", "demo", 400),
        ("responses", "demo", 200),
        ("responses", "demo:fail=404", 424),
    ] {
        let strict =
            |it: Catalog| it.model_of(provider, model).with(|it| it.group.fidelity = Fidelity::Strict.number());
        let stack = Stack::sandboxed(strict).await;
        let reply = stack.post("/v1/responses/compact", body).await;
        assert_eq!(reply.status, status, "{provider} {model}: {}", reply.text());
        assert_eq!(stack.received().await.len(), usize::from(provider == "responses"), "{provider} {model}");
    }
}

#[tokio::test]
async fn a_strict_group_loses_nothing() {
    let strict = |provider: &'static str| {
        Stack::sandboxed(move |it| {
            it.model_of(provider, "demo").with(|it| it.group.fidelity = Fidelity::Strict.number())
        })
    };
    let stack = strict("messages").await;
    let reply = stack.post(CHAT, chat(r#","seed":7,"max_tokens":50"#)).await;
    assert_eq!((reply.status.as_u16(), reply.code()), (400, "no-eligible-target"), "{}", reply.text());
    let reason = reply.json()["error"]["details"]["targets"][0]["reasons"][0].clone();
    assert_eq!(reason["code"], "fidelity");
    assert!(reason["message"].as_str().unwrap().contains("`seed`"), "{reason}");
    assert_eq!(stack.events(1).await[0].candidates[0].reasons, ["fidelity"]);
    let lossless = stack.post(CHAT, chat(r#","max_tokens":50"#)).await;
    assert_eq!((lossless.status.as_u16(), lossless.header("x-router-warnings")), (200, ""), "{}", lossless.text());
    assert_eq!(strict("chat").await.post(CHAT, chat(r#","seed":7"#)).await.status, 200, "nothing is translated");
}

#[tokio::test]
async fn what_cannot_be_told_is_explained_and_what_cannot_be_read_is_the_callers_to_correct() {
    let stack =
        Stack::sandboxed(|it| it.model_of("chat", "demo").with(|it| it.caller.scopes.push(Scope::Explain.number())))
            .await;
    let hosted = responses(r#","tools":[{"type":"web_search"}],"tool_choice":{"type":"web_search"}"#);
    let reply = stack.post(RESPONSES, hosted.clone()).await;
    assert_eq!((reply.status.as_u16(), reply.code()), (400, "no-eligible-target"), "{}", reply.text());
    let reason = reply.json()["error"]["details"]["targets"][0]["reasons"][0].clone();
    assert_eq!(reason["code"], "translation");
    assert!(reason["message"].as_str().unwrap().contains("tool_choice"), "{reason}");
    let explained = stack.post("/v1/route/explain?operation=responses", hosted).await.json();
    assert_eq!(explained["candidates"][0]["reasons"][0], reason);
    let lossy =
        stack.post("/v1/route/explain?operation=messages", messages(r#","top_k":5,"metadata":{"user_id":"u"}"#));
    let candidate = lossy.await.json()["candidates"][0].clone();
    assert_eq!((candidate["dialect"].as_str(), candidate["eligible"].as_bool()), (Some("openai-chat"), Some(true)));
    assert!(candidate["warnings"].is_array(), "{candidate}");

    let unreadable = r#"{"model":"team","max_tokens":100,"messages":[{"role":"narrator","content":"hi"}]}"#;
    let reply = stack.post(MESSAGES, unreadable).await;
    assert_eq!((reply.status.as_u16(), reply.code()), (400, "invalid-request"), "{}", reply.text());
    assert_eq!(reply.json()["type"], "error");
    assert!(stack.received().await.is_empty());
}

#[tokio::test]
async fn tokens_are_counted_for_every_group() {
    let counts = [("/v1/messages/count_tokens", messages("")), ("/v1/responses/input_tokens", responses(""))];
    let stack = Stack::sandboxed(|it| it.model_of("chat", "demo")).await;
    for (path, body) in counts.clone() {
        let reply = stack.post(path, body).await;
        assert_eq!((reply.status.as_u16(), reply.header("x-router-attempts")), (200, "0"), "{}", reply.text());
        assert_eq!(reply.header("x-router-warnings"), "approximated:input_tokens");
        assert!(reply.json()["input_tokens"].as_u64().unwrap() > 0);
        let object = if path.contains("responses") { json!("response.input_tokens") } else { Value::Null };
        assert_eq!(reply.json()["object"], object);
    }
    assert!(stack.received().await.is_empty());
    // A target that speaks the dialect and does not count.
    let silent = Stack::sandboxed(|it| it.model("demo:fail=404")).await;
    for (path, body) in counts {
        let reply = silent.post(path, body).await;
        assert_eq!((reply.status.as_u16(), reply.header("x-router-attempts")), (200, "1"), "{}", reply.text());
        assert_eq!(reply.header("x-router-warnings"), "approximated:input_tokens");
    }
    for event in stack.events(2).await.into_iter().chain(silent.events(2).await) {
        assert_eq!((event.code.as_str(), event.cost.unwrap().total), ("ok", 0));
        assert_eq!(event.warnings, ["approximated:input_tokens"]);
        assert_eq!(event.tokens.unwrap().input, 0, "counting uses none");
    }
}

#[tokio::test]
async fn conversations_are_compacted_on_every_target() {
    let body = r#"{"model":"team","input":[{"role":"user","content":"Build a house."},{"role":"assistant","content":"Built."}]}"#;
    // The third one offers the operation; the last one does not, and is asked for a summary in its own dialect.
    let cases = [
        ("chat", "demo", 1),
        ("messages", "demo", 1),
        ("responses", "demo", 1),
        ("responses", "demo:fail=404,first=1", 2),
    ];
    for (provider, model, attempts) in cases {
        let stack = Stack::sandboxed(|it| it.model_of(provider, model)).await;
        let reply = stack.post("/v1/responses/compact", body).await;
        assert_eq!(reply.status, 200, "{provider}: {}", reply.text());
        let compacted = reply.json();
        assert_eq!(compacted["object"], "response.compaction", "{provider}: {compacted}");
        let [kept, compaction] = compacted["output"].as_array().unwrap().as_slice() else { panic!("{compacted}") };
        assert!(kept.to_string().contains("Build a house.") && kept["role"] == "user", "{provider}: {compacted}");
        assert_eq!(compaction["type"], "compaction");
        let forwarded = provider == "responses" && attempts == 1;
        let told = if forwarded { "" } else { "approximated:compaction" };
        assert_eq!(reply.header("x-router-warnings"), told, "{provider} {model}");
        let event = stack.events(1).await.remove(0);
        assert_eq!((event.operation.as_str(), event.code.as_str(), event.attempts.len()), ("compact", "ok", attempts));
        assert!(event.tokens.unwrap().output > 0 && event.cost.unwrap().total > 0, "{event:#?}");
        if forwarded {
            continue;
        }
        // What comes back is understood by any target.
        let next = format!(r#"{{"model":"team","input":[{kept},{compaction},{{"role":"user","content":"Go on."}}]}}"#);
        for (other, ..) in TARGETS {
            let stack = Stack::sandboxed(|it| it.model_of(other, "demo")).await;
            let reply = stack.post(RESPONSES, next.clone()).await;
            assert_eq!(reply.status, 200, "{}", reply.text());
            let (_, _, body) = stack.received().await.remove(0);
            let body = String::from_utf8_lossy(&body);
            assert!(body.contains("sandbox") && !body.contains("encrypted"), "the summary: {body}");
        }
    }
}
