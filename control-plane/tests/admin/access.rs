use control_plane::http::{Access, RouteKind, listed};
use control_plane_core::permission::{Grants, Role};
use serde_json::json;

use crate::plane::Plane;

/// Calls a route with a body that it would refuse: what counts is whether its guard lets the call through.
async fn status(plane: &Plane, method: &str, path: &str, token: Option<&str>) -> u16 {
    let path = path.replace("{id}", "nobody").replace("{*page}", "none");
    plane.send(method, &path, token, Some(json!({}))).await.status
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_lets_in_whom_its_line_says_and_nobody_else() {
    let plane = Plane::start().await;
    let mut tokens = Vec::new();
    for role in Role::ALL {
        let token = plane.admin_of(role.as_str()).await;
        // What was accepted once is looked at however many others fail.
        assert_ne!(plane.send("GET", "/api/v1/nodes", Some(&token), None).await.status, 401);
        tokens.push((role, token));
    }
    let bad = [
        None,
        Some("sra_000000000000_0000000000000000000000000000000000000000000000000".to_owned()),
        Some(format!("{}x", plane.admin)),
        Some(plane.admin.replace("sra_", "sr_")),
        Some("''".to_owned()),
    ];
    let mut guarded = 0;
    for route in listed() {
        let (method, path) = (route.method.as_str(), route.path);
        for token in &bad {
            let status = status(&plane, method, path, token.as_deref()).await;
            // A person is sent to log in.
            let refused = matches!(status, 401 | 429) || route.kind == RouteKind::Page && status == 303;
            let is_login = path.starts_with("/login");
            assert!(
                refused == (route.access != Access::Public) || is_login && status != 401,
                "{method} {path} without a valid token: {status}"
            );
        }
        if route.access.action().is_none() {
            continue;
        }
        guarded += 1;
        for (role, token) in &tokens {
            let status = status(&plane, method, path, Some(token)).await;
            let permitted = route.access.permits(&Grants::everywhere(*role)).is_ok();
            assert_eq!(status != 403, permitted, "{method} {path} as {role:?}: {status}");
            assert_ne!(status, 401, "{method} {path} as {role:?}");
            assert_ne!(status, 500, "{method} {path} as {role:?}");
        }
    }
    assert!(guarded > 20);
}

#[test]
fn nothing_that_changes_or_shows_state_is_public() {
    for route in listed().into_iter().filter(|route| route.access == Access::Public) {
        // What lets people in makes its own checks, and changes nothing but who is in; a theme is kept by the browser.
        let harmless = route.path.starts_with("/login/") || route.path == "/theme";
        assert!(route.method.as_str() == "GET" || harmless, "{}", route.path);
        let known = [
            "/assets/",
            "/favicon.ico",
            "/about/licences",
            "/theme",
            "/login",
            "/livez",
            "/readyz",
            "/health",
            "/version",
            "/docs",
            "/api/v1/openapi.json",
        ];
        assert!(known.iter().any(|prefix| route.path.starts_with(prefix)), "{}", route.path);
    }
    let dry = ["/api/v1/config/check", "/api/v1/config/diff", "/api/v1/config/rollback/preview"];
    // What everybody keeps for themselves alone changes nothing for others.
    let own = |path: &str| path.starts_with("/api/v1/views") || path.starts_with("/requests/views");
    for route in listed() {
        if let Some(action) = route.access.action()
            && route.method.as_str() != "GET"
            && !dry.contains(&route.path)
            && !own(route.path)
        {
            let writes = !action.is_given_to(Role::Viewer) && !action.is_given_to(Role::Auditor);
            assert!(writes, "{} {} needs only {}", route.method, route.path, action.as_str());
        }
    }
}

#[tokio::test]
async fn a_refusal_says_what_is_missing() {
    let plane = Plane::start().await;
    let answer = plane.send("GET", "/api/v1/tokens", None, None).await;
    assert_eq!((answer.status, answer.code().as_str()), (401, "unauthorized"));
    assert_eq!(answer.headers["www-authenticate"], "Bearer");
    let viewer = plane.admin_of("viewer").await;
    let answer = plane.send("POST", "/api/v1/config/apply", Some(&viewer), Some(json!({"document": "x"}))).await;
    assert_eq!((answer.status, answer.code().as_str()), (403, "forbidden"));
    assert!(answer.text.contains("config.write"));
}

#[tokio::test]
async fn a_revoked_or_expired_admin_token_opens_nothing() {
    let plane = Plane::start().await;
    let created = plane
        .post("/api/v1/admin-tokens", json!({"name": "brief", "grants": [{"role": "admin"}], "expires_in": "1ms"}))
        .await;
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    let token = created.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(plane.send("GET", "/api/v1/config/versions", Some(&token), None).await.status, 401);

    let created =
        plane.post("/api/v1/admin-tokens", json!({"name": "ops", "grants": [{"role": "operator"}]})).await.json();
    let (id, token) = (created["id"].as_str().unwrap(), created["token"].as_str().unwrap());
    assert_eq!(plane.send("GET", "/api/v1/config/versions", Some(token), None).await.status, 200);
    let path = format!("/api/v1/admin-tokens/{id}");
    assert_eq!(plane.send("DELETE", &path, Some(&plane.admin), None).await.status, 204);
    assert_eq!(plane.send("GET", "/api/v1/config/versions", Some(token), None).await.status, 401);
    assert_eq!(plane.send("DELETE", &path, Some(&plane.admin), None).await.code(), "not-found");
}

#[tokio::test]
async fn an_admin_token_cannot_revoke_itself() {
    let plane = Plane::start().await;
    let list = plane.get("/api/v1/admin-tokens").await;
    assert!(!list.text.contains(&plane.admin), "a list shows no secret");
    let id = list.json()["admin_tokens"][0]["id"].as_str().unwrap().to_owned();
    let answer = plane.send("DELETE", &format!("/api/v1/admin-tokens/{id}"), Some(&plane.admin), None).await;
    assert_eq!((answer.status, answer.code().as_str()), (409, "conflict"));
}

#[tokio::test]
async fn every_authenticated_request_is_recorded_and_strangers_write_nothing() {
    let plane = Plane::start().await;
    plane.get("/api/v1/tokens?caller=secret-name").await;
    let viewer = plane.admin_of("viewer").await;
    plane.send("GET", "/api/v1/audit", Some(&viewer), None).await;
    plane.send("GET", "/api/v1/tokens", None, None).await;
    let rows = recorded(plane).await;
    let expected =
        [("GET", "/api/v1/tokens", 200), ("POST", "/api/v1/admin-tokens", 201), ("GET", "/api/v1/audit", 403)];
    assert_eq!(rows.len(), expected.len(), "{rows:?}");
    for (method, route, status) in expected {
        assert!(rows.contains(&(method.to_owned(), route.to_owned(), status)), "{rows:?}");
    }
}

#[tokio::test]
async fn whoever_looks_does_not_wait_for_the_databases_one_writer() {
    let plane = Plane::start().await;
    let writer = plane.running.control().store.write().await.unwrap();
    for _ in 0..20 {
        assert_eq!(plane.get("/api/v1/tokens").await.status, 200);
    }
    writer.commit().await.unwrap();
    assert_eq!(recorded(plane).await.len(), 20);
}

/// What is in the table once the control plane has stopped.
async fn recorded(plane: Plane) -> Vec<(String, String, i64)> {
    let Plane { running, _dir: dir, .. } = plane;
    running.stop().await;
    let store = control_plane::store::Store::connect(&crate::plane::options(dir.path()).database_url).await.unwrap();
    let rows = sqlx::query_as("select method, route, status from admin_access_events order by at_ms, route");
    rows.fetch_all(store.read()).await.unwrap()
}

#[tokio::test]
async fn bodies_are_strict() {
    let plane = Plane::start().await;
    let post = async |content_type: &str, body: &str| {
        plane
            .raw(&format!(
                "POST /api/v1/tokens HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {}\r\n{content_type}content-length: {}\r\n\r\n{body}",
                plane.admin,
                body.len()
            ))
            .await
    };
    let json_type = "content-type: application/json\r\n";
    assert_eq!(post("", "{}").await.code(), "unsupported-media-type");
    assert_eq!(post("content-type: text/plain\r\n", "{}").await.code(), "unsupported-media-type");
    let unknown = post(json_type, "{\"caller\": \"ana\",\n \"expires\": 1}").await;
    assert_eq!((unknown.status, unknown.code().as_str()), (400, "invalid-request"));
    assert_eq!(unknown.json()["problems"][0]["line"], 2);
    assert!(unknown.text.contains("unknown field `expires`"));
    for body in ["", "[]", "{", "nul", "{\"caller\": 3}", "\u{0}"] {
        assert_eq!(post(json_type, body).await.code(), "invalid-request", "{body:?}");
    }
    let big = format!("{{\"caller\": \"{}\"}}", "x".repeat(5 * 1024 * 1024));
    assert_eq!(post(json_type, &big).await.code(), "request-too-large");
    assert_eq!(plane.get("/api/v1/tokens?caler=x").await.code(), "invalid-request");
    assert_eq!(plane.get("/api/v1/nothing").await.code(), "not-found");
    assert_eq!(plane.send("DELETE", "/api/v1/tokens", Some(&plane.admin), None).await.code(), "method-not-allowed");
}

#[tokio::test]
async fn whoever_guesses_is_slowed_down_and_others_at_the_same_address_are_not() {
    let plane = Plane::configured().await;
    let fresh = plane.admin_of("viewer").await;
    let mut answers = Vec::new();
    for _ in 0..105 {
        answers.push(plane.send("GET", "/api/v1/nodes", Some("sra_guess"), None).await);
    }
    let count = |status| answers.iter().filter(|it| it.status == status).count();
    assert_eq!((count(401), count(429)), (100, 5));
    let last = answers.last().unwrap();
    assert_eq!((last.code().as_str(), last.headers["retry-after"].as_str()), ("too-many-failures", "60"));
    assert_eq!(plane.get("/api/v1/nodes").await.status, 200, "a token that was good goes on");
    assert_eq!(
        plane.send("GET", "/api/v1/nodes", Some(&fresh), None).await.status,
        429,
        "one that nobody has seen waits"
    );
    assert_eq!(plane.send("GET", "/livez", None, None).await.status, 200);
}
