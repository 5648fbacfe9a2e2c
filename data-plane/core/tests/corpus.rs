//! The fuzz targets' corpus holds what they check.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::Path;

#[path = "../fuzz/src/lib.rs"]
mod checks;

fn run(target: &str, check: fn(&[u8])) {
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
