use std::time::Duration;

use control_plane_core::{Secret, document::OidcProvider};
use openidconnect::{
    AuthType, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointMaybeSet, EndpointNotSet, EndpointSet,
    Nonce, PkceCodeChallenge, PkceCodeVerifier, ProviderMetadataWithLogout, RedirectUrl, RequestTokenError, Scope,
    StandardErrorResponse,
    core::{
        CoreAuthPrompt, CoreAuthenticationFlow, CoreClient, CoreClientAuthMethod, CoreErrorResponseType,
        CoreTokenResponse,
    },
};
use serde_json::{Map, Value};

use super::{Identified, LoginError, Oidc, client_secret, id_token, providers::down};
use crate::{
    Reach,
    login::{BrowserSecret, Site},
    manage::Control,
};

type Client =
    CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;

/// A login that has begun with a provider.
pub struct Started {
    /// What comes back with the browser, and is good once.
    pub state: BrowserSecret,
    /// Where the browser is sent.
    pub address: String,
}

/// What a provider has sent a browser back with.
pub struct ProviderAnswer<'a> {
    /// What the browser has kept.
    pub browser: &'a BrowserSecret,
    /// What was sent with it.
    pub state: &'a BrowserSecret,
    /// The code, to be exchanged once.
    pub code: String,
    /// The person had to prove again who it is, after this time, in milliseconds since the Unix epoch.
    pub again_since_ms: Option<i64>,
}

/// Where a provider sends browsers back to.
pub fn callback(site: &Site, provider: &str) -> String {
    site.address(&format!("/login/oidc/{provider}/callback"))
}

/// Neither is kept: both follow from what the browser keeps and from what the provider sends back, which nobody has together
/// before the login is finished.
fn nonce(browser: &BrowserSecret, state: &BrowserSecret) -> String {
    browser.derive_text("nonce", state.expose())
}

fn verifier(browser: &BrowserSecret, state: &BrowserSecret) -> PkceCodeVerifier {
    PkceCodeVerifier::new(browser.derive_text("pkce", state.expose()))
}

/// What a provider is to ask the person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Prompt {
    /// What it finds right: nothing, if it knows.
    #[default]
    Usual,
    /// To prove who it is, even if it knows.
    Login,
    /// As whom: the account that it knows may not enter.
    SelectAccount,
}

