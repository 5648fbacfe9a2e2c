//! What operators do with a running installation by its commands: keys that are replaced, files instead of arguments, certificates
//! both ways, and routers that are copied or join again.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::cluster::{ControlPlane, Router, Sandbox};
use crate::support::process::{self, Process};
use crate::support::{answers, client, configuration, database, eventually, free_address};

/// 32 bytes, in base64.
const MASTER_KEY: &str = "ZmxlZXQtZmxlZXQtZmxlZXQtZmxlZXQtZmxlZXQtZmw=";
const ADMIN_TOKEN: &str = "sra_fleet_an-administrator-of-these-tests-alone";

fn testdata(name: &str) -> String {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("control-plane/tests/routers/testdata");
    directory.join(name).display().to_string()
}

fn sqlite(directory: &Path) -> String {
    format!("sqlite://{}", directory.join("control-plane.db").display())
}

/// Writes a file that only its owner may open.
fn private(path: &Path, text: &str) -> String {
    use std::os::unix::fs::PermissionsExt;
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    path.display().to_string()
}

fn nodes(control_plane: &ControlPlane) -> Vec<Value> {
    serde_json::from_str(&control_plane.admin(&["node", "list", "--all", "--output", "json"])).unwrap()
}

/// A router with these arguments, and without a control plane that it is told of.
fn router(data_dir: &Path, listen: SocketAddr, more: &[&str]) -> Process {
    fs::create_dir_all(data_dir).unwrap();
    let mut command = process::command(&["data-plane", "--listen", &listen.to_string()]);
    command.args(["--data-dir", &data_dir.display().to_string()]).args(more);
    Process::start(command, &data_dir.with_extension("log"))
}

async fn ready(address: SocketAddr) {
    let url = format!("http://{address}/readyz");
    eventually("it is ready", || answers(&url)).await;
}

#[tokio::test]
async fn planes_show_each_other_certificates_and_a_router_remembers_what_it_was_told() {
    let directory = TempDir::new().unwrap();
    let home = directory.path().join("control-plane");
    let (admin, grpc) = (free_address(), free_address());
    let arguments = ["control-plane", "--data-dir", &home.display().to_string()].map(str::to_owned);
    let mut command = process::command(&arguments.each_ref().map(String::as_str));
    command.args(["--admin-listen", &admin.to_string(), "--grpc-listen", &grpc.to_string()]);
    command.args(["--grpc-tls-certificate", &testdata("server.pem"), "--grpc-tls-key", &testdata("server.key")]);
    command.args(["--grpc-tls-client-ca", &testdata("client-ca.pem")]);
    let _control_plane = Process::start(command, &directory.path().join("control-plane.log"));
    ready(admin).await;
    let data_dir = home.display().to_string();
    let sandbox = Sandbox::start().await;
    let text = configuration::with_behaviours(sandbox.address, &[("fast", "sandbox-fast")], &[]);
    let file = directory.path().join("smart-router.yaml");
    fs::write(&file, text).unwrap();
    process::stdout(&["config", "apply", &file.display().to_string(), "--data-dir", &data_dir]);

    let join_token = process::stdout(&["node", "join-token", "--uses", "2", "--data-dir", &data_dir]);
    let url = format!("https://localhost:{}", grpc.port());
    let ca = testdata("ca.pem");
    let told = ["--control-plane", &url, "--control-plane-ca", &ca, "--join-token", &join_token];
    // Without a certificate nothing is said, and the join token is not used.
    let stranger = free_address();
    let refused = router(&directory.path().join("stranger"), stranger, &told);
    eventually("it waits", || async { refused.log().contains("cannot enrol") }).await;
    assert!(!directory.path().join("stranger/node.json").exists());

    let (certificate, key) = (testdata("client.pem"), testdata("client.key"));
    let shown = ["--control-plane-certificate", &certificate, "--control-plane-key", &key];
    let more = ["--name", "edge-1", "--region", "eu-1"];
    let (address, data) = (free_address(), directory.path().join("router"));
    let mut running = router(&data, address, &[&told[..], &shown, &more].concat());
    ready(address).await;
    running.kill();
    // The data dir alone is enough from now on.
    let _running = router(&data, address, &[]);
    ready(address).await;
    let connected = || async {
        let text = process::stdout(&["node", "list", "--output", "json", "--data-dir", &data_dir]);
        let nodes: Vec<Value> = serde_json::from_str(&text).unwrap();
        nodes.len() == 1
            && nodes[0]["status"] == "current"
            && nodes[0]["name"] == "edge-1"
            && nodes[0]["region"] == "eu-1"
    };
    eventually("it is connected as before", connected).await;
    let remembered: Value = serde_json::from_slice(&fs::read(data.join("router.json")).unwrap()).unwrap();
    assert_eq!(
        (&remembered["control_plane"], &remembered["control_plane_certificate"]),
        (&Value::from(url.as_str()), &Value::from(certificate.as_str()))
    );
}

