use std::time::UNIX_EPOCH;

use bytes::{Bytes, BytesMut};
use data_plane_core::decide::FailureClass;
use data_plane_core::dialect::InvalidBody;
use data_plane_core::dialect::answer::read_answer;
use data_plane_core::dialect::failure::{self, UpstreamFailure, classify};
use data_plane_core::dialect::refusal::render;
use data_plane_core::dialect::scrub::named;
use data_plane_core::dialect::translate::Warnings;
use data_plane_core::error::{Code, Refusal};
use data_plane_core::record::{AttemptClass, AttemptEnd, Counted, EndCode, Outcome};
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::response::Parts;
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use tokio::time::{Instant, timeout_at};

use super::exchange::Exchange;
use super::failed::{Failed, is_about_request, retry_after, told, told_code};
use super::passage::{Passed, pass};
use super::settle::Settlement;
use crate::clock::since_epoch;
use crate::memory::{MemoryHold, to_translate};
use crate::responses_store::UNKEPT;
use crate::upstream::{AnswerBody, SendError};

/// The largest answer that is taken from an upstream.
const LARGEST_ANSWER: usize = 64 * 1024 * 1024;
/// The largest error that is taken from an upstream.
const LARGEST_ERROR: usize = 1024 * 1024;

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// An answer that is known whole before its first byte is sent.
pub(super) struct WholeAnswer {
    pub status: StatusCode,
    /// With the next one all that callers get of an upstream's headers: others tell about the operator's account.
    pub content_type: Option<HeaderValue>,
    /// Of an error that the upstream encoded although it was asked not to.
    pub content_encoding: Option<HeaderValue>,
    /// The code of an error that is told in the router's form.
    pub code: Option<Code>,
    pub pieces: Vec<Bytes>,
    /// What was not carried as it is on the way back.
    pub warnings: Warnings,
    pub outcome: Outcome,
}

/// Why there is no answer.
pub(super) struct NotRead {
    pub failed: Failed,
    /// What the caller gets if no other target is tried: the upstream's own words about the request. `None`: ours.
    pub words: Option<Box<WholeAnswer>>,
}

impl From<Failed> for NotRead {
    fn from(failed: Failed) -> Self {
        Self { failed, words: None }
    }
}

/// Reads a successful answer: puts the name that the caller asked for in the place of `model`, or writes it in the caller's
/// dialect.
pub(super) async fn read(
    exchange: &Exchange<'_>,
    response: Response<AnswerBody>,
    deadline: Instant,
    settlement: &mut Settlement,
) -> Result<WholeAnswer, NotRead> {
    let (head, mut body) = response.into_parts();
    let status = head.status.as_u16();
    let before = settlement.memory.held();
    let body = collect(&mut body, LARGEST_ANSWER, deadline, &mut settlement.memory)
        .await
        .map_err(|failed| Failed { status, ..failed })?;
    let told = &body;
    let body = exchange.scrub.as_ref().map_or_else(|| told.clone(), |it| it.clean_answer(told));
    let unreadable = |invalid: InvalidBody| Failed::new(FailureClass::InvalidResponse, status, invalid.to_string());
    let facts = read_answer(exchange.operation(), &body).map_err(unreadable)?;
    if let Some(failure) = &facts.error {
        return Err(in_success(exchange, failure, &head, &body));
    }
    if !facts.is_answer {
        let detail = "the answer has nothing in it that a client looks for";
        return Err(Failed::new(FailureClass::InvalidResponse, status, detail).into());
    }
    let asked = &exchange.request.facts;
    let counted =
        if asked.operation.counts() { Counted::Nothing } else { Counted::whole(&facts, asked.estimated_input_tokens) };
    if exchange.reply.is_some() {
        let needed = settlement.memory.held() + to_translate(&body);
        if let Err(refusal) = settlement.memory.at_least(needed) {
            // An answer for which there is no room was used all the same.
            settlement.counted(counted);
            return Err(no_room(refusal).into());
        }
    }
    let Passed { pieces, mut warnings } = pass(exchange, facts, &body).map_err(unreadable)?;
    let size: usize = pieces.iter().map(Bytes::len).sum();
    if exchange.reply.is_some() {
        drop(body);
        settlement.memory.resize(before + size);
    }
    let content_type = match exchange.reply {
        None => content_type(exchange, &head.headers),
        Some(_) => Some(JSON),
    };
    // A client that does not wait for the answer to be kept has used these all the same.
    settlement.counted(counted);
    if let Some(keeping) = &exchange.request.keeping {
        let charged = settlement.memory.held();
        let room = settlement.memory.at_least(charged + size).is_ok();
        if !room || keeping.clone().keep(pieces.concat().into()).await.is_err() {
            warnings.dropped(UNKEPT);
        }
        settlement.memory.resize(charged);
    }
    let outcome = Outcome::served(status, counted);
    Ok(WholeAnswer { status: head.status, content_type, content_encoding: None, code: None, pieces, warnings, outcome })
}

