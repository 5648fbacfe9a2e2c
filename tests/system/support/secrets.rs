//! Planted secrets: they may be sent upstream and shown once to who made them, and must appear nowhere else.

use std::path::Path;
use std::sync::Mutex;

/// The provider key of every test that needs one.
pub const PROVIDER_KEY: &str = "sk-planted-7Hq2ZpWx9rT4";

static PLANTED: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// From now on no log and no file may contain it.
pub fn plant(secret: &str) {
    PLANTED.lock().unwrap().push(secret.to_owned());
}

/// Fails when the text contains a planted secret.
pub fn assert_clean(what: &str, bytes: &[u8]) {
    let mut planted = PLANTED.lock().unwrap().clone();
    planted.push(PROVIDER_KEY.to_owned());
    for secret in planted {
        let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!found, "{what} contains a secret that starts with {}", &secret[..8]);
    }
}

/// Looks into every file below a directory, except those whose whole purpose is to hold a secret.
pub fn assert_clean_files(directory: &Path) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            assert_clean_files(&path);
        } else if !["admin.json", "node.json", "master.key"].contains(&name.as_str()) {
            assert_clean(&path.display().to_string(), &std::fs::read(&path).unwrap());
        }
    }
}
