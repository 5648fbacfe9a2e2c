//! The first target fails in each of the sandbox's ways: fallback where it should be, never after the first byte, and the
//! right error in all three dialects.

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::cluster::{ControlPlane, Router, Sandbox};
use crate::support::database::Server;
use crate::support::{client, configuration, eventually};

/// A way to fail, the class that the attempt gets, and the caller's answer when there is no other target.
struct Case {
    name: &'static str,
    behaviour: &'static str,
    class: &'static str,
    falls_back: bool,
    status: u16,
    code: Option<&'static str>,
}

const fn case(
    name: &'static str,
    behaviour: &'static str,
    class: &'static str,
    falls_back: bool,
    status: u16,
    code: Option<&'static str>,
) -> Case {
    Case { name, behaviour, class, falls_back, status, code }
}

const CASES: &[Case] = &[
    case("rate", "sandbox:fail=429", "rate-limit", true, 503, Some("upstream-rate-limited")),
    case("rate-after", "sandbox:fail=429-retry-after:2", "rate-limit", true, 503, Some("upstream-rate-limited")),
    case("payment", "sandbox:fail=402", "quota", true, 424, Some("upstream-quota-exhausted")),
    case("quota", "sandbox:fail=quota", "quota", true, 424, Some("upstream-quota-exhausted")),
    case("crash", "sandbox:fail=500", "server-error", true, 502, Some("upstream-failed")),
    case("down", "sandbox:fail=503", "server-error", true, 503, Some("upstream-capacity-throttled")),
    case("overloaded", "sandbox:fail=529", "server-error", true, 503, Some("upstream-capacity-throttled")),
    case("page", "sandbox:fail=html-502", "server-error", true, 502, Some("upstream-failed")),
    case("key", "sandbox:fail=401", "access-denied", true, 424, Some("upstream-access-denied")),
    case("forbidden", "sandbox:fail=403", "access-denied", true, 424, Some("upstream-access-denied")),
    case("bad", "sandbox:fail=400", "bad-request", false, 400, None),
    case("hang", "sandbox:fail=hang", "timeout", true, 504, Some("upstream-timeout")),
    case("gone", "sandbox:fail=disconnect-before", "network", true, 502, Some("upstream-failed")),
    case("malformed", "sandbox:fail=malformed", "invalid-response", true, 502, Some("upstream-failed")),
    case("redirect", "sandbox:fail=redirect", "invalid-response", true, 502, Some("upstream-failed")),
];

struct System {
    router: Router,
    token: String,
    server: Server,
    _control_plane: ControlPlane,
    _sandbox: Sandbox,
    _directory: TempDir,
}

async fn system() -> System {
    let directory = TempDir::new().unwrap();
    let sandbox = Sandbox::start().await;
    let server = Server::start().await;
    let control_plane = ControlPlane::start(directory.path().join("control-plane"), server.url()).await;
    let mut behaviours: Vec<(&str, &str)> = CASES.iter().map(|case| (case.name, case.behaviour)).collect();
    behaviours.push(("late-error", "sandbox:chunks=20,fail=stream-error,after=3"));
    behaviours.push(("cut", "sandbox:chunks=20,fail=disconnect,after=3"));
    behaviours.push(("early-error", "sandbox:chunks=20,fail=stream-error,after=start"));
    behaviours.push(("plain-error", "sandbox:chunks=20,fail=stream-error-plain,after=start"));
    let good = ("good", "sandbox-fast");
    let chains: Vec<(String, [&str; 2])> =
        behaviours.iter().map(|(name, _)| (format!("{name}-then-good"), [*name, "good"])).collect();
    let failovers: Vec<(&str, &[&str])> = chains.iter().map(|(name, targets)| (name.as_str(), &targets[..])).collect();
    let all = [&behaviours[..], &[good]].concat();
    let document = configuration::with_behaviours(sandbox.address, &all, &failovers);
    // Nothing but the whole call's bound ends a whole answer that does not come.
    control_plane.apply(&document.replace("total: 20s", "total: 3s"));
    let token = control_plane.token("tester");
    let router = Router::join(directory.path().join("router"), &control_plane).await;
    eventually("the token works", || async { router.chat(&token, "good").await.0 == 200 }).await;
    System { router, token, server, _control_plane: control_plane, _sandbox: sandbox, _directory: directory }
}

const DIALECTS: [(&str, &str); 3] = [
    ("openai-chat", "/v1/chat/completions"),
    ("openai-responses", "/v1/responses"),
    ("anthropic-messages", "/v1/messages"),
];

