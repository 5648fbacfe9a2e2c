//! The sandbox over HTTP when nothing fails.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use crate::client::{ENDPOINTS, Sandbox, hello, receive};
use http::Method;
use http_body_util::BodyExt;
use sandbox::{Error, Options};
use serde_json::{Value, json};

#[tokio::test]
async fn every_endpoint_answers_whole_and_streamed_with_the_providers_headers() {
    let sandbox = Sandbox::start().await;
    for path in ENDPOINTS {
        let whole = sandbox.post(path, &hello(path, "sandbox", false)).await;
        assert_eq!(whole.status, 200, "{}", whole.text());
        assert!(whole.text().contains("Hello from the sandbox"));
        assert_eq!(whole.header("content-length").unwrap(), whole.body.len().to_string());
        assert!(whole.header("set-cookie").is_some());
        let (account, id) = match path {
            "/v1/messages" => ("anthropic-organization-id", "request-id"),
            _ => ("openai-organization", "x-request-id"),
        };
        assert!(whole.header(account).is_some() && whole.header(id).is_some());

        let stream = sandbox.post(path, &hello(path, "sandbox", true)).await;
        assert_eq!(stream.header("content-type").unwrap(), "text/event-stream; charset=utf-8");
        assert!(stream.text().ends_with("\n\n"));
        let done = stream.text().ends_with("data: [DONE]\n\n");
        assert_eq!(done, path != "/v1/messages");
    }
}

#[tokio::test]
async fn equal_requests_differ_in_ids_alone() {
    let sandbox = Sandbox::start().await;
    let mut ids = HashSet::new();
    for path in ENDPOINTS {
        let mut answers = vec![];
        for _ in 0..2 {
            let answer = sandbox.post(path, &hello(path, "sandbox", false)).await.json();
            let id = answer["id"].as_str().unwrap().to_owned();
            let unique = id.rsplit(['_', '-']).next().unwrap();
            answers.push(answer.to_string().replace(unique, "ID"));
            assert!(ids.insert(id.clone()), "{id}");
        }
        assert_eq!(answers[0], answers[1]);
    }
}

#[tokio::test]
async fn items_of_kept_answers_can_be_referred_to_where_they_were_given() {
    let sandbox = Sandbox::start().await;
    let tool = json!({"type": "function", "name": "f", "parameters": {"type": "object"}});
    let ask = |realm: &str, store: bool, input: Value| json!({"model": format!("sandbox:realm={realm}"), "store": store, "tools": [tool], "reasoning": {"effort": "low"}, "input": input});
    for store in [true, false] {
        let answer = sandbox.post("/v1/responses", &ask("a", store, json!("hi"))).await.json();
        let mut input = vec![json!({"role": "user", "content": "hi"})];
        for item in answer["output"].as_array().unwrap() {
            input.push(json!({"type": "item_reference", "id": item["id"]}));
        }
        let call_id = &answer["output"][1]["call_id"];
        input.push(json!({"type": "function_call_output", "call_id": call_id, "output": "x"}));
        for (realm, found) in [("a", store), ("b", false)] {
            let reply = sandbox.post("/v1/responses", &ask(realm, true, json!(input))).await;
            assert_eq!(reply.status, if found { 200 } else { 404 }, "{}", reply.text());
            assert!(found || reply.text().contains("Item with id 'rs_"), "{}", reply.text());
        }
        // What was thought is found by its id, too.
        input[1] = answer["output"][0].clone();
        let reply = sandbox.post("/v1/responses", &ask("a", true, json!(input))).await;
        assert_eq!(reply.status, if store { 200 } else { 404 }, "{}", reply.text());
    }
}

