//! Stored responses: kept, continued, retrieved and deleted, in the control plane's store and in Valkey.

mod valkey;

use std::time::Duration;

use http::Method;
use http_body_util::BodyExt as _;
use proto::Word as _;
use proto::v1::ResponsesStore;
use serde_json::{Value, json};
use vocabulary::Scope;

use crate::support::{CHAT, Catalog, RESPONSES, Reply, Scripted, Stack, Step, StoreState, all, chat};

const PLANTED: &str = "the planted phrase";

/// The catalog's settings with a store.
fn storing(catalog: Catalog) -> Catalog {
    let store = ResponsesStore { enabled: true, ttl_ms: 60_000, seal_key: b"k".repeat(44) };
    catalog.with(|it| it.settings.responses_store = Some(store))
}

async fn stack(provider: &str) -> Stack {
    Stack::sandboxed(|it| storing(it.model_of(provider, "demo"))).await
}

async fn ask(stack: &Stack, body: &Value) -> Reply {
    stack.post(RESPONSES, body.to_string()).await
}

/// Asks and expects an answer that is kept.
async fn kept(stack: &Stack, body: &Value) -> Value {
    let reply = ask(stack, body).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert!(!reply.header("x-router-warnings").contains("store"), "{}", reply.header("x-router-warnings"));
    if body["stream"] == json!(true) { last_event(&reply.text())["response"].clone() } else { reply.json() }
}

fn events(stream: &str) -> Vec<Value> {
    let data = stream.lines().filter_map(|line| line.strip_prefix("data: ")).filter(|it| *it != "[DONE]");
    data.map(|it| serde_json::from_str(it).unwrap()).collect()
}

fn last_event(stream: &str) -> Value {
    let found = events(stream).into_iter().find(|it| it["type"] == "response.completed");
    found.unwrap_or_else(|| panic!("the stream is complete: {stream}"))
}

/// The last body that the upstream received.
async fn last_received(stack: &Stack) -> Value {
    serde_json::from_slice(&stack.received().await.last().unwrap().2).unwrap()
}

fn get(id: &Value, rest: &str) -> String {
    format!("{RESPONSES}/{}{rest}", id.as_str().unwrap())
}

#[tokio::test]
async fn a_native_conversation_goes_on_by_bytes_whole_and_streamed() {
    let stack = stack("responses").await;
    for stream in [false, true] {
        let first =
            kept(&stack, &json!({"model": "team", "input": "one", "instructions": "brief", "stream": stream})).await;
        let second = json!({"model": "team", "previous_response_id": first["id"], "input": [{"role": "user", "content": "two"}], "stream": stream});
        let second = kept(&stack, &second).await;
        let received = last_received(&stack).await;
        let one = json!({"type": "message", "role": "user", "content": [{"type": "input_text", "text": "one"}]});
        let mut input = vec![one];
        input.extend(first["output"].as_array().unwrap().iter().cloned());
        input.push(json!({"role": "user", "content": "two"}));
        assert_eq!(received["input"], json!(input));
        assert!(received.get("previous_response_id").is_none() && received.get("instructions").is_none(), "{received}");
        let third =
            kept(&stack, &json!({"model": "team", "previous_response_id": second["id"], "input": "three"})).await;
        assert_eq!(last_received(&stack).await["input"].as_array().unwrap()[..input.len()], input[..]);
        assert_eq!(stack.get(&get(&third["id"], "")).await.json(), third);
    }
}

#[tokio::test]
async fn a_tool_turn_is_not_lost_on_any_target() {
    for provider in ["responses", "chat", "messages"] {
        let stack = stack(provider).await;
        for stream in [false, true] {
            let tools = json!([{"type": "function", "name": "look", "parameters": {"type": "object", "properties": {"at": {"type": "string"}}, "required": ["at"]}}]);
            let first =
                json!({"model": "team", "input": PLANTED, "tools": tools, "tool_choice": "required", "stream": stream});
            let first = kept(&stack, &first).await;
            let call = first["output"].as_array().unwrap().iter().find(|it| it["type"] == "function_call").unwrap();
            let result =
                json!({"type": "function_call_output", "call_id": call["call_id"], "output": "the tool's result"});
            let second = json!({"model": "team", "previous_response_id": first["id"], "input": [result], "tools": tools, "stream": stream});
            let second = kept(&stack, &second).await;
            let received = last_received(&stack).await.to_string();
            if provider != "responses" {
                assert_eq!(second["previous_response_id"], first["id"], "{provider}");
            }
            for part in [PLANTED, "look", "the tool's result"] {
                assert!(received.contains(part), "{provider}: {part} is missing in {received}");
            }
            assert!(!received.contains("previous_response_id"), "{received}");
            assert_eq!(stack.get(&get(&second["id"], "")).await.json(), second, "{provider}, {stream}");
        }
    }
}

