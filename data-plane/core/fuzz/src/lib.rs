//! What must hold for any input. The first byte chooses the operation, for streams the second one the cut.

use bytes::Bytes;
use data_plane_core::dialect::Operation;
use data_plane_core::dialect::answer::read_answer;
use data_plane_core::dialect::failure::classify;
use data_plane_core::dialect::stream::{StreamEdits, StreamFacts, StreamReader};
use data_plane_core::facts;
use serde::de::IgnoredAny;

const OPERATIONS: [Operation; 5] = [
    Operation::ChatCompletions,
    Operation::Responses,
    Operation::Messages,
    Operation::CountTokens,
    Operation::Embeddings,
];

fn operation(selector: u8) -> Operation {
    OPERATIONS[usize::from(selector) % OPERATIONS.len()]
}

fn is_json(body: &[u8]) -> bool {
    std::str::from_utf8(body).is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok())
}

/// What is read is JSON, and what is said about `model` is what stands there.
pub fn request(data: &[u8]) {
    let Some((selector, body)) = data.split_first() else { return };
    if let Ok(facts) = facts::read(operation(*selector), body) {
        assert!(is_json(body));
        let written = &body[facts.model_span];
        assert!(written.starts_with(b"\"") && written.ends_with(b"\""));
        // Lone surrogates are the one thing that a string here may hold and serde_json refuses.
        if let Ok(model) = serde_json::from_slice::<String>(written) {
            assert_eq!(facts.model, model);
        }
    }
}

/// What is read is JSON; errors are classified whatever they are.
pub fn answer(data: &[u8]) {
    let Some((selector, body)) = data.split_first() else { return };
    let operation = operation(*selector);
    if let Ok(facts) = read_answer(operation, body) {
        assert!(is_json(body));
        if let Some(span) = facts.model_span {
            assert!(body[span.clone()].starts_with(b"\"") && body[span].ends_with(b"\""));
        }
    }
    classify(operation.dialect(), 500, body);
}

/// Without edits the bytes pass unchanged, up to an event that cannot be read; with edits the cut does not matter.
pub fn stream(data: &[u8]) {
    let [selector, cut, stream @ ..] = data else { return };
    let operation = operation(*selector);
    let size = usize::from(*cut).max(1);
    let (passed, facts) = run(operation, StreamEdits::default(), stream, size);
    // An unreadable event is held back with everything after it; it may follow a failure that was readable.
    assert!(passed == stream || (facts.failure.is_some() && stream.starts_with(&passed)));
    let edits = || StreamEdits { model: Some("group".to_owned()), withhold_usage: true };
    assert_eq!(run(operation, edits(), stream, size), run(operation, edits(), stream, stream.len().max(1)));
}

fn run(operation: Operation, edits: StreamEdits, stream: &[u8], size: usize) -> (Vec<u8>, StreamFacts) {
    let mut reader = StreamReader::new(operation, edits);
    let mut out = Vec::new();
    for chunk in stream.chunks(size) {
        reader.push(Bytes::copy_from_slice(chunk), &mut out);
    }
    reader.finish(&mut out);
    (out.concat(), reader.facts().clone())
}
