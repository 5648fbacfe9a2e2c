use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use control_plane_core::{Secret, document::CredentialRef, variables::Use};

use super::{MasterKey, Unsealable};
use crate::{Environment, Reach, store::credential::StoredCredential};

/// What a provider's key is sealed for; see [`MasterKey::seal`].
pub const CREDENTIAL: &str = "provider-credential";

/// More than any key: a mistaken path to a big file is not sent to routers.
const LIMIT: u64 = 64 * 1024;

/// A provider's key, or where a router finds it.
#[derive(Clone, PartialEq, Eq)]
pub enum CredentialSource {
    /// The key itself.
    Value(Secret),
    /// A variable of the router's environment.
    Env(String),
    /// A file on the router.
    File(String),
}

/// Where the keys of providers are found when a snapshot is compiled.
pub struct Credentials {
    /// With where each may be sent.
    sealed: BTreeMap<String, (Option<String>, Secret)>,
    environment: Environment,
    reach: Reach,
    private_dir: Option<PathBuf>,
}

impl Credentials {
    /// Opens all sealed keys. `private_dir` holds the control plane's own secrets: no file in it is a provider's key.
    pub fn open(
        rows: &[StoredCredential],
        key: &MasterKey,
        environment: &Environment,
        reach: Reach,
        private_dir: Option<&Path>,
    ) -> Result<Self, Unsealable> {
        let sealed = rows
            .iter()
            .map(|row| {
                let secret = key.open(CREDENTIAL, &row.provider, &row.sealed)?;
                Ok((row.provider.clone(), (row.origin.clone(), secret)))
            })
            .collect::<Result<_, Unsealable>>()?;
        Ok(Self { sealed, environment: environment.clone(), reach, private_dir: private_dir.map(Path::to_path_buf) })
    }

    /// The key of a provider: what the document refers to, or else the sealed one. A reference that leads nowhere here
    /// stays a reference, for the router to follow; one that is refused here is not passed on. A sealed key goes to the
    /// origin that it was set for.
    pub fn find(&self, provider: &str, origin: &str, reference: Option<&CredentialRef>) -> Option<CredentialSource> {
        if let Some(refusal) = reference.and_then(|it| self.refusal(it)) {
            tracing::error!(provider, refusal, "a provider has no key");
            return None;
        }
        Some(match reference {
            Some(CredentialRef::Env(name)) => match self.environment.get(name).filter(|value| !value.is_empty()) {
                Some(value) => CredentialSource::Value(Secret::new(value)),
                None => CredentialSource::Env(name.clone()),
            },
            Some(CredentialRef::File(path)) => match read(Path::new(path)) {
                Some(value) => CredentialSource::Value(value),
                None => CredentialSource::File(path.clone()),
            },
            None => {
                let (set_for, secret) = self.sealed.get(provider)?;
                if set_for.as_ref().is_some_and(|it| it != origin) {
                    tracing::error!(
                        provider,
                        "its key was set for another address, and is not sent to this one: set it again"
                    );
                    return None;
                }
                CredentialSource::Value(secret.clone())
            }
        })
    }

    fn refusal(&self, reference: &CredentialRef) -> Option<String> {
        let asked = match reference {
            CredentialRef::File(path) if is_private(Path::new(path), self.private_dir.as_deref()) => {
                return Some("its file is the control plane's own".to_owned());
            }
            _ if self.reach == Reach::Whole => return None,
            CredentialRef::Env(name) => Use::Key(name),
            CredentialRef::File(path) => Use::File(path),
        };
        self.environment.refusal(asked)
    }
}

