use std::time::Duration;

use bytes::{Bytes, BytesMut};
use data_plane_core::error::{Code, Refusal};
use http::header::CONTENT_LENGTH;
use http::request::Parts;
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use tokio::time::{Instant, timeout_at};

use super::receive::{check_body, too_large};
use crate::memory::MemoryHold;
use crate::state::Router;

/// A body may take this long, and longer the more of it has arrived.
const BODY_TIME: Duration = Duration::from_secs(20);
/// Slower bodies are not waited for; bytes per second.
const SLOWEST: u64 = 16 * 1024;
/// The least that is set aside for a body of several pieces.
const FIRST: usize = 16 * 1024;

/// The whole body, JSON by its headers and of bounded size; one that arrives in one piece is not copied. What it takes is
/// charged as it arrives: a header alone costs no memory.
pub(crate) async fn collect(
    router: &Router,
    head: &Parts,
    body: &mut Incoming,
    charge: &mut MemoryHold,
) -> Result<Bytes, Refusal> {
    let limit = router.settings.body_limit;
    check_body(&head.headers, limit)?;
    router.metrics.bodies_read.inc();
    let started = Instant::now();
    let Some(first) = data(body, started + BODY_TIME).await? else { return Ok(Bytes::new()) };
    if body.is_end_stream() && first.len() <= limit {
        charge.at_least(first.len())?;
        return Ok(first);
    }
    let declared = head.headers.get(CONTENT_LENGTH).and_then(|it| it.to_str().ok()?.parse::<usize>().ok());
    let mut whole = BytesMut::new();
    let mut next = Some(first);
    while let Some(piece) = next {
        let needed = whole.len() + piece.len();
        if needed > limit {
            return Err(too_large(limit));
        }
        if needed > whole.capacity() {
            // While it is copied both are there.
            let room = room(needed, declared, limit);
            charge.at_least(whole.capacity() + room)?;
            whole.reserve(room - whole.len());
            charge.resize(whole.capacity());
        }
        whole.extend_from_slice(&piece);
        let allowed = BODY_TIME + Duration::from_secs(whole.len() as u64 / SLOWEST);
        next = data(body, started + allowed).await?;
    }
    Ok(whole.freeze())
}

/// What is set aside once so much is needed: as much again as has arrived; the whole of what was declared, once a quarter of it is
/// there, so that most of a body is written to its place at once.
fn room(needed: usize, declared: Option<usize>, limit: usize) -> usize {
    let most = declared.unwrap_or(limit).min(limit).max(needed);
    match declared {
        Some(_) if needed >= most / 4 => most,
        _ => (2 * needed).max(FIRST).min(most),
    }
}

async fn data(body: &mut Incoming, deadline: Instant) -> Result<Option<Bytes>, Refusal> {
    loop {
        let frame = timeout_at(deadline, body.frame()).await.map_err(|_| {
            let message = format!("the body arrives more slowly than {SLOWEST} bytes per second");
            Refusal::new(Code::InvalidRequest, message)
        })?;
        match frame {
            None => return Ok(None),
            Some(Err(_)) => return Err(Refusal::new(Code::InvalidRequest, "the body broke off before its end")),
            // Trailers mean nothing here.
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data() {
                    return Ok(Some(data));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{FIRST, room};

    #[test]
    fn room_follows_what_has_arrived() {
        const LIMIT: usize = 1 << 20;
        // Nothing is believed of a length alone.
        assert_eq!(room(1, Some(LIMIT), LIMIT), FIRST);
        assert_eq!(room(200_000, Some(LIMIT), LIMIT), 400_000);
        assert_eq!(room(LIMIT / 4, Some(LIMIT), LIMIT), LIMIT);
        assert_eq!(room(20_000, Some(40_000), LIMIT), 40_000);
        assert_eq!(room(LIMIT / 2, None, LIMIT), LIMIT);
        assert_eq!(room(20_000, None, LIMIT), 40_000);
        // More than was declared, or than is taken.
        assert_eq!(room(50_000, Some(40_000), LIMIT), 50_000);
        assert_eq!(room(LIMIT, Some(9 * LIMIT), LIMIT), LIMIT);
    }
}
