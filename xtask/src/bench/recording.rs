//! What the upstream sends: answers of the sandbox, framed for HTTP/1.1 and ready to be sent.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::payload;

/// How the upstream behaves: what it answers, and how fast.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Behaviour {
    /// Its name, which is the first part of the upstream's path and the name of the router's group.
    pub name: &'static str,
    /// The sandbox's model from which it is recorded.
    model: &'static str,
    /// It is a stream, with that time between its events.
    pub pace: Option<Duration>,
}

/// Answers of 1.5 KB, at once.
pub const WHOLE: Behaviour = Behaviour { name: "whole", model: "sandbox:size=1500", pace: None };
/// Streams of 100 chunks, as fast as they go.
pub const STREAM: Behaviour = Behaviour { name: "stream", model: "sandbox:chunks=100", pace: Some(Duration::ZERO) };
/// Streams of 100 chunks, 10 ms between them.
pub const PACED: Behaviour =
    Behaviour { name: "paced", model: "sandbox:chunks=100", pace: Some(Duration::from_millis(10)) };
/// Streams of 20 chunks, a second between them.
pub const OPEN: Behaviour = Behaviour { name: "open", model: "sandbox:chunks=20", pace: Some(Duration::from_secs(1)) };

/// All of them.
pub const BEHAVIOURS: [Behaviour; 4] = [WHOLE, STREAM, PACED, OPEN];

/// The APIs that the upstream has: the dialect's name, and its path.
pub const APIS: [(&str, &str); 3] = [
    ("openai-chat", "/v1/chat/completions"),
    ("openai-responses", "/v1/responses"),
    ("anthropic-messages", "/v1/messages"),
];

/// An answer to be sent to everybody who asks for a path.
pub struct Recording {
    /// The path.
    pub path: String,
    /// What is written at a time: the head and the whole body, or the head and each event.
    pub pieces: Vec<Vec<u8>>,
    /// The time between them.
    pub pace: Duration,
}

/// Records every behaviour in every dialect.
pub fn record(sandbox: SocketAddr) -> Result<Vec<Recording>> {
    let mut recordings = Vec::new();
    for behaviour in BEHAVIOURS {
        for (dialect, path) in APIS {
            let stream = behaviour.pace.is_some();
            let request = match dialect {
                "openai-chat" => payload::chat(behaviour.model, 300, stream),
                "openai-responses" => payload::responses(behaviour.model, stream),
                _ => payload::messages(behaviour.model, 2_000, stream),
            };
            let body = ask(sandbox, path, &request).with_context(|| format!("recording {path}"))?;
            let pieces = if stream { streamed(&body) } else { vec![whole(&body)] };
            let path = format!("/{}{path}", behaviour.name);
            recordings.push(Recording { path, pieces, pace: behaviour.pace.unwrap_or_default() });
        }
    }
    recordings.push(Recording { path: "/livez".to_owned(), pieces: vec![whole(b"{}")], pace: Duration::ZERO });
    Ok(recordings)
}

/// The body of one answer. HTTP/1.0 has neither chunks nor keep-alive: the body is all until the end.
fn ask(sandbox: SocketAddr, path: &str, body: &[u8]) -> Result<Vec<u8>> {
    let mut socket = TcpStream::connect(sandbox)?;
    let length = body.len();
    let head = format!(
        "POST {path} HTTP/1.0\r\nhost: bench\r\nauthorization: Bearer bench\r\nx-api-key: bench\r\nanthropic-version: 2023-06-01\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
    );
    socket.write_all(head.as_bytes())?;
    socket.write_all(body)?;
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer)?;
    let end = memchr::memmem::find(&answer, b"\r\n\r\n").context("the answer has no head")?;
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    ensure!(head.starts_with("HTTP/1.0 200"), "{head}\n{}", String::from_utf8_lossy(&answer[end..]));
    Ok(answer.split_off(end + 4))
}

fn whole(body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let mut bytes =
        format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n").into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// The head with the first event, then each event in a chunk of its own, and the end with the last.
fn streamed(body: &[u8]) -> Vec<Vec<u8>> {
    let mut pieces: Vec<Vec<u8>> = Vec::new();
    let mut start = 0;
    for end in memchr::memmem::find_iter(body, b"\n\n").map(|it| it + 2) {
        let mut piece = format!("{:x}\r\n", end - start).into_bytes();
        piece.extend_from_slice(&body[start..end]);
        piece.extend_from_slice(b"\r\n");
        pieces.push(piece);
        start = end;
    }
    let head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
    if let Some(first) = pieces.first_mut() {
        first.splice(0..0, head.iter().copied());
    }
    if let Some(last) = pieces.last_mut() {
        last.extend_from_slice(b"0\r\n\r\n");
    }
    pieces
}
