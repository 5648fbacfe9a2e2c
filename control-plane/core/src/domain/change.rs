use std::collections::BTreeSet;
use std::fmt;

use super::view::sees_group;
use crate::Document;
use crate::document::{Caller, Group, Scope};
use crate::permission::{Action, Grants, Visible, permit, visible};

/// Something that may not be changed as asked, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Where in the document: a JSON pointer. It names nothing that whoever asked does not see.
    pub pointer: String,
    /// What would have to be allowed.
    pub action: Action,
    /// Why it is refused.
    pub reason: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.pointer, self.reason)
    }
}

/// What of a change somebody may not make; nothing: they may make it. It is judged by what it changes, not by how it is sent: a whole
/// document, a patch or an older version.
pub fn refusals(before: &Document, after: &Document, grants: &Grants) -> Vec<Refusal> {
    Judge::of(before, after, grants).found
}

/// Whether a change says how people get in or what they may do, or takes another action for which they are asked to log in again. It
/// is judged by what it changes, too.
pub fn needs_recent_login(before: &Document, after: &Document) -> bool {
    let sessions = before.settings.admin_sessions != after.settings.admin_sessions;
    sessions || Judge::of(before, after, &Grants::OWNER).takes.into_iter().any(Action::needs_recent_login)
}

struct Judge<'a> {
    before: &'a Document,
    after: &'a Document,
    grants: &'a Grants,
    sees: Visible,
    found: Vec<Refusal>,
    /// What the change takes.
    takes: BTreeSet<Action>,
}

impl<'a> Judge<'a> {
    fn of(before: &'a Document, after: &'a Document, grants: &'a Grants) -> Self {
        let sees = visible(grants, Action::ConfigRead);
        let mut judge = Self { before, after, grants, sees, found: Vec::new(), takes: BTreeSet::new() };
        judge.shared();
        judge.groups();
        judge.callers();
        judge
    }

    /// What belongs to all projects.
    fn shared(&mut self) {
        let Document { version, settings, providers, groups: _, projects, oidc, callers: _ } = self.after;
        if *version != self.before.version {
            self.needs_everywhere("/version".to_owned(), Action::SettingsWrite);
        }
        if *settings != self.before.settings {
            self.needs_everywhere("/settings".to_owned(), Action::SettingsWrite);
        }
        // Whoever says how people log in says who administers.
        if *oidc != self.before.oidc {
            self.needs_everywhere("/oidc".to_owned(), Action::AdminTokenWrite);
        }
        let had = &self.before.providers;
        for id in names(had.keys(), providers.keys()) {
            if had.get(id) != providers.get(id) {
                self.needs_everywhere(pointer("providers", id), Action::ProviderWrite);
            }
        }
        let had = &self.before.projects;
        for id in names(had.keys(), projects.keys()) {
            if had.get(id) != projects.get(id) {
                let place = if self.sees.includes(Some(id)) { pointer("projects", id) } else { "/projects".to_owned() };
                self.needs_everywhere(place, Action::ProjectWrite);
            }
        }
    }

    fn groups(&mut self) {
        let (had, has) = (&self.before.groups, &self.after.groups);
        for id in names(had.keys(), has.keys()) {
            let (before, after) = (had.get(id), has.get(id));
            if before == after {
                continue;
            }
            if before.is_some_and(|it| !sees_group(&self.sees, it)) {
                self.unseen("/groups", Action::GroupWrite);
                continue;
            }
            let projects = [before, after].into_iter().flatten().map(|it| it.project.as_deref());
            if self.may(&pointer("groups", id), Action::GroupWrite, projects)
                && let Some(after) = after
            {
                decided(after);
            }
        }
    }

    fn callers(&mut self) {
        let ids = |it: &'a Document| it.callers.iter().map(|it| &it.id);
        for id in names(ids(self.before), ids(self.after)) {
            let (before, after) = (self.before.caller(id), self.after.caller(id));
            if before == after {
                continue;
            }
            if before.is_some_and(|it| !self.sees.includes(it.project.as_deref())) {
                self.unseen("/callers", Action::CallerWrite);
                continue;
            }
            let projects = [before, after].into_iter().flatten().map(|it| it.project.as_deref());
            let place = pointer("callers", id);
            if self.may(&place, Action::CallerWrite, projects)
                && let Some(after) = after
            {
                self.gains(&place, before, after);
            }
        }
    }

