#![expect(unused_qualifications, reason = "a macro qualifies the names of its parameters")]

use axum::{Json, extract::State, http::StatusCode};
use control_plane_core::{
    permission::Action,
    schedule::{Every, ReportSchedule},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    App,
    admin::Admin,
    edit::{BasedOn, Tagged, tagged},
    input::{Asked, InPath, JsonBody, PageSize},
    moment::rfc3339,
    problem::Problem,
};
use crate::{
    manage::report_schedule::{self, ScheduleStanding},
    store::report_schedule::{StoredSchedule, send::StoredSend},
};

/// A report of usage that is sent to a webhook: what, when and where to.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": "Spend of last week", "webhook": "finance", "group_by": ["project", "model"], "every": "week", "at": "08:00",
    "timezone": "Europe/Berlin"
}))]
pub struct ScheduleInput {
    /// What people call it: 1 to 80 characters, on one line.
    name: String,
    /// One of `settings.webhooks`, by its id.
    webhook: String,
    /// The project whose usage it tells; left out: everybody's, which takes a role that holds everywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    project: Option<String>,
    /// What its lines are told apart by: dimensions of reports.
    #[serde(default)]
    group_by: Vec<String>,
    /// `<dimension>=<value>` or `<dimension>!=<value>`.
    #[serde(default)]
    filter: Vec<String>,
    /// What savings are measured against: one of `settings.baselines`, by its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    baseline: Option<String>,
    /// How long each period is: `day`, `week` (from Monday) or `month`. It is told on the first day after it.
    every: String,
    /// At which time of that day, as clocks show it; left out: `08:00`.
    #[serde(default = "usual_time")]
    at: String,
    /// Where days begin and clocks show that: `UTC` (the default), `Europe/Berlin`, `+02:00`.
    #[serde(default)]
    timezone: String,
    /// Nothing is sent.
    #[serde(default)]
    paused: bool,
}

fn usual_time() -> String {
    "08:00".to_owned()
}

impl ScheduleInput {
    fn read(self) -> Result<ReportSchedule, Problem> {
        let Self { name, webhook, project, group_by, filter, baseline, every, at, timezone, paused } = self;
        let every = Every::parse(&every).ok_or_else(|| {
            let known = Every::ALL.map(Every::as_str).join(", ");
            let detail = format!("`every`: `{every}` is no period; there are {known}");
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid-value", detail)
        })?;
        Ok(ReportSchedule { name, webhook, project, group_by, filter, baseline, every, at, timezone, paused })
    }
}

impl From<ReportSchedule> for ScheduleInput {
    fn from(it: ReportSchedule) -> Self {
        let ReportSchedule { name, webhook, project, group_by, filter, baseline, every, at, timezone, paused } = it;
        let every = every.as_str().to_owned();
        Self { name, webhook, project, group_by, filter, baseline, every, at, timezone, paused }
    }
}

/// A schedule.
#[derive(Serialize, ToSchema)]
pub struct ScheduleLine {
    id: String,
    /// What is sent, when and where to: as it was put here.
    schedule: ScheduleInput,
    /// What `if-match` names.
    revision: u64,
    created_by: String,
    /// RFC 3339.
    created_at: String,
    /// When the next report is due, in RFC 3339; null: it is paused.
    next_at: Option<String>,
    /// When a report that was not taken is tried again, in RFC 3339; null: none is waiting.
    retry_at: Option<String>,
    /// The last try, of the schedule or by hand; null: there was none.
    last_send: Option<SendLine>,
}

