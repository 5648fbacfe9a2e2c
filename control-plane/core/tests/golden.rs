//! Configuration files with mistakes, and everything that is told about them. `GOLDEN=write` writes what is expected anew.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use control_plane_core::parse::parse;

fn env(name: &str) -> Option<String> {
    match name {
        "API_HOST" => Some("api.example.com".to_owned()),
        "RPM" => Some("600".to_owned()),
        _ => None,
    }
}

fn told(text: &str) -> String {
    let (verdict, problems) = match parse(text, &env) {
        Ok(parsed) => ("accepted", parsed.warnings),
        Err(problems) => ("refused", problems),
    };
    let mut out = format!("{verdict}\n");
    for problem in problems {
        let _ = writeln!(out, "{problem}");
    }
    out
}

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let files = std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().path());
    let mut cases: Vec<PathBuf> = files.filter(|it| it.extension().is_some_and(|it| it == "yaml")).collect();
    cases.sort();
    cases
}

#[test]
#[expect(clippy::disallowed_methods, reason = "whoever runs the test chooses")]
fn every_mistake_is_told_where_it_is() {
    let write = std::env::var_os("GOLDEN").is_some();
    let mut wrong = String::new();
    let cases = cases();
    assert!(cases.len() >= 15, "the golden files are there");
    for case in cases {
        let told = told(&std::fs::read_to_string(&case).unwrap());
        let expected = case.with_extension("expected");
        if write {
            std::fs::write(&expected, &told).unwrap();
        } else if std::fs::read_to_string(&expected).unwrap_or_default() != told {
            let _ = writeln!(wrong, "{}:\n{told}", case.display());
        }
    }
    assert!(wrong.is_empty(), "told differently than expected:\n{wrong}");
}
