use std::time::Duration;

use bytes::{Bytes, BytesMut};
use data_plane_core::dialect::Operation;
use data_plane_core::dialect::scan;
use data_plane_core::error::{Code, Refusal};
use data_plane_core::facts::RequestFacts;
use http::header::CONTENT_LENGTH;
use http::request::Parts;
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use tokio::time::{Instant, timeout_at};

use super::identify::Identified;
use super::receive::{check_body, too_large};
use crate::responses_store::{self, Begun, Keeping};
use crate::state::Router;

/// A body may take this long, and longer the more of it has arrived.
const BODY_TIME: Duration = Duration::from_secs(20);
/// Slower bodies are not waited for; bytes per second.
const SLOWEST: u64 = 16 * 1024;
/// More than this is only set aside once it has arrived: a header alone must not cost memory.
const TRUSTED_LENGTH: usize = 1024 * 1024;

/// A request whose body was read and understood.
pub(super) struct Understood {
    pub who: Identified,
    /// With the conversation that it continues written out.
    pub body: Bytes,
    /// As the caller sent it.
    pub said: Bytes,
    pub facts: RequestFacts,
    /// The answer is to be kept.
    pub keeping: Option<Keeping>,
}

/// Reads the body and what it asks. The caller is known by now: nobody else's body is read.
pub(super) async fn understand(
    router: &Router,
    who: Identified,
    operation: Operation,
    head: &Parts,
    body: &mut Incoming,
) -> Result<Understood, Refusal> {
    let said = collect(head, body, router.settings.body_limit).await?;
    let limit = router.settings.body_limit;
    let begun =
        responses_store::begin(&router.responses, &who.snapshot.settings, &who.caller, operation, said.clone(), limit);
    let Begun { body, keeping } = begun.await?;
    let facts = read(operation, &body)?;
    Ok(Understood { who, body, said, facts, keeping })
}

/// What a body asks.
pub(crate) fn read(operation: Operation, body: &[u8]) -> Result<RequestFacts, Refusal> {
    scan::read_facts(operation, body).map_err(|invalid| {
        let code = if invalid.missing_model { Code::MissingModel } else { Code::InvalidRequest };
        Refusal { param: invalid.param.clone(), ..Refusal::new(code, invalid.to_string()) }
    })
}

/// The whole body, JSON by its headers and at most `limit` bytes; one that arrives in one piece is not copied.
pub(crate) async fn collect(head: &Parts, body: &mut Incoming, limit: usize) -> Result<Bytes, Refusal> {
    check_body(&head.headers, limit)?;
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
