//! Stored responses: sealed records that routers keep for their callers.

mod expiry;
mod service;

pub(crate) use expiry::start as start_expiry;
pub(crate) use service::{MAX_MESSAGE, Records};
