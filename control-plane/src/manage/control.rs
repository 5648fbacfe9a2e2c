use std::{path::PathBuf, sync::Arc};

use crate::{
    Environment,
    secrets::{Credentials, MasterKey, Unsealable},
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
    /// Where the keys of providers are found, given the sealed ones.
    pub fn credentials(&self, sealed: &[StoredCredential]) -> Result<Credentials, Unsealable> {
        Credentials::open(sealed, &self.master_key, &self.environment, self.private_dir.as_deref())
    }
}
