//! Modules that stand side by side and know nothing of each other: one can be read, changed and removed alone.

use super::breach::Breach;
use super::module_graph::Family;
use super::rules::Siblings;

/// Imports of a sibling. A shared module must not import siblings either.
pub fn breaches(rules: &[Siblings], name: &str, families: &[Family]) -> Vec<Breach> {
    let mut found = Vec::new();
    for rule in rules.iter().filter(|it| it.in_crate == name) {
        let Some(family) = families.iter().find(|it| it.parent == rule.module) else {
            found.push(Breach::new(name, format!("{name} has no module `{}` with children", rule.module)));
            continue;
        };
        for ((from, to), file) in &family.uses {
            let between = match &rule.only {
                Some(only) => only.contains(from) && only.contains(to),
                None => !rule.shared.contains(to),
            };
            if between {
                let message = format!("{file} imports its sibling `{to}`: move what both need to `{}`", rule.module);
                found.push(Breach::new(file, message));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::breaches;
    use crate::tidy::Sources;
    use crate::tidy::module_graph::ModuleGraph;
    use crate::tidy::rules::Siblings;

    fn found(only: Option<&[&str]>, shared: &[&str], files: &[(&str, &str)]) -> usize {
        let owned = |names: &[&str]| names.iter().map(|it| (*it).to_owned()).collect();
        let rule = Siblings {
            in_crate: "x".to_owned(),
            module: "store".to_owned(),
            only: only.map(owned),
            shared: owned(shared),
        };
        let mut sources: Vec<(String, String)> = vec![
            ("x/src/lib.rs".to_owned(), "mod store;".to_owned()),
            ("x/src/store.rs".to_owned(), "mod codec; mod node; mod token; pub use self::token::Row;".to_owned()),
        ];
        for name in ["codec", "node", "token"] {
            let text = files.iter().find(|(file, _)| *file == name).map_or("", |(_, text)| text);
            sources.push((format!("x/src/store/{name}.rs"), text.to_owned()));
        }
        let graph = ModuleGraph::read(&Sources(sources), "x/src/lib.rs").expect("it is Rust");
        breaches(&[rule], "x", &graph.families()).len()
    }

    #[test]
    fn siblings_do_not_import_each_other() {
        let in_node = |text| found(None, &["codec"], &[("node", text)]);
        assert_eq!(in_node("use super::token::Row;"), 1);
        assert_eq!(in_node("use crate::store::{codec, token::{Row, usage}};"), 1);
        assert_eq!(in_node("fn a() { crate::store::token::insert() }"), 1);
        assert_eq!(in_node("use super::codec;\n#[cfg(test)]\nmod tests {\n    use super::super::token;\n}"), 0);
    }

    #[test]
    fn what_is_shared_imports_no_sibling() {
        assert_eq!(found(None, &["codec"], &[("codec", "use super::token::Row;")]), 1);
    }

    #[test]
    fn named_siblings_are_bound_and_all_else_is_free() {
        let only = Some(&["node", "token"][..]);
        assert_eq!(found(only, &[], &[("node", "use super::token::Row;")]), 1);
        assert_eq!(found(only, &[], &[("codec", "use super::token::Row;"), ("node", "use super::codec;")]), 0);
    }
}
