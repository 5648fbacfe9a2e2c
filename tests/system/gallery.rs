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
fn every_page_is_right_with_every_sample() {
    let folder = TempDir::new().unwrap();
    let (light, dark) = (gallery::exhibits(Theme::Light), gallery::exhibits(Theme::Dark));
    for (light, dark) in light.into_iter().zip(dark) {
        let name = format!("{}-{}", light.view, light.sample.as_str());
        assert_eq!(lit(&dark.html), light.html, "{name}: in the dark it is another page");
        fs::write(folder.path().join(format!("{name}-light.html")), light.html).unwrap();
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

/// The light page of a dark one: the browser is shown one of them, and told to change the theme.
fn lit(dark: &str) -> String {
    let theme = |it: &str| format!("data-bs-theme=\"{it}\"");
    let page = dark.replacen(&theme("dark"), &theme("light"), 1);
    let chosen = |it: &str| format!("<option value=\"{it}\" selected>");
    let plain = |it: &str| format!("<option value=\"{it}\">");
    page.replacen(&plain("light"), &chosen("light"), 1).replacen(&chosen("dark"), &plain("dark"), 1)
}
