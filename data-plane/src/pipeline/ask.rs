use data_plane_core::decide::FailureClass;
use http::StatusCode;
use tokio::time::{Instant, timeout_at};

use super::answer::Content;
use super::events::{EventStream, HeldStream};
use super::exchange::Exchange;
use super::failed::Failed;
use super::settle::Settlement;
use super::whole::{self, NotRead};
use crate::upstream::SendError;

/// Successes without an answer in them: clients read no body there, or take a part for the whole.
const NO_ANSWER: [StatusCode; 3] = [StatusCode::NO_CONTENT, StatusCode::RESET_CONTENT, StatusCode::PARTIAL_CONTENT];

/// A target gave no answer.
pub(super) struct Unanswered {
    pub failed: Failed,
    /// What the caller gets if no other target is tried: the upstream's own words about the request. `None`: ours.
    pub words: Option<Content>,
}

impl From<NotRead> for Unanswered {
    fn from(NotRead { failed, words }: NotRead) -> Self {
        Self { failed, words: words.map(Content::Whole) }
    }
}

impl From<SendError> for Unanswered {
    fn from(error: SendError) -> Self {
        Self { failed: error.into(), words: None }
    }
}

/// Sends the request to one target and reads the answer, or its beginning.
pub(super) async fn ask(exchange: &Exchange<'_>, settlement: &mut Settlement) -> Result<Content, Unanswered> {
    let provider = &exchange.call.target.provider;
    let deadline = Instant::now() + provider.timeouts.total;
    // The head of a whole answer comes with its end.
    let first_byte = if exchange.streams() { provider.timeouts.first_byte } else { provider.timeouts.total };
    let sending = exchange.router.upstream.send(provider, exchange.shape(settlement)?, first_byte);
    let sending = timeout_at(deadline, sending);
    let response = sending.await.unwrap_or(Err(SendError::TotalTimeout))?;
    settlement.attempt_answered();
    if !response.status().is_success() {
        return Err(whole::read_failure(exchange, response, deadline).await.into());
    }
    if NO_ANSWER.contains(&response.status()) {
        let detail = "its status says that there is no answer, or a part of one";
        let failed = Failed::new(FailureClass::InvalidResponse, response.status().as_u16(), detail);
        return Err(Unanswered { failed, words: None });
    }
    if !exchange.streams() {
        return Ok(Content::Whole(Box::new(whole::read(exchange, response, deadline, settlement).await?)));
    }
    if exchange.reply.is_some() && whole::is_json(response.headers()) {
        return Err(whole::read_instead_of_stream(exchange, response, deadline).await.into());
    }
    let mut events = EventStream::open(exchange, response, deadline);
    match events.hold().await {
        HeldStream::Started => Ok(Content::Events(Box::new(events))),
        HeldStream::Failed(failed) => Err(Unanswered { failed, words: None }),
        // Told in another dialect it is no stream any more.
        HeldStream::AboutRequest(failed, failure) if exchange.reply.is_some() => {
            let words = whole::retold(exchange, &failure, failed.status, b"");
            Err(Unanswered { failed, words: Some(Content::Whole(Box::new(words))) })
        }
        // The caller gets the stream as it is, if no other target is tried: it says what is wrong with the request.
        HeldStream::AboutRequest(failed, _) => {
            Err(Unanswered { failed, words: Some(Content::Events(Box::new(events))) })
        }
    }
}
