//! Writes a whole response.

use bytes::Bytes;

use super::{Responses, wire};
use crate::{answer::Answer, operation::Identity};

/// The whole answer.
pub fn write(request: &Responses, answer: &Answer, identity: &Identity) -> Bytes {
    let output = wire::output(request, identity, answer);
    let response = wire::ended(request, identity, answer, &output);
    serde_json::to_vec(&response).expect("our own types always serialise").into()
}
