use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use data_plane_core::config::Index;
use prost::Message;
use proto::Body;
use proto::v1::{AnyResource, Gap, Marks, Resource, ResourceError};

use super::gaps::Gaps;
use crate::sync::apply::{Changed, HeldVersion};

const KINDS: [&str; 7] = ["settings", "provider", "target", "group", "project", "caller", "token"];

/// Ids of entries that are new, other or gone.
pub(super) type New = HashSet<Arc<str>>;

/// Finds the entries of what was read before that refer to something new.
pub(super) struct Depending<T> {
    new: New,
    refers: fn(&T, &New) -> bool,
}

/// `None`: nothing that they refer to has changed.
pub(super) fn depending<T>(new: &New, refers: fn(&T, &New) -> bool) -> Option<Depending<T>> {
    (!new.is_empty()).then(|| Depending { new: new.clone(), refers })
}

/// Reads kind after kind, in the order in which they refer to each other.
pub(super) struct ResourceReader<'a> {
    held: &'a HeldVersion,
    changed: &'a Changed,
    gaps: BTreeMap<Arc<str>, Vec<Gap>>,
    errors: Vec<ResourceError>,
}

impl<'a> ResourceReader<'a> {
    pub(super) fn new(
        held: &'a HeldVersion,
        changed: &'a Changed,
        before: Option<&BTreeMap<Arc<str>, Vec<Gap>>>,
    ) -> Self {
        let gaps = match changed {
            Changed::All => BTreeMap::new(),
            Changed::Keys(_) => before.cloned().unwrap_or_default(),
        };
        Self { held, changed, gaps, errors: Vec::new() }
    }

    /// The entries of a kind, and the ids of those that are not as they were.
    pub(super) fn kind<T>(
        &mut self,
        kind: &str,
        before: Option<&Arc<Index<T>>>,
        depending: Option<Depending<T>>,
        mut read: impl FnMut(Body, &mut Gaps<'_>) -> Option<T>,
    ) -> (Arc<Index<T>>, New) {
        let stale = self.stale(kind, before, depending);
        if let Some(before) = before.filter(|_| stale.is_empty()) {
            return (Arc::clone(before), New::new());
        }
        let mut index = before.map(|it| Index::clone(it)).unwrap_or_default();
        for key in &stale {
            let id = &key[kind.len() + 1..];
            self.gaps.remove(key);
            match self.held.resources.get(key).and_then(|it| self.entry(key, it, &mut read)) {
                Some(value) => index.insert(id.into(), Arc::new(value)),
                None => index.remove(id),
            };
        }
        (Arc::new(index), stale.iter().map(|key| key[kind.len() + 1..].into()).collect())
    }

    /// Keys of what must be read: what changed, what refers to what changed, and what was not understood while that was
    /// otherwise.
    fn stale<T>(
        &self,
        kind: &str,
        before: Option<&Arc<Index<T>>>,
        depending: Option<Depending<T>>,
    ) -> BTreeSet<Arc<str>> {
        let of_kind = |key: &&Arc<str>| key.strip_prefix(kind).is_some_and(|it| it.starts_with('/'));
        let mut stale: BTreeSet<Arc<str>> = match self.changed {
            Changed::All => self.held.resources.keys().filter(of_kind).cloned().collect(),
            Changed::Keys(keys) => keys.iter().filter(of_kind).cloned().collect(),
        };
        if let (Some(before), Some(Depending { new, refers })) = (before, depending) {
            let referring = before.iter().filter(|(_, value)| refers(value, &new));
            stale.extend(referring.map(|(id, _)| Arc::from(format!("{kind}/{id}"))));
            stale.extend(self.gaps.keys().filter(of_kind).cloned());
        }
        stale
    }

    fn entry<T>(
        &mut self,
        key: &Arc<str>,
        resource: &Resource,
        read: &mut impl FnMut(Body, &mut Gaps<'_>) -> Option<T>,
    ) -> Option<T> {
        let body = match resource.decode()? {
            Ok(body) => body,
            Err(error) => {
                self.error(key, &format!("undecodable: {error}"));
                return None;
            }
        };
        if id(&body).is_some_and(|id| id.is_empty() || id != resource.kind_and_id().1) {
            self.error(key, &format!("key-mismatch: it is another {}", body.kind()));
            return None;
        }
        let kind = body.kind();
        let marks = body.marks().cloned().unwrap_or_default();
        let mut found = Gaps::new(key, self.held);
        found.needs(&marks);
        let value =
            read(body, &mut found).filter(|_| !found.is_misread() || !["provider", "target", "group"].contains(&kind));
        let (gaps, mistakes) = found.finish(&marks, value.is_some());
        self.errors.extend(mistakes);
        if !gaps.is_empty() {
            self.gaps.insert(Arc::clone(key), gaps);
        }
        value
    }

    /// What is of no kind that this version knows closes what it says that it restricts.
    pub(super) fn unknown_kinds(&mut self) {
        let changed: Vec<Arc<str>> = match self.changed {
            Changed::All => self.held.resources.keys().cloned().collect(),
            Changed::Keys(keys) => keys.clone(),
        };
        for key in changed.iter().filter(|key| !KINDS.contains(&key.split('/').next().unwrap_or_default())) {
            self.gaps.remove(key);
            let Some(resource) = self.held.resources.get(key) else { continue };
            match AnyResource::decode(resource.body.clone()) {
                Ok(any) => {
                    let mut found = Gaps::new(key, self.held);
                    found.add("unknown-kind", "this router's version does not know such a resource");
                    let marks: Marks = any.marks.unwrap_or_default();
                    self.gaps.insert(Arc::clone(key), found.finish(&marks, false).0);
                }
                Err(error) => self.error(key, &format!("undecodable: {error}")),
            }
        }
    }

    pub(super) fn only_one(&mut self, kind: &str) {
        let from: Arc<str> = format!("{kind}/").into();
        let of_kind = self.held.resources.range(Arc::clone(&from)..).take_while(|(key, _)| key.starts_with(&*from));
        for (key, _) in of_kind.skip(1).map(|(key, it)| (Arc::clone(key), it)).collect::<Vec<_>>() {
            self.error(&key, &format!("duplicate-{kind}: there is one already"));
        }
    }

    fn error(&mut self, key: &str, message: &str) {
        self.errors.push(ResourceError { resource: key.to_owned(), message: message.to_owned() });
    }

    /// All gaps by resource, or what is wrong.
    pub(super) fn finish(self) -> Result<BTreeMap<Arc<str>, Vec<Gap>>, Vec<ResourceError>> {
        if self.errors.is_empty() { Ok(self.gaps) } else { Err(self.errors) }
    }
}

/// Settings have none.
fn id(body: &Body) -> Option<&str> {
    Some(match body {
        Body::Settings(_) => return None,
        Body::Provider(it) => &it.id,
        Body::Target(it) => &it.id,
        Body::Group(it) => &it.id,
        Body::Project(it) => &it.id,
        Body::Caller(it) => &it.id,
        Body::Token(it) => &it.id,
    })
}
