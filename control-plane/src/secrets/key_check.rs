//! Whether a master key belongs to a database: a constant was sealed with it when the database was new.

use control_plane_core::Secret;

use super::MasterKey;

const PURPOSE: &str = "master-key-check";
const CONSTANT: &str = "smart-router";

/// The constant under a key.
pub fn sealed(key: &MasterKey) -> Vec<u8> {
    key.seal(PURPOSE, CONSTANT, &Secret::new(CONSTANT.to_owned()))
}

/// Whether the key is the one that sealed a database's constant.
pub fn opens(sealed: &[u8], key: &MasterKey) -> bool {
    key.open(PURPOSE, CONSTANT, sealed).is_ok()
}
