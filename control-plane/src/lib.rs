//! The control plane: the store, the gRPC server, the admin API and usage ingestion around the pure rules of
//! `control-plane-core`. What must never be here: a rule about the catalog, prices, permissions or snapshots that
//! could be a function of its inputs, and HTML.

pub mod backup;
pub mod clock;
mod environment;
pub mod examine;
mod failures;
pub mod grpc;
pub mod http;
pub mod ingest;
pub mod login;
pub mod manage;
pub mod metrics;
mod options;
pub mod publish;
pub mod responses;
pub mod schedule;
pub mod secrets;
mod start;
pub mod store;
mod trust;

pub use control_plane_core::ConfigMode;
pub use environment::{Environment, Reach};
pub use options::{InitialDocument, Options, RouterAddress};
pub use start::{Running, StartError, start};
pub use vocabulary::Build;
