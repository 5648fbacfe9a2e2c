//! The pages of a running system in a real browser: the main jobs by clicks, with keys alone and without scripts, every page that
//! there is, and what a page makes of texts that mean harm. `tests/web/live.mjs` is the browser.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use control_plane::ingest::{Batch, Ingest};
use control_plane::store::Store;
use prost::Message;
use proto::v1::{CostParts, TokenUsage, UsageBatch, UsageEvent};
use serde_json::{Value, json};
use tempfile::TempDir;
use time::{Duration, OffsetDateTime};

use crate::support::cluster::{ControlPlane, Router, Sandbox};
use crate::support::{database, process, secrets};

/// Where the screenshots go that stand in the guide.
const SCREENSHOTS: &str = "SMART_ROUTER_TEST_SCREENSHOTS";
/// Every page is in the table of routes.
const ROUTES: &str = include_str!("../../control-plane/src/http/routes/people.rs");

#[tokio::test]
async fn people_do_their_work_in_a_browser() {
    let directory = TempDir::new().unwrap();
    let home = directory.path().join("control-plane");
    let url = format!("sqlite://{}", home.join("control-plane.db").display());
    std::fs::create_dir_all(&home).unwrap();
    last_month(&url).await;
    let (sandbox, control_plane) = tokio::join!(Sandbox::start(), ControlPlane::start(home.clone(), url));
    control_plane.apply(&configuration(&sandbox));
    let (first, second) = tokio::join!(
        Router::join(directory.path().join("first"), &control_plane),
        Router::join(directory.path().join("second"), &control_plane)
    );
    let local: Value = serde_json::from_slice(&std::fs::read(home.join("admin.json")).unwrap()).unwrap();
    let token = local["token"].as_str().expect("who can read this file administers");
    secrets::plant(token);
    let world = json!({
        "admin": format!("http://{}", control_plane.admin), "token": token, "sandbox": format!("http://{}", sandbox.address),
        "routers": [first.url(""), second.url("")], "pages": pages(),
        "screenshots": std::env::var(SCREENSHOTS).ok(),
    });
    browse("live.mjs", &world).await;
}

/// Two people at one group, a database that goes away, and a control plane that is killed: `tests/web/trouble.mjs` starts them.
#[tokio::test]
async fn nothing_that_somebody_writes_in_a_browser_is_lost() {
    let directory = TempDir::new().unwrap();
    let world = json!({
        "binary": process::binary().to_str().expect("paths here are UTF-8"), "directory": directory.path(),
        "database": database::fresh_postgres(), "screenshots": std::env::var(SCREENSHOTS).ok(),
    });
    browse("trouble.mjs", &world).await;
}

async fn browse(script: &str, world: &Value) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/web").join(script);
    let output = tokio::process::Command::from(Command::new("node"))
        .arg("--test-reporter=spec")
        .arg(script)
        .env("WORLD", world.to_string())
        .output();
    let output = output.await.unwrap();
    let (text, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{text}\n{errors}");
    println!("{text}");
}

/// Two targets that share a group's requests, a caller who asks, and one who has not yet; and a provider of logins that nobody asks.
fn configuration(sandbox: &Sandbox) -> String {
    let provider = |id: &str| {
        format!(
            "  {id}:\n    base_url: http://{}/v1\n    dialects: [openai-chat, openai-responses]\n    network: private\n    \
             credential: {{env: PLANTED_PROVIDER_API_KEY}}\n    models:\n      mini: {{model: sandbox-fast, state: active, context_tokens: 128000, \
             prices: [{{input: 0.25, cached_input: 0.025, output: 2.00}}]}}\n",
            sandbox.address
        )
    };
    format!(
        "version: 1\nproviders:\n{}{}groups:\n  fast: {{policy: {{kind: weighted}}, targets: [{{model: north/mini, weight: 70}}, \
         {{model: south/mini, weight: 30}}]}}\nprojects:\n  search: {{owner: platform}}\n  support: {{owner: service}}\ncallers:\n  \
         - {{id: ana, user: ana, project: search, environment: development, allow: [fast], scopes: [inference, explain]}}\n  \
         - {{id: bot, user: ben, project: support, environment: production, allow: [fast]}}\noidc:\n  \
         - {{id: corp, name: Example Corp, issuer: \"https://id.example.com\", client_id: smart-router, client_secret: {{env: \
         PLANTED_PROVIDER_API_KEY}}, scopes: [groups], roles: [{{claim: groups, value: platform, role: admin}}]}}\n",
        provider("north"),
        provider("south")
    )
}

/// What three callers have spent, by ingestion itself: `bot` the most, with the fewest requests.
#[expect(clippy::disallowed_methods, reason = "last month is one of the calendar")]
async fn last_month(url: &str) {
    let store = Store::connect(url).await.unwrap();
    store.migrate().await.unwrap();
    let (ingest, writing) = Ingest::start(store.clone(), Arc::default());
    let first_of_this = OffsetDateTime::now_utc().replace_day(1).expect("every month has a first day");
    let at = first_of_this - Duration::days(20);
    let spent = [("ana", 30, 2_000_000), ("bot", 12, 90_000_000), ("ci", 60, 500_000)];
    let callers = spent.iter().flat_map(|(caller, requests, cost)| (0..*requests).map(move |_| (*caller, *cost)));
    let events = (1..).zip(callers).map(|(sequence, (caller, cost))| event(sequence, caller, cost, at));
    let events = events.map(|it| it.encode_to_vec().into()).collect();
    let batch = UsageBatch { epoch: 1, events, ..UsageBatch::default() };
    ingest.submit(Batch::new("node-of-last-month", batch).unwrap()).await.await.unwrap().unwrap();
    ingest.close();
    writing.await.unwrap();
    store.close().await;
}

fn event(sequence: u64, caller: &str, cost: u64, at: OffsetDateTime) -> UsageEvent {
    let started_ms = (at.unix_timestamp() + i64::try_from(sequence).expect("they are few") * 14_400) * 1_000;
    UsageEvent {
        sequence,
        request_id: format!("req-{sequence:032x}"),
        started_ms,
        caller: caller.to_owned(),
        project: "search".to_owned(),
        dialect: "openai-chat".to_owned(),
        operation: "chat".to_owned(),
        requested_model: "fast".to_owned(),
        group: "fast".to_owned(),
        policy: "weighted".to_owned(),
        provider: "north".to_owned(),
        model: "north/mini".to_owned(),
        status: 200,
        code: "ok".to_owned(),
        latency_us: 900_000 + sequence * 7_000,
        first_byte_us: 210_000,
        upstream_us: 890_000,
        config_version: 1,
        tokens: Some(TokenUsage { input: 1_200, output: 300, ..TokenUsage::default() }),
        cost: Some(CostParts { input: cost / 4, output: cost - cost / 4, total: cost, ..CostParts::default() }),
        ..UsageEvent::default()
    }
}

/// The pages that an address alone opens.
fn pages() -> Vec<&'static str> {
    let all = ROUTES.split("page(\"").skip(1).filter_map(|it| it.split('"').next());
    let pages: Vec<&str> = all.filter(|it| !it.contains('{')).collect();
    assert!(pages.len() > 5, "the table of routes is written otherwise: {pages:?}");
    pages
}
