//! The admin API under `/api/v1`, health, metrics and the documentation. Every route stands in one table with what it
//! takes to call it; see [`routes`].

mod access;
mod access_log;
mod admin;
mod admin_token;
mod app;
mod audit;
mod caller;
mod config;
mod credential;
mod deadline;
mod docs;
mod draft;
mod edit;
mod health;
mod idempotency;
mod identify;
mod input;
mod metrics;
mod model;
mod moment;
mod node;
mod openapi;
mod problem;
mod reference;
mod remembered;
mod report;
mod request;
mod request_id;
mod resource;
mod route;
mod routes;
mod server;
mod token;
mod token_effect;
mod version;
mod write_probe;

pub use access_log::AccessLog;
pub use app::App;
pub use openapi::{asking, document as openapi};
pub use reference::reference;
pub use remembered::Remembered;
pub use route::{Access, Listed, RouteKind};
pub use routes::listed;
pub use server::serve;
pub use write_probe::WriteProbe;
