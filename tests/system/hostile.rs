//! Malformed and hostile requests: each a clear 4xx in the caller's dialect; nothing reaches an upstream, nothing panics,
//! memory stays flat.

use std::net::SocketAddr;

use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::cluster::{ControlPlane, Router, Sandbox};
use crate::support::{PATIENCE, configuration, eventually};

const CHAT: &str = "/v1/chat/completions";
const RESPONSES: &str = "/v1/responses";
const MESSAGES: &str = "/v1/messages";
const GOOD: &str = r#"{"model":"fast","messages":[{"role":"user","content":"hi"}]}"#;

/// One request as bytes, and the statuses that are a clear answer to it.
struct Case {
    what: &'static str,
    request: Vec<u8>,
    statuses: &'static [u16],
    /// Answers of the HTTP layer itself have no body in a dialect.
    in_dialect: bool,
}

fn post(path: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: router\r\nconnection: close\r\n{headers}content-length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

struct Cases {
    auth: String,
    list: Vec<Case>,
}

impl Cases {
    fn body(&mut self, what: &'static str, path: &str, body: impl AsRef<[u8]>, statuses: &'static [u16]) {
        let headers = format!("{}content-type: application/json\r\n", self.auth);
        self.list.push(Case { what, request: post(path, &headers, body.as_ref()), statuses, in_dialect: true });
    }

    fn headers(&mut self, what: &'static str, headers: &str, statuses: &'static [u16]) {
        self.list.push(Case { what, request: post(CHAT, headers, GOOD.as_bytes()), statuses, in_dialect: true });
    }

    fn raw(&mut self, what: &'static str, request: impl Into<Vec<u8>>, statuses: &'static [u16]) {
        self.list.push(Case { what, request: request.into(), statuses, in_dialect: false });
    }
}

fn broken_json(cases: &mut Cases) {
    let bad: &[u16] = &[400];
    for path in [CHAT, RESPONSES, MESSAGES] {
        cases.body("broken JSON", path, r#"{"model":"fast","#, bad);
        cases.body("no model", path, r#"{"messages":[]}"#, bad);
        cases.body("duplicate model", path, r#"{"model":"fast","model":"other","messages":[]}"#, bad);
        cases.body("empty body", path, "", bad);
    }
    cases.body(
        "duplicate model through an escape",
        CHAT,
        r#"{"model":"fast","mod\u0065l":"other","messages":[]}"#,
        bad,
    );
    cases.body("an array", CHAT, "[1,2,3]", bad);
    cases.body("a string", CHAT, "\"fast\"", bad);
    cases.body("a number as model", CHAT, r#"{"model":7,"messages":[]}"#, bad);
    cases.body("null as model", CHAT, r#"{"model":null,"messages":[]}"#, bad);
    cases.body("an empty model", CHAT, r#"{"model":"","messages":[]}"#, bad);
    cases.body("a text as stream", CHAT, r#"{"model":"fast","stream":"yes","messages":[]}"#, bad);
    cases.body("trailing garbage", CHAT, format!("{GOOD}x"), bad);
    cases.body("two documents", CHAT, format!("{GOOD}{GOOD}"), bad);
    cases.body("NaN", CHAT, r#"{"model":"fast","temperature":NaN,"messages":[]}"#, bad);
    cases.body("a comment", CHAT, r#"{"model":"fast",/* hi */"messages":[]}"#, bad);
    cases.body("a byte order mark", CHAT, [b"\xef\xbb\xbf", GOOD.as_bytes()].concat(), bad);
    cases.body("invalid UTF-8", CHAT, b"{\"model\":\"fast\",\"messages\":[\"\xff\xfe\"]}", bad);
    cases.body("a raw newline in a string", CHAT, "{\"model\":\"fa\nst\",\"messages\":[]}", bad);
    cases.body("UTF-16", CHAT, b"{\0\"\0m\0o\0d\0e\0l\0\"\0", bad);
    cases.body("deep arrays", CHAT, deep("[", "]", 100_000), bad);
    cases.body("deep objects", CHAT, deep("{\"a\":", "}", 100_000), bad);
    cases.body("a long model", CHAT, format!(r#"{{"model":"{}","messages":[]}}"#, "m".repeat(100_000)), &[400, 403]);
    cases.body("a model that is a path", CHAT, r#"{"model":"../../etc/passwd","messages":[]}"#, &[403]);
    cases.body("a provider's model", CHAT, r#"{"model":"openai/fast","messages":[]}"#, &[403]);
    cases.body("an unknown group", MESSAGES, r#"{"model":"secret-group","messages":[],"max_tokens":9}"#, &[403]);
    cases.body("an oversized body", CHAT, vec![b' '; 33 << 20], &[413]);
}

fn deep(open: &str, close: &str, depth: usize) -> String {
    format!(r#"{{"model":"fast","messages":{}1{}}}"#, open.repeat(depth), close.repeat(depth))
}

fn wrong_headers(cases: &mut Cases) {
    let auth = cases.auth.clone();
    let json = "content-type: application/json\r\n";
    cases.headers("no token", json, &[401]);
    cases.headers("an empty token", &format!("authorization: Bearer \r\n{json}"), &[401]);
    cases.headers("an unknown token", &format!("authorization: Bearer sr_AAAAAAAAAAAA_x\r\n{json}"), &[401]);
    cases.headers("SQL as a token", &format!("authorization: Bearer ' or 1=1 --\r\n{json}"), &[401]);
    cases.headers("basic authentication", &format!("authorization: Basic dXNlcjpwYXNz\r\n{json}"), &[401]);
    cases.headers("two credentials that differ", &format!("{auth}x-api-key: {}\r\n{json}", other_token()), &[400]);
    cases.headers(
        "two authorization headers",
        &format!("{auth}authorization: Bearer {}\r\n{json}", other_token()),
        &[400],
    );
    cases.headers("a form", &format!("{auth}content-type: application/x-www-form-urlencoded\r\n"), &[415]);
    cases.headers("plain text", &format!("{auth}content-type: text/plain\r\n"), &[415]);
    cases.headers("a compressed body", &format!("{auth}{json}content-encoding: gzip\r\n"), &[415]);
    cases.headers("a megabyte header", &format!("{auth}{json}x-big: {}\r\n", "a".repeat(1 << 20)), &[400, 431]);
    cases.headers("a thousand headers", &format!("{auth}{json}{}", many_headers(1_000)), &[400, 431]);
}

/// Well-formed, but nobody's.
fn other_token() -> String {
    format!("sr_BBBBBBBBBBBB_{}", "C".repeat(49))
}

fn many_headers(count: usize) -> String {
    let lines: Vec<String> = (0..count).map(|number| format!("x-h{number}: v\r\n")).collect();
    lines.concat()
}

fn wrong_http(cases: &mut Cases) {
    let auth = cases.auth.clone();
    let head = format!("host: router\r\nconnection: close\r\n{auth}content-type: application/json\r\n");
    cases.raw(
        "smuggling by two lengths",
        format!("POST {CHAT} HTTP/1.1\r\n{head}content-length: 5\r\ncontent-length: 61\r\n\r\n{GOOD}"),
        &[400],
    );
    // Read by its chunks, as RFC 9112 allows: the body is empty, and what follows it is never a second request.
    cases.raw("an empty chunked body beside a length", format!("POST {CHAT} HTTP/1.1\r\n{head}content-length: 61\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /x HTTP/1.1\r\n\r\n"), &[400]);
    cases.raw(
        "an unknown transfer coding",
        format!("POST {CHAT} HTTP/1.1\r\n{head}transfer-encoding: xchunked\r\n\r\n{GOOD}"),
        &[400],
    );
    cases.raw(
        "a broken chunk size",
        format!("POST {CHAT} HTTP/1.1\r\n{head}transfer-encoding: chunked\r\n\r\nZZ\r\n{GOOD}\r\n0\r\n\r\n"),
        &[400],
    );
    cases.raw("a negative length", format!("POST {CHAT} HTTP/1.1\r\n{head}content-length: -1\r\n\r\n{GOOD}"), &[400]);
    cases.raw(
        "a line feed in a header",
        format!("POST {CHAT} HTTP/1.1\r\n{head}x-a: b\nauthorization : x\r\ncontent-length: 0\r\n\r\n"),
        &[400],
    );
    cases.raw("not HTTP", "hello, router\r\n\r\n", &[400]);
    cases.raw(
        "an absolute URL of another host",
        format!("GET http://169.254.169.254/latest/meta-data HTTP/1.1\r\n{head}\r\n"),
        &[400],
    );
    cases.raw(
        "a tunnel",
        "CONNECT 169.254.169.254:80 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        &[400, 404, 405],
    );
    cases.raw("a wrong method", format!("DELETE {CHAT} HTTP/1.1\r\n{head}\r\n"), &[405]);
    cases.raw("a path with dots", format!("GET /v1/../metrics HTTP/1.1\r\n{head}\r\n"), &[404]);
    cases.raw(
        "metrics without the scope's token",
        "GET /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        &[401, 403],
    );
}

fn cases(token: &str) -> Vec<Case> {
    let mut cases = Cases { auth: format!("authorization: Bearer {token}\r\n"), list: Vec::new() };
    broken_json(&mut cases);
    wrong_headers(&mut cases);
    wrong_http(&mut cases);
    cases.list
}

async fn send(address: SocketAddr, what: &str, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // The router may answer and close before it has read everything.
    stream.write_all(request).await.ok();
    let mut answer = Vec::new();
    tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer))
        .await
        .unwrap_or_else(|_| panic!("{what}: no answer"))
        .ok();
    String::from_utf8_lossy(&answer).into_owned()
}

fn resident_kib(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[tokio::test]
async fn each_gets_a_clear_refusal_and_nothing_reaches_an_upstream() {
    let directory = TempDir::new().unwrap();
    let sandbox = Sandbox::start().await;
    let database = format!("sqlite://{}/cp.db", directory.path().display());
    let control_plane = ControlPlane::start(directory.path().join("control-plane"), database).await;
    control_plane.apply(&configuration::with_behaviours(sandbox.address, &[("fast", "sandbox-fast")], &[]));
    let token = control_plane.token("tester");
    let router = Router::join(directory.path().join("router"), &control_plane).await;
    eventually("the token works", || async { router.chat(&token, "fast").await.0 == 200 }).await;
    sandbox.forget().await;

    let cases = cases(&token);
    assert!(cases.len() >= 50, "only {} cases", cases.len());
    for case in &cases {
        assert_refused(case, &send(router.address, case.what, &case.request).await);
    }
    slow_body_is_cut(&router, &token).await;
    assert_eq!(sandbox.requests().await.len(), 0, "something reached the upstream");

    let before = resident_kib(router.process.pid());
    for _ in 0..20 {
        for case in cases.iter().filter(|case| case.request.len() < 2_000_000) {
            send(router.address, case.what, &case.request).await;
        }
    }
    let after = resident_kib(router.process.pid());
    assert!(after < before + 32 * 1024, "memory went from {before} KiB to {after} KiB");
    assert_eq!(router.chat(&token, "fast").await.0, 200);
    assert!(!router.process.log().contains("panicked"), "{}", router.process.log());
}

fn assert_refused(case: &Case, answer: &str) {
    let status: u16 = answer.split(' ').nth(1).and_then(|it| it.parse().ok()).unwrap_or(0);
    assert!(case.statuses.contains(&status), "{}: answered {}", case.what, &answer[..answer.len().min(400)]);
    if !case.in_dialect || status == 431 {
        return;
    }
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    let body: Value = serde_json::from_str(body).unwrap_or_else(|_| panic!("{}: not JSON: {body}", case.what));
    assert!(body["error"]["message"].as_str().is_some_and(|it| it.len() > 10), "{}: {body}", case.what);
    let messages = case.request.starts_with(b"POST /v1/messages");
    assert_eq!(body["type"] == "error", messages, "{}: {body}", case.what);
}

/// A client that announces a body and never sends it does not hold the router for ever.
async fn slow_body_is_cut(router: &Router, token: &str) {
    let mut stream = TcpStream::connect(router.address).await.unwrap();
    let head = format!(
        "POST {CHAT} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{{"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let read = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer)).await;
    assert!(read.is_ok(), "a slow body is waited for without end");
}
