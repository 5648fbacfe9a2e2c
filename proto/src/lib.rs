//! The contract between the planes: the messages and services of `proto/smart_router/v1`, how a resource becomes bytes and a
//! value of the vocabulary a number, and
//! the checksums that both sides compute over those. No other rule is written here.

mod hash;
mod resource;
mod word;

pub use hash::{digest, snapshot_hash};
pub use resource::Body;
pub use word::{Word, numbers};

/// The generated messages, clients and servers.
#[expect(missing_docs, reason = "generated; the .proto files carry the comments")]
#[expect(clippy::pedantic, clippy::allow_attributes, unused_qualifications, reason = "generated")]
pub mod v1 {
    tonic::include_proto!("smart_router.v1");
}

/// The largest gRPC message that either side accepts, after decompression.
pub const MAX_MESSAGE_BYTES: usize = 64 * 1024 * 1024;
