//! A process in an image: its user, its variables, a root file system that cannot be written, no capability, one volume.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(30);
/// So that two of them, and whatever else listens on this machine, do not meet.
const LOOPBACK: &str = "127.0.88.1";

/// What an image says of itself.
pub struct Settings {
    user: String,
    environment: Vec<String>,
    program: Vec<String>,
    health: Vec<String>,
    volume: String,
}

impl Settings {
    /// From what `buildah inspect` prints.
    pub fn read(inspected: &str) -> Result<Self> {
        let all: Value = serde_json::from_str(inspected)?;
        let config = &all["Docker"]["config"];
        let words = |value: &Value| -> Vec<String> {
            value.as_array().into_iter().flatten().filter_map(Value::as_str).map(ToOwned::to_owned).collect()
        };
        let volumes = config["Volumes"].as_object().context("the image has no volume")?;
        let health = words(&config["Healthcheck"]["Test"]);
        ensure!(health.first().is_some_and(|it| it == "CMD"), "the image has no health check: {health:?}");
        Ok(Self {
            user: config["User"].as_str().unwrap_or_default().to_owned(),
            environment: words(&config["Env"]).iter().map(|it| it.replace("0.0.0.0", LOOPBACK)).collect(),
            program: [words(&config["Entrypoint"]), words(&config["Cmd"])].concat(),
            health: health[1..].to_vec(),
            volume: volumes.keys().next().context("the image has no volume")?.clone(),
        })
    }
}

/// It runs, as the image says.
pub struct Container<'a> {
    settings: &'a Settings,
    root: PathBuf,
    volume: TempDir,
    process: Child,
}

impl<'a> Container<'a> {
    /// Starts the image's own command.
    pub fn start(settings: &'a Settings, root: &Path) -> Result<Self> {
        let volume = tempfile::tempdir()?;
        crate::command::succeed(Command::new("chown").arg(&settings.user).arg(volume.path()))?;
        let mut command = inside(settings, root, volume.path(), &settings.program);
        let process = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().context("cannot start unshare")?;
        Ok(Self { settings, root: root.to_owned(), volume, process })
    }

    /// Looks at it from outside and from inside, then ends it.
    pub fn check(mut self) -> Result<()> {
        let began = Instant::now();
        let mut health: Vec<String> = self.settings.health.clone();
        health.extend(["--url".to_owned(), format!("http://{LOOPBACK}:8801/readyz")]);
        while !self.inside(&health)? {
            if let Some(status) = self.process.try_wait()? {
                bail!("the image's process ended with {status}");
            }
            ensure!(began.elapsed() < PATIENCE, "the image's health check does not pass within {PATIENCE:?}");
            std::thread::sleep(Duration::from_millis(100));
        }
        self.has_no_privileges()?;
        let write = |path: &str| self.inside(&["touch".to_owned(), path.to_owned()]);
        ensure!(!write("/etc/changed")? && !write("/changed")?, "the image's root file system can be written");
        ensure!(write(&format!("{}/kept", self.settings.volume))?, "the image's volume cannot be written");
        ensure!(self.volume.path().join("control-plane.db").exists(), "the image keeps its state elsewhere");
        let pid = self.process.id().to_string();
        crate::command::succeed(Command::new("kill").args(["-TERM", &pid]))?;
        let status = self.process.wait()?;
        ensure!(status.success(), "told to end, the image's process ended with {status}");
        Ok(())
    }

    /// What the kernel says of it.
    fn has_no_privileges(&self) -> Result<()> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let field = |name: &str| {
            let line = status.lines().find_map(|it| it.strip_prefix(name)).unwrap_or_default();
            line.split_whitespace().next().unwrap_or_default().to_owned()
        };
        let (user, capabilities, locked) = (field("Uid:"), field("CapEff:"), field("NoNewPrivs:"));
        ensure!(self.settings.user.starts_with(&format!("{user}:")) && user != "0", "it runs as user {user}");
        ensure!(capabilities.trim_matches('0').is_empty(), "it has the capabilities {capabilities}");
        ensure!(locked == "1", "it may gain privileges");
        Ok(())
    }

    /// Whether a command succeeds in there.
    fn inside(&self, words: &[String]) -> Result<bool> {
        let mut command = inside(self.settings, &self.root, self.volume.path(), words);
        Ok(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status()?.success())
    }
}

impl Drop for Container<'_> {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// A command in a mount name space of its own, where the image is the root and cannot be written.
fn inside(settings: &Settings, root: &Path, volume: &Path, words: &[String]) -> Command {
    let (user, group) = settings.user.split_once(':').unwrap_or((&settings.user, "0"));
    let script = "root=$1 volume=$2 place=$3; shift 3; \
        mount --bind \"$root\" \"$root\" && mount -o remount,bind,ro \"$root\" && \
        mount --bind \"$volume\" \"$root$place\" && mount -t proc proc \"$root/proc\" && exec chroot \"$root\" \"$@\"";
    let mut command = Command::new("unshare");
    command.args(["--mount", "--propagation", "private", "--", "sh", "-c", script, "sh"]);
    command.arg(root).arg(volume).arg(&settings.volume);
    command.args(["/usr/bin/setpriv", &format!("--reuid={user}"), &format!("--regid={group}"), "--clear-groups"]);
    command.args(["--no-new-privs", "--inh-caps=-all", "--bounding-set=-all", "--"]);
    command.args(["/usr/bin/env", "-i"]).args(&settings.environment).args(words);
    command
}
