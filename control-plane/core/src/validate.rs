//! What a schema cannot say: references between the parts of a document, and values that make no sense together.

mod callers;
mod cors;
mod groups;
mod names;
mod pairs;
mod providers;
mod state;
mod url;

use crate::draft::{Draft, DraftGroup};
use crate::path::{at_index, at_key};
use crate::{Document, Finding, Severity, suggest};

/// Everything that is wrong with a document; it may be applied when no finding is an error. What [`crate::parse`] accepted
/// has no errors; a document of an older version may.
pub fn validate(document: &Document) -> Vec<Finding> {
    findings(&Draft::from(document))
}

pub(crate) fn findings(draft: &Draft) -> Vec<Finding> {
    let mut found = Findings::default();
    settings(draft, &mut found);
    providers::check(draft, &mut found);
    groups::check(draft, &mut found);
    callers::check(draft, &mut found);
    found.0
}

#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn error(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.push(Severity::Error, path.into(), message.into());
    }

    fn warning(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.push(Severity::Warning, path.into(), message.into());
    }

    fn push(&mut self, severity: Severity, path: String, message: String) {
        self.0.push(Finding { severity, path, message });
    }
}

fn settings(draft: &Draft, found: &mut Findings) {
    if let Some(group) = &draft.settings.default_group {
        group_exists(draft, group, "settings.default_group", found);
    }
    for (at, baseline) in draft.settings.baselines.iter().enumerate() {
        let path = at_key(&at_index("settings.baselines", at), "id");
        names::check(names::PLAIN, &baseline.id, &path, found);
        if draft.settings.baselines[..at].iter().any(|it| it.id == baseline.id) {
            found.error(path, format!("a baseline `{}` is there already", baseline.id));
        }
    }
    state::check(&draft.settings, found);
    cors::check(&draft.settings.cors, found);
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
    let has_alias = |it: &DraftGroup| it.group.as_ref().is_some_and(|it| it.aliases.iter().any(|it| it == name));
    let aliased = groups.iter().find(|(_, it)| has_alias(it));
    if let Some((group, _)) = aliased {
        found.error(path, format!("`{name}` is an alias: write `{group}`, the group's own name"));
    } else {
        let hint = suggest::hint(name, groups.keys().map(String::as_str));
        found.error(path, format!("there is no group `{name}`{hint}"));
    }
    false
}

#[cfg(test)]
mod tests;
