//! What works, but hardly as meant: what only the database knows of it.

use std::collections::{BTreeMap, BTreeSet};

use control_plane_core::{
    Document, Problem, Severity,
    document::Provider,
    token::{TokenRecord, TokenState},
};
use sqlx::AnyConnection;

use super::Current;
use crate::{
    manage::{
        Control,
        outside::{self, Found},
    },
    store::{
        StoreError,
        credential::{self, StoredCredential},
        token,
    },
};

/// Adds to the warnings of a document those that follow from what is stored, given what is in force, and from what was found of the
/// secrets that it names: whoever applies it, compares
/// it or goes back to it is told the same.
pub(super) async fn all(
    mut warnings: Vec<Problem>,
    document: &Document,
    in_force: Option<&Current>,
    outside: (&Control, &[Found]),
    db: &mut AnyConnection,
) -> Result<Vec<Problem>, StoreError> {
    warnings.extend(outside::unresolved(&mut *db, outside.0, outside.1).await?);
    let warnings = with_orphans(warnings, document, &token::all(&mut *db).await?);
    Ok(with_foreign_keys(warnings, document, in_force, &credential::all(&mut *db).await?))
}

/// Adds a warning for every provider whose sealed key was set for another address.
fn with_foreign_keys(
    mut warnings: Vec<Problem>,
    document: &Document,
    base: Option<&Current>,
    sealed: &[StoredCredential],
) -> Vec<Problem> {
    for row in sealed {
        let before = base.and_then(|base| base.document.providers.get(&row.provider)).map(Provider::origin);
        let set_for = row.origin.clone().or(before).unwrap_or_default();
        let now = document.providers.get(&row.provider).filter(|it| it.credential.is_none());
        if now.is_some_and(|it| it.origin() != set_for) {
            warnings.push(Problem {
                severity: Severity::Warning,
                line: 1,
                column: 1,
                path: format!("providers.{}.base_url", row.provider),
                message:
                    "the key of this provider was set for another address and is not sent to this one: set it again"
                        .to_owned(),
            });
        }
    }
    warnings
}

/// Adds a warning for every caller that is gone and still has tokens: they stay stored and open nothing.
fn with_orphans(mut warnings: Vec<Problem>, document: &Document, tokens: &[TokenRecord]) -> Vec<Problem> {
    let mut orphans: BTreeMap<&str, usize> = BTreeMap::new();
    let callers: BTreeSet<&str> = document.callers.iter().map(|it| it.id.as_str()).collect();
    let open = tokens.iter().filter(|token| token.state != TokenState::Revoked);
    for token in open.filter(|token| !callers.contains(token.caller.as_str())) {
        *orphans.entry(&token.caller).or_default() += 1;
    }
    warnings.extend(orphans.into_iter().map(|(caller, count)| Problem {
        severity: Severity::Warning,
        line: 1,
        column: 1,
        path: "callers".to_owned(),
        message: format!(
            "the caller `{caller}` is not configured, but has {count} {}: no router accepts {} until the caller is \
             there again",
            if count == 1 { "token" } else { "tokens" },
            if count == 1 { "it" } else { "them" },
        ),
    }));
    warnings
}
