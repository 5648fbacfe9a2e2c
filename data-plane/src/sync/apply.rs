//! What a push makes of the resources that are held. Pure: the answer is the new content, or what is wrong with the
//! push.

use std::collections::BTreeMap;
use std::sync::Arc;

use proto::v1::{Delta, Resource, ResourceError, Snapshot, push::Content};

/// A snapshot's resources, verified against its checksum.
pub(super) struct HeldVersion {
    pub version: u64,
    pub hash: Vec<u8>,
    pub created_ms: i64,
    pub resources: BTreeMap<Arc<str>, Arc<Resource>>,
}

/// What a push amounts to.
pub(super) enum Next {
    /// The very content that is held, once more.
    Same,
    /// Newer content, and what of it is not as it was.
    New(HeldVersion, Changed),
}

/// Which resources are other than they were, came, or went.
pub(super) enum Changed {
    /// Perhaps all.
    All,
    /// Those of these keys.
    Keys(Vec<Arc<str>>),
}

impl HeldVersion {
    /// The form in which it travels and is kept.
    pub(super) fn to_proto(&self) -> Snapshot {
        Snapshot {
            version: self.version,
            hash: self.hash.clone(),
            created_ms: self.created_ms,
            resources: self.resources.values().map(|it| Resource::clone(it)).collect(),
        }
    }
}

/// Judges a push as a whole: its version, its base and its checksum. What the resources say is judged by
/// [`super::from_proto`].
pub(super) fn next(held: Option<&HeldVersion>, content: Option<Content>) -> Result<Next, Vec<ResourceError>> {
    let (version, hash) = match &content {
        Some(Content::Full(it)) => (it.version, &it.hash),
        Some(Content::Delta(it)) => (it.version, &it.hash),
        None => return Err(whole("empty-push: it is neither a snapshot nor a delta that this router knows")),
    };
    if let Some(held) = held
        && version <= held.version
    {
        if version == held.version && *hash == held.hash {
            return Ok(Next::Same);
        }
        return Err(regression(version, held.version));
    }
    match content {
        Some(Content::Full(snapshot)) => Ok(Next::New(full(snapshot)?, Changed::All)),
        Some(Content::Delta(change)) => {
            delta(held, change).map(|(next, changed)| Next::New(next, Changed::Keys(changed)))
        }
        None => unreachable!("answered above"),
    }
}

/// A whole snapshot, its checksum verified.
pub(super) fn full(snapshot: Snapshot) -> Result<HeldVersion, Vec<ResourceError>> {
    let mut errors = Vec::new();
    let mut resources = BTreeMap::new();
    for resource in snapshot.resources {
        take(&mut resources, resource, &mut errors);
    }
    verified(snapshot.version, snapshot.hash, snapshot.created_ms, resources, errors)
}

fn delta(held: Option<&HeldVersion>, delta: Delta) -> Result<(HeldVersion, Vec<Arc<str>>), Vec<ResourceError>> {
    let Some(held) = held.filter(|it| it.version == delta.base_version && it.hash == delta.base_hash) else {
        let holds = held.map_or("nothing".to_owned(), |it| format!("version {}", it.version));
        // The control plane answers this with the whole snapshot.
        return Err(whole(&format!(
            "base-unknown: it changes version {}, and this router holds {holds}",
            delta.base_version
        )));
    };
    let mut errors = Vec::new();
    let mut keys = Vec::new();
    let mut resources = held.resources.clone();
    for key in delta.removals {
        if let Some((key, _)) = resources.remove_entry(key.as_str()) {
            keys.push(key);
        } else {
            errors.push(error(key, "unknown-removal: it is removed, and was not there"));
        }
    }
    let mut changed = BTreeMap::new();
    for resource in delta.upserts {
        take(&mut changed, resource, &mut errors);
    }
    keys.extend(changed.keys().cloned());
    resources.append(&mut changed);
    Ok((verified(delta.version, delta.hash, delta.created_ms, resources, errors)?, keys))
}

/// Takes a resource whose bytes are as they were made.
fn take(into: &mut BTreeMap<Arc<str>, Arc<Resource>>, resource: Resource, errors: &mut Vec<ResourceError>) {
    let key: Arc<str> = resource.key.as_str().into();
    if proto::digest(&resource.body)[..] != resource.digest[..] {
        errors.push(error(resource.key, "digest-mismatch: its body does not have the checksum that came with it"));
    } else if into.insert(Arc::clone(&key), Arc::new(resource)).is_some() {
        errors.push(error(key.to_string(), "duplicate-resource: it is there more than once"));
    }
}

fn verified(
    version: u64,
    hash: Vec<u8>,
    created_ms: i64,
    resources: BTreeMap<Arc<str>, Arc<Resource>>,
    mut errors: Vec<ResourceError>,
) -> Result<HeldVersion, Vec<ResourceError>> {
    if version == 0 {
        errors.extend(whole("version-invalid: a snapshot's version is 1 or higher"));
    }
    if errors.is_empty() && proto::snapshot_hash(resources.values().map(Arc::as_ref)) != hash {
        errors.extend(whole("hash-mismatch: the resources do not have the checksum that came with them"));
    }
    if errors.is_empty() { Ok(HeldVersion { version, hash, created_ms, resources }) } else { Err(errors) }
}

fn regression(pushed: u64, held: u64) -> Vec<ResourceError> {
    if pushed == held {
        return whole(&format!(
            "version-regression: version {held} serves with other content; publish under a new version"
        ));
    }
    whole(&format!(
        "version-regression: version {pushed} is older than {held}, which serves; if the control plane's database was \
         restored from a backup, `smart-router db adopt` passes that"
    ))
}

fn whole(message: &str) -> Vec<ResourceError> {
    vec![error(String::new(), message)]
}

fn error(resource: String, message: &str) -> ResourceError {
    ResourceError { resource, message: message.to_owned() }
}
