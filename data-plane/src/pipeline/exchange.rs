use data_plane_core::config::{Provider, Secret, Tenancy};
use data_plane_core::decide::provenance::marks;
use data_plane_core::dialect::id_tag::{IdTag, IdTags};
use data_plane_core::dialect::neutral::Realm;
use data_plane_core::dialect::request::RequestEdits;
use data_plane_core::dialect::scrub::Scrub;
use data_plane_core::dialect::translate::Reply;
use data_plane_core::dialect::{Operation, splice};
use http::{HeaderMap, Method, Request, Uri};

use super::Authorised;
use super::call::Call;
use super::settle::Settlement;
use crate::body::Body;
use crate::state::Router;
use crate::upstream::{SendError, forwarded, forwarded_query, translated, with_credential};

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
    /// The provider's key.
    pub secret: Option<Secret>,
    /// What takes it out of what comes back.
    pub scrub: Option<Scrub>,
}

impl Exchange<'_> {
    /// What the target is asked to do.
    pub fn operation(&self) -> Operation {
        self.call.operation(self.request.facts.operation)
    }

    /// Whose mark the caller gets on what only the upstream can use; `None`: there is nobody else that could get it.
    pub fn mark(&self) -> Option<Realm> {
        let (request, target) = (self.request, &self.call.target);
        marks(&request.group, target, &request.facts.provenance).then(|| Realm::of(&target.provider.id))
    }

    /// What ids bear of what the upstream may keep: whose they are, or at least whose mark. The router's own store knows
    /// responses by their own ids.
    pub fn id_tags(&self) -> IdTags {
        let Authorised { who, owner, facts, .. } = self.request;
        let provider = &self.call.target.provider;
        let shared = provider.tenancy == Tenancy::Shared && facts.store;
        let owner = owner.clone().filter(|_| shared).map(|it| IdTag::Owner(Realm::of(&provider.id), it));
        let tag = owner.or_else(|| self.mark().map(IdTag::Realm));
        let stored = who.snapshot.settings.responses_store.is_some();
        IdTags { item: tag.clone().filter(|_| facts.store), response: tag.filter(|_| !stored) }
    }

    /// A stream is asked of the target.
    pub fn streams(&self) -> bool {
        self.request.facts.asks_for_stream()
    }

    /// The request as this target gets it: the caller's bytes, but for what named rules splice; or what was written for it.
    pub fn shape(&self, settlement: &mut Settlement) -> Result<Request<Body>, SendError> {
        let Self { call, request: asked, .. } = self;
        let provider = &call.target.provider;
        let (mut headers, body, query) = match &call.written {
            None => {
                let RequestEdits { splices, warnings } = call.edits(asked);
                settlement.warn(&warnings);
                let headers = forwarded(self.headers, call.dialect, provider);
                (headers, splice::apply(&asked.body, &splices), self.query.and_then(forwarded_query))
            }
            // Flags in headers and queries belong to fields of the caller's body.
            Some(written) => (translated(self.headers, provider), vec![written.body.clone()], None),
        };
        with_credential(&mut headers, call.dialect, provider.kind, self.secret.as_ref());
        let mut request = Request::new(Body::segments(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = address(provider, self.operation(), query.as_deref())?;
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
