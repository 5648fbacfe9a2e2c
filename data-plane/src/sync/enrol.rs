//! A join token becomes a node credential, once, and is kept in `node.json`.

use std::time::Duration;

use data_plane_core::config::Secret;
use proto::v1::EnrolRequest;
use proto::v1::enrolment_service_client::EnrolmentServiceClient;
use tonic::transport::Channel;
use tonic::{Code, Request, Status};

use super::files::Replacement;
use super::identity::{Identity, node_file};
use super::options::{SyncError, SyncOptions};
use super::proof::NodeKey;

/// Where an enrolment says which key the router made for itself.
const PUBLIC_KEY: &str = "x-node-public-key";
const TIMEOUT: Duration = Duration::from_secs(10);

/// Why a join token was not exchanged.
pub(super) enum EnrolError {
    /// It never will be.
    Refused(SyncError),
    /// The control plane cannot be reached or cannot answer now.
    Unavailable(String),
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
    let identity = Identity::new(answer.node_id, Secret::new(answer.credential), key);
    place.commit(&identity.to_json()).map_err(SyncError::io("write", &path)).map_err(EnrolError::Refused)?;
    Ok(identity)
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