    /// What a caller would be given that it does not have.
    fn gains(&mut self, place: &str, before: Option<&Caller>, after: &Caller) {
        let Caller {
            id: _,
            user: _,
            project,
            environment: _,
            allow,
            default_group,
            scopes,
            // Whoever answers for a project's callers decides how its share is divided among them, and which of them rest.
            limits: _,
            disabled: _,
        } = after;
        let had = |group: &String| before.is_some_and(|it| it.allow.contains(group));
        for group in allow.iter().filter(|it| !had(it)) {
            self.allows(format!("{place}/allow"), project.as_deref(), group);
        }
        let default = default_group.as_ref().filter(|_| before.is_none_or(|it| it.default_group != *default_group));
        if let Some(group) = default.filter(|it| !had(it)) {
            self.allows(format!("{place}/default_group"), project.as_deref(), group);
        }
        let metrics = |it: &Caller| it.scopes.contains(&Scope::Metrics);
        if scopes.contains(&Scope::Metrics) && !before.is_some_and(metrics) {
            self.takes.insert(Action::MetricsRead);
            let may = permit(self.grants, Action::MetricsRead, None);
            if may.is_err() {
                self.refuse(
                    format!("{place}/scopes"),
                    Action::MetricsRead,
                    "the scope `metrics` shows what all projects do".to_owned(),
                );
            }
        }
    }

    /// A group's capacity is its project's to give: others are told of none that they do not see.
    fn allows(&mut self, place: String, project: Option<&str>, name: &str) {
        let may = self.after.groups.get(name).is_some_and(|it| {
            let of = it.project.as_deref();
            of.is_none() || of == project || permit(self.grants, Action::GroupWrite, of).is_ok()
        });
        if !may && visible(self.grants, Action::GroupWrite) != Visible::All {
            let reason = format!("`{name}` is no group of this project, nor one that is offered to all");
            self.refuse(place, Action::GroupWrite, reason);
        }
    }

    /// Whether something may be changed where it was and where it would be.
    fn may(&mut self, place: &str, action: Action, projects: impl Iterator<Item = Option<&'a str>>) -> bool {
        self.takes.insert(action);
        for project in projects {
            if permit(self.grants, action, project).is_err() {
                let reason = project.map_or_else(
                    || format!("what belongs to no project takes {} everywhere", action.as_str()),
                    |it| format!("it takes {} in the project `{it}`", action.as_str()),
                );
                self.refuse(place.to_owned(), action, reason);
                return false;
            }
        }
        true
    }

    fn needs_everywhere(&mut self, place: String, action: Action) {
        self.takes.insert(action);
        if permit(self.grants, action, None).is_err() {
            let reason = format!("what all projects share takes {}", action.as_str());
            self.refuse(place, action, reason);
        }
    }

    /// What is not shown is not named, nor how much of it there is.
    fn unseen(&mut self, place: &str, action: Action) {
        let reason = "something would change that belongs to others".to_owned();
        if !self.found.iter().any(|it| it.pointer == place) {
            self.refuse(place.to_owned(), action, reason);
        }
    }

    fn refuse(&mut self, pointer: String, action: Action, reason: String) {
        self.found.push(Refusal { pointer, action, reason });
    }
}

/// That nothing in a group takes more than `group.write` was decided for each of its fields: it spends its callers' money at
/// providers that all share, and shows their answers, their targets and their cost to the callers that it is allowed to. A field
/// that reads a file, calls an address or changes what others get is to be asked for above.
fn decided(group: &Group) {
    let Group {
        aliases: _,
        project: _,
        contract: _,
        policy: _,
        targets: _,
        fallback: _,
        fidelity: _,
        early_keep_alive: _,
        reveal: _,
    } = group;
}

fn names<'a>(
    before: impl Iterator<Item = &'a String>,
    after: impl Iterator<Item = &'a String>,
) -> BTreeSet<&'a String> {
    before.chain(after).collect()
}

/// A JSON pointer (RFC 6901) to a part by its name.
fn pointer(section: &str, name: &str) -> String {
    format!("/{section}/{}", name.replace('~', "~0").replace('/', "~1"))
}
