//! Conversations that routers keep: continued on another router, in PostgreSQL and in Valkey, sealed, and gone in time.

use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::cluster::{ControlPlane, Router, Sandbox};
use crate::support::secrets::{self, PROVIDER_KEY};
use crate::support::{client, configuration, database, eventually, free_address};

const PHRASE: &str = "a phrase that nobody may read at rest";
const WITH_STORE: &str = "settings:\n  responses_store: {enabled: true, ttl: 1h}\n";

struct Planes {
    sandbox: Sandbox,
    control_plane: ControlPlane,
    routers: [Router; 2],
    /// Two callers of one project, and one of another.
    ana: String,
    ben: String,
    stranger: String,
    _directory: TempDir,
}

impl Planes {
    async fn start(shared_state: &str) -> Self {
        let directory = TempDir::new().unwrap();
        let sandbox = Sandbox::start().await;
        let control_plane =
            ControlPlane::start(directory.path().join("control-plane"), database::fresh_postgres()).await;
        control_plane.apply(&document(&sandbox, shared_state));
        let [ana, ben, stranger] = ["tester", "ben", "stranger"].map(|caller| control_plane.token(caller));
        let first = Router::join(directory.path().join("router-1"), &control_plane).await;
        let second = Router::join(directory.path().join("router-2"), &control_plane).await;
        let routers = [first, second];
        for router in &routers {
            for token in [&ana, &ben, &stranger] {
                eventually("the token works", || async { router.chat(token, "chat").await.0 == 200 }).await;
            }
        }
        Self { sandbox, control_plane, routers, ana, ben, stranger, _directory: directory }
    }

    /// What the upstream was sent last.
    async fn last_received(&self) -> String {
        use base64::Engine as _;
        let requests = self.sandbox.requests().await;
        let body = requests.last().unwrap()["body"].as_str().unwrap();
        String::from_utf8(base64::engine::general_purpose::STANDARD.decode(body).unwrap()).unwrap()
    }
}

/// A group whose target speaks Responses itself, and one that is told everything in Chat.
fn document(sandbox: &Sandbox, shared_state: &str) -> String {
    let text = configuration::with_behaviours(sandbox.address, &[("native", "sandbox-native")], &[]);
    let caller = |id: &str, project: &str| {
        format!(
            "  - {{id: {id}, user: {id}, project: {project}, environment: test, allow: [native, chat], scopes: [inference]}}\n"
        )
    };
    let chat = format!(
        "  chat-only:\n    base_url: http://{}/v1\n    dialects: [openai-chat]\n    network: private\n    \
         credential: {{env: PLANTED_PROVIDER_API_KEY}}\n    models:\n      chat: {{model: sandbox-chat, state: active}}\n",
        sandbox.address
    );
    let text = text.replace(
        "groups:\n",
        &format!("{chat}groups:\n  chat: {{policy: {{kind: static}}, targets: [{{model: chat-only/chat}}]}}\n"),
    );
    let text = text.replace("allow: [native]", "allow: [native, chat]");
    let text =
        text.replace("  search: {owner: platform}\n", "  search: {owner: platform}\n  other: {owner: platform}\n");
    text.replace("version: 1\n", &format!("version: 1\n{WITH_STORE}{shared_state}"))
        + &caller("ben", "search")
        + &caller("stranger", "other")
}

async fn ask(router: &Router, token: &str, body: &Value) -> (u16, Value) {
    let request = client().post(router.url("/v1/responses")).bearer_auth(token).json(body);
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    if body["stream"] != json!(true) || status != 200 {
        return (status, serde_json::from_str(&text).unwrap());
    }
    let events = text.lines().filter_map(|line| line.strip_prefix("data: ")).filter(|it| *it != "[DONE]");
    let last =
        events.map(|it| serde_json::from_str::<Value>(it).unwrap()).find(|it| it["type"] == "response.completed");
    (status, last.unwrap_or_else(|| panic!("the stream is complete: {text}"))["response"].clone())
}

