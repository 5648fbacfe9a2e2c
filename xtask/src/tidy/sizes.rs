//! Files and functions that can be read at a glance.

use super::Sources;
use super::breach::Breach;
use super::module::{TestFiles, block_end, indented, production_lines};
use super::rules::Sizes;

/// Files and functions of the product that are too long. Tests may be as long as their cases.
pub fn breaches(sizes: &Sizes, sources: &Sources) -> Vec<Breach> {
    let tests = TestFiles::of(sources);
    let product = sources.ending(".rs").filter(|(path, _)| !tests.contain(path));
    product.flat_map(|(path, text)| in_file(sizes, path, text)).collect()
}

fn in_file(sizes: &Sizes, path: &str, text: &str) -> Vec<Breach> {
    let Sizes { file_lines, function_lines } = *sizes;
    let lines = production_lines(text);
    let mut found = Vec::new();
    if lines.len() > file_lines {
        let message =
            format!("{path} has {} lines, at most {file_lines} are allowed: split it by concept", lines.len());
        found.push(Breach::new(path, message));
    }
    for (at, line) in lines.iter().enumerate() {
        let Some(name) = function(line) else { continue };
        let length = block_end(&lines, at) + 1 - at;
        if length > function_lines {
            let message =
                format!("{path}: `{name}` has {length} lines, at most {function_lines} are allowed: split it");
            found.push(Breach::new(path, message));
        }
    }
    found
}

/// The name of the function that a line begins.
fn function(line: &str) -> Option<&str> {
    let mut words = indented(line).1.split(' ');
    let qualifier = |word: &str| ["async", "const", "pub"].contains(&word) || word.starts_with("pub(");
    let first = words.by_ref().find(|word| !qualifier(word))?;
    let name = words.next()?;
    (first == "fn").then(|| name.split(['(', '<']).next().unwrap_or(name))
}

#[cfg(test)]
mod tests {
    use super::{Sizes, function};
    use crate::tidy::Sources;

    fn breaches(sources: &Sources) -> Vec<String> {
        let found = super::breaches(&Sizes { file_lines: 400, function_lines: 60 }, sources);
        found.into_iter().map(|it| it.message).collect()
    }

    fn file(path: &str, text: String) -> (String, String) {
        (path.to_owned(), text)
    }

    fn long_function(name: &str, lines: usize) -> String {
        format!("pub async fn {name}<T>(it: T) {{\n{}}}\n", "    step();\n".repeat(lines - 2))
    }

    #[test]
    fn functions_are_recognised() {
        assert_eq!(function("    pub(super) const fn area(it: u8) {"), Some("area"));
        assert_eq!(function("fn map<T>("), Some("map"));
        assert_eq!(function("type Check = fn(u8) -> u8;"), None);
        assert_eq!(function("// fn old() {"), None);
    }

    #[test]
    fn long_files_and_functions_are_named() {
        let sources = Sources(vec![
            file("a/src/short.rs", long_function("fits", 60)),
            file("a/src/long.rs", long_function("burst", 61)),
            file("a/src/file.rs", "const A: u8 = 1;\n".repeat(401)),
        ]);
        let found = breaches(&sources);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].starts_with("a/src/long.rs: `burst` has 61 lines"), "{found:?}");
        assert!(found[1].starts_with("a/src/file.rs has 401 lines"), "{found:?}");
    }

    #[test]
    fn tests_may_be_long() {
        let sources = Sources(vec![
            file(
                "a/src/b.rs",
                format!(
                    "fn b() {{}}\n#[cfg(test)]\nmod tests;\n#[cfg(test)]\nmod inline {{\n{}}}\n",
                    "    //\n".repeat(500)
                ),
            ),
            file("a/src/b/tests.rs", long_function("cases", 500)),
            file("a/src/b/tests/more.rs", long_function("cases", 500)),
            file("tests/system/main.rs", long_function("cases", 500)),
        ]);
        assert_eq!(breaches(&sources), Vec::<String>::new());
    }
}
