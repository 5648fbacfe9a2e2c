//! Every route, tried with every role, where the role holds everywhere and where it holds in one project alone.

use std::collections::BTreeSet;

use control_plane::http::{Access, RouteKind, listed};
use control_plane_core::permission::{Domain, Grant, Grants, Projects, Role};
use serde_json::{Value, json};

use crate::plane::{Answer, Plane};

const DOCUMENT: &str = "\
version: 1
settings: {default_group: common}
providers:
  openai:
    base_url: https://hidden-host.example/v1
    dialects: [openai-chat]
    models: {mini: {model: gpt-5-mini, state: active}}
projects: {search: {}, billing: {owner: hidden-owner}}
groups:
  common: {targets: [{model: openai/mini}]}
  own: {project: search, targets: [{model: openai/mini}]}
  theirs: {project: billing, contract: {purpose: hidden-purpose}, targets: [{model: openai/mini}]}
callers:
  - {id: ana, project: search, allow: [common]}
  - {id: ben, project: billing, user: hidden-user, allow: [common]}
";

/// What a route is about, which says what a role that holds in `search` alone is answered.
#[derive(Clone, Copy, PartialEq)]
enum About {
    /// Nothing that belongs to projects, or it takes a role that holds everywhere.
    Shared,
    /// Several things, of which those of `billing` are left out.
    Several,
    /// One thing, here of `search` and there of `billing`.
    One(Thing),
    /// A part of the document that belongs to nobody and of which something is shown.
    Part,
    /// Found by what routers report: see the tests of requests.
    Reported,
}

#[derive(Clone, Copy, PartialEq)]
enum Thing {
    Token,
    NewToken,
    AdminToken,
    NewAdminToken,
    Group,
    Caller,
    Project,
}

/// What each route is about that a role may call which holds in one project alone. A new route stands here, or the test fails.
fn about(method: &str, path: &str) -> Option<About> {
    use About::{One, Part, Reported, Several, Shared};
    Some(match (method, path) {
        (
            "GET",
            "/v1/models"
            | "/api/v1/config"
            | "/api/v1/config/versions"
            | "/api/v1/config/versions/{version}"
            | "/api/v1/tokens"
            | "/api/v1/admin-tokens"
            | "/api/v1/audit"
            | "/api/v1/drafts",
        ) => Several,
        ("GET", "/api/v1/config/schema") => Shared,
        ("PATCH", "/api/v1/config") => Part,
        ("POST", "/api/v1/tokens") => One(Thing::NewToken),
        ("POST", _) if path.starts_with("/api/v1/tokens/{id}/") => One(Thing::Token),
        ("POST", "/api/v1/admin-tokens") => One(Thing::NewAdminToken),
        ("DELETE", "/api/v1/admin-tokens/{id}") => One(Thing::AdminToken),
        ("GET" | "PUT" | "DELETE", "/api/v1/groups/{id}") => One(Thing::Group),
        ("GET" | "PUT" | "DELETE", "/api/v1/callers/{id}") => One(Thing::Caller),
        ("GET", "/api/v1/projects/{id}") => One(Thing::Project),
        // Drafts and kept views are their owner's alone: see the tests of each.
        _ if path.starts_with("/api/v1/drafts") || path.starts_with("/api/v1/views") => Part,
        // See their own tests.
        _ if path.starts_with("/api/v1/report-schedules") || path == "/api/v1/access" => Part,
        ("GET", _) if path.starts_with("/api/v1/providers/") || path.starts_with("/api/v1/settings/") => Part,
        ("GET", _)
            if ["requests", "reports", "errors", "sessions", "values"].iter().any(|it| path[8..].starts_with(it)) =>
        {
            Reported
        }
        _ => return None,
    })
}

async fn send(plane: &Plane, method: &str, path: &str, token: &str, body: &Value) -> Answer {
    let text = body.to_string();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {token}\r\nif-match: *\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{text}",
        text.len()
    );
    plane.raw(&request).await
}