fn read(path: &Path) -> Option<Secret> {
    if fs::metadata(path).ok()?.len() > LIMIT {
        return None;
    }
    let text = fs::read_to_string(path).ok()?;
    let text = text.trim();
    (!text.is_empty()).then(|| Secret::new(text.to_owned()))
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

    fn value(found: Option<CredentialSource>) -> String {
        match found {
            Some(CredentialSource::Value(secret)) => format!("value {}", secret.expose()),
            Some(CredentialSource::Env(name)) => format!("env {name}"),
            Some(CredentialSource::File(path)) => format!("file {path}"),
            None => "none".into(),
        }
    }

    #[test]
    fn a_key_is_found_or_its_reference_is_passed_on() {
        let dir = tempfile::tempdir().unwrap();
        let private = tempfile::tempdir().unwrap();
        let key = MasterKey::load(None, None, Some(private.path()), true).unwrap();
        let row = StoredCredential {
            provider: "sealed".into(),
            origin: Some("https://a".into()),
            sealed: key.seal(CREDENTIAL, "sealed", &Secret::new("sk-sealed".into())),
            set_ms: 1,
            set_by: "system".into(),
        };
        let environment =
            Environment::table([("KEY", "sk-env"), ("EMPTY", ""), ("SMART_ROUTER_MASTER_KEY", "the master key")]);
        let credentials = Credentials::open(&[row], &key, &environment, Reach::Whole, Some(private.path())).unwrap();
        let path = dir.path().join("key");
        fs::write(&path, "sk-file\n").unwrap();
        let file = |path: &Path| Some(CredentialRef::File(path.to_str().unwrap().into()));
        let env = |name: &str| Some(CredentialRef::Env(name.into()));
        let find = |reference: Option<CredentialRef>| value(credentials.find("p", "https://a", reference.as_ref()));

        assert_eq!(find(env("KEY")), "value sk-env");
        assert_eq!(find(env("EMPTY")), "env EMPTY");
        assert_eq!(find(env("SMART_ROUTER_MASTER_KEY")), "env SMART_ROUTER_MASTER_KEY");
        assert_eq!(find(file(&path)), "value sk-file");
        assert_eq!(find(file(Path::new("/nowhere"))), "file /nowhere");
        let own = private.path().join("master.key");
        assert_eq!(find(file(&own)), "none", "no router opens what is refused here");
        let dots = dir.path().join("..").join(private.path().file_name().unwrap()).join("master.key");
        assert_eq!(find(file(&dots)), "none");
        assert_eq!(find(None), "none");
        assert_eq!(value(credentials.find("sealed", "https://a", None)), "value sk-sealed");
        assert_eq!(value(credentials.find("sealed", "https://b", None)), "none");
    }

    #[test]
    fn what_is_not_listed_is_neither_read_nor_passed_on_for_a_document_of_the_api() {
        let dir = tempfile::tempdir().unwrap();
        let key = MasterKey::load(None, None, Some(dir.path()), true).unwrap();
        let environment = Environment::table([("OPENAI_API_KEY", "sk-env"), ("OTHER", "sk-other")]);
        let credentials = Credentials::open(&[], &key, &environment, Reach::Listed, None).unwrap();
        let find = |reference: CredentialRef| value(credentials.find("p", "https://a", Some(&reference)));
        assert_eq!(find(CredentialRef::Env("OPENAI_API_KEY".into())), "value sk-env");
        assert_eq!(find(CredentialRef::Env("ABSENT_API_KEY".into())), "env ABSENT_API_KEY");
        assert_eq!(find(CredentialRef::Env("OTHER".into())), "none");
        assert_eq!(find(CredentialRef::File("/etc/hostname".into())), "none");
    }

    #[test]
    fn a_key_that_was_moved_to_another_provider_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let key = MasterKey::load(None, None, Some(dir.path()), true).unwrap();
        let sealed = key.seal(CREDENTIAL, "openai", &Secret::new("sk".into()));
        let row =
            StoredCredential { provider: "evil".into(), origin: None, sealed, set_ms: 1, set_by: "system".into() };
        assert!(Credentials::open(&[row], &key, &Environment::process(), Reach::Whole, None).is_err());
    }
}
