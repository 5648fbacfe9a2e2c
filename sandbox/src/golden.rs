//! Golden files: `tests/golden/<dialect>/<case>.json` is a request; beside it stand the whole answer
//! (`.answer.json`) and the stream (`.events`). `SANDBOX_BLESS=1` writes them anew.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{env, fs, path::PathBuf};

use serde_json::Value;

use crate::{behaviour::Behaviour, dialect::Operation, identity::Identity, pace::Frame};

/// A request's whole answer and its stream.
pub struct Case {
    /// The whole answer.
    pub answer: Value,
    /// The stream's frames.
    pub frames: Vec<Frame>,
    /// The data of the stream's events, without `[DONE]`.
    pub events: Vec<Value>,
}

/// Runs a golden case and compares both forms of its answer with their files.
pub fn check<O: Operation>(dialect: &str, case: &str) -> Case {
    let file = |ending: &str| {
        let folder: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests", "golden", dialect].iter().collect();
        folder.join(format!("{case}.{ending}"))
    };
    let run = run::<O>(&fs::read(file("json")).unwrap());
    let stream: Vec<u8> = run.frames.iter().flat_map(|frame| frame.bytes.to_vec()).collect();
    compare(&file("answer.json"), &format!("{:#}\n", run.answer));
    compare(&file("events"), &String::from_utf8(stream).unwrap());
    run
}

/// Runs any request.
pub fn run<O: Operation>(request: &[u8]) -> Case {
    let operation = O::read(request).unwrap_or_else(|problem| panic!("{problem:?}"));
    let identity = Identity::new("0000000000000001");
    let behaviour = Behaviour::read(operation.model(), None).unwrap();
    let answer = serde_json::from_slice(&operation.whole(&behaviour, &identity)).unwrap();
    let frames = operation.stream(&behaviour, &identity);
    let events = frames.iter().filter_map(data).collect();
    Case { answer, frames, events }
}

/// The data of an event, which must be framed as one: perhaps an `event:` line that equals the
/// data's type, one `data:` line, a blank line.
fn data(frame: &Frame) -> Option<Value> {
    let text = std::str::from_utf8(&frame.bytes).unwrap();
    let lines = text.strip_suffix("\n\n").unwrap();
    let (name, data) = match lines.split_once('\n') {
        Some((name, data)) => (name.strip_prefix("event: "), data),
        None => (None, lines),
    };
    let data = data.strip_prefix("data: ").unwrap();
    assert!(!data.contains('\n'), "{text}");
    if data == "[DONE]" {
        return None;
    }
    let data: Value = serde_json::from_str(data).unwrap();
    if let Some(name) = name {
        assert_eq!(data["type"], name);
    }
    Some(data)
}

fn compare(file: &PathBuf, text: &str) {
    if env::var_os("SANDBOX_BLESS").is_some() {
        fs::write(file, text).unwrap();
    }
    let expected = fs::read_to_string(file).unwrap();
    assert_eq!(text, expected, "{}", file.display());
}
