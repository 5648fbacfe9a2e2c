//! Ids of what providers keep: whoever was given one may use it, on any router, and nobody else.

use proto::Word as _;
use proto::v1::{Credential, credential::Source};
use serde_json::{Value, json};
use vocabulary::{Modality, ProviderKind};

use crate::support::{CHAT, Catalog, MESSAGES, RESPONSES, Reply, Scripted, Stack, Step, chat, messages, responses};

const ANSWER: &str = r#"{"id":"resp_68af","object":"response","status":"completed","model":"m","output":[{"type":"message","id":"msg_1","role":"assistant","status":"completed","content":[{"type":"output_text","text":"hi","annotations":[]}]}],"usage":{"input_tokens":1,"output_tokens":1,"total_tokens":2}}"#;

fn catalog(upstream: &Scripted) -> Catalog {
    Catalog::new(upstream.address).model("m").with(|it| it.settings.owner_key = b"k".repeat(44))
}

async fn upstream() -> Scripted {
    Scripted::answering("200 OK", "content-type: application/json\r\nconnection: close\r\n", ANSWER).await
}

fn id(reply: &Reply) -> String {
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()["id"].as_str().unwrap().to_owned()
}

fn continuing(id: &str) -> String {
    responses(&format!(r#","previous_response_id":"{id}""#))
}

#[tokio::test]
async fn the_owner_continues_on_any_router_and_nobody_else() {
    let upstream = upstream().await;
    let first = Stack::start(catalog(&upstream)).await;
    let given = id(&first.post(RESPONSES, responses("")).await);
    assert!(given.starts_with("resp_sr2_") && given.ends_with("_68af"), "{given}");

    let second = Stack::start(catalog(&upstream)).await;
    id(&second.post(RESPONSES, continuing(&given)).await);
    let sent = upstream.requests();
    assert!(sent[1].contains(r#""previous_response_id":"resp_68af""#), "{}", sent[1]);

    let theirs = catalog(&upstream).with(|it| it.caller.project = "ads".to_owned());
    second.configure(2, theirs).await;
    for id in [&given, "resp_68af", &given.replace("68af", "68b0"), &given.replace("sr2_", "sr1_")] {
        let reply = second.post(RESPONSES, continuing(id)).await;
        assert_eq!((reply.status.as_u16(), reply.code()), (404, "response-not-found"), "{id}");
        let error = &reply.json()["error"];
        assert!(error["message"].as_str().unwrap().starts_with("Previous response with id 'resp_"), "{error}");
        assert_eq!(error["param"], "previous_response_id");
        assert_eq!(reply.header("x-should-retry"), "false");
    }
    assert_eq!(upstream.requests().len(), 2, "nothing is sent of what is refused");
}

#[tokio::test]
async fn a_stream_says_the_same_id_in_every_event() {
    let event = |kind: &str| {
        let response = &ANSWER[1..];
        Step::Send(format!("event: {kind}\ndata: {{\"type\":\"{kind}\",\"response\":{{{response}}}\n\n"))
    };
    let upstream = Scripted::streaming(vec![event("response.created"), event("response.completed")]).await;
    let stack = Stack::start(catalog(&upstream)).await;
    let reply = stack.post(RESPONSES, responses(r#","stream":true"#)).await;
    let text = reply.text();
    let ids: Vec<&str> = text.split("\"id\":\"resp_").skip(1).map(|it| it.split('"').next().unwrap()).collect();
    assert_eq!(ids.len(), 2, "{text}");
    assert!(ids[0].starts_with("sr2_") && ids[0] == ids[1], "{text}");
}

#[tokio::test]
async fn what_nothing_tells_to_be_the_callers_is_refused() {
    let upstream = upstream().await;
    let hears = |it: &mut Catalog| it.targets[0].input_modalities.push(Modality::Audio.number());
    let stack = Stack::start(catalog(&upstream).with(hears)).await;
    let input = |item: Value| json!({"model": "team", "input": [item]}).to_string();
    let part = |part: Value| input(json!({"role": "user", "content": [part]}));
    let tool = |tool: Value| json!({"model": "team", "input": "x", "tools": [tool]}).to_string();
    let block = |block: Value| {
        json!({"model": "team", "max_tokens": 9, "messages": [{"role": "user", "content": [block]}]}).to_string()
    };
    let chat_part =
        |part: Value| json!({"model": "team", "messages": [{"role": "user", "content": [part]}]}).to_string();
    let refused = [
        (RESPONSES, responses(r#","conversation":"conv_1""#)),
        (RESPONSES, responses(r#","conversation":{"id":"conv_1"}"#)),
        (RESPONSES, responses(r#","prompt":{"id":"pmpt_1"}"#)),
        (RESPONSES, responses(r#","prompt":{"variables":{"f":{"type":"input_file","file_id":"file-1"}}}"#)),
        (RESPONSES, part(json!({"type": "input_file", "file_id": "file-1"}))),
        (RESPONSES, part(json!({"file_id": "file-1", "type": "input_image"}))),
        (
            RESPONSES,
            input(json!({"type": "code_interpreter_call", "id": "ci_1", "container_id": "cntr_1", "code": "1"})),
        ),
        (RESPONSES, tool(json!({"type": "file_search", "vector_store_ids": ["vs_1"]}))),
        (RESPONSES, tool(json!({"type": "code_interpreter", "container": "cntr_1"}))),
        (RESPONSES, tool(json!({"type": "code_interpreter", "container": {"type": "auto", "file_ids": ["file-1"]}}))),
        (RESPONSES, tool(json!({"type": "image_generation", "input_image_mask": {"file_id": "file-1"}}))),
        (CHAT, chat_part(json!({"type": "file", "file": {"file_id": "file-1"}}))),
        (CHAT, json!({"model": "team", "messages": [{"role": "assistant", "audio": {"id": "audio_1"}}]}).to_string()),
        (MESSAGES, block(json!({"type": "document", "source": {"type": "file", "file_id": "file_1"}}))),
        (MESSAGES, block(json!({"type": "container_upload", "file_id": "file_1"}))),
        (MESSAGES, messages(r#","container":"container_1""#)),
        (MESSAGES, messages(r#","container":{"id":"container_1"}"#)),
        (MESSAGES, messages(r#","container":{"skills":[{"type":"custom","skill_id":"skill_1"}]}"#)),
    ];
    for (path, body) in refused {
        let reply = stack.post(path, body.clone()).await;
        assert_eq!((reply.status.as_u16(), reply.code()), (400, "unsupported-parameter"), "{body}: {}", reply.text());
        assert!(reply.text().contains("tenancy: single"), "{}", reply.text());
    }
    for item in [json!({"type": "item_reference", "id": "msg_1"}), json!({"id": "msg_1"})] {
        let reply = stack.post(RESPONSES, input(item)).await;
        assert_eq!((reply.status.as_u16(), reply.code()), (404, "response-not-found"));
        assert!(reply.text().contains("Item with id 'msg_1' not found."), "{}", reply.text());
    }
    let reply = stack.post(MESSAGES, messages(r#","thread":{"type":"create"}"#)).await;
    assert_eq!(reply.json()["error"]["details"]["error_code"], "thread_unsupported_request", "{}", reply.text());
    assert_eq!(upstream.requests().len(), 0);
}

#[tokio::test]
async fn what_names_nothing_that_is_kept_passes() {
    let upstream = upstream().await;
    let stack = Stack::start(catalog(&upstream)).await;
    let bodies = [
        responses(r#","previous_response_id":null,"conversation":null,"prompt":null"#),
        responses(r#","tools":[{"type":"code_interpreter","container":{"type":"auto"}}]"#),
        responses(
            r#","tools":[{"type":"function","name":"f","parameters":{"properties":{"file_id":{"type":"string"}}}}]"#,
        ),
        json!({"model": "team", "input": [
            {"type": "message", "id": "msg_1", "role": "assistant", "content": [{"type": "output_text", "text": "x",
                "annotations": [{"type": "file_citation", "file_id": "file-1"}]}]},
            {"type": "function_call", "id": "fc_1", "call_id": "c", "name": "f", "arguments": "{\"file_id\":1}"},
            {"type": "function_call_output", "call_id": "c", "output": "{\"file_id\":\"x\"}"},
        ]})
        .to_string(),
    ];
    let count = bodies.len();
    for body in bodies {
        id(&stack.post(RESPONSES, body).await);
    }
    assert_eq!(upstream.requests().len(), count);
}

#[tokio::test]
async fn an_account_of_one_tenant_and_answers_that_nobody_keeps_stay_as_they_are() {
    let upstream = upstream().await;
    let stack = Stack::start(catalog(&upstream)).await;
    assert_eq!(id(&stack.post(RESPONSES, responses(r#","store":false"#)).await), "resp_68af");
    stack.configure(2, catalog(&upstream).with(|it| it.openai.single_tenant = true)).await;
    assert_eq!(id(&stack.post(RESPONSES, continuing("resp_of_anybody")).await), "resp_68af");
    // Before control planes gave keys for it.
    stack.configure(3, catalog(&upstream).with(|it| it.settings.owner_key = Vec::new())).await;
    assert_eq!(id(&stack.post(RESPONSES, continuing("resp_of_anybody")).await), "resp_68af");
    assert_eq!(stack.post(CHAT, chat("")).await.status, 502, "the upstream speaks Responses alone");
}

#[tokio::test]
async fn a_router_above_gets_the_id_that_it_gave() {
    let upstream = upstream().await;
    let above = Stack::start(catalog(&upstream)).await;
    let egress = catalog(&upstream).with(|it| {
        it.openai.base_url = format!("http://{}/v1", above.address);
        it.openai.kind = ProviderKind::SmartRouter.number();
        let token = crate::support::token("abcdefghijkl");
        it.openai.credential = Some(Credential { source: Some(Source::Value(token.into_bytes())) });
        it.targets[0].model = "team".to_owned();
    });
    let below = Stack::start(egress).await;
    let given = id(&below.post(RESPONSES, responses("")).await);
    assert_eq!(given.matches("sr2_").count(), 2, "{given}");
    id(&below.post(RESPONSES, continuing(&given)).await);
    assert!(upstream.requests()[1].contains(r#""previous_response_id":"resp_68af""#));
}
