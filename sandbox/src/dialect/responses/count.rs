//! `POST /v1/responses/input_tokens`.

use bytes::Bytes;
use serde_json::json;

use super::Responses;
use crate::{behaviour::Behaviour, dialect::Dialect, dialect::Operation, identity::Identity, problem::Problem};

/// A request to count the tokens of a request.
pub struct InputTokens(Responses);

impl Operation for InputTokens {
    const DIALECT: Dialect = Dialect::Responses;
    const EXTRA: bool = true;

    fn read(body: &[u8]) -> Result<Self, Problem> {
        Responses::read(body).map(Self)
    }

    fn model(&self) -> &str {
        self.0.model()
    }

    fn check(&self, behaviour: &Behaviour) -> Result<(), Problem> {
        self.0.check(behaviour)
    }

    fn refers(&self, behaviour: &Behaviour) -> Vec<&str> {
        self.0.refers(behaviour)
    }

    fn whole(&self, _behaviour: &Behaviour, _identity: &Identity) -> Bytes {
        json!({"object": "response.input_tokens", "input_tokens": self.0.ask.input_tokens}).to_string().into()
    }
}
