use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use control_plane_core::{permission::Action, schedule::ReportSchedule};
use web::{
    Screen, Shown, Tone,
    parts::{Absent, Crumb, Editing, Fact, Table, Why},
    sheet::{Sheet, SheetAction, SheetCard, SheetWeight},
    show::{Count, Moment},
};

use super::{Reader, Wrong, may, next, outcome, schedule_href, when, whose};
use crate::{
    clock::now_ms,
    http::{App, input::InPath, moment::rfc3339},
    manage::report_schedule,
    store::report_schedule::{
        StoredSchedule,
        send::{SendOutcome, StoredSend},
    },
};

/// How many tries are shown.
const SENDS: u32 = 50;

/// One schedule, and what was sent.
pub async fn show(State(app): State<App>, reader: Reader, InPath(id): InPath<String>) -> Result<Response, Wrong> {
    let stored = report_schedule::find(&app.control, &reader.admin.grants, Action::ReportRead, &id).await?;
    let sends = report_schedule::sends(&app.control, &id, SENDS).await?;
    let view = Sheet {
        crumbs: vec![Crumb::new(Screen::ReportSchedules.title(), Screen::ReportSchedules.path())],
        title: stored.schedule.name.clone(),
        lead: format!("Sent {}, to the webhook {}.", when(&stored.schedule), stored.schedule.webhook),
        state: sends.first().map(outcome),
        tabs: Vec::new(),
        editing: Editing::Open,
        actions: if may(&reader, &stored.schedule) { actions(&id) } else { Vec::new() },
        notices: notices(&stored, &sends),
        figures: Vec::new(),
        cards: vec![
            SheetCard {
                title: "What is sent".to_owned(),
                lead: String::new(),
                more: None,
                facts: facts(&stored, now_ms()),
                table: None,
            },
            told(&sends, now_ms()),
        ],
        command: format!(
            "smart-router report-schedule send {id}\nsmart-router report-schedule sends {id}\nsmart-router report-schedule pause {id}"
        ),
    };
    Ok(reader.shows_titled(Screen::ReportSchedules, &view.title, &view).into_response())
}

fn actions(id: &str) -> Vec<SheetAction> {
    let action = |text, word: &str, weight| SheetAction { text, href: format!("{}/{word}", schedule_href(id)), weight };
    vec![
        action("Send it now", "send", SheetWeight::First),
        action("Edit", "edit", SheetWeight::Second),
        action("Remove", "remove", SheetWeight::Final),
    ]
}

fn notices(stored: &StoredSchedule, sends: &[StoredSend]) -> Vec<(Tone, String)> {
    let mut all = Vec::new();
    if stored.schedule.paused {
        all.push((Tone::Note, "It is paused: nothing is sent until it is resumed.".to_owned()));
    }
    if let Some(last) = sends.first().filter(|it| it.outcome == SendOutcome::Failed) {
        let again = if stored.tries > 0 { " It is tried again." } else { "" };
        all.push((Tone::Bad, format!("The last report was not taken: {}.{again}", last.error)));
    }
    all
}

/// What a schedule says, as pages that ask about it show it, too.
pub(super) fn facts(stored: &StoredSchedule, now_ms: i64) -> Vec<Fact> {
    let ReportSchedule { group_by, filter, baseline, .. } = &stored.schedule;
    let listed = |it: &[String], none: &'static str| {
        if it.is_empty() { Shown::Missing(none) } else { Shown::Text(it.join(", ")) }
    };
    let mut facts = vec![
        Fact::new("Usage of", Shown::Text(whose(&stored.schedule))),
        Fact::new("Grouped by", listed(group_by, "nothing: one line")),
        Fact::new("Filters", listed(filter, "none")),
        Fact::new("Sent", Shown::Text(when(&stored.schedule))),
        Fact::new("Webhook", Shown::Code(stored.schedule.webhook.clone())),
        Fact::new("Next", next(stored, now_ms)),
        Fact::new("Made by", Shown::Text(stored.created_by.clone())),
        Fact::new("Made", Shown::Moment(Moment { at_ms: stored.created_ms, now_ms })),
    ];
    if let Some(baseline) = baseline {
        facts.push(Fact::new("Measured against", Shown::Text(baseline.clone())));
    }
    facts
}

fn told(sends: &[StoredSend], now_ms: i64) -> SheetCard {
    let row = |it: &StoredSend| {
        let period = format!("{} to {}", &rfc3339(it.since_ms), &rfc3339(it.until_ms));
        let answered = match it.status {
            Some(status) => Shown::Code(status.to_string()),
            None => Shown::Missing("nothing"),
        };
        let who = if it.asked_by.is_empty() { "the schedule".to_owned() } else { it.asked_by.clone() };
        vec![
            Shown::Moment(Moment { at_ms: it.started_ms, now_ms }),
            Shown::Tag(outcome(it)),
            answered,
            Shown::text(it.error.clone(), "none"),
            Shown::Count(Count(it.attempt)),
            Shown::Text(period),
            Shown::Text(who),
        ]
    };
    let table = Table {
        caption: "What was sent".to_owned(),
        columns: vec!["When", "Outcome", "Answer", "Error", "Try", "Period", "Asked by"],
        rows: sends.iter().map(row).collect(),
        absent: Absent::new(
            Why::NotYet,
            "Nothing was sent yet",
            "Each time that a report is sent stands here, with what the webhook answered.",
        ),
    };
    SheetCard {
        title: "What was sent".to_owned(),
        lead: "One that was not taken is tried again after 1 and 5 minutes, a quarter of an hour, and 1 and 3 hours."
            .to_owned(),
        more: None,
        facts: Vec::new(),
        table: Some(table),
    }
}
