use axum::{Json, extract::State, response::Response};
use control_plane_core::{
    permission::Action,
    report::usd,
    search::{PagePlace, Search},
};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{
    App,
    admin::Admin,
    export::{ExportForm, Pages},
    input::{Asked, InPath},
    moment::rfc3339,
    problem::Problem,
    request::{Listing, export::day, listing},
};
use crate::{
    clock::now_ms,
    manage,
    store::{
        Store, StoreError,
        request::Effort,
        session::{self, MOST_REQUESTS, Session},
    },
};

/// Sessions of clients, a page of them.
#[derive(Serialize, ToSchema)]
pub struct ClientSessions {
    /// The one with the newest request first.
    sessions: Vec<ClientSession>,
    /// `after` of the next page; absent: this is the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    /// `before` of the page before; absent: this is the first one.
    #[serde(skip_serializing_if = "Option::is_none")]
    previous: Option<String>,
    /// There may be more that fits: the search took too long, and goes on at `next` (or `previous`).
    unfinished: bool,
}

/// What a client did under one session id within the period.
#[derive(Serialize, ToSchema)]
pub struct ClientSession {
    session: String,
    /// Of its last request, as the other texts.
    caller: String,
    project: String,
    client: String,
    /// More than one: different callers use the same id.
    callers: u64,
    /// Of more than 5,000 requests the newest are added up.
    requests: u64,
    /// There may be more requests than were added up.
    capped: bool,
    errors: u64,
    /// RFC 3339.
    first_at: String,
    /// RFC 3339.
    last_at: String,
    last_request_id: String,
    input_tokens: u64,
    /// Of those, what was read from providers' caches.
    cached_input_tokens: u64,
    output_tokens: u64,
    cost_usd: String,
    /// The targets that were tried last, those of most requests first.
    models: Vec<SessionModel>,
}

/// A target of a session.
#[derive(Serialize, ToSchema)]
pub struct SessionModel {
    /// Empty: none was tried.
    model: String,
    requests: u64,
}

/// Sessions of clients, the one with the newest request first.
///
/// A session is what requests have the same id for: `x-session-id`, or what Claude Code and Codex send. Filters are those of
/// requests, and hold of a session's last request within the period. Its requests are `/api/v1/requests?filter=session=…`.
#[utoipa::path(get, path = "/api/v1/sessions", tag = "requests", operation_id = "sessions", security(("admin_token" = [])),
    params(("since" = Option<String>, Query, description = "`24h`, `7d` (ago), a date or a moment; left out: 24 hours ago"),
           ("until" = Option<String>, Query, description = "The same; left out: now"),
           ("filter" = Option<Vec<String>>, Query, description = "As for requests"),
           ("limit" = Option<u32>, Query, description = "At most so many, up to 1000; left out: 100"),
           ("after" = Option<String>, Query, description = "`next` of the page before"),
           ("before" = Option<String>, Query, description = "`previous` of the page behind")),
    responses((status = 200, body = ClientSessions)))]
pub async fn list(
    State(app): State<App>,
    admin: Admin,
    Asked(pairs): Asked<Vec<(String, String)>>,
) -> Result<Json<ClientSessions>, Problem> {
    let Listing { query, place, limit } = listing(pairs, &["since", "until", "filter", "limit", "after", "before"])?;
    let search = Search::parse(admin.visible(Action::RequestRead), &query, now_ms())?;
    let mut tx = app.control.store.read_consistent().await?;
    let found = session::page(&mut tx, &search, place.as_ref(), limit.get(), Effort::PAGE).await?;
    Ok(Json(ClientSessions {
        sessions: found.sessions.into_iter().map(line).collect(),
        next: found.page.next.map(|it| it.to_string()),
        previous: found.page.previous.map(|it| it.to_string()),
        unfinished: found.page.unfinished,
    }))
}

