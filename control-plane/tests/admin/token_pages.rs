//! The pages of caller tokens, asked over HTTP as several roles.

use crate::plane::{Answer, Plane};

const DOCUMENT: &str = "\
version: 1
providers:
  openai:
    base_url: https://api.openai.com/v1
    dialects: [openai-chat]
    models: {mini: {model: gpt-5-mini, state: active}}
projects: {search: {}, billing: {}}
groups:
  fast: {targets: [{model: openai/mini}]}
callers:
  - {id: ana, allow: [fast], project: search}
  - {id: ben, allow: [fast], project: billing}
";

async fn page(plane: &Plane, path: &str, token: &str) -> Answer {
    let head = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {token}\r\n\r\n");
    plane.raw(&head).await
}

async fn sent(plane: &Plane, path: &str, token: &str, form: &str) -> Answer {
    let content = format!("content-type: application/x-www-form-urlencoded\r\ncontent-length: {}", form.len());
    let head = format!("POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {token}");
    plane.raw(&format!("{head}\r\n{content}\r\n\r\n{form}")).await
}

async fn configured() -> Plane {
    let plane = Plane::start().await;
    let answer = plane.apply(DOCUMENT).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    plane
}

async fn id_of(plane: &Plane, caller: &str) -> String {
    plane.token_of(caller).await["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_token_is_made_and_shown_once() {
    let plane = configured().await;
    let made = sent(&plane, "/tokens", &plane.admin, "caller=ana&name=laptop&expires_in=90d").await;
    assert_eq!(made.status, 200, "{}", made.text);
    assert_eq!(made.headers["cache-control"], "no-store");
    let secret = made.text.split("sr_").nth(1).unwrap().split(['<', '"', '\'']).next().unwrap();
    for client in ["Claude Code", "Codex", "opencode", "Cursor", "fast", "Waiting for the first request"] {
        assert!(made.text.contains(client), "{client} in {}", made.text);
    }
    let list = page(&plane, "/tokens", &plane.admin).await;
    assert_eq!(list.status, 200, "{}", list.text);
    assert!(list.text.contains("laptop") && !list.text.contains(secret), "{}", list.text);
    let id = secret.split('_').next().unwrap();
    let one = page(&plane, &format!("/tokens/{id}"), &plane.admin).await;
    assert!(one.text.contains("token.create") && !one.text.contains(secret), "{}", one.text);
    let first = page(&plane, &format!("/tokens/{id}/first"), &plane.admin).await;
    assert!(first.status == 200 && first.text.contains("Waiting"), "{}", first.text);
}

#[tokio::test]
async fn a_page_of_a_new_token_that_is_loaded_again_makes_no_other() {
    let plane = configured().await;
    let form = page(&plane, "/tokens/new", &plane.admin).await;
    let once = form.text.split("name=\"once\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let shown = |answer: &Answer| {
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.text.split("sr_").nth(1).unwrap().split(['<', '"', '\'']).next().unwrap().to_owned()
    };
    let send = async |name: &str| {
        sent(&plane, "/tokens", &plane.admin, &format!("caller=ana&name={name}&expires_in=90d&once={once}")).await
    };
    let (made, again) = (send("laptop").await, send("laptop").await);
    assert_eq!(shown(&made), shown(&again));
    let other = send("desk").await;
    assert_ne!(shown(&made), shown(&other), "what is filled in otherwise is another one");
    let path = format!("/tokens/{}/rotate", shown(&made).split('_').next().unwrap());
    let asked = page(&plane, &path, &plane.admin).await;
    let once = asked.text.split("name=\"once\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let rotate = async || sent(&plane, &path, &plane.admin, &format!("overlap=1h&once={once}")).await;
    let (rotated, again) = (rotate().await, rotate().await);
    assert_eq!(shown(&rotated), shown(&again));
    assert_eq!(plane.get("/api/v1/tokens").await.json()["tokens"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn what_is_wrong_stands_at_its_field_and_what_was_entered_stays() {
    let plane = configured().await;
    for (form, field) in [
        ("caller=&name=kept", "caller-error"),
        ("caller=nobody&name=kept", "caller-error"),
        ("caller=ana&name=kept&expires_in=soon", "expires_in-error"),
        ("caller=ana&name=kept&expires_in=9999d", "expires_in-error"),
    ] {
        let answer = sent(&plane, "/tokens", &plane.admin, form).await;
        assert_eq!(answer.status, 422, "{form}");
        assert!(answer.text.contains(field) && answer.text.contains("kept"), "{form}: {}", answer.text);
    }
    assert_eq!(plane.get("/api/v1/tokens").await.json()["tokens"].as_array().unwrap().len(), 0);
}

#[tokio::test]
async fn what_cannot_be_undone_takes_its_word_and_leads_back() {
    let plane = configured().await;
    let id = id_of(&plane, "ana").await;
    let path = format!("/tokens/{id}/revoke");
    let asked = page(&plane, &path, &plane.admin).await;
    assert!(asked.text.contains("Nobody used it") && asked.text.contains("name=\"typed\""), "{}", asked.text);
    assert_eq!(sent(&plane, &path, &plane.admin, "typed=yes").await.status, 422);
    for (word, state) in [("suspend", "suspended"), ("resume", "resumed")] {
        let answer = sent(&plane, &format!("/tokens/{id}/{word}"), &plane.admin, "").await;
        assert_eq!(answer.status, 303, "{}", answer.text);
        assert_eq!(answer.headers["location"], format!("/tokens/{id}?told=token-{state}"));
    }
    let rotated = sent(&plane, &format!("/tokens/{id}/rotate"), &plane.admin, "overlap=24h").await;
    assert!(rotated.status == 200 && rotated.text.contains("sr_"), "{}", rotated.text);
    assert_eq!(sent(&plane, &path, &plane.admin, &format!("typed={id}")).await.status, 303);
    let again = sent(&plane, &path, &plane.admin, &format!("typed={id}")).await;
    assert!(again.status == 422 && again.text.contains("revoked"), "{}", again.text);
    assert_eq!(page(&plane, &format!("/tokens/{id}/burn"), &plane.admin).await.status, 404);
}

#[tokio::test]
async fn tokens_of_another_project_are_not_there() {
    let plane = configured().await;
    let (own, other) = (id_of(&plane, "ana").await, id_of(&plane, "ben").await);
    let lead = plane.admin_in("project-admin", "search").await;
    let list = page(&plane, "/tokens", &lead).await;
    assert!(list.text.contains(&own) && !list.text.contains(&other), "{}", list.text);
    assert!(!page(&plane, "/tokens/export?format=csv", &lead).await.text.contains(&other));
    assert_eq!(page(&plane, &format!("/tokens/{own}/revoke"), &lead).await.status, 200);
    for path in [String::new(), "/revoke".to_owned(), "/first".to_owned()] {
        assert_eq!(page(&plane, &format!("/tokens/{other}{path}"), &lead).await.status, 404, "{path}");
    }
    assert_eq!(sent(&plane, &format!("/tokens/{other}/suspend"), &lead, "").await.status, 404);
    assert_eq!(sent(&plane, "/tokens", &lead, "caller=ben").await.status, 422);
    let viewer = plane.admin_of("viewer").await;
    let seen = page(&plane, &format!("/tokens/{own}"), &viewer).await;
    assert!(seen.status == 200 && !seen.text.contains("/revoke"), "{}", seen.text);
    for refused in [format!("/tokens/{own}/suspend"), "/tokens".to_owned()] {
        assert_eq!(sent(&plane, &refused, &viewer, "caller=ana").await.status, 403, "{refused}");
    }
    assert_eq!(page(&plane, "/tokens", &plane.admin_of("report-admin").await).await.status, 403);
}

#[tokio::test]
async fn names_are_texts_in_pages_and_in_files() {
    let plane = configured().await;
    let hostile = "%3D1%2B1%3Cscript%3Ealert(1)%3C%2Fscript%3E";
    assert_eq!(sent(&plane, "/tokens", &plane.admin, &format!("caller=ana&name={hostile}")).await.status, 200);
    let list = page(&plane, "/tokens?q=%3Cscript%3E&told=%3Cscript%3E", &plane.admin).await;
    assert!(list.status == 200 && list.text.contains("=1+1"), "{}", list.text);
    assert!(!list.text.contains("<script>"), "{}", list.text);
    let file = page(&plane, "/tokens/export?format=csv", &plane.admin).await;
    assert!(file.text.contains("\"'=1+1<script>"), "{}", file.text);
    assert_eq!(page(&plane, "/tokens/export?format=xml", &plane.admin).await.status, 400);
}
