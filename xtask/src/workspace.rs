//! What cargo knows of the workspace.

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::command::{cargo, output};

/// A crate of the workspace.
#[derive(Deserialize)]
pub struct Package {
    pub name: String,
    pub dependencies: Vec<Dependency>,
    pub targets: Vec<Target>,
}

/// What it depends on.
#[derive(Deserialize)]
pub struct Dependency {
    pub name: String,
    /// `None`: always; else `dev` or `build`.
    pub kind: Option<String>,
}

/// What it is compiled to.
#[derive(Deserialize)]
pub struct Target {
    pub name: String,
    /// `lib`, `bin`, `test`, …
    pub kind: Vec<String>,
    /// Plain `cargo test` runs its tests.
    pub test: bool,
}

/// All crates of the workspace.
pub fn packages() -> Result<Vec<Package>> {
    #[derive(Deserialize)]
    struct Metadata {
        packages: Vec<Package>,
    }
    let metadata = output(&mut cargo(&["metadata", "--no-deps", "--format-version", "1", "--locked"]))?;
    let metadata: Metadata = serde_json::from_str(&metadata).context("cannot read what `cargo metadata` printed")?;
    Ok(metadata.packages)
}
