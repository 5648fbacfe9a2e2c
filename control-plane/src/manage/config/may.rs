//! The one place where it is judged whether somebody may publish a document, whichever way it came.

use control_plane_core::{
    Document,
    domain::{needs_recent_login, refusals},
    permission::{Action, permit},
};
use sqlx::AnyConnection;

use super::{Author, Comes, Current, moves};
use crate::manage::ManageError;

/// Refuses a document that changes what its author may not change, or not now: what says who gets in and what they may do, and what
/// gives a key another receiver, is changed in a browser by somebody who has logged in not long ago.
pub(super) async fn publish(
    author: Author<'_>,
    document: &Document,
    in_force: Option<&Current>,
    db: &mut AnyConnection,
) -> Result<(), ManageError> {
    let moves = moves(document, in_force, db).await?;
    if !moves.is_empty() && permit(author.grants, Action::CredentialWrite, None).is_err() {
        return Err(ManageError::MovesKeys { grants: author.grants.clone(), moves });
    }
    let empty = Document::empty();
    let before = in_force.map_or(&empty, |it| &it.document);
    let refusals = refusals(before, document, author.grants);
    if !refusals.is_empty() {
        return Err(ManageError::OutsideDomain(refusals));
    }
    let asks = !moves.is_empty() || needs_recent_login(before, document);
    if asks && author.comes == (Comes::Browser { recent: false }) {
        return Err(ManageError::RecentLogin);
    }
    Ok(())
}