#[tokio::test]
async fn a_copy_of_all_of_a_routers_files_is_told() {
    let directory = TempDir::new().unwrap();
    let control_plane = ControlPlane::start(directory.path().join("control-plane"), database::fresh_postgres()).await;
    let sandbox = Sandbox::start().await;
    control_plane.apply(&configuration::with_behaviours(sandbox.address, &[("fast", "sandbox-fast")], &[]));
    let original = Router::join(directory.path().join("router"), &control_plane).await;
    eventually("it is connected", || async { nodes(&control_plane)[0]["status"] == "current" }).await;
    let copied = directory.path().join("copy");
    fs::create_dir(&copied).unwrap();
    for name in ["node.json", "router.json"] {
        fs::copy(original.directory.join(name), copied.join(name)).unwrap();
    }
    // A restart is no copy: for half a minute two processes may be seen. Time is what the database says that it is.
    let address = free_address();
    let _copy = router(&copied, address, &[]);
    ready(address).await;
    assert!(nodes(&control_plane)[0]["second_use_at"].is_null());
    database::query(&control_plane.database, "update nodes set opened_ms = opened_ms - 60000");
    eventually("the list tells it", || async { nodes(&control_plane)[0]["second_use_at"].is_string() }).await;
    let audit = control_plane.admin(&["audit", "list", "--output", "json"]);
    assert!(audit.contains("node.second-use"), "{audit}");
    let data_dir = control_plane.directory.display().to_string();
    let doctor = process::command(&["doctor", "--data-dir", &data_dir]).output().unwrap();
    assert!(String::from_utf8_lossy(&doctor.stdout).contains("its files were copied"));
}

#[tokio::test]
async fn secrets_of_a_control_plane_come_from_files() {
    let directory = TempDir::new().unwrap();
    let at = |name: &str, text: &str| format!("@{}", private(&directory.path().join(name), text));
    let database = at("url", &format!("{}\n", sqlite(directory.path())));
    let (key, token) = (at("key", MASTER_KEY), at("token", &format!("{ADMIN_TOKEN}\n")));
    let home = directory.path().join("control-plane").display().to_string();
    let (admin, grpc) = (free_address().to_string(), free_address().to_string());
    let start = |key: &str, log: &str| {
        let mut command = process::command(&["control-plane", "--data-dir", &home, "--database-url", &database]);
        command.args(["--admin-listen", &admin, "--grpc-listen", &grpc]);
        command.env("SMART_ROUTER_MASTER_KEY", key).env("SMART_ROUTER_ADMIN_TOKEN", &token);
        Process::start(command, &directory.path().join(log))
    };
    let wrong = start("@/nowhere", "wrong.log");
    eventually("what is not there is named", || async {
        wrong.log().contains("SMART_ROUTER_MASTER_KEY") && wrong.log().contains("/nowhere")
    })
    .await;
    let _control_plane = start(&key, "control-plane.log");
    ready(admin.parse().unwrap()).await;
    let asked = client().get(format!("http://{admin}/api/v1/nodes")).bearer_auth(ADMIN_TOKEN).send().await.unwrap();
    assert_eq!(asked.status(), 200);
    assert!(!directory.path().join("control-plane/master.key").exists(), "none was made");
}

#[tokio::test]
async fn the_master_key_is_replaced_by_a_command() {
    let directory = TempDir::new().unwrap();
    let sandbox = Sandbox::start().await;
    let home = directory.path().join("control-plane");
    let mut control_plane = ControlPlane::start(home.clone(), sqlite(&home)).await;
    let text = configuration::with_behaviours(sandbox.address, &[("fast", "sandbox-fast")], &[]);
    control_plane.apply(&text.replace("    credential: {env: PLANTED_PROVIDER_API_KEY}\n", ""));
    let admin: Value = serde_json::from_slice(&fs::read(home.join("admin.json")).unwrap()).unwrap();
    let set = client()
        .put(format!("http://{}/api/v1/providers/openai/credential", control_plane.admin))
        .bearer_auth(admin["token"].as_str().unwrap())
        .json(&serde_json::json!({"value": "sk-sealed-by-hand"}));
    assert_eq!(set.send().await.unwrap().status(), 200);
    let token = control_plane.token("tester");
    let router = Router::join(directory.path().join("router"), &control_plane).await;
    eventually("the sealed key is used", || async { router.chat(&token, "fast").await.0 == 200 }).await;

    let data_dir = home.display().to_string();
    let new_key = private(&directory.path().join("new.key"), MASTER_KEY);
    let rotate = ["db", "rotate-master-key", "--data-dir", &data_dir, "--new-master-key-file", &new_key];
    control_plane.kill();
    let told: Value = serde_json::from_str(&process::stdout(&[&rotate[..], &["--output", "json"]].concat())).unwrap();
    assert!(told["secrets"].as_u64() >= Some(1), "{told}");
    // The old key opens nothing any more, and a second time there is nothing to replace with it.
    let again = process::run(&rotate);
    assert_eq!(again.status.code(), Some(5), "{}", String::from_utf8_lossy(&again.stderr));
    let anywhere = ["--admin-listen", "127.0.0.1:0", "--grpc-listen", "127.0.0.1:0"];
    let refused = process::run(&[&["control-plane", "--data-dir", &data_dir][..], &anywhere].concat());
    let told = String::from_utf8_lossy(&refused.stderr);
    assert!(told.contains("another master key"), "{told}");
    private(&home.join("master.key"), MASTER_KEY);
    control_plane.restart().await;
    let fresh = Router::join(directory.path().join("fresh"), &control_plane).await;
    eventually("the sealed key is used as before", || async { fresh.chat(&token, "fast").await.0 == 200 }).await;
}