/// Reads an unsuccessful answer.
pub(super) async fn read_failure(
    exchange: &Exchange<'_>,
    response: Response<AnswerBody>,
    deadline: Instant,
) -> NotRead {
    let (head, mut body) = response.into_parts();
    let status = head.status.as_u16();
    if head.status.is_redirection() {
        return Failed::new(FailureClass::InvalidResponse, status, "redirects are not followed").into();
    }
    // What the body says is worth little if it does not arrive: the status alone is judged then.
    let mut memory = exchange.router.load.memory.charge();
    let body = collect(&mut body, LARGEST_ERROR, deadline, &mut memory).await.unwrap_or_default();
    let body = scrubbed(exchange, &body);
    let failure = classify(exchange.call.dialect, status, &body);
    let mut failed = Failed::told(&failure, status);
    failed.retry_after = retry_after(&head.headers, UNIX_EPOCH + since_epoch());
    if is_about_request(failure.class) && head.status.is_client_error() {
        let words = match exchange.reply {
            None => passed(exchange, &failure, head.status, &head, body),
            Some(_) => retold(exchange, &failure, status, &body),
        };
        return NotRead { failed, words: Some(Box::new(words)) };
    }
    failed.into()
}

/// One JSON where a stream of another dialect should be: an error, or nothing that could be read.
pub(super) async fn read_instead_of_stream(
    exchange: &Exchange<'_>,
    response: Response<AnswerBody>,
    deadline: Instant,
) -> NotRead {
    let (head, mut body) = response.into_parts();
    let status = head.status.as_u16();
    let body = match collect(&mut body, LARGEST_ERROR, deadline, &mut exchange.router.load.memory.charge()).await {
        Ok(body) => body,
        Err(failed) => return Failed { status, ..failed }.into(),
    };
    match read_answer(exchange.operation(), &body).ok().and_then(|it| it.error) {
        Some(failure) => in_success(exchange, &failure, &head, &body),
        None => {
            Failed::new(FailureClass::InvalidResponse, status, "a stream was asked for, and the answer is none").into()
        }
    }
}

/// Whether the upstream says that its answer is one JSON.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|it| it.to_str().ok());
    kind.and_then(|it| it.split(';').next()).is_some_and(|it| it.trim().eq_ignore_ascii_case("application/json"))
}

/// An error object where an answer should be. If it is about the request the caller gets it, as the 400 that it is.
fn in_success(exchange: &Exchange<'_>, failure: &UpstreamFailure, head: &Parts, body: &Bytes) -> NotRead {
    let body = scrubbed(exchange, body);
    let failure = &*named(exchange.scrub.as_ref(), failure);
    let failed = Failed::told(failure, head.status.as_u16());
    let words = is_about_request(failure.class).then(|| match exchange.reply {
        None => passed(exchange, failure, StatusCode::BAD_REQUEST, head, body),
        Some(_) => retold(exchange, failure, head.status.as_u16(), &body),
    });
    NotRead { failed, words: words.map(Box::new) }
}

/// What the upstream wrote, without its key.
fn scrubbed(exchange: &Exchange<'_>, body: &Bytes) -> Bytes {
    exchange.scrub.as_ref().map_or_else(|| body.clone(), |it| it.clean(body))
}

/// The type that the upstream gives its answer, unless there is a key in it.
pub(super) fn content_type(exchange: &Exchange<'_>, headers: &HeaderMap) -> Option<HeaderValue> {
    let clean = |it: &&HeaderValue| exchange.scrub.as_ref().is_none_or(|scrub| scrub.places(it.as_bytes()).is_empty());
    headers.get(CONTENT_TYPE).filter(clean).cloned()
}

/// Whether the upstream encoded its answer, although it was asked not to.
fn is_encoded(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_ENCODING).is_some_and(|it| it != "identity")
}

/// What the upstream says about the request, as it is. What cannot be searched for its key is told in the router's words.
fn passed(
    exchange: &Exchange<'_>,
    failure: &UpstreamFailure,
    status: StatusCode,
    head: &Parts,
    body: Bytes,
) -> WholeAnswer {
    let upstream_status = head.status.as_u16();
    if is_encoded(&head.headers) && exchange.scrub.is_some() {
        return retold(exchange, failure, upstream_status, b"");
    }
    WholeAnswer {
        status,
        content_type: content_type(exchange, &head.headers),
        content_encoding: head.headers.get(CONTENT_ENCODING).cloned(),
        code: None,
        pieces: vec![body],
        warnings: Warnings::default(),
        outcome: about_request(failure, status, upstream_status),
    }
}

