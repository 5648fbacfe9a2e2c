//! Sessions of people over real HTTP: how long they last, and what is asked beside the cookie. Logins with providers are
//! tested against real ones (`tests/login`).

use control_plane::{
    login::make_link,
    store::admin_session::{FromProvider, Origin},
};
use serde_json::{Value, json};

use crate::{
    browser::{Browser, MINUTE},
    plane::{DOCUMENT, Plane},
};

#[tokio::test]
async fn a_session_ends_by_itself() {
    let plane = Plane::configured().await;
    for (created, used, status) in [
        (0, 0, 200),
        (59 * MINUTE, 59 * MINUTE, 200),
        (61 * MINUTE, 60 * MINUTE, 401),
        (719 * MINUTE, 0, 200),
        (720 * MINUTE, 0, 401),
    ] {
        let browser = Browser::of_age(&plane, created, used).await;
        assert_eq!(browser.get("/api/v1/config/versions").await.status, status, "{created} {used}");
    }
    let shorter = format!("{DOCUMENT}settings: {{admin_sessions: {{idle_timeout: 5m, absolute_timeout: 10m}}}}\n");
    let browser = Browser::of_age(&plane, 11 * MINUTE, 0).await;
    assert_eq!(browser.get("/api/v1/config/versions").await.status, 200);
    assert_eq!(plane.apply(&shorter).await.status, 200);
    assert_eq!(browser.get("/api/v1/config/versions").await.status, 401, "the limits in force count");
}

