//! Fills a database with made-up usage, through ingestion itself: `cargo xtask usage --help`.
#![expect(clippy::print_stdout, reason = "it tells what it does")]

use std::{collections::HashMap, error::Error, sync::Arc, time::Instant};

use control_plane::{
    clock::now_ms,
    ingest::{Batch, Ingest},
    store::Store,
};
use prost::Message;
use proto::v1::{CostParts, TokenUsage, UsageAttempt, UsageBatch, UsageEvent};
use rand::{Rng, SeedableRng, rngs::StdRng};

const DAY_MS: i64 = 86_400_000;
/// How many events a batch has; ingestion puts several into a transaction.
const BATCH: usize = 2_000;
const NODES: u64 = 8;
const CLIENTS: u64 = 10;
const CODES: [(&str, u32); 4] =
    [("upstream-failed", 502), ("rate-limit-requests", 429), ("client-closed", 499), ("upstream-timeout", 504)];

/// What usage looks like.
struct Shape {
    rows: u64,
    callers: u64,
    days: i64,
    seed: u64,
    groups: u64,
    /// Most requests come from few callers, of which each has its group and its client.
    kind: bool,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut given: HashMap<String, String> = HashMap::new();
    let mut arguments = std::env::args().skip(1);
    while let (Some(name), Some(value)) = (arguments.next(), arguments.next()) {
        given.insert(name, value);
    }
    let number = |name: &str, usual: u64| given.get(name).map_or(Ok(usual), |it| it.parse());
    let shape = Shape {
        rows: number("--rows", 100_000)?,
        callers: number("--callers", 2_000)?.max(1),
        days: number("--days", 30)?.try_into()?,
        seed: number("--seed", 1)?,
        groups: 8,
        kind: given.get("--sort").is_some_and(|it| it == "kind"),
    };
    let url = given.get("--database-url").ok_or("say where with --database-url")?;
    let store = Store::connect(url).await?;
    store.migrate().await?;
    let (ingest, writing) = Ingest::start(store.clone(), Arc::default());
    let began = Instant::now();
    let until_ms = now_ms();
    let mut acks = Vec::new();
    let mut random = StdRng::seed_from_u64(shape.seed);
    // A life of the logs of its own, so that it may be filled again.
    let epoch = until_ms.cast_unsigned();
    let each = shape.rows / NODES;
    for first in (1..=each).step_by(BATCH) {
        for node in 0..NODES {
            let last = (first + BATCH as u64 - 1).min(each);
            let events = (first..=last)
                .map(|sequence| {
                    let part = (sequence * NODES + node) as f64 / (each * NODES + NODES) as f64;
                    let started_ms = until_ms - (shape.days as f64 * DAY_MS as f64 * (1.0 - part)) as i64;
                    event(&shape, &mut random, (node, sequence), started_ms).encode_to_vec().into()
                })
                .collect();
            let batch = UsageBatch { epoch: epoch + node, events, ..UsageBatch::default() };
            acks.push(ingest.submit(Batch::new(&format!("node-{node}"), batch)?).await);
        }
        for ack in acks.drain(..) {
            ack.await??;
        }
    }
    ingest.close();
    writing.await?;
    println!("{} requests in {:.0?}", each * NODES, began.elapsed());
    store.close().await;
    Ok(())
}

fn event(shape: &Shape, random: &mut StdRng, (node, sequence): (u64, u64), started_ms: i64) -> UsageEvent {
    let caller = if shape.kind {
        // The square of a part: half of the requests are of a quarter of the callers.
        let part: f64 = random.random();
        (part * part * shape.callers as f64) as u64
    } else {
        random.random_range(0..shape.callers)
    };
    let group = if shape.kind { caller % shape.groups } else { random.random_range(0..shape.groups) };
    let client = if shape.kind { caller % CLIENTS } else { random.random_range(0..CLIENTS) };
    let provider = format!("provider-{}", group % 4);
    let model = format!("{provider}/model-{group}-{}", random.random_range(0..3));
    let failed = random.random_bool(0.02).then(|| CODES[random.random_range(0..CODES.len())]);
    let (input, output) = (random.random_range(200..20_000), random.random_range(20..2_000));
    let (input_cost, output_cost) = (input * 3_000, output * 15_000);
    // Most answers take seconds, some a minute.
    let latency_us = (1_000_000.0 * (random.random_range(-1.0..3.0_f64)).exp2() * random.random_range(0.5..2.0)) as u64;
    let first_byte_us = if failed.is_some() { 0 } else { latency_us / 4 };
    UsageEvent {
        sequence,
        request_id: format!("req-{:032x}", random.random::<u128>()),
        started_ms,
        caller: format!("caller-{caller:05}"),
        user: format!("user-{:04}", caller / 2),
        project: format!("project-{:02}", caller % 50),
        environment: ["dev", "staging", "prod"][caller as usize % 3].into(),
        token: format!("{caller:012}"),
        session: format!("session-{caller}-{}", sequence / 20),
        region: ["eu", "us", "ap"][node as usize % 3].into(),
        config_version: 1,
        client: format!("client-{client}"),
        dialect: ["openai-chat", "openai-responses", "anthropic-messages"][client as usize % 3].into(),
        operation: "chat".into(),
        requested_model: format!("group-{group}"),
        group: format!("group-{group}"),
        policy: "failover".into(),
        provider,
        model: model.clone(),
        stream: true,
        status: failed.map_or(200, |it| it.1),
        code: failed.map_or("ok", |it| it.0).into(),
        fallback: random.random_bool(0.01),
        latency_us,
        first_byte_us,
        upstream_us: latency_us,
        tokens: Some(TokenUsage { input, output, cached_input: input / 2, ..TokenUsage::default() }),
        cost: Some(CostParts {
            input: input_cost,
            output: output_cost,
            total: input_cost + output_cost,
            ..CostParts::default()
        }),
        attempts: vec![attempt(&model, failed.is_some(), started_ms, latency_us)],
        ..UsageEvent::default()
    }
}

fn attempt(target: &str, failed: bool, started_ms: i64, latency_us: u64) -> UsageAttempt {
    UsageAttempt {
        number: 1,
        target: target.to_owned(),
        dialect: "openai-chat".into(),
        class: if failed { "server-error" } else { "ok" }.into(),
        status: 200,
        started_ms,
        latency_us,
        first_byte_us: latency_us / 4,
        ..UsageAttempt::default()
    }
}
