//! `POST /v1/responses/compact`.

use bytes::Bytes;
use serde_json::{Value, json};

use super::{Responses, wire};
use crate::{
    answer::{Usage, answer},
    behaviour::Behaviour,
    dialect::Operation,
    dialect::{
        Dialect,
        strict::{list, text},
    },
    identity::{CREATED_S, Identity},
    problem::Problem,
    provenance::mint,
};

/// A request to make a conversation shorter.
pub struct Compact {
    request: Responses,
    /// What the user said, which is kept as it is.
    kept: Vec<Value>,
}

impl Operation for Compact {
    const DIALECT: Dialect = Dialect::Responses;
    const EXTRA: bool = true;

    fn read(body: &[u8]) -> Result<Self, Problem> {
        let given: Value = serde_json::from_slice(body)?;
        let of_user = list(&given, "input").iter().filter(|item| text(item, "role") == "user");
        let kept = of_user.map(|item| json!({"type": "message", "role": "user", "content": item["content"]}));
        Ok(Self { request: Responses::read(body)?, kept: kept.collect() })
    }

    fn model(&self) -> &str {
        self.request.model()
    }

    fn check(&self, behaviour: &Behaviour) -> Result<(), Problem> {
        self.request.check(behaviour)
    }

    fn refers(&self, behaviour: &Behaviour) -> Vec<&str> {
        self.request.refers(behaviour)
    }

    fn usage(&self, behaviour: &Behaviour) -> Option<Usage> {
        self.request.usage(behaviour)
    }

    fn whole(&self, behaviour: &Behaviour, identity: &Identity) -> Bytes {
        let sealed = mint(behaviour.realm.as_deref(), "", &identity.id(""));
        let compacted = json!({"id": identity.id("cmp_"), "type": "compaction", "encrypted_content": sealed});
        let output: Vec<_> = self.kept.iter().cloned().chain([compacted]).collect();
        let body = json!({
            "id": identity.id("resp_"), "object": "response.compaction", "created_at": CREATED_S, "output": output,
            "usage": wire::usage(answer(&self.request.ask, behaviour).usage),
        });
        body.to_string().into()
    }
}
