//! `POST /v1/messages/count_tokens`.

use bytes::Bytes;
use serde_json::json;

use super::read::read_count;
use crate::{
    ask::Ask, behaviour::Behaviour, dialect::Dialect, dialect::Operation, identity::Identity, problem::Problem,
};

/// A request to count the tokens of a request.
pub struct CountTokens(Ask);

impl Operation for CountTokens {
    const DIALECT: Dialect = Dialect::Messages;
    const EXTRA: bool = true;

    fn read(body: &[u8]) -> Result<Self, Problem> {
        read_count(body).map(Self)
    }

    fn model(&self) -> &str {
        &self.0.model
    }

    fn whole(&self, _behaviour: &Behaviour, _identity: &Identity) -> Bytes {
        json!({"input_tokens": self.0.input_tokens}).to_string().into()
    }
}
