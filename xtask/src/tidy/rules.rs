//! `tidy.toml`: the tables of the rules.

use anyhow::{Context, Result};
use serde::Deserialize;

use super::Sources;
use super::breach::Breach;

/// Where the tables are.
pub const FILE: &str = "tidy.toml";

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Rules {
    /// The file that lists the defaults of both planes.
    pub defaults: String,
    pub sizes: Sizes,
    /// Pages that name files and functions, which must be there.
    #[serde(default)]
    pub walkthroughs: Vec<String>,
    #[serde(default)]
    pub type_names: TypeNames,
    /// Crates of others that no crate with `pure = true` may have.
    pub impure: Vec<String>,
    pub crates: Vec<Crate>,
    #[serde(default)]
    pub siblings: Vec<Siblings>,
    #[serde(default)]
    pub exceptions: Vec<Exception>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Sizes {
    pub file_lines: usize,
    pub function_lines: usize,
}

/// Names of types that a search finds.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TypeNames {
    /// Modules of crates whose children mirror each other, so that the same thing has the same name in each:
    /// `crate::module`. Names within them are not counted.
    pub mirrors: Vec<String>,
    /// How many crates of the product may have a type of the same name.
    pub most_crates: usize,
}

/// A crate of the workspace.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Crate {
    pub name: String,
    /// Its `lib.rs` or `main.rs`.
    pub root: String,
    /// Crates of the workspace that it may depend on.
    #[serde(default)]
    pub may: Vec<String>,
    /// Further ones, in tests only.
    #[serde(default)]
    pub tests_may: Vec<String>,
    /// Users run it. What a tool or a test names its types is counted within it alone.
    #[serde(default = "yes")]
    pub product: bool,
    /// Crates of others that must never be in it, tests aside.
    #[serde(default)]
    pub never: Vec<String>,
    /// It has no async, no sockets, no wire formats, no database, no clock and no randomness.
    #[serde(default)]
    pub pure: bool,
    /// Its modules, the highest first: each imports from lower layers only.
    #[serde(default)]
    pub layers: Vec<Vec<String>>,
}

/// Modules that stand side by side and never import each other.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Siblings {
    #[serde(rename = "crate")]
    pub in_crate: String,
    pub module: String,
    /// Those alone; without it, all children but the shared ones.
    pub only: Option<Vec<String>>,
    /// What the others may use, and what uses none of them.
    #[serde(default)]
    pub shared: Vec<String>,
}

/// A breach that is let pass.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Exception {
    pub rule: String,
    pub place: String,
    pub reason: String,
}

fn yes() -> bool {
    true
}

impl Rules {
    /// Crates, those with the sources of another left out: what holds for one holds for both.
    pub fn with_sources(&self) -> impl Iterator<Item = &Crate> {
        let first = |it: &&Crate| self.crates.iter().find(|other| other.root == it.root);
        self.crates.iter().filter(move |it| first(it).is_some_and(|first| first.name == it.name))
    }

    pub fn read(sources: &Sources) -> Result<Self> {
        let (_, text) = sources.all().find(|(path, _)| *path == FILE).with_context(|| format!("there is no {FILE}"))?;
        toml::from_str(text).with_context(|| format!("cannot read {FILE}"))
    }

    /// Takes out what is let pass.
    pub fn without_exceptions(&self, rule: &str, mut breaches: Vec<Breach>) -> Vec<Breach> {
        breaches.retain(|breach| !self.exceptions.iter().any(|it| it.rule == rule && it.place == breach.place));
        breaches
    }

    /// Exceptions that say no reason, or that nothing needs any more.
    pub fn bad_exceptions(&self, found: &[(&str, Vec<Breach>)]) -> Vec<Breach> {
        let needed = |exception: &Exception| {
            found.iter().any(|(rule, breaches)| {
                *rule == exception.rule && breaches.iter().any(|it| it.place == exception.place)
            })
        };
        let mut bad = Vec::new();
        for exception @ Exception { rule, place, reason } in &self.exceptions {
            if reason.trim().is_empty() {
                bad.push(Breach::new(place, format!("the exception of {place} from `{rule}` has no reason")));
            }
            if !needed(exception) {
                bad.push(Breach::new(place, format!("{place} needs no exception from `{rule}`: strike it")));
            }
        }
        bad
    }
}

#[cfg(test)]
mod tests {
    use super::{Exception, Rules};
    use crate::tidy::breach::Breach;

    fn rules(rule: &str, place: &str, reason: &str) -> Rules {
        let [rule, place, reason] = [rule, place, reason].map(ToOwned::to_owned);
        Rules { exceptions: vec![Exception { rule, place, reason }], ..Rules::default() }
    }

    fn found() -> Vec<(&'static str, Vec<Breach>)> {
        vec![("circles", vec![Breach::new("x", "a circle".to_owned())])]
    }

    #[test]
    fn an_exception_needs_a_reason() {
        let bad = rules("circles", "x", " ").bad_exceptions(&found());
        assert_eq!(bad.len(), 1, "{bad:?}");
        assert!(bad[0].message.ends_with("has no reason"));
        assert!(rules("circles", "x", "it is being cut").bad_exceptions(&found()).is_empty());
    }

    #[test]
    fn an_exception_that_nothing_needs_is_a_breach() {
        assert_eq!(rules("circles", "y", "once").bad_exceptions(&found()).len(), 1);
        assert_eq!(rules("sizes", "x", "once").bad_exceptions(&found()).len(), 1);
    }

    #[test]
    fn an_exception_lets_its_own_place_pass_and_no_other() {
        let breaches =
            |place: &str| rules("circles", place, "because").without_exceptions("circles", found().remove(0).1);
        assert_eq!((breaches("x").len(), breaches("y").len()), (0, 1));
    }

    #[test]
    fn a_table_that_is_not_known_is_refused() {
        let text = "defaults = ''\nimpure = []\ncrates = []\nlayer = []\n[sizes]\nfile-lines = 1\nfunction-lines = 1";
        assert!(toml::from_str::<Rules>(text).is_err());
        assert!(toml::from_str::<Rules>(&text.replace("layer = []\n", "")).is_ok());
    }
}