#[tokio::test]
async fn a_routers_credential_is_replaced_by_joining_again_and_its_usage_is_not_lost() {
    let directory = TempDir::new().unwrap();
    let sandbox = Sandbox::start().await;
    let home = directory.path().join("control-plane");
    let mut control_plane = ControlPlane::start(home.clone(), sqlite(&home)).await;
    control_plane.apply(&configuration::with_behaviours(sandbox.address, &[("fast", "sandbox-fast")], &[]));
    let token = control_plane.token("tester");
    let mut router = Router::join(directory.path().join("router"), &control_plane).await;
    eventually("the token works", || async { router.chat(&token, "fast").await.0 == 200 }).await;
    let reported = |control_plane: &ControlPlane| control_plane.report("group")["total"]["requests"].clone();
    eventually("the first one is delivered", || async { reported(&control_plane) == 1 }).await;
    let old = nodes(&control_plane)[0]["id"].as_str().unwrap().to_owned();
    // What is not delivered yet waits in the data dir.
    control_plane.kill();
    for _ in 0..5 {
        assert_eq!(router.chat(&token, "fast").await.0, 200);
    }
    router.kill();
    control_plane.restart().await;

    control_plane.admin(&["node", "revoke", &old]);
    let aside = router.directory.join("node.json.old");
    fs::rename(router.directory.join("node.json"), &aside).unwrap();
    let join_token = private(&directory.path().join("join"), &control_plane.admin(&["node", "join-token"]));
    let address = free_address();
    router.process = self::router(&router.directory, address, &["--join-token-file", &join_token]);
    router.address = address;
    router.ready().await;
    eventually("it is another node, and serves", || async { router.chat(&token, "fast").await.0 == 200 }).await;
    let listed = nodes(&control_plane);
    assert_eq!(listed.len(), 2, "{listed:?}");
    eventually("all requests are accounted for once", || async { reported(&control_plane) == 7 }).await;
    control_plane.admin(&["node", "forget", &old]);
    assert_eq!(nodes(&control_plane).len(), 1);
    // The old credential opens nothing.
    let thief = directory.path().join("thief");
    fs::create_dir(&thief).unwrap();
    fs::copy(&aside, thief.join("node.json")).unwrap();
    fs::copy(router.directory.join("router.json"), thief.join("router.json")).unwrap();
    let address = free_address();
    let stolen = self::router(&thief, address, &[]);
    eventually("it is refused", || async { stolen.log().contains("does not know this node") }).await;
}

#[tokio::test]
async fn commands_say_what_a_rollback_and_a_comparison_mean() {
    let directory = TempDir::new().unwrap();
    let sandbox = Sandbox::start().await;
    let home = directory.path().join("control-plane");
    let control_plane = ControlPlane::start(home.clone(), sqlite(&home)).await;
    let said = |arguments: &[&str]| {
        let output = process::run(&[arguments, &["--data-dir", &home.display().to_string()]].concat());
        assert!(output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    let text = configuration::with_behaviours(sandbox.address, &[("fast", "sandbox-fast")], &[]);
    let text = text.replace("    credential: {env: PLANTED_PROVIDER_API_KEY}\n", "");
    control_plane.apply(&text);
    let admin: Value = serde_json::from_slice(&fs::read(home.join("admin.json")).unwrap()).unwrap();
    let set = client()
        .put(format!("http://{}/api/v1/providers/openai/credential", control_plane.admin))
        .bearer_auth(admin["token"].as_str().unwrap())
        .json(&serde_json::json!({"value": "sk-sealed-by-hand"}));
    assert_eq!(set.send().await.unwrap().status(), 200);
    let moved = directory.path().join("moved.yaml");
    fs::write(&moved, text.replace(&sandbox.address.to_string(), "localhost:9")).unwrap();
    let diff = said(&["config", "diff", &moved.display().to_string()]);
    assert!(diff.contains("set it again"), "{diff}");
    control_plane.admin(&["config", "apply", &moved.display().to_string()]);
    let back = said(&["config", "rollback", "1"]);
    assert!(back.contains("Version 4 is published, with") && !back.contains("set it again"), "{back}");
    let again = said(&["config", "rollback", "4"]);
    assert!(again.contains("Nothing is published: version 4 has"), "{again}");
    let forth = said(&["config", "rollback", "3"]);
    assert!(forth.contains("set it again") && forth.contains("Version 5 is published, with"), "{forth}");
}
