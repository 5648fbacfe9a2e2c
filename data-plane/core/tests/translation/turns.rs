//! An answer goes to a caller, and comes back in the caller's next request.

use std::sync::Arc;

use data_plane_core::config::{Provider, Target};
use data_plane_core::dialect::Dialect;
use data_plane_core::dialect::translate::Neutral;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::cases;
use super::collect::collect;
use super::run::stream;
use super::setting::{reply, target};
use super::upstream::{Block, Upstream, answer};

/// A target's dialect and its answer, and the dialect of a caller that speaks another one.
fn turn() -> impl Strategy<Value = (Dialect, Upstream, Dialect)> {
    let from = prop::sample::select(Dialect::ALL.to_vec());
    let upstream = from.prop_flat_map(|from| (Just(from), answer(from)));
    (upstream, prop::sample::select(Dialect::ALL.to_vec()))
        .prop_map(|((from, upstream), to)| (from, upstream, to))
        .prop_filter("one dialect", |(from, _, to)| from != to)
}

/// What the caller sends next: all that it was told, and the results of the calls.
fn next_request(caller: Dialect, told: &Value) -> Value {
    let asked = json!({ "role": "user", "content": "Go on." });
    match caller {
        Dialect::OpenaiChat => {
            let message = &told["choices"][0]["message"];
            let calls = message["tool_calls"].as_array().into_iter().flatten();
            let results = calls.map(|it| json!({ "role": "tool", "tool_call_id": it["id"], "content": "ok" }));
            let messages: Vec<Value> = [asked.clone(), message.clone()].into_iter().chain(results).collect();
            json!({ "model": "group", "messages": with(messages, asked) })
        }
        Dialect::OpenaiResponses => {
            let output = told["output"].as_array().unwrap();
            let calls = output.iter().filter(|it| it["type"] == "function_call");
            let results =
                calls.map(|it| json!({ "type": "function_call_output", "call_id": it["call_id"], "output": "ok" }));
            let input: Vec<Value> = [asked.clone()].into_iter().chain(output.clone()).chain(results).collect();
            json!({ "model": "group", "input": with(input, asked) })
        }
        Dialect::AnthropicMessages => {
            let content = &told["content"];
            let calls = content.as_array().unwrap().iter().filter(|it| it["type"] == "tool_use");
            let results: Vec<Value> =
                calls.map(|it| json!({ "type": "tool_result", "tool_use_id": it["id"], "content": "ok" })).collect();
            let last = if results.is_empty() { asked.clone() } else { json!({ "role": "user", "content": results }) };
            let messages = json!([asked, { "role": "assistant", "content": content }, last]);
            json!({ "model": "group", "max_tokens": 4_096, "messages": messages })
        }
    }
}

/// Without a call there is something else to answer.
fn with(mut items: Vec<Value>, asked: Value) -> Vec<Value> {
    if !items.iter().any(|it| it["role"] == "tool" || it["type"] == "function_call_output") {
        items.push(asked);
    }
    items
}

fn elsewhere() -> Target {
    let target = target();
    let timeouts = target.provider.timeouts;
    let provider = Provider {
        id: "elsewhere".to_owned(),
        base_url: "https://elsewhere.example.com/v1".to_owned(),
        dialects: Dialect::ALL.to_vec(),
        credential: None,
        kind: target.provider.kind,
        private_network: false,
        tenancy: data_plane_core::config::Tenancy::Shared,
        forward_headers: Vec::new(),
        egress: None,
        timeouts,
    };
    Target { provider: Arc::new(provider), ..target }
}

/// Everything that the upstream said, in one text, as it stands in JSON.
fn reasoning(upstream: &Upstream) -> Option<(String, &str)> {
    upstream.blocks.iter().find_map(|block| match block {
        Block::Reasoning { pieces, seal } => Some((pieces.concat(), &**seal)),
        _ => None,
    })
}

/// The reasoning that a target gets back.
fn given_back(dialect: Dialect, request: &Value) -> Vec<Value> {
    let list = |of: &Value, name: &str| of[name].as_array().cloned().unwrap_or_default();
    match dialect {
        Dialect::OpenaiChat => {
            let messages = list(request, "messages");
            messages.iter().map(|it| it["reasoning_content"].clone()).filter(|it| !it.is_null()).collect()
        }
        Dialect::OpenaiResponses => list(request, "input").into_iter().filter(|it| it["type"] == "reasoning").collect(),
        Dialect::AnthropicMessages => {
            let messages = list(request, "messages");
            let blocks = messages.iter().flat_map(|it| list(it, "content"));
            blocks.filter(|it| it["type"] == "thinking" || it["type"] == "redacted_thinking").collect()
        }
    }
}

fn call_ids(dialect: Dialect, request: &Value) -> Vec<Value> {
    let list = |of: &Value, name: &str| of[name].as_array().cloned().unwrap_or_default();
    match dialect {
        Dialect::OpenaiChat => {
            let calls = list(request, "messages").into_iter().flat_map(|it| list(&it, "tool_calls"));
            calls.map(|it| it["id"].clone()).collect()
        }
        Dialect::OpenaiResponses => {
            let calls = list(request, "input").into_iter().filter(|it| it["type"] == "function_call");
            calls.map(|it| it["call_id"].clone()).collect()
        }
        Dialect::AnthropicMessages => {
            let blocks = list(request, "messages").into_iter().flat_map(|it| list(&it, "content"));
            blocks.filter(|it| it["type"] == "tool_use").map(|it| it["id"].clone()).collect()
        }
    }
}

proptest! {
    #![proptest_config(cases(2_000))]

    /// Reasoning and ids are the target's again, byte for byte; another provider's target sees nothing of the reasoning,
    /// neither sealed nor as text, and the caller is told.
    #[test]
    fn reasoning_comes_back_to_the_target_that_minted_it_and_to_no_other((from, upstream, caller) in turn()) {
        let reply = reply(b"{}", Arc::default());
        let told = collect(caller, &stream(from, caller, &reply, &upstream.stream(from), &[]).out);
        let body = next_request(caller, &told).to_string();
        let neutral = Neutral::read(caller, body.as_bytes()).unwrap();

        let home = neutral.write(&target(), from).unwrap();
        let home_body: Value = serde_json::from_slice(&home.body).unwrap();
        let prefix = if from == Dialect::AnthropicMessages { "toolu_" } else { "call_" };
        let minted: Vec<Value> = upstream.blocks.iter().filter_map(|block| match block {
            Block::Call { id, .. } => Some(json!(format!("{prefix}{id}"))),
            _ => None,
        }).collect();
        prop_assert_eq!(call_ids(from, &home_body), minted);
        let back = given_back(from, &home_body);
        let expected = reasoning(&upstream).map(|(text, seal)| match from {
            Dialect::OpenaiChat => json!(text),
            Dialect::OpenaiResponses => json!({ "id": "rs_0", "type": "reasoning",
                "summary": [{ "type": "summary_text", "text": text }], "encrypted_content": seal }),
            Dialect::AnthropicMessages => json!({ "type": "thinking", "thinking": text, "signature": seal }),
        });
        prop_assert_eq!(back, expected.clone().into_iter().collect::<Vec<_>>(), "{}\n{:?}", body, home.warnings);

        let away = neutral.write(&elsewhere(), from).unwrap();
        let away_body: Value = serde_json::from_slice(&away.body).unwrap();
        prop_assert_eq!(given_back(from, &away_body), Vec::<Value>::new());
        prop_assert!(expected.is_none() || !away.warnings.is_empty());
    }
}
