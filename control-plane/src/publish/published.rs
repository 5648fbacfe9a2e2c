use std::sync::{Arc, OnceLock};

use proto::v1::{Delta, Resource, Snapshot};

/// A snapshot as it goes to routers, with the differences from those before it.
pub struct Published {
    content: Arc<Content>,
    /// What a router may still hold, with the difference once it was asked for.
    before: Vec<(Arc<Content>, OnceLock<Option<Delta>>)>,
}

/// A snapshot by itself.
pub struct Content {
    version: u64,
    hash: Vec<u8>,
    created_ms: i64,
    /// Sorted by key. Snapshots share what is the same.
    resources: Vec<Arc<Resource>>,
}

impl Content {
    /// A snapshot of these resources, sorted by key.
    pub fn new(version: u64, created_ms: i64, resources: Vec<Arc<Resource>>) -> Self {
        let hash = proto::snapshot_hash(resources.iter().map(AsRef::as_ref));
        Self { version, hash, created_ms, resources }
    }
}

impl Published {
    /// Publishes it. `before`: those that a router may still hold.
    pub fn new<'a>(content: Content, before: impl IntoIterator<Item = &'a Arc<Self>>) -> Self {
        let before = before.into_iter().map(|it| (Arc::clone(&it.content), OnceLock::new())).collect();
        Self { content: Arc::new(content), before }
    }

    /// Its number.
    pub fn version(&self) -> u64 {
        self.content.version
    }

    /// The checksum of its resources.
    pub fn hash(&self) -> &[u8] {
        &self.content.hash
    }

    /// All of it.
    pub fn full(&self) -> Snapshot {
        let Content { version, hash, created_ms, resources } = &*self.content;
        Snapshot {
            version: *version,
            hash: hash.clone(),
            created_ms: *created_ms,
            resources: resources.iter().map(|it| Resource::clone(it)).collect(),
        }
    }

    /// What changed since a snapshot; `None`: it is too old, or nearly everything changed. It is found when the first router
    /// asks, and shared by all that do.
    pub fn delta_from(&self, version: u64, hash: &[u8]) -> Option<Delta> {
        let (base, delta) = self.before.iter().find(|(base, _)| base.version == version && base.hash == hash)?;
        delta.get_or_init(|| difference(base, &self.content)).clone()
    }
}

fn difference(base: &Content, next: &Content) -> Option<Delta> {
    let (mut upserts, mut removals) = (Vec::new(), Vec::new());
    let (mut old, mut new) = (base.resources.iter().peekable(), next.resources.iter().peekable());
    loop {
        match (old.peek(), new.peek()) {
            (Some(was), Some(is)) if Arc::ptr_eq(was, is) || was.key == is.key => {
                if was.digest != is.digest {
                    upserts.push(Resource::clone(is));
                }
                old.next();
                new.next();
            }
            (Some(was), is) if is.is_none_or(|is| was.key < is.key) => {
                removals.push(was.key.clone());
                old.next();
            }
            (_, Some(is)) => {
                upserts.push(Resource::clone(is));
                new.next();
            }
            (_, None) => break,
        }
    }
    let small = upserts.len() + removals.len() < next.resources.len();
    small.then(|| Delta {
        version: next.version,
        hash: next.hash.clone(),
        created_ms: next.created_ms,
        base_version: base.version,
        base_hash: base.hash.clone(),
        upserts,
        removals,
    })
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
                Arc::new(Resource::new(format!("project/{id}"), &Body::Project(project)))
            })
            .collect();
        Arc::new(Published::new(Content::new(version, 0, resources), before.iter().copied()))
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
