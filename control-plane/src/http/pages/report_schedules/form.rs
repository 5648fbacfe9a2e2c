use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use control_plane_core::{
    Document,
    permission::{Action, permit},
    report::Subject,
    schedule::{Every, ReportSchedule},
};
use web::{
    Screen,
    editor::Editor,
    form::{self, Entry, FormField, FormSection, Mistake},
    parts::{Crumb, Editing},
};

use super::{Reader, Wrong, schedule_href};
use crate::{
    http::{
        App,
        input::InPath,
        pages::edit::{Filled, at, shown, told},
    },
    manage::{ManageError, report_schedule},
};

/// What the form is of: `None`, a new one.
type ScheduleId = Option<String>;

/// The form for a new schedule.
pub async fn new(State(app): State<App>, reader: Reader) -> Result<Response, Wrong> {
    let usual = ReportSchedule {
        group_by: vec!["project".to_owned(), "model".to_owned()],
        every: Every::Week,
        at: "08:00".to_owned(),
        ..ReportSchedule::default()
    };
    let filled = filled(usual);
    editor(&app, reader, (None, &filled), StatusCode::OK, Vec::new()).await
}

/// Makes it.
pub async fn create(State(app): State<App>, reader: Reader, filled: Filled) -> Result<Response, Wrong> {
    let made = report_schedule::create(&app.control, reader.admin.author(), schedule(&filled)).await;
    match made {
        Ok(it) => {
            let to = format!("{}?told=report-schedule-made", schedule_href(&it.id));
            Ok(Redirect::to(&to).into_response())
        }
        Err(error) => refused(&app, reader, (None, &filled), error).await,
    }
}

/// The form for one that is there.
pub async fn change(State(app): State<App>, reader: Reader, InPath(id): InPath<String>) -> Result<Response, Wrong> {
    let stored = report_schedule::find(&app.control, &reader.admin.grants, Action::ReportSchedule, &id).await?;
    let filled = filled(stored.schedule).based_on(stored.revision);
    editor(&app, reader, (Some(id), &filled), StatusCode::OK, Vec::new()).await
}

/// Changes it, unless somebody else has since the form was opened.
pub async fn save(
    State(app): State<App>,
    reader: Reader,
    InPath(id): InPath<String>,
    filled: Filled,
) -> Result<Response, Wrong> {
    let revision = filled.version().or(Some(0));
    let saved = report_schedule::change(&app.control, reader.admin.author(), &id, schedule(&filled), revision).await;
    match saved {
        Ok(_) => Ok(Redirect::to(&format!("{}?told=report-schedule-saved", schedule_href(&id))).into_response()),
        Err(error) => refused(&app, reader, (Some(id), &filled), error).await,
    }
}

async fn refused(
    app: &App,
    reader: Reader,
    form: (ScheduleId, &Filled),
    error: ManageError,
) -> Result<Response, Wrong> {
    let (status, mistakes) = match error {
        ManageError::InvalidSchedule(all) => {
            (StatusCode::UNPROCESSABLE_ENTITY, all.into_iter().map(|it| at(it.field, it.text)).collect())
        }
        error @ ManageError::ScheduleChanged { .. } => {
            let text = format!("{error}. What you have typed is still here.");
            (StatusCode::PRECONDITION_FAILED, vec![told(text)])
        }
        error @ ManageError::Denied(_) => (StatusCode::FORBIDDEN, vec![at("project", error.to_string())]),
        error @ ManageError::Conflict(_) => (StatusCode::CONFLICT, vec![told(error.to_string())]),
        ManageError::Store(_) => {
            let text = "The database does not answer. What you have typed is still here: send it again in a moment.";
            (StatusCode::SERVICE_UNAVAILABLE, vec![told(text)])
        }
        error => return Err(error.into()),
    };
    editor(app, reader, form, status, mistakes).await
}

fn filled(it: ReportSchedule) -> Filled {
    Filled::default()
        .with("name", it.name)
        .with("webhook", it.webhook)
        .with("project", it.project.unwrap_or_default())
        .with("group_by", it.group_by.join(", "))
        .with("filter", it.filter.join("\n"))
        .with("baseline", it.baseline.unwrap_or_default())
        .with("every", it.every.as_str())
        .with("at", it.at)
        .with("timezone", it.timezone)
        .with("paused", if it.paused { "true" } else { "" })
}

fn schedule(filled: &Filled) -> ReportSchedule {
    let some = |name: &str| Some(filled.one(name).to_owned()).filter(|it| !it.is_empty());
    let listed = |name: &str, by: char| -> Vec<String> {
        filled.one(name).split(by).map(|it| it.trim().to_owned()).filter(|it| !it.is_empty()).collect()
    };
    ReportSchedule {
        name: filled.one("name").to_owned(),
        webhook: filled.one("webhook").to_owned(),
        project: some("project"),
        group_by: listed("group_by", ','),
        filter: listed("filter", '\n'),
        baseline: some("baseline"),
        every: Every::parse(filled.one("every")).unwrap_or_default(),
        at: filled.one("at").to_owned(),
        timezone: filled.one("timezone").to_owned(),
        paused: filled.one("paused") == "true",
    }
}

