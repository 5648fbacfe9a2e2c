//! What administrators do, one file a noun: check, change and record in one transaction. The admin API, the first
//! start and the pages call the same functions. The checks themselves are `control-plane-core`'s.

pub mod access;
pub mod admin_token;
pub mod audit;
pub mod caller;
pub mod config;
mod control;
pub mod credential;
pub mod effect;
mod error;
pub mod idempotency;
pub mod insight;
pub mod master_key;
pub mod node;
pub mod outside;
pub mod own;
pub mod report;
pub mod report_schedule;
pub mod request;
pub mod saved_view;
pub mod session;
pub mod token;
pub mod value;
pub mod version;

pub use control::{Control, Documents};
pub use error::{ASKS_AGAIN, ManageError};
