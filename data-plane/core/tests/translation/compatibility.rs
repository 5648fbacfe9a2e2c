//! What each pair of dialects carries, field by field: `docs/reference/compatibility.md`, made by translating requests and
//! answers that use a field, and the same without it. `UPDATE_DOCS=1 cargo test -p data-plane-core --test translation
//! compatibility` writes the page.
//!
//! The samples are in `tests/compatibility/`, one a line. `moot` names the dialects where the field says nothing about the
//! answer, or has no place and is counted elsewhere: any other difference that is lost has to be told.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use data_plane_core::dialect::Dialect;
use data_plane_core::dialect::translate::{Neutral, Warnings, translate_answer};
use serde_json::{Value, json};

use super::is_set;
use super::requests::comparable;
use super::setting::{reply, target};

const DIALECTS: [(&str, &str, Dialect); 3] = [
    ("chat", "Chat", Dialect::OpenaiChat),
    ("responses", "Responses", Dialect::OpenaiResponses),
    ("messages", "Messages", Dialect::AnthropicMessages),
];

/// A field, and two bodies that differ in it alone.
struct Sample {
    field: String,
    with: Value,
    without: Value,
    moot: Value,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Carried,
    Approximated,
    Dropped,
    Impossible,
    /// What is written is the same.
    Moot,
}

impl Outcome {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Carried => "carried",
            Self::Approximated => "approximated",
            Self::Dropped => "dropped",
            Self::Impossible => "impossible",
            Self::Moot => "–",
        }
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compatibility")
}

fn samples(name: &str) -> Vec<Sample> {
    let text = fs::read_to_string(folder().join(name)).unwrap();
    let parse = |line: &str| {
        let mut line: Value = serde_json::from_str(line).unwrap();
        Sample {
            field: line["field"].as_str().unwrap().to_owned(),
            with: line["with"].take(),
            without: line["without"].take(),
            moot: line["moot"].take(),
        }
    };
    text.lines().map(parse).collect()
}

/// What was written, and what was lost.
type Written = (Value, Vec<String>);

fn lost(warnings: &Warnings) -> Vec<String> {
    warnings.list().iter().map(ToString::to_string).collect()
}

fn body(from: Dialect, fields: &Value) -> Value {
    let said = json!([{ "role": "user", "content": "Hi" }]);
    let mut body = match from {
        Dialect::OpenaiResponses => json!({ "model": "group", "input": said }),
        Dialect::OpenaiChat => json!({ "model": "group", "messages": said }),
        Dialect::AnthropicMessages => json!({ "model": "group", "max_tokens": 50, "messages": said }),
    };
    body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    body
}

fn request(from: Dialect, to: Dialect, fields: &Value) -> Option<Written> {
    translate(from, to, &body(from, fields))
}

fn translate(from: Dialect, to: Dialect, body: &Value) -> Option<Written> {
    let written = Neutral::read(from, body.to_string().as_bytes()).unwrap().write(&target(), to).ok()?;
    Some((serde_json::from_slice(&written.body).unwrap(), lost(&written.warnings)))
}

fn answer(from: Dialect, to: Dialect, body: &Value) -> Option<Written> {
    let translated = translate_answer(from, to, body.to_string().as_bytes(), &reply(b"{}", Arc::default())).ok()?;
    Some((serde_json::from_slice(&translated.body).unwrap(), lost(&translated.warnings)))
}

fn outcome(with: Option<Written>, without: Option<Written>) -> Outcome {
    let Some((with, warnings)) = with else { return Outcome::Impossible };
    let (without, before) = without.unwrap();
    let new = |prefix: &str| warnings.iter().any(|it| it.starts_with(prefix) && !before.contains(it));
    if new("dropped:") {
        Outcome::Dropped
    } else if new("approximated:") {
        Outcome::Approximated
    } else if with == without {
        Outcome::Moot
    } else {
        Outcome::Carried
    }
}

/// The rows of all samples of a file; what is neither carried nor told to be lost is a fault.
fn rows(
    file: &str,
    from: Dialect,
    translate: impl Fn(Dialect, Dialect, &Value) -> Option<Written>,
    faults: &mut Vec<String>,
) -> String {
    let mut table = String::new();
    for sample in samples(file) {
        table.push_str(&format!("| `{}` |", sample.field));
        for (short, name, to) in DIALECTS.into_iter().filter(|(.., to)| *to != from) {
            let outcome = outcome(translate(from, to, &sample.with), translate(from, to, &sample.without));
            let moot = sample.moot.as_array().is_some_and(|it| it.contains(&json!(short)));
            if (outcome == Outcome::Moot) != moot {
                faults.push(format!("{file}: {} to {name} is {}", sample.field, outcome.as_str()));
            }
            table.push_str(&format!(" {} |", outcome.as_str()));
        }
        table.push('\n');
    }
    table
}

