//! More than the router carries: it says so, keeps what it has, and is as before once there is room again.

use std::net::SocketAddr;
use std::time::Duration;

use data_plane::{Capacity, Options};
use listener::Caps;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{CHAT, Catalog, MESSAGES, PATIENCE, Scripted, Stack, chat, messages, raw, token};

const ANSWER: &str =
    r#"{"choices":[{"message":{"content":"ok"}}],"usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4}}"#;

/// A router of the given size, in front of an upstream that answers at once.
async fn sized(change: impl FnOnce(&mut Options)) -> (Stack, Scripted) {
    let upstream = Scripted::answering("200 OK", "content-type: application/json\r\n", ANSWER).await;
    let stack = Stack::unconfigured(change).await;
    stack.configure(1, Catalog::new(upstream.address).model("m")).await;
    (stack, upstream)
}

async fn silent(address: SocketAddr, count: usize) -> Vec<TcpStream> {
    let mut open = Vec::new();
    for _ in 0..count {
        open.push(TcpStream::connect(address).await.unwrap());
    }
    open
}

/// Waits until it is so.
async fn until(mut is: impl AsyncFnMut() -> bool) {
    let polls = async {
        while !is().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, polls).await.expect("it comes to be so");
}

#[tokio::test]
async fn over_the_caps_callers_are_told_and_watchers_are_answered() {
    let caps = Caps { total: 8, per_address: 8, opening: 8, heads: 1 << 20 };
    let (stack, _upstream) = sized(|it| it.caps = caps).await;
    // Connections with a request under way cannot be asked to leave.
    let head = format!(
        "POST {CHAT} HTTP/1.1\r\nhost: r\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{{",
        token("abcdefghijkl")
    );
    let mut open = silent(stack.address, 8).await;
    for client in &mut open {
        client.write_all(head.as_bytes()).await.unwrap();
    }
    until(async || stack.get("/healthz").await.json()["load"]["connections"] == 8).await;
    let reply = stack.post(CHAT, chat("")).await;
    assert_eq!((reply.status.as_u16(), reply.code()), (503, "overloaded"), "{}", reply.text());
    assert_eq!((reply.header("retry-after"), reply.header("connection")), ("1", "close"));
    assert_eq!(stack.post(MESSAGES, messages("")).await.json()["error"]["type"], "overloaded_error");
    assert_eq!(stack.get("/livez").await.status, 200);
    assert_eq!(stack.get("/readyz").await.status, 200);
    drop(open);
    until(async || stack.get("/healthz").await.json()["load"]["connections"].as_u64() < Some(8)).await;
    assert_eq!(stack.post(CHAT, chat("")).await.status, 200);
}

#[tokio::test]
async fn silent_connections_make_room_for_who_has_something_to_say() {
    let caps = Caps { total: 64, per_address: 64, opening: 16, heads: 1 << 20 };
    let (stack, _upstream) = sized(|it| it.caps = caps).await;
    let open = silent(stack.address, 48).await;
    tokio::time::sleep(Duration::from_millis(1200)).await;
    for _ in 0..8 {
        assert_eq!(stack.post(CHAT, chat("")).await.status, 200);
    }
    let load = stack.get("/healthz").await.json()["load"].clone();
    assert!(load["connections_refused"].as_u64() > Some(0) && load["connections"].as_u64() <= Some(64), "{load}");
    drop(open);
}

#[tokio::test]
async fn no_more_requests_are_under_way_than_there_are_connections_for() {
    let capacity = Capacity { memory: 1 << 30, requests: 4 };
    let (stack, _upstream) = sized(|it| it.capacity = capacity).await;
    let head = format!(
        "POST {CHAT} HTTP/1.1\r\nhost: r\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{{",
        token("abcdefghijkl")
    );
    let mut open = silent(stack.address, 4).await;
    for client in &mut open {
        client.write_all(head.as_bytes()).await.unwrap();
    }
    until(async || stack.post(CHAT, chat("")).await.code() == "overloaded").await;
    drop(open);
    until(async || stack.post(CHAT, chat("")).await.code() != "overloaded").await;
}

