#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use clap::Parser;
use control_plane::manage::node;
use control_plane::{Environment, InitialDocument};
use control_plane_core::audit::Actor;
use control_plane_core::{canonical, demo};
use data_plane_core::config::Secret;

use super::{DoctorArgs, examine};
use crate::commands::data_plane::local_sync;

/// Both planes of a standalone in one data dir.
struct Standalone {
    control_plane: control_plane::Running,
    router: data_plane::Running,
}

async fn start(dir: &Path) -> Standalone {
    // The crypto provider that `main` installs.
    rustls::crypto::ring::default_provider().install_default().ok();
    let any = "127.0.0.1:0".parse().unwrap();
    let control_plane = control_plane::start(control_plane::Options {
        database_url: format!("sqlite://{}", dir.join("control-plane.db").display()),
        data_dir: Some(dir.to_owned()),
        http: any,
        grpc: any,
        http_tls: None,
        public_url: None,
        routers: control_plane::RouterAddress::default(),
        http_caps: listener::Caps::of(64),
        grpc_tls: None,
        grpc_caps: listener::Caps::of(64),
        master_key: None,
        master_key_file: None,
        admin_token: None,
        initial_document: Some(InitialDocument {
            name: "the demo".to_owned(),
            text: canonical::to_yaml(&demo::demo("http://127.0.0.1:9/v1")),
        }),
        config_mode: control_plane::ConfigMode::default(),
        build: control_plane::Build::default(),
        environment: Environment::process(),
    });
    let control_plane = control_plane.await.unwrap();
    let join_token = node::join_token(control_plane.control(), &Actor::System, 60_000, 1).await.unwrap();
    let mut sync = local_sync(format!("http://{}", control_plane.grpc), &dir.join("router")).unwrap();
    sync.join_token = Some(Secret::new(join_token.text.expose().to_owned()));
    let router = data_plane::start(data_plane::Options::new(any, sync)).await.unwrap();
    router.serves(1).await;
    Standalone { control_plane, router }
}

async fn check(dir: &Path) -> Vec<String> {
    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: DoctorArgs,
    }
    let line = Line::parse_from(["doctor", "--data-dir", dir.to_str().unwrap()]);
    examine(&line.args).await.iter().map(ToString::to_string).collect()
}

fn not_ok(lines: &[String]) -> Vec<&String> {
    lines.iter().filter(|line| !line.starts_with("ok ")).collect()
}

/// The checks without what they found.
fn checks(lines: &[String]) -> Vec<&str> {
    lines.iter().map(|line| line[9..24].trim()).collect()
}

