//! A signed message of a provider that is no ID token.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use openidconnect::{
    JsonWebKey, JsonWebKeyAlgorithm, JsonWebKeySet, JsonWebKeyUse,
    core::{CoreJsonWebKey, CoreJwsSigningAlgorithm},
};
use serde::Deserialize;
use serde_json::{Map, Value};

/// Signatures that providers make with a key that they alone have: never `none`, and never a shared secret.
pub const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// What is wrong with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MessageFault {
    /// No key is known that could have signed it.
    #[error("it is signed with a key that the provider does not publish")]
    UnknownKey,
    /// Something else.
    #[error("{0}")]
    Other(&'static str),
}

#[derive(Deserialize)]
struct Head {
    alg: CoreJwsSigningAlgorithm,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<Value>,
    cty: Option<Value>,
}

/// The claims of a message with one of these types that one of these keys has signed.
pub fn verify(
    message: &str,
    types: &[&str],
    keys: &JsonWebKeySet<CoreJsonWebKey>,
) -> Result<Map<String, Value>, MessageFault> {
    let broken = MessageFault::Other("it is no signed message");
    let [head, payload, signature] = message.split('.').collect::<Vec<_>>()[..] else { return Err(broken) };
    let decode = |text: &str| BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| broken);
    let read: Head = serde_json::from_slice(&decode(head)?).map_err(|_| broken)?;
    if !ALGORITHMS.contains(&read.alg) {
        return Err(MessageFault::Other("its signature is of a kind that anybody could make"));
    }
    let is_known =
        |typ: &String| types.iter().any(|it| typ.trim_start_matches("application/").eq_ignore_ascii_case(it));
    if read.crit.is_some() || read.cty.is_some() || !read.typ.as_ref().is_none_or(is_known) {
        return Err(MessageFault::Other("it is of another type"));
    }
    let signed = &message[..head.len() + 1 + payload.len()];
    let signature = decode(signature)?;
    let fits = |key: &&CoreJsonWebKey| {
        let named = read.kid.as_ref().is_none_or(|kid| key.key_id().is_some_and(|it| it.as_str() == kid));
        let signs = key.key_use().is_none_or(JsonWebKeyUse::allows_signature);
        let kind = match key.signing_alg() {
            JsonWebKeyAlgorithm::Algorithm(alg) => *alg == read.alg,
            JsonWebKeyAlgorithm::Unspecified => true,
            JsonWebKeyAlgorithm::Unsupported => false,
        };
        named && signs && kind
    };
    let fitting: Vec<&CoreJsonWebKey> = keys.keys().iter().filter(fits).collect();
    if fitting.is_empty() {
        return Err(MessageFault::UnknownKey);
    }
    if !fitting.iter().any(|key| key.verify_signature(&read.alg, signed.as_bytes(), &signature).is_ok()) {
        return Err(MessageFault::Other("its signature is wrong"));
    }
    serde_json::from_slice(&decode(payload)?).map_err(|_| broken)
}
