//! `<data-dir>/admin.json`: how commands on this machine reach this control plane without being told.

use std::{
    fs, io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::{Path, PathBuf},
};

use control_plane_core::{
    permission::Grants,
    token::{TokenKind, id},
};
use serde::{Deserialize, Serialize};

use super::StartError;
use crate::{
    manage::{Control, ManageError, admin_token, config::Author},
    secrets::{SecretFileError, matches, read_private, write_private},
    store::admin,
};

const FILE: &str = "admin.json";
/// What its token is called in lists.
const NAME: &str = "local";

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LocalAdminError {
    /// It holds something else. It is left as it is.
    #[error(
        "the file {path} is damaged: {source}; remove it, and the next start makes a new one with a new admin token"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where it fails.
        source: serde_json::Error,
    },
    /// It cannot be read or written.
    #[error(transparent)]
    File(#[from] SecretFileError),
    /// The database did not take the token.
    #[error("no local admin token can be made: {0}")]
    Manage(#[from] ManageError),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LocalAdmin {
    server: String,
    token: String,
}

/// Writes the file with the address of this start. Its token stays while the database knows it; otherwise a new one is
/// made.
pub(super) async fn provide(control: &Control, dir: &Path, http: SocketAddr, tls: bool) -> Result<(), LocalAdminError> {
    let path = dir.join(FILE);
    let token = if let Some(token) = known(control, &path).await? {
        token
    } else {
        if path.exists() {
            let path = path.display();
            tracing::warn!(
                "the database does not know the token in {path}: it is another one than before, or an older copy; a new one is made"
            );
        }
        let before = admin::all(control.store.read()).await.map_err(ManageError::from)?;
        let before: Vec<String> = before.into_iter().filter(|it| it.name == NAME).map(|it| it.id).collect();
        if !before.is_empty() {
            tracing::warn!(
                tokens = before.join(", "),
                "a new local admin token is made; those of before still open everything: close them with `admin-token revoke`"
            );
        }
        let issued = admin_token::create(control, Author::SYSTEM, NAME, Grants::OWNER, None).await?;
        issued.text.expose().to_owned()
    };
    let admin = LocalAdmin { server: format!("{}://{}", if tls { "https" } else { "http" }, reachable(http)), token };
    let text = serde_json::to_string(&admin).expect("two strings become JSON");
    if path.exists() && read_private(&path)?.expose() == text {
        return Ok(());
    }
    match write_private(&path, &text) {
        // Whoever makes room needs a control plane that runs.
        Err(SecretFileError::Io { source, .. }) if is_no_room(&source) => {
            tracing::error!(file = %path.display(), error = %source, "the address of this start cannot be kept: commands on this machine \
                need `--server`");
            Ok(())
        }
        written => Ok(written?),
    }
}

/// Refuses to begin with an empty database in a data directory whose database was deleted.
pub(super) fn has_its_database(dir: &Path, database: &Path) -> Result<(), StartError> {
    let admin = dir.join(FILE);
    let begun = |file: &Path| fs::metadata(file).is_ok_and(|it| it.len() > 0);
    // A database elsewhere may be another one on purpose.
    if database.parent() == Some(dir) && admin.exists() && !begun(database) {
        return Err(StartError::DatabaseVanished { file: database.to_owned(), admin });
    }
    Ok(())
}

/// The file's token, if the database knows it.
async fn known(control: &Control, path: &Path) -> Result<Option<String>, LocalAdminError> {
    if !path.exists() {
        return Ok(None);
    }
    let text = read_private(path)?;
    let admin: LocalAdmin = serde_json::from_str(text.expose())
        .map_err(|source| LocalAdminError::Damaged { path: path.to_path_buf(), source })?;
    let Some(id) = id(TokenKind::Admin, &admin.token) else { return Ok(None) };
    let stored = admin::by_id(control.store.read(), id).await.map_err(ManageError::from)?;
    Ok(stored.filter(|stored| matches(&stored.digest, &admin.token)).map(|_| admin.token))
}

fn is_no_room(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

/// A listener on all addresses is reached on this machine's own.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}
