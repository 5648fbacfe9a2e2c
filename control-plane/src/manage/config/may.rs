//! The one place where it is judged whether somebody may publish a document, whichever way it came.

use control_plane_core::{
    Document,
    domain::{Refusal, needs_recent_login, refusals},
    permission::{Action, permit},
    token::TokenState,
};
use sqlx::AnyConnection;

use super::{Author, Comes, Current, moves};
use crate::{
    manage::ManageError,
    store::{request, token},
};

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
    let mut refusals = refusals(before, document, author.grants);
    if permit(author.grants, Action::CallerWrite, None).is_err() {
        refusals.extend(taken_up(before, document, db).await?);
    }
    if !refusals.is_empty() {
        return Err(ManageError::OutsideDomain(refusals));
    }
    let asks = !moves.is_empty() || needs_recent_login(before, document);
    if asks && author.comes == (Comes::Browser { recent: false }) {
        return Err(ManageError::RecentLogin);
    }
    Ok(())
}

/// Callers that are new under the name of one that is gone: its tokens open again, and its requests are shown to whoever has one. Where
/// it was another project's, or may have been, that takes somebody who may change callers everywhere.
async fn taken_up(before: &Document, document: &Document, db: &mut AnyConnection) -> Result<Vec<Refusal>, ManageError> {
    let mut found = Vec::new();
    for (at, caller) in document.callers.iter().enumerate() {
        if before.callers.iter().any(|it| it.id == caller.id) {
            continue;
        }
        let is_theirs = match request::last_project(&mut *db, &caller.id).await? {
            Some(project) => caller.project.as_ref() != Some(&project),
            None => token::of_caller(&mut *db, &caller.id).await?.iter().any(|it| it.state != TokenState::Revoked),
        };
        if is_theirs {
            found.push(Refusal {
                pointer: format!("/callers/{at}"),
                action: Action::CallerWrite,
                reason: format!(
                    "a caller `{}` was there before, and its tokens and requests would be this one's",
                    caller.id
                ),
            });
        }
    }
    Ok(found)
}
