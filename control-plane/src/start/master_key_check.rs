//! Whether a master key belongs to a database: a constant was sealed with it when the database was new.

use control_plane_core::Secret;

use crate::{
    secrets::MasterKey,
    store::{Store, StoreError, credential},
};

const PURPOSE: &str = "master-key-check";
const CONSTANT: &str = "smart-router";

/// Whether the key is the database's; a database without one takes it.
pub async fn belongs(store: &Store, key: &MasterKey) -> Result<bool, StoreError> {
    if credential::key_check(store.read()).await?.is_none() {
        let sealed = key.seal(PURPOSE, CONSTANT, &Secret::new(CONSTANT.to_owned()));
        let mut tx = store.write().await?;
        credential::insert_key_check(&mut tx, &sealed).await?;
        tx.commit().await?;
    }
    // Read back: another replica may have been quicker.
    let sealed = credential::key_check(store.read()).await?.unwrap_or_default();
    Ok(opens(&sealed, key))
}

/// Whether the key is the one that sealed a database's constant.
pub fn opens(sealed: &[u8], key: &MasterKey) -> bool {
    key.open(PURPOSE, CONSTANT, sealed).is_ok()
}
