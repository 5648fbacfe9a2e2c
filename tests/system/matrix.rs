//! Every caller's dialect on every target's: the official SDKs parse the answers, whole and streamed, and what they are
//! sent has the strict order of its dialect.

use std::path::Path;

use data_plane_core::dialect::Dialect;
use tempfile::TempDir;
use validators::{validate_answer, validate_stream};

use crate::support::cluster::Sandbox;
use crate::support::one_dialect::{PROVIDERS, World, configuration};

/// What the groups of the matrix do, beside answering.
const BEHAVIOURS: [(&str, &str); 4] =
    [("plain", ""), ("parallel", ",calls=2"), ("refused", ",fail=400"), ("broken", ",fail=stream-error,after=3")];

#[tokio::test]
async fn nine_pairs_of_dialects_serve_the_official_sdks_in_every_case() {
    let sandbox = Sandbox::start().await;
    let world = World::start(&configuration(sandbox.address, &PROVIDERS, &BEHAVIOURS)).await;
    let recorded = TempDir::new().unwrap();
    let upstream = format!("http://{}", sandbox.address);
    let environment = [("MATRIX_UPSTREAM", upstream.as_str()), ("MATRIX_RECORD", recorded.path().to_str().unwrap())];
    let scripts = ["matrix_chat", "matrix_responses", "matrix_messages"];
    let mut failures: Vec<String> = world.clients(&scripts, "chat-plain", &environment).err().into_iter().collect();
    failures.extend(violations(recorded.path()));
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// What is wrong with the recorded answers; fails if a pair was not recorded.
fn violations(folder: &Path) -> Vec<String> {
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut wrong = vec![];
    for (caller, dialect) in PROVIDERS {
        let dialect = Dialect::parse(dialect).unwrap();
        for (target, _) in PROVIDERS {
            let of_pair =
                |file: &&std::path::PathBuf| file.display().to_string().contains(&format!("-{caller}-{target}-"));
            let files: Vec<_> = files.iter().filter(of_pair).collect();
            assert!(files.len() > 15, "{caller} on {target}: only {} answers", files.len());
            for file in files {
                let bytes = std::fs::read(file).unwrap();
                let streamed = file.extension().is_some_and(|it| it == "sse");
                let found = if streamed { validate_stream(dialect, &bytes) } else { validate_answer(dialect, &bytes) };
                let name = file.file_name().unwrap().display();
                wrong.extend(found.into_iter().map(|violation| format!("{name}: {violation}")));
            }
        }
    }
    wrong
}
