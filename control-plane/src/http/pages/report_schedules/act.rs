use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use control_plane_core::permission::Action;
use web::{
    Screen, Tone,
    confirm::Confirm,
    form::{self, Asked, Mistake},
    parts::{Crumb, Effect},
};

use super::{Reader, Wrong, one::facts, schedule_href};
use crate::{
    clock::now_ms,
    http::{
        App,
        input::InPath,
        pages::edit::{Filled, shown, told},
    },
    manage::report_schedule,
    store::report_schedule::StoredSchedule,
};

async fn found(app: &App, reader: &Reader, id: &str) -> Result<StoredSchedule, Wrong> {
    Ok(report_schedule::find(&app.control, &reader.admin.grants, Action::ReportSchedule, id).await?)
}

/// What is asked before it is done: a title, what it does, its button and its word.
struct ScheduleQuestion {
    title: String,
    effects: Vec<Effect>,
    word: &'static str,
    button: &'static str,
    is_final: bool,
}

fn question(reader: Reader, stored: &StoredSchedule, asked: ScheduleQuestion, mistakes: Vec<Mistake>) -> Response {
    let href = schedule_href(&stored.id);
    let status = if mistakes.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let name = &stored.schedule.name;
    let view = Confirm {
        crumbs: vec![
            Crumb::new(Screen::ReportSchedules.title(), Screen::ReportSchedules.path()),
            Crumb::new(name, &href),
        ],
        title: asked.title,
        facts: facts(stored, now_ms()),
        asked: Asked {
            effects: asked.effects,
            typed: if asked.is_final { name.trim().to_owned() } else { String::new() },
            is_final: asked.is_final,
        },
        form: form::Form {
            action: format!("{href}/{}", asked.word),
            mistakes,
            button: asked.button.to_owned(),
            command: format!("smart-router report-schedule {} {}", asked.word, stored.id),
            cancel_href: href,
            ..form::Form::default()
        },
    };
    shown(reader, Screen::ReportSchedules, &view.title, &view, status)
}

fn sending(stored: &StoredSchedule) -> ScheduleQuestion {
    let effect = |tone, text: String| Effect { tone, text, whom: Vec::new() };
    let webhook = &stored.schedule.webhook;
    ScheduleQuestion {
        title: format!("Send {} now?", stored.schedule.name),
        effects: vec![
            effect(
                None,
                format!(
                    "The report of the last whole {} goes to the webhook {webhook}.",
                    stored.schedule.every.as_str()
                ),
            ),
            effect(Some(Tone::Note), "It says of itself that it is a trial. What is due stays due.".to_owned()),
        ],
        word: "send",
        button: "Send it now",
        is_final: false,
    }
}

fn removing(stored: &StoredSchedule) -> ScheduleQuestion {
    let text = "Nothing is sent any more, and what was sent is forgotten here.".to_owned();
    ScheduleQuestion {
        title: format!("Remove the schedule {}?", stored.schedule.name),
        effects: vec![Effect { tone: Some(Tone::Warning), text, whom: Vec::new() }],
        word: "remove",
        button: "Remove it",
        is_final: true,
    }
}

/// Asks before a report is sent out of its turn.
pub async fn ask_to_send(
    State(app): State<App>,
    reader: Reader,
    InPath(id): InPath<String>,
) -> Result<Response, Wrong> {
    let stored = found(&app, &reader, &id).await?;
    Ok(question(reader, &stored, sending(&stored), Vec::new()))
}

/// Sends it, and leads to what became of it.
pub async fn send(State(app): State<App>, reader: Reader, InPath(id): InPath<String>) -> Result<Response, Wrong> {
    let sent = app.reports.send_now(&reader.admin.actor, &reader.admin.grants, &id).await?;
    let told = if sent.error.is_empty() { "?told=report-sent" } else { "" };
    Ok(Redirect::to(&format!("{}{told}", schedule_href(&id))).into_response())
}

/// Asks before a schedule is removed.
pub async fn ask_removal(
    State(app): State<App>,
    reader: Reader,
    InPath(id): InPath<String>,
) -> Result<Response, Wrong> {
    let stored = found(&app, &reader, &id).await?;
    Ok(question(reader, &stored, removing(&stored), Vec::new()))
}

/// Removes it, when its name was typed.
pub async fn remove(
    State(app): State<App>,
    reader: Reader,
    InPath(id): InPath<String>,
    filled: Filled,
) -> Result<Response, Wrong> {
    let stored = found(&app, &reader, &id).await?;
    if filled.one("typed") != stored.schedule.name.trim() {
        let mistakes = vec![told("Type the name as it stands there.")];
        return Ok(question(reader, &stored, removing(&stored), mistakes));
    }
    report_schedule::remove(&app.control, reader.admin.author(), &id).await?;
    Ok(Redirect::to("/report-schedules?told=report-schedule-removed").into_response())
}
