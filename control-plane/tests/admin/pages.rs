use std::collections::BTreeSet;

use control_plane::http::{RouteKind, listed, openapi};
use serde_json::Value;

use crate::plane::Plane;

#[test]
fn every_route_is_described_and_nothing_else() {
    let description: Value = serde_json::to_value(openapi()).unwrap();
    let mut described = BTreeSet::new();
    for (path, methods) in description["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            described.insert((method.to_uppercase(), path.clone()));
            let guarded = operation["security"].is_array();
            let route = listed().into_iter().find(|it| it.path.replace("{*", "{") == *path).unwrap();
            assert_eq!(guarded, route.access != control_plane::http::Access::Public, "{method} {path}");
        }
    }
    let named = |it: &control_plane::http::Listed| (it.method.to_string(), it.path.replace("{*", "{"));
    let served: BTreeSet<_> = listed().iter().map(named).collect();
    let for_programs: BTreeSet<_> = listed().iter().filter(|it| it.kind == RouteKind::Api).map(named).collect();
    assert_eq!(described.difference(&served).collect::<Vec<_>>(), Vec::<&(String, String)>::new());
    assert_eq!(for_programs.difference(&described).collect::<Vec<_>>(), Vec::<&(String, String)>::new());
}

#[test]
fn every_operation_has_an_id_of_its_own() {
    let description: Value = serde_json::to_value(openapi()).unwrap();
    let mut ids = BTreeSet::new();
    for operation in description["paths"].as_object().unwrap().values().flat_map(|it| it.as_object().unwrap().values())
    {
        let id = operation["operationId"].as_str().unwrap();
        assert!(ids.insert(id), "{id} stands twice");
    }
    assert!(ids.len() > 60);
    assert!(ids.contains("admin_tokens_revoke") && ids.contains("tokens_revoke"));
}

#[tokio::test]
async fn health_and_version_need_no_token() {
    let plane = Plane::configured().await;
    for path in ["/livez", "/readyz", "/healthz", "/health", "/version", "/api/v1/openapi.json", "/docs"] {
        let answer = plane.send("GET", path, None, None).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        assert_eq!(answer.headers["x-content-type-options"], "nosniff");
    }
    assert_eq!(plane.send("GET", "/healthz", None, None).await.json()["version"], 1);
    plane.running.control().store.close().await;
    assert_eq!(plane.send("GET", "/livez", None, None).await.status, 200);
    let answer = plane.send("GET", "/readyz", None, None).await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "store-unavailable"));
    let answer = plane.get("/api/v1/tokens").await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "store-unavailable"), "never a 401");
}

