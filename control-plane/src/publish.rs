//! Publishing: whatever changed in the database becomes a snapshot that routers are sent. Every replica looks for itself.

mod compile;
mod error;
mod number;
mod outgoing;
mod published;
mod publisher;
mod seal_key;
mod to_proto;

pub use error::CompileError;
pub use outgoing::{Encoding, TooLarge};
pub use published::Published;
pub use publisher::{Publisher, Standing};
