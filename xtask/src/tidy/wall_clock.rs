//! Tests that would fail on a slow machine: a test says what happens and in which order, a benchmark says how fast.

use super::Sources;
use super::breach::Breach;
use super::module::{TestFiles, parted};

/// Lines of tests that bound how long something took on the wall's clock, in the forms in which that is usually written.
/// That something takes at least so long holds on any machine; a guard against hanging is a `timeout`.
pub fn breaches(sources: &Sources) -> Vec<Breach> {
    let tests = TestFiles::of(sources);
    let mut found = Vec::new();
    for (path, text) in sources.ending(".rs") {
        let lines = if tests.contain(path) { text.lines().collect() } else { parted(text).1 };
        for line in lines.iter().map(|it| it.trim()).filter(|it| bounds(it)) {
            let message =
                format!("{path}: a bound on wall-clock time in a test: say what happens first, or wait: `{line}`");
            found.push(Breach::new(path, message));
        }
    }
    found
}

/// Whether a line compares elapsed time with a most.
fn bounds(line: &str) -> bool {
    let upper = |left: &str| line.contains(&format!("{left} < ")) || line.contains(&format!("{left} <= "));
    let asserted =
        line.contains("assert!(") && (line.contains("< Duration::from_") || line.contains("<= Duration::from_"));
    upper("elapsed()") || asserted || (line.contains("assert!(") && upper("Instant::now()"))
}

#[cfg(test)]
mod tests {
    use super::{Sources, breaches};

    fn found(path: &str, line: &str) -> usize {
        let text = if path.ends_with("tests.rs") || path.contains("tests/") {
            format!("fn f() {{\n    {line}\n}}\n")
        } else {
            format!("fn f() {{}}\n\n#[cfg(test)]\nmod tests {{\n    {line}\n}}\n")
        };
        let declared = ("a/src/lib.rs".to_owned(), "#[cfg(test)]\nmod tests;\n".to_owned());
        breaches(&Sources(vec![declared, (path.to_owned(), text)])).len()
    }

    #[test]
    fn a_test_has_no_bound_on_wall_clock_time() {
        let lines = [
            concat!("assert!(began.elap", "sed() < ONE_SECOND);"),
            concat!("while started.elap", "sed() <= limit {"),
            concat!("ass", "ert!(start_up < Duration::from_secs(1), \"{start_up:?}\");"),
            concat!("ass", "ert!(Instant::now() < deadline);"),
        ];
        for line in lines {
            for path in ["a/src/b.rs", "a/src/tests.rs", "a/tests/b.rs", "tests/system/b.rs"] {
                assert_eq!(found(path, line), 1, "{path}: {line}");
            }
        }
    }

    #[test]
    fn waiting_longer_and_guards_against_hanging_are_no_bounds() {
        let lines =
            ["assert!(began.elapsed() >= PACE);", "timeout(PATIENCE, polls).await.unwrap();", "assert!(count < 3);"];
        for line in lines {
            assert_eq!(found("a/tests/b.rs", line), 0, "{line}");
        }
    }

    #[test]
    fn the_product_may_measure_time() {
        let line = concat!("if since.elap", "sed() < LONGEST {}");
        let product = format!("fn f() {{\n    {line}\n}}\n");
        assert_eq!(breaches(&Sources(vec![("a/src/b.rs".to_owned(), product)])).len(), 0);
    }
}
