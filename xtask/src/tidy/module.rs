//! Rust files as `rustfmt` leaves them: a block ends where its first line's indentation returns with a brace.

use super::Sources;

/// A line without its indentation, and how deep that was.
pub fn indented(line: &str) -> (usize, &str) {
    let text = line.trim_start_matches(' ');
    (line.len() - text.len(), text)
}

/// The index of the line that ends the block that begins at `start`; the start itself, if it is one line.
pub fn block_end(lines: &[&str], start: usize) -> usize {
    let (depth, first) = indented(lines[start]);
    if first.ends_with(';') || first.ends_with('}') {
        return start;
    }
    let ends = |line: &&str| indented(line).0 == depth && ["}", "};", ";"].contains(&indented(line).1);
    lines[start + 1..].iter().position(ends).map_or(lines.len() - 1, |offset| start + 1 + offset)
}

/// A file's lines without the modules that only tests compile.
pub fn production_lines(text: &str) -> Vec<&str> {
    let (production, _) = parted(text);
    production
}

/// A file's lines in two: those that are always compiled, and those that only tests compile.
pub fn parted(text: &str) -> (Vec<&str>, Vec<&str>) {
    let lines: Vec<&str> = text.lines().collect();
    let (mut production, mut tests) = (Vec::with_capacity(lines.len()), Vec::new());
    let mut at = 0;
    while at < lines.len() {
        if indented(lines[at]).1 == "#[cfg(test)]" && at + 1 < lines.len() {
            let end = block_end(&lines, at + 1);
            tests.extend(&lines[at..=end]);
            at = end + 1;
        } else {
            production.push(lines[at]);
            at += 1;
        }
    }
    (production, tests)
}

/// Tells files that only tests compile from the others.
pub struct TestFiles(Vec<String>);

impl TestFiles {
    /// Reads which modules are declared for tests alone.
    pub fn of(sources: &Sources) -> Self {
        Self(sources.ending(".rs").flat_map(|(path, text)| test_modules(path, text)).collect())
    }

    /// Whether that is one: it lies below `tests/`, or in a module that is declared for tests alone.
    pub fn contain(&self, path: &str) -> bool {
        let module = path.trim_end_matches(".rs");
        let in_module =
            |test: &String| module.strip_prefix(test.as_str()).is_some_and(|it| it.is_empty() || it.starts_with('/'));
        path.starts_with("tests/") || path.contains("/tests/") || self.0.iter().any(in_module)
    }
}

/// Where the modules lie that a file declares for tests alone: paths without `.rs` or `/mod.rs`.
fn test_modules<'a>(path: &'a str, text: &'a str) -> impl Iterator<Item = String> + 'a {
    let directory = module_directory(path);
    let declarations = text.lines().zip(text.lines().skip(1)).filter(|(attribute, _)| *attribute == "#[cfg(test)]");
    declarations.filter_map(move |(_, declaration)| {
        let name = declaration.trim_start_matches("pub ").strip_prefix("mod ")?.strip_suffix(';')?;
        Some(format!("{directory}/{name}"))
    })
}

/// Where a file's own modules lie: beside `mod.rs`, `lib.rs` and `main.rs`, in a directory of its name otherwise.
fn module_directory(path: &str) -> &str {
    let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
    match name {
        "mod.rs" | "lib.rs" | "main.rs" => directory,
        _ => path.trim_end_matches(".rs"),
    }
}

#[cfg(test)]
mod tests {
    use super::{block_end, production_lines, test_modules};

    #[test]
    fn modules_for_tests_are_left_out() {
        let text =
            "fn a() {}\n#[cfg(test)]\nmod fixtures;\nfn b() {\n}\n#[cfg(test)]\nmod tests {\n    fn c() {\n    }\n}\n";
        assert_eq!(production_lines(text), ["fn a() {}", "fn b() {", "}"]);
    }

    #[test]
    fn modules_for_tests_are_found_where_they_lie() {
        let text = "mod a;\n#[cfg(test)]\nmod tests;\n#[cfg(test)]\npub mod fixtures;\n#[cfg(test)]\nmod inline {\n}\n";
        let found = |path| test_modules(path, text).collect::<Vec<_>>();
        assert_eq!(found("x/src/lib.rs"), ["x/src/tests", "x/src/fixtures"]);
        assert_eq!(found("x/src/y/mod.rs"), ["x/src/y/tests", "x/src/y/fixtures"]);
        assert_eq!(found("x/src/y.rs"), ["x/src/y/tests", "x/src/y/fixtures"]);
    }

    #[test]
    fn a_block_ends_where_its_indentation_returns() {
        let lines =
            ["    fn a(", "        b: u8,", "    ) -> u8 {", "        if b {", "        }", "    }", "    fn c();"];
        assert_eq!((block_end(&lines, 0), block_end(&lines, 6)), (5, 6));
    }
}
