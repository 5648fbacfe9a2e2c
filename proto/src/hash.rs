use sha2::{Digest, Sha256};

use crate::v1::Resource;

/// SHA-256 of a resource's body, as the resource carries it.
pub fn digest(body: &[u8]) -> [u8; 32] {
    Sha256::digest(body).into()
}

/// SHA-256 over resources in ascending order of their keys: for each the key's length (8 bytes, little-endian), the key and
/// the digest. Whoever computes it over what came from elsewhere has compared the digests with the bodies.
pub fn snapshot_hash<'a>(sorted: impl IntoIterator<Item = &'a Resource>) -> Vec<u8> {
    let mut hasher = Sha256::new();
    for resource in sorted {
        hasher.update((resource.key.len() as u64).to_le_bytes());
        hasher.update(&resource.key);
        hasher.update(&resource.digest);
    }
    hasher.finalize().to_vec()
}