/// What the upstream says about the request, in the form of the caller's dialect.
pub(super) fn retold(
    exchange: &Exchange<'_>,
    failure: &UpstreamFailure,
    upstream_status: u16,
    body: &[u8],
) -> WholeAnswer {
    let code = told_code(failure, upstream_status);
    let refusal = Refusal::new(code, message(code, failure, body));
    let status = match upstream_status {
        400 | 404 | 413 | 422 => upstream_status,
        _ => code.status(),
    };
    let status = StatusCode::from_u16(status).expect("the registry's statuses are valid");
    let body = render(exchange.request.facts.dialect(), &refusal, exchange.request_id);
    WholeAnswer {
        status,
        content_type: Some(JSON),
        content_encoding: None,
        code: Some(code),
        pieces: vec![body.into()],
        warnings: Warnings::default(),
        outcome: about_request(failure, status, upstream_status),
    }
}

/// The upstream's words; agents know by two of them that they must compact.
fn message(code: Code, failure: &UpstreamFailure, body: &[u8]) -> String {
    const TOO_LONG: &str = "prompt is too long";
    const CODE: &str = "context_length_exceeded";
    let words = failure::message(body)
        .unwrap_or_else(|| format!("the provider finds fault with the request: {}", told(failure)));
    if code != Code::ContextLengthExceeded {
        return words;
    }
    let lower = words.to_ascii_lowercase();
    match (lower.contains(TOO_LONG), lower.contains(CODE)) {
        (true, true) => words,
        (true, false) => format!("{words} ({CODE})"),
        (false, _) => format!("{TOO_LONG} ({CODE}): {words}"),
    }
}

fn about_request(failure: &UpstreamFailure, status: StatusCode, upstream_status: u16) -> Outcome {
    Outcome {
        status: status.as_u16(),
        code: EndCode::Refused(told_code(failure, upstream_status)),
        counted: Counted::Nothing,
        attempt: Some(AttemptEnd {
            class: AttemptClass::Failed(failure.class),
            status: upstream_status,
            detail: told(failure),
        }),
    }
}

/// A body up to a bound; one that arrives in one piece is not copied.
async fn collect(
    body: &mut AnswerBody,
    limit: usize,
    deadline: Instant,
    memory: &mut MemoryHold,
) -> Result<Bytes, Failed> {
    let before = memory.held();
    let most = body.declared().and_then(|it| usize::try_from(it).ok()).unwrap_or(usize::MAX);
    let reading = async {
        let Some(first) = body.data().await else { return Ok(Bytes::new()) };
        let first = first.map_err(SendError::Broken)?;
        memory.at_least(before + first.len()).map_err(no_room)?;
        let Some(second) = body.data().await else { return within(first, limit) };
        let mut whole = BytesMut::with_capacity(first.len() * 4);
        whole.extend_from_slice(&first);
        let mut next = Some(second);
        while let Some(piece) = next {
            let piece = piece.map_err(SendError::Broken)?;
            if whole.len() + piece.len() > whole.capacity() {
                let needed = whole.len() + piece.len();
                let room = (2 * needed).min(most.max(needed));
                memory.at_least(before + whole.capacity() + room).map_err(no_room)?;
                whole.reserve(room - whole.len());
                memory.resize(before + whole.capacity());
            }
            whole.extend_from_slice(&piece);
            if whole.len() > limit {
                break;
            }
            next = body.data().await;
        }
        within(whole.freeze(), limit)
    };
    timeout_at(deadline, reading).await.unwrap_or(Err(SendError::TotalTimeout.into()))
}

/// The router's own want of memory, which another target would not end; and neither would another try, if it is of one answer alone.
fn no_room(refusal: Refusal) -> Failed {
    let detail = format!("the answer was not read: {}", refusal.message);
    let failed = Failed { code: Code::Overloaded, ..Failed::new(FailureClass::ServerError, 0, detail) };
    if refusal.code != Code::RequestTooLarge {
        return failed;
    }
    let refusal = Refusal {
        code: Code::AnswerTooLarge,
        message: refusal.message.replacen("the request needs", "the provider's answer needs", 1).replacen(
            "send less",
            "ask for less, or stream",
            1,
        ),
        ..refusal
    };
    Failed { code: refusal.code, never_fits: Some(Box::new(refusal)), ..failed }
}

fn within(body: Bytes, limit: usize) -> Result<Bytes, Failed> {
    if body.len() <= limit {
        return Ok(body);
    }
    let failed = Failed::new(FailureClass::InvalidResponse, 0, format!("the answer is larger than {limit} bytes"));
    Err(Failed { code: Code::AnswerTooLarge, ..failed })
}
