use std::{collections::BTreeMap, fs, path::Path};

use control_plane_core::Secret;

use super::MasterKey;
use crate::store::credential::StoredCredential;

/// What a provider's key is sealed for; see [`MasterKey::seal`].
pub const CREDENTIAL: &str = "provider-credential";

/// A provider's key, or where a router finds it.
#[derive(Clone, PartialEq, Eq)]
pub enum CredentialSource {
    /// The key itself.
    Value(Secret),
    /// A variable of the router's environment.
    Env(String),
    /// A file on the router.
    File(String),
    /// There is one, and it cannot be used: the provider is not asked without it.
    Nowhere,
}

/// The keys of providers that are sealed in the database.
pub struct Credentials(BTreeMap<String, SealedKey>);

struct SealedKey {
    /// Where it may be sent; `None`: an older build set it.
    origin: Option<String>,
    /// `None`: it does not open.
    secret: Option<Secret>,
}

impl Credentials {
    /// Opens all sealed keys. One that does not open is its provider's trouble alone.
    pub fn open(rows: &[StoredCredential], key: &MasterKey) -> Self {
        let opened = |row: &StoredCredential| {
            let secret = key.open(CREDENTIAL, &row.provider, &row.sealed).ok();
            (row.provider.clone(), SealedKey { origin: row.origin.clone(), secret })
        };
        Self(rows.iter().map(opened).collect())
    }

    /// The key of a provider, if it has one; or why that is not sent. A key goes to the origin that it was set for.
    pub fn find(&self, provider: &str, origin: &str) -> Result<Option<Secret>, &'static str> {
        let Some(SealedKey { origin: set_for, secret }) = self.0.get(provider) else { return Ok(None) };
        if set_for.as_ref().is_some_and(|it| it != origin) {
            return Err("its key was set for another address, and is not sent to this one: set it again");
        }
        secret.clone().map(Some).ok_or("its key does not open with this master key: set it again")
    }
}

/// Whether a file is in the directory of the control plane's own secrets, wherever its links lead.
pub fn is_private(path: &Path, private_dir: Option<&Path>) -> bool {
    let Some(dir) = private_dir else { return false };
    let real = |path: &Path| fs::canonicalize(path).ok();
    path.starts_with(dir) || real(path).is_some_and(|path| real(dir).is_some_and(|dir| path.starts_with(dir)))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn sealed(key: &MasterKey, provider: &str, for_provider: &str) -> StoredCredential {
        StoredCredential {
            provider: provider.into(),
            origin: Some("https://a".into()),
            sealed: key.seal(CREDENTIAL, for_provider, &Secret::new("sk-sealed".into())),
            set_ms: 1,
            set_by: "system".into(),
        }
    }

    #[test]
    fn a_key_goes_where_it_was_set_for_and_a_moved_one_nowhere() {
        let dir = tempfile::tempdir().unwrap();
        let key = MasterKey::load(None, None, Some(dir.path()), true).unwrap();
        let rows = [sealed(&key, "openai", "openai"), sealed(&key, "evil", "openai")];
        let credentials = Credentials::open(&rows, &key);
        let found = |provider, origin| credentials.find(provider, origin).map(|it| it.map(|it| it.expose().to_owned()));
        assert_eq!(found("openai", "https://a"), Ok(Some("sk-sealed".to_owned())));
        assert_eq!(found("none", "https://a"), Ok(None));
        assert!(found("openai", "https://b").unwrap_err().contains("another address"));
        assert!(found("evil", "https://a").unwrap_err().contains("does not open"), "and stops nobody else");
    }

    #[test]
    fn the_own_directory_is_private_wherever_links_lead() {
        let (own, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let key = own.path().join("master.key");
        fs::write(&key, "x").unwrap();
        let link = other.path().join("link");
        std::os::unix::fs::symlink(&key, &link).unwrap();
        let dots = other.path().join("..").join(own.path().file_name().unwrap()).join("master.key");
        for path in [&key, &link, &dots] {
            assert!(is_private(path, Some(own.path())), "{path:?}");
        }
        assert!(!is_private(&other.path().join("key"), Some(own.path())) && !is_private(&key, None));
    }
}
