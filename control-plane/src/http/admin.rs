use axum::{
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
};
use control_plane_core::{
    audit::Actor,
    permission::{Action, Grants, Visible, visible},
};

use super::problem::Problem;
use crate::manage::config::Author;

/// Who calls the admin API. Handlers take it as an argument.
#[derive(Clone)]
pub struct Admin {
    /// As it is recorded.
    pub actor: Actor,
    /// What they may do, and where.
    pub grants: Grants,
}

impl Admin {
    /// As the author of a configuration.
    pub fn author(&self) -> Author<'_> {
        Author { actor: &self.actor, grants: &self.grants }
    }

    /// What they may do an action to.
    pub fn visible(&self, action: Action) -> Visible {
        visible(&self.grants, action)
    }
}

impl<S: Sync> FromRequestParts<S> for Admin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        // Only a public route has none, and such a handler must not ask.
        let admin = parts.extensions.get::<Self>().cloned();
        admin.ok_or_else(|| Problem::new(StatusCode::FORBIDDEN, "forbidden", "this route has no administrator"))
    }
}
