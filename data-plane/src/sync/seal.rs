//! A snapshot as a sealed file: `magic | format | version | created | nonce | ciphertext and tag`, integers
//! little-endian. XChaCha20-Poly1305 with everything before the ciphertext as associated data, so that no byte can
//! change unnoticed (<https://datatracker.ietf.org/doc/html/draft-irtf-cfrg-xchacha>). The content is a
//! `smart_router.v1.Snapshot`.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use data_plane_core::config::Secret;
use prost::Message;
use proto::v1::Snapshot;
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::options::SyncError;
use crate::clock;

const MAGIC: &[u8; 8] = b"SRSNAPSH";
/// 1 had resources without envelopes.
const FORMAT: u32 = 2;
const NONCE_BYTES: usize = 24;
/// Of a key that an operator sets, in characters.
const SHORTEST_SECRET: usize = 32;
const HEADER_BYTES: usize = 8 + 4 + 8 + 8 + NONCE_BYTES;

/// Opens and seals the snapshots of one node.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(super) struct SealKey([u8; 32]);

/// Why a file is not a snapshot of this node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unsealable {
    #[error("it is no snapshot file")]
    NotASnapshot,
    #[error("it was written by an older version of Smart Router, in format {0}")]
    OlderFormat(u32),
    #[error("it was written by a newer version of Smart Router, in format {0}")]
    NewerFormat(u32),
    #[error("it is damaged, or was sealed with another node credential or SMART_ROUTER_NODE_KEY")]
    NotAuthentic,
    #[error("its content cannot be decoded")]
    Content,
}

/// Whether a file is a snapshot that an older build wrote, by its head alone. A file that is gone is none.
pub(super) fn is_of_older_format(path: &Path) -> io::Result<bool> {
    let mut head = [0; 12];
    match File::open(path).and_then(|mut file| file.read_exact(&mut head)) {
        Ok(()) => {}
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::UnexpectedEof) => {
            return Ok(false);
        }
        Err(error) => return Err(error),
    }
    let (magic, format) = head.split_at(MAGIC.len());
    let format = format.try_into().map(u32::from_le_bytes).expect("four bytes are left");
    Ok(magic == MAGIC && format < FORMAT)
}

/// Refuses a node key that could be guessed.
pub(super) fn check_strength(node_key: Option<&Secret>) -> Result<(), SyncError> {
    let weak = node_key.is_some_and(|it| it.expose().len() < SHORTEST_SECRET);
    if weak { Err(SyncError::WeakNodeKey) } else { Ok(()) }
}

impl SealKey {
    /// A key for this purpose alone. `secret` has the strength of a key: a node credential has 256 random bits.
    pub(super) fn derive(secret: &Secret, node_id: &str) -> Self {
        let mut hasher = Sha256::new();
        for part in ["smart-router/snapshot-seal/v1", node_id, secret.expose()] {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        Self(hasher.finalize().into())
    }

    pub(super) fn seal(&self, snapshot: &Snapshot) -> Vec<u8> {
        let mut file = Vec::with_capacity(HEADER_BYTES);
        file.extend_from_slice(MAGIC);
        file.extend_from_slice(&FORMAT.to_le_bytes());
        file.extend_from_slice(&snapshot.version.to_le_bytes());
        file.extend_from_slice(&snapshot.created_ms.to_le_bytes());
        let mut nonce = [0; NONCE_BYTES];
        nonce[..16].copy_from_slice(&clock::random_bits().to_le_bytes());
        nonce[16..].copy_from_slice(&clock::random_bits().to_le_bytes()[..8]);
        file.extend_from_slice(&nonce);
        let content = Zeroizing::new(snapshot.encode_to_vec());
        let sealed = self.cipher().encrypt(&nonce.into(), Payload { msg: &content, aad: &file });
        file.extend_from_slice(&sealed.expect("a snapshot is far below the cipher's bound of 256 GiB"));
        file
    }

    pub(super) fn open(&self, file: &[u8]) -> Result<Snapshot, Unsealable> {
        let (header, sealed) = file.split_at_checked(HEADER_BYTES).ok_or(Unsealable::NotASnapshot)?;
        let (magic, rest) = header.split_at(MAGIC.len());
        if magic != MAGIC {
            return Err(Unsealable::NotASnapshot);
        }
        let (format, rest) = rest.split_first_chunk().expect("the header's length was checked");
        match u32::from_le_bytes(*format) {
            FORMAT => {}
            older @ ..FORMAT => return Err(Unsealable::OlderFormat(older)),
            newer => return Err(Unsealable::NewerFormat(newer)),
        }
        let nonce: &[u8; NONCE_BYTES] = rest.last_chunk().expect("the header's length was checked");
        let content = self.cipher().decrypt(nonce.into(), Payload { msg: sealed, aad: header });
        let content = Zeroizing::new(content.map_err(|_| Unsealable::NotAuthentic)?);
        Snapshot::decode(content.as_slice()).map_err(|_| Unsealable::Content)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&self.0.into())
    }
}
