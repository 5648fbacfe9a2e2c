//! `package`: a tarball with the binary, its documentation, what it is installed with, a list of all that it is made of, and
//! checksums.

mod sbom;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use clap::Args;
use serde_json::Value;

use crate::command::{cargo, output, succeed};

const WHERE: &str = "target/package";
/// What stands beside the binary.
const FILES: &[&str] = &["LICENSE-APACHE", "LICENSE-MIT", "README.md", "CHANGELOG.md", "SECURITY.md", "docs", "deploy"];
const SHELLS: [(&str, &str); 3] =
    [("bash", "smart-router.bash"), ("zsh", "_smart-router"), ("fish", "smart-router.fish")];
const SBOM: &str = "sbom.cdx.json";
const SUMS: &str = "SHA256SUMS";

/// Makes the tarball that is released, with checksums and an SBOM
#[derive(Args)]
pub struct PackageArgs {
    /// Use this binary instead of building one as it is released
    #[arg(long)]
    binary: Option<PathBuf>,
}

impl PackageArgs {
    /// Of a binary that is there.
    pub fn of(binary: &Path) -> Self {
        Self { binary: Some(binary.to_owned()) }
    }
}

/// Makes it and looks into it.
pub fn run(args: &PackageArgs) -> Result<()> {
    let binary = args.binary.clone().map_or_else(build, Ok)?;
    let name = format!("smart-router-{}-{}-linux", env!("CARGO_PKG_VERSION"), std::env::consts::ARCH);
    let directory = Path::new(WHERE).join(&name);
    fs::remove_dir_all(&directory).ok();
    fs::create_dir_all(directory.join("completions"))?;
    succeed(Command::new("install").args(["-m", "0755"]).arg(&binary).arg(directory.join("smart-router")))?;
    succeed(Command::new("cp").arg("-r").args(FILES).arg(&directory))?;
    for (shell, file) in SHELLS {
        let text = output(Command::new(&binary).args(["completions", shell]))?;
        fs::write(directory.join("completions").join(file), text)?;
    }
    fs::write(directory.join(SBOM), serde_json::to_string_pretty(&sbom::of_the_binary()?)? + "\n")?;
    sums(&directory)?;
    let tarball = Path::new(WHERE).join(format!("{name}.tar.gz"));
    pack(&name, &tarball)?;
    check(&tarball, &name)?;
    println!("{}", tarball.display());
    Ok(())
}

/// As it is released.
pub fn build() -> Result<PathBuf> {
    succeed(&mut cargo(&["build", "--locked", "--profile", "dist", "--bin", "smart-router"]))?;
    let target = std::env::var("CARGO_TARGET_DIR").unwrap_or_else(|_| "target".to_owned());
    Ok(Path::new(&target).join("dist/smart-router"))
}

/// Of every file, in a file beside them.
fn sums(directory: &Path) -> Result<()> {
    let list = "find . -type f ! -name SHA256SUMS | LC_ALL=C sort | xargs -d '\\n' sha256sum";
    let text = output(Command::new("sh").args(["-c", list]).current_dir(directory))?;
    Ok(fs::write(directory.join(SUMS), text)?)
}

/// The same bytes from the same files, whoever packs them and when; its own checksum stands beside it.
fn pack(name: &str, tarball: &Path) -> Result<()> {
    let mut tar = Command::new("tar");
    tar.args([
        "--sort=name",
        "--mtime=@0",
        "--owner=0",
        "--group=0",
        "--numeric-owner",
        "--use-compress-program=gzip -n9",
    ]);
    succeed(tar.args(["-C", WHERE, "-cf"]).arg(tarball).arg(name))?;
    let file = tarball.file_name().context("it has a name")?;
    let sum = output(Command::new("sha256sum").arg(file).current_dir(WHERE))?;
    Ok(fs::write(tarball.with_extension("gz.sha256"), sum)?)
}

/// As whoever downloads it would: checksums, the binary, the list.
fn check(tarball: &Path, name: &str) -> Result<()> {
    let directory = tempfile::tempdir()?;
    succeed(Command::new("tar").arg("-xzf").arg(tarball).arg("-C").arg(directory.path()))?;
    let unpacked = directory.path().join(name);
    succeed(Command::new("sha256sum").args(["--check", "--strict", "--quiet", SUMS]).current_dir(&unpacked))?;
    let version = output(Command::new(unpacked.join("smart-router")).arg("--version"))?;
    ensure!(version.contains(env!("CARGO_PKG_VERSION")), "the binary says that it is {version}");
    let sbom: Value = serde_json::from_str(&fs::read_to_string(unpacked.join(SBOM))?)?;
    let parts = sbom["components"].as_array().map_or(0, Vec::len);
    ensure!(parts > 100, "the list has {parts} parts: that cannot be all");
    Ok(())
}