#[tokio::test]
async fn that_a_session_was_used_is_noted_once_a_minute() {
    let plane = Plane::start().await;
    let (fresh, older) = (Browser::of_age(&plane, 0, MINUTE / 2).await, Browser::of_age(&plane, 0, 2 * MINUTE).await);
    let (before, was) = (fresh.last_used().await, older.last_used().await);
    assert_eq!(fresh.get("/api/v1/nodes").await.status, 200);
    assert_eq!(older.get("/api/v1/nodes").await.status, 200);
    for _ in 0..100 {
        if older.last_used().await != was {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert!(older.last_used().await >= was + 2 * MINUTE - 1000);
    assert_eq!(fresh.last_used().await, before);
}

#[tokio::test]
async fn what_reveals_asks_for_a_login_not_long_ago() {
    let plane = Plane::configured().await;
    let (recent, older) = (Browser::of_age(&plane, 9 * MINUTE, 0).await, Browser::of_age(&plane, 11 * MINUTE, 0).await);
    let token = json!({"caller": "ana"});
    assert_eq!(recent.post("/api/v1/tokens", &token).await.status, 201);
    let refused = older.post("/api/v1/tokens", &token).await;
    assert_eq!((refused.status, refused.code().as_str()), (403, "recent-login-required"));
    // What reveals nothing goes on.
    assert_eq!(older.get("/api/v1/tokens").await.status, 200);
    let check = json!({"document": DOCUMENT});
    assert_eq!(older.post("/api/v1/config/check", &check).await.status, 200);
    // Programs are not asked.
    assert_eq!(plane.token_of("ana").await["caller"], "ana");
}

const KEYED: &str = "\
version: 1
providers:
  openai:
    base_url: https://api.openai.com/v1
    dialects: [openai-chat]
    credential: {env: LLM_SECRET_X}
    models: {mini: {model: gpt-5-mini, state: active}}
groups:
  fast: {targets: [{model: openai/mini}]}
callers:
  - {id: ana, allow: [fast]}
";

fn corp(more: &str) -> String {
    let rule = "{claim: groups, value: leads, role: viewer}";
    format!("{KEYED}oidc:\n  - {{id: corp, issuer: 'https://id.example.com', client_id: us, roles: [{rule}]{more}}}\n")
}

#[tokio::test]
async fn what_says_who_gets_in_and_where_keys_go_asks_for_a_login_not_long_ago() {
    let plane = Plane::start().await;
    let (moved, longer) = (
        KEYED.replace("api.openai.com", "other.example"),
        format!("{KEYED}settings: {{admin_sessions: {{recent_login: 12h}}}}\n"),
    );
    // The second of these is gone back to below.
    for (version, document) in [(1, KEYED), (2, &longer), (3, &moved), (4, KEYED)] {
        let applied = plane.apply(document).await;
        assert_eq!((applied.status, &applied.json()["version"]), (200, &json!(version)), "{}", applied.text);
    }
    let (recent, older) = (Browser::of_age(&plane, 9 * MINUTE, 0).await, Browser::of_age(&plane, 11 * MINUTE, 0).await);
    let edit = |operation: Value| json!({"operations": [operation]});
    let provider = json!({"id": "x", "issuer": "https://id.example.com", "client_id": "us", "roles": []});
    let login = edit(json!({"op": "add", "path": "/oidc", "value": [provider]}));
    let base_url = json!({"op": "replace", "path": "/providers/openai/base_url", "value": "https://evil.example/v1"});
    let sessions = json!({"op": "add", "path": "/settings", "value": {"admin_sessions": {"recent_login": "12h"}}});
    let mut put = plane.get("/api/v1/providers/openai").await.json();
    put["base_url"] = json!("https://evil.example/v1");
    let drafted = |operation: &Value| json!({"title": "x", "operations": [operation]});
    for (method, path, body) in [
        ("PATCH", "/api/v1/config", login.clone()),
        ("PATCH", "/api/v1/config", edit(base_url.clone())),
        ("PATCH", "/api/v1/config", edit(sessions.clone())),
        ("PUT", "/api/v1/providers/openai", put),
        ("PUT", "/api/v1/settings/admin_sessions", json!({"value": {"recent_login": "12h"}})),
        ("POST", "/api/v1/config/apply", json!({"document": corp("")})),
        ("POST", "/api/v1/config/apply", json!({"document": moved})),
        ("POST", "/api/v1/config/rollback", json!({"version": 2})),
        ("POST", "/api/v1/config/rollback", json!({"version": 3})),
    ] {
        let refused = older.edit(method, path, 4, &body).await;
        assert_eq!((refused.status, refused.code().as_str()), (403, "recent-login-required"), "{method} {path} {body}");
    }
    for operation in [&sessions, &base_url] {
        let kept = older.post("/api/v1/drafts", &drafted(operation)).await.json();
        let apply = format!("/api/v1/drafts/{}/apply", kept["draft"]["id"].as_str().unwrap());
        let refused = older.edit("POST", &apply, 1, &json!({})).await;
        assert_eq!(refused.code(), "recent-login-required", "{operation}");
    }
    // What says nothing of that goes on, and so does somebody who has logged in lately.
    let weight = json!({"op": "add", "path": "/groups/fast/targets/0/weight", "value": 5});
    let edited = older.edit("PATCH", "/api/v1/config", 4, &edit(weight)).await;
    assert_eq!((edited.status, &edited.json()["version"]), (200, &json!(5)), "{}", edited.text);
    assert_eq!(recent.edit("PATCH", "/api/v1/config", 5, &login).await.status, 200);
}

#[tokio::test]
async fn what_has_ended_a_session_ends_it_for_good() {
    let plane = Plane::start().await;
    let shorter = corp("") + "settings: {admin_sessions: {idle_timeout: 5m}}\n";
    for (between, why) in [
        (corp(", disabled: true"), "disabled"),
        (KEYED.to_owned(), "gone"),
        (corp("").replace("id.example.com", "other.example.com"), "another issuer"),
        (shorter, "a shorter limit"),
    ] {
        assert_eq!(plane.apply(&corp("")).await.status, 200);
        let from = FromProvider {
            provider: "corp".into(),
            issuer: "https://id.example.com".into(),
            subject: "7".into(),
            session: None,
            claims: json!({"sub": "7", "groups": ["leads"]}).to_string(),
            id_token: Vec::new(),
        };
        let browser = Browser::from_there(&plane, Origin::Oidc(from), 10 * MINUTE, 10 * MINUTE).await;
        // It is not looked at while it is over: nobody could note that.
        assert_eq!(plane.apply(&between).await.status, 200, "{why}");
        assert_eq!(plane.apply(&corp("")).await.status, 200);
        assert_eq!(browser.get("/api/v1/nodes").await.status, 401, "{why}");
    }
    let ended = plane.get("/api/v1/audit").await.text;
    assert_eq!(ended.matches("admin-session.end").count(), 3, "{ended}");
}

#[tokio::test]
async fn what_guesses_nothing_closes_no_login() {
    let plane = Plane::configured().await;
    let port = plane.running.http.port();
    let ask = async |path: &str, headers: &str| {
        let request = format!("GET {path} HTTP/1.1\r\nhost: localhost:{port}\r\nconnection: close\r\n{headers}\r\n");
        plane.raw(&request).await
    };
    for _ in 0..105 {
        ask("/api/v1/nodes", "").await;
        ask("/login/oidc/corp/callback?state=x&code=y", "").await;
    }
    assert_eq!(ask("/login", "").await.status, 200);
    let body = "logout_token=x.y.z";
    for _ in 0..105 {
        let request = format!(
            "POST /login/oidc/corp/backchannel-logout HTTP/1.1\r\nhost: localhost:{port}\r\nconnection: close\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        plane.raw(&request).await;
    }
    assert_eq!(ask("/login", "").await.status, 200);
    for _ in 0..100 {
        ask("/api/v1/nodes", "authorization: Bearer sra_guess\r\n").await;
    }
    let closed = ask("/login", "").await;
    assert_eq!((closed.status, closed.headers["retry-after"].as_str()), (429, "60"));
}

#[tokio::test]
async fn a_cookie_alone_changes_nothing() {
    let plane = Plane::configured().await;
    let browser = Browser::of_age(&plane, 0, 0).await;
    let body = json!({"document": DOCUMENT}).to_string();
    let csrf = browser.csrf();
    for headers in [
        "content-type: application/json\r\n".to_owned(),
        "content-type: application/json\r\nx-csrf-token: x\r\n".to_owned(),
        format!("content-type: application/json\r\nx-csrf-token: {csrf}\r\nsec-fetch-site: cross-site\r\n"),
        format!("content-type: text/plain\r\nx-csrf: {csrf}\r\n"),
    ] {
        let answer = browser.send("POST", "/api/v1/config/apply", &headers, &body).await;
        assert_eq!((answer.status, answer.code().as_str()), (403, "forged-request"), "{headers}");
    }
    let form = "content-type: application/x-www-form-urlencoded\r\n";
    assert_eq!(browser.send("POST", "/logout", form, "csrf=x").await.status, 403);
    assert_eq!(browser.send("POST", "/logout", form, &format!("csrf=x&csrf={csrf}")).await.status, 403);
    assert_eq!(browser.get("/api/v1/nodes").await.status, 200);
    assert_eq!(browser.send("POST", "/logout", form, &format!("csrf={csrf}")).await.status, 200);
    assert_eq!(browser.get("/api/v1/nodes").await.status, 401);
}

#[tokio::test]
async fn a_link_lets_in_once_and_not_by_being_looked_at() {
    let plane = Plane::start().await;
    let path = make_link(plane.running.control()).await.unwrap();
    let port = plane.running.http.port();
    let ask = async |method: &str, path: &str, headers: &str, body: &str| {
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost:{port}\r\nconnection: close\r\n{headers}content-length: {length}\r\n\r\n{body}"
        );
        plane.raw(&request).await
    };
    assert_eq!(ask("GET", &path, "", "").await.status, 200);
    let looked = ask("GET", &path, "", "").await;
    assert_eq!(looked.headers["referrer-policy"], "no-referrer");
    let cookie = looked.headers["set-cookie"].split(';').next().unwrap().to_owned();
    let csrf = looked.text.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let secret = path.split('=').nth(1).unwrap();
    let send = async |secret: &str| {
        let headers = format!(
            "cookie: {cookie}\r\norigin: http://localhost:{port}\r\ncontent-type: application/x-www-form-urlencoded\r\n"
        );
        ask("POST", "/login/link", &headers, &format!("secret={secret}&csrf={csrf}")).await
    };
    assert_eq!(send(&"x".repeat(43)).await.status, 403);
    assert_eq!(send(secret).await.status, 303);
    assert_eq!(send(secret).await.status, 403, "it was used");
    let again = ask("GET", &path, "", "").await;
    assert!(again.status == 403 && again.text.contains("was used before"), "{}", again.text);
}

#[tokio::test]
async fn nobody_logs_in_over_a_network_in_the_clear() {
    let plane = Plane::start().await;
    for host in ["router.example.com", "10.0.0.1:8080", "localhost.evil.example"] {
        for path in ["/login", "/login/link?secret=x", "/login/oidc/corp"] {
            let request = format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
            let answer = plane.raw(&request).await;
            assert_eq!(answer.status, 403, "{host} {path}");
            assert!(answer.text.contains("--public-url") && !answer.headers.contains_key("set-cookie"));
        }
    }
}

#[tokio::test]
async fn who_may_not_make_administrators_does_not_say_how_people_log_in() {
    let plane = Plane::configured().await;
    let rule = "{claim: groups, value: a, role: admin}";
    let with = format!(
        "{DOCUMENT}oidc:\n  - {{id: corp, issuer: 'https://id.example.com', client_id: us, roles: [{rule}]}}\n"
    );
    let operator = plane.admin_of("operator").await;
    let apply = async |document: &str| {
        plane.send("POST", "/api/v1/config/apply", Some(&operator), Some(json!({"document": document}))).await
    };
    let refused = apply(&with).await;
    assert_eq!((refused.status, refused.code().as_str()), (403, "outside-domain"));
    let applied = plane.apply(&with).await;
    assert_eq!(applied.status, 200, "{}", applied.text);
    assert_eq!(apply(DOCUMENT).await.status, 403, "to take it away is to change it");
    assert_eq!(apply(&with.replace("gpt-5-mini", "gpt-5")).await.status, 200, "what else changes is the operator's");
    let back = json!({"version": 1});
    let rolled = plane.send("POST", "/api/v1/config/rollback", Some(&operator), Some(back)).await;
    assert!(matches!(rolled.code().as_str(), "outside-domain" | "not-found"), "{}", rolled.text);
}
