//! A new credential and a new key in the place of those in force, when the control plane asks for it. They are kept beside the old
//! ones until the control plane has let them in: a crash at any step leaves something that opens.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use data_plane_core::config::Secret;
use tokio::task::spawn_blocking;
use tokio::time::Instant;
use tonic::Status;

use super::channel::{Bearer, EnrolledNode};
use super::disk::SnapshotDir;
use super::files::Replacement;
use super::identity::{self, Identity};
use super::proof::NodeKey;

#[cfg(not(feature = "frozen-contract"))]
const TIMEOUT: Duration = Duration::from_secs(10);
/// How soon it is tried again.
const AGAIN: Duration = Duration::from_mins(1);

/// Which credential is shown, and what else there is.
pub(super) struct Rotation {
    data_dir: PathBuf,
    /// Seals snapshots, whatever the credential is.
    node_key: Option<Secret>,
    disk: Arc<SnapshotDir>,
    bearer: Bearer,
    current: Identity,
    next: Option<Identity>,
    shows_next: bool,
    due: Instant,
}

impl Rotation {
    /// `bearer` shows what waits for its first use, if anything does: the control plane may have let it in already.
    pub(super) fn new(
        data_dir: PathBuf,
        node_key: Option<Secret>,
        disk: Arc<SnapshotDir>,
        bearer: Bearer,
        (current, next): (Identity, Option<Identity>),
    ) -> Self {
        let shows_next = next.is_some();
        Self { data_dir, node_key, disk, bearer, current, next, shows_next, due: Instant::now() }
    }

    /// The control plane has let in what is shown: it takes the place of everything else.
    pub(super) async fn accepted(&mut self) {
        let Some(next) = self.next.take() else { return };
        let (disk, data_dir) = (Arc::clone(&self.disk), self.data_dir.clone());
        if !self.shows_next {
            tracing::warn!("the control plane knows nothing of the new credential; the old one stays");
            if let Ok(Err(error)) = spawn_blocking(move || identity::forget_next(&data_dir)).await {
                tracing::warn!(%error, "the new credential cannot be removed");
            }
            return;
        }
        let key = self.node_key.is_none().then(|| next.seal_key(None));
        let adopting = spawn_blocking(move || {
            key.map_or(Ok(()), |key| disk.seal_with(key))?;
            identity::adopt_next(&data_dir)
        });
        match adopting.await {
            Ok(Ok(())) => {
                tracing::info!("the new credential is in use; the old one opens nothing any more");
                self.current = next;
                self.shows_next = false;
            }
            failed => {
                // Both files are there, and the next start shows the new one first.
                let error = failed.err().map(|it| it.to_string()).unwrap_or_default();
                tracing::error!(error, "the new credential is in use, and cannot take its place on the disk yet");
                self.next = Some(next);
            }
        }
    }

    /// The control plane does not know what is shown: the other one is, if there is one.
    pub(super) fn rejected(&mut self) {
        let Some(next) = &self.next else { return };
        self.shows_next = !self.shows_next;
        let shown = if self.shows_next { next } else { &self.current };
        shown.show_by(&self.bearer);
    }

    /// Waits until it is worth trying.
    pub(super) async fn due(&self) {
        if self.next.is_some() {
            return std::future::pending().await;
        }
        tokio::time::sleep_until(self.due).await;
    }

    /// Gets a new credential for a new key, keeps both, and shows them from now on.
    pub(super) async fn rotate(&mut self, node: &EnrolledNode) -> Result<(), String> {
        self.due = Instant::now() + AGAIN;
        let path = identity::next_file(&self.data_dir);
        let unkept = |error: std::io::Error| format!("{} cannot be written: {error}", path.display());
        let place = Replacement::prepare(&path).map_err(unkept)?;
        let key = NodeKey::generate();
        let credential = ask(node, &key).await.map_err(|status| status.message().to_owned())?;
        let next = Identity::new(self.current.node_id.clone(), credential, key);
        let json = next.to_json();
        let kept = spawn_blocking(move || place.commit(&json)).await.map_err(|error| error.to_string())?;
        kept.map_err(unkept)?;
        if !next.show_by(&self.bearer) {
            return Err("the new credential has characters that none has".to_owned());
        }
        self.next = Some(next);
        self.shows_next = true;
        // Only what has failed waits.
        self.due = Instant::now();
        Ok(())
    }
}

#[cfg(not(feature = "frozen-contract"))]
async fn ask(node: &EnrolledNode, key: &NodeKey) -> Result<Secret, Status> {
    use proto::v1::RotateRequest;
    use proto::v1::identity_service_client::IdentityServiceClient;

    let mut client = IdentityServiceClient::with_interceptor(node.channel.clone(), node.bearer.clone());
    let request = RotateRequest { public_key: key.public_bytes(), proof: key.prove_for(&node.id) };
    let answer = tokio::time::timeout(TIMEOUT, client.rotate(request)).await;
    let answer = answer.map_err(|_| Status::deadline_exceeded("the control plane does not answer"))??;
    Ok(Secret::new(answer.into_inner().credential))
}

/// The frozen contract has no such call.
#[cfg(feature = "frozen-contract")]
#[expect(clippy::unused_async, reason = "the other one waits")]
async fn ask(_: &EnrolledNode, _: &NodeKey) -> Result<Secret, Status> {
    Err(Status::unimplemented("this build cannot replace its credential"))
}
