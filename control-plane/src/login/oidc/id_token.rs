//! What an ID token must say (OpenID Connect Core 1.0, 3.1.3.7).

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use control_plane_core::{Secret, document::OidcProvider, login::Claims};
use openidconnect::{
    AccessTokenHash, ClaimsVerificationError, ClientId, Nonce, OAuth2TokenResponse, ProviderMetadataWithLogout,
    SignatureVerificationError, TokenResponse,
    core::{CoreIdToken, CoreIdTokenVerifier, CoreTokenResponse},
};
use serde_json::{Map, Value};

use super::{Identified, jws::ALGORITHMS};
use crate::clock::now_ms;

/// How far clocks may be apart, in seconds.
const SKEW_S: i64 = 60;
/// As long as a subject may be, in characters of ASCII (OpenID Connect Core 1.0, 2).
const LONGEST_SUBJECT: usize = 255;
/// How old it may be, in seconds: it was made a moment ago.
const OLDEST_S: i64 = 600;

/// What a login has asked for.
pub struct LoginAsked {
    /// What ties the token to this login.
    pub nonce: String,
    /// The person had to prove again who it is, after this time.
    pub again_since_ms: Option<i64>,
}

/// What is wrong with a token.
#[derive(Debug, thiserror::Error)]
pub enum IdTokenFault {
    /// No key is known that could have signed it.
    #[error("the ID token is signed with a key that the provider does not publish")]
    UnknownKey,
    /// Something else.
    #[error("{0}")]
    Other(String),
}

fn fault(what: impl Into<String>) -> IdTokenFault {
    IdTokenFault::Other(what.into())
}

/// Verifies what came for a code.
pub fn read(
    provider: &OidcProvider,
    metadata: &ProviderMetadataWithLogout,
    tokens: &CoreTokenResponse,
    asked: &LoginAsked,
) -> Result<Identified, IdTokenFault> {
    let token = tokens.id_token().ok_or_else(|| fault("there is no ID token"))?;
    let verifier = verifier(provider, metadata, asked.again_since_ms);
    let claims = token.claims(&verifier, &Nonce::new(asked.nonce.clone())).map_err(|error| match error {
        ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey) => {
            IdTokenFault::UnknownKey
        }
        error => fault(format!("the ID token: {error}")),
    })?;
    if let Some(hash) = claims.access_token_hash() {
        let of_ours = hash_of(token, &verifier, tokens).ok_or_else(|| fault("the access token has no hash"))?;
        if of_ours != *hash {
            return Err(fault("the access token is another than the ID token's"));
        }
    }
    let subject = claims.subject().as_str().to_owned();
    if !is_subject(&subject) {
        return Err(fault("the ID token's `sub` is none: it has 1 to 255 printable characters of ASCII"));
    }
    let authenticated_ms = claims.auth_time().map(|at| at.timestamp_millis().min(now_ms()));
    let text = token.to_string();
    let all = claims_of(&text).ok_or_else(|| fault("the ID token cannot be read"))?;
    // Whom the token was made for, where that is said; other audiences were refused.
    if all.get("azp").is_some_and(|it| *it != *provider.client_id) {
        return Err(fault("the ID token was made for another party"));
    }
    if all.get("nbf").and_then(Value::as_f64).is_some_and(|it| it as i64 > now_ms() / 1000 + SKEW_S) {
        return Err(fault("the ID token is not valid yet"));
    }
    let session = all.get("sid").and_then(Value::as_str).map(str::to_owned);
    Ok(Identified { subject, session, authenticated_ms, claims: Claims::of(all), id_token: Secret::new(text) })
}

/// It stands in records, and on terminals.
fn is_subject(text: &str) -> bool {
    (1..=LONGEST_SUBJECT).contains(&text.len()) && text.bytes().all(|it| matches!(it, b' '..=b'~'))
}

fn verifier<'a>(
    provider: &OidcProvider,
    metadata: &ProviderMetadataWithLogout,
    again_since_ms: Option<i64>,
) -> CoreIdTokenVerifier<'a> {
    let client = ClientId::new(provider.client_id.clone());
    // A public client's verifier has no shared secret, so that nobody signs with one (`HS256`).
    CoreIdTokenVerifier::new_public_client(client, metadata.issuer().clone(), metadata.jwks().clone())
        .set_allowed_algs(ALGORITHMS)
        .set_issue_time_verifier_fn(|at| {
            let age = now_ms() / 1000 - at.timestamp();
            if (-SKEW_S..=OLDEST_S).contains(&age) { Ok(()) } else { Err(format!("it is {age} seconds old")) }
        })
        .set_auth_time_verifier_fn(move |at| {
            let Some(since_ms) = again_since_ms else { return Ok(()) };
            let again = at.is_some_and(|at| at.timestamp() >= since_ms / 1000 - SKEW_S);
            if again { Ok(()) } else { Err("the provider did not ask the person again".to_owned()) }
        })
}

fn hash_of(
    token: &CoreIdToken,
    verifier: &CoreIdTokenVerifier<'_>,
    tokens: &CoreTokenResponse,
) -> Option<AccessTokenHash> {
    let (algorithm, key) = (token.signing_alg().ok()?, token.signing_key(verifier).ok()?);
    AccessTokenHash::from_token(tokens.access_token(), algorithm, key).ok()
}

/// Claims of a verified token, by its text.
fn claims_of(token: &str) -> Option<Map<String, Value>> {
    let payload = token.split('.').nth(1)?;
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_short_and_printable() {
        for good in ["7", "auth0|5f7c", "ana@example.com", &"x".repeat(255)] {
            assert!(is_subject(good), "{good}");
        }
        for bad in ["", &"x".repeat(256), "a\nb", "a\u{1b}[31m", "\u{7f}", "zoë"] {
            assert!(!is_subject(bad), "{bad:?}");
        }
    }
}