#[tokio::test]
async fn memory_is_counted_as_it_arrives_and_the_next_one_is_refused() {
    const MIB: usize = 1 << 20;
    let (stack, _upstream) = sized(|it| it.capacity = Capacity { memory: 16 * MIB, requests: 64 }).await;
    let used = async || stack.get("/healthz").await.json()["load"]["memory_bytes"].as_u64().unwrap();
    let head = |length: usize| {
        format!(
            "POST {CHAT} HTTP/1.1\r\nhost: r\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n",
            token("abcdefghijkl")
        )
    };
    // What is promised costs nothing, as long as it is little of it that has come.
    let mut promised = silent(stack.address, 20).await;
    for client in &mut promised {
        client.write_all(format!("{}{{", head(5 * MIB)).as_bytes()).await.unwrap();
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(used().await < 20 * 32 * 1024, "{}", used().await);
    // What has arrived does: one caller gets no more than half.
    let mut answered = 0;
    for client in &mut promised {
        let half = vec![b' '; 3 * MIB];
        let _refused_meanwhile = client.write_all(&half).await;
        let mut status = [0; 12];
        if let Ok(Ok(_)) = tokio::time::timeout(Duration::from_millis(300), client.read_exact(&mut status)).await {
            assert_eq!(&status, b"HTTP/1.1 503");
            answered += 1;
        }
    }
    assert!(answered > 10, "{answered}");
    assert!(used().await <= 8 * MIB as u64, "{}", used().await);
    assert!(stack.get("/healthz").await.json()["load"]["memory_refused"].as_u64() > Some(10));
    drop(promised);
    until(async || used().await == 0).await;
    // What can never fit is not worth a retry.
    let large = chat("").replace("hello", &"x".repeat(9 * MIB));
    let reply = stack.post(CHAT, large).await;
    assert_eq!((reply.status.as_u16(), reply.code()), (413, "request-too-large"), "{}", reply.text());
    assert_eq!(stack.post(CHAT, chat("")).await.status, 200);
    until(async || used().await == 0).await;
}

#[tokio::test]
async fn a_translation_is_admitted_by_what_it_takes() {
    const MIB: usize = 1 << 20;
    let capacity = Capacity { memory: 16 * MIB, requests: 64 };
    let upstream = Scripted::answering("200 OK", "content-type: application/json\r\n", ANSWER).await;
    let stack = Stack::unconfigured(|it| it.capacity = capacity).await;
    stack.configure(1, Catalog::new(upstream.address).model_of("chat", "m")).await;
    // Half a megabyte of tiny messages takes twenty times that to be translated; as one text it takes little.
    let tiny = r#"{"role":"user","content":"a"},{"role":"assistant","content":"b"},"#.repeat(10_000);
    let body = format!(r#"{{"model":"team","max_tokens":9,"messages":[{tiny}{{"role":"user","content":"c"}}]}}"#);
    let reply = stack.post(MESSAGES, body).await;
    assert_eq!((reply.status.as_u16(), reply.code()), (413, "request-too-large"), "{}", reply.text());
    let text = messages("").replace("hello", &"x".repeat(MIB));
    assert_eq!(stack.post(MESSAGES, text).await.status, 200);
    let reply = raw(stack.address, b"GET /healthz HTTP/1.1\r\nhost: r\r\nconnection: close\r\n\r\n").await;
    assert!(reply.contains(r#""memory_bytes":0"#), "{reply}");
}

#[tokio::test]
async fn an_answer_is_admitted_by_what_it_takes_to_translate() {
    const MIB: usize = 1 << 20;
    let large = ANSWER.replace("\"ok\"", &format!("{:?}", "x".repeat(2 * MIB)));
    let capacity = Capacity { memory: 16 * MIB, requests: 64 };
    let upstream = Scripted::answering("200 OK", "content-type: application/json\r\n", &large).await;
    let stack = Stack::unconfigured(|it| it.capacity = capacity).await;
    stack.configure(1, Catalog::new(upstream.address).model_of("chat", "m")).await;
    // As it is, it is held once; written anew, it is there as it came, as it is read, and as it is written.
    let reply = stack.post(CHAT, chat("")).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let reply = stack.post(MESSAGES, messages("")).await;
    // It would not fit the next time either, and says what it does not fit.
    assert_eq!((reply.status.as_u16(), reply.code()), (424, "answer-too-large"), "{}", reply.text());
    let error = &reply.json()["error"];
    assert_eq!(error["details"]["limit"], "memory-limit", "{error}");
    assert_eq!(error["details"]["most_bytes"], 8 * MIB, "{error}");
    assert!(error["message"].as_str().unwrap().contains("the provider's answer needs"), "{error}");
    assert!(
        reply.headers.get("retry-after").is_none() && reply.headers["x-should-retry"] == "false",
        "{:?}",
        reply.headers
    );
    let events = stack.events(2).await;
    let counted: Vec<_> = events.iter().map(|it| it.tokens.as_ref().map(|it| (it.input, it.output))).collect();
    assert_eq!(counted, [Some((3, 1)); 2], "what the provider counted is not free");
    until(async || stack.get("/healthz").await.json()["load"]["memory_bytes"] == 0).await;
}
