#![expect(unused_qualifications, reason = "a macro qualifies the names of its parameters")]

use axum::{Json, extract::State, http::StatusCode};
use control_plane_core::node::NodeStatus;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    App,
    admin::Admin,
    input::{Asked, InPath, JsonBody, milliseconds},
    moment::rfc3339,
    problem::Problem,
};
use crate::{clock::now_ms, manage::node, store::node::Node};

const TTL_MS: u64 = 3_600_000;

/// A router.
#[derive(Serialize, ToSchema)]
pub struct NodeLine {
    id: String,
    name: String,
    region: String,
    build: String,
    /// `current`, `partial`, `ahead`, `behind`, `rejecting`, `away` or `revoked`.
    status: &'static str,
    /// The version that it serves; 0: none.
    held_version: u64,
    /// RFC 3339; absent: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_seen_at: Option<String>,
    /// RFC 3339.
    created_at: String,
    /// What of that it does not understand: an older build may not know all that this control plane publishes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    not_understood: Vec<NotUnderstood>,
    /// The newest version that it refused and has not replaced since.
    #[serde(skip_serializing_if = "Option::is_none")]
    rejection: Option<RejectionLine>,
    /// What it says is wrong with itself: a disk that does not keep the configuration, a usage log that is full or has lost events.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<String>,
    /// Usage events that it keeps and has not delivered, when it was last heard of. Absent: an older router, which does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    unsent_events: Option<u64>,
    /// Whether it signs its calls with a key of its own, so that a copy of its credential opens nothing; routers that joined with an
    /// older version do not.
    has_key: bool,
    /// RFC 3339; when somebody else used its credential last. Absent: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    second_use_at: Option<String>,
    /// Callers are sent elsewhere: it says that it is not ready.
    drained: bool,
    /// RFC 3339; since when its credential and its key are in force.
    credential_since: String,
    /// RFC 3339; when it was asked to replace them, and it has not yet. Absent: it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    rotation_asked_at: Option<String>,
    /// Usage events of which a part is not kept, because this control plane was older than the router when they came: their
    /// rows have the warning `usage-record-newer`.
    newer_usage_events: u64,
}

/// A resource, or a part of one, that a router does not understand.
#[derive(Serialize, ToSchema)]
pub struct NotUnderstood {
    /// `<kind>/<id>`.
    resource: String,
    message: String,
    /// What answers 503 `config-unavailable` on that router because of it: `caller/<id>`, `token/<id>`, `group/<id>`,
    /// `project/<id>`, or `*` for everything. Empty: it is left out.
    closes: Vec<String>,
}

/// A version that a router refused, and why.
#[derive(Serialize, ToSchema)]
pub struct RejectionLine {
    version: u64,
    /// RFC 3339.
    at: String,
    errors: Vec<RejectedResource>,
}

/// A resource that a router refused.
#[derive(Serialize, ToSchema)]
pub struct RejectedResource {
    /// `<kind>/<id>`; empty: the whole snapshot is at fault.
    resource: String,
    message: String,
}

/// All routers.
#[derive(Serialize, ToSchema)]
pub struct Nodes {
    nodes: Vec<NodeLine>,
}

/// How long a join token lives.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"ttl": "7d", "uses": 20}))]
pub struct JoinInput {
    /// `15m`, `24h`; left out: `1h`.
    ttl: Option<String>,
    /// How many routers may join with it; left out: one.
    uses: Option<u64>,
}

/// Which routers.
#[derive(Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WhichNodes {
    /// Those, too, that have been away or revoked for more than a day.
    #[serde(default)]
    all: bool,
}

/// A join token: this is the only time that it is shown.
#[derive(Serialize, ToSchema)]
pub struct JoinToken {
    token: String,
    id: String,
    /// RFC 3339.
    expires_at: String,
    /// How many routers may join with it.
    uses: u64,
}

/// Routers and how they stand.
#[utoipa::path(get, path = "/api/v1/nodes", tag = "nodes", params(WhichNodes), security(("admin_token" = [])),
    responses((status = 200, body = Nodes)))]
pub async fn list(State(app): State<App>, Asked(which): Asked<WhichNodes>) -> Result<Json<Nodes>, Problem> {
    let (mut nodes, now) = (node::list(&app.control).await?, now_ms());
    nodes.retain(|(it, status)| which.all || !node::is_gone(it, *status, now));
    Ok(Json(Nodes { nodes: nodes.into_iter().map(line).collect() }))
}

