//! Pages that lead through the code: the files that they name are there, and so are the functions in them.

use std::collections::BTreeMap;
use std::path::Path;

use super::Sources;
use super::breach::Breach;

/// Files that are not there, and functions that the file named before them does not have.
pub fn breaches(pages: &[String], sources: &Sources) -> Vec<Breach> {
    let files: BTreeMap<&str, &str> = sources.all().collect();
    let mut found = Vec::new();
    for page in pages {
        let Some(text) = files.get(page.as_str()) else {
            found.push(Breach::new(page, format!("there is no {page}: strike it from tidy.toml")));
            continue;
        };
        let mut file = None;
        for code in text.split('`').skip(1).step_by(2) {
            if code.contains(char::is_whitespace) {
                continue;
            }
            if is_path(code, &files) {
                let there = files.keys().any(|it| *it == code || it.starts_with(code) && code.ends_with('/'));
                if !there {
                    found.push(Breach::new(page, format!("{page}: there is no {code}")));
                }
                file = files
                    .get(code)
                    .filter(|_| Path::new(code).extension().is_some_and(|it| it == "rs"))
                    .map(|text| (code, text));
            } else if let (true, Some((path, text))) = (is_function(code), file)
                && !text.contains(&format!("fn {code}("))
                && !text.contains(&format!("fn {code}<"))
            {
                found.push(Breach::new(page, format!("{page}: {path} has no function `{code}`")));
            }
        }
    }
    found
}

/// A path from the root of the repository.
fn is_path(code: &str, files: &BTreeMap<&str, &str>) -> bool {
    let top = code.split_once('/').map(|(top, _)| format!("{top}/"));
    top.is_some_and(|top| files.keys().any(|it| it.starts_with(&top)))
}

fn is_function(code: &str) -> bool {
    !code.is_empty() && code.chars().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_')
}

#[cfg(test)]
mod tests {
    use super::breaches;
    use crate::tidy::Sources;

    fn found(page: &str) -> Vec<String> {
        let files = [("docs/way.md", page), ("a/src/b.rs", "pub async fn serve<T>(it: T) {}\nfn stop() {}\n")];
        let sources = files.map(|(path, text)| (path.to_owned(), text.to_owned()));
        let found = breaches(&["docs/way.md".to_owned()], &Sources(sources.to_vec()));
        found.into_iter().map(|it| it.message).collect()
    }

    #[test]
    fn named_functions_are_in_the_file_before_them() {
        assert_eq!(found("1. `a/src/b.rs` `serve`, then `stop`: it ends. `cargo xtask tidy` and `SQL`."), [""; 0]);
        assert_eq!(found("`a/src/b.rs` `start`"), ["docs/way.md: a/src/b.rs has no function `start`"]);
        assert_eq!(found("`start` of nothing"), [""; 0]);
    }

    #[test]
    fn named_files_and_folders_are_there() {
        assert_eq!(
            found("`a/src/c.rs` `serve`, `a/gone/`"),
            ["docs/way.md: there is no a/src/c.rs", "docs/way.md: there is no a/gone/",]
        );
        assert_eq!(found("`a/src/` and `elsewhere/x.rs`"), [""; 0]);
    }
}
