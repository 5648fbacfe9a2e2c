//! A link that lets somebody in once: whoever can read what a standalone prints administers it.

use super::{BrowserSecret, Logins};
use crate::{
    clock::now_ms,
    manage::{Control, ManageError},
    store::login,
};

/// How long a link is good.
pub const LASTS_MS: i64 = 15 * 60_000;

/// Makes a link, in the place of all earlier ones; answers its path.
pub async fn make(control: &Control) -> Result<String, ManageError> {
    let secret = BrowserSecret::mint();
    let mut tx = control.store.write().await?;
    login::replace_links(&mut tx, &secret.digest(), now_ms() + LASTS_MS).await?;
    tx.commit().await?;
    Ok(format!("/login/link?secret={}", secret.expose()))
}

impl Logins {
    /// Whether a link is good, without using it up.
    pub async fn has_link(&self, secret: &BrowserSecret) -> Result<bool, ManageError> {
        Ok(login::has_link(self.control.store.read(), &secret.digest(), now_ms()).await?)
    }

    /// Uses a link up; says whether it was good.
    pub async fn use_link(&self, secret: &BrowserSecret) -> Result<bool, ManageError> {
        let mut tx = self.control.store.write().await?;
        let good = login::take_link(&mut tx, &secret.digest(), now_ms()).await?;
        tx.commit().await?;
        Ok(good)
    }
}
