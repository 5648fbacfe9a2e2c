//! The systemd units are sound, and leave a process little that it could do.

use std::process::Command;

use tempfile::TempDir;

use super::deployed;

const UNITS: [&str; 2] = ["smart-router-control-plane.service", "smart-router-data-plane.service"];
/// Of 100: what `systemd-analyze security` calls safe ends at 20.
const EXPOSURE: &str = "15";

#[test]
fn units_are_verified_with_the_program_that_they_name() {
    let root = TempDir::new().unwrap();
    let at = |path: &str| root.path().join(path);
    for directory in ["usr/local/bin", "etc/systemd/system", "usr/bin"] {
        std::fs::create_dir_all(at(directory)).unwrap();
    }
    std::os::unix::fs::symlink("smart-router", at("usr/bin/kill")).unwrap();
    std::fs::copy("/bin/true", at("usr/local/bin/smart-router")).unwrap();
    std::fs::copy("/bin/true", at("usr/bin/smart-router")).unwrap();
    for target in ["network-online.target", "multi-user.target", "sysinit.target", "basic.target", "shutdown.target"] {
        std::fs::write(at("etc/systemd/system").join(target), "[Unit]\nDescription=A target\n").unwrap();
    }
    for unit in UNITS {
        std::fs::copy(deployed("systemd").join(unit), at("etc/systemd/system").join(unit)).unwrap();
        let mut verify = Command::new("systemd-analyze");
        verify.args(["verify", "--man=no", "--recursive-errors=no"]).arg(format!("--root={}", root.path().display()));
        let output = verify.arg(unit).output().expect("systemd-analyze is in the package `systemd`");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() && !told.contains(unit), "{unit}: {told}");
    }
}

#[test]
fn units_are_hardened() {
    for unit in UNITS {
        let mut security = Command::new("systemd-analyze");
        security.args(["security", "--offline=true", "--no-pager", &format!("--threshold={EXPOSURE}")]);
        let output = security.arg(deployed("systemd").join(unit)).output().unwrap();
        assert!(output.status.success(), "{unit}: {}", String::from_utf8_lossy(&output.stdout));
    }
}
