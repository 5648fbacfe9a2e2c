//! Calls to providers: which addresses may be reached, with which key, over which connection.

mod address;
mod client;
mod connect;
mod connection;
mod credential;
mod error;
mod headers;
mod pool;
mod special;

pub use client::{Client, probe};
pub use connection::AnswerBody;
pub use credential::Credentials;
pub use error::SendError;
pub use headers::{forwarded, forwarded_query, translated, with_credential};
