//! Admin tokens of roles that hold in some projects alone.

use serde_json::json;

use crate::plane::{Answer, Plane};

pub const PROJECTS: &str = "\
version: 1
projects: {search: {}, billing: {}}
";

async fn plane() -> Plane {
    let plane = Plane::start().await;
    assert_eq!(plane.apply(PROJECTS).await.status, 200);
    plane
}

async fn create(plane: &Plane, with: &str, grants: serde_json::Value) -> Answer {
    let body = json!({"name": "one more", "grants": grants});
    plane.send("POST", "/api/v1/admin-tokens", Some(with), Some(body)).await
}

#[tokio::test]
async fn nobody_makes_an_admin_token_that_may_do_more_than_they_may() {
    let plane = plane().await;
    let local = plane.admin_in("admin", "search").await;
    for (grants, status) in [
        (json!([{"role": "project-admin", "projects": ["search"]}]), 201),
        (json!([{"role": "admin", "projects": ["search"]}]), 201),
        (json!([{"role": "viewer"}]), 403),
        (json!([{"role": "viewer", "projects": ["billing"]}]), 403),
        (json!([{"role": "viewer", "projects": ["search", "billing"]}]), 403),
        (json!([{"role": "viewer", "projects": ["search"]}, {"role": "operator"}]), 403),
        // Whether there is such a project is not told either.
        (json!([{"role": "viewer", "projects": ["nowhere"]}]), 403),
    ] {
        let answer = create(&plane, &local, grants.clone()).await;
        assert_eq!(answer.status, status, "{grants}: {}", answer.text);
    }
    for role in ["viewer", "report-admin", "project-admin", "operator", "auditor"] {
        let token = plane.admin_of(role).await;
        assert_eq!(create(&plane, &token, json!([{"role": "viewer"}])).await.status, 403, "{role}");
    }
}

#[tokio::test]
async fn admin_tokens_of_other_domains_are_not_found() {
    let plane = plane().await;
    let local = plane.admin_in("admin", "search").await;
    let ours = create(&plane, &plane.admin, json!([{"role": "viewer", "projects": ["search"]}])).await.json();
    let grants = json!([{"role": "viewer", "projects": ["search"]}, {"role": "viewer", "projects": ["billing"]}]);
    let both = create(&plane, &plane.admin, grants).await.json();
    let listed = plane.send("GET", "/api/v1/admin-tokens", Some(&local), None).await;
    let tokens = listed.json()["admin_tokens"].as_array().unwrap().clone();
    assert_eq!(tokens.len(), 2, "its own and ours: {}", listed.text);
    assert!(tokens.iter().any(|it| it["id"] == ours["id"] && it["grants"] == ours["grants"]), "{}", listed.text);
    let path = |token: &serde_json::Value| format!("/api/v1/admin-tokens/{}", token["id"].as_str().unwrap());
    let answer = plane.send("DELETE", &path(&both), Some(&local), None).await;
    assert_eq!((answer.status, answer.code().as_str()), (404, "not-found"));
    assert_eq!(plane.send("DELETE", &path(&ours), Some(&local), None).await.status, 204);
    let auditor = plane.admin_in("auditor", "search").await;
    assert_eq!(plane.send("DELETE", &path(&both), Some(&auditor), None).await.status, 403, "auditors change nothing");
}

#[tokio::test]
async fn a_role_that_is_none_or_holds_nowhere_is_told() {
    let plane = plane().await;
    for (grants, status) in [
        (json!([]), 422),
        (json!([{"role": "owner"}]), 422),
        (json!([{"role": "viewer", "projects": []}]), 422),
        (json!([{"role": "viewer", "projects": ["nowhere"]}]), 404),
        (json!([{"role": "viewer", "project": "search"}]), 400),
    ] {
        let answer = create(&plane, &plane.admin, grants.clone()).await;
        assert_eq!(answer.status, status, "{grants}: {}", answer.text);
    }
}

#[tokio::test]
async fn the_audit_log_says_what_an_admin_token_may_do() {
    let plane = plane().await;
    plane.admin_in("project-admin", "search").await;
    let log = plane.get("/api/v1/audit?limit=1").await.json();
    assert_eq!(log["events"][0]["action"], "admin-token.create");
    assert_eq!(log["events"][0]["detail"], "project-admin, project-admin (search)");
}
