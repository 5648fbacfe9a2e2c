//! The page on security names the test of every control: each of them is there.

use std::collections::BTreeSet;

use super::Sources;
use super::breach::Breach;

const PAGE: &str = "docs/security.md";
/// The heading of the column that names tests.
const COLUMN: &str = "test";

/// Controls without a test, and tests that are not there.
pub fn breaches(sources: &Sources) -> Vec<Breach> {
    let tests: BTreeSet<&str> = sources.ending(".rs").flat_map(|(_, text)| names(text)).collect();
    let mut found = Vec::new();
    for (_, text) in sources.all().filter(|(path, _)| *path == PAGE) {
        for line in tables(text) {
            let named: Vec<&str> = last_cell(line).split('`').skip(1).step_by(2).collect();
            if named.is_empty() {
                found.push(Breach::new(PAGE, format!("{PAGE}: a control without a test: {line}")));
            }
            for name in named.into_iter().filter(|it| !tests.contains(it)) {
                found.push(Breach::new(PAGE, format!("{PAGE}: there is no test `{name}`")));
            }
        }
    }
    found
}

/// The rows of tables whose last column names tests.
fn tables(text: &str) -> Vec<&str> {
    let (mut rows, mut within) = (Vec::new(), false);
    for line in text.lines() {
        let is_row = line.starts_with('|');
        if is_row && last_cell(line) == COLUMN {
            within = true;
        } else if !is_row {
            within = false;
        } else if within && !line.starts_with("|---") {
            rows.push(line);
        }
    }
    rows
}

fn last_cell(line: &str) -> &str {
    line.trim_end_matches('|').rsplit('|').next().unwrap_or_default().trim()
}

/// Functions that bear a test's attribute.
fn names(text: &str) -> Vec<&str> {
    let (mut names, mut marked) = (Vec::new(), false);
    for line in text.lines().map(str::trim) {
        if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            marked = true;
        } else if marked && !line.starts_with('#') {
            let name = line.split_once("fn ").and_then(|(_, it)| it.split_once('('));
            names.extend(name.map(|it| it.0));
            marked = false;
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::{Sources, breaches};

    #[test]
    fn a_control_has_a_test_that_is_there() {
        let found = |row: &str| {
            let page = format!("| threat | test |\n|---|---|\n{row}\n\n| other | table |\n|---|---|\n| a | b |\n");
            let code = "#[tokio::test(flavor = \"multi_thread\")]\nasync fn it_holds() {}\n\nfn helps() {}\n";
            let files = [("docs/security.md", page.as_str()), ("a/tests/b.rs", code)];
            breaches(&Sources(files.map(|(path, text)| (path.to_owned(), text.to_owned())).to_vec())).len()
        };
        assert_eq!(found("| theft | `it_holds` |"), 0);
        assert_eq!(found("| theft | `it_holds`, `helps` |"), 1);
        assert_eq!(found("| theft | by looking |"), 1);
    }
}
