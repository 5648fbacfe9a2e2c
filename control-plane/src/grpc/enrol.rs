use control_plane_core::{
    audit::{Actor, AuditAction, AuditEvent},
    node::JoinRefused,
    token::{self, TokenKind},
};
use proto::v1::{EnrolRequest, EnrolResponse, enrolment_service_server::EnrolmentService};
use tonic::{Request, Response, Status};

use super::{node_auth::unavailable, words};
use crate::{
    clock,
    secrets::mint,
    store::{
        Store, StoreError, audit,
        node::{self, NewNode},
    },
};

/// Makes routers out of join tokens.
pub(super) struct Enrolment {
    store: Store,
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
        Self { store }
    }

    /// Uses the token up, adds the router and records both, or does nothing.
    async fn join(&self, request: &EnrolRequest, now_ms: i64) -> Result<EnrolResponse, Failure> {
        let unknown = || Failure::Refused(JoinRefused::Unknown);
        let join_id = token::id(TokenKind::Join, &request.join_token).ok_or_else(unknown)?;
        let mut tx = self.store.write().await?;
        let join = node::join_token(&mut tx, join_id).await?.ok_or_else(unknown)?;
        join.admits(&token::digest(&request.join_token), now_ms).map_err(Failure::Refused)?;
        let minted = mint(TokenKind::Node);
        if !node::consume_join_token(&mut tx, join_id, &minted.id, now_ms).await? {
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
            created_ms: now_ms,
        };
        node::insert(&mut tx, &new).await?;
        let event = AuditEvent {
            at_ms: now_ms,
            actor: Actor::Node(minted.id.clone()),
            action: AuditAction::NodeEnrol,
            target: format!("node/{}", minted.id),
            version: None,
            detail: format!("name {name}, region {region}, join token {join_id}"),
        };
        audit::record(&mut tx, &event).await?;
        tx.commit().await?;
        Ok(EnrolResponse { credential: minted.text.expose().to_owned(), node_id: minted.id })
    }
}

#[tonic::async_trait]
impl EnrolmentService for Enrolment {
    async fn enrol(&self, request: Request<EnrolRequest>) -> Result<Response<EnrolResponse>, Status> {
        match self.join(request.get_ref(), clock::now_ms()).await {
            Ok(response) => {
                tracing::info!(node = response.node_id, "a router has joined");
                Ok(Response::new(response))
            }
            Err(Failure::Refused(refused)) => Err(Status::unauthenticated(refused.to_string())),
            Err(Failure::Store(error)) => Err(unavailable(&error)),
        }
    }
}
