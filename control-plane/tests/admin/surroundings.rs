//! What a document that comes by the API learns about the control plane's surroundings.

use control_plane::{Environment, Options, start};
use serde_json::{Value, json};

use crate::plane::{DOCUMENT, Plane, options};

const PLANTED: &str = "sk-planted";

#[tokio::test]
async fn no_role_reads_a_variable_by_a_document() {
    let plane = Plane::configured().await;
    let uses = [
        "projects: {p: {owner: \"${VAR}\"}}",
        "settings: {default_group: \"${VAR}\"}",
        "settings: {shared_state: {kind: \"${VAR}\"}}",
        "settings: {responses_store: {enabled: true}, shared_state: {kind: valkey, url: \"redis://${VAR}:x\"}}",
        "callers: [{id: \"${VAR}\", allow: [\"${VAR}\", \"${VAR}\"]}]",
        "providers: {x: {base_url: \"https://${VAR}\", dialects: [\"${VAR}\"], credential: {env: \"${VAR}\"}}}",
        "providers: {x: {base_url: \"https://x\", dialects: [openai-chat], timeouts: {connect: \"${VAR}\"}}}",
        "${VAR}: x",
    ];
    for role in ["viewer", "operator", "admin"] {
        let token = plane.admin_of(role).await;
        for (text, variable) in
            uses.iter().flat_map(|it| ["SANDKEY", "OPENAI_API_KEY", "SMART_ROUTER_X"].map(|name| (it, name)))
        {
            let document = format!("version: 1\n{}\n", text.replace("VAR", variable));
            for path in ["check", "diff", "apply"] {
                let body = json!({"document": document});
                let answer = plane.send("POST", &format!("/api/v1/config/{path}"), Some(&token), Some(body)).await;
                assert!(
                    !answer.text.contains(PLANTED) && !answer.text.contains("hidden"),
                    "{role} {path}: {}",
                    answer.text
                );
                // A viewer's document keeps the variables that routers alone replace.
                let kept = role == "viewer" && text.contains("kind: valkey");
                assert_eq!(answer.status == 200, kept && path != "apply", "{role} {path} {document}: {}", answer.text);
            }
        }
    }
}

