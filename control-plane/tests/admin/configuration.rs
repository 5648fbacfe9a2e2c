use serde_json::{Value, json};

use crate::plane::{DOCUMENT, Plane};

#[tokio::test]
async fn a_document_is_applied_shown_and_rolled_back() {
    let plane = Plane::start().await;
    assert_eq!(plane.get("/api/v1/config").await.code(), "no-config");
    let first = plane.apply(DOCUMENT).await.json();
    assert_eq!(first["version"], 1);
    assert!(!first["changes"].as_array().unwrap().is_empty());

    let shown = plane.get("/api/v1/config").await;
    assert_eq!(shown.headers["x-router-config-version"], "1");
    assert_eq!(shown.headers["content-type"], "application/yaml");
    let again = plane.apply(&shown.text).await.json();
    assert_eq!((&again["version"], &again["changes"]), (&json!(1), &json!([])), "its own export changes nothing");

    let second = plane.apply(&DOCUMENT.replace("gpt-5-mini", "gpt-5-nano")).await.json();
    assert_eq!(second["version"], 2);
    let back = plane.post("/api/v1/config/rollback", json!({"version": 1, "comment": "too small"})).await.json();
    assert_eq!(back["version"], 3);
    let document = plane.get("/api/v1/config?format=json").await;
    assert_eq!(document.headers["x-router-config-version"], "3");
    assert_eq!(document.json()["providers"]["openai"]["models"]["mini"]["model"], "gpt-5-mini");
    assert!(plane.get("/api/v1/config?version=2").await.text.contains("gpt-5-nano"));

    let versions = plane.get("/api/v1/config/versions").await.json();
    let lines: Vec<(u64, &str, Option<u64>)> = versions["versions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["version"].as_u64().unwrap(), it["comment"].as_str().unwrap(), it["restores"].as_u64()))
        .collect();
    assert_eq!(lines, [(3, "too small", Some(1)), (2, "", None), (1, "", None)]);
    assert_eq!(plane.post("/api/v1/config/rollback", json!({"version": 9})).await.code(), "not-found");
}

#[tokio::test]
async fn every_mistake_comes_with_its_place_and_nothing_is_applied() {
    let plane = Plane::configured().await;
    let broken = DOCUMENT.replace("openai/mini", "openai/nano").replace("allow: [fast]", "alow: [fast]");
    for path in ["check", "apply", "diff"] {
        let answer = plane.post(&format!("/api/v1/config/{path}"), json!({"document": broken})).await;
        assert_eq!((answer.status, answer.code().as_str()), (422, "config-invalid"), "{path}");
        let problems = answer.json()["problems"].as_array().unwrap().clone();
        assert!(problems.len() >= 2, "{problems:?}");
        for problem in &problems {
            assert!(problem["line"].as_u64().unwrap() > 1 && problem["column"].as_u64().unwrap() > 0, "{problem}");
            assert!(!problem["path"].as_str().unwrap().is_empty() && !problem["message"].as_str().unwrap().is_empty());
        }
    }
    assert_eq!(plane.get("/api/v1/config/versions").await.json()["versions"].as_array().unwrap().len(), 1);
    let good = plane.post("/api/v1/config/check", json!({"document": DOCUMENT})).await;
    assert_eq!((good.status, good.json()["warnings"].is_array()), (200, true));
}

#[tokio::test]
async fn of_two_authors_the_second_is_told() {
    let plane = Plane::start().await;
    let apply = async |document: String, expected: u64| {
        plane.post("/api/v1/config/apply", json!({"document": document, "expected_version": expected})).await
    };
    assert_eq!(apply(DOCUMENT.into(), 0).await.status, 200);
    let late = apply(DOCUMENT.replace("nano", "x"), 0).await;
    assert_eq!((late.status, late.code().as_str()), (409, "version-conflict"));
    // A token takes a number of its own, which is no change of the configuration.
    plane.token_of("ana").await;
    assert_eq!(apply(DOCUMENT.replace("gpt-5-mini", "x"), 1).await.json()["version"], 3);
}

#[tokio::test]
async fn a_difference_names_what_changes_without_changing_it() {
    let plane = Plane::configured().await;
    let other = DOCUMENT.replace("gpt-5-mini", "gpt-5-nano");
    let answer = plane.post("/api/v1/config/diff", json!({"document": other})).await.json();
    assert_eq!(answer["base_version"], 1);
    let changes = answer["changes"].as_array().unwrap();
    assert_eq!(changes.len(), 1, "{changes:?}");
    assert!(changes[0]["path"].as_str().unwrap().contains("mini"));
    assert_eq!((&changes[0]["before"], &changes[0]["after"]), (&json!("gpt-5-mini"), &json!("gpt-5-nano")));
    plane.apply(&other).await;
    let back = plane.post("/api/v1/config/diff", json!({"document": DOCUMENT, "against": 1})).await.json();
    assert_eq!(back["changes"], json!([]));
}

#[tokio::test]
async fn variables_come_from_the_control_plane_and_not_its_own_ones() {
    let plane = Plane::start().await;
    let with = |url: &str| DOCUMENT.replace("https://api.openai.com/v1", url);
    assert_eq!(plane.apply(&with("${ENDPOINT}")).await.status, 200);
    assert!(plane.get("/api/v1/config").await.text.contains("https://from.environment/v1"));
    for url in ["https://x/${SMART_ROUTER_X}", "https://x/${NOWHERE}"] {
        let answer = plane.apply(&with(url)).await;
        assert_eq!(answer.code(), "config-invalid", "{url}");
        assert!(!answer.text.contains("hidden"));
    }
}

#[tokio::test]
async fn a_caller_that_goes_leaves_a_warning_for_its_tokens() {
    let plane = Plane::configured().await;
    plane.token_of("ben").await;
    plane.token_of("ben").await;
    let answer = plane.apply(&DOCUMENT.replace("  - {id: ben, allow: [fast]}\n", "")).await;
    let warnings = answer.json()["warnings"].clone();
    let about = |it: &Value| it["message"].as_str().unwrap().contains("`ben`");
    let warning = warnings.as_array().unwrap().iter().find(|it| about(it)).expect("a warning");
    assert!(warning["message"].as_str().unwrap().contains("2 tokens"));
    assert_eq!(warning["severity"], "warning");
}

#[tokio::test]
async fn the_audit_log_says_who_did_what() {
    let plane = Plane::configured().await;
    let token = plane.token_of("ana").await;
    let id = token["id"].as_str().unwrap();
    plane.post(&format!("/api/v1/tokens/{id}/revoke"), json!({})).await;
    plane.apply("nonsense").await;
    let log = plane.get("/api/v1/audit").await;
    assert!(!log.text.contains(token["token"].as_str().unwrap()));
    let events = log.json()["events"].as_array().unwrap().clone();
    let lines: Vec<(&str, &str, Option<u64>)> = events
        .iter()
        .map(|it| (it["action"].as_str().unwrap(), it["target"].as_str().unwrap(), it["version"].as_u64()))
        .collect();
    let target = format!("token/{id}");
    assert_eq!(lines[0], ("token.revoke", target.as_str(), Some(3)));
    assert_eq!(lines[1], ("token.create", target.as_str(), Some(2)));
    assert_eq!(lines[2], ("config.apply", "config", Some(1)));
    assert_eq!(lines[3].0, "admin-token.create");
    assert_eq!(lines.len(), 4, "what was refused changed nothing");
    assert!(events[0]["actor"].as_str().unwrap().starts_with("admin-token/"));
    let older = plane.get("/api/v1/audit?before=2&limit=1").await.json();
    assert_eq!(older["events"][0]["id"], 1);
}

#[tokio::test]
async fn any_version_names_the_document_that_was_in_force() {
    let plane = Plane::configured().await;
    plane.token_of("ana").await;
    plane.apply(&DOCUMENT.replace("gpt-5-mini", "gpt-5-nano")).await;
    for (asked, told) in [("1", "1"), ("2", "1"), ("3", "3")] {
        let shown = plane.get(&format!("/api/v1/config?version={asked}")).await;
        assert_eq!(shown.headers["x-router-config-version"], told, "{asked}");
    }
    for asked in [0, 4] {
        assert_eq!(plane.get(&format!("/api/v1/config?version={asked}")).await.code(), "not-found", "{asked}");
        let back = plane.post("/api/v1/config/rollback", json!({"version": asked})).await;
        assert_eq!(back.code(), "not-found", "{asked}");
    }
    plane.post("/api/v1/config/rollback", json!({"version": 2})).await;
    assert_eq!(plane.get("/api/v1/config/versions").await.json()["versions"][0]["restores"], 1);
}

#[tokio::test]
async fn the_audit_log_says_where_something_changed_and_not_to_what() {
    let plane = Plane::configured().await;
    plane.apply(&DOCUMENT.replace("gpt-5-mini", "gpt-5-nano")).await;
    let events = plane.get("/api/v1/audit?limit=2").await.json();
    let detail = |at: usize| events["events"][at]["detail"].as_str().unwrap().to_owned();
    assert_eq!(detail(0), "~ providers.openai.models.mini.model");
    assert!(detail(1).contains("+ providers.openai\n"), "{}", detail(1));
    assert!(!detail(1).contains("gpt-5"), "{}", detail(1));
}

#[tokio::test]
async fn a_comment_is_one_line() {
    let plane = Plane::start().await;
    for comment in ["a\nb".to_owned(), "x".repeat(1001)] {
        let answer = plane.post("/api/v1/config/apply", json!({"document": DOCUMENT, "comment": comment})).await;
        assert_eq!((answer.status, answer.code().as_str()), (422, "invalid-value"));
    }
}

#[tokio::test]
async fn a_file_takes_nothing_back_that_was_changed_since_it_was_applied() {
    let plane = Plane::start().await;
    let with = |rpm: u64| {
        DOCUMENT.replace("{id: ana, allow: [fast]}", &format!("{{id: ana, allow: [fast], limits: {{rpm: {rpm}}}}}"))
    };
    let apply = async |token: &str, document: &str, more: Value| {
        let mut body = json!({"document": document});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        plane.send("POST", "/api/v1/config/apply", Some(token), Some(body)).await
    };
    let (ana, bo) = (plane.admin.clone(), plane.admin_of("operator").await);
    let (from_ana, from_bo) = (json!({"file": "/a/router.yaml"}), json!({"file": "/b/router.yaml"}));
    assert_eq!(apply(&ana, &with(10), from_ana.clone()).await.status, 200);
    assert_eq!(apply(&bo, &with(5), from_bo.clone()).await.status, 200, "a new file with something new");

    // Ana's file still says what it said, and something of its own.
    let stale = with(10).replace("ben", "bertha");
    let refused = apply(&ana, &stale, from_ana.clone()).await;
    assert_eq!((refused.status, refused.code().as_str()), (409, "would-undo"));
    let told = refused.json()["problems"].to_string();
    assert!(told.contains("callers[ana].limits.rpm") && !told.contains("bertha"), "{told}");
    assert!(refused.json()["detail"].as_str().unwrap().contains("--force"));
    // A file that nobody has seen, and that is an older version as it stands.
    let copy = apply(&bo, &with(10), json!({"file": "/c/router.yaml"})).await;
    assert_eq!((copy.status, copy.code().as_str()), (409, "would-undo"));
    assert_eq!(plane.get("/api/v1/config?format=json").await.json()["callers"][0]["limits"]["rpm"], 5);

    // Whoever says what they start from, or has seen it, or means it, is let through; as is what names no file.
    assert_eq!(
        apply(&ana, &with(5), from_ana.clone()).await.status,
        200,
        "nothing changes, and the file is known to be current"
    );
    assert_eq!(apply(&ana, &with(10), from_ana.clone()).await.status, 200, "so this is meant");
    assert_eq!(apply(&bo, &with(5), json!({"file": "/b/router.yaml", "force": true})).await.status, 200);
    let version = plane.get("/api/v1/config").await.headers["x-router-config-version"].parse::<u64>().unwrap();
    let expected = json!({"file": "/a/router.yaml", "expected_version": version});
    assert_eq!(apply(&ana, &with(10), expected).await.status, 200);
    assert_eq!(apply(&ana, &with(5), json!({})).await.status, 200);
}
