//! Refusals of the router, written as the caller's dialect has its errors.

use super::Dialect;
use super::codecs::codec;
use super::seen::StreamFacts;
use crate::error::Refusal;

/// The body of a refusal in the caller's dialect.
pub fn render(dialect: Dialect, refusal: &Refusal, request_id: &str) -> Vec<u8> {
    codec(dialect).refusal(refusal, request_id).into_bytes()
}

/// The events that end a stream which has already begun; no `[DONE]`, `message_stop` or other sign of success may
/// follow. `seen` is what the caller got of the stream.
pub fn render_stream(dialect: Dialect, refusal: &Refusal, request_id: &str, seen: &StreamFacts) -> Vec<u8> {
    render_stream_begun(dialect, refusal, request_id, seen, None)
}

/// The same for a stream whose first event is still at hand.
pub fn render_stream_begun(
    dialect: Dialect,
    refusal: &Refusal,
    request_id: &str,
    seen: &StreamFacts,
    begun: Option<&[u8]>,
) -> Vec<u8> {
    codec(dialect).refusal_events(refusal, request_id, seen, begun).into_bytes()
}
