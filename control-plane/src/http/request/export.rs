use super::{
    line::line,
    listing::{Listing, listing},
};
use crate::{
    clock::now_ms,
    http::{
        App,
        admin::Admin,
        export::{ExportForm, Pages},
        input::Asked,
        moment::rfc3339,
        problem::Problem,
    },
    store::{
        Store, StoreError,
        request::{self, Effort},
    },
};
use axum::{extract::State, response::Response};
use control_plane_core::{
    permission::Action,
    search::{PagePlace, Search},
};
use serde_json::Value;

/// So many rows are read at a time, each time by themselves: nothing is held while somebody reads slowly.
const ROWS: u32 = 1_000;

/// The columns of CSV.
const COLUMNS: [&str; 42] = [
    "started_at",
    "request_id",
    "client_request_id",
    "node",
    "region",
    "caller",
    "user",
    "project",
    "environment",
    "token",
    "session",
    "client",
    "client_ip",
    "config_version",
    "dialect",
    "operation",
    "target_dialect",
    "requested_model",
    "group",
    "policy",
    "provider",
    "model",
    "stream",
    "cache",
    "status",
    "code",
    "attempts",
    "fallback",
    "latency_ms",
    "first_byte_ms",
    "upstream_ms",
    "queue_ms",
    "overhead_ms",
    "input_tokens",
    "output_tokens",
    "cached_input_tokens",
    "cache_write_tokens",
    "reasoning_tokens",
    "tokens_estimated",
    "cost_usd",
    "baseline_cost_usd",
    "warnings",
];

/// All requests that fit, the newest first, as a file.
///
/// The file is written while it is read, however long it is. Where it cannot be written to its end, it is cut.
#[utoipa::path(get, path = "/api/v1/requests/export", tag = "requests", operation_id = "export", security(("admin_token" = [])),
    params(("format" = Option<String>, Query, description = "`csv`, `json` (a list) or `ndjson` (a line each); left out: `csv`"),
           ("since" = Option<String>, Query, description = "As for the list"),
           ("until" = Option<String>, Query, description = "As for the list"),
           ("filter" = Option<Vec<String>>, Query, description = "As for the list"),
           ("q" = Option<String>, Query, description = "As for the list"),
           ("sort" = Option<String>, Query, description = "As for the list")),
    responses((status = 200, description = "A file",
               content((String = "text/csv"), (Object = "application/json"), (String = "application/x-ndjson")))))]
pub async fn export(
    State(app): State<App>,
    admin: Admin,
    Asked(pairs): Asked<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let (form, pairs) = ExportForm::take(pairs)?;
    let Listing { query, .. } = listing(pairs, &["since", "until", "filter", "q", "sort"])?;
    let search = Search::parse(admin.visible(Action::RequestRead), &query, now_ms())?;
    let name = format!("requests-{}-{}", day(search.since_ms), day(search.until_ms - 1));
    let pages = RequestPages { store: app.control.store.clone(), search, place: None, ended: false };
    Ok(form.file(&name, &COLUMNS, pages))
}

/// The day of a moment, for the name of a file.
pub fn day(at_ms: i64) -> String {
    rfc3339(at_ms).chars().take(10).collect()
}

struct RequestPages {
    store: Store,
    search: Search,
    place: Option<PagePlace>,
    ended: bool,
}

impl Pages for RequestPages {
    async fn next(&mut self) -> Result<Option<Vec<Value>>, StoreError> {
        if self.ended {
            return Ok(None);
        }
        let mut tx = self.store.read_consistent().await?;
        let page = request::page(&mut tx, &self.search, self.place.as_ref(), ROWS, Effort::FILE).await?;
        self.ended = page.next.is_none();
        self.place = page.next.map(PagePlace::After);
        let value = |it| serde_json::to_value(line(it)).expect("its keys are texts");
        Ok(Some(page.requests.into_iter().map(value).collect()))
    }
}
