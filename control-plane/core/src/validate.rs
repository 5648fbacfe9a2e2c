//! What a schema cannot say: references between the parts of a document, and values that make no sense together.

mod callers;
mod cors;
mod groups;
mod names;
mod oidc;
mod pairs;
mod providers;
mod state;
mod url;
mod webhooks;

pub use self::url::is_private_address;

use std::collections::HashSet;

use crate::draft::Draft;
use crate::path::{at_index, at_key};
use crate::problem::MAX_PROBLEMS;
use crate::{Document, Finding, Severity, suggest};

/// Everything that is wrong with a document; it may be applied when no finding is an error. What [`crate::parse`] accepted
/// has no errors; a document of an older version may.
pub fn validate(document: &Document) -> Vec<Finding> {
    findings(&Draft::from(document), HashSet::new()).0
}

/// The same of a draft, but of what was told already; and how many more there are.
pub(crate) fn findings(draft: &Draft, told: HashSet<String>) -> (Vec<Finding>, usize) {
    let mut found = Findings { told, ..Findings::default() };
    settings(draft, &mut found);
    providers::check(draft, &mut found);
    groups::check(draft, &mut found);
    callers::check(draft, &mut found);
    oidc::check(draft, &mut found);
    let Findings { errors, warnings, more, .. } = found;
    (errors.into_iter().chain(warnings).collect(), more)
}

/// How many names that do not exist are compared with those that do.
const MAX_HINTS: usize = 100;

#[derive(Default)]
struct Findings {
    /// The paths of which something was told already.
    told: HashSet<String>,
    errors: Vec<Finding>,
    warnings: Vec<Finding>,
    more: usize,
    hints: usize,
}

impl Findings {
    fn error(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.push(Severity::Error, path.into(), message.into());
    }

    fn warning(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.push(Severity::Warning, path.into(), message.into());
    }

    fn push(&mut self, severity: Severity, path: String, message: String) {
        if !path.is_empty() && self.told.contains(&path) {
            return;
        }
        let found = if severity == Severity::Error { &mut self.errors } else { &mut self.warnings };
        if found.len() < MAX_PROBLEMS {
            found.push(Finding { severity, path, message });
        } else {
            self.more += 1;
        }
    }

    /// Help for a name that does not exist, for the first ones.
    fn hint<'a>(&mut self, name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
        if self.hints_once_more() { suggest::hint(name, known) } else { String::new() }
    }

    fn hints_once_more(&mut self) -> bool {
        self.hints += 1;
        self.hints <= MAX_HINTS
    }
}

fn settings(draft: &Draft, found: &mut Findings) {
    if let Some(group) = &draft.settings.default_group {
        group_exists(draft, group, "settings.default_group", found);
    }
    let mut baselines = HashSet::new();
    for (at, baseline) in draft.settings.baselines.iter().enumerate() {
        let path = at_key(&at_index("settings.baselines", at), "id");
        names::check(names::PLAIN, &baseline.id, &path, found);
        if !baselines.insert(&baseline.id) {
            found.error(path, format!("a baseline `{}` is there already", baseline.id));
        }
    }
    state::check(&draft.settings, found);
    cors::check(&draft.settings.cors, found);
    webhooks::check(&draft.settings.webhooks, found);
    for project in draft.projects.iter().flat_map(|it| it.keys()) {
        names::check(names::PLAIN, project, &at_key("projects", project), found);
    }
}

/// Whether a name is a group's; reports one that is not.
fn group_exists(draft: &Draft, name: &str, path: &str, found: &mut Findings) -> bool {
    let Some(groups) = &draft.groups else { return true };
    if groups.contains_key(name) {
        return true;
    }
    if let Some(group) = draft.aliases.get(name) {
        found.error(path, format!("`{name}` is an alias: write `{group}`, the group's own name"));
    } else {
        let hint = found.hint(name, groups.keys().map(String::as_str));
        found.error(path, format!("there is no group `{name}`{hint}"));
    }
    false
}

/// Reports a project that is named and not there.
fn project_exists(draft: &Draft, project: Option<&String>, of: &str, found: &mut Findings) {
    let (Some(project), Some(projects)) = (project, &draft.projects) else { return };
    if !projects.contains_key(project) {
        let hint = found.hint(project, projects.keys().map(String::as_str));
        found.error(at_key(of, "project"), format!("there is no project `{project}`{hint}"));
    }
}

#[cfg(test)]
mod tests;
