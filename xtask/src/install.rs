use std::process::Command;

use anyhow::{Result, bail};

use crate::command::{find, is_root, succeed};
use crate::{postgres, redis};

/// Installs what is missing; does nothing, and needs no network, when all is there.
pub fn missing() -> Result<()> {
    let mut packages = Vec::new();
    if postgres::program("postgres").is_none() || find("psql").is_none() {
        packages.push("postgresql");
    }
    if !faketime() {
        packages.push("libfaketime");
    }
    if find("prometheus").is_none() {
        packages.push("prometheus");
    }
    if redis::program().is_none() {
        packages.push("redis-server");
    }
    let ensurepip =
        || Command::new("python3").args(["-c", "import ensurepip"]).output().is_ok_and(|it| it.status.success());
    if !ensurepip() {
        packages.push("python3-venv");
    }
    if find("c++").is_none() {
        packages.push("g++");
    }
    if find("prometheus").is_none() || find("promtool").is_none() {
        packages.push("prometheus");
    }
    if find("npm").is_none() {
        packages.push("npm");
    }
    if find("chromium").is_none() {
        packages.push("chromium");
    }
    if packages.is_empty() { Ok(()) } else { install(&packages) }
}

/// Installs what is missing of those programs, each with its package.
pub fn packages(needed: &[(&str, &str)]) -> Result<()> {
    let missing: Vec<&str> = needed.iter().filter(|(program, _)| find(program).is_none()).map(|it| it.1).collect();
    if missing.is_empty() { Ok(()) } else { install(&missing) }
}

fn install(packages: &[&str]) -> Result<()> {
    if find("apt-get").is_none() {
        bail!("the tests need {}: install them, this machine has no apt-get", packages.join(", "));
    }
    apt(&["update"])?;
    apt(&[&["install", "--yes", "--no-install-recommends"], packages].concat())
}

fn apt(arguments: &[&str]) -> Result<()> {
    let mut command = if is_root() {
        Command::new("apt-get")
    } else {
        let mut command = Command::new("sudo");
        command.arg("apt-get");
        command
    };
    succeed(command.env("DEBIAN_FRONTEND", "noninteractive").args(arguments))
}

/// Debian keeps the library in a folder of the machine's architecture.
fn faketime() -> bool {
    let folders = std::fs::read_dir("/usr/lib").into_iter().flatten().flatten();
    folders.into_iter().any(|it| it.path().join("faketime/libfaketime.so.1").exists())
}
