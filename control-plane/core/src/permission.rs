//! Who may do what: an action that a role is not given is denied.

/// The role of an admin token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Everything.
    Admin,
    /// The daily work: configuration, caller tokens, routers.
    Operator,
    /// Looking.
    Viewer,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Admin, Self::Operator, Self::Viewer];

    /// Its name in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Operator => "operator",
            Self::Viewer => "viewer",
        }
    }

    /// The role of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == name)
    }
}

/// What the admin API does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Read the configuration, its versions and differences.
    ConfigRead,
    /// Apply or roll back a configuration.
    ConfigWrite,
    /// List caller tokens.
    TokenRead,
    /// Create, rotate, suspend, resume and revoke caller tokens.
    TokenWrite,
    /// Seal or remove a provider's key.
    CredentialWrite,
    /// List routers.
    NodeRead,
    /// Make join tokens, drain and revoke routers.
    NodeWrite,
    /// Read reports and usage rows.
    ReportRead,
    /// Dry runs.
    RouteExplain,
    /// Read the audit log.
    AuditRead,
    /// Create and revoke admin tokens.
    AdminTokenWrite,
}

impl Action {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::ConfigRead,
        Self::ConfigWrite,
        Self::TokenRead,
        Self::TokenWrite,
        Self::CredentialWrite,
        Self::NodeRead,
        Self::NodeWrite,
        Self::ReportRead,
        Self::RouteExplain,
        Self::AuditRead,
        Self::AdminTokenWrite,
    ];

    /// Its name in refusals and documentation.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ConfigRead => "config.read",
            Self::ConfigWrite => "config.write",
            Self::TokenRead => "token.read",
            Self::TokenWrite => "token.write",
            Self::CredentialWrite => "credential.write",
            Self::NodeRead => "node.read",
            Self::NodeWrite => "node.write",
            Self::ReportRead => "report.read",
            Self::RouteExplain => "route.explain",
            Self::AuditRead => "audit.read",
            Self::AdminTokenWrite => "admin-token.write",
        }
    }
}

/// An action that a role is not given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the role {role} may not do {action}: use an admin token of a higher role", role = role.as_str(), action = action.as_str())]
pub struct Denied {
    /// Who asked.
    pub role: Role,
    /// For what.
    pub action: Action,
}

/// Whether a role may do an action.
pub fn permit(role: Role, action: Action) -> Result<(), Denied> {
    use Action::{
        AuditRead, ConfigRead, ConfigWrite, NodeRead, NodeWrite, ReportRead, RouteExplain, TokenRead, TokenWrite,
    };
    let given: &[Action] = match role {
        Role::Admin => &Action::ALL,
        Role::Operator => {
            &[ConfigRead, ConfigWrite, TokenRead, TokenWrite, NodeRead, NodeWrite, ReportRead, RouteExplain, AuditRead]
        }
        Role::Viewer => &[ConfigRead, TokenRead, NodeRead, ReportRead, RouteExplain],
    };
    if given.contains(&action) { Ok(()) } else { Err(Denied { role, action }) }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_as_documented() {
        let given = |role| -> Vec<&str> {
            Action::ALL.into_iter().filter(|it| permit(role, *it).is_ok()).map(Action::as_str).collect()
        };
        assert_eq!(given(Role::Viewer), ["config.read", "token.read", "node.read", "report.read", "route.explain"]);
        let missing: Vec<_> = given(Role::Admin).into_iter().filter(|it| !given(Role::Operator).contains(it)).collect();
        assert_eq!(missing, ["credential.write", "admin-token.write"]);
        assert_eq!(given(Role::Admin).len(), Action::ALL.len());
    }

    #[test]
    fn a_refusal_names_role_and_action() {
        let denied = permit(Role::Viewer, Action::ConfigWrite).unwrap_err();
        assert_eq!(denied.to_string(), "the role viewer may not do config.write: use an admin token of a higher role");
    }
}
