use prost::Message;
use sha2::{Digest, Sha256};

use crate::v1::Resource;

/// SHA-256 over the resources in ascending order of their key, each as its length (8 bytes, little-endian) and its
/// protobuf encoding. No message of the contract has a map, so the encoding is deterministic.
pub fn snapshot_hash<'a>(resources: impl IntoIterator<Item = &'a Resource>) -> Vec<u8> {
    let mut sorted: Vec<&Resource> = resources.into_iter().collect();
    sorted.sort_by(|a, b| a.key.cmp(&b.key));
    let mut hasher = Sha256::new();
    for resource in sorted {
        let bytes = resource.encode_to_vec();
        hasher.update((bytes.len() as u64).to_le_bytes());
        hasher.update(&bytes);
    }
    hasher.finalize().to_vec()
}
