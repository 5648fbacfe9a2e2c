//! What the binary is made of, as `CycloneDX` 1.5: every crate that is compiled into it, from what cargo resolved.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::command::{cargo, output};

const ROOT: &str = "smart-router";
const TARGET: &str = "x86_64-unknown-linux-gnu";

/// Crates that only tests, chores and build scripts use are left out.
pub fn of_the_binary() -> Result<Value> {
    let metadata = output(&mut cargo(&["metadata", "--locked", "--format-version", "1", "--filter-platform", TARGET]))?;
    let metadata: Value = serde_json::from_str(&metadata)?;
    let lock: toml::Table = fs::read_to_string("Cargo.lock")?.parse()?;
    describe(&metadata, &checksums(&lock))
}

fn describe(metadata: &Value, checksums: &BTreeMap<(String, String), String>) -> Result<Value> {
    let packages = by_id(&metadata["packages"]);
    let nodes = by_id(&metadata["resolve"]["nodes"]);
    let root = packages.iter().find(|(_, it)| it["name"] == ROOT).context("the workspace has no such package")?.0;
    let mut found = BTreeSet::from([*root]);
    let mut waiting = vec![*root];
    let mut dependencies = Vec::new();
    while let Some(id) = waiting.pop() {
        let below = compiled_in(nodes[id]);
        for it in &below {
            if found.insert(it) {
                waiting.push(it);
            }
        }
        let references: Vec<String> = below.iter().map(|it| reference(packages[it])).collect();
        dependencies.push(json!({"ref": reference(packages[id]), "dependsOn": references}));
    }
    let parts = found.iter().filter(|id| *id != root).map(|id| component(packages[id], checksums));
    Ok(json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": component(packages[root], checksums)},
        "components": parts.collect::<Vec<_>>(),
        "dependencies": dependencies,
    }))
}

fn by_id(list: &Value) -> BTreeMap<&str, &Value> {
    list.as_array().into_iter().flatten().filter_map(|it| Some((it["id"].as_str()?, it))).collect()
}

/// What is linked, and not what tests or build scripts need.
fn compiled_in(node: &Value) -> Vec<&str> {
    let all = node["deps"].as_array().into_iter().flatten();
    let normal =
        all.filter(|it| it["dep_kinds"].as_array().is_some_and(|kinds| kinds.iter().any(|it| it["kind"].is_null())));
    normal.filter_map(|it| it["pkg"].as_str()).collect()
}

fn component(package: &Value, checksums: &BTreeMap<(String, String), String>) -> Value {
    let text = |name: &str| package[name].as_str().unwrap_or_default().to_owned();
    let (name, version) = (text("name"), text("version"));
    let kind = if name == ROOT { "application" } else { "library" };
    let mut part = json!({
        "type": kind,
        "bom-ref": reference(package),
        "name": name,
        "version": version,
        "purl": reference(package),
        "licenses": [{"expression": text("license").replace('/', " OR ")}],
    });
    if let Some(sum) = checksums.get(&(name, version)) {
        part["hashes"] = json!([{"alg": "SHA-256", "content": sum}]);
    }
    part
}

/// A package URL, which also tells parts from one another.
fn reference(package: &Value) -> String {
    let text = |name: &str| package[name].as_str().unwrap_or_default();
    format!("pkg:cargo/{}@{}", text("name"), text("version"))
}

fn checksums(lock: &toml::Table) -> BTreeMap<(String, String), String> {
    let packages = lock.get("package").and_then(toml::Value::as_array).into_iter().flatten();
    let sums = packages.filter_map(|it| {
        let text = |name: &str| it.get(name)?.as_str().map(ToOwned::to_owned);
        Some(((text("name")?, text("version")?), text("checksum")?))
    });
    sums.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_compiled_in_is_listed_and_nothing_else() {
        let package = |name: &str| json!({"id": name, "name": name, "version": "1.0.0", "license": "MIT/Apache-2.0"});
        let dependency = |name: &str, kind: Value| json!({"pkg": name, "dep_kinds": [{"kind": kind}]});
        let metadata = json!({
            "packages": [package("smart-router"), package("near"), package("far"), package("tester"), package("builder")],
            "resolve": {"nodes": [
                {"id": "smart-router", "deps": [
                    dependency("near", Value::Null), dependency("tester", "dev".into()), dependency("builder", "build".into())
                ]},
                {"id": "near", "deps": [dependency("far", Value::Null)]},
                {"id": "far", "deps": []},
                {"id": "tester", "deps": []},
                {"id": "builder", "deps": []},
            ]},
        });
        let sums = BTreeMap::from([(("far".to_owned(), "1.0.0".to_owned()), "abc".to_owned())]);
        let sbom = describe(&metadata, &sums).expect("it has a root");
        let parts = sbom["components"].as_array().expect("a list");
        let names: Vec<_> = parts.iter().filter_map(|it| it["name"].as_str()).collect();
        assert_eq!(names, ["far", "near"]);
        assert_eq!(parts[0]["hashes"][0]["content"], "abc");
        assert_eq!(parts[0]["licenses"][0]["expression"], "MIT OR Apache-2.0");
        assert_eq!(sbom["dependencies"][0]["dependsOn"], json!(["pkg:cargo/near@1.0.0"]));
    }
}
