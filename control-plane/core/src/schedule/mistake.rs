use super::{ReportPeriod, ReportSchedule, cadence};
use crate::Document;
use crate::insight::Zone;
use crate::report::ReportError;
use crate::suggest;

/// Something that is wrong with a schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleMistake {
    /// The member that it is in.
    pub field: &'static str,
    /// What is wrong, and what would be right.
    pub text: String,
}

pub(super) fn find(it: &ReportSchedule, document: &Document, now_ms: i64) -> Vec<ScheduleMistake> {
    const LONGEST_NAME: usize = 80;
    let mut found = Vec::new();
    let mut wrong = |field, text: String| found.push(ScheduleMistake { field, text });
    let length = it.name.chars().count();
    if it.name.trim().is_empty() || length > LONGEST_NAME || it.name.chars().any(char::is_control) {
        wrong("name", format!("a name has 1 to {LONGEST_NAME} characters, on one line"));
    }
    let webhooks = || document.settings.webhooks.iter().map(|it| it.id.as_str());
    if !webhooks().any(|id| id == it.webhook) {
        let (hint, known) = (suggest::hint(&it.webhook, webhooks()), suggest::list(webhooks()));
        wrong("webhook", format!("`{}` is no webhook{hint}; `settings.webhooks` has {known}", it.webhook));
    }
    if let Some(project) = it.project.as_ref().filter(|it| !document.projects.contains_key(*it)) {
        let hint = suggest::hint(project, document.projects.keys().map(String::as_str));
        wrong("project", format!("there is no project `{project}`{hint}"));
    }
    if cadence::time(&it.at).is_none() {
        wrong("at", format!("`{}` is no time of day: write `08:00`", it.at));
    }
    if let Err(error) = Zone::parse(&it.timezone) {
        wrong("timezone", error.to_string());
    }
    if let Err(error) = it.prices(document) {
        wrong("baseline", error.to_string());
    }
    let period =
        it.cadence().map_or(ReportPeriod { since_ms: now_ms - 3_600_000, until_ms: now_ms, due_ms: now_ms }, |it| {
            it.latest(now_ms)
        });
    for error in it.request(period).err().unwrap_or_default() {
        let field = match error {
            ReportError::Filter { .. } | ReportError::HourFilter | ReportError::NoSuchValue { .. } => "filter",
            ReportError::Dimension { ref name, .. } if !it.group_by.iter().any(|it| it.contains(name.as_str())) => {
                "filter"
            }
            _ => "group_by",
        };
        wrong(field, error.to_string());
    }
    found
}
