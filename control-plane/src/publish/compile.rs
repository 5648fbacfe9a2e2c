use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use control_plane_core::{Document, canonical};
use proto::v1::Resource;

use super::{
    error::CompileError,
    seal_key,
    to_proto::{self, Secrets},
};
use crate::{
    Reach,
    manage::{
        self, Control,
        outside::{self, Lack, Outside},
    },
    secrets::{CredentialSource, key_check},
    store::{
        ReadTx, StoreError, config,
        credential::{self, StoredCredential},
        outside_secret::{self, StoredOutside},
        revision, token,
    },
};

/// What a snapshot is made of.
pub(super) struct Compiled {
    pub version: u64,
    /// Sorted by key. Those that did not change are the very ones of the snapshot before.
    pub resources: Vec<Arc<Resource>>,
    /// What could not be had, and is left out or older than it should be.
    pub lacks: Vec<Lack>,
    /// The secrets are those of before the database's master key was replaced: they may be older than other replicas' are.
    pub other_master_key: bool,
}

/// Compiles states of the database, each from what has changed since the one before: the document when another is in force or
/// a secret has changed, and the tokens that are new or other.
#[derive(Default)]
pub(super) struct Compiler {
    configuration: Option<Configuration>,
    tokens: TokenTable,
}

/// A document, and what was made of it.
struct Configuration {
    version: u64,
    document: Document,
    reach: Reach,
    callers: HashSet<String>,
    /// `None`: nothing was made of it yet.
    secrets: Option<Secrets>,
    /// Sorted by key.
    resources: Vec<Arc<Resource>>,
}

/// All tokens up to a version, with the caller of each, by id.
#[derive(Default)]
struct TokenTable {
    version: u64,
    by_id: BTreeMap<String, (String, Arc<Resource>)>,
}

impl Compiler {
    /// Compiles the database's state; `None`: it holds no configuration yet, or was changed by what was found here.
    pub(super) async fn compile(&mut self, control: &Control) -> Result<Option<Compiled>, CompileError> {
        let mut tx = control.store.read_consistent().await?;
        let version = revision::current(tx.connection()).await?;
        if version < self.tokens.version {
            // An older copy of the database was restored.
            *self = Self::default();
        }
        let Some(in_force) = config::latest_version(tx.connection()).await? else { return Ok(None) };
        let known = self.configuration.as_ref().is_some_and(|known| known.version == in_force);
        let stored = if known { None } else { config::latest(tx.connection()).await? };
        let sealed = credential::all(tx.connection()).await?;
        let told = outside_secret::all(tx.connection()).await?;
        let key_check = credential::key_check(tx.connection()).await?;
        self.tokens.read(&mut tx, version).await?;
        let reach = match &stored {
            Some(stored) => Some(manage::config::reach(tx.connection(), &stored.about).await?),
            None => None,
        };
        drop(tx);
        if key_check.is_some_and(|sealed| !key_check::opens(&sealed, &control.master_key)) {
            return self.with_old_secrets(version, in_force).map(Some);
        }
        if let Some((stored, reach)) = stored.zip(reach) {
            let before = self.configuration.take().map(|it| it.resources).unwrap_or_default();
            self.configuration = Some(Configuration::read(in_force, &stored.document, reach, before)?);
        }
        let Some(configuration) = &mut self.configuration else { return Ok(None) };
        let Some(lacks) = configuration.compile(control, version, &sealed, &told).await? else { return Ok(None) };
        let tokens = self.tokens.of(&configuration.callers);
        let resources = merged(&configuration.resources, tokens);
        Ok(Some(Compiled { version, resources, lacks, other_master_key: false }))
    }

    /// What has changed of tokens, with the secrets that were opened before the database's master key was replaced: nothing is
    /// opened, sealed or told under a key that is the database's no more.
    fn with_old_secrets(&self, version: u64, in_force: u64) -> Result<Compiled, CompileError> {
        let ready = |it: &&Configuration| it.version == in_force && it.secrets.is_some();
        let configuration = self.configuration.as_ref().filter(ready).ok_or(CompileError::OtherMasterKey)?;
        let tokens = self.tokens.of(&configuration.callers);
        let lack = Lack { what: "the master key".to_owned(), why: CompileError::OtherMasterKey.to_string() };
        let resources = merged(&configuration.resources, tokens);
        Ok(Compiled { version, resources, lacks: vec![lack], other_master_key: true })
    }
}

