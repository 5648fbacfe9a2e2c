//! Whether a call comes from the router that joined: its own key has signed it, lately, and once.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use ring::signature::{ED25519, UnparsedPublicKey};

/// What is signed begins with this. Routers have the same.
const PURPOSE: &str = "smart-router/node-proof/v1";
/// How far the clocks may differ; a proof is remembered for as long.
const AGE_MS: i64 = 300_000;
/// Remembered proofs that are looked through for old ones.
const MANY: usize = 4096;

/// Proofs that were seen. Cloning shares them.
#[derive(Clone, Default)]
pub(super) struct Proofs(Arc<Mutex<HashMap<String, i64>>>);

/// Why a proof does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ProofRefused {
    /// There is none, or another key made it: somebody else has the credential.
    Foreign,
    /// It is too old or too new: the clocks differ.
    Stale,
    /// It came before: somebody repeats what they heard.
    Repeated,
}

impl Proofs {
    /// Checks `<milliseconds>.<random>.<signature>`.
    pub fn check(&self, node: &str, public_key: &[u8], proof: Option<&str>, now_ms: i64) -> Result<(), ProofRefused> {
        let (said, signature) = proof.and_then(|it| it.rsplit_once('.')).ok_or(ProofRefused::Foreign)?;
        let signature = BASE64_STANDARD.decode(signature).map_err(|_| ProofRefused::Foreign)?;
        UnparsedPublicKey::new(&ED25519, public_key)
            .verify(format!("{PURPOSE}\n{node}\n{said}").as_bytes(), &signature)
            .map_err(|_| ProofRefused::Foreign)?;
        let at_ms: i64 = said.split('.').next().and_then(|it| it.parse().ok()).ok_or(ProofRefused::Foreign)?;
        if at_ms.abs_diff(now_ms) > AGE_MS.unsigned_abs() {
            return Err(ProofRefused::Stale);
        }
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= MANY {
            // One that is this old is stale, if it comes again.
            seen.retain(|_, at| at.abs_diff(now_ms) <= AGE_MS.unsigned_abs());
        }
        match seen.insert(format!("{node}.{said}"), at_ms) {
            None => Ok(()),
            Some(_) => Err(ProofRefused::Repeated),
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use ring::{
        rand::SystemRandom,
        signature::{Ed25519KeyPair, KeyPair},
    };

    use super::*;

    const NOW: i64 = 1_800_000_000_000;

    fn key() -> Ed25519KeyPair {
        Ed25519KeyPair::from_pkcs8(Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap().as_ref()).unwrap()
    }

    fn proof(key: &Ed25519KeyPair, node: &str, at_ms: i64, random: &str) -> String {
        let said = format!("{at_ms}.{random}");
        let signature = key.sign(format!("{PURPOSE}\n{node}\n{said}").as_bytes());
        format!("{said}.{}", BASE64_STANDARD.encode(signature.as_ref()))
    }

    #[test]
    fn only_the_nodes_own_key_proves_and_each_proof_once() {
        let (own, other, proofs) = (key(), key(), Proofs::default());
        let check = |proof: Option<&str>| proofs.check("n", own.public_key().as_ref(), proof, NOW);
        let good = proof(&own, "n", NOW, "a");
        assert_eq!(check(Some(&good)), Ok(()));
        assert_eq!(check(Some(&good)), Err(ProofRefused::Repeated));
        assert_eq!(check(Some(&proof(&own, "n", NOW - AGE_MS, "b"))), Ok(()));
        for stale in [NOW - AGE_MS - 1, NOW + AGE_MS + 1] {
            assert_eq!(check(Some(&proof(&own, "n", stale, "c"))), Err(ProofRefused::Stale));
        }
        for foreign in
            [proof(&other, "n", NOW, "d"), proof(&own, "m", NOW, "d"), String::new(), "1.2".into(), "1.2.=".into()]
        {
            assert_eq!(check(Some(&foreign)), Err(ProofRefused::Foreign), "{foreign}");
        }
        assert_eq!(check(None), Err(ProofRefused::Foreign));
        for count in 0..2 * MANY {
            assert_eq!(check(Some(&proof(&own, "n", NOW, &format!("x{count}")))), Ok(()));
        }
        let later = proofs.check(
            "n",
            own.public_key().as_ref(),
            Some(&proof(&own, "n", NOW + 2 * AGE_MS, "y")),
            NOW + 2 * AGE_MS,
        );
        assert_eq!(later, Ok(()));
        assert_eq!(proofs.0.lock().unwrap().len(), 1, "old ones are forgotten");
    }
}
