//! A default stands in one place: what both planes mean in `vocabulary`'s list, what several flags mean in a constant.

use std::collections::{BTreeMap, BTreeSet};

use super::Sources;
use super::breach::Breach;
use super::module::production_lines;

/// Defaults that stand twice, or as a value where a name is due.
pub fn breaches(list: &str, sources: &Sources) -> Vec<Breach> {
    let product: Vec<(&str, String)> = sources
        .ending(".rs")
        .filter(|(path, _)| !path.starts_with("xtask/") && !path.contains("tests/") && !path.ends_with("/tests.rs"))
        .map(|(path, text)| (path, production_lines(text).join("\n")))
        .collect();
    let Some((_, listed)) = product.iter().find(|(path, _)| *path == list) else {
        return vec![Breach::new(list, format!("there is no {list}: tidy.toml says that it lists the defaults"))];
    };
    let listed: BTreeSet<&str> = constants(listed).collect();
    let mut found = flags(&product);
    for (path, text) in product.iter().filter(|(path, _)| *path != list) {
        for name in constants(text).filter(|it| listed.contains(it)) {
            found.push(Breach::new(path, format!("{path}: `{name}` is a default of {list} already")));
        }
        for value in schema_values(text) {
            let message = format!("{path}: the schema's default {value} is a value: name it in {list}");
            found.push(Breach::new(path, message));
        }
    }
    found
}

/// The names of the constants of a file.
fn constants(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let line = line.trim_start().trim_start_matches("pub(crate) ").trim_start_matches("pub ");
        Some(line.strip_prefix("const ")?.split_once(':')?.0)
    })
}

/// Numbers and texts that a schema gives as a default; whether something is on by default needs no name.
fn schema_values(text: &str) -> impl Iterator<Item = &str> {
    let values = text.split("\"default\" = ").skip(1).map(|it| it.split([',', ')', ']']).next().unwrap_or(it));
    values.filter(|it| it.starts_with(|first: char| first == '"' || first.is_ascii_digit()))
}

/// Flags that share a variable, of which one has a value for a default.
fn flags(product: &[(&str, String)]) -> Vec<Breach> {
    let mut by_variable: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
    for (path, text) in product {
        for flag in text.split("#[arg(").skip(1).map(|it| it.split(")]").next().unwrap_or(it)) {
            let quoted = flag.split_once("env = \"").and_then(|(_, rest)| rest.split_once('"'));
            let default = flag.split_once("default_value = ").or_else(|| flag.split_once("default_value_t = "));
            if let (Some((variable, _)), Some((_, default))) = (quoted, default) {
                let default = default.split([',', ')', '\n']).next().unwrap_or(default).trim();
                by_variable.entry(variable).or_default().push((path, default));
            }
        }
    }
    let shared = by_variable.into_iter().filter(|(_, flags)| flags.len() > 1);
    let values =
        shared.flat_map(|(variable, flags)| flags.into_iter().map(move |(path, value)| (variable, path, value)));
    values
        .filter(|(_, _, it)| *it != "\"\"" && it.starts_with(|first: char| first == '"' || first.is_ascii_digit()))
        .map(|(variable, path, value)| {
            let message = format!("{path}: {variable} is another flag's variable too: name its default {value} once");
            Breach::new(path, message)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::breaches;
    use crate::tidy::Sources;

    const LIST: &str = "vocabulary/src/defaults.rs";

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let list = (LIST, "pub const MAX_ATTEMPTS: u32 = 3;\n");
        let sources = files.iter().chain([&list]).map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
        breaches(LIST, &Sources(sources.collect())).into_iter().map(|it| it.message).collect()
    }

    #[test]
    fn a_default_that_is_listed_is_written_nowhere_else() {
        let twice = found(&[("core/src/group.rs", "    pub(crate) const MAX_ATTEMPTS: u32 = 3;\n")]);
        assert_eq!(twice, [format!("core/src/group.rs: `MAX_ATTEMPTS` is a default of {LIST} already")]);
        assert_eq!(found(&[("core/src/group.rs", "const MOST_ATTEMPTS: u32 = 20;\nlet it = MAX_ATTEMPTS;")]), [""; 0]);
        assert_eq!(found(&[("core/tests/group.rs", "const MAX_ATTEMPTS: u32 = 3;\n")]), [""; 0]);
    }

    #[test]
    fn a_schema_names_its_defaults() {
        for value in ["3", "\"5s\""] {
            let text = format!("#[schemars(range(min = 1), extend(\"default\" = {value}))]\npub max_attempts: u32,");
            assert_eq!(found(&[("core/src/group.rs", &text)]).len(), 1, "{value}");
        }
        for value in ["defaults::MAX_ATTEMPTS", "Fidelity::default()", "false"] {
            let text = format!("#[schemars(extend(\"default\" = {value}))]");
            assert_eq!(found(&[("core/src/group.rs", &text)]), [""; 0], "{value}");
        }
    }

    #[test]
    fn flags_of_one_variable_share_a_named_default() {
        let flag = |default: &str| format!("#[arg(long, env = \"SMART_ROUTER_URL\", {default})]\nurl: String,");
        let both = |a: &str, b: &str| found(&[("src/a.rs", &flag(a)), ("src/b.rs", &flag(b))]);
        assert_eq!(both("default_value = \"http://a\"", "default_value = \"http://a\"").len(), 2);
        assert_eq!(both("default_value = URL", "default_value_t = 1").len(), 1);
        assert_eq!(both("default_value = URL", "default_value = defaults::URL"), [""; 0]);
        assert_eq!(both("default_value = \"http://a\"", "global = true"), [""; 0]);
    }
}
