//! Three callers on three targets: `tests/matrix/<case>/`, one case a feature. `UPDATE_GOLDEN=1 cargo test -p
//! data-plane-core --test translation matrix` writes what comes out.
//!
//! | file | is |
//! |---|---|
//! | `request.<caller>.json` | what the caller sends |
//! | `request.<caller>.to-<target>.json` | what the target gets; with `.warnings` beside it, if something is lost |
//! | `answer.<target>.json`, `.sse` | what the target answers; `error.<target>.json`: under status 400 |
//! | `answer.<target>.for-<caller>.json`, `.sse`, `error.…` | what the caller gets; with `.warnings` |
//!
//! Where both are the same dialect, nothing but what named rules splice is changed.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use data_plane_core::dialect::answer::read_answer;
use data_plane_core::dialect::failure::{CONTEXT_LENGTH_EXCEEDED, classify};
use data_plane_core::dialect::refusal::{render, render_stream};
use data_plane_core::dialect::scan;
use data_plane_core::dialect::splice::{Splice, apply};
use data_plane_core::dialect::stream::{StreamEdits, StreamReader};
use data_plane_core::dialect::translate::{Neutral, Reply, ToolNames, translate_answer};
use data_plane_core::dialect::{Dialect, Operation, request};
use data_plane_core::error::{Code, Refusal};
use data_plane_core::facts::RequestFacts;
use serde_json::Value;
use validators::{validate_answer, validate_stream};

use super::is_set;
use super::run::stream;
use super::setting::{reply, target};

const REQUEST_ID: &str = "0199c0de";

/// Every case that there has to be.
const CASES: [&str; 12] = [
    "cap",
    "error",
    "error-mid-stream",
    "image",
    "parallel-tools",
    "reasoning",
    "stop",
    "stream",
    "structured-output",
    "text",
    "tool-results",
    "tools",
];

const CALLERS: [(&str, Operation); 3] =
    [("chat", Operation::ChatCompletions), ("responses", Operation::Responses), ("messages", Operation::Messages)];

/// A folder of golden files, and those of them that were asked for.
struct Golden {
    folder: PathBuf,
    used: BTreeSet<String>,
}

impl Golden {
    fn input(&mut self, name: &str) -> Option<Vec<u8>> {
        let read = fs::read(self.folder.join(name)).ok();
        self.used.extend(read.is_some().then(|| name.to_owned()));
        read
    }

    fn check(&mut self, name: &str, text: &str) {
        self.used.insert(name.to_owned());
        let path = self.folder.join(name);
        if is_set("UPDATE_GOLDEN") {
            fs::write(path, text).unwrap();
            return;
        }
        let golden = fs::read_to_string(&path).unwrap_or_default();
        assert!(golden == text, "{} is not what came out; UPDATE_GOLDEN=1 writes it:\n{text}", path.display());
    }

    fn warnings(&mut self, name: &str, warnings: &[String]) {
        if !warnings.is_empty() {
            self.check(&format!("{name}.warnings"), &(warnings.join("\n") + "\n"));
        }
    }

    /// A golden file that nothing came out for any more is gone.
    fn end(&self) {
        for file in fs::read_dir(&self.folder).unwrap() {
            let file = file.unwrap();
            if self.used.contains(file.file_name().to_str().unwrap()) {
                continue;
            }
            assert!(is_set("UPDATE_GOLDEN"), "{} is of no use", file.path().display());
            fs::remove_file(file.path()).unwrap();
        }
    }
}

/// A caller's request, and the target that it went to.
struct Cell<'a> {
    caller: (&'a str, Operation),
    target: (&'a str, Operation),
    facts: RequestFacts,
    reply: Reply,
}

impl Cell<'_> {
    fn is_native(&self) -> bool {
        self.caller.0 == self.target.0
    }

    fn dialects(&self) -> (Dialect, Dialect) {
        (self.target.1.dialect(), self.caller.1.dialect())
    }
}

#[test]
fn nine_combinations_of_callers_and_targets() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/matrix");
    for case in CASES {
        let mut golden = Golden { folder: root.join(case), used: BTreeSet::new() };
        for caller in CALLERS {
            let name = format!("request.{}", caller.0);
            let body =
                Bytes::from(golden.input(&format!("{name}.json")).unwrap_or_else(|| panic!("{case}: no {name}")));
            for target in CALLERS {
                let facts = scan::read_facts(caller.1, &body).unwrap();
                let names = send(&mut golden, caller, target, &body, &facts);
                let reply = Reply { include_usage: facts.include_usage, ..reply(&body, names) };
                let cell = Cell { caller, target, facts, reply };
                assert!(cell.answer(&mut golden), "{case}: no answer of {}", target.0);
            }
        }
        golden.end();
    }
}

