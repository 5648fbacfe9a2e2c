//! Answers of the Responses API that callers may continue and retrieve: what is kept of them, where, and under which key.
//! Everything is sealed here, before it leaves the router, and belongs to the caller's project.

mod backend;
mod continued;
mod control_plane;
mod ending;
mod keep;
mod key;
mod record;
mod records;
mod seal;
mod stored;
mod valkey;

pub(crate) use backend::ResponseStore;
pub(crate) use continued::continued;
pub(crate) use ending::Ending;
pub(crate) use keep::{Keeping, UNKEPT};
pub(crate) use stored::Stored;
