use bytes::{Bytes, BytesMut};
use data_plane_core::decide::FailureClass;
use data_plane_core::dialect::answer::read_answer;
use data_plane_core::dialect::failure::{UpstreamFailure, classify};
use data_plane_core::dialect::splice::{self, Splice};
use data_plane_core::dialect::{Dialect, Operation};
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::response::Parts;
use http::{HeaderValue, Response, StatusCode};
use tokio::time::{Instant, timeout_at};

use super::attempt::Answer;
use super::authorise::Authorised;
use super::failed::{Failed, retry_after, told, told_code};
use super::outcome::{AttemptEnd, Counted, Outcome};
use crate::upstream::{AnswerBody, SendError};

/// The largest answer that is taken from an upstream.
const LARGEST_ANSWER: usize = 64 * 1024 * 1024;
/// The largest error that is taken from an upstream.
const LARGEST_ERROR: usize = 1024 * 1024;

/// An answer that is known whole before its first byte is sent.
pub(super) struct WholeAnswer {
    pub status: StatusCode,
    /// With the next one all that callers get of an upstream's headers: others tell about the operator's account.
    pub content_type: Option<HeaderValue>,
    /// Of an error that the upstream encoded although it was asked not to.
    pub content_encoding: Option<HeaderValue>,
    pub pieces: Vec<Bytes>,
    pub outcome: Outcome,
}

/// Reads a successful answer, and puts the name that the caller asked for in the place of `model`.
pub(super) async fn read(
    request: &Authorised,
    response: Response<AnswerBody>,
    deadline: Instant,
) -> Result<WholeAnswer, Failed> {
    let (head, mut body) = response.into_parts();
    let status = head.status.as_u16();
    let body = collect(&mut body, LARGEST_ANSWER, deadline).await.map_err(|failed| Failed { status, ..failed })?;
    let operation = request.facts.operation;
    let facts = read_answer(operation, &body)
        .map_err(|invalid| Failed::new(FailureClass::InvalidResponse, status, invalid.to_string()))?;
    if let Some(failure) = facts.error {
        return Err(in_success(&failure, &head, body));
    }
    let counted = match operation {
        Operation::CountTokens => Counted::Nothing,
        _ => Counted::whole(facts.usage, request.facts.estimated_input_tokens, facts.output_chars),
    };
    let pieces = match facts.model_span.filter(|_| !request.group.reveal.target) {
        // What the caller wrote is a JSON string already.
        Some(range) => {
            splice::apply(&body, &[Splice { range, with: request.body.slice(request.facts.model_span.clone()) }])
        }
        None => vec![body],
    };
    let content_type = head.headers.get(CONTENT_TYPE).cloned();
    let outcome = Outcome::served(status, counted);
    Ok(WholeAnswer { status: head.status, content_type, content_encoding: None, pieces, outcome })
}

/// Reads an unsuccessful answer.
pub(super) async fn read_failure(dialect: Dialect, response: Response<AnswerBody>, deadline: Instant) -> Failed {
    let (head, mut body) = response.into_parts();
    let status = head.status.as_u16();
    if head.status.is_redirection() {
        return Failed::new(FailureClass::InvalidResponse, status, "redirects are not followed");
    }
    // What the body says is worth little if it does not arrive: the status alone is judged then.
    let body = collect(&mut body, LARGEST_ERROR, deadline).await.unwrap_or_default();
    let failure = classify(dialect, status, &body);
    let mut failed = Failed::told(&failure, status);
    failed.retry_after = retry_after(&head.headers);
    if is_about_request(failure.class) && head.status.is_client_error() {
        failed.answer = Some(passed(&failure, head.status, &head, body));
    }
    failed
}

/// An error object where an answer should be. If it is about the request the caller gets it, as the 400 that it is.
fn in_success(failure: &UpstreamFailure, head: &Parts, body: Bytes) -> Failed {
    let mut failed = Failed::told(failure, head.status.as_u16());
    if is_about_request(failure.class) {
        failed.answer = Some(passed(failure, StatusCode::BAD_REQUEST, head, body));
    }
    failed
}

/// Whether the upstream finds fault with the request itself: the caller then needs its words.
pub(super) const fn is_about_request(class: FailureClass) -> bool {
    matches!(class, FailureClass::BadRequest | FailureClass::Policy)
}

fn passed(failure: &UpstreamFailure, status: StatusCode, head: &Parts, body: Bytes) -> Answer {
    let upstream_status = head.status.as_u16();
    Answer::Whole(Box::new(WholeAnswer {
        status,
        content_type: head.headers.get(CONTENT_TYPE).cloned(),
        content_encoding: head.headers.get(CONTENT_ENCODING).cloned(),
        pieces: vec![body],
        outcome: Outcome {
            status: status.as_u16(),
            code: told_code(failure, upstream_status).as_str(),
            counted: Counted::Nothing,
            attempt: Some(AttemptEnd { class: failure.class.as_str(), status: upstream_status, detail: told(failure) }),
        },
    }))
}

/// A body up to a bound; one that arrives in one piece is not copied.
async fn collect(body: &mut AnswerBody, limit: usize, deadline: Instant) -> Result<Bytes, Failed> {
    let reading = async {
        let Some(first) = body.data().await else { return Ok(Bytes::new()) };
        let first = first.map_err(SendError::Broken)?;
        let Some(second) = body.data().await else { return within(first, limit) };
        let mut whole = BytesMut::with_capacity(first.len() * 4);
        whole.extend_from_slice(&first);
        let mut next = Some(second);
        while let Some(piece) = next {
            whole.extend_from_slice(&piece.map_err(SendError::Broken)?);
            if whole.len() > limit {
                break;
            }
            next = body.data().await;
        }
        within(whole.freeze(), limit)
    };
    timeout_at(deadline, reading).await.unwrap_or(Err(SendError::TotalTimeout.into()))
}

fn within(body: Bytes, limit: usize) -> Result<Bytes, Failed> {
    if body.len() <= limit {
        return Ok(body);
    }
    Err(Failed::new(FailureClass::InvalidResponse, 0, format!("the answer is larger than {limit} bytes")))
}