#[tokio::test]
async fn the_state_is_readable_before_the_stream_says_that_it_is_complete() {
    for provider in ["responses", "chat"] {
        let stack = stack(provider).await;
        stack.control.stored.set(StoreState::Waits);
        let body = json!({"model": "team", "input": "hello", "stream": true}).to_string();
        let mut answer = stack.open(RESPONSES, &[], body).await.into_body();
        let mut text = String::new();
        let waiting = async {
            while let Some(frame) = answer.frame().await {
                text.push_str(std::str::from_utf8(&frame.unwrap().into_data().unwrap()).unwrap());
            }
        };
        tokio::time::timeout(Duration::from_millis(500), waiting).await.unwrap_err();
        assert!(text.contains("response.output_item.done"), "{text}");
        assert!(!text.contains("response.completed") && !text.contains("[DONE]"), "{text}");
        stack.control.stored.set(StoreState::Works);
        let rest = answer.collect().await.unwrap().to_bytes();
        text.push_str(std::str::from_utf8(&rest).unwrap());
        let response = &last_event(&text)["response"];
        assert_eq!(stack.get(&get(&response["id"], "")).await.json(), *response);
        let numbers: Vec<_> = events(&text).iter().map(|it| it["sequence_number"].as_u64().unwrap()).collect();
        assert!(numbers.is_sorted(), "{numbers:?}");
        assert_eq!(stack.events(1).await[0].code, "ok");
    }
}

