//! Who is at the other end: every call but enrolment carries a node credential, and is refused before its first message
//! is read.

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use control_plane_core::{
    audit::{Actor, AuditAction, AuditEvent},
    node::NodeState,
    token::{self, TokenKind},
};
use http::{HeaderMap, header::AUTHORIZATION};
use subtle::ConstantTimeEq;
use tonic::{Status, body::Body, server::NamedService};
use tower::Service;

use super::proof::{ProofRefused, Proofs};
use crate::{
    clock,
    store::{Store, StoreError, audit, node},
};

/// The router that a call comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CallingNode {
    /// Its id.
    pub id: String,
    /// Which of its credentials it has shown: one that was replaced since is a lower one.
    pub generation: i64,
}

/// A gRPC service that only routers reach. It puts the [`CallingNode`] into the request's extensions.
#[derive(Clone)]
pub(super) struct NodeAuth<S> {
    inner: S,
    store: Store,
    proofs: Proofs,
}

impl<S> NodeAuth<S> {
    pub fn new(inner: S, store: Store, proofs: Proofs) -> Self {
        Self { inner, store, proofs }
    }
}

impl<S: NamedService> NamedService for NodeAuth<S> {
    const NAME: &'static str = S::NAME;
}

impl<S> Service<http::Request<Body>> for NodeAuth<S>
where
    S: Service<http::Request<Body>, Response = http::Response<Body>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: http::Request<Body>) -> Self::Future {
        // The instance that is ready serves this call; its clone takes the next ones.
        let next = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, next);
        let (store, proofs) = (self.store.clone(), self.proofs.clone());
        Box::pin(async move {
            match authenticate(&store, &proofs, request.headers()).await {
                Ok(caller) => {
                    request.extensions_mut().insert(caller);
                    inner.call(request).await
                }
                Err(status) => Ok(status.into_http()),
            }
        })
    }
}

async fn authenticate(store: &Store, proofs: &Proofs, headers: &HeaderMap) -> Result<CallingNode, Status> {
    let unknown = || Status::unauthenticated("a node credential is needed; enrol again with a join token");
    let credential = bearer(headers).ok_or_else(unknown)?;
    let id = token::id(TokenKind::Node, credential).ok_or_else(unknown)?;
    let stored = node::credential(store.read(), id).await.map_err(|error| unavailable(&error))?.ok_or_else(unknown)?;
    let shown = token::digest(credential);
    let is_next = stored.next.as_ref().is_some_and(|next| next.digest.ct_eq(&shown).into());
    if !is_next && !bool::from(stored.digest.ct_eq(&shown)) {
        return Err(unknown());
    }
    let next_key = stored.next.as_ref().filter(|_| is_next).map(|it| &it.public_key);
    if let Some(key) = next_key.or(stored.public_key.as_ref()) {
        let proof = headers.get("x-node-proof").and_then(|it| it.to_str().ok());
        if let Err(refused) = proofs.check(id, key, proof, clock::now_ms()) {
            return Err(unproven(store, id, refused).await);
        }
    }
    match stored.state {
        NodeState::Active => {}
        NodeState::Revoked => return Err(revoked()),
    }
    let generation = if is_next {
        promote(store, id, &shown).await.map_err(|error| unavailable(&error))?
    } else {
        stored.generation
    };
    Ok(CallingNode { id: id.to_owned(), generation })
}

/// Puts a new credential in the place of the old one, because it was used; its generation.
async fn promote(store: &Store, node: &str, digest: &[u8; 32]) -> Result<i64, StoreError> {
    let (mut tx, now_ms) = (store.write().await?, clock::now_ms());
    if node::rotation::promote(&mut tx, node, digest, now_ms).await? {
        tracing::info!(node, "a router uses its new credential; the old one opens nothing from now on");
        let event = AuditEvent {
            at_ms: now_ms,
            actor: Actor::Node(node.to_owned()),
            action: AuditAction::NodeRotated,
            target: format!("node/{node}"),
            version: None,
            detail: "its new credential was used: the old one opens nothing".to_owned(),
        };
        audit::record(&mut tx, &event).await?;
    }
    // Another call may have done it in the same moment.
    let stored = node::credential(tx.connection(), node).await?;
    tx.commit().await?;
    Ok(stored.map_or(0, |it| it.generation))
}

/// The answer to a call whose credential is right, and which is not its router's.
async fn unproven(store: &Store, node: &str, refused: ProofRefused) -> Status {
    match refused {
        ProofRefused::Stale => {
            let mut status = Status::unauthenticated("the proof is too old or too new: the clocks differ");
            status.metadata_mut().insert("x-node-time", clock::now_ms().into());
            return status;
        }
        ProofRefused::Foreign | ProofRefused::Repeated => {}
    }
    tracing::error!(node, ?refused, "a router's credential was used without its key: it was copied");
    if let Err(error) = second_use(store, node).await {
        tracing::error!(%error, "the second use of a credential cannot be recorded");
    }
    Status::unauthenticated("the call is not signed by the key of this node; enrol again with a join token")
}

/// Notes that a credential was used by somebody else. `true`: it was not within the last hour, and the audit log says so.
pub(super) async fn second_use(store: &Store, id: &str) -> Result<bool, StoreError> {
    let (mut tx, now_ms) = (store.write().await?, clock::now_ms());
    let begun = node::used_elsewhere(&mut tx, id, now_ms).await?;
    if begun {
        let event = AuditEvent {
            at_ms: now_ms,
            actor: Actor::Node(id.to_owned()),
            action: AuditAction::NodeSecondUse,
            target: format!("node/{id}"),
            version: None,
            detail: "its credential was used by somebody else: revoke it, and join again".to_owned(),
        };
        audit::record(&mut tx, &event).await?;
    }
    tx.commit().await?;
    Ok(begun)
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, credential) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(credential)
}

/// The answer to a router whose credential is void.
pub(super) fn revoked() -> Status {
    Status::permission_denied("this node was revoked; enrol again with a join token")
}

/// The answer to a stream whose credential was replaced while it stood: who has the new one comes back with it.
pub(super) fn replaced() -> Status {
    Status::aborted("this node has another credential by now")
}

/// The answer when the database does not: never one that a router could take for a refusal of its credential.
pub(super) fn unavailable(error: &StoreError) -> Status {
    tracing::error!(%error, "a router cannot be served");
    Status::unavailable("the control plane's database is unavailable; try again later")
}
