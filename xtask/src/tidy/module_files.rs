//! One style of modules: `store.rs` beside the directory `store/`, so that every tab and every search result has a name.

use super::Sources;
use super::breach::Breach;

/// Files called `mod.rs`. Below `tests/` they may stand: several test binaries share a directory of helpers by its path.
pub fn breaches(sources: &Sources) -> Vec<Breach> {
    let old_style = |path: &str| path.ends_with("/mod.rs") && !path.contains("/tests/");
    let found = sources.ending(".rs").filter(|(path, _)| old_style(path));
    found
        .map(|(path, _)| {
            let directory = path.trim_end_matches("/mod.rs");
            Breach::new(path, format!("{path}: call it {directory}.rs"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::breaches;
    use crate::tidy::Sources;

    #[test]
    fn modules_are_files_with_their_own_name() {
        let paths = ["a/src/store/mod.rs", "a/src/store.rs", "a/tests/router/support/mod.rs"];
        let found = breaches(&Sources(paths.map(|it| (it.to_owned(), String::new())).to_vec()));
        let messages: Vec<&str> = found.iter().map(|it| it.message.as_str()).collect();
        assert_eq!(messages, ["a/src/store/mod.rs: call it a/src/store.rs"]);
    }
}