#[tokio::test]
async fn a_stream_is_kept_however_it_is_cut() {
    let response = json!({"id": "resp_7", "object": "response", "status": "incomplete", "model": "m", "output": [
        {"id": "msg_7", "type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "response.completed"}]}
    ]});
    let delta = r#"{"type":"response.output_text.delta","sequence_number":1,"delta":"response.completed"}"#;
    let last = json!({"type": "response.incomplete", "response": response, "sequence_number": 2});
    let stream = format!("data: {delta}\r\n\r\nevent: response.incomplete\r\ndata: {last}\r\n\r\n: the end\r\n\r\n");
    for size in [1, 7, 150, 10_000] {
        let pieces = stream.as_bytes().chunks(size).map(|it| Step::Send(String::from_utf8(it.to_vec()).unwrap()));
        let upstream = Scripted::streaming(pieces.collect()).await;
        let stack = Stack::start(storing(Catalog::new(upstream.address).model_of("responses", "m"))).await;
        let reply = ask(&stack, &json!({"model": "team", "input": "x", "stream": true})).await;
        assert_eq!(reply.text(), stream.replace("\"model\":\"m\"", "\"model\":\"team\""), "in pieces of {size}");
        let kept = stack.get("/v1/responses/resp_7").await.json();
        assert_eq!((&kept["model"], &kept["output"]), (&json!("team"), &response["output"]));
    }
}

#[tokio::test]
async fn a_client_that_leaves_before_the_last_event_was_not_served() {
    let stack = stack("responses").await;
    stack.control.stored.set(StoreState::Waits);
    let body = json!({"model": "team", "input": "hello", "stream": true}).to_string();
    let mut answer = stack.open(RESPONSES, &[], body).await.into_body();
    let reading = async { while answer.frame().await.is_some() {} };
    tokio::time::timeout(Duration::from_millis(500), reading).await.unwrap_err();
    drop(answer);
    let rows = stack.events(1).await;
    assert_eq!((rows[0].status, rows[0].code.as_str()), (499, "client-closed"));
    assert!(rows[0].tokens.as_ref().unwrap().output > 0);
}

#[tokio::test]
async fn a_client_that_leaves_before_its_answer_is_kept_has_used_it_all_the_same() {
    let stack = stack("responses").await;
    stack.control.stored.set(StoreState::Waits);
    let body = json!({"model": "team", "input": "hello"}).to_string();
    tokio::time::timeout(Duration::from_millis(500), stack.open(RESPONSES, &[], body)).await.unwrap_err();
    let rows = stack.events(1).await;
    assert_eq!((rows[0].status, rows[0].code.as_str()), (499, "client-closed"));
    assert!(rows[0].tokens.as_ref().unwrap().output > 0 && !rows[0].tokens_estimated, "{rows:?}");
}

#[tokio::test]
async fn ids_are_the_same_in_every_event_and_in_the_store() {
    let stack = stack("chat").await;
    let reply = ask(&stack, &json!({"model": "team", "input": "hello", "stream": true})).await;
    let events = events(&reply.text());
    let id = &events[0]["response"]["id"];
    let ids = events.iter().filter_map(|it| it.get("response")).map(|it| &it["id"]);
    assert!(ids.into_iter().all(|it| it == id), "{events:?}");
    let stored = stack.get(&get(id, "")).await.json();
    assert_eq!(stored["id"], *id);
    let item = events.iter().find(|it| it["type"] == "response.output_item.done").unwrap();
    assert_eq!(stored["output"][0]["id"], item["item"]["id"]);
}

#[tokio::test]
async fn retrievals_leave_no_usage_rows() {
    let stack = stack("responses").await;
    let first = kept(&stack, &json!({"model": "team", "input": "hello"})).await;
    for rest in ["", "/input_items", "?include[]=reasoning.encrypted_content&stream=false"] {
        assert_eq!(stack.get(&get(&first["id"], rest)).await.status, 200);
    }
    let deleted = stack.send(Method::DELETE, &get(&first["id"], ""), &[], "").await;
    assert_eq!(deleted.json(), json!({"id": first["id"], "object": "response", "deleted": true}));
    for (method, rest) in [(Method::GET, ""), (Method::GET, "/input_items"), (Method::DELETE, "")] {
        let gone = stack.send(method, &get(&first["id"], rest), &[], "").await;
        assert_eq!((gone.status.as_u16(), gone.code()), (404, "response-not-found"));
    }
    stack.post(CHAT, chat("")).await;
    let operations: Vec<_> = stack.events(2).await.iter().map(|it| it.operation.clone()).collect();
    assert_eq!(operations, ["responses", "chat-completions"]);
    assert!(stack.control.stored.all().is_empty(), "its items have gone with it");
}

#[tokio::test]
async fn nothing_is_kept_unsealed_or_against_the_callers_will() {
    let stack = stack("responses").await;
    let refused = kept(&stack, &json!({"model": "team", "input": PLANTED, "store": false})).await;
    assert!(stack.control.stored.all().is_empty());
    assert_eq!(stack.get(&get(&refused["id"], "")).await.code(), "response-not-found");
    let first = kept(&stack, &json!({"model": "team", "input": PLANTED})).await;
    let all = stack.control.stored.all().concat();
    assert!(!all.is_empty());
    for phrase in [PLANTED, "input_text", first["id"].as_str().unwrap()] {
        assert!(!all.windows(phrase.len()).any(|it| it == phrase.as_bytes()), "{phrase} is in the store");
    }
    ask(&stack, &json!({"model": "team", "input": PLANTED, "store": false, "previous_response_id": first["id"]})).await;
    assert!(last_received(&stack).await.to_string().matches(PLANTED).count() == 2);
}

#[tokio::test]
async fn an_id_of_another_project_is_unknown() {
    let stack = stack("responses").await;
    let first = kept(&stack, &json!({"model": "team", "input": "hello"})).await;
    let upstream = stack.upstream();
    let elsewhere = storing(Catalog::new(upstream).model_of("responses", "demo"));
    stack.configure(2, elsewhere.clone().with(|it| it.caller.project = String::new())).await;
    for path in [get(&first["id"], ""), get(&first["id"], "/input_items")] {
        let reply = stack.get(&path).await;
        assert_eq!((reply.status.as_u16(), reply.code()), (404, "response-not-found"));
    }
    let continued = ask(&stack, &json!({"model": "team", "input": "x", "previous_response_id": first["id"]})).await;
    assert_eq!((continued.status.as_u16(), continued.code()), (404, "response-not-found"));
    assert_eq!(stack.send(Method::DELETE, &get(&first["id"], ""), &[], "").await.code(), "response-not-found");
    // Another caller of the same project continues it.
    stack.configure(3, elsewhere.with(|it| it.caller.user = "ben@example.com".to_owned())).await;
    assert_eq!(stack.get(&get(&first["id"], "")).await.json(), first);
    let stranger = stack.send(Method::GET, &get(&first["id"], ""), &[("authorization", "")], "").await;
    assert_eq!(stranger.code(), "unauthorized");
}

#[tokio::test]
async fn an_unknown_id_is_never_a_new_conversation() {
    let stack = stack("responses").await;
    for stream in [false, true] {
        let body = json!({"model": "team", "input": "hello", "previous_response_id": "resp_unknown", "stream": stream});
        let reply = ask(&stack, &body).await;
        let error = &reply.json()["error"];
        assert_eq!((reply.status.as_u16(), reply.code()), (404, "response-not-found"));
        assert_eq!(error["message"], "Previous response with id 'resp_unknown' not found.");
        assert_eq!(
            (&error["param"], &error["type"]),
            (&json!("previous_response_id"), &json!("invalid_request_error"))
        );
    }
    assert!(stack.received().await.is_empty());
    let rows = stack.events(2).await;
    assert!(rows.iter().all(|it| it.code == "response-not-found" && it.attempts.is_empty()), "{rows:?}");
}

#[tokio::test]
async fn a_store_that_is_away_fails_no_answer_and_starts_no_conversation_anew() {
    let stack = Stack::sandboxed(|it| {
        storing(it.model_of("responses", "demo")).with(|it| it.caller.scopes.push(Scope::Metrics.number()))
    })
    .await;
    let first = kept(&stack, &json!({"model": "team", "input": "hello"})).await;
    stack.control.stored.set(StoreState::Away);
    let whole = ask(&stack, &json!({"model": "team", "input": "hello"})).await;
    assert_eq!((whole.status.as_u16(), whole.header("x-router-warnings")), (200, "dropped:store"));
    let streamed = ask(&stack, &json!({"model": "team", "input": "hello", "stream": true})).await;
    assert_eq!(last_event(&streamed.text())["response"]["status"], "completed");
    let continued = ask(&stack, &json!({"model": "team", "input": "x", "previous_response_id": first["id"]})).await;
    assert_eq!((continued.status.as_u16(), continued.code()), (503, "limits-unavailable"));
    assert!(!continued.header("retry-after").is_empty());
    assert_eq!(stack.get(&get(&first["id"], "")).await.status, 503);
    let rows = stack.events(4).await;
    let warned: Vec<_> = rows.iter().map(|it| it.warnings.join(",")).collect();
    assert_eq!(warned, ["", "dropped:store", "dropped:store", ""]);
    let metrics = stack.get("/metrics").await.text();
    let line = "smart_router_response_store_operations_total{operation=\"put\",outcome=\"unavailable\"} 2";
    assert!(metrics.contains(line), "{metrics}");
    stack.control.stored.set(StoreState::Works);
    assert_eq!(stack.get(&get(&first["id"], "")).await.json(), first);
}

#[tokio::test]
async fn a_store_that_hangs_is_not_waited_for() {
    let stack = stack("responses").await;
    stack.control.stored.set(StoreState::Waits);
    all([false, true], async |stream| {
        let reply = ask(&stack, &json!({"model": "team", "input": "hello", "stream": stream})).await;
        assert_eq!(reply.status, 200);
    })
    .await;
    assert!(stack.events(2).await.iter().all(|it| it.code == "ok" && it.warnings == ["dropped:store"]));
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_delivered_and_not_kept() {
    let stack = Stack::sandboxed(|it| storing(it.model_of("responses", "demo:size=17000000"))).await;
    let reply = ask(&stack, &json!({"model": "team", "input": "hello"})).await;
    assert_eq!((reply.status.as_u16(), reply.header("x-router-warnings")), (200, "dropped:store"));
    assert!(stack.control.stored.all().is_empty());
}

#[tokio::test]
async fn what_cannot_be_kept_is_refused_by_name() {
    let stack = stack("responses").await;
    for (field, value) in [("background", json!(true)), ("conversation", json!("conv_1"))] {
        let reply = ask(&stack, &json!({"model": "team", "input": "x", field: value})).await;
        assert_eq!((reply.status.as_u16(), reply.code()), (400, "unsupported-parameter"));
        assert_eq!(reply.json()["error"]["param"], field);
    }
    let first = kept(&stack, &json!({"model": "team", "input": "hello", "background": false})).await;
    let streamed = stack.get(&get(&first["id"], "?stream=true")).await;
    assert_eq!((streamed.status.as_u16(), streamed.code()), (400, "unsupported-parameter"));
    for query in ["?limit=0", "?limit=101", "?limit=x", "?order=up", "?after=nobody"] {
        let reply = stack.get(&get(&first["id"], &format!("/input_items{query}"))).await;
        assert_eq!((reply.status.as_u16(), reply.code()), (400, "invalid-request"), "{query}");
    }
}

#[tokio::test]
async fn input_items_come_in_pages() {
    let stack = stack("responses").await;
    let input: Vec<_> = (0..25).map(|number| json!({"role": "user", "content": format!("{number}")})).collect();
    let first = kept(&stack, &json!({"model": "team", "input": input})).await;
    let page = stack.get(&get(&first["id"], "/input_items")).await.json();
    assert_eq!((page["data"].as_array().unwrap().len(), &page["has_more"]), (20, &json!(true)));
    assert_eq!(page["data"][0]["content"], json!([{"type": "input_text", "text": "24"}]));
    let rest = format!("/input_items?after={}", page["last_id"].as_str().unwrap());
    let page = stack.get(&get(&first["id"], &rest)).await.json();
    assert_eq!((page["data"].as_array().unwrap().len(), &page["has_more"]), (5, &json!(false)));
    let page = stack.get(&get(&first["id"], "/input_items?order=asc&limit=1")).await.json();
    assert_eq!(page["data"][0]["content"][0]["text"], "0");
    assert_eq!((&page["object"], &page["first_id"]), (&json!("list"), &page["last_id"]));
}

#[tokio::test]
async fn items_are_referred_to_by_their_ids_alone() {
    let stack = stack("responses").await;
    let first = kept(&stack, &json!({"model": "team", "input": "hello"})).await;
    let item = &first["output"][0];
    let reference = json!({"type": "item_reference", "id": item["id"]});
    let question = json!({"role": "user", "content": "x"});
    kept(&stack, &json!({"model": "team", "input": [reference, question]})).await;
    assert_eq!(last_received(&stack).await["input"], json!([item, question]));
    let body = json!({"model": "team", "previous_response_id": first["id"], "input": [reference, question]});
    kept(&stack, &body).await;
    assert_eq!(last_received(&stack).await.to_string().matches(item["id"].as_str().unwrap()).count(), 1);
}

#[tokio::test]
async fn without_a_store_only_a_native_target_continues() {
    let answer = r#"{"id":"resp_2","object":"response","status":"completed","model":"m","output":[{"type":"message","id":"msg_2","role":"assistant","content":[{"type":"output_text","text":"ok"}]}]}"#;
    let upstream = Scripted::answering("200 OK", "content-type: application/json\r\n", answer).await;
    let stack = Stack::start(Catalog::new(upstream.address).model_of("responses", "m")).await;
    let body = r#"{"model":"team",  "previous_response_id":"resp_1","input":"x"}"#;
    assert_eq!(stack.post(RESPONSES, body).await.status, 200);
    assert!(upstream.requests()[0].ends_with(&body.replace("team", "m")), "{:?}", upstream.requests());
    let background = stack.post(RESPONSES, r#"{"model":"team","input":"x","background":true}"#).await;
    assert_eq!(background.code(), "unsupported-parameter");
    assert_eq!(stack.get("/v1/responses/resp_1").await.code(), "response-store-disabled");
    let stack = Stack::sandboxed(|it| it.model_of("chat", "demo")).await;
    let refused = stack.post(RESPONSES, body).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (400, "no-eligible-target"));
    assert!(refused.text().contains("previous_response_id"), "{}", refused.text());
}

#[tokio::test]
async fn failed_answers_are_not_kept() {
    let failed = r#"{"id":"resp_1","object":"response","status":"failed","model":"m","output":[],"error":null}"#;
    let upstream = Scripted::answering("200 OK", "content-type: application/json\r\n", failed).await;
    let stack = Stack::start(storing(Catalog::new(upstream.address).model_of("responses", "m"))).await;
    ask(&stack, &json!({"model": "team", "input": "x"})).await;
    assert!(stack.control.stored.all().is_empty());
}
