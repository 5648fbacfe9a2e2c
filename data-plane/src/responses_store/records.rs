use std::collections::HashMap;
use std::time::Duration;

use data_plane_core::error::{Code, Refusal};
use redis::RedisError;

use super::key::RecordKey;

/// The longest that any operation takes: callers wait for it.
pub(super) const TIMEOUT: Duration = Duration::from_secs(2);

/// Sealed records by their keys.
pub(super) type Records = HashMap<RecordKey, Vec<u8>>;

/// Why a store did not answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unavailable {
    #[error("this router is not enrolled yet")]
    NotEnrolled,
    #[error("the address of the shared state is not understood")]
    Address,
    #[error("no answer within {} s", TIMEOUT.as_secs())]
    Timeout,
    #[error("the control plane cannot keep responses: {0:?}: {1}")]
    ControlPlane(tonic::Code, String),
    #[error("the shared state cannot keep responses: {0}")]
    Valkey(#[from] RedisError),
}

impl From<tonic::Status> for Unavailable {
    fn from(status: tonic::Status) -> Self {
        Self::ControlPlane(status.code(), status.message().to_owned())
    }
}

impl From<Unavailable> for Refusal {
    fn from(_: Unavailable) -> Self {
        Self::new(Code::LimitsUnavailable, "the store of responses does not answer; nothing was sent upstream")
    }
}
