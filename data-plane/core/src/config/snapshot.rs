use std::collections::HashMap;
use std::sync::Arc;

use vocabulary::Dialect;

use super::{Caller, Closed, Group, Project, Settings, Target, Token};

/// Entries by their ids. Snapshots that follow each other share what did not change.
pub type Index<T> = HashMap<Arc<str>, Arc<T>>;

/// Everything that a router needs to serve.
pub struct Snapshot {
    /// Only grows.
    pub version: u64,
    /// The wire content's checksum.
    pub hash: Vec<u8>,
    /// What concerns all callers.
    pub settings: Arc<Settings>,
    /// What this version does not understand, and must not serve therefore.
    pub closed: Closed,
    /// The dialects that several providers speak.
    crowded: Vec<Dialect>,
    targets: Arc<Index<Target>>,
    groups: Arc<Index<Group>>,
    names: Arc<HashMap<String, Arc<str>>>,
    projects: Arc<Index<Project>>,
    callers: Arc<Index<Caller>>,
    tokens: Arc<Index<Token>>,
}

/// What a snapshot is made of, references already resolved.
#[derive(Clone, Default)]
pub struct SnapshotParts {
    /// What concerns all callers.
    pub settings: Arc<Settings>,
    /// What this version does not understand, and must not serve therefore.
    pub closed: Closed,
    /// All targets.
    pub targets: Arc<Index<Target>>,
    /// All groups that are understood.
    pub groups: Arc<Index<Group>>,
    /// The ids of all groups by their names and aliases, of closed ones, too.
    pub names: Arc<HashMap<String, Arc<str>>>,
    /// All projects.
    pub projects: Arc<Index<Project>>,
    /// All callers.
    pub callers: Arc<Index<Caller>>,
    /// All tokens.
    pub tokens: Arc<Index<Token>>,
}

impl Snapshot {
    /// Puts the parts together.
    pub fn new(version: u64, hash: Vec<u8>, parts: SnapshotParts) -> Self {
        let SnapshotParts { settings, closed, targets, groups, names, projects, callers, tokens } = parts;
        let crowded = Dialect::ALL.into_iter().filter(|it| several_speak(*it, &targets)).collect();
        Self { version, hash, settings, closed, crowded, targets, groups, names, projects, callers, tokens }
    }

    /// The id of the group that a caller means by `model`: a group's name or alias, or `auto`. The group may be closed.
    pub fn resolve_name(&self, model: &str, caller: &Caller) -> Option<&str> {
        let name = if model == "auto" {
            caller.default_group.as_ref().or(self.settings.default_group.as_ref())?
        } else {
            model
        };
        self.names.get(name).map(AsRef::as_ref)
    }

    /// A token by its public part.
    pub fn token(&self, id: &str) -> Option<&Token> {
        self.tokens.get(id).map(AsRef::as_ref)
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

    /// The callers that work for a project, in no order.
    pub fn callers_of<'a>(&'a self, project: &'a str) -> impl Iterator<Item = &'a Arc<Caller>> {
        self.callers.values().filter(move |it| it.project == project)
    }

    /// A project by its id.
    pub fn project(&self, id: &str) -> Option<&Project> {
        self.projects.get(id).map(AsRef::as_ref)
    }

    /// All tokens, in no order.
    pub fn tokens(&self) -> impl Iterator<Item = &Arc<Token>> {
        self.tokens.values()
    }

    /// Whether several providers speak a dialect: what is opaque in a conversation may then be any of theirs.
    pub fn is_crowded(&self, dialect: Dialect) -> bool {
        self.crowded.contains(&dialect)
    }

    /// All targets, in no order.
    pub fn targets(&self) -> impl Iterator<Item = &Arc<Target>> {
        self.targets.values()
    }
}

fn several_speak(dialect: Dialect, targets: &Index<Target>) -> bool {
    let mut speakers = targets.values().map(|it| &it.provider).filter(|it| it.dialects.contains(&dialect));
    let first = speakers.next();
    speakers.any(|it| Some(&it.id) != first.map(|it| &it.id))
}
