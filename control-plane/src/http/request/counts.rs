use axum::{Json, extract::State};
use control_plane_core::{permission::Action, search::Search};
use serde::Serialize;
use utoipa::ToSchema;

use super::listing::{Listing, listing};
use crate::{
    clock::now_ms,
    http::{App, admin::Admin, input::Asked, problem::Problem},
    store::request,
};

/// How many requests have which value.
#[derive(Serialize, ToSchema)]
pub struct RequestCounts {
    /// How many of those that were looked at are what was asked for.
    matching: u64,
    /// So many requests were looked at, the newest; absent: all of the period.
    #[serde(skip_serializing_if = "Option::is_none")]
    of_newest: Option<u32>,
    fields: Vec<FieldCounts>,
}

/// A field's values.
#[derive(Serialize, ToSchema)]
pub struct FieldCounts {
    field: String,
    /// At most 50, those of most requests first; the field's own filter is left out.
    values: Vec<ValueCount>,
}

/// A value of a field.
#[derive(Serialize, ToSchema)]
pub struct ValueCount {
    /// Empty: they have none.
    value: String,
    requests: u64,
}

/// How many requests have which value: what a list can be filtered by further.
///
/// Of a period with more than 10,000 requests the newest are counted, and the answer says so.
#[utoipa::path(get, path = "/api/v1/requests/counts", tag = "requests", operation_id = "counts", security(("admin_token" = [])),
    params(("since" = Option<String>, Query, description = "As for the list"),
           ("until" = Option<String>, Query, description = "As for the list"),
           ("filter" = Option<Vec<String>>, Query, description = "As for the list"),
           ("q" = Option<String>, Query, description = "As for the list")),
    responses((status = 200, body = RequestCounts)))]
pub async fn show(
    State(app): State<App>,
    admin: Admin,
    Asked(pairs): Asked<Vec<(String, String)>>,
) -> Result<Json<RequestCounts>, Problem> {
    let Listing { query, .. } = listing(pairs, &["since", "until", "filter", "q"])?;
    let search = Search::parse(admin.visible(Action::RequestRead), &query, now_ms())?;
    let mut tx = app.control.store.read_consistent().await?;
    let counts = request::counts(&mut tx, &search).await?;
    let fields = counts.fields.into_iter().map(|(field, values)| FieldCounts {
        field: field.as_str().to_owned(),
        values: values.into_iter().map(|(value, requests)| ValueCount { value, requests }).collect(),
    });
    let of_newest = (!counts.whole).then_some(request::NEWEST);
    Ok(Json(RequestCounts { matching: counts.matching, of_newest, fields: fields.collect() }))
}