const INTRODUCTION: &str = "\
# Compatibility of the dialects

Any caller can be served by any target. Where both speak the same dialect, requests and answers pass as they are, whatever
is in them. Across dialects this page says field by field what becomes of it; it is made by translating requests and
answers that use the field.

- **carried**: the target gets it, under its own name for it.
- **approximated**: the target gets the nearest thing that it knows.
- **dropped**: the target does not get it.
- **impossible**: the request cannot be served by such a target, which is not eligible for it.
- **–**: it says nothing about the answer, is what the other side does anyway, or is a count that only the usage row has a
  place for.

What is approximated or dropped is named in the header `x-router-warnings` and in the usage row; a group with
`fidelity: strict` does not use a target that would lose something. The tables hold for a target without limits of its own:
one that reads every modality, reasons, keeps to schemas, and does not know custom tools.
";

fn page(faults: &mut Vec<String>) -> String {
    let mut page = INTRODUCTION.to_owned();
    for (file, name, from) in DIALECTS {
        let others: Vec<&str> = DIALECTS.iter().filter(|(.., to)| *to != from).map(|(_, name, _)| *name).collect();
        page.push_str(&format!(
            "\n## Requests of {name} callers\n\n| field | to {} | to {} |\n|---|---|---|\n",
            others[0], others[1]
        ));
        page.push_str(&rows(&format!("{file}.request.jsonl"), from, request, faults));
    }
    for (file, name, from) in DIALECTS {
        let others: Vec<&str> = DIALECTS.iter().filter(|(.., to)| *to != from).map(|(_, name, _)| *name).collect();
        page.push_str(&format!(
            "\n## Answers of {name} targets\n\n| field | for {} callers | for {} callers |\n|---|---|---|\n",
            others[0], others[1]
        ));
        page.push_str(&rows(&format!("{file}.answer.jsonl"), from, answer, faults));
    }
    page
}

#[test]
fn the_page_says_what_is_carried() {
    let mut faults = Vec::new();
    let generated = page(&mut faults);
    assert!(faults.is_empty(), "lost in silence, or not moot:\n{}", faults.join("\n"));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/compatibility.md");
    if is_set("UPDATE_DOCS") {
        fs::write(path, generated).unwrap();
        return;
    }
    let written = fs::read_to_string(path).unwrap_or_default();
    assert!(written == generated, "docs/reference/compatibility.md is not current: UPDATE_DOCS=1 writes it");
}

/// What comes back in another place or form, though nothing of it is lost.
const OTHERWISE: [&str; 6] = [
    // Chat's results are text: what they show follows them.
    "messages[].content[].tool_result.content: image",
    "messages[].content[].tool_result.content: document",
    "input[].function_call_output.output: image",
    // Messages demands that tools which were called are described.
    "messages[].function_call, role function",
    // The others think as they find right.
    "thinking: adaptive",
    "thinking.display",
];

/// Through another dialect and back: what was carried is what the dialect's own writer writes of the request.
#[test]
fn what_is_carried_comes_back() {
    let mut faults = Vec::new();
    for (file, _, from) in DIALECTS {
        let samples = samples(&format!("{file}.request.jsonl"));
        for sample in samples.iter().filter(|it| it.moot.is_null() && !OTHERWISE.contains(&&*it.field)) {
            let mut body = body(from, &sample.with);
            if body["max_tokens"].is_null() && body["max_completion_tokens"].is_null() {
                // Messages demands one.
                let cap = if from == Dialect::OpenaiResponses { "max_output_tokens" } else { "max_completion_tokens" };
                body[cap] = json!(50);
            }
            for (_, name, through) in DIALECTS.into_iter().filter(|(.., through)| *through != from) {
                let Some((there, lost)) = translate(from, through, &body) else { continue };
                if !lost.is_empty() {
                    continue;
                }
                let (back, _) = translate(through, from, &there).unwrap();
                let (direct, _) = translate(from, from, &body).unwrap();
                let (back, direct) = (comparable(back), comparable(direct));
                if back != direct {
                    faults.push(format!("{file}: {} through {name}\n  {back}\n  {direct}", sample.field));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
