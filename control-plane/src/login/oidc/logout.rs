//! Logging out: with a provider when the person does here, and here when the person did there.

use control_plane_core::{
    document::OidcProvider,
    login::{Expected, LogoutToken},
};
use url::Url;

use super::{LoginError, Oidc, jws};
use crate::{clock::now_ms, login::Site};

/// OpenID Connect Back-Channel Logout 1.0, 2.4: `logout+jwt`; older providers say `JWT`.
const TYPES: [&str; 2] = ["logout+jwt", "JWT"];
/// More than any message of a logout.
const LONGEST: usize = 16 * 1024;

/// Where a provider sends browsers after a logout.
pub const LOGGED_OUT: &str = "/login/logged-out";

impl Oidc {
    /// Where the browser goes to log out with its provider, too; `None`: the provider has no place for it, or is not there.
    pub async fn logout_address(&self, provider: &OidcProvider, site: &Site, id_token: Option<&str>) -> Option<String> {
        let metadata = self.providers.metadata(provider).await.ok()?;
        let end = metadata.additional_metadata().end_session_endpoint.as_ref()?;
        let mut address: Url = end.url().clone();
        {
            let mut query = address.query_pairs_mut();
            if let Some(token) = id_token {
                query.append_pair("id_token_hint", token);
            }
            query.append_pair("client_id", &provider.client_id);
            query.append_pair("post_logout_redirect_uri", &site.address(LOGGED_OUT));
        }
        Some(address.into())
    }

    /// Reads what a provider sends when somebody has logged out there.
    pub async fn logout_token(&self, provider: &OidcProvider, message: &str) -> Result<LogoutToken, LoginError> {
        if message.len() > LONGEST {
            return Err(LoginError::Refused("the logout token is too long".to_owned()));
        }
        let metadata = self.providers.metadata(provider).await?;
        let read = match jws::verify(message, &TYPES, metadata.jwks()) {
            Err(jws::MessageFault::UnknownKey) => {
                let metadata = self.providers.with_new_keys(provider).await?;
                jws::verify(message, &TYPES, metadata.jwks())
            }
            read => read,
        };
        let claims = read.map_err(|fault| LoginError::Refused(format!("the logout token: {fault}")))?;
        let expected = Expected { issuer: &provider.issuer, client_id: &provider.client_id, now_ms: now_ms() };
        LogoutToken::read(&claims, expected).map_err(|why| LoginError::Refused(format!("the logout token: {why}")))
    }
}
