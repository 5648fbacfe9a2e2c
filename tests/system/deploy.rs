//! What `deploy/` says is true: its Compose stack serves, its units are sound.

mod compose;
mod stack;
mod units;
mod yaml;

use std::path::PathBuf;

/// A file of the repository.
fn deployed(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("deploy").join(path)
}

/// As an operator runs it.
#[test]
fn the_proof_of_thirty_minutes_runs() {
    let programs = tempfile::tempdir().unwrap();
    let binary = crate::support::process::command(&[]).get_program().to_owned();
    std::os::unix::fs::symlink(binary, programs.path().join("smart-router")).unwrap();
    let path = format!("{}:{}", programs.path().display(), std::env::var("PATH").unwrap());
    let mut proof = std::process::Command::new("sh");
    proof.arg(deployed("proof.sh")).env_clear().env("PATH", path).env("PROOF_PORT", "18900");
    let output = proof.output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(told.lines().filter(|it| it.starts_with("ok ")).count(), 6, "{told}");
}
