use std::collections::HashMap;
use std::sync::Arc;

use super::{Caller, Group, Project, Settings, Target, Token};

/// Everything that a router needs to serve.
pub struct Snapshot {
    /// Only grows.
    pub version: u64,
    /// The wire content's checksum.
    pub hash: Vec<u8>,
    /// What concerns all callers.
    pub settings: Settings,
    targets: HashMap<String, Arc<Target>>,
    groups: HashMap<String, Arc<Group>>,
    names: HashMap<String, String>,
    projects: HashMap<String, Project>,
    callers: HashMap<String, Arc<Caller>>,
    tokens: HashMap<String, Token>,
}

/// What a snapshot is made of, references already resolved.
#[derive(Default)]
pub struct SnapshotParts {
    /// What concerns all callers.
    pub settings: Settings,
    /// All targets.
    pub targets: Vec<Arc<Target>>,
    /// All groups.
    pub groups: Vec<Arc<Group>>,
    /// All projects.
    pub projects: Vec<Project>,
    /// All callers.
    pub callers: Vec<Arc<Caller>>,
    /// All tokens.
    pub tokens: Vec<Token>,
}

impl Snapshot {
    /// Indexes the parts.
    pub fn new(version: u64, hash: Vec<u8>, parts: SnapshotParts) -> Self {
        let mut names = HashMap::new();
        for group in &parts.groups {
            for alias in &group.aliases {
                names.insert(alias.clone(), group.id.clone());
            }
        }
        // A group's own name wins over another group's alias.
        for group in &parts.groups {
            names.insert(group.id.clone(), group.id.clone());
        }
        Self {
            version,
            hash,
            settings: parts.settings,
            names,
            targets: parts.targets.into_iter().map(|it| (it.id.clone(), it)).collect(),
            groups: parts.groups.into_iter().map(|it| (it.id.clone(), it)).collect(),
            projects: parts.projects.into_iter().map(|it| (it.id.clone(), it)).collect(),
            callers: parts.callers.into_iter().map(|it| (it.id.clone(), it)).collect(),
            tokens: parts.tokens.into_iter().map(|it| (it.id.clone(), it)).collect(),
        }
    }

    /// The group that a caller means by `model`: a group's name or alias, or `auto`.
    pub fn resolve_group(&self, model: &str, caller: &Caller) -> Option<&Arc<Group>> {
        let name = if model == "auto" {
            caller.default_group.as_ref().or(self.settings.default_group.as_ref())?
        } else {
            model
        };
        self.groups.get(self.names.get(name)?)
    }

    /// A token by its public part.
    pub fn token(&self, id: &str) -> Option<&Token> {
        self.tokens.get(id)
    }

    /// A group by its own name.
    pub fn group(&self, id: &str) -> Option<&Arc<Group>> {
        self.groups.get(id)
    }

    /// A target by its id.
    pub fn target(&self, id: &str) -> Option<&Arc<Target>> {
        self.targets.get(id)
    }

    /// A caller by its id.
    pub fn caller(&self, id: &str) -> Option<&Arc<Caller>> {
        self.callers.get(id)
    }

    /// A project by its id.
    pub fn project(&self, id: &str) -> Option<&Project> {
        self.projects.get(id)
    }

    /// All targets, in no order.
    pub fn targets(&self) -> impl Iterator<Item = &Arc<Target>> {
        self.targets.values()
    }
}
