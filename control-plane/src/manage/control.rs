use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use control_plane_core::variables::{Surroundings, Use};

use crate::{
    Environment, Reach,
    secrets::{Credentials, MasterKey, Unsealable, is_private},
    store::{Store, credential::StoredCredential},
};

/// What every administrative act needs. Cloning shares it.
#[derive(Clone)]
pub struct Control {
    /// The database.
    pub store: Store,
    /// Under which provider keys are sealed.
    pub master_key: Arc<MasterKey>,
    /// Where `${VAR}` and `credential: {env: …}` are looked up.
    pub environment: Environment,
    /// Where the control plane's own secrets are: no provider's key is read from there.
    pub private_dir: Option<PathBuf>,
}

impl Control {
    /// Where the keys of a document's providers are found, given the sealed ones.
    pub fn credentials(&self, sealed: &[StoredCredential], reach: Reach) -> Result<Credentials, Unsealable> {
        Credentials::open(sealed, &self.master_key, &self.environment, reach, self.private_dir.as_deref())
    }

    /// Does something with what is open to a document.
    pub fn within<T>(&self, reach: Reach, act: impl FnOnce(&Surroundings<'_>) -> T) -> T {
        let env = |name: &str| self.environment.get(name);
        let private = self.private_dir.as_deref();
        let refusal = |asked: Use<'_>| match asked {
            Use::File(path) if is_private(Path::new(path), private) => {
                Some("this file is the control plane's own, and never sent to a provider".to_owned())
            }
            _ if reach == Reach::Whole => None,
            _ => self.environment.refusal(asked),
        };
        act(&Surroundings { env: if reach == Reach::Names { None } else { Some(&env) }, refusal: &refusal })
    }
}
