use serde::{Deserialize, Serialize};

/// What somebody is there to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Looking: no secrets, nothing changes.
    Viewer,
    /// All usage; reports are saved and scheduled.
    ReportAdmin,
    /// The groups, policies, callers and tokens of projects, and their usage.
    ProjectAdmin,
    /// The daily work: configuration, caller tokens, routers.
    Operator,
    /// Audit log, administrators, configuration and usage; nothing changes.
    Auditor,
    /// Everything, with providers' keys and other administrators: the owner.
    Admin,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Viewer, Self::ReportAdmin, Self::ProjectAdmin, Self::Operator, Self::Auditor, Self::Admin];

    /// Its name in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::ReportAdmin => "report-admin",
            Self::ProjectAdmin => "project-admin",
            Self::Operator => "operator",
            Self::Auditor => "auditor",
            Self::Admin => "admin",
        }
    }

    /// The role of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == name)
    }
}
