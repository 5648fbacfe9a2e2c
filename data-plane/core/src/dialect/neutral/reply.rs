use std::sync::Arc;

use bytes::Bytes;

use super::{Realm, ToolNames};

/// What an answer has to know of the request that it answers.
#[derive(Clone, Debug)]
pub struct Reply {
    /// Unique; ids of the answer are made of it.
    pub request_id: String,
    /// The `model` that the caller sees.
    pub model: String,
    /// Seconds since the Unix epoch.
    pub created: i64,
    /// For `message_start`, which comes before the upstream reports anything.
    pub estimated_input: u64,
    /// Where the answer's artefacts are valid.
    pub realm: Realm,
    /// Chat: the caller asked for the usage chunk.
    pub include_usage: bool,
    /// The caller's body: Responses repeats some of its fields.
    pub request: Bytes,
    /// Back to the caller's names of tools.
    pub names: Arc<ToolNames>,
}
