//! What must hold for any input. The first byte chooses the operation, for streams the second one the cut; where something
//! is translated, the first byte chooses the target's dialect or the cut.

#[path = "../../tests/translation/setting.rs"]
mod setting;

use std::sync::Arc;

use bytes::Bytes;
use data_plane_core::dialect::answer::read_answer;
use data_plane_core::dialect::failure::classify;
use data_plane_core::dialect::id_tag::{IdTag, IdTags};
use data_plane_core::dialect::refusal::render_stream;
use data_plane_core::dialect::scan;
use data_plane_core::dialect::stream::{StreamEdits, StreamFacts, StreamReader};
use data_plane_core::dialect::translate::{Neutral, Realm, StreamTranslator, ToolNames, translate_answer};
use data_plane_core::dialect::{Dialect, Operation};
use data_plane_core::error::{Code, Refusal};
use serde::de::IgnoredAny;
use validators::{validate_answer, validate_stream};

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
    if let Ok(facts) = scan::read_facts(operation(*selector), body) {
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
    let edits = || StreamEdits {
        model: Some("group".to_owned()),
        withhold_usage: true,
        realm: Some(Realm::of(setting::PROVIDER)),
        id_tags: IdTags {
            response: Some(IdTag::Realm(Realm::of(setting::PROVIDER))),
            item: Some(IdTag::Realm(Realm::of(setting::PROVIDER))),
        },
        keeps_response: true,
        scrub: None,
    };
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

fn dialect(selector: u8) -> Dialect {
    Dialect::ALL[usize::from(selector) % Dialect::ALL.len()]
}

/// The most that may be written for an input of this length.
const fn most(length: usize) -> usize {
    16_384 + 100 * length
}

/// What is written can be read, and is the same every time.
pub fn translate_request(from: Dialect, data: &[u8]) {
    let Some((selector, body)) = data.split_first() else { return };
    let (to, target) = (dialect(*selector), setting::target());
    let Ok(neutral) = Neutral::read(from, body) else { return };
    let Ok(written) = neutral.write(&target, to) else { return };
    assert!(is_json(&written.body));
    assert!(written.body.len() <= most(body.len()));
    assert!(Neutral::read(to, &written.body).is_ok());
    let again = Neutral::read(from, body).unwrap().write(&target, to).unwrap();
    assert_eq!((written.body, written.warnings, written.names), (again.body, again.warnings, again.names));
}

/// What is written is what its dialect's clients demand.
pub fn translate_whole(data: &[u8]) {
    let Some((selector, body)) = data.split_first() else { return };
    let (from, to) = (dialect(*selector), dialect(*selector / 3));
    let reply = setting::reply(b"{}", Arc::new(ToolNames::default()));
    let Ok(translated) = translate_answer(from, to, body, &reply) else { return };
    assert_eq!(validate_answer(to, &translated.body), Vec::<String>::new());
    assert!(translated.body.len() <= most(body.len()));
}

/// What is written is what its dialect's clients demand, whatever the cut.
pub fn translate_stream(from: Dialect, to: Dialect, data: &[u8]) {
    let Some((cut, stream)) = data.split_first() else { return };
    let (mut out, facts) = translated(from, to, stream, usize::from(*cut).max(1));
    assert_eq!((out.clone(), facts.clone()), translated(from, to, stream, stream.len().max(1)));
    assert!(out.len() <= most(stream.len()));
    // Before anything was written the shell still answers with an error status.
    if out.is_empty() {
        return;
    }
    if facts.failure.is_some() || !facts.complete {
        out.extend(render_stream(to, &Refusal::new(Code::UpstreamFailed, "it failed"), "id", &facts));
    }
    // Arguments are streamed as the model writes them: whether they are JSON shows when they are gone.
    let violations = validate_stream(to, &out).into_iter().filter(|it| it != "the input of a call is no object");
    assert_eq!(violations.collect::<Vec<_>>(), Vec::<String>::new());
}

fn translated(from: Dialect, to: Dialect, stream: &[u8], size: usize) -> (Vec<u8>, StreamFacts) {
    let reply = setting::reply(b"{}", Arc::new(ToolNames::default()));
    let mut translator = StreamTranslator::new(from, to, &reply);
    let mut out = Vec::new();
    for chunk in stream.chunks(size) {
        translator.push(Bytes::copy_from_slice(chunk), &mut out);
    }
    translator.finish(&mut out);
    (out.concat(), translator.facts().clone())
}
