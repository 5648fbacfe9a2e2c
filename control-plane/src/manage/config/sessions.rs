//! What a change of the configuration means for people who are logged in.

use control_plane_core::{
    Document,
    audit::{AuditAction, AuditEvent},
    document::AdminSessions,
};

use super::Author;
use crate::{
    clock::now_ms,
    store::{StoreError, Tx, admin_session, audit},
};

/// Ends the sessions that end with a change, and removes those that have ended by the rules before it: what is in force later brings
/// none of them back.
pub(super) async fn end(
    tx: &mut Tx,
    author: Author<'_>,
    before: &Document,
    after: &Document,
) -> Result<(), StoreError> {
    let (had, has) = (&before.settings.admin_sessions, &after.settings.admin_sessions);
    if before.oidc == after.oidc && had == has {
        return Ok(());
    }
    let now = now_ms();
    for (provider, issuer) in admin_session::providers(tx).await? {
        let lets_in = |document: &Document| {
            document.oidc.iter().any(|it| it.id == provider && it.issuer == issuer && !it.disabled)
        };
        // Somebody may have come in while it was going.
        if lets_in(before) && lets_in(after) {
            continue;
        }
        for id in admin_session::delete_of(tx, &provider, &issuer).await? {
            let event = AuditEvent {
                at_ms: now,
                actor: author.actor.clone(),
                action: AuditAction::AdminSessionEnd,
                target: format!("admin-session/{id}"),
                version: None,
                detail: format!("{provider} is disabled, gone or another"),
            };
            audit::record(tx, &event).await?;
        }
    }
    for AdminSessions { idle_timeout, absolute_timeout, .. } in [had, has] {
        let since = |length: u64| now.saturating_sub_unsigned(length).saturating_add(1);
        admin_session::prune(tx, since(absolute_timeout.millis()), since(idle_timeout.millis())).await?;
    }
    Ok(())
}
