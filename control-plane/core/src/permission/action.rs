use super::Role;

/// What administrators do. Each has a line of the table below.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Read the configuration, its versions and differences.
    ConfigRead,
    /// Publish a configuration. What may change in it is a matter of the actions below.
    ConfigWrite,
    /// Change groups and their policies.
    GroupWrite,
    /// Change callers.
    CallerWrite,
    /// See how providers do, and where their keys come from.
    ProviderRead,
    /// Change providers, their models and prices; test them.
    ProviderWrite,
    /// Change projects themselves: who there is, and what they may spend.
    ProjectWrite,
    /// Change what concerns all callers.
    SettingsWrite,
    /// Seal or remove a provider's key, or send one elsewhere.
    CredentialWrite,
    /// List caller tokens.
    TokenRead,
    /// Create, rotate, suspend, resume and revoke caller tokens.
    TokenWrite,
    /// List routers, and what has arrived from them.
    NodeRead,
    /// Make join tokens, drain and revoke routers.
    NodeWrite,
    /// Read reports.
    ReportRead,
    /// Save reports and views.
    ReportWrite,
    /// Send reports somewhere at intervals.
    ReportSchedule,
    /// Read usage rows: requests, errors, sessions.
    RequestRead,
    /// Dry runs.
    RouteExplain,
    /// Send requests of one's own.
    PlaygroundUse,
    /// Read the control plane's metrics.
    MetricsRead,
    /// Read the audit log.
    AuditRead,
    /// Read what administrators asked for, and who is logged in.
    AccessRead,
    /// List admin tokens.
    AdminTokenRead,
    /// Create and revoke admin tokens.
    AdminTokenWrite,
    /// End sessions of people.
    SessionWrite,
}

/// What an action is done to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// What all projects share: a role that holds in some projects alone does not allow it.
    Everywhere,
    /// Things of which each belongs to one project, or to none.
    InProjects,
}

struct ActionRule {
    action: Action,
    name: &'static str,
    extent: Extent,
    /// Viewer, report-admin, project-admin, operator, auditor, admin.
    given: &'static str,
    /// It reveals or destroys something.
    recent_login: bool,
}

/// Who may do what: the one table, in the order of [`Action`].
const TABLE: [ActionRule; 25] = [
    rule(Action::ConfigRead, "config.read", Extent::InProjects, "v-poax", false),
    rule(Action::ConfigWrite, "config.write", Extent::InProjects, "--po-x", false),
    rule(Action::GroupWrite, "group.write", Extent::InProjects, "--po-x", false),
    rule(Action::CallerWrite, "caller.write", Extent::InProjects, "--po-x", false),
    rule(Action::ProviderRead, "provider.read", Extent::Everywhere, "v--oax", false),
    rule(Action::ProviderWrite, "provider.write", Extent::Everywhere, "---o-x", false),
    rule(Action::ProjectWrite, "project.write", Extent::Everywhere, "---o-x", false),
    rule(Action::SettingsWrite, "settings.write", Extent::Everywhere, "---o-x", false),
    rule(Action::CredentialWrite, "credential.write", Extent::Everywhere, "-----x", true),
    rule(Action::TokenRead, "token.read", Extent::InProjects, "v-poax", false),
    rule(Action::TokenWrite, "token.write", Extent::InProjects, "--po-x", true),
    rule(Action::NodeRead, "node.read", Extent::Everywhere, "v--oax", false),
    rule(Action::NodeWrite, "node.write", Extent::Everywhere, "---o-x", true),
    rule(Action::ReportRead, "report.read", Extent::InProjects, "vrpoax", false),
    rule(Action::ReportWrite, "report.write", Extent::InProjects, "-rpo-x", false),
    rule(Action::ReportSchedule, "report.schedule", Extent::InProjects, "-r-o-x", true),
    rule(Action::RequestRead, "request.read", Extent::InProjects, "vrpoax", false),
    rule(Action::RouteExplain, "route.explain", Extent::InProjects, "v-po-x", false),
    rule(Action::PlaygroundUse, "playground.use", Extent::InProjects, "--po-x", false),
    rule(Action::MetricsRead, "metrics.read", Extent::Everywhere, "v--oax", false),
    rule(Action::AuditRead, "audit.read", Extent::InProjects, "--poax", false),
    rule(Action::AccessRead, "access.read", Extent::Everywhere, "----ax", false),
    rule(Action::AdminTokenRead, "admin-token.read", Extent::InProjects, "----ax", false),
    rule(Action::AdminTokenWrite, "admin-token.write", Extent::InProjects, "-----x", true),
    rule(Action::SessionWrite, "session.write", Extent::Everywhere, "-----x", true),
];

const fn rule(
    action: Action,
    name: &'static str,
    extent: Extent,
    given: &'static str,
    recent_login: bool,
) -> ActionRule {
    ActionRule { action, name, extent, given, recent_login }
}

impl Action {
    /// All of them.
    pub const ALL: [Self; TABLE.len()] = {
        let mut all = [Self::ConfigRead; TABLE.len()];
        let mut at = 0;
        while at < TABLE.len() {
            assert!(TABLE[at].action as usize == at, "the table is in the order of the actions");
            all[at] = TABLE[at].action;
            at += 1;
        }
        all
    };

    const fn rule(self) -> &'static ActionRule {
        &TABLE[self as usize]
    }

    /// Its name in refusals and documentation.
    pub const fn as_str(self) -> &'static str {
        self.rule().name
    }

    /// What it is done to.
    pub const fn extent(self) -> Extent {
        self.rule().extent
    }

    /// Whether people are asked to log in again for it, unless they did a short while ago: it reveals or destroys something.
    pub const fn needs_recent_login(self) -> bool {
        self.rule().recent_login
    }

    /// Whether a role may do it, where the role holds.
    pub const fn is_given_to(self, role: Role) -> bool {
        self.rule().given.as_bytes()[role as usize] != b'-'
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_as_documented() {
        let given = |role| -> Vec<&str> {
            Action::ALL.into_iter().filter(|it| it.is_given_to(role)).map(Action::as_str).collect()
        };
        for rule in &TABLE {
            let letters = ['v', 'r', 'p', 'o', 'a', 'x'];
            assert_eq!(rule.given.len(), letters.len(), "{}", rule.name);
            let as_written = rule.given.chars().zip(letters).all(|(it, letter)| it == letter || it == '-');
            assert!(as_written, "{}", rule.name);
            assert!(rule.given.ends_with('x'), "the owner may do everything: {}", rule.name);
        }
        assert_eq!(given(Role::ReportAdmin), ["report.read", "report.write", "report.schedule", "request.read"]);
        let missing: Vec<_> = given(Role::Admin).into_iter().filter(|it| !given(Role::Operator).contains(it)).collect();
        assert_eq!(
            missing,
            ["credential.write", "access.read", "admin-token.read", "admin-token.write", "session.write"]
        );
    }

    #[test]
    fn viewers_and_auditors_change_nothing() {
        for action in Action::ALL {
            let changes = [".write", ".schedule", ".use"].iter().any(|it| action.as_str().ends_with(it));
            let given = action.is_given_to(Role::Viewer) || action.is_given_to(Role::Auditor);
            assert!(!(changes && given), "{}", action.as_str());
            assert!(changes || !action.needs_recent_login(), "{}", action.as_str());
        }
    }

    #[test]
    fn what_a_projects_administrator_may_change_belongs_to_projects() {
        for action in Action::ALL.into_iter().filter(|it| it.is_given_to(Role::ProjectAdmin)) {
            assert_eq!(action.extent(), Extent::InProjects, "{}", action.as_str());
        }
    }
}