/// A time that a report was sent, or tried to be.
#[derive(Serialize, ToSchema)]
pub struct SendLine {
    id: String,
    /// The header `webhook-id`: the same for each try of one report.
    message: String,
    /// The period that it is about, in RFC 3339.
    since: String,
    until: String,
    /// From 1.
    attempt: u64,
    /// How many reports before it were never sent, because no control plane was there to.
    missed: u64,
    /// Who asked for it; null: the schedule.
    asked_by: Option<String>,
    /// RFC 3339.
    started_at: String,
    /// RFC 3339; null: it is under way.
    ended_at: Option<String>,
    /// `sending`, `sent`, `failed`, or `interrupted`: the control plane went away before the answer came.
    outcome: &'static str,
    /// What the receiver answered; null: nothing.
    status: Option<u16>,
    /// Why it failed; null: it did not.
    error: Option<String>,
}

/// Schedules, the oldest first.
#[derive(Serialize, ToSchema)]
pub struct Schedules {
    report_schedules: Vec<ScheduleLine>,
    /// Where reports can be sent: the ids of `settings.webhooks`.
    webhooks: Vec<String>,
}

/// The tries of a schedule, the newest first.
#[derive(Serialize, ToSchema)]
pub struct Sends {
    sends: Vec<SendLine>,
}

/// How many.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SendsAsked {
    /// How many at most, from 1 to 1000; left out: 100.
    #[serde(default)]
    #[param(value_type = Option<u32>)]
    limit: PageSize,
}

impl From<StoredSend> for SendLine {
    fn from(it: StoredSend) -> Self {
        let some = |text: String| Some(text).filter(|it| !it.is_empty());
        Self {
            id: it.id,
            message: it.message,
            since: rfc3339(it.since_ms),
            until: rfc3339(it.until_ms),
            attempt: it.attempt,
            missed: it.missed,
            asked_by: some(it.asked_by),
            started_at: rfc3339(it.started_ms),
            ended_at: it.ended_ms.map(rfc3339),
            outcome: it.outcome.as_str(),
            status: it.status,
            error: some(it.error),
        }
    }
}

fn line(stored: StoredSchedule, last: Option<StoredSend>) -> ScheduleLine {
    let next_ms = stored.next_ms();
    ScheduleLine {
        id: stored.id,
        revision: stored.revision,
        created_by: stored.created_by,
        created_at: rfc3339(stored.created_ms),
        next_at: next_ms.filter(|_| !stored.schedule.paused).map(rfc3339),
        retry_at: (stored.tries > 0 && !stored.schedule.paused).then(|| rfc3339(stored.retry_ms)),
        last_send: last.map(SendLine::from),
        schedule: stored.schedule.into(),
    }
}

async fn shown(app: &App, stored: StoredSchedule) -> Result<Tagged<ScheduleLine>, Problem> {
    let last = report_schedule::sends(&app.control, &stored.id, 1).await?.pop();
    Ok(tagged(stored.revision, line(stored, last)))
}

/// Reports that are sent to webhooks, with what became of the last try of each. A role that holds in some projects alone sees those of
/// these projects.
#[utoipa::path(get, path = "/api/v1/report-schedules", tag = "report-schedules", security(("admin_token" = [])),
    responses((status = 200, body = Schedules)))]
pub async fn list(State(app): State<App>, admin: Admin) -> Result<Json<Schedules>, Problem> {
    let all = report_schedule::list(&app.control, &admin.grants).await?;
    let webhooks = report_schedule::webhooks(&app.control).await?;
    let report_schedules = all.into_iter().map(|ScheduleStanding { stored, last }| line(stored, last)).collect();
    Ok(Json(Schedules { report_schedules, webhooks }))
}

/// Sends a report to a webhook after each period from now on. The secret and the address are the webhook's, in `settings.webhooks`.
#[utoipa::path(post, path = "/api/v1/report-schedules", tag = "report-schedules", request_body = ScheduleInput, security(("admin_token" = [])),
    responses((status = 201, body = ScheduleLine), (status = 422, description = "`invalid-value`: every mistake at once, each in `errors`")))]
