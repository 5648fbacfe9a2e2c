//! A caller's own requests: one by one, and all of them as a file.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use control_plane_core::{
    Document,
    report::usd,
    search::{PagePlace, Search},
    usage::UsageRecord,
};
use data_plane_core::error::Code;
use serde_json::{Value, json};
use web::{
    Shown,
    mine::OwnRequest,
    outcome,
    parts::Fact,
    show::{Count, Millis, Money, Stamp},
};

use super::{PATH, reader::OwnReader, reveal};
use crate::{
    clock::now_ms,
    http::{
        App,
        export::{ExportForm, Pages},
        input::InPath,
        moment::rfc3339,
        pages::wrong::Wrong,
    },
    manage::{ManageError, own::Own},
    store::{Store, StoreError, request::StoredRequest},
};

/// One of the caller's requests; another's is not found.
pub async fn request(State(app): State<App>, reader: OwnReader, InPath(id): InPath<String>) -> Result<Response, Wrong> {
    let own = Own::new(&app.control.store, &reader.session.caller.id);
    let found = own.request(&id).await?.ok_or(ManageError::NotFound { kind: "request", id: id.clone() })?;
    let view = view(&reader, &found);
    Ok(reader.shows(&id, &view).into_response())
}

fn view(reader: &OwnReader, found: &StoredRequest) -> OwnRequest {
    let record = &found.record;
    let revealed = reveal(&reader.session.document, record);
    let millis = |us: u64| Millis((us > 0).then(|| us as f64 / 1000.0));
    let explained = Code::parse(&record.code).map(Code::entry);
    OwnRequest {
        id: record.request_id.clone(),
        back_href: reader.address.href(PATH),
        outcome: outcome(record.status, &record.code),
        code: record.code.clone(),
        at: Stamp(record.started_ms),
        failure: record.failed().then(|| {
            explained.map_or_else(
                || (record.code.clone(), String::new()),
                |it| (it.meaning.to_owned(), it.advice.to_owned()),
            )
        }),
        warnings: record.warnings.clone(),
        cost: revealed.cost.then(|| Money(record.cost.total.into())),
        latency: millis(record.latency_us),
        first_byte: millis(record.first_byte_us),
        input_tokens: Count(record.tokens.input),
        cached_tokens: Count(record.tokens.cached_input),
        output_tokens: Count(record.tokens.output),
        reasoning_tokens: Count(record.tokens.reasoning),
        facts: facts(found, revealed.target),
    }
}

/// What answers' headers tell, and what the caller has sent.
fn facts(found: &StoredRequest, tells_target: bool) -> Vec<Fact> {
    let record = &found.record;
    let text = |it: &str| Shown::text(it, "none");
    let id = |it: &str| if it.is_empty() { Shown::Missing("none") } else { Shown::Id(it.to_owned(), String::new()) };
    let attempts = Shown::Count(Count(found.attempts.max(record.attempts.len() as u64)));
    vec![
        Fact::new("Asked for", text(&record.requested_model)),
        Fact::new("Model group", text(&record.group)),
        Fact::new("Served by", if tells_target { text(&record.model) } else { Shown::Missing("not told") }),
        Fact::new("Attempts", attempts),
        Fact::new("API", text(&record.dialect)),
        Fact::new("Operation", text(&record.operation)),
        Fact::new("Answer", Shown::Text(if record.stream { "a stream" } else { "whole" }.to_owned())),
        Fact::new("Client", text(&record.client)),
        Fact::new("Token", id(&record.token)),
        Fact::new("Session", id(&record.session)),
        Fact::new("Its own id", id(&record.client_request_id)),
        Fact::new("Configuration", Shown::Count(Count(record.config_version))),
    ]
}

/// The columns of CSV.
const COLUMNS: [&str; 22] = [
    "started_at",
    "request_id",
    "client_request_id",
    "token",
    "session",
    "client",
    "dialect",
    "operation",
    "requested_model",
    "group",
    "model",
    "stream",
    "status",
    "code",
    "attempts",
    "latency_ms",
    "first_byte_ms",
    "input_tokens",
    "cached_input_tokens",
    "output_tokens",
    "cost_usd",
    "warnings",
];

/// So many are read at a time.
const ROWS: u32 = 1_000;

/// The caller's requests of the period as a file, written while they are read.
pub async fn exported(State(app): State<App>, reader: OwnReader) -> Result<Response, Wrong> {
    let asked = &reader.address;
    let format = asked.own.iter().filter(|it| it.0 == "format").cloned().collect();
    let (form, _) = ExportForm::take(format)?;
    let caller = reader.session.caller.id.clone();
    let search = Own::new(&app.control.store, &caller).search(asked.since_or_usual(), &asked.until, now_ms())?;
    let document = reader.session.document.clone();
    let pages = OwnPages { store: app.control.store.clone(), caller, document, search, place: None, ended: false };
    Ok(form.file("my-requests", &COLUMNS, pages))
}

struct OwnPages {
    store: Store,
    caller: String,
    document: Document,
    search: Search,
    place: Option<PagePlace>,
    ended: bool,
}

impl Pages for OwnPages {
    async fn next(&mut self) -> Result<Option<Vec<Value>>, StoreError> {
        if self.ended {
            return Ok(None);
        }
        let own = Own::new(&self.store, &self.caller);
        let page = own.page(&self.search, self.place.as_ref(), ROWS).await?;
        self.ended = page.next.is_none();
        self.place = page.next.map(PagePlace::After);
        Ok(Some(page.requests.iter().map(|it| line(&self.document, it.attempts, &it.record)).collect()))
    }
}

fn line(document: &Document, attempts: u64, it: &UsageRecord) -> Value {
    let revealed = reveal(document, it);
    let millis = |us: u64| (us > 0).then(|| us as f64 / 1_000.0);
    json!({
        "started_at": rfc3339(it.started_ms),
        "request_id": it.request_id,
        "client_request_id": it.client_request_id,
        "token": it.token,
        "session": it.session,
        "client": it.client,
        "dialect": it.dialect,
        "operation": it.operation,
        "requested_model": it.requested_model,
        "group": it.group,
        "model": revealed.target.then_some(&it.model),
        "stream": it.stream,
        "status": it.status,
        "code": it.code,
        "attempts": attempts,
        "latency_ms": millis(it.latency_us),
        "first_byte_ms": millis(it.first_byte_us),
        "input_tokens": it.tokens.input,
        "cached_input_tokens": it.tokens.cached_input,
        "output_tokens": it.tokens.output,
        "cost_usd": revealed.cost.then(|| usd(it.cost.total.into())),
        "warnings": it.warnings,
    })
}
