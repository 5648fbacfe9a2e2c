#![expect(unused_qualifications, reason = "a macro qualifies the names of its parameters")]

use axum::{Json, extract::State};
use control_plane_core::{diff::Change, effect::Effects};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    App,
    admin::Admin,
    config::VersionLine,
    input::{Asked, InPath},
    problem::Problem,
};
use crate::manage::config::between::{self, Between};

/// What a version is compared with.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Beside {
    /// Any version up to the latest, 0 for an empty document; left out: the one before it.
    against: Option<u64>,
}

/// A version, and what it changed.
#[derive(Serialize, ToSchema)]
pub struct VersionDetail {
    #[serde(flatten)]
    version: VersionLine,
    /// The version compared with; 0: none, an empty document.
    base_version: u64,
    /// Each `{path, kind: added|removed|changed, before, after}`.
    #[schema(value_type = Vec<Object>)]
    changes: Vec<Change>,
    /// Whom it touches, by the use of the last day, as the difference of a document has it. Left out: for a role that holds in some
    /// projects alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    effects: Option<Effects>,
}

/// What a version changed of the one before it, or of another. A role that holds in some projects alone sees what changed of what it
/// sees of the configuration.
#[utoipa::path(get, path = "/api/v1/config/versions/{version}", tag = "config", operation_id = "version",
    params(("version" = u64, Path, description = "Any version up to the latest: the configuration that was in force at it"), Beside),
    security(("admin_token" = [])), responses((status = 200, body = VersionDetail)))]
pub async fn show(
    State(app): State<App>,
    admin: Admin,
    InPath(version): InPath<u64>,
    Asked(beside): Asked<Beside>,
) -> Result<Json<VersionDetail>, Problem> {
    let Between { about, base_version, changes, effects } =
        between::between(&app.control, admin.author(), version, beside.against).await?;
    Ok(Json(VersionDetail { version: about.into(), base_version, changes, effects }))
}