async fn editor(
    app: &App,
    reader: Reader,
    (id, filled): (ScheduleId, &Filled),
    status: StatusCode,
    mistakes: Vec<Mistake>,
) -> Result<Response, Wrong> {
    let document = report_schedule::in_force(&app.control).await?;
    let mut sections = vec![what(&reader, &document, filled), when_and_where(&document, filled)];
    for field in sections.iter_mut().flat_map(|it| &mut it.fields) {
        field.error = mistakes.iter().find(|it| it.field == field.name).map_or_else(String::new, |it| it.text.clone());
    }
    let list = Screen::ReportSchedules;
    let (title, action, cancel_href) = match &id {
        Some(id) => ("Edit the schedule".to_owned(), format!("{}/edit", schedule_href(id)), schedule_href(id)),
        None => ("New schedule".to_owned(), "/report-schedules/new".to_owned(), list.path().to_owned()),
    };
    let version = filled.version().map(|it| ("version".to_owned(), it.to_string()));
    let view = Editor {
        crumbs: vec![Crumb::new(list.title(), list.path())],
        title,
        lead: "A report of each whole day, week or month goes to a webhook as signed JSON, with a link to the page that shows the same.".to_owned(),
        starts: Vec::new(),
        editing: Editing::Open,
        form: form::Form {
            action,
            sections,
            hidden: version.into_iter().collect(),
            mistakes,
            button: if id.is_some() { "Save" } else { "Make the schedule" }.to_owned(),
            cancel_href,
            command: "smart-router report-schedule create --name <name> --webhook <id> --every week --group-by project,model".to_owned(),
            ..form::Form::default()
        },
    };
    Ok(shown(reader, list, &view.title, &view, status))
}

/// Names to choose from, and what stands there, be it none of them any more.
fn one_of<'a>(names: impl Iterator<Item = &'a str>, value: &str, none: Option<&str>) -> Entry {
    let mut options: Vec<(String, String)> = none.map(|words| (String::new(), words.to_owned())).into_iter().collect();
    options.extend(names.map(|it| (it.to_owned(), it.to_owned())));
    if !value.is_empty() && !options.iter().any(|it| it.0 == value) {
        options.push((value.to_owned(), value.to_owned()));
    }
    Entry::One { options, value: value.to_owned() }
}

fn what(reader: &Reader, document: &Document, filled: &Filled) -> FormSection {
    let grants = &reader.admin.grants;
    let may = |project: Option<&str>| permit(grants, Action::ReportSchedule, project).is_ok();
    let projects = document.projects.keys().map(String::as_str).filter(|it| may(Some(it)));
    let everybody = may(None).then_some("Everybody");
    let dimensions: Vec<&str> = Subject::Requests.dimensions().iter().map(|it| it.as_str()).collect();
    let baselines = document.settings.baselines.iter().map(|it| it.id.as_str());
    let fields = vec![
        FormField::new(
            "name",
            "Name",
            Entry::Line { value: filled.one("name").to_owned(), example: "Spend of last week" },
        )
        .required(),
        FormField::new("project", "Usage of", one_of(projects, filled.one("project"), everybody))
            .help("Of one project alone, or of everybody."),
        FormField::new(
            "group_by",
            "Grouped by",
            Entry::Line { value: filled.one("group_by").to_owned(), example: "project, model" },
        )
        .help(format!("Separated by commas, in their order: {}. Empty: one line.", dimensions.join(", "))),
        FormField::new("filter", "Filters", Entry::Lines { value: filled.one("filter").to_owned(), rows: 3 })
            .help("One a line: caller=ana, or model!=openai/mini for all but that."),
        FormField::new("baseline", "Measured against", one_of(baselines, filled.one("baseline"), Some("Nothing")))
            .help("Adds what the same tokens would have cost at other prices."),
    ];
    FormSection { title: "What is sent".to_owned(), help: String::new(), fields }
}

fn when_and_where(document: &Document, filled: &Filled) -> FormSection {
    let webhooks = document.settings.webhooks.iter().map(|it| it.id.as_str());
    let every = [
        ("day", "Every day, of the day before"),
        ("week", "Every Monday, of the week before"),
        ("month", "On the first of the month, of the month before"),
    ];
    let every = every.map(|(value, words)| (value.to_owned(), words.to_owned())).to_vec();
    let on = filled.one("paused") == "true";
    let line = |name: &str, example| Entry::Line { value: filled.one(name).to_owned(), example };
    let fields = vec![
        FormField::new("webhook", "Webhook", one_of(webhooks, filled.one("webhook"), None))
            .help("One of settings.webhooks, which has its address and the secret that signs.")
            .required(),
        FormField::new("every", "Sent", Entry::One { options: every, value: filled.one("every").to_owned() }),
        FormField::new("at", "At", line("at", "08:00")).required(),
        FormField::new("timezone", "Time zone", line("timezone", "Europe/Berlin"))
            .help("Where days begin, and clocks show that time. Empty: UTC."),
        FormField::new("paused", "Paused", Entry::Switch { on, means: "Nothing is sent".to_owned() }),
    ];
    FormSection { title: "When and where to".to_owned(), help: String::new(), fields }
}
