//! Who may do what, and where: what no grant allows is denied.

mod action;
mod grant;
mod role;

use std::collections::BTreeSet;

pub use action::{Action, Extent};
pub use grant::{Domain, Grant, Grants, NoGrant, Projects};
pub use role::Role;

/// An action that no grant allows where it was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{grants} may not do {}{}", action.as_str(), place(project.as_ref()))]
pub struct Denied {
    /// What whoever asked may do.
    pub grants: Grants,
    /// What was asked for.
    pub action: Action,
    /// In which project; `None`: for what belongs to none.
    pub project: Option<String>,
}

fn place(project: Option<&String>) -> String {
    match project {
        Some(name) => format!(" in the project `{name}`: it takes a role that may there"),
        None => ": it takes a role that may, everywhere".to_owned(),
    }
}

/// Of the things that an action is done to, those that somebody may do it to. Lists, sums and counts are of these alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Visible {
    /// All, also those that belong to no project.
    All,
    /// Those of these projects; none, when there is no project.
    Projects(BTreeSet<String>),
}

impl Visible {
    /// Whether something is among them that belongs to a project, or to none.
    pub fn includes(&self, project: Option<&str>) -> bool {
        match self {
            Self::All => true,
            Self::Projects(names) => project.is_some_and(|it| names.contains(it)),
        }
    }

    /// Whether a role that holds there holds in these alone.
    pub fn covers(&self, domain: &Domain) -> bool {
        match (self, domain) {
            (Self::All, _) => true,
            (Self::Projects(_), Domain::Everywhere) => false,
            (Self::Projects(names), Domain::Projects(asked)) => asked.names().is_subset(names),
        }
    }
}

/// Whether an action may be done to something that belongs to a project, or to none.
pub fn permit(grants: &Grants, action: Action, project: Option<&str>) -> Result<(), Denied> {
    if visible(grants, action).includes(project) {
        return Ok(());
    }
    Err(Denied { grants: grants.clone(), action, project: project.map(str::to_owned) })
}

/// Whether an action may be done to anything at all. What it is done to is asked for by [`visible`] then.
pub fn permit_somewhere(grants: &Grants, action: Action) -> Result<(), Denied> {
    match visible(grants, action) {
        Visible::Projects(names) if names.is_empty() => Err(Denied { grants: grants.clone(), action, project: None }),
        _ => Ok(()),
    }
}

/// What an action may be done to.
pub fn visible(grants: &Grants, action: Action) -> Visible {
    let mut names = BTreeSet::new();
    for grant in grants.iter().filter(|it| action.is_given_to(it.role)) {
        match (&grant.domain, action.extent()) {
            (Domain::Everywhere, _) => return Visible::All,
            (Domain::Projects(projects), Extent::InProjects) => names.extend(projects.names().iter().cloned()),
            (Domain::Projects(_), Extent::Everywhere) => {}
        }
    }
    Visible::Projects(names)
}

/// Whether somebody may hand on grants: nobody gives more than they have. Fails with the first action that they may not do
/// themselves.
pub fn may_grant(own: &Grants, given: &Grants) -> Result<(), Denied> {
    for grant in given.iter() {
        for action in Action::ALL.into_iter().filter(|it| it.is_given_to(grant.role)) {
            let gives_nothing = action.extent() == Extent::Everywhere && grant.domain != Domain::Everywhere;
            if !gives_nothing && !visible(own, action).covers(&grant.domain) {
                let project = match &grant.domain {
                    Domain::Everywhere => None,
                    Domain::Projects(asked) => {
                        asked.names().iter().find(|it| permit(own, action, Some(it)).is_err()).cloned()
                    }
                };
                return Err(Denied { grants: own.clone(), action, project });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn grants(text: &str) -> Grants {
        let each = text.split(';').map(|it| {
            let (role, projects) = it.split_once(' ').map_or((it, None), |(role, rest)| (role, Some(rest)));
            let domain = projects.map_or(Domain::Everywhere, |names| {
                Domain::Projects(Projects::new(names.split(',').map(str::to_owned)).unwrap())
            });
            Grant { role: Role::parse(role).unwrap(), domain }
        });
        each.collect::<Vec<_>>().try_into().unwrap()
    }

    #[test]
    fn a_role_holds_where_it_was_given_and_nowhere_else() {
        let lead = grants("project-admin search,billing");
        assert!(permit(&lead, Action::TokenWrite, Some("search")).is_ok());
        for elsewhere in [Some("other"), Some(""), None] {
            assert!(permit(&lead, Action::TokenWrite, elsewhere).is_err(), "{elsewhere:?}");
        }
        let operator = grants("operator");
        for anywhere in [Some("other"), Some(""), None] {
            assert!(permit(&operator, Action::TokenWrite, anywhere).is_ok(), "{anywhere:?}");
        }
    }

    #[test]
    fn what_all_share_takes_a_role_that_holds_everywhere() {
        let local = grants("admin search");
        for action in Action::ALL {
            let shared = action.extent() == Extent::Everywhere;
            assert_eq!(permit_somewhere(&local, action).is_err(), shared, "{}", action.as_str());
            assert_eq!(permit(&local, action, Some("search")).is_err(), shared, "{}", action.as_str());
            assert!(permit(&local, action, None).is_err(), "{}", action.as_str());
            assert!(permit(&Grants::OWNER, action, None).is_ok());
        }
    }

    #[test]
    fn several_grants_add_up_by_action() {
        let both = grants("project-admin search;viewer billing;report-admin");
        let named = |names: &[&str]| Visible::Projects(names.iter().map(|it| (*it).to_owned()).collect());
        assert_eq!(visible(&both, Action::TokenRead), named(&["billing", "search"]));
        assert_eq!(visible(&both, Action::TokenWrite), named(&["search"]));
        assert_eq!(visible(&both, Action::ReportRead), Visible::All);
        assert_eq!(visible(&both, Action::NodeRead), named(&[]));
    }

    #[test]
    fn a_refusal_names_role_and_action() {
        let told = |held: &str, action, project| permit(&grants(held), action, project).unwrap_err().to_string();
        assert_eq!(
            told("viewer", Action::ConfigWrite, None),
            "viewer may not do config.write: it takes a role that may, everywhere"
        );
        assert_eq!(
            told("project-admin search", Action::TokenWrite, Some("billing")),
            "project-admin (search) may not do token.write in the project `billing`: it takes a role that may there"
        );
    }

    #[test]
    fn nobody_hands_on_more_than_they_have() {
        for (own, given, may) in [
            ("admin", "admin", true),
            ("admin", "auditor;project-admin search", true),
            ("admin search", "project-admin search", true),
            ("admin search", "auditor search", true),
            ("admin search", "viewer search", true),
            ("admin search", "viewer", false),
            ("admin search", "viewer search,billing", false),
            ("admin search", "viewer search;viewer billing", false),
            ("operator", "admin", false),
            ("operator", "auditor", false),
            ("operator", "viewer", true),
            ("viewer", "report-admin", false),
            ("admin search;viewer", "viewer", true),
            ("admin search;viewer", "project-admin billing", false),
        ] {
            assert_eq!(may_grant(&grants(own), &grants(given)).is_ok(), may, "{own} gives {given}");
        }
    }
}
