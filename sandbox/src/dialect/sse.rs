//! Server-sent events.

use serde::Serialize;

use crate::pace::Frame;

/// One event, with an `event:` line if it has a name.
pub fn event(name: Option<&str>, data: &impl Serialize, content: bool) -> Frame {
    let mut bytes = Vec::with_capacity(256);
    if let Some(name) = name {
        bytes.extend_from_slice(b"event: ");
        bytes.extend_from_slice(name.as_bytes());
        bytes.push(b'\n');
    }
    bytes.extend_from_slice(b"data: ");
    serde_json::to_writer(&mut bytes, data).expect("our own types always serialise");
    bytes.extend_from_slice(b"\n\n");
    Frame { bytes: bytes.into(), content }
}

/// The end mark of OpenAI's streams.
pub fn done() -> Frame {
    Frame::plain(&b"data: [DONE]\n\n"[..])
}