#[tokio::test]
async fn a_viewer_does_not_even_see_what_is_open_to_documents() {
    let plane = Plane::configured().await;
    let document = DOCUMENT.replace("https://api.openai.com/v1", "${ENDPOINT}");
    let viewer = plane.admin_of("viewer").await;
    let operator = plane.admin_of("operator").await;
    for path in ["/api/v1/config/check", "/api/v1/config/diff"] {
        let as_role =
            async |token: &str| plane.send("POST", path, Some(token), Some(json!({"document": document}))).await;
        let answer = as_role(&viewer).await;
        assert_eq!((answer.status, answer.code().as_str()), (422, "config-invalid"));
        assert!(answer.text.contains("config.write") && !answer.text.contains("from.environment"), "{}", answer.text);
        assert_eq!(as_role(&operator).await.status, 200);
    }
    // What routers alone replace is no secret before it is replaced.
    let shared = DOCUMENT
        .replace("providers:", "settings: {shared_state: {kind: valkey, url: \"${LLM_SECRET_VALKEY}\"}}\nproviders:");
    let answer = plane.send("POST", "/api/v1/config/check", Some(&viewer), Some(json!({"document": shared}))).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

#[tokio::test]
async fn a_router_opens_no_file_for_egress_that_is_not_declared_and_no_proxy_reads_a_key() {
    let plane = Plane::configured().await;
    let with = |egress: &str| {
        let line = "    dialects: [openai-chat]\n";
        DOCUMENT.replace(line, &format!("{line}    egress: {egress}\n"))
    };
    let refused = [
        ("{ca_file: /etc/passwd}", "ca_file"),
        ("{certificate_file: /etc/a, key_file: /etc/b}", "certificate_file"),
        ("{proxy: \"http://me:secret@proxy:1\"}", "proxy"),
    ];
    for (egress, key) in refused {
        let answer = plane.apply(&with(egress)).await;
        assert_eq!((answer.status, answer.code().as_str()), (422, "config-invalid"), "{egress}");
        let path = answer.json()["problems"][0]["path"].as_str().unwrap().to_owned();
        assert_eq!(path, format!("providers.openai.egress.{key}"));
    }
    let clear = with("{proxy: \"http://proxy:1\"}").replace("https://api.openai.com/v1", "http://10.0.0.1/v1");
    let clear = clear.replace("    egress:", "    network: private\n    egress:");
    let answer = plane.apply(&clear).await;
    assert!(answer.status == 422 && answer.text.contains("read the key"), "{}", answer.text);
    let answer = plane.apply(&with("{proxy: \"http://proxy:1\"}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

#[tokio::test]
async fn keys_come_from_what_is_declared_only() {
    let plane = Plane::configured().await;
    let with = |credential: &str| {
        DOCUMENT.replace(
            "    dialects: [openai-chat]\n",
            &format!("    dialects: [openai-chat]\n    credential: {credential}\n"),
        )
    };
    let own = plane.running.control().private_dir.as_deref().unwrap().join("master.key");
    for refused in ["{env: SANDKEY}", "{env: HOME}", "{file: /etc/passwd}", &format!("{{file: {}}}", own.display())] {
        let answer = plane.apply(&with(refused)).await;
        assert_eq!((answer.status, answer.code().as_str()), (422, "config-invalid"), "{refused}");
        let path = answer.json()["problems"][0]["path"].as_str().unwrap().to_owned();
        assert!(path.starts_with("providers.openai.credential."), "{path}");
    }
    assert_eq!(plane.apply(&with("{env: OPENAI_API_KEY}")).await.status, 200);
}

/// A document that names a variable.
fn with_key(variable: &str) -> String {
    DOCUMENT.replace("    models:", &format!("    credential: {{env: {variable}}}\n    models:"))
}

#[tokio::test]
async fn a_key_that_nobody_has_is_warned_of_and_one_that_a_replica_has_told_is_not() {
    let warned = |answer: &Value| -> Vec<String> {
        let warnings = answer["warnings"].as_array().unwrap().iter();
        warnings.map(|it| format!("{}: {}", it["path"].as_str().unwrap(), it["message"].as_str().unwrap())).collect()
    };
    let plane = Plane::configured().await;
    let missing = json!({"document": with_key("ABSENT_API_KEY")});
    for path in ["/api/v1/config/diff", "/api/v1/config/apply"] {
        let told = warned(&plane.post(path, missing.clone()).await.json());
        assert!(
            told.len() == 1 && told[0].starts_with("providers.openai.credential: the variable is not set"),
            "{told:?}"
        );
    }
    let version = plane.apply(&with_key("OPENAI_API_KEY")).await.json();
    assert_eq!(warned(&version), Vec::<String>::new());
    let back = plane.post("/api/v1/config/rollback", json!({"version": 2})).await.json();
    assert_eq!(warned(&back).len(), 1, "{back}");
    // Who may only look learns nothing of what surrounds the control plane.
    let viewer = plane.admin_of("viewer").await;
    let answer = plane.send("POST", "/api/v1/config/diff", Some(&viewer), Some(missing)).await;
    assert_eq!(warned(&answer.json()), Vec::<String>::new());
    // A control plane without the variable, over the database of one that had it.
    plane.apply(&with_key("OPENAI_API_KEY")).await;
    let Plane { running, admin, _dir: dir } = plane;
    running.stop().await;
    let bare = Options { environment: Environment::table([("X", "x")]), ..options(dir.path()) };
    let plane = Plane { running: start(bare).await.unwrap(), admin, _dir: dir };
    let changed = with_key("OPENAI_API_KEY").replace("ben", "bea");
    assert_eq!(warned(&plane.apply(&changed).await.json()), Vec::<String>::new());
}
