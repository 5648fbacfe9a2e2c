//! What commands say when they fail: to people, and to programs that asked for JSON.

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::cluster::{ControlPlane, Sandbox};
use crate::support::{free_address, process};

/// A whole token of that kind, malformed by its last digit, and what of it may be shown.
fn malformed(prefix: &str) -> (String, String) {
    (format!("{prefix}0123456789ab_{}", "S".repeat(49)), format!("{prefix}0123456789ab_…"))
}

/// Runs it with `--output json`; its error. It prints nothing, and tells nothing else.
fn error(arguments: &[&str], code: i32) -> Value {
    let output = process::run(&[arguments, &["--output", "json"]].concat());
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {told}");
    assert!(output.stdout.is_empty(), "{arguments:?} printed {}", String::from_utf8_lossy(&output.stdout));
    assert_eq!(told.lines().count(), 1, "{arguments:?}: {told}");
    let object: Value = serde_json::from_str(&told).unwrap_or_else(|_| panic!("{arguments:?}: {told}"));
    let error = object["error"].as_object().unwrap();
    assert_eq!(error.keys().collect::<Vec<_>>(), ["code", "message", "hint", "exit_code"], "{object}");
    assert_eq!(error["exit_code"], code);
    object["error"].clone()
}

#[tokio::test]
async fn an_error_is_one_object_for_whoever_asks_for_json() {
    let directory = TempDir::new().unwrap();
    let database = format!("sqlite://{}/cp.db", directory.path().display());
    let control_plane = ControlPlane::start(directory.path().join("control-plane"), database).await;
    control_plane.apply("version: 1\n");
    let data_dir = control_plane.directory.display().to_string();
    let here = |arguments: &[&'static str]| [arguments, &["--data-dir"]].concat();
    let file = directory.path().join("mistakes.yaml").display().to_string();
    std::fs::write(&file, "version: 1\ngroups:\n  fast: {targets: [{model: nobody/mini}]}\n").unwrap();

    let cases: [(Vec<&str>, i32, &str); 7] = [
        (here(&["token", "revoke", "nosuch"]), 3, "not-found"),
        (here(&["node", "drain", "nosuch"]), 3, "not-found"),
        (here(&["report", "--filter", "colour=red"]), 2, "invalid-request"),
        (here(&["request", "list", "--filter", "status=abc"]), 2, "invalid-request"),
        (here(&["config", "rollback", "99"]), 3, "not-found"),
        ([&["config", "apply", &file][..], &["--data-dir"]].concat(), 78, "config-invalid"),
        ([&["config", "diff", &file][..], &["--data-dir"]].concat(), 78, "config-invalid"),
    ];
    for (arguments, exit, code) in cases {
        let error = error(&[&arguments[..], &[&data_dir]].concat(), exit);
        assert_eq!(error["code"], code, "{error}");
        assert!(error["message"].as_str().is_some_and(|it| !it.is_empty()), "{error}");
    }
    let nowhere = directory.path().join("nowhere").display().to_string();
    let away = error(&["token", "list", "--data-dir", &nowhere], 69);
    assert_eq!(away["code"], "unavailable");
    assert!(away["hint"].as_str().is_some_and(|it| it.contains("--data-dir")), "{away}");
    let mistyped = error(&["token", "lsit"], 2);
    assert_eq!(mistyped["code"], "usage");
    assert!(mistyped["hint"].as_str().is_some_and(|it| it.contains("list")), "{mistyped}");

    let viewer = control_plane.admin(&["admin-token", "create", "--name", "looks", "--role", "viewer"]);
    let output = process::command(&["audit", "list", "-o", "json", "--data-dir", &data_dir])
        .env("SMART_ROUTER_ADMIN_TOKEN", viewer)
        .output()
        .unwrap();
    let denied: Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!((output.status.code(), &denied["error"]["code"]), (Some(4), &json!("forbidden")));
    let hint = denied["error"]["hint"].as_str().unwrap();
    assert!(hint.contains("audit log") && hint.contains("operator"), "{hint}");

    // In words it is as it was, and `-o` is `--output`.
    let table = process::run(&["token", "revoke", "nosuch", "--data-dir", &data_dir]);
    assert_eq!(String::from_utf8_lossy(&table.stderr), "there is no token `nosuch`\n");
    let listed: Value = serde_json::from_str(&control_plane.admin(&["-o", "json", "token", "list"])).unwrap();
    assert_eq!(listed, json!([]));
    let none = process::run(&["request", "list", "--filter", "caller=nobody", "--data-dir", &data_dir]);
    let told = String::from_utf8_lossy(&none.stderr);
    assert!(none.status.success() && told.contains("no caller `nobody`"), "{told}");
}

#[tokio::test]
async fn no_secret_of_a_token_is_told_that_stands_where_an_id_belongs() {
    let directory = TempDir::new().unwrap();
    let database = format!("sqlite://{}/cp.db", directory.path().display());
    let control_plane = ControlPlane::start(directory.path().join("control-plane"), database).await;
    control_plane.apply("version: 1\n");
    let data_dir = control_plane.directory.display().to_string();
    let told = |arguments: &[&str]| {
        let output = process::command(&[arguments, &["--data-dir", &data_dir]].concat()).output().unwrap();
        assert!(!output.status.success(), "{arguments:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    for prefix in ["sr_", "sra_", "srj_", "srn_"] {
        let (whole, shown) = malformed(prefix);
        let filter = format!("{whole}=x");
        for arguments in [
            vec!["token", "revoke", &whole],
            vec!["token", "rotate", &whole, "-o", "json"],
            vec!["token", "create", "--caller", &whole],
            vec!["admin-token", "revoke", &whole],
            vec!["node", "drain", &whole],
            vec!["node", "forget", &whole, "--output", "json"],
            vec!["request", "show", &whole],
            vec!["report", "--filter", &filter],
            vec!["credential", "delete", &whole],
            vec![&whole],
        ] {
            let told = told(&arguments);
            assert!(!told.contains("SSSS") && told.contains(&shown), "{arguments:?}: {told}");
        }
    }
    let log = control_plane.process.log();
    assert!(!log.contains("SSSS"), "{log}");
}

#[tokio::test]
async fn what_a_start_cannot_mean_is_refused_and_a_sandbox_that_runs_is_told() {
    for flag in ["--max-requests", "--max-connections", "--max-connections-per-address", "--max-opening-connections"] {
        let output = process::run(&["data-plane", flag, "0"]);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && told.contains("at least 1"), "{told}");
    }
    let sandbox = Sandbox::start().await;
    let taken = sandbox.address.to_string();
    let output = process::run(&["sandbox", "--listen", &taken]);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && told.contains(&format!("a sandbox is running on {taken} already")), "{told}");
    let directory = TempDir::new().unwrap();
    let addresses = [(); 3].map(|()| free_address().to_string());
    let output = process::run(&[
        "standalone",
        "--data-dir",
        &directory.path().join("data").display().to_string(),
        "--listen",
        &addresses[0],
        "--admin-listen",
        &addresses[1],
        "--grpc-listen",
        &addresses[2],
        "--sandbox-listen",
        &taken,
    ]);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("--sandbox-listen") && told.contains("already"), "{told}");
    // Something else on the port is not taken for one.
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let output = process::run(&["sandbox", "--listen", &other.local_addr().unwrap().to_string()]);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("cannot listen"), "{told}");
}
