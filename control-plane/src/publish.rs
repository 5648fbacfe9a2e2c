//! Publishing: whatever changed in the database becomes a snapshot that routers are sent. Every replica looks for itself.

mod compile;
mod number;
mod published;
mod publisher;
mod seal_key;
mod to_proto;

pub use compile::CompileError;
pub use published::{Content, Published};
pub use publisher::{Publisher, Standing};