#[tokio::test]
async fn metrics_count_what_there_is() {
    let plane = Plane::configured().await;
    plane.token_of("ana").await;
    // Publishing follows the change, it is not part of it.
    let published = async || {
        let text = plane.get("/metrics").await.text;
        text.lines().any(|it| it == "smart_router_config_version 2")
    };
    let waited = tokio::time::timeout(std::time::Duration::from_mins(1), async {
        while !published().await {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    });
    waited.await.unwrap();
    let text = plane.get("/metrics").await.text;
    for line in [
        "smart_router_latest_version 2",
        "smart_router_document_version 1",
        "smart_router_config_version 2",
        "smart_router_usage_newer_events 0",
        "smart_router_publishing_failing 0",
    ] {
        assert!(text.lines().any(|it| it == line), "{line} in:\n{text}");
    }
}

#[tokio::test]
async fn pages_of_the_documentation_are_served_and_nothing_else() {
    let plane = Plane::start().await;
    let index = plane.send("GET", "/docs", None, None).await.text;
    let first = index.split("href=\"/docs/").find(|it| it.contains(".md\"")).unwrap().split('"').next().unwrap();
    for name in [first, first.strip_suffix(".md").unwrap()] {
        let page = plane.send("GET", &format!("/docs/{name}"), None, None).await;
        assert_eq!(page.status, 200, "{name}");
        assert!(page.headers["content-security-policy"].starts_with("default-src 'none'"));
        assert!(page.text.contains("<h1 id="));
    }
    for odd in ["none", "..%2fCargo.toml", "%2e%2e/README", "adr"] {
        assert_eq!(plane.send("GET", &format!("/docs/{odd}"), None, None).await.status, 404, "{odd}");
    }
}

#[tokio::test]
async fn an_empty_report_has_every_format() {
    let plane = Plane::configured().await;
    for (format, media_type) in
        [("json", "application/json"), ("markdown", "text/markdown; charset=utf-8"), ("csv", "text/csv; charset=utf-8")]
    {
        let path = format!(
            "/api/v1/reports/usage?since=24h&group_by=caller&group_by=model&filter=caller%3Dana&format={format}"
        );
        let answer = plane.get(&path).await;
        assert_eq!((answer.status, answer.headers["content-type"].as_str()), (200, media_type), "{}", answer.text);
    }
    for odd in ["since=yesteryear", "group_by=shoe", "format=pdf", "baseline=none", "filters=x", "since=now&until=7d"] {
        assert_eq!(plane.get(&format!("/api/v1/reports/usage?{odd}")).await.code(), "invalid-request", "{odd}");
    }
}

#[tokio::test]
async fn a_database_that_takes_no_writes_is_not_ready() {
    let plane = Plane::start().await;
    let ready = async || plane.send("GET", "/readyz", None, None).await.status;
    assert_eq!(ready().await, 200);
    let store = &plane.running.control().store;
    let mut tx = store.write().await.unwrap();
    let refuse = "create trigger refuse before update on sequences when new.name = 'probe' \
                  begin select raise(abort, 'no writes'); end";
    sqlx::query(refuse).execute(tx.connection()).await.unwrap();
    tx.commit().await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    assert_eq!(ready().await, 503, "what can be read only is not ready");
    let mut tx = store.write().await.unwrap();
    sqlx::query("drop trigger refuse").execute(tx.connection()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(ready().await, 200);
}

#[tokio::test]
async fn models_are_listed_for_callers_and_administrators() {
    let plane = Plane::configured().await;
    let names = |list: &Value| -> Vec<String> {
        list["data"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap().to_owned()).collect()
    };
    let all = plane.get("/v1/models").await.json();
    assert_eq!((all["object"].as_str(), names(&all)), (Some("list"), vec!["fast".to_owned()]), "{all}");
    assert_eq!((&all["data"][0]["object"], &all["data"][0]["type"]), (&"model".into(), &"model".into()));
    let made = plane.token_of("ana").await;
    let (id, token) = (made["id"].as_str().unwrap(), made["token"].as_str().unwrap());
    let own = plane.send("GET", "/v1/models", Some(token), None).await;
    assert_eq!((own.status, names(&own.json())), (200, vec!["fast".to_owned()]), "{}", own.text);
    assert_eq!(plane.send("GET", "/v1/models", None, None).await.status, 401);
    assert_eq!(plane.send("GET", "/api/v1/tokens", Some(token), None).await.status, 401, "it opens nothing else");
    plane.post(&format!("/api/v1/tokens/{id}/revoke"), serde_json::json!({})).await;
    assert_eq!(plane.send("GET", "/v1/models", Some(token), None).await.status, 401, "at once");
}

/// Follows every link of the documentation as it is served, and looks for the place on the page that it names.
#[tokio::test]
async fn every_link_of_the_documentation_leads_somewhere() {
    let plane = Plane::start().await;
    let mut pages: std::collections::BTreeMap<String, String> = std::collections::BTreeMap::new();
    let mut open = vec!["/docs".to_owned()];
    let mut links = Vec::new();
    while let Some(path) = open.pop() {
        if pages.contains_key(&path) {
            continue;
        }
        let answer = plane.send("GET", &path, None, None).await;
        assert_eq!(answer.status, 200, "{path} is linked to and not there");
        for link in answer.text.split("href=\"").skip(1).filter_map(|it| it.split('"').next()) {
            // Who asks by a made-up name of this machine is not let in.
            if link.contains("://") || link.starts_with("/login") {
                continue;
            }
            let (target, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if target.is_empty() { path.clone() } else { resolved(&path, target) };
            links.push((path.clone(), target.clone(), anchor.to_owned()));
            open.push(target);
        }
        pages.insert(path, answer.text);
    }
    assert!(pages.len() > 20, "{}", pages.len());
    for (from, to, anchor) in links.iter().filter(|(_, _, anchor)| !anchor.is_empty()) {
        assert!(pages[to].contains(&format!("id=\"{anchor}\"")), "{from} links to {to}#{anchor}, which is not there");
    }
}

fn resolved(from: &str, link: &str) -> String {
    if link.starts_with('/') {
        return link.to_owned();
    }
    let mut steps: Vec<&str> = from.split('/').collect();
    steps.pop();
    for step in link.split('/') {
        match step {
            "." => {}
            ".." => drop(steps.pop()),
            step => steps.push(step),
        }
    }
    steps.join("/")
}
