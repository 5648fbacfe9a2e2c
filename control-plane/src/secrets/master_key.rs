use std::fmt::Write;
use std::path::{Path, PathBuf};

use base64::{Engine, prelude::BASE64_STANDARD};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use rand::{TryRngCore, rngs::OsRng};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use control_plane_core::Secret;

use super::{SecretFileError, read_private, write_private};

const FILE: &str = "master.key";
const FORMAT: u8 = 1;
const NONCE: usize = 24;

/// The key under which secrets are sealed in the database: XChaCha20-Poly1305, a random nonce for each.
pub struct MasterKey(Zeroizing<[u8; 32]>);

/// Why there is no master key.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// No source of a key was named.
    #[error(
        "no master key: set SMART_ROUTER_MASTER_KEY to 32 bytes in base64 (`openssl rand -base64 32`), name a file that \
         holds them, or give a data directory"
    )]
    Missing,
    /// The variable holds something else.
    #[error("SMART_ROUTER_MASTER_KEY is not 32 bytes in base64; make one with `openssl rand -base64 32`")]
    Variable,
    /// The file holds something else. It is left as it is.
    #[error(
        "the master key file {path} is damaged: it does not hold 32 bytes in base64; restore it from a backup; without \
         it, sealed provider credentials are lost: then move it away and enter them again"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// The file is not there any more, and the database was used with it.
    #[error("the master key file {path} is missing, and this database was sealed with it: put it back from a backup")]
    Gone {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be used.
    #[error(transparent)]
    File(#[from] SecretFileError),
}

/// A sealed value that does not open: another key, another purpose, or a changed byte.
#[derive(Debug, thiserror::Error)]
#[error("a sealed value does not open with this master key")]
pub struct Unsealable;

impl MasterKey {
    /// The key from a variable's value, from a named file, or from the data directory; the first that is given counts.
    /// In a data directory without a key one is made, if the database is `new`: nothing was sealed under another.
    pub fn load(
        variable: Option<&Secret>,
        file: Option<&Path>,
        data_dir: Option<&Path>,
        new: bool,
    ) -> Result<Self, MasterKeyError> {
        match (variable, file, data_dir) {
            (Some(value), _, _) => Self::parse(value.expose()).ok_or(MasterKeyError::Variable),
            (None, Some(path), _) => Self::read(path),
            (None, None, Some(dir)) => {
                let path = dir.join(FILE);
                match (path.exists(), new) {
                    (true, _) => Self::read(&path),
                    (false, true) => Self::generate(&path),
                    (false, false) => Err(MasterKeyError::Gone { path }),
                }
            }
            (None, None, None) => Err(MasterKeyError::Missing),
        }
    }

    /// A key that follows from another secret, and is no installation's.
    pub fn derived(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Seals a secret for one purpose and one row: it opens nowhere else.
    pub fn seal(&self, purpose: &str, id: &str, secret: &Secret) -> Vec<u8> {
        let mut nonce = [0_u8; NONCE];
        OsRng.try_fill_bytes(&mut nonce).expect("the operating system gives random bytes");
        let aad = bound_to(purpose, id);
        let payload = Payload { msg: secret.expose().as_bytes(), aad: &aad };
        let sealed = self.cipher().encrypt(XNonce::from_slice(&nonce), payload).expect("a short text can be sealed");
        [&[FORMAT][..], &nonce, &sealed].concat()
    }

    /// Opens what [`MasterKey::seal`] made for the same purpose and row.
    pub fn open(&self, purpose: &str, id: &str, sealed: &[u8]) -> Result<Secret, Unsealable> {
        let (&format, rest) = sealed.split_first().ok_or(Unsealable)?;
        let (nonce, sealed) = rest.split_at_checked(NONCE).ok_or(Unsealable)?;
        if format != FORMAT {
            return Err(Unsealable);
        }
        let payload = Payload { msg: sealed, aad: &bound_to(purpose, id) };
        let opened = self.cipher().decrypt(XNonce::from_slice(nonce), payload).map_err(|_| Unsealable)?;
        String::from_utf8(opened).map(Secret::new).map_err(|_| Unsealable)
    }

    /// A digest of a secret that tells two of them apart, and only whoever has this key.
    pub fn digest(&self, purpose: &str, secret: &Secret) -> [u8; 32] {
        let mut hasher = Sha256::new();
        for part in [self.0.as_ref(), purpose.as_bytes(), secret.expose().as_bytes()] {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        hasher.finalize().into()
    }

    /// What tells this key from others and says nothing of it.
    pub fn fingerprint(&self) -> String {
        let digest = Sha256::new().chain_update(b"smart-router master key\0").chain_update(self.0.as_ref()).finalize();
        hex(&digest[..8])
    }

    /// Writes it to a file that only its owner may open.
    pub fn save(&self, path: &Path) -> Result<(), SecretFileError> {
        write_private(path, &Zeroizing::new(BASE64_STANDARD.encode(self.0.as_ref())))
    }

    /// Reads what a file holds.
    pub fn read(path: &Path) -> Result<Self, MasterKeyError> {
        Self::parse(read_private(path)?.expose()).ok_or_else(|| MasterKeyError::Damaged { path: path.to_path_buf() })
    }

    fn generate(path: &Path) -> Result<Self, MasterKeyError> {
        let mut key = Zeroizing::new([0_u8; 32]);
        OsRng.try_fill_bytes(key.as_mut()).expect("the operating system gives random bytes");
        let text = Zeroizing::new(BASE64_STANDARD.encode(key.as_ref()));
        write_private(path, &text)?;
        Ok(Self(key))
    }

    fn parse(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(BASE64_STANDARD.decode(text.trim()).ok()?);
        Some(Self(Zeroizing::new(<[u8; 32]>::try_from(bytes.as_slice()).ok()?)))
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(self.0.as_ref().into())
    }
}

/// Two digits for each byte.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a String does not fail");
        text
    })
}

