//! Providers' keys that the router itself resolves. Requests look at what was read in the background: none of them waits
//! for a disk.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use data_plane_core::config::{Credential, Secret, Snapshot};
use data_plane_core::dialect::scrub::Scrub;
use http::HeaderValue;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// How often the sources are read again: a rotated key is in use this soon.
const READ_EVERY: Duration = Duration::from_secs(5);
/// How long a new configuration waits for keys that it is the first to name. A file that takes longer is used as soon as
/// it is read; until then its provider has no key.
const PATIENCE: Duration = Duration::from_millis(500);
/// Keys that were replaced are forgotten at the latest when there are so many.
const MOST_SCRUBS: usize = 1024;
/// The router's own variables are not for sending to providers.
const OWN_PREFIX: &str = "SMART_ROUTER_";

/// Providers' keys from the router's environment and files.
#[derive(Default)]
pub struct Credentials {
    known: ArcSwap<Known>,
    /// Sources that are being read now. One that hangs is not read a second time.
    reading: Mutex<HashSet<Source>>,
    /// What takes keys out of answers, by the key: it is made at a key's first use.
    scrubs: ArcSwap<HashMap<String, Option<Scrub>>>,
}

type Known = HashMap<Source, Result<Secret, Missing>>;

#[derive(Clone, PartialEq, Eq, Hash)]
enum Source {
    Env(String),
    File(String),
}

/// Why there is no key at a source.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
enum Missing {
    #[error("the variable is not set")]
    NotSet,
    #[error("see its health, or `doctor`")]
    NotSent,
    #[error("the variable belongs to the router itself")]
    Own,
    #[error("it cannot be read: {0}")]
    Unreadable(std::io::ErrorKind),
    #[error("it is empty")]
    Empty,
    #[error("it has characters that no key has, such as a line break")]
    NoKey,
}

impl Credentials {
    /// The key; `None`: there is none at its source.
    pub fn resolve(&self, credential: &Credential) -> Option<Secret> {
        let source = match credential {
            Credential::Value(secret) => return Some(secret.clone()),
            Credential::Env(name) => Source::Env(name.clone()),
            Credential::File(path) => Source::File(path.clone()),
        };
        self.known.load().get(&source).and_then(|it| it.as_ref().ok()).cloned()
    }

    /// What takes this key out of answers; `None`: it is no key that could be told from words.
    pub fn scrub(&self, key: &Secret) -> Option<Scrub> {
        if let Some(scrub) = self.scrubs.load().get(key.expose()) {
            return scrub.clone();
        }
        let scrub = Scrub::new(key);
        self.scrubs.rcu(|known| {
            let mut next = if known.len() < MOST_SCRUBS { HashMap::clone(known) } else { HashMap::new() };
            next.insert(key.expose().to_owned(), scrub.clone());
            next
        });
        scrub
    }

    /// Whether there is a key. Asked for every target of every request, so the usual one is not copied.
    pub fn has(&self, credential: &Credential) -> bool {
        matches!(credential, Credential::Value(_)) || self.resolve(credential).is_some()
    }

    /// How many sources that the configuration names have no key.
    pub fn missing(&self) -> usize {
        self.known.load().values().filter(|it| it.is_err()).count()
    }

    /// Which sources have none, in words.
    pub fn problem(&self) -> Option<String> {
        let known = self.known.load();
        let line = |(source, found): (&Source, &Result<Secret, Missing>)| {
            found.as_ref().err().map(|why| format!("{} ({why})", source.name()))
        };
        let mut missing: Vec<String> = known.iter().filter_map(line).collect();
        missing.sort_unstable();
        (!missing.is_empty()).then(|| format!("providers have no key: {}", missing.join(", ")))
    }

    /// Reads the keys that a configuration is the first to name, before it serves.
    pub async fn prepare(self: Arc<Self>, snapshot: Arc<Snapshot>) {
        let known = self.known.load_full();
        let new = sources(&snapshot).into_iter().filter(|it| !known.contains_key(it)).collect();
        self.read(new).await;
    }

    /// Reads the keys that the configuration names again and again.
    pub async fn keep_fresh(self: Arc<Self>, snapshot: impl Fn() -> Option<Arc<Snapshot>>) {
        loop {
            tokio::time::sleep(READ_EVERY).await;
            let Some(snapshot) = snapshot() else { continue };
            let named = sources(&snapshot);
            self.forget_all_but(&named);
            self.read(named).await;
        }
    }

    /// Reads each source on a thread of its own, and waits for them for a while.
    async fn read(self: &Arc<Self>, sources: HashSet<Source>) {
        let mut reads = JoinSet::new();
        for source in sources {
            if self.reading().insert(source.clone()) {
                let this = Arc::clone(self);
                reads.spawn_blocking(move || {
                    let found = source.read();
                    this.learn(&source, &found);
                    this.reading().remove(&source);
                });
            }
        }
        let all = async { while reads.join_next().await.is_some() {} };
        if timeout(PATIENCE, all).await.is_err() {
            tracing::warn!(sources = reads.len(), "keys of providers are still being read: their disk does not answer");
        }
        reads.detach_all();
    }

    fn learn(&self, source: &Source, found: &Result<Secret, Missing>) {
        let before = self.known.load_full();
        if before.get(source) == Some(found) {
            return;
        }
        match (found, before.get(source)) {
            (Err(why), _) => tracing::warn!(source = %source.name(), %why, "a provider has no key"),
            (Ok(_), Some(_)) => tracing::info!(source = %source.name(), "a provider has another key"),
            (Ok(_), None) => {}
        }
        self.known.rcu(|known| {
            let mut next = Known::clone(known);
            next.insert(source.clone(), found.clone());
            next
        });
    }