/// The columns of CSV.
const COLUMNS: [&str; 14] = [
    "session",
    "caller",
    "project",
    "client",
    "callers",
    "requests",
    "capped",
    "errors",
    "first_at",
    "last_at",
    "input_tokens",
    "cached_input_tokens",
    "output_tokens",
    "cost_usd",
];

/// So many are read at a time.
const ROWS: u32 = 200;

/// All sessions that fit, the one with the newest request first, as a file.
#[utoipa::path(get, path = "/api/v1/sessions/export", tag = "requests", operation_id = "sessions_export", security(("admin_token" = [])),
    params(("format" = Option<String>, Query, description = "`csv`, `json` (a list) or `ndjson` (a line each); left out: `csv`"),
           ("since" = Option<String>, Query, description = "As for the list"),
           ("until" = Option<String>, Query, description = "As for the list"),
           ("filter" = Option<Vec<String>>, Query, description = "As for the list")),
    responses((status = 200, description = "A file",
               content((String = "text/csv"), (Object = "application/json"), (String = "application/x-ndjson")))))]
pub async fn export(
    State(app): State<App>,
    admin: Admin,
    Asked(pairs): Asked<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let (form, pairs) = ExportForm::take(pairs)?;
    let Listing { query, .. } = listing(pairs, &["since", "until", "filter"])?;
    let search = Search::parse(admin.visible(Action::RequestRead), &query, now_ms())?;
    let name = format!("sessions-{}-{}", day(search.since_ms), day(search.until_ms - 1));
    let pages = SessionPages { store: app.control.store.clone(), search, place: None, ended: false };
    Ok(form.file(&name, &COLUMNS, pages))
}

struct SessionPages {
    store: Store,
    search: Search,
    place: Option<PagePlace>,
    ended: bool,
}

impl Pages for SessionPages {
    async fn next(&mut self) -> Result<Option<Vec<Value>>, StoreError> {
        if self.ended {
            return Ok(None);
        }
        let mut tx = self.store.read_consistent().await?;
        let found = session::page(&mut tx, &self.search, self.place.as_ref(), ROWS, Effort::FILE).await?;
        self.ended = found.page.next.is_none();
        self.place = found.page.next.map(PagePlace::After);
        let value = |it| serde_json::to_value(line(it)).expect("its keys are texts");
        Ok(Some(found.sessions.into_iter().map(value).collect()))
    }
}

/// All of one session, however long ago it began. Of one that others use, too, it is what may be seen.
#[utoipa::path(get, path = "/api/v1/sessions/{id}", tag = "requests", operation_id = "sessions_show", security(("admin_token" = [])),
    params(("id" = String, Path, description = "The session's id, as the client gave it")),
    responses((status = 200, body = ClientSession), (status = 404, description = "No request that may be seen has it")))]
pub async fn show(
    State(app): State<App>,
    admin: Admin,
    InPath(id): InPath<String>,
) -> Result<Json<ClientSession>, Problem> {
    let mut tx = app.control.store.read_consistent().await?;
    let visible = admin.visible(Action::RequestRead);
    Ok(Json(line(manage::session::one(&mut tx, &visible, &id, now_ms()).await?)))
}

fn line(it: Session) -> ClientSession {
    let last = it.last.record;
    ClientSession {
        session: last.session,
        caller: last.caller,
        project: last.project,
        client: last.client,
        callers: it.callers,
        requests: it.requests,
        capped: it.requests >= MOST_REQUESTS,
        errors: it.errors,
        first_at: rfc3339(it.first_ms),
        last_at: rfc3339(last.started_ms),
        last_request_id: last.request_id,
        input_tokens: it.input_tokens,
        cached_input_tokens: it.cached_input_tokens,
        output_tokens: it.output_tokens,
        cost_usd: usd(it.cost_nanousd.into()),
        models: it.models.into_iter().map(|(model, requests)| SessionModel { model, requests }).collect(),
    }
}