/// A path to a thing of a project that is there, and a body that changes it.
async fn ready(plane: &Plane, thing: Thing, path: &str, project: &str) -> (String, Value) {
    let of = |own: &'static str, theirs: &'static str| if project == "search" { own } else { theirs };
    let (caller, group) = (of("ana", "ben"), of("own", "theirs"));
    let grants = json!([{"role": "viewer", "projects": [project]}]);
    let (id, body) = match thing {
        Thing::Token => {
            let made = plane.post("/api/v1/tokens", json!({"caller": caller})).await.json();
            (made["id"].as_str().unwrap().to_owned(), json!({}))
        }
        Thing::AdminToken => {
            let made = plane.post("/api/v1/admin-tokens", json!({"name": "x", "grants": grants})).await.json();
            (made["id"].as_str().unwrap().to_owned(), json!({}))
        }
        Thing::NewToken => (String::new(), json!({"caller": caller})),
        Thing::NewAdminToken => (String::new(), json!({"name": "x", "grants": grants})),
        Thing::Group => {
            (group.to_owned(), json!({"project": project, "fidelity": "strict", "targets": [{"model": "openai/mini"}]}))
        }
        Thing::Caller => {
            (caller.to_owned(), json!({"id": caller, "project": project, "user": "eve", "allow": ["common"]}))
        }
        Thing::Project => (project.to_owned(), json!({})),
    };
    (path.replace("{id}", &id), body)
}

fn identities() -> Vec<(Role, Option<&'static str>)> {
    Role::ALL.into_iter().flat_map(|role| [(role, None), (role, Some("search"))]).collect()
}

