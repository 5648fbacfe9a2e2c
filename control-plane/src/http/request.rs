//! Single requests: lists, and all of one.

mod bundle;
pub mod counts;
pub mod export;
mod line;
mod listing;
pub mod show;
pub mod tail;

use axum::{Json, extract::State};
use control_plane_core::{permission::Action, search::Search};
use serde::Serialize;
use utoipa::ToSchema;

pub use self::{
    line::RequestLine,
    listing::{Listing, listing},
};
use self::{line::line, listing::OF_LIST};
use super::{App, admin::Admin, input::Asked, problem::Problem};
use crate::{
    clock::now_ms,
    store::request::{self, Effort},
};

/// A page of requests.
#[derive(Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "names of the API")]
pub struct Requests {
    /// In the order that was asked for.
    requests: Vec<RequestLine>,
    /// `after` of the next page; absent: this is the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    /// `before` of the page before; absent: this is the first one.
    #[serde(skip_serializing_if = "Option::is_none")]
    previous: Option<String>,
    /// There may be more that fits: the search took too long, and goes on at `next` (or `previous`).
    unfinished: bool,
}

/// Requests, the newest first.
///
/// A row comes when its request has ended and its router has reported it, usually within a second. A filter is a field, how it
/// compares, and a value: `caller=ana`, `code!=ok`, `latency>2s`, `cost>=0.05`, `stream=yes`. Of several values for one text any
/// must hold, of several that it must not be none, and one of every field. A search that finds little stops after a while, says
/// that it is `unfinished`, and goes on at `next`.
#[utoipa::path(get, path = "/api/v1/requests", tag = "requests", security(("admin_token" = [])),
    params(("since" = Option<String>, Query, description = "`24h`, `7d` (ago), a date or a moment; left out: 24 hours ago, or the beginning where `q` is asked for"),
           ("until" = Option<String>, Query, description = "The same; left out: now"),
           ("filter" = Option<Vec<String>>, Query, description = "May be repeated. Texts (`=`, `!=`): `caller`, `user`, `project`, `environment`, `token`, `session`, `group`, `policy`, `provider`, `model`, `target` (one that was tried), `requested_model`, `client`, `status` (`429`, `5xx`), `code`, `dialect`, `target_dialect`, `operation`, `cache`, `region`, `node`, `ip`, `request`, `client_request`. Numbers (`>`, `>=`, `<`, `<=`, `=`): `latency`, `first_byte`, `upstream`, `queue`, `overhead` (`2s`, `250ms`), `cost` (US dollars), `tokens`, `input_tokens`, `output_tokens`, `attempts`, `redactions`, `config_version`. So or not (`=yes`, `=no`): `failed`, `fallback`, `stream`, `warnings`, `unpriced`, `estimated`"),
           ("q" = Option<String>, Query, description = "An id: the request's, the caller's own for it, its session's or its token's"),
           ("sort" = Option<String>, Query, description = "`newest`, or within 32 days `cost` or `latency`, the greatest first; left out: `newest`"),
           ("limit" = Option<u32>, Query, description = "At most so many, up to 1000; left out: 100"),
           ("after" = Option<String>, Query, description = "`next` of the page before"),
           ("before" = Option<String>, Query, description = "`previous` of the page behind")),
    responses((status = 200, body = Requests)))]
pub async fn list(
    State(app): State<App>,
    admin: Admin,
    Asked(pairs): Asked<Vec<(String, String)>>,
) -> Result<Json<Requests>, Problem> {
    let Listing { query, place, limit } = listing(pairs, &OF_LIST)?;
    let search = Search::parse(admin.visible(Action::RequestRead), &query, now_ms())?;
    let mut tx = app.control.store.read_consistent().await?;
    let page = request::page(&mut tx, &search, place.as_ref(), limit.get(), Effort::PAGE).await?;
    Ok(Json(Requests {
        requests: page.requests.into_iter().map(line).collect(),
        next: page.next.map(|it| it.to_string()),
        previous: page.previous.map(|it| it.to_string()),
        unfinished: page.unfinished,
    }))
}
