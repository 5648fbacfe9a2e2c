//! Secrets of an installation that its routers share: made when they are first needed, the same ever after, and never shown.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use control_plane_core::Secret;
use sha2::{Digest as _, Sha256};

use super::error::CompileError;
use crate::{clock, manage::Control, secrets::mint_key, store::installation_secret};

/// What it is called, and what it is sealed for.
const RESPONSES: &str = "responses-seal-key";
const OWNERS: &str = "owner-key";

/// From which routers derive the key under which they seal stored responses.
pub(super) async fn responses(control: &Control) -> Result<Secret, CompileError> {
    shared(control, RESPONSES).await
}

/// Under which routers mark ids that providers keep with their owners.
pub(super) async fn owners(control: &Control) -> Result<Secret, CompileError> {
    shared(control, OWNERS).await
}

/// What takes its place while it cannot be opened: the same for all replicas, and no caller's to know. Nothing that was given out
/// under the key is found then, which is better than all being found by everybody.
pub(super) async fn owners_of_now(control: &Control) -> Result<Secret, CompileError> {
    let sealed = installation_secret::find(control.store.read(), OWNERS).await?.unwrap_or_default();
    let digest = Sha256::digest([b"owner-key/unopened/".as_slice(), &sealed].concat());
    Ok(Secret::new(STANDARD.encode(digest)))
}

async fn shared(control: &Control, name: &str) -> Result<Secret, CompileError> {
    let store = &control.store;
    let mut sealed = installation_secret::find(store.read(), name).await?;
    if sealed.is_none() {
        let made = control.master_key.seal(name, name, &mint_key());
        let mut tx = store.write().await?;
        installation_secret::insert(&mut tx, name, &made, clock::now_ms()).await?;
        tx.commit().await?;
        // Read back: another replica may have been quicker.
        sealed = installation_secret::find(store.read(), name).await?;
    }
    control.master_key.open(name, name, &sealed.unwrap_or_default()).map_err(CompileError::SealKey)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::sync::Arc;

    use super::*;
    use crate::{
        Environment,
        secrets::{KeyFiles, MasterKey},
        store::Store,
    };

    #[tokio::test]
    async fn it_is_made_once_and_kept_sealed() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::connect(&format!("sqlite://{}", dir.path().join("test.db").display())).await.unwrap();
        store.migrate().await.unwrap();
        let master_key = Arc::new(MasterKey::load(None, None, Some(dir.path()), true).unwrap());
        let control = Control {
            store,
            master_key,
            environment: Environment::process(),
            key_files: KeyFiles::default(),
            private_dir: None,
            documents: crate::manage::Documents::default(),
            config_mode: control_plane_core::ConfigMode::default(),
        };
        let made = responses(&control).await.unwrap();
        assert_eq!(made.expose().len(), 44, "32 bytes in base64");
        assert_eq!(responses(&control).await.unwrap().expose(), made.expose());
        assert_ne!(owners(&control).await.unwrap().expose(), made.expose());
        let of_now = owners_of_now(&control).await.unwrap();
        assert_eq!(of_now.expose(), owners_of_now(&control).await.unwrap().expose());
        assert_ne!(of_now.expose(), owners(&control).await.unwrap().expose());
        let sealed = installation_secret::find(control.store.read(), RESPONSES).await.unwrap().unwrap();
        assert!(!sealed.windows(16).any(|part| made.expose().as_bytes().windows(16).any(|it| it == part)));
        let mut tx = control.store.write().await.unwrap();
        installation_secret::insert(&mut tx, RESPONSES, b"another replica's", 0).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(responses(&control).await.unwrap().expose(), made.expose());
    }
}
