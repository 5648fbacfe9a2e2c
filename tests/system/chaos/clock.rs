//! Clocks that can be set while a process runs: libfaketime's, which reads by how much it is off from a file.

use std::path::{Path, PathBuf};

const LIBRARY: &str = "faketime/libfaketime.so.1";

/// The clock of one process. The monotonic clock is left alone, as when an administrator sets the time.
pub struct Clock(PathBuf);

impl Clock {
    pub fn new(directory: &Path) -> Self {
        let this = Self(directory.join("clock"));
        this.step(0);
        this
    }

    /// So many hours off the true time from now on. Takes effect within a second.
    pub fn step(&self, hours: i32) {
        let next = self.0.with_extension("next");
        std::fs::write(&next, format!("{hours:+}h\n")).unwrap();
        std::fs::rename(next, &self.0).unwrap();
    }

    /// What the process is started with.
    pub fn environment(&self) -> Vec<(String, String)> {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        vec![
            pair("LD_PRELOAD", library().to_str().expect("the path is ASCII")),
            pair("FAKETIME_TIMESTAMP_FILE", self.0.to_str().expect("the path is ASCII")),
            pair("FAKETIME_CACHE_DURATION", "1"),
            pair("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
            pair("FAKETIME_DISABLE_SHM", "1"),
        ]
    }
}

/// Where Debian's package puts it.
fn library() -> PathBuf {
    let folders = std::fs::read_dir("/usr/lib").unwrap().flatten();
    let found = folders.map(|it| it.path().join(LIBRARY)).find(|it| it.exists());
    found.expect("the package `libfaketime` is installed; `cargo xtask chaos` does it")
}