pub async fn create(
    State(app): State<App>,
    admin: Admin,
    JsonBody(input): JsonBody<ScheduleInput>,
) -> Result<(StatusCode, Tagged<ScheduleLine>), Problem> {
    let stored = report_schedule::create(&app.control, admin.author(), input.read()?).await?;
    Ok((StatusCode::CREATED, tagged(stored.revision, line(stored, None))))
}

/// One schedule. Its `etag` is its revision.
#[utoipa::path(get, path = "/api/v1/report-schedules/{id}", tag = "report-schedules", security(("admin_token" = [])),
    params(("id" = String, Path, description = "The id of a schedule")), responses((status = 200, body = ScheduleLine)))]
pub async fn show(
    State(app): State<App>,
    admin: Admin,
    InPath(id): InPath<String>,
) -> Result<Tagged<ScheduleLine>, Problem> {
    let stored = report_schedule::find(&app.control, &admin.grants, Action::ReportRead, &id).await?;
    shown(&app, stored).await
}

/// Changes a schedule. What was due and is not sent yet is not sent any more; the next one is.
#[utoipa::path(put, path = "/api/v1/report-schedules/{id}", tag = "report-schedules", request_body = ScheduleInput, security(("admin_token" = [])),
    params(("id" = String, Path, description = "The id of a schedule"), ("if-match" = String, Header, description = "The `etag` of the schedule as it was read, or `*` for whatever is there")),
    responses((status = 200, body = ScheduleLine), (status = 412, description = "`report-schedule-conflict`: it was changed from elsewhere since"),
              (status = 422, description = "`invalid-value`: every mistake at once, each in `errors`"), (status = 428, description = "`if-match` is missing")))]
pub async fn change(
    State(app): State<App>,
    admin: Admin,
    InPath(id): InPath<String>,
    based_on: BasedOn,
    JsonBody(input): JsonBody<ScheduleInput>,
) -> Result<Tagged<ScheduleLine>, Problem> {
    let stored = report_schedule::change(&app.control, admin.author(), &id, input.read()?, based_on.0).await?;
    shown(&app, stored).await
}

/// Sends no more, and forgets what was sent.
#[utoipa::path(delete, path = "/api/v1/report-schedules/{id}", tag = "report-schedules", security(("admin_token" = [])),
    params(("id" = String, Path, description = "The id of a schedule")), responses((status = 204, description = "It is gone")))]
pub async fn remove(State(app): State<App>, admin: Admin, InPath(id): InPath<String>) -> Result<StatusCode, Problem> {
    report_schedule::remove(&app.control, admin.author(), &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The tries of a schedule, the newest first. They are kept for 400 days.
#[utoipa::path(get, path = "/api/v1/report-schedules/{id}/sends", tag = "report-schedules", security(("admin_token" = [])),
    params(("id" = String, Path, description = "The id of a schedule"), SendsAsked), responses((status = 200, body = Sends)))]
pub async fn sends(
    State(app): State<App>,
    admin: Admin,
    InPath(id): InPath<String>,
    Asked(asked): Asked<SendsAsked>,
) -> Result<Json<Sends>, Problem> {
    report_schedule::find(&app.control, &admin.grants, Action::ReportRead, &id).await?;
    let sends = report_schedule::sends(&app.control, &id, asked.limit.get()).await?;
    Ok(Json(Sends { sends: sends.into_iter().map(SendLine::from).collect() }))
}

/// Sends the report of the last whole period at once, to see that it arrives; also one that is paused. It says of itself that it is a
/// trial, and what is due stays due. Answered when it is known what became of it.
#[utoipa::path(post, path = "/api/v1/report-schedules/{id}/send", tag = "report-schedules", security(("admin_token" = [])),
    params(("id" = String, Path, description = "The id of a schedule")), responses((status = 200, body = SendLine)))]
pub async fn send(State(app): State<App>, admin: Admin, InPath(id): InPath<String>) -> Result<Json<SendLine>, Problem> {
    Ok(Json(app.reports.send_now(&admin.actor, &admin.grants, &id).await?.into()))
}
