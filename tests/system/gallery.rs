//! Every page with every sample in a real browser: light and dark, narrow and wide, nothing refused, nobody kept out, nothing that
//! stands where it does not belong.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;
use web::{Theme, assets, gallery};

/// Where the screenshots go that people look at.
const SCREENSHOTS: &str = "SMART_ROUTER_TEST_SCREENSHOTS";

#[test]
#[ignore = "312 pages take a browser longer than a run of all tests may take: run it by name"]
fn every_page_is_right_with_every_sample() {
    let folder = TempDir::new().unwrap();
    for theme in [Theme::Light, Theme::Dark] {
        for exhibit in gallery::exhibits(theme) {
            let name = format!("{}-{}-{theme}.html", exhibit.view, exhibit.sample.as_str());
            fs::write(folder.path().join(name), exhibit.html).unwrap();
        }
    }
    fs::write(folder.path().join("policy.txt"), gallery::policy()).unwrap();
    let files = folder.path().join("assets").join(assets::DIGEST);
    fs::create_dir_all(&files).unwrap();
    for asset in assets::all() {
        fs::write(files.join(asset.name), asset.plain).unwrap();
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/web/gallery.mjs");
    let mut command = Command::new("node");
    command.arg(script).arg(folder.path()).args(std::env::var_os(SCREENSHOTS));
    let output = command.output().unwrap();
    let (text, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{text}\n{errors}");
}
