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

/// An answer with an item of each kind that clients give back or refer to.
const ITEMS: &str = r#"{"id":"resp_68af","object":"response","status":"completed","model":"m","output":[{"type":"reasoning","id":"rs_1","summary":[]},{"type":"mcp_approval_request","id":"mcpr_1","name":"f","arguments":"{}","server_label":"s"},{"type":"function_call","id":"fc_1","call_id":"call_1","name":"f","arguments":"{}"},{"type":"message","id":"bare","role":"assistant","status":"completed","content":[{"type":"output_text","text":"hi","annotations":[]}]}],"usage":{"input_tokens":1,"output_tokens":1,"total_tokens":2}}"#;

/// The ids of an answer's items.
fn item_ids(answer: &Value) -> Vec<String> {
    answer["output"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap().to_owned()).collect()
}

fn with_input(items: &[Value]) -> String {
    json!({"model": "team", "input": items}).to_string()
}

/// What was sent last, its body.
fn sent(upstream: &Scripted) -> Value {
    let requests = upstream.requests();
    serde_json::from_str(requests.last().unwrap().split_once("\r\n\r\n").unwrap().1).unwrap()
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
async fn a_stream_names_an_item_the_same_in_every_event() {
    let event = |kind: &str, more: &str| Step::Send(format!("data: {{\"type\":\"{kind}\",{more}}}\n\n"));
    let item = r#""output_index":0,"item":{"id":"msg_1","type":"message","role":"assistant","content":[]}"#;
    let delta = r#""item_id":"msg_1","output_index":0,"content_index":0,"delta":"item_id msg_1""#;
    let upstream = Scripted::streaming(vec![
        event("response.output_item.added", item),
        event("response.output_text.delta", delta),
        event("response.output_text.delta", delta),
        event("response.output_item.done", &item.replace("[]", r#"[{"type":"output_text","text":"hi"}]"#)),
        event("response.completed", &format!(r#""response":{ANSWER}"#)),
    ])
    .await;
    let stack = Stack::start(catalog(&upstream)).await;
    let text = stack.post(RESPONSES, responses(r#","stream":true"#)).await.text();
    let whole = Scripted::answering("200 OK", "content-type: application/json\r\n", ANSWER).await;
    stack.configure(2, catalog(&whole)).await;
    let id = &item_ids(&stack.post(RESPONSES, responses("")).await.json())[0];
    assert_eq!(text.matches(&format!("\"id\":\"{id}\"")).count(), 3, "{text}");
    assert_eq!(text.matches(&format!("\"item_id\":\"{id}\"")).count(), 2, "{text}");
    assert_eq!(text.matches("\"delta\":\"item_id msg_1\"").count(), 2, "{text}");
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
async fn items_are_referred_to_by_their_owner_and_nobody_else() {
    let upstream = Scripted::answering("200 OK", "content-type: application/json\r\n", ITEMS).await;
    let first = Stack::start(catalog(&upstream)).await;
    let answer = first.post(RESPONSES, responses("")).await.json();
    let ids = item_ids(&answer);
    let bare = ["rs_1", "mcpr_1", "fc_1", "bare"];
    for (id, bare) in ids.iter().zip(bare) {
        let (prefix, rest) = bare.split_at(bare.find('_').map_or(0, |at| at + 1));
        assert!(id.starts_with(&format!("{prefix}sr2_")) && id.ends_with(&format!("_{rest}")), "{id}");
    }

    let second = Stack::start(catalog(&upstream)).await;
    let references: Vec<_> = ids.iter().map(|id| json!({"type": "item_reference", "id": id})).collect();
    id(&second.post(RESPONSES, with_input(&references)).await);
    assert_eq!(item_ids(&json!({"output": sent(&upstream)["input"]})), bare);
    // Whole, and in the other forms that clients know.
    let mut whole = answer["output"].as_array().unwrap().clone();
    whole.push(json!({"type": "mcp_approval_response", "approval_request_id": ids[1], "approve": true}));
    let reply = second.post(RESPONSES, with_input(&whole)).await;
    assert_eq!((id(&reply).is_empty(), reply.header("x-router-warnings")), (false, ""));
    let input = sent(&upstream)["input"].clone();
    assert_eq!(item_ids(&json!({"output": input.as_array().unwrap()[..4]})), bare);
    assert_eq!(input[4]["approval_request_id"], "mcpr_1");

    let theirs = catalog(&upstream).with(|it| it.caller.project = "ads".to_owned());
    second.configure(2, theirs).await;
    let before = upstream.requests().len();
    let others = [
        json!({"id": ids[3]}),
        json!({"id": ids[3], "status": "completed"}),
        json!({"type": "item_reference", "id": "fc_1"}),
    ];
    let image = json!({"type": "image_generation_call", "id": "ig_1", "status": "completed", "result": null});
    let mixed = json!({"type": "item_reference", "id": ids[0].replace("sr2_", "sr1_")});
    for item in references.iter().chain(&others).chain([&image, &mixed]) {
        let reply = second.post(RESPONSES, with_input(std::slice::from_ref(item))).await;
        assert_eq!((reply.status.as_u16(), reply.code()), (404, "response-not-found"), "{item}: {}", reply.text());
    }
    assert_eq!(upstream.requests().len(), before, "nothing is sent of what is refused");
    // What was thought is looked up by its id: it is left out, and the rest is the caller's own words.
    let reply = second.post(RESPONSES, with_input(&whole)).await;
    assert_eq!((id(&reply).is_empty(), reply.header("x-router-warnings")), (false, "dropped:input[0]"));
    let input = sent(&upstream)["input"].clone();
    assert_eq!((input[0]["type"].clone(), input[0]["id"].clone()), (json!("mcp_approval_request"), json!("mcpr_1")));
}

#[tokio::test]
async fn reasoning_without_content_is_looked_up_for_its_owner_alone() {
    let upstream = upstream().await;
    let stack = Stack::start(catalog(&upstream)).await;
    let user = json!({"role": "user", "content": "hi"});
    let reasoning = |more: Value| {
        let mut item = json!({"type": "reasoning", "id": "rs_9", "summary": []});
        item.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        item
    };
    let words = json!([{"type": "reasoning_text", "text": "hm"}]);
    for (item, goes) in [
        (reasoning(json!({})), false),
        (reasoning(json!({"summary": [{"type": "summary_text", "text": "hm"}]})), false),
        (reasoning(json!({"encrypted_content": null, "status": "completed", "content": []})), false),
        (reasoning(json!({"content": words})), true),
        (reasoning(json!({"encrypted_content": "gAAA"})), true),
    ] {
        let reply = stack.post(RESPONSES, with_input(&[item.clone(), user.clone()])).await;
        let warning = if goes { "" } else { "dropped:input[0]" };
        assert_eq!((id(&reply).is_empty(), reply.header("x-router-warnings")), (false, warning), "{item}");
        assert_eq!(sent(&upstream)["input"][0] == item, goes, "{item}");
    }
    // In an account of one tenant nothing can be another's.
    stack.configure(2, catalog(&upstream).with(|it| it.openai.single_tenant = true)).await;
    id(&stack.post(RESPONSES, with_input(&[reasoning(json!({})), user])).await);
    assert_eq!(sent(&upstream)["input"][0]["id"], "rs_9");
}

#[tokio::test]
async fn references_go_to_the_provider_that_has_the_items() {
    let upstream = upstream().await;
    let two = |first: usize| {
        catalog(&upstream).model_of("responses", "n").with(move |it| it.group.targets.rotate_left(first))
    };
    let stack = Stack::start(two(0)).await;
    let of = |reply: Reply| json!({"type": "item_reference", "id": item_ids(&reply.json())[0]});
    let ours = of(stack.post(RESPONSES, responses("")).await);
    stack.configure(2, two(1)).await;
    let theirs = of(stack.post(RESPONSES, responses("")).await);
    for (item, model) in [(&ours, "m"), (&theirs, "n")] {
        id(&stack.post(RESPONSES, with_input(std::slice::from_ref(item))).await);
        assert_eq!((&sent(&upstream)["model"], &sent(&upstream)["input"][0]["id"]), (&json!(model), &json!("msg_1")));
    }
    let reply = stack.post(RESPONSES, with_input(&[ours, theirs])).await;
    assert_eq!((reply.status.as_u16(), reply.code()), (400, "no-eligible-target"), "{}", reply.text());
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
        (RESPONSES, responses(r#","prompt":"pmpt_1""#)),
        (RESPONSES, responses(r#","instructions":[{"type":"item_reference","id":"msg_1"}]"#)),
        (RESPONSES, responses(r#","instructions":[{"role":"user","content":[{"type":"input_file","file_id":"f"}]}]"#)),
        (RESPONSES, part(json!({"type": "unheard_of", "file_id": "file-1"}))),
        (RESPONSES, part(json!({"file_id": "file-1"}))),
        (RESPONSES, part(json!({"type": "unheard_of", "of": [{"file_ids": ["file-1"]}]}))),
        (RESPONSES, responses(r#","unheard_of":{"deep":[{"f\u0069le_id":"file-1"}]}"#)),
        (RESPONSES, tool(json!({"type": "unheard_of", "of": {"vector_store_id": "vs_1"}}))),
        (CHAT, chat(r#","prediction":{"type":"content","content":[{"type":"file","file":{"file_id":"f"}}]}"#)),
        (CHAT, chat_part(json!({"type": "unheard_of", "unheard_of": {"file_id": "file-1"}}))),
        (
            MESSAGES,
            block(json!({"type": "bash_code_execution_tool_result", "tool_use_id": "t", "content":
                {"type": "bash_code_execution_result", "content": [{"type": "bash_code_execution_output", "file_id": "f"}]}})),
        ),
        (MESSAGES, block(json!({"type": "document", "source": {"type": "unheard_of", "of": {"file_id": "file_1"}}}))),
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
    // Nor is it counted.
    let counted = [
        (responses(r#","previous_response_id":"resp_1""#), 404),
        (part(json!({"type": "input_file", "file_id": "file-1"})), 400),
    ];
    for (body, status) in counted {
        let reply = stack.post("/v1/responses/input_tokens", body).await;
        assert_eq!(reply.status.as_u16(), status, "{}", reply.text());
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
        ], "metadata": {"file_id": "file-1"}, "text": {"format": {"type": "json_schema", "name": "n",
            "schema": {"type": "object", "properties": {"file_id": {"type": "string", "enum": ["a"]}}}}}})
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
    let unkept = stack.post(RESPONSES, responses(r#","store":false"#)).await;
    assert_eq!(unkept.text().replace("team", "m"), ANSWER);
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
    let answer = below.post(RESPONSES, continuing(&given)).await;
    let item = &item_ids(&answer.json())[0];
    assert_eq!(item.matches("sr2_").count(), 2, "{item}");
    id(&below.post(RESPONSES, with_input(&[json!({"type": "item_reference", "id": item})])).await);
    assert_eq!(sent(&upstream)["input"][0]["id"], "msg_1");
    assert!(upstream.requests()[1].contains(r#""previous_response_id":"resp_68af""#));
}
