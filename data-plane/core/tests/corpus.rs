//! The fuzz targets' corpus holds what they check.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::Path;

use data_plane_core::dialect::Dialect;

#[path = "../fuzz/src/lib.rs"]
mod checks;

fn run(target: &str, check: impl Fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut count = 0;
    for file in fs::read_dir(folder).unwrap() {
        let data = fs::read(file.unwrap().path()).unwrap();
        check(&data);
        // Every prefix is an input of its own: a body or stream that was cut.
        (0..data.len()).for_each(|end| check(&data[..end]));
        count += 1;
    }
    assert!(count > 0, "the corpus of {target} is empty");
}

#[test]
fn requests() {
    run("request", checks::request);
}

#[test]
fn answers() {
    run("answer", checks::answer);
}

#[test]
fn streams() {
    run("stream", checks::stream);
}

fn names() -> [(&'static str, Dialect); 3] {
    [("chat", Dialect::OpenaiChat), ("responses", Dialect::OpenaiResponses), ("messages", Dialect::AnthropicMessages)]
}

#[test]
fn translated_requests() {
    for (name, from) in names() {
        run(&format!("request_from_{name}"), |data| checks::translate_request(from, data));
    }
}

#[test]
fn translated_answers() {
    run("translate_answer", checks::translate_whole);
}

#[test]
fn translated_streams() {
    for (one, from) in names() {
        for (other, to) in names().into_iter().filter(|(other, _)| *other != one) {
            run(&format!("stream_{one}_to_{other}"), |data| checks::translate_stream(from, to, data));
        }
    }
}
