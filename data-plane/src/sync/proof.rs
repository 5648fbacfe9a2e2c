//! Proof that this router is the one that joined: a key that was made here and is never sent signs every call, so that a
//! credential that was copied opens nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use data_plane_core::config::Secret;
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair as _};

use crate::clock;

/// What is signed begins with this, so that it means nothing elsewhere. The control plane has the same.
const PURPOSE: &str = "smart-router/node-proof/v1";

/// The same of what asks for a new credential.
#[cfg(not(feature = "frozen-contract"))]
const ROTATION: &str = "smart-router/node-rotation/v1";

/// Clocks that differ by so much are told of.
const WORTH_TELLING_S: u64 = 5;

/// A key pair of this node. It cannot be printed.
#[derive(Clone)]
pub(super) struct NodeKey {
    /// PKCS #8, in base64: what is kept on the disk.
    pub kept: Secret,
    pair: Arc<Ed25519KeyPair>,
}

impl NodeKey {
    /// A new one.
    pub(super) fn generate() -> Self {
        let made =
            Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("the operating system gives random bytes");
        let kept = Secret::new(BASE64_STANDARD.encode(made.as_ref()));
        Self::read(kept).expect("it was just made")
    }

    /// One that was kept; `None`: it is damaged.
    pub(super) fn read(kept: Secret) -> Option<Self> {
        let bytes = BASE64_STANDARD.decode(kept.expose()).ok()?;
        let pair = Ed25519KeyPair::from_pkcs8(&bytes).ok()?;
        Some(Self { kept, pair: Arc::new(pair) })
    }

    /// What the control plane is told.
    #[cfg(not(feature = "frozen-contract"))]
    pub(super) fn public_bytes(&self) -> Vec<u8> {
        self.pair.public_key().as_ref().to_vec()
    }

    /// Proof that who asks for a credential for this key has it.
    #[cfg(not(feature = "frozen-contract"))]
    pub(super) fn prove_for(&self, node_id: &str) -> Vec<u8> {
        self.pair.sign(format!("{ROTATION}\n{node_id}\n{}", self.public()).as_bytes()).as_ref().to_vec()
    }

    /// What the control plane is told, in base64.
    pub(super) fn public(&self) -> String {
        BASE64_STANDARD.encode(self.pair.public_key().as_ref())
    }
}

/// Signs calls. Clones share what is known of the control plane's clock.
#[derive(Clone)]
pub(super) struct Prover {
    key: NodeKey,
    node_id: String,
    /// How far the control plane's clock is ahead, in milliseconds.
    ahead_ms: Arc<AtomicI64>,
}

impl Prover {
    pub(super) fn new(key: NodeKey, node_id: &str) -> Self {
        Self { key, node_id: node_id.to_owned(), ahead_ms: Arc::default() }
    }

    /// `<milliseconds>.<random>.<signature>`, for one call.
    pub(super) fn prove(&self) -> String {
        let at_ms = clock::now_ms().saturating_add(self.ahead_ms.load(Ordering::Relaxed));
        let said = format!("{at_ms}.{:032x}", clock::random_bits());
        let signature = self.key.pair.sign(format!("{PURPOSE}\n{}\n{said}", self.node_id).as_bytes());
        format!("{said}.{}", BASE64_STANDARD.encode(signature.as_ref()))
    }

    /// The control plane has told its time, because the clocks differ.
    pub(super) fn learn(&self, control_plane_ms: i64) {
        self.ahead_ms.store(control_plane_ms.saturating_sub(clock::now_ms()), Ordering::Relaxed);
    }

    /// What is to be said of the two clocks.
    pub(super) fn clock_problem(&self) -> Option<String> {
        let ahead_ms = self.ahead_ms.load(Ordering::Relaxed);
        let seconds = ahead_ms.unsigned_abs() / 1000;
        let side = if ahead_ms > 0 { "behind" } else { "ahead of" };
        let words = || {
            format!(
                "its clock is {seconds} s {side} the control plane's: lifetimes of tokens and times in reports are off by as much; \
                 set both by NTP"
            )
        };
        (seconds >= WORTH_TELLING_S).then(words)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use ring::signature::{ED25519, UnparsedPublicKey};

    use super::*;

    #[test]
    fn a_proof_is_signed_by_the_key_that_is_kept_and_no_other() {
        let key = NodeKey::generate();
        let prover = Prover::new(NodeKey::read(key.kept.clone()).unwrap(), "n1");
        let proof = prover.prove();
        let (said, signature) = proof.rsplit_once('.').unwrap();
        let signature = BASE64_STANDARD.decode(signature).unwrap();
        let signed = |id: &str| format!("{PURPOSE}\n{id}\n{said}").into_bytes();
        let verified = |public: String, id: &str| {
            let public = BASE64_STANDARD.decode(public).unwrap();
            UnparsedPublicKey::new(&ED25519, public).verify(&signed(id), &signature).is_ok()
        };
        assert!(verified(key.public(), "n1"));
        assert!(!verified(key.public(), "n2") && !verified(NodeKey::generate().public(), "n1"));
        assert_ne!(prover.prove(), proof);
        prover.learn(clock::now_ms() + 3_600_000);
        let later: i64 = prover.prove().split('.').next().unwrap().parse().unwrap();
        assert!(later - clock::now_ms() > 3_500_000);
        assert!(prover.clock_problem().is_some_and(|it| it.contains("3600 s behind") || it.contains("3599 s behind")));
        prover.learn(clock::now_ms() - 1_200_000);
        assert!(prover.clock_problem().is_some_and(|it| it.contains("s ahead of")));
        prover.learn(clock::now_ms());
        assert_eq!(prover.clock_problem(), None);
        assert!(NodeKey::read(Secret::new("damaged".to_owned())).is_none());
    }
}
