//! A join token becomes a node credential, once, and is kept in `node.json`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use data_plane_core::config::Secret;
use proto::v1::EnrolRequest;
use proto::v1::enrolment_service_client::EnrolmentServiceClient;
use serde::{Deserialize, Serialize};
use tonic::transport::Channel;
use tonic::{Code, Request, Status};
use zeroize::Zeroizing;

use super::channel::Bearer;
use super::files::Replacement;
use super::options::{SyncError, SyncOptions};
use super::proof::{NodeKey, Prover};
use super::seal::SealKey;

/// Where an enrolment says which key the router made for itself.
const PUBLIC_KEY: &str = "x-node-public-key";
const TIMEOUT: Duration = Duration::from_secs(10);

/// Who this router is to its control plane.
#[derive(Clone)]
pub(super) struct Identity {
    pub node_id: String,
    pub credential: Secret,
    /// `None`: it joined before there were keys.
    key: Option<NodeKey>,
}

impl Identity {
    /// How calls to the control plane carry the credential.
    pub(super) fn bearer(&self, data_dir: &Path) -> Result<Bearer, SyncError> {
        let why = "the credential has characters that none has";
        let unusable = || SyncError::NodeFile { path: node_file(data_dir), why: why.to_owned() };
        let prover = self.key.clone().map(|key| Prover::new(key, &self.node_id));
        Bearer::new(&self.credential, prover).ok_or_else(unusable)
    }

    /// What seals this node's snapshots: its own key, or else its credential.
    pub(super) fn seal_key(&self, node_key: Option<&Secret>) -> SealKey {
        SealKey::derive(node_key.unwrap_or(&self.credential), &self.node_id)
    }
}

/// Why a join token was not exchanged.
pub(super) enum EnrolError {
    /// It never will be.
    Refused(SyncError),
    /// The control plane cannot be reached or cannot answer now.
    Unavailable(String),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct NodeFile {
    node_id: String,
    credential: String,
    /// PKCS #8, in base64. It never leaves this file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<String>,
}

pub(super) fn node_file(data_dir: &Path) -> PathBuf {
    data_dir.join("node.json")
}

/// What an earlier enrolment left; `None`: there was none.
pub(super) fn load(data_dir: &Path) -> Result<Option<Identity>, SyncError> {
    let path = node_file(data_dir);
    let bytes = match fs::read(&path) {
        Ok(bytes) => Zeroizing::new(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(SyncError::io("read", &path)(error)),
    };
    let damaged = |why: &str| SyncError::NodeFile { path: path.clone(), why: why.to_owned() };
    // The parser's own message could quote the credential.
    let file: NodeFile = serde_json::from_slice(&bytes).map_err(|_| damaged("it is not the JSON that was written"))?;
    if file.node_id.is_empty() || !file.credential.starts_with("srn_") {
        return Err(damaged("it holds no node credential"));
    }
    let key = file.key.map(|it| NodeKey::read(Secret::new(it)).ok_or_else(|| damaged("its key cannot be read")));
    Ok(Some(Identity { node_id: file.node_id, credential: Secret::new(file.credential), key: key.transpose()? }))
}

/// Exchanges the join token and keeps the credential.
pub(super) async fn enrol(channel: &Channel, token: &Secret, options: &SyncOptions) -> Result<Identity, EnrolError> {
    let path = node_file(&options.data_dir);
    // The token works once: a credential that cannot be kept must not be asked for.
    let place = Replacement::prepare(&path).map_err(SyncError::io("create", &path)).map_err(EnrolError::Refused)?;
    let mut request = Request::new(EnrolRequest {
        join_token: token.expose().to_owned(),
        region: options.region.clone(),
        build: options.build.clone(),
        name: options.name.clone(),
    });
    request.set_timeout(TIMEOUT);
    let key = NodeKey::generate();
    // An older control plane passes it over, and takes the credential alone.
    request.metadata_mut().insert(PUBLIC_KEY, key.public().parse().expect("base64 is ASCII"));
    let mut client = EnrolmentServiceClient::new(channel.clone());
    let answer = tokio::time::timeout(TIMEOUT, client.enrol(request))
        .await
        .map_err(|_| EnrolError::Unavailable("the control plane does not answer".to_owned()))?
        .map_err(|status| refusal(&status))?
        .into_inner();
    let file = NodeFile {
        node_id: answer.node_id.clone(),
        credential: answer.credential.clone(),
        key: Some(key.kept.expose().to_owned()),
    };
    let json = Zeroizing::new(serde_json::to_vec_pretty(&file).expect("strings are valid JSON"));
    place.commit(&json).map_err(SyncError::io("write", &path)).map_err(EnrolError::Refused)?;
    Ok(Identity { node_id: answer.node_id, credential: Secret::new(answer.credential), key: Some(key) })
}

fn refusal(status: &Status) -> EnrolError {
    match status.code() {
        Code::Unauthenticated | Code::PermissionDenied | Code::InvalidArgument => {
            EnrolError::Refused(SyncError::JoinToken(status.message().to_owned()))
        }
        code => EnrolError::Unavailable(format!(
            "the control plane cannot enrol this router: {code:?}: {}",
            status.message()
        )),
    }
}
