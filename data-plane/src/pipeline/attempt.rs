use std::time::Duration;

use data_plane_core::config::{Provider, Target};
use data_plane_core::decide::retry::{self, Next};
use data_plane_core::dialect::request::request_splices;
use data_plane_core::dialect::{Operation, splice};
use data_plane_core::error::Refusal;
use http::request::Parts;
use http::{HeaderMap, Method, Request, Uri};
use tokio::time::{Instant, timeout_at};

use super::authorise::Authorised;
use super::events::{EventStream, Held};
use super::failed::Failed;
use super::plan::Planned;
use super::settle::Settlement;
use super::whole::{self, WholeAnswer};
use crate::http::Body;
use crate::state::Router;
use crate::upstream::{SendError, forwarded, with_credential};

/// What the caller gets from an upstream.
pub(super) enum Answer {
    Whole(Box<WholeAnswer>),
    /// Its head and its first content are there.
    Events(Box<EventStream>),
}

/// Tries the targets in order until one answers, or until a failure is final. Nothing is sent before the usage log has
/// it in writing.
pub(super) async fn attempt(
    router: &Router,
    planned: Planned,
    head: &Parts,
    settlement: &mut Settlement,
) -> Result<Answer, Refusal> {
    let Planned { request, order } = planned;
    let no_fallback = head.headers.get("x-router-no-fallback").is_some_and(|it| it != "false" && it != "0");
    let mut headers = forwarded(&head.headers);
    let mut attempts = 0;
    loop {
        let target = &order[attempts];
        attempts += 1;
        let remaining = order.len() - attempts;
        settlement.attempt(target)?;
        let sent = if remaining == 0 { std::mem::take(&mut headers) } else { headers.clone() };
        let call = Call { router, request: &request, target, query: head.uri.query() };
        let failed = match call.exchange(sent, settlement).await {
            Ok(answer) => return Ok(answer),
            Err(failed) => failed,
        };
        settlement.attempt_failed(failed.end());
        let next = retry::next(&request.group.fallback, failed.class, attempts as u32, remaining, false, no_fallback);
        if next == Next::Stop {
            let refusal = failed.refusal(attempts);
            return failed.answer.ok_or(refusal);
        }
        let turn = format!("{}: {}, next {}", target.id, failed.class.as_str(), order[attempts].id);
        settlement.trace("fallback", turn);
    }
}

/// One attempt at one target.
struct Call<'a> {
    router: &'a Router,
    request: &'a Authorised,
    target: &'a Target,
    query: Option<&'a str>,
}

impl Call<'_> {
    async fn exchange(&self, headers: HeaderMap, settlement: &mut Settlement) -> Result<Answer, Failed> {
        let provider = &self.target.provider;
        let deadline = Instant::now() + provider.timeouts.total;
        let sending = timeout_at(deadline, self.router.upstream.send(provider, self.shape(headers)?));
        let response = sending.await.unwrap_or(Err(SendError::TotalTimeout))?;
        settlement.attempt_answered();
        if !response.status().is_success() {
            return Err(whole::read_failure(self.request.facts.dialect(), response, deadline).await);
        }
        if !streams(self.request) {
            return whole::read(self.request, response, deadline).await.map(|it| Answer::Whole(Box::new(it)));
        }
        let mut events = EventStream::open(self.router, self.request, provider, response, deadline);
        match events.hold().await {
            Held::Started => Ok(Answer::Events(Box::new(events))),
            Held::Failed(failed) => Err(failed),
            // The caller gets the stream as it is, if no other target is tried: it says what is wrong with the request.
            Held::AboutRequest(failed) => Err(Failed { answer: Some(Answer::Events(Box::new(events))), ..failed }),
        }
    }

    /// The caller's request as this target gets it: its bytes, but for what named rules splice.
    fn shape(&self, mut headers: HeaderMap) -> Result<Request<Body>, Failed> {
        let provider = &self.target.provider;
        let facts = &self.request.facts;
        let secret = provider.credential.as_ref().and_then(|it| self.router.credentials.resolve(it));
        with_credential(&mut headers, facts.dialect(), provider.kind, secret.as_ref());
        let body = splice::apply(&self.request.body, &request_splices(facts, self.target));
        let mut request = Request::new(Body::segments(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = address(provider, facts.operation, self.query)?;
        *request.headers_mut() = headers;
        Ok(request)
    }
}

fn address(provider: &Provider, operation: Operation, query: Option<&str>) -> Result<Uri, SendError> {
    let mut address = provider.url(operation);
    if let Some(query) = query {
        address.push('?');
        address.push_str(query);
    }
    Uri::try_from(address).map_err(|_| SendError::Address)
}

fn streams(request: &Authorised) -> bool {
    request.facts.stream && !matches!(request.facts.operation, Operation::CountTokens | Operation::Embeddings)
}

/// What streams keep to, in time.
#[derive(Clone, Copy)]
pub(super) struct Pace {
    /// A caller that gets nothing for so long gets a keep-alive.
    pub keep_alive: Duration,
    /// An upstream that sends nothing for so long has failed.
    pub idle: Duration,
    /// When the whole call must be over.
    pub deadline: Instant,
}
