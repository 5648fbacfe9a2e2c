//! A start that fails leaves nothing behind that was not there before.

use std::fs;
use std::path::{Path, PathBuf};

use crate::exit::{Exit, Failure};

/// A data directory, as it was before the start.
pub struct FreshDir {
    path: PathBuf,
    /// What did not exist, the directory itself first.
    missing: Vec<PathBuf>,
}

impl FreshDir {
    /// Looks what is there.
    pub fn of(path: &Path) -> Self {
        let missing = path.ancestors().take_while(|it| !it.as_os_str().is_empty() && !it.exists());
        Self { path: path.to_owned(), missing: missing.map(Path::to_path_buf).collect() }
    }

    /// Takes a directory away that this start has made, unless it holds `kept`: what cannot be made again. Another process that
    /// was quicker may have made it, too, and then it stays.
    pub fn roll_back(&self, failure: &Failure, kept: &[&str]) {
        let precious = kept.iter().any(|it| self.path.join(it).exists());
        let Some((own, above)) = self.missing.split_first() else { return };
        if precious || failure.exit == Exit::Conflict || fs::remove_dir_all(own).is_err() {
            return;
        }
        for dir in above {
            if fs::remove_dir(dir).is_err() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::fs;

    use super::FreshDir;
    use crate::exit::{Exit, Failure};

    #[test]
    fn only_what_the_start_has_made_goes() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("a/b");
        let failed = Failure::new(Exit::Unavailable, "");
        let fresh = FreshDir::of(&path);
        let make = || {
            fs::create_dir_all(&path).unwrap();
            fs::write(path.join("node.json"), "{}").unwrap();
        };
        make();
        fresh.roll_back(&failed, &["node.json"]);
        fresh.roll_back(&Failure::new(Exit::Conflict, ""), &[]);
        FreshDir::of(&path).roll_back(&failed, &[]);
        assert!(path.join("node.json").exists());
        fresh.roll_back(&failed, &["other"]);
        assert!(!root.path().join("a").exists() && root.path().exists());
        make();
        fs::write(root.path().join("a/other"), "").unwrap();
        fresh.roll_back(&failed, &[]);
        assert!(!path.exists() && root.path().join("a/other").exists());
    }
}
