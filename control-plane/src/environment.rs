//! The surroundings that configurations may name: variables, and files with keys.

use std::{
    collections::HashMap,
    fs,
    path::{Component, Path, PathBuf},
    sync::Arc,
};

use control_plane_core::variables::Use;

/// What a variable is called that holds a key, unless more is said.
const KEYS: [&str; 2] = ["*_API_KEY", "LLM_SECRET_*"];

/// How much of the surroundings is open to a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// All of it but the router's own: the process was started with the document.
    Whole,
    /// What lists declare: it came by the API.
    Listed,
    /// The same, and no value is looked up: whoever sent it may only look.
    Names,
}

/// Where names of variables become values (the process's environment, or a fixed table), and what of it is open to documents
/// that come by the API.
#[derive(Clone)]
pub struct Environment {
    lookup: Arc<Lookup>,
    /// Names, with at most one `*` each.
    allowed: Arc<[String]>,
    secrets_dir: Option<Arc<Path>>,
}

type Lookup = dyn Fn(&str) -> Option<String> + Send + Sync;

impl Environment {
    /// The environment of this process.
    pub fn process() -> Self {
        Self { lookup: Arc::new(|name| std::env::var(name).ok()), allowed: Arc::new([]), secrets_dir: None }
    }

    /// A fixed table.
    pub fn table<K: Into<String>, V: Into<String>>(variables: impl IntoIterator<Item = (K, V)>) -> Self {
        let table: HashMap<String, String> =
            variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Self { lookup: Arc::new(move |name| table.get(name).cloned()), ..Self::process() }
    }

    /// Opens more to documents that come by the API: variables by name (with at most one `*`), and the files of a directory.
    #[must_use]
    pub fn opening(self, variables: Vec<String>, secrets_dir: Option<PathBuf>) -> Self {
        // Documents name its files by absolute paths, wherever the process was started.
        let whole = |dir: PathBuf| std::path::absolute(&dir).unwrap_or(dir);
        Self { allowed: variables.into(), secrets_dir: secrets_dir.map(|dir| whole(dir).into()), ..self }
    }

    /// The value of a variable. The router's own variables hold its secrets, so that they are never handed out.
    pub fn get(&self, name: &str) -> Option<String> {
        if name.starts_with("SMART_ROUTER_") { None } else { (self.lookup)(name) }
    }

    /// Why something is not open to documents that come by the API; `None`: it is. Names are not repeated: a key may have been
    /// pasted in their place.
    pub fn refusal(&self, asked: Use<'_>) -> Option<String> {
        let is_key = |name: &str| KEYS.iter().any(|it| matches(it, name));
        let is_allowed = |name: &str| self.allowed.iter().any(|it| matches(it, name));
        let refusal = match asked {
            Use::Text(name) if is_key(name) => "a variable that holds a key cannot become a text that all can read",
            Use::Text(name) if !is_allowed(name) => {
                "this variable is not open to documents that come by the API: write its value, or start the control plane \
                 with `--allow-env` and its name"
            }
            Use::Key(name) | Use::Template(name) if !is_key(name) && !is_allowed(name) => {
                "this variable is not open to documents that come by the API: call it `…_API_KEY` or `LLM_SECRET_…`, or \
                 start the control plane with `--allow-env` and its name"
            }
            Use::File(path) if !self.holds(Path::new(path)) => {
                "this file is not open to documents that come by the API: it must be in the directory that the control \
                 plane was started with as `--secrets-dir`"
            }
            _ => return None,
        };
        Some(refusal.to_owned())
    }

    /// Whether a file is one of the directory for secrets. It may be on the routers only.
    fn holds(&self, path: &Path) -> bool {
        let Some(dir) = self.secrets_dir.as_deref() else { return false };
        let whole = std::path::absolute(path);
        let inside = whole.is_ok_and(|path| path.starts_with(dir));
        let named = inside && path.components().all(|it| it != Component::ParentDir);
        let leads_out = || {
            let (path, dir) = (fs::canonicalize(path), fs::canonicalize(dir));
            path.is_ok_and(|path| dir.is_ok_and(|dir| !path.starts_with(dir)))
        };
        named && !leads_out()
    }
}

fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((start, end)) => name.len() >= start.len() + end.len() && name.starts_with(start) && name.ends_with(end),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_directory_that_is_named_from_here_holds_files_that_are_named_in_whole() {
        let environment = Environment::process().opening(Vec::new(), Some("src".into()));
        let whole = std::path::absolute("src/lib.rs").unwrap();
        for path in ["src/lib.rs", "./src/lib.rs", whole.to_str().unwrap()] {
            assert!(environment.refusal(Use::File(path)).is_none(), "{path}");
        }
        let outside = std::path::absolute("Cargo.toml").unwrap();
        assert!(environment.refusal(Use::File(outside.to_str().unwrap())).is_some());
    }

    #[test]
    fn only_what_is_declared_is_open() {
        let dir = tempfile::tempdir().unwrap();
        let secrets = dir.path().join("secrets");
        fs::create_dir(&secrets).unwrap();
        fs::write(dir.path().join("outside"), "x").unwrap();
        std::os::unix::fs::symlink(dir.path().join("outside"), secrets.join("link")).unwrap();
        let environment = Environment::process().opening(vec!["HOST".into(), "EU_*".into()], Some(secrets.clone()));
        let open = |asked: Use<'_>| environment.refusal(asked).is_none();
        for name in ["OPENAI_API_KEY", "LLM_SECRET_X", "HOST", "EU_HOST"] {
            assert!(open(Use::Key(name)) && open(Use::Template(name)), "{name}");
            assert_eq!(open(Use::Text(name)), name.ends_with("HOST"), "{name}");
        }
        for name in ["HOME", "HOSTS", "API_KEY", "XLLM_SECRET_X", "AWS_SECRET_ACCESS_KEY", ""] {
            assert!(!open(Use::Key(name)) && !open(Use::Template(name)) && !open(Use::Text(name)), "{name}");
        }
        for (path, expected) in [("key", true), ("a/b", true), ("link", false), ("../outside", false), ("..", false)] {
            assert_eq!(open(Use::File(secrets.join(path).to_str().unwrap())), expected, "{path}");
        }
        assert!(!open(Use::File("/etc/passwd")) && !open(Use::File("key")));
        assert!(Environment::process().refusal(Use::File("/run/secrets/x")).is_some());
    }
}
