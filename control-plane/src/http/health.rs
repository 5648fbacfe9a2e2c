use std::time::Duration;

use axum::{Json, extract::State, http::StatusCode};
use serde::Serialize;
use tokio::time::timeout;
use utoipa::ToSchema;
use vocabulary::Build;

use super::{App, problem::Problem};
use crate::{
    manage::outside::Lack,
    publish::Standing,
    store::{StoreError, node, revision},
};

/// A probe that waits longer than this is given up by whoever asks.
const PATIENCE: Duration = Duration::from_secs(2);

/// How the control plane is.
#[derive(Serialize, ToSchema)]
pub struct Health {
    /// `ok`, or `degraded`: the latest version cannot be published (routers keep the one before), routers are ahead of this
    /// database, or this control plane lacks something that the configuration names.
    status: &'static str,
    /// The latest version.
    version: u64,
    /// The version that routers are sent.
    published_version: u64,
    /// Why they are not sent the latest one.
    #[serde(skip_serializing_if = "Option::is_none")]
    publishing_failure: Option<String>,
    /// How many routers hold a newer version than there is, as after a restore of an older copy: they take nothing until
    /// `db adopt`.
    ahead: u64,
    /// What the configuration names and this control plane does not have as it should, such as a variable with a key.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    lacks: Vec<LackLine>,
}

/// Something that a control plane lacks.
#[derive(Serialize, ToSchema)]
pub struct LackLine {
    /// Where in the configuration.
    what: String,
    /// Why, and what is done instead.
    why: String,
}

/// What this build is.
#[derive(Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "names of the API")]
pub struct Version {
    /// `smart-router control-plane`.
    name: &'static str,
    /// The release.
    version: &'static str,
    /// The commit that it was built from, or `unknown`.
    commit: &'static str,
    /// RFC 3339, or `unknown`: `SOURCE_DATE_EPOCH` of its build, or else the commit's date.
    build_date: &'static str,
}

/// The process answers.
#[utoipa::path(get, path = "/livez", responses((status = 200, description = "It runs", body = String, content_type = "text/plain")), tag = "health")]
pub async fn livez() -> &'static str {
    "ok\n"
}

/// It can do its work: the database answers and takes writes, and routers get a configuration if there is one.
#[utoipa::path(get, path = "/readyz", tag = "health",
    responses((status = 200, description = "It is ready", body = String, content_type = "text/plain"), (status = 503, description = "It is not")))]
pub async fn readyz(State(app): State<App>) -> Result<&'static str, Problem> {
    answered(revision::current(app.control.store.read())).await?;
    answered(app.write_probe.writes(&app.control.store)).await?;
    if app.publisher.standing().publishes_nothing() {
        let detail = "no configuration can be published to routers; `/healthz` says why";
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "publishing-failed", detail));
    }
    Ok("ok\n")
}

/// How it stands: the latest version, and whether routers are sent it.
#[utoipa::path(get, path = "/healthz", tag = "health",
    responses((status = 200, body = Health), (status = 503, description = "The database does not answer")))]
pub async fn healthz(State(app): State<App>) -> Result<Json<Health>, Problem> {
    let version = answered(revision::current(app.control.store.read())).await?;
    let Standing { version: published_version, failure: publishing_failure, lacks } = app.publisher.standing();
    let ahead = answered(node::ahead(app.control.store.read())).await?;
    let status = if publishing_failure.is_none() && lacks.is_empty() && ahead == 0 { "ok" } else { "degraded" };
    let lacks = lacks.into_iter().map(|Lack { what, why }| LackLine { what, why }).collect();
    Ok(Json(Health { status, version, published_version, publishing_failure, ahead, lacks }))
}

/// The same as `/healthz`, under the name that tools of this field look for.
#[utoipa::path(get, path = "/health", tag = "health",
    responses((status = 200, body = Health), (status = 503, description = "The database does not answer")))]
pub async fn health(state: State<App>) -> Result<Json<Health>, Problem> {
    healthz(state).await
}

/// What this build is.
#[utoipa::path(get, path = "/version", tag = "health", responses((status = 200, body = Version)))]
pub async fn version(State(app): State<App>) -> Json<Version> {
    let Build { version, commit, date } = app.build;
    Json(Version { name: "smart-router control-plane", version, commit, build_date: date })
}

async fn answered<T>(asked: impl Future<Output = Result<T, StoreError>>) -> Result<T, Problem> {
    match timeout(PATIENCE, asked).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(Problem::silent_store()),
    }
}
