use std::sync::{Arc, OnceLock};

use prost::bytes::Bytes;
use proto::v1::{Delta, Push, Resource, Snapshot, push};

use super::outgoing::{Encoding, Outgoing, TooLarge};

/// A snapshot as it goes to routers, with the differences from those before it.
pub struct Published {
    content: Arc<Content>,
    whole: Outgoing,
    /// What a router may still hold.
    before: Vec<Before>,
}

struct Before {
    base: Arc<Content>,
    /// Found when the first router asks; `None`: nearly everything is other.
    delta: OnceLock<Option<Delta>>,
    outgoing: Outgoing,
}

/// A snapshot by itself.
struct Content {
    version: u64,
    hash: Vec<u8>,
    created_ms: i64,
    /// Sorted by key. Snapshots share what is the same.
    resources: Vec<Arc<Resource>>,
}

impl Published {
    /// A snapshot of these resources, sorted by key. `earlier`: those that a router may still hold.
    pub(crate) fn new<'a>(
        version: u64,
        created_ms: i64,
        resources: Vec<Arc<Resource>>,
        earlier: impl IntoIterator<Item = &'a Arc<Self>>,
    ) -> Self {
        let before = |it: &Arc<Self>| Before {
            base: Arc::clone(&it.content),
            delta: OnceLock::new(),
            outgoing: Outgoing::default(),
        };
        let hash = proto::snapshot_hash(resources.iter().map(AsRef::as_ref));
        Self {
            content: Arc::new(Content { version, hash, created_ms, resources }),
            whole: Outgoing::default(),
            before: earlier.into_iter().map(before).collect(),
        }
    }

    /// What another build would publish, for the test of upgrades.
    #[cfg(feature = "skew")]
    pub fn of_another_build(
        version: u64,
        created_ms: i64,
        resources: Vec<Arc<Resource>>,
        earlier: &[Arc<Self>],
    ) -> Self {
        Self::new(version, created_ms, resources, earlier)
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

    /// What changed since a snapshot; `None`: it is too old, or nearly everything changed.
    pub fn delta_from(&self, version: u64, hash: &[u8]) -> Option<&Delta> {
        self.before(version, hash)?.delta(&self.content)
    }

    /// What the push of it is called, as a whole or as what changed since a version.
    pub fn nonce(&self, base: Option<u64>) -> String {
        let base = base.map_or_else(String::new, |it| format!("{it}-"));
        let start = self.hash().first_chunk().map_or(0, |it| u32::from_be_bytes(*it));
        format!("{base}{}-{start:08x}", self.version())
    }

    /// The push of all of it, as it leaves.
    pub fn whole_frame(&self, form: Encoding) -> Result<Bytes, TooLarge> {
        self.whole.frame(form, || Push { nonce: self.nonce(None), content: Some(push::Content::Full(self.full())) })
    }

    /// The push of what changed since a snapshot, as it leaves; `None`: see [`Self::delta_from`].
    pub fn delta_frame(&self, version: u64, hash: &[u8], form: Encoding) -> Option<Result<Bytes, TooLarge>> {
        let before = self.before(version, hash)?;
        let delta = before.delta(&self.content)?;
        let push =
            || Push { nonce: self.nonce(Some(version)), content: Some(push::Content::Delta(Delta::clone(delta))) };
        Some(before.outgoing.frame(form, push))
    }

    fn before(&self, version: u64, hash: &[u8]) -> Option<&Before> {
        self.before.iter().find(|it| it.base.version == version && it.base.hash == hash)
    }
}

impl Before {
    fn delta(&self, next: &Content) -> Option<&Delta> {
        self.delta.get_or_init(|| difference(&self.base, next)).as_ref()
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
        for resource in &delta.upserts {
            held.insert(resource.key.clone(), resource.clone());
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
