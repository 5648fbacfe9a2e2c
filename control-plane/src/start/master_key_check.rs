use crate::{
    secrets::{MasterKey, key_check},
    store::{Store, StoreError, credential},
};

/// Whether the key is the database's; a database without one takes it.
pub async fn belongs(store: &Store, key: &MasterKey) -> Result<bool, StoreError> {
    if credential::key_check(store.read()).await?.is_none() {
        let mut tx = store.write().await?;
        credential::insert_key_check(&mut tx, &key_check::sealed(key)).await?;
        tx.commit().await?;
    }
    // Read back: another replica may have been quicker.
    let sealed = credential::key_check(store.read()).await?.unwrap_or_default();
    Ok(key_check::opens(&sealed, key))
}