fn grants(role: Role, project: Option<&str>) -> Grants {
    let domain = project.map_or(Domain::Everywhere, |it| Domain::Projects(Projects::new([it.to_owned()]).unwrap()));
    vec![Grant { role, domain }].try_into().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_is_for_the_roles_and_projects_that_its_line_says() {
    let plane = Plane::start().await;
    assert_eq!(plane.apply(DOCUMENT).await.status, 200);
    let mut tried = BTreeSet::new();
    for (role, project) in identities() {
        let token = match project {
            None => plane.admin_of(role.as_str()).await,
            Some(project) => plane.admin_in(role.as_str(), project).await,
        };
        for route in listed() {
            let (method, path) = (route.method.as_str(), route.path);
            // The tail is an answer without end: it has a test of its own.
            if route.access.action().is_none() || path.ends_with("/tail") {
                continue;
            }
            let asked = format!("{method} {path} as {} in {project:?}", role.as_str());
            let permitted = route.access.permits(&grants(role, project)).is_ok();
            let somewhere = matches!(route.access, Access::Within(_) | Access::CallerOr(_));
            let about = match route.kind {
                RouteKind::Page if somewhere => Some(About::Part),
                _ if somewhere => about(method, path),
                _ => Some(About::Shared),
            };
            let about = about.unwrap_or_else(|| panic!("{method} {path} stands in no line of this test"));
            let filled = path.replace("{id}", "openai").replace("{model}", "mini").replace("{key}", "default_group");
            let filled = filled.replace("{version}", "1");
            match about {
                About::Shared | About::Part | About::Reported | About::Several => {
                    let answer = send(&plane, method, &filled, &token, &json!({"operations": []})).await;
                    assert_eq!(answer.status != 403, permitted, "{asked}: {} {}", answer.status, answer.text);
                    assert!(!matches!(answer.status, 401 | 500), "{asked}: {} {}", answer.status, answer.text);
                    if project.is_some() {
                        assert!(!answer.text.contains("hidden-"), "{asked}: {}", answer.text);
                    }
                    if about == About::Several && permitted {
                        assert_eq!(answer.status, 200, "{asked}");
                    }
                }
                About::One(thing) => {
                    let (own, body) = ready(&plane, thing, path, "search").await;
                    let here = send(&plane, method, &own, &token, &body).await;
                    assert!(!matches!(here.status, 401 | 404 | 500), "{asked}: {} {}", here.status, here.text);
                    assert_eq!(here.status != 403, permitted, "{asked}: {} {}", here.status, here.text);
                    let (other, body) = ready(&plane, thing, path, "billing").await;
                    let there = send(&plane, method, &other, &token, &body).await;
                    let expected = match (permitted, project) {
                        (false, _) => [403, 403],
                        // What they may hand on is no secret.
                        (true, Some(_)) if thing == Thing::NewAdminToken => [403, 403],
                        (true, Some(_)) => [404, 404],
                        (true, None) => [200, 299],
                    };
                    let ready = there.status == 409 && path.ends_with("resume") && expected[0] == 200;
                    let fits = ready || (expected[0]..=expected[1]).contains(&there.status);
                    assert!(fits, "{asked}, of another project: {} {}", there.status, there.text);
                    assert!(project.is_none() || !there.text.contains("hidden-"), "{asked}: {}", there.text);
                    if method != "GET" {
                        assert_eq!(plane.apply(DOCUMENT).await.status, 200);
                    }
                }
            }
            tried.insert((method.to_owned(), path));
        }
    }
    assert!(tried.len() > 40, "{}", tried.len());
}

async fn patch(plane: &Plane, token: &str, operations: Value) -> Answer {
    send(plane, "PATCH", "/api/v1/config", token, &json!({"operations": operations})).await
}

#[tokio::test]
async fn a_patch_reads_and_changes_nothing_that_its_author_does_not_see() {
    let plane = Plane::start().await;
    assert_eq!(plane.apply(DOCUMENT).await.status, 200);
    let lead = plane.admin_in("project-admin", "search").await;
    let before = plane.get("/api/v1/config?format=json").await.json();
    for (operations, status) in [
        (json!([{"op": "test", "path": "/callers/1/user", "value": "hidden-user"}]), 422),
        (json!([{"op": "copy", "from": "/groups/theirs/contract", "path": "/groups/own/contract"}]), 422),
        (json!([{"op": "remove", "path": "/groups/theirs"}]), 422),
        (json!([{"op": "replace", "path": "/groups/own/project", "value": "billing"}]), 403),
        (json!([{"op": "remove", "path": "/groups/own/project"}]), 403),
        (json!([{"op": "add", "path": "/groups/common/fidelity", "value": "strict"}]), 403),
        (json!([{"op": "replace", "path": "/providers/openai/base_url", "value": "https://evil.example"}]), 403),
        (
            json!([{"op": "add", "path": "/providers/openai/models/more", "value": {"model": "x", "state": "active"}}]),
            403,
        ),
        (json!([{"op": "replace", "path": "/settings/default_group", "value": "own"}]), 403),
        (json!([{"op": "add", "path": "/projects/fresh", "value": {}}]), 403),
        (json!([{"op": "add", "path": "/callers/0/scopes", "value": ["metrics"]}]), 403),
        (
            json!([{"op": "add", "path": "/callers/-", "value": {"id": "ben", "project": "search", "allow": ["own"]}}]),
            403,
        ),
        (
            json!([{"op": "add", "path": "/groups/theirs", "value": {"project": "search", "targets": [{"model": "openai/mini"}]}}]),
            403,
        ),
    ] {
        let answer = patch(&plane, &lead, operations.clone()).await;
        assert_eq!(answer.status, status, "{operations}: {}", answer.text);
        assert!(
            !answer.text.contains("hidden-") && !answer.text.contains("billing\""),
            "{operations}: {}",
            answer.text
        );
    }
    assert_eq!(plane.get("/api/v1/config?format=json").await.json(), before, "nothing was changed");

    let answer =
        patch(&plane, &lead, json!([{"op": "replace", "path": "/callers/0/allow", "value": ["common", "own"]}])).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let after = plane.get("/api/v1/config?format=json").await.json();
    assert_eq!(after["callers"][0]["allow"], json!(["common", "own"]));
    assert_eq!(
        (&after["callers"][1], &after["providers"], &after["groups"]),
        (&before["callers"][1], &before["providers"], &before["groups"])
    );
}

#[tokio::test]
async fn what_others_use_is_not_told_by_whom() {
    let plane = Plane::start().await;
    let used = DOCUMENT.replace("user: hidden-user, allow: [common]", "user: hidden-user, allow: [common, own]");
    assert_eq!(plane.apply(&used).await.status, 200);
    let lead = plane.admin_in("project-admin", "search").await;
    let answer = patch(&plane, &lead, json!([{"op": "remove", "path": "/groups/own"}])).await;
    assert_eq!((answer.status, answer.code().as_str()), (422, "config-invalid"));
    assert!(
        answer.text.contains("something that others have configured depends on what would change"),
        "{}",
        answer.text
    );
    assert!(!answer.text.contains("callers["), "{}", answer.text);
}

/// Tokens and requests go by a caller's name, so the name of one that is gone opens what it opened.
#[tokio::test]
async fn the_name_of_anothers_caller_that_is_gone_is_not_taken_up() {
    let plane = Plane::start().await;
    assert_eq!(plane.apply(DOCUMENT).await.status, 200);
    plane.token_of("ben").await;
    let gone = DOCUMENT.replace("  - {id: ben, project: billing, user: hidden-user, allow: [common]}\n", "");
    assert_eq!(plane.apply(&gone).await.status, 200);
    let lead = plane.admin_in("project-admin", "search").await;
    let add = |id: &str| json!([{"op": "add", "path": "/callers/-", "value": {"id": id, "project": "search", "allow": ["own"]}}]);
    let answer = patch(&plane, &lead, add("ben")).await;
    assert!(answer.status == 403 && answer.text.contains("was there before"), "{}", answer.text);
    assert_eq!(patch(&plane, &lead, add("new")).await.status, 200);
    assert_eq!(plane.apply(DOCUMENT).await.status, 200, "whoever may change callers everywhere brings it back");
}
