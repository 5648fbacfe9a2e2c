use std::{net::IpAddr, time::Instant};

use base64::{Engine, prelude::BASE64_STANDARD};
use control_plane_core::{
    audit::{Actor, AuditAction, AuditEvent},
    node::JoinRefused,
    token::{self, TokenKind},
};
use proto::v1::{EnrolRequest, EnrolResponse, enrolment_service_server::EnrolmentService};
use tonic::{Request, Response, Status, metadata::MetadataMap};

use super::{node_auth::unavailable, words};
use crate::{
    clock,
    failures::Failures,
    secrets::mint,
    store::{
        Store, StoreError, audit, join_token,
        node::{self, NewNode},
    },
};

/// Of Ed25519.
const PUBLIC_KEY_BYTES: usize = 32;

/// Makes routers out of join tokens.
pub(super) struct Enrolment {
    store: Store,
    failures: Failures,
}

/// Why no router came of a join token.
enum Failure {
    Refused(JoinRefused),
    Store(StoreError),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Enrolment {
    pub fn new(store: Store) -> Self {
        Self { store, failures: Failures::default() }
    }

    /// Uses the token up, adds the router and records both, or does nothing.
    async fn join(
        &self,
        request: &EnrolRequest,
        public_key: Option<&[u8]>,
        now_ms: i64,
    ) -> Result<EnrolResponse, Failure> {
        let unknown = || Failure::Refused(JoinRefused::Unknown);
        let join_id = token::id(TokenKind::Join, &request.join_token).ok_or_else(unknown)?;
        let mut tx = self.store.write().await?;
        let join = join_token::find(&mut tx, join_id).await?.ok_or_else(unknown)?;
        join.admits(&token::digest(&request.join_token), now_ms).map_err(Failure::Refused)?;
        let minted = mint(TokenKind::Node);
        if !join_token::consume(&mut tx, join_id, &minted.id, now_ms).await? {
            return Err(Failure::Refused(JoinRefused::Used));
        }
        let (name, region, build) =
            (words::clean(&request.name), words::clean(&request.region), words::clean(&request.build));
        let new = NewNode {
            id: &minted.id,
            name: &name,
            region: &region,
            build: &build,
            digest: minted.digest,
            public_key,
            created_ms: now_ms,
        };
        node::insert(&mut tx, &new).await?;
        let event = AuditEvent {
            at_ms: now_ms,
            actor: Actor::Node(minted.id.clone()),
            action: AuditAction::NodeEnrol,
            target: format!("node/{}", minted.id),
            version: None,
            detail: format!(
                "name {name}, region {region}, join token {join_id}{}",
                if public_key.is_none() { ", without a key of its own: an older version" } else { "" }
            ),
        };
        audit::record(&mut tx, &event).await?;
        tx.commit().await?;
        Ok(EnrolResponse { credential: minted.text.expose().to_owned(), node_id: minted.id })
    }
}

/// The key that the router has made for itself; `None`: it is of a version that makes none.
fn public_key(metadata: &MetadataMap) -> Result<Option<Vec<u8>>, Status> {
    let Some(told) = metadata.get("x-node-public-key") else { return Ok(None) };
    let key = BASE64_STANDARD.decode(told.as_bytes()).ok().filter(|it| it.len() == PUBLIC_KEY_BYTES);
    key.map(Some).ok_or_else(|| Status::invalid_argument("the public key is not 32 bytes in base64"))
}

#[tonic::async_trait]
impl EnrolmentService for Enrolment {
    async fn enrol(&self, request: Request<EnrolRequest>) -> Result<Response<EnrolResponse>, Status> {
        let address = request.remote_addr().map_or(IpAddr::from([0, 0, 0, 0]), |it| it.ip());
        if self.failures.refuses(address, None, Instant::now()) {
            return Err(Status::resource_exhausted("too many enrolments have failed from this address: wait a minute"));
        }
        let public_key = public_key(request.metadata())?;
        match self.join(request.get_ref(), public_key.as_deref(), clock::now_ms()).await {
            Ok(response) => {
                tracing::info!(node = response.node_id, "a router has joined");
                Ok(Response::new(response))
            }
            Err(Failure::Refused(refused)) => {
                if self.failures.failed(address, Instant::now()) {
                    tracing::warn!(%address, "too many enrolments have failed from this address");
                }
                Err(Status::unauthenticated(refused.to_string()))
            }
            Err(Failure::Store(error)) => Err(unavailable(&error)),
        }
    }
}
