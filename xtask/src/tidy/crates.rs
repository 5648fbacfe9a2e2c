//! Who may import whom; the table of `docs/architecture.md`.

use std::collections::BTreeSet;

use anyhow::Result;

use crate::workspace::{self, Package};

/// What a crate of the workspace may depend on.
struct Rule {
    name: &'static str,
    /// Crates of the workspace.
    may: &'static [&'static str],
    /// Further ones, in tests only.
    tests_may: &'static [&'static str],
    /// Crates of others that must never be in it, tests aside.
    never: &'static [&'static str],
}

/// What brings in async, sockets, wire formats, databases, the clock or randomness.
const IMPURE: &[&str] = &[
    "axum",
    "getrandom",
    "http-body-util",
    "hyper",
    "hyper-util",
    "prost",
    "rand",
    "reqwest",
    "rustls",
    "sqlx",
    "tokio",
    "tonic",
    "uuid",
];

const RULES: &[Rule] = &[
    Rule {
        name: "smart-router",
        may: &[
            "conformance",
            "control-plane",
            "control-plane-core",
            "data-plane",
            "data-plane-core",
            "proto",
            "sandbox",
        ],
        tests_may: &[],
        never: &["axum", "prost", "sqlx", "tonic"],
    },
    Rule { name: "proto", may: &[], tests_may: &[], never: &["axum", "sqlx"] },
    Rule { name: "data-plane-core", may: &[], tests_may: &[], never: IMPURE },
    Rule {
        name: "data-plane",
        may: &["data-plane-core", "proto"],
        tests_may: &["sandbox"],
        never: &["axum", "reqwest", "sqlx"],
    },
    Rule { name: "control-plane-core", may: &[], tests_may: &[], never: IMPURE },
    Rule { name: "control-plane", may: &["control-plane-core", "proto"], tests_may: &[], never: &["reqwest"] },
    Rule { name: "conformance", may: &["data-plane-core"], tests_may: &[], never: &["axum", "prost", "sqlx", "tonic"] },
    Rule { name: "sandbox", may: &[], tests_may: &[], never: &["reqwest", "sqlx", "tonic"] },
    Rule { name: "xtask", may: &[], tests_may: &[], never: &["sqlx"] },
];

/// Dependencies that the table forbids.
pub fn breaches() -> Result<Vec<String>> {
    Ok(in_workspace(&workspace::packages()?))
}

fn in_workspace(packages: &[Package]) -> Vec<String> {
    let ours: BTreeSet<&str> = packages.iter().map(|it| it.name.as_str()).collect();
    let mut found = Vec::new();
    for package in packages {
        let name = &package.name;
        let Some(rule) = RULES.iter().find(|it| it.name == name) else {
            found.push(format!("{name} has no rule: add one in xtask/src/tidy/crates.rs and in docs/architecture.md"));
            continue;
        };
        for dependency in &package.dependencies {
            let (on, in_tests) = (dependency.name.as_str(), dependency.kind.as_deref() == Some("dev"));
            let allowed = if ours.contains(on) {
                rule.may.contains(&on) || (in_tests && rule.tests_may.contains(&on))
            } else {
                in_tests || !rule.never.contains(&on)
            };
            if !allowed {
                found.push(format!("{name} must not depend on {on}: see docs/architecture.md"));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::in_workspace;
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
        assert_eq!(in_workspace(&workspace), Vec::<String>::new());
    }

    #[test]
    fn what_the_table_forbids_is_named() {
        let workspace = [
            package("data-plane-core", &[("tokio", None), ("proto", None)]),
            package("proto", &[]),
            package("data-plane", &[("sandbox", None)]),
            package("sandbox", &[]),
            package("plugins", &[]),
        ];
        let found = in_workspace(&workspace);
        let expected = [
            "data-plane-core must not depend on tokio",
            "data-plane-core must not depend on proto",
            "data-plane must not depend on sandbox",
            "plugins has no rule",
        ];
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.starts_with(expected), "{found}");
        }
    }
}