impl Oidc {
    /// Begins a login.
    pub async fn start(
        &self,
        provider: &OidcProvider,
        site: &Site,
        browser: &BrowserSecret,
        prompt: Prompt,
    ) -> Result<Started, LoginError> {
        let metadata = self.providers.metadata(provider).await?;
        let client = client(provider, &metadata, None, site)?;
        let state = BrowserSecret::mint();
        let (sent_state, sent_nonce) = (state.expose().to_owned(), nonce(browser, &state));
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&verifier(browser, &state));
        let mut request = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                || CsrfToken::new(sent_state),
                || Nonce::new(sent_nonce),
            )
            .set_pkce_challenge(challenge);
        for scope in provider.scopes.iter().filter(|it| *it != "openid") {
            request = request.add_scope(Scope::new(scope.clone()));
        }
        request = match prompt {
            Prompt::Usual => request,
            Prompt::Login => request.add_prompt(CoreAuthPrompt::Login).set_max_age(Duration::ZERO),
            Prompt::SelectAccount => request.add_prompt(CoreAuthPrompt::SelectAccount),
        };
        let (address, _, _) = request.url();
        Ok(Started { state, address: address.into() })
    }

    /// Exchanges the code and says who it is.
    pub async fn finish(
        &self,
        control: &Control,
        (provider, reach): (&OidcProvider, Reach),
        site: &Site,
        answer: ProviderAnswer<'_>,
    ) -> Result<Identified, LoginError> {
        let metadata = self.providers.metadata(provider).await?;
        let secret = client_secret(control, reach, provider).await?;
        let client = client(provider, &metadata, secret.as_ref(), site)?;
        let tokens = client
            .exchange_code(AuthorizationCode::new(answer.code))
            .map_err(|error| down(provider, &error))?
            .set_pkce_verifier(verifier(answer.browser, answer.state))
            .request_async(&self.client)
            .await
            .map_err(|error| not_exchanged(provider, &error))?;
        let asked =
            id_token::LoginAsked { nonce: nonce(answer.browser, answer.state), again_since_ms: answer.again_since_ms };
        let read = match id_token::read(provider, &metadata, &tokens, &asked) {
            // The provider may have begun to sign with another key.
            Err(id_token::IdTokenFault::UnknownKey) => {
                let metadata = self.providers.with_new_keys(provider).await?;
                id_token::read(provider, &metadata, &tokens, &asked)
            }
            read => read,
        };
        let mut person = read.map_err(|fault| LoginError::Refused(fault.to_string()))?;
        if !person.claims.suffice(provider) {
            self.ask_more(provider, &metadata, &tokens, &mut person).await;
        }
        Ok(person)
    }

    /// Many providers keep an ID token short and tell the rest when asked. What is missing then gives nobody anything.
    async fn ask_more(
        &self,
        provider: &OidcProvider,
        metadata: &ProviderMetadataWithLogout,
        tokens: &CoreTokenResponse,
        person: &mut Identified,
    ) {
        use openidconnect::OAuth2TokenResponse as _;
        let Some(endpoint) = metadata.userinfo_endpoint() else { return };
        let request = http::Request::get(endpoint.url().as_str())
            .header(http::header::ACCEPT, "application/json")
            .header(http::header::AUTHORIZATION, format!("Bearer {}", tokens.access_token().secret()))
            .body(Vec::new());
        let Ok(request) = request else { return };
        let told = match self.client.ask(request).await {
            Ok(answer) if answer.status().is_success() => {
                serde_json::from_slice::<Map<String, Value>>(answer.body()).ok()
            }
            Ok(_) => None,
            Err(error) => {
                tracing::warn!(provider = provider.id, %error, "an OpenID provider did not say more of somebody");
                return;
            }
        };
        match told {
            // Of the same person, or of nobody (OpenID Connect Core 1.0, 5.3.2).
            Some(more) if more.get("sub").and_then(Value::as_str) == Some(&person.subject) => person.claims.add(more),
            _ => tracing::warn!(
                provider = provider.id,
                "what an OpenID provider said more of somebody is not as it should be"
            ),
        }
    }
}

fn client(
    provider: &OidcProvider,
    metadata: &ProviderMetadataWithLogout,
    secret: Option<&Secret>,
    site: &Site,
) -> Result<Client, LoginError> {
    let redirect = RedirectUrl::new(callback(site, &provider.id)).map_err(|error| down(provider, &error))?;
    let secret = secret.map(|it| ClientSecret::new(it.expose().to_owned()));
    let client =
        CoreClient::from_provider_metadata(metadata.clone(), ClientId::new(provider.client_id.clone()), secret);
    let basic = metadata
        .token_endpoint_auth_methods_supported()
        .is_none_or(|it| it.contains(&CoreClientAuthMethod::ClientSecretBasic));
    let how = if basic { AuthType::BasicAuth } else { AuthType::RequestBody };
    Ok(client.set_auth_type(how).set_redirect_uri(redirect))
}

fn not_exchanged<E: std::error::Error + 'static>(
    provider: &OidcProvider,
    error: &RequestTokenError<E, StandardErrorResponse<CoreErrorResponseType>>,
) -> LoginError {
    match error {
        RequestTokenError::ServerResponse(answer) => {
            LoginError::Refused(format!("the code is not exchanged: {}", answer.error()))
        }
        RequestTokenError::Parse(..) => LoginError::Refused("the answer to the code is not as it should be".to_owned()),
        RequestTokenError::Request(error) => down(provider, error),
        RequestTokenError::Other(why) => LoginError::Refused(why.clone()),
    }
}
