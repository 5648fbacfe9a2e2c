use axum::{
    body::{Body, Bytes},
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use control_plane_core::{
    permission::Action,
    report::csv_cell,
    search::{PagePlace, Search},
};
use serde_json::Value;
use std::{fmt::Write, time::Duration};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::{
    line::line,
    listing::{Listing, listing, refused},
};
use crate::{
    clock::now_ms,
    http::{App, admin::Admin, input::Asked, moment::rfc3339, problem::Problem},
    store::{
        Store, StoreError,
        request::{self, Effort},
    },
};

/// So many rows are read at a time, each time by themselves: nothing is held while somebody reads slowly.
const ROWS: u32 = 1_000;
/// Nobody waits for a page of it.
const EFFORT: Effort = Effort { step: 16_000, rows: 1_000_000, time: Duration::from_secs(5) };

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

#[derive(Clone, Copy, PartialEq, Eq)]
enum ExportForm {
    Csv,
    Json,
    Ndjson,
}

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
    responses((status = 200, description = "A file", content_type = "text/csv", body = String)))]
pub async fn export(
    State(app): State<App>,
    admin: Admin,
    Asked(pairs): Asked<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let (formats, pairs): (Vec<_>, Vec<_>) = pairs.into_iter().partition(|it| it.0 == "format");
    let form = match formats.as_slice() {
        [] => ExportForm::Csv,
        [(_, one)] if one == "csv" => ExportForm::Csv,
        [(_, one)] if one == "json" => ExportForm::Json,
        [(_, one)] if one == "ndjson" => ExportForm::Ndjson,
        _ => return Err(refused("`format` is `csv`, `json` or `ndjson`".to_owned())),
    };
    let Listing { query, .. } = listing(pairs, &["since", "until", "filter", "q", "sort"])?;
    let search = Search::parse(admin.visible(Action::RequestRead), &query, now_ms())?;
    let day = |ms| rfc3339(ms).chars().take(10).collect::<String>();
    let (kind, end) = match form {
        ExportForm::Csv => ("text/csv; charset=utf-8", "csv"),
        ExportForm::Json => ("application/json", "json"),
        ExportForm::Ndjson => ("application/x-ndjson", "ndjson"),
    };
    let name = format!("attachment; filename=\"requests-{}-{}.{end}\"", day(search.since_ms), day(search.until_ms - 1));
    let (chunks, stream) = mpsc::channel::<Result<Bytes, StoreError>>(2);
    let store = app.control.store.clone();
    tokio::spawn(async move {
        if let Err(error) = write(&store, &search, form, &chunks).await {
            tracing::warn!(%error, "an export is cut: the database does not answer");
            let _gone = chunks.send(Err(error)).await;
        }
    });
    let headers = [(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, Body::from_stream(ReceiverStream::new(stream))).into_response())
}

/// Writes page after page, until the last or until nobody reads any more.
async fn write(
    store: &Store,
    search: &Search,
    form: ExportForm,
    chunks: &mpsc::Sender<Result<Bytes, StoreError>>,
) -> Result<(), StoreError> {
    let mut place = None;
    let mut text = match form {
        ExportForm::Csv => COLUMNS.join(",") + "\r\n",
        ExportForm::Json => "[".to_owned(),
        ExportForm::Ndjson => String::new(),
    };
    let mut first = true;
    loop {
        let mut tx = store.read_consistent().await?;
        let page = request::page(&mut tx, search, place.as_ref(), ROWS, EFFORT).await?;
        drop(tx);
        for row in page.requests {
            let value = serde_json::to_value(line(row)).expect("its keys are texts");
            match form {
                ExportForm::Csv => text.push_str(&csv(&value)),
                ExportForm::Json => {
                    write!(text, "{}\n{value}", if first { "" } else { "," }).expect("a String takes all");
                }
                ExportForm::Ndjson => writeln!(text, "{value}").expect("a String takes all"),
            }
            first = false;
        }
        let last = page.next.is_none();
        if last && form == ExportForm::Json {
            text.push_str("\n]\n");
        }
        if chunks.send(Ok(Bytes::from(std::mem::take(&mut text)))).await.is_err() || last {
            return Ok(());
        }
        place = page.next.map(PagePlace::After);
    }
}

fn csv(value: &Value) -> String {
    let cell = |name: &&str| match &value[*name] {
        Value::Null => String::new(),
        Value::String(text) => csv_cell(text),
        Value::Array(items) => csv_cell(&items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")),
        // A number is none that a spreadsheet could run.
        other => other.to_string(),
    };
    COLUMNS.iter().map(cell).collect::<Vec<_>>().join(",") + "\r\n"
}
