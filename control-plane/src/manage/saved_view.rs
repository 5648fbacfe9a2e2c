//! Searches of requests under names. They are filters, not requests: what one sees under them is what one may see.

use super::{Control, ManageError};
use crate::{
    clock::now_ms,
    store::saved_view::{self, KeptView},
};

/// So many has somebody at most.
const MOST: usize = 50;
/// So long a name may be, in characters.
const LONGEST_NAME: usize = 80;
/// And what stands under it, in bytes.
const LONGEST_QUERY: usize = 4_000;

/// Somebody's views, by name. `owner` is as audit events name them.
pub async fn list(control: &Control, owner: &str) -> Result<Vec<KeptView>, ManageError> {
    Ok(saved_view::of_owner(control.store.read(), owner).await?)
}

/// Keeps a view under a name, in the place of the one that had it.
pub async fn keep(control: &Control, owner: &str, name: &str, query: &str) -> Result<KeptView, ManageError> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
        return Err(ManageError::InvalidValue("a name has 1 to 80 characters, on one line"));
    }
    if query.len() > LONGEST_QUERY {
        return Err(ManageError::InvalidValue("a view has at most 4,000 bytes: leave some filters out"));
    }
    let known = list(control, owner).await?;
    if known.len() >= MOST && known.iter().all(|it| it.name != name) {
        return Err(ManageError::Conflict(format!("there are {MOST} views already: remove some")));
    }
    let view = KeptView {
        id: format!("{:016x}", rand::random::<u64>()),
        owner: owner.to_owned(),
        name: name.to_owned(),
        query: query.to_owned(),
        created_ms: now_ms(),
    };
    let mut tx = control.store.write().await?;
    saved_view::keep(&mut tx, &view).await?;
    tx.commit().await?;
    Ok(view)
}

/// Removes a view.
pub async fn remove(control: &Control, owner: &str, id: &str) -> Result<(), ManageError> {
    let mut tx = control.store.write().await?;
    if !saved_view::remove(&mut tx, owner, id).await? {
        return Err(ManageError::NotFound { kind: "view", id: id.to_owned() });
    }
    tx.commit().await?;
    Ok(())
}
