//! Where routers connect: enrolment, configuration and usage, over gRPC.

mod conversation;
mod enrol;
mod frames;
mod node_auth;
mod proof;
mod revocation;
#[cfg(not(feature = "frozen-contract"))]
mod rotation;
mod server;
mod sightings;
mod subscribe;
mod usage;
mod wire;
mod words;

pub use server::{Services, serve};
