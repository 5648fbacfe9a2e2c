//! `image`: the container image without a container engine: buildah builds it over a base of Debian's packages, and its
//! process is run here as an engine would run it.

mod container;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use clap::Args;

use self::container::{Container, Settings};
use crate::command::{output, succeed};
use crate::{install, package};

const WHERE: &str = "target/image";
const BASE: &str = "localhost/debian-base";
const TAG: &str = "localhost/smart-router";
const DEBIAN: &str = "bookworm";

/// Builds the container image without a Docker engine, and runs its process
#[derive(Args)]
pub struct ImageArgs {
    /// Use this binary instead of building one as it is released
    #[arg(long)]
    binary: Option<PathBuf>,
}

impl ImageArgs {
    /// Of a binary that is there.
    pub fn of(binary: &Path) -> Self {
        Self { binary: Some(binary.to_owned()) }
    }
}

/// Builds, writes an archive for `docker load`, and runs.
pub fn run(args: &ImageArgs) -> Result<()> {
    install::packages(&[("buildah", "buildah"), ("mmdebstrap", "mmdebstrap"), ("unshare", "util-linux")])?;
    let place = std::path::absolute(WHERE)?;
    let context = place.join("context");
    fs::create_dir_all(&context)?;
    let binary = args.binary.clone().map_or_else(package::build, Ok)?;
    fs::copy(&binary, context.join("smart-router")).with_context(|| format!("cannot copy {}", binary.display()))?;
    base(&place)?;
    let mut build = buildah(&place);
    build.args(["build", "--isolation", "chroot", "--format", "docker", "--pull-never", "--target", "packaged"]);
    build.args(["--build-arg", &format!("BASE={BASE}"), "--tag", TAG, "--file", "deploy/Dockerfile"]);
    succeed(build.arg(&context))?;
    let archive = place.join("smart-router.tar");
    fs::remove_file(&archive).ok();
    succeed(buildah(&place).args(["push", "--quiet", TAG, &format!("docker-archive:{}:{TAG}", archive.display())]))?;
    check(&place)?;
    println!("{}", archive.display());
    Ok(())
}

/// Debian's essential packages and the certificates of public authorities; made once.
fn base(place: &Path) -> Result<()> {
    let known = buildah(place).args(["images", "--quiet", BASE]).output()?;
    if known.status.success() && !known.stdout.is_empty() {
        return Ok(());
    }
    let tarball = place.join("base.tar");
    let mut make = Command::new("mmdebstrap");
    make.args(["--quiet", "--variant=essential", "--include=ca-certificates", DEBIAN]);
    succeed(make.arg(&tarball))?;
    let empty = output(buildah(place).args(["from", "scratch"]))?;
    succeed(buildah(place).args(["add", "--quiet", empty.trim()]).arg(&tarball).arg("/"))?;
    succeed(buildah(place).args(["commit", "--quiet", "--rm", empty.trim(), BASE]))?;
    Ok(fs::remove_file(tarball)?)
}

/// With images of its own, apart from the machine's.
fn buildah(place: &Path) -> Command {
    let mut command = Command::new("buildah");
    command.arg("--storage-driver=vfs").arg("--root").arg(place.join("storage"));
    command.arg("--runroot").arg(place.join("run"));
    command
}

/// It serves as nobody, changes nothing but its volume, says that it is well, and ends when it is told to.
fn check(place: &Path) -> Result<()> {
    let settings = Settings::read(&output(buildah(place).args(["inspect", "--type", "image", TAG]))?)?;
    let name = output(buildah(place).args(["from", "--pull-never", TAG]))?;
    let root = output(buildah(place).args(["mount", name.trim()]))?;
    let checked = Container::start(&settings, Path::new(root.trim())).and_then(Container::check);
    succeed(buildah(place).args(["rm", name.trim()]))?;
    checked
}
