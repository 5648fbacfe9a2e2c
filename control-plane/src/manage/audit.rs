//! What was changed, and who looked, as far as it is shown to whoever asks.

use control_plane_core::permission::Visible;

use super::{Control, ManageError};
use crate::store::{
    StoreError,
    audit::{self, AccessLine, AccessQuery, AuditEntry, AuditQuery},
};

/// The changes that are asked for, the newest first. Of one that is about others' projects, too, or about what all share, somebody who sees
/// some projects alone is told that it was, and none of its words.
pub async fn list(control: &Control, asked: &AuditQuery) -> Result<Vec<AuditEntry>, ManageError> {
    let mut db = control.store.read().acquire().await.map_err(StoreError::from)?;
    let found = audit::search(&mut db, asked).await?;
    let shown = found.into_iter().map(|(mut entry, projects)| {
        let all = asked.visible == Visible::All || projects.iter().all(|it| asked.visible.includes(Some(it)));
        if !all {
            entry.detail.clear();
        }
        entry
    });
    Ok(shown.collect())
}

/// What administrators have asked for, the newest first.
pub async fn accesses(control: &Control, asked: &AccessQuery) -> Result<Vec<AccessLine>, ManageError> {
    let mut db = control.store.read().acquire().await.map_err(StoreError::from)?;
    Ok(audit::accesses(&mut db, asked).await?)
}