fn body(dialect: &str, group: &str, stream: bool) -> Value {
    match dialect {
        "openai-responses" => json!({"model": group, "input": "hello", "stream": stream}),
        "anthropic-messages" => {
            json!({"model": group, "max_tokens": 200, "messages": [{"role": "user", "content": "hello"}], "stream": stream})
        }
        _ => json!({"model": group, "messages": [{"role": "user", "content": "hello"}], "stream": stream}),
    }
}

struct Answer {
    status: u16,
    code: Option<String>,
    attempts: String,
    text: String,
}

async fn ask(system: &System, dialect: &str, path: &str, group: &str, stream: bool) -> Answer {
    let request = client().post(system.router.url(path)).bearer_auth(&system.token);
    let request =
        request.header("x-request-id", format!("{dialect}/{group}/{stream}")).json(&body(dialect, group, stream));
    let response = request.send().await.unwrap();
    let header = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    let (status, code, attempts) =
        (response.status().as_u16(), header("x-router-error-code"), header("x-router-attempts"));
    Answer { status, code, attempts: attempts.unwrap_or_default(), text: response.text().await.unwrap() }
}

/// The dialect's own error shape.
fn assert_error_shape(dialect: &str, text: &str) {
    let body: Value = serde_json::from_str(text).unwrap_or_else(|_| panic!("{dialect}: not JSON: {text}"));
    assert!(body["error"]["message"].is_string() && body["error"]["type"].is_string(), "{dialect}: {text}");
    if dialect == "anthropic-messages" {
        assert_eq!(body["type"], "error", "{text}");
    }
}

#[tokio::test]
async fn every_failure_falls_back_or_answers_with_its_code_in_every_dialect() {
    let system = system().await;
    for case in CASES {
        for (dialect, path) in DIALECTS {
            for stream in [false, true] {
                // A stream that turns to garbage has begun well: that is the other test's matter.
                if stream && case.name == "malformed" {
                    continue;
                }
                let what = format!("{} in {dialect}, stream {stream}", case.name);
                let alone = ask(&system, dialect, path, case.name, stream).await;
                assert_eq!((alone.status, alone.code.as_deref()), (case.status, case.code), "{what}: {}", alone.text);
                assert_error_shape(dialect, &alone.text);
                let chain = ask(&system, dialect, path, &format!("{}-then-good", case.name), stream).await;
                let expected = if case.falls_back { 200 } else { case.status };
                assert_eq!(chain.status, expected, "{what}, with a second target: {}", chain.text);
                assert_eq!(chain.attempts, if case.falls_back { "2" } else { "1" }, "{what}");
            }
        }
    }
    assert_attempt_classes(&system).await;
}

/// The classes stand in the table of attempts.
async fn assert_attempt_classes(system: &System) {
    for case in CASES {
        let sql = format!(
            "select distinct class from usage_attempts where target in ('openai/{0}', 'anthropic/{0}') order by class",
            case.name
        );
        eventually(case.name, || async { system.server.query(&sql).trim() == case.class }).await;
    }
    // Both planes are of one build: nothing is cut, and nothing is new.
    let changed = "select count(*) from usage_requests where warnings like '%usage-record-%'";
    assert_eq!(system.server.query(changed).trim(), "0");
}

#[tokio::test]
async fn an_error_inside_a_stream_falls_back_only_while_nothing_was_sent() {
    let system = system().await;
    for (dialect, path) in DIALECTS {
        for early in ["early-error", "plain-error"] {
            let answer = ask(&system, dialect, path, &format!("{early}-then-good"), true).await;
            assert_eq!((answer.status, answer.attempts.as_str()), (200, "2"), "{early} in {dialect}: {}", answer.text);
            assert!(!answer.text.contains("\"error\":{"), "{early} in {dialect}: {}", answer.text);
        }
        for late in ["late-error", "cut"] {
            let answer = ask(&system, dialect, path, &format!("{late}-then-good"), true).await;
            assert_eq!(answer.status, 200, "{late} in {dialect}");
            assert!(answer.text.contains("\"error\":{"), "{late} in {dialect} ends without an error: {}", answer.text);
            assert!(!answer.text.contains("[DONE]"), "{late} in {dialect}: {}", answer.text);
            let sql = format!(
                "select status, code from usage_requests where client_request_id = '{dialect}/{late}-then-good/true'"
            );
            eventually(&format!("{late} in {dialect} is recorded"), || async {
                let row = system.server.query(&sql);
                !row.is_empty() && !row.starts_with("200|ok")
            })
            .await;
        }
    }
}
