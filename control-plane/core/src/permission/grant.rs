use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::Role;

/// A role, and where it holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "WrittenGrant", into = "WrittenGrant")]
pub struct Grant {
    /// What its holder is there to do.
    pub role: Role,
    /// Where.
    pub domain: Domain,
}

/// Where a role holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Domain {
    /// In all projects, and for what belongs to none.
    Everywhere,
    /// In these projects alone.
    Projects(Projects),
}

/// At least one project, by name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Projects(BTreeSet<String>);

/// What somebody may do: at least one grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Grant>", into = "Vec<Grant>")]
pub struct Grants(Cow<'static, [Grant]>);

/// Why something is no grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoGrant {
    /// A role that holds in no project.
    #[error("a role holds in at least one project, each with its name; leave `projects` out where it holds everywhere")]
    NoProject,
    /// Nothing is granted.
    #[error("at least one role is needed")]
    NoRole,
}

impl Projects {
    /// These; `None`: there is none, or one without a name.
    pub fn new(names: impl IntoIterator<Item = String>) -> Option<Self> {
        let names: BTreeSet<String> = names.into_iter().collect();
        (!names.is_empty() && !names.contains("")).then_some(Self(names))
    }

    /// Their names.
    pub const fn names(&self) -> &BTreeSet<String> {
        &self.0
    }
}

impl Domain {
    /// Whether something is in it that belongs to a project, or to none.
    pub fn contains(&self, project: Option<&str>) -> bool {
        match self {
            Self::Everywhere => true,
            Self::Projects(projects) => project.is_some_and(|it| projects.0.contains(it)),
        }
    }
}

impl Grant {
    /// A role that holds everywhere.
    pub const fn everywhere(role: Role) -> Self {
        Self { role, domain: Domain::Everywhere }
    }
}

impl Grants {
    /// Everything, everywhere.
    pub const OWNER: Self = Self(Cow::Borrowed(&[Grant::everywhere(Role::Admin)]));

    /// A role that holds everywhere.
    pub fn everywhere(role: Role) -> Self {
        Self(Cow::Owned(vec![Grant::everywhere(role)]))
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Grant> {
        self.0.iter()
    }
}

impl TryFrom<Vec<Grant>> for Grants {
    type Error = NoGrant;

    fn try_from(mut grants: Vec<Grant>) -> Result<Self, NoGrant> {
        grants.sort();
        grants.dedup();
        if grants.is_empty() { Err(NoGrant::NoRole) } else { Ok(Self(Cow::Owned(grants))) }
    }
}

impl From<Grants> for Vec<Grant> {
    fn from(grants: Grants) -> Self {
        grants.0.into_owned()
    }
}

/// A grant as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenGrant {
    role: Role,
    /// Left out: everywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    projects: Option<Vec<String>>,
}

impl TryFrom<WrittenGrant> for Grant {
    type Error = NoGrant;

    fn try_from(WrittenGrant { role, projects }: WrittenGrant) -> Result<Self, NoGrant> {
        let domain = match projects {
            None => Domain::Everywhere,
            Some(names) => Domain::Projects(Projects::new(names).ok_or(NoGrant::NoProject)?),
        };
        Ok(Self { role, domain })
    }
}

impl From<Grant> for WrittenGrant {
    fn from(Grant { role, domain }: Grant) -> Self {
        let projects = match domain {
            Domain::Everywhere => None,
            Domain::Projects(Projects(names)) => Some(names.into_iter().collect()),
        };
        Self { role, projects }
    }
}

/// `viewer`, `project-admin (billing, search)`.
impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.role.as_str())?;
        match &self.domain {
            Domain::Everywhere => Ok(()),
            Domain::Projects(Projects(names)) => {
                write!(f, " ({})", names.iter().map(String::as_str).collect::<Vec<_>>().join(", "))
            }
        }
    }
}

impl fmt::Display for Grants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<String> = self.iter().map(ToString::to_string).collect();
        f.write_str(&words.join(" and "))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn grants_are_read_as_they_are_written() {
        let text = r#"[{"role":"viewer"},{"role":"project-admin","projects":["billing","search"]}]"#;
        let grants: Grants = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&grants).unwrap(), text);
        assert_eq!(grants.to_string(), "viewer and project-admin (billing, search)");
    }

    #[test]
    fn nothing_is_granted_by_a_list_without_names() {
        for text in [
            "[]",
            r#"[{"role":"viewer","projects":[]}]"#,
            r#"[{"role":"viewer","projects":[""]}]"#,
            r#"[{"role":"owner"}]"#,
            r#"[{"role":"viewer","project":"search"}]"#,
        ] {
            assert!(serde_json::from_str::<Grants>(text).is_err(), "{text}");
        }
    }
}