impl Configuration {
    fn read(version: u64, document: &str, reach: Reach, resources: Vec<Arc<Resource>>) -> Result<Self, CompileError> {
        let document = canonical::from_json(document)
            .map_err(|error| CompileError::Document { version, reason: error.to_string() })?;
        let callers = document.callers.iter().map(|it| it.id.clone()).collect();
        Ok(Self { version, document, reach, callers, secrets: None, resources })
    }

    /// Makes resources of the document, unless that was done and no secret has changed since. `None`: what was found here has
    /// made a new version.
    async fn compile(
        &mut self,
        control: &Control,
        version: u64,
        sealed: &[StoredCredential],
        told: &[StoredOutside],
    ) -> Result<Option<Vec<Lack>>, CompileError> {
        let found = outside::look(control, &self.document, self.reach).await;
        if outside::tell(control, &found, told, version).await? {
            return Ok(None);
        }
        let outside = Outside::of(control, &found, told);
        let (secrets, lacks) = Secrets::resolve(&self.document, outside, control, sealed).await?;
        if self.secrets.as_ref() == Some(&secrets) {
            return Ok(Some(lacks));
        }
        let new = to_proto::document(&self.document, &secrets).into_iter().map(Arc::new);
        let old: HashMap<&str, &Arc<Resource>> = self.resources.iter().map(|it| (it.key.as_str(), it)).collect();
        let kept = |new: Arc<Resource>| match old.get(new.key.as_str()) {
            Some(old) if old.digest == new.digest => Arc::clone(old),
            _ => new,
        };
        self.resources = new.map(kept).collect();
        self.secrets = Some(secrets);
        Ok(Some(lacks))
    }
}

impl Secrets {
    /// What cannot be had is nobody's trouble but its own: the rest is published.
    async fn resolve(
        document: &Document,
        outside: Outside,
        control: &Control,
        sealed: &[StoredCredential],
    ) -> Result<(Self, Vec<Lack>), CompileError> {
        let sealed = control.credentials(sealed);
        let Outside { keys: mut credentials, shared_state: valkey_url, mut lacks } = outside;
        for (id, it) in document.providers.iter().filter(|(_, it)| it.credential.is_none()) {
            match sealed.find(id, &it.origin()) {
                Ok(None) => {}
                Ok(Some(key)) => drop(credentials.insert(id.clone(), CredentialSource::Value(key))),
                Err(why) => {
                    lacks.push(Lack { what: format!("providers.{id}"), why: why.to_owned() });
                    credentials.insert(id.clone(), CredentialSource::Nowhere);
                }
            }
        }
        let mut seal_key = None;
        if document.settings.responses_store.enabled {
            match seal_key::responses(control).await {
                Ok(key) => seal_key = Some(key),
                Err(CompileError::SealKey(unsealable)) => lacks.push(Lack {
                    what: "settings.responses_store".to_owned(),
                    why: format!("its key: {unsealable}; answers are not kept"),
                }),
                Err(error) => return Err(error),
            }
        }
        let owner_key = match seal_key::owners(control).await {
            Ok(key) => key,
            Err(CompileError::SealKey(unsealable)) => {
                let why =
                    format!("it cannot be opened ({unsealable}); responses that providers keep are not found again");
                lacks.push(Lack { what: "the key of owners' marks".to_owned(), why });
                seal_key::owners_of_now(control).await?
            }
            Err(error) => return Err(error),
        };
        Ok((Self { credentials, seal_key, owner_key: Some(owner_key), valkey_url }, lacks))
    }
}

impl TokenTable {
    /// Reads what has come since.
    async fn read(&mut self, tx: &mut ReadTx, version: u64) -> Result<(), StoreError> {
        // Tokens of before there were versions of tokens have 0.
        let changed = if self.version == 0 {
            token::all(tx.connection()).await?
        } else {
            token::changed_since(tx.connection(), self.version).await?
        };
        for token in changed {
            let resource = Arc::new(to_proto::token(&token));
            self.by_id.insert(token.id, (token.caller, resource));
        }
        self.version = version;
        Ok(())
    }

    /// Those of callers that there are, in the order of their keys.
    fn of(&self, callers: &HashSet<String>) -> impl Iterator<Item = &Arc<Resource>> {
        self.by_id.values().filter(|(caller, _)| callers.contains(caller)).map(|(_, resource)| resource)
    }
}

/// Two lists in the order of their keys as one.
fn merged<'a>(document: &'a [Arc<Resource>], tokens: impl Iterator<Item = &'a Arc<Resource>>) -> Vec<Arc<Resource>> {
    let mut all: Vec<Arc<Resource>> = document.iter().chain(tokens).cloned().collect();
    // Both are runs that are sorted already: this merges them.
    all.sort_by(|a, b| a.key.cmp(&b.key));
    all
}
