//! OpenID Connect: the authorisation code flow with PKCE, and logging out on both sides.

mod code_flow;
mod http_client;
mod id_token;
mod jws;
mod logout;
mod providers;

use control_plane_core::{
    Secret,
    document::OidcProvider,
    login::{Claims, NotAdmitted},
};

use self::{http_client::HttpClient, providers::Providers};
use crate::{
    Reach,
    manage::{Control, outside},
};

pub use code_flow::{Prompt, ProviderAnswer};
pub use logout::LOGGED_OUT;

/// Asks providers on behalf of people who log in. Cloning shares what is known of them.
#[derive(Clone)]
pub struct Oidc {
    client: HttpClient,
    providers: Providers,
}

/// Somebody whom a provider has identified.
pub struct Identified {
    /// What it calls the person, for ever.
    pub subject: String,
    /// Its own session.
    pub session: Option<String>,
    /// When the person proved who it is, as far as the provider says so.
    pub authenticated_ms: Option<i64>,
    /// What it says of the person.
    pub claims: Claims,
    /// The whole token, to be shown to it again when the person logs out.
    pub id_token: Secret,
}

/// Why nobody was logged in.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// The provider, or what this installation must know of it, is not there. Why is for the log.
    #[error("the OpenID provider cannot be asked: {0}")]
    Down(String),
    /// What came is not what was asked for. Why is for the log.
    #[error("the login is refused: {0}")]
    Refused(String),
    /// The provider, or the person there, said no.
    #[error("the provider did not log anybody in: {0}")]
    Declined(String),
    /// The person is known, and may not enter.
    #[error(transparent)]
    NotAdmitted(#[from] NotAdmitted),
}

impl LoginError {
    /// Its name in metrics.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Down(_) => "provider-down",
            Self::Refused(_) => "refused",
            Self::Declined(_) => "declined",
            Self::NotAdmitted(refusal) => refusal.as_str(),
        }
    }
}

impl Oidc {
    /// Knows nobody yet.
    pub fn new() -> Self {
        let client = HttpClient::new();
        Self { providers: Providers::new(client.clone()), client }
    }
}

/// The client's secret, from where the configuration says; `None`: a public client.
async fn client_secret(control: &Control, reach: Reach, provider: &OidcProvider) -> Result<Option<Secret>, LoginError> {
    let Some(reference) = &provider.client_secret else { return Ok(None) };
    let found = outside::secret(control, reach, reference).await;
    found.map(Some).map_err(|why| LoginError::Down(format!("its `client_secret`: {why}")))
}
