use base64::{Engine, prelude::BASE64_STANDARD};
use control_plane_core::token::TokenKind;
use proto::v1::{RotateRequest, RotateResponse, identity_service_server::IdentityService};
use ring::signature::{ED25519, UnparsedPublicKey};
use tonic::{Request, Response, Status};

use super::{
    node_auth::{revoked, unavailable},
    subscribe::caller,
};
use crate::{
    secrets::mint_again,
    store::{
        Store, StoreError,
        node::rotation::{self, NextCredential},
    },
};

/// What is signed begins with this. Routers have the same.
const PURPOSE: &str = "smart-router/node-rotation/v1";

/// Hands out new credentials to routers that have shown, and signed with, the ones in force.
#[derive(Clone)]
pub(super) struct Rotations {
    pub store: Store,
}

impl Rotations {
    async fn offer(&self, node: &str, next: &NextCredential) -> Result<bool, StoreError> {
        let mut tx = self.store.write().await?;
        let offered = rotation::offer(&mut tx, node, next).await?;
        tx.commit().await?;
        Ok(offered)
    }
}

#[tonic::async_trait]
impl IdentityService for Rotations {
    async fn rotate(&self, request: Request<RotateRequest>) -> Result<Response<RotateResponse>, Status> {
        let node = caller(&request)?.id;
        let RotateRequest { public_key, proof } = request.into_inner();
        if !signs_itself(&node, &public_key, &proof) {
            return Err(Status::invalid_argument("the new key has not signed the request for it"));
        }
        let minted = mint_again(TokenKind::Node, &node);
        let next = NextCredential { digest: minted.digest, public_key };
        if !self.offer(&node, &next).await.map_err(|error| unavailable(&error))? {
            return Err(revoked());
        }
        tracing::info!(node, "a router has a new credential, and will use it next");
        Ok(Response::new(RotateResponse { credential: minted.text.expose().to_owned() }))
    }
}

/// Whether who asks has the new key, and asks for this router.
fn signs_itself(node: &str, public_key: &[u8], proof: &[u8]) -> bool {
    let said = format!("{PURPOSE}\n{node}\n{}", BASE64_STANDARD.encode(public_key));
    UnparsedPublicKey::new(&ED25519, public_key).verify(said.as_bytes(), proof).is_ok()
}
