//! Each file of `fixtures` is read, and written again beside itself: `<case>.back.…`. `UPDATE_GOLDEN=1` writes the files.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use super::support::{back, events, list, reply, stream};
use crate::dialect::Dialect;
use crate::dialect::chat::{read_response, write_response};
use validators::validate_answer;

/// Every fixture of a kind, and what became of it.
fn check(kind: &str, ending: &str, translate: impl Fn(&str) -> String) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/dialect/chat/fixtures").join(kind);
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    files.retain(|it| !it.to_str().unwrap().contains(".back."));
    files.sort();
    assert!(!files.is_empty());
    for file in files {
        let made = translate(&fs::read_to_string(&file).unwrap());
        let golden = file.with_extension(ending);
        #[expect(clippy::disallowed_methods, reason = "tests are told by the environment to write their files")]
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&golden, &made).unwrap();
        }
        assert_eq!(made, fs::read_to_string(&golden).unwrap_or_default(), "{}", golden.display());
    }
}

#[test]
fn requests_are_read_and_written_back() {
    check("requests", "back.json", |body| {
        let (body, warnings) = back(body);
        serde_json::to_string_pretty(&serde_json::json!({ "warnings": warnings, "body": body })).unwrap() + "\n"
    });
}

#[test]
fn answers_are_read_and_written_back() {
    check("answers", "back.json", |body| {
        let answer = read_response(body.as_bytes()).unwrap();
        let written = write_response(&answer, &reply());
        assert_eq!(validate_answer(Dialect::OpenaiChat, &written), Vec::<String>::new());
        let body: serde_json::Value = serde_json::from_slice(&written).unwrap();
        let warnings = list(&answer.warnings);
        serde_json::to_string_pretty(&serde_json::json!({ "warnings": warnings, "body": body })).unwrap() + "\n"
    });
}

#[test]
fn streams_are_read_and_written_back() {
    check("streams", "back.txt", |upstream| {
        let (events, warnings) = events(upstream);
        let mut made = String::new();
        for warning in warnings {
            writeln!(made, "{warning}").unwrap();
        }
        for event in &events {
            writeln!(made, "{event:?}").unwrap();
        }
        made + "\n" + &stream(&events)
    });
}