/// Purposes are constants of this product and hold no zero byte, so that no two pairs run together.
fn bound_to(purpose: &str, id: &str) -> Vec<u8> {
    [purpose.as_bytes(), b"\0", id.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn key(dir: &Path) -> MasterKey {
        MasterKey::load(None, None, Some(dir), true).unwrap()
    }

    #[test]
    fn a_sealed_secret_opens_for_its_own_purpose_and_row_only() {
        let dir = tempfile::tempdir().unwrap();
        let key = key(dir.path());
        let sealed = key.seal("credential", "openai", &Secret::new("sk-planted".into()));
        assert!(!sealed.windows(6).any(|window| window == b"sk-pla"));
        assert_eq!(key.open("credential", "openai", &sealed).unwrap().expose(), "sk-planted");
        assert!(key.open("credential", "anthropic", &sealed).is_err());
        assert!(key.open("other", "openai", &sealed).is_err());
        for position in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[position] ^= 1;
            assert!(key.open("credential", "openai", &changed).is_err(), "byte {position}");
            assert!(key.open("credential", "openai", &sealed[..position]).is_err(), "cut at {position}");
        }
    }

    #[test]
    fn the_generated_key_is_private_and_found_again() {
        let dir = tempfile::tempdir().unwrap();
        let sealed = key(dir.path()).seal("p", "i", &Secret::new("text".into()));
        let mode = std::fs::metadata(dir.path().join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(key(dir.path()).open("p", "i", &sealed).unwrap().expose(), "text");
    }

    #[test]
    fn a_key_file_that_others_may_open_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        key(dir.path());
        let path = dir.path().join(FILE);
        for mode in [0o640, 0o604, 0o660, 0o644] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            let refused = MasterKey::load(None, Some(&path), None, true).err().unwrap();
            assert!(refused.to_string().contains("chmod 600"), "{refused}");
        }
    }

    #[test]
    fn a_damaged_key_is_refused_by_name_and_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(FILE);
        write_private(&path, "c2hvcnQ=").unwrap();
        let refused = MasterKey::load(None, None, Some(dir.path()), true).err().unwrap().to_string();
        assert!(refused.contains("master.key") && refused.contains("backup"), "{refused}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "c2hvcnQ=");
    }

    #[test]
    fn the_variable_comes_first_and_must_be_a_key() {
        let dir = tempfile::tempdir().unwrap();
        let good = Secret::new(BASE64_STANDARD.encode([7_u8; 32]));
        assert!(MasterKey::load(Some(&good), None, Some(dir.path()), true).is_ok());
        assert!(!dir.path().join(FILE).exists());
        let bad = Secret::new("hunter2".into());
        let refused = MasterKey::load(Some(&bad), None, None, true).err().unwrap().to_string();
        assert!(!refused.contains("hunter2"));
        assert!(matches!(MasterKey::load(None, None, None, true), Err(MasterKeyError::Missing)));
    }
}