#[tokio::test]
async fn models_are_listed_in_both_shapes_and_counted_tokens_agree() {
    let sandbox = Sandbox::start().await;
    let openai = sandbox.get("/v1/models").await.json();
    assert_eq!((&openai["object"], &openai["data"][0]["object"]), (&json!("list"), &json!("model")));
    let version = [("anthropic-version", "2023-06-01")];
    let listed = sandbox.send(Method::GET, "/v1/models?limit=1000", &version, "").await.unwrap();
    let anthropic = receive(listed).await.json();
    assert_eq!(anthropic["data"][0]["type"], "model");
    assert_eq!(anthropic["last_id"], anthropic["data"].as_array().unwrap().last().unwrap()["id"]);
    assert_eq!(sandbox.get("/v1/models/sandbox-fast").await.json()["id"], "sandbox-fast");
    assert_eq!(sandbox.get("/v1/models/nope").await.json()["error"]["code"], "model_not_found");

    let counted =
        sandbox.post("/v1/messages/count_tokens", &hello("/v1/messages/count_tokens", "sandbox", false)).await.json();
    let message = sandbox.post("/v1/messages", &hello("/v1/messages", "sandbox", false)).await.json();
    assert_eq!(counted["input_tokens"], message["usage"]["input_tokens"]);
    assert_eq!(sandbox.get("/livez").await.text(), "ok");
}

#[tokio::test]
async fn waits_are_kept_and_events_arrive_one_by_one() {
    let sandbox = Sandbox::start().await;
    let began = Instant::now();
    let body = hello(ENDPOINTS[0], "sandbox:latency=60,first_byte=60,chunk_delay=20,chunks=4", true).to_string();
    let response = sandbox.send(Method::POST, "/v1/chat/completions", &[], body).await.unwrap();
    assert!(began.elapsed() >= Duration::from_millis(60));
    let mut incoming = response.into_body();
    let mut writes = 0;
    while let Some(frame) = incoming.frame().await {
        if writes == 0 {
            assert!(began.elapsed() >= Duration::from_millis(120));
        }
        let content = String::from_utf8(frame.unwrap().into_data().unwrap().to_vec()).unwrap();
        assert!(content.matches("\"content\":\"").count() <= 2, "{content}");
        writes += 1;
    }
    assert!(writes >= 4 && began.elapsed() >= Duration::from_millis(180), "{writes} writes");
}

#[tokio::test]
async fn the_journal_holds_requests_byte_for_byte_and_is_bounded() {
    use base64::{Engine, engine::general_purpose::STANDARD};

    let sandbox = Sandbox::start().await;
    let body = "{\"model\":\"m\",  \"messages\":[],\n\"x\":\"é\"}";
    let headers = [("x-mark", "1"), ("authorization", "Bearer caller")];
    sandbox.send(Method::POST, "/v1/chat/completions?a=b", &headers, body).await.unwrap();
    let journal = sandbox.get("/sandbox/requests").await.json();
    let entry = &journal[0];
    assert_eq!((&entry["sequence"], &entry["method"]), (&json!(1), &json!("POST")));
    assert_eq!((&entry["path"], &entry["query"]), (&json!("/v1/chat/completions"), &json!("a=b")));
    assert_eq!(STANDARD.decode(entry["body"].as_str().unwrap()).unwrap(), body.as_bytes());
    assert!(entry["headers"].as_array().unwrap().contains(&json!(["x-mark", "1"])));

    for _ in 0..12 {
        sandbox.get("/v1/unknown").await;
    }
    let journal = sandbox.get("/sandbox/requests").await.json();
    assert_eq!(journal.as_array().unwrap().len(), 10);
    assert_eq!(journal[9]["sequence"], 13);
    assert_eq!(sandbox.get("/sandbox/count").await.json()["requests"], 13);
    sandbox.send(Method::DELETE, "/sandbox/requests", &[], "").await.unwrap();
    assert_eq!(sandbox.get("/sandbox/requests").await.json(), json!([]));
    assert_eq!(sandbox.get("/sandbox/count").await.json()["requests"], 0);
}

