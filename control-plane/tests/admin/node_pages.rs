//! The pages of routers, the usage pipeline and settings, asked over HTTP as several roles.

use control_plane::{
    clock::now_ms,
    store::{
        node::{self, NewNode, Rejection, ResourceError, Sighting},
        usage,
    },
};

use crate::{
    database::EmptyServer,
    operate_pages::{configured, led_to, page, sent, text},
    plane::Plane,
};

/// A router that has joined and is connected, holding a version.
async fn connected(plane: &Plane, name: &str, held_version: u64) -> String {
    let id: String = "node".chars().chain(name.chars().filter(char::is_ascii_alphanumeric)).collect();
    let mut tx = plane.running.control().store.write().await.unwrap();
    let digest = [name.len() as u8; 32];
    let new = NewNode { id: &id, name, region: "eu-1", build: "0.1.0", digest, public_key: None, created_ms: now_ms() };
    node::insert(&mut tx, &new).await.unwrap();
    tx.commit().await.unwrap();
    holds(plane, &id, held_version, None).await;
    id
}

/// A router says what it holds, and what it refuses.
async fn holds(plane: &Plane, id: &str, held_version: u64, rejection: Option<Rejection>) {
    let mut tx = plane.running.control().store.write().await.unwrap();
    let sighting = Sighting {
        node: id.to_owned(),
        stream_id: format!("stream-{id}"),
        instance: String::new(),
        region: "eu-1".to_owned(),
        build: "0.1.0".to_owned(),
        held_version,
        gaps: Vec::new(),
        rejection,
        problems: Vec::new(),
        unsent_events: Some(412),
        closed_tokens: None,
        seen_ms: now_ms(),
    };
    node::opened(&mut tx, &sighting).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn routers_are_seen_to_take_a_version_or_to_refuse_it() {
    let plane = configured(Plane::start().await).await;
    let (one, two) = (connected(&plane, "one", 2).await, connected(&plane, "two", 1).await);
    let seen = page(&plane, "/versions/2", &plane.admin).await;
    assert!(
        seen.text.contains("in force on <data class=\"num\" value=\"1\">1<") && seen.text.contains("waiting"),
        "{}",
        seen.text
    );
    assert!(seen.text.contains("hx-get=\"/versions/2/acks\"") && seen.text.contains("Look again"), "{}", seen.text);
    let errors = vec![ResourceError { resource: "group/fast".to_owned(), message: "<i>no</i>".to_owned() }];
    holds(&plane, &two, 1, Some(Rejection { version: 2, at_ms: now_ms(), errors })).await;
    let acks = page(&plane, "/versions/2/acks", &plane.admin).await;
    assert!(acks.text.contains("refused") && text(&acks).contains("group/fast: <i>no</i>"), "{}", acks.text);
    assert!(!acks.text.contains("<html") && !acks.text.contains("<i>"), "{}", acks.text);
    let nodes = page(&plane, "/nodes", &plane.admin).await;
    assert!(nodes.text.contains("rejecting") && nodes.text.contains("It refuses version 2"), "{}", nodes.text);
    holds(&plane, &two, 2, None).await;
    let acks = page(&plane, "/versions/2/acks", &plane.admin).await;
    assert!(acks.text.contains(&format!("/nodes/{one}")) && !acks.text.contains("hx-get"), "{}", acks.text);
    assert!(page(&plane, "/versions", &plane.admin).await.text.contains(">in force<"));
}

#[tokio::test]
async fn a_router_is_let_in_with_a_command_that_is_shown_once() {
    let plane = configured(Plane::start().await).await;
    let empty = page(&plane, "/nodes", &plane.admin).await;
    assert!(empty.status == 200 && empty.text.contains("No router has joined"), "{}", empty.text);
    assert_eq!(page(&plane, "/nodes/join", &plane.admin).await.status, 200);
    for (uses, region, field) in [("many", "", "uses-error"), ("0", "", "uses-error"), ("1", "a;b", "region-error")] {
        let wrong =
            sent(&plane, "/nodes/join", &plane.admin, &[("ttl", "1h"), ("uses", uses), ("region", region)]).await;
        assert!(wrong.status == 422 && wrong.text.contains(field), "{uses} {region}: {} {}", wrong.status, wrong.text);
    }
    let made = sent(&plane, "/nodes/join", &plane.admin, &[("ttl", "24h"), ("uses", "2"), ("region", "eu-1")]).await;
    assert_eq!((made.status, made.headers["cache-control"].as_str()), (200, "no-store"), "{}", made.text);
    let port = plane.running.grpc.port();
    for told in ["SMART_ROUTER_JOIN_TOKEN=srj_", "--region eu-1", &format!("--control-plane http://x:{port}")] {
        assert!(made.text.contains(told), "{told} in {}", made.text);
    }
    assert!(!page(&plane, "/nodes", &plane.admin).await.text.contains("srj_"));
}

#[tokio::test]
async fn routers_are_drained_rotated_revoked_and_forgotten() {
    let plane = configured(Plane::start().await).await;
    let id = connected(&plane, "edge<b>", 2).await;
    let at = format!("/nodes/{id}");
    let seen = page(&plane, &at, &plane.admin).await;
    assert!(seen.status == 200 && !seen.text.contains("edge<b>"), "{}", seen.text);
    for told in ["Its credential", "No usage has arrived", "/drain", "/rotate", "/revoke"] {
        assert!(seen.text.contains(told), "{told} in {}", seen.text);
    }
    assert!(!seen.text.contains("/forget"), "it is connected");
    let asked = page(&plane, &format!("{at}/drain"), &plane.admin).await;
    assert!(asked.text.contains("served nobody") && asked.text.contains("No other router"), "{}", asked.text);
    for (word, told) in [("drain", "drained"), ("take-back", "taken back"), ("rotate", "asked to replace")] {
        let done = led_to(&sent(&plane, &format!("{at}/{word}"), &plane.admin, &[]).await);
        assert!(page(&plane, &done, &plane.admin).await.text.contains(told), "{done}");
    }
    let revoke = format!("{at}/revoke");
    assert_eq!(sent(&plane, &revoke, &plane.admin, &[("typed", "yes")]).await.status, 422);
    led_to(&sent(&plane, &revoke, &plane.admin, &[("typed", "edge<b>")]).await);
    let again = sent(&plane, &revoke, &plane.admin, &[("typed", "edge<b>")]).await;
    assert!(again.status == 422 && again.text.contains("revoked already"), "{}", again.text);
    let history = page(&plane, &at, &plane.admin).await;
    assert!(history.text.contains("node.revoke") && history.text.contains("/forget"), "{}", history.text);
    assert_eq!(
        led_to(&sent(&plane, &format!("{at}/forget"), &plane.admin, &[("typed", "edge<b>")]).await),
        "/nodes?told=node-forget"
    );
    assert_eq!(page(&plane, &at, &plane.admin).await.status, 404);
    assert_eq!(page(&plane, &format!("{at}/burn"), &plane.admin).await.status, 404);
}

#[tokio::test]
async fn who_may_not_change_routers_sees_them_and_nothing_to_do() {
    let plane = configured(Plane::start().await).await;
    let id = connected(&plane, "one", 2).await;
    let viewer = plane.admin_of("viewer").await;
    let list = page(&plane, "/nodes", &viewer).await;
    assert!(list.status == 200 && list.text.contains(&id) && !list.text.contains("/nodes/join"), "{}", list.text);
    let one = page(&plane, &format!("/nodes/{id}"), &viewer).await;
    assert!(one.status == 200 && !one.text.contains("/revoke"), "{}", one.text);
    for path in ["/nodes/join".to_owned(), format!("/nodes/{id}/revoke")] {
        assert_eq!(page(&plane, &path, &viewer).await.status, 403, "{path}");
        assert_eq!(sent(&plane, &path, &viewer, &[("typed", "one")]).await.status, 403, "{path}");
    }
    let file = page(&plane, "/nodes/export?format=csv", &viewer).await;
    assert!(file.text.starts_with("id,name,region") && file.text.contains(&id), "{}", file.text);
    let lead = plane.admin_in("project-admin", "search").await;
    for path in ["/nodes", "/pipeline", "/nodes/export?format=csv"] {
        assert_eq!(page(&plane, path, &lead).await.status, 403, "{path}");
    }
}

#[tokio::test]
async fn the_pipeline_tells_how_far_each_log_has_arrived_on_sqlite() {
    the_pipeline_tells_how_far_each_log_has_arrived(Plane::start().await).await;
}

#[tokio::test]
async fn the_pipeline_tells_how_far_each_log_has_arrived_on_postgresql() {
    let Some(server) = EmptyServer::create().await else { return };
    the_pipeline_tells_how_far_each_log_has_arrived(Plane::start_at(&server.url).await).await;
    server.remove().await;
}

async fn the_pipeline_tells_how_far_each_log_has_arrived(plane: Plane) {
    let empty = page(&plane, "/pipeline", &plane.admin).await;
    assert!(empty.status == 200 && empty.text.contains("No router has sent anything"), "{}", empty.text);
    let id = connected(&plane, "one", 0).await;
    let mut tx = plane.running.control().store.write().await.unwrap();
    usage::lock_watermark(&mut tx, &id, 7).await.unwrap();
    usage::set_watermark(&mut tx, &id, 7, 4120, 3).await.unwrap();
    tx.commit().await.unwrap();
    let seen = page(&plane, "/pipeline", &plane.admin).await;
    for told in ["4,120", "0000000000000007", "3 events said more", &format!("/nodes/{id}")] {
        assert!(seen.text.contains(told), "{told} in {}", seen.text);
    }
    let one = page(&plane, &format!("/nodes/{id}"), &plane.admin).await;
    assert!(one.text.contains("4,120"), "{}", one.text);
    plane.running.stop().await;
}

#[tokio::test]
async fn a_setting_is_changed_as_a_draft() {
    let plane = configured(Plane::start().await).await;
    let seen = page(&plane, "/settings", &plane.admin).await;
    for told in ["default_group", "max_disconnected", "/settings/cors/edit", "400 days", "SQLite", "No login provider"]
    {
        assert!(seen.text.contains(told), "{told} in {}", seen.text);
    }
    let form = |value| [("value", value), ("base_version", "2")];
    let at = led_to(&sent(&plane, "/settings/default_group/edit", &plane.admin, &form("fast")).await);
    let draft = page(&plane, &at, &plane.admin).await;
    assert!(
        draft.text.contains("Setting default_group") && draft.text.contains("which concern everybody"),
        "{}",
        draft.text
    );
    let apply = [("comment", "usual"), ("revision", "1"), ("expected_version", "2")];
    assert_eq!(
        led_to(&sent(&plane, &format!("{at}/apply"), &plane.admin, &apply).await),
        "/versions/3?told=version-applied"
    );
    assert_eq!(plane.get("/api/v1/settings/default_group").await.json()["value"], "fast");
    let usage = led_to(&sent(&plane, "/settings/usage/edit", &plane.admin, &form("store_client_ip: true")).await);
    assert!(page(&plane, &usage, &plane.admin).await.text.contains("store_client_ip"));
    let torn = sent(&plane, "/settings/cors/edit", &plane.admin, &form("origins: [")).await;
    assert!(
        torn.status == 422 && torn.text.contains("value-error") && torn.text.contains("origins: ["),
        "{}",
        torn.text
    );
    let gone = led_to(
        &sent(&plane, "/settings/default_group/edit", &plane.admin, &[("value", ""), ("base_version", "3")]).await,
    );
    assert!(page(&plane, &gone, &plane.admin).await.text.contains(">removed<"));
    assert_eq!(page(&plane, "/settings/none/edit", &plane.admin).await.status, 404);
    let lead = plane.admin_in("project-admin", "search").await;
    let part = page(&plane, "/settings", &lead).await;
    assert!(part.status == 200 && !part.text.contains("SQLite") && !part.text.contains("/edit"), "{}", part.text);
    assert_eq!(page(&plane, "/settings/cors/edit", &lead).await.status, 403);
}
