//! The one sequence of versions, and the routers that hold them.

use std::{collections::BTreeSet, time::Duration};

use control_plane_core::{
    audit::{Actor, AuditAction, AuditEvent},
    node::{NodeState, NodeStatus},
    token::TokenState,
};
use tokio::time::{Instant, sleep};

use super::{Control, ManageError, node, token::event as token_event};
use crate::{
    clock::now_ms,
    store::{
        StoreError, Tx, audit,
        node::{self as stored_node, Node},
        revision, token,
    },
};

/// How often routers are looked at while something waits for them.
const LOOK: Duration = Duration::from_millis(100);
/// A mistaken number must not use up the sequence.
const MOST_AHEAD: u64 = 1_000_000_000;
/// Why a token is closed again.
const KNOWN_AS_CLOSED: &str = "a router that holds a newer version knows it as closed";

/// On how many routers a version is in force.
pub struct HeldBy {
    /// How many hold it, or a newer one.
    pub routers: usize,
    /// Those that do not, and how they stand.
    pub not_yet: Vec<(Node, NodeStatus)>,
}

/// Routers that count, by whether a version is in force on them.
pub struct VersionStanding {
    /// Those that hold it, or a newer one.
    pub holding: Vec<(Node, NodeStatus)>,
    /// Those that do not.
    pub not_yet: Vec<(Node, NodeStatus)>,
}

/// How all routers stand to a version. What has been gone for long is not waited for.
pub async fn standing(control: &Control, version: u64) -> Result<VersionStanding, ManageError> {
    let now = now_ms();
    let counts = |(it, status): &(Node, NodeStatus)| *status != NodeStatus::Revoked && !node::is_gone(it, *status, now);
    let all = node::list(control).await?.into_iter().filter(counts);
    // Whoever is ahead holds another history.
    let holds = |(node, status): &(Node, NodeStatus)| node.held_version >= version && *status != NodeStatus::Ahead;
    let (holding, not_yet) = all.partition(holds);
    Ok(VersionStanding { holding, not_yet })
}

/// Waits until a version is in force on all routers, or for so long.
pub async fn in_force(control: &Control, version: u64, patience: Duration) -> Result<HeldBy, ManageError> {
    let deadline = Instant::now() + patience;
    loop {
        let VersionStanding { holding, not_yet } = standing(control, version).await?;
        if not_yet.is_empty() || Instant::now() >= deadline {
            return Ok(HeldBy { routers: holding.len(), not_yet });
        }
        sleep(LOOK).await;
    }
}

/// What adopting did.
pub struct Adopted {
    /// The latest version now.
    pub version: u64,
    /// The routers whose versions were passed, by id.
    pub routers: Vec<String>,
    /// Tokens that are closed again, because those routers know them to be.
    pub revoked: Vec<String>,
    /// The same, until they are resumed.
    pub suspended: Vec<String>,
    /// Routers that are not connected: what they hold now is not known.
    pub unheard: Vec<Node>,
}

/// Passes what routers hold, so that they take what is published from now on, after an older copy of the database was restored.
/// Tokens that those routers know to be closed are closed here again. `at_least`: a version that a router holds which is not
/// connected.
pub async fn adopt(control: &Control, actor: &Actor, at_least: Option<u64>) -> Result<Adopted, ManageError> {
    let now = now_ms();
    let unheard = |(it, status): &(Node, NodeStatus)| *status == NodeStatus::Away && !node::is_gone(it, *status, now);
    let unheard: Vec<Node> = node::list(control).await?.into_iter().filter(unheard).map(|(node, _)| node).collect();
    let mut tx = control.store.write().await?;
    let newest = revision::lock(&mut tx).await?;
    let nodes = stored_node::list(tx.connection()).await?;
    let ahead: Vec<Node> =
        nodes.into_iter().filter(|it| it.state == NodeState::Active && it.held_version > newest).collect();
    let held = ahead.iter().map(|it| it.held_version).chain(at_least).max().unwrap_or(0);
    if held <= newest {
        let (routers, revoked, suspended) = Default::default();
        return Ok(Adopted { version: newest, routers, revoked, suspended, unheard });
    }
    if held > newest.saturating_add(MOST_AHEAD) {
        return Err(ManageError::InvalidValue("a version is at most a billion above the latest one"));
    }
    let version = revision::pass(&mut tx, held).await?;
    let (revoked, suspended) = close_again(&mut tx, actor, &ahead, version).await?;
    let event = AuditEvent {
        at_ms: now_ms(),
        actor: actor.clone(),
        action: AuditAction::VersionAdopt,
        target: "config".to_owned(),
        version: Some(version),
        detail: format!(
            "version {newest} is older than {held}; tokens revoked again: {}, suspended again: {}",
            revoked.len(),
            suspended.len()
        ),
    };
    audit::record(&mut tx, &event).await?;
    tx.commit().await?;
    Ok(Adopted { version, routers: ahead.into_iter().map(|it| it.id).collect(), revoked, suspended, unheard })
}

/// Closes what routers know to be closed.
async fn close_again(
    tx: &mut Tx,
    actor: &Actor,
    ahead: &[Node],
    version: u64,
) -> Result<(Vec<String>, Vec<String>), StoreError> {
    let closed = || ahead.iter().filter_map(|it| it.closed_tokens.as_deref());
    let revoked: BTreeSet<&String> = closed().flat_map(|it| &it.revoked).collect();
    let suspended: BTreeSet<&String> = closed().flat_map(|it| &it.suspended).collect();
    let (mut revoked_again, mut suspended_again) = (Vec::new(), Vec::new());
    for record in token::all(tx.connection()).await? {
        let next = if revoked.contains(&record.id) {
            record.revoke().map(|it| (it, AuditAction::TokenRevoke))
        } else if suspended.contains(&record.id) {
            record.suspend().map(|it| (it, AuditAction::TokenSuspend))
        } else {
            continue;
        };
        // What is closed already stays as it is.
        let Ok((next, action)) = next else { continue };
        token::update(tx, &next, version).await?;
        audit::record(tx, &token_event(actor, action, &next, version, KNOWN_AS_CLOSED.to_owned())).await?;
        if next.state == TokenState::Revoked { &mut revoked_again } else { &mut suspended_again }.push(next.id);
    }
    Ok((revoked_again, suspended_again))
}
