//! What routers see of the control plane: nodes, configuration and usage, against real databases and over real sockets.
//! Every test of the store runs on SQLite, and on PostgreSQL where `SMART_ROUTER_TEST_POSTGRES_URL` names a server.

#![expect(clippy::unwrap_used, reason = "tests")]

#[macro_use]
mod database;
mod configuration;
mod enrolment;
mod events;
mod health;
mod hostile;
mod ingestion;
mod node_keys;
mod nodes;
mod plans;
mod reports;
mod request_groups;
mod requests;
mod server;
mod stored_responses;
mod surroundings;
mod throughput;
mod tls;
mod usage_stream;
mod versions;

/// As the binary has it: what usage costs is measured here.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
