use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use data_plane_core::config::{Credential, Secret};

/// How long a value is trusted before its source is read again: a rotated key is in use this soon.
const FRESH_FOR: Duration = Duration::from_secs(5);
/// The router's own variables are not for sending to providers.
const OWN_PREFIX: &str = "SMART_ROUTER_";

/// Providers' keys that the router itself resolves, from its environment or from files.
#[derive(Default)]
pub struct Credentials {
    known: Mutex<Known>,
}

/// Keys by their source, and when they were read.
type Known = HashMap<Source, (Option<Secret>, Instant)>;

#[derive(Clone, PartialEq, Eq, Hash)]
enum Source {
    Env(String),
    File(String),
}

impl Credentials {
    /// The key; `None`: there is none at its source.
    pub fn resolve(&self, credential: &Credential) -> Option<Secret> {
        let source = match credential {
            Credential::Value(secret) => return Some(secret.clone()),
            Credential::Env(name) => Source::Env(name.clone()),
            Credential::File(path) => Source::File(path.clone()),
        };
        if let Some((secret, read)) = self.known().get(&source)
            && read.elapsed() < FRESH_FOR
        {
            return secret.clone();
        }
        // Outside the lock: a disk that hangs must not stop requests with other keys.
        let secret = read(&source);
        self.known().insert(source, (secret.clone(), Instant::now()));
        secret
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read(source: &Source) -> Option<Secret> {
    let text = match source {
        Source::Env(name) if name.starts_with(OWN_PREFIX) => return None,
        Source::Env(name) => std::env::var(name).ok()?,
        Source::File(path) => std::fs::read_to_string(path).ok()?,
    };
    let value = text.trim();
    (!value.is_empty()).then(|| Secret::new(value.to_owned()))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::Credentials;
    use data_plane_core::config::Credential;

    #[test]
    fn a_file_is_trimmed_and_an_empty_one_is_no_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        std::fs::write(path("key"), "sk-file\n").unwrap();
        std::fs::write(path("empty"), " \n").unwrap();
        let credentials = Credentials::default();
        let resolve = |name: &str| credentials.resolve(&Credential::File(path(name)));
        assert!(resolve("key").is_some_and(|it| it.expose() == "sk-file"));
        assert!(resolve("empty").is_none());
        assert!(resolve("absent").is_none());
    }

    #[test]
    fn the_routers_own_variables_are_never_sent() {
        assert!(Credentials::default().resolve(&Credential::Env("SMART_ROUTER_JOIN_TOKEN".to_owned())).is_none());
        assert!(Credentials::default().resolve(&Credential::Env("PATH".to_owned())).is_some());
    }
}
