//! How many events a second are counted, and what each costs this process. Not a test: run it on an idle machine, with
//! `cargo test --release -p control-plane --test routers throughput -- --ignored --nocapture`.

use std::sync::Arc;
use std::time::Instant;

use control_plane::{
    clock::now_ms,
    ingest::{Batch, Ingest},
    store::report,
};
use control_plane_core::{
    insight::Visible,
    report::{Dimension, Request},
};
use prost::Message;
use proto::v1::{UsageBatch, UsageEvent};

use crate::{
    database::Database,
    events::{DAY_MS, batch, events},
};

const NODES: u64 = 4;
const BATCH: u64 = 500;
const BATCHES: u64 = 50;
const CALLERS: u64 = 200;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement"]
async fn sqlite() {
    measure("SQLite", Database::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement"]
async fn postgres() {
    let database = Database::postgres().await.expect("SMART_ROUTER_TEST_POSTGRES_URL names a server");
    measure("PostgreSQL", database).await;
}

async fn measure(engine: &str, database: Database) {
    let (ingest, _) = Ingest::start(database.store.clone(), Arc::default());
    let logs: Vec<Vec<Vec<u8>>> = (0..NODES).map(|node| encoded(&log(node))).collect();
    let (start, cpu) = (Instant::now(), cpu_us());
    let streams = logs.into_iter().enumerate().map(|(node, log)| stream(ingest.clone(), format!("n{node}"), log));
    futures_util::future::join_all(streams).await;
    let (elapsed, cpu) = (start.elapsed(), cpu_us() - cpu);
    let count = NODES * BATCHES * BATCH;
    println!("{engine}: {:.1} µs of CPU an event", cpu as f64 / count as f64);
    println!(
        "{engine}: {count} events from {NODES} routers in {elapsed:.2?}: {:.0}/s",
        count as f64 / elapsed.as_secs_f64()
    );
    for table in ["usage_rollup_hourly_service", "usage_rollup_hourly_caller", "usage_rollup_daily_caller_model"] {
        let rows: i64 =
            sqlx::query_scalar(sqlx::AssertSqlSafe(format!("select cast(count(*) as bigint) from {table}")))
                .fetch_one(database.store.read())
                .await
                .unwrap();
        println!("{engine}: {rows} rows in {table}");
    }
    for group_by in [vec![], vec![Dimension::Caller], vec![Dimension::Model, Dimension::Status, Dimension::Hour]] {
        let now = now_ms();
        let request = Request { since_ms: now - 7 * DAY_MS, until_ms: now + DAY_MS, group_by, filters: Vec::new() };
        let start = Instant::now();
        let mut tx = database.store.read_consistent().await.unwrap();
        let rows = report::rows(&mut tx, &request, &Visible::All).await.unwrap().len();
        println!("{engine}: a report of {rows} rows in {:.0?}", start.elapsed());
    }
    database.remove().await;
}

/// Batches as they arrive.
fn encoded(log: &[UsageEvent]) -> Vec<Vec<u8>> {
    log.chunks(BATCH as usize).map(|events| batch(1, events).encode_to_vec()).collect()
}

/// What this process has used until now.
fn cpu_us() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    // After the name in brackets: utime and stime are the 14th and 15th fields of all, in hundredths of a second.
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    fields[11..13].iter().map(|it| it.parse::<u64>().unwrap() * 10_000).sum()
}

async fn stream(ingest: Ingest, node: String, log: Vec<Vec<u8>>) {
    let mut waiting = Vec::new();
    for batch in log {
        let batch = Batch::new(&node, UsageBatch::decode(batch.as_slice()).unwrap()).unwrap();
        waiting.push(ingest.submit(batch).await);
    }
    for ack in waiting {
        ack.await.unwrap().unwrap();
    }
}

/// Events of this hour: each caller has a project, a client and a dialect, and uses two groups.
fn log(node: u64) -> Vec<UsageEvent> {
    let now = now_ms();
    let mut log = events(node, 1, BATCHES * BATCH);
    for event in &mut log {
        let caller = event.latency_us % CALLERS;
        event.caller = format!("caller-{caller}");
        event.user = format!("user-{}", caller / 2);
        event.token = format!("{caller:012}");
        event.project = format!("project-{}", caller / 10);
        event.environment = ["dev", "prod"][caller as usize % 2].into();
        event.client = ["codex", "claude-code", "openai-python"][caller as usize % 3].into();
        event.dialect = ["openai-chat", "anthropic-messages"][caller as usize % 2].into();
        event.provider = ["openai", "anthropic"][caller as usize % 2].into();
        event.model = format!("{}/m", event.provider);
        event.started_ms = now;
        if event.sequence % 50 != 0 {
            event.status = 200;
            event.code = "ok".into();
        }
        let step = event.trace[0].clone();
        event.trace = vec![step; 4];
    }
    log
}
