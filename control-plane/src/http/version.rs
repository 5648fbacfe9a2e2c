#![expect(unused_qualifications, reason = "a macro qualifies the names of its parameters")]

use std::time::Duration;

use axum::{
    Json,
    extract::{FromRequestParts, State},
    http::{StatusCode, request::Parts},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    App,
    admin::Admin,
    deadline::Deadline,
    input::{Asked, InPath, JsonBody, milliseconds},
    problem::Problem,
};
use crate::{
    manage::version::{self, Adopted},
    store::node::Node,
};

/// Nobody keeps a connection open for longer.
const LONGEST_WAIT: Duration = Duration::from_mins(5);

/// How long to wait, as it is written. It is read as a [`Patience`].
#[derive(Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wait {
    /// How long the answer may wait until the version is in force on all routers: `5s`, at most `5m`; left out: not at all. With it,
    /// a token that is already as it is asked to be is no conflict: it is waited for.
    wait: Option<String>,
}

/// How long an answer may wait for routers. It is read with the request's head: a change is not made when this is wrong.
#[derive(Clone, Copy)]
pub struct Patience(Option<Duration>);

impl Patience {
    /// Whether it was asked for at all.
    pub fn is_asked(self) -> bool {
        self.0.is_some()
    }

    /// As a length of time.
    pub fn duration(self) -> Duration {
        self.0.unwrap_or_default()
    }

    fn read(wait: &Wait) -> Result<Self, Problem> {
        let Some(text) = &wait.wait else { return Ok(Self(None)) };
        let asked = Duration::from_millis(milliseconds("wait", text)?);
        if asked > LONGEST_WAIT {
            let detail = format!("`wait`: `{text}` is too long: at most `5m`");
            return Err(Problem::new(StatusCode::BAD_REQUEST, "invalid-request", detail));
        }
        Ok(Self(Some(asked)))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Patience {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Asked(wait) = Asked::<Wait>::from_request_parts(parts, state).await?;
        let patience = Self::read(&wait)?;
        parts.extensions.get::<Deadline>().inspect(|it| it.extend(patience.duration()));
        Ok(patience)
    }
}

/// On how many routers a version is in force.
#[derive(Serialize, ToSchema)]
pub struct InForce {
    /// How many hold it, or a newer one.
    routers: usize,
    /// Those that do not. One that is away may be serving what it holds, for `settings.max_disconnected` at most.
    not_yet: Vec<NotYet>,
}

/// A router on which a version is not in force.
#[derive(Serialize, ToSchema)]
pub struct NotYet {
    id: String,
    name: String,
    /// As in the list of routers.
    status: &'static str,
    /// The version that it serves; 0: none.
    held_version: u64,
}

impl InForce {
    /// Waits for a version.
    pub async fn of(app: &App, version: u64, patience: Patience) -> Result<Self, Problem> {
        let found = version::in_force(&app.control, version, patience.duration()).await?;
        let line = |(Node { id, name, held_version, .. }, status): (Node, control_plane_core::node::NodeStatus)| {
            NotYet { id, name, status: status.as_str(), held_version }
        };
        Ok(Self { routers: found.routers, not_yet: found.not_yet.into_iter().map(line).collect() })
    }
}

/// On how many routers a version is in force, and on which it is not.
#[utoipa::path(get, path = "/api/v1/versions/{version}", tag = "nodes", params(("version" = u64, Path, description = "A version"), Wait),
    security(("admin_token" = [])),
    responses((status = 200, body = InForce)))]
pub async fn in_force(
    State(app): State<App>,
    InPath(version): InPath<u64>,
    patience: Patience,
) -> Result<Json<InForce>, Problem> {
    Ok(Json(InForce::of(&app, version, patience).await?))
}

/// Which versions to pass.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"at_least": 4711}))]
pub struct AdoptInput {
    /// A version that a router holds which is not connected; left out: those of the routers that are known.
    at_least: Option<u64>,
}

/// What was adopted.
#[derive(Serialize, ToSchema)]
pub struct AdoptOutput {
    /// The latest version now.
    version: u64,
    /// The routers whose versions were passed, by id; empty: none was ahead.
    routers: Vec<String>,
    /// Tokens that are closed again, because those routers know that they were revoked.
    revoked_tokens: Vec<String>,
    /// The same of suspended ones.
    suspended_tokens: Vec<String>,
    /// Routers that have not been connected since the control plane was started: what they hold, and know to be closed, is adopted
    /// once they are and this is called again.
    not_connected: Vec<NotConnected>,
}

/// A router that is not connected.
#[derive(Serialize, ToSchema)]
pub struct NotConnected {
    id: String,
    name: String,
}

/// Passes what routers hold, after an older copy of the database was restored: they take what is published from now on. Tokens that
/// they know to be closed are closed again; all else is as the copy has it.
#[utoipa::path(post, path = "/api/v1/versions/adopt", tag = "nodes", request_body = AdoptInput, security(("admin_token" = [])),
    responses((status = 200, body = AdoptOutput)))]
pub async fn adopt(
    State(app): State<App>,
    admin: Admin,
    JsonBody(input): JsonBody<AdoptInput>,
) -> Result<Json<AdoptOutput>, Problem> {
    let Adopted { version, routers, revoked, suspended, unheard } =
        version::adopt(&app.control, &admin.actor, input.at_least).await?;
    let not_connected = unheard.into_iter().map(|Node { id, name, .. }| NotConnected { id, name }).collect();
    Ok(Json(AdoptOutput { version, routers, revoked_tokens: revoked, suspended_tokens: suspended, not_connected }))
}