/// Makes a token with which routers join.
#[utoipa::path(post, path = "/api/v1/nodes/join-tokens", tag = "nodes", request_body = JoinInput, security(("admin_token" = [])),
    responses((status = 201, body = JoinToken)))]
pub async fn join_token(
    State(app): State<App>,
    admin: Admin,
    JsonBody(input): JsonBody<JoinInput>,
) -> Result<(StatusCode, Json<JoinToken>), Problem> {
    let ttl = input.ttl.map_or(Ok(TTL_MS), |text| milliseconds("ttl", &text))?;
    let issued = node::join_token(&app.control, &admin.actor, ttl, input.uses.unwrap_or(1)).await?;
    let output = JoinToken {
        token: issued.text.expose().to_owned(),
        id: issued.record.id,
        expires_at: rfc3339(issued.record.expires_ms),
        uses: issued.record.uses,
    };
    Ok((StatusCode::CREATED, Json(output)))
}

/// Whether to drain.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"drained": true}))]
pub struct DrainInput {
    /// `true`: callers are sent elsewhere; `false`: they may come again.
    drained: bool,
}

/// Has callers sent elsewhere from a router, or takes it back. It says that it is not ready, and serves who comes all the same.
#[utoipa::path(post, path = "/api/v1/nodes/{id}/drain", tag = "nodes", request_body = DrainInput, security(("admin_token" = [])),
    params(("id" = String, Path, description = "The router's id")),
    responses((status = 204, description = "It is told as soon as it is connected")))]
pub async fn drain(
    State(app): State<App>,
    admin: Admin,
    InPath(id): InPath<String>,
    JsonBody(input): JsonBody<DrainInput>,
) -> Result<StatusCode, Problem> {
    node::drain(&app.control, &admin.actor, &id, input.drained).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Asks a router to replace its credential and its key by new ones, without joining again. What it had opens until what is new is
/// first used, and nothing from then on: `credential_since` in the list tells when that was.
#[utoipa::path(post, path = "/api/v1/nodes/{id}/rotate", tag = "nodes", security(("admin_token" = [])),
    params(("id" = String, Path, description = "The router's id")),
    responses((status = 204, description = "It is asked as soon as it is connected")))]
pub async fn rotate(State(app): State<App>, admin: Admin, InPath(id): InPath<String>) -> Result<StatusCode, Problem> {
    node::rotate(&app.control, &admin.actor, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Forgets a router that is away or was revoked. Its usage stays.
#[utoipa::path(delete, path = "/api/v1/nodes/{id}", tag = "nodes", security(("admin_token" = [])),
    params(("id" = String, Path, description = "The router's id")),
    responses((status = 204, description = "It is forgotten")))]
pub async fn forget(State(app): State<App>, admin: Admin, InPath(id): InPath<String>) -> Result<StatusCode, Problem> {
    node::forget(&app.control, &admin.actor, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Shuts a router out for good.
#[utoipa::path(post, path = "/api/v1/nodes/{id}/revoke", tag = "nodes", security(("admin_token" = [])),
    params(("id" = String, Path, description = "The router's id")),
    responses((status = 204, description = "It is shut out")))]
pub async fn revoke(State(app): State<App>, admin: Admin, InPath(id): InPath<String>) -> Result<StatusCode, Problem> {
    node::revoke(&app.control, &admin.actor, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn line((node, status): (Node, NodeStatus)) -> NodeLine {
    let rejection = node.rejection.map(|it| RejectionLine {
        version: it.version,
        at: rfc3339(it.at_ms),
        errors: it
            .errors
            .into_iter()
            .map(|error| RejectedResource { resource: error.resource, message: error.message })
            .collect(),
    });
    let not_understood =
        node.gaps.into_iter().map(|it| NotUnderstood { resource: it.resource, message: it.message, closes: it.closes });
    NodeLine {
        id: node.id,
        name: node.name,
        region: node.region,
        build: node.build,
        status: status.as_str(),
        held_version: node.held_version,
        last_seen_at: node.last_seen_ms.map(rfc3339),
        created_at: rfc3339(node.created_ms),
        not_understood: not_understood.collect(),
        rejection,
        problems: node.problems,
        unsent_events: node.unsent_events,
        has_key: node.has_key,
        drained: node.drained,
        second_use_at: node.second_use_ms.map(rfc3339),
        credential_since: rfc3339(node.credential_ms),
        rotation_asked_at: node.rotation_ms.map(rfc3339),
        newer_usage_events: node.newer_usage_events,
    }
}
