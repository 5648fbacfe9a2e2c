//! What the router answers itself.

mod dry_run;
pub(crate) mod explain;
pub(crate) mod health;
mod json;
pub(crate) mod metrics;
pub(crate) mod models;
mod path;
pub(crate) mod stored;
pub(crate) mod usage;
