//! A type's name leads to the type: one search finds it.

use std::collections::BTreeMap;

use super::Sources;
use super::breach::Breach;
use super::module::{TestFiles, indented, production_lines};
use super::rules::{Crate, Rules};

/// Names that stand for more than one type within a crate, or in too many crates of the product.
pub fn breaches(rules: &Rules, sources: &Sources) -> Vec<Breach> {
    let tests = TestFiles::of(sources);
    let mut named: BTreeMap<&str, BTreeMap<&str, Vec<&str>>> = BTreeMap::new();
    let mut product: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (path, text) in sources.ending(".rs").filter(|(path, _)| !tests.contain(path)) {
        let Some(owner) = owner(rules, path) else { continue };
        if mirrors(rules, owner, path) {
            continue;
        }
        for name in production_lines(text).into_iter().filter_map(defined) {
            named.entry(name).or_default().entry(&owner.name).or_default().push(path);
            if owner.product {
                product.entry(name).or_default().push(path);
            }
        }
    }
    let mut found = Vec::new();
    for (name, crates) in &named {
        for (owner, paths) in crates.iter().filter(|(_, paths)| paths.len() > 1) {
            let message =
                format!("{owner} has {} types `{name}`, {}: say which is which", paths.len(), paths.join(", "));
            found.push(Breach::new(name, message));
        }
    }
    for (name, paths) in product.iter().filter(|(_, paths)| paths.len() > rules.type_names.most_crates) {
        let message =
            format!("the product has {} types `{name}`, {}: say which is which", paths.len(), paths.join(", "));
        found.push(Breach::new(name, message));
    }
    found
}

/// The crate that a file belongs to: the one whose folder of sources is the nearest.
fn owner<'a>(rules: &'a Rules, path: &str) -> Option<&'a Crate> {
    let holds = |it: &&Crate| path.strip_prefix(folder(it)).is_some_and(|rest| rest.starts_with('/'));
    rules.with_sources().filter(holds).max_by_key(|it| folder(it).len())
}

fn folder(it: &Crate) -> &str {
    it.root.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn mirrors(rules: &Rules, owner: &Crate, path: &str) -> bool {
    let modules = rules.type_names.mirrors.iter().filter_map(|it| it.split_once("::"));
    let mut folders = modules.filter(|(name, _)| *name == owner.name).map(|(_, module)| module.replace("::", "/"));
    folders.any(|module| path.starts_with(&format!("{}/{module}/", folder(owner))))
}

/// The name of the type that a line defines.
fn defined(line: &str) -> Option<&str> {
    let (depth, line) = indented(line);
    let line = match line.strip_prefix("pub") {
        Some(rest) if rest.starts_with('(') => rest.split_once(") ")?.1,
        Some(rest) => rest.strip_prefix(' ')?,
        None => line,
    };
    let (keyword, rest) = line.split_once(' ')?;
    // A `type` further in belongs to a trait.
    let defines = ["enum", "struct", "trait", "union"].contains(&keyword) || (keyword == "type" && depth == 0);
    let name = rest.split(|it: char| !it.is_alphanumeric() && it != '_').next()?;
    (defines && name.starts_with(char::is_uppercase)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::{Sources, defined};
    use crate::tidy::rules::{Crate, Rules, TypeNames};

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let of = |name: &str, root: &str, product| Crate {
            name: name.to_owned(),
            root: root.to_owned(),
            product,
            ..Crate::default()
        };
        let crates = vec![
            of("plane", "plane/src/lib.rs", true),
            of("core", "plane/core/src/lib.rs", true),
            of("other", "other/src/lib.rs", true),
            of("tool", "tool/src/main.rs", false),
        ];
        let type_names = TypeNames { mirrors: vec!["core::dialect".to_owned()], most_crates: 2 };
        let sources = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        let breaches = super::breaches(&Rules { type_names, crates, ..Rules::default() }, &Sources(sources));
        breaches.into_iter().map(|it| it.message).collect()
    }

    #[test]
    fn definitions_are_recognised() {
        for line in
            ["pub struct Kind<'a> {", "enum Kind {", "    pub(in crate::a) trait Kind: Send {", "type Kind = u8;"]
        {
            assert_eq!(defined(line), Some("Kind"), "{line}");
        }
        for line in
            ["    type Kind = u8;", "// struct Kind;", "impl Kind {", "let structure = 1;", "publish struct Kind"]
        {
            assert_eq!(defined(line), None, "{line}");
        }
    }

    #[test]
    fn a_name_stands_once_in_a_crate() {
        let twice = found(&[("plane/src/a.rs", "struct Kind;"), ("plane/src/b/c.rs", "pub enum Kind {}")]);
        assert_eq!(twice, ["plane has 2 types `Kind`, plane/src/a.rs, plane/src/b/c.rs: say which is which"]);
        assert_eq!(found(&[("tool/src/a.rs", "struct Kind;\nmod b {\n    enum Kind {}\n}")]).len(), 1);
        assert_eq!(found(&[("plane/src/a.rs", "struct Kind;"), ("plane/core/src/a.rs", "struct Kind;")]), [""; 0]);
        let test = "struct Kind;\n#[cfg(test)]\nmod tests {\n    struct Kind;\n}\n";
        assert_eq!(found(&[("plane/src/a.rs", test), ("plane/tests/a.rs", "struct Kind;")]), [""; 0]);
    }

    #[test]
    fn few_crates_of_the_product_share_a_name() {
        let all = |third: &str| {
            found(&[
                ("plane/src/a.rs", "struct Kind;"),
                ("plane/core/src/a.rs", "struct Kind;"),
                (third, "struct Kind;"),
            ])
        };
        assert_eq!(all("other/src/a.rs").len(), 1);
        assert_eq!(all("tool/src/a.rs"), [""; 0]);
    }

    #[test]
    fn modules_that_mirror_each_other_may_share_names() {
        let both = |one: &str, other: &str| found(&[(one, "struct Kind;"), (other, "struct Kind;")]).len();
        assert_eq!(both("plane/core/src/dialect/chat.rs", "plane/core/src/dialect/messages.rs"), 0);
        assert_eq!(both("plane/core/src/dialect/chat.rs", "plane/core/src/dialects.rs"), 0);
        assert_eq!(both("plane/core/src/dialect.rs", "plane/core/src/dialects.rs"), 1);
        assert_eq!(both("plane/src/dialect/chat.rs", "plane/src/dialect/messages.rs"), 1);
    }
}