    fn forget_all_but(&self, named: &HashSet<Source>) {
        if self.known.load().keys().any(|it| !named.contains(it)) {
            self.known.rcu(|known| {
                let mut next = Known::clone(known);
                next.retain(|it, _| named.contains(it));
                next
            });
        }
    }

    fn reading(&self) -> MutexGuard<'_, HashSet<Source>> {
        self.reading.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where the keys of a configuration's providers are.
fn sources(snapshot: &Snapshot) -> HashSet<Source> {
    let credentials = snapshot.targets().filter_map(|it| it.provider.credential.as_ref());
    credentials
        .filter_map(|it| match it {
            Credential::Value(_) => None,
            Credential::Env(name) => Some(Source::Env(name.clone())),
            Credential::File(path) => Some(Source::File(path.clone())),
        })
        .collect()
}

impl Source {
    /// Blocks on the disk.
    fn read(&self) -> Result<Secret, Missing> {
        let text = match self {
            Self::Env(name) if name.starts_with(OWN_PREFIX) => return Err(Missing::Own),
            Self::Env(_) if self.is_no_variable() => return Err(Missing::NotSent),
            Self::Env(name) => std::env::var(name).map_err(|_| Missing::NotSet)?,
            Self::File(path) => std::fs::read_to_string(path).map_err(|error| Missing::Unreadable(error.kind()))?,
        };
        match text.trim() {
            "" => Err(Missing::Empty),
            value if HeaderValue::from_str(value).is_err() => Err(Missing::NoKey),
            value => Ok(Secret::new(value.to_owned())),
        }
    }

    /// As the operator knows it.
    fn name(&self) -> String {
        match self {
            Self::Env(name) if self.is_no_variable() => name.trim_matches(['(', ')']).to_owned(),
            Self::Env(name) => format!("${name}"),
            Self::File(path) => path.clone(),
        }
    }

    /// What a control plane writes for a key that it has not, so that nothing is looked for.
    fn is_no_variable(&self) -> bool {
        matches!(self, Self::Env(name) if name.starts_with('('))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::sync::Arc;

    use data_plane_core::config::Credential;

    use super::{Credentials, Missing, Source};

    async fn read(credentials: &Arc<Credentials>, sources: &[Source]) {
        credentials.read(sources.iter().cloned().collect()).await;
    }

    #[tokio::test]
    async fn a_file_is_trimmed_and_an_empty_or_absent_one_is_no_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        std::fs::write(path("key"), "sk-file\n").unwrap();
        std::fs::write(path("empty"), " \n").unwrap();
        std::fs::write(path("lines"), "sk-a\nsk-b\n").unwrap();
        let credentials = Arc::new(Credentials::default());
        let names = ["key", "empty", "absent", "lines"];
        read(&credentials, &names.map(|it| Source::File(path(it)))).await;
        let resolve = |name: &str| credentials.resolve(&Credential::File(path(name)));
        assert!(resolve("key").is_some_and(|it| it.expose() == "sk-file"));
        assert!(resolve("empty").is_none() && resolve("absent").is_none() && resolve("lines").is_none());
        assert_eq!(credentials.missing(), 3);
        let told = credentials.problem().unwrap();
        assert!(
            told.contains(&path("empty")) && told.contains(&path("lines")) && !told.contains(&path("key")),
            "{told}"
        );
        std::fs::write(path("absent"), "there now").unwrap();
        std::fs::remove_file(path("key")).unwrap();
        read(&credentials, &names.map(|it| Source::File(path(it)))).await;
        assert!(resolve("absent").is_some_and(|it| it.expose() == "there now"));
        assert!(resolve("key").is_none(), "a key that was taken away is not used any more");
    }

    #[tokio::test]
    async fn the_routers_own_variables_are_never_sent() {
        let credentials = Arc::new(Credentials::default());
        let names = ["SMART_ROUTER_JOIN_TOKEN", "PATH"];
        read(&credentials, &names.map(|it| Source::Env(it.to_owned()))).await;
        assert!(credentials.resolve(&Credential::Env(names[0].to_owned())).is_none());
        assert!(credentials.resolve(&Credential::Env(names[1].to_owned())).is_some());
    }

    #[tokio::test]
    async fn a_key_that_the_control_plane_has_not_is_no_variable() {
        let credentials = Arc::new(Credentials::default());
        assert_eq!(credentials.problem(), None);
        read(&credentials, &[Source::Env("(the control plane has no key to send)".to_owned())]).await;
        let told = credentials.problem().unwrap();
        assert!(told.contains("the control plane has no key to send") && !told.contains("is not set"), "{told}");
    }

    #[tokio::test]
    async fn a_source_that_hangs_holds_up_no_other_and_keeps_what_is_known_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let good = Source::File(folder.path().join("good").to_str().unwrap().to_owned());
        std::fs::write(folder.path().join("good"), "sk-good").unwrap();
        let hanging = Source::File("/nowhere/hangs".to_owned());
        let credentials = Arc::new(Credentials::default());
        credentials.learn(&hanging, &Err(Missing::Empty));
        // As while a thread is still reading it.
        credentials.reading().insert(hanging.clone());
        read(&credentials, &[good, hanging]).await;
        assert!(
            credentials.resolve(&Credential::File(folder.path().join("good").to_str().unwrap().to_owned())).is_some()
        );
        assert_eq!(credentials.known.load().len(), 2);
        assert_eq!(credentials.missing(), 1);
    }
}
