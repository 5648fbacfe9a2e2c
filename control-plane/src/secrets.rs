//! What must not be printed: the master key, provider keys and tokens. Nothing here has `Debug` or `Display`.

mod credential;
mod file;
pub mod key_check;
mod key_file;
mod master_key;
mod mint;

pub use control_plane_core::Secret;
pub use credential::{CREDENTIAL, CredentialSource, Credentials, is_private};
pub use file::{SecretFileError, read_private, write_private};
pub use key_file::{KeyFiles, NoKey, as_key};
pub(crate) use master_key::hex;
pub use master_key::{MasterKey, MasterKeyError, Unsealable};
pub use mint::{matches, mint, mint_again, mint_key};
