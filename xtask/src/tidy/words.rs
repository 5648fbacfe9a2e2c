//! What names somebody's machine instead of the product.

use super::Sources;
use super::breach::Breach;

/// Top-level directories whose absolute paths exist on one machine only.
const PRIVATE: [&str; 4] = ["Users", "home", "root", "work"];

/// Requests that real clients sent; they are kept as they were.
const CAPTURES: &str = "/captures/";

/// Absolute paths of private directories.
pub fn breaches(sources: &Sources) -> Vec<Breach> {
    let mut found = Vec::new();
    for (path, text) in sources.all().filter(|(path, _)| !path.contains(CAPTURES)) {
        for (number, line) in text.lines().enumerate() {
            if let Some(directory) = PRIVATE.iter().find(|it| names(line, it)) {
                let message = format!("{path}:{}: an absolute path below /{directory}", number + 1);
                found.push(Breach::new(path, message));
            }
        }
    }
    found
}

/// Whether a line has the path `/<directory>/…` where a path can begin.
fn names(line: &str, directory: &str) -> bool {
    let needle = format!("/{directory}/");
    line.match_indices(&needle).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|it| it.is_alphanumeric() || "_-.}/".contains(it))
    })
}

#[cfg(test)]
mod tests {
    use super::{breaches, names};
    use crate::tidy::Sources;

    #[test]
    fn absolute_paths_are_noticed_and_others_pass() {
        let path = format!("/{}/src/x.rs", "home");
        assert!(names(&path, "home"));
        assert!(names(&format!("see `{path}`"), "home"));
        assert!(!names("docs/home/index.md", "home"));
        assert!(!names("https://example.com/home/", "home"));
        assert!(!names("/homework/", "home"));
    }

    #[test]
    fn captures_are_kept_as_they_were() {
        let text = format!("first\n/{}/me/x", "home");
        let sources = ["src/a.rs", "tests/captures/a.json"].map(|path| (path.to_owned(), text.clone()));
        let found = breaches(&Sources(sources.to_vec()));
        let found: Vec<&str> = found.iter().map(|it| it.message.as_str()).collect();
        assert_eq!(found, ["src/a.rs:2: an absolute path below /home"]);
    }
}
