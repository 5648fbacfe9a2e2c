//! People log in and out, with a certified provider, one that forges, and a browser: `tests/login`.

use std::path::Path;
use std::process::Command;

use crate::support::database::fresh_postgres;
use crate::support::process;

#[test]
fn people_log_in_and_no_forged_login_lets_anybody_in() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/login/run.py");
    let mut command = Command::new("python3");
    command.arg(script).env("CONTROL_PLANE_BINARY", process::binary()).env("LOGIN_DATABASE_URL", fresh_postgres());
    let output = command.output().unwrap();
    let (text, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{text}\n{errors}");
}