fn send(
    golden: &mut Golden,
    caller: (&str, Operation),
    to: (&str, Operation),
    body: &Bytes,
    facts: &RequestFacts,
) -> Arc<ToolNames> {
    let name = format!("request.{}.to-{}", caller.0, to.0);
    if caller.0 == to.0 {
        let edits = request::request_edits(facts, &target(), false);
        assert!(edits.warnings.is_empty(), "{name}");
        let sent = apply(body, &edits.splices).concat();
        golden.check(&format!("{name}.json"), &String::from_utf8(sent).unwrap());
        return Arc::default();
    }
    let written = Neutral::read(caller.1.dialect(), body).unwrap().write(&target(), to.1.dialect()).unwrap();
    golden.check(&format!("{name}.json"), &pretty(&written.body));
    let warnings: Vec<String> = written.warnings.list().iter().map(ToString::to_string).collect();
    golden.warnings(&name, &warnings);
    written.names
}

impl Cell<'_> {
    fn answer(&self, golden: &mut Golden) -> bool {
        let file = |kind: &str, form: &str| format!("{kind}.{}.{form}", self.target.0);
        if let Some(body) = golden.input(&file("answer", "json")) {
            self.whole(golden, &body.into());
        } else if let Some(bytes) = golden.input(&file("answer", "sse")) {
            self.streamed(golden, &bytes.into());
        } else if let Some(body) = golden.input(&file("error", "json")) {
            self.error(golden, &body);
        } else {
            return false;
        }
        true
    }

    fn name(&self, kind: &str) -> String {
        format!("{kind}.{}.for-{}", self.target.0, self.caller.0)
    }

    fn whole(&self, golden: &mut Golden, body: &Bytes) {
        let (from, to) = self.dialects();
        let name = self.name("answer");
        let told = if self.is_native() {
            let facts = read_answer(self.caller.1, body).unwrap();
            let mut splices = facts.minted.marks(Some(self.reply.realm), None);
            splices.push(Splice { range: facts.model_span.unwrap(), with: Bytes::from_static(b"\"group\"") });
            splices.sort_by_key(|it| it.range.start);
            String::from_utf8(apply(body, &splices).concat()).unwrap()
        } else {
            let translated = translate_answer(from, to, body, &self.reply).unwrap();
            let warnings: Vec<String> = translated.warnings.list().iter().map(ToString::to_string).collect();
            golden.warnings(&name, &warnings);
            pretty(&translated.body)
        };
        assert_eq!(validate_answer(to, told.as_bytes()), Vec::<String>::new(), "{name}");
        golden.check(&format!("{name}.json"), &told);
    }

    fn streamed(&self, golden: &mut Golden, bytes: &Bytes) {
        let (from, to) = self.dialects();
        let name = self.name("answer");
        let (mut told, facts) = if self.is_native() {
            let withhold_usage = from == Dialect::OpenaiChat && !self.facts.include_usage;
            let model = Some(self.reply.model.clone());
            let realm = Some(self.reply.realm);
            let edits = StreamEdits { model, withhold_usage, realm, ..StreamEdits::default() };
            let mut reader = StreamReader::new(self.caller.1, edits);
            let mut out = Vec::new();
            reader.push(bytes.clone(), &mut out);
            reader.finish(&mut out);
            (out.concat(), reader.facts().clone())
        } else {
            let streamed = stream(from, to, &self.reply, bytes, &[]);
            golden.warnings(&name, &streamed.warnings);
            (streamed.out, streamed.facts)
        };
        // A caller of the same dialect is told in the upstream's own words.
        if facts.failure.is_some() && !self.is_native() {
            let refusal = Refusal::new(Code::UpstreamFailed, "the upstream failed within its stream");
            told.extend(render_stream(to, &refusal, REQUEST_ID, &facts));
        }
        assert!(facts.failure.is_some() || facts.complete, "{name} is not complete");
        assert_eq!(validate_stream(to, &told), Vec::<String>::new(), "{name}");
        golden.check(&format!("{name}.sse"), &String::from_utf8(told).unwrap());
    }

    fn error(&self, golden: &mut Golden, body: &[u8]) {
        let (from, to) = self.dialects();
        let name = format!("{}.json", self.name("error"));
        if self.is_native() {
            return golden.check(&name, std::str::from_utf8(body).unwrap());
        }
        let failure = classify(from, 400, body);
        assert_eq!(failure.code.as_deref(), Some(CONTEXT_LENGTH_EXCEEDED));
        let refusal = Refusal::new(Code::ContextLengthExceeded, "the input is too long for the target");
        golden.check(&name, &pretty(&render(to, &refusal, REQUEST_ID)));
    }
}

fn pretty(body: &[u8]) -> String {
    let value: Value = serde_json::from_slice(body).unwrap();
    serde_json::to_string_pretty(&value).unwrap() + "\n"
}
