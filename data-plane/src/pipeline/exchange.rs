use std::time::Duration;

use data_plane_core::config::Provider;
use data_plane_core::decide::provenance::several_realms;
use data_plane_core::dialect::neutral::Realm;
use data_plane_core::dialect::request::{RequestEdits, request_edits};
use data_plane_core::dialect::translate::Reply;
use data_plane_core::dialect::{Operation, splice};
use http::{HeaderMap, Method, Request, Uri};
use tokio::time::{Instant, timeout_at};

use super::Authorised;
use super::attempt::Answer;
use super::call::Call;
use super::events::{EventStream, Held};
use super::failed::Failed;
use super::settle::Settlement;
use super::whole;
use crate::body::Body;
use crate::state::Router;
use crate::upstream::{SendError, forwarded, translated, with_credential};

/// One attempt at one target.
pub(super) struct Exchange<'a> {
    pub router: &'a Router,
    pub request: &'a Authorised,
    pub request_id: &'a str,
    pub call: &'a Call,
    /// The caller's own.
    pub headers: &'a HeaderMap,
    pub query: Option<&'a str>,
    /// For answers of another dialect than the caller's.
    pub reply: Option<Reply>,
}

impl Exchange<'_> {
    /// Sends the request and reads the answer, or its beginning.
    pub async fn run(&self, settlement: &mut Settlement) -> Result<Answer, Failed> {
        let provider = &self.call.target.provider;
        let deadline = Instant::now() + provider.timeouts.total;
        let sending = timeout_at(deadline, self.router.upstream.send(provider, self.shape(settlement)?));
        let response = sending.await.unwrap_or(Err(SendError::TotalTimeout))?;
        settlement.attempt_answered();
        if !response.status().is_success() {
            return Err(whole::read_failure(self, response, deadline).await);
        }
        if !self.streams() {
            return whole::read(self, response, deadline, settlement).await.map(|it| Answer::Whole(Box::new(it)));
        }
        if self.reply.is_some() && whole::is_json(response.headers()) {
            return Err(whole::read_instead_of_stream(self, response, deadline).await);
        }
        let mut events = EventStream::open(self, response, deadline);
        match events.hold().await {
            Held::Started => Ok(Answer::Events(Box::new(events))),
            Held::Failed(failed) => Err(failed),
            // Told in another dialect it is no stream any more.
            Held::AboutRequest(failed, failure) if self.reply.is_some() => {
                let answer = whole::retold(self, &failure, failed.status, b"");
                Err(Failed { answer: Some(answer), ..failed })
            }
            // The caller gets the stream as it is, if no other target is tried: it says what is wrong with the request.
            Held::AboutRequest(failed, _) => Err(Failed { answer: Some(Answer::Events(Box::new(events))), ..failed }),
        }
    }

    /// What the target is asked to do.
    pub fn operation(&self) -> Operation {
        self.call.operation(self.request.facts.operation)
    }

    /// Whose mark the caller gets on what only the upstream can use; `None`: there is nobody else that could get it.
    pub fn mark(&self) -> Option<Realm> {
        several_realms(&self.request.group).then(|| Realm::of(&self.call.target.provider.id))
    }

    /// Ids of responses bear the mark, too: no store of the router knows them.
    pub fn tags_ids(&self) -> bool {
        self.request.who.snapshot.settings.responses_store.is_none()
    }

    fn streams(&self) -> bool {
        let operation = self.request.facts.operation;
        self.request.facts.stream && operation.generates() && operation != Operation::Compact
    }

    /// The request as this target gets it: the caller's bytes, but for what named rules splice; or what was written for it.
    fn shape(&self, settlement: &mut Settlement) -> Result<Request<Body>, Failed> {
        let Self { call, request: asked, .. } = self;
        let provider = &call.target.provider;
        let (mut headers, body, query) = match &call.written {
            None => {
                let RequestEdits { splices, warnings } =
                    request_edits(&asked.facts, &call.target, several_realms(&asked.group));
                settlement.warn(&warnings);
                (forwarded(self.headers), splice::apply(&asked.body, &splices), self.query)
            }
            // Flags in headers and queries belong to fields of the caller's body.
            Some(written) => (translated(self.headers), vec![written.body.clone()], None),
        };
        let secret = provider.credential.as_ref().and_then(|it| self.router.credentials.resolve(it));
        with_credential(&mut headers, call.dialect, provider.kind, secret.as_ref());
        let mut request = Request::new(Body::segments(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = address(provider, self.operation(), query)?;
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
