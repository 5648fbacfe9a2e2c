use std::sync::Arc;

use proto::v1::{Delta, Resource, Snapshot};

/// A snapshot as it goes to routers, with the differences from those before it.
pub struct Published {
    version: u64,
    hash: Vec<u8>,
    created_ms: i64,
    /// Sorted by key.
    resources: Vec<Resource>,
    deltas: Vec<Delta>,
}

impl Published {
    /// A snapshot of these resources, sorted by key. `before`: those that a router may still hold.
    pub(crate) fn new<'a>(
        version: u64,
        created_ms: i64,
        resources: Vec<Resource>,
        before: impl IntoIterator<Item = &'a Arc<Self>>,
    ) -> Self {
        let hash = proto::snapshot_hash(&resources);
        let mut published = Self { version, hash, created_ms, resources, deltas: Vec::new() };
        published.deltas = before.into_iter().filter_map(|base| published.difference(base)).collect();
        published
    }

    /// Its number.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The checksum of its resources.
    pub fn hash(&self) -> &[u8] {
        &self.hash
    }

    /// All of it.
    pub fn full(&self) -> Snapshot {
        Snapshot {
            version: self.version,
            hash: self.hash.clone(),
            created_ms: self.created_ms,
            resources: self.resources.clone(),
        }
    }

    /// What changed since a snapshot; `None`: it is too old, or nearly everything changed.
    pub fn delta_from(&self, version: u64, hash: &[u8]) -> Option<Delta> {
        self.deltas.iter().find(|delta| delta.base_version == version && delta.base_hash == hash).cloned()
    }

    fn difference(&self, base: &Self) -> Option<Delta> {
        let (mut upserts, mut removals) = (Vec::new(), Vec::new());
        let (mut old, mut new) = (base.resources.iter().peekable(), self.resources.iter().peekable());
        loop {
            match (old.peek(), new.peek()) {
                (Some(was), Some(is)) if was.key == is.key => {
                    if was.digest != is.digest {
                        upserts.push((*is).clone());
                    }
                    old.next();
                    new.next();
                }
                (Some(was), is) if is.is_none_or(|is| was.key < is.key) => {
                    removals.push(was.key.clone());
                    old.next();
                }
                (_, Some(is)) => {
                    upserts.push((*is).clone());
                    new.next();
                }
                (_, None) => break,
            }
        }
        let small = upserts.len() + removals.len() < self.resources.len();
        small.then(|| Delta {
            version: self.version,
            hash: self.hash.clone(),
            created_ms: self.created_ms,
            base_version: base.version,
            base_hash: base.hash.clone(),
            upserts,
            removals,
        })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::collections::BTreeMap;

    use proto::{Body, v1::Project};

    use super::*;

    fn snapshot(version: u64, projects: &[(&str, &str)], before: &[&Arc<Published>]) -> Arc<Published> {
        let resources = projects
            .iter()
            .map(|(id, owner)| {
                let project = Project { id: (*id).into(), owner: (*owner).into(), marks: None };
                Resource::new(format!("project/{id}"), &Body::Project(project))
            })
            .collect();
        Arc::new(Published::new(version, 0, resources, before.iter().copied()))
    }

    #[test]
    fn a_delta_over_its_base_is_the_snapshot() {
        let base = snapshot(1, &[("a", "1"), ("b", "1"), ("d", "1"), ("e", "1"), ("f", "1"), ("g", "1")], &[]);
        let next = snapshot(2, &[("b", "1"), ("c", "1"), ("d", "2"), ("e", "1"), ("f", "1"), ("h", "1")], &[&base]);
        let delta = next.delta_from(1, base.hash()).unwrap();
        let mut held: BTreeMap<String, Resource> =
            base.full().resources.into_iter().map(|resource| (resource.key.clone(), resource)).collect();
        for key in &delta.removals {
            assert!(held.remove(key).is_some(), "{key} was not there");
        }
        for resource in delta.upserts {
            held.insert(resource.key.clone(), resource);
        }
        assert_eq!(held.into_values().collect::<Vec<_>>(), next.full().resources);
        assert_eq!(delta.hash, next.hash());
        assert_eq!(delta.removals, ["project/a", "project/g"]);
    }

    #[test]
    fn an_unknown_base_has_no_delta() {
        let base = snapshot(1, &[("a", "1"), ("b", "1")], &[]);
        let next = snapshot(2, &[("a", "1"), ("b", "2")], &[&base]);
        assert!(next.delta_from(1, base.hash()).is_some());
        assert!(next.delta_from(1, next.hash()).is_none());
        assert!(next.delta_from(3, base.hash()).is_none());
        assert!(base.delta_from(0, &[]).is_none());
    }

    #[test]
    fn a_change_of_everything_travels_whole() {
        let base = snapshot(1, &[("a", "1"), ("b", "1")], &[]);
        let next = snapshot(2, &[("c", "1"), ("d", "1")], &[&base]);
        assert!(next.delta_from(1, base.hash()).is_none());
    }
}
