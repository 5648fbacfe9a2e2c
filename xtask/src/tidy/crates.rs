//! Who may import whom; the table of `docs/architecture.md`.

use std::collections::BTreeSet;

use anyhow::Result;

use super::breach::Breach;
use super::rules::{FILE, Rules};
use crate::workspace::{self, Package};

/// Dependencies that the table forbids.
pub fn breaches(rules: &Rules) -> Result<Vec<Breach>> {
    Ok(in_workspace(rules, &workspace::packages()?))
}

fn in_workspace(rules: &Rules, packages: &[Package]) -> Vec<Breach> {
    let ours: BTreeSet<&str> = packages.iter().map(|it| it.name.as_str()).collect();
    let mut found = Vec::new();
    for package in packages {
        let name = &package.name;
        let Some(rule) = rules.crates.iter().find(|it| it.name == *name) else {
            found.push(Breach::new(name, format!("{name} has no rule: add one in {FILE} and in docs/architecture.md")));
            continue;
        };
        let never = if rule.pure { &rules.impure } else { &rule.never };
        for dependency in &package.dependencies {
            let (on, in_tests) = (&dependency.name, dependency.kind.as_deref() == Some("dev"));
            let allowed = if ours.contains(on.as_str()) {
                rule.may.contains(on) || (in_tests && rule.tests_may.contains(on))
            } else {
                in_tests || !never.contains(on)
            };
            if !allowed {
                let message = format!("{name} must not depend on {on}: see docs/architecture.md");
                found.push(Breach::new(&format!("{name} > {on}"), message));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{Breach, Rules};
    use crate::workspace::{Dependency, Package};

    fn package(name: &str, dependencies: &[(&str, Option<&str>)]) -> Package {
        let dependency = |(name, kind): &(&str, Option<&str>)| Dependency {
            name: (*name).to_owned(),
            kind: kind.map(ToOwned::to_owned),
        };
        Package {
            name: name.to_owned(),
            dependencies: dependencies.iter().map(dependency).collect(),
            targets: Vec::new(),
        }
    }

    const TABLE: &str = r#"
        defaults = ""
        impure = ["tokio"]
        crates = [
            { name = "proto", root = "" },
            { name = "sandbox", root = "" },
            { name = "data-plane-core", root = "", pure = true },
            { name = "data-plane", root = "", may = ["data-plane-core", "proto"], tests-may = ["sandbox"], never = ["sqlx"] },
        ]
        [sizes]
        file-lines = 400
        function-lines = 60
    "#;

    fn in_workspace(packages: &[Package]) -> Vec<Breach> {
        let rules: Rules = toml::from_str(TABLE).expect("it is a table of rules");
        super::in_workspace(&rules, packages)
    }

    #[test]
    fn the_table_is_applied() {
        let workspace = [
            package("proto", &[("prost", None)]),
            package("sandbox", &[]),
            package("data-plane-core", &[("serde", None), ("tokio", Some("dev"))]),
            package(
                "data-plane",
                &[("data-plane-core", None), ("proto", None), ("sandbox", Some("dev")), ("tokio", None)],
            ),
        ];
        assert!(in_workspace(&workspace).is_empty());
    }

    #[test]
    fn what_the_table_forbids_is_named() {
        let workspace = [
            package("data-plane-core", &[("tokio", None), ("proto", None)]),
            package("proto", &[]),
            package("data-plane", &[("sandbox", None), ("sqlx", None)]),
            package("sandbox", &[]),
            package("plugins", &[]),
        ];
        let found = in_workspace(&workspace);
        let expected = [
            "data-plane-core must not depend on tokio",
            "data-plane-core must not depend on proto",
            "data-plane must not depend on sandbox",
            "data-plane must not depend on sqlx",
            "plugins has no rule",
        ];
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.message.starts_with(expected), "{found:?}");
        }
    }
}
