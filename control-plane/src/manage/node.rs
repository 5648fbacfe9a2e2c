//! Routers: how one is let in, how all stand, how one is shut out.

use control_plane_core::{
    Secret,
    audit::{Actor, AuditAction, AuditEvent},
    node::{GONE_AFTER_MS, JoinTokenRecord, NodeFacts, NodeStatus},
    token::TokenKind,
};

use super::{Control, ManageError};
use crate::{
    clock::now_ms,
    secrets::mint,
    store::{
        Tx, audit, join_token,
        node::{self, Node},
        revision,
    },
};

/// A join token that is never used should not stay open for long.
const LONGEST_MS: u64 = 30 * 86_400_000;

/// More is a token for everybody.
const MOST_USES: u64 = 10_000;

/// A join token that has just been made.
pub struct IssuedJoin {
    /// What is stored.
    pub record: JoinTokenRecord,
    /// The whole token, to be shown once.
    pub text: Secret,
}

/// Makes a token with which so many routers may join.
pub async fn join_token(control: &Control, actor: &Actor, ttl_ms: u64, uses: u64) -> Result<IssuedJoin, ManageError> {
    if uses == 0 || uses > MOST_USES {
        return Err(ManageError::InvalidValue("a join token is for 1 to 10000 routers"));
    }
    if ttl_ms == 0 || ttl_ms > LONGEST_MS {
        return Err(ManageError::InvalidValue("a join token lives for more than 0s and at most 30d"));
    }
    let now = now_ms();
    let new = mint(TokenKind::Join);
    let record = JoinTokenRecord {
        id: new.id,
        digest: new.digest,
        created_ms: now,
        expires_ms: now.saturating_add_unsigned(ttl_ms),
        used_ms: None,
        uses,
        used: 0,
    };
    let mut tx = control.store.write().await?;
    join_token::insert(&mut tx, &record).await?;
    let target = format!("join-token/{}", record.id);
    audit::record(&mut tx, &event(actor, AuditAction::NodeJoinToken, target)).await?;
    tx.commit().await?;
    Ok(IssuedJoin { record, text: new.text })
}

/// All routers, and how each stands.
pub async fn list(control: &Control) -> Result<Vec<(Node, NodeStatus)>, ManageError> {
    let nodes = node::list(control.store.read()).await?;
    let newest = revision::current(control.store.read()).await?;
    let (now, opened_ms) = (now_ms(), control.store.opened_ms());
    let standing = |node: Node| {
        let facts = NodeFacts {
            state: node.state,
            // A row of before this start may be a restored copy's, or of a router that went with the last process.
            last_seen_ms: node.last_seen_ms.filter(|at| node.stream_open && *at >= opened_ms).unwrap_or(0),
            held_version: node.held_version,
            partial: !node.gaps.is_empty(),
            rejected_version: node.rejection.as_ref().map_or(0, |rejection| rejection.version),
        };
        (node, NodeStatus::of(&facts, newest, now))
    };
    Ok(nodes.into_iter().map(standing).collect())
}

/// Whether a router has been gone for so long that lists leave it out. One that never came counts from when it joined.
pub fn is_gone(node: &Node, status: NodeStatus, now_ms: i64) -> bool {
    let last = node.revoked_ms.or(node.last_seen_ms).unwrap_or(node.created_ms);
    matches!(status, NodeStatus::Away | NodeStatus::Revoked) && now_ms.saturating_sub(last) > GONE_AFTER_MS
}

/// Has callers sent elsewhere from a router, or takes it back: it says that it is not ready, and serves who comes all the same.
pub async fn drain(control: &Control, actor: &Actor, id: &str, drained: bool) -> Result<(), ManageError> {
    let mut tx = control.store.write().await?;
    if !node::drain(&mut tx, id, drained).await? {
        return Err(ManageError::NotFound { kind: "node", id: id.to_owned() });
    }
    let detail = if drained { "drained" } else { "taken back" }.to_owned();
    let event = AuditEvent { detail, ..event(actor, AuditAction::NodeDrain, format!("node/{id}")) };
    audit::record(&mut tx, &event).await?;
    Ok(tx.commit().await?)
}

/// Asks a router to replace its credential and its key. The old ones open until the new ones are first used.
pub async fn rotate(control: &Control, actor: &Actor, id: &str) -> Result<(), ManageError> {
    let mut tx = control.store.write().await?;
    if !node::rotation::ask_to_rotate(&mut tx, id, now_ms()).await? {
        return Err(closed(&mut tx, id).await?);
    }
    audit::record(&mut tx, &event(actor, AuditAction::NodeRotate, format!("node/{id}"))).await?;
    Ok(tx.commit().await?)
}

/// Forgets a router that is away or was revoked: its credential opens nothing. Its usage stays.
pub async fn forget(control: &Control, actor: &Actor, id: &str) -> Result<(), ManageError> {
    let found = list(control).await?.into_iter().find(|(node, _)| node.id == id);
    match found {
        None => return Err(ManageError::NotFound { kind: "node", id: id.to_owned() }),
        Some((_, NodeStatus::Away | NodeStatus::Revoked)) => {}
        Some(_) => return Err(ManageError::Conflict(format!("node `{id}` is connected: stop it first, or revoke it"))),
    }
    let mut tx = control.store.write().await?;
    node::forget(&mut tx, id).await?;
    audit::record(&mut tx, &event(actor, AuditAction::NodeForget, format!("node/{id}"))).await?;
    Ok(tx.commit().await?)
}

/// Shuts a router out: its credential opens nothing from now on.
pub async fn revoke(control: &Control, actor: &Actor, id: &str) -> Result<(), ManageError> {
    let mut tx = control.store.write().await?;
    if !node::revoke(&mut tx, id, now_ms()).await? {
        return Err(closed(&mut tx, id).await?);
    }
    audit::record(&mut tx, &event(actor, AuditAction::NodeRevoke, format!("node/{id}"))).await?;
    Ok(tx.commit().await?)
}

/// Why a router that is not active cannot be changed.
async fn closed(tx: &mut Tx, id: &str) -> Result<ManageError, ManageError> {
    Ok(if node::credential(tx.connection(), id).await?.is_some() {
        ManageError::Conflict(format!("node `{id}` is revoked already"))
    } else {
        ManageError::NotFound { kind: "node", id: id.to_owned() }
    })
}

fn event(actor: &Actor, action: AuditAction, target: String) -> AuditEvent {
    AuditEvent { at_ms: now_ms(), actor: actor.clone(), action, target, version: None, detail: String::new() }
}
