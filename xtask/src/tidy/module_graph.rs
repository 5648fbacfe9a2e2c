//! The modules of a crate, and which of them use which: names are followed through re-exports to where they are
//! defined.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};

use super::Sources;
use super::source_module::{SourceModule, Written};

/// How far re-exports of re-exports are followed.
const RE_EXPORTS: usize = 16;

/// The modules of a crate; the first is its root.
pub struct ModuleGraph {
    modules: Vec<Module>,
}

struct Module {
    name: String,
    file: String,
    parent: Option<usize>,
    children: BTreeMap<String, usize>,
    source: SourceModule,
}

/// Modules that stand side by side in one module, and who of them uses whom.
pub struct Family {
    /// The module around them: its path from the crate's root, which has an empty one.
    pub parent: String,
    pub members: BTreeSet<String>,
    /// User and used, and a file that shows it.
    pub uses: BTreeMap<(String, String), String>,
}

impl ModuleGraph {
    /// Reads the crate whose root is that file, `lib.rs` or `main.rs`.
    pub fn read(sources: &Sources, root: &str) -> Result<Self> {
        let files: BTreeMap<&str, &str> = sources.ending(".rs").collect();
        let mut graph = Self { modules: Vec::new() };
        let text = files.get(root).with_context(|| format!("there is no {root}"))?;
        let source = SourceModule::read(text).with_context(|| root.to_owned())?;
        let directory = root.rsplit_once('/').map_or("", |(directory, _)| directory);
        graph.add(None, "crate", root, directory, source, &files)?;
        Ok(graph)
    }

    /// Adds a module and those below it.
    fn add(
        &mut self,
        parent: Option<usize>,
        name: &str,
        file: &str,
        directory: &str,
        mut source: SourceModule,
        files: &BTreeMap<&str, &str>,
    ) -> Result<()> {
        let own = self.modules.len();
        let (declared, inline) = (std::mem::take(&mut source.declared), std::mem::take(&mut source.inline));
        let module = Module { name: name.to_owned(), file: file.to_owned(), parent, children: BTreeMap::new(), source };
        self.modules.push(module);
        if let Some(parent) = parent {
            self.modules[parent].children.insert(name.to_owned(), own);
        }
        for (name, source) in inline {
            self.add(Some(own), &name, file, &format!("{directory}/{name}"), source, files)?;
        }
        for name in declared {
            let below = format!("{directory}/{name}");
            let candidates = [format!("{below}.rs"), format!("{below}/mod.rs")];
            // Generated ones have no file here.
            let Some(file) = candidates.iter().find(|it| files.contains_key(it.as_str())) else { continue };
            let source = SourceModule::read(files[file.as_str()]).with_context(|| file.clone())?;
            self.add(Some(own), &name, file, &below, source, files)?;
        }
        Ok(())
    }

    /// Every module that has children, and how these use each other.
    pub fn families(&self) -> Vec<Family> {
        let mut families: BTreeMap<usize, Family> = BTreeMap::new();
        for (index, module) in self.modules.iter().enumerate().filter(|(_, it)| !it.children.is_empty()) {
            let members = module.children.keys().cloned().collect();
            families.insert(index, Family { parent: self.path(index), members, uses: BTreeMap::new() });
        }
        for (user, module) in self.modules.iter().enumerate() {
            for written in &module.source.named {
                let Some((used, _)) = self.resolve(user, written, RE_EXPORTS) else { continue };
                let Some((family, from, to)) = self.siblings(user, used) else { continue };
                if let Some(family) = families.get_mut(&family) {
                    family.uses.entry((from, to)).or_insert_with(|| module.file.clone());
                }
            }
        }
        families.into_values().collect()
    }

    /// The innermost module around both, and which of its children they lie in; none, if one lies in the other.
    fn siblings(&self, one: usize, other: usize) -> Option<(usize, String, String)> {
        let (one, other) = (self.line(one), self.line(other));
        let common = one.iter().zip(&other).take_while(|(one, other)| one == other).count();
        let (from, to) = (*one.get(common)?, *other.get(common)?);
        Some((one[common - 1], self.modules[from].name.clone(), self.modules[to].name.clone()))
    }

    /// The modules from the root to that one.
    fn line(&self, module: usize) -> Vec<usize> {
        let mut line: Vec<usize> = std::iter::successors(Some(module), |it| self.modules[*it].parent).collect();
        line.reverse();
        line
    }

    fn path(&self, module: usize) -> String {
        let names: Vec<&str> = self.line(module).into_iter().skip(1).map(|it| self.modules[it].name.as_str()).collect();
        names.join("::")
    }

