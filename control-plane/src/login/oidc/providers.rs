//! What providers say of themselves, kept for a while: where to send people, and which keys sign.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use control_plane_core::document::OidcProvider;
use openidconnect::{IssuerUrl, JsonWebKeySet, ProviderMetadataWithLogout};
use tokio::sync::Mutex as AsyncMutex;

use super::{
    LoginError,
    http_client::{HttpClient, is_safe},
};

/// How long it stands before it is asked for again.
const FRESH: Duration = Duration::from_hours(1);
/// How long it stands while the provider does not answer.
const STALE: Duration = Duration::from_hours(24);
/// How long a provider that has not answered is left alone.
const PAUSE: Duration = Duration::from_secs(1);
/// How often the keys are asked for because one is not known: whoever makes up names of keys does not make us ask each time.
const KEYS_AGAIN: Duration = Duration::from_secs(10);

/// What is known of providers. Cloning shares it.
#[derive(Clone)]
pub struct Providers {
    client: HttpClient,
    known: Arc<Mutex<HashMap<String, Known>>>,
    /// Who is asked just now, by issuer; and when one has failed.
    asking: Arc<Mutex<HashMap<String, Turn>>>,
}

/// Of all who want to know the same, one asks.
type Turn = Arc<AsyncMutex<Option<(Instant, String)>>>;

#[derive(Clone)]
struct Known {
    metadata: Arc<ProviderMetadataWithLogout>,
    since: Instant,
    keys_since: Instant,
}

impl Providers {
    /// Of nobody yet.
    pub fn new(client: HttpClient) -> Self {
        Self { client, known: Arc::default(), asking: Arc::default() }
    }

    /// What a provider says of itself.
    pub async fn metadata(&self, provider: &OidcProvider) -> Result<Arc<ProviderMetadataWithLogout>, LoginError> {
        let known = self.known().get(&provider.issuer).cloned();
        if let Some(known) = known.as_ref().filter(|it| it.since.elapsed() < FRESH) {
            return Ok(Arc::clone(&known.metadata));
        }
        let turn = self.turn(&provider.issuer);
        let mut failed = turn.lock().await;
        // Somebody else may have asked meanwhile.
        if let Some(known) = self.known().get(&provider.issuer).filter(|it| it.since.elapsed() < FRESH) {
            return Ok(Arc::clone(&known.metadata));
        }
        let found = match &*failed {
            Some((at, why)) if at.elapsed() < PAUSE => Err(LoginError::Down(why.clone())),
            _ => {
                let found = self.discover(provider).await;
                *failed = found.as_ref().err().map(|error| match error {
                    LoginError::Down(why) => (Instant::now(), why.clone()),
                    other => (Instant::now(), other.to_string()),
                });
                found
            }
        };
        match (found, known.filter(|it| it.since.elapsed() < STALE)) {
            (Ok(metadata), _) => {
                let now = Instant::now();
                let known = Known { metadata: Arc::clone(&metadata), since: now, keys_since: now };
                self.known().insert(provider.issuer.clone(), known);
                Ok(metadata)
            }
            (Err(error), Some(known)) => {
                tracing::warn!(provider = provider.id, %error, "an OpenID provider's metadata are those of before");
                Ok(known.metadata)
            }
            (Err(error), None) => Err(error),
        }
    }

    /// The same with its keys asked for anew, if that was not done a moment ago.
    pub async fn with_new_keys(&self, provider: &OidcProvider) -> Result<Arc<ProviderMetadataWithLogout>, LoginError> {
        let before = self.metadata(provider).await?;
        let may_ask = {
            let mut known = self.known();
            let known = known.get_mut(&provider.issuer).filter(|it| it.keys_since.elapsed() >= KEYS_AGAIN);
            known.map(|it| it.keys_since = Instant::now()).is_some()
        };
        if !may_ask {
            return Ok(before);
        }
        let keys = JsonWebKeySet::fetch_async(before.jwks_uri(), &self.client)
            .await
            .map_err(|error| down(provider, &error))?;
        let metadata = Arc::new((*before).clone().set_jwks(keys));
        if let Some(known) = self.known().get_mut(&provider.issuer) {
            known.metadata = Arc::clone(&metadata);
        }
        Ok(metadata)
    }

    async fn discover(&self, provider: &OidcProvider) -> Result<Arc<ProviderMetadataWithLogout>, LoginError> {
        let issuer = IssuerUrl::new(provider.issuer.clone()).map_err(|error| down(provider, &error))?;
        let metadata = ProviderMetadataWithLogout::discover_async(issuer, &self.client)
            .await
            .map_err(|error| down(provider, &error))?;
        // People are sent there, and the client's secret with them.
        let end = metadata.additional_metadata().end_session_endpoint.as_ref().map(|it| it.url().as_str());
        let token = metadata.token_endpoint().map(|it| it.url().as_str());
        let all = [Some(metadata.authorization_endpoint().url().as_str()), token, end];
        if let Some(unsafe_one) = all.into_iter().flatten().find(|it| !is_safe(it)) {
            return Err(LoginError::Down(format!("`{}` names {unsafe_one}, which is not https://", provider.issuer)));
        }
        Ok(Arc::new(metadata))
    }

    fn turn(&self, issuer: &str) -> Turn {
        let mut all = self.asking.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry(issuer.to_owned()).or_default())
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An error with all that led to it: the outermost says little.
pub fn down(provider: &OidcProvider, error: &dyn std::error::Error) -> LoginError {
    let mut text = format!("{}: {error}", provider.issuer);
    let mut at = error.source();
    while let Some(inner) = at {
        text = format!("{text}: {inner}");
        at = inner.source();
    }
    LoginError::Down(text)
}
