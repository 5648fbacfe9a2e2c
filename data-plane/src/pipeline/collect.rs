use std::time::Duration;

use bytes::{Bytes, BytesMut};
use data_plane_core::error::{Code, Refusal};
use http::header::CONTENT_LENGTH;
use http::request::Parts;
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use tokio::time::{Instant, timeout_at};

use super::receive::{check_body, too_large};
use crate::state::Router;

/// A body may take this long, and longer the more of it has arrived.
const BODY_TIME: Duration = Duration::from_secs(20);
/// Slower bodies are not waited for; bytes per second.
const SLOWEST: u64 = 16 * 1024;
/// More than this is only set aside once it has arrived: a header alone must not cost memory.
const TRUSTED_LENGTH: usize = 1024 * 1024;

/// The whole body, JSON by its headers and of bounded size; one that arrives in one piece is not copied.
pub(crate) async fn collect(router: &Router, head: &Parts, body: &mut Incoming) -> Result<Bytes, Refusal> {
    let limit = router.settings.body_limit;
    check_body(&head.headers, limit)?;
    router.metrics.bodies_read.inc();
    let started = Instant::now();
    let Some(first) = data(body, started + BODY_TIME).await? else { return Ok(Bytes::new()) };
    if body.is_end_stream() && first.len() <= limit {
        return Ok(first);
    }
    let declared = head.headers.get(CONTENT_LENGTH).and_then(|it| it.to_str().ok()?.parse::<usize>().ok());
    let mut whole = BytesMut::with_capacity(declared.unwrap_or(0).clamp(first.len(), TRUSTED_LENGTH.max(first.len())));
    let mut next = Some(first);
    while let Some(piece) = next {
        if whole.len() + piece.len() > limit {
            return Err(too_large(limit));
        }
        whole.extend_from_slice(&piece);
        let allowed = BODY_TIME + Duration::from_secs(whole.len() as u64 / SLOWEST);
        next = data(body, started + allowed).await?;
    }
    Ok(whole.freeze())
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