    /// The module that a path leads to, or that defines what it leads to, and whether it is the module itself. `None`
    /// for what other crates define.
    fn resolve(&self, from: usize, written: &Written, further: usize) -> Option<(usize, bool)> {
        let (first, mut rest) = written.split_first()?;
        let mut module = match first.as_str() {
            "crate" => 0,
            "self" => from,
            "super" => self.modules[from].parent?,
            name => match self.step(from, name, further) {
                Resolved::Into(module) => module,
                Resolved::Item(module) => return Some((module, false)),
                Resolved::Elsewhere | Resolved::Unknown => return None,
            },
        };
        while let Some((name, after)) = rest.split_first() {
            match self.step(module, name, further) {
                Resolved::Into(next) => module = next,
                Resolved::Item(owner) => return Some((owner, false)),
                Resolved::Elsewhere | Resolved::Unknown => return Some((module, false)),
            }
            rest = after;
        }
        Some((module, true))
    }

    /// What a name means in a module.
    fn step(&self, module: usize, name: &str, further: usize) -> Resolved {
        let Module { parent, children, source, .. } = &self.modules[module];
        if let (Some(parent), "super") = (parent, name) {
            return Resolved::Into(*parent);
        }
        if let Some(child) = children.get(name) {
            return Resolved::Into(*child);
        }
        if source.items.iter().any(|it| it == name) {
            return Resolved::Item(module);
        }
        let Some(further) = further.checked_sub(1) else { return Resolved::Unknown };
        if let Some((_, written)) = source.bound.iter().find(|(bound, path)| bound == name && !is_itself(path, name)) {
            return match self.resolve(module, written, further) {
                Some((found, true)) => Resolved::Into(found),
                Some((found, false)) => Resolved::Item(found),
                None => Resolved::Elsewhere,
            };
        }
        let all = source.bound.iter().filter(|(bound, _)| bound == "*");
        let modules =
            all.filter_map(|(_, written)| self.resolve(module, written, further)).filter(|(it, _)| *it != module);
        let found = modules.map(|(it, _)| self.step(it, name, further)).find(|it| !matches!(it, Resolved::Unknown));
        found.unwrap_or(Resolved::Unknown)
    }
}

/// `use name;` and `use name::{…}` speak of a crate of that name, or would lead in a circle.
fn is_itself(path: &Written, name: &str) -> bool {
    path.first().is_some_and(|it| it == name)
}

enum Resolved {
    /// A module.
    Into(usize),
    /// Something that this module defines.
    Item(usize),
    /// Something of another crate.
    Elsewhere,
    Unknown,
}

#[cfg(test)]
mod tests {
    use super::ModuleGraph;
    use crate::tidy::Sources;

    /// Who uses whom at the top and below, as `a > b`.
    fn uses(files: &[(&str, &str)]) -> Vec<String> {
        let sources = files.iter().map(|(path, text)| (format!("x/src/{path}"), (*text).to_owned()));
        let graph = ModuleGraph::read(&Sources(sources.collect()), "x/src/lib.rs").expect("it is Rust");
        let families = graph.families();
        let uses = families
            .iter()
            .flat_map(|family| family.uses.keys().map(|(from, to)| format!("{}: {from} > {to}", family.parent)));
        uses.collect()
    }

    #[test]
    fn however_a_module_is_named_it_is_used() {
        for text in [
            "use crate::b::T;",
            "use super::b;",
            "use super::{c::U, b::*};",
            "fn f() -> crate::b::T { panic!() }",
            "fn f() { assert!(super::b::g()) }",
            "mod inner { use super::super::b::T; }",
            "pub use crate::b::T;",
        ] {
            let found = uses(&[("lib.rs", "mod a; pub mod b;"), ("a.rs", text), ("b/mod.rs", "pub struct T;")]);
            assert_eq!(found, [": a > b"], "{text}");
        }
    }

    #[test]
    fn re_exports_lead_to_where_the_name_is_defined() {
        let library = ("lib.rs", "mod a; mod b; mod c; pub use b::T; use c::deep as shallow;");
        let b = ("b.rs", "mod inner; pub use inner::*;");
        let others = [library, b, ("b/inner.rs", "pub struct T;"), ("c.rs", "pub mod deep;"), ("c/deep.rs", "")];
        let uses = |text| uses(&[&others[..], &[("a.rs", text)]].concat());
        assert_eq!(uses("use crate::T;"), [": a > b"]);
        assert_eq!(uses("use crate::shallow::g;"), [": a > c"]);
        assert_eq!(uses("use crate::b::T;"), [": a > b"]);
    }

    #[test]
    fn nested_modules_are_families_of_their_own() {
        let found = uses(&[
            ("lib.rs", "mod a;"),
            ("a.rs", "mod b; mod c; pub fn up() {}"),
            ("a/b.rs", "use super::c; use super::up; use crate::a;"),
            ("a/c.rs", "use http::Uri; use tokio::net;"),
        ]);
        assert_eq!(found, ["a: b > c"]);
    }

    #[test]
    fn tests_are_treated_apart() {
        let found = uses(&[
            ("lib.rs", "mod a; mod b; #[cfg(test)] mod fixtures;"),
            ("a.rs", "#[cfg(test)] mod tests { use crate::b; }"),
            ("b.rs", ""),
            ("fixtures.rs", "use crate::a;"),
        ]);
        assert_eq!(found, [""; 0]);
    }
}
