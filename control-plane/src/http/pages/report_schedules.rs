//! Reports that are sent to webhooks: the list, one with what was sent, and making, changing and removing one.

mod act;
mod form;
mod one;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use control_plane_core::{
    permission::{Action, permit, permit_somewhere},
    schedule::{Every, ReportSchedule},
};
use web::{
    Screen, Shown, Tag, Tone,
    parts::{Absent, Editing, Table, Why},
    sheet::{Sheet, SheetAction, SheetCard, SheetWeight},
    show::Moment,
};

use super::{address::encoded, reader::Reader, wrong::Wrong};
use crate::{
    clock::now_ms,
    http::App,
    manage::report_schedule::{self, ScheduleStanding},
    store::report_schedule::{
        StoredSchedule,
        send::{SendOutcome, StoredSend},
    },
};

pub use act::{ask_removal, ask_to_send, remove, send};
pub use form::{change, create, new, save};
pub use one::show;

/// The page of a schedule.
fn schedule_href(id: &str) -> String {
    format!("/report-schedules/{}", encoded(id))
}

/// When it is sent: `every week at 08:00, Europe/Berlin`.
fn when(it: &ReportSchedule) -> String {
    let every = match it.every {
        Every::Day => "every day",
        Every::Week => "every Monday",
        Every::Month => "on the first of every month",
    };
    let zone = if it.timezone.is_empty() { "UTC" } else { &it.timezone };
    format!("{every} at {}, {zone}", it.at)
}

fn whose(it: &ReportSchedule) -> String {
    it.project.clone().unwrap_or_else(|| "everybody".to_owned())
}

/// What became of a try, as a word with its colour.
fn outcome(it: &StoredSend) -> Tag {
    let tone = match it.outcome {
        SendOutcome::Sent => Tone::Good,
        SendOutcome::Failed => Tone::Bad,
        SendOutcome::Interrupted => Tone::Warning,
        SendOutcome::Sending => Tone::Note,
    };
    Tag::new(tone, it.outcome.as_str())
}

fn next(it: &StoredSchedule, now_ms: i64) -> Shown {
    match it.next_ms() {
        Some(at_ms) if !it.schedule.paused => Shown::Moment(Moment { at_ms, now_ms }),
        _ => Shown::Missing("paused"),
    }
}

/// Whether somebody may do something to a schedule, and not look at it alone.
fn may(reader: &Reader, it: &ReportSchedule) -> bool {
    permit(&reader.admin.grants, Action::ReportSchedule, it.project.as_deref()).is_ok()
}

/// The list.
pub async fn list(State(app): State<App>, reader: Reader) -> Result<Response, Wrong> {
    let all = report_schedule::list(&app.control, &reader.admin.grants).await?;
    let webhooks = report_schedule::webhooks(&app.control).await?;
    let may_make = permit_somewhere(&reader.admin.grants, Action::ReportSchedule).is_ok() && !webhooks.is_empty();
    let action =
        SheetAction { text: "New schedule", href: "/report-schedules/new".to_owned(), weight: SheetWeight::First };
    let view = Sheet {
        crumbs: Vec::new(),
        title: Screen::ReportSchedules.title().to_owned(),
        lead: "Reports of usage that are sent to a webhook after each day, week or month.".to_owned(),
        state: None,
        tabs: Vec::new(),
        editing: Editing::Open,
        actions: may_make.then_some(action).into_iter().collect(),
        notices: Vec::new(),
        figures: Vec::new(),
        cards: vec![table(&all, absent(may_make, webhooks.is_empty()))],
        command: "smart-router report-schedule list".to_owned(),
    };
    Ok(reader.shows(Screen::ReportSchedules, &view).into_response())
}

fn absent(may_make: bool, no_webhook: bool) -> Absent {
    if no_webhook {
        let text = "A report goes to a place that the configuration names: settings.webhooks, with its address and the secret that signs.";
        return Absent::new(Why::NotYet, "There is no webhook to send a report to", text)
            .go("How to set one up", "/docs/operations#reports-by-a-schedule");
    }
    let text = "A schedule sends what was used, by what you group it by, as signed JSON.";
    let absent = Absent::new(Why::NotYet, "No report is sent", text);
    let command = "smart-router report-schedule create --name 'Spend of last week' --webhook <id> --every week --group-by project,model";
    if may_make { absent.go("New schedule", "/report-schedules/new").command(command) } else { absent }
}

fn table(all: &[ScheduleStanding], absent: Absent) -> SheetCard {
    let now_ms = now_ms();
    let row = |ScheduleStanding { stored, last }: &ScheduleStanding| {
        let it = &stored.schedule;
        let (told, at) = match last {
            Some(send) => (Shown::Tag(outcome(send)), Shown::Moment(Moment { at_ms: send.started_ms, now_ms })),
            None => (Shown::Missing("nothing yet"), Shown::Missing("never")),
        };
        vec![
            Shown::Link(it.name.clone(), schedule_href(&stored.id)),
            Shown::Text(whose(it)),
            Shown::Text(when(it)),
            Shown::Code(it.webhook.clone()),
            next(stored, now_ms),
            told,
            at,
        ]
    };
    let table = Table {
        caption: "Scheduled reports".to_owned(),
        columns: vec!["Report", "Usage of", "Sent", "Webhook", "Next", "Last one", "When"],
        rows: all.iter().map(row).collect(),
        absent,
    };
    SheetCard { title: "Schedules".to_owned(), lead: String::new(), more: None, facts: Vec::new(), table: Some(table) }
}
