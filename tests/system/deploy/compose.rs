//! The Compose stack serves, is scraped, loses a router and its database, and recovers.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use super::stack::{Stack, dockerfile};
use crate::support::process::Process;
use crate::support::{PATIENCE, client, eventually, secrets};

#[test]
fn the_image_runs_as_nobody_and_asks_for_its_health() {
    assert_eq!(dockerfile("USER"), "65532:65532");
    assert!(dockerfile("HEALTHCHECK").ends_with(r#"CMD ["smart-router", "health"]"#));
    assert_eq!(dockerfile("VOLUME"), "/var/lib/smart-router");
}

#[tokio::test]
async fn services_of_the_product_have_no_privileges_and_secrets_have_no_defaults() {
    let stack = Stack::new().await;
    let own = stack.own();
    assert_eq!(own.len(), 5, "{own:?}");
    for name in own {
        let service = stack.service(&name);
        assert_eq!(service["read_only"], true, "{name}");
        assert_eq!(service["cap_drop"], json!(["ALL"]), "{name}");
        assert_eq!(service["security_opt"], json!(["no-new-privileges:true"]), "{name}");
        for (variable, value) in service["environment"].as_object().unwrap() {
            let value = value.as_str().unwrap();
            let secret = ["PASSWORD", "MASTER_KEY", "ADMIN_TOKEN"].iter().any(|it| variable.ends_with(it));
            assert!(!secret || value.contains(":?}"), "{name}: {variable} may be empty");
        }
    }
}

#[tokio::test]
async fn the_stack_serves_is_scraped_loses_a_router_and_its_database_and_recovers() {
    let mut stack = Stack::new().await;
    let user = "create role router superuser login password 'postgres-password-of-the-stack'";
    stack.database.query(user);
    stack.database.query("create database router owner router");
    for name in ["valkey", "sandbox", "control-plane"] {
        stack.start(name);
    }
    healthy(&stack, &["sandbox", "control-plane"]).await;
    stack.run("setup", &[]);
    // Again, as with every `up`.
    stack.run("setup", &[]);
    for name in ["router-1", "router-2"] {
        stack.start(name);
    }
    healthy(&stack, &["router-1", "router-2"]).await;
    let token = stack.run("setup", &["token", "create", "--caller", "demo"]);
    secrets::plant(&token);
    for router in ["router-1", "router-2"] {
        eventually("a router serves", || async { chat(&stack, router, &token).await == 200 }).await;
    }
    stack.start("prometheus");
    eventually("both routers are scraped", || async { up(&stack, "smart-router").await == 2 }).await;
    eventually("the control plane is scraped", || async { up(&stack, "smart-router-control-plane").await == 1 }).await;

    stack.running.remove("router-1").unwrap().kill();
    eventually("a lost router is seen", || async { up(&stack, "smart-router").await == 1 }).await;
    assert_eq!(chat(&stack, "router-2", &token).await, 200);
    stack.database.kill();
    assert_eq!(chat(&stack, "router-2", &token).await, 200);
    // Without the database, from its own volume; its join token is spent.
    stack.start("router-1");
    healthy(&stack, &["router-1"]).await;
    assert_eq!(chat(&stack, "router-1", &token).await, 200);
    eventually("the control plane is unwell", || async { !stack.is_healthy("control-plane") }).await;

    stack.database.restart().await;
    healthy(&stack, &["control-plane"]).await;
    eventually("both routers are scraped again", || async { up(&stack, "smart-router").await == 2 }).await;
    eventually("every request is accounted for", || async {
        let report = stack.run("setup", &["report", "--since", "24h", "--group-by", "group", "--output", "json"]);
        let report: Value = serde_json::from_str(&report).unwrap();
        report["total"]["requests"].as_u64() == Some(ASKED.load(Ordering::Relaxed))
    })
    .await;
}

/// Requests that a router has answered with 200.
static ASKED: AtomicU64 = AtomicU64::new(0);

async fn chat(stack: &Stack, router: &str, token: &str) -> u16 {
    let url = format!("http://{}/v1/chat/completions", stack.address(router, 8801));
    let body = json!({"model": "fast", "messages": [{"role": "user", "content": "hello"}]});
    let Ok(answer) = client().post(url).bearer_auth(token).json(&body).send().await else { return 0 };
    let status = answer.status().as_u16();
    answer.bytes().await.unwrap();
    if status == 200 {
        ASKED.fetch_add(1, Ordering::Relaxed);
    }
    status
}

async fn healthy(stack: &Stack, names: &[&str]) {
    for name in names {
        let what =
            || format!("{name} is healthy; it says: {}", stack.running.get(*name).map_or(String::new(), Process::log));
        let healthy = async {
            while !stack.is_healthy(name) {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        assert!(tokio::time::timeout(PATIENCE, healthy).await.is_ok(), "{}", what());
    }
}

/// How many targets of a job Prometheus reaches.
async fn up(stack: &Stack, job: &str) -> u64 {
    let url = format!("http://{}/api/v1/query", stack.address("prometheus", 9090));
    let asked = client().get(url).query(&[("query", format!("sum(up{{job=\"{job}\"}})"))]).send();
    let Ok(answer) = asked.await else { return 0 };
    let answer: Value = answer.json().await.unwrap_or_default();
    answer["data"]["result"][0]["value"][1].as_str().and_then(|it| it.parse().ok()).unwrap_or(0)
}
