//! Writes a whole response.

use bytes::Bytes;

use super::wire::Wire;
use crate::answer::Answer;

/// The whole answer.
pub fn write(wire: &Wire, answer: &Answer) -> Bytes {
    let output = wire.output(answer);
    serde_json::to_vec(&wire.ended(answer, &output)).expect("our own types always serialise").into()
}