#[tokio::test]
async fn a_client_that_goes_away_is_counted() {
    let sandbox = Sandbox::start().await;
    for model in ["sandbox:fail=hang", "sandbox:chunk_delay=60000"] {
        let body = hello(ENDPOINTS[2], model, true).to_string();
        let response = sandbox.send(Method::POST, "/v1/messages", &[], body);
        let _ = tokio::time::timeout(Duration::from_millis(100), response).await;
    }
    let mut count = Value::Null;
    for _ in 0..100 {
        count = sandbox.get("/sandbox/count").await.json();
        if count["abandoned"] == 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(count, json!({"requests": 2, "open": 0, "abandoned": 2}));
}

#[tokio::test]
async fn without_a_journal_its_paths_do_not_exist() {
    let sandbox = Sandbox::with_journal(0).await;
    assert_eq!(sandbox.get("/sandbox/requests").await.status, 404);
    assert_eq!(sandbox.get("/sandbox/count").await.status, 404);
}

#[tokio::test]
async fn a_taken_address_is_named_and_a_stopped_sandbox_frees_it() {
    let sandbox = Sandbox::start().await;
    let options = Options { listen: sandbox.running.address, journal: 0 };
    let error = sandbox::start(options).await.unwrap_err();
    assert!(matches!(error, Error::Running { address } if address == options.listen), "{error}");
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = Options { listen: other.local_addr().unwrap(), journal: 0 };
    let error = sandbox::start(taken).await.unwrap_err();
    assert!(matches!(error, Error::Bind { address, .. } if address == taken.listen), "{error}");
    sandbox.running.stop().await;
    sandbox::start(options).await.unwrap().stop().await;
}

#[tokio::test]
async fn stopping_does_not_wait_for_a_hanging_answer() {
    let sandbox = Sandbox::start().await;
    let body = hello(ENDPOINTS[2], "sandbox:fail=hang", false).to_string();
    let hanging = sandbox.send(Method::POST, "/v1/messages", &[], body);
    let _ = tokio::time::timeout(Duration::from_millis(50), hanging).await;
    sandbox.running.stop().await;
}

#[tokio::test]
async fn the_journal_tells_what_was_answered() {
    let sandbox = Sandbox::start().await;
    let answers = [("sandbox", 200, true), ("sandbox:fail=503", 503, false)];
    for path in ENDPOINTS {
        for (model, status, counted) in answers {
            let answer = sandbox.post(path, &hello(path, model, true)).await;
            assert_eq!(answer.status, status);
            let journal = sandbox.get("/sandbox/requests").await.json();
            let entry = journal.as_array().unwrap().last().unwrap();
            assert_eq!((&entry["status"], entry["usage"].is_object()), (&json!(status), counted), "{path} {model}");
        }
        sandbox.send(Method::DELETE, "/sandbox/requests", &[], "").await.unwrap();
        let whole = sandbox.post(path, &hello(path, "sandbox", false)).await.json();
        let usage = &sandbox.get("/sandbox/requests").await.json()[0]["usage"];
        let output = if path == ENDPOINTS[0] { "completion_tokens" } else { "output_tokens" };
        assert_eq!(usage["output"], whole["usage"][output], "{path}");
    }
}

#[tokio::test]
async fn counting_and_compacting_are_there_unless_told_otherwise() {
    let sandbox = Sandbox::start().await;
    for (path, field) in [
        ("/v1/messages/count_tokens", "input_tokens"),
        ("/v1/responses/input_tokens", "input_tokens"),
        ("/v1/responses/compact", "output"),
    ] {
        let of_family = if path.starts_with("/v1/messages") { "/v1/messages" } else { "/v1/responses" };
        let mut body = hello(of_family, "sandbox", false);
        body.as_object_mut().unwrap().remove("stream");
        let answer = sandbox.post(path, &body).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert!(answer.json().get(field).is_some(), "{}", answer.text());
        body["model"] = json!("sandbox:extras=0");
        assert_eq!(sandbox.post(path, &body).await.status, 404, "{path}");
        assert_eq!(sandbox.post(of_family, &hello(of_family, "sandbox:extras=0", false)).await.status, 200);
    }
}