async fn retrieve(router: &Router, token: &str, id: &Value, rest: &str) -> (u16, Value) {
    let url = router.url(&format!("/v1/responses/{}{rest}", id.as_str().unwrap()));
    let response = client().get(url).bearer_auth(token).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

/// A question, a tool's turn and another question, each on the other router than the turn before.
async fn converse(planes: &Planes, group: &str, stream: bool) -> Value {
    let [one, other] = &planes.routers;
    let parameters = json!({"type": "object", "properties": {"at": {"type": "string"}}, "required": ["at"]});
    let tools = json!([{"type": "function", "name": "look", "parameters": parameters}]);
    let first = json!({"model": group, "input": PHRASE, "tools": tools, "tool_choice": "required", "stream": stream});
    let (status, first) = ask(one, &planes.ana, &first).await;
    assert_eq!(status, 200, "{first}");
    let calls = first["output"].as_array().unwrap().iter().filter(|it| it["type"] == "function_call");
    let results: Vec<_> = calls
        .map(|it| json!({"type": "function_call_output", "call_id": it["call_id"], "output": "the tool's result"}))
        .collect();
    assert_eq!(results.len(), 1, "{first}");
    let second = json!({"model": group, "previous_response_id": first["id"], "input": results, "tools": tools, "stream": stream});
    let (status, second) = ask(other, &planes.ben, &second).await;
    assert_eq!(status, 200, "{second}");
    let received = planes.last_received().await;
    assert!(received.contains(PHRASE) && received.contains("the tool's result"), "{received}");
    let third = json!({"model": group, "previous_response_id": second["id"], "input": "and then?", "stream": stream});
    let (status, third) = ask(one, &planes.ana, &third).await;
    assert_eq!(status, 200, "{third}");
    let received = planes.last_received().await;
    for part in [PHRASE, "look", "the tool's result", "and then?"] {
        assert!(received.contains(part), "{part} is missing in {received}");
    }
    assert!(!received.contains("previous_response_id"), "{received}");
    assert_eq!(retrieve(other, &planes.ana, &third["id"], "").await, (200, third.clone()));
    third
}

/// What does not depend on where the responses are kept.
async fn share_and_forget(planes: &Planes) {
    let [one, other] = &planes.routers;
    for (group, stream) in [("native", false), ("native", true), ("chat", false), ("chat", true)] {
        let last = converse(planes, group, stream).await;
        let (status, page) = retrieve(other, &planes.ben, &last["id"], "/input_items?order=asc&limit=2").await;
        assert_eq!((status, &page["has_more"]), (200, &json!(true)));
        assert_eq!(page["data"][0]["content"][0]["text"], PHRASE);
        let after = page["last_id"].as_str().unwrap();
        let (_, rest) = retrieve(one, &planes.ana, &last["id"], &format!("/input_items?order=asc&after={after}")).await;
        assert_eq!(rest["has_more"], json!(false));
        assert_eq!(rest["data"].as_array().unwrap().last().unwrap()["content"][0]["text"], "and then?");

        let (status, refused) = retrieve(one, &planes.stranger, &last["id"], "").await;
        assert_eq!((status, &refused["error"]["code"]), (404, &json!("response-not-found")));
        let body = json!({"model": group, "previous_response_id": last["id"], "input": "x"});
        assert_eq!(ask(one, &planes.stranger, &body).await.0, 404);
        let url = one.url(&format!("/v1/responses/{}", last["id"].as_str().unwrap()));
        let deleted = client().delete(url).bearer_auth(&planes.ana).send().await.unwrap();
        assert_eq!(deleted.json::<Value>().await.unwrap()["deleted"], true);
        assert_eq!(ask(other, &planes.ben, &body).await.0, 404, "deleted");
    }
    let unknown = json!({"model": "native", "previous_response_id": "resp_unknown", "input": "x"});
    let (status, refused) = ask(one, &planes.ana, &unknown).await;
    assert_eq!((status, &refused["error"]["param"]), (404, &json!("previous_response_id")));
}

#[tokio::test]
async fn a_conversation_goes_on_at_the_other_router() {
    let planes = Planes::start("").await;
    let database = &planes.control_plane.database;
    share_and_forget(&planes).await;

    let kept = database::query(database, "select count(*) from stored_responses");
    assert!(kept.trim().parse::<u64>().unwrap() > 0);
    let dump = Command::new("pg_dump").args(["--inserts", database]).output().unwrap();
    assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
    let dump = String::from_utf8(dump.stdout).unwrap();
    assert!(dump.contains("INSERT INTO public.stored_responses"));
    let hexadecimal = PHRASE.bytes().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    assert!(!dump.contains(PHRASE) && !dump.contains(&hexadecimal), "the database holds what was said");

    let [one, other] = &planes.routers;
    let (_, last) = ask(one, &planes.ana, &json!({"model": "native", "input": "x"})).await;
    let left = "select max(expires_ms) - cast(extract(epoch from now()) * 1000 as bigint) from stored_responses";
    let left: i64 = database::query(database, left).trim().parse().unwrap();
    assert!((3_500_000..=3_600_000).contains(&left), "{left}");
    database::query(database, "update stored_responses set expires_ms = 1");
    let body = json!({"model": "native", "previous_response_id": last["id"], "input": "x"});
    assert_eq!(ask(other, &planes.ana, &body).await.0, 404, "expired");
    assert_eq!(retrieve(one, &planes.ana, &last["id"], "").await.0, 404);
}

#[tokio::test]
async fn a_control_plane_that_is_away_costs_the_stored_answer_and_nothing_else() {
    let mut planes = Planes::start("").await;
    let (_, first) = ask(&planes.routers[0], &planes.ana, &json!({"model": "native", "input": "x"})).await;
    planes.control_plane.kill();
    let continued = json!({"model": "native", "previous_response_id": first["id"], "input": "x"});
    for router in &planes.routers {
        let request = client().post(router.url("/v1/responses")).bearer_auth(&planes.ana);
        let response = request.json(&json!({"model": "native", "input": "x"})).send().await.unwrap();
        assert_eq!(
            (response.status().as_u16(), &response.headers()["x-router-warnings"]),
            (200, &"dropped:store".parse().unwrap())
        );
        assert_eq!(ask(router, &planes.ana, &continued).await.0, 503);
    }
    planes.control_plane.restart().await;
    for router in &planes.routers {
        eventually("the conversation goes on", || async { ask(router, &planes.ana, &continued).await.0 == 200 }).await;
    }
}

/// A server of the test's own, with a password, because it is going to be killed.
struct Valkey {
    port: u16,
    process: Child,
}

impl Valkey {
    async fn start(port: u16) -> Self {
        let program = if found("valkey-server") { "valkey-server" } else { "redis-server" };
        let mut command = Command::new(program);
        command.args(["--bind", "127.0.0.1", "--port", &port.to_string(), "--save", "", "--appendonly", "no"]);
        command.args(["--requirepass", PROVIDER_KEY]).stdout(Stdio::null()).current_dir(std::env::temp_dir());
        let process =
            command.spawn().unwrap_or_else(|error| panic!("{program}: {error}; `cargo xtask test` installs it"));
        eventually("the server takes connections", || async {
            tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok()
        })
        .await;
        Self { port, process }
    }

    fn kill(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

impl Drop for Valkey {
    fn drop(&mut self) {
        self.kill();
    }
}

fn found(program: &str) -> bool {
    Command::new(program).arg("--version").stdout(Stdio::null()).status().is_ok_and(|it| it.success())
}

#[tokio::test]
async fn a_conversation_goes_on_with_valkey_without_the_control_plane() {
    let mut valkey = Valkey::start(free_address().port()).await;
    // The address of a server is known to whoever reads the configuration; its password is not.
    let url = format!("redis://:${{PLANTED_PROVIDER_API_KEY}}@127.0.0.1:{}/0", valkey.port);
    let mut planes = Planes::start(&format!("  shared_state: {{kind: valkey, url: \"{url}\"}}\n")).await;
    assert!(planes.control_plane.admin(&["config", "export"]).contains("${PLANTED_PROVIDER_API_KEY}"));
    planes.control_plane.kill();
    share_and_forget(&planes).await;

    let [one, other] = &planes.routers;
    let (_, first) = ask(one, &planes.ana, &json!({"model": "native", "input": PHRASE})).await;
    valkey.kill();
    let body = json!({"model": "native", "previous_response_id": first["id"], "input": "x"});
    assert_eq!(ask(other, &planes.ana, &body).await.0, 503);
    assert_eq!(ask(one, &planes.ana, &json!({"model": "native", "input": "x"})).await.0, 200);
    let _again = Valkey::start(valkey.port).await;
    for router in &planes.routers {
        let lost = async || ask(router, &planes.ana, &body).await.0;
        eventually("the connection is made again", || async { lost().await == 404 }).await;
        assert_eq!(converse_once(router, &planes.ana).await, 200);
    }
    for router in &planes.routers {
        secrets::assert_clean("a router's log", router.process.log().as_bytes());
        secrets::assert_clean_files(&router.directory);
    }
}

async fn converse_once(router: &Router, token: &str) -> u16 {
    let (_, first) = ask(router, token, &json!({"model": "native", "input": "x"})).await;
    ask(router, token, &json!({"model": "native", "previous_response_id": first["id"], "input": "y"})).await.0
}
