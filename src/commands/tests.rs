#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::{Path, PathBuf};

/// The files of all commands.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(sources(&path));
        } else if path.extension().is_some_and(|it| it == "rs") && path.file_name().is_some_and(|it| it != "tests.rs") {
            all.push(path);
        }
    }
    all
}

/// The paths that a file names, with `{}` where they vary.
fn paths(source: &str) -> Vec<String> {
    let literals =
        source.lines().filter(|it| !it.trim_start().starts_with("//")).flat_map(|it| it.split('"').skip(1).step_by(2));
    let path = literals.filter(|it| it.starts_with('/') && it[1..].starts_with(|it: char| it.is_ascii_lowercase()));
    path.map(|it| varying(it.split('?').next().unwrap_or_default())).collect()
}

fn varying(path: &str) -> String {
    let part = |it: &str| if it.starts_with('{') { "{}".to_owned() } else { it.to_owned() };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

#[test]
fn every_path_that_a_command_asks_for_is_served() {
    let served: Vec<String> = control_plane::http::openapi().paths.paths.keys().map(|it| varying(it)).collect();
    let actions = ["suspend", "resume", "revoke"].map(|it| format!("/api/v1/tokens/{{}}/{it}"));
    let mut seen = 0;
    for file in sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src/commands"))) {
        let source = std::fs::read_to_string(&file).unwrap();
        if !source.contains("AdminClient") {
            continue;
        }
        for path in paths(&source) {
            let whole = format!("/api/v1{path}");
            let is_action = whole == "/api/v1/tokens/{}/{}" && actions.iter().all(|it| served.contains(it));
            assert!(
                is_action || served.contains(&whole) || served.contains(&path),
                "{}: nobody serves `{path}`",
                file.display()
            );
            seen += 1;
        }
    }
    assert!(seen > 20, "{seen}");
}