/// A snapshot is written to the disk shortly after it serves, and an acknowledgement arrives shortly after that.
async fn settled(dir: &Path) -> Vec<String> {
    let mut lines = check(dir).await;
    for _ in 0..100 {
        if not_ok(&lines).is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        lines = check(dir).await;
    }
    lines
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_standalone_is_all_ok_and_a_stopped_one_lacks_only_its_control_plane() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().join("data");
    let running = start(&dir).await;
    let lines = settled(&dir).await;
    assert_eq!(not_ok(&lines), Vec::<&String>::new());
    let expected = [
        "data dir",
        "data dir",
        "secret files",
        "disk space",
        "database",
        "master key",
        "control plane",
        "admin token",
        "routers",
        "node credential",
        "snapshots",
        "usage log",
    ];
    assert_eq!(checks(&lines), expected, "{lines:#?}");
    running.router.stop().await;
    running.control_plane.stop().await;
    let lines = check(&dir).await;
    let [only] = not_ok(&lines)[..] else { panic!("{lines:#?}") };
    assert!(only.starts_with("FAILED   control plane") && only.contains("start it"), "{only}");
    // A router's own data dir is one, too.
    assert_eq!(not_ok(&check(&dir.join("router")).await), Vec::<&String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_damage_is_found_with_its_way_out_and_nothing_is_changed() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().join("data");
    let running = start(&dir).await;
    settled(&dir).await;
    running.router.stop().await;
    running.control_plane.stop().await;
    let snapshot = fs::read_dir(dir.join("router/snapshots")).unwrap().next().unwrap().unwrap().path();
    let usage = fs::read_dir(dir.join("router/usage")).unwrap().map(|it| it.unwrap().path());
    let segment = usage.filter(|it| it.is_dir()).flat_map(|it| fs::read_dir(it).unwrap()).map(|it| it.unwrap().path());
    let segment = segment.into_iter().find(|it| it.extension().is_some_and(|it| it == "log")).unwrap();
    for (path, check_name, way_out) in [
        (&snapshot, "snapshots", "pushes a new one"),
        (&segment, "usage log", "move"),
        (&dir.join("router/node.json"), "node credential", "move it away"),
        (&dir.join("master.key"), "master key", "backup"),
        (&dir.join("control-plane.db"), "database", "backup"),
    ] {
        let good = fs::read(path).unwrap();
        let mut bad = good.clone();
        bad[..16].fill(b'!');
        fs::write(path, &bad).unwrap();
        let lines = check(&dir).await;
        let failed = format!("FAILED   {check_name:<15} ");
        let line =
            lines.iter().find(|line| line.starts_with(&failed)).unwrap_or_else(|| panic!("{failed}: {lines:#?}"));
        assert!(line.contains(way_out) && line.contains(path.file_name().unwrap().to_str().unwrap()), "{line}");
        assert_eq!(fs::read(path).unwrap(), bad, "it stays as it is");
        fs::write(path, good).unwrap();
    }
    let mut older = fs::read(&snapshot).unwrap();
    older[8..12].copy_from_slice(&1_u32.to_le_bytes());
    fs::write(&snapshot, older).unwrap();
    let lines = check(&dir).await;
    let found = |level: &str| lines.iter().any(|it| it.starts_with(&format!("{level:<8} snapshots")));
    assert!(found("warning") && !found("FAILED"), "{lines:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_others_may_read_are_named_with_their_mode() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["admin.json", "node.json", "master.key"] {
        let path = dir.path().join(name);
        fs::write(&path, "{}").unwrap();
        set_mode(&path, 0o640);
        let line = format!("{} has mode 0640", path.display());
        let lines = check(dir.path()).await;
        assert!(lines.iter().any(|it| it.starts_with("FAILED   secret files") && it.contains(&line)), "{lines:#?}");
        set_mode(&path, 0o600);
    }
    set_mode(dir.path(), 0o755);
    let lines = check(dir.path()).await;
    assert!(lines[0].starts_with("warning  data dir") && lines[0].contains("chmod 700"), "{lines:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_without_state_fails_and_stays_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    for place in [dir.path().to_owned(), dir.path().join("missing")] {
        let lines = check(&place).await;
        assert!(
            lines.len() == 1 && lines[0].starts_with("FAILED   data dir") && lines[0].contains("--data-dir"),
            "{lines:?}"
        );
    }
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn routers_that_are_not_current_are_told_with_the_way_out() {
    let node = |status: &str| serde_json::json!({"id": "n1", "name": "edge", "status": status, "held_version": 3});
    let lines = |nodes: &[serde_json::Value]| -> Vec<String> {
        super::control_plane::nodes(nodes).iter().map(ToString::to_string).collect()
    };
    assert_eq!(lines(&[node("current"), node("revoked")]), ["ok       routers         1 connected and current"]);
    let ahead = lines(&[node("ahead")]);
    assert!(ahead[0].contains("revocations included") && ahead[0].contains("db adopt"), "{ahead:#?}");
    let mut refused = node("rejecting");
    refused["rejection"] =
        serde_json::json!({"version": 4, "errors": [{"resource": "group/fast", "message": "dangling-target"}]});
    let found = lines(&[node("current"), node("away"), node("behind"), refused]);
    assert_eq!(found.len(), 3, "{found:#?}");
    assert!(found.iter().all(|line| line.starts_with("warning  routers         edge (n1) ")));
    assert!(found[0].contains("node revoke n1") && found[1].contains("version 3"));
    assert!(found[2].contains("version 4") && found[2].contains("group/fast dangling-target"));
}

#[test]
fn what_a_control_plane_lacks_is_told() {
    let health = serde_json::json!({"status": "degraded", "version": 4, "published_version": 3, "publishing_failure": "it is too large",
        "lacks": [{"what": "providers.openai.credential", "why": "the variable is not set; it is disabled"}]});
    let found: Vec<String> = super::control_plane::publishing(&health).iter().map(ToString::to_string).collect();
    assert!(found[0].starts_with("FAILED") && found[0].contains("version 3: it is too large"), "{found:?}");
    assert!(found[1].starts_with("warning") && found[1].contains("providers.openai.credential"), "{found:?}");
    assert!(
        super::control_plane::publishing(&serde_json::json!({"status": "ok", "version": 4, "published_version": 4}))
            .is_empty()
    );
}
