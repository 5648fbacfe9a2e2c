use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use control_plane_core::{
    ConfigMode,
    variables::{Surroundings, Use},
};
use tokio::sync::Semaphore;

use super::ManageError;
use crate::{
    Environment, Reach,
    secrets::{Credentials, KeyFiles, MasterKey, is_private, key_check},
    store::{
        Store, Tx,
        credential::{self, StoredCredential},
    },
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
    /// How `credential: {file: …}` is read.
    pub key_files: KeyFiles,
    /// Where the control plane's own secrets are: no provider's key is read from there.
    pub private_dir: Option<PathBuf>,
    /// How many documents are looked at, at once.
    pub documents: Documents,
    /// Where the truth of the configuration is.
    pub config_mode: ConfigMode,
}

/// Large documents take a while, which is nobody's else: they are looked at on threads of their own, a few at a time.
#[derive(Clone)]
pub struct Documents(Arc<Semaphore>);

impl Default for Documents {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

/// As many as leave a small machine a processor.
const AT_ONCE: usize = 2;

impl Control {
    /// Does something with a document, in its turn and where it holds up nobody. It is done to its end even when nobody waits for it
    /// any more, so that whoever goes away makes no room for more.
    pub async fn aside<T: Send + 'static>(&self, act: impl FnOnce() -> T + Send + 'static) -> Result<T, ManageError> {
        let turn = Arc::clone(&self.documents.0).acquire_owned().await.map_err(|_| ManageError::Broken)?;
        let acting = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            act()
        });
        acting.await.map_err(|error| {
            tracing::error!(%error, "a document was not looked at to its end");
            ManageError::Broken
        })
    }

    /// The keys of providers that are sealed.
    pub fn credentials(&self, sealed: &[StoredCredential]) -> Credentials {
        Credentials::open(sealed, &self.master_key)
    }

    /// The master key, to seal something with in this transaction, as long as it is the database's.
    pub async fn sealing_key(&self, tx: &mut Tx) -> Result<&MasterKey, ManageError> {
        let check = credential::key_check(tx.connection()).await?;
        if check.is_none_or(|sealed| key_check::opens(&sealed, &self.master_key)) {
            return Ok(&self.master_key);
        }
        Err(ManageError::Conflict(
            "the master key of the database has been replaced since this control plane was started: start it with the new one"
                .to_owned(),
        ))
    }

    /// Why something is not open to a document; `None`: it is.
    pub fn refusal(&self, reach: Reach, asked: Use<'_>) -> Option<String> {
        match asked {
            Use::File(path) if is_private(Path::new(path), self.private_dir.as_deref()) => {
                Some("this file is the control plane's own, and never sent to a provider".to_owned())
            }
            _ if reach == Reach::Whole => None,
            _ => self.environment.refusal(asked),
        }
    }

    /// Does something with what is open to a document.
    pub fn within<T>(&self, reach: Reach, act: impl FnOnce(&Surroundings<'_>) -> T) -> T {
        let env = |name: &str| self.environment.get(name);
        let refusal = |asked: Use<'_>| self.refusal(reach, asked);
        act(&Surroundings { env: if reach == Reach::Names { None } else { Some(&env) }, refusal: &refusal })
    }
}
