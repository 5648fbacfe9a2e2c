use axum::{
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
};
use control_plane_core::{
    audit::Actor,
    permission::{Action, Grants, Visible, visible},
};

use super::problem::Problem;
use crate::{
    login::AdminSession,
    manage::config::{Author, Comes},
};

/// Who calls the admin API. Handlers take it as an argument.
#[derive(Clone)]
pub struct Admin {
    /// As it is recorded.
    pub actor: Actor,
    /// What they may do, and where.
    pub grants: Grants,
    /// The session whose cookie came with the request; `None`: it came with an admin token.
    pub session: Option<AdminSession>,
}

impl Admin {
    /// Refuses a person who has not logged in for a while: what is asked for reveals or destroys something.
    pub fn has_logged_in_recently(&self) -> Result<(), Problem> {
        if self.session.as_ref().is_none_or(|it| it.recent) { Ok(()) } else { Err(Problem::recent_login_required()) }
    }

    /// As the author of a configuration.
    pub fn author(&self) -> Author<'_> {
        let comes = self.session.as_ref().map_or(Comes::Program, |it| Comes::Browser { recent: it.recent });
        Author { actor: &self.actor, grants: &self.grants, comes }
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
