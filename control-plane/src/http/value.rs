use axum::{Json, extract::State};
use control_plane_core::permission::Action;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{App, admin::Admin, input::Asked, problem::Problem};
use crate::{clock::now_ms, manage::value};

/// What a filter is added for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValuesQuery {
    dimension: String,
    #[serde(default)]
    q: String,
}

/// Values that a field has had of late.
#[derive(Serialize, ToSchema)]
pub struct Values {
    /// Those of most requests first, at most 20.
    values: Vec<String>,
}

/// Values of a field, to choose a filter from.
///
/// These are the values of the newest 10,000 requests of the last seven days that may be seen, where they contain what is asked
/// for, in whatever case. Of a field that requests are not counted by there are none.
#[utoipa::path(get, path = "/api/v1/values", tag = "requests", operation_id = "values", security(("admin_token" = [])),
    params(("dimension" = String, Query, description = "`caller`, `project`, `group`, `provider`, `model`, `client`, `code`, `status`, `dialect`, `environment` or `region`"),
           ("q" = Option<String>, Query, description = "What values must contain; left out: any")),
    responses((status = 200, body = Values)))]
pub async fn list(
    State(app): State<App>,
    admin: Admin,
    Asked(query): Asked<ValuesQuery>,
) -> Result<Json<Values>, Problem> {
    let visible = admin.visible(Action::RequestRead);
    let values = value::known(&app.control.store, visible, &query.dimension, &query.q, now_ms()).await?;
    Ok(Json(Values { values }))
}
